"""
A house with two accounts in one environment, ``main`` and ``ira``, each with a book of its own at the live venue.

    Both rehearse in the same sandbox account, as the accounts of one installation do.
"""

from contextlib import AbstractAsyncContextManager
from typing import Any

from attrs import define, evolve, field

from tastyflow.application.context import Context
from tastyflow.application.desk import Desk
from tastyflow.application.message import Message
from tastyflow.domain.order import Order
from tastyflow.domain.trader import Trader
from tastyflow_adapters.fake import FakeBroker
from tests.application.kit import EVERYTHING, GENEROUS, PRODUCTION, DeskUnderTest, alter, drive

BOTH = ("main", "ira")


@define(slots=False)
class TwoAccounts:
    """*house* has the account ``main``; the account ``ira`` stands beside it."""

    house: DeskUnderTest = field(factory=DeskUnderTest.make)
    ira: Any = None
    names: tuple[str, ...] = BOTH

    def __attrs_post_init__(self) -> None:
        if self.ira is None:
            clock, market = self.house.clock, self.house.market
            self.ira = FakeBroker(PRODUCTION, clock, market, account="ira", seed=2, cash_usd=10**7)

    @property
    def contexts(self) -> tuple[Context, ...]:
        """Of the accounts that the settings name."""
        main = evolve(self.house.context, accounts=self.names)
        of = {"main": main, "ira": evolve(main, production=self.ira, account_name="ira")}
        return tuple(of[name] for name in self.names)

    def desk(self) -> AbstractAsyncContextManager[Desk]:
        first, *others = self.contexts
        return drive(Desk(first, [self.house.told], others), self.house.until)

    async def hire(self, name: str, *accounts: str, **chosen: Any) -> Trader:
        """A trader who was given *accounts*."""
        await self.house.hire(name, **({"limits": GENEROUS, "permissions": EVERYTHING} | chosen))
        await self.give(name, *accounts)
        return self.house.trader(name)

    async def give(self, name: str, *accounts: str) -> None:
        await alter(self.house, lambda trader, why: trader.give_accounts(accounts, why=why), name)

    def message(self, text: str, *, user: str, account: str = "") -> Message:
        return evolve(self.house.message(text, user=user), account=account)

    async def place(self, desk: Desk, text: str, *, user: str, account: str = "") -> Order:
        return await self.house.until(desk.place(self.message(text, user=user, account=account)))
