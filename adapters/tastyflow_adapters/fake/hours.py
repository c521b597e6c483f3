"""
When the fake exchange trades: from when an order works, and until when.

    always open     at once, to midnight in New York       regular hours   from the next opening, to the close
"""

from datetime import UTC, date, datetime, time, timedelta

from tastyflow.domain.expirations import NEW_YORK, new_york_date, session, trading_day_on_or_before
from tastyflow.domain.instruments import EquityOption
from tastyflow.domain.ticket import Duration, Ticket
from tastyflow_adapters.fake.market import FakeMarket


def next_session(market: FakeMarket, now: datetime) -> tuple[datetime, date]:
    """When an order that arrives now begins to work, and on which day: *now* itself while the market is open."""
    hours = market.session_now()
    begins = now if hours.is_open or hours.changes_at is None else hours.changes_at
    return begins, new_york_date(begins)


def ends_at(ticket: Ticket, market: FakeMarket, now: datetime) -> datetime | None:
    """When an order that arrives now ends unfilled: by its time in force, or with the options it is about."""
    last_days = [leg.instrument.expiration for leg in ticket.legs if isinstance(leg.instrument, EquityOption)]
    if ticket.time_in_force.until is not None:
        last_days.append(ticket.time_in_force.until)
    elif ticket.time_in_force.duration is not Duration.GTC:
        last_days.append(next_session(market, now)[1])
    return _end_of(min(last_days), market) if last_days else None


def _end_of(day: date, market: FakeMarket) -> datetime:
    if market.always_open:
        return datetime.combine(day + timedelta(days=1), time(), NEW_YORK).astimezone(UTC)
    return session(trading_day_on_or_before(day)).closes_at.astimezone(UTC)
