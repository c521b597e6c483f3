"""Who orders on a command line: the user of the operating system; and who may act for whom."""

from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.application.attribution import Requester, are_two_persons
from tastyflow.application.desk import Desk
from tastyflow.application.intake.identify import known_author_of
from tastyflow.application.message import Message
from tastyflow.application.traders import Traders
from tastyflow.domain.order.events import OrderDrafted
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader import Permission, Trader
from tastyflow.errors import Refused
from tests.application.kit import GENEROUS, ONE_CALL, log

pytestmark = pytest.mark.anyio

REAL = {"environment": "production"}
"""Of a context whose venues are no fakes, as far as it says."""


async def hired(house, **permissions):
    traders = Traders(house.ledger, house.clock)
    for name, allowed in permissions.items():
        await house.until(traders.add(name, "cli", limits=GENEROUS, permissions=frozenset(allowed), by="alice"))
    return traders


def typed(user: str, *, by: str, acting: bool = True) -> Message:
    return Message(ONE_CALL, "cli", user, f"m-{user}-{by}", os_user=by, acting=acting)


def author(house, message: Message, **context):
    return known_author_of(evolve(house.context, **context), message).name


async def test_where_orders_are_real_only_who_administers_acts_for_others(house):
    await hired(house, ann=[Permission.SPREADS], bob=[Permission.SPREADS], alice=[Permission.ADMINISTER])
    assert author(house, typed("ann", by="alice"), **REAL) == "ann"
    assert author(house, typed("ann", by="ann"), **REAL) == "ann"
    for by in ("bob", "stranger", ""):
        with pytest.raises(Refused) as no:
            author(house, typed("ann", by=by), **REAL)
        assert no.value.code == "may_not_act"


async def test_a_suspended_administrator_acts_for_nobody_else(house):
    traders = await hired(house, ann=[Permission.SPREADS], alice=[Permission.ADMINISTER])
    await house.until(traders.suspend("alice", by="alice"))
    with pytest.raises(Refused):
        author(house, typed("ann", by="alice"), **REAL)


@pytest.mark.parametrize("context", [{"environment": "fake"}, {"environment": "production", "is_simulated": True}])
async def test_where_nothing_can_be_lost_anyone_acts_for_anyone(house, context):
    await hired(house, ann=[Permission.SPREADS])
    assert author(house, typed("ann", by="stranger"), **context) == "ann"
    with pytest.raises(Refused) as no:
        author(house, typed("mallory", by="stranger"), **context)
    assert no.value.code == "unknown_trader"


async def test_without_acting_a_user_is_the_trader_who_is_linked_to_them(house):
    traders = await hired(house, ann=[Permission.SPREADS])
    await house.until(traders.link("ann", "cli", "alice", by="alice"))
    assert author(house, typed("alice", by="alice", acting=False), **REAL) == "ann"
    await house.until(traders.unlink("ann", "cli", "alice", by="alice"))
    with pytest.raises(Refused) as no:
        author(house, typed("alice", by="alice", acting=False), **REAL)
    assert no.value.code == "unknown_trader"


async def test_an_identity_that_is_unlinked_is_refused_at_once_by_a_desk_that_runs(house):
    traders = await hired(house, ann=[Permission.LONG_OPTIONS])
    await house.until(traders.link("ann", "discord", "123456789012345678", by="alice"))
    async with house.desk() as desk:
        first = await house.until(desk.place(Message(ONE_CALL, "discord", "123456789012345678", "m-1")))
        assert first.stage is Stage.FILLED
        await house.until(traders.unlink("ann", "discord", "123456789012345678", by="alice"))
        second = await house.until(desk.place(Message(ONE_CALL, "discord", "123456789012345678", "m-2")))
    assert (second.stage, second.code) == (Stage.REFUSED, "unknown_trader")


async def test_who_acts_and_for_whom_is_in_the_log(house):
    await hired(house, ann=[Permission.LONG_OPTIONS])
    async with house.desk() as desk:
        await house.until(desk.place(typed("ann", by="alice")))
    (drafted,) = [event for event in log(house.ledger) if isinstance(event, OrderDrafted)]
    assert drafted.actor == f"trader:ann ({Trader.id_of('ann')}) via cli:ann as alice"
    assert (drafted.asked.trader, drafted.asked.user, drafted.asked.os_user) == (Trader.id_of("ann"), "ann", "alice")


async def test_a_removed_trader_is_refused(house):
    traders = await hired(house, ann=[Permission.LONG_OPTIONS])
    await house.until(traders.remove("ann", by="alice"))
    async with house.desk() as desk:
        order = await house.until(desk.place(typed("ann", by="ann")))
    assert (order.stage, order.code) == (Stage.REFUSED, "suspended")
    assert "ann was removed." in order.message


PEOPLE = st.builds(Requester, st.sampled_from([None, UUID(int=1), UUID(int=2)]), st.sampled_from(["", "alice", "bob"]))


OWNERS = st.dictionaries(st.sampled_from(["alice", "bob"]), st.sampled_from([UUID(int=1), UUID(int=2)]))


@given(PEOPLE, PEOPLE, st.booleans(), OWNERS)
def test_two_persons_are_two_traders_and_on_command_lines_two_users(one, other, anyone_acts, owners):
    two = are_two_persons(one, other, anyone_acts=anyone_acts, owner=owners.get)
    assert two == are_two_persons(other, one, anyone_acts=anyone_acts, owner=owners.get)
    if two:
        assert None not in (one.trader, other.trader)
        assert one.trader != other.trader
        assert anyone_acts or not one.os_user or not other.os_user or one.os_user != other.os_user
        assert anyone_acts or owners.get(one.os_user) not in (other.trader, owners.get(other.os_user, other.trader))
        assert anyone_acts or owners.get(other.os_user) != one.trader
    assert not are_two_persons(one, evolve(one, os_user="carol"), anyone_acts=anyone_acts, owner=owners.get)


def test_one_person_is_not_two_by_acting_for_another():
    ann, bob = UUID(int=1), UUID(int=2)
    no_trader = {}.get
    assert not are_two_persons(Requester(ann, "alice"), Requester(bob, "alice"), anyone_acts=False, owner=no_trader)
    assert are_two_persons(Requester(ann, "alice"), Requester(bob, "alice"), anyone_acts=True, owner=no_trader)
    assert are_two_persons(Requester(ann, "alice"), Requester(bob, "bob"), anyone_acts=False, owner=no_trader)
    assert are_two_persons(Requester(ann), Requester(bob, "alice"), anyone_acts=False, owner=no_trader)
    assert not are_two_persons(Requester(ann), Requester(bob, "alice"), anyone_acts=False, owner={"alice": ann}.get)


async def test_who_may_not_act_is_refused_and_recorded_as_a_stranger(house):
    await hired(house, ann=[Permission.LONG_OPTIONS], bob=[Permission.LONG_OPTIONS])
    async with Desk(evolve(house.context, **REAL)) as desk:
        order = await house.until(desk.place(typed("ann", by="bob")))
        own = await house.until(desk.place(typed("bob", by="bob", acting=False)))
    assert (order.stage, order.code, order.asked.trader) == (Stage.REFUSED, "may_not_act", None)
    assert (order.asked.user, order.asked.os_user) == ("ann", "bob")
    assert own.asked.trader == Trader.id_of("bob")
    assert own.code != "may_not_act"
