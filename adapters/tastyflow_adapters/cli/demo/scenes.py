"""
The demo's scenes. Each types chat lines at the desk, shows what is recorded, and checks what it then claims.

    1 the main job     2 not an order     3 half a fill     4 a sandbox that lies     5 a proof too old     6 the audit

Everything is real: the language, the desk, the log, the files of both venues. The venues' behaviour is what a scene
writes into their scripts; that is what a fake exchange is for.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from typing import Final
from uuid import uuid4

from attrs import define, field
from rich.padding import Padding

from tastyflow.application import audit
from tastyflow.application.answers import Reply
from tastyflow.application.desk import Desk
from tastyflow.application.message import Message
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.risk.checks import AT_PROMOTION
from tastyflow.domain.risk.finding import passed
from tastyflow.domain.risk.gate import may_promote
from tastyflow.domain.testresult import TestConcluded, Verdict
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow_adapters.cli.audit.timeline import story_page
from tastyflow_adapters.cli.demo.screen import Screen
from tastyflow_adapters.config.choices import DEMO, PLATFORM
from tastyflow_adapters.config.settings import Settings
from tastyflow_adapters.fake import Plan, ScriptedModel, orders_in
from tastyflow_adapters.fake.order_plan import fill, live
from tastyflow_adapters.store.log import open_log

MISSION: Final = "buy 10 calls for SPY at strike 450 expiring next month"
AMBIGUOUS: Final = "buy 10 SPY 450"
UNLISTED: Final = "buy 10 SPY 450.37 calls expiring next month"
HALF_FILLED: Final = "buy 10 QQQ 385 calls expiring next month"
LIED_TO: Final = "buy 10 SPY 451 calls expiring next month"
TOO_LATE: Final = "buy 1 IWM 180 call expiring next month"

PATIENCE_S: Final = 5.0
LOOK_S: Final = 0.05


class Script:
    """What the next orders at a venue will meet, a plan each; after that its ordinary market."""

    def __init__(self) -> None:
        self.coming: list[Plan] = []
        self.model = ScriptedModel(lambda _ticket: self.coming.pop(0) if self.coming else None)


@define
class DemoRun:
    """What the scenes share: the screen, the home, the venues' scripts, and the first order, for the audit."""

    screen: Screen
    settings: Settings
    sandbox: Script = field(factory=Script)
    production: Script = field(factory=Script)
    first: Order | None = None

    def book(self, venue: Venue) -> Sequence[BrokerOrder]:
        """The orders that a venue has ever accepted, read from its own file."""
        return orders_in(self.settings.folder / f"{venue.value}.db")

    async def ask(self, desk: Desk, text: str) -> Reply:
        """Type *text* as the trader demo, and wait until all that came of it is shown."""
        self.screen.typed(DEMO, text)
        reply = await desk.ask(Message(text, PLATFORM, DEMO, uuid4().hex))
        await desk.told()
        if reply.error is not None and not reply.orders:
            self.screen.told(reply.error.message, "red")
        await self.screen.drained()
        return reply

    async def order(self, desk: Desk, text: str, until: Callable[[Order], bool] = lambda _: True) -> Order:
        """The order that *text* is about; on a busy machine, only once it is as far as the scene is about."""
        order = (await self.ask(desk, text)).orders[0]
        for _ in range(round(PATIENCE_S / LOOK_S)):
            if until(order):
                break
            await asyncio.sleep(LOOK_S)
            order = await desk.refresh(order.id)
        await desk.told()
        await self.screen.drained()
        return order


async def the_main_job(run: DemoRun, desk: Desk) -> None:
    screen = run.screen
    screen.title(1, "The main job", "One line is understood, rehearsed in the sandbox, tested, and only then placed.")
    order = await run.order(desk, MISSION, lambda order: order.stage.is_over)
    test, run.first = desk.test_of(order), order
    books = [run.book(venue) for venue in Venue]
    screen.expect(
        order.stage is Stage.FILLED and order.filled(Venue.PRODUCTION) == 10, "Filled in production: 10 of 10."
    )
    screen.expect(
        test is not None and test.verdict is Verdict.PASSED and len(test.checks) == len(test.planned),
        f"Before that, all {len(test.planned) if test else 0} checks of its rehearsal had passed.",
    )
    digests = {there.ticket.digest for book in books for there in book if there.ticket}
    screen.expect(
        [len(book) for book in books] == [1, 1] and digests == {order.digest},
        f"Each venue holds one order, of the same content to the byte: {order.digest[:16]}…",
    )


async def no_guesses(run: DemoRun, desk: Desk) -> None:
    screen, before = run.screen, [len(run.book(venue)) for venue in Venue]
    screen.title(2, "Not an order", "What the line leaves open is asked for, and what does not exist is not rounded.")
    for text, code in ((AMBIGUOUS, "ambiguous"), (UNLISTED, "strike_not_listed")):
        order = await run.order(desk, text)
        for suggestion in order.suggestions:
            screen.noted(f"did you mean: {suggestion}")
        screen.expect(order.code == code and bool(order.suggestions), f"Refused as {code}, with a way out.")
    after = [len(run.book(venue)) for venue in Venue]
    screen.expect(before == after, "Nothing was placed, in neither venue.")


async def half_a_fill(run: DemoRun, desk: Desk) -> None:
    screen = run.screen
    screen.title(3, "Half a fill", "Production fills 4 of 10 and then no more; the trader has waited long enough.")
    run.production.coming.append(Plan((live(), fill(4, after_s=0.05))))
    order = await run.order(desk, HALF_FILLED, lambda order: order.filled(Venue.PRODUCTION) > 0)
    screen.expect(
        order.stage is Stage.WORKING and order.filled(Venue.PRODUCTION) == 4, "Working: 4 filled, 6 still wanted."
    )
    order = await run.order(desk, f"cancel {order.reference}", lambda order: order.stage.is_over)
    there = run.book(Venue.PRODUCTION)[-1]
    trader = desk.context.ledger.read(Trader, Trader.id_of(DEMO))
    screen.expect(
        order.stage is Stage.CANCELLED and order.filled(Venue.PRODUCTION) == sum(f.quantity for f in there.fills) == 4,
        "Cancelled: the 4 stay, here and in production's own book.",
    )
    screen.expect(trader is not None and not trader.reserved, "The capacity it held is free again.")
    held = (await run.ask(desk, "positions")).positions or ()
    for position in held:
        screen.noted(f"{position.quantity:+} {' '.join(position.instrument.occ.split())}")
    screen.expect(sorted(position.quantity for position in held) == [4, 10], "The account holds the 10 and the 4.")


async def a_sandbox_that_lies(run: DemoRun, desk: Desk) -> None:
    screen = run.screen
    screen.title(4, "A rehearsal that fails", "The sandbox calls the order filled, and shows fills for 6 of 10.")
    run.sandbox.coming.append(Plan((live(), fill(6, as_filled=True))))
    before = len(run.book(Venue.PRODUCTION))
    order = await run.order(desk, LIED_TO)
    trader = desk.context.ledger.read(Trader, Trader.id_of(DEMO))
    within = tuple(passed(code, "The limits are not the point here.") for code in AT_PROMOTION)
    ruling = may_promote(order, desk.test_of(order), trader, desk.context.policy, desk.context.clock.now(), within)
    screen.noted("Asked all the same, the gate says no:")
    for reason in ruling.reasons:
        screen.noted(f"· {reason}", "dim")
    screen.expect(order.stage is Stage.REFUSED and not ruling.allowed, "Stopped before the gate, and at the gate.")
    screen.expect(
        len(run.book(Venue.PRODUCTION)) == before and order.attempt(Venue.PRODUCTION) is None,
        "Production never heard of it: nothing was claimed, its book is as it was.",
    )


async def a_proof_too_old(run: DemoRun, desk: Desk) -> None:
    screen = run.screen
    screen.title(5, "A proof that is too old", "The rehearsal passes; on this desk its proof counts for a microsecond.")
    before = len(run.book(Venue.PRODUCTION))
    order = await run.order(desk, TOO_LATE)
    screen.expect(order.stage is Stage.REFUSED and order.code == "gate", "The gate stopped it, and the log says why.")
    screen.expect(len(run.book(Venue.PRODUCTION)) == before, "Production's book is as it was.")


async def the_audit(run: DemoRun) -> None:
    screen = run.screen
    screen.title(6, "The audit", "The desk is closed. What follows comes from the log file alone, opened read-only.")
    with closing(open_log(run.settings.log, read_only=True)) as ledger:
        rows = list(audit.log_of(ledger))
        report, replayed = audit.verify(rows), audit.replay(rows)
        differing = list(audit.differences(replayed, audit.served_by(ledger)))
    screen.expect(
        report.is_clean,
        f"verify: {report.events} events, {len(report.asked)} rules asked {sum(report.asked.values())} times.",
    )
    for rule in ("claimed_proof", "claimed_first", "fills_within", "released_once"):
        screen.noted(audit.RULES[rule], "dim", lead=f"{report.asked.get(rule, 0):>4} times")
    screen.expect(
        not replayed.broken and not differing,
        f"replay: all {len(replayed.states)} aggregates, folded again, are what the ledger serves.",
    )
    tampered = audit.verify(_tampered(rows))
    screen.told("In a copy of the log, one word is changed: the failed test of scene 4 says 'passed'.", "dim")
    for finding in tampered.findings[:2]:
        screen.noted(f"{finding.subject}: {finding.why}", "dim", lead=f"  row {finding.seq}")
    screen.expect(not tampered.is_clean, f"verify finds it: {tampered.found} findings.")
    _tell_the_story(run, rows)
    await screen.drained()


def _tell_the_story(run: DemoRun, rows: Sequence[audit.Row]) -> None:
    story = audit.story_of(run.first.id, rows) if run.first else None
    if story is None:
        run.screen.expect(False, "The story of the first order is in the log.")
        return
    run.screen.told("")
    page = story_page(story, width=run.screen.width, with_details=False)
    for part in page.renderables:
        run.screen.page(Padding(part, 0))
    verdict = next(m for m in story.moments if m.topic == TestConcluded.TOPIC)
    claim = next(m for m in story.moments if m.details[:1] and m.details[0].startswith("The gate allowed it"))
    run.screen.told("")
    run.screen.expect(
        verdict.seq < claim.seq, f"The verdict (row {verdict.seq}) stands before the claim (row {claim.seq})."
    )


def _tampered(rows: Sequence[audit.Row]) -> Iterator[audit.Row]:
    for row in rows:
        if row.topic == TestConcluded.TOPIC:
            yield row._replace(state=row.state.replace(b'"verdict":"failed"', b'"verdict":"passed"'))
        else:
            yield row
