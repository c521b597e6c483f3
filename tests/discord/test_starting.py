"""How `tastyflow run` begins and ends where Discord is switched on, as a process of its own."""

import asyncio

import pytest

from tests.discord.launch import RealBot
from tests.discord.story import Town

pytestmark = pytest.mark.anyio

WRONG = "MTU3NzAwNjkwNjUxMjI0NDc0MA.Gxxxxx.canary0123456789canary0123456789can4ry"
"""The shape of a bot's token."""


async def test_a_start_that_discord_refuses_ends_with_3_and_one_line_and_tells_the_token_nowhere(tmp_path):
    async with Town(tmp_path) as town:
        wrong = {"TASTYFLOW_DISCORD__TOKEN": WRONG, "TASTYFLOW_VERBOSITY": "debug"}
        starts = [
            RealBot(town.double, town.environment | chosen)
            for chosen in (wrong, {"TASTYFLOW_DISCORD__PLAIN_TEXT": "true"}, {"TASTYFLOW_DISCORD__TOKEN": ""})
        ]
        await asyncio.gather(*(each.start() for each in starts))
        assert await asyncio.gather(*(each.ended() for each in starts)) == [3, 3, 3]

        refused, portal, missing = (each.said for each in starts)
        assert "Discord does not take the token of the bot." in refused
        assert "secrets set discord_token" in refused
        assert WRONG.rpartition(".")[2] not in refused
        assert "401" in refused, "it says so much at debug that the token would be seen"
        wanted = {portal: "the message-content intent is off", missing: "the token of the bot is not set"}
        for said, words in wanted.items():
            (error,) = [line for line in said.splitlines() if line.startswith("Error:")]
            assert words in error
            assert "Traceback" not in said
