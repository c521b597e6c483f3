"""
Who pays for which strategy, whatever name, side, order of strikes and effect a line has.

An order that is understood is held against what its legs are worth: no option is worth less than one that is further
out of the money. Legs that the market must pay for, at any price of the underlying, are a debit; the others a credit.
"""

from datetime import datetime
from decimal import Decimal
from itertools import permutations, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.commands import AskedAction, PlaceOrder
from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.instruments import Right
from tastyflow.domain.ticket import PriceEffect, Strategy
from tastyflow.errors import NotUnderstood
from tastyflow_grammar import parse, render

AS_OF = datetime(2026, 11, 19, 10, tzinfo=NEW_YORK)
VERBS = ("", "buy", "sell", "BTO", "STO", "BTC", "STC", "long", "short", "close")
EFFECTS = ("", "@ 1.05", "1.05 db", "1.05 cr")
OF_CALLS = ("CCS", "CDS", "cs", "call credit spread", "call debit spreads", "bull call spread", "call vertical")
OF_PUTS = ("PCS", "PDS", "ps", "put credit spreads", "put debit spread", "bear put spread", "put spread")
SOLD = {"CCS", "PCS", "call credit spread", "put credit spreads"}
BOUGHT = {"CDS", "PDS", "call debit spreads", "put debit spread", "bull call spread", "bear put spread"}
OPENING = {AskedAction.BUY_TO_OPEN, AskedAction.SELL_TO_OPEN, AskedAction.BUY, AskedAction.SELL}
SEPARATORS = ("/", "-", " ", " - ", " / ")


def understood(text: str) -> PlaceOrder | None:
    try:
        order = parse(text, as_of=AS_OF)
    except NotUnderstood:
        return None
    assert isinstance(order, PlaceOrder), text
    return order


def worth(order: PlaceOrder, underlying: int) -> Decimal:
    """What all legs are worth on their last day; what is bought counts for it, what is sold against it."""
    value = Decimal(0)
    for leg in order.legs:
        option = leg.instrument
        inside = underlying - option.strike if option.right is Right.CALL else option.strike - underlying
        value += (1 if leg.action.buys else -1) * leg.count * max(inside, Decimal(0))
    return value


def pays(order: PlaceOrder) -> bool:
    """Whether the legs can only be worth something: then they are paid for."""
    values = [worth(order, underlying) for underlying in range(400, 511, 5)]
    assert min(values) >= 0 or max(values) <= 0, render(order)
    return max(values) > 0


@pytest.mark.parametrize("name", [*OF_CALLS, *OF_PUTS])
def test_a_vertical_is_paid_or_received_as_its_legs_are_worth(name: str):
    read = 0
    for verb, row, effect in product(VERBS, ("440/450", "450/440"), EFFECTS):
        order = understood(f"{verb} 5 SPY {row} {name} 12/18 {effect}")
        if order is None or verb == "close":
            continue
        read += 1
        paid = pays(order)
        assert {leg.instrument.right for leg in order.legs} == {Right.CALL if name in OF_CALLS else Right.PUT}
        if order.price is not None:
            assert order.price_effect is (PriceEffect.DEBIT if paid else PriceEffect.CREDIT), render(order)
        if all(leg.action in OPENING for leg in order.legs) and name in SOLD | BOUGHT:
            assert paid is (name in BOUGHT), render(order)
        written = {"db": PriceEffect.DEBIT, "cr": PriceEffect.CREDIT}.get(effect[-2:])
        assert written in (None, order.price_effect), render(order)
    assert read >= 4


@pytest.mark.parametrize(("name", "strategy"), [("IC", Strategy.IRON_CONDOR), ("iron condor", Strategy.IRON_CONDOR)])
def test_an_iron_condor_is_the_same_in_every_order_of_its_two_pairs(name: str, strategy: Strategy):
    legs = set()
    for row in permutations(("430", "435", "465", "470")):
        order = understood(f"sell 1 SPY {'/'.join(row)} {name} 12/18 1.20")
        in_pairs = {frozenset(row[:2]), frozenset(row[2:])} == {frozenset(("430", "435")), frozenset(("465", "470"))}
        assert (order is not None) is in_pairs, row
        if order:
            assert order.strategy is strategy
            assert order.price_effect is PriceEffect.CREDIT
            assert not pays(order)
            legs.add(frozenset(order.legs))
    assert len(legs) == 1


@pytest.mark.parametrize("name", ["IC", "IB", "iron fly", "strangle", "call butterfly", "put butterfly"])
@pytest.mark.parametrize("verb", [verb for verb in VERBS if verb])
def test_a_strategy_by_name_is_paid_or_received_as_its_legs_are_worth(name: str, verb: str):
    row = {"IC": "430/435/465/470", "strangle": "430p/470c"}.get(name, "440/450/460")
    for effect in EFFECTS:
        order = understood(f"{verb} 1 SPY {row} {name} 12/18 {effect}")
        if order and order.price is not None and verb != "close":
            assert order.price_effect is (PriceEffect.DEBIT if pays(order) else PriceEffect.CREDIT), render(order)


@given(
    st.lists(st.integers(101, 9_999), min_size=2, max_size=4, unique=True),
    st.sampled_from(SEPARATORS),
    st.sampled_from(["before", "behind"]),
    st.sampled_from(["", "@ .55", ".55"]),
)
def test_strikes_mean_the_same_with_slashes_dashes_and_blanks(
    strikes: list[int], separator: str, place: str, price: str
):
    strikes = sorted(strikes)
    name = {2: "call spread", 3: "call butterfly", 4: "iron condor"}[len(strikes)]
    verb = "sell" if len(strikes) == 4 else "buy"

    def line(between: str) -> str:
        row = between.join(map(str, strikes))
        return f"{verb} 2 SPY {f'{row} {name}' if place == 'before' else f'{name} {row}'} 12/18 {price}"

    slashed, written = understood(line("/")), understood(line(separator))
    far_apart = separator == " " and strikes[-1] > 2 * strikes[0]
    assert written == (None if far_apart else slashed)


@given(
    st.lists(
        st.tuples(st.sampled_from("+-"), st.integers(1, 9), st.integers(400, 500), st.sampled_from("CP")),
        min_size=2,
        max_size=4,
        unique_by=lambda leg: leg[2:],
    ),
    st.sampled_from([" ", "\n", ", ", " and "]),
    st.sampled_from(["", " @ 1.10 debit", " 1.10 cr"]),
)
def test_legs_mean_the_same_whatever_stands_between_them_or_are_asked_for(legs: list[tuple], between: str, price: str):
    typed = [f"{sign}{count} SPY {strike}{right} 12/18" for sign, count, strike, right in legs]
    with_commas, others = understood(", ".join(typed) + price), understood(between.join(typed) + price)
    assert others in (None, with_commas)
    if others is None and with_commas is not None:
        assert with_commas.strategy is Strategy.CUSTOM


@given(
    st.lists(st.integers(400, 500), min_size=2, max_size=4, unique=True),
    st.integers(0, 3),
    st.integers(0, 3),
    st.sampled_from([" ", ", ", " and "]),
)
def test_a_symbol_or_a_day_that_is_said_once_is_every_legs(strikes: list[int], symbol: int, day: int, between: str):
    signs = "+-" * 2
    full = [f"{sign}1 SPY {strike}C 12/18" for sign, strike in zip(signs, strikes, strict=False)]
    once = [
        " ".join(
            word
            for word in (
                f"{sign}1",
                "SPY" * (at == symbol % len(strikes)),
                f"{strike}C",
                "12/18" * (at == day % len(strikes)),
            )
            if word
        )
        for at, (sign, strike) in enumerate(zip(signs, strikes, strict=False))
    ]
    assert understood(f"{between.join(once)} 1.10 cr") == understood(f"{between.join(full)} 1.10 cr")


@pytest.mark.parametrize(
    ("roll", "offered"),
    [
        (
            "roll SPY 450C 12/18 to 460C 1/15 for .50 credit",
            (
                "buy to close 1 SPY 450C 12/18, sell to open 1 SPY 460C 1/15 for .50 credit",
                "sell to close 1 SPY 450C 12/18, buy to open 1 SPY 460C 1/15 for .50 credit",
            ),
        ),
        (
            "roll 5 SPY 450C 12/18 out to 1/15 for .80 credit",
            ("buy to close 5 SPY 450C 12/18, sell to open 5 SPY 450C 1/15 for .80 credit",),
        ),
        (
            "roll long SPY 450C 12/18 up to 460C",
            ("sell to close 1 SPY 450C 12/18, buy to open 1 SPY 12/18 460C",),
        ),
        ("roll SPY 450C 12/18", ()),
        ("roll SPY 450C to 460C", ()),
        ("roll half my SPY 450C 12/18 to 1/15", ()),
        ("roll SPY 450C 12/18 to QQQ 450C 12/18", ()),
    ],
)
def test_a_roll_is_refused_with_its_legs_written_out(roll: str, offered: tuple[str, ...]):
    with pytest.raises(NotUnderstood) as refused:
        parse(roll, as_of=AS_OF)
    assert refused.value.code == "unsupported"
    assert refused.value.suggestions == offered
