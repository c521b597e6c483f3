"""
Orders of several legs: sides by the positions held, one price for all, paid or received as the legs together are.
"""

import asyncio
from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.application.account.view import AccountView
from tastyflow.application.intake.completion import Completer
from tastyflow.application.intake.open_or_close import as_asked
from tastyflow.application.telling.rewording import reworded
from tastyflow.domain.commands import AskedAction, AskedLeg, AskedOption, AskedShares, DaysOut, HeldPart, PlaceOrder
from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.domain.strategies import SHAPES, Named, is_bought, legs_of, strategy_of
from tastyflow.domain.ticket import Duration, OrderType, PriceEffect, Strategy, TimeInForce
from tastyflow.domain.venue import Position
from tastyflow.errors import Refused
from tastyflow_adapters.fake import FakeBroker, FakeMarket
from tastyflow_grammar import render
from tests.application.kit import DECEMBER, FRIDAY, GENEROUS, PRODUCTION, Language, SkippingClock
from tests.application.strategy_kit import CALLS, CONDOR, DEC, JANUARY, NOTHING
from tests.application.test_desk_refusals import assert_refused

anyio = pytest.mark.anyio


# ── whatever is asked for ──────────────────────────────────────────────────────────────────────────────────────

STRIKES = {"SPY": range(430, 471, 5), "SPX": range(4300, 4701, 50)}
DAYS = (DECEMBER, JANUARY, DaysOut(28), DaysOut(30), DaysOut(55))
QUANTITIES = st.integers(1, 3)
SIZES = QUANTITIES | st.sampled_from(HeldPart)
PLAIN = {AskedAction.BUY, AskedAction.SELL}
CLOSING = (AskedAction.CLOSE, AskedAction.BUY_TO_CLOSE, AskedAction.SELL_TO_CLOSE)
SMALL = st.integers(1, 400).map(lambda cents: Decimal(cents) / 100)
PRICINGS = st.one_of(
    st.just({}),
    st.sampled_from(["mid", "natural"]).map(lambda price: {"order_type": OrderType.LIMIT, "price": price}),
    st.tuples(SMALL, st.sampled_from([None, *PriceEffect])).map(
        lambda said: {"order_type": OrderType.LIMIT, "price": said[0], "price_effect": said[1]}
    ),
    st.just({"order_type": OrderType.MARKET}),
    SMALL.map(lambda stop: {"order_type": OrderType.STOP, "stop": stop}),
    st.tuples(SMALL, SMALL).map(lambda said: {"order_type": OrderType.STOP_LIMIT, "stop": said[0], "price": said[1]}),
)
LASTING = st.sampled_from([TimeInForce(), TimeInForce(Duration.GTC), TimeInForce(Duration.IOC)])


@st.composite
def named_legs(draw):
    strategy = draw(st.sampled_from(list(SHAPES)))
    shape, symbol = SHAPES[strategy], draw(st.sampled_from(["SPY", "SPX"]))
    strikes = draw(
        st.lists(st.sampled_from(STRIKES[symbol]), min_size=shape.strikes, max_size=shape.strikes, unique=True)
    )
    days = draw(st.lists(st.sampled_from(DAYS), min_size=shape.expirations, max_size=shape.expirations, unique=True))
    days = [DECEMBER, JANUARY] if len({type(day) for day in days}) > 1 else days
    right = draw(st.sampled_from(Right)) if shape.one_right else None
    named = Named(symbol, tuple(Decimal(strike) for strike in strikes), tuple(days), right)
    side = draw(st.sampled_from(AskedAction))
    return strategy, legs_of(strategy, side, draw(SIZES if side in CLOSING else QUANTITIES), named)


@st.composite
def typed_legs(draw):
    """Leg by leg: any actions, mixed; index legs under either root; shares among them."""
    symbol = draw(st.sampled_from(["SPY", "SPX"]))
    roots = st.sampled_from(["SPY"] if symbol == "SPY" else ["SPX", "SPXW"])
    strikes = st.sampled_from(STRIKES[symbol]).map(Decimal)
    options = st.builds(AskedOption, roots, st.sampled_from(Right), strikes, st.sampled_from(DAYS))
    asked = draw(st.lists(options, min_size=1, max_size=4, unique=True))
    actions = [draw(st.sampled_from(AskedAction)) for _ in asked]
    legs = [
        AskedLeg(action, draw(SIZES if action in CLOSING else QUANTITIES), each)
        for action, each in zip(actions, asked, strict=True)
    ]
    if symbol == "SPY" and len(legs) < 4 and draw(st.booleans()):
        action, hundreds = draw(st.sampled_from(AskedAction)), draw(QUANTITIES)
        legs.insert(0, AskedLeg(action, 100 * hundreds, AskedShares("SPY")))
    return strategy_of(legs), tuple(legs)


@st.composite
def situations(draw):
    """An order as somebody may ask for it, and what the account then holds of its contracts."""
    strategy, legs = draw(st.one_of(named_legs(), typed_legs()))
    asked = PlaceOrder(legs, strategy, time_in_force=draw(LASTING), **draw(PRICINGS))
    if draw(st.booleans()):
        return asked, [draw(fitting(leg)) for leg in legs]
    return asked, draw(st.lists(st.integers(-4, 4), min_size=len(legs), max_size=len(legs)))


def fitting(leg):
    """An amount of which *leg* can be closed, where it closes."""
    enough = 5 if isinstance(leg.quantity, HeldPart) else leg.quantity
    if leg.action in (AskedAction.BUY_TO_OPEN, AskedAction.SELL_TO_OPEN):
        return st.just(0)
    if leg.action is AskedAction.CLOSE:
        return st.sampled_from([enough, -enough])
    return st.just(-enough if leg.action.buys else enough)


def looked_at(asked, amounts):
    """What comes of *asked* while *amounts* are held of its legs: Completed, or Refused with its completer."""
    clock = SkippingClock()
    market = FakeMarket(clock)
    account = FakeBroker(PRODUCTION, clock, market)
    completer = Completer(market=market, account=AccountView(account, clock), language=Language(), clock=clock)

    async def look():
        account.endow(*held_of(asked, amounts))
        try:
            return await completer.complete(asked)
        except Refused as no:
            for words in no.suggestions:
                again = await completer.complete(Language.parse(words, as_of=FRIDAY))
                assert_sound(again, account_held)
            return no

    account_held = {position.instrument: position.quantity for position in held_of(asked, amounts)}
    return asyncio.run(look()), account_held


def held_of(asked, amounts):
    for leg, amount in zip(asked.legs, amounts, strict=True):
        wanted = leg.instrument
        if isinstance(wanted, AskedOption) and isinstance(wanted.expiration, date) and amount:
            yield Position(
                EquityOption(wanted.underlying, wanted.expiration, wanted.right, wanted.strike), amount, Decimal(1)
            )


def assert_sound(done, held):
    """What must hold of every order that was completed."""
    command, ticket = done.command, done.ticket
    assert Language.parse(done.words, as_of=FRIDAY) == command
    for days in (-3, 3):  # and without the days to expiration, on other days too
        assert Language.parse(render(command), as_of=FRIDAY + timedelta(days)) == command
    assert command.strategy is strategy_of(command.legs)
    assert command.legs == as_asked(ticket.legs)
    for leg in ticket.legs:
        if not leg.action.opens:
            closable = -held.get(leg.instrument, 0) if leg.action.buys else held.get(leg.instrument, 0)
            assert leg.quantity <= closable
    bought = is_bought(command.legs)
    if bought is not None and ticket.price is not None:
        assert ticket.price_effect is (PriceEffect.DEBIT if bought else PriceEffect.CREDIT)
    if len(ticket.legs) > 1:
        assert ticket.order_type in (OrderType.LIMIT, OrderType.STOP_LIMIT)


@given(situations())
@settings(max_examples=300, deadline=None)
def test_whatever_is_completed_reads_back_and_contradicts_nothing(situation):
    asked, amounts = situation
    done, held = looked_at(asked, amounts)
    if isinstance(done, Refused):
        assert done.message
        return
    assert_sound(done, held)
    for typed, leg in zip(asked.legs, done.ticket.legs, strict=True):
        assert typed.action.buys in (None, leg.action.buys)
        if typed.action is AskedAction.CLOSE:
            assert leg.action.buys is (held[leg.instrument] < 0)
    if asked.strategy is not Strategy.CUSTOM:
        assert done.command.strategy is asked.strategy
    if len(asked.legs) > 1 and asked.strategy is not Strategy.CUSTOM and {leg.action for leg in asked.legs} <= PLAIN:
        assert len({leg.action.opens for leg in done.ticket.legs}) == 1  # it stays what it was called
    if asked.price_effect and done.ticket.price_effect:
        assert done.ticket.price_effect is asked.price_effect


@given(named_legs(), st.sampled_from([None, "mid", "natural"]))
@settings(max_examples=150, deadline=None)
def test_what_can_only_lose_at_expiry_is_never_paid_for(named, price):
    """By the definition of options, not by our table: who takes on an obligation is paid, whatever the strategy."""
    strategy, legs = named
    kind = OrderType.LIMIT if price else None
    done, _ = looked_at(PlaceOrder(legs, strategy, kind, price), [0] * len(legs))
    if isinstance(done, Refused) or len({leg.instrument.expiration for leg in done.ticket.legs}) > 1:
        return
    ends = [NOTHING, *(leg.instrument.strike for leg in done.ticket.legs), Decimal(100_000)]
    worth = [sum(worth_at(leg, end) for leg in done.ticket.legs) for end in ends]
    if max(worth) <= 0:
        assert done.ticket.price_effect is PriceEffect.CREDIT
    if min(worth) >= 0:
        assert done.ticket.price_effect is PriceEffect.DEBIT


def worth_at(leg, end):
    right, strike = leg.instrument.right, leg.instrument.strike
    return (
        leg.quantity * max(NOTHING, end - strike if right is CALLS else strike - end) * (1 if leg.action.buys else -1)
    )


# ── limits, and the echo ───────────────────────────────────────────────────────────────────────────────────────


@anyio
async def test_what_fits_a_limit_is_offered_in_units(build):
    house = await build(limits=evolve(GENEROUS, max_contracts=5))
    order = await assert_refused(house, f"buy 4 SPY 440/450/460 call butterfly {DEC}", "over_limit")
    accepted = await house.once(order.suggestions[0])
    assert [leg.quantity for leg in accepted.legs] == [2, 4, 2]


@anyio
async def test_dollars_are_limited_by_what_a_spread_can_lose(build):
    house = await build(limits=evolve(GENEROUS, max_notional_usd=Decimal(1_900)))
    order = await assert_refused(house, f"sell 6 SPY 440/435 put vertical {DEC} @ 1.30", "over_limit")
    accepted = await house.once(order.suggestions[0])
    assert (accepted.legs[0].quantity, accepted.notional_usd) == (5, 5 * (500 - 130))


@anyio
async def test_an_order_is_told_in_words_of_the_day(house):
    placed = await house.once(f"{CONDOR} @ 5 gtc")
    assert "Fri Dec 18 2026 (28 DTE)" in placed.words
    monday = FRIDAY + timedelta(days=3)
    told = reworded(placed, Language(), monday)
    assert "Fri Dec 18 2026 (25 DTE)" in told.words
    again = Language.parse(told.words, as_of=monday)
    assert again == Language.parse(placed.words, as_of=FRIDAY)
    assert reworded(placed, Language(), FRIDAY + timedelta(minutes=1)) == placed


@anyio
async def test_what_was_suggested_on_another_day_is_told_as_it_was_meant(house):
    no = await house.once("sell 1 SPY 430/435.5/465/470 iron condor next friday @ 1.20")
    later = FRIDAY + timedelta(days=7)
    told = reworded(no, Language(), later)
    assert "Fri Nov 27 2026 (0 DTE)" in told.suggestions[0]
    assert Language.parse(told.suggestions[0], as_of=later) == Language.parse(no.suggestions[0], as_of=FRIDAY)
    stranger = await house.once(CONDOR, user="nobody")
    assert reworded(stranger, Language(), later).suggestions == ()
    older = evolve(stranger, suggestions=("tastyflow trader add nobody",))  # as a log of 0.1.0 holds it
    assert reworded(older, Language(), later).suggestions == ("tastyflow trader add nobody",)
