"""What a signal was worth: cost against the market some minutes later, and nothing where something is not known."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.state import Asked
from tastyflow.domain.order.submission import Fill
from tastyflow.domain.signal import Signal, SignalMark, SignalStage
from tastyflow.domain.signal.score import filled_cost, score_of, sums_of
from tastyflow.domain.signal_rule import RuleMode
from tastyflow.domain.ticket import Action, Leg, OrderType, PriceEffect, Ticket
from tastyflow.domain.venue import Venue

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)
DAY = date(2026, 12, 18)
LOW, HIGH = (EquityOption("SPY", DAY, Right.PUT, Decimal(strike)) for strike in (430, 440))


def spread(quantity=2):
    """A put spread that is sold for a credit of 1.20."""
    legs = (Leg(Action.SELL_TO_OPEN, quantity, HIGH), Leg(Action.BUY_TO_OPEN, quantity, LOW))
    return Ticket(legs, OrderType.LIMIT, Decimal("1.20"), PriceEffect.CREDIT)


def signal(**changes):
    made = Signal(
        id=UUID(int=1),
        version=2,
        rule="flip",
        rule_version=1,
        rule_digest="d",
        symbol="SPY",
        trader="robot",
        account="",
        moment=NOW,
        raised_at=NOW,
        expires_at=NOW + timedelta(seconds=60),
        mode=RuleMode.SHADOW,
        line="…",
        marked_after_min=(5, 30),
    )
    return evolve(made, **changes)


def mark(after_min, bid, ask):
    bid, ask = (None if each is None else Decimal(each) for each in (bid, ask))
    return SignalMark(after_min, NOW + timedelta(minutes=after_min), bid, ask)


def shadow(*marks, **changes):
    known = {"stage": SignalStage.SHADOWED, "ticket": spread(), "bid": Decimal("-1.30"), "ask": Decimal("-1.20")}
    return signal(**(known | {"marks": marks} | changes))


def order(*fills, quantity=2):
    asked = Asked("…", "signal", "flip", "1")
    ticket = spread(quantity)
    return Order(UUID(int=2), 9, Stage.FILLED, asked, NOW, ticket=ticket, fills=tuple(fills))


def fill(option, quantity, price, *, venue=Venue.PRODUCTION, number=[0]):  # noqa: B006  each fill has a number of its own
    number[0] += 1
    return Fill(venue, 1, f"f{number[0]}", option.occ, quantity, Decimal(price), NOW)


def test_a_shadow_counts_at_what_would_have_traded_and_is_closed_at_the_other_side():
    score = score_of(shadow(mark(5, "-0.80", "-0.70"), mark(30, "-1.60", "-1.50")), None)
    first, second = score.marks
    # sold for 1.20; bought back for 0.80: 0.40 a share, 100 shares, two units
    assert (first.per_unit_usd, first.usd, first.mid_usd) == (Decimal(40), Decimal(80), Decimal(90))
    assert second.usd == Decimal(-80)
    assert score.unknown == ()


def test_an_order_counts_at_its_fills_in_production_alone():
    fills = [fill(HIGH, 2, "3.00"), fill(LOW, 1, "1.50"), fill(LOW, 1, "1.70"), fill(HIGH, 2, "9", venue=Venue.SANDBOX)]
    acted = signal(stage=SignalStage.ACTED, order=UUID(int=2), marks=(mark(5, "-1.00", "-0.90"),))
    score = score_of(acted, order(*fills))
    assert (score.cost, score.units) == (Decimal("-1.40"), 2)
    assert score.marks[0].usd == Decimal(80)
    assert score.unknown == ("It has no mark after 30 minutes.",)


def test_a_part_of_an_order_counts_for_the_units_that_were_filled():
    acted = signal(stage=SignalStage.ACTED, order=UUID(int=2), marks=(mark(5, "-1.00", "-0.90"),))
    score = score_of(acted, order(fill(HIGH, 1, "3.00"), fill(LOW, 1, "1.60")))
    assert (score.units, score.marks[0].usd) == (1, Decimal(40))


@pytest.mark.parametrize(
    ("made", "became", "why"),
    [
        (signal(), None, "It is not settled yet."),
        (shadow(code="over_limit"), None, "would have been refused (over_limit)"),
        (shadow(ask=None), None, "had no market"),
        (shadow(ticket=None), None, "had no market"),
        (signal(stage=SignalStage.DECLINED, code="x"), None, "It was declined"),
        (signal(stage=SignalStage.EXPIRED), None, "It became no order."),
        (signal(stage=SignalStage.ACTED, order=UUID(int=2)), order(), "has no fill"),
        (signal(stage=SignalStage.ACTED, order=UUID(int=2)), order(fill(HIGH, 2, "3")), "not filled evenly"),
        (shadow(mark(5, None, None)), None, "It had no market after 5 minutes."),
    ],
)
def test_what_is_not_known_has_no_score_and_says_why(made, became, why):
    score = score_of(made, became)
    assert score.marks == ()
    assert any(why in each for each in score.unknown)


def test_the_sum_says_how_many_of_how_many_were_marked():
    scores = [
        score_of(each, None)
        for each in (shadow(mark(5, "-0.80", "-0.70")), shadow(mark(5, "-1.60", "-1.50")), shadow(), signal())
    ]
    five, thirty = sums_of(scores)
    assert (five.signals, five.marked, five.gained, five.usd) == (3, 2, 1, Decimal(0))
    assert (thirty.signals, thirty.marked, thirty.usd) == (3, 0, Decimal(0))


PRICES = st.decimals(min_value=1, max_value=50, places=2)


@given(st.integers(1, 20), PRICES, PRICES)
def test_what_is_bought_and_marked_at_its_cost_has_gained_nothing(units, high, low):
    made = order(fill(HIGH, units, high), fill(LOW, units, low), quantity=units)
    cost, filled = filled_cost(made, made.ticket)
    assert (cost, filled) == (low - high, units)
    acted = signal(stage=SignalStage.ACTED, order=UUID(int=2), marks=(mark(5, cost, cost),))
    assert score_of(acted, made).marks[0].usd == 0


@given(st.integers(1, 20), st.integers(0, 20), st.integers(0, 20))
def test_legs_that_are_not_filled_alike_have_no_price(quantity, first, second):
    fills = [fill(option, many, "2") for option, many in ((HIGH, first), (LOW, second)) if many]
    made = order(*fills, quantity=quantity)
    cost, units = filled_cost(made, made.ticket)
    assert (cost is None) is (first != second)
    assert units == max(first, second)
