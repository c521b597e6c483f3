"""
What an export is about: a day, an order, or a trader.
"""

from datetime import date
from enum import StrEnum
from uuid import UUID

from attrs import frozen


class ScopeKind(StrEnum):
    DAY = "day"
    ORDER = "order"
    TRADER = "trader"


@frozen
class Scope:
    """
    What is shown: every event of a day in New York; or what is about one order; or about all orders of one trader.

    Attributes:
        name: The day as ``2026-12-01``; the order's id, or the trader's, in 32 hexadecimal digits.
        called: The same for people: the reference of the order, the name of the trader.
    """

    kind: ScopeKind
    name: str
    called: str

    @classmethod
    def of_day(cls, day: date) -> "Scope":
        return cls(ScopeKind.DAY, day.isoformat(), day.isoformat())

    @classmethod
    def of_order(cls, order: UUID, called: str) -> "Scope":
        return cls(ScopeKind.ORDER, order.hex, called)

    @classmethod
    def of_trader(cls, trader: UUID, called: str) -> "Scope":
        return cls(ScopeKind.TRADER, trader.hex, called)

    def __str__(self) -> str:
        return f"{self.kind} {self.called}"
