"""
A reader of one JSON object that may hold anything: it collects what is wrong instead of stopping at the first.

    Reader(body).amount("price") ─▶ Decimal | None        Reader.finish() ─▶ ApiError 400 if anything was wrong
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Final

from tastyflow_simulator.book.formats import Json
from tastyflow_simulator.errors import ApiError

LONGEST_TEXT: Final = 200
LARGEST: Final = Decimal(1_000_000_000)
HUGE: Final = int(LARGEST) + 1
FINEST: Final = Decimal("0.000001")
LONGEST_DELAY_S: Final = 366 * 86_400.0
MOST_FAULTS: Final = 50
YEARS: Final = range(2000, 2100)  # those of option symbols

_NUMBER = re.compile(r"[+-]?\d{1,12}(\.\d{1,12})?", re.ASCII)
_DURATION = re.compile(r"P(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8}(?:\.\d{1,6})?)S)?)?", re.ASCII)

INVALID: Final = "does not have a valid value"
TOO_LONG: Final = "is too long"


class Reader:
    """One object of a body. Members share their parent's list of faults."""

    def __init__(self, body: object, faults: list[dict[str, str]] | None = None) -> None:
        self.faults: list[dict[str, str]] = [] if faults is None else faults
        self.body: Json = {}
        if isinstance(body, Mapping):
            self.body = {str(key): value for key, value in body.items()}
        else:
            self.fault("body", "is not an object")

    def fault(self, domain: str, reason: str) -> None:
        if len(self.faults) < MOST_FAULTS:
            self.faults.append({"domain": domain, "reason": reason})

    def finish(self) -> None:
        """
        Raises:
            ApiError: 400, when anything was wrong.
        """
        if self.faults:
            raise ApiError(400, "validation_error", "Request validation failed", self.faults)

    def has(self, name: str) -> bool:
        return self.body.get(name) is not None

    def text(self, name: str, *, required: bool = False) -> str | None:
        value = self.body.get(name)
        if value is None or value == "":
            if required:
                self.fault(name, "is missing")
            return None
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST:
            return str(value)
        if not isinstance(value, str):
            self.fault(name, INVALID)
            return None
        if len(value) > LONGEST_TEXT:
            self.fault(name, TOO_LONG)
            return None
        return value

    def word(self, name: str, known: Sequence[str], *, required: bool = True) -> str:
        """One of the known words; the empty one where there is none, or a wrong one."""
        value = self.text(name, required=required)
        if value is None:
            return ""
        if value not in known:
            self.fault(name, INVALID)
            return ""
        return value

    def flag(self, name: str) -> bool:
        value = self.body.get(name)
        if value not in (None, True, False):
            self.fault(name, INVALID)
        return value is True

    def amount(self, name: str) -> Decimal | None:
        """A number that is not negative, written as one or as text."""
        value = self.body.get(name)
        if value is None:
            return None
        number = _number(value)
        if number is None or number < 0 or number > LARGEST:
            self.fault(name, INVALID)
            return None
        return number

    def day(self, name: str) -> date | None:
        value = self.text(name)
        if value is None:
            return None
        try:
            day = date.fromisoformat(value[:10])
        except ValueError:
            day = date.min
        if day.year not in YEARS:
            self.fault(name, INVALID)
            return None
        return day

    def moment(self, name: str) -> datetime | None:
        value = self.text(name)
        at = None if value is None else moment(value)
        if value is not None and at is None:
            self.fault(name, INVALID)
        return at

    def seconds(self, name: str) -> float | None:
        """A duration: a number of seconds, or ISO-8601 as pydantic writes a timedelta (``PT1.5S``)."""
        value = self.body.get(name)
        if value is None:
            return None
        number = _number(value)
        if number is None and isinstance(value, str) and (found := _DURATION.fullmatch(value)) and any(found.groups()):
            days, hours, minutes, rest = (Decimal(part or 0) for part in found.groups())
            number = ((days * 24 + hours) * 60 + minutes) * 60 + rest
        if number is None or not 0 <= number <= LONGEST_DELAY_S:
            self.fault(name, INVALID)
            return None
        return float(number)

    def member(self, name: str) -> "Reader | None":
        return Reader(self.body[name], self.faults) if self.has(name) else None

    def members(self, name: str, most: int) -> Iterator["Reader"]:
        value = self.body.get(name)
        if value is None:
            return
        if not isinstance(value, list):
            self.fault(name, INVALID)
            return
        if len(value) > most:
            self.fault(name, TOO_LONG)
            return
        for each in value:
            yield Reader(each, self.faults)


def moment(text: str) -> datetime | None:
    """An ISO moment; without a zone it is UTC. None when it is none, or one that no clock reaches."""
    try:
        at = datetime.fromisoformat(text)
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _number(value: object) -> Decimal | None:
    """A finite number of at most six decimals; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, int | float) and not -HUGE < value < HUGE:  # "not a number" is not, either
        return None
    text = f"{value:f}" if isinstance(value, float) else str(value)
    if not _NUMBER.fullmatch(text):
        return None
    try:
        number = Decimal(text)
        return number if number == number.quantize(FINEST) else None
    except InvalidOperation:
        return None
