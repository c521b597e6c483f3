"""Traders: who they are, what they may do and how much, and what their open orders hold."""

from decimal import Decimal
from uuid import UUID

import pytest
from attrs import evolve, fields
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.events import TOPICS
from tastyflow.domain.trader import (
    CapacityReleased,
    CapacityReserved,
    Identity,
    IdentityClaimed,
    Limits,
    Permission,
    Trader,
    TraderRegistered,
)
from tastyflow.domain.trader.events import TraderEvent
from tastyflow.domain.trader.identity import require_identity
from tastyflow.domain.trader.permissions import GRANTABLE
from tastyflow.errors import IllegalStep, Invalid, Refused
from tests.domain.makers import registered, why

ORDERS = [UUID(int=n) for n in range(1, 5)]


def after(trader: Trader, event) -> Trader:
    assert event is not None
    evolved = trader.evolved(event)
    assert evolved.version == trader.version + 1
    return evolved


# Who they are


def test_a_name_is_one_trader_everywhere():
    assert registered().id == Trader.id_of("demo") != Trader.id_of("Demo")


@pytest.mark.parametrize("name", ["", "  ", "x" * 65, "two\nlines", "bell\a", "\u202eflip"])
def test_a_name_is_short_and_printable(name):
    with pytest.raises(Invalid) as no:
        Trader.register(name, limits=Limits(), permissions=frozenset(), why=why())
    assert no.value.code == "bad_name"


@pytest.mark.parametrize("name", ["\u0430nn", "ann\u03b1", "Zoe\u0308", "\uff41nn", "\u212aarl"])
def test_no_name_looks_like_another_for_a_letter_of_another_script_or_spelling(name):
    with pytest.raises(Invalid) as no:
        Trader.register(name, limits=Limits(), permissions=frozenset(), why=why())
    assert no.value.code == "bad_name"


@pytest.mark.parametrize(
    "name", ["x", "x" * 64, "Zoë van der Berg", "Анна", "山田ひろみ", "ann-2", "123456789012345678"]
)
def test_a_trader_is_registered_with_limits_and_permissions(name):
    event = Trader.register(name, limits=Limits(3), permissions=frozenset(GRANTABLE), why=why())
    trader = Trader.born_of(event)
    assert (trader.name, trader.limits.max_contracts, trader.permissions) == (name, 3, frozenset(GRANTABLE))
    assert (trader.suspended, trader.reserved, trader.identities) == (False, {}, frozenset())
    assert event.permissions == tuple(sorted(GRANTABLE))


def test_an_identity_is_claimed_once_under_an_id_of_its_own():
    trader = registered()
    claim = Identity.claim("discord", "42", trader.id, why=why())
    again = Identity.claim("discord", "42", UUID(int=2), why=why())
    assert (claim.originator_id, claim.originator_version) == (again.originator_id, again.originator_version)
    identity = Identity.born_of(claim)
    assert (identity.platform, identity.user, identity.trader) == ("discord", "42", trader.id)
    assert Identity.id_of("cli", "42") != identity.id
    with pytest.raises(TypeError):
        identity.evolved(trader.suspend(why=why()))


def test_an_identity_that_was_given_back_can_be_taken_by_another_trader():
    claim = Identity.claim("discord", "42", UUID(int=1), why=why())
    identity = Identity.born_of(claim)
    assert identity.claim_again(UUID(int=1), why=why()) is None
    free = identity.evolved(identity.release(why=why()))
    assert (free.trader, free.version, free.release(why=why())) == (None, 2, None)
    again = free.evolved(free.claim_again(UUID(int=2), why=why()))
    assert (again.trader, again.version) == (UUID(int=2), 3)


@pytest.mark.parametrize(
    ("platform", "user"),
    [("cli", "ann"), ("cli", "ann.lee"), ("discord", "123456789012345678"), ("signal", "tv-alerts")],
)
def test_an_identity_is_what_its_platform_knows(platform, user):
    require_identity(platform, user)


@pytest.mark.parametrize(
    ("platform", "user"),
    [
        ("irc", "ann"), ("", "ann"), ("cli", ""), ("cli", "two words"), ("cli", "a/b"), ("cli", "x" * 65),
        ("cli", "a\x1b"),
        ("discord", "ann#1234"), ("discord", "12345678901234"), ("discord", "1" * 22), ("discord", "١" * 18),
        ("signal", "a b"), ("signal", ""),
    ],
)  # fmt: skip
def test_an_identity_that_its_platform_cannot_know_is_none(platform, user):
    with pytest.raises(Invalid) as no:
        require_identity(platform, user)
    assert (no.value.code, bool(no.value.hint)) == ("bad_identity", True)


def test_a_change_says_what_was_before_it():
    trader = registered(permissions=[Permission.SPREADS])
    assert trader.set_limits(Limits(3), why=why()).before == trader.limits
    assert trader.set_permissions(frozenset({Permission.VIEW}), why=why()).before == (Permission.SPREADS,)
    assert trader.remove(why=why()).before == (Permission.SPREADS,)


def test_a_removed_trader_may_do_nothing_and_keeps_the_name():
    trader = registered(permissions=[Permission.SPREADS, Permission.ADMINISTER])
    gone = after(trader, trader.remove(reason="left", why=why()))
    assert (gone.name, gone.removed, gone.suspended, gone.permissions) == (trader.name, True, True, frozenset())
    assert gone.remove(why=why()) is None


def test_a_trader_with_open_orders_is_not_removed():
    trader = after(registered(), registered().reserve(ORDERS[0], contracts=1, notional_usd=Decimal(1), why=why()))
    with pytest.raises(Refused, match=ORDERS[0].hex[:6]) as no:
        trader.remove(why=why())
    assert no.value.code == "open_orders"


def test_what_comes_from_the_installation_is_remembered_by_its_version_there():
    trader = registered()
    assert trader.installation == 0
    copied = evolve(trader.suspend(why=why()), installation=4)
    known = after(trader, copied)
    assert (known.installation, known.suspended) == (4, True)
    assert after(known, known.reinstate(why=why())).installation == 4  # one that was made here does not change it


def test_a_linked_identity_is_no_news_the_second_time():
    trader = after(registered(), registered().link("discord", "42", why=why()))
    assert trader.identities == {("discord", "42")}
    assert trader.link("discord", "42", why=why()) is None
    assert len(after(trader, trader.link("cli", "42", why=why())).identities) == 2


# What they may do


def test_limits_and_permissions_are_set_and_setting_the_same_is_no_news():
    trader = registered()
    assert trader.set_limits(Limits(), why=why()) is None
    assert after(trader, trader.set_limits(Limits(1), why=why())).limits == Limits(1)
    assert trader.set_permissions(trader.permissions, why=why()) is None
    assert after(trader, trader.set_permissions(frozenset(), why=why())).permissions == frozenset()


def test_a_trader_is_suspended_and_reinstated_once_each():
    trader = registered()
    assert trader.reinstate(why=why()) is None
    suspended = after(trader, trader.suspend(reason="holiday", why=why()))
    assert suspended.suspended
    assert suspended.suspend(why=why()) is None
    back = after(suspended, suspended.reinstate(why=why()))
    assert back == evolve(trader, version=3)


LISTS_AND_CHOICES = {"symbols", "denied_symbols", "option_market_orders", "zero_dte"}
NUMBERS = [field.name for field in fields(Limits) if field.name not in LISTS_AND_CHOICES]
DOLLARS_AND_PARTS = [name for name in NUMBERS if name.endswith(("_usd", "_pct"))]


@pytest.mark.parametrize("name", NUMBERS)
def test_a_limit_is_not_negative_and_may_be_nothing(name):
    with pytest.raises(Invalid, match=f"not negative: {name}") as no:
        Limits(**{name: -1})
    assert no.value.code == "bad_limit"
    assert getattr(Limits(**{name: 0}), name) == 0


@pytest.mark.parametrize("name", DOLLARS_AND_PARTS)
def test_a_limit_is_a_number(name):
    with pytest.raises(Invalid):
        Limits(**{name: Decimal("NaN")})


@pytest.mark.parametrize(
    "lists", [{"symbols": ("SPY", "spy")}, {"denied_symbols": ("BRK/B",)}, {"symbols": ("SPY QQQ",)}]
)
def test_a_list_that_is_set_names_tickers_as_traders_write_them(lists):
    odd = Limits(**lists)  # one that was stored before is still read
    for attempt in (
        lambda: registered().set_limits(odd, why=why()),
        lambda: Trader.register("ann", limits=odd, permissions=frozenset(), why=why()),
    ):
        with pytest.raises(Invalid, match="is not a ticker symbol") as no:
            attempt()
        assert no.value.code == "bad_limit"
    assert registered().set_limits(Limits(symbols=("BRK.B", "SPX"), denied_symbols=("F",)), why=why()) is not None


# What their orders hold


def test_capacity_is_held_once_per_order_and_given_back_once():
    trader = registered()
    held = after(trader, trader.reserve(ORDERS[0], contracts=10, notional_usd=Decimal(2500), why=why()))
    assert held.reserved_notional_usd == 2500
    with pytest.raises(IllegalStep, match="holding capacity"):
        held.reserve(ORDERS[0], contracts=1, notional_usd=Decimal(1), why=why())
    freed = after(held, held.release(ORDERS[0], why=why()))
    assert freed.reserved_notional_usd == 0
    assert freed.release(ORDERS[0], why=why()) is None
    assert held.reserved_notional_usd == 2500  # values: what was is not changed by what is


@given(st.lists(st.tuples(st.sampled_from(ORDERS), st.booleans(), st.integers(0, 10_000)), max_size=20))
def test_what_is_held_is_the_sum_over_the_open_orders(steps):
    trader, model = registered(), {}
    for order, takes, dollars in steps:
        if takes and order not in model:
            trader = after(trader, trader.reserve(order, contracts=1, notional_usd=Decimal(dollars), why=why()))
            model[order] = dollars
        elif not takes:
            event = trader.release(order, why=why())
            assert (event is None) == (order not in model)
            trader = trader.evolved(event) if event else trader
            model.pop(order, None)
        assert trader.reserved_notional_usd == sum(model.values())
        assert set(trader.reserved) == set(model)


# Replay


def test_every_event_of_a_trader_can_be_obeyed_at_any_time():
    topics = {kind for name, kind in TOPICS.items() if name.startswith("tastyflow.trader.")}
    assert {kind for kind in topics if issubclass(kind, TraderEvent)} == topics - {TraderRegistered}
    assert all(kind.change is not TraderEvent.change for kind in topics - {TraderRegistered})
    trader = registered()
    common = {"originator_id": trader.id, "originator_version": 2, "at": why().at}
    common |= {"actor": "a", "cause": "c", "command_id": "i"}
    assert trader.evolved(CapacityReleased(**common, order=ORDERS[0])).reserved == {}
    taken = CapacityReserved(**common, order=ORDERS[0], contracts=1, notional_usd=Decimal(1))
    assert trader.evolved(taken).evolved(taken).reserved_notional_usd == 1


def test_only_a_registration_begins_a_trader_and_only_a_claim_an_identity():
    trader = registered()
    with pytest.raises(TypeError, match="begins no trader"):
        Trader.born_of(trader.suspend(why=why()))
    with pytest.raises(TypeError, match="begins no identity"):
        Identity.born_of(trader.suspend(why=why()))
    assert IdentityClaimed.TOPIC == "tastyflow.identity.claimed@1"
