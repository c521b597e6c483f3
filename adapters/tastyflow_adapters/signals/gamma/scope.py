"""
Which contracts count: an input of every figure, and printed with it.

    Scope()                                   all that are listed and not settled
    Scope(max_days=0)                         those that expire today
    Scope(min_days=1, max_days=45)            without today's
    Scope(expirations={date(2026, 12, 18)})   one day alone
    Scope(roots={"SPXW"})                     without those that settle in the morning
"""

from collections.abc import Iterable
from datetime import date

from attrs import field, frozen

from tastyflow.domain.expirations import days_to_expiration
from tastyflow.errors import Invalid


def _days(days: Iterable[date]) -> frozenset[date]:
    return frozenset(days)


def _names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)


@frozen(kw_only=True)
class Scope:
    """
    Attributes:
        expirations: These days only; none for every day.
        roots: These option roots only; none for every root.
        min_days, max_days: Calendar days to expiration in New York, both included; None for no end.
    """

    expirations: frozenset[date] = field(factory=frozenset, converter=_days)
    roots: frozenset[str] = field(factory=frozenset, converter=_names)
    min_days: int = 0
    max_days: int | None = None

    def __attrs_post_init__(self) -> None:
        if self.min_days < 0 or (self.max_days is not None and self.max_days < self.min_days):
            raise Invalid(
                "A scope goes from a number of days to one that is not smaller.",
                code="bad_scope",
                hint="Days to expiration are 0 for today's options.",
            )

    def covers(self, root: str, expiration: date, today: date) -> bool:
        """Whether options of *root* that expire on *expiration* count, on *today* in New York."""
        days = days_to_expiration(expiration, today)
        return (
            (not self.expirations or expiration in self.expirations)
            and (not self.roots or root in self.roots)
            and days >= self.min_days
            and (self.max_days is None or days <= self.max_days)
        )

    def in_words(self) -> str:
        """``SPXW, Dec 18 2026, 0 to 45 days``; ``every expiration`` where nothing is left out."""
        said = [", ".join(sorted(self.roots))] if self.roots else []
        if self.expirations:
            said.append(", ".join(f"{day:%b %d %Y}" for day in sorted(self.expirations)))
        if self.max_days is not None and self.min_days == self.max_days:
            said.append("today" if not self.min_days else f"{self.min_days} day{'' if self.min_days == 1 else 's'}")
        elif self.max_days is not None:
            said.append(f"{self.min_days} to {self.max_days} days")
        elif self.min_days:
            said.append(f"{self.min_days} days and more")
        return ", ".join(said) or "every expiration"

    def as_json(self) -> dict[str, object]:
        """Each part by its name."""
        return {
            "expirations": [day.isoformat() for day in sorted(self.expirations)],
            "roots": sorted(self.roots),
            "min_days": self.min_days,
            "max_days": self.max_days,
            "words": self.in_words(),
        }
