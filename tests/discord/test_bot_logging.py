"""What discord.py says of itself, at its most talkative: no token of the bot, none of an interaction, no traceback."""

import io
import logging

import pytest

from tastyflow_adapters import redaction
from tastyflow_adapters.config.choices import Untouched
from tastyflow_adapters.discord.quiet_logs import quieten
from tests.discord.bot_kit import CARD, probing
from tests.discord.double import TOKEN

pytestmark = pytest.mark.anyio


@pytest.fixture
def written(tmp_path):
    """Everything that is logged, at DEBUG, as a handler of another hand writes it."""
    chosen = Untouched(tmp_path)
    chosen.verbosity = "debug"
    said, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(said), root.level
    quieten(chosen)
    quieten(chosen)
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield said
    root.removeHandler(handler)
    root.setLevel(level)
    redaction.uninstall()


async def test_no_token_is_in_anything_that_is_logged_even_at_debug(written):
    async with probing() as p:
        p.probe.answers.append(CARD)
        asked = p.slash(p.ann, "echo", text="hello")
        card = await p.answer(asked)
        p.double.fail("PATCH", "@original", 401, code=50027)
        pressed = p.double.press(p.ann, card, "Confirm")
        await p.double.see(p.ann, p.double.direct(p.ann), "done")
        p.double.drop()
        p.double.say(p.ann, p.channel, "orders", mention=True)
        await p.double.wait(lambda: len(p.probe.requests) == 3)
    text = written.getvalue()
    assert "INTERACTION_CREATE" in text  # it is talkative
    assert f"/webhooks/{p.double.world.bot.id}/" in text
    for token in (TOKEN, asked.token, pressed.token):
        assert token not in text
        assert token[8:24] not in text


async def test_a_connection_that_is_lost_is_a_line_and_no_traceback(written):
    async with probing() as p, p.double.away():
        await p.double.wait(lambda: "Attempting a reconnect" in written.getvalue(), what="it is tried again")
    text = written.getvalue()
    assert "Traceback" not in text
    assert "voice will NOT be supported" not in text


@pytest.mark.parametrize(
    "text",
    [
        "POST https://discord.com/api/v10/webhooks/157/aW50ZXJhY3Rpb24",
        "https://discord.com/api/v10/interactions/157/aW50ZXJhY3Rpb24/callback?with_response=1",
        "Authorization: Bot MTU3NzAwNjkwNjUxMjI0NDc0MA.Gxxxxx.aW50ZXJhY3Rpb24aW50ZXJhY3Rpb24",
        "{'op': 2, 'd': {'token': 'aW50ZXJhY3Rpb24', 'intents': 4609}}",
    ],
)
def test_what_looks_like_a_token_of_discord_is_hidden_although_it_was_never_told(text):
    assert "aW50" not in redaction.Redactor().clean(text)
    assert redaction.Redactor().clean(redaction.Redactor().clean(text)) == redaction.Redactor().clean(text)
