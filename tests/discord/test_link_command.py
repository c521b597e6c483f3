"""`/link CODE`: who is linked, what strangers learn, and how often they may guess."""

from datetime import timedelta

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.application.linking import make_code, new_code
from tastyflow.errors import StoreFailure
from tastyflow_adapters.discord.answers import linking
from tastyflow_adapters.discord.gate import Standing, standing_of
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.memory.link_tries import MOST_OF_ALL, MOST_OF_ONE, WITHIN, LinkTries
from tastyflow_adapters.discord.request import Asker, Request
from tastyflow_adapters.discord.setup.commands import EVERYWHERE, tell, wanted
from tastyflow_adapters.installation import open_roster
from tests.application.kit import FRIDAY, alter
from tests.discord.kit import chatting

pytestmark = pytest.mark.anyio


async def code_for(there, name):
    context = there.desk.context
    roster = open_roster(there.chat.choices, context.ledger, context.clock, "alice")
    return (await make_code(roster, name, "discord", by="alice")).text


async def hired(there, name):
    await there.house.hire(name)
    return there.double.person(f"{name}-in-discord")


async def linked(there, user, code, **where):
    return await there.answer(there.slash(user, "link", code=code, **where))


async def test_a_stranger_types_the_code_and_trades_from_then_on():
    async with chatting() as there:
        bob = await hired(there, "bob")
        code = await code_for(there, "bob")
        assert standing_of(there.house.ledger, bob.id) is Standing.UNKNOWN
        seen = await linked(there, bob, code.lower().replace("-", " "))
        assert "You are the trader bob" in seen.text
        assert seen.is_private
        assert standing_of(there.house.ledger, bob.id) is Standing.TRADER
        again = await linked(there, there.double.person("mallory"), code)
        assert "links no user now" in again.text


async def test_a_trader_who_types_a_code_again_is_told_that_they_are_linked():
    async with chatting() as there:
        bob = await hired(there, "bob")
        code = await code_for(there, "bob")
        await linked(there, bob, code)
        again = await linked(there, bob, code)
        assert "You are the trader bob here." in again.text
        assert "Not linked" not in again.text


async def test_in_a_direct_message_a_code_links_as_well():
    async with chatting() as there:
        bob = await hired(there, "bob")
        channel = there.double.direct(bob)
        assert (
            "You are the trader bob" in (await linked(there, bob, await code_for(there, "bob"), channel=channel)).text
        )


async def test_a_code_is_looked_at_only_where_the_settings_say():
    async with chatting(here={"direct_messages": False}) as there:
        bob = await hired(there, "bob")
        code = await code_for(there, "bob")
        offered = wanted(evolve(there.chat.here, direct_messages=True))[EVERYWHERE]
        await tell(there.bot, EVERYWHERE, offered)  # a client lists what was told once
        await linked(there, bob, code, channel=there.double.direct(bob))
        assert standing_of(there.house.ledger, bob.id) is Standing.UNKNOWN


async def test_every_wrong_code_gets_one_answer_without_a_name_and_a_row():
    async with chatting() as there:
        await hired(there, "bob")
        used, mallory = await code_for(there, "bob"), there.double.person("mallory")
        await linked(there, there.double.person("zoe"), used)
        of_suspended = await code_for(there, "ann")
        await alter(there.house, lambda trader, why: trader.suspend(why=why), "ann")
        answers = {(await linked(there, mallory, code)).text for code in (used, of_suspended, "x", new_code())}
        assert len(answers) == 1
        assert not {"bob", "ann"} & {*answers.pop().replace(".", " ").split()}
        assert LinkTries(there.chat.memory).since(there.clock.now() - WITHIN) == 4


async def test_a_user_of_another_trader_is_told_so_and_no_name():
    async with chatting() as there:
        await hired(there, "bob")
        seen = await linked(there, there.ann, await code_for(there, "bob"))
        assert "linked to another trader" in seen.text
        assert "bob" not in seen.text


# ── guessing ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
async def quiet():
    """A desk and its memory, without a bot: the answer alone."""
    async with chatting(bot=None) as there:
        await there.house.hire("bob")
        yield there


async def typed(there, user, code):
    asker = Asker(user=user, guild=there.double.guild.id, channel=there.channel.id)
    asked = Request(asker=asker, id=f"{user}-{code}", at=there.clock.now(), command="link", options={"code": code})
    return await linking.link(there.chat, asked)


async def test_after_five_wrong_codes_of_a_user_even_the_right_one_waits(quiet):
    right = await code_for(quiet, "bob")
    for number in range(MOST_OF_ONE):
        assert await typed(quiet, "1" * 17, f"wrong {number}") == linking.REFUSED
    assert await typed(quiet, "1" * 17, right) == linking.REFUSED
    assert (await typed(quiet, "2" * 17, right)).title == "Linked"  # another user is not kept waiting
    later = await code_for(quiet, "bob")
    quiet.clock.leap(WITHIN.total_seconds() - 60)
    assert await typed(quiet, "1" * 17, later) == linking.REFUSED
    quiet.clock.leap(120)
    assert (await typed(quiet, "1" * 17, await code_for(quiet, "bob"))).title == "Linked"


async def test_after_fifty_wrong_codes_of_many_users_every_code_waits(quiet):
    right = await code_for(quiet, "bob")
    for number in range(MOST_OF_ALL):
        await typed(quiet, f"{10**17 + number}", "wrong")
    assert await typed(quiet, "2" * 17, right) == linking.REFUSED
    assert LinkTries(quiet.chat.memory).since(quiet.clock.now() - WITHIN) == MOST_OF_ALL  # what waits is no try


async def test_the_count_outlives_the_process(tmp_path, quiet):
    for name in ("one", "two"):
        memory = MemoryFile.open(tmp_path / "discord.db")
        for number in range(MOST_OF_ONE - 2):
            LinkTries(memory).add("1", f"{name} {number}", now=FRIDAY)
        assert LinkTries(memory).is_too_many("1", now=FRIDAY) is (name == "two")
        memory.close()


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2_000)), max_size=40))
def test_a_try_counts_for_its_user_and_for_all_within_its_time(tries):
    memory = MemoryFile.open(None)
    kept = LinkTries(memory)
    now, seen = FRIDAY, []
    for user, pause_s in tries:
        now += timedelta(seconds=pause_s)
        recent = [who for at, who in seen if at > now - WITHIN]
        assert kept.is_too_many(user, now=now) is (recent.count(user) >= MOST_OF_ONE or len(recent) >= MOST_OF_ALL)
        kept.add(user, "", now=now)
        seen.append((now, user))
    memory.close()


async def test_where_the_log_cannot_be_written_the_code_stays_good(quiet, monkeypatch):
    right = await code_for(quiet, "bob")

    async def fails(*_args):
        raise StoreFailure("locked", code="store_locked")

    with monkeypatch.context() as broken:
        broken.setattr(linking, "link_by_code", fails)
        assert await typed(quiet, "1" * 17, right) == linking.LATER
    assert (await typed(quiet, "1" * 17, right)).title == "Linked"
