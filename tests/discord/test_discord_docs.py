"""docs/discord.md: its tables are the program's own, and what it asks for is what the bot needs."""

import re
import tomllib

from tastyflow_adapters.config.discord_settings import DiscordSettings
from tastyflow_adapters.discord.memory.link_tries import MOST_OF_ALL, MOST_OF_ONE, WITHIN
from tastyflow_adapters.discord.part import REFUSED_PAUSE_S
from tastyflow_adapters.discord.setup.permissions import INVITE, NEEDED
from tests.discord.doc_tables import PAGE, anew

TEXT = PAGE.read_text("utf-8")


def test_the_tables_of_the_page_are_the_programs_own():
    assert anew(TEXT) == TEXT, "write them anew: python -m tests.discord.doc_tables"


def test_the_invitation_of_the_page_asks_for_what_the_bot_needs():
    assert re.findall(r"permissions=(\d+)", TEXT) == [str(INVITE)]
    assert f"Permissions: {', '.join(NEEDED)}." in TEXT


def test_the_settings_of_the_page_can_be_used():
    (block,) = re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    chosen = DiscordSettings(**tomllib.loads(block)["discord"]).chosen
    assert (len(chosen.guilds), len(chosen.channels)) == (1, 1)
    assert chosen.approvals_channel
    assert chosen.operators_channel


def test_the_numbers_of_the_page_are_the_programs():
    assert (MOST_OF_ONE, MOST_OF_ALL, WITHIN.total_seconds()) == (5, 50, 900)
    assert "After five wrong codes of a user, or fifty of all, within fifteen minutes" in TEXT
    assert REFUSED_PAUSE_S == 120
    assert "tries again every two minutes" in TEXT


def test_ten_things_are_to_be_tried_first():
    section = TEXT.partition("## Ten things to try first")[2]
    assert [int(number) for number in re.findall(r"^(\d+)\. ", section, re.MULTILINE)] == list(range(1, 11))
