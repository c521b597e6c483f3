"""
A town in which whole stories happen: a Discord, two venues, a home, and `tastyflow run` as a process of its own.

    Town ─┬─ double      people write and press in it
          ├─ simulator   both venues; `trade` lets a part of what works there fill
          ├─ home        the log, and `discord.db` beside it
          └─ service     the real program, started, killed, started again

Each step waits for what it needs to see; nothing sleeps.
"""

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, Self
from unittest.mock import patch
from uuid import UUID

from attrs import frozen

from tastyflow.application.ledger.lookup import Lookup
from tastyflow.domain.events import Event
from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.order import Order
from tastyflow_adapters import redaction
from tastyflow_adapters.cli import program
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.log import open_log
from tastyflow_simulator import ClockMode
from tastyflow_simulator.book.state import What
from tests.discord.double import Channel, Double, User
from tests.discord.kit import pointed_at
from tests.discord.launch import RealBot
from tests.simulator.sim_kit import Threaded

ROOT: Final = Path(__file__).parents[2]

SETTINGS: Final[Mapping[str, str]] = {
    "TASTYFLOW_SIMULATED": "true",
    "TASTYFLOW_ENV": "production",
    "TASTYFLOW_POLICY__REST_WAIT_S": "0.1",
    "TASTYFLOW_POLICY__SEARCH_WAITS_S": "[0.1, 0.2, 0.4]",
    "TASTYFLOW_POLICY__CLAIM_AGE_S": "2",
    "TASTYFLOW_POLICY__DUPLICATE_WINDOW_S": "0",
    "TASTYFLOW_POLICY__APPROVAL_ABOVE_USD": "1000",
    "TASTYFLOW_SANDBOX__RATE": "1000",
    "TASTYFLOW_PRODUCTION__RATE": "1000",
}
"""Short waits, and another person for what can lose more than a thousand dollars."""


@frozen
class Person:
    """A person in Discord, and the trader that they are here."""

    name: str
    user: User


class Town:
    """
    Args:
        folder: Where the home is.
        chosen: Settings besides those of `SETTINGS`, as variables.
    """

    def __init__(self, folder: Path, **chosen: str) -> None:
        self.home = folder / "home"
        self._chosen = chosen
        self._threaded = Threaded(clock=ClockMode.REAL, starts_at=None)
        self._bot: RealBot | None = None

    async def __aenter__(self) -> Self:
        self._threaded.__enter__()
        self.double = await Double.started()
        self.orders = self.double.channel
        self.approvals, self.operators = self.double.make_channel("approvals"), self.double.make_channel("operators")
        self.settings = dict(SETTINGS) | self._venues() | self._discord() | self._chosen
        self.settings["TASTYFLOW_HOME"] = str(self.home)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._bot is not None:
            await self._bot.kill()
        await self.double.stop()
        self._threaded.__exit__()

    def _venues(self) -> dict[str, str]:
        described = self._threaded.simulator.describe()
        keys = ("api_url", "streamer_url", "client_secret", "refresh_token", "account")
        return {
            f"TASTYFLOW_{venue.upper()}__{key.upper()}": described[venue][key]
            for venue in ("sandbox", "production")
            for key in keys
        }

    def _discord(self) -> dict[str, str]:
        listed = ", ".join(f'"{each.id}"' for each in (self.orders, self.approvals, self.operators))
        return {
            "TASTYFLOW_DISCORD__GUILDS": f'["{self.double.guild.id}"]',
            "TASTYFLOW_DISCORD__CHANNELS": f"[{listed}]",
            "TASTYFLOW_DISCORD__DIRECT_MESSAGES": "true",
            "TASTYFLOW_DISCORD__APPROVALS_CHANNEL": self.approvals.id,
            "TASTYFLOW_DISCORD__OPERATORS_CHANNEL": self.operators.id,
            "TASTYFLOW_DISCORD__DIGEST_AT": "never",
            "TASTYFLOW_DISCORD__TOKEN": self.double.token,
        }

    # ── people ──

    async def settle(self, name: str, *permissions: str) -> Person:
        """A trader with *permissions*, known by their number in Discord."""
        person = Person(name, self.double.person(name))
        may = [word for permission in permissions for word in ("--permission", permission)]
        await self.type("trader", "add", name, *may)
        await self.type("trader", "link", name, "discord", person.user.id)
        return person

    def direct(self, person: Person) -> Channel:
        """Where *person* writes to the bot alone."""
        return self.double.direct(person.user)

    async def type(self, *words: str) -> None:
        """Run ``tastyflow *words*`` in this process: half a second less than in one of its own."""
        try:
            with patch.dict(os.environ, self.environment, clear=True):
                code = await asyncio.to_thread(program.run, list(words))
        finally:
            redaction.uninstall()  # the program quietens its neighbours for the rest of its process
        assert code == 0, f"tastyflow {' '.join(words)} ended with {code}"

    async def sync(self) -> None:
        """What the operator does once: Discord is told of the commands."""
        with pointed_at(self.double):
            await self.type("discord", "sync")

    # ── the service ──

    @property
    def environment(self) -> dict[str, str]:
        """What a process of this town is given."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("TASTYFLOW_")}
        paths = [str(ROOT), str(ROOT / "grammar"), str(ROOT / "adapters"), kept.get("PYTHONPATH", "")]
        python = {"PYTHONPATH": os.pathsep.join(filter(None, paths)), "LC_ALL": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
        return kept | python | {"PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"} | self.settings

    async def runs(self, **chosen: str) -> RealBot:
        """`tastyflow run`, logged in at the double: the one that runs already, or one that is started."""
        if self._bot is None or self._bot.has_ended:
            self._bot = RealBot(self.double, self.environment | chosen)
            await self._bot.start()
            await self._bot.says("ready in")
            await self.double.ready()
        return self._bot

    # ── the venues ──

    def at_production(self) -> list[dict[str, Any]]:
        """Every order that production ever accepted, as it stands."""
        side = self._threaded.simulator.production

        def settled() -> list[dict[str, Any]]:
            side.settle()
            rows: list[dict[str, Any]] = side.book.ledger()
            return rows

        return self._threaded.call(settled)

    def trade(self, units: int) -> None:
        """Let *units* of the one order that works in production fill."""
        simulator = self._threaded.simulator

        def fill() -> None:
            side = simulator.production
            now = side.settle()
            state = side.book._state
            (number,) = (number for number, order in state.orders.items() if not order.status.is_terminal)
            state.plan(now, What.FILL, number, Decimal(units))
            side.settle()
            simulator.clock.wake()

        self._threaded.call(fill)

    def fill_all(self) -> None:
        """Let the market come to everything that works in production."""
        simulator = self._threaded.simulator

        def fill() -> None:
            side = simulator.production
            now = side.settle()
            for number, order in list(side.book._state.orders.items()):
                if not order.status.is_terminal:
                    side.book._state.plan(now, What.FILL, number, order.units_left)
            side.settle()
            simulator.clock.wake()

        self._threaded.call(fill)

    # ── the log ──

    @contextmanager
    def reading(self) -> Iterator[Any]:
        log = LogAddress.file(self.home / "production-simulated" / "log.db")
        with closing(open_log(log, read_only=True)) as ledger:
            yield ledger

    def events(self) -> list[Event]:
        """All of the log."""
        with self.reading() as ledger:
            return [ledger.mapper.to_domain_event(stored) for stored in ledger.rows()]

    def newest_order(self) -> Order:
        with self.reading() as ledger:
            return Lookup(ledger).newest_orders(1)[0]

    def order(self, order_id: UUID) -> Order:
        with self.reading() as ledger:
            found: Order = ledger.read(Order, order_id)
            return found


def next_monthly(after: datetime | None = None) -> date:
    """The third Friday of the next month: the day that "next month" means."""
    today = (after or datetime.now(NEW_YORK)).date()
    first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return first + timedelta(days=(4 - first.weekday()) % 7 + 14)
