"""Orders of several legs: sides by the positions held, one price for all, paid or received as the legs together are."""

import asyncio
import re
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
from tastyflow.domain.instruments import Equity, EquityOption, Right
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.strategies import SHAPES, Named, is_bought, legs_of, strategy_of
from tastyflow.domain.ticket import Action, Duration, OrderType, PriceEffect, Strategy, TimeInForce
from tastyflow.domain.venue import Position
from tastyflow.errors import Refused
from tastyflow_adapters.fake import FakeBroker, FakeMarket
from tastyflow_grammar import render
from tests.application.kit import DECEMBER, FRIDAY, GENEROUS, PRODUCTION, Language, SkippingClock
from tests.application.test_desk_refusals import assert_refused, assert_suggestions_complete

anyio = pytest.mark.anyio
JANUARY = date(2027, 1, 15)
DEC = "Dec 18"
PUTS, CALLS = Right.PUT, Right.CALL
NOTHING = Decimal(0)


def option(strike, right, *, day=DECEMBER, root="SPY"):
    return EquityOption(root, day, right, Decimal(strike))


def hold(house, *positions):
    """Put ``(strike, right, quantity)`` of SPY into the live account and the sandbox's."""
    held = [Position(option(strike, right), quantity, Decimal(1)) for strike, right, quantity in positions]
    house.live.endow(*held)
    house.rehearsals.endow(*held)


def pin(house, *quotes):
    for strike, right, bid, ask in quotes:
        house.market.pin(option(strike, right), bid, ask)


async def completed(house, text):
    """What becomes of *text*, without drafting it."""
    completer = Completer(
        market=house.market,
        account=AccountView(house.live, house.clock, house.ledger),
        language=Language(),
        clock=house.clock,
    )
    return await house.until(completer.complete(Language.parse(text, as_of=house.clock.now())))


async def refused(house, text, code):
    """The refusal of *text*; each of its suggestions can be completed."""
    with pytest.raises(Refused) as no:
        await completed(house, text)
    assert no.value.code == code, no.value.message
    await assert_suggestions_complete(house, no.value)
    return no.value


def sides(ticket):
    return [(leg.action.value, leg.quantity, leg.instrument.strike) for leg in ticket.legs]


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


# ── closing ────────────────────────────────────────────────────────────────────────────────────────────────────

CLOSE_IT = f"close 2 SPY 440/435 put vertical {DEC}"


@anyio
@pytest.mark.parametrize(
    ("held", "actions", "effect"),
    [
        ([(440, PUTS, -2), (435, PUTS, 2)], ["buy_to_close", "sell_to_close"], PriceEffect.DEBIT),
        ([(440, PUTS, 2), (435, PUTS, -2)], ["sell_to_close", "buy_to_close"], PriceEffect.CREDIT),
    ],
    ids=["a short one is bought back", "a long one is sold"],
)
@pytest.mark.parametrize("price", ["@ .35", "", "@ natural", "stop .5 limit .6"])
async def test_closing_a_vertical_is_paid_or_received_as_it_is_held(house, held, actions, effect, price):
    hold(house, *held)
    done = await completed(house, f"{CLOSE_IT} {price}")
    assert [leg.action.value for leg in done.ticket.legs] == actions
    assert (done.ticket.price_effect, done.command.strategy) == (effect, Strategy.VERTICAL)
    assert str(effect) in done.words


@anyio
async def test_a_vertical_whose_legs_are_both_long_is_none(house):
    hold(house, (440, PUTS, 2), (435, PUTS, 2))
    no = await refused(house, f"{CLOSE_IT} @ .35", "not_that_strategy")
    assert no.message == (
        "That is no vertical against what is held: +2 SPY 440 put Dec 18 2026, +2 SPY 435 put Dec 18 2026."
    )
    done = await completed(house, no.suggestions[0])
    assert [leg.action for leg in done.ticket.legs] == [Action.SELL_TO_CLOSE] * 2
    assert done.ticket.price > Decimal(".35")  # a price for something else is not kept
    assert done.ticket.price_effect is PriceEffect.CREDIT


@anyio
async def test_legs_closed_one_by_one_are_named_by_what_they_make(house):
    hold(house, (440, PUTS, -2), (435, PUTS, 2))
    done = await completed(house, f"close 2 SPY 440P {DEC}, close 2 SPY 435P {DEC} @ .35")
    assert (done.command.strategy, done.ticket.price_effect) == (Strategy.VERTICAL, PriceEffect.DEBIT)


@anyio
async def test_where_only_the_market_knows_the_trader_says_whether_it_is_paid(house):
    hold(house, (440, PUTS, -1), (460, CALLS, 1))
    no = await refused(house, f"close 1 SPY 440P {DEC}, close 1 SPY 460C {DEC} @ .35", "ambiguous")
    assert no.message == "Is that price paid or received?"
    assert [words.split()[-2] for words in no.suggestions] == ["debit", "credit"]


@anyio
@pytest.mark.parametrize(
    ("text", "right"), [(f"{CLOSE_IT} @ .35 credit", "debit"), (f"close 1 SPY 440P {DEC} @ 2 credit", "debit")]
)
async def test_an_effect_against_the_position_is_a_conflict(house, text, right):
    hold(house, (440, PUTS, -2), (435, PUTS, 2))
    no = await refused(house, text, "conflict")
    assert right in no.suggestions[0]


@anyio
async def test_nothing_held_of_one_leg_names_it_and_offers_to_close_the_rest(house):
    hold(house, (440, PUTS, -2))
    no = await refused(house, CLOSE_IT, "nothing_to_close")
    assert no.message == "There is no position in SPY 435 put Dec 18 2026 to close."
    assert no.suggestions == ("close 2 SPY 440 put Fri Dec 18 2026 (28 DTE) day",)


@anyio
async def test_the_wrong_side_is_offered_the_other_way_round(house):
    hold(house, (440, PUTS, -2), (435, PUTS, 2))
    no = await refused(house, f"sell to close 2 SPY 440/435 put vertical {DEC} @ .35", "nothing_to_close")
    assert no.suggestions[0] == "close 2 SPY 440/435 put vertical Fri Dec 18 2026 (28 DTE) day"


@anyio
async def test_what_can_be_closed_is_offered_in_units(house):
    hold(house, (440, CALLS, 5), (450, CALLS, -6), (460, CALLS, 4))
    no = await refused(house, f"sell to close 5 SPY 440/450/460 call butterfly {DEC} @ 1", "closes_too_much")
    assert no.message == "Only 6 of SPY 450 call Dec 18 2026 can be closed; 10 were asked for."
    (words,) = no.suggestions
    assert sides((await completed(house, words)).ticket) == [
        ("sell_to_close", 3, 440),
        ("buy_to_close", 6, 450),
        ("sell_to_close", 3, 460),
    ]


@anyio
async def test_a_plain_side_closes_one_leg_and_opens_the_other(house):
    hold(house, (440, PUTS, 1))
    done = await completed(house, f"sell 1 SPY 440P {DEC}, buy 1 SPY 435P {DEC} @ 1")
    assert [leg.action for leg in done.ticket.legs] == [Action.SELL_TO_CLOSE, Action.BUY_TO_OPEN]
    assert "Sell means sell to close: 1 held of SPY 440 put Dec 18 2026." in done.completions
    assert done.ticket.price_effect is PriceEffect.CREDIT


THAT_DAY, LATER = "Fri Dec 18 2026", "Fri Jan 15 2027"
ROLLED = [
    (
        f"sell 1 SPY 440/435 put vertical {DEC} @ 1",
        ((440, PUTS, 1),),
        "+1 SPY 440 put Dec 18 2026 is held",
        [
            f"sell to close 1 SPY 440 put {THAT_DAY}, buy to open 1 SPY 435 put {THAT_DAY} @ 1 credit day",
            f"sell to close all SPY 440 put {THAT_DAY} day",
        ],
    ),
    (
        f"calendar buy 1 SPY 450c {DEC} / Jan 15",
        ((450, CALLS, 10),),
        "+10 SPY 450 call Dec 18 2026 is held",
        [
            f"sell to close 1 SPY 450 call {THAT_DAY}, buy to open 1 SPY 450 call {LATER} day",
            f"sell to close all SPY 450 call {THAT_DAY} day",
        ],
    ),
    (
        f"sell 1 SPY 430/435/465/470 iron condor {DEC}",
        ((435, PUTS, 5), (430, PUTS, -5)),
        "-5 SPY 430 put Dec 18 2026, +5 SPY 435 put Dec 18 2026 is held",
        [
            (
                f"buy to close 1 SPY 430 put {THAT_DAY}, sell to close 1 SPY 435 put {THAT_DAY}, "
                f"sell to open 1 SPY 465 call {THAT_DAY}, buy to open 1 SPY 470 call {THAT_DAY} day"
            ),
            f"buy to close all SPY 430 put {THAT_DAY}, sell to close all SPY 435 put {THAT_DAY} day",
        ],
    ),
]


@anyio
@pytest.mark.parametrize(("text", "positions", "holding", "readings"), ROLLED)
async def test_a_strategy_by_its_name_is_not_turned_by_a_position(house, text, positions, holding, readings):
    hold(house, *positions)
    no = await refused(house, text, "not_that_strategy")
    assert holding in no.message
    assert [re.sub(r" \(\d+ DTE\)", "", each) for each in no.suggestions] == readings
    written_out = await completed(house, no.suggestions[0])
    assert {leg.action.opens for leg in written_out.ticket.legs} == {True, False}
    first = await completed(house, no.suggestions[1])
    assert {leg.action.opens for leg in first.ticket.legs} == {False}
    assert {leg.instrument: leg.quantity for leg in first.ticket.legs} == {
        option(strike, right): abs(quantity) for strike, right, quantity in positions
    }


@anyio
async def test_the_price_that_was_typed_stays_with_the_legs_written_out(house):
    hold(house, (450, CALLS, 10))
    no = await refused(house, f"calendar buy 1 SPY 450c {DEC} / Jan 15 @ 3.20", "not_that_strategy")
    assert no.suggestions[0].endswith("@ 3.2 debit day")


@anyio
async def test_a_strategy_of_more_than_is_held_is_no_close_of_too_much(house):
    hold(house, (450, CALLS, 1))
    no = await refused(house, f"calendar buy 5 SPY 450c {DEC} / Jan 15", "not_that_strategy")
    assert [re.sub(r" \(\d+ DTE\)", "", each) for each in no.suggestions] == [
        f"sell to close all SPY 450 call {THAT_DAY} day"
    ]


@anyio
@pytest.mark.parametrize("verb", ["sell", "close", "BTC"])
async def test_a_condor_whose_legs_all_close_what_is_held_stays_a_close(house, verb):
    sold = -1 if verb != "sell" else 1
    hold(house, (430, PUTS, -sold), (435, PUTS, sold), (465, CALLS, sold), (470, CALLS, -sold))
    done = await completed(house, f"{verb} 1 SPY 430/435/465/470 iron condor {DEC} @ natural")
    assert {leg.action.opens for leg in done.ticket.legs} == {False}
    assert done.command.strategy is Strategy.IRON_CONDOR


@anyio
async def test_a_strategy_that_is_said_to_open_is_no_reading_of_a_position(house):
    hold(house, (470, CALLS, 3))
    done = await completed(house, f"STO 1 SPY 430/435/465/470 iron condor {DEC}")
    assert {leg.action.opens for leg in done.ticket.legs} == {True}


# ── the price ──────────────────────────────────────────────────────────────────────────────────────────────────

CONDOR = f"sell 1 SPY 430/435/465/470 iron condor {DEC}"
FAIR = [
    (430, PUTS, "1.60", "1.65"),
    (435, PUTS, "2.20", "2.25"),
    (465, CALLS, "2.20", "2.25"),
    (470, CALLS, "1.60", "1.65"),
]


@anyio
async def test_an_unpriced_condor_goes_at_the_mid_of_its_legs_and_says_so(house):
    pin(house, *FAIR)
    done = await completed(house, CONDOR)
    assert (done.ticket.price, done.ticket.price_effect) == (Decimal("1.2"), PriceEffect.CREDIT)
    assert done.completions[-1] == "Priced at the mid of 1.1 / 1.3 credit: 1.2."
    natural = await completed(house, f"{CONDOR} @ natural")
    assert natural.completions[-1] == "Priced at the natural price of 1.1 / 1.3 credit: 1.1."
    at_once = await completed(house, f"{CONDOR} ioc")
    assert at_once.ticket.price == Decimal("1.1")


@anyio
async def test_a_sold_condor_that_the_quotes_make_a_cost_is_refused(house):
    pin(house, *FAIR[:3], (470, CALLS, "5.00", "5.10"))
    no = await refused(house, CONDOR, "against_the_market")
    assert no.message == "It is a credit, and by the quotes the mid costs money: 2.1 / 2.35 debit."
    assert (await completed(house, f"{CONDOR} @ 1.20")).ticket.price_effect is PriceEffect.CREDIT


@anyio
async def test_a_natural_price_on_the_wrong_side_offers_the_mid(house):
    pin(house, (440, PUTS, "2.00", "2.40"), (435, PUTS, "1.90", "2.10"))
    no = await refused(house, f"sell 1 SPY 440/435 put vertical {DEC} @ natural", "against_the_market")
    (words,) = no.suggestions
    done = await completed(house, words)
    assert (done.ticket.price, done.ticket.price_effect) == (Decimal("0.2"), PriceEffect.CREDIT)
    assert done.completions[-1] == "Priced at the mid of 0.5 credit / 0.1 debit: 0.2 credit."


@anyio
async def test_a_mid_that_is_neither_paid_nor_received_is_no_price(house):
    pin(house, (440, PUTS, "2.00", "2.20"), (460, CALLS, "2.00", "2.20"))
    no = await refused(house, f"BTO 1 SPY 440P {DEC}, STO 1 SPY 460C {DEC}", "no_price")
    assert [words.partition("@ ")[2] for words in no.suggestions] == ["0.01 debit day", "0.01 credit day"]
    pin(house, (440, PUTS, "2.00", "2.20"), (435, PUTS, "2.00", "2.20"))
    no = await refused(house, f"sell 1 SPY 440/435 put vertical {DEC}", "no_price")
    assert [words.partition("@ ")[2] for words in no.suggestions] == ["0.01 credit day"]


@anyio
async def test_the_market_says_what_the_shape_does_not_and_may_not_contradict_the_trader(house):
    pin(house, (440, PUTS, "2.00", "2.10"), (460, CALLS, "3.00", "3.10"))
    typed = f"BTO 1 SPY 440P {DEC}, STO 1 SPY 460C {DEC}"
    done = await completed(house, typed)
    assert (done.ticket.price, done.ticket.price_effect) == (Decimal(1), PriceEffect.CREDIT)
    await refused(house, f"{typed} @ mid debit", "against_the_market")


@anyio
async def test_a_leg_without_a_two_sided_quote_is_named(house):
    pin(house, *FAIR[:3], (470, CALLS, "0", "0.05"))
    no = await refused(house, CONDOR, "no_quote")
    assert no.message == "There is no two-sided quote of SPY 470 call Dec 18 2026 to price it by."


@anyio
async def test_a_net_price_off_its_tick_is_offered_on_both_sides(house):
    no = await refused(house, f"{CONDOR} @ 1.205", "off_tick")
    assert [words.partition("@ ")[2] for words in no.suggestions] == ["1.2 credit day", "1.21 credit day"]


@anyio
async def test_shares_and_a_call_are_priced_per_share(house):
    pin(house, (460, CALLS, "3.00", "3.10"))
    house.market.pin(Equity("SPY"), "449.98", "450.02")
    done = await completed(house, f"buy 200 SPY, sell 2 SPY 460C {DEC}")
    assert done.command.strategy is Strategy.COVERED_CALL
    assert (done.ticket.price, done.ticket.price_effect) == (Decimal("446.95"), PriceEffect.DEBIT)


# ── types with one leg ─────────────────────────────────────────────────────────────────────────────────────────


@anyio
async def test_a_market_order_on_a_spread_is_offered_at_the_natural_price(house):
    no = await refused(house, f"{CONDOR} market", "one_leg_only")
    assert [words.partition("@ ")[2] for words in no.suggestions] == ["natural credit day", ""]


@anyio
async def test_a_stop_on_a_spread_is_offered_with_a_limit(house):
    hold(house, (440, PUTS, -2), (435, PUTS, 2))
    no = await refused(house, f"{CLOSE_IT} stop 2", "one_leg_only")
    assert [words.partition("stop ")[2] for words in no.suggestions] == ["2 limit 2 debit day"]


@anyio
async def test_a_stop_limit_on_a_spread_works_at_the_venue(house):
    hold(house, (440, PUTS, -2), (435, PUTS, 2))
    placed = await house.once(f"{CLOSE_IT} stop 4 limit 4.2 gtc")
    assert (placed.stage, placed.ticket.order_type) == (Stage.WORKING, OrderType.STOP_LIMIT)


# ── expirations and strikes ────────────────────────────────────────────────────────────────────────────────────


@anyio
async def test_days_out_are_one_expiration_for_all_legs(house):
    done = await completed(house, "sell 1 SPY 430/435/465/470 iron condor 29dte")
    assert {leg.instrument.expiration for leg in done.ticket.legs} == {DECEMBER}
    assert "(28 DTE)" in done.words


@anyio
async def test_a_calendar_whose_dates_come_together_is_offered_apart(house):
    no = await refused(house, "calendar buy 1 SPY 450c 200dte / 201dte @ 2", "same_expiration")
    assert no.message == "Two expirations were asked for, and both come to Thu Jun 17 2027."
    done = await completed(house, no.suggestions[0])
    assert done.command.strategy is Strategy.CALENDAR
    assert done.ticket.price_effect is PriceEffect.DEBIT


@anyio
async def test_a_diagonal_whose_dates_come_together_is_no_vertical(house):
    await refused(house, "BTO 1 SPY 450C 201dte, STO 1 SPY 460C 200dte", "same_expiration")


@anyio
async def test_days_out_under_two_roots_must_be_one_day(house):
    await refused(house, "BTO 1 VIX 14C 26dte, STO 1 VIXW 15C 26dte", "ambiguous")


@anyio
async def test_a_calendar_across_index_roots_is_a_calendar(house):
    done = await completed(house, f"STO 1 SPXW 4500C Nov 24, BTO 1 SPX 4500C {DEC}")
    assert done.command.strategy is Strategy.CALENDAR
    assert [leg.instrument.root for leg in done.ticket.legs] == ["SPXW", "SPX"]


@anyio
async def test_one_unlisted_strike_is_mended_within_the_whole_order(house):
    no = await refused(house, f"sell 1 SPY 430/435.5/465/470 iron condor {DEC} @ 1.20", "strike_not_listed")
    assert [words.split()[3] for words in no.suggestions] == ["430/435/465/470", "430/436/465/470", "430/434/465/470"]
    no = await refused(house, f"buy 1 SPY 440.5/450 call vertical {DEC}", "strike_not_listed")
    assert all("vertical" in words for words in no.suggestions)


@anyio
async def test_what_is_not_held_is_not_offered_to_be_closed(house):
    hold(house, (440, PUTS, -2), (435, PUTS, 2), (430, PUTS, 2))
    no = await refused(house, f"close 2 SPY 440/434.5 put vertical {DEC}", "strike_not_listed")
    assert [words.split()[3] for words in no.suggestions] == ["440/435", "440/430"]


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
