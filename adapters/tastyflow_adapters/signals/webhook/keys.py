"""
The secrets of the rules: found beside the event loop, and looked for again, so that a new one counts without a restart.

    signals.NAME         with which alerts are signed
    signals.NAME_next    is good as well: the one to come, while senders are moved from the old one to it
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from tastyflow.errors import Misconfigured
from tastyflow.ports import Clock
from tastyflow_adapters.config.secret_names import of_rule
from tastyflow_adapters.redaction import REDACTOR
from tastyflow_adapters.secrets import RingTrouble, Secrets
from tastyflow_adapters.secrets.kinds import opinion

AGAIN_S: Final = 10.0
NEWS_S: Final = 1.0
LATER_S: Final = 300.0
"""How long a keyring that does not answer is left alone."""

logger = logging.getLogger(__name__)


class RuleKeys:
    """
    The secrets of the rules that *names* gives.

    Attributes:
        trouble: Why they could not be looked for the last time; empty where they could. The ones before are good.
    """

    def __init__(self, secrets: Secrets, clock: Clock, names: Callable[[], Iterable[str]]) -> None:
        self._secrets = secrets
        self._clock = clock
        self._names = names
        self._looked_for: frozenset[str] = frozenset()
        self._kept: Mapping[str, tuple[bytes, ...]] = {}
        self.trouble = ""

    def of(self, name: str) -> tuple[bytes, ...]:
        """The secrets of the rule *name*; none where it has none, or there is no such rule."""
        return self._kept.get(name, ())

    @property
    def without(self) -> tuple[str, ...]:
        """The rules that take no alerts, because they have no secret that is good."""
        return tuple(sorted(name for name in self._looked_for if not self._kept.get(name)))

    async def look(self) -> None:
        """Look for the secrets now."""
        self._looked_for = frozenset(self._names())
        try:
            self._kept = await asyncio.to_thread(self._found, self._looked_for)
        except (Misconfigured, RingTrouble) as error:
            if str(error) != self.trouble:
                logger.warning("The secrets of signals cannot be looked for, and the ones before stay: %s", error)
            self.trouble = str(error)
        else:
            self.trouble = ""

    async def run(self) -> None:
        """For ever: look for them again and again, and at once where there is a new rule."""
        looked_s = self._clock.monotonic()
        while True:
            await self._clock.sleep(NEWS_S)
            is_due = self._clock.monotonic() - looked_s >= (LATER_S if self.trouble else AGAIN_S)
            if is_due or not self._looked_for.issuperset(self._names()):
                looked_s = self._clock.monotonic()
                await self.look()

    def _found(self, names: Iterable[str]) -> Mapping[str, tuple[bytes, ...]]:
        now = self._clock.now()
        found: dict[str, tuple[bytes, ...]] = {}
        for name in names:
            values = [each.value for each in map(self._secrets.find, of_rule(name)) if each is not None]
            REDACTOR.know(values)
            plain = [value.get_secret_value() for value in values]
            good = [value for value in plain if not opinion(of_rule(name)[0], value, now=now).wrong]
            found[name] = tuple(value.encode() for value in good)
        return found
