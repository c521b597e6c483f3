"""What docs/webhook.md and examples/ show is what the webhook takes."""

import asyncio
import json
import os
import re
import shutil
import socket
import sys
from pathlib import Path

import pytest
from webhook_kit import NEXT_SECRET, NOW, open_door, until

from tastyflow_adapters.clock import SystemClock
from tastyflow_adapters.language import Grammar
from tastyflow_adapters.signals.rules import read_rule
from tastyflow_adapters.signals.webhook.reading import alert_in
from tastyflow_adapters.signals.webhook.server import STATUS

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "webhook.md").read_text("utf-8")
RELAY = ROOT / "examples" / "alert_relay" / "alert_relay.py"
BRINGS = {"level", "contracts"}


@pytest.fixture
async def live(anyio_backend, tmp_path):
    """A webhook by the machine's own clock, as senders have it."""
    async with open_door(tmp_path, clock=SystemClock()) as opened:
        yield opened


def blocks(language: str) -> list[str]:
    found = re.findall(r"^```(\w*)\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    return [text for each, text in found if each == language]


async def ran(*words: str, folder: Path, **variables: str) -> tuple[int | None, str]:
    env = {"PATH": os.environ["PATH"], **variables}
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*words, cwd=folder, env=env, stdout=pipe, stderr=pipe)
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode() + err.decode()


@pytest.mark.skipif(not (shutil.which("openssl") and shutil.which("curl")), reason="the example needs both")
async def test_the_shell_example_is_taken(live, tmp_path):
    (example,) = blocks("sh")
    (tmp_path / "chart-alert.secret").write_text(NEXT_SECRET + "\n")
    code, said = await ran("sh", "-c", example.replace(":8791", f":{live.server.port}"), folder=tmp_path)
    assert (code, json.loads(said)["why"]) == (0, [])
    assert live.taken[0].source_id == "key:breakout-1"
    assert dict(live.taken[0].alert.figures) == {"level": 612.5, "contracts": 1.0}


async def test_the_python_example_is_taken(live):
    example = next(each for each in blocks("python") if "hmac" in each)
    told: dict = {}
    exec(example, told)  # noqa: S102  it is our own page
    answer = await live.post(
        told["body"],
        list(told["headers"](NEXT_SECRET, "chart-alert", told["body"]).items()),
        path="/signals/chart-alert",
    )
    assert answer.status == 200


def test_every_status_stands_on_the_page():
    section = PAGE.partition("## What is answered")[2].partition("## ")[0]
    shown = {int(code) for row in re.findall(r"^\| ([\d, ]+) \|", section, re.MULTILINE) for code in row.split(",")}
    assert shown == {200, 404, 405, *(status for status, _ in STATUS.values())}


def test_the_rule_on_the_page_is_one():
    example = next(each for each in blocks("toml") if "[action]" in each)
    rule, complaints = read_rule(example, file="chart-alert.toml", language=Grammar(), now=NOW)
    assert [each.sentence for each in complaints] == []
    assert (rule.source, rule.brings) == ("webhook", BRINGS)


@pytest.fixture
async def relay(live, tmp_path):
    """The relay as a program, and how it is asked."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (tmp_path / "secret").write_text(NEXT_SECRET)
    variables = {"RELAY_PATH": "hush", "RELAY_SECRET_FILE": str(tmp_path / "secret"), "RELAY_PORT": str(port)}
    variables |= {"RELAY_TO": f"http://127.0.0.1:{live.server.port}"}
    process = await asyncio.create_subprocess_exec(sys.executable, str(RELAY), env=variables)

    def is_up() -> bool:
        with socket.socket() as knock:
            return knock.connect_ex(("127.0.0.1", port)) == 0

    async def ask(body: bytes, path: str = "/hush") -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"POST {path} HTTP/1.0\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        heard = await asyncio.wait_for(reader.read(), 30)
        writer.close()
        return int(heard.split()[1])

    await until(is_up)
    try:
        yield ask
    finally:
        process.kill()
        await process.wait()


async def test_the_relay_signs_what_a_charting_service_sends(live, relay):
    message = next(each for each in blocks("") if "{{ticker}}" in each)
    places = {"{{ticker}}": "SPY", "{{timenow}}": "2026-11-30T15:05:00Z", "{{close}}": "612.5"}
    for place, value in places.items():
        message = message.replace(place, value)
    assert await relay(message.encode()) == 200
    (heard,) = live.taken
    assert (heard.rule, heard.source_id) == ("chart-alert", "key:SPY-2026-11-30T15:05:00Z")
    assert heard.alert.reason == "breakout of SPY"
    assert await relay(message.encode()) == 200
    assert len(live.taken) == 1


async def test_the_relay_takes_nothing_at_another_path_and_nothing_that_is_no_alert(live, relay):
    good = b'{"rule": "chart-alert", "figures": {"level": 1}}'
    assert [await relay(good, path) for path in ("/", "/hush/", "/hus", "/HUSH", "/hush?x=1")] == [404] * 5
    assert [await relay(each) for each in (b"[]", b"{}", b"no", b"{" * 5_000)] == [400] * 4
    assert await relay(b"x" * 9_000) == 404
    assert await relay(good.replace(b"chart-alert", b"gex")) == 401
    assert await relay(good.replace(b"1", b'"high"')) == 400
    assert live.taken == []
    assert alert_in(b'{"figures": {"level": 1}}', figures=BRINGS, key="").figures == {"level": 1.0}
