"""Who did it: every actor can be read back, and a person with two platforms is one person."""

from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.application.attribution import (
    Author,
    because_of,
    because_of_operator,
    shortly,
    trader_id_in,
)
from tastyflow.application.message import Message
from tastyflow.domain.order.events import CancelRequested, OrderDrafted
from tastyflow.domain.trader import Identity
from tastyflow_adapters.fake import Plan, ScriptedModel
from tastyflow_adapters.fake.order_plan import live
from tests.application.kit import DEMO, FRIDAY, MISSION, ONE_CALL, log

NAMES = st.text(min_size=1, max_size=64).filter(str.isprintable)


@given(
    name=NAMES, platform=st.sampled_from(["cli", "discord"]), user=st.text(max_size=90), os_user=st.text(max_size=40)
)
def test_the_traders_id_is_read_back_whatever_the_names_are(name, platform, user, os_user):
    author = Author(uuid4(), name)
    actor = because_of(Message("x", platform, user, "m", os_user=os_user), author, FRIDAY).actor
    assert trader_id_in(actor) == author.id
    assert str(author.id) not in shortly(actor).removeprefix(name)
    assert shortly(actor).startswith(f"{name} via {platform}:")


@pytest.mark.parametrize(
    "actor", ["desk", "policy", "venue:sandbox", "operator:ann", "trader:ann", "stranger via cli:x"]
)
def test_what_is_no_trader_of_this_form_has_no_id(actor):
    assert trader_id_in(actor) is None
    assert shortly(actor) == actor


def test_a_name_that_looks_like_an_identity_is_still_a_name():
    inside = f"eve ({uuid4()}) via cli:eve"
    author = Author(uuid4(), inside)
    assert trader_id_in(because_of(Message("x", "cli", "u", "m"), author, FRIDAY).actor) == author.id


def test_an_operator_is_named_and_each_command_is_a_cause_of_its_own():
    first, second = because_of_operator("alice", FRIDAY), because_of_operator("alice", FRIDAY)
    assert (first.actor, second.actor) == ("operator:alice", "operator:alice")
    assert first.cause != second.cause


@pytest.mark.anyio
async def test_a_person_with_two_platforms_is_one_person_in_the_log(house):
    def link(tx):
        why = because_of_operator("alice", house.clock.now())
        tx.record(house.trader().link("discord", "1234", why=why))
        tx.record(Identity.claim("discord", "1234", DEMO, why=why))

    await house.until(house.ledger.change(link))
    async with house.desk() as desk:
        await house.until(desk.place(Message(MISSION, "cli", "demo", "m-1", os_user="alice")))
        await house.until(desk.place(Message(ONE_CALL, "discord", "1234", "m-2", channel="room")))
    drafted = [event.actor for event in log(house.ledger) if isinstance(event, OrderDrafted)]
    assert [trader_id_in(actor) for actor in drafted] == [DEMO, DEMO]
    assert [shortly(actor) for actor in drafted] == ["demo via cli:demo as alice", "demo via discord:1234"]


@pytest.mark.anyio
async def test_a_cancel_names_the_trader_and_the_message_that_asked_for_it(build):
    house = await build(models=(None, ScriptedModel(lambda _ticket: Plan((live(),)))))
    async with house.desk() as desk:
        order = await house.place(desk, MISSION)
        await house.until(desk.cancel(house.message("cancel", message="m-cancel"), order.reference))
    (cancel,) = [event for event in log(house.ledger) if isinstance(event, CancelRequested)]
    assert (trader_id_in(cancel.actor), cancel.cause) == (DEMO, "cli:m-cancel")
