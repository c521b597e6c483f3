"""
Closing strategies: paid or received as they are held, named by what they make, and never turned by a position.
"""

import re
from decimal import Decimal

import pytest

from tastyflow.domain.ticket import Action, PriceEffect, Strategy
from tests.application.strategy_kit import CALLS, CLOSE_IT, DEC, PUTS, completed, hold, option, refused, sides

anyio = pytest.mark.anyio


# ── closing ────────────────────────────────────────────────────────────────────────────────────────────────────


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
