"""A persistent map: what a dict says after the same changes, and every earlier map stays what it was."""

from decimal import Decimal
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.persistent_map import PersistentMap
from tastyflow.domain.trader.state import Reservation, Reservations

KEYS = st.integers(0, 9)
CHANGES = st.lists(st.tuples(KEYS, st.none() | st.integers()), max_size=40)


@given(first=st.dictionaries(KEYS, st.integers()), changes=CHANGES)
def test_it_says_what_a_dict_says_in_the_same_order(first, changes):
    said, model = PersistentMap(first), dict(first)
    earlier = [(said, dict(model))]
    for key, value in changes:
        if value is None:
            said = said.without(key)
            model.pop(key, None)
        else:
            said = said.having(key, value)
            model[key] = value
        earlier.append((said, dict(model)))
    for each, as_dict in earlier:
        assert list(each.items()) == list(as_dict.items())
        assert (len(each), each == as_dict, repr(each)) == (len(as_dict), True, f"PersistentMap({as_dict})")
        assert all((key in each, each.get(key)) == (key in as_dict, as_dict.get(key)) for key in range(10))


def test_taking_away_what_is_not_there_changes_nothing():
    held = PersistentMap({1: "a"})
    assert held.without(2) is held


@given(changes=st.lists(st.tuples(KEYS, st.none() | st.decimals(0, 10**6, places=2)), max_size=40))
def test_the_sum_of_reservations_is_that_of_the_orders_that_hold_one(changes):
    said, model = Reservations(), {}
    for number, amount in changes:
        order = UUID(int=number)
        if amount is None:
            said = said.freed(order)
            model.pop(order, None)
        else:
            said = said.holding(order, Reservation(1, amount))
            model[order] = Reservation(1, amount)
    assert said == model == Reservations.of(model)
    assert said.notional_usd == sum((each.notional_usd for each in model.values()), Decimal(0))
