"""Prices on and off their ticks, days that are special, positions that lag, accounts and symbols that are barred."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from tastyflow.domain.instruments import Equity, EquityOption, Right, underlying_of
from tastyflow.domain.ticket import Duration, Leg, OrderType, PriceEffect, Ticket, TimeInForce
from tastyflow.domain.venue import CLOSING_WITH_NO_POSITION, Status, Venue
from tastyflow.errors import VenueRefused
from tests.contract.tickets import BTC, BTO, CALL, COARSE, GTC, STC, STO, closing, limit, marketable, resting, vertical
from tests.contract.venue_under_test import in_the_end, listening

pytestmark = pytest.mark.anyio


# ── ticks ──────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("price", ["2.99", "3.00", "3.05"])
async def test_c60_a_price_on_its_tick_works(subject, price):
    """Scenario 28: an option in cents below three dollars, in five cents from there."""
    order = await subject.broker.place(limit(price, of=COARSE), external_id="t")
    await subject.pass_time(1)
    assert (await subject.broker.get(order.broker_order)).status is Status.LIVE


@pytest.mark.parametrize("price", ["3.01", "3.04"])
async def test_c61_a_price_off_its_tick_never_works(subject, price):
    """Scenario 28: tastytrade takes it and lets it die on the way to the exchange; at once would do as well."""
    try:
        order = await subject.broker.place(limit(price, of=COARSE), external_id="t")
    except VenueRefused:
        return
    ended = await in_the_end(subject, order.broker_order)
    assert ended.status is Status.REJECTED
    assert ended.reason
    assert not ended.fills


@pytest.mark.parametrize(
    ("root", "price", "works"),
    [
        ("SPX", "2.04", False),
        ("SPX", "2.05", True),
        ("SPX", "2.06", False),
        ("SPXW", "2.04", False),
        ("SPXW", "2.05", True),
        ("SPXW", "2.06", False),
        ("SPXW", "0.05", True),
        ("XSP", "2.04", True),
        ("BRKB", "2.04", True),
    ],
)
async def test_c62b_the_net_price_of_a_spread_on_spx_is_in_nickels(subject, root, price, works):
    """Scenario 28: tastytrade's help centre; a price between two nickels dies at the exchange."""
    order = await subject.broker.place(await spread_on(subject, root, price), external_id="t")
    await subject.pass_time(1)
    order = await subject.broker.get(order.broker_order)
    assert (order.status, bool(order.reason)) == ((Status.LIVE, False) if works else (Status.REJECTED, True))
    assert not order.fills


async def spread_on(subject, root, price, *, day=CALL.expiration):
    """A debit spread between two neighbouring strikes in the money, far below what it is worth."""
    chain = await subject.market.chain(underlying_of(root))
    strikes = next(each.strikes for each in chain.expirations if (each.root, each.day) == (root, day))
    middle = len(strikes) // 3
    low, high = (EquityOption(root, day, Right.CALL, strikes[at]) for at in (middle - 8, middle + 8))
    legs = Leg(BTO, 1, low), Leg(STO, 1, high)
    return Ticket(legs, OrderType.LIMIT, Decimal(price), PriceEffect.DEBIT)


async def test_c62_the_net_price_of_a_spread_may_be_any_cent(subject):
    """Scenario 28."""
    order = await subject.broker.place(vertical("2.03"), external_id="t")
    await subject.pass_time(1)
    assert (await subject.broker.get(order.broker_order)).status is Status.LIVE


# ── days ───────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_c63_a_half_day_ends_at_one(build):
    """Scenario 29: the Friday after Thanksgiving."""
    subject = await build(starts_at=datetime(2026, 11, 27, 15, 0, tzinfo=UTC), keeps_hours=True)
    session = await subject.market.session()
    assert (session.is_open, session.changes_at) == (True, datetime(2026, 11, 27, 18, 0, tzinfo=UTC))
    order = await subject.broker.place(resting(1), external_id="t")
    await subject.pass_time(3 * 3600 - 60)
    assert not (await subject.broker.get(order.broker_order)).status.is_terminal
    await subject.pass_time(61)
    assert (await in_the_end(subject, order.broker_order)).status is Status.EXPIRED


async def test_c64_before_the_holiday_weekend_the_monthly_expires_on_thursday(build):
    """Scenario 29: Juneteenth 2026 is a Friday, the third of its month."""
    subject = await build(starts_at=datetime(2026, 6, 10, 15, 0, tzinfo=UTC))
    days = {expiration.day for expiration in (await subject.market.chain("SPY")).expirations}
    assert date(2026, 6, 18) in days
    assert date(2026, 6, 19) not in days


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        (datetime(2026, 10, 30, 21, 0, tzinfo=UTC), datetime(2026, 11, 2, 14, 30, tzinfo=UTC)),
        (datetime(2026, 3, 6, 22, 0, tzinfo=UTC), datetime(2026, 3, 9, 13, 30, tzinfo=UTC)),
    ],
    ids=["autumn", "spring"],
)
async def test_c65_over_a_change_of_clocks_the_market_opens_at_half_past_nine_in_new_york(build, moment, opens):
    """Scenario 29."""
    subject = await build(starts_at=moment, keeps_hours=True)
    session = await subject.market.session()
    assert (session.is_open, session.changes_at) == (False, opens)
    order = await subject.broker.place(resting(1, lasts=TimeInForce.parse("gtc")), external_id="t")
    await subject.pass_time(3600)
    assert (await subject.broker.get(order.broker_order)).status is Status.RECEIVED
    await subject.pass_time((opens - moment).total_seconds() - 3600 + 60)
    assert (await subject.broker.get(order.broker_order)).status is Status.LIVE


async def test_c66_an_index_is_listed_in_the_morning_and_in_the_afternoon(subject):
    """Scenario 29: the third Friday's SPX settles in the morning, SPXW in the afternoon."""
    chain = await subject.market.chain("SPX")
    assert not chain.has_shares
    monthly = {
        expiration.root: expiration.settles_am for expiration in chain.expirations if expiration.day == CALL.expiration
    }
    assert monthly == {"SPX": True, "SPXW": False}
    for root in monthly:
        strike = next(e for e in chain.expirations if e.root == root and e.day == CALL.expiration).strikes[0]
        option = EquityOption(root, CALL.expiration, Right.PUT, strike)
        order = await subject.broker.place(limit("0.05", of=option), external_id=root)
        assert (await subject.broker.get(order.broker_order)).ticket.legs[0].instrument == option


# ── the last trade ─────────────────────────────────────────────────────────────────────────────────────────────


def option_of(root, strike, day=CALL.expiration):
    return EquityOption(root, day, Right.CALL, Decimal(strike))


THURSDAY_CLOSE = datetime(2026, 12, 17, 21, 0, tzinfo=UTC)
FRIDAY_CLOSE = datetime(2026, 12, 18, 21, 0, tzinfo=UTC)
MORNING, EVENING = option_of("SPX", 4000), option_of("SPXW", 4000)  # worth far more than is bid for them below
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("keeps_hours", [True, False], ids=["in sessions", "round the clock"])
@pytest.mark.parametrize(("option", "close"), [(MORNING, THURSDAY_CLOSE), (EVENING, FRIDAY_CLOSE)], ids=["AM", "PM"])
async def test_c66b_an_option_trades_until_the_close_of_its_last_day(build, keeps_hours, option, close):
    """Scenario 29: what settles in the morning of Friday trades on Thursday for the last time."""
    subject = await build(starts_at=close - MINUTE, keeps_hours=keeps_hours)
    ticket = limit("0.05", of=option)
    working = await subject.broker.place(ticket, external_id="t1")
    gtc = await subject.broker.place(limit("0.10", of=option, lasts=GTC), external_id="t2")
    await subject.pass_time(30)
    assert not (await subject.broker.get(working.broker_order)).status.is_terminal
    await subject.pass_time(30)
    for order in (working, gtc):
        assert (await in_the_end(subject, order.broker_order)).status is Status.EXPIRED
    for ask in (subject.broker.dry_run, lambda ticket: subject.broker.place(ticket, external_id="t3")):
        with pytest.raises(VenueRefused) as refusal:
            await ask(ticket)
        assert refusal.value.code == "instrument_validation_failed"
    assert subject.ledger() == ["t1", "t2"]


async def test_c66c_in_the_morning_of_its_settlement_only_the_other_root_trades(build):
    """Scenario 29."""
    subject = await build(starts_at=datetime(2026, 12, 18, 15, 0, tzinfo=UTC), keeps_hours=True)
    with pytest.raises(VenueRefused):
        await subject.broker.place(limit("0.05", of=MORNING), external_id="t1")
    order = await subject.broker.place(limit("0.05", of=EVENING), external_id="t2")
    assert not (await subject.broker.get(order.broker_order)).status.is_terminal


@pytest.mark.parametrize("option", [CALL, MORNING], ids=["PM", "AM"])
@pytest.mark.parametrize("after", [-1, 0, 1])
async def test_c66d_an_order_is_good_until_the_last_day_of_its_option_at_most(subject, option, after):
    """A GTD order ends on the last day on which its option trades, or before."""
    last = option.expiration - timedelta(days=option is MORNING)
    ticket = limit("0.05", of=option, lasts=TimeInForce(Duration.GTD, last + timedelta(days=after)))
    if after <= 0:
        order = await subject.broker.place(ticket, external_id="t")
        assert (await subject.broker.get(order.broker_order)).ticket == ticket
        return
    for ask in (subject.broker.dry_run, lambda ticket: subject.broker.place(ticket, external_id="t")):
        with pytest.raises(VenueRefused) as refusal:
            await ask(ticket)
        assert refusal.value.code == "sim.gtd_outlives_option"
    assert not subject.ledger()


@pytest.mark.parametrize("kind", [OrderType.MARKET, OrderType.STOP, OrderType.STOP_LIMIT])
async def test_c66e_in_extended_hours_only_limits_trade(subject, kind):
    shares, price, stop = Leg(BTO, 1, Equity("SPY")), Decimal(400), Decimal(500)
    limited = {"price": price, "price_effect": PriceEffect.DEBIT}
    terms = {
        OrderType.MARKET: {},
        OrderType.STOP: {"stop": stop},
        OrderType.STOP_LIMIT: {"stop": stop, **limited},
        OrderType.LIMIT: limited,
    }
    ext = TimeInForce(Duration.EXT)
    with pytest.raises(VenueRefused) as refusal:
        await subject.broker.place(Ticket((shares,), kind, **terms[kind], time_in_force=ext), external_id="t1")
    assert refusal.value.code == "sim.extended_hours_limit_only"
    await subject.broker.place(Ticket((shares,), OrderType.LIMIT, **limited, time_in_force=ext), external_id="t2")
    assert subject.ledger() == ["t2"]


# ── class shares ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_c66f_options_on_class_shares_are_listed_ordered_and_held_under_their_root(subject):
    """The root of options on BRK/B is BRKB; underlying, quotes, orders and positions know both."""
    chain = await subject.market.chain("BRK/B")
    assert chain.has_shares
    assert {each.root for each in chain.expirations} == {"BRKB"}
    listed = next(each for each in chain.expirations if each.day == CALL.expiration)
    option = EquityOption("BRKB", listed.day, Right.CALL, listed.strikes[len(listed.strikes) // 2])
    quote = (await subject.market.quotes([option]))[option]
    order = await subject.broker.place(limit(str(quote.ask), of=option), external_id="t1")
    filled = await in_the_end(subject, order.broker_order)
    assert (filled.status, {fill.symbol for fill in filled.fills}) == (Status.FILLED, {option.occ})
    assert option.occ.startswith("BRKB  ")
    await subject.broker.place(limit("300", of=Equity("BRK/B")), external_id="t2")
    (position,) = await subject.broker.positions()
    assert (position.instrument, position.instrument.underlying, position.quantity) == (option, "BRK/B", 1)


async def test_c66g_the_root_that_is_no_root_is_refused(subject):
    """No option is listed under the slash."""
    with pytest.raises(VenueRefused) as refusal:
        await subject.broker.place(limit("1", of=option_of("BRK/B", 355)), external_id="t")
    assert refusal.value.code == "instrument_validation_failed"


# ── quotes ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("bid", "ask"), [("0", "10.10"), ("10.00", "0"), ("10.20", "10.10")])
async def test_c67_a_quote_that_is_no_market_is_told_as_it_is(subject, bid, ask):
    """Scenario 33: nothing is made up; `Quote.is_two_sided` says that there is no market to price by."""
    await subject.quote(CALL, bid, ask)
    quote = (await subject.market.quotes([CALL])).get(CALL)
    if quote is not None:
        assert not quote.is_two_sided
        assert (quote.bid, quote.ask) == (Decimal(bid), Decimal(ask))


async def test_c68_what_is_not_listed_has_no_quote_and_no_chain(subject):
    """Scenario 33."""
    assert await subject.market.chain("QQQQ") is None
    unlisted = EquityOption("SPY", CALL.expiration, Right.CALL, Decimal("450.01"))
    quotes = await subject.market.quotes([CALL, unlisted])
    assert list(quotes) == [CALL]
    assert (quotes[CALL].bid, quotes[CALL].ask) == (Decimal("10.00"), Decimal("10.10"))


# ── positions ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_c69_a_close_is_judged_by_what_is_held_whatever_the_position_record_shows(build):
    """Scenario 26: nothing bought shows yet, then nothing sold does; no close ever opens a short."""
    subject = await build(position_lag_s=30)
    with pytest.raises(VenueRefused) as refusal:
        await subject.broker.place(closing(1), external_id="t1")
    assert refusal.value.code == "closing_with_no_position"
    await in_the_end(subject, (await subject.broker.place(marketable(2), external_id="t2")).broker_order)
    assert not await subject.broker.positions()
    with pytest.raises(VenueRefused) as refusal:
        await subject.broker.place(closing(3), external_id="t3")
    assert refusal.value.code == "cannot_close_against_more_than_existing_position"
    await subject.pass_time(31)
    assert [position.quantity for position in await subject.broker.positions()] == [2]
    closed = await subject.broker.place(closing(2), external_id="t4")
    assert (await in_the_end(subject, closed.broker_order)).status is Status.FILLED
    assert [position.quantity for position in await subject.broker.positions()] == [2]
    with pytest.raises(VenueRefused) as refusal:
        await subject.broker.place(closing(1), external_id="t5")
    assert refusal.value.code == "closing_with_no_position"
    await subject.pass_time(31)
    assert not await subject.broker.positions()
    assert subject.ledger() == ["t2", "t4"]


async def test_c69b_what_the_record_does_not_show_yet_can_be_closed_once(build):
    """Scenario 26: a working close speaks for the position as a filled one does."""
    subject = await build(position_lag_s=30)
    await in_the_end(subject, (await subject.broker.place(marketable(2), external_id="t1")).broker_order)
    await subject.broker.place(limit("11.00", 1, action=STC), external_id="t2")
    with pytest.raises(VenueRefused) as refusal:
        await subject.broker.place(closing(2), external_id="t3")
    assert refusal.value.code == "cannot_close_against_more_than_existing_position"
    closed = await subject.broker.place(closing(1), external_id="t4")
    assert (await in_the_end(subject, closed.broker_order)).status is Status.FILLED
    assert subject.ledger() == ["t1", "t2", "t4"]


async def test_c69f_a_short_is_bought_back_once_and_the_account_never_ends_long(build):
    """Scenario 26, the other way round."""
    subject = await build(position_lag_s=30)
    sold = await subject.broker.place(limit("10.00", 2, action=STO), external_id="t1")
    assert (await in_the_end(subject, sold.broker_order)).status is Status.FILLED
    bought = await subject.broker.place(limit("10.10", 2, action=BTC), external_id="t2")
    assert (await in_the_end(subject, bought.broker_order)).status is Status.FILLED
    await subject.pass_time(15)
    with pytest.raises(VenueRefused) as refusal:
        await subject.broker.place(limit("10.10", 2, action=BTC), external_id="t3")
    assert refusal.value.code == "closing_with_no_position"
    await subject.pass_time(31)
    assert not await subject.broker.positions()
    assert subject.ledger() == ["t1", "t2"]


async def test_c69c_a_dry_run_of_a_close_says_where_there_is_nothing_to_close(subject):
    """Scenario 26: it is refused by the code that a venue which only warns gives its warning."""
    with pytest.raises(VenueRefused) as refusal:
        await subject.broker.dry_run(closing(1))
    assert refusal.value.code == CLOSING_WITH_NO_POSITION
    await in_the_end(subject, (await subject.broker.place(marketable(1), external_id="t")).broker_order)
    tried = await subject.broker.dry_run(closing(1))
    assert not tried.turns_a_close_into_an_opening
    assert subject.ledger() == ["t"]


async def test_c69d_a_dry_run_tells_the_buying_power_before_and_after(subject):
    before = (await subject.broker.balances()).buying_power_usd
    tried = await subject.broker.dry_run(marketable(1))
    assert tried.buying_power_change_usd < -1_010
    assert tried.buying_power_before_usd == before
    assert tried.buying_power_after_usd == before + tried.buying_power_change_usd
    assert tried.warning_codes == frozenset()


async def test_c69e_a_dry_run_names_the_code_of_its_warning(build):
    subject = await build(starts_at=datetime(2026, 11, 21, 15, 0, tzinfo=UTC), keeps_hours=True)
    tried = await subject.broker.dry_run(resting(1))
    assert tried.warning_codes == {"tif.next_valid_session"}
    assert "next valid session" in tried.warnings[0]


async def test_c70_more_than_is_held_cannot_be_closed(subject):
    """Scenario 27."""
    await in_the_end(subject, (await subject.broker.place(marketable(2), external_id="t1")).broker_order)
    with pytest.raises(VenueRefused) as refusal:
        await subject.broker.place(closing(3), external_id="t2")
    assert refusal.value.code == "cannot_close_against_more_than_existing_position"
    assert [position.quantity for position in await subject.broker.positions()] == [2]


async def test_c71_what_is_long_is_not_sold_to_open(subject):
    """Scenario 27: a long and a short in one symbol do not stand side by side."""
    await in_the_end(subject, (await subject.broker.place(marketable(1), external_id="t1")).broker_order)
    with pytest.raises(VenueRefused):
        await subject.broker.place(limit("10.20", action=STO), external_id="t2")
    assert subject.ledger() == ["t1"]


async def test_c72_a_symbol_is_bought_or_sold_and_not_both_at_once(subject):
    """Scenario 26: a stop or a target may not be placed before the entry has filled."""
    await in_the_end(subject, (await subject.broker.place(marketable(1), external_id="t1")).broker_order)
    await subject.broker.place(resting(1), external_id="t2")
    with pytest.raises(VenueRefused) as refusal:
        await subject.broker.place(limit("11.00", action=STC), external_id="t3")
    assert refusal.value.code == "illegal_buy_and_sell_on_same_symbol"


# ── barred ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def test_c73_a_frozen_account_trades_nothing_and_says_so(build):
    """Scenario 36."""
    subject = await build(is_frozen=True)
    assert (await subject.broker.account()).is_frozen
    with pytest.raises(VenueRefused):
        await subject.broker.place(marketable(1), external_id="t")
    assert not subject.ledger()


async def test_c74_an_account_that_may_only_close_opens_nothing_and_says_so(build):
    """Scenario 36."""
    subject = await build(is_closing_only=True)
    assert (await subject.broker.account()).is_closing_only
    with pytest.raises(VenueRefused):
        await subject.broker.place(marketable(1), external_id="t")
    assert not subject.ledger()


async def test_c75_a_symbol_that_the_sandbox_does_not_know_yet_is_refused_there(build):
    """Scenario 35."""
    subject = await build(venue=Venue.SANDBOX)
    subject.unknown_here("SPY")
    for ask in (subject.broker.dry_run, lambda ticket: subject.broker.place(ticket, external_id="t")):
        with pytest.raises(VenueRefused) as refusal:
            await ask(marketable(1))
        assert refusal.value.code == "instrument_validation_failed"
    assert not subject.ledger()


async def test_c76_after_the_night_the_sandbox_knows_nothing_of_yesterday(build):
    """Scenario 34."""
    subject = await build(venue=Venue.SANDBOX)
    before = await subject.broker.balances()
    filled = await in_the_end(subject, (await subject.broker.place(marketable(1), external_id="t1")).broker_order)
    rested = await subject.broker.place(resting(1), external_id="t2")
    subject.reset_by_night()
    assert await subject.broker.get(filled.broker_order) is None
    assert await subject.broker.get(rested.broker_order) is None
    assert not await subject.broker.find("t1")
    assert not await subject.broker.positions()
    assert (await subject.broker.balances()).cash_usd == before.cash_usd
    again = await subject.broker.place(resting(1), external_id="t3")
    assert again.broker_order not in (filled.broker_order, rested.broker_order)
    assert subject.ledger() == ["t1", "t2", "t3"]


async def test_c77_an_order_from_the_venues_own_application_is_seen_and_has_no_tag(subject):
    """Scenario 25."""
    async with listening(subject) as heard:
        order = await subject.stranger(resting(1))
        await heard.until(bool)
    assert heard[0].broker_order == order.broker_order
    assert heard[0].external_id is None
    assert (await subject.broker.get(order.broker_order)).external_id is None
    assert subject.ledger() == [None]
