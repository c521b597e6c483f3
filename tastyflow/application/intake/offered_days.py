"""
The expirations that are offered where an order names none: those that the chain lists and the trader may open.

    buy 10 KO 70C     today, Friday, the monthly: as the language offers them
                      Friday, the monthly: nothing on KO expires today
"""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from tastyflow.application.intake.listed_legs import find
from tastyflow.application.intake.unsettled import Unsettled
from tastyflow.domain.commands import AskedAction, AskedOption, PlaceOrder
from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.venue import Chain

LACKING: Final = "missing_expiration"
"""The code of the refusal that asks for the expiration."""
_CLOSING: Final = frozenset({AskedAction.CLOSE, AskedAction.BUY_TO_CLOSE, AskedAction.SELL_TO_CLOSE})


def listed(
    offered: Sequence[tuple[str, PlaceOrder]], chain: Chain, now: datetime, *, zero_dte: bool
) -> tuple[str, ...]:
    """
    The lines of *offered* whose contracts are listed; all of them where none is, for then the strike is at fault.

    Args:
        offered: Lines, each with the order that it is.
        chain: Of their underlying.
        now: The present.
        zero_dte: Whether the trader may open what expires today.
    """
    kept = tuple(
        line
        for line, order in offered
        if _is_listed(order, chain, now) and (zero_dte or not any(_opened_today(order, now)))
    )
    return kept or tuple(line for line, _ in offered)


def _is_listed(order: PlaceOrder, chain: Chain, now: datetime) -> bool:
    try:
        find(order, chain, now)
    except Unsettled:
        return False
    return True


def _opened_today(order: PlaceOrder, now: datetime) -> Iterator[bool]:
    for leg in order.legs:
        day = leg.instrument.expiration if isinstance(leg.instrument, AskedOption) else None
        yield leg.action not in _CLOSING and day == new_york_date(now)
