"""The part of the service that keeps a bot: what breaks one bot builds another, and the desk does not notice."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest
from attrs import define, evolve, field
from pydantic import SecretStr

from tastyflow.application.incidents.handling import open_incidents
from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.choices import Untouched
from tastyflow_adapters.config.discord_choices import DiscordChoices
from tastyflow_adapters.discord import bot_life
from tastyflow_adapters.discord import part as parts
from tastyflow_adapters.discord.bot import Bot, build_bot
from tastyflow_adapters.discord.connection import ConnectionStatus
from tastyflow_adapters.discord.dialogue import signs
from tastyflow_adapters.discord.login_refusal import refusal_of
from tastyflow_adapters.discord.memory.file import NAME, MemoryFile
from tastyflow_adapters.discord.part import DiscordPart
from tests.discord.bot_kit import Probe, probing, register
from tests.discord.double import TOKEN
from tests.discord.kit import READY_WITHIN_S, ChatUnderTest, chatting, connected

pytestmark = pytest.mark.anyio


class ChosenHere(Untouched):
    """Nothing is chosen but what *here* says of Discord."""

    def __init__(self, home: Path, here: DiscordChoices) -> None:
        super().__init__(home)
        self._here = here

    @property
    def discord(self) -> DiscordChoices:
        return self._here


@define
class Living:
    """
    A part that runs, and what a test sees of it.

    Attributes:
        told: What the part told beside the bot, when it began and when it ended.
    """

    there: ChatUnderTest
    part: DiscordPart
    status: ConnectionStatus
    probe: Probe
    running: "asyncio.Task[None]"
    token: list[str]
    told: list[str] = field(factory=list)

    async def hears(self, text: str) -> None:
        """The bot that is connected hears a line of ann."""
        double = self.there.double
        double.say(self.there.ann, self.there.channel, text, mention=True)
        await double.wait(lambda: text in [each.text for each in self.probe.requests], what=text)


@asynccontextmanager
async def living(folder: Path, *, is_ready: bool = True, **chosen: Any) -> AsyncIterator[Living]:
    async with chatting(folder=folder, bot=None, **chosen) as there:
        (folder / "fake").mkdir(exist_ok=True)
        probe, status, token, told = Probe(), ConnectionStatus(there.clock), [TOKEN], []

        async def beside(_chat, bot, _may_act):
            told.append("began")
            try:
                await asyncio.Event().wait()
            finally:
                told.append("told" if bot() is not None else "away")

        def build(chat, **how) -> Bot:
            return build_bot(chat, **probe.tables() | how | {"ready_within_s": READY_WITHIN_S})

        part = DiscordPart(
            ChosenHere(folder, there.chat.here),
            there.desk,
            status,
            tells=beside,
            build=build,
            find_token=lambda _: SecretStr(token[0]),
        )
        running = asyncio.create_task(part.run(lambda: True))
        try:
            if is_ready:
                await there.double.wait(lambda: running.done() or part.bot, what="a bot")
            yield Living(there, part, status, probe, running, token, told)
        finally:
            running.cancel()
            with suppress(asyncio.CancelledError, Misconfigured):
                await running


async def test_an_event_that_breaks_the_bot_builds_another_and_what_the_old_one_had_in_hand_is_finished(tmp_path):
    async with living(tmp_path) as alive:
        first, go_on = alive.part.bot, asyncio.Event()
        alive.probe.meanwhile = go_on.wait
        await alive.hears("buy 1 SPY")
        alive.there.double.malformed()
        await alive.there.double.wait(lambda: alive.part.bot not in (None, first), what="another bot")
        alive.probe.meanwhile = None
        await alive.hears("orders")
        go_on.set()
        shown = await alive.there.double.see(alive.there.ann, alive.there.double.direct(alive.there.ann), "buy 1 SPY")
        assert shown
        await alive.there.double.wait(lambda: first.handlers.count == 0, what="the old one has nothing in hand")
        assert (alive.status.restarts, alive.status.is_connected, alive.running.done()) == (1, True, False)
        order = await alive.there.house.place(alive.there.desk, "buy 1 SPY 450 call exp Dec 18 2026 at 1.00")
        assert order.reference  # the desk did not notice
        assert alive.told == ["began"]


async def test_at_the_end_what_is_in_hand_is_finished_and_what_is_due_is_told_before_the_connection_closes(tmp_path):
    async with living(tmp_path) as alive:
        go_on = asyncio.Event()

        async def takes_its_time():
            await go_on.wait()
            alive.told.append("handled")

        alive.probe.meanwhile = takes_its_time
        await alive.hears("buy 1 SPY")
        alive.running.cancel()
        await asyncio.sleep(0.05)  # whatever does not wait for the handler is done by then
        go_on.set()
        with suppress(asyncio.CancelledError):
            await alive.running
        double, ann = alive.there.double, alive.there.ann
        assert [each for each in double.seen_by(ann, double.direct(ann)) if "buy 1 SPY" in each.text]
        assert alive.told == ["began", "handled", "told"]
        assert alive.part.bot is None
        await double.wait(lambda: not double.gateway.connected, what="the bot is gone")


async def test_a_handler_that_does_not_end_holds_up_the_end_for_a_bounded_time(tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(bot_life, "FINISH_S", 0.05)
    async with living(tmp_path) as alive:
        alive.probe.meanwhile = asyncio.Event().wait
        await alive.hears("buy 1 SPY")
        alive.running.cancel()
        with suppress(asyncio.CancelledError):
            await alive.running
        assert "still in hand" in caplog.text


@pytest.mark.parametrize(
    ("token", "chosen", "words"),
    [("MTAx.double.wrong", {}, "does not take the token"), (TOKEN, {"plain_text": True}, "message-content intent")],
)
async def test_a_bot_that_discord_refuses_at_the_start_is_for_the_operator_who_starts_it(
    tmp_path, token, chosen, words
):
    async with living(tmp_path, is_ready=False, here=chosen) as alive:
        alive.token[0] = token
        with pytest.raises(Misconfigured, match=words) as error:
            await asyncio.wait_for(alive.running, 10)
        assert token not in str(error.value) + error.value.hint
        assert not open_incidents(alive.there.house.ledger)


@pytest.mark.parametrize("code", [4004, 4014])
async def test_a_bot_that_is_refused_later_is_an_incident_that_ends_once_it_is_taken_again(tmp_path, code):
    async with living(tmp_path) as alive:
        ledger, double = alive.there.house.ledger, alive.there.double
        if code == 4004:
            alive.token[0] = "MTAx.double.revoked"
        double.close_sessions(code)
        await double.wait(lambda: open_incidents(ledger), what="an incident")
        (incident,) = open_incidents(ledger)
        assert "orders go on" in incident.message
        assert TOKEN not in incident.message + incident.hint
        assert not alive.running.done()
        if code == 4004:
            tried = len(double.calls)
            alive.there.clock.leap(parts.REFUSED_PAUSE_S)
            await double.wait(lambda: len(double.calls) > tried, what="another try")
            (same,) = open_incidents(ledger)
            assert same.version == incident.version  # again, and no news
        alive.token[0] = TOKEN

        def is_over() -> bool:
            alive.there.clock.leap(parts.REFUSED_PAUSE_S)
            return not open_incidents(ledger)

        await double.wait(is_over, what="the incident is closed")
        await alive.hears("orders")


@pytest.mark.parametrize(
    ("code", "found"),
    [(4004, "discord_token"), (4012, "discord_refused"), (4013, "discord_refused"), (4000, None), (1006, None)],
)
async def test_what_discord_closes_for_good_is_told_from_what_passes(code, found):
    wrong = refusal_of(discord.ConnectionClosed(SimpleNamespace(close_code=code), shard_id=None))
    assert (wrong.code if wrong else None) == found
    assert refusal_of(discord.GatewayNotFound()) is None


async def test_while_discord_is_away_from_the_start_the_part_tries_again_and_says_why_it_is_not_connected(tmp_path):
    async with chatting(folder=tmp_path, bot=None) as there:
        (tmp_path / "fake").mkdir()
        status = ConnectionStatus(there.clock)
        part = DiscordPart(
            Untouched(tmp_path),
            there.desk,
            status,
            build=lambda chat, **how: build_bot(chat, **how | {"ready_within_s": READY_WITHIN_S}),
            find_token=lambda _: SecretStr(TOKEN),
        )
        async with there.double.away():
            running = asyncio.create_task(part.run(lambda: True))
            await there.double.wait(lambda: status.trouble, what="it is said why")
            assert "not reached" in status.trouble
            assert not status.is_connected
        await there.double.wait(lambda: there.clock.leap(300) or status.is_connected, what="a bot")
        assert part.bot is not None
        assert status.trouble == ""
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_after_a_long_outage_the_bot_is_back_within_seconds_whatever_the_library_still_waits_for(tmp_path):
    async with living(tmp_path) as alive:
        first, double, clock = alive.part.bot, alive.there.double, alive.there.clock
        async with double.away():
            await double.wait(lambda: first.lost_at_s is not None, what="away")
            began_s = clock.monotonic()
            await double.wait(
                lambda: clock.leap(bot_life.LOOK_S) or clock.monotonic() - began_s > 600, what="ten minutes"
            )
            await double.wait(lambda: alive.status.restarts > 2, what="it is tried again and again")
        back_s = clock.monotonic()
        await double.wait(lambda: alive.part.bot, what="back")
        assert clock.monotonic() - back_s < 2 * parts.LONGEST_PAUSE_AWAY_S
        assert alive.part.bot is not first
        await alive.hears("orders")
        assert alive.told == ["began"]


async def test_a_bot_that_is_back_within_a_minute_goes_on_with_what_it_missed(tmp_path):
    async with living(tmp_path) as alive:
        first, double = alive.part.bot, alive.there.double
        double.drop()
        double.say(alive.there.ann, alive.there.channel, "said meanwhile", mention=True)
        await double.wait(lambda: alive.probe.requests, what="it is heard")
        await double.wait(lambda: first.lost_at_s is None, what="it is known to be back")
        alive.there.clock.leap(2 * bot_life.AWAY_S)
        await alive.hears("orders")
        assert alive.part.bot is first


async def test_a_connection_that_is_cut_before_a_word_was_said_is_tried_again(tmp_path, caplog):
    async with living(tmp_path, is_ready=False) as alive:
        double = alive.there.double
        double.gateway.is_mute = True
        await double.wait(lambda: alive.status.trouble, what="it is said why")
        assert "not reached" in alive.status.trouble
        assert "broke the bot" not in caplog.text
        double.gateway.is_mute = False
        await double.wait(lambda: alive.there.clock.leap(parts.LONGEST_PAUSE_AWAY_S) or alive.part.bot, what="a bot")
        await alive.hears("orders")


async def test_a_bot_whose_memory_cannot_be_used_answers_all_the_same_and_says_so(tmp_path, caplog):
    (tmp_path / "fake").mkdir()
    (tmp_path / "fake" / NAME).write_text("no database at all, however long it is" * 100)
    async with living(tmp_path) as alive:
        await alive.hears("cancel last")
        assert alive.status.forgets
        assert "forgets what it has shown" in caplog.text


async def test_the_health_page_knows_when_the_bot_is_away_and_when_it_is_back(tmp_path):
    async with living(tmp_path) as alive:
        double = alive.there.double
        await double.wait(lambda: alive.status.heard_at, what="Discord said something")
        double.drop()
        await double.wait(lambda: not alive.status.is_connected, what="away")
        await double.wait(lambda: alive.status.is_connected, what="back")
        assert alive.status.latency_ms is None or alive.status.latency_ms >= 0


async def test_two_bots_that_hear_the_same_events_answer_each_of_them_once(tmp_path):
    async with chatting(folder=tmp_path, bot=None) as there:
        probe, double = Probe(), there.double
        first = build_bot(there.chat, ready_within_s=READY_WITHIN_S, **probe.tables())
        with closing(MemoryFile.open(tmp_path / "discord.db")) as its_own:
            other = build_bot(evolve(there.chat, memory=its_own), ready_within_s=READY_WITHIN_S, **probe.tables())
            async with connected(first, double), connected(other, double, bots=2):
                await register(first, double.guild.id)
                await asyncio.gather(
                    *(
                        double.answer(double.slash(there.ann, there.channel, "echo", text=str(each)))
                        for each in range(9)
                    )
                )
                double.say(there.ann, there.channel, "the last line", mention=True)
                await double.wait(lambda: "the last line" in [each.text for each in probe.requests])
        texts = [each.text for each in probe.requests]
        assert sorted(texts) == sorted([*map(str, range(9)), "the last line"])


async def test_a_sign_that_is_not_answered_in_time_is_lost_and_nothing_is_done(tmp_path, monkeypatch):
    monkeypatch.setattr(signs, "WITHIN_S", 0.1)
    async with probing() as p:
        p.double.fail("POST", "/callback", delay_s=5)
        p.slash(p.ann, "echo", text="buy")
        await p.double.see(p.ann, p.double.direct(p.ann), "nothing was done")
        assert not p.probe.requests


async def test_a_process_that_lost_its_lease_answers_nothing(tmp_path):
    async with chatting(folder=tmp_path, bot=None) as there:
        probe, may = Probe(), [True]
        bot = build_bot(there.chat, may_act=lambda: may[0], ready_within_s=READY_WITHIN_S, **probe.tables())
        heard: list[int] = []
        follow = bot.handlers.follow
        bot.handlers.follow = lambda: (heard.append(1), follow())
        async with connected(bot, there.double):
            may[0] = False
            there.double.say(there.ann, there.channel, "buy 1 SPY", mention=True)
            await there.double.wait(lambda: heard, what="it arrived")
            await there.double.wait(lambda: bot.handlers.count == 0, what="it was handled")
            may[0] = True
            there.double.say(there.ann, there.channel, "orders", mention=True)
            await there.double.wait(lambda: probe.requests)
            assert [each.text for each in probe.requests] == ["orders"]


@pytest.fixture(autouse=True)
def _library_is_quiet(caplog):
    """What discord.py logs of a connection that is lost is its own business here."""
    caplog.set_level(logging.WARNING)
