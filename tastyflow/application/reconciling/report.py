"""
What a reconciliation found, and what was done about it, in words.

    AccountReport ── lines     one for each thing that was found; in the second of two reconciliations none is news
                  └─ missing   what could not be asked: the report is not complete, and no order leaves on its word
"""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from attrs import frozen


class Finding(StrEnum):
    """What kind of thing was found."""

    NEWS = "news"  # a venue told something of an order that the log did not have
    DOUBT = "doubt"  # an order that a person must look at, or that the venue does not tell of
    UNKNOWN_ORDER = "unknown_order"  # the venue has an order with our tag that no claim of the log has
    POSITION = "position"  # the account holds what the log cannot explain
    LOG = "log"  # the log is not the one that was written last


@frozen
class ReportLine:
    """
    One thing that was found.

    Attributes:
        text: What was found and what was done, in sentences.
        order: The order that it is about; None where it is about none.
        is_news: Whether this reconciliation recorded it.
    """

    finding: Finding
    text: str
    order: UUID | None = None
    is_news: bool = False


@frozen
class AccountReport:
    """
    What reconciling one account came to.

    Attributes:
        account: What the settings call the account.
        at: When it began.
        orders: How many orders of the log were held against the venue.
        missing: What could not be asked, in sentences.
    """

    account: str
    at: datetime
    orders: int = 0
    lines: tuple[ReportLine, ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether everything was asked, and answered."""
        return not self.missing

    @property
    def news(self) -> tuple[ReportLine, ...]:
        """What this reconciliation recorded."""
        return tuple(line for line in self.lines if line.is_news)
