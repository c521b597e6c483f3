"""The ten minutes of docs/discord.md with the real program: token from a credential, commands told, a trader linked."""

import json
import re

import pytest

from tastyflow_adapters.discord.gate import NEUTRAL
from tests.discord.double import TOKEN
from tests.discord.story import Town

pytestmark = pytest.mark.anyio


async def test_a_trader_is_linked_while_the_service_runs_and_refused_once_suspended(tmp_path, capsys):
    """The operator types on the host; the running service knows of it at the next thing that is asked."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    (credentials / "discord_token").write_text(f"{TOKEN}\n")
    async with Town(tmp_path, TASTYFLOW_DISCORD__TOKEN="", CREDENTIALS_DIRECTORY=str(credentials)) as town:
        await town.sync()
        service = await town.runs()
        zoe = town.double.person("zoe")
        asked = town.double.slash(zoe, town.orders, "orders")
        assert (await town.double.answer(asked)).text == NEUTRAL

        await town.type("trader", "add", "zoe")
        capsys.readouterr()
        await town.type("trader", "link", "zoe", "discord", "--json")
        code = json.loads(capsys.readouterr().out)["code"]
        linked = await town.double.answer(town.double.slash(zoe, town.orders, "link", code=code))
        assert "You are the trader zoe" in linked.text
        assert linked.is_private
        assert "no order yet" in (await town.double.answer(town.double.slash(zoe, town.orders, "orders"))).text

        await town.type("trader", "suspend", "zoe")
        refused = await town.double.answer(town.double.slash(zoe, town.orders, "balance"))
        assert refused.text == NEUTRAL
        service.terminate()
        assert await service.ended() == 0
        assert TOKEN not in service.said
        assert not re.search(code, service.said)
