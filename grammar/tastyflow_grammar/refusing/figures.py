"""
Figures that are not written as figures: said in words, with a comma, as a range, in cents by a letter.

    buy ten SPY four fifty calls dec 18         450
    buy 3 SPY 500C 12/18 at a buck twenty       1.20
    buy 3 SPY 500C 12/18 @ 85c                  0.85: "85c" is a call, too
    buy 3 SPY 500C 12/18 @ 2,50                 2.50: "2,500" is a number
    buy 3 SPY 500C 12/18 @ 2.50-2.60            2.50, or 2.60
    buy 100 AAPL under 190                      @ 190, where one buys

    a line that is refused ─▶ what is said so, each with the figures that it may be ─▶ the whole line in figures

Nothing is read so: "two fifty" is 2.50 or 250, by what is talked about. The line in figures is only suggested, where it
parses. In words, a number behind the verb is the quantity, and has its meaning there.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise, product
from typing import Final, NamedTuple

from tastyflow_grammar.reading.letters import FOREIGN
from tastyflow_grammar.reading.line import Line
from tastyflow_grammar.refusing.faults import Code, Edit, LanguageFault, Span

_UNITS: Final = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN")
_TEENS: Final = ("ELEVEN", "TWELVE", "THIRTEEN", "FOURTEEN", "FIFTEEN", "SIXTEEN", "SEVENTEEN", "EIGHTEEN", "NINETEEN")
_TENS: Final = ("TWENTY", "THIRTY", "FORTY", "FIFTY", "SIXTY", "SEVENTY", "EIGHTY", "NINETY")
_NUMBERS: Final = {word: number for number, word in enumerate(_UNITS + _TEENS, 1)} | {
    word: 10 * number for number, word in enumerate(_TENS, 2)
}
_MONEY: Final = frozenset({"BUCK", "BUCKS", "DOLLAR", "DOLLARS"})
_BUYING: Final = frozenset({"BUY", "BTO", "BTC", "LONG", "GET", "GRAB", "PURCHASE", "COVER"})
_SELLING: Final = frozenset({"SELL", "STO", "STC", "SHORT", "WRITE"})
_AT_MOST: Final = frozenset({"UNDER", "BELOW", "THAN", "MAX"})
_AT_LEAST: Final = frozenset({"OVER", "ABOVE", "LEAST", "MIN"})
_ASKING: Final = frozenset({"@", "AT", "FOR", "LIMIT", "LMT", "OF"})
_OPTION: Final = re.compile(r"\b(CALLS?|PUTS?|STRADDLES?|STRANGLES?|SPREADS?|\$?[\d.]+[CP])\b")
_STRUCK: Final = re.compile(r" *(CALLS?|PUTS?|C|P|STRIKE|STRADDLES?)\b")
_OWED: Final = re.compile(r" *(CREDIT|DEBIT|CR|DB|LIMIT|LMT)\b")

_WORD: Final = rf"(?:{'|'.join(sorted(_NUMBERS, key=len, reverse=True))})"
_SAID: Final = re.compile(
    rf"(?<![\w$'])(?:(?:A +)?BUCK\b|\d+ +BUCKS?\b|{_WORD}(?![\w']))"
    rf"(?:[ -]+(?:{_WORD}|AND|OH|HUNDRED|BUCKS?|DOLLARS?|CENTS?)(?![\w']))*"
)
_PRICE: Final = r"\$?(?:\d+(?:\.\d+)?|\.\d+)"
_BEFORE: Final = r"(?:(?:@|\b(?:AT|FOR|LIMIT|LMT)\b) *(?:OF\b *)?)"
_COMMA: Final = re.compile(r"(?<![\w.,/])\$?(\d{0,4}),(\d{1,2})(?![\w,.])")
_CENTS: Final = re.compile(rf"{_BEFORE}(\d{{1,3}})C(?!\w)")
_RANGE: Final = re.compile(
    rf"(?:{_BEFORE}(?:BETWEEN +)?|BETWEEN +)({_PRICE})(?: *[-/] *| +(?:TO|AND|OR) +)({_PRICE})(?![\w.,/-])"
)
_UNDER: Final = re.compile(
    rf"{_BEFORE}?\b(UNDER|BELOW|LESS +THAN|NOT? +MORE +THAN|MAX|OVER|ABOVE|AT +LEAST|MIN) +({_PRICE})"
    r"(?![\w,/-]|\.\d)"
)
_EVEN: Final = re.compile(rf"{_BEFORE}EVEN\b")
_LONGEST: Final = 400  # characters: four legs in full sentences, and a limit on the work
_MOST_SAID: Final = 4
_MOST_TRIED: Final = 8


class Otherwise(NamedTuple):
    """
    A figure that is said otherwise.

    Attributes:
        span: Of what is said.
        instead: What it may be in figures, the likeliest first.
        code: What the line is refused for.
        message: Why.
    """

    span: Span
    instead: Sequence[str]
    code: Code
    message: str


def in_figures(line: Line) -> LanguageFault | None:
    """The fault of figures that are said otherwise, fixed by the line in figures; None where there are none."""
    if line.span[1] - line.span[0] > _LONGEST:
        return None
    said = sorted(_all(line), key=lambda each: each.span)
    if not 0 < len(said) <= _MOST_SAID or any(one.span[1] > other.span[0] for one, other in pairwise(said)):
        return None
    fixes = [
        tuple(Edit(each.span, text) for each, text in zip(said, texts, strict=True))
        for texts in islice(product(*(each.instead for each in said)), _MOST_TRIED)
    ]
    last = said[-1]
    return LanguageFault(last.code, last.message, last.span, fixes)


def _all(line: Line) -> Iterator[Otherwise]:
    text = line.text
    if found := _EVEN.search(text):
        message = "Even is a price of 0, and is not offered: write a price, mid or natural."
        yield Otherwise(found.span(), (), Code.BAD_PRICE, message)
    if (at := text.find(FOREIGN)) >= 0 and line.typed[at : at + 1] in tuple("€£¥"):
        yield Otherwise((at, at + 1), (), Code.BAD_PRICE, "Prices are in dollars: write '@ 2.50'.")
    if found := _RANGE.search(text):
        instead = [f"@ {found[1]}", f"@ {found[2]}"]
        yield Otherwise(found.span(), instead, Code.CONFLICT, "A limit is one price. Keep one.")
    elif (found := _UNDER.search(text)) and found[1].split()[-1] in _bounds(line):
        yield _price(found.span(), [f"@ {found[2]}"])
    for found in _COMMA.finditer(text):
        yield _price(found.span(), [f"{found[1] or 0}.{found[2]}"])  # a price has two decimals, a thousand three
    for found in _CENTS.finditer(text):
        cents = f"@ {int(found[1]) / 100:.2f}"
        yield _price(found.span(), [cents, f"{found[1]}C"])
    for found in _SAID.finditer(text):
        yield from _said(line, found)


def _bounds(line: Line) -> frozenset[str]:
    """The words before the price that a buyer pays at most, or a seller takes at least."""
    verb = line.words[0]
    return _AT_MOST if verb in _BUYING else _AT_LEAST if verb in _SELLING else frozenset()


def _price(span: Span, instead: Sequence[str]) -> Otherwise:
    return Otherwise(span, instead, Code.BAD_PRICE, f"A price is written in figures: '{instead[0]}'.")


def _said(line: Line, found: re.Match[str]) -> Iterator[Otherwise]:
    """A number in words, by its place: behind the verb it is how many, before a call it is a strike."""
    start, end = found.span()
    before = line.text[:start].split()
    words = re.findall(r"\w+", found.group())
    if len(before) == 1 and not _MONEY & set(words):  # "ten SPY", and in "ten four fifty calls" the first
        behind = list(re.finditer(r"\w+", found.group()))
        counted = 1 if len(behind) > 1 and _number(words[1:]) else len(behind)
        if counted == len(behind):
            return
        start, words = start + behind[counted].start(), words[counted:]
    last = before[-1] if before else ""
    asked = last in _ASKING or last in _bounds(line)
    if _STRUCK.match(line.text, end) or last == "STRIKE":
        if strike := _strike(words):
            message = f"A strike is written in figures: '{strike}'."
            yield Otherwise((start, end), (strike,), Code.BAD_STRIKE, message)
        return
    prices = _prices(words, of_shares=not _OPTION.search(line.text))
    if asked or _OWED.match(line.text, end) or end == line.span[1] or _MONEY & set(words):
        begin = line.text.rfind(last, 0, start) if asked else start
        instead = [price if last in ("STOP", "STP") else f"@ {price}" for price in prices]
        as_strike = [f"strike {strike}"] if asked and (strike := _strike(words)) else []  # where the line has none
        if instead:
            yield _price((begin, end), instead)._replace(instead=[*as_strike, *instead])
    elif strike := _strike(words):
        yield Otherwise((start, end), (strike,), Code.BAD_STRIKE, f"A strike is written in figures: '{strike}'.")


def _strike(words: Sequence[str]) -> str | None:
    """``four fifty`` is 450, ``one eighty two fifty`` 182.50."""
    match _numbers(words):
        case [number]:
            return str(number)
        case [hundreds, rest] if rest > 9 or "OH" in words:
            return str(100 * hundreds + rest)
        case [hundreds, rest, cents] if min(rest, cents) > 9:
            return f"{100 * hundreds + rest}.{cents}"
    return None


def _prices(words: Sequence[str], *, of_shares: bool) -> list[str]:
    """``four fifty`` is 4.50, and of shares 450 as well; ``a buck twenty`` is 1.20, ``eighty five cents`` 0.85."""
    if money := next((at for at, word in enumerate(words) if word in _MONEY), None):
        said, rest = words[:money], _numbers(words[money + 1 :])
        many = int(said[0]) if said[0].isdigit() else 1 if said[0] == "A" else _number(said)
        return [f"{many}.{rest[0] if rest else 0:02}"] if many and len(rest) < 2 else []
    if words[0] in _MONEY:  # "buck twenty"
        return _prices(("A", *words), of_shares=of_shares)
    match _numbers(words):
        case [number] if words[-1] in ("CENT", "CENTS") or (9 < number < 100 and not of_shares):
            return [f"{number / 100:.2f}", *([] if words[-1] in ("CENT", "CENTS") else [f"{number}.00"])]
        case [number]:
            return [str(number)] if of_shares or number < 10 else [f"{number / 100:.2f}", f"{number}.00"]
        case [dollars, cents] if cents > 9 or "OH" in words:
            whole = str(100 * dollars + cents)
            pointed = f"{dollars}.{cents:02}"
            return [pointed] if not of_shares else [whole, pointed] if dollars < 10 else [pointed, whole]
        case [_, _, _]:
            return [figure] if (figure := _strike(words)) else []
    return []


def _number(words: Sequence[str]) -> int | None:
    numbers = _numbers(words)
    return numbers[0] if len(numbers) == 1 else None


def _numbers(words: Sequence[str]) -> list[int]:
    """The numbers of up to two digits that are said one after the other; with "hundred" one of three."""
    numbers: list[int] = []
    before = ""
    for word in words:
        value = _NUMBERS.get(word, 0)
        if word == "HUNDRED":
            numbers = [100 * (numbers[-1] if numbers else 1)]
        elif value and (before in _TENS or before == "HUNDRED") and numbers and (value < 10 or before == "HUNDRED"):
            numbers[-1] += value
        elif value:
            numbers.append(value)
        before = before if word == "AND" else word
    return numbers
