"""
Every figure that comes from outside, bounded before anything is computed or printed with it.

    "1.25", 1.25, 7           ─▶ figure ─▶ Decimal: under 10^15, at most 40 places
    "10", 10.0                ─▶ whole  ─▶ int: at most 10^9
    "1e9999999", NaN, 60 digits, true, [] ─▶ ValueError, in microseconds
    {"id": 111…1 (5,000 digits)} ─▶ read_json ─▶ NaN in its place, so that only the reader of that field refuses it

A figure is judged by its text, before it is a number: ``int(Decimal("1e9999999"))`` runs for minutes, and neither
Ctrl-C nor a timeout ends it, because the interpreter is not asked meanwhile.
"""

import json
import math
import re
from decimal import Decimal
from typing import Any, Final

MAX_CHARACTERS: Final = 58
"""Fifteen digits, a point, forty places, a sign: the longest figure that is still one."""

MAX_PLACES: Final = 40
"""More than a division prints that is made with 34 digits, as venues do."""

MAX_POWER: Final = 15
"""A figure stays under ten to this power: dollars, shares, contracts, all of them."""

MAX_WHOLE: Final = 1_000_000_000
MAX_JSON_DIGITS: Final = 80
MAX_DEPTH: Final = 20
"""Tables in tables of what a person writes; there are three in the deepest setting."""

_FIGURE: Final = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?", re.ASCII)


def figure(value: object, what: str = "figure") -> Decimal:
    """
    A number, which comes as text or as a number; *what* it is of, for the message.

    Raises:
        ValueError: It is none, or of a size that no venue has.
    """
    is_number = isinstance(value, (str, int, float, Decimal)) and not isinstance(value, bool)
    if isinstance(value, int) and value.bit_length() > MAX_POWER * 4:
        raise ValueError(f"the {what} is of a size that no venue has.")
    text = str(value) if is_number else ""
    if len(text) > MAX_CHARACTERS:
        raise ValueError(f"the {what}, {text[:20]!r}…, is of a size that no venue has.")
    if not _FIGURE.fullmatch(text):
        raise ValueError(f"the {what}, {shown(value)}, is no number.")
    number = Decimal(text)
    places = number.as_tuple().exponent
    if number.adjusted() >= MAX_POWER or not isinstance(places, int) or not -MAX_PLACES <= places <= MAX_POWER:
        raise ValueError(f"the {what}, {text!r}, is of a size that no venue has.")
    return number


def whole(value: object, what: str = "quantity") -> int:
    """
    A whole number of contracts or shares.

    Raises:
        ValueError: It is none, or larger than any that trades.
    """
    number = figure(value, what)
    if number != number.to_integral_value():
        raise ValueError(f"the {what}, {shown(value)}, is no whole number.")
    if abs(number) > MAX_WHOLE:
        raise ValueError(f"the {what}, {shown(value)}, is of a size that no venue has.")
    return int(number)


def shown(value: object) -> str:
    """*value* as it may stand in a message: its beginning; of what is no plain value, its type."""
    return repr(value[:40] if isinstance(value, str) else value) if _is_plain(value) else f"a {type(value).__name__}"


def read_json(text: str | bytes | bytearray) -> Any:
    """
    The document in *text*.

    Raises:
        ValueError: It is no JSON, or nested deeper than any document of a venue.
    """
    try:
        return json.loads(text, parse_int=_bounded_int)
    except RecursionError:
        raise ValueError("it is nested too deeply.") from None


def read_toml(text: str) -> dict[str, Any]:
    """
    The tables in *text*, which a person wrote.

    Raises:
        ValueError: It is no TOML, or nested deeper than a person writes.
    """
    import tomllib  # only settings and secrets are written so

    try:
        found = tomllib.loads(text)
    except RecursionError:
        found = None
    if found is None or not _is_shallow(found):
        raise ValueError("it is nested too deeply")
    return found


def _is_shallow(document: object) -> bool:
    level, depth = [document], 0
    while level and depth <= MAX_DEPTH:
        inner = [each.values() if isinstance(each, dict) else each for each in level if isinstance(each, (dict, list))]
        level, depth = [value for values in inner for value in values], depth + 1
    return not level


def _bounded_int(digits: str) -> int | float:
    return int(digits) if len(digits) <= MAX_JSON_DIGITS else math.nan


def _is_plain(value: object) -> bool:
    return (
        value is None or isinstance(value, (str, float, bool)) or (isinstance(value, int) and value.bit_length() < 64)
    )
