"""A short answer and the line that was refused make the order that the trader would have typed, or none."""

from collections import Counter
from datetime import datetime, timedelta
from functools import cache

import pytest
from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st
from language_corpus import rows
from language_strategies import moments, orders, spreads

from tastyflow.domain.commands import Command, PlaceOrder
from tastyflow.domain.expirations import NEW_YORK, new_york_date
from tastyflow.errors import NotUnderstood
from tastyflow_grammar import complete, parse, render
from tastyflow_grammar.answering.filling import ASKED
from tastyflow_grammar.language import prepared
from tastyflow_grammar.parts import Kind, Part
from tastyflow_grammar.reading.reader import read

AS_OF = datetime(2026, 11, 20, 10, tzinfo=NEW_YORK)
ORDERS = [row for row in rows() if row.expect.get("command") == "order"]
TAKEN_OUT = (Kind.ACTION, Kind.SYMBOL, Kind.STRIKE, Kind.STRIKES, Kind.RIGHT, Kind.EXPIRATION)


def completed(answering: str, text: str) -> str:
    """The line; the code, where there is none."""
    try:
        return complete(text, answering=answering, as_of=AS_OF).line
    except NotUnderstood as no:
        return no.code


@cache
def parts_of(text: str) -> tuple[Part, ...]:
    """What the grammar reads in a line: the same for every kind that is taken out of it."""
    parts: tuple[Part, ...] = read(prepared(text).text).parts
    return parts


@cache
def understood(text: str, as_of: datetime) -> Command:
    return parse(text, as_of=as_of)


def taken_out(text: str, kind: Kind) -> tuple[str, str] | None:
    """A line without its one part of a kind, and that part; None where it has none, or several."""
    spans = {part.span for part in parts_of(text) if part.kind is kind}
    if len(spans) != 1:
        return None
    ((start, end),) = spans
    shown = prepared(text).shown()
    return f"{shown[:start]} {shown[end:]}".strip(), shown[start:end]


def made_whole(text: str, kind: Kind, as_of: datetime) -> str:
    """What becomes of a line that is asked for, and given, what was taken out of it."""
    command = understood(text, as_of)
    pieces = taken_out(text, kind)
    if pieces is None:
        return "nothing to take out"
    short, part = pieces
    try:
        parse(short, as_of=as_of)
    except NotUnderstood as no:
        if no.code not in ASKED:
            return "not asked for"
    else:
        return "not missed"
    try:
        whole = complete(part, answering=short, as_of=as_of).line
        return "the same" if parse(whole, as_of=as_of) == command else f"another: {whole!r} for {text!r}"
    except NotUnderstood:
        return "refused"


# ---- the part that was taken out makes the line whole


@pytest.mark.parametrize("kind", TAKEN_OUT)
def test_a_line_of_the_corpus_is_made_whole_by_the_part_that_it_lacks(kind: Kind):
    ends = Counter(made_whole(row.text, kind, row.as_of) for row in ORDERS)
    assert [end for end in ends if end.startswith("another")] == []
    assert ends["the same"] > 12 * ends["refused"]
    assert ends["the same"] > (150 if kind is Kind.STRIKES else 500)


@settings(deadline=None)
@given(st.data(), moments, st.sampled_from(TAKEN_OUT))
def test_no_order_is_made_into_another_one(data: st.DataObject, as_of: datetime, kind: Kind):
    today = new_york_date(as_of)
    order = data.draw(orders(today) | spreads(today))
    if order.by_name and ", " not in render(order):
        assert not made_whole(render(order), kind, as_of).startswith("another")


@settings(deadline=None)
@given(st.sampled_from([row.text for row in rows()]), st.sampled_from([row.text for row in rows()]))
@example("buy 5 IWM 240c 12\u2060/18", "preview close SPY")
def test_whatever_answers_whatever_ends_in_a_line_or_a_refusal(answering: str, text: str):
    refused: NotUnderstood | None = None
    try:
        line = complete(text, answering=answering, as_of=AS_OF).line
    except NotUnderstood as no:
        refused = no
    else:
        assert line == " ".join(line.split())
    if refused:
        assert refused.message
        assert 0 <= refused.span[0] <= refused.span[1] <= len(text)
        for words in refused.suggestions:
            parse(words, as_of=AS_OF)


# ---- what answers what


@pytest.mark.parametrize(
    ("answering", "text", "line"),
    [
        ("buy 10 SPY 450C", "12/18", "buy 10 SPY 450C 12/18"),
        ("buy 10 SPY 450C", "next friday", "buy 10 SPY 450C next friday"),
        ("buy 10 SPY 450C", "45 days out", "buy 10 SPY 450C 45 days out"),
        ("buy 10 SPY 450C", "**12/18** 🚀 please", "buy 10 SPY 450C 12/18"),
        ("buy 10 SPY 450C", "12/18 @ 1.25 gtc", "buy 10 SPY 450C 12/18 @ 1.25 gtc"),
        ("buy SPY calls Dec 18 @ 2", "450", "buy SPY calls Dec 18 @ 2 strike 450"),
        ("buy SPY calls Dec 18", "450c", "buy SPY calls Dec 18 450c"),
        ("buy 10 SPY strike 450 Dec 18", "puts", "buy 10 SPY strike 450 puts Dec 18"),
        ("buy 10 450C Dec 18", "SPY", "buy 10 SPY 450C Dec 18"),
        ("10 SPY 450C Dec 18", "buy", "buy 10 SPY 450C Dec 18"),
        ("10 SPY 450C Dec 18", "BTC", "BTC 10 SPY 450C Dec 18"),
        ("open 10 SPY 450C Dec 18", "buy to open", "buy to open 10 SPY 450C Dec 18"),
        ("preview 10 SPY 450C Dec 18", "sell", "preview sell 10 SPY 450C Dec 18"),
        ("quote SPY 450C", "12/18", "quote SPY 450C 12/18"),
        ("buy MSFT @ 410", "100", "buy 100 MSFT @ 410"),
        ("buy MSFT @ 410", "ten", "buy ten MSFT @ 410"),
        ("buy 0 SPY 450C 12/18", "10", "buy 10 SPY 450C 12/18"),
        ("buy 1.5 SPY 450C 12/18", "2", "buy 2 SPY 450C 12/18"),
        ("buy 10 SPY 450C 12/18 @ 0", "2.50", "buy 10 SPY 450C 12/18 @ 2.50"),
        ("buy 10 SPY 450C 12/18 @", "2.50", "buy 10 SPY 450C 12/18 @ 2.50"),
        ("buy 10 SPY 450C 12/18 limit", "2.50", "buy 10 SPY 450C 12/18 limit 2.50"),
        ("buy 10 SPY 0C Dec 18", "450", "buy 10 SPY 450C Dec 18"),
        ("buy 10 SPY 450C 12/25", "12/24", "buy 10 SPY 450C 12/24"),
        ("buy 10 SPY 450C Nov 19 2026", "Dec", "buy 10 SPY 450C Dec"),
        ("calendar buy 1 SPY 450c", "Dec 18 / Jan 15", "calendar buy 1 SPY 450c Dec 18 / Jan 15"),
        ("sell 1 SPY iron condor Dec 18", "430/435/465/470", "sell 1 SPY iron condor Dec 18 430/435/465/470"),
        ("buy 10 SPY 450", "@ 450", "buy 10 SPY @ 450"),
        ("buy 10 SPY 450", "450c 12/18", "buy 10 SPY 450c 12/18"),
        (
            "buy 1 SPY 450C 12/18, sell 2 SPY 460C 12/18 @ 1.10",
            "credit",
            "buy 1 SPY 450C 12/18, sell 2 SPY 460C 12/18 @ 1.10 credit",
        ),
    ],
)
def test_an_answer_makes_the_line_whole(answering: str, text: str, line: str):
    assert completed(answering, text) == line
    assert parse(line, as_of=AS_OF)


@pytest.mark.parametrize(
    ("answering", "text", "line"),
    [
        ("buy 10 SPY 451C 12/18", "450C", "buy 10 SPY 450C 12/18"),
        ("buy 10 SPY 451C 12/18", "12/11", "buy 10 SPY 451C 12/11"),
        ("buy 10 SPY 451C 12/18", "@ 1.25", "buy 10 SPY 451C 12/18 @ 1.25"),
        ("buy 10 SPY 451C 12/18 @ 2 gtc", "@ 1.25", "buy 10 SPY 451C 12/18 @ 1.25 gtc"),
        ("buy 10 SPY 451C 12/18 @ 2 gtc", "day", "buy 10 SPY 451C 12/18 @ 2 day"),
        ("buy 10 SPY 451C 12/18", "x5", "buy 5 SPY 451C 12/18"),
        ("preview buy 10 SPY 451C 12/18", "$QQQ", "preview buy 10 QQQ 451C 12/18"),
        ("quote SPY 451C 12/18", "450C", "quote SPY 450C 12/18"),
        ("chain SPY 12/18", "12/11", "chain SPY 12/11"),
        ("buy 10 SPY 451C 12/18", "put", "buy 10 SPY 451P 12/18"),
        ("buy 10 SPY261218C00450000", "12/11", "buy 10 SPY 450 call Fri Dec 11 2026 day"),
    ],
)
def test_in_an_order_that_the_desk_refused_the_answer_takes_the_place_of_its_kind(answering: str, text: str, line: str):
    assert completed(answering, text) == line


@pytest.mark.parametrize(
    ("answering", "text", "next_code"),
    [
        ("buy SPY calls", "450", "missing_expiration"),
        ("buy 10 SPY 450", "call", "missing_expiration"),
        ("buy 10 SPY 450C", "12/25", "not_a_trading_day"),
        ("buy 10 SPY 450C", "Feb 30", "bad_date"),
    ],
)
def test_the_line_may_be_refused_for_what_is_asked_next(answering: str, text: str, next_code: str):
    with pytest.raises(NotUnderstood) as no:
        parse(complete(text, answering=answering, as_of=AS_OF).line, as_of=AS_OF)
    assert no.value.code == next_code


# ---- what answers nothing


@pytest.mark.parametrize(
    ("answering", "text", "code"),
    [
        ("buy 10 SPY 450C", "18", "missing_expiration"),
        ("buy 10 SPY 450C", "gtc", "missing_expiration"),
        ("buy 10 SPY 450C", "buy 5 QQQ 400C 12/18", "missing_expiration"),
        ("buy 1 SPY 450c 18/12", "buy 1 SPY 450c feb 30", "bad_date"),
        ("buy SPY calls Dec 18", "450p", "missing_strike"),
        ("buy 10 450C Dec 18", "lol", "missing_symbol"),
        ("buy 0 SPY 450C 12/18", "@ 2", "bad_quantity"),
        ("buy 10 SPY 450C 12/18 good till 11/28", "12/4", "not_a_trading_day"),
        ("buy 10 SPY 450C 12/18 makret", "market", "syntax"),
        ("buy 10 SPY 450C 12/18 FOK", "ioc", "syntax"),
        ("buy 10 SPY 451C 12/18", "450", "ambiguous"),
        ("buy 10 SPY 451C 12/18", "sell", "syntax"),
        ("buy 10 SPY 451C 12/18", "QQQ 450C", "syntax"),
        ("calendar buy 1 SPY 450c Dec 18 / Jan 15", "Feb", "syntax"),
        ("cancel 7f3a", "@ 2", "syntax"),
        ("quote SPY 451C 12/18", "@ 2", "syntax"),
        ("chain SPY 12/18", "450C", "syntax"),
        ("good morning", "12/18", "syntax"),
    ],
)
def test_what_does_not_answer_says_what_to_write(answering: str, text: str, code: str):
    with pytest.raises(NotUnderstood) as no:
        complete(text, answering=answering, as_of=AS_OF)
    assert no.value.code == code
    assert no.value.span == (0, len(text))


@pytest.mark.parametrize("text", ["lol", "nice", "good morning", "12/18?", "ok thanks", "😀", ""])
@pytest.mark.parametrize("answering", ["buy 10 SPY 450C", "buy 10 SPY 451C 12/18"])
def test_chat_is_no_answer(answering: str, text: str):
    assert completed(answering, text) == "not_a_command"


def test_an_answer_that_can_be_meant_in_two_ways_is_asked_back_with_both():
    with pytest.raises(NotUnderstood) as no:
        complete("SPY", answering="long straddle 1 450 Dec 18 18.4", as_of=AS_OF)
    assert no.value.code == "ambiguous"
    meant = {parse(line, as_of=AS_OF) for line in no.value.suggestions}
    assert len(meant) == 2
    assert all(isinstance(command, PlaceOrder) for command in meant)


def test_a_date_is_read_on_the_day_of_the_answer():
    line = complete("today", answering="buy 10 SPY 450C", as_of=AS_OF + timedelta(days=3)).line
    assert parse(line, as_of=AS_OF + timedelta(days=3)).legs[0].instrument.expiration.isoformat() == "2026-11-23"


# ---- a change of a whole line, as people say it in a chat

CARD = "buy 10 SPY 450C 12/18 @ 2.50"


@pytest.mark.parametrize(
    ("answering", "text", "line"),
    [
        (CARD, "make it 5", "buy 5 SPY 450C 12/18 @ 2.50"),
        (CARD, "Make it 5!", "buy 5 SPY 450C 12/18 @ 2.50"),
        (CARD, "no, make that 5 contracts", "buy 5 SPY 450C 12/18 @ 2.50"),
        (CARD, "5 contracts", "buy 5 SPY 450C 12/18 @ 2.50"),
        (CARD, "make it 1.25", "buy 10 SPY 450C 12/18 @ 1.25"),
        (CARD, "change it to $2", "buy 10 SPY 450C 12/18 @ 2"),
        (CARD, "make it @ 1.25", "buy 10 SPY 450C 12/18 @ 1.25"),
        (CARD, "make it 455C", "buy 10 SPY 455C 12/18 @ 2.50"),
        (CARD, "make it gtc", "buy 10 SPY 450C 12/18 @ 2.50 gtc"),
        (CARD, "make it at mid", "buy 10 SPY 450C 12/18 at mid"),
        (CARD, "make it 12/24", "buy 10 SPY 450C 12/24 @ 2.50"),
        ("buy 10 calls for SPY at strike 450 expiring next month", "make it 5", None),
        ("buy 100 MSFT @ 410", "50 shares", "buy 50 MSFT @ 410"),
        ("buy 100 MSFT @ 410", "make it 150", "buy 150 MSFT @ 410"),
        ("buy SPY 450C 12/18", "make it 5", "buy 5 SPY 450C 12/18"),
        (
            "sell 1 SPY iron condor 430/435/465/470 Dec 18",
            "make it 3",
            "sell 3 SPY iron condor 430/435/465/470 Dec 18",
        ),
        ("preview buy 10 SPY 450C 12/18", "make it 5", "preview buy 5 SPY 450C 12/18"),
    ],
)
def test_a_change_of_a_whole_line_changes_that_part_and_nothing_else(answering: str, text: str, line: str | None):
    made = completed(answering, text)
    if line is not None:
        assert made == line
    before, after = parse(answering, as_of=AS_OF), parse(made, as_of=AS_OF)
    assert after != before


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("make it 200", "ambiguous"),  # 200 contracts, or the strike 200
        ("5", "ambiguous"),
        ("make it so", "not_a_command"),
        ("make it happen", "not_a_command"),
        ("make it sell", "syntax"),
        ("make it 0", "syntax"),
        ("make it 5 or 6", "syntax"),
        ("make it 5 6", "syntax"),
        ("make it 1,000", "ambiguous"),
        ("make it 5\u200b", "syntax"),
        ("make it \uff15", "not_a_command"),
        ("5 apples", "not_a_command"),
    ],
)
def test_what_says_no_one_thing_changes_nothing(text: str, code: str):
    assert completed(CARD, text) == code


def test_a_number_that_can_be_a_size_or_a_strike_offers_both_lines():
    with pytest.raises(NotUnderstood) as no:
        complete("make it 200", answering=CARD, as_of=AS_OF)
    assert no.value.suggestions == ("buy 200 SPY 450C 12/18 @ 2.50", "buy 10 SPY 200C 12/18 @ 2.50")


@settings(deadline=None)
@given(st.integers(1, 99))
def test_make_it_a_number_says_how_many_and_no_more(number: int):
    made = parse(complete(f"make it {number}", answering=CARD, as_of=AS_OF).line, as_of=AS_OF)
    before = parse(CARD, as_of=AS_OF)
    assert isinstance(made, PlaceOrder)
    assert isinstance(before, PlaceOrder)
    (leg,) = made.legs
    assert evolve(made, legs=(evolve(leg, quantity=10),)) == before
    assert leg.quantity == number
