"""
How the fake exchange answers an order: a model looks at the ticket and the quotes, and plans what time will do.

    ticket + quotes ──▶ FillModel.plan ──▶ Plan: live ─▶ fill 4 ─▶ fill 6        time passing runs what is due
                                            └─ on a cancel: cancelled ─▶ …       asking for one runs this instead

    QuoteModel      marketable: at once, at the touch · inside the spread: after a short seeded delay · behind: rests
    TableModel      tastytrade's old sandbox: market at 1, limits under 3 at once, the others rest
    ScriptedModel   exactly what a test wrote, also what no honest exchange would do

Amounts are *signed costs* per unit: what is paid is positive, what is received negative.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from random import Random
from typing import Final, Protocol

from attrs import frozen

from tastyflow.domain.instruments import Instrument, plain
from tastyflow.domain.ticket import Duration, OrderType, PriceEffect, Ticket
from tastyflow.domain.venue import Quote

Quotes = Mapping[Instrument, Quote]


class StepKind(StrEnum):
    """What can happen to an order at the exchange."""

    ROUTE = "route"
    FLY = "fly"
    LIVE = "live"
    FILL = "fill"
    REJECT = "reject"
    CANCEL = "cancel"
    EXPIRE = "expire"
    REMOVE = "remove"  # by an administrator
    REPEAT = "repeat"  # the last snapshot is sent again
    PLAN = "plan"  # the model is asked (again): the session opens


@frozen
class Step:
    """
    One thing that will happen, *after_s* seconds after the one before it.

    Attributes:
        quantity: Of a fill: how many units; what remains bounds it.
        price: Of a fill: per unit, in the ticket's own effect; None is the better of touch and limit.
        leg: Of a fill: the one leg it reports; None is all of them.
        as_filled: Of a fill: the order says Filled whatever is still missing, as tastytrade's do after a first leg.
    """

    kind: StepKind
    after_s: float = 0.0
    quantity: int = 0
    price: Decimal | None = None
    reason: str = ""
    leg: int | None = None
    as_filled: bool = False


def route(*, after_s: float = 0.0) -> Step:
    return Step(StepKind.ROUTE, after_s)


def live(*, after_s: float = 0.0) -> Step:
    return Step(StepKind.LIVE, after_s)


def fill(
    quantity: int,
    price: Decimal | str | None = None,
    *,
    after_s: float = 0.0,
    leg: int | None = None,
    as_filled: bool = False,
) -> Step:
    exact = None if price is None else Decimal(price)
    return Step(StepKind.FILL, after_s, quantity, exact, leg=leg, as_filled=as_filled)


def reject(reason: str = "Rejected by the exchange", *, after_s: float = 0.0) -> Step:
    return Step(StepKind.REJECT, after_s, reason=reason)


def cancelled(*, after_s: float = 0.0) -> Step:
    return Step(StepKind.CANCEL, after_s)


def expire(*, after_s: float = 0.0) -> Step:
    return Step(StepKind.EXPIRE, after_s)


def remove(*, after_s: float = 0.0) -> Step:
    return Step(StepKind.REMOVE, after_s)


def repeat(times: int = 1) -> tuple[Step, ...]:
    return (Step(StepKind.REPEAT),) * times


@frozen
class Plan:
    """
    What will become of one order.

    Attributes:
        steps: What happens by itself. None at all: it stays as received, for ever.
        on_cancel: What happens in their place once a cancel is asked for.
        refuses_cancel: Why the venue will not hear of a cancel; empty when it will.
        rests: The model is asked again when the market moves, after the last step.
    """

    steps: tuple[Step, ...] = ()
    on_cancel: tuple[Step, ...] = (cancelled(),)
    refuses_cancel: str = ""
    rests: bool = False


class FillModel(Protocol):
    def plan(self, ticket: Ticket, quotes: Quotes, now: datetime, rng: Random) -> Plan:
        """What will become of *ticket*; *rng* is the order's own, seeded by venue and number."""
        ...


RESTS: Final = Plan((live(),), rests=True)
NO_MARKET: Final = Plan((live(), cancelled()))  # immediate or cancel, and nothing there


@frozen
class QuoteModel:
    """
    Fills against the quotes.

    Args:
        delay_s: Shortest and longest wait of a limit order strictly inside the spread.
        slices: In how many fills such an order is done.
    """

    delay_s: tuple[float, float] = (0.005, 0.025)
    slices: int = 1

    def plan(self, ticket: Ticket, quotes: Quotes, now: datetime, rng: Random) -> Plan:
        waits, units = NO_MARKET if ticket.time_in_force.duration is Duration.IOC else RESTS, ticket.units
        if ticket.stop is not None and not is_triggered(ticket, quotes):
            return waits
        touch, best, limit = cost_at_touch(ticket, quotes), cost_at_best(ticket, quotes), limit_cost(ticket)
        if touch is not None and (limit is None or limit >= touch):
            return Plan((fill(units),))
        if limit is None or best is None or limit <= best or waits is NO_MARKET:
            return waits
        parts = [units // self.slices + (part < units % self.slices) for part in range(self.slices)]
        return Plan((live(), *(fill(part, after_s=rng.uniform(*self.delay_s)) for part in parts if part)))


@frozen
class TableModel:
    """The fixed table of tastytrade's sandbox before it followed the market; blogs still teach it."""

    fills_under: Decimal = Decimal(3)
    market_price: Decimal = Decimal(1)

    def plan(self, ticket: Ticket, quotes: Quotes, now: datetime, rng: Random) -> Plan:
        if ticket.order_type is OrderType.MARKET:
            return Plan((fill(ticket.units, self.market_price),))
        if ticket.stop is None and ticket.price is not None and ticket.price < self.fills_under:
            return Plan((fill(ticket.units, ticket.price),))
        return NO_MARKET if ticket.time_in_force.duration is Duration.IOC else Plan((live(),))


class ScriptedModel:
    """
    Plays one script per order, in the order of placing; then *otherwise*.

    Args:
        scripts: Plans, or bare sequences of steps; or a function that gives one for a ticket, None for *otherwise*.
    """

    def __init__(
        self,
        scripts: "Iterable[Plan | Iterable[Step]] | Callable[[Ticket], Plan | None]",
        *,
        otherwise: FillModel | None = None,
    ) -> None:
        self._choose = scripts if callable(scripts) else _taking_turns(scripts)
        self._otherwise = otherwise or QuoteModel()

    def plan(self, ticket: Ticket, quotes: Quotes, now: datetime, rng: Random) -> Plan:
        return self._choose(ticket) or self._otherwise.plan(ticket, quotes, now, rng)


def _taking_turns(scripts: Iterable[Plan | Iterable[Step]]) -> Callable[[Ticket], Plan | None]:
    queue: Iterator[Plan | Iterable[Step]] = iter(scripts)

    def choose(_ticket: Ticket) -> Plan | None:
        script = next(queue, None)
        return script if script is None or isinstance(script, Plan) else Plan(tuple(script))

    return choose


def weights(ticket: Ticket) -> tuple[Decimal, ...]:
    """How often each leg's price counts in the price of one unit, per share: 1 and 2 for a 1/2 ratio spread."""
    units, per_share = ticket.units, max(leg.instrument.multiplier for leg in ticket.legs)
    return tuple(Decimal(leg.quantity * leg.instrument.multiplier) / (units * per_share) for leg in ticket.legs)


def limit_cost(ticket: Ticket) -> Decimal | None:
    """The limit as a signed cost; None where there is none."""
    if ticket.price is None:
        return None
    return ticket.price if ticket.price_effect is PriceEffect.DEBIT else -ticket.price


def cost_at_touch(ticket: Ticket, quotes: Quotes) -> Decimal | None:
    """What one unit costs right now: bought at the ask, sold at the bid. None where a side has no market."""
    return _cost(ticket, quotes, crossing=True)


def cost_at_best(ticket: Ticket, quotes: Quotes) -> Decimal | None:
    """What one unit would cost bought at the bid and sold at the ask: nobody need offer more."""
    return _cost(ticket, quotes, crossing=False)


def _cost(ticket: Ticket, quotes: Quotes, *, crossing: bool) -> Decimal | None:
    total = Decimal(0)
    for leg, weight in zip(ticket.legs, weights(ticket), strict=True):
        quote = quotes.get(leg.instrument)
        price = quote and (quote.ask if leg.action.buys is crossing else quote.bid)
        if price is None or (not price and crossing):
            return None
        total += price * weight if leg.action.buys else -price * weight
    return total


def is_triggered(ticket: Ticket, quotes: Quotes) -> bool:
    """Whether a stop has been reached: dearer than it for who pays, cheaper than it for who is paid."""
    cost = cost_at_touch(ticket, quotes)
    if cost is None or ticket.stop is None:
        return False
    return cost >= ticket.stop if cost > 0 else -cost <= ticket.stop


def leg_prices(ticket: Ticket, quotes: Quotes, price: Decimal | None) -> tuple[Decimal, ...]:
    """
    What each leg trades at when a unit trades at *price*; None is the better of touch and limit.

    Each leg is done at its touch, and the dearest one bears the difference.
    """
    asked = limit_cost(ticket)
    crossed = [_touch(quotes.get(leg.instrument), buys=leg.action.buys) for leg in ticket.legs]
    signs = [1 if leg.action.buys else -1 for leg in ticket.legs]
    counts = weights(ticket)
    natural = sum((s * w * p for s, w, p in zip(signs, counts, crossed, strict=True)), Decimal(0))
    if price is None:
        cost = natural if asked is None else min(natural, asked)
    else:
        cost = -price if (natural if asked is None else asked) < 0 else price
    bearer = max(range(len(crossed)), key=lambda index: crossed[index])
    crossed[bearer] += signs[bearer] * (cost - natural) / counts[bearer]
    return tuple(Decimal(plain(round(max(each, Decimal("0.01")), 4))) for each in crossed)


def _touch(quote: Quote | None, *, buys: bool) -> Decimal:
    if quote is None:
        return Decimal("0.01")
    return (quote.ask if buys else quote.bid) or Decimal("0.01")
