"""
Signals, looked up: those of a rule, those that are open, the one that a reference names.

Each signal names the one before it, so that the newest ones of a rule cost as many reads, however long its history.
"""

import re
from collections.abc import Iterator
from typing import Final

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.signalling.standings import Standings
from tastyflow.domain.signal import Signal, SignalRaised
from tastyflow.domain.signal_rule import RuleStanding
from tastyflow.errors import Refused

BIRTHS: Final = (SignalRaised.TOPIC,)


class SignalLookup:
    """Finds signals in one ledger."""

    def __init__(self, ledger: Ledger, standings: Standings) -> None:
        self._ledger = ledger
        self._standings = standings

    def of(self, name: str, newest: int) -> tuple[Signal, ...]:
        """At most *newest* signals of the rule *name*, the newest first."""
        standing = self._standings.of(name)
        if standing is None:
            return ()
        return tuple(signal for signal, _ in zip(self.backwards(standing), range(newest), strict=False))

    def backwards(self, standing: RuleStanding) -> Iterator[Signal]:
        """Every signal of a rule, the newest first; each is read when it is wanted."""
        signal_id = standing.last_signal
        while signal_id is not None:
            signal = self._ledger.read(Signal, signal_id)
            if signal is None:
                return
            yield signal
            signal_id = signal.previous

    def still_open(self) -> tuple[Signal, ...]:
        """The signals that are not settled yet: at most the newest one of each rule."""
        newest = (self._ledger.read(Signal, each.last_signal) for each in self._standings.all() if each.last_signal)
        return tuple(each for each in newest if each is not None and each.is_open)

    def find(self, reference: str) -> Signal:
        """As `find_signal`."""
        return find_signal(self._ledger, reference)


def find_signal(ledger: Ledger, reference: str) -> Signal:
    """
    The signal that *reference* names: the first digits of its id, or the whole id.

    Raises:
        Refused: code ``unknown_signal`` or ``ambiguous_signal``.
    """
    prefix = reference.lower().lstrip("#").replace("-", "")
    ids = ledger.log.select(BIRTHS, prefix=prefix) if re.fullmatch(r"[0-9a-f]{1,32}", prefix) else []
    if len(ids) > 1:
        named = ", ".join(each.hex[:10] for each in ids[:5])
        raise Refused(f"{reference!r} names several signals.", code="ambiguous_signal", hint=f"Say which: {named}.")
    found = ledger.read(Signal, ids[0]) if ids else None
    if found is None:
        raise Refused(f"There is no signal {reference[:40]!r}.", code="unknown_signal")
    return found
