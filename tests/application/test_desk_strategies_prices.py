"""
The price of several legs, their types, and their days: what fits together, and what is offered where it does not.
"""

from decimal import Decimal

import pytest

from tastyflow.domain.instruments import Equity
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.ticket import OrderType, PriceEffect, Strategy
from tests.application.kit import DECEMBER
from tests.application.strategy_kit import CALLS, CLOSE_IT, CONDOR, DEC, PUTS, completed, hold, pin, refused

anyio = pytest.mark.anyio


# ── the price ──────────────────────────────────────────────────────────────────────────────────────────────────

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
