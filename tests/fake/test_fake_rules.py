"""What the fake venue refuses, in which words; and what its account holds."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from attrs import evolve
from fake_orders import BTC, CALL, CENT, HIGHER, SHARES, STC, STO, SUNDAY, at_market, limit, spread

from tastyflow.domain.instruments import Equity, EquityOption, Right
from tastyflow.domain.ticket import Duration, PriceEffect, TimeInForce
from tastyflow.domain.venue import Position, Status, Venue
from tastyflow.errors import VenueRefused
from tastyflow_adapters.clock import TurnableClock
from tastyflow_adapters.fake import FakeBroker, FakeMarket, ScriptedModel
from tastyflow_adapters.fake.order_plan import fill, live

pytestmark = pytest.mark.anyio


async def refusal_of(broker, ticket):
    """The code; asked of the dry run too, which must say the same."""
    codes = []
    for ask in (broker.dry_run(ticket), broker.place(ticket, external_id="t")):
        with pytest.raises(VenueRefused) as refusal:
            await ask
        codes.append(refusal.value.code)
    assert codes[0] == codes[1]
    return codes[0]


@pytest.mark.parametrize(
    "instrument",
    [
        evolve(CALL, strike=Decimal("450.5")),
        evolve(CALL, expiration=date(2026, 12, 19)),
        evolve(CALL, expiration=date(2026, 11, 13)),
        EquityOption("SPX", date(2026, 11, 25), Right.CALL, Decimal(4500)),
        Equity("NOPE"),
        Equity("SPX"),
    ],
    ids=["strike", "expiration", "expired", "SPX for SPXW", "symbol", "an index has no shares"],
)
async def test_what_is_not_listed_is_not_traded(venue, instrument):
    assert await refusal_of(venue(), limit("1", 1, instrument=instrument)) == "instrument_validation_failed"


async def test_only_what_is_held_is_closed_and_only_once(venue, quote):
    broker = venue()
    assert await refusal_of(broker, limit(quote.bid, action=STC)) == "closing_with_no_position"
    await broker.place(limit(quote.ask, 5), external_id="t")
    too_many = "cannot_close_against_more_than_existing_position"
    assert await refusal_of(broker, limit(quote.ask, 6, action=STC)) == too_many
    await broker.place(limit(quote.ask + 1, 3, action=STC), external_id="t")
    assert await refusal_of(broker, limit(quote.ask + 1, 3, action=STC)) == too_many
    assert (await broker.place(limit(quote.bid, 2, action=STC), external_id="t")).status is Status.FILLED
    assert await refusal_of(broker, limit(quote.ask, 1, action=BTC)) == "illegal_buy_and_sell_on_same_symbol"


async def test_a_symbol_is_worked_and_held_on_one_side_at_a_time(venue, quote):
    broker = venue()
    await broker.place(limit(quote.bid - 1, 1), external_id="t")
    assert await refusal_of(broker, limit(quote.ask + 1, 1, action=STO)) == "illegal_buy_and_sell_on_same_symbol"
    broker.endow(Position(HIGHER, 2, Decimal(5)))
    short = limit("9", 1, action=STO, instrument=HIGHER)
    assert await refusal_of(broker, short) == "sim.opposite_position"


async def test_an_order_needs_its_buying_power_and_a_working_one_keeps_it(venue, quote):
    broker = venue(cash_usd=10_000)
    assert await refusal_of(broker, limit(quote.ask, 13)) == "margin_check_failed"
    working = await broker.place(limit(quote.bid - 1, 10), external_id="t")
    assert await refusal_of(broker, limit(quote.ask, 5)) == "margin_check_failed"
    await broker.cancel(working.broker_order)
    assert (await broker.balances()).buying_power_usd == 10_000
    assert (await broker.place(limit(quote.ask, 5), external_id="t")).status is Status.FILLED


async def test_what_is_filled_is_paid_and_no_longer_set_aside(venue):
    broker = venue(model=ScriptedModel([(live(), fill(4, "7.00"))]))
    await broker.place(limit("7.00", 10), external_id="t")
    balances = await broker.balances()
    assert balances.cash_usd == 100_000 - 4 * Decimal("701.13")
    assert balances.buying_power_usd == 100_000 - 10 * Decimal("701.13")


async def test_an_option_is_gone_before_the_session_in_which_its_order_would_work():
    clock = TurnableClock(datetime(2026, 11, 20, 22, tzinfo=UTC))  # after the close on the day of expiration
    broker = FakeBroker(Venue.SANDBOX, clock, FakeMarket(clock, always_open=False))
    expired = limit("1", 1, instrument=evolve(CALL, expiration=date(2026, 11, 20)))
    assert await refusal_of(broker, expired) == "instrument_validation_failed"


async def test_a_position_whose_option_has_stopped_trading_is_held_untraded_until_it_is_paid_out():
    """It settles in the morning of Friday: the last trade was on Thursday, and the cash comes at the day's end."""
    clock = TurnableClock(datetime(2026, 12, 17, 20, 59, tzinfo=UTC))
    broker = FakeBroker(Venue.SANDBOX, clock, FakeMarket(clock))
    option = EquityOption("SPX", date(2026, 12, 18), Right.CALL, Decimal(4000))
    broker.endow(Position(option, 1, Decimal(500)))
    close = limit("400", 1, action=STC, instrument=option)
    assert (await broker.dry_run(close)).fees_usd > 0
    await clock.turn(60)
    assert await refusal_of(broker, close) == "instrument_validation_failed"
    await clock.turn(18 * 3600)
    assert await refusal_of(broker, close) == "instrument_validation_failed"
    assert [each.quantity for each in await broker.positions()] == [1]
    cash_usd = (await broker.balances()).cash_usd
    await clock.turn(86_400)
    assert not await broker.positions()
    assert (await broker.balances()).cash_usd > cash_usd + 40_000


async def test_an_order_that_rests_ends_with_the_last_trade_of_its_option_round_the_clock_too(venue, clock):
    """The fake is always open, and its options are not."""
    broker, today = venue(), evolve(CALL, expiration=date(2026, 11, 20), strike=Decimal(400))
    order = await broker.place(limit("1", 1, instrument=today, tif=TimeInForce(Duration.GTC)), external_id="t")
    await clock.turn(6 * 3600 - 1)
    assert (await broker.get(order.broker_order)).status is Status.LIVE
    await clock.turn(1)
    ended = await broker.get(order.broker_order)
    assert (ended.status, ended.updated_at) == (Status.EXPIRED, datetime(2026, 11, 20, 21, tzinfo=UTC))
    assert await refusal_of(broker, limit("1", 1, instrument=today)) == "instrument_validation_failed"


async def test_what_a_short_position_could_owe_is_set_aside(venue, quote):
    broker = venue()
    need = -(await broker.dry_run(limit(quote.bid, 1, action=STO))).buying_power_change_usd
    assert 6_000 < need < 10_000
    need = -(await broker.dry_run(spread("1.00", 1, effect=PriceEffect.DEBIT))).buying_power_change_usd
    assert need == 100 + Decimal("2.26")
    assert await refusal_of(broker, limit(quote.bid, 15, action=STO)) == "margin_check_failed"


async def test_a_covered_call_needs_no_more_than_its_shares(venue, quote):
    broker = venue()
    broker.endow(Position(SHARES, 100, Decimal(440)))
    assert (await broker.dry_run(limit(quote.bid, 1, action=STO))).buying_power_change_usd > 0


async def test_a_frozen_account_trades_nothing_and_a_closing_one_opens_nothing(venue, quote):
    assert await refusal_of(venue(is_frozen=True), limit(quote.ask)) == "sim.account_frozen"
    closing = venue(is_closing_only=True)
    assert (await closing.account()).is_closing_only
    assert await refusal_of(closing, limit(quote.ask)) == "sim.closing_only"
    closing.endow(Position(CALL, 1, Decimal(5)))
    assert (await closing.place(limit(quote.bid, 1, action=STC), external_id="t")).status is Status.FILLED


async def test_an_order_that_has_ended_already_is_refused(venue):
    yesterday = TimeInForce(Duration.GTD, date(2026, 11, 19))
    assert await refusal_of(venue(), limit("1", tif=yesterday)) == "sim.gtd_has_passed"


async def test_no_opening_market_order_while_the_market_is_closed():
    clock = TurnableClock(SUNDAY)
    broker = FakeBroker(Venue.SANDBOX, clock, FakeMarket(clock, always_open=False))
    assert await refusal_of(broker, at_market(1)) == "tif_no_after_hours_opening_market_orders"


@pytest.mark.parametrize(
    ("instrument", "price"),
    [
        (EquityOption("AAPL", date(2026, 12, 18), Right.CALL, Decimal(190)), "3.01"),
        (EquityOption("SPX", date(2026, 12, 18), Right.CALL, Decimal(4500)), "1.01"),
        (CALL, "1.005"),
        (SHARES, "400.005"),
    ],
)
async def test_a_price_off_its_tick_is_accepted_and_dies_on_the_way(venue, clock, instrument, price):
    broker = venue()
    ticket = limit(price, 1, instrument=instrument)
    await broker.dry_run(ticket)
    order = await broker.place(ticket, external_id="t")
    assert order.status is Status.ROUTED
    await clock.turn(0.1)
    order = await broker.get(order.broker_order)
    assert order.status is Status.REJECTED
    assert "tick" in order.reason


@pytest.mark.parametrize("price", ["2.99", "3.00", "3.05"])
async def test_prices_around_the_boundary_of_the_ticks_are_good(venue, price):
    instrument = EquityOption("AAPL", date(2026, 12, 18), Right.CALL, Decimal(190))
    assert (await venue().place(limit(price, 1, instrument=instrument), external_id="t")).status is Status.LIVE


async def test_the_average_price_follows_openings_and_the_cash_every_fill(venue, quote, market):
    broker = venue()
    await broker.place(limit(quote.ask, 1), external_id="t")
    market.pin(CALL, quote.bid + 1, quote.ask + 1)
    await broker.place(limit(quote.ask + 1, 1), external_id="t")
    (held,) = await broker.positions()
    assert (held.quantity, held.average_open_price) == (2, quote.ask + Decimal("0.5"))
    await broker.place(limit(quote.bid + 1, 1, action=STC), external_id="t")
    (held,) = await broker.positions()
    assert (held.quantity, held.average_open_price) == (1, quote.ask + Decimal("0.5"))
    spent = 100 * (2 * quote.ask + 1 - quote.bid - 1) + 2 * Decimal("1.13") + Decimal("0.13")
    balances = await broker.balances()
    assert balances.cash_usd == 100_000 - spent
    assert balances.net_liquidating_value_usd == balances.cash_usd + 100 * (quote.bid + quote.ask + 2) / 2


async def test_the_sandbox_forgets_at_night_and_never_uses_a_number_twice(venue, quote):
    broker = venue()
    before = await broker.place(limit(quote.ask, 1), external_id="t")
    broker.reset()
    assert not await broker.find("t")
    assert not await broker.positions()
    assert (await broker.balances()).cash_usd == 100_000
    assert int((await broker.place(limit(quote.ask - CENT, 1), external_id="t")).broker_order) > int(
        before.broker_order
    )


async def test_the_two_venues_never_share_a_number(market, clock, quote):
    names = set()
    for where in Venue:
        broker = FakeBroker(where, clock, market)
        names.update([(await broker.place(limit(quote.ask, 1), external_id="t")).broker_order for _ in range(3)])
    assert len(names) == 6
