"""What a trader may do: which permission includes which, what the oldest logs' two meant, what each verb asks for."""

import pytest
from attrs import evolve, frozen
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.trader import Permission, Trader
from tastyflow.domain.trader.permissions import (
    DOING,
    FOR_OTHERS,
    GRANTABLE,
    INCLUDES,
    RETIRED,
    TRADING,
    VERBS,
    may,
    normalised,
    require,
    with_included,
)
from tastyflow.errors import Refused
from tests.domain.makers import registered, why

ANY = st.frozensets(st.sampled_from(Permission))


@frozen
class Person:
    name: str
    permissions: frozenset[Permission]
    suspended: bool = False


def one(*permissions: str) -> Person:
    return Person("ann", frozenset(Permission(each) for each in permissions))


@given(ANY)
def test_the_state_has_no_permission_of_the_oldest_logs(given_permissions):
    trader = registered(permissions=given_permissions)
    assert not trader.permissions & RETIRED
    event = trader.set_permissions(frozenset({Permission.TRADE}), why=why())
    assert event is None or not trader.evolved(event).permissions & RETIRED
    assert event is None or not set(event.permissions) & RETIRED  # nor is one recorded again


@given(ANY)
def test_normalising_twice_is_normalising_once_and_takes_nothing_of_today_away(permissions):
    now = normalised(permissions)
    assert normalised(now) == now
    assert permissions - RETIRED <= now <= frozenset(GRANTABLE)


def test_the_oldest_permissions_mean_what_they_allowed():
    trade, sell = Permission.TRADE, Permission.SELL_TO_OPEN
    bought = {Permission.LONG_OPTIONS, Permission.SHARES, Permission.MARKET_ORDERS}
    sold = {Permission.COVERED, Permission.SPREADS, Permission.SHORT_OPTIONS}
    assert normalised({trade}) == bought
    assert normalised({trade, sell}) == bought | sold
    assert normalised({sell}) == frozenset()  # alone it allowed no order


def test_an_old_event_is_read_as_what_it_allowed():
    event = Trader.register("ann", limits=registered().limits, permissions=frozenset(), why=why())
    old = type(event)(
        **{name: getattr(event, name) for name in ("originator_id", "originator_version", "at", "actor", "cause")},
        command_id="c", name="ann", limits=event.limits, permissions=(Permission.VIEW, Permission.TRADE),
    )  # fmt: skip
    assert Trader.born_of(old).permissions == normalised({Permission.TRADE}) | {Permission.VIEW}


@pytest.mark.parametrize("permission", GRANTABLE)
def test_every_permission_lets_its_trader_see(permission):
    assert may(one(permission), Permission.VIEW)
    assert not may(one(), Permission.VIEW)


def test_what_is_riskier_includes_what_is_less_so_and_never_the_other_way():
    assert may(one("short_options"), Permission.SPREADS)
    assert may(one("short_options"), Permission.COVERED)
    assert not may(one("spreads", "covered", "long_options", "shares"), Permission.SHORT_OPTIONS)
    assert not may(one("short_options"), Permission.LONG_OPTIONS)
    assert not may(one(*TRADING), Permission.MARKET_ORDERS)
    for permission, included in INCLUDES.items():
        assert permission not in with_included(included)


@given(ANY)
def test_no_permission_to_trade_lets_anyone_approve_halt_or_administer(permissions):
    held = with_included(permissions - {Permission.APPROVE, Permission.HALT, Permission.ADMINISTER})
    assert held.isdisjoint({Permission.APPROVE, Permission.HALT, Permission.ADMINISTER})


@pytest.mark.parametrize("verb", VERBS)
@pytest.mark.parametrize("permission", GRANTABLE)
def test_a_verb_is_for_those_who_have_one_of_its_permissions(verb, permission):
    allowed = bool(VERBS[verb] & with_included(frozenset({permission})))
    if allowed:
        require(one(permission), verb)
        return
    with pytest.raises(Refused) as no:
        require(one(permission), verb)
    assert no.value.code == "not_permitted"
    assert no.value.message == f"ann may not {DOING[verb]}."
    assert all(each.value in no.value.hint for each in VERBS[verb])


@pytest.mark.parametrize("verb", VERBS)
def test_a_suspended_trader_reaches_no_further_than_their_own_orders(verb):
    suspended = evolve(one(*GRANTABLE), suspended=True)
    if verb not in FOR_OTHERS:
        require(suspended, verb)
        return
    with pytest.raises(Refused, match="ann is suspended, and may not ") as no:
        require(suspended, verb)
    assert no.value.code == "suspended"


def test_who_has_no_permission_may_do_nothing():
    for verb in VERBS:
        with pytest.raises(Refused):
            require(one(), verb)


def test_each_verb_has_its_words_and_asks_for_what_can_be_given():
    assert VERBS.keys() == DOING.keys()
    assert all(wanted and wanted <= set(GRANTABLE) for wanted in VERBS.values())
    assert RETIRED.isdisjoint(GRANTABLE)
    assert set(GRANTABLE) | RETIRED == set(Permission)
