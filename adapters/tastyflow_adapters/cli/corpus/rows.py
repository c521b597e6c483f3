"""
A corpus of the language: a file of lines that say what a text must mean.

    {"id": "shares-001", "family": "shares", "text": "buy 100 MSFT @ 410", "as_of": "2026-11-20T10:00:00-05:00",
     "expect": {"status": "ok", "price": "410"}}

``expect`` is an answer of ``tastyflow parse --json``, or the part of one that matters. ``code_any`` in it lists the
codes that a refusal may have. Beside it, ``legs_any_order`` may be true, and ``at_fault`` is text that the span of a
refusal must cover.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import click
from attrs import field, frozen

from tastyflow_adapters.cli.safe_text import readable

MAX_LINE: Final = 100_000
"""Bytes of one line; a text may have 2,000 characters, of up to a dozen bytes each when escaped."""

KEYS: Final[Mapping[str, type]] = {"id": str, "family": str, "text": str, "as_of": str, "expect": dict}
"""What every line has."""


class BrokenCorpus(click.UsageError):
    """What was given as a corpus is none; the message names the file and the line."""


@frozen
class Row:
    """A line of a corpus; a naive ``as_of`` is New York's."""

    id: str
    family: str
    text: str
    as_of: datetime
    expect: Mapping[str, Any]
    legs_any_order: bool = False
    at_fault: str | None = None
    file: str = field(default="", eq=False)
    line: int = field(default=0, eq=False)

    @property
    def understood(self) -> bool:
        """Whether the line must be understood, rather than refused."""
        return bool(self.expect["status"] == "ok")


def rows_of(path: Path) -> Iterator[Row]:
    """
    The lines of a file, one at a time; blank ones are skipped.

    Raises:
        BrokenCorpus: A line is none of a corpus, or the file has none.
    """
    found = False
    try:
        with path.open("rb") as file:
            for number, line in enumerate(iter(lambda: file.readline(MAX_LINE + 1), b""), 1):
                if line.strip(b"\xef\xbb\xbf \t\r\n"):
                    found = True
                    yield _row(line, str(path), number)
    except OSError as error:
        raise BrokenCorpus(f"{path} cannot be read: {error.strerror}.") from None
    if not found:
        raise BrokenCorpus(f"{path} has no line: there is nothing to score.")


def _row(line: bytes, file: str, number: int) -> Row:
    where = f"{file}, line {number}"
    if len(line) > MAX_LINE:
        raise BrokenCorpus(f"{where} is longer than {MAX_LINE:,} bytes.")
    try:
        fields = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise BrokenCorpus(f"{where} is not UTF-8.") from None
    except (ValueError, RecursionError):
        raise BrokenCorpus(f"{where} is no JSON.") from None
    if wrong := next(_mistakes(fields), None):
        raise BrokenCorpus(f"{where}: {wrong}")
    at_fault = fields.get("at_fault")
    return Row(
        fields["id"],
        fields["family"],
        readable(fields["text"]),
        datetime.fromisoformat(fields["as_of"]),
        {"status": _status(fields["expect"])} | fields["expect"],
        fields.get("legs_any_order") or False,
        None if at_fault is None else readable(at_fault),
        file,
        number,
    )


def _mistakes(fields: Any) -> Iterator[str]:
    """What keeps an object from being a line of a corpus, the first first."""
    if not isinstance(fields, dict):
        yield "this is no JSON object."
    for key, kind in KEYS.items():
        if key not in fields:
            yield f"there is no {key!r}."
        if not isinstance(fields[key], kind):
            yield f"{key!r} must be {'an object' if kind is dict else 'a text'}."
    try:
        datetime.fromisoformat(fields["as_of"])
    except ValueError:
        yield "'as_of' is no date and time; write it as 2026-11-20T10:30."
    if not isinstance(fields.get("at_fault"), str | None):
        yield "'at_fault' must be a text."
    if not isinstance(fields.get("legs_any_order"), bool | None):
        yield "'legs_any_order' must be true or false."
    expect = fields["expect"]
    if not expect or _status(expect) not in ("ok", "error"):
        yield "'expect' must say what is expected, with a 'status' of ok or error."
    legs, codes = expect.get("legs") or [], expect.get("code_any", [])
    if not isinstance(legs, list) or not all(isinstance(leg, dict) for leg in legs):
        yield "'legs' must be a list of objects."
    if not isinstance(codes, list) or not all(isinstance(code, str) for code in codes):
        yield "'code_any' must be a list of codes."


def _status(expect: Mapping[str, Any]) -> Any:
    """As expected, or else as the keys say: only a refusal has a code."""
    return expect.get("status", "error" if expect.keys() & {"code", "code_any"} else "ok")
