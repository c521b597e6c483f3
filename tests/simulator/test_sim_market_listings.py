"""What the simulator lists, for how long, and when its exchange trades."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sim_kit import DECEMBER, FRIDAY

from tastyflow.domain.expirations import is_standard_monthly
from tastyflow.domain.instruments import EquityOption, Right, from_occ
from tastyflow_adapters.exchange.chains import build_chain
from tastyflow_adapters.exchange.listings import LISTINGS
from tastyflow_simulator.market import Market
from tastyflow_simulator.market.board import ADJUSTMENTS, Board
from tastyflow_simulator.options import Hours

MARKET = Market(seed=1)
AM, PM = "SPX   261218C04500000", "SPXW  261218C04500000"


def moment(text):
    return datetime.fromisoformat(f"{text}:00+00:00")


def contracts(chain):
    return {(each.root, each.day, strike) for each in chain.expirations for strike in each.strikes}


# --- what ---


def test_a_full_chain_of_the_largest_index_has_the_size_of_the_real_one():
    assert 18_000 <= 2 * len(contracts(MARKET.chain("SPX", FRIDAY))) <= 25_000


@pytest.mark.parametrize("symbol", sorted(LISTINGS))
def test_the_chain_is_the_stage_sets_without_the_farthest_strikes_of_the_liveliest(symbol):
    whole, listed = build_chain(LISTINGS[symbol], FRIDAY.date()), MARKET.chain(symbol, FRIDAY)
    assert contracts(listed) <= contracts(whole)
    price = LISTINGS[symbol].price
    for expiration in listed.expirations:
        assert expiration.strikes[0] <= price * Decimal("0.9")
        assert expiration.strikes[-1] >= price * Decimal("1.1")
        near = [strike for strike in expiration.strikes if abs(strike - price) <= price * Decimal("0.02")]
        assert near or expiration.day - FRIDAY.date() > timedelta(days=380)


def test_dailies_weeklies_monthlies_and_leaps_are_listed():
    days = [each.day for each in MARKET.chain("SPY", FRIDAY).expirations]
    assert [date(2026, 11, 20), date(2026, 11, 23), date(2026, 11, 24), date(2026, 11, 25), date(2026, 11, 27)] == days[
        :5
    ]
    assert date(2029, 1, 19) in days
    aapl = [each.day for each in MARKET.chain("AAPL", FRIDAY).expirations]
    assert aapl[:3] == [date(2026, 11, 20), date(2026, 11, 27), date(2026, 12, 4)]
    assert all(map(is_standard_monthly, (each.day for each in MARKET.chain("A", FRIDAY).expirations)))


@pytest.mark.parametrize("symbol", ["SPX", "SPY", "AAPL", "VIX"])
def test_a_strike_that_is_listed_stays_listed_until_it_expires(symbol):
    today = date(2026, 9, 1)
    before = contracts(Board(today).chain(symbol))
    for ahead in range(1, 120, 7):
        day = today + timedelta(days=ahead)
        board = Board(day)
        left = {contract for contract in before if contract[1] >= day}
        assert left <= contracts(board.chain(symbol))


def test_what_settles_in_the_morning_stops_trading_the_evening_before():
    assert MARKET.expires_at(AM) == moment("2026-12-18T14:30")
    assert MARKET.expires_at(PM) == moment("2026-12-18T21:00")
    assert MARKET.contract(AM, FRIDAY).stops_trading_at == moment("2026-12-17T21:00")
    evening = moment("2026-12-17T22:00")
    assert not MARKET.lists(AM, evening)
    assert MARKET.quote(AM, evening) is None
    assert MARKET.lists(PM, evening)
    assert MARKET.contract(AM, evening) is not None
    assert {each.root for each in MARKET.chain("SPX", evening).expirations if each.day == DECEMBER} == {"SPXW"}


@pytest.mark.parametrize(
    ("symbol", "expires_at"),
    [
        ("SPY   261127C00450000", "2026-11-27T18:00"),  # the day after Thanksgiving: a short session
        ("VIX   261216C00014000", "2026-12-16T14:30"),
        ("VIXW  261125C00014000", "2026-11-25T14:30"),
        ("AAPL7 261218C00190000", "2026-12-18T21:00"),
    ],
)
def test_options_expire_when_their_session_ends_or_opens(symbol, expires_at):
    assert MARKET.expires_at(symbol) == moment(expires_at) == MARKET.contract(symbol, FRIDAY).expires_at


@pytest.mark.parametrize("symbol", ["SPY", "SPX", "SPY   261226C00450000", "nothing"])
def test_what_is_no_listed_day_never_expires(symbol):
    assert MARKET.expires_at(symbol) is None


def test_the_days_options_are_gone_once_they_stop_trading():
    last = moment("2026-11-20T21:00")
    assert MARKET.lists("SPY   261120C00450000", last - timedelta(seconds=1))
    assert not MARKET.lists("SPY   261120C00450000", last)
    assert MARKET.quote("SPY   261120C00450000", last) is None
    assert MARKET.chain("SPY", last).expirations[0].day == date(2026, 11, 23)
    assert MARKET.chain("SPY", last - timedelta(seconds=1)).expirations[0].day == date(2026, 11, 20)


# --- adjusted roots ---


def test_an_adjusted_root_is_never_in_the_standard_chain():
    for adjustment in ADJUSTMENTS.values():
        assert adjustment.root not in {each.root for each in MARKET.chain(adjustment.underlying, FRIDAY).expirations}


def test_an_adjusted_contract_is_another_thing_than_the_standard_one_of_the_same_strike():
    standard, adjusted = "AAPL  261218C00190000", "AAPL7 261218C00190000"
    assert (MARKET.multiplier(standard), MARKET.multiplier(adjusted)) == (100, 150)
    assert MARKET.underlying_of(adjusted) == "AAPL"
    assert MARKET.contract(standard, FRIDAY).option != MARKET.contract(adjusted, FRIDAY).option
    assert MARKET.lists(adjusted, FRIDAY)


def test_strikes_of_before_a_split_stand_between_the_round_ones():
    ((_, expirations),) = MARKET.board(FRIDAY).adjusted("AAPL")
    assert Decimal("191.67") in expirations[0].strikes
    assert not MARKET.lists("AAPL  261218C00191670", FRIDAY)
    assert MARKET.quote("AAPL7 261218C00191670", FRIDAY).ask > 0


def test_cash_in_the_deliverable_is_in_the_price():
    standard, adjusted = (MARKET.quote(f"{root} 261218C00010000", FRIDAY) for root in ("GME  ", "GME1 "))
    assert Decimal("0.45") <= adjusted.mid - standard.mid <= Decimal("0.60")


# --- small questions ---


@pytest.mark.parametrize(
    ("symbol", "kind", "multiplier", "is_index"),
    [
        ("SPY", "Equity", 1, False),
        ("BRK/B", "Equity", 1, False),
        ("SPX", "Equity", 1, True),
        (PM, "Equity Option", 100, False),
        (".SPXW261218C4500", "Equity Option", 100, False),
    ],
)
def test_a_symbol_tells_what_it_is(symbol, kind, multiplier, is_index):
    assert MARKET.instrument_type(symbol) == kind
    assert MARKET.multiplier(symbol) == multiplier
    assert MARKET.is_index(symbol) == is_index


def test_options_stand_on_the_ticks_of_their_underlying():
    assert MARKET.ticks(PM) == LISTINGS["SPX"].ticks
    assert MARKET.ticks("AAPL7 261218C00190000") == LISTINGS["AAPL"].ticks
    assert MARKET.ticks("SPY").size_at(Decimal(450)) == Decimal("0.01")


def test_both_spellings_name_the_same_option():
    assert MARKET.quote(".SPXW261218C4500", FRIDAY) == MARKET.quote(PM, FRIDAY)
    assert from_occ(PM) == EquityOption("SPXW", DECEMBER, Right.CALL, Decimal(4500))


# --- when ---


@pytest.mark.parametrize(
    ("now", "state", "is_open"),
    [
        ("2026-11-20T13:14", "Closed", False),
        ("2026-11-20T13:15", "Pre-market", False),
        ("2026-11-20T14:30", "Open", True),
        ("2026-11-20T20:59", "Open", True),
        ("2026-11-20T21:00", "Extended", False),
        ("2026-11-21T00:59", "Extended", False),
        ("2026-11-21T01:00", "Closed", False),
        ("2026-11-22T15:00", "Closed", False),  # a Sunday
        ("2026-11-26T16:00", "Closed", False),  # Thanksgiving
        ("2026-11-27T17:59", "Open", True),
        ("2026-11-27T18:00", "Extended", False),  # a short session
    ],
)
def test_the_exchange_keeps_its_hours(now, state, is_open):
    market = Market(hours=Hours.EXCHANGE)
    session = market.session(moment(now))
    assert (session.state, session.is_open, market.is_open(moment(now))) == (state, is_open, is_open)
    assert Market(hours=Hours.ALWAYS).session(moment(now)).state == "Open"


@pytest.mark.parametrize(
    ("now", "opens_at", "closes_at"),
    [
        ("2026-11-20T14:00", "2026-11-20T14:30", "2026-11-20T21:00"),
        ("2026-11-20T20:00", "2026-11-20T14:30", "2026-11-20T21:00"),
        ("2026-11-20T21:00", "2026-11-23T14:30", "2026-11-23T21:00"),
        ("2026-11-25T21:00", "2026-11-27T14:30", "2026-11-27T18:00"),
        ("2026-11-26T16:00", "2026-11-27T14:30", "2026-11-27T18:00"),
    ],
)
def test_a_session_tells_when_it_or_else_the_next_one_is(now, opens_at, closes_at):
    session = Market(hours=Hours.EXCHANGE).session(moment(now))
    assert (session.opens_at, session.closes_at) == (moment(opens_at), moment(closes_at))


def test_an_exchange_that_never_closes_has_a_session_every_day():
    session = Market(hours=Hours.ALWAYS).session(datetime(2026, 11, 22, 15, tzinfo=UTC))
    assert (session.opens_at, session.closes_at) == (moment("2026-11-22T05:00"), moment("2026-11-23T05:00"))
    assert session.previous.day == date(2026, 11, 21)
