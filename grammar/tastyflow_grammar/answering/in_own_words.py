"""
A new order in the words of the old line: the trader sees the line that was typed, with what is new in its place.

    figures        buy 10 SPY 450C 12/18 @ 2.50     450 ─▶ 455          buy 10 SPY 455C 12/18 @ 2.50
    parts          buy 10 SPY 450C next month       12/18               buy 10 SPY 450C 12/18
    the right      450C                             put                 450P
    behind it      buy 10 SPY 450C 12/18            gtc                 buy 10 SPY 450C 12/18 gtc

Each is only tried: a line is taken where it parses to exactly the new order. Where none does, the new order is written
in canonical words, and what differs from the old one's is marked.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from tastyflow.domain.commands import AskedOption, PlaceOrder
from tastyflow.domain.instruments import plain
from tastyflow_grammar.parts import Kind, Part
from tastyflow_grammar.reading.line import Line
from tastyflow_grammar.reading.replies import parts_of
from tastyflow_grammar.refusing.faults import Edit, Fix, Span

FIGURE: Final = re.compile(r"(?<![\d.])(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?<=\d)(?![\d%]|\.\d)")
_RIGHT: Final = re.compile(r"(?<=\d)(?:C|P|CALLS?|PUTS?)(?!\w)", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\s,]+|,")
_MOST: Final = 24
"""Lines that are tried: a limit on the work, whatever was typed."""

Understands = Callable[[str], PlaceOrder | None]
"""The order that a line says; None where it says none."""


def in_own_words(
    line: Line, old: PlaceOrder, new: PlaceOrder, words: str, understands: Understands
) -> tuple[str, tuple[Span, ...]] | None:
    """
    The line that says *new* where it said *old*, and where the new words stand in it; None where no such line is found.

    Args:
        words: What is new, as typed; empty where it is no more than figures.
    """
    for fix, _ in zip(_fixes(line, old, new, words), range(_MOST), strict=False):
        made, spans = marked(line.shown(), fix)
        if understands(made) == new:
            return made, spans
    return None


def marked(shown: str, fix: Fix) -> tuple[str, tuple[Span, ...]]:
    """A line with a fix, its blanks made even; and where the new words stand in it."""
    pieces: list[tuple[str, bool]] = []
    at = 0
    for edit in sorted(fix, key=lambda edit: edit.span):
        start, end = edit.span
        pieces += [(character, False) for character in shown[at:start]]
        pieces += [(character, True) for character in edit.text]
        at = end
    pieces += [(character, False) for character in shown[at:]]
    kept: list[tuple[str, bool]] = []
    for character, is_new in pieces:
        if not character.isspace():
            kept.append((character, is_new))
        elif kept and kept[-1][0] != " ":
            kept.append((" ", False))
    while kept and kept[-1][0] == " ":
        kept.pop()
    return "".join(character for character, _ in kept), _runs(kept)


def differing(old: str, new: str) -> tuple[Span, ...]:
    """Where *new* has words that *old* has not in that place."""
    from difflib import SequenceMatcher  # slow to import

    before, after = _WORD.findall(old), list(_WORD.finditer(new))
    matched = SequenceMatcher(None, before, [found.group() for found in after], autojunk=False)
    return tuple(
        (after[begin].start(), after[end - 1].end())
        for tag, _, _, begin, end in matched.get_opcodes()
        if tag in ("replace", "insert")
    )


def _runs(kept: Sequence[tuple[str, bool]]) -> tuple[Span, ...]:
    spans: list[Span] = []
    for at, (character, is_new) in enumerate(kept):
        if not is_new:
            continue
        between = "".join(each for each, _ in kept[spans[-1][1] : at]) if spans else "-"
        if spans and not between.strip():
            spans[-1] = (spans[-1][0], at + 1)
        elif character != " ":
            spans.append((at, at + 1))
    return tuple(spans)


# ---- what is tried


def _fixes(line: Line, old: PlaceOrder, new: PlaceOrder, words: str) -> Iterator[Fix]:
    shown, parts = line.shown(), parts_of(line.text)
    yield from _figures(shown, old, new, words)
    yield from _rights(shown, old, new)
    yield from _sizes(parts, new)
    if not words:
        return
    kinds = {part.kind for part in parts_of(f"BUY 1 {words.upper()}")[2:]}
    spans = list(dict.fromkeys(part.span for part in parts if part.kind in kinds))
    for said in dict.fromkeys((words.lstrip("$"), words)):
        if spans:
            yield (Edit(spans[0], f" {said} "), *(Edit(span, "") for span in spans[1:]))
        yield (Edit((line.span[1], line.span[1]), f" {said}"),)


def _figures(shown: str, old: PlaceOrder, new: PlaceOrder, words: str) -> Iterator[Fix]:
    """The one figure that is another, wherever the line has it: every leg's that has the same."""
    for before, after in _changed_figures(old, new):
        places = [found.span() for found in FIGURE.finditer(shown) if _value(found.group()) == before]
        own = (found.group() for found in FIGURE.finditer(words) if _value(found.group()) == after)
        typed = next(own, plain(after))
        if len(places) > 1:
            yield tuple(Edit(place, typed) for place in places)
        yield from ((Edit(place, typed),) for place in places)


def _changed_figures(old: PlaceOrder, new: PlaceOrder) -> Iterator[tuple[Decimal, Decimal]]:
    for before, after in zip(old.legs, new.legs, strict=False):
        if isinstance(before.quantity, int) and isinstance(after.quantity, int) and before.quantity != after.quantity:
            yield Decimal(before.quantity), Decimal(after.quantity)
        one, other = before.instrument, after.instrument
        if isinstance(one, AskedOption) and isinstance(other, AskedOption) and one.strike != other.strike:
            yield one.strike, other.strike
    for old_price, new_price in ((old.price, new.price), (old.stop, new.stop)):
        if isinstance(old_price, Decimal) and isinstance(new_price, Decimal) and old_price != new_price:
            yield old_price, new_price


def _rights(shown: str, old: PlaceOrder, new: PlaceOrder) -> Iterator[Fix]:
    """``450P`` for ``450C``: the letter behind the strike."""
    one, other = old.legs[0].instrument, new.legs[0].instrument
    if isinstance(one, AskedOption) and isinstance(other, AskedOption) and one.right != other.right:
        letter = other.right.value[0].upper()
        if found := list(_RIGHT.finditer(shown)):
            yield tuple(Edit(each.span(), letter if each.group().isupper() else letter.lower()) for each in found)


def _sizes(parts: Sequence[Part], new: PlaceOrder) -> Iterator[Fix]:
    """A size in the place of one that is no figure (ten, half), or behind the action where the line has none."""
    size = str(new.legs[0].quantity)
    for kind in (Kind.QUANTITY, Kind.ACTION):
        for part in parts:
            if part.kind is kind:
                yield (Edit(part.span if kind is Kind.QUANTITY else (part.span[1], part.span[1]), f" {size} "),)


def _value(figure: str) -> Decimal | None:
    return Decimal(figure.replace(",", "")) if any(character.isdigit() for character in figure) else None
