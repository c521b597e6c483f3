"""
What the desk says of an option's last trade, of how long an order may last, and of class shares and SPX spreads.

    SPX Dec 18   settles in the morning ─▶ told on the card ─▶ refused from Thursday's close, SPXW offered
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.application.account.view import AccountView
from tastyflow.application.intake.completion import Completer
from tastyflow.domain.commands import AskedAction, AskedLeg, AskedOption, AskedShares, DaysOut, PlaceOrder
from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.instruments import CLASS_ROOTS, EquityOption, Right, chat_symbol
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.ticket import Duration, OrderType, PriceEffect, Strategy, TimeInForce
from tastyflow.domain.venue import Position
from tastyflow.errors import Refused
from tastyflow_adapters.fake import FakeBroker, FakeMarket
from tests.application.kit import DECEMBER, FRIDAY, PRODUCTION, Language, SkippingClock

pytestmark = pytest.mark.anyio

BUY, SELL = AskedAction.BUY_TO_OPEN, AskedAction.SELL_TO_OPEN
MINUTE = timedelta(minutes=1)
LATE = timedelta(minutes=15)
TOLD = "SPX settles in the morning of Dec 18; last trade Dec 17."


def completer_at(moment):
    clock = SkippingClock(moment)
    market = FakeMarket(clock)
    account = FakeBroker(PRODUCTION, clock, market)
    return Completer(market=market, account=AccountView(account, clock), language=Language(), clock=clock)


def close_of(day, hour=16):
    return datetime.combine(day, datetime.min.time(), NEW_YORK).replace(hour=hour).astimezone(UTC)


def option(symbol, strike, day=DECEMBER, *, action=BUY, quantity=1):
    return AskedLeg(action, quantity, AskedOption(symbol, Right.CALL, Decimal(strike), day))


def asked(*legs, price="1", effect=PriceEffect.DEBIT, lasts=None, strategy=Strategy.SINGLE):
    kind = None if price is None else OrderType.LIMIT
    duration = {} if lasts is None else {"time_in_force": lasts}
    return PlaceOrder(legs, strategy, kind, price and Decimal(price), price and effect, **duration)


async def refused(completer, order):
    with pytest.raises(Refused) as no:
        await completer.complete(order)
    return no.value


# ── the last trade ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_option_that_settles_in_the_morning_is_told_with_its_last_trade():
    done = await completer_at(FRIDAY).complete(asked(option("SPX", 4500)))
    assert TOLD in done.completions


async def test_it_is_told_once_for_all_legs_and_not_of_the_other_root():
    spread = asked(option("SPX", 4500), option("SPX", 4600, action=SELL), strategy=Strategy.VERTICAL)
    done = await completer_at(FRIDAY).complete(spread)
    assert done.completions.count(TOLD) == 1
    done = await completer_at(FRIDAY).complete(asked(option("SPXW", 4500)))
    assert not any("morning" in sentence for sentence in done.completions)


async def test_over_a_holiday_the_last_trade_is_the_trading_day_before():
    """Good Friday 2027 is 26 March; Juneteenth 2026 moves the monthly itself to Thursday the 18th."""
    done = await completer_at(datetime(2026, 6, 1, 15, tzinfo=UTC)).complete(
        asked(option("SPX", 4500, date(2026, 6, 18)))
    )
    assert "SPX settles in the morning of Jun 18; last trade Jun 17." in done.completions


@pytest.mark.parametrize(
    ("symbol", "strike", "day", "close", "offered"),
    [
        ("SPX", 4500, DECEMBER, close_of(date(2026, 12, 17)), "SPXW"),
        ("NDX", 15800, DECEMBER, close_of(date(2026, 12, 17)), "NDXP"),
        ("RUT", 1800, DECEMBER, close_of(date(2026, 12, 17)), "RUTW"),
        ("VIX", 14, date(2026, 12, 16), close_of(date(2026, 12, 15)), "VIX"),
        ("SPXW", 4500, DECEMBER, close_of(DECEMBER), "SPXW"),
        ("SPY", 450, DECEMBER, close_of(DECEMBER), "SPY"),
        ("SPY", 450, date(2026, 11, 27), close_of(date(2026, 11, 27), 13), "SPY"),
    ],
)
async def test_after_its_last_trade_an_option_is_refused_and_what_trades_is_offered(
    symbol, strike, day, close, offered
):
    """Until a quarter of an hour after the close only the venue knows: some options trade so long."""
    order = asked(option(symbol, strike, day))
    for moment in (close - MINUTE, close, close + LATE - MINUTE):
        done = await completer_at(moment).complete(order)
        assert (done.ticket.legs[0].instrument.root, done.ticket.legs[0].instrument.expiration) == (symbol, day)
    for moment in (close + LATE, close + LATE + MINUTE):
        no = await refused(completer_at(moment), order)
        assert no.code == "expired"
        assert "for the last time" in no.message
        assert no.suggestions
        assert f" {offered} " in no.suggestions[0]


async def test_in_the_morning_of_its_settlement_the_other_root_of_that_day_is_offered_first():
    friday = completer_at(datetime(2026, 12, 18, 15, tzinfo=UTC))
    no = await refused(friday, asked(option("SPX", 4500)))
    assert no.message == "SPX Dec 18 2026 traded for the last time on Thu Dec 17: it settles in the morning."
    assert no.hint == "SPXW of that day trades to the close."
    first = Language.parse(no.suggestions[0], as_of=datetime(2026, 12, 18, 15, tzinfo=UTC))
    assert first.legs[0].instrument == AskedOption("SPXW", Right.CALL, Decimal(4500), DECEMBER)
    assert (await friday.complete(first)).ticket.legs[0].instrument.root == "SPXW"


@pytest.mark.parametrize("action", [AskedAction.SELL, AskedAction.CLOSE, AskedAction.SELL_TO_CLOSE])
async def test_of_what_is_held_and_trades_no_more_no_other_contract_is_offered(action):
    """A sale that was meant as the end of a position would open a naked one."""
    clock = SkippingClock(close_of(DECEMBER, hour=10))
    market = FakeMarket(clock)
    account = FakeBroker(PRODUCTION, clock, market)
    account.endow(Position(EquityOption("SPX", DECEMBER, Right.CALL, Decimal(4500)), 1, Decimal(80)))
    completer = Completer(market=market, account=AccountView(account, clock), language=Language(), clock=clock)
    no = await refused(completer, asked(option("SPX", 4500, action=action), price=None))
    assert (no.code, no.suggestions) == ("expired", ())
    assert no.hint == "What is held of it settles by itself."


async def test_both_legs_of_a_spread_move_to_the_other_root_together():
    spread = asked(option("SPX", 4500), option("SPX", 4600, action=SELL), strategy=Strategy.VERTICAL)
    moment = datetime(2026, 12, 18, 15, tzinfo=UTC)
    no = await refused(completer_at(moment), spread)
    offer = Language.parse(no.suggestions[0], as_of=moment)
    assert {leg.instrument.underlying for leg in offer.legs} == {"SPXW"}


async def test_days_out_never_mean_what_trades_no_more():
    friday = completer_at(datetime(2026, 12, 18, 15, tzinfo=UTC))
    done = await friday.complete(asked(option("SPX", 4500, DaysOut(0))))
    assert done.ticket.legs[0].instrument == EquityOption("SPXW", DECEMBER, Right.CALL, Decimal(4500))


async def test_no_expiration_that_is_over_is_offered_for_one_that_is_not_listed():
    thursday = completer_at(close_of(date(2026, 12, 17)) + LATE)
    no = await refused(thursday, asked(option("VIX", 14, date(2026, 12, 17))))
    assert no.code == "expiration_not_listed"
    assert not any("Dec 16" in words for words in no.suggestions)


# ── how long an order may last ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("symbol", "strike", "last"),
    [("SPY", 450, DECEMBER), ("SPXW", 4500, DECEMBER), ("SPX", 4500, date(2026, 12, 17))],
)
async def test_an_order_is_good_until_the_last_day_of_its_option_at_most(symbol, strike, last):
    completer = completer_at(FRIDAY)
    for days in (-1, 0):
        until = TimeInForce(Duration.GTD, last + timedelta(days=days))
        assert (await completer.complete(asked(option(symbol, strike), lasts=until))).ticket.time_in_force == until
    no = await refused(
        completer, asked(option(symbol, strike), lasts=TimeInForce(Duration.GTD, last + timedelta(days=1)))
    )
    assert no.code == "outlives_option"
    assert f"for the last time on {last:%a %b %d}" in no.message
    offers = [Language.parse(words, as_of=FRIDAY).time_in_force for words in no.suggestions]
    assert offers == [TimeInForce(Duration.GTD, last), TimeInForce(Duration.GTC)]


async def test_of_several_options_the_first_to_expire_says_how_long():
    january = date(2027, 1, 15)
    calendar = (option("SPY", 450, action=SELL), option("SPY", 450, january))
    until = TimeInForce(Duration.GTD, DECEMBER + timedelta(days=3))
    no = await refused(completer_at(FRIDAY), asked(*calendar, lasts=until, strategy=Strategy.CALENDAR))
    assert no.code == "outlives_option"
    assert "Dec 18 2026" in no.message


async def test_shares_last_as_long_as_is_asked():
    until = TimeInForce(Duration.GTD, date(2027, 6, 1))
    order = asked(AskedLeg(BUY, 10, AskedShares("SPY")), price="400", lasts=until)
    assert (await completer_at(FRIDAY).complete(order)).ticket.time_in_force == until


@pytest.mark.parametrize(
    ("terms", "offers"),
    [
        ({"order_type": OrderType.MARKET}, 1),
        ({"order_type": OrderType.STOP, "stop": Decimal(500)}, 0),
        (
            {
                "order_type": OrderType.STOP_LIMIT,
                "stop": Decimal(500),
                "price": Decimal(501),
                "price_effect": PriceEffect.DEBIT,
            },
            0,
        ),
    ],
)
async def test_in_extended_hours_only_a_limit_is_an_order(terms, offers):
    completer, ext = completer_at(FRIDAY), TimeInForce(Duration.EXT)
    order = evolve(asked(AskedLeg(BUY, 10, AskedShares("SPY")), price=None, lasts=ext), **terms)
    no = await refused(completer, order)
    assert (no.code, len(no.suggestions)) == ("ext_needs_limit", offers)
    for words in no.suggestions:
        ticket = (await completer.complete(Language.parse(words, as_of=FRIDAY))).ticket
        assert (ticket.order_type, ticket.time_in_force) == (OrderType.LIMIT, ext)
    for price in (None, "400"):
        limited = asked(AskedLeg(BUY, 10, AskedShares("SPY")), price=price, lasts=ext)
        assert (await completer.complete(limited)).ticket.order_type is OrderType.LIMIT


# ── nickels ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("symbol", "low", "high", "price", "offers"),
    [
        ("SPX", 4500, 4600, "30.04", ["30", "30.05"]),
        ("SPX", 4500, 4600, "30.05", None),
        ("SPX", 4500, 4600, "30.06", ["30.05", "30.1"]),
        ("SPXW", 4500, 4600, "30.04", ["30", "30.05"]),
        ("SPXW", 4500, 4600, "30.05", None),
        ("SPXW", 4500, 4600, "30.06", ["30.05", "30.1"]),
        ("XSP", 450, 460, "3.04", None),
        ("SPY", 450, 460, "3.04", None),
        ("RUT", 1800, 1850, "3.04", None),
    ],
)
async def test_net_prices_on_spx_go_by_nickels_and_elsewhere_by_cents(symbol, low, high, price, offers):
    completer = completer_at(FRIDAY)
    spread = asked(option(symbol, low), option(symbol, high, action=SELL), price=price, strategy=Strategy.VERTICAL)
    if offers is None:
        assert (await completer.complete(spread)).ticket.price == Decimal(price)
        return
    no = await refused(completer, spread)
    assert no.code == "off_tick"
    assert "0.05" in no.message
    assert [Language.parse(words, as_of=FRIDAY).price for words in no.suggestions] == [Decimal(each) for each in offers]


@pytest.mark.parametrize("how", [None, "mid", "natural"])
@pytest.mark.parametrize("symbol", ["SPX", "SPXW"])
async def test_an_spx_spread_without_a_number_is_priced_on_a_nickel(symbol, how):
    spread = asked(option(symbol, 4500), option(symbol, 4600, action=SELL), price=None, strategy=Strategy.VERTICAL)
    done = await completer_at(FRIDAY).complete(evolve(spread, price=how))
    assert done.ticket.price % Decimal("0.05") == 0


# ── class shares ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_option_on_class_shares_is_bought_and_sold_under_the_name_that_traders_use(house):
    """Typed as BRK.B, sent as BRKB, told as BRK.B; and its words read back as the same order."""
    bought = await house.once("buy 2 BRK.B 355 calls exp Dec 18 2026 @ natural")
    assert bought.stage is Stage.FILLED
    (leg,) = bought.ticket.legs
    assert leg.instrument.occ == "BRKB  261218C00355000"
    assert leg.instrument.underlying == "BRK/B"
    assert "BRK.B" in bought.words
    assert "BRKB" not in " ".join((bought.words, *bought.completions))
    command = Language.parse(bought.words, as_of=FRIDAY)
    assert command.legs[0].instrument == AskedOption("BRK/B", Right.CALL, Decimal(355), DECEMBER)
    assert Language.render(command, as_of=FRIDAY) == bought.words
    sold = await house.once("sell 2 BRK.B 355 calls exp Dec 18 2026 @ natural")
    assert sold.stage is Stage.FILLED
    assert sold.ticket.legs[0].action.value == "sell_to_close"
    assert not await house.until(house.live.positions())


@pytest.mark.parametrize("typed", ["BRK.B", "brk/b", "BRK/B"])
async def test_however_class_shares_are_typed_their_option_is_one_ticket(house, typed):
    text = f"buy to open 1 {typed} 355 call exp Dec 18 2026 @ 1.00"
    order = await house.once(text)
    assert order.ticket.legs[0].instrument.root == "BRKB"


@pytest.mark.parametrize(("root", "shares"), [("BRKB", "BRK/B"), ("AAPL7", "AAPL")])
async def test_the_root_of_options_is_no_name_of_shares_and_those_are_offered(root, shares):
    completer = completer_at(FRIDAY)
    no = await refused(completer, asked(AskedLeg(BUY, 10, AskedShares(root)), price="100"))
    assert no.code == "no_shares"
    (words,) = no.suggestions
    offer = Language.parse(words, as_of=FRIDAY)
    assert offer.legs[0].instrument == AskedShares(shares)
    assert (await completer.complete(offer)).ticket.underlying == shares


@pytest.mark.parametrize("root", sorted(CLASS_ROOTS))
async def test_every_class_share_is_read_from_its_option_symbol_and_said_with_a_dot(root):
    command = Language.parse(f"buy to open 1 {root:<6}261218C00060000 @ 1.00", as_of=FRIDAY)
    (leg,) = command.legs
    assert leg.instrument.underlying == CLASS_ROOTS[root]
    words = Language.render(command, as_of=FRIDAY)
    assert chat_symbol(CLASS_ROOTS[root]) in words
    assert Language.parse(words, as_of=FRIDAY) == command
