"""
What the checks are told of an order, its trader and the account. A fact that is not known is None, never a guess.
"""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property

from attrs import evolve, frozen

from tastyflow.domain.halt import Halt
from tastyflow.domain.instruments import EquityOption, Instrument
from tastyflow.domain.risk.exits import reduces_risk
from tastyflow.domain.risk.needs import PermissionNeed, needs_of
from tastyflow.domain.risk.unit_market import UnitMarket, market_of
from tastyflow.domain.risk.worst_case import OrderRisk, Trade, order_risk
from tastyflow.domain.signal_rule.state import RuleMode
from tastyflow.domain.ticket import Strategy, Ticket
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import Balances, DryRun, Quote


@frozen(kw_only=True)
class Facts:
    """
    All that the checks of one order read.

    Attributes:
        halt: Whether orders may leave.
        held: What the account holds on the underlying, with its cost.
        could_fill: Each order that can still fill on the underlying, without this one.
        elsewhere_usd: The worst case of all that is held and open on other underlyings, as it is counted.
        put_cash_elsewhere_usd: The strikes of the puts sold on other underlyings, held or working, in dollars.
        quotes: Of the ticket's legs, from the venue where the order is meant to trade.
        spot: The price of the underlying.
        dry_run: Production's answer to the ticket; *dry_run_failure* says why there is none.
        buying_power_used_usd: What positions and open orders take of buying power, without this order.
        account: The name of the account that the order is for; *accounts* those of all that the environment has.
        now: The moment of the check.
        orders_last_minute, orders_today: Of the trader, without this one.
        house_orders_last_minute: Of all traders, without this one.
        recent_digests: When the trader last asked for each content, without this order.
        working, working_on_symbol: Orders of the trader that work, without this one.
        loss_today_usd: What the account lost today, since the last look at the trading day before; negative for a gain.
        recent_failures: When orders of the trader failed, since the last that did not.
        unknown_outcomes: Orders sent to production of which it is unknown what became, those given up today too.
        signal_rule, signal_mode: The rule whose signal asks for it, and what that may do; empty and None of a person's.
    """

    ticket: Ticket
    strategy: Strategy
    trader: Trader
    halt: Halt
    account: str | None = None
    accounts: tuple[str, ...] = ()
    held: Trade | None = None
    could_fill: tuple[Trade, ...] | None = None
    elsewhere_usd: Decimal | None = None
    put_cash_elsewhere_usd: Decimal | None = None
    quotes: Mapping[Instrument, Quote] | None = None
    spot: Decimal | None = None
    balances: Balances | None = None
    dry_run: DryRun | None = None
    dry_run_failure: str = ""
    buying_power_used_usd: Decimal | None = None
    now: datetime | None = None
    orders_last_minute: int | None = None
    house_orders_last_minute: int | None = None
    orders_today: int | None = None
    recent_digests: Mapping[str, datetime] | None = None
    working: int | None = None
    working_on_symbol: int | None = None
    loss_today_usd: Decimal | None = None
    recent_failures: tuple[datetime, ...] | None = None
    unknown_outcomes: int | None = None
    signal_rule: str = ""
    signal_mode: RuleMode | None = None

    @cached_property
    def risk(self) -> OrderRisk | None:
        """What the order adds to the book; None where book or price are not known."""
        return self.risk_of(self.ticket)

    def risk_of(self, ticket: Ticket) -> OrderRisk | None:
        """What *ticket* would add in the order's place."""
        if self.held is None or self.could_fill is None:
            return None
        try:
            return order_risk(Trade.of(ticket, self.quotes or {}), self.held, self.could_fill)
        except KeyError:
            return None

    @cached_property
    def market(self) -> UnitMarket:
        """What one unit of the order trades at."""
        return market_of(self.ticket, self.quotes)

    @cached_property
    def is_exit(self) -> bool:
        """Whether the order only takes risk away: known, not assumed."""
        if self.held is None or self.could_fill is None:
            return False
        return reduces_risk(self.ticket, self.held, self.could_fill)

    @cached_property
    def needs(self) -> tuple[PermissionNeed, ...]:
        """The permissions that the order needs, and for what (`tastyflow.domain.risk.needs`)."""
        return needs_of(self)

    @cached_property
    def is_defined_risk(self) -> bool:
        """Whether the order's own legs bound its loss: no shares, and a bought option behind each sold one."""
        calls = puts = 0
        for leg in self.ticket.legs:
            if not isinstance(leg.instrument, EquityOption):
                return False
            signed = leg.quantity if leg.action.buys else -leg.quantity
            if leg.instrument.right == "call":
                calls += signed
            else:
                puts += signed
        return calls >= 0 and puts >= 0

    def with_units(self, units: int) -> Ticket:
        """The same ticket for *units* of its smallest whole ratio."""
        was = self.ticket.units
        legs = tuple(evolve(leg, quantity=leg.quantity // was * units) for leg in self.ticket.legs)
        return evolve(self.ticket, legs=legs)
