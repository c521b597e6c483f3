"""A webhook on this machine, and those who write to it: a sender with the secret, and strangers with sockets."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

from attrs import define, evolve, field, frozen
from pydantic import SecretStr

from tastyflow.application.waiting import ended
from tastyflow.domain.signal_rule.alert import AlertAnswer, AlertOutcome, HeardAlert
from tastyflow_adapters.clock import TurnableClock
from tastyflow_adapters.config.signals_choices import SignalsChoices
from tastyflow_adapters.secrets import Secrets, SecretsFile
from tastyflow_adapters.signals.webhook.keys import RuleKeys
from tastyflow_adapters.signals.webhook.server import WebhookServer
from tastyflow_adapters.signals.webhook.signing import KEY, SIGNATURE, TIMESTAMP, signature, signed

NOW = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)
SECRET = "0123456789abcdef" * 4
NEXT_SECRET = "fedcba9876543210" * 4
OTHER_SECRET = "a1b2c3d4e5f60718" * 4
BODY = b'{"reason": "RSI above 70", "figures": {"rsi": 71.5}}'
NAMES = UUID("6f1d7d0e-6a1c-4f0e-9a65-1b2f5a4f0b10")


class NoRing:
    """A system without a keyring."""

    is_usable = False

    def get(self, name: str) -> None:
        return None


@frozen
class Answer:
    """What was answered; `status` is 0 where the connection was closed without an answer."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = field(factory=dict)

    @property
    def told(self) -> Any:
        return json.loads(self.body)


def headers_of(
    body: bytes = BODY, *, name: str = "gex", at: datetime = NOW, key: str = "", secret: str = SECRET
) -> list[tuple[str, str]]:
    """The headers of a sender who does everything right."""
    seconds = f"{int(at.timestamp()):010d}"
    found = [("Content-Type", "application/json"), (TIMESTAMP, seconds)]
    found += [(KEY, key)] if key else []
    return [*found, (SIGNATURE, signature(secret.encode(), signed(seconds, name, key, body)))]


@define
class Door:
    """An open webhook: what reached the rule, and what the rule answers."""

    clock: TurnableClock
    server: WebhookServer
    keys: RuleKeys
    secrets: SecretsFile
    taken: list[HeardAlert] = field(factory=list)
    answers: AlertAnswer | Exception | None = None
    holds: asyncio.Event | None = None

    async def take(self, heard: HeardAlert) -> AlertAnswer:
        self.taken.append(heard)
        if self.holds is not None:
            await self.holds.wait()
        if isinstance(self.answers, Exception):
            raise self.answers
        return self.answers or AlertAnswer(AlertOutcome.RAISED, uuid5(NAMES, f"{heard.rule} {heard.source_id}"))

    async def post(
        self,
        body: bytes = BODY,
        headers: Sequence[tuple[str, str]] | None = None,
        *,
        path: str = "/signals/gex",
        method: str = "POST",
        length: int | None = None,
    ) -> Answer:
        """Send one request, as it is, and read the answer."""
        lines = [
            f"{method} {path} HTTP/1.1",
            "Host: 127.0.0.1",
            f"Content-Length: {len(body) if length is None else length}",
        ]
        lines += [f"{name}: {value}" for name, value in (headers_of(body) if headers is None else headers)]
        return await self.raw("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    async def raw(self, *parts: bytes, pause_s: float = 0.0) -> Answer:
        """Send bytes, with pauses between them, and read what comes back until the other side closes."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port)
        try:
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause_s)
            heard = await asyncio.wait_for(reader.read(), 20)
        except OSError:
            return Answer(0)
        finally:
            writer.close()
        head, _, body = heard.partition(b"\r\n\r\n")
        if not head:
            return Answer(0)
        status, *rest = head.decode().split("\r\n")
        return Answer(int(status.split()[1]), body, dict(line.split(": ", 1) for line in rest))

    def refused(self) -> dict[str, int]:
        """What was refused until now, by why."""
        return {name: count for name, count in self.server.tally.as_json()["refused"].items() if count}

    def accepted(self) -> dict[str, int]:
        return {name: count for name, count in self.server.tally.as_json()["accepted"].items() if count}


async def until(condition: Callable[[], bool]) -> None:
    """Wait until *condition* is so."""
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  it is about another task's doing
            await asyncio.sleep(0.01)


@asynccontextmanager
async def open_door(
    folder: Path, clock: Any = None, takes: Callable[[HeardAlert], Awaitable[AlertAnswer]] | None = None, **chosen: Any
) -> AsyncIterator[Door]:
    """
    A webhook with the rules ``gex`` and ``other``; *chosen* are settings of the table [signals].

    Args:
        takes: Who takes the alerts, else the door itself.
    """
    clock, file = clock or TurnableClock(NOW), SecretsFile(folder / "secrets.toml")
    file.write("signals.gex", SecretStr(SECRET))
    file.write("signals.other", SecretStr(OTHER_SECRET))
    file.write("signals.chart-alert", SecretStr(NEXT_SECRET))
    brings = {
        "gex": frozenset({"rsi", "level"}),
        "other": frozenset[str](),
        "chart-alert": frozenset({"level", "contracts"}),
    }
    keys = RuleKeys(Secrets({}, file, NoRing()), clock, lambda: brings)  # type: ignore[arg-type]
    choices = evolve(SignalsChoices(webhook_read_s=5.0, webhook_alerts_a_minute=600), **chosen)

    async def take(heard: HeardAlert) -> AlertAnswer:
        return await (takes or door.take)(heard)

    server = WebhookServer(choices, clock, keys=keys, figures_of=brings.get, take=take)
    door = Door(clock, server, keys, file)
    running = asyncio.create_task(server.run())
    try:
        await asyncio.wait_for(server.is_open.wait(), 20)
        yield door
    finally:
        await ended(running)
