"""
Is it signed, and is it of now? A stranger learns neither which of the two failed, nor whether there is such a rule.

    two signatures are worked out, whatever is known of the name ─▶ unsigned │ old │ ahead │ None: it counts
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from secrets import token_bytes
from typing import Final

from attrs import frozen

from tastyflow_adapters.config.signals_choices import SignalsChoices
from tastyflow_adapters.signals.webhook.reading import AlertHeaders
from tastyflow_adapters.signals.webhook.signing import is_signed, signed
from tastyflow_adapters.signals.webhook.tally import AlertFault

TRIED: Final = 2
"""Secrets that every alert is held against: the rule's, and its next one."""
_NO_SECRET: Final = token_bytes(32)
"""Stands where a rule has none; it is of this process alone, and known to no sender."""


@frozen
class ReceivedAlert:
    """One request, read to its end: not yet believed."""

    rule: str
    headers: AlertHeaders
    body: bytes

    @property
    def message(self) -> bytes:
        """The bytes that are signed."""
        return signed(self.headers.timestamp, self.rule, self.headers.key, self.body)

    @property
    def at(self) -> datetime:
        """When it was signed, by its sender."""
        return datetime.fromtimestamp(int(self.headers.timestamp), UTC)


def fault_of(
    alert: ReceivedAlert, secrets: Sequence[bytes], *, now: datetime, chosen: SignalsChoices
) -> AlertFault | None:
    """Why *alert* does not count; None where it does. *secrets* are the rule's; none where there is no such rule."""
    tried = (*secrets[:TRIED], *(_NO_SECRET,) * (TRIED - len(secrets)))
    if not is_signed(alert.message, alert.headers.signature, tried) or not secrets:
        return AlertFault.UNSIGNED
    age_s = (now - alert.at).total_seconds()
    if age_s > chosen.webhook_oldest_s:
        return AlertFault.OLD
    return AlertFault.AHEAD if -age_s > chosen.webhook_ahead_s else None
