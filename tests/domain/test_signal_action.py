"""The line of a rule: figures in braces become strikes, prices, sizes and days, or the order is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.signal_rule.action import template_of
from tastyflow.domain.signal_rule.arithmetic import computed, parsed
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.places import ExpirationPlace, PlaceKind, place_of
from tastyflow.errors import Invalid, Refused

NOW = datetime(2026, 11, 20, 10, 0, tzinfo=NEW_YORK).astimezone(UTC)
FRIDAY, MONDAY, TUESDAY = date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24)
MONTHLY = date(2026, 12, 18)
FIVES = [Decimal(strike) for strike in range(5000, 7005, 5)]
LISTED = dict.fromkeys([FRIDAY, MONDAY, TUESDAY, MONTHLY], FIVES)


def filled(text, *, listed=None, now=NOW, **values):
    figures = Figures("SPX", now, {name: float(value) for name, value in values.items()})
    chain = LISTED if listed is None else listed
    return template_of(text).filled(figures, symbol="SPX", listed=chain, now=now)


def test_a_line_is_filled():
    line = filled(
        "sell 1 {symbol} {put_wall-10}/{put_wall-15} put vertical {expiration 0..7 dte} @ natural", put_wall=5900
    )
    assert line.text == "sell 1 SPX 5890/5885 put vertical 2026-11-20 @ natural"
    assert (line.numbers, line.expirations) == ((Decimal(5890), Decimal(5885)), (FRIDAY,))


def refusal(make, text):
    """The code with which *make* refuses *text*; None where it does not."""
    try:
        make(text)
    except (Invalid, Refused) as no:
        return no.code
    return None


@pytest.mark.parametrize(
    ("formula", "result"),
    [
        ("put_wall-10", 5890),
        ("put_wall - 2*5", 5890),
        ("(put_wall + spot)/2", 5950),
        ("spot*0.5+.5", Decimal("3000.5")),
        ("-put_wall + 2*spot", 6100),
        ("spot/(put_wall-5899)", 6000),
        ("((spot))", 6000),
        ("2-1-1+spot", 6000),
        ("12/3/2*3000", 6000),
    ],
)
def test_a_formula_is_worked_out_as_at_school(formula, result):
    values = {"put_wall": Decimal(5900), "spot": Decimal(6000)}
    assert computed(parsed(formula), values.__getitem__) == result


operands = st.sampled_from(["spot", "flip", "2", "10.5", "0.25"])
formulas = st.recursive(
    operands,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(" ".join),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"-{text}" if text[0] != "-" else text),
    ),
    max_leaves=8,
)


@given(formulas)
def test_a_formula_is_what_python_makes_of_it(text):
    """Python's own arithmetic on Decimals is the second opinion."""
    values = {"spot": Decimal(6000), "flip": Decimal(5950)}
    try:
        formula = parsed(text)
    except Invalid:
        assume(False)
    numbers = {"2": "D('2')", "10.5": "D('10.5')", "0.25": "D('0.25')"}
    python = " ".join(
        numbers.get(each, each) for each in text.replace("(", " ( ").replace(")", " ) ").replace("-", " - ").split()
    )
    try:
        expected = eval(python, {"D": Decimal}, values)  # noqa: S307 - of our own making
    except ArithmeticError:
        with pytest.raises(ArithmeticError):
            computed(formula, values.__getitem__)
        return
    assert computed(formula, values.__getitem__) == pytest.approx(expected)


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "spot-", "*spot", "spot spot", "spot 5", "(spot", "spot)", "()", "spot**2", "spot//2", "spot%2",
        "spot^2", "__import__('os')", "spot.real", "spot[0]", "1e5x", "1_000", "0x10", "spot;spot", "spöt",
        "Spot", "spot\u00a0-5", "５", "spot−5", "nan+", "spot to 0", "spot to -5", "spot to", "spot at most 0",
        "spot at most 1001", "spot at most 2.5", "spot at most", "spot to 5 at most 3", "(" * 9 + "spot" + ")" * 9,
        "+".join(["spot"] * 30), "1234567890", "1.1234567", "-" * 12 + "spot",
        "expiration", "expiration 7..0 dte", "expiration 0..7", "expiration 0-7 dte", "expiration 0..9999 dte",
        "expiration 0..7 dte sat", "expiration 0..7 dte weekly", "expiration -1..7 dte", "expiration 0..7 dte MON",
    ],
)  # fmt: skip
def test_what_is_no_place_is_refused(text):
    with pytest.raises(Invalid) as no:
        template_of(f"buy 1 SPX {{{text}}} call").filled(Figures("SPX", NOW, {}), symbol="SPX", listed=LISTED, now=NOW)
    assert no.value.code == "bad_template"


@pytest.mark.parametrize(
    "text",
    ["", "  ", "buy {spot", "buy spot}", "buy {{spot}}", "buy {spo{t}}", "}{", "buy\n1 SPX", "kaufe 1 SPX für 5",
     "x" * 301, "buy \u200b1", "{spot}" * 13, "buy 1 \x00"],
)  # fmt: skip
def test_what_is_no_line_is_refused(text):
    with pytest.raises(Invalid) as no:
        template_of(text)
    assert no.value.code == "bad_template"


@given(st.text(max_size=80))
def test_whatever_is_written_is_a_line_or_is_refused(text):
    assert refusal(template_of, text) in (None, "bad_template")


@given(st.text("{}()+-*/.0123456789 abcdefghijklmnopqrstuvwxyz_", max_size=60))
def test_whatever_stands_in_braces_is_a_place_or_is_refused(text):
    assert refusal(place_of, text) in (None, "bad_template")


numbers = st.one_of(
    st.floats(allow_nan=True, allow_infinity=True), st.sampled_from([0.0, -0.0, 1e-300, 1e300, 5e-324, 99_999.9, 1e5])
)


@given(numbers, numbers, st.sampled_from(["{a-b}", "{a/b}", "{a*b}", "{a+b to 5}", "{a/b at most 3}", "{-a}"]))
def test_whatever_the_figures_are_the_number_is_a_plain_one_or_the_order_is_refused(a, b, place):
    code = refusal(lambda text: filled(text, a=a, b=b), f"buy 1 SPX {place} call")
    assert code in (None, "not_filled")
    if code is None:
        line = filled(f"buy 1 SPX {place} call", a=a, b=b)
        assert 0 < line.numbers[0] < 200_000
        assert line.text.split()[3].replace(".", "").isdigit()


def test_a_figure_that_is_missing_is_named():
    with pytest.raises(Refused, match="figure flip is not known") as no:
        filled("buy 1 SPX {flip} call", spot=6000)
    assert no.value.code == "figure_missing"


@pytest.mark.parametrize(
    ("strikes", "value", "becomes"),
    [
        ("5980 5985 5990 5995 6000 6005 6010", "5993.2", "5995"),
        ("5980 5985 5990 5995 6000 6005 6010", "5992.4", "5990"),
        ("5975 6000 6025 6050 6075", "6012.4", "6000"),
        ("5975 6000 6025 6050 6075", "6013", "6025"),
        ("10 10.5 11 11.5 12", "11.2", "11"),
        ("10 10.5 11 11.5 12", "11.3", "11.5"),
        ("7.5 10 12.5 15 17.5", "11.3", "12.5"),
        ("33.33 35.83 38.33 40.83", "36", "35.83"),
        ("5900 5905 5910 5925 5950", "6040", "6040"),  # beyond the listed ones: the desk says no
    ],
)
def test_a_strike_goes_to_the_step_of_those_that_are_listed_around_it(strikes, value, becomes):
    listed = {FRIDAY: [Decimal(each) for each in strikes.split()]}
    assert filled("buy 1 SPX {spot} call", listed=listed, spot=value).numbers == (Decimal(becomes),)


@given(st.integers(1, 50), st.decimals(100, 5000, places=2))
def test_a_rounded_strike_is_never_further_away_than_half_a_step(step, value):
    strikes = [Decimal(each) for each in range(step, 6000, step)]
    number = filled("buy 1 SPX {spot} call", listed={FRIDAY: strikes}, spot=value).numbers[0]
    assert abs(number - Decimal(repr(float(value)))) <= Decimal(step) / 2
    assert number % step == 0


@pytest.mark.parametrize("listed", [{}, {FRIDAY: []}, {FRIDAY: [Decimal(6000)]}])
def test_a_strike_is_not_made_up_where_none_is_listed(listed):
    with pytest.raises(Refused) as no:
        filled("buy 1 SPX {spot} call", listed=listed, spot=6000)
    assert no.value.code == "not_filled"


def test_to_a_multiple_needs_no_chain():
    assert filled("buy 1 SPX {spot to 25} call", listed={}, spot=6013).text == "buy 1 SPX 6025 call"
    assert filled("buy 1 SPX {spot to 2.5} call", listed={}, spot=6013).text == "buy 1 SPX 6012.5 call"


@pytest.mark.parametrize(("value", "becomes"), [(2.9, 2), (3, 3), (3.99, 3), (40, 3), (1, 1)])
def test_a_quantity_is_rounded_down_and_never_above_its_bound(value, becomes):
    assert filled("buy {contracts at most 3} SPX 6000 call", contracts=value).numbers == (Decimal(becomes),)


@pytest.mark.parametrize("value", [0, 0.99, -1, float("nan"), float("inf"), 1e9])
def test_no_quantity_is_made_of_what_is_none(value):
    with pytest.raises(Refused):
        filled("buy {contracts at most 3} SPX 6000 call", contracts=value)


@pytest.mark.parametrize(
    ("place", "chosen"),
    [
        ("expiration 0..7 dte", FRIDAY),
        ("expiration 1..7 dte", MONDAY),
        ("expiration 0..7 dte tue wed", TUESDAY),
        ("expiration 1..60 dte monthly", MONTHLY),
        ("expiration 3..3 dte", MONDAY),
    ],
)
def test_the_nearest_listed_expiration_of_a_range_is_taken(place, chosen):
    line = filled(f"buy 1 SPX 6000 call {{{place}}}")
    assert line.text.endswith(chosen.isoformat())


@pytest.mark.parametrize("place", ["expiration 5..20 dte", "expiration 0..7 dte wed", "expiration 2..9 dte monthly"])
def test_none_is_taken_that_is_not_listed_in_the_range(place):
    with pytest.raises(Refused) as no:
        filled(f"buy 1 SPX 6000 call {{{place}}}")
    assert no.value.code == "no_expiration"


def test_todays_expiration_is_not_taken_once_it_has_closed():
    closed = datetime(2026, 11, 20, 16, 0, tzinfo=NEW_YORK)
    half_day = datetime(2026, 11, 27, 13, 0, tzinfo=NEW_YORK)
    assert filled("buy 1 SPX 6000 call {expiration 0..7 dte}", now=closed).expirations == (MONDAY,)
    listed = {half_day.date(): FIVES, date(2026, 11, 30): FIVES}
    assert filled("x {expiration 0..7 dte}", listed=listed, now=half_day).expirations == (date(2026, 11, 30),)


def test_days_are_counted_in_new_york():
    late = datetime(2026, 11, 20, 23, 0, tzinfo=NEW_YORK).astimezone(UTC)  # the 21st by UTC
    assert filled("x {expiration 3..3 dte}", now=late).expirations == (MONDAY,)


def test_a_place_knows_what_it_is():
    template = template_of("buy {n at most 2} {symbol} {spot to 5} call {expiration 0..7 dte mon} @ {price}")
    kinds = [type(piece) for piece in template.pieces if not isinstance(piece, str)]
    assert [kind.__name__ for kind in kinds] == [
        "NumberPlace",
        "SymbolPlace",
        "NumberPlace",
        "ExpirationPlace",
        "NumberPlace",
    ]
    assert template.figures == {"n", "spot", "price"}
    assert template.kinds_by_words == (PlaceKind.STRIKE, PlaceKind.STRIKE, PlaceKind.PRICE)
    assert [place.weekdays for place in template.pieces if isinstance(place, ExpirationPlace)] == [frozenset({0})]
