"""
Record a log that speaks every topic: ``python -m tests.application.record_history tests/history/0.1.0.jsonl``.

With a second word, what came to be stored later: ``… tests/history/0.1.0-confirmed.jsonl confirmed``.

Run once per release, for the release's own file; the files of earlier releases are never written again. One line an
event: topic, id, version, the stored bytes; for orders also the stage they lead to, and the ticket's digest.
"""

import asyncio
import json
import sys
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from attrs import evolve

from tastyflow.application.identities import TypedCode
from tastyflow.application.incidents import open_incident
from tastyflow.application.incidents.handling import Handler
from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.folding import AnyAggregate, fold
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.linking import digest_of
from tastyflow.application.message import Consent
from tastyflow.application.trader_copies import follow
from tastyflow.application.traders import Traders
from tastyflow.domain.events import Because
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.domain.instruments import Equity
from tastyflow.domain.order import Order
from tastyflow.domain.policy import Confirm
from tastyflow.domain.preview import PreviewRequest
from tastyflow.domain.signal_rule import OffCode, RuleMode
from tastyflow.domain.trader import Permission
from tastyflow.domain.venue import Position, Venue
from tastyflow.ports import Broker, OnQueued, QueuePlace, SendingTurn
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.fake import FakeFaults, FaultyBroker, Plan, QuoteModel, ScriptedModel
from tastyflow_adapters.fake.faults import NOT_SENT, REQUEST_LOST, RESPONSE_LOST, refused
from tastyflow_adapters.fake.order_plan import cancelled, expire, fill, live, reject
from tastyflow_adapters.store.log import open_log
from tests.application.kit import (
    CALL,
    GENEROUS,
    MISSION,
    DeskUnderTest,
    SkippingClock,
    alter,
    register,
    resuming,
    stopping,
    turn,
)
from tests.application.signalling_kit import LINE, NAME, acted, fire, rule, set_to, with_robot
from tests.application.staging import ResetAt

CLOSE = "sell to close 4 SPY 455 calls exp Dec 18 2026 at 20"
BID = "buy 10 SPY 450 calls exp Dec 18 2026 @ 8.00"
RESTS, SLOW = Plan((live(),)), Plan((live(), fill(4), fill(6, after_s=3)))


async def tell_everything(house: DeskUnderTest) -> None:
    """One order for each way in which an order can go, and everything that can happen to a trader."""
    await alter(house, lambda t, why: t.set_limits(evolve(GENEROUS, max_contracts=20), why=why))
    await alter(house, lambda t, why: t.set_permissions(frozenset({Permission.TRADE}), why=why))
    await alter(house, lambda t, why: t.suspend(reason="holiday", why=why))
    await house.once(MISSION, message="suspended")
    await alter(house, lambda t, why: t.reinstate(reason="back", why=why))
    await house.once(MISSION, user="nobody", message="stranger")
    await house.once(MISSION, message="filled")
    plans = [RESTS, Plan((live(),), refuses_cancel="no"), Plan((live(), fill(4), expire())), Plan((live(), reject()))]
    house.live._book._engine._model = ScriptedModel([*plans, SLOW, RESTS, RESTS])
    async with house.desk() as desk:
        for name in ("cancelled", "denied"):
            order = await house.place(desk, MISSION, message=name)
            await house.until(desk.cancel(house.message("cancel", message=f"cancel-{name}"), order.reference))
        for name in ("expired", "rejected", "in parts"):
            await house.place(desk, MISSION, message=name)
        await house.until(house.clock.sleep(10))
        old = await house.place(desk, MISSION, message="replaced")
        new = await house.place(desk, MISSION, message="replacement")
        await replace_by_hand(house, old.id, new.id)
    for name, fault in {
        "declined": refused("margin_check_failed"),
        "found": RESPONSE_LOST,
        "lost": REQUEST_LOST,
    }.items():
        house.production = FaultyBroker(house.live, FakeFaults({"place": [NOT_SENT, fault]}), house.clock)
        await house.once(MISSION, message=name)
    await step(house, Order.id_of("cli", "lost"), lambda o, why: o.abandon(reason="not there", why=why))
    house.production, house.rehearsals._book._engine._model = (
        house.live,
        ScriptedModel(lambda _ticket: Plan((live(),))),
    )
    house.live.endow(Position(evolve(CALL, strike=Decimal(455)), 40, Decimal(5)))
    await house.once(CLOSE, message="closed mirrored")  # every order rests in the sandbox now
    house.rehearsals._book._engine._model = QuoteModel()
    await house.once(CLOSE, message="closed")
    house.rehearsals._book._engine._model = ScriptedModel([Plan((live(),), (cancelled(after_s=5),))])
    async with house.desk() as desk:
        placing = asyncio.ensure_future(desk.place(house.message(MISSION, message="withdrawn")))
        await house.until(house.clock.sleep(0.1))
        await house.until(desk.cancel(house.message("cancel", message="withdraw"), "last"))
        await house.until(placing)


async def tell_halts(house: DeskUnderTest) -> None:
    """Trading is reduced, halted and resumed, and an exit leaves while it is reduced."""
    await house.once(MISSION, message="filled")
    await turn(house, stopping(reducing=True))
    await house.once(MISSION, message="while reducing")
    await house.once("sell to close 10 SPY 450 calls exp Dec 18 2026", message="an exit while reducing")
    await turn(house, stopping())
    await house.once(MISSION, message="while halted")
    await turn(house, resuming())


async def replace_by_hand(house: DeskUnderTest, old: UUID, new: UUID) -> None:
    digest = house.order(new).digest
    await step(house, old, lambda o, why: o.request_replace(new, digest=digest, why=why))
    await step(house, old, lambda o, why: o.deny_replace(message="not now", why=why))
    await step(house, old, lambda o, why: o.request_replace(new, digest=digest, why=why))
    await step(house, old, lambda o, why: o.replace(new, broker_order="5000099", why=why))


async def tell_replacements(house: DeskUnderTest) -> None:
    """An order that is replaced twice, then after a fill; one that fills first; one that production keeps."""
    house.live._book._engine._model = ScriptedModel(
        [RESTS, Plan((live(), fill(4))), RESTS, Plan((live(),), (fill(10, after_s=0.1),)), RESTS, RESTS]
    )
    async with house.desk() as desk:
        await house.place(desk, BID, message="first")
        for n, price in enumerate(("8.10", "8.20")):
            await house.until(desk.ask(house.message(f"replace last @ {price}", message=f"replace-{n}")))
        await house.place(desk, BID.replace("8.00", "7.90"), message="filled first")
        await house.until(desk.ask(house.message("replace last @ 8.10", message="too late")))
    house.production = FaultyBroker(house.live, FakeFaults({"replace": [refused("no")]}), house.clock)
    async with house.desk() as desk:
        await house.place(desk, BID.replace("8.00", "7.80"), message="kept")
        await house.until(desk.ask(house.message("replace last @ 8.10", message="refused")))


async def step(house: DeskUnderTest, order_id: UUID, verb) -> None:
    def decide(tx):
        order = tx.require(Order, order_id)
        tx.record(verb(order, house.context.because("operator", order)))

    await house.until(house.ledger.change(decide))


def written(ledger: Ledger) -> list[str]:
    states: dict[UUID, AnyAggregate] = {}
    lines = []
    for stored in ledger.rows():
        event = decode(stored.topic, stored.originator_id, stored.originator_version, stored.state)
        state = states[event.originator_id] = fold(states.get(event.originator_id), (event,))
        line = {"topic": stored.topic, "id": str(stored.originator_id), "version": stored.originator_version}
        line["state"] = stored.state.decode()
        if isinstance(state, Order):
            line |= {"becomes": state.stage.value, "digest": state.digest}
        lines.append(json.dumps(line, ensure_ascii=False))
    return lines


async def tell_confirmed(house: DeskUnderTest) -> None:
    """An order that its trader confirmed, one that was not, and a preview."""
    await house.confirmed(MISSION, message="confirmed")
    house.policy = evolve(house.policy, confirm=Confirm.ABOVE)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION, message="declined", consent=Consent.ASK)
        await house.until(desk.decline(house.message("no", message="no"), order.reference))
    asked = house.message(MISSION, message="previewed").as_asked(house.trader().id)
    why = house.context.because("trader:demo", order)

    def decide(tx: Transaction) -> None:
        where = {"environment": "fake", "account": "main", "is_simulated": False}
        tx.record(PreviewRequest.ask(asked, words=order.words, digest=order.digest, code="", **where, why=why))

    await house.until(house.ledger.change(decide))


async def tell_approvals(house: DeskUnderTest) -> None:
    """An order that another person approved, one whose market moved, one that was rejected, one that still waits."""
    await house.hire("eve", permissions={Permission.APPROVE})
    house.policy = evolve(house.policy, approval_symbols=("SPY",))
    async with house.desk() as desk:
        eve = [house.message("approve", user="eve", message=f"by-eve-{number}") for number in range(3)]
        approved = await house.place(desk, MISSION, message="approved")
        await house.until(desk.approve(eve[0], approved.reference))
        moved = await house.place(desk, MISSION, message="moved")
        house.market.pin(CALL, Decimal(20), Decimal("20.10"))
        await house.until(desk.approve(eve[1], moved.reference))
        house.market.unpin()
        rejected = await house.place(desk, MISSION, message="rejected")
        await house.until(desk.reject(eve[2], rejected.reference, "too large"))
        await house.place(desk, MISSION, message="waiting")


async def tell_traders(house: DeskUnderTest) -> None:
    """A trader of the installation: linked, unlinked, granted, limited, suspended, resumed and removed."""
    installation = open_log(LogAddress.memory())
    known = Traders(installation, house.clock)
    allowed = frozenset({Permission.SPREADS})
    await house.until(known.add("ann", "cli", user="annlee", limits=GENEROUS, permissions=allowed, by="alice"))
    await house.until(known.link("ann", "discord", "123456789012345678", by="alice"))
    await house.until(known.grant("ann", [Permission.COVERED], by="alice"))
    await house.until(known.revoke("ann", [Permission.SPREADS], by="alice"))
    await house.until(known.limit("ann", {"max_contracts": 3}, by="alice"))
    await house.until(known.suspend("ann", reason="holiday", by="alice"))
    await house.until(known.resume("ann", reason="back", by="alice"))
    await house.until(known.unlink("ann", "discord", "123456789012345678", by="alice"))
    await house.until(known.remove("ann", reason="left", by="alice"))
    await house.until(follow(installation, house.ledger))
    await alter(house, lambda t, why: t.give_accounts(["main", "ira"], why=why))


async def tell_link_codes(house: DeskUnderTest) -> None:
    """A trader of the installation whom a code links to a user of a chat; a newer code takes an older one's place."""
    installation = open_log(LogAddress.memory())
    known = Traders(installation, house.clock)
    await house.until(known.add("ann", "cli", limits=GENEROUS, permissions=frozenset(), by="alice"))
    for code in ("an older code", "a code"):
        await house.until(known.make_link_code("ann", "discord", digest_of(code), valid_s=900, by="alice"))
    house.clock.jump(60)
    typed = TypedCode("discord", "123456789012345678", digest_of("a code"), message="9001")
    await house.until(known.link_by_code("ann", typed, by="alice"))
    await house.until(follow(installation, house.ledger))


async def tell_incidents(house: DeskUnderTest) -> None:
    """An order of unknown outcome: told, acknowledged, given up; and another thing seen, closed and seen again."""
    house.production = FaultyBroker(house.live, FakeFaults({"place": [REQUEST_LOST]}), house.clock)
    order = await house.once(MISSION, message="lost")
    about = Incident.id_of(IncidentKind.ORDER, order.id.hex)
    why = house.context.because("operator:alice", order)

    async def record(verb) -> None:
        await house.until(house.ledger.change(lambda tx: tx.record(verb(tx.require(Incident, about)))))

    await record(lambda i: i.tell(["log", "json"], failed=["mailto"], why=why))
    await record(lambda i: i.acknowledge(by="alice", why=why))
    await house.until(house.context.change(order.id, _abandoning(order.id, why)))
    house.policy = evolve(house.policy, confirm=Confirm.ABOVE)
    await tell_sent_again(house)
    seen = partial(open_incident, kind=IncidentKind.SANDBOX, subject="sandbox", why=why)
    await house.until(house.ledger.change(lambda tx: seen(tx, message="The sandbox is away.", hint="Wait.")))
    about = Incident.id_of(IncidentKind.SANDBOX, "sandbox")
    await record(lambda i: i.close(by="alice", how="It is back.", why=why))
    await house.until(house.ledger.change(lambda tx: seen(tx, message="The sandbox is away.")))


async def tell_sent_again(house: DeskUnderTest) -> None:
    """An order that is sent again after a search, tried several times, and silent for long."""
    house.production = FaultyBroker(house.live, FakeFaults({"place": [REQUEST_LOST]}), house.clock)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION, message="sent again")
        await house.until(house.clock.sleep(61))
        who = Handler("alice", house.context.because("operator:alice", order))
        await house.until(desk.decisions.resubmit(order.reference, "looked there", who))
    house.production = house.live
    trying = {"reason": "It is away.", "wait_s": 2.0, "tried": 1, "tries": 3}
    async with house.desk() as desk:
        asked = await house.place(desk, MISSION, message="silent", consent=Consent.ASK)
    await step(house, asked.id, lambda o, why: o.queue(Venue.SANDBOX, ahead=3, expected_s=1.5, why=why))
    await step(house, asked.id, lambda o, why: o.retry(Venue.SANDBOX, **trying, why=why))
    await step(house, asked.id, lambda o, why: o.wait(message="It waits.", silent_s=120.0, why=why))


async def tell_outside(house: DeskUnderTest) -> None:
    """An order that other hands change, one that the log knows nothing of, and positions that no fill explains."""
    house.live._book._engine._model = ScriptedModel(lambda _ticket: RESTS)
    house.live.endow(Position(CALL, 5, Decimal(8)))
    order = await house.once(BID, message="changed")
    dearer = evolve(order.ticket, price=Decimal("8.50"))
    house.live._book.replace(order.attempts[-1].broker_order, dearer, None, house.clock.now())
    house.live._book.place(order.ticket, f"tf1-p-{'a' * 20}-1", house.clock.now())
    for shares, later_s in ((5, 0), (0, 40 * 86_400)):
        house.live.endow(Position(Equity("SPY"), shares, Decimal(450)))
        house.clock.jump(later_s)
        async with house.desk() as desk:
            await house.until(desk.reconcile())


def _abandoning(order_id: UUID, why: Because):
    return lambda tx: tx.record(tx.require(Order, order_id).abandon(reason="not there", why=why))


async def tell_troubles(house: DeskUnderTest) -> None:
    """A sandbox that is reset in the middle of a rehearsal, one that did not answer, and one that is offline."""
    house.sandbox = ResetAt(house.rehearsals, clock=house.clock, index=3)
    await house.once(BID, message="reset")
    house.sandbox = FaultyBroker(house.rehearsals, FakeFaults({"place": [REQUEST_LOST]}), house.clock)
    await house.once(MISSION, message="not answered")
    house.sandbox = house.rehearsals
    house.rehearsals._book._engine._model = ScriptedModel(lambda _ticket: Plan((reject("Session offline"),)))
    await house.once(MISSION, message="offline")


class Queue:
    """A broker before which each order waits a while."""

    def __init__(self, broker: Broker, clock: SkippingClock) -> None:
        self._broker, self._clock = broker, clock

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)

    async def turn(self, queued: OnQueued | None = None, **how: Any) -> SendingTurn:
        if queued is not None:
            queued(QueuePlace(4, 2.0))
        await self._clock.sleep(2)
        return await self._broker.turn(**how)


async def tell_queue(house: DeskUnderTest) -> None:
    """An order that waits for its turn at both venues; one whose sender was held up while others gave it up."""
    house.sandbox, house.production = Queue(house.rehearsals, house.clock), Queue(house.live, house.clock)
    await house.once(MISSION, message="queued")
    house.sandbox = house.rehearsals
    house.production = FaultyBroker(house.live, FakeFaults({"place": [REQUEST_LOST]}), house.clock)
    await house.once(MISSION, message="held up")
    await step(
        house,
        Order.id_of("cli", "held up"),
        lambda o, why: o.not_sent(Venue.PRODUCTION, 1, message="It was held up.", why=why),
    )


async def tell_signals(house: DeskUnderTest) -> None:
    """A rule from shadow to auto and off again, and a signal for each way in which one can go."""
    await with_robot(house)
    which = rule(cool_down_min=0.0, most_a_day=99)
    async with house.desk() as desk:
        await house.until(desk.signalling.load(which))
        shadowed = await acted(house, desk, which)
        house.clock.jump(302)
        assert [due.signal.id for due in desk.signalling.due_marks()] == [shadowed.id]
        for due in desk.signalling.due_marks():
            await house.until(desk.signalling.mark(due))
        await set_to(house, desk, which, RuleMode.APPROVE)
        signal = await acted(house, desk, which)
        await house.until(desk.approve(house.message("approve", user="eve", message="a-yes"), signal.order.hex))
        await set_to(house, desk, which, RuleMode.AUTO)
        for line in (LINE, "buy nothing at all"):
            house.clock.jump(120)
            await acted(house, desk, which, line=line)
        house.clock.jump(120)
        late = await fire(house, desk, which)
        house.clock.jump(120)
        await house.until(desk.signalling.act(late))
        for mode in (RuleMode.APPROVE, RuleMode.OFF, RuleMode.SHADOW):
            moving = house.message(f"signals {mode}", user="ann", message=f"to-{mode}")
            await house.until(desk.signalling.move(NAME, mode, moving, reason="for the test", seen=which.digest))
        await set_to(house, desk, which, RuleMode.AUTO)
        await house.until(desk.signalling.turn_itself_off(NAME, OffCode.STALE, "Its data are old."))
        await house.until(desk.signalling.load(rule(version=2)))


async def tell_forgotten(house: DeskUnderTest) -> None:
    """A trader who was removed, and whose names no longer stand beside the log."""
    traders = Traders(house.ledger, house.clock)
    await house.until(register(house.ledger, house.clock.now(), "ann", GENEROUS, Permission))
    await house.until(traders.link("ann", "discord", "123456789012345678", by="alice"))
    await house.until(traders.remove("ann", by="alice", reason="left"))
    await house.until(traders.forget("ann", by="alice", reason="asked for it"))


TELLS = {
    "approvals": tell_approvals,
    "everything": tell_everything,
    "forgotten": tell_forgotten,
    "confirmed": tell_confirmed,
    "halts": tell_halts,
    "queued": tell_queue,
    "incidents": tell_incidents,
    "link-codes": tell_link_codes,
    "outside": tell_outside,
    "replacements": tell_replacements,
    "signals": tell_signals,
    "traders": tell_traders,
    "troubles": tell_troubles,
}


async def main(what: str = "everything") -> list[str]:
    house = DeskUnderTest.make()
    await house.until(register(house.ledger, house.clock.now(), "demo", GENEROUS, Permission))
    await TELLS[what](house)
    return written(house.ledger)


if __name__ == "__main__":
    Path(sys.argv[1]).write_text("\n".join(asyncio.run(main(*sys.argv[2:]))) + "\n", encoding="utf-8")
