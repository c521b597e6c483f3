"""How many, in every form and every place: it is the same number, or the same part of what is held."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.commands import AskedLeg, HeldPart, PlaceOrder
from tastyflow.domain.expirations import NEW_YORK
from tastyflow.errors import NotUnderstood
from tastyflow_grammar import parse

AS_OF = datetime(2026, 11, 19, 10, tzinfo=NEW_YORK)
BEFORE = [
    "{0}",
    "{0}x",
    "{0} x",
    "x{0}",
    "{0} lots",
    "{0} lots of",
    "{0} cars",
    "{0} ct",
    "{0} cons",
    "{0} contracts of",
    "{0} more",
    "qty {0}",
]
BEHIND = [
    "x{0}",
    "{0}x",
    "x {0}",
    "{0} x",
    "{0} lots",
    "{0} cars",
    "{0} ct",
    "{0} contracts",
    "qty {0}",
    "qty: {0}",
    "quantity {0}",
]
SYMBOLS = ["SPY", "ON", "F", "C", "X", "K", "CARS", "CT", "LOT", "CON", "GRAB", "ALL", "BRK.B", "GM"]
PARTS = {
    HeldPart.ALL: ["", "all", "all of my", "everything", "100% of my"],
    HeldPart.HALF: ["half", "half of my", "a half of", "1/2", "1/2 of my", "50%", "50% of my"],
    HeldPart.THIRD: ["1/3", "1/3 of my", "a third of my", "one third of"],
    HeldPart.QUARTER: ["1/4", "1/4 of my", "25%", "25% of my", "a quarter of my"],
}
CLOSING = ["close", "close out", "exit", "get out of", "STC", "BTC", "buy to cover", "cover", "sell to close"]
OPENING = ["buy", "BTO", "STO", "long", "short", "sell short", "get", "grab", "purchase", "write"]
places = st.sampled_from([(form, "") for form in BEFORE] + [("", form) for form in BEHIND])
numbers = st.integers(1, 100_000)


def leg_of(text: str) -> AskedLeg:
    command = parse(" ".join(text.split()), as_of=AS_OF)
    assert isinstance(command, PlaceOrder)
    (leg,) = command.legs
    return leg


@given(numbers, places, st.booleans())
def test_a_number_is_the_same_in_every_form_and_place(number: int, place: tuple[str, str], is_grouped: bool):
    before, behind = (form.format(f"{number:,}" if is_grouped else number) for form in place)
    leg = leg_of(f"buy {before} SPY 450C 12/18 {behind}")
    assert (leg.quantity, leg.instrument.underlying) == (number, "SPY")


@given(numbers, st.sampled_from(BEFORE), st.sampled_from(SYMBOLS))
def test_a_ticker_that_counts_besides_is_the_ticker_with_its_dollar_sign(number: int, form: str, symbol: str):
    leg = leg_of(f"buy {form.format(number)} ${symbol} 45C 12/18")
    assert (leg.quantity, leg.instrument.underlying) == (number, symbol.replace(".", "/"))


@pytest.mark.parametrize("symbol", ["CARS", "CAR", "CT", "CTS", "CON", "X", "K"])
@pytest.mark.parametrize("rest", ["45C 12/18", "12/18 45C", "45 call Dec 18", "Dec 18 45C", "calls strike 45 12/18"])
def test_a_ticker_that_counts_besides_is_one_where_no_other_follows(symbol: str, rest: str):
    leg = leg_of(f"buy 10 {symbol} {rest}")
    assert (leg.quantity, leg.instrument.underlying) == (10, symbol)


@pytest.mark.parametrize("verb", CLOSING)
@pytest.mark.parametrize(("part", "form"), [(part, form) for part, forms in PARTS.items() for form in forms])
def test_a_part_is_the_same_behind_every_verb_that_closes(verb: str, part: HeldPart, form: str):
    assert leg_of(f"{verb} {form} SPY 450C 12/18").quantity is part
    last = form.removesuffix(" my").removesuffix(" of")
    assert leg_of(f"{verb} SPY 450C 12/18 @ 2.70 {last}").quantity is part


@pytest.mark.parametrize("verb", OPENING)
@pytest.mark.parametrize("form", [form for forms in PARTS.values() for form in forms if form])
def test_what_opens_takes_no_part(verb: str, form: str):
    with pytest.raises(NotUnderstood) as refused:
        leg_of(f"{verb} {form} SPY 450C 12/18")
    assert refused.value.code == "unsupported"
