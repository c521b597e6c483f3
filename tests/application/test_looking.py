"""Looking: quotes, expirations, a chain around the money, and what positions are worth; nothing is recorded."""

from datetime import date
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.application.looking.seen import Holdings, Valued
from tastyflow.domain.expirations import is_trading_day
from tastyflow.domain.instruments import Equity
from tastyflow.domain.trader import Permission
from tastyflow.domain.venue import Position, Quote
from tastyflow.errors import NotSent
from tests.application.kit import CALL, FRIDAY, log

pytestmark = pytest.mark.anyio


async def looked(house, text, **who):
    async with house.desk() as desk:
        before = len(log(house.ledger))
        reply = await house.until(desk.ask(house.message(text, **who)))
        assert len(log(house.ledger)) == before, "looking records nothing"
    return reply


async def test_a_quote_is_the_market_of_what_is_named_with_its_age(house):
    seen = (await looked(house, "quote SPY 450c Dec 18")).looked
    market = (await house.until(house.market.quotes([CALL])))[CALL]
    assert (seen.instrument, seen.quote.bid, seen.quote.ask) == (CALL, market.bid, market.ask)
    assert seen.age_s >= 0


async def test_expirations_are_those_that_trade_with_their_days_and_settlement(house):
    seen = (await looked(house, "expirations SPX")).looked
    days = [each.day for each in seen.listed]
    assert days == sorted(days)
    assert all(each.days == (each.day - date(2026, 11, 20)).days and is_trading_day(each.day) for each in seen.listed)
    december = [each for each in seen.listed if each.day == date(2026, 12, 18)]
    assert {(each.root, each.settles_am, each.kind) for each in december} == {
        ("SPX", True, "monthly"),
        ("SPXW", False, "weekly"),
    }
    assert {each.last_trade_day for each in december if each.settles_am} == {date(2026, 12, 17)}


async def test_a_chain_has_as_many_strikes_on_each_side_of_the_money(house):
    seen = (await looked(house, "chain SPY Dec 18")).looked
    strikes = [row.strike for row in seen.rows]
    assert strikes == sorted(strikes)
    assert sum(strike < seen.spot for strike in strikes) == sum(strike >= seen.spot for strike in strikes) == 6
    assert all(row.call.bid <= row.call.ask and row.put.bid <= row.put.ask for row in seen.rows)
    assert seen.others > 100


async def test_without_a_day_it_is_the_nearest_expiration(house):
    assert (await looked(house, "chain SPY")).looked.expiration.day == date(2026, 11, 20)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("quote ZZZZ", "unknown_symbol"),
        ("quote SPY 450.37c Dec 18", "strike_not_listed"),
        ("chain SPY Dec 8 2028", "expiration_not_listed"),
        ("expirations ZZZZ", "unknown_symbol"),
    ],
)
async def test_what_is_not_listed_is_refused_with_a_way_out(house, text, code):
    reply = await looked(house, text)
    assert (reply.looked, reply.error.code) == (None, code)
    assert reply.error.hint


@pytest.mark.parametrize("text", ["quote SPY", "chain SPY", "expirations SPY", "positions"])
async def test_only_who_may_view_looks(build, text):
    house = await build(permissions=())
    assert (await looked(house, text)).error.code == "not_permitted"
    await house.hire("ann", permissions={Permission.VIEW})
    assert (await looked(house, text, user="ann")).error is None


async def test_positions_are_worth_the_middle_of_their_market(house):
    house.live.endow(Position(CALL, 3, Decimal(5)))
    house.live.endow(Position(Equity("SPY"), -100, Decimal(455)))
    reply = await looked(house, "positions")
    held = {each.position.instrument: each for each in reply.looked.positions}
    quote = (await house.until(house.market.quotes([CALL])))[CALL]
    assert held[CALL].value_usd == quote.mid * 300
    assert held[CALL].profit_usd == (quote.mid - 5) * 300
    short = held[Equity("SPY")]
    assert short.value_usd < 0 < short.profit_usd
    assert {each.instrument for each in reply.positions} == set(held)


async def test_without_market_data_what_is_held_is_shown_and_its_worth_is_not_known(house):
    house.live.endow(Position(CALL, 3, Decimal(5)))

    async def away(_instruments):
        raise NotSent("Away.")

    house.market.quotes = away
    seen = (await looked(house, "positions")).looked
    assert [each.value_usd for each in seen.positions] == [None]
    assert (seen.value_usd, seen.profit_usd) == (None, None)


money = st.decimals(Decimal("0.01"), Decimal(500), places=2)


@given(st.lists(st.tuples(st.integers(-50, 50).filter(bool), money, money), max_size=6))
def test_the_total_is_the_sum_and_what_was_paid_and_is_open_makes_the_value(rows):
    valued = tuple(
        Valued(Position(evolve(CALL, strike=Decimal(400 + n)), quantity, cost), Quote(mark, mark, FRIDAY))
        for n, (quantity, cost, mark) in enumerate(rows)
    )
    held = Holdings(valued, FRIDAY)
    assert held.value_usd == sum((each.value_usd for each in valued), Decimal(0))
    for each, (quantity, cost, _) in zip(valued, rows, strict=True):
        assert each.value_usd == cost * quantity * 100 + each.profit_usd
    assert Holdings((*valued, Valued(Position(CALL, 1, Decimal(1)), None)), FRIDAY).value_usd is None
