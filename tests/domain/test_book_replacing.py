"""Of an order and the one that is about to take its place only one can fill: never less than the truth is counted."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.domain.book import OrderReplacing
from tastyflow.domain.risk.worst_case import NOTHING, Trade, worst_case
from tastyflow.domain.ticket import Action, Leg, OrderType, PriceEffect, Ticket
from tests.domain.test_book import CALL, PUT, because, entered, opened, order_id, progressed, trade
from tests.domain.test_book import filled as filled_leg

OLD, NEW, OTHER = 1, 2, 3
actions = st.sampled_from([Action.BUY_TO_OPEN, Action.SELL_TO_OPEN, Action.BUY_TO_CLOSE, Action.SELL_TO_CLOSE])
prices = st.integers(1, 40).map(lambda n: str(Decimal(n) / 4))
quantities = st.integers(1, 6)


def spread(quantity, price):
    legs = (Leg(Action.SELL_TO_OPEN, quantity, CALL), Leg(Action.SELL_TO_OPEN, quantity, PUT))
    return Ticket(legs, OrderType.LIMIT, Decimal(price), PriceEffect.CREDIT)


def single(action, instrument):
    return lambda quantity, price: trade(action, quantity, instrument, price)


shapes = st.one_of(st.just(spread), st.builds(single, actions, st.sampled_from([CALL, PUT])))


def replacing(book):
    event = book.replacing(order_id(NEW), order_id(OLD), why=because())
    assert isinstance(event, OrderReplacing)
    return book.evolved(event)


def could_fill(book):
    units = book.working.get("SPY", {})
    return [Trade(dict(unit.amounts), unit.cash_usd).times(times) for unit, times in units.items()]


def loss(book, held=NOTHING):
    """The worst case, at one reference price for every book that is compared."""
    worst = worst_case(held, could_fill(book), reference=Decimal(900))
    return worst.counted_usd, worst.uncovered_shares


def both(shape, quantity, prices_of_both, other):
    book = opened()
    if other is not None:
        book = entered(book, OTHER, other)
    for number, price in zip((OLD, NEW), prices_of_both, strict=True):
        book = entered(book, number, shape(quantity, price))
    return book


others = st.one_of(st.none(), st.builds(lambda shape, n, price: shape(n, price), shapes, quantities, prices))


@given(shapes, quantities, st.tuples(prices, prices), others)
@settings(max_examples=300, deadline=None)
def test_two_of_which_one_can_fill_count_as_the_worse_of_both(shape, quantity, prices_of_both, other):
    sum_of_both = both(shape, quantity, prices_of_both, other)
    one = replacing(sum_of_both)
    with_old, with_new = (loss(sum_of_both.apart_from(order_id(number))) for number in (NEW, OLD))
    assert loss(one) == tuple(map(max, with_old, with_new))
    assert loss(one)[0] <= loss(sum_of_both)[0]
    assert one.orders_of(sum_of_both.entries[order_id(OLD)].trader) == 2 + (other is not None)
    for number in (OLD, NEW):
        assert loss(one.apart_from(order_id(number))) == loss(sum_of_both.apart_from(order_id(number)))


@given(shapes, st.integers(2, 6), st.tuples(prices, prices), others, st.sampled_from([OLD, NEW]), st.data())
@settings(max_examples=300, deadline=None)
def test_whichever_fills_no_less_than_the_truth_is_counted(shape, quantity, prices_of_both, other, filler, data):
    """A venue ends the other one at the first fill; the book hears of that later."""
    book = replacing(both(shape, quantity, prices_of_both, other))
    ticket, loser = book.entries[order_id(filler)].ticket, OLD if filler == NEW else NEW
    done = data.draw(st.integers(1, quantity))
    signs = [(leg.instrument, done if leg.action.buys else -done) for leg in ticket.legs]
    price = ticket.price / len(signs)
    legs = [filled_leg(signed, instrument, str(price)) for instrument, signed in signs]
    after = progressed(book, filler, *legs, is_adopted=True, is_over=done == quantity)
    cash = ticket.price * done * 100 * (-1 if ticket.price_effect is PriceEffect.DEBIT else 1)
    held = Trade(dict(signs), cash)
    truth = loss(after.apart_from(order_id(loser)), held)
    assert all(counted >= true for counted, true in zip(loss(after, held), truth, strict=True))
    settled = progressed(after, loser, is_over=True)
    assert loss(settled, held) == truth
    assert loss(progressed(settled, filler, is_over=True), held) == loss(settled.apart_from(order_id(filler)), held)


@pytest.mark.parametrize("first", [OLD, NEW])
def test_when_one_is_over_the_other_counts_for_itself_and_nothing_is_left_in_the_end(first):
    second = OLD if first == NEW else NEW
    book = replacing(both(single(Action.BUY_TO_OPEN, CALL), 4, ("8", "9"), None))
    assert book.moving[CALL].buys == 4
    book = progressed(book, first, is_over=True)
    (entry,) = book.entries.values()
    assert (entry.order, entry.twin, entry.is_silent, book.moving[CALL].buys) == (order_id(second), None, False, 4)
    book = progressed(book, second, is_over=True)
    assert (book.entries, book.working, book.moving, book.counts) == ({}, {}, {}, {})


def test_saying_it_again_is_no_news_and_neither_is_what_is_not_there():
    book = replacing(both(single(Action.BUY_TO_OPEN, CALL), 4, ("8", "9"), None))
    assert book.replacing(order_id(NEW), order_id(OLD), why=because()) is None
    assert opened().replacing(order_id(NEW), order_id(OLD), why=because()) is None


def test_what_two_closes_of_one_position_take_of_it_is_counted_once():
    book = opened()
    for number, price in ((OLD, "8"), (NEW, "7")):
        book = entered(book, number, trade(Action.SELL_TO_CLOSE, 4, price=price), held=4)
    assert book.moving[CALL].sells_to_close == 8
    assert replacing(book).moving[CALL].sells_to_close == 4
