"""Prices on and off their ticks, days that are special, positions that lag, accounts and symbols that are barred."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.domain.ticket import TimeInForce
from tastyflow.domain.venue import Status, Venue
from tastyflow.errors import VenueRefused
from tests.contract.tickets import CALL, COARSE, STC, STO, closing, limit, marketable, resting, vertical
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


async def test_c69_selling_what_the_position_record_does_not_show_yet_opens_no_short(build):
    """Scenario 26."""
    subject = await build(position_lag_s=3)
    await in_the_end(subject, (await subject.broker.place(marketable(2), external_id="t1")).broker_order)
    with pytest.raises(VenueRefused) as refusal:
        await subject.broker.place(closing(2), external_id="t2")
    assert refusal.value.code == "closing_with_no_position"
    await subject.pass_time(4)
    closed = await subject.broker.place(closing(2), external_id="t3")
    assert (await in_the_end(subject, closed.broker_order)).status is Status.FILLED
    await subject.pass_time(4)
    assert not await subject.broker.positions()
    assert subject.ledger() == ["t1", "t3"]


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
