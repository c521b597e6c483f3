"""
Flattening: one message closes every leg that is held, by orders of its own.

    message ─▶ asked before? ─▶ who is it? ─▶ held ─▶ planned (`intake.flattening`) ─▶ per underlying:
                                                        shorts ─▶ spreads ─▶ legs of unpriced spreads ─▶ longs

The orders are those of messages that are derived from the one that asked, ``<message>#1``, ``<message>#2`` …: the same
message again is the same orders. Each goes through the twelve steps by itself. What may cover a short leg is only sold
once that leg was bought back.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from decimal import Decimal
from itertools import count
from typing import Final
from weakref import WeakValueDictionary

from attrs import evolve, frozen

from tastyflow.application.confirming import is_offered
from tastyflow.application.intake.drafting import Intake
from tastyflow.application.intake.flattening import UNPRICED, UnderlyingPlan, leg_by_leg, may_cover, plan
from tastyflow.application.message import Consent, Message
from tastyflow.domain.book import Standing
from tastyflow.domain.commands import Flatten, HeldPart, PlaceOrder
from tastyflow.domain.instruments import chat_symbol
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Policy
from tastyflow.errors import Invalid, Refused, TastyflowError, VenueFailure

Place = Callable[[Message, PlaceOrder], Awaitable[Order]]

NOTHING_LOST: Final = Decimal(0)
"""What an order that only closes can lose."""

MAX_GAP: Final = 20
"""How many numbers in a row can be without an order, between those that one message asked for."""


@frozen
class Flattened:
    """
    What came of it: the orders, in the order of their numbers.

    Attributes:
        error: Why some of what was planned is no order, where the log or the settings kept it from being one.
    """

    orders: tuple[Order, ...]
    error: TastyflowError | None = None


class Flattener:
    """
    Closes what is held.

    Args:
        place: Takes one message and its order through the twelve steps.
        has_live_venue: Whether an order that only passed its rehearsal has closed nothing yet.
        policy: Whether closing orders are confirmed: all of them together, before the first.
    """

    def __init__(self, intake: Intake, place: Place, *, has_live_venue: bool, policy: Policy) -> None:
        self._intake = intake
        self._place = place
        self._policy = policy
        self._closed = {Stage.FILLED} if has_live_venue else {Stage.FILLED, Stage.REHEARSED}
        self._at_work: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def flatten(
        self, message: Message, command: Flatten, *, seen: Sequence[PlaceOrder] | None = None
    ) -> Flattened:
        """
        Close what *command* names; or the orders that *message* asked for before.

        Args:
            seen: The list that was shown and confirmed: where it is another one by now, nothing is closed.

        Raises:
            InDoubt: One of them may be in production, and the log does not take what became of it.
            StoreFailure: The log failed; what is recorded of them stands.
        """
        lock = self._at_work.setdefault((message.platform, message.message), asyncio.Lock())
        async with lock:
            if known := tuple(self._known(message)):
                return Flattened(known, await self._left_by(command, known))
            try:
                self._require_seen(message)
                planned, _ = await self._planned(message, command)
                _require_same(planned, seen)
            except (Refused, Invalid, VenueFailure) as no:
                return Flattened((await self._intake.refuse(message, no),))
            run = _Run(self._intake, self._place, message, self._closed)
            await asyncio.gather(*(run.close(each) for each in planned))
            return Flattened(tuple(self._known(message)), run.error)

    async def planned(self, message: Message, command: Flatten) -> tuple[PlaceOrder, ...]:
        """
        The orders that would close what *command* names, as things are now; nothing is done.

        Raises:
            Refused: An unknown author, or there is nothing to close.
            VenueFailure: The positions are not to be had.
        """
        return (await self.planned_of(message, command))[0]

    async def planned_of(self, message: Message, command: Flatten) -> tuple[tuple[PlaceOrder, ...], Standing]:
        """As `planned`, and what was held when they were planned."""
        planned, held = await self._planned(message, command)
        return _orders_of(planned), held

    def _require_seen(self, message: Message) -> None:
        """
        Its orders depend on each other: they are seen and confirmed together, and none waits for an answer by itself.

        Raises:
            Refused: code ``confirmation_needed``.
        """
        if message.consent is not Consent.GIVEN and is_offered(message, self._policy, NOTHING_LOST):
            raise Refused(
                "What is closed has not been shown and confirmed.",
                code="confirmation_needed",
                hint="Nothing was sent. Look at the list, and confirm it.",
            )

    async def _left_by(self, command: Flatten, known: Sequence[Order]) -> TastyflowError | None:
        """What to say where a message to close all was carried out before, perhaps in part, and something is held."""
        if command.part is not HeldPart.ALL or not all(order.stage.is_over for order in known):
            return None
        try:
            left = plan(await self._intake.held(), command.underlying, command.part)
        except VenueFailure as failure:
            return failure
        if not left:
            return None
        return Refused(
            "This message was carried out before, and there is still something to close.",
            code="asked_before",
            hint="Ask again in a new message to close what is held now.",
        )

    async def _planned(self, message: Message, command: Flatten) -> tuple[tuple[UnderlyingPlan, ...], Standing]:
        self._intake.require_author(message)
        held = await self._intake.held()
        planned = plan(held, command.underlying, command.part)
        if not planned:
            where = f" on {chat_symbol(command.underlying)}" if command.underlying else ""
            raise Refused(
                f"There is nothing{where} to close.",
                code="nothing_to_close",
                hint="Type 'positions' to see what is held, and 'orders' to see what closes it already.",
            )
        return planned, held

    def _known(self, message: Message) -> Iterator[Order]:
        """The orders of *message*: its refusal, or those with its numbers."""
        if (refused := self._intake.known(message)) is not None:
            yield refused
            return
        missing = 0
        for number in count(1):
            order = self._intake.known(numbered(message, number))
            missing = 0 if order else missing + 1
            if order is not None:
                yield order
            elif missing >= MAX_GAP:
                return


class _Run:
    """One flattening under way: it hands out the numbers, and goes on with the rest where one order fails."""

    def __init__(self, intake: Intake, place: Place, message: Message, closed: Collection[Stage]) -> None:
        self._intake, self._place, self._message, self._closed = intake, place, message, closed
        self._numbers = count(1)
        self.error: TastyflowError | None = None

    async def close(self, planned: UnderlyingPlan) -> None:
        """Close what is held on one underlying, what covers other legs last."""
        open_shorts = await self._unfilled(planned.shorts)
        closed = [*await self._all(planned.paid), *await self._all(planned.received)]
        longs = list(planned.longs)
        for spread, order in zip((*planned.paid, *planned.received), closed, strict=True):
            if order is not None and order.stage is Stage.REFUSED and order.code in UNPRICED:
                bought_back, sold = leg_by_leg(spread)
                open_shorts += await self._unfilled(bought_back)
                longs += sold
        await asyncio.gather(*(self._sell(long, open_shorts) for long in longs))

    async def _unfilled(self, shorts: Sequence[PlaceOrder]) -> list[PlaceOrder]:
        """Buy *shorts* back; those that were not."""
        orders = await self._all(shorts)
        return [
            short
            for short, order in zip(shorts, orders, strict=True)
            if order is None or order.stage not in self._closed
        ]

    async def _sell(self, long: PlaceOrder, open_shorts: Iterable[PlaceOrder]) -> None:
        if not any(may_cover(long, short) for short in open_shorts):
            await self._one(long)
            return
        no = Refused(
            "It may cover a short leg that is not bought back yet.",
            code="covers_a_short",
            hint="Ask again once the short leg is closed; what was bought back stays closed.",
        )
        await self._kept(self._intake.refuse(numbered(self._message, next(self._numbers)), no))

    async def _all(self, orders: Sequence[PlaceOrder]) -> list[Order | None]:
        return list(await asyncio.gather(*(self._one(order) for order in orders)))

    async def _one(self, order: PlaceOrder) -> Order | None:
        return await self._kept(self._place(numbered(self._message, next(self._numbers)), order))

    async def _kept(self, doing: Awaitable[Order]) -> Order | None:
        try:
            return await doing
        except TastyflowError as error:
            self.error = self.error or error
            return None


def _require_same(planned: Sequence[UnderlyingPlan], seen: Sequence[PlaceOrder] | None) -> None:
    """
    Raises:
        Refused: code ``list_moved``.
    """
    if seen is not None and _orders_of(planned) != tuple(seen):
        raise Refused(
            "What is held has changed since the list was shown. Nothing was closed.",
            code="list_moved",
            hint="Ask again to see the list as it is now.",
        )


def _orders_of(planned: Sequence[UnderlyingPlan]) -> tuple[PlaceOrder, ...]:
    return tuple(order for each in planned for order in each.orders)


def numbered(message: Message, number: int) -> Message:
    """The message of the order with that *number*: answers to it belong to *message*."""
    return evolve(message, message=f"{message.message}#{number}", reply_to=message.reply_to or message.message)
