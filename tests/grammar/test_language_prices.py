"""
Prices: every way to write one means the same, one that no order can have is asked about, one that is said is written.

Suggestions are held against the line that they stand for, by what both mean.
"""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.errors import NotUnderstood
from tastyflow_grammar import answer, complete, parse, render

AS_OF = datetime.fromisoformat("2026-11-19T10:00:00-05:00")
CALL, PUT = "buy 3 SPY 500C 12/18", "sell 3 SPY 500P 12/18"
VERTICAL = "sell 3 SPY 500/505 call vertical 12/18"
WAYS = ("@ {}", "@{}", "at {}", "for {}", "limit {}", "LMT {}", "@ ${}", "$ {}", "{}$", "@ {}$", "{} LMT", "{} dollars")
SIGNED_WAYS = {"credit": ("{}cr", "@ {}cr", "{} credit", "for {} credit", "credit {}", "for credit {}")}
STOPS = ("stop {}", "{} stop", "@ {} stop", "stop loss {}", "stop-loss {}", "stop loss at {}", "stp {}", "{} stp")
STOP_LIMITS = ("stop {} limit {}", "stop limit {} {}", "stop-limit {} {}", "stp lmt {} {}", "stop limit {} limit {}")
BEHIND = ("", " gtc", " good till Dec 4", " ioc")
cents = st.integers(1, 999).map(lambda number: f"{number / 100:.2f}")


def meaning(text: str) -> object:
    return parse(text, as_of=AS_OF)


def refused(text: str) -> NotUnderstood:
    with pytest.raises(NotUnderstood) as caught:
        parse(text, as_of=AS_OF)
    return caught.value


@given(cents, st.sampled_from(WAYS), st.sampled_from(BEHIND))
def test_every_way_to_write_a_price_means_that_price(price: str, way: str, behind: str):
    assert meaning(f"{CALL} {way.format(price)}{behind}") == meaning(f"{CALL} @ {price}{behind}")


@given(st.integers(1, 999), st.sampled_from(["for {} cents", "@ {} cents", "{} cents", "limit {} cents"]))
def test_cents_are_hundredths_of_a_dollar(number: int, way: str):
    assert meaning(f"{CALL} {way.format(number)}") == meaning(f"{CALL} @ {number / 100:.2f}")


@given(st.integers(1, 500), st.sampled_from(SIGNED_WAYS["credit"]), st.sampled_from(BEHIND))
def test_a_credit_may_stand_on_either_side_of_its_price(number: int, way: str, behind: str):
    price = f"{number / 100:.2f}"
    assert meaning(f"{VERTICAL} {way.format(price)}{behind}") == meaning(f"{VERTICAL} @ {price}{behind}")


@given(cents, st.sampled_from(STOPS), st.sampled_from(["sell", "STC", "close", "BTC"]), st.sampled_from(BEHIND))
def test_every_way_to_write_a_stop_of_what_closes_means_that_stop(price: str, way: str, verb: str, behind: str):
    line = f"{verb} 3 SPY 500C 12/18"
    assert meaning(f"{line} {way.format(price)}{behind}") == meaning(f"{line} stop {price}{behind}")


@given(cents, cents, st.sampled_from(STOP_LIMITS))
def test_of_a_stop_limit_the_trigger_stands_first(stop: str, limit: str, way: str):
    order = parse(f"STC 3 SPY 500C 12/18 {way.format(stop, limit)}", as_of=AS_OF)
    assert (order.stop, order.price) == (Decimal(stop), Decimal(limit))


@pytest.mark.parametrize("verb", ["BTO", "STO", "buy", "long", "short"])
@pytest.mark.parametrize("way", ["stop loss {}", "{} stop", "{} stop loss", "@ {} stop"])
def test_a_stop_loss_of_what_opens_is_a_bracket(verb: str, way: str):
    assert refused(f"{verb} 3 SPY 500C 12/18 {way.format('2.00')}").code == "unsupported"


@pytest.mark.parametrize("side", ["bid", "ask"])
@pytest.mark.parametrize("verb", ["buy", "BTO", "BTC", "sell", "STO", "STC"])
def test_natural_is_the_side_that_the_order_takes(verb: str, side: str):
    line, takes = f"{verb} 3 SPY 500C 12/18", "ask" if verb[0] in "bB" else "bid"
    if side == takes:
        assert meaning(f"{line} at the {side}") == meaning(f"{line} @ natural")
    else:
        assert [meaning(each) for each in refused(f"{line} at the {side}").suggestions] == [
            meaning(f"{line} @ {price}") for price in ("mid", "natural")
        ]


# ---- a price that no such order can have, or that may be dollars

WORTH = {
    VERTICAL: "5",
    "sell 1 SPX 6675/6700/6900/6925 iron condor 12/18": "25",
    "sell 1 SPX 6675/6700/6900/6950 iron condor 12/18": "50",
    "buy 1 SPY 640/650/660 call butterfly 12/18": "10",
    "buy 1 SPY 640/650/665 call butterfly 12/18": None,  # of unequal wings: paid or received?
    "sell 1 SPY 640/650/660 iron butterfly 12/18": "10",
    "buy 5 F 10p 12/18": "10",
    "BTO 1 SPY 450C 12/18, STO 1 SPY 460C 12/18": "10",
}


@pytest.mark.parametrize(("line", "most"), [(line, most) for line, most in WORTH.items() if most])
def test_a_price_may_be_all_that_the_order_is_worth_and_not_a_cent_more(line: str, most: str):
    assert parse(f"{line} @ {most}.00", as_of=AS_OF).price == Decimal(most)
    assert refused(f"{line} @ {most}.01").code == "ambiguous"
    assert refused(f"{line} @ {most}.01").suggestions == ()


@pytest.mark.parametrize("line", [line for line, most in WORTH.items() if most])
def test_dollars_for_one_are_offered_as_the_price_that_they_are(line: str):
    no = refused(f"{line} for $120")
    assert no.code == "ambiguous"
    assert [meaning(each) for each in no.suggestions][:1] == [meaning(f"{line} @ 1.20")]
    assert all(parse(each, as_of=AS_OF).price <= 120 for each in no.suggestions)


@pytest.mark.parametrize("way", ["for {}", "@ {}", "at {}", "${}", "{} dollars", "limit {}"])
def test_a_whole_number_that_is_large_beside_the_strike_is_the_price_or_dollars(way: str):
    line = "buy SPY 450 call 12/18"
    no = refused(f"{line} {way.format(250)}")
    assert [meaning(each) for each in no.suggestions] == [meaning(f"{line} @ {price}") for price in ("2.50", "250.00")]
    assert parse(f"{line} {way.format('250.00')}", as_of=AS_OF).price == 250


@given(st.integers(1, 6_000), st.sampled_from(["@ {}", "limit {}"]))
def test_as_a_screen_writes_it_a_price_up_to_a_tenth_of_the_strike_is_read(price: int, way: str):
    answered = answer(f"buy 1 SPX 6000c 12/18 {way.format(price)}", as_of=AS_OF)
    assert (answered["status"] == "ok") is (price <= 600)


@given(st.integers(1, 6_000))
def test_behind_for_a_hundred_may_be_dollars_at_any_strike(price: int):
    answered = answer(f"buy 1 SPX 6000c 12/18 for {price}", as_of=AS_OF)
    assert (answered["status"] == "ok") is (price < 100)


@given(st.integers(1, 6_000), st.sampled_from(["@ {}.00", "for {}.00", "stop {}.00", "stop {}.00 limit 1.00"]))
def test_a_price_with_its_cents_is_never_asked_about_and_comes_back_so(price: int, way: str):
    command = parse(f"STC 1 SPX 6000c 12/18 {way.format(price)}", as_of=AS_OF)
    assert parse(render(command), as_of=AS_OF) == command


# ---- said, and not written

SAID = {
    f"{CALL} @ 85c": f"{CALL} @ 0.85",
    f"{CALL} at a buck": f"{CALL} @ 1",
    f"{CALL} at a buck twenty": f"{CALL} @ 1.20",
    f"{CALL} at a buck five": f"{CALL} @ 1.05",
    f"{CALL} for two bucks": f"{CALL} @ 2",
    f"{CALL} for 2 bucks": f"{CALL} @ 2",
    f"{CALL} at two fifty": f"{CALL} @ 2.50",
    f"{CALL} two fifty": f"{CALL} @ 2.50",
    f"{CALL} at twelve fifty five": f"{CALL} @ 12.55",
    f"{CALL} for three oh five": f"{CALL} @ 3.05",
    f"{CALL} for eighty five cents": f"{CALL} @ 0.85",
    f"{CALL} for two dollars and fifty cents": f"{CALL} @ 2.50",
    f"{CALL} @ 2,50": f"{CALL} @ 2.50",
    f"{CALL} @ 2,5": f"{CALL} @ 2.50",
    f"{CALL} @ ,85": f"{CALL} @ 0.85",
    f"{CALL} @ 2.50-2.60": f"{CALL} @ 2.50",
    f"{CALL} between 2.50 and 2.60": f"{CALL} @ 2.50",
    f"{CALL} under 2.50": f"{CALL} @ 2.50",
    f"{CALL} for less than 2.50": f"{CALL} @ 2.50",
    "buy 100 AAPL under 190": "buy 100 AAPL @ 190",
    "buy 100 AAPL under one ninety": "buy 100 AAPL @ 190",
    "buy 100 AAPL at one ninety": "buy 100 AAPL @ 190",
    "buy 100 F at twelve fifty": "buy 100 F @ 12.50",
    "sell 100 AAPL over 190": "sell 100 AAPL @ 190",
    "STC 3 SPY 500C 12/18 stop two fifty": "STC 3 SPY 500C 12/18 stop 2.50",
    "buy 3 SPY 12/18 @ 85c": "buy 3 SPY 85C 12/18",
    "buy ten SPY four fifty calls dec 18": "buy 10 SPY 450C 12/18",
    "buy ten SPY four hundred calls dec 18": "buy 10 SPY 400C 12/18",
    "buy ten SPY four hundred and fifty calls dec 18": "buy 10 SPY 450C 12/18",
    "buy ten SPY four fifty calls dec 18 at two fifty": "buy 10 SPY 450C 12/18 @ 2.50",
    "buy ten SPY calls at four fifty dec 18": "buy 10 SPY 450C 12/18",
    "buy 2 SPY one eighty two fifty puts dec 18 at a buck": "buy 2 SPY 182.5P 12/18 @ 1",
    f"{VERTICAL} for a buck twenty credit": f"{VERTICAL} @ 1.20",
    "buy 10 calls SPY at 450 expiring 12/18": "buy 10 SPY 450C 12/18",
    "buy 10 AAPL calls at 200 12/18": "buy 10 AAPL 200C 12/18",
    "buy 5 SPY straddle @ 450 12/18": "buy 5 SPY 450 straddle 12/18",
}


@pytest.mark.parametrize(("said", "written"), list(SAID.items()))
def test_the_whole_line_in_figures_is_suggested_first(said: str, written: str):
    no = refused(said)
    assert no.code in ("bad_price", "bad_strike", "conflict", "missing_strike")
    assert meaning(no.suggestions[0]) == meaning(written)


@given(st.integers(1, 99), st.integers(10, 99))
def test_two_numbers_said_one_after_the_other_are_dollars_and_cents(dollars: int, after: int):
    first = refused(f"{CALL} at {in_words(dollars)} {in_words(after)}").suggestions[0]
    assert meaning(first) == meaning(f"{CALL} @ {dollars}.{after}")


@given(st.integers(1, 9), st.integers(10, 99))
def test_before_a_call_they_are_hundreds(hundreds: int, after: int):
    first = refused(f"buy ten SPY {in_words(hundreds)} {in_words(after)} calls dec 18").suggestions[0]
    assert meaning(first) == meaning(f"buy 10 SPY {hundreds}{after} calls dec 18")


@pytest.mark.parametrize(
    "talk",
    ["sell 100 AAPL under 190", "buy 100 AAPL above 190", f"{CALL} @ even", "buy 1 SPY 500C 12/18 @ €2.50"],
)
def test_where_no_such_order_is_meant_none_is_suggested(talk: str):
    assert refused(talk).suggestions == ()


# ---- answered

ANSWERED = [
    ("buy SPY 450 call 12/18 for 250", "2.50", "buy SPY 450 call 12/18 @ 2.50"),
    ("buy SPY 450 call 12/18 for 250", "250.00", "buy SPY 450 call 12/18 @ 250.00"),
    ("buy SPY 450 call 12/18 for 250", "@ 2.60 gtc", None),
    ("buy SPY 450 call 12/18 for 250", "@ 2.60", "buy SPY 450 call 12/18 @ 2.60"),
    (f"{VERTICAL} for $120", "1.20", f"{VERTICAL} @ 1.20"),
    ("STC 1 SPY 450C 12/18 stop 440", "4.40", "STC 1 SPY 450C 12/18 stop 4.40"),
    ("buy 10 calls SPY at 450 expiring 12/18", "450", "buy 10 calls SPY strike 450 expiring 12/18"),
    ("buy 10 calls SPY at 450 expiring 12/18", "strike 450", "buy 10 calls SPY strike 450 expiring 12/18"),
    (f"{CALL} at two fifty", "2.50", f"{CALL} @ 2.50"),
    (f"{CALL} two fifty", "mid", f"{CALL} @ mid"),
    (f"{CALL} @ 2,50", "2.50", f"{CALL} @ 2.50"),
    (f"{CALL} @ even", "mid", f"{CALL} @ mid"),
    ("buy ten SPY four fifty calls dec 18", "450", "buy ten SPY 450 calls dec 18"),
    (f"{CALL} @ 2.50", "85 cents", f"{CALL} @ 0.85"),
    (f"{CALL} @ 2.50", "mark", f"{CALL} @ mid"),
]


@pytest.mark.parametrize(("question", "reply", "made"), ANSWERED)
def test_a_question_about_a_price_is_answered_by_the_figure(question: str, reply: str, made: str | None):
    if made is None:
        with pytest.raises(NotUnderstood):
            complete(reply, answering=question, as_of=AS_OF)
    else:
        assert meaning(complete(reply, answering=question, as_of=AS_OF).line) == meaning(made)


def in_words(number: int) -> str:
    ones = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    small = [*ones.split(), "seventeen", "eighteen", "nineteen"]
    tens = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
    if number < 20:
        return small[number]
    return tens[number // 10] + (f" {small[number % 10]}" if number % 10 else "")
