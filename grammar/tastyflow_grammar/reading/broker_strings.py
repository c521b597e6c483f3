"""
An order as a broker's platform writes it, in ordinary words.

    BUY +10 VERTICAL SPY 100 18 DEC 26 450/455 CALL @1.20 LMT GTC [TO OPEN]
    BUY TO OPEN 10 SPY 450/455 CALL VERTICAL 18 DEC 26 @1.20 GTC

    SELL -1 IRON CONDOR SPX 100 (Weeklys) 18 DEC 26 6500/6525/6400/6375 CALL/PUT @3.20 LMT
    SELL 1 SPX 6500C/6525C/6400P/6375P IRON CONDOR 18 DEC 26 @3.20

    -SPY261218C450
    sell 1 SPY261218C450

A line is rewritten where the whole of it is such a string, and else stays as it is: no word of these strings becomes a
word of the language. Nothing is refused here. A sign against the verb, and a multiplier other than 100, stay in the
words, which are refused for them. Each word knows where it stands in the text as typed, for the span of a refusal.
"""

import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from typing import Final, NamedTuple

from attrs import frozen

from tastyflow_grammar.reading.line import Line, Piece
from tastyflow_grammar.reading.reader import is_no_bare_ticker, is_our_word
from tastyflow_grammar.refusing.faults import Span

_MAY_BE: Final = re.compile(r"((BUY|SELL) +)?[+-][\d.A-Z]")
_TICKET: Final = r"""
    ((?P<verb>BUY|SELL)\ +)? (?P<sign>[+-])
    (
        ((?P<many>\d{1,3}(,\d{3})+|\d+)\ +)?
        (?P<option>\.?[A-Z]{1,5}\d?\ *\d{6}[CP]\d+(\.\d+)?)
    |
        (?P<count>\d{1,3}(,\d{3})+|\d+)
        (\ +(?P<name>VERTICAL|BUTTERFLY|IRON\ +CONDOR|STRADDLE|STRANGLE|CALENDAR))?
        \ +(?P<symbol>\$?[A-Z]{1,5}([./][A-Z])?)
        (
            (\ +(?P<multiplier>\d+))? (\ +\(WEEKLYS\))?
            \ +(?P<day>\d{1,2}\ +[A-Z]{3}\ +\d\d) (\ */\ *(?P<other_day>\d{1,2}\ +[A-Z]{3}\ +\d\d))?
            (\ +(?P<strikes>\d+(\.\d+)?(/\d+(\.\d+)?){0,3}))?
            \ +(?P<right>CALL/PUT|PUT/CALL|CALL|PUT)
        )?
    )
    (\ *@\ *(?P<price>\$?\d[\d,]*(\.\d+)?|\$?\.\d+|MID|MKT))?
    (\ +(?P<type>LMT|MKT|STP))?
    (\ +(?P<lasting>GTC|DAY))?
    (\ +\[?(?P<position>TO\ +(OPEN|CLOSE))(/(?P=position))*\]?)?
    (\ +(?P<lasting_too>GTC|DAY))?
"""
_MAY_BE_A_DAY: Final = re.compile(r"\d\d?/\d\d?(/|$)")
_OF_TERMS: Final = frozenset({"LMT", "MKT", "STP", "GTC", "DAY"})
_SIDED: Final = {"CALL/PUT": "CP", "PUT/CALL": "PC"}


class Legs(NamedTuple):
    """How many strikes and days such a string names, and whether behind them stand calls and puts."""

    strikes: int
    days: int = 1
    sided: bool = False


NAMES: Final = {
    "": Legs(1),
    "VERTICAL": Legs(2),
    "BUTTERFLY": Legs(3),
    "CALENDAR": Legs(1, days=2),
    "STRADDLE": Legs(1, sided=True),
    "STRANGLE": Legs(2, sided=True),
    "IRON CONDOR": Legs(4, sided=True),
}
Words = Iterator[tuple[str, Span]]
"""Words of the line, and where they stand in the text as typed."""


def in_ordinary_words(line: Line) -> Line:
    """The line, rewritten where the whole of it is a broker's string."""
    if "+" not in line.text and "-" not in line.text:
        return line
    start, end = line.span
    if not _MAY_BE.match(line.text, start):
        return line
    found = _ticket().fullmatch(line.text, start, end)
    return _rewritten(line, found) if found and _is_whole(found) else line


@cache
def _ticket() -> re.Pattern[str]:
    """Compiled for the first line that may be one."""
    return re.compile(_TICKET, re.VERBOSE)


def _is_whole(found: re.Match[str]) -> bool:
    """Whether it has all that its name stands for; shares need a price or a type, or the line is an ordinary one."""
    name = " ".join((found["name"] or "").split())
    if found["option"]:
        return True
    if not found["right"]:
        lacks_its_symbol = found["symbol"] in _OF_TERMS if found["verb"] else is_our_word(found["symbol"])
        is_symbol = bool(found["type"]) or not lacks_its_symbol  # "SELL -100 STP @65", "-2 TODAY @4.15"
        return not name and is_symbol and bool(found["price"] or found["type"])
    legs = NAMES[name]
    strikes = found["strikes"].count("/") + 1 if found["strikes"] else 0
    lacks_its_strikes = not strikes and found["multiplier"] == "100"  # which is then none of them
    is_shaped = (1 + bool(found["other_day"]), found["right"] in _SIDED) == (legs.days, legs.sided)
    return is_shaped and (strikes == legs.strikes or lacks_its_strikes)


@frozen
class _Said:
    """
    A broker's string.

    Attributes:
        found: Its groups, in capitals.
        shown: The line in the trader's own spelling.
    """

    found: re.Match[str]
    shown: str

    def __getitem__(self, group: str) -> str:
        """A group in capitals; empty where the string has none."""
        return self.found[group] or ""

    def own(self, group: str) -> tuple[str, Span]:
        span = self.found.span(group)
        return self.shown[slice(*span)], span

    def words(self) -> Words:
        yield from self._side()
        if self["option"]:
            yield self.own("option")
        elif self["right"]:
            yield from self._contract()
        else:
            yield self._symbol()
            yield "shares", self.found.span("symbol")
        yield from self._pricing()
        for group in ("lasting", "lasting_too"):
            if self[group]:
                yield self.own(group)

    def _side(self) -> Words:
        """``BUY TO OPEN 10``; a sign against the verb stays."""
        verb, sign = {"+": "buy", "-": "sell"}[self["sign"]], self.found.span("sign")
        agrees = self["verb"] in ("", verb.upper())
        yield self.own("verb") if self["verb"] else (verb, sign)
        if self["position"]:
            yield self.own("position")
        many = "many" if self["option"] else "count"
        count, place = self.own(many) if self[many] else ("1", sign)
        yield (count, place) if agrees else (self["sign"] + count, (sign[0], place[1]))

    def _symbol(self) -> tuple[str, Span]:
        """With its dollar sign where it is also a word."""
        symbol, span = self.own("symbol")
        word = re.split("[./]", symbol.upper())[0]
        return f"${symbol}" if is_our_word(word) or is_no_bare_ticker(word) else symbol, span

    def _contract(self) -> Words:
        """``SPY 450/455 CALL VERTICAL 18 DEC 26``."""
        yield self._symbol()
        if self["multiplier"] not in ("", "100"):
            yield "multiplier", self.found.span("multiplier")
            yield self.own("multiplier")
        yield from self._strikes()
        if not self["strikes"]:
            yield "exp", self.found.span("day")
        yield self.own("day")
        if self["other_day"]:
            yield "/", self.found.span("other_day")
            yield self.own("other_day")

    def _strikes(self) -> Words:
        strikes, (begin, end) = self["strikes"].split("/"), self.found.span("strikes")
        if not self["strikes"]:
            yield from (self.own(group) for group in ("right", "name") if self[group] and self[group] not in _SIDED)
        elif self["right"] not in _SIDED:
            yield ("$" if _MAY_BE_A_DAY.match(self["strikes"]) else "") + self["strikes"], (begin, end)
            yield self.own("right")
            if self["name"]:
                yield self.own("name")
        elif len(strikes) == 1:
            yield f"strike {strikes[0]}", (begin, end)
            yield self.own("name")
        elif len(strikes) == 4 and strikes[0] == strikes[2]:
            yield "/".join(sorted({*strikes}, key=Decimal)), (begin, end)
            yield "iron butterfly", self.found.span("name")
        else:
            rights = "".join(right * (len(strikes) // 2) for right in _SIDED[self["right"]])
            yield "/".join(map("".join, zip(strikes, rights, strict=True))), (begin, end)
            yield self.own("name")

    def _pricing(self) -> Words:
        price, kind = self["price"], self["type"]
        if price and price != "MKT":
            yield ("stop", self.found.span("type")) if kind == "STP" else ("@", self.found.span("price"))
        if price:
            yield self.own("price")
        is_said = not kind or (kind, price) == ("MKT", "MKT") or (kind != "MKT" and price not in ("", "MKT"))
        if not is_said:
            yield self.own("type")


def _rewritten(line: Line, found: re.Match[str]) -> Line:
    words: list[str] = []
    pieces: list[Piece] = []
    at = 0
    for word, typed in _Said(found, line.shown()).words():
        words.append(word)
        pieces.append(Piece((at, at + len(word)), typed))
        at += len(word) + 1
    rewritten = " ".join(words)
    return Line(line.typed, rewritten.upper(), len(rewritten), line.asks, False, rewritten, tuple(pieces))
