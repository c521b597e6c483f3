"""
The card of a flattening: the orders that close what is held, seen together before one yes to all of them.

    held ─▶ planned ─▶ each as it would be sent now ─▶ Close(words, legs, sizes, cash) ─┬─▶ ClosingCard
                            └▶ cannot be priced: it says why                             │
              chains (names) · session · a dry run of each, asked at once ───────────────┘

Making it asks and records nothing. What is not known is None, and is not counted.
"""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

from attrs import frozen

from tastyflow.application.card.making import dry_run_or_why, or_none
from tastyflow.application.card.model import CardCosts, CardLeg
from tastyflow.application.context import Context
from tastyflow.application.intake.completion import Completed
from tastyflow.application.intake.drafting import Intake
from tastyflow.application.intake.flattening import UNPRICED
from tastyflow.application.intake.held_sizes import arithmetic
from tastyflow.domain.book import Standing
from tastyflow.domain.commands import Flatten, HeldPart, PlaceOrder
from tastyflow.domain.halt import Trading
from tastyflow.domain.instruments import Instrument, underlying_of
from tastyflow.domain.risk.worst_case import Trade
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import DryRun, NamedSymbol
from tastyflow.errors import Invalid, Refused, TastyflowError, VenueFailure
from tastyflow.ports import MarketSession

MOST_DRY_RUNS: Final = 12
"""Of so many orders at most the dry run is asked: a list of more is shown without what they cost."""


@frozen
class Close:
    """
    One order of the list.

    Attributes:
        order, words: As it was planned: at the price that trades when its turn comes.
        ticket: As it would be sent now; None where it cannot be priced now, and *trouble* says why.
        legs: With what is held of each; empty where it cannot be priced now.
        sizes: How each leg's size follows from what is held, as sentences.
        cash_usd: What it brings (positive) or costs (negative) now.
        goes_leg_by_leg: Whether its legs are closed one by one where it still has no price together.
    """

    order: PlaceOrder
    words: str
    ticket: Ticket | None = None
    legs: tuple[CardLeg, ...] = ()
    sizes: tuple[str, ...] = ()
    cash_usd: Decimal | None = None
    trouble: str = ""
    goes_leg_by_leg: bool = False


@frozen(kw_only=True)
class ClosingCard:
    """
    All that closes, to be confirmed once.

    Attributes:
        place: The environment in words, and the account where there are several.
        underlyings: Those that are closed, with their names.
        closes: In the order in which they are planned; what may cover another leg goes last.
        costs: Of all of them together.
        halted: Why none of them may leave now; empty where they may.
    """

    place: str
    underlyings: tuple[NamedSymbol, ...]
    closes: tuple[Close, ...]
    costs: CardCosts
    session: MarketSession | None
    halted: str
    seen_at: datetime

    @property
    def orders(self) -> tuple[PlaceOrder, ...]:
        """What is confirmed: the list as planned."""
        return tuple(each.order for each in self.closes)

    @property
    def pays_usd(self) -> Decimal:
        """What the orders cost that cost something."""
        return -sum((cash for cash in self._cash() if cash < 0), Decimal(0))

    @property
    def receives_usd(self) -> Decimal:
        """What the orders bring that bring something."""
        return sum((cash for cash in self._cash() if cash > 0), Decimal(0))

    @property
    def unpriced(self) -> int:
        """How many are in none of the sums."""
        return sum(each.cash_usd is None for each in self.closes)

    def _cash(self) -> Iterator[Decimal]:
        return (each.cash_usd for each in self.closes if each.cash_usd is not None)


async def closing_card(
    context: Context, intake: Intake, command: Flatten, orders: Sequence[PlaceOrder], held: Standing
) -> ClosingCard:
    """The card of *orders*, which close what *command* names of what is *held*."""
    symbols = list(dict.fromkeys(underlying_of(order.legs[0].instrument.underlying) for order in orders))
    completed, chains, session = await asyncio.gather(
        asyncio.gather(*(_completed(intake, order) for order in orders)),
        asyncio.gather(*(or_none(context.market.chain(symbol)) for symbol in symbols)),
        or_none(context.market.session()),
    )
    now, halt = context.clock.now(), context.halt()
    words = [context.language.render(order, as_of=now) for order in orders]
    closing = _closing(each for each in completed if isinstance(each, Completed))
    return ClosingCard(
        place=context.place_words,
        underlyings=tuple(
            NamedSymbol(symbol, chain.name if chain else "") for symbol, chain in zip(symbols, chains, strict=True)
        ),
        closes=tuple(
            _close(order, said, each, held, command.part, closing)
            for order, said, each in zip(orders, words, completed, strict=True)
        ),
        costs=await _costs(context, [each.ticket for each in completed if isinstance(each, Completed)], len(orders)),
        session=session,
        halted=halt.in_words if halt.trading is Trading.HALTED else "",
        seen_at=now,
    )


async def _completed(intake: Intake, order: PlaceOrder) -> Completed | TastyflowError:
    try:
        return await intake.completed(order)
    except (Refused, Invalid, VenueFailure) as no:
        return no


def _closing(completed: Iterable[Completed]) -> Mapping[Instrument, int]:
    """How many of each instrument all orders of the list close: one can be in a spread and in an order of its own."""
    amounts: dict[Instrument, int] = {}
    for each in completed:
        for leg in each.ticket.legs:
            amounts[leg.instrument] = amounts.get(leg.instrument, 0) + leg.quantity
    return amounts


def _close(
    order: PlaceOrder,
    words: str,
    completed: Completed | TastyflowError,
    held: Standing,
    part: HeldPart,
    closing: Mapping[Instrument, int],
) -> Close:
    if not isinstance(completed, Completed):
        one_by_one = len(order.legs) > 1 and completed.code in UNPRICED
        return Close(order, words, trouble=completed.message, goes_leg_by_leg=one_by_one)
    ticket, quotes = completed.ticket, completed.quotes
    legs = tuple(
        CardLeg(
            leg, None, held.get(leg.instrument, 0), quotes.get(leg.instrument), held.holding(leg.instrument).closing
        )
        for leg in ticket.legs
    )
    try:
        cash = Trade.of(ticket, quotes).cash_usd
    except KeyError:
        cash = None
    return Close(order, words, ticket, legs, tuple(_size(leg, held, part, closing) for leg in legs), cash)


def _size(each: CardLeg, held: Standing, part: HeldPart, closing: Mapping[Instrument, int]) -> str:
    instrument, count = each.leg.instrument, each.leg.quantity
    holding = held.holding(instrument)
    sentence = arithmetic(part, abs(holding.quantity), holding.closable)
    others = closing.get(instrument, count) - count
    return f"{sentence} {count:,} of them here." if others else sentence


async def _costs(context: Context, tickets: Sequence[Ticket], planned: int) -> CardCosts:
    """Fees and buying power of all together: the sum of a dry run of each."""
    if len(tickets) < planned:
        return CardCosts(failure="not every order has a price now")
    if planned > MOST_DRY_RUNS:
        return CardCosts(failure=f"of more than {MOST_DRY_RUNS} orders no dry run is asked")
    asked = await asyncio.gather(*(dry_run_or_why(context, ticket) for ticket in tickets))
    failures = [why for dry_run, why in asked if dry_run is None]
    if failures:
        return CardCosts(failure=failures[0])
    return _together([dry_run for dry_run, _ in asked if dry_run is not None])


def _together(dry_runs: Sequence[DryRun]) -> CardCosts:
    change = sum((each.buying_power_change_usd for each in dry_runs), Decimal(0))
    before = next((each.buying_power_before_usd for each in dry_runs), None)
    return CardCosts(
        sum((each.fees_usd for each in dry_runs), Decimal(0)),
        change,
        None if before is None else before + change,
        tuple(dict.fromkeys(warning for each in dry_runs for warning in each.warnings)),
    )
