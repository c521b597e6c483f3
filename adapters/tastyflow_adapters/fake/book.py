"""
The fake venue's order book: one account's verbs over a store. No thread, no loop, no clock: time is an argument.

    place ─▶ the rules ─▶ a number ─▶ the engine: the model's plan, and what is due at once
    cancel, replace ─▶ is it over? ─▶ the engine: the plan's other ending
    get, find, positions, balances ─▶ settle what is due, then look
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from attrs import evolve
from msgspec.structs import replace

from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import Instrument
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Account, Balances, BrokerOrder, DryRun, Position, Status, Venue
from tastyflow.errors import VenueRefused
from tastyflow_adapters.fake import money, rules
from tastyflow_adapters.fake.book_store import BookStore
from tastyflow_adapters.fake.engine import Engine
from tastyflow_adapters.fake.fill_models import FillModel
from tastyflow_adapters.fake.market import FakeMarket, ends_at, next_session
from tastyflow_adapters.fake.money import cost_at_touch, limit_cost
from tastyflow_adapters.fake.order_row import Row

FIRST_ID: Final = {Venue.SANDBOX: 1_000_000, Venue.PRODUCTION: 5_000_000}
"""An order of one venue is never mistaken for one of the other."""


NEXT_SESSION: Final = {"tif.next_valid_session": "Your order will begin working during next valid session."}
"""The warning to an order that waits for the opening, by its code."""


class Book:
    """One account's orders at the fake venue."""

    def __init__(
        self,
        store: BookStore,
        market: FakeMarket,
        model: FillModel,
        account: Account,
        *,
        seed: int,
        cash_usd: Decimal,
        position_lag_s: float = 0.0,
        suffix: str = "",
    ) -> None:
        self._store = store
        self._market = market
        self._account = account
        self._opening_cash_usd = cash_usd
        self._suffix = suffix
        self._position_lag = timedelta(seconds=position_lag_s)
        self._engine = Engine(store, market, model, seed=seed)
        with store.held():
            if store.cash_usd() is None:
                store.set_cash_usd(cash_usd)

    def dry_run(self, ticket: Ticket, now: datetime) -> DryRun:
        """Ask every rule, and place nothing."""
        self.settle(now)
        needs_usd, has_usd = self._admit(ticket, now), self._buying_power_usd()
        waits = {} if self._market.session_now().is_open else NEXT_SESSION
        return DryRun(
            buying_power_change_usd=-needs_usd,
            fees_usd=_fees_usd(ticket),
            warnings=tuple(waits.values()),
            buying_power_before_usd=has_usd,
            buying_power_after_usd=has_usd - needs_usd,
            warning_codes=frozenset(waits),
        )

    def place(self, ticket: Ticket, external_id: str | None, now: datetime) -> BrokerOrder:
        """Accept *ticket* under the next number, and let happen what happens at once."""
        self.settle(now)  # on its own: a refusal below undoes what is written with it
        with self._store.held():
            self._engine.settle(now)
            needs_usd = self._admit(ticket, now)
            return self._engine.begin(self._accepted(ticket, external_id, needs_usd, now), now).snapshot()

    def cancel(self, broker_order: str, now: datetime) -> BrokerOrder:
        """Ask for the cancel; the answer shows how far that has come at once."""
        self.settle(now)
        with self._store.held():
            self._engine.settle(now)
            return self._engine.end(self._cancellable(broker_order), Status.CANCEL_REQUESTED, now).snapshot()

    def replace(self, broker_order: str, ticket: Ticket, external_id: str | None, now: datetime) -> BrokerOrder:
        """Ask for the cancel of the old order; the new one is contingent until that is done."""
        self.settle(now)
        with self._store.held():
            self._engine.settle(now)
            old = self._cancellable(broker_order)
            rules.check_replacement(old, ticket)
            needs_usd = self._admit(ticket, now, instead_of=old)
            accepted = self._accepted(ticket, external_id, needs_usd, now)
            new = replace(accepted, status=Status.CONTINGENT, replaces=broker_order)
            self._store.put(new)
            self._engine.end(replace(old, successor=new.broker_order), Status.REPLACE_REQUESTED, now)
            return (self._store.row(new.broker_order) or new).snapshot()

    def settle(self, now: datetime) -> None:
        """Let happen everything that is due by *now*."""
        if self._engine.is_due(now):
            with self._store.held():
                self._engine.settle(now)

    def get(self, broker_order: str, now: datetime) -> BrokerOrder | None:
        self.settle(now)
        row = self._store.row(broker_order)
        return None if row is None else row.snapshot()

    def find(self, external_id: str, now: datetime) -> Sequence[BrokerOrder]:
        self.settle(now)
        return [row.snapshot() for row in self._store.tagged(external_id)]

    def orders(self) -> Sequence[BrokerOrder]:
        """Every order ever accepted, in order, as it stands: nothing is settled first."""
        return [row.snapshot() for row in self._store.rows()]

    def positions(self, now: datetime) -> Sequence[Position]:
        self.settle(now)
        return tuple(self._seen_holdings(now).values())

    def balances(self, now: datetime) -> Balances:
        self.settle(now)
        cash_usd, holdings = self._store.cash_usd() or Decimal(0), self._store.holdings().values()
        quotes = self._market.quotes_now([each.instrument for each in holdings])
        listed = (each for each in holdings if each.instrument in quotes)
        worth_usd = (each.quantity * each.instrument.multiplier * quotes[each.instrument].mid for each in listed)
        return Balances(cash_usd, cash_usd + sum(worth_usd, Decimal(0)), self._buying_power_usd())

    def endow(self, positions: Iterable[Position]) -> None:
        """Put positions into the account, as if they had always been there."""
        with self._store.held():
            for position in positions:
                self._store.hold(position)

    def reset(self) -> None:
        """What the sandbox does at night: no orders, no positions, the cash it began with."""
        with self._store.held():
            self._store.clear()
            self._store.set_cash_usd(self._opening_cash_usd)

    def _admit(self, ticket: Ticket, now: datetime, *, instead_of: Row | None = None) -> Decimal:
        """Refuse, or say how much buying power the ticket needs (negative: it frees some)."""
        works_from, works_on = next_session(self._market, now)
        rules.check_account(ticket, self._account)
        rules.check_listed(ticket, self._market, works_from=works_from)
        rules.check_times(ticket, self._market, works_on=works_on)
        leaving = instead_of.broker_order if instead_of else None
        working = [row for row in self._store.rows(open_only=True) if row.broker_order != leaving]
        rules.check_positions(ticket, self._store.holdings(), working, shown=self._seen_holdings(now))
        needs_usd = self._needs_usd(ticket)
        rules.check_buying_power(needs_usd, self._buying_power_usd(working))
        return needs_usd

    def _seen_holdings(self, now: datetime) -> Mapping[Instrument, Position]:
        """The positions as they are shown, which can lag the fills: tastytrade's sandbox was seen to do so."""
        held = self._store.holdings()
        if not self._position_lag:
            return held
        seen, unseen_since = dict(held), now - self._position_lag
        for row in self._store.rows():
            for leg in row.ticket.legs:
                late = [f for f in row.fills if f.symbol == leg.instrument.occ and f.at > unseen_since]
                done = money.signed(leg.action, sum(fill.quantity for fill in late))
                known = seen.get(leg.instrument, Position(leg.instrument, 0, Decimal(0)))
                seen[leg.instrument] = evolve(known, quantity=known.quantity - done)
        return {instrument: position for instrument, position in seen.items() if position.quantity}

    def _accepted(self, ticket: Ticket, external_id: str | None, needs_usd: Decimal, now: datetime) -> Row:
        number = self._store.next_number()
        return Row(
            number=number,
            broker_order=f"{FIRST_ID[self._account.venue] + number}{self._suffix}",
            external_id=external_id,
            status=Status.RECEIVED,
            updated_at=now,
            day=new_york_date(now),
            expires_at=ends_at(ticket, self._market, now),
            reserved_usd=max(Decimal(0), needs_usd),
            ticket=ticket,
        )

    def _cancellable(self, broker_order: str) -> Row:
        """The order, if the venue will hear of its cancel."""
        row = self._store.row(broker_order)
        if row is None:
            raise VenueRefused(f"There is no order {broker_order}.", code="not_found")
        asked = (Status.CANCEL_REQUESTED, Status.REPLACE_REQUESTED)
        if row.status.is_terminal or row.status in asked or row.refuses_cancel:
            why = row.refuses_cancel or f"it is {row.status.value.replace('_', ' ')}"
            raise VenueRefused(f"The order could not be cancelled: {why}.", code="cannot_cancel")
        return row

    def _needs_usd(self, ticket: Ticket) -> Decimal:
        """Cost and fees, and what the ticket adds to the worst that its underlying could owe."""
        quotes = self._market.quotes_now([leg.instrument for leg in ticket.legs])
        cost = limit_cost(ticket)
        if cost is None:
            cost = cost_at_touch(ticket, quotes) or Decimal(0)
        per_share = max(leg.instrument.multiplier for leg in ticket.legs)
        spot = self._market.spot(ticket.underlying)
        held = {
            instrument: each.quantity
            for instrument, each in self._store.holdings().items()
            if instrument.underlying == ticket.underlying
        }
        adds_usd = money.owed_usd(money.with_legs(held, ticket.legs), spot) - money.owed_usd(held, spot)
        return cost * ticket.units * per_share + _fees_usd(ticket) + adds_usd

    def _buying_power_usd(self, working: Sequence[Row] | None = None) -> Decimal:
        """Cash, less what is set aside for working orders and what short positions could owe."""
        working = self._store.rows(open_only=True) if working is None else working
        reserved_usd = sum((row.reserved_usd for row in working), Decimal(0))
        grouped = money.amounts_by_underlying(self._store.holdings().values())
        owed_usd = (money.owed_usd(amounts, self._market.spot(name)) for name, amounts in grouped.items())
        return (self._store.cash_usd() or Decimal(0)) - reserved_usd - sum(owed_usd, Decimal(0))


def _fees_usd(ticket: Ticket) -> Decimal:
    return sum((money.fee_usd(leg, leg.quantity) for leg in ticket.legs), Decimal(0))
