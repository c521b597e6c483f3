"""
How fast a chat is answered, and how fast a fill is told in it, against a bare client of discord.py in the same run.

    .venv/bin/python benchmarks/chat.py [--calls N] [--orders N]

    ack       a slash command leaves the gateway          ─▶ its acknowledgement is at Discord
    confirm   a press of Confirm leaves the gateway       ─▶ its acknowledgement is at Discord
    tell      a fill is recorded (the time in its event)  ─▶ the edit that shows it is at Discord

Each one at a time, and with 100 orders at once: all are confirmed at once, so that the acknowledgements come while the
desk rehearses and sends a hundred orders, and all fill at once. A message is edited once in 1.5 s at most; here each
rested longer before its fill, so that what is measured is the way, and not that pause.

`tastyflow run` is a process of its own; the double of Discord and the simulator are in this one, and answer at once.
The floor is a bare client, a process of its own too, that acknowledges whatever comes, and edits so many messages of
one channel. The machine is shared and noisy: compare ratios, not milliseconds.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from attrs import frozen
from rich.console import Console
from rich.table import Table

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parent))

from venue import met, percentile, table

from tastyflow.domain.order.events import FillRecorded
from tastyflow.domain.venue import Venue
from tests.discord.double import Double, Interaction, Seen
from tests.discord.story import Person, Town

AIM_ACK_MS: Final = 50.0
AIM_TELL_MS: Final = 250.0
PAUSE_S: Final = 1.7
"""Longer than the pause between two edits of a message."""

LONG_S: Final = 120.0
NOW_AND_THEN_S: Final = 0.05
"""Between two questions that are asked while orders are on their way."""

ALONE: Final = 10
"""Orders that go their way one after the other: each takes seconds, for the pauses."""
AT_ONCE: Final = {
    "TASTYFLOW_POLICY__APPROVAL_ABOVE_USD": "10000000",
    "TASTYFLOW_POLICY__HOUSE_ORDERS_A_MINUTE": "1000",
    "TASTYFLOW_POLICY__CONFIRM_WITHIN_S": "600",
}
ORDER: Final = "buy 1 SPY 450C next month @ 0.05"
LIMITS: Final = ("orders_a_minute=100000", "orders_a_day=100000", "max_working=100000", "max_working_a_symbol=100000")


# ── the floor: a bare client, in a process of its own ──────────────────────────────────────────────────────────────


def bare(base: str, gateway: str, token: str) -> None:
    """Be a client that acknowledges each interaction, and on the command ``edit`` edits so many messages at once."""
    import discord
    import yarl

    discord.http.Route.BASE = base
    discord.gateway.DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(gateway)
    client = discord.Client(intents=discord.Intents.none(), max_messages=None)

    @client.event
    async def on_interaction(asked: "discord.Interaction[Any]") -> None:
        await asked.response.defer(ephemeral=True, thinking=True)
        options = {each["name"]: each["value"] for each in (asked.data or {}).get("options", ())}  # type: ignore[attr-defined]
        if "messages" in options:
            channel = client.get_partial_messageable(int(options["channel"]))
            ids = [int(each) for each in options["messages"].split(",")]
            await asyncio.gather(*(channel.get_partial_message(each).edit(content="done") for each in ids))

    asyncio.run(client.start(token))


async def floors(calls: int, at_once: int) -> dict[str, tuple[float, ...]]:
    """What a bare client takes, in milliseconds: acknowledgements one at a time and at once, and edits at once."""
    double = await Double.started()
    program = [sys.executable, __file__, "--as-bare", double.server.base, double.server.gateway_url, double.token]
    process = await asyncio.create_subprocess_exec(*program)
    try:
        await double.ready()
        person = double.person("bench")
        command = {"id": "1", "name": "bench", "type": 1}

        def ask(**options: str) -> Interaction:
            filled = [{"name": name, "type": 3, "value": value} for name, value in options.items()]
            return double.ask(person, double.channel, 2, command | {"options": filled})

        alone = [await acknowledged(double, ask()) for _ in range(calls + 1)][1:]
        crowd = await asyncio.gather(*(acknowledged(double, ask()) for _ in range(at_once)))
        one, many = [], []
        for ids, into in (((1,), one),) * min(calls, 2 * ALONE) + ((range(at_once), many),):
            made = [double.posting.make(double.channel, double.world.bot, content="old") for _ in ids]
            first, began = len(double.calls), time.monotonic()
            ask(channel=double.channel.id, messages=",".join(each.id for each in made))
            await double.wait(lambda first=first, made=made: len(_edits(double, first)) == len(made), LONG_S)
            into.extend(1000 * (call.received_s - began) for call in _edits(double, first))
        return {"ack": tuple(alone), "acks": tuple(crowd), "tell": tuple(one), "tells": tuple(many)}
    finally:
        process.kill()
        await process.wait()
        await double.stop()


def _edits(double: Double, first: int) -> list[Any]:
    return [call for call in double.calls[first:] if call.method == "PATCH" and call.path.startswith("/channels/")]


async def acknowledged(double: Double, asked: Interaction) -> float:
    """Milliseconds from the gateway to the acknowledgement."""
    wanted = f"/interactions/{asked.id}/"
    await double.wait(lambda: asked.is_acknowledged, LONG_S, what="an acknowledgement")
    (call, *_) = (each for each in reversed(double.calls) if wanted in each.path)
    return 1000 * (call.received_s - asked.sent_s)


# ── the product ────────────────────────────────────────────────────────────────────────────────────────────────────


@frozen
class Measured:
    """Milliseconds of each kind, one at a time and at once; *others* are acknowledgements of a question meanwhile."""

    ack: tuple[float, ...]
    acks: tuple[float, ...]
    confirm: tuple[float, ...]
    confirms: tuple[float, ...]
    others: tuple[float, ...]
    tell: tuple[float, ...]
    tells: tuple[float, ...]


async def product(calls: int, orders: int) -> Measured:
    """Measure a service that is started for it."""
    with tempfile.TemporaryDirectory() as home:
        async with Town(Path(home), **AT_ONCE) as town:
            ann = await town.settle("ann", "long_options")
            await town.type("trader", "limit", "ann", *LIMITS)
            await town.sync()
            await town.runs()
            return await _measured(town, ann, calls, orders)


async def _measured(town: Town, ann: Person, calls: int, orders: int) -> Measured:
    double = town.double

    def ask(command: str, **options: str) -> Interaction:
        return double.slash(ann.user, town.orders, command, **options)

    async def card() -> Seen:
        asked = ask("order", text=ORDER)
        return await double.answer(asked)

    await double.answer(ask("order", text=ORDER))  # the first one builds the parser and the chain
    ack = [await acknowledged(double, ask("help")) for _ in range(calls)]
    confirm, tell = [], []
    for _ in range(min(calls, ALONE)):
        confirm.append(await acknowledged(double, double.press(ann.user, await card(), "Confirm")))
        await _working(town)
        tell.extend(await _told(town, 1))
    asked = [ask("order", text=ORDER) for _ in range(orders)]
    acks = await asyncio.gather(*(acknowledged(double, each) for each in asked))
    cards = [await double.answer(each) for each in asked]
    pressed = [acknowledged(double, double.press(ann.user, each, "Confirm")) for each in cards]
    working = asyncio.ensure_future(_working(town, orders))
    confirms = asyncio.gather(*pressed)
    others = []
    while not working.done():
        others.append(await acknowledged(double, ask("help")))
        await asyncio.sleep(NOW_AND_THEN_S)
    await working
    tells = await _told(town, orders)
    every = (ack, acks, confirm, await confirms, others, tell, tells)
    return Measured(*(tuple(each) for each in every))


async def _working(town: Town, orders: int = 1) -> None:
    """Until so many orders work in production, and each message shows it and has rested."""
    double = town.double

    def shown() -> bool:
        return sum(each["status"] == "Live" for each in town.at_production()) >= orders

    await double.wait(shown, LONG_S, what="the orders work")
    await _quiet(double)


async def _quiet(double: Double) -> None:
    """Until no message was written or edited for longer than the pause between two edits."""
    seen = -1
    while (now := sum(call.path.startswith("/channels/") for call in double.calls)) != seen:
        seen = now
        await asyncio.sleep(PAUSE_S)


async def _told(town: Town, orders: int) -> list[float]:
    """Let all that works fill; milliseconds from each recorded fill to the first edit of its message after it."""
    double, first = town.double, len(town.double.calls)
    offset_s = time.time() - time.monotonic()
    town.fill_all()
    await double.wait(lambda: len({call.path for call in _edits(double, first)}) >= orders, LONG_S, what="edits")
    await _quiet(double)
    told: dict[str, float] = {}
    for call in _edits(double, first):
        told.setdefault(_reference(call), call.received_s + offset_s)
    filled = [each for each in town.events() if isinstance(each, FillRecorded) and each.venue is Venue.PRODUCTION]
    return [1000 * (told[each.originator_id.hex[:6]] - each.at.timestamp()) for each in filled[-orders:]]


def _reference(call: Any) -> str:
    """The order that an edit is about, by the title of its page."""
    return str(call.body["embeds"][0]["title"]).split()[1]


# ── what is printed ────────────────────────────────────────────────────────────────────────────────────────────────


def rows(floor: dict[str, tuple[float, ...]], found: Measured, orders: int) -> Iterator[tuple[str, Any, Any, float]]:
    yield "ack, one at a time", found.ack, floor["ack"], AIM_ACK_MS
    yield f"ack, {orders} commands at once", found.acks, floor["acks"], AIM_ACK_MS
    yield "confirm, one at a time", found.confirm, floor["ack"], AIM_ACK_MS
    yield f"confirm, {orders} at once", found.confirms, floor["acks"], AIM_ACK_MS
    yield f"ack, while {orders} orders are on their way", found.others, floor["ack"], AIM_ACK_MS
    yield "tell, one at a time", found.tell, floor["tell"], AIM_TELL_MS
    yield f"tell, {orders} fills at once", found.tells, floor["tells"], AIM_TELL_MS


def table_of(figures: Sequence[tuple[str, Any, Any, float]]) -> Table:
    made = table("A chat: milliseconds", "the floor is a bare client of discord.py, in the same run")
    for heading in ("", "calls", "p50", "p99", "floor p50", "p99", "ratio p99", "aim p99", ""):
        made.add_column(heading, justify="left" if not heading else "right", no_wrap=True)
    for name, found, floor, aim in figures:
        numbers = [percentile(times, share) for times in (found, floor) for share in (0.5, 0.99)]
        ratio = numbers[1] / numbers[3]
        shown = (*(f"{each:,.1f}" for each in numbers), f"{ratio:.1f}", f"{aim:,.0f}", met(numbers[1] < aim))
        made.add_row(name, str(len(found)), *shown)
    return made


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="How fast a chat is answered and told.")
    parser.add_argument("--calls", type=int, default=100, help="commands one at a time (default 100)")
    parser.add_argument("--orders", type=int, default=100, help="orders at once (default 100)")
    parser.add_argument("--as-bare", nargs=3, help=argparse.SUPPRESS)
    asked = parser.parse_args(arguments)
    if asked.as_bare:
        bare(*asked.as_bare)
        return
    console = Console() if sys.stdout.isatty() else Console(width=120)
    with console.status("a bare client"):
        floor = asyncio.run(floors(asked.calls, asked.orders))
    with console.status("tastyflow"):
        found = asyncio.run(product(asked.calls, asked.orders))
    console.print(table_of(tuple(rows(floor, found, asked.orders))))


if __name__ == "__main__":
    main()
