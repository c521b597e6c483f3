"""
What must hold of any answer to any text: the judge of the fuzz target and of the tests beside it.

    text ─▶ parse ─┬─▶ another exception, or too long ─────────────▶ crash, hang
                   ├─▶ NotUnderstood ─▶ code, message, span, suggestions
                   └─▶ a command     ─▶ round trip, spelling, and the rules of `nonsense`

Written from docs/language.md, beside the implementation and not out of it: a command is judged in the JSON form of the
contract, against a reading of the text that knows no grammar.

    nonsense ─▶ accounting ─▶ spoken_days, phrases ─▶ reading ─▶ lexicon
         └────▶ shapes
"""

import json
import time
import traceback
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from attrs import frozen
from lexicon import Order, words
from nonsense import MAX_LENGTH, OracleFinding, accepted

from tastyflow.domain.commands import Command, PlaceOrder
from tastyflow.errors import NotUnderstood
from tastyflow_grammar import answer, parse, render

CODES = words(
    """
    empty not_a_command missing_action missing_symbol missing_strike missing_right missing_expiration bad_quantity
    bad_price bad_strike bad_date expired not_a_trading_day conflict unsupported ambiguous syntax
    """
)
MAX_MESSAGE, MAX_SUGGESTIONS = 400, 12
LIMIT_S = 1.0
"""Of processor time for one text: a hundred times what a long one takes."""


@frozen
class Verdict:
    """Attributes: *understood* is whether the answer is a command; a healthy one has no *findings*."""

    understood: bool
    findings: tuple[OracleFinding, ...]


def judge(text: str, as_of: datetime) -> Verdict:
    """Read a text, and say everything that is wrong with the answer."""
    began, command = time.process_time(), None
    try:
        command = _asked(text, as_of)
        found = list(_refused(text, as_of) if command is None else _understood(text, as_of, command))
    except Exception as error:  # noqa: BLE001 - whatever else is raised is what is looked for
        last = traceback.extract_tb(error.__traceback__)[-1]
        found = [
            OracleFinding("crash", f"{type(error).__name__}: {error} (in {last.name}, {Path(last.filename).name})")
        ]
    if (took_s := time.process_time() - began) > LIMIT_S:
        found.append(OracleFinding("hang", f"{took_s:.1f} s"))
    return Verdict(command is not None, tuple(found))


def _asked(text: str, as_of: datetime) -> Command | None:
    """The command; None where the text is refused."""
    try:
        return parse(text, as_of=as_of)
    except NotUnderstood:
        return None


# --- a text that is refused ---


def _refused(text: str, as_of: datetime) -> Iterator[OracleFinding]:
    said = answer(text, as_of=as_of)
    json.dumps(said)
    yield from refusal(text, said)
    for suggestion in said["suggestions"]:
        if _asked(suggestion, as_of) is None:
            yield OracleFinding("suggestion", f"{suggestion!r} is suggested and is refused")


def refusal(text: str, said: Order) -> Iterator[OracleFinding]:
    """What must hold of a refusal, whatever was refused."""
    start, end = said["span"]
    if not 0 <= start <= end <= len(text):
        yield OracleFinding("span", f"{start, end} in a text of {len(text)}")
    if said["code"] not in CODES:
        yield OracleFinding("code", f"{said['code']!r} is not in the contract")
    if not said["message"].strip() or len(said["message"]) > MAX_MESSAGE:
        yield OracleFinding("message", f"of {len(said['message'])} characters")
    if len(said["suggestions"]) > MAX_SUGGESTIONS:
        yield OracleFinding("suggestion", f"{len(said['suggestions'])} of them")


# --- a text that is understood ---


def _understood(text: str, as_of: datetime, command: Command) -> Iterator[OracleFinding]:
    order = command.as_dict()
    json.dumps(order)
    yield from _same_again(text, as_of, command)
    yield from accepted(text, as_of, order)


def _same_again(text: str, as_of: datetime, command: Command) -> Iterator[OracleFinding]:
    """The canonical words mean the same; so does another letter case with another kind of blank."""
    for canonical in (render(command), render(command, as_of=as_of)):
        if (again := _asked(canonical, as_of)) != command:
            yield OracleFinding("round trip", f"{canonical!r} means {again}")
    other = text.swapcase().replace(" ", "\u00a0 ")
    if isinstance(command, PlaceOrder) and len(other) <= MAX_LENGTH and (again := _asked(other, as_of)) != command:
        yield OracleFinding("spelling", f"{other!r} means {again}")
