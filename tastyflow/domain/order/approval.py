"""
What the approval of an order by a second person is made of.

    validated, with reasons ─▶ rehearsed ─▶ ApprovalRequest ─▶ PersonalApproval ─▶ claimed
                                            market then          market as the approver saw it

Both are of one content (its digest) and of one market. A market that moved further than the collar voids them
(`tastyflow.domain.risk.approval`).
"""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from attrs import frozen


@frozen
class LegQuote:
    """The bid and ask per share of one leg, by its OCC symbol. A bid of zero is no bid."""

    symbol: str
    bid: Decimal
    ask: Decimal


@frozen
class MarketSnapshot:
    """
    The market of a whole order at one moment.

    Attributes:
        bid, ask: What one unit costs per share: the ask trades now, the bid waits. Paid is positive, received negative.
    """

    bid: Decimal
    ask: Decimal
    legs: tuple[LegQuote, ...]
    at: datetime

    @property
    def mid(self) -> Decimal:
        """Halfway, off tick as it may be."""
        return (self.bid + self.ask) / 2


@frozen
class ApprovalRequest:
    """
    An order waits for a person.

    Attributes:
        reasons: Why, as sentences.
        market: As it was when the order began to wait.
        until: The first moment at which it waits no more.
    """

    reasons: tuple[str, ...]
    digest: str
    market: MarketSnapshot
    at: datetime
    until: datetime


@frozen
class PersonalApproval:
    """A person let *digest* go on. *market* is what they were shown; *approver* is a trader."""

    approver: UUID
    digest: str
    market: MarketSnapshot
    at: datetime
