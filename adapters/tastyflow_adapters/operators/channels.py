"""
The channels: a log line, and what apprise can reach.

    LogLine         the logger ``tastyflow.operators``: on standard error, unless logging is set up otherwise
    AppriseChannel  one address; apprise is imported when a message is sent

Apprise speaks to a hundred services, and is kept up to date with them.
"""

import asyncio
import logging
from collections.abc import Sequence
from typing import Final

from attrs import frozen
from pydantic import SecretStr

from tastyflow.domain.incident import IncidentState
from tastyflow_adapters.operators.words import body_of, one_line, title_of

logger = logging.getLogger("tastyflow.operators")

LOG: Final = "log"
CHATTY: Final = ("apprise", "urllib3")
"""Loggers that repeat addresses: at any level, since an address holds a secret."""


class MessageNotTaken(Exception):
    """A channel did not take the message."""


@frozen
class LogLine:
    """A line for each incident; *is_simulated* where the venues are simulators, which it says."""

    name: str = LOG
    is_simulated: bool = False

    async def tell(self, incidents: Sequence[IncidentState]) -> None:
        for line in body_of(incidents, is_simulated=self.is_simulated).split("\n\n"):
            logger.warning("An operator must look: %s", line)


@frozen
class AppriseChannel:
    """
    One address that apprise understands.

    Attributes:
        name: The scheme of the address, and its number where several have it: nothing else of it is shown.
        is_simulated: Whether the venues are simulators, which each message says.
    """

    name: str
    address: SecretStr
    is_simulated: bool = False

    async def tell(self, incidents: Sequence[IncidentState]) -> None:
        body = body_of(incidents, is_simulated=self.is_simulated)
        is_taken = await asyncio.to_thread(self._notify, one_line(title_of(incidents)), body)
        if not is_taken:
            raise MessageNotTaken(self.name)

    def _notify(self, title: str, body: str) -> bool:
        import apprise  # 0.15 s: only for a message

        for name in CHATTY:
            logging.getLogger(name).setLevel(logging.CRITICAL + 1)
        service = apprise.Apprise(asset=apprise.AppriseAsset(app_id="tastyflow", app_desc="tastyflow", app_url=""))
        if not service.add(self.address.get_secret_value()):
            return False  # it is no address that apprise understands
        return bool(service.notify(title=title, body=body, body_format=apprise.NotifyFormat.TEXT))
