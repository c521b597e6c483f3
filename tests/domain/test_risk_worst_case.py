"""
The worst case of a book: right against brute force at one settlement, never too low over several.

``BOOKS=100000`` in the environment holds that many random books against the oracle; without it, a few thousand.
"""

import os
from decimal import Decimal
from itertools import pairwise, permutations, product

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.instruments import Equity, EquityOption, Right
from tastyflow.domain.risk.profile import of_ticket, of_trade
from tastyflow.domain.risk.worst_case import (
    NOTHING,
    Trade,
    WorstCase,
    contracts,
    order_risk,
    reference_price,
    shares,
    worst_case,
)
from tastyflow.domain.ticket import Leg, OrderType, Ticket
from tastyflow.domain.venue import Position, Quote
from tests.domain.books import FAR, GRID, LATER, Book, Part, dice_of, lost, most_lost, most_lost_over_days, random_book
from tests.domain.makers import EXPIRY, NOW, leg, limit, option

BOOKS = int(os.environ.get("BOOKS", "4000"))
SPY = Equity("SPY")
CALL, PUT = Right.CALL, Right.PUT


def bto(n: int, strike: str, right: Right = CALL, **more) -> Leg:
    return leg("buy_to_open", n, option(strike, right, **more))


def sto(n: int, strike: str, right: Right = CALL, **more) -> Leg:
    return leg("sell_to_open", n, option(strike, right, **more))


def btc(n: int, strike: str, right: Right = CALL, **more) -> Leg:
    return leg("buy_to_close", n, option(strike, right, **more))


def stc(n: int, strike: str, right: Right = CALL, **more) -> Leg:
    return leg("sell_to_close", n, option(strike, right, **more))


def later(side, strike: str, right: Right) -> Leg:
    return side(1, strike, right, expiration=LATER)


def credit(price: str, *legs: Leg) -> Ticket:
    return limit(*legs, price=price, effect="credit")


def held(cash: int | str, *amounts: tuple[EquityOption | Equity, int]) -> Trade:
    return Trade(dict(amounts), Decimal(cash))


# One settlement: exact

CONDOR = (sto(1, "435", PUT), bto(1, "430", PUT), sto(1, "465"), bto(1, "470"))


@pytest.mark.parametrize(
    ("ticket", "loss", "gain", "break_evens"),
    [
        (limit(*CONDOR, price="1.93", effect="credit"), "307", "193", ("433.07", "466.93")),
        (limit(bto(1, "450"), sto(2, "460"), bto(1, "470"), price="0.66"), "66", "934", ("450.66", "469.34")),
        (
            limit(bto(1, "445", PUT), sto(1, "450", PUT), sto(1, "450"), bto(1, "455"), price="4.67", effect="credit"),
            "33", "467", ("445.33", "454.67"),
        ),
        (limit(sto(1, "450"), price="5", effect="credit"), None, "500", ("455",)),
        (limit(sto(1, "450", PUT), price="5", effect="credit"), "44500", "500", ("445",)),
        (limit(bto(10, "450"), price="2.50"), "2500", None, ("452.5",)),
        (limit(bto(1, "450", PUT), price="2.50"), "250", "44750", ("447.5",)),
        (limit(leg("buy_to_open", 100, SPY), sto(1, "455"), price="440"), "44000", "1500", ("440",)),
        (limit(leg("buy_to_open", 7, SPY), price="450"), "3150", None, ("450",)),
        (limit(leg("sell_to_open", 7, SPY), price="450", effect="credit"), None, "3150", ("450",)),
        (limit(bto(5, "450"), sto(5, "460"), price="4"), "2000", "3000", ("454",)),
        (limit(sto(5, "450"), bto(5, "460"), price="3", effect="credit"), "3500", "1500", ("453",)),
        (limit(bto(1, "450"), bto(1, "450", PUT), price="6"), "600", None, ("444", "456")),
        (limit(bto(1, "450"), sto(2, "460"), price="1", effect="credit"), None, "1100", ("471",)),
        (limit(bto(1, "450"), sto(1, "460"), price="10"), "1000", "0", ("460",)),
        (limit(bto(1, "450"), sto(1, "460"), price="11"), "1100", "0", ()),
    ],
)  # fmt: skip
def test_what_a_ticket_can_lose_and_gain_and_where_it_breaks_even(ticket, loss, gain, break_evens):
    for legs in permutations(ticket.legs):  # in whatever order they are written
        profile = of_ticket(evolve(ticket, legs=legs), {})
        assert profile.exact
        assert profile.max_loss_usd == (None if loss is None else Decimal(loss))
        assert profile.max_gain_usd == (None if gain is None else Decimal(gain))
        assert profile.break_evens == tuple(map(Decimal, break_evens))
        alone = order_risk(Trade.of(ticket, {}), NOTHING)
        assert alone.loss_usd == profile.max_loss_usd
        assert alone.unlimited == (loss is None)


def test_one_settlement_is_exact_against_brute_force():
    dice = dice_of(10)
    for _ in range(BOOKS):
        book = random_book(dice, 4)
        orders = [random_book(dice, 3) for _ in range(dice.randint(0, 3))]
        said = worst_case(book.as_trade(), [order.as_trade() for order in orders])
        assert said.loss_usd == most_lost(book, orders), (book, orders)
        if said.unlimited:
            far = worst_case(book.as_trade(), [order.as_trade() for order in orders], reference=Decimal(FAR))
            assert far.counted_usd == lost(book, orders, FAR)
            assert far.uncovered_shares * FAR == lost(book, orders, 2 * FAR) - lost(book, orders, FAR)


def test_the_profile_is_exact_against_brute_force():
    dice = dice_of(20)
    for _ in range(BOOKS):
        book = random_book(dice, 3)
        profile = of_trade(book.as_trade())
        profits = [book.profit(price) for price in GRID]
        rises = book.profit(2 * FAR) - book.profit(FAR)
        assert profile.max_loss_usd == (None if rises < 0 else max(0, -min(profits)))
        assert profile.max_gain_usd == (None if rises > 0 else max(0, *profits))
        for price in profile.break_evens:
            worth = sum(exact_worth(part, price) for part in book.parts)
            assert abs(book.cash + worth) < Decimal("0.05") * max(1, sum(abs(part.quantity) for part in book.parts))
        turns = sum(low * high < 0 for low, high in pairwise(profits))
        turns += rises * profits[-1] < 0
        assert len(profile.break_evens) >= turns


def exact_worth(part: Part, price: Decimal) -> Decimal:
    if part.strike is None:
        return part.quantity * price
    return 100 * part.quantity * max(Decimal(0), price - part.strike if part.right is CALL else part.strike - price)


def test_an_order_that_turns_a_loss_without_end_into_a_bounded_one_is_counted_at_one_price():
    naked = held(500, (option("450"), -1))
    risk = order_risk(Trade.of(limit(bto(1, "600"), price="1"), {}), naked)
    assert risk.before == WorstCase(Decimal(1200 * 100 - 45_000 - 500), 100)
    assert not risk.is_worse  # where the naked call loses most, the bought one is worth more than it cost
    filled = worst_case(held(400, (option("450"), -1), (option("600"), 1)))
    assert filled == WorstCase(Decimal(14_600), 0)


def test_the_scale_of_an_unlimited_loss_is_twice_the_highest_strike_or_price_of_shares():
    assert reference_price((held(0, (option("450"), -1), (option("470"), 1)),), "SPY") == 940
    short = Trade.of(limit(leg("sell_to_open", 100, SPY), price="500", effect="credit"), {})
    assert worst_case(NOTHING, (short,)) == WorstCase(Decimal(50_000), 100)
    assert reference_price((short,), "QQQ") == 0


@pytest.mark.parametrize(
    ("before", "order", "added"),
    [
        # held short puts rolled down: no more than before; held long puts: the debit is all that can be lost
        (held(600, (option("440", PUT), -2)), limit(btc(2, "440", PUT), sto(2, "435", PUT), price="1.36"), 0),
        (held(-600, (option("440", PUT), 2)), credit("1", stc(2, "440", PUT), bto(2, "435", PUT)), 0),
        (held(600, (option("435", PUT), -2)), credit("2", btc(2, "435", PUT), sto(2, "440", PUT)), 600),
        # rolled out: the later put is sold when the earlier one is bought back, never before
        (held(600, (option("440", PUT), -2)), credit("1", btc(2, "440", PUT), sto(2, "440", PUT, expiration=LATER)), 0),
        # held shares cover calls
        (held(-44_000, (SPY, 100)), limit(sto(1, "455"), price="2", effect="credit"), 0),
        (held(-44_000, (SPY, 100)), limit(sto(2, "455"), price="2", effect="credit"), None),
        # held spreads stay spreads
        (held(-600, (option("440", PUT), 5), (option("435", PUT), -5)), limit(bto(1, "450"), price="2.50"), 250),
        # the other side of a condor has the same margin: one side loses at most
        (held(100, (option("435", PUT), -1), (option("430", PUT), 1)), credit("0.93", sto(1, "465"), bto(1, "470")), 0),
    ],
)  # fmt: skip
def test_the_risk_of_an_order_is_what_it_adds_to_the_book(before, order, added):
    assert order_risk(Trade.of(order, {}), before).loss_usd == added


def test_what_was_sold_against_shares_is_naked_once_an_order_sells_the_shares():
    covered = held(-43_000, (SPY, 100), (option("455"), -1))
    assert worst_case(covered).loss_usd == 43_000
    sale = Trade.of(limit(leg("sell_to_close", 100, SPY), price="440", effect="credit"), {})
    assert order_risk(sale, covered).unlimited


def test_the_cost_of_a_check_does_not_grow_with_equal_orders():
    spread = Trade.of(limit(bto(1, "450"), sto(1, "460"), price="4"), {})
    assert worst_case(NOTHING, (spread.times(100),)) == worst_case(NOTHING, (spread,) * 100)
    assert worst_case(NOTHING, (spread,) * 100).loss_usd == 40_000


def test_what_moves_nothing_loses_nothing():
    calendar = Trade({option("450"): -1, option("450", expiration=LATER): 1}, Decimal(-200))
    assert worst_case(NOTHING) == worst_case(NOTHING, (NOTHING, calendar.times(0))) == WorstCase()
    assert order_risk(calendar, calendar, (calendar.times(0),)).added_usd == 200


TRADES = st.builds(lambda seed, most: random_book(dice_of(seed), most).as_trade(), st.integers(), st.integers(1, 3))


@given(TRADES, st.lists(TRADES, max_size=3), TRADES)
def test_what_may_fill_never_makes_the_worst_case_better(before, working, order):
    risk = order_risk(order, before, working)
    assert risk.after.counted_usd >= risk.before.counted_usd
    assert risk.after.uncovered_shares >= risk.before.uncovered_shares


@given(TRADES, st.sampled_from(range(10, 101, 10)), st.sampled_from(Right), st.integers(1, 5), st.integers(0, 900))
def test_what_is_bought_outright_loses_its_price_at_most(before, strike, right, quantity, cost):
    bought = Trade({option(str(strike), right): quantity}, Decimal(-cost))
    risk = order_risk(bought, before)
    assert not risk.unlimited
    assert 0 <= risk.added_usd <= cost


@given(TRADES, TRADES, st.integers(1, 20))
def test_n_times_the_book_loses_n_times_as_much(book, order, times):
    once, often = worst_case(book, (order,)), worst_case(book.times(times), (order.times(times),))
    assert often == WorstCase(once.counted_usd * times, once.uncovered_shares * times)


@given(TRADES, TRADES)
def test_two_underlyings_are_counted_one_by_one(one, other):
    elsewhere = Trade(
        {_on_qqq(each): quantity for each, quantity in other.amounts.items()}, other.cash_usd, other.share_price
    )
    both = Trade(dict(one.amounts) | dict(elsewhere.amounts), one.cash_usd + elsewhere.cash_usd, Decimal(100))
    apart = worst_case(one), worst_case(elsewhere)
    together = worst_case(both)
    assert together.uncovered_shares == sum(each.uncovered_shares for each in apart)
    if not together.unlimited:
        assert together.counted_usd == sum(each.counted_usd for each in apart)


def _on_qqq(instrument):
    return Equity("QQQ") if isinstance(instrument, Equity) else evolve(instrument, root="QQQ")


# Several settlements: never too low


@pytest.mark.parametrize(
    ("legs", "price", "effect", "loss"),
    [
        ((sto(1, "450"), bto(1, "450", expiration=LATER)), "2", "debit", 200),  # a calendar costs its debit
        ((sto(1, "450", PUT), bto(1, "450", PUT, expiration=LATER)), "2", "debit", 200),
        ((bto(1, "450"), sto(1, "450", expiration=LATER)), "2", "credit", None),  # the cover is gone before
        ((bto(1, "450", PUT), sto(1, "450", PUT, expiration=LATER)), "2", "credit", 44_800),
        ((sto(1, "450"), bto(1, "460", expiration=LATER)), "1", "debit", 1100),  # a diagonal: width and debit
        ((sto(1, "450", PUT), bto(1, "440", PUT, expiration=LATER)), "1", "debit", 1100),
        ((sto(2, "450"), bto(1, "450", expiration=LATER)), "1", "debit", None),  # one covers one
        ((sto(1, "455"), sto(1, "445", PUT), later(bto, "455", CALL), later(bto, "445", PUT)), "3", "debit", 300),
        ((sto(1, "450", root="SPX"), bto(1, "450", root="SPXW")), "1", "debit", 100),  # the morning is covered
        ((sto(1, "450", root="SPXW"), bto(1, "450", root="SPX")), "1", "credit", None),  # never the reverse
        ((sto(1, "20", root="VIX"), bto(1, "20", root="VIX", expiration=LATER)), "1", "debit", None),  # other futures
        ((sto(1, "100", root="AAPL7"), bto(1, "100", root="AAPL")), "1", "debit", None),  # another deliverable
    ],
)  # fmt: skip
def test_a_later_option_covers_an_earlier_one_and_never_the_reverse(legs, price, effect, loss):
    ticket = limit(*legs, price=price, effect=effect)
    profile = of_ticket(ticket, {})
    assert (profile.max_loss_usd, profile.max_gain_usd, profile.break_evens, profile.exact) == (loss, None, (), False)
    assert profile.gain_in_words() == "maximum gain unknown"
    assert profile.break_evens_in_words() == "break-even unknown"
    filled = worst_case(Trade.of(ticket, {}))  # as a position, once it is filled
    assert filled.loss_usd == loss


def test_shares_cover_calls_at_whichever_settlement_there_are_some():
    shares_and_calls = held(-44_000, (SPY, 200), (option("455"), -1), (option("455", expiration=LATER), -1))
    assert worst_case(shares_and_calls).loss_usd == 44_000
    assert worst_case(held(-44_000, (SPY, 100), (option("455"), -1), (option("455", expiration=LATER), -1))).unlimited
    collar = held(-44_000, (SPY, 100), (option("430", PUT), 1), (option("455", expiration=LATER), -1))
    assert worst_case(collar).loss_usd == 44_000  # the put is gone before the call: only the shares' price is sure
    assert worst_case(held(-44_000, (SPY, 100), (option("430", PUT), 1), (option("455"), -1))).loss_usd == 1_000
    protected = held(-44_000, (SPY, 100), (option("430", PUT), 1), (option("300", PUT, LATER), -0))
    assert worst_case(protected).loss_usd == 1_000


def test_closing_the_later_leg_of_a_calendar_leaves_the_earlier_one_naked():
    calendar = held(-200, (option("450"), -1), (option("450", expiration=LATER), 1))
    later = Trade.of(limit(stc(1, "450", expiration=LATER), price="5", effect="credit"), {})
    both = Trade.of(limit(btc(1, "450"), stc(1, "450", expiration=LATER), price="2", effect="credit"), {})
    assert order_risk(later, calendar).unlimited
    assert not order_risk(both, calendar).is_worse


def assigned(amounts, days):
    """Every way in which bought options count at their own day or earlier, and shares at any: the holder's choices."""
    choices = []
    for part in amounts:
        free = [day for day in days if part.strike is None or day <= part.day]
        choices.append(free if part.strike is None or part.quantity > 0 else [part.day])
    return product(*choices)


def test_over_two_settlements_the_best_choice_of_the_holder_is_nearly_always_found():
    """Every way to count each part at one settlement is tried; where one bounds the loss, so does what was found."""
    dice, days, tried, reached = dice_of(30), (EXPIRY, LATER), 0, 0
    for _ in range(BOOKS // 8):
        book = random_book(dice, 4, days)
        said = worst_case(book.as_trade())
        bounds = [loss for choice in assigned(book.parts, days) if (loss := lost_by(book, choice, days)) is not None]
        never_moved = most_lost_over_days(book, (), days)
        if never_moved is not None:
            assert said.counted_usd <= never_moved
        if bounds:
            assert not said.unlimited, book
            tried, reached = tried + 1, reached + (said.counted_usd <= min(bounds))
    assert reached >= 0.98 * tried > 0


def lost_by(book: Book, choice, days) -> int | None:
    """The most that is lost with each part counted where *choice* says; None where there is no bound."""
    loss = -book.cash
    for day in days:
        parts = [part for part, at in zip(book.parts, choice, strict=True) if at == day]
        if sum(part.worth(2 * FAR) - part.worth(FAR) for part in parts) < 0:
            return None
        loss -= min(sum(part.worth(price) for part in parts) for price in GRID)
    return loss


def test_over_two_settlements_the_number_is_never_below_what_a_path_loses():
    """Paths of two prices, and the holder does the best in hindsight with what was bought: still no more is lost."""
    dice, days = dice_of(40), (EXPIRY, LATER)
    for _ in range(BOOKS // 8):
        book, orders = random_book(dice, 3, days), [random_book(dice, 3, days) for _ in range(dice.randint(0, 2))]
        said = worst_case(book.as_trade(), [order.as_trade() for order in orders])
        for filled in product((0, 1), repeat=len(orders)):
            together = Book(
                (*book.parts, *(part for order, on in zip(orders, filled, strict=True) if on for part in order.parts)),
                book.cash + sum(order.cash for order, on in zip(orders, filled, strict=True) if on),
            )
            for prices in product(GRID[::4], repeat=2):
                settles = dict(zip(days, prices, strict=True))
                worth = sum(max(
                    part.worth(settles[day]) for day in days
                    if (part.strike is None or (day <= part.day if part.quantity > 0 else day == part.day))
                ) for part in together.parts)  # fmt: skip
                assert said.unlimited or said.counted_usd >= -together.cash - worth


def test_over_two_settlements_the_number_is_never_below_the_holders_best_choice():
    """Whatever fills, and however its bought options are counted: no less is lost at the worst prices."""
    dice, days = dice_of(50), (EXPIRY, LATER)
    for _ in range(BOOKS // 16):
        book, order = random_book(dice, 3, days), random_book(dice, 3, days)
        said = worst_case(book.as_trade(), [order.as_trade()])
        for together in (book, Book((*book.parts, *order.parts), book.cash + order.cash)):
            netted = together.netted()
            bounds = [lost_by(netted, choice, days) for choice in assigned(netted.parts, days)]
            best = min((bound for bound in bounds if bound is not None), default=None)
            assert said.unlimited if best is None else said.unlimited or said.counted_usd >= best


def test_any_number_of_calendars_costs_their_debits():
    strikes = ("410", "420", "430", "440", "450", "460", "470")
    calendars = [Trade({option(k): -1, option(k, expiration=LATER): 1}, Decimal(-100)) for k in strikes]
    assert worst_case(NOTHING, calendars).loss_usd == 700


def test_many_orders_over_several_settlements_are_counted_on_the_safe_side():
    """Only the last few are tried in every combination; those before them count part by part, which is no less."""
    strikes = ("410", "420", "430", "440", "450", "460", "470")
    rolls = [Trade({option(k, PUT): 1, option(k, PUT, LATER): -1}, Decimal(100)) for k in strikes]
    short = held(0, *((option(k, PUT), -1) for k in strikes))
    for number in range(len(rolls) + 1):
        counted = worst_case(short, rolls[:number])
        assert not counted.unlimited
        assert counted.counted_usd >= worst_case(short).counted_usd
    assert order_risk(rolls[0], short).added_usd == 0
    assert worst_case(short, rolls[:4]) == worst_case(short)


def test_every_order_over_several_settlements_counts_however_many_there_are():
    strikes = ("410", "420", "430", "440", "450", "460", "470")
    sales = [Trade({option(k, PUT): -1, option(k, PUT, LATER): -1}, Decimal(300)) for k in strikes]
    for number in range(1, len(sales) + 1):
        alone = [worst_case(NOTHING, [sale]).counted_usd for sale in sales[:number]]
        assert worst_case(NOTHING, sales[:number]).counted_usd == sum(alone)


def test_shares_cover_no_option_on_another_deliverable():
    adjusted = option("100", root="AAPL7")
    buy_write = Trade({Equity("AAPL"): 100, adjusted: -1}, Decimal(-9_000), Decimal(90))
    assert worst_case(NOTHING, (buy_write,)).unlimited
    assert worst_case(Trade({Equity("AAPL"): 100}, Decimal(-9_000)), (Trade({adjusted: -1}, Decimal(100)),)).unlimited
    standard = Trade({Equity("AAPL"): 100, option("100", root="AAPL"): -1}, Decimal(-9_000), Decimal(90))
    assert worst_case(NOTHING, (standard,)).loss_usd == 9_000


# What a ticket does to an account

QUOTES = {option("450"): Quote(Decimal("2.40"), Decimal("2.60"), NOW), SPY: Quote(Decimal(449), Decimal(450), NOW)}


@pytest.mark.parametrize(
    ("kind", "one", "stop", "cash"),
    [
        ("market", bto(10, "450"), None, -2600),
        ("market", stc(10, "450"), None, 2400),
        ("stop", bto(10, "450"), "3", -3000),  # the trigger, where that is worse
        ("stop", bto(10, "450"), "2", -2600),
        ("stop", stc(10, "450"), "2", 2000),
        ("stop", stc(10, "450"), "3", 2400),
        ("market", leg("buy_to_open", 7, SPY), None, -3150),
        ("market", leg("sell_to_open", 7, SPY), None, 3143),
    ],
)
def test_without_a_limit_the_quote_says_what_is_paid(kind, one, stop, cash):
    ticket = Ticket((one,), OrderType(kind), stop=None if stop is None else Decimal(stop))
    assert Trade.of(ticket, QUOTES).cash_usd == cash


def test_without_a_quote_that_is_needed_there_is_no_number():
    with pytest.raises(KeyError):
        Trade.of(Ticket((bto(1, "450"),), OrderType.MARKET), {})
    with pytest.raises(KeyError):
        Trade.of(Ticket((bto(1, "450"),), OrderType.MARKET), {option("450"): Quote(Decimal(1), Decimal(0), NOW)})
    unbid = {option("450"): Quote(Decimal(0), Decimal(1), NOW)}
    assert Trade.of(Ticket((stc(1, "450"),), OrderType.MARKET), unbid).cash_usd == 0


def test_a_hundred_shares_of_a_covered_call_weigh_as_one_contract():
    trade = Trade.of(limit(leg("buy_to_open", 300, SPY), sto(3, "455"), price="440"), {})
    assert (trade.cash_usd, trade.share_price) == (-132_000, 440)


def test_positions_cost_what_they_were_opened_at():
    positions = [Position(option("450"), -2, Decimal("3.10")), Position(SPY, 200, Decimal("441.5"))]
    assert Trade.held(positions) == Trade({option("450"): -2, SPY: 200}, Decimal(-87_680), Decimal("441.5"))
    assert Trade.held(()) == NOTHING


@pytest.mark.parametrize(
    ("legs", "most", "many"),
    [
        ((bto(10, "450"),), 10, 0),
        ((bto(1, "450"), sto(3, "460")), 3, 0),
        ((leg("buy_to_open", 300, SPY),), 0, 300),
        ((leg("buy_to_open", 100, SPY), sto(1, "455")), 1, 100),
    ],
)
def test_contracts_are_of_the_largest_leg_and_shares_are_shares(legs, most, many):
    ticket = limit(*legs, price="1")
    assert (contracts(ticket), shares(ticket)) == (most, many)


# In words


def test_numbers_are_told_in_dollars_and_an_unlimited_loss_as_unlimited():
    condor = limit(*CONDOR, price="1.93", effect="credit")
    profile = of_ticket(condor, {})
    assert profile.loss_in_words() == "maximum loss $307.00"
    assert profile.gain_in_words() == "maximum gain $193.00"
    assert profile.break_evens_in_words() == "break-even at 433.07 and 466.93"
    naked = limit(sto(1, "450"), price="5", effect="credit")
    assert of_ticket(naked, {}).loss_in_words() == "unlimited loss"
    assert of_ticket(limit(bto(1, "450"), price="5"), {}).gain_in_words() == "unlimited gain"
    risk = order_risk(Trade.of(naked, {}), NOTHING)
    assert risk.in_words() == risk.after.in_words() == "unlimited loss"
    assert risk.added_usd == 44_500  # at 900: twice the strike
    assert of_ticket(limit(bto(1, "450"), sto(1, "460"), price="11"), {}).break_evens_in_words() == "no break-even"
    assert order_risk(Trade.of(condor, {}), NOTHING).in_words() == "maximum loss $307.00"
