"""The real SDK, unmodified but for its address, on asyncio and on trio: whatever it asks for, it can read."""

from collections.abc import AsyncIterator, Iterator
from datetime import date, timedelta
from decimal import Decimal

import anyio
import pytest
from sim_kit import FRIDAY, Threaded, call_of, sdk
from tastytrade import Account, Session
from tastytrade.instruments import Equity, NestedOptionChain, Option
from tastytrade.order import (
    InstrumentType,
    Leg,
    LimitOrder,
    MarketOrder,
    NotionalOrder,
    OCOOrder,
    OrderAction,
    OrderStatus,
    OrderTimeInForce,
    OTOCOOrder,
    OTOOrder,
    StopLimitOrder,
    StopOrder,
)
from tastytrade.utils import TastytradeError

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning"),  # the SDK's own way of sending a body
]

DAY, GTC = OrderTimeInForce.DAY, OrderTimeInForce.GTC
BTO, STC = OrderAction.BUY_TO_OPEN, OrderAction.SELL_TO_CLOSE


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def shared() -> Iterator[Threaded]:
    with Threaded() as running:
        yield running


@pytest.fixture
def running(shared) -> Iterator[Threaded]:
    yield shared
    shared.call(shared.simulator.reset)


@pytest.fixture(params=["sandbox", "production"])
async def session(request, running, anyio_backend) -> AsyncIterator[Session]:
    async with sdk(getattr(running.simulator, request.param)) as session:
        yield session


@pytest.fixture
async def account(session) -> Account:
    (account,) = await Account.get(session)
    return account


def pass_time(running, seconds: float) -> None:
    """Turn the clock, and let happen what is due by then."""

    def turn() -> None:
        running.simulator.clock.advance(seconds)
        for side in running.simulator.sides:
            side.settle()

    running.call(turn)


def leg(symbol="AAPL", quantity=1, action=BTO, kind=InstrumentType.EQUITY) -> Leg:
    return Leg(instrument_type=kind, symbol=symbol, action=action, quantity=Decimal(quantity))


def limit(price="-1.00", *legs, tif=DAY, **more) -> LimitOrder:
    return LimitOrder(time_in_force=tif, legs=list(legs) or [leg()], price=Decimal(price), **more)


# --- the account ---


async def test_the_session_is_valid_once_it_is_refreshed(session):
    assert not await session.validate()
    await session.refresh()
    assert await session.validate()
    assert (await session.get_customer()).permitted_account_types


async def test_the_account_and_all_that_it_is(session, account, running):
    assert account.account_number in ("5WT00001", "5WX00001")
    assert (await Account.get(session, account.account_number)).account_number == account.account_number
    assert not (await account.get_trading_status(session)).is_closed
    assert (await account.get_balances(session)).cash_balance == 100_000
    assert await account.get_positions(session) == []
    assert await account.get_balance_snapshots(session, page_offset=None) is not None
    assert (await account.get_margin_requirements(session)).account_number == account.account_number
    if not session.is_test:
        assert await account.get_net_liquidating_value_history(session, time_back="1d")


async def test_the_sandbox_has_no_history_of_its_worth(running, anyio_backend):
    async with sdk(running.simulator.sandbox) as session:
        (account,) = await Account.get(session)
        with pytest.raises(TastytradeError, match="not_found"):
            await account.get_net_liquidating_value_history(session, time_back="1d")


async def test_another_account_is_an_error_that_the_sdk_can_read(session, account):
    with pytest.raises(TastytradeError, match="record_not_found"):
        await Account.get(session, "5WY99999")
    stranger = account.model_copy(update={"account_number": "5WY99999"})
    with pytest.raises(TastytradeError, match="not_permitted: User not permitted access"):
        await stranger.get_balances(session)


# --- orders ---


async def test_an_order_is_tried_placed_found_replaced_and_cancelled(session, account, running):
    order = limit(tif=GTC, external_identifier="tf1-first")
    tried = await account.place_order(session, order)
    assert tried.buying_power_effect.change_in_buying_power < 0
    assert tried.order.status is OrderStatus.RECEIVED
    assert not hasattr(tried.order, "id")

    placed = (await account.place_order(session, order, dry_run=False)).order
    pass_time(running, 1)
    live = await account.get_order(session, placed.id)
    assert (live.status, live.price, live.external_identifier) == (OrderStatus.LIVE, Decimal("-1.00"), "tf1-first")
    assert live.legs[0].fills in (None, [])

    new = await account.replace_order(session, placed.id, limit("-1.01", tif=GTC, external_identifier="tf1-second"))
    pass_time(running, 1)
    old, new = await account.get_order(session, placed.id), await account.get_order(session, new.id)
    assert (old.status, new.status, new.price) == (OrderStatus.CANCELLED, OrderStatus.LIVE, Decimal("-1.01"))

    await account.delete_order(session, new.id)
    pass_time(running, 1)
    assert (await account.get_order(session, new.id)).status is OrderStatus.CANCELLED
    assert {order.id for order in await account.get_live_orders(session)} == {old.id, new.id}
    assert {order.id for order in await account.get_order_history(session)} == {old.id, new.id}
    with pytest.raises(TastytradeError, match="cannot_update_order"):
        await account.delete_order(session, new.id)


async def test_an_order_at_market_fills_and_leaves_its_traces(session, account, running):
    spy = call_of(running.simulator)
    placed = await account.place_order(
        session,
        MarketOrder(time_in_force=DAY, legs=[leg(spy, 2, kind=InstrumentType.EQUITY_OPTION)]),
        dry_run=False,
    )
    assert placed.fee_calculation is not None
    pass_time(running, 5)
    filled = await account.get_order(session, placed.order.id)
    assert filled.status is OrderStatus.FILLED
    assert sum(fill.quantity for fill in filled.legs[0].fills) == 2

    (position,) = await account.get_positions(session, include_marks=True)
    assert (position.symbol, position.quantity, position.quantity_direction) == (spy, 2, "Long")
    assert (await account.get_balances(session)).cash_balance < 100_000
    (newest, *_) = transactions = await account.get_history(session, page_offset=None)
    assert (await account.get_transaction(session, newest.id)).id == newest.id
    assert any(transaction.order_id == filled.id for transaction in transactions)
    assert (await account.get_total_fees(session, FRIDAY.date())).total_fees < 0
    assert (await account.get_margin_requirements(session)).account_number == account.account_number


async def test_options_on_class_shares_are_read_ordered_and_held_under_root_and_underlying(session, account, running):
    (chain,) = await NestedOptionChain.get(session, "BRK/B")
    assert (chain.underlying_symbol, chain.root_symbol, chain.option_chain_type) == ("BRK/B", "BRKB", "Standard")
    expiry = next(each for each in chain.expirations if each.expiration_date == date(2026, 12, 18))
    strike = next(each for each in expiry.strikes if each.strike_price == 355)
    assert (strike.call, strike.call_streamer_symbol) == ("BRKB  261218C00355000", ".BRKB261218C355")
    assert (strike.put, strike.put_streamer_symbol) == ("BRKB  261218P00355000", ".BRKB261218P355")
    listed = await Option.get(session, strike.call)
    assert (listed.root_symbol, listed.underlying_symbol) == ("BRKB", "BRK/B")
    assert listed.streamer_symbol == strike.call_streamer_symbol

    order = MarketOrder(time_in_force=DAY, legs=[leg(strike.call, 2, kind=InstrumentType.EQUITY_OPTION)])
    placed = (await account.place_order(session, order, dry_run=False)).order
    pass_time(running, 5)
    filled = await account.get_order(session, placed.id)
    assert (filled.status, filled.underlying_symbol) == (OrderStatus.FILLED, "BRK/B")
    (position,) = await account.get_positions(session, underlying_symbols=["BRK/B"])
    assert (position.symbol, position.underlying_symbol, position.quantity) == (strike.call, "BRK/B", 2)
    legs = [leg("BRK/B", 200), leg(strike.call, 2, OrderAction.SELL_TO_CLOSE, kind=InstrumentType.EQUITY_OPTION)]
    assert (await account.place_order(session, limit("-300.00", *legs))).order.underlying_symbol == "BRK/B"


@pytest.mark.parametrize("action", [OrderAction.BUY, OrderAction.SELL])
async def test_shares_are_not_bought_or_sold_plainly(session, account, action):
    price = "-1.00" if action is OrderAction.BUY else "1.00"
    with pytest.raises(TastytradeError, match=r"order_legs\.action: is invalid"):
        await account.place_order(session, limit(price, leg(action=action)))
    with pytest.raises(TastytradeError, match=r"order_legs\.action: is invalid"):
        await account.place_order(session, limit(price, leg(action=action)), dry_run=False)
    assert await account.get_live_orders(session) == []


async def test_every_kind_of_order_that_the_sdk_can_write_is_understood(session, account, running):
    spy = call_of(running.simulator)
    higher = call_of(running.simulator, strike=455)
    option = InstrumentType.EQUITY_OPTION
    spread = [leg(spy, 1, kind=option), leg(higher, 1, OrderAction.SELL_TO_OPEN, kind=option)]
    orders = [
        limit("-0.05", *spread),
        StopOrder(time_in_force=DAY, legs=[leg()], stop_trigger=Decimal(9000)),
        StopLimitOrder(time_in_force=GTC, legs=[leg()], stop_trigger=Decimal(9000), price=Decimal(-9001)),
        LimitOrder(time_in_force=OrderTimeInForce.GTD, gtc_date=date(2026, 12, 4), legs=[leg()], price=Decimal(-1)),
        limit("-1.00", tif=OrderTimeInForce.IOC),
    ]
    for order in orders:
        assert (await account.place_order(session, order)).order.order_type == order.order_type
        placed = (await account.place_order(session, order, dry_run=False)).order
        assert (await account.get_order(session, placed.id)).order_type == order.order_type


async def test_ten_dollars_of_a_share_can_be_tried(session, account):
    aapl = Leg(instrument_type=InstrumentType.EQUITY, symbol="AAPL", action=BTO)
    order = NotionalOrder(time_in_force=GTC, legs=[aapl], value=Decimal(-10))
    assert not (await account.place_order(session, order)).errors


async def test_a_refusal_has_the_words_that_the_sdk_shows(session, account):
    with pytest.raises(TastytradeError, match="cant_buy_for_credit: You cannot buy for a credit"):
        await account.place_order(session, limit("1.00"), dry_run=False)
    with pytest.raises(TastytradeError, match="instrument_validation_failed"):
        await account.place_order(session, limit("-1.00", leg("NOSUCH")))
    assert await account.get_live_orders(session) == []


async def test_all_pages_together_are_all_orders(session, account, running):
    ids = [(await account.place_order(session, limit(), dry_run=False)).order.id for _ in range(7)]
    pages = await account.get_order_history(session, per_page=3, page_offset=None)
    assert sorted(order.id for order in pages) == sorted(ids)
    (second,) = [await account.get_order_history(session, per_page=3, page_offset=1)]
    assert [order.id for order in second] == sorted(ids, reverse=True)[3:6]
    beyond = await account.get_order_history(session, per_page=3, page_offset=9)
    assert beyond == []
    oldest = await account.get_order_history(session, per_page=1, sort="Asc")
    assert [order.id for order in oldest] == [min(ids)]
    assert await account.get_order_history(session, statuses=[OrderStatus.FILLED]) == []
    assert len(await account.get_order_history(session, start_at=FRIDAY - timedelta(days=1))) == 7


# --- complex orders ---


def exits() -> dict:
    close = leg(action=STC)
    return {
        "take_profit": limit("9000", close, tif=GTC),
        "stop_loss": StopOrder(time_in_force=GTC, legs=[close], stop_trigger=Decimal("0.50")),
    }


async def test_complex_orders_are_tried_placed_listed_and_cancelled(session, account, running):
    entry = limit("-1.00", tif=GTC)
    one_other = OTOOrder(trigger_order=entry, orders=[exits()["take_profit"]])
    for order in (OTOCOOrder(trigger_order=entry, **exits()), one_other):
        assert not (await account.place_complex_order(session, order)).errors
        placed = (await account.place_complex_order(session, order, dry_run=False)).complex_order
        assert placed.trigger_order is not None
        pass_time(running, 1)
        assert placed.id in [each.id for each in await account.get_live_complex_orders(session)]
        assert placed.id in [each.id for each in await account.get_complex_order_history(session)]
        assert (await account.get_complex_order(session, placed.id)).id == placed.id
        await account.delete_complex_order(session, placed.id)
        pass_time(running, 1)
        cancelled = await account.get_complex_order(session, placed.id)
        assert {child.status for child in cancelled.orders} == {OrderStatus.CANCELLED}


async def test_one_cancels_the_other_around_a_position(session, account, running):
    bought = await account.place_order(session, MarketOrder(time_in_force=DAY, legs=[leg()]), dry_run=False)
    pass_time(running, 5)
    assert (await account.get_order(session, bought.order.id)).status is OrderStatus.FILLED
    placed = (await account.place_complex_order(session, OCOOrder(**exits()), dry_run=False)).complex_order
    assert len(placed.orders) == 2
    await account.delete_complex_order(session, placed.id)


# --- what else a program would ask ---


async def test_an_instrument_can_be_looked_up(session):
    assert (await Equity.get(session, "AAPL")).symbol == "AAPL"


async def test_an_expired_token_is_renewed_by_asking_for_it(session, account, running):
    running.call(running.simulator.clock.advance, 901)
    with pytest.raises(TastytradeError, match="token_invalid"):
        await account.get_balances(session)
    await session.refresh(force=True)
    assert (await account.get_balances(session)).cash_balance == 100_000


async def test_many_at_once_are_all_served(session, account):
    placed = []

    async def place() -> None:
        placed.append((await account.place_order(session, limit(), dry_run=False)).order.id)

    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            for _ in range(40):
                tasks.start_soon(place)
    assert len(set(placed)) == 40
