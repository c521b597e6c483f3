"""The standing of a rule: what replaying its events says. Data only."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from attrs import frozen


class RuleMode(StrEnum):
    """What the signals of a rule become, from the least that it may do to the most."""

    OFF = "off"  # it raises none
    SHADOW = "shadow"  # recorded, with what they would have done
    APPROVE = "approve"  # an order each, which a person approves
    AUTO = "auto"  # an order each

    @property
    def rank(self) -> int:
        """How much it lets a rule do: 0 for nothing."""
        return tuple(RuleMode).index(self)

    @property
    def asks(self) -> bool:
        """Whether signals become orders."""
        return self.rank >= RuleMode.APPROVE.rank


class OffCode(StrEnum):
    """Why a rule turned itself off."""

    LIMIT = "limit"  # an order of it was refused by a limit, or by what its trader may do
    REFUSALS = "refusals"  # its orders were refused several times in a row
    COVERAGE = "coverage"  # too little of the chain was known
    HALT = "halt"  # a person halted trading
    STALE = "stale"  # its data were too old, for long
    DOUBT = "doubt"  # a person must look at an order of it: it may be in production
    CRITERION = "criterion"  # the criterion that its signals come from is over


@frozen
class RuleStandingState:
    """
    Attributes:
        rule_version, digest, symbol, trader: Of the content that stands.
        since, by, reason: Of the latest change of its mode; *by* is empty where no person made it.
        off_code: Why it last turned itself off; empty before.
        last_signal, last_moment, raised_at: Of the newest signal; None before the first.
        raised_on, raised_that_day: The latest trading day of New York with a signal, and how many it had.
        refusals_in_a_row: Orders of its signals that were refused, since one was accepted or its mode changed.
    """

    id: UUID
    version: int
    name: str
    rule_version: int
    digest: str
    symbol: str
    trader: str
    since: datetime
    mode: RuleMode = RuleMode.SHADOW
    by: str = ""
    reason: str = ""
    off_code: str = ""
    last_signal: UUID | None = None
    last_moment: datetime | None = None
    raised_at: datetime | None = None
    raised_on: date | None = None
    raised_that_day: int = 0
    refusals_in_a_row: int = 0
