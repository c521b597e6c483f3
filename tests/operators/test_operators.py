"""Operators are told by what they chose: a log line, and addresses, over a real connection."""

import asyncio
import json
import logging
from datetime import UTC, datetime
from uuid import UUID

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from tastyflow.domain.incident import IncidentKind, IncidentState
from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.choices import Untouched
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.operators.channels import AppriseChannel, LogLine, MessageNotTaken
from tastyflow_adapters.operators.choosing import addressed, channels_of
from tastyflow_adapters.operators.words import MOST, body_of, title_of
from tastyflow_adapters.secrets import SecretsFile
from tastyflow_adapters.secrets.kinds import opinion

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 20, 15, 0, tzinfo=UTC)


@pytest.fixture
def anyio_backend():
    return "asyncio"


def incident(number: int = 1, message: str = "Order 3f2a91 is in doubt.", **more) -> IncidentState:
    return IncidentState(UUID(int=number << 100), 1, IncidentKind.ORDER, f"s{number}", message, NOW, **more)


@pytest.fixture
async def hook():
    """A web server on this machine that keeps what is posted to it: its port, and what it heard."""
    heard: list[dict[str, object]] = []

    async def take(request: web.Request) -> web.Response:
        heard.append(json.loads(await request.text()))
        return web.Response(status=500 if request.path.startswith("/broken") else 200)

    app = web.Application()
    app.router.add_post("/{tail:.*}", take)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield runner.addresses[0][1], heard
    await runner.cleanup()


async def test_a_web_hook_of_the_operators_is_told_over_a_real_connection(hook):
    port, heard = hook
    channel = AppriseChannel("json", SecretStr(f"json://127.0.0.1:{port}/hook"))
    await channel.tell([incident(hint="Look at the venue.", environment="production", account="ira")])
    (message,) = heard
    assert message["title"] == f"tastyflow: an operator must look ({incident().reference})"
    assert "Order 3f2a91 is in doubt. [PRODUCTION, account ira] Look at the venue." in message["message"]
    assert f"tastyflow incident show {incident().reference}" in message["message"]


@pytest.mark.parametrize(
    "address", ["json://127.0.0.1:{port}/broken/hush", "json://127.0.0.1:1/hush", "nonsense://hush", "hush"]
)
async def test_a_channel_that_does_not_take_it_says_so_and_shows_no_address(hook, address, caplog):
    port, _ = hook
    (channel,) = addressed(SecretStr(address.format(port=port)))
    with caplog.at_level(logging.DEBUG), pytest.raises(MessageNotTaken) as no:
        await channel.tell([incident()])
    assert "hush" not in str(no.value) + caplog.text + repr(channel)


async def test_the_log_line_is_always_there_and_one_line(caplog):
    await LogLine().tell([incident(message="Two\nlines and \x1b[31mred.")])
    (record,) = caplog.records
    assert record.getMessage().startswith("An operator must look: Two lines and \\x1b[31mred.")


def test_several_addresses_are_told_apart_by_scheme_and_number_alone():
    urls = "json://u:secret@h/1, mailto://u:pw@h?to=a@h,b@h,json://h/2 slack://token"
    assert [each.name for each in addressed(SecretStr(urls))] == ["json 1", "mailto", "json 2", "slack"]
    assert [each.address.get_secret_value() for each in addressed(SecretStr(urls))][1] == "mailto://u:pw@h?to=a@h,b@h"
    assert "secret" not in repr(addressed(SecretStr(urls)))


def test_of_many_incidents_the_first_are_told_and_the_others_are_counted():
    many = [incident(number) for number in range(1, MOST + 4)]
    assert title_of(many) == f"tastyflow: an operator must look at {MOST + 3} incidents"
    assert body_of(many).endswith("And 3 more: tastyflow incident list")


async def test_what_happened_before_a_simulator_is_never_told_as_real(caplog, tmp_path, monkeypatch):
    for name, value in (("SIMULATED", "true"), ("ENV", "production"), ("HOME", str(tmp_path))):
        monkeypatch.setenv(f"TASTYFLOW_{name}", value)
    for port, venue in ((8, "SANDBOX"), (9, "PRODUCTION")):
        monkeypatch.setenv(f"TASTYFLOW_{venue}__API_URL", f"http://127.0.0.1:{port}")
        monkeypatch.setenv(f"TASTYFLOW_{venue}__STREAMER_URL", f"ws://127.0.0.1:{port}")
    monkeypatch.setenv("TASTYFLOW_OPERATORS__URLS", "json://127.0.0.1:9")
    log_line, address = await channels_of(load())
    assert address.is_simulated
    await log_line.tell([incident(environment="production")])
    assert "[PRODUCTION (simulator)]" in caplog.records[-1].getMessage()


@given(st.text(max_size=60))
def test_whatever_a_venue_says_stands_on_one_printable_line(text):
    for line in body_of([incident(message=text), incident(2, message=text)]).split("\n\n"):
        assert line.isprintable()


async def test_the_addresses_are_kept_like_secrets(tmp_path, monkeypatch):
    monkeypatch.setenv("TASTYFLOW_HOME", str(tmp_path))
    choices = Untouched(tmp_path)
    assert [each.name for each in await channels_of(choices)] == ["log"]
    SecretsFile(choices.secrets_file).write("operators.urls", SecretStr("json://h,slack://t"))
    assert [each.name for each in await channels_of(choices)] == ["log", "json", "slack"]


async def test_a_file_that_others_can_read_is_not_used_and_the_log_line_stays(tmp_path, caplog):
    choices = Untouched(tmp_path)
    SecretsFile(choices.secrets_file).write("operators.urls", SecretStr("json://token@h"))
    choices.secrets_file.chmod(0o644)
    assert [each.name for each in await channels_of(choices)] == ["log"]
    assert "token" not in caplog.text
    assert "can be used by others" in caplog.text


def test_the_file_of_settings_is_no_place_for_them(tmp_path, monkeypatch):
    from tastyflow_adapters.config.settings import load

    (tmp_path / "config.toml").write_text('[operators]\nurls = "json://token@h"\n')
    monkeypatch.setenv("TASTYFLOW_HOME", str(tmp_path))
    with pytest.raises(Misconfigured) as no:
        load()
    assert no.value.code == "secret_in_settings"
    assert "token" not in no.value.message


async def test_a_variable_comes_before_the_file_and_is_never_shown(tmp_path, monkeypatch):
    from tastyflow_adapters.config.settings import load

    monkeypatch.setenv("TASTYFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("TASTYFLOW_OPERATORS__URLS", "slack://hush")
    settings = load()
    assert "hush" not in repr(settings)
    assert [each.name for each in await channels_of(settings)] == ["log", "slack"]


@pytest.mark.parametrize(("value", "wrong"), [("json://h", False), ("json://h,slack://t", False), ("nothing", True)])
def test_what_is_no_address_is_not_stored(value, wrong):
    assert opinion("operators.urls", value, now=NOW).wrong is wrong


def test_telling_needs_no_event_loop_of_its_own(caplog):
    asyncio.run(LogLine().tell([incident()]))
    assert len(caplog.records) == 1
