"""
What is offered instead of a refused line holds nothing that neither the line nor the question gave.

    a line of the corpus that is refused        every figure, symbol and side of a suggestion stands in the line
    a command with one fault put into it        every suggestion is that command again, but for the faulty part

The line is read here by its figures and letters alone, without the grammar.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st
from language_corpus import rows, titled
from language_strategies import limited_spreads, moments, orders
from said_in_words import figures_said, sides_said, symbols_said

from tastyflow.domain import expirations as exchange
from tastyflow.domain.commands import AskedOption, DaysOut, HeldPart, PlaceOrder
from tastyflow.domain.expirations import new_york_date
from tastyflow.errors import NotUnderstood
from tastyflow_grammar import answer, parse, render

REFUSED = [row for row in rows() if not row.understood]
ASKED_FOR_A_DAY = {"missing_expiration", "expired", "bad_date", "not_a_trading_day", "ambiguous", "conflict", "syntax"}
"""The refusals that may be about the expiration: the day of a suggestion may be another one there."""


def strangers(text: str, no: dict[str, Any], suggestion: dict[str, Any]) -> Iterator[str]:
    """What a suggestion holds, and neither *text* nor the question gave."""
    figures = figures_said(text)
    asked_for_a_side = no["code"] == "missing_action"
    for leg in suggestion.get("legs", ()):
        if leg["underlying"].replace("/", ".") not in symbols_said(text):
            yield f"symbol {leg['underlying']}"
        if "strike" in leg and Decimal(leg["strike"]) not in figures:
            yield f"strike {leg['strike']}"
        if suggestion.get("price") == leg.get("strike") is not None:
            yield f"a price that is the strike {leg['strike']}"
    sides = {leg["action"].partition("_")[0] for leg in suggestion.get("legs", ())}
    if sides and not asked_for_a_side and not sides & sides_said(text):
        yield f"side {sides}"
    counts = {leg["quantity"] for leg in suggestion.get("legs", ()) if isinstance(leg["quantity"], int)}
    unsaid = counts == {1} and not _leaves_out_a_count(text, suggestion)
    if counts and not unsaid and not any(Decimal(many) in figures for many in counts):
        yield f"quantity {counts}"
    for key in ("price", "stop"):
        figure = suggestion.get(key)
        if figure not in (None, "mid", "natural") and Decimal(figure) not in figures:
            yield f"{key} {figure}"


def _leaves_out_a_count(text: str, suggestion: dict[str, Any]) -> bool:
    """Whether the line has a whole number right behind its first word that the suggestion has nowhere: ``bto5 SPY``."""
    first = re.match(r"\W*[A-Za-z]+ ?x?(\d+)\b", text)
    return bool(first) and first[1] not in str(suggestion)


@pytest.mark.parametrize("row", REFUSED, ids=titled)
def test_a_suggestion_for_a_line_of_the_corpus_holds_only_what_the_line_gives(row):
    no = answer(row.text, as_of=row.as_of)
    found = {
        offered: list(strangers(row.text, no, answer(offered, as_of=row.as_of)))
        for offered in no.get("suggestions", ())
    }
    assert {offered: what for offered, what in found.items() if what} == {}


# ---- one fault put into a command


@frozen
class Faulty:
    """A line with one fault: the command that it was, the *part* at fault, and the misspelt *word*."""

    text: str
    command: PlaceOrder
    part: str
    word: str = ""


KEYWORDS = """
    buy sell close open call put vertical straddle strangle butterfly calendar iron condor debit credit market stop
    limit natural shares day gtc good till
"""
_WORD = re.compile(rf"(?<![\w$])({'|'.join(KEYWORDS.split())})(?!\w)")
_BEHIND_STRIKES = "call|put|vertical|straddle|strangle|butterfly|iron|calendar"
_DAY = re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri) [A-Z][a-z]{2} \d{1,2} \d{4}\b|\b\d+dte\b")


@st.composite
def misspelt(draw: st.DrawFn, order: PlaceOrder) -> Faulty | None:
    """A keyword of its canonical words with two letters swapped, one left out or one doubled."""
    words = render(order)
    found = draw(st.sampled_from(list(_WORD.finditer(words))))
    own = found.group()
    at = draw(st.integers(0, len(own) - 2))
    kinds = [own[:at] + own[at + 1] + own[at] + own[at + 2 :], own[:at] + own[at + 1 :], own[: at + 1] + own[at:]]
    typo = draw(st.sampled_from(kinds))
    return Faulty(words[: found.start()] + typo + words[found.end() :], order, "typo", typo)


@st.composite
def lacking(draw: st.DrawFn, order: PlaceOrder) -> Faulty:
    """Its canonical words without one part."""
    words = render(order)
    leg = order.legs[0]
    action = leg.action.value.replace("_", " ")
    parts = {"action": re.compile(rf"^{action}\b")}
    if isinstance(leg.instrument, AskedOption):
        parts |= {"right": re.compile(r"\b(call|put)\b"), "expiration": _DAY}
        parts["strike"] = re.compile(
            r"(?<= )[\d./pc$]+(?= (call|put|vertical|straddle|strangle|butterfly|iron|calendar))"
        )
    parts["symbol"] = re.compile(rf"(?<= )\$?{re.escape(leg.instrument.underlying.replace('/', '.'))}(?= )")
    present = sorted(name for name, pattern in parts.items() if pattern.search(words))
    name = draw(st.sampled_from(present))
    return Faulty(" ".join(parts[name].sub(" ", words).split()), order, name)


@st.composite
def wrong(draw: st.DrawFn, order: PlaceOrder) -> Faulty:
    """Its canonical words with a size, a day or a price that there is not."""
    words = render(order)
    size = draw(st.sampled_from(["0", "-{}", "{}.5", "00", "{}e3"]))
    quantity = re.search(r"(?<=[a-z]) (\d+)(?= )", words)
    if quantity is None:
        return Faulty(words, order, "none")
    many = quantity[1]
    return Faulty(words[: quantity.start(1)] + size.format(many) + words[quantity.end(1) :], order, "quantity")


def faulty(today: date) -> st.SearchStrategy[Faulty]:
    ordered = orders(today) | limited_spreads(today)
    return ordered.flatmap(lambda order: misspelt(order) | lacking(order) | wrong(order))


@given(st.data(), moments)
def test_a_suggestion_is_the_command_again_but_for_the_part_at_fault(data: st.DataObject, as_of: datetime):
    line = data.draw(faulty(new_york_date(as_of)))
    try:
        parse(line.text, as_of=as_of)
    except NotUnderstood as no:
        for offered in no.suggestions:
            assert list(differences(line, parse(offered, as_of=as_of), as_of)) == [], (line.text, offered)


def differences(line: Faulty, offered: object, as_of: datetime) -> Iterator[str]:
    """In what a suggestion differs from the command, beside the part at fault."""
    if not isinstance(offered, PlaceOrder):
        yield f"another command: {offered}"
        return
    meant = line.command
    if _symbols(offered) != _symbols(meant):
        yield "the symbol"
    if not _strikes(offered) <= _strikes(meant):
        yield "a strike"
    unsaid = {HeldPart.ALL} if _may_be_days(line.text, offered) else set()  # 1/4 is then no part
    if not _counts(offered) <= _counts(meant) | unsaid:
        yield "the quantity"
    if line.part != "action" and not _sides(offered) <= _sides(meant) | _sides_like(line.word):
        yield "the side"
    asked_for = _asked_for(as_of) if line.part == "expiration" else set()
    if not _expirations(offered) <= _expirations(meant) | asked_for | _may_be_days(line.text, offered):
        yield "the expiration"
    if offered.price not in (None, meant.price, meant.stop) or offered.stop not in (None, meant.stop):
        yield "the price"
    if offered.price is not None and offered.price in _strikes(offered) and offered.price != meant.price:
        yield "a price that is a strike"


def _symbols(order: PlaceOrder) -> set[str]:
    return {leg.instrument.underlying for leg in order.legs}


def _strikes(order: PlaceOrder) -> set[Decimal]:
    return {leg.instrument.strike for leg in order.legs if isinstance(leg.instrument, AskedOption)}


def _counts(order: PlaceOrder) -> set[int | HeldPart]:
    return {leg.quantity for leg in order.legs}


def _sides(order: PlaceOrder) -> set[str]:
    return {leg.action.value for leg in order.legs}


def _sides_like(typo: str) -> set[str]:
    """The sides whose word the misspelt one is one letter away from: ``sto`` and ``stc`` for ``stp``."""
    words = {
        "buy": "buy",
        "sell": "sell",
        "close": "close",
        "bto": "buy_to_open",
        "btc": "buy_to_close",
        "sto": "sell_to_open",
        "stc": "sell_to_close",
    }
    return {side for word, side in words.items() if typo and SequenceMatcher(None, typo, word).ratio() >= 0.8}


def _expirations(order: PlaceOrder) -> set[date | DaysOut]:
    return {leg.instrument.expiration for leg in order.legs if isinstance(leg.instrument, AskedOption)}


def _asked_for(as_of: datetime) -> set[date | DaysOut]:
    """Today's, the next Friday's and the next monthly: what may be offered where no expiration is said."""
    today = new_york_date(as_of)
    fridays = {
        exchange.last_trading_day_of_week(today),
        exchange.last_trading_day_of_week(today + 7 * exchange.ONE_DAY),
    }
    monthlies = {exchange.next_standard_monthly(day + exchange.ONE_DAY) for day in {today, *fridays}}
    following = {exchange.next_standard_monthly(each + 14 * exchange.ONE_DAY) for each in monthlies}  # of a calendar
    return {today, *fridays, *monthlies, *following}


def _may_be_days(text: str, offered: PlaceOrder) -> set[date | DaysOut]:
    """The expirations of a suggestion that the text writes as a part of what is held: ``1/4``."""
    days = {day for day in _expirations(offered) if isinstance(day, date)}
    return {day for day in days if re.search(rf"(?<![\d/]){day.month}/{day.day}(?![\d/])", text)}
