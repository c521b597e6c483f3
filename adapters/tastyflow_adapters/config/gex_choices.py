"""
What was chosen for gamma exposure, as the rest of the program reads it; `config.gex_settings` reads and checks it.
"""

from typing import Final, Literal, get_args

from attrs import frozen

SignModelName = Literal["naive", "reversed", "dealers_short", "gross"]
"""Who holds what (`tastyflow.domain.signal_rule.sign_model.SignModel`)."""

SIGN_MODELS: Final[tuple[str, ...]] = get_args(SignModelName)

ALL: Final = "all"
"""Of days to expiration: every one that is listed."""


@frozen(kw_only=True)
class GexChoices:
    """
    Attributes:
        sign_model: Who is taken to hold what.
        dte: Days to expiration in scope, both included; None for every one.
        range_percent: How far on each side of the spot the flip is searched for.
        step_percent: How far apart the spots of that search lie: two crossings within one step can be missed.
        rate_percent, dividend_percent: A year, for repricing.
    """

    sign_model: SignModelName = "naive"
    dte: tuple[int, int] | None = (0, 45)
    range_percent: float = 20.0
    step_percent: float = 1.0
    rate_percent: float = 0.0
    dividend_percent: float = 0.0


def days_of(text: str) -> tuple[int, int] | None:
    """
    Days to expiration as they are written: ``0``, ``0-45``; None for ``all``.

    Raises:
        ValueError: It is none of these; the message says how they are written.
    """
    if text.strip().lower() == ALL:
        return None
    first, dash, last = (part.strip() for part in text.partition("-"))
    days = (first, last if dash else first)
    if not all(day.isascii() and day.isdigit() and len(day) <= 4 for day in days) or int(days[0]) > int(days[1]):
        raise ValueError("days to expiration are written as 0, 0-45 or all")
    return int(days[0]), int(days[1])


def days_in_words(days: tuple[int, int] | None) -> str:
    """As `days_of` reads them."""
    if days is None:
        return ALL
    first, last = days
    return f"{first}" if first == last else f"{first}-{last}"


STANDARD: Final = GexChoices()
"""What is built in."""
