"""
What is held of each symbol, at which average, and what was gained by closing.

    flat ─▶ long or short ─▶ more: the average moves ─▶ less: a gain is realised ─▶ through zero: a new average
"""

from datetime import date, datetime
from decimal import Decimal

from attrs import evolve, frozen

from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.instruments import from_occ
from tastyflow_simulator.book.formats import ZERO, Json, count, iso, money, with_effect


@frozen(kw_only=True)
class Holding:
    """A position; *quantity* is negative when short, zero when it was closed today."""

    symbol: str
    instrument_type: str
    underlying: str
    multiplier: int
    expires_at: datetime | None
    quantity: Decimal
    average: Decimal
    created_at: datetime
    updated_at: datetime
    realised: Decimal = ZERO
    realised_on: date

    def after(self, change: Decimal, price: Decimal, at: datetime) -> "Holding":
        """The position after *change* was traded at *price*."""
        total, today = self.quantity + change, new_york_date(at)
        realised = self.realised if self.realised_on == today else ZERO
        average = self.average
        if not self.quantity or (self.quantity > 0) == (change > 0):
            average = (self.average * self.quantity + price * change) / total if total else price
        else:
            closed = min(abs(change), abs(self.quantity)).copy_sign(self.quantity)
            realised += (price - self.average) * closed * self.multiplier
            if total and (total > 0) != (self.quantity > 0):
                average = price
        return evolve(
            self,
            quantity=total,
            average=round(average, 4),
            realised=realised,
            realised_on=today,
            created_at=self.created_at if self.quantity else at,
            updated_at=at,
        )


def position_json(holding: Holding, mark: Decimal | None, now: datetime, *, account: str, marks: bool = False) -> Json:
    """A position as tastytrade's JSON: a quantity without a sign, and the direction beside it."""
    today = new_york_date(now)
    realised = holding.realised if holding.realised_on == today else ZERO
    close = holding.average if mark is None else mark
    shown: Json = {
        "account-number": account,
        "instrument-type": holding.instrument_type,
        "streamer-symbol": from_occ(holding.symbol).streamer,
        "symbol": holding.symbol,
        "underlying-symbol": holding.underlying,
        "quantity": str(count(abs(holding.quantity))),
        "quantity-direction": _direction(holding.quantity),
        "close-price": money(close),
        "average-open-price": money(holding.average),
        "average-daily-market-close-price": money(close),
        "average-yearly-market-close-price": money(close),
        "multiplier": holding.multiplier,
        "cost-effect": "Debit" if holding.quantity < 0 else "Credit",
        "is-suppressed": False,
        "is-frozen": False,
        "restricted-quantity": "0",
        **with_effect("realized-day-gain", realised),
        "realized-day-gain-date": today.isoformat(),
        **with_effect("realized-today", realised),
        "realized-today-date": today.isoformat(),
        "created-at": iso(holding.created_at),
        "updated-at": iso(holding.updated_at),
    }
    if holding.expires_at is not None:
        shown["expires-at"] = iso(holding.expires_at)
    if marks and mark is not None:
        shown |= {"mark": money(mark * abs(holding.quantity) * holding.multiplier), "mark-price": money(mark)}
    return shown


def _direction(quantity: Decimal) -> str:
    return "Zero" if not quantity else "Long" if quantity > 0 else "Short"
