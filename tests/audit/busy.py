"""
A log that saw everything: one house, sixteen orders, each of which went another way.

    filled · not understood · not listed · cancelled half-filled · failed its rehearsal · never sent, then sent
    lost, then found · too old a proof · of a suspended trader · only out while reducing, none while halted
    replaced by another · approved by another person · approved when the market had moved
"""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

from attrs import evolve

from tastyflow.application.identities import TypedCode
from tastyflow.application.traders import Traders
from tastyflow.domain.trader import Permission
from tastyflow_adapters.fake import FakeFault, FakeFaultKind, FakeFaults, FaultyBroker, Plan, ScriptedModel
from tastyflow_adapters.fake.order_plan import fill, live
from tests.application.kit import MISSION, DeskUnderTest, alter, resuming, stopping, turn

ORDERS = 16


class Scripts:
    """What the next orders at a venue will meet, a plan each; after that the ordinary market."""

    def __init__(self) -> None:
        self.coming: list[Plan] = []
        self.model = ScriptedModel(lambda _ticket: self.coming.pop(0) if self.coming else None)


class SlowToBeReady:
    """A production whose login takes a minute: a proof grows old meanwhile."""

    def __init__(self, house: DeskUnderTest) -> None:
        self._house, self._broker = house, house.production

    def __getattr__(self, name):
        return getattr(self._broker, name)

    async def ready(self) -> None:
        self._house.clock.jump(60.0)


async def busy_house(path: Path | None = None) -> DeskUnderTest:
    """A house after a day on which everything happened; its desk is closed, its ledger is open."""
    sandbox, production = Scripts(), Scripts()
    house = DeskUnderTest.make(path=path, models=(sandbox.model, production.model))
    await house.hire()
    await house.hire("eve")
    await alter(house, lambda trader, why: trader.give_accounts(["main", "ira"], why=why))
    await house.confirmed(MISSION)
    await _linked(house, "eve")
    await house.once("buy 10 SPY 450")
    await house.once("buy 10 SPY 450.37 calls expiring next month")
    production.coming.append(Plan((live(), fill(4, after_s=0.1))))
    await _cancelled(house, "buy 10 QQQ 385 calls expiring next month")
    sandbox.coming.append(Plan((live(), fill(6, as_filled=True))))
    await house.once("buy 10 SPY 451 calls expiring next month")
    with _on_a_bad_day(house, FakeFaultKind.NOT_SENT):
        await house.once("buy 2 SPY 449 calls expiring next month")
    with _on_a_bad_day(house, FakeFaultKind.RESPONSE_LOST):
        await house.once("buy 3 SPY 448 calls expiring next month")
    await alter(house, lambda trader, why: trader.give_accounts(["main"], why=why))
    with _a_slow_login(house):
        await house.once("buy 1 SPY 452 call expiring next month")
    production.coming += [Plan((live(),)), Plan((live(), fill(2, after_s=0.1)))]
    await _replaced(house, "buy 2 SPY 450 calls expiring next month @ 8.00", "replace last @ 8.10")
    await _approved(house, "buy 1 SPY 446 call expiring next month")
    await _approved(house, "buy 1 SPY 445 call expiring next month", moved=Decimal(5))
    await alter(
        house, lambda trader, why: trader.set_permissions(trader.permissions - {Permission.SHARES}, why=why), "eve"
    )
    await alter(house, lambda trader, why: trader.set_limits(evolve(trader.limits, max_contracts=7), why=why), "eve")
    await alter(house, lambda trader, why: trader.suspend(reason="for the test", why=why), "eve")
    await house.once("buy 1 SPY 447 call expiring next month", user="eve")
    await turn(house, stopping(reducing=True))
    await house.once("sell to close 5 SPY 450 calls exp Dec 18 2026")
    await house.once("buy 1 SPY 446 call expiring next month")
    await turn(house, stopping())
    await house.once("sell to close 1 SPY 450 call exp Dec 18 2026")
    await turn(house, resuming())
    await house.until(Traders(house.ledger, house.clock).remove("eve", by="alice", reason="left"))
    return house


async def _linked(house: DeskUnderTest, name: str) -> None:
    """A user of a chat types the code that an operator made."""
    traders, typed = Traders(house.ledger, house.clock), TypedCode("discord", "123456789012345678", "d1", "9001")
    await house.until(traders.make_link_code(name, "discord", "d1", valid_s=900, by="alice"))
    await house.until(traders.link_by_code(name, typed, by="alice"))


async def _cancelled(house: DeskUnderTest, text: str) -> None:
    async with house.desk() as desk:
        order = await house.place(desk, text)
        await house.until(desk.cancel(house.message("cancel"), order.reference))


async def _replaced(house: DeskUnderTest, text: str, change: str) -> None:
    async with house.desk() as desk:
        await house.place(desk, text)
        await house.until(desk.ask(house.message(change)))


async def _approved(house: DeskUnderTest, text: str, moved: Decimal = Decimal(0)) -> None:
    """An order that eve approves, after its market moved by so much."""
    usual, house.policy = house.policy, evolve(house.policy, approval_symbols=("SPY",))
    async with house.desk() as desk:
        order = await house.place(desk, text)
        for leg in order.legs:
            quote = house.market.quotes_now([leg.instrument])[leg.instrument]
            house.market.pin(leg.instrument, quote.bid + moved, quote.ask + moved)
        await house.until(desk.approve(house.message("approve", user="eve"), order.reference))
    house.market.unpin()
    house.policy = usual


@contextmanager
def _on_a_bad_day(house: DeskUnderTest, kind: FakeFaultKind) -> Iterator[None]:
    honest = house.production
    house.production = FaultyBroker(honest, FakeFaults({"place": [FakeFault(kind)]}), house.clock)
    yield
    house.production = honest


@contextmanager
def _a_slow_login(house: DeskUnderTest) -> Iterator[None]:
    production, policy = house.production, house.policy
    house.production, house.policy = SlowToBeReady(house), evolve(policy, proof_valid_s=30.0)
    yield
    house.production, house.policy = production, policy
