"""The language says what a line asks for, when it is read and when it is filled; what it refuses, the rule refuses."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.domain.commands import AskedAction, PlaceOrder
from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.model_order import OrderPart
from tastyflow.errors import Refused
from tastyflow_adapters.language import Grammar
from tastyflow_adapters.signals.rules import order_line
from tests.signals.rules.rules_kit import ALERT, NOW, read, rule_of, with_line

FIVES = tuple(Decimal(strike) for strike in range(5, 8000, 5))
LISTED = dict.fromkeys([date(2026, 11, 30), date(2026, 12, 4), date(2026, 12, 18)], FIVES)
STRIKE, PRICE, STOP, QUANTITY = OrderPart


def seats(line):
    model = rule_of(with_line(line, text=ALERT)).action.model
    return [(seat.part, seat.legs) for seat in model.numbers], list(model.days)


@pytest.mark.parametrize(
    ("line", "numbers", "days"),
    [
        ("buy 1 SPX {spot} call {expiration 0..7 dte}", [(STRIKE, (0,))], [(0,)]),
        ("buy 1 SPX {spot to 5}c Jan 15 @ {level}", [(STRIKE, (0,)), (PRICE, ())], []),
        ("buy {contracts at most 3} SPX {spot}c {expiration 0..7 dte}", [(QUANTITY, (0,)), (STRIKE, (0,))], [(0,)]),
        ("sell 1 SPX {put_wall}/{put_wall-5} put vertical friday", [(STRIKE, (0,)), (STRIKE, (1,))], []),
        ("sell 1 SPX straddle {spot to 5} {expiration 0..0 dte} @ mid", [(STRIKE, (0, 1))], [(0, 1)]),
        ("buy 100 SPY @ {spot*0.99}", [(PRICE, ())], []),
        ("buy {contracts at most 200} SPY @ 400", [(QUANTITY, (0,))], []),
        ("buy 1 SPY {spot}c Jan 15 stop {level} limit {level+0.1}", [(STRIKE, (0,)), (STOP, ()), (PRICE, ())], []),
        (
            "calendar buy 1 SPY {spot}c {expiration 0..7 dte} / {expiration 20..40 dte} @ 2.10",
            [(STRIKE, (0, 1))],
            [(0,), (1,)],
        ),
        (
            "sell 2 SPY {put_wall-5}/{put_wall}/{call_wall}/{call_wall+5} iron condor {expiration 0..7 dte} @ mid",
            [(STRIKE, (0,)), (STRIKE, (1,)), (STRIKE, (2,)), (STRIKE, (3,))],
            [(0, 1, 2, 3)],
        ),
    ],
)  # fmt: skip
def test_the_language_says_what_each_place_is(line, numbers, days):
    assert seats(line) == (numbers, days)


REFUSED = {
    "cancel all": "is no order but another command",
    "cancel last": "is no order but another command",
    "replace 3f2 to {level}": "is no order but another command",
    "halt": "is no order but another command",
    "resume": "is no order but another command",
    "approve 3f2a": "is no order but another command",
    "reject 3f2a": "is no order but another command",
    "positions": "is no order but another command",
    "close SPX": "is no order but another command",
    "flatten all": "is no order but another command",
    "preview buy 1 SPX {spot} call {expiration 0..7 dte}": "is no order but another command",
    "hello {spot}": "That is not a command",
    "buy 1 SPX {spot} cal {expiration 0..7 dte}": "Did you mean 'call' or 'calls'?",
    "buy 1 SPX {spot} call": "Which expiration?",
    "buy 1 SPX {spot} call Jan 15 2020": "The language refuses",
    "sell 1 SPX {put_wall-15}/{put_wall-10} put vertical {expiration 0..7 dte}": "Turn the strikes round",
    "buy 1 SPX {spot} call, sell 1 SPY 450 call {expiration 0..7 dte}": "are on one underlying",
    "buy {contracts} SPX {spot} call {expiration 0..7 dte}": "{contracts} is a quantity without a bound",
    "buy {contracts} SPY @ 400": "{contracts} is a quantity without a bound",
    "buy {spot} SPY @ 400": "{spot} is a quantity without a bound",
    "buy {contracts at most 3}00 SPY @ 400": "put a blank between",
    "buy 1{contracts at most 3} SPY @ 400": "put a blank between",
    "buy {contracts at most 3}{level} SPY @ 400": "put a blank between",
    "buy {contracts at most 3},000 SPY @ 400": "put a blank between",
    "buy 1,{contracts at most 3} SPY @ 400": "put a blank between",
    "buy 1 SPY @ 4.{contracts to 1}": "put a blank between",
    "buy 1 SPY @ .{contracts to 1}": "put a blank between",
    "buy 1 SPY @ {contracts to 1}.5": "put a blank between",
    "buy 1 SPX {spot at most 5} call {expiration 0..7 dte}": "'at most' is for a quantity",
    "buy 1 SPX 6000 call Dec {level}": "does not stand where a strike",
    "buy 1 SPX 6000 call {level} dte": "does not stand where a strike",
    "buy 1 SPX {level} {contracts} call {expiration 0..7 dte}": "The language refuses",
    "buy 1 {symbol} {spo} call {expiration 0..7 dte}": "names 'spo', which is no figure. Did you mean spot?",
    "buy 1 {symbol} {spot call {expiration 0..7 dte}": "A brace is open",
    "buy 1 SPX {spot-9000} call {expiration 0..7 dte}": "No plausible figures fill the line",
    "buy 1 SPX {spot/(flip-flip)} call {expiration 0..7 dte}": "No plausible figures fill the line",
    "buy 1 SPX {spot} call {expiration 2..2 dte mon}": "No trading day is in {expiration 2..2 dte mon}",
    "buy {expiration 0..7 dte} SPY @ 400": "The language refuses",
    "buy 1 SPX 6000 call Jan 15 gtd {expiration 0..7 dte}": "is not the expiration of the order",
}


@pytest.mark.parametrize(("line", "said"), REFUSED.items(), ids=str)
def test_what_the_language_refuses_the_rule_refuses(line, said):
    rule, wrong = read(with_line(line, text=ALERT))
    assert rule is None
    assert len(wrong) == 1
    assert wrong[0].startswith("flip.toml, line 9: action.line ")
    assert said in wrong[0]


def test_a_line_is_refused_once_its_own_day_is_past():
    text = with_line("buy 1 SPX {spot} call 12/18/26")
    assert rule_of(text)
    rule, wrong = read(text, now=datetime(2026, 12, 19, 10, tzinfo=NEW_YORK))
    assert rule is None
    assert "expired" in wrong[0].lower() or "past" in wrong[0].lower(), wrong


@pytest.mark.parametrize("hour", [0, 8, 12, 17, 23])
@pytest.mark.parametrize("day", [date(2026, 11, 27), date(2026, 11, 28), date(2026, 12, 25), date(2026, 12, 31)])
def test_a_rule_is_read_at_any_hour_of_any_day(day, hour):
    now = datetime(day.year, day.month, day.day, hour, tzinfo=NEW_YORK)
    assert rule_of(now=now)
    assert rule_of(with_line("buy 1 SPX {spot} call {expiration 0..0 dte}"), now=now)
    assert rule_of(with_line("buy 1 SPX {spot} call {expiration 0..7 dte monthly}"), now=now)


# ── filled ───────────────────────────────────────────────────────────────────────────────────────────────────────


def line_of(rule, *, language=None, now=NOW, **values):
    figures = Figures(rule.symbol, now, {name: float(value) for name, value in values.items()})
    return order_line(rule, figures, listed=LISTED, language=language or Grammar(), now=now)


def test_a_line_is_filled_and_read():
    line = line_of(rule_of(), put_wall=5903.2)
    assert line == "sell 1 SPX 5895/5890 put vertical 2026-11-30 @ natural"


def test_a_line_on_another_underlying_is_filled_from_what_is_listed_there():
    rule = rule_of(with_line("buy 1 SPY {spot/10} call {expiration 0..7 dte}"))
    assert (rule.symbol, rule.action.underlying) == ("SPX", "SPY")


class Misreading:
    """A language that reads the line, and then something else in it."""

    def __init__(self, change):
        self._change = change

    def parse(self, text, *, as_of):
        return self._change(Grammar().parse(text, as_of=as_of))


def leg_changed(**changes):
    def change(order):
        return evolve(order, legs=(evolve(order.legs[0], **changes), *order.legs[1:]))

    return change


def option_changed(**changes):
    def change(order):
        leg = order.legs[0]
        return evolve(order, legs=(evolve(leg, instrument=evolve(leg.instrument, **changes)), *order.legs[1:]))

    return change


@pytest.mark.parametrize(
    "change",
    [
        leg_changed(quantity=10),
        leg_changed(action=AskedAction.BUY),
        option_changed(strike=Decimal(6000)),
        option_changed(expiration=date(2026, 12, 18)),
        option_changed(underlying="SPY"),
        lambda order: evolve(order, legs=order.legs[:1]),
        lambda order: evolve(order, price=Decimal("5.00")),
        lambda order: evolve(order, price="mid"),
        lambda order: None,
    ],
)
def test_a_filled_line_that_is_read_as_another_order_is_refused(change):
    with pytest.raises(Refused) as no:
        line_of(rule_of(), language=Misreading(change), put_wall=5900)
    assert no.value.code == "not_filled"


def test_a_filled_line_that_the_language_refuses_is_refused():
    rule = rule_of(with_line("sell 1 {symbol} {put_wall}/{flip} put vertical {expiration 0..7 dte} @ natural"))
    assert line_of(rule, put_wall=5900, flip=5890)
    for flip in (5900, 5910):
        with pytest.raises(Refused) as no:
            line_of(rule, put_wall=5900, flip=flip)
        assert no.value.code == "not_filled"


def test_days_in_words_move_on_with_the_calendar():
    rule = rule_of(with_line("buy 1 SPX {spot to 5} call next friday"))
    later = datetime(2026, 12, 15, 10, tzinfo=NEW_YORK)
    assert line_of(rule, spot=6000, now=later) == "buy 1 SPX 6000 call next friday"


def test_a_rule_that_was_not_read_by_the_language_fills_nothing():
    rule = rule_of()
    unread = evolve(rule, action=evolve(rule.action, model=None))
    with pytest.raises(Refused):
        line_of(unread, put_wall=5900)


values = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True),
    st.floats(0.01, 8000),
    st.integers(-5, 8000),
    st.sampled_from([1.0, 3.0, 12.0, 18.0, 12.18, 2026.0, 26.0, 0.5, 1e15]),
)
LINES = [
    "sell 1 {symbol} {put_wall-10}/{put_wall-15} put vertical {expiration 0..7 dte} @ natural",
    "buy {contracts at most 2} {symbol} {level}c {expiration 0..7 dte} @ {price}",
    "buy {contracts at most 2} {symbol} {level to 1} call friday stop {price} limit {price+0.1}",
    "sell 1 {symbol} {put_wall}/{level} strangle {expiration 0..20 dte monthly} @ mid",
    "buy {contracts at most 100} {symbol} @ {price}",
    "BTO 1 {symbol} {level to 0.5}C next friday, STO 1 {symbol} {level+10 to 0.5}C next friday @ {price} debit",
]
RULES = [rule_of(with_line(line, text=ALERT.replace('"contracts"', '"contracts", "price"'))) for line in LINES]


@settings(max_examples=300)
@given(st.sampled_from(RULES), values, values, values, values)
def test_whatever_the_figures_the_order_is_the_authors_or_none(rule, put_wall, level, contracts, price):
    figures = Figures(rule.symbol, NOW, {"put_wall": put_wall, "level": level, "contracts": contracts, "price": price})
    line = filled_or_none(rule, figures)
    if line is None:
        return
    order = Grammar().parse(line, as_of=NOW)
    model = rule.action.model.order
    assert isinstance(order, PlaceOrder)
    sized = any(seat.part is QUANTITY for seat in rule.action.model.numbers)
    most = max((place.most or 1) for place in rule.action.number_places) if sized else 1
    assert [leg.action for leg in order.legs] == [leg.action for leg in model.legs]
    assert all(1 <= leg.count <= most for leg in order.legs)
    assert {leg.instrument.underlying for leg in order.legs} == {"SPY"}
    assert (order.strategy, order.order_type, order.price_effect) == (
        model.strategy, model.order_type, model.price_effect,
    )  # fmt: skip
    assert order.price == model.price or isinstance(model.price, Decimal)


def filled_or_none(rule, figures):
    try:
        return order_line(rule, figures, listed=LISTED, language=Grammar(), now=NOW)
    except Refused as no:
        assert no.code in ("not_filled", "figure_missing", "no_expiration")  # noqa: PT017
        return None
