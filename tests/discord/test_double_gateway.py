"""What the double's gateway tells a session, tells it again after a cut, and refuses to tell."""

import asyncio

import discord
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.discord.bare import Bare, bare
from tests.discord.double import Double, Intent
from tests.discord.kit import connected, double_of_discord, pointed_at

pytestmark = pytest.mark.anyio


async def test_a_wrong_token_is_refused_at_the_first_request(double):
    client = Bare(None)
    double.token = "another"  # noqa: S105
    with pytest.raises(discord.LoginFailure):
        async with connected(client, double):
            pass
    assert double.gateway.identified == 0


async def test_a_token_that_is_taken_back_ends_the_library_at_its_next_session(double):
    async with bare(double) as client:
        double.gateway.token = "another"  # noqa: S105
        double.invalidate()
        died = await client.died_of()
    assert isinstance(died, discord.ConnectionClosed)
    assert died.code == 4004


async def test_an_intent_that_the_portal_has_not_switched_on_is_refused(double):
    client = Bare(None, content=True)
    with pytest.raises(discord.PrivilegedIntentsRequired):
        async with connected(client, double):
            pass


async def test_without_the_intent_a_text_is_blank_but_where_it_is_meant_for_the_bot(double):
    ann = double.person("ann")
    async with bare(double) as client:
        double.say(ann, double.channel, "to everyone")
        double.say(ann, double.channel, "to you", mention=True)
        double.say(ann, double.direct(ann), "to you alone")
        await double.wait(lambda: len(client.heard) == 3)
        mention = f"<@{double.world.bot.id}> to you"
        assert [each.content for each in client.heard] == ["", mention, "to you alone"]


async def test_with_the_intent_every_text_is_told():
    double = await Double.started(portal=Intent.MESSAGE_CONTENT)
    with pointed_at(double):
        async with bare(double, content=True) as client:
            double.say(double.person("ann"), double.channel, "to everyone")
            await double.wait(lambda: client.heard)
            assert client.heard[0].content == "to everyone"
    await double.stop()


async def test_what_happens_while_the_network_is_lost_is_told_once_after_the_resume(double):
    ann = double.person("ann")
    async with bare(double) as client:
        double.say(ann, double.direct(ann), "before")
        await double.wait(lambda: client.heard)
        double.drop()
        double.say(ann, double.direct(ann), "meanwhile")
        await double.wait(lambda: len(client.heard) == 2)
        double.reconnect()
        double.say(ann, double.direct(ann), "and on")
        await double.wait(lambda: len(client.heard) == 3)
    assert [each.content for each in client.heard] == ["before", "meanwhile", "and on"]
    assert (double.gateway.identified, double.gateway.resumed) == (1, 2)


@pytest.mark.parametrize("code", [1001, 4000, 4009])
async def test_a_session_that_is_closed_is_resumed(double, code):
    async with bare(double):
        double.close_sessions(code)
        await double.wait(lambda: double.gateway.resumed == 1)


async def test_a_port_that_was_closed_is_found_again(double):
    ann = double.person("ann")
    async with bare(double) as client:
        async with double.away():
            double.say(ann, double.direct(ann), "is there anyone?")
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", double.server.port)
        await double.wait(lambda: client.heard)
    assert client.heard[0].content == "is there anyone?"


async def test_a_session_that_is_over_may_resume_only_where_it_is_told_so(double):
    async with bare(double):
        double.invalidate(resumable=True)
        await double.wait(lambda: double.gateway.resumed == 1)
        double.invalidate()
        await double.wait(lambda: double.gateway.identified == 2)


async def test_a_connection_on_which_nothing_is_said_is_given_up_and_resumed(double):
    ann = double.person("ann")
    async with bare(double, silence_s=0.2) as client:
        await double.wait(lambda: double.gateway.resumed == 1)
        double.say(ann, double.direct(ann), "still there?")
        await double.wait(lambda: client.heard)
    assert double.gateway.identified == 1


async def test_an_event_that_is_told_twice_is_handled_twice(double):
    ann = double.person("ann")
    async with bare(double) as client:
        double.say(ann, double.direct(ann), "once")
        double.resend_last("MESSAGE_CREATE")
        await double.wait(lambda: len(client.heard) == 2)
    assert client.heard[0].id == client.heard[1].id


async def test_a_malformed_event_ends_the_library(double):
    async with bare(double) as client:
        double.malformed()
        assert isinstance(await client.died_of(), KeyError)


async def test_two_bots_with_one_token_are_told_the_same(double):
    ann = double.person("ann")
    async with bare(double) as one:
        other = Bare(None)
        async with connected(other, double, bots=2):
            double.say(ann, double.direct(ann), "hello")
            await double.wait(lambda: one.heard and other.heard)
    assert one.heard[0].id == other.heard[0].id


async def test_a_bot_that_goes_is_connected_no_more(double):
    async with bare(double):
        assert len(double.gateway.connected) == 1
    await double.wait(lambda: not double.gateway.connected)


async def test_ids_tell_when_a_message_was_written(double):
    ann = double.person("ann")
    async with bare(double) as client:
        double.say(ann, double.direct(ann), "old", age_s=120)
        double.say(ann, double.direct(ann), "new")
        await double.wait(lambda: len(client.heard) == 2)
    old, new = (each.created_at for each in client.heard)
    assert 119 < (new - old).total_seconds() < 130


async def test_it_listens_on_this_machine_alone(double):
    addresses = {address[0] for address in double.server._runner.addresses}
    assert addresses == {"127.0.0.1"}


async def test_many_messages_that_are_taken_away_at_once_are_one_event(double):
    ann, gone = double.person("ann"), []
    messages = [double.say(ann, double.channel, text) for text in "abc"]
    async with bare(double) as client:
        client.on_raw_bulk_message_delete = lambda event: note(gone, event.message_ids)
        double.purge(messages)
        await double.wait(lambda: gone)
    assert gone == [{int(each.id) for each in messages}]


async def test_the_preview_of_a_link_changes_a_message_that_nobody_edited(double):
    ann, changed = double.person("ann"), []
    message = double.say(ann, double.direct(ann), "https://example.invalid/")
    async with bare(double) as client:
        client.on_raw_message_edit = lambda event: note(changed, event.message.edited_at)
        double.preview(message)
        double.edit(message, "buy 1")
        await double.wait(lambda: len(changed) == 2)
    assert changed[0] is None
    assert changed[1] is not None


async def note(seen: list, what: object) -> None:
    seen.append(what)


TROUBLES = st.sampled_from(["drop", "reconnect", "close 4000", "close 1001", "op 9"])


@settings(max_examples=12)
@given(st.lists(st.one_of(st.text("abc", min_size=1, max_size=3), TROUBLES), max_size=12))
def test_whatever_cuts_a_session_everything_is_told_once_and_in_order(steps):
    asyncio.run(told_once(steps))


async def told_once(steps: list[str]) -> None:
    async with double_of_discord() as double, bare(double) as client:
        ann = double.person("ann")
        said = []
        for number, step in enumerate(steps):
            if step == "drop":
                double.drop()
            elif step == "reconnect":
                double.reconnect()
            elif step == "op 9":
                double.invalidate(resumable=True)
            elif step.startswith("close"):
                double.close_sessions(int(step.split()[1]))
            else:
                said.append(f"{number} {step}")
                double.say(ann, double.direct(ann), said[-1])
            if number % 2:  # sometimes it is connected again by then, and sometimes it is not
                await asyncio.sleep(0)
        await double.wait(lambda: double.gateway.connected)
        double.say(ann, double.direct(ann), "the end")
        await double.wait(lambda: client.heard and client.heard[-1].content == "the end")
        assert [each.content for each in client.heard] == [*said, "the end"]
        assert double.gateway.identified == 1
