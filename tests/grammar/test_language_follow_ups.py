"""
An answer to a whole order: "make it 5", "same but 455", "again", "double it", "close it", "roll it to next month".

    the table        a fragment and what it answers, with the line and what is new of it in brackets
    the properties   test_language_follow_ups_change_what_they_name.py
"""

from datetime import datetime
from decimal import Decimal

import pytest
from chat_that_is_no_answer import TALK

from tastyflow.domain.commands import CompletedLine, PlaceOrder
from tastyflow.domain.expirations import NEW_YORK
from tastyflow.errors import NotUnderstood
from tastyflow_grammar import complete, parse
from tastyflow_grammar.reading.changes import _AROUND, is_said_as_change
from tastyflow_grammar.reading.follow_ups import _OPENERS, Refers
from tastyflow_grammar.refusing.references import NO_ORDER_TO_CHANGE, NOTHING_BEFORE
from tastyflow_grammar.vocabulary import REFERRING

AS_OF = datetime(2026, 11, 20, 10, tzinfo=NEW_YORK)

SINGLE = "buy 10 SPY 450C 12/18 @ 2.50"
SHORT = "STO 10 SPY 450P 12/18 @ 2.50"
VERTICAL = "sell 4 QQQ 400/410 call vertical 1/15 1.05 cr"
CONDOR = "sell 2 SPY 430/435/465/470 iron condor Dec 18 @ 1.20"
STRADDLE = "sell 2 TSLA straddle 250 Dec 18 at 18.40"
CALENDAR = "calendar buy 1 SPY 450c Dec 18 / Jan 15 @ 2.10"
LEGS = "BTO 1 SPY 450C 12/18, STO 2 SPY 460C 12/18 @ 3.10 debit"
SHARES = "buy 100 MSFT @ 410"
CLOSE = "STC half SPY 450C 12/18"
STOPPED = "STC 4 SPY 450C 12/18 stop 2.00 limit 1.90 gtc"
PREVIEW = "preview buy 10 calls for SPY at strike 450 expiring next month"
SYMBOL = "buy 10 SPY   261218C00450000"
AT_WORK = "replace 3f2a11"
ROLLED = "STC 10 SPY 450C 12/18, BTO 10 SPY 450C 1/15 @ natural"


def marked(made: CompletedLine) -> str:
    """The line with what is new of it in brackets."""
    return "".join(f"[{words}]" if is_new else words for words, is_new in made.pieces())


def told(answering: str, text: str, as_of: datetime = AS_OF) -> str:
    """The marked line; the code, where there is none."""
    try:
        return marked(complete(text, answering=answering, as_of=as_of))
    except NotUnderstood as no:
        return no.code


# ---- the table


@pytest.mark.parametrize(
    ("answering", "text", "line"),
    [
        # another part of the same order
        (SINGLE, "@ 1.25", "buy 10 SPY 450C 12/18 @ [1.25]"),
        (SINGLE, "mid", "buy 10 SPY 450C 12/18 [mid]"),
        (SINGLE, "make it 1.25", "buy 10 SPY 450C 12/18 @ [1.25]"),
        (SINGLE, "try 1.30", "buy 10 SPY 450C 12/18 @ [1.30]"),
        (SINGLE, "make it 5", "buy [5] SPY 450C 12/18 @ 2.50"),
        (SINGLE, "make that 5", "buy [5] SPY 450C 12/18 @ 2.50"),
        (SINGLE, "5 instead", "buy [5] SPY 450C 12/18 @ 2.50"),
        (SINGLE, "no, make it 5 contracts please", "buy [5] SPY 450C 12/18 @ 2.50"),
        (SINGLE, "12/24", "buy 10 SPY 450C [12/24] @ 2.50"),
        (SINGLE, "455c", "buy 10 SPY [455]C 12/18 @ 2.50"),
        (SINGLE, "make it 455", "buy 10 SPY [455]C 12/18 @ 2.50"),
        (SINGLE, "make it 452.5", "buy 10 SPY [452.5]C 12/18 @ 2.50"),
        (SINGLE, "puts", "buy 10 SPY 450[P] 12/18 @ 2.50"),
        (SINGLE, "make it a put", "buy 10 SPY 450[P] 12/18 @ 2.50"),
        (SINGLE, "gtc", "buy 10 SPY 450C 12/18 @ 2.50 [gtc]"),
        (SINGLE, "$QQQ instead", "buy 10 [QQQ] 450C 12/18 @ 2.50"),
        (SINGLE, "455p 1/15 @ 3", "buy 10 SPY [455p 1/15 @ 3]"),
        (VERTICAL, "@ 1.25", "sell 4 QQQ 400/410 call vertical 1/15 [1.25] cr"),
        (VERTICAL, "make it 5", "sell [5] QQQ 400/410 call vertical 1/15 1.05 cr"),
        (VERTICAL, "405/415", "sell 4 QQQ [405/415] call vertical 1/15 1.05 cr"),
        (VERTICAL, "mid", "sell 4 QQQ 400/410 call vertical Fri Jan 15 2027 @ [mid] credit day"),
        (CONDOR, "make it 1.25", "sell 2 SPY 430/435/465/470 iron condor Dec 18 @ [1.25]"),
        (CONDOR, "12/24", "sell 2 SPY 430/435/465/470 iron condor [12/24] @ 1.20"),
        (STRADDLE, "make it 260", "sell 2 TSLA straddle [260] Dec 18 at 18.40"),
        (CALENDAR, "puts", "calendar buy 1 SPY 450[p] Dec 18 / Jan 15 @ 2.10"),
        (LEGS, "puts", "BTO 1 SPY 450[P] 12/18, STO 2 SPY 460[P] 12/18 @ 3.10 debit"),
        (SHARES, "make it 50", "buy [50] MSFT @ 410"),
        (SHARES, "@ 405.50", "buy 100 MSFT @ [405.50]"),
        (CLOSE, "make it 5", "STC [5] SPY 450C 12/18"),
        (CLOSE, "@ 3.10", "STC half SPY 450C 12/18 [@ 3.10]"),
        (STOPPED, "stop 2.10 limit 2.00", "STC 4 SPY 450C 12/18 [stop 2.10 limit 2.00] gtc"),
        (PREVIEW, "make it 5", "preview buy [5] calls for SPY at strike 450 expiring next month"),
        (PREVIEW, "455c", "preview buy 10 calls for SPY at strike [455] expiring next month"),
        (SYMBOL, "455c", "buy 10 SPY [455] call Fri Dec 18 2026 day"),
        # an order like it
        (SINGLE, "same but 455", "buy 10 SPY [455]C 12/18 @ 2.50"),
        (SINGLE, "same but puts", "buy 10 SPY 450[P] 12/18 @ 2.50"),
        (SINGLE, "same thing but jan 15", "buy 10 SPY 450C [jan 15] @ 2.50"),
        (SINGLE, "same for QQQ", "buy 10 [QQQ] 450C 12/18 @ 2.50"),
        (SINGLE, "again in tsla", "buy 10 [TSLA] 450C 12/18 @ 2.50"),
        (SINGLE, "same at 1.25", "buy 10 SPY 450C 12/18 @ [1.25]"),
        (SINGLE, "same @ 1.25 gtc", "buy 10 SPY 450C 12/18 [@ 1.25 gtc]"),
        (SINGLE, "again", "buy 10 SPY 450C 12/18 @ 2.50"),
        (SINGLE, "Same again!", "buy 10 SPY 450C 12/18 @ 2.50"),
        (SINGLE, "double it", "buy [20] SPY 450C 12/18 @ 2.50"),
        (SINGLE, "half that", "buy [5] SPY 450C 12/18 @ 2.50"),
        (SINGLE, "triple it", "buy [30] SPY 450C 12/18 @ 2.50"),
        (VERTICAL, "again", "sell 4 QQQ 400/410 call vertical 1/15 1.05 cr"),
        (CONDOR, "double it", "sell [4] SPY 430/435/465/470 iron condor Dec 18 @ 1.20"),
        (SHARES, "half the size", "buy [50] MSFT @ 410"),
        (SHARES, "same for AAPL", "buy 100 [AAPL] @ 410"),
        (PREVIEW, "double it", "preview buy [20] calls for SPY at strike 450 expiring next month"),
        ("buy SPY 450C 12/18", "double it", "buy [2] SPY 450C 12/18"),
        # its opposite
        (SINGLE, "close it", "[sell to close] 10 SPY 450 call Fri Dec 18 2026 day"),
        (SINGLE, "sell it", "[sell to close] 10 SPY 450 call Fri Dec 18 2026 day"),
        (SINGLE, "close it @ 3.10", "[sell to close] 10 SPY 450 call Fri Dec 18 2026 day [@ 3.10]"),
        (SINGLE, "sell half of it", "[sell to close half] SPY 450 call Fri Dec 18 2026 day"),
        (SHORT, "close it", "[buy] to [close] 10 SPY 450 put Fri Dec 18 2026 day"),
        (SHORT, "buy it back", "[buy] to [close] 10 SPY 450 put Fri Dec 18 2026 day"),
        (VERTICAL, "close it", "[buy to close] 4 QQQ 400/410 call vertical Fri Jan 15 2027 day"),
        (CONDOR, "get out of it", "[buy to close] 2 SPY 430/435/465/470 iron condor Fri Dec 18 2026 day"),
        (SHARES, "close it", "[sell to close] 100 MSFT shares day"),
        # later
        (
            SINGLE,
            "roll it to 1/15",
            "[sell to close] 10 SPY 450 call Fri Dec 18 2026, [buy to open 10 SPY 450 call Fri Jan 15 2027 @ natural]",
        ),
        (
            SHORT,
            "roll it out to jan",
            "[buy] to [close] 10 SPY 450 put Fri Dec 18 2026, [sell to open 10 SPY 450 put Fri Jan 15 2027 @ natural]",
        ),
        ("buy 10 SPY 450C 11/27", "roll it to next month", None),
        (ROLLED, "close it", None),
        (ROLLED, "roll it to feb", None),
        # taken back
        (SINGLE, "cancel it", "[cancel last]"),
        (CONDOR, "cancel it", "[cancel last]"),
        # an order at work
        (AT_WORK, "make it 1.25", "replace 3f2a11 [@ 1.25]"),
        (AT_WORK, "@ 1.25 gtc", "replace 3f2a11 [@ 1.25 gtc]"),
        (AT_WORK, "gtc", "replace 3f2a11 [gtc]"),
        (AT_WORK, "mid", "replace 3f2a11 [mid]"),
        (AT_WORK, "make it 5", "replace 3f2a11 [x5]"),
    ],
)
def test_a_fragment_makes_a_whole_line_and_what_is_new_is_marked(answering: str, text: str, line: str | None):
    made = complete(text, answering=answering, as_of=AS_OF)
    assert line is None or marked(made) == line
    assert parse(made.line, as_of=AS_OF)


@pytest.mark.parametrize(
    ("answering", "text", "code", "said"),
    [
        (SINGLE, "5", "ambiguous", "What is 5?"),
        (SINGLE, "make it 200", "ambiguous", "two ways"),  # 200 contracts, or the strike 200
        (SINGLE, "same for 5", "ambiguous", "two ways"),  # 5 contracts, or $5
        (SINGLE, "make it sell", "syntax", "Type the whole line"),
        (SINGLE, "buy it back", "syntax", "'close it'"),
        (SINGLE, "roll it", "missing_expiration", "To which expiration?"),
        (SINGLE, "roll it to the moon", "bad_date", "is no expiration"),
        (SINGLE, "roll it to 455", "bad_date", "is no expiration"),
        (SINGLE, "roll it to 12/18", "bad_date", "already. Name a later one"),
        (SINGLE, "roll it to 12/25", "bad_date", "is no expiration"),
        (SINGLE, "roll it to 45dte", "ambiguous", "paid or received"),  # which of the two is later?
        (VERTICAL, "puts", "conflict", "the price is paid"),  # the side of the price would turn round
        (VERTICAL, "make it 405", "syntax", "Which of its strikes?"),
        (VERTICAL, "405/410/415", "syntax", "Type the whole line"),
        (VERTICAL, "sell it", "syntax", "'close it'"),
        (VERTICAL, "roll it to feb", "syntax", "Several legs"),
        (CONDOR, "puts", "syntax", "Type the whole line"),
        (CONDOR, "455c", "syntax", "Which of its strikes?"),
        (CONDOR, "make it 1.25 debit", "conflict", "received"),
        (STRADDLE, "puts", "syntax", "Type the whole line"),
        (CALENDAR, "feb", "syntax", "Type the whole line"),
        (CALENDAR, "half that", "syntax", "No whole number"),
        (LEGS, "half that", "syntax", "No whole number"),
        (LEGS, "close it @ 3", "ambiguous", "paid or received"),
        (SHARES, "puts", "syntax", "Type the whole line"),
        (SHARES, "12/18", "syntax", "Type the whole line"),
        (SHARES, "roll it to jan", "syntax", "Shares do not expire"),
        (CLOSE, "close it", "syntax", "closes already"),
        (CLOSE, "roll it to 1/15", "syntax", "closes already"),
        (CLOSE, "double it", "syntax", "of what is held"),
        (STOPPED, "@ 1.25", "syntax", "It has a stop"),
        (STOPPED, "stop 2.10", "syntax", "Type the whole line"),  # its limit would be lost
        (STOPPED, "market", "syntax", "Type the whole line"),
        (SINGLE, "stop 2.10", "syntax", "Type the whole line"),
        (PREVIEW, "close it", "syntax", "only previewed"),
        (PREVIEW, "cancel it", "syntax", "only previewed"),
        (AT_WORK, "puts", "syntax", "the price, the stop and the time in force"),
        (AT_WORK, "12/24", "syntax", "the price, the stop and the time in force"),
        (AT_WORK, "same but 455", "syntax", "the price, the stop and the time in force"),
        ("cancel 7f3a", "again", "syntax", "There is no order to repeat"),
        ("good morning", "again", "syntax", "There is no order to repeat"),
        ("buy 10 SPY 450C", "again", "missing_expiration", "It is no order yet. Which expiration?"),
        ("buy 10 SPY 450C", "double it", "missing_expiration", "It is no order yet."),
    ],
)
def test_what_cannot_be_made_says_why_or_what_to_write(answering: str, text: str, code: str, said: str):
    with pytest.raises(NotUnderstood, match=said.replace("?", r"\?")) as no:
        complete(text, answering=answering, as_of=AS_OF)
    assert no.value.code == code
    assert no.value.span == (0, len(text))
    for words in no.value.suggestions:
        parse(words, as_of=AS_OF)


@pytest.mark.parametrize("text", TALK)
@pytest.mark.parametrize("answering", [SINGLE, VERTICAL, SHARES, AT_WORK, ""])
def test_talk_that_holds_such_words_is_no_answer(answering: str, text: str):
    assert told(answering, text) == "not_a_command"


@pytest.mark.parametrize(
    "answering",
    ["10 SPY 450C 12/18", "buy 10 450C 12/18", "buy SPY calls 12/18", "buy 10 SPY strike 450 12/18", "buy 10 SPY 450C",
     "buy 0 SPY 450C 12/18", "buy 10 SPY 450C 12/18 @ 0", "buy 10 SPY 0C 12/18", "buy 10 SPY 450C Feb 30",
     "buy 10 SPY 450C Nov 19 2026", "buy 10 SPY 450C 12/25", "buy 10 SPY 450C 12/18 market @ 2.50",
     "sell 100 AAPL trailing stop 3%", "buy 10 SPY 450", "buy 10 SPY 450C 12/18 makret"],
)  # fmt: skip
@pytest.mark.parametrize("text", ["again", "double it", "close it", "roll it to next month", "cancel it"])
def test_what_refers_to_an_order_finds_none_in_a_line_that_was_refused(answering: str, text: str):
    with pytest.raises(NotUnderstood) as no:
        complete(text, answering=answering, as_of=AS_OF)
    assert no.value.code != "not_a_command"
    assert no.value.message.startswith(("It is no order yet. ", "There is no order", "Which order?"))


# ---- without anything to answer


@pytest.mark.parametrize(
    ("text", "refers"),
    [
        ("again", Refers.REPEAT),
        ("double it", Refers.SCALE),
        ("close it", Refers.CLOSE),
        ("sell it", Refers.SELL),
        ("buy it back", Refers.BUY),
        ("roll it to next month", Refers.ROLL),
    ],
)
def test_without_an_order_before_it_the_error_says_what_to_write(text: str, refers: Refers):
    for how in (lambda: complete(text, answering="", as_of=AS_OF), lambda: parse(text, as_of=AS_OF)):
        with pytest.raises(NotUnderstood) as no:
            how()
        assert no.value.message == NOTHING_BEFORE[refers]


@pytest.mark.parametrize("text", ["make it 1.25", "same but 455", "5 instead", "same for QQQ", "make that 5"])
def test_without_an_order_before_it_a_change_says_what_to_write(text: str):
    for how in (lambda: complete(text, answering="", as_of=AS_OF), lambda: parse(text, as_of=AS_OF)):
        with pytest.raises(NotUnderstood) as no:
            how()
        assert no.value.message == NO_ORDER_TO_CHANGE


def test_the_words_that_may_refer_to_an_order_are_known_by_the_first_and_the_last_of_them():
    """Other lines are not looked at further: each opener of a phrase is one of them."""
    assert {word.upper() for word in _OPENERS | _AROUND} <= REFERRING
    assert is_said_as_change("no, ok, make it 5")


# ---- a number is what it is near to


@pytest.mark.parametrize(
    ("answering", "text", "line"),
    [
        ("buy 1 F 12C 12/18", "make it 2", "buy [2] F 12C 12/18"),
        ("buy 1 F 12C 12/18", "make it 13", "ambiguous"),  # 13 contracts, or the strike 13
        ("buy 1 F 12C 12/18", "make it .85", "buy 1 F 12C 12/18 [@ .85]"),
        ("buy 1 F 12C 12/18", "make it 12.5", "buy 1 F [12.5]C 12/18"),
        ("buy 1 F 12C 12/18", "make it 7.5", "ambiguous"),  # $7.50, or the strike 7.5
        ("buy 1 SPY 450C 12/18", "make it 100", "buy [100] SPY 450C 12/18"),
        ("buy 1 SPY 450C 12/18", "make it 1000", "ambiguous"),
        ("buy 1 SPY 450C 12/18", "make it 900", "buy 1 SPY [900]C 12/18"),
        ("buy 500 SPY 450C 12/18", "make it 450", "ambiguous"),
        ("buy 1 SPY 450C 12/18 @ 400.00", "make it 402.5", "ambiguous"),
        ("buy 1 SPY 450C 12/18 @ 4", "make it 5", "ambiguous"),  # 5 contracts, or $5
        ("buy 1 SPY 450C 12/18 @ 4", "make it 20", "buy [20] SPY 450C 12/18 @ 4"),
        ("buy 100 MSFT @ 410", "make it 405", "ambiguous"),  # 405 shares, or $405
        ("buy 100 MSFT @ 410", "same but 405", "ambiguous"),
        ("buy 100 MSFT @ 410", "make it 150", "buy [150] MSFT @ 410"),
        ("buy 100 MSFT @ 410", "make it $405", "buy 100 MSFT @ [405]"),
    ],
)
def test_a_number_is_what_it_is_near_to(answering: str, text: str, line: str):
    assert told(answering, text) == line


@pytest.mark.parametrize(
    ("answering", "text"),
    [
        (SINGLE, "50 shares"),
        (SINGLE, "make it 50 shares"),
        (SHARES, "5 contracts"),
        (SHARES, "same but 5 lots"),
    ],
)
def test_shares_are_not_counted_in_contracts_nor_contracts_in_shares(answering: str, text: str):
    assert told(answering, text) == "syntax"


@pytest.mark.parametrize("answering", [CLOSE, "close SPY 450C 12/18 @ 2.50", "STC half SPY 450C 12/18"])
@pytest.mark.parametrize("text", ["1/2", "1/3", "1/4"])
def test_a_fraction_may_be_a_part_of_what_is_held_where_the_order_closes(answering: str, text: str):
    assert told(answering, text) == "ambiguous"


def test_of_a_roll_the_later_leg_is_what_it_opened():
    closed = complete("close it", answering=ROLLED, as_of=AS_OF)
    assert closed.line == "sell to close 10 SPY 450 call Fri Jan 15 2027 day"
    rolled = complete("roll it to feb", answering=ROLLED, as_of=AS_OF)
    assert rolled.line.startswith(
        "sell to close 10 SPY 450 call Fri Jan 15 2027, buy to open 10 SPY 450 call Fri Feb 19"
    )


def test_what_the_order_says_already_is_said_and_nothing_is_new():
    assert told(SINGLE, "make it 10") == SINGLE
    assert told(SINGLE, "calls") == SINGLE


def test_a_price_in_figures_keeps_how_it_was_typed():
    assert complete("make it 1.30", answering=SINGLE, as_of=AS_OF).line.endswith("@ 1.30")
    new = parse(complete("make it 1.30", answering=SINGLE, as_of=AS_OF).line, as_of=AS_OF)
    assert isinstance(new, PlaceOrder)
    assert new.price == Decimal("1.30")
