"""
Which channels there are: the log line, and the addresses that the operators keep as a secret.

    TASTYFLOW_OPERATORS__URLS ─▶ systemd's credential ─▶ secrets.toml, [operators] urls ─▶ keyring

The first that has it. Several addresses stand in one secret, with commas between them.
"""

import asyncio
import logging
import re
from collections import Counter
from collections.abc import Sequence
from typing import Final

from pydantic import SecretStr

from tastyflow.errors import Misconfigured
from tastyflow.ports import Channel
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.secret_names import OPERATORS
from tastyflow_adapters.operators.channels import AppriseChannel, LogLine
from tastyflow_adapters.secrets import RingTrouble, Secrets

logger = logging.getLogger(__name__)

PATIENCE_S: Final = 5.0
"""How long a keyring is waited for: it may ask its owner for a password."""

_NEXT: Final = re.compile(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.-]*://)")


async def channels_of(choices: Choices) -> tuple[Channel, ...]:
    """Every channel, the log line first. What cannot be read is said in the log, and keeps no other from being used."""
    log_line = LogLine(is_simulated=choices.is_simulated)
    try:
        async with asyncio.timeout(PATIENCE_S):
            found = await asyncio.to_thread(_kept, choices)
    except (Misconfigured, RingTrouble, TimeoutError) as trouble:
        logger.warning("The addresses of the operators cannot be read: %s", trouble or "no answer in time")
        return (log_line,)
    return (log_line, *addressed(found, is_simulated=choices.is_simulated))


def addressed(urls: SecretStr | None, *, is_simulated: bool = False) -> Sequence[AppriseChannel]:
    """A channel for each address."""
    each = _NEXT.split(urls.get_secret_value().strip(" ,")) if urls is not None else []
    schemes = Counter(url.partition("://")[0] for url in each)
    seen: Counter[str] = Counter()
    found = []
    for url in each:
        scheme = url.partition("://")[0] if "://" in url else "address"
        seen[scheme] += 1
        name = scheme if schemes[scheme] <= 1 else f"{scheme} {seen[scheme]}"
        found.append(AppriseChannel(name, SecretStr(url), is_simulated))
    return found


def _kept(choices: Choices) -> SecretStr | None:
    kept = Secrets.of(choices).find(OPERATORS)
    return kept.value if kept else None
