"""
How the fake exchange answers an order: a model looks at the ticket and the quotes, and plans what time will do.

    ticket + quotes ──▶ FillModel.plan ──▶ Plan

    QuoteModel      marketable: at once, at the touch · inside the spread: after a short seeded delay · behind: rests
    TableModel      tastytrade's old sandbox: market at 1, limits under 3 at once, the others rest
    ScriptedModel   exactly what a test wrote, also what no honest exchange would do
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Final, Protocol

from attrs import frozen

from tastyflow.domain.ticket import Duration, OrderType, Ticket
from tastyflow_adapters.fake.money import Quotes, cost_at_best, cost_at_touch, is_triggered, limit_cost
from tastyflow_adapters.fake.order_plan import Plan, Step, cancelled, fill, live


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
