"""
A file of limits to try: TOML, the names and values of ``--limit``.

    max_contracts = 5            for every trader, in the place of what each has
    max_loss_pct = "none"
    [traders.ann]                for ann alone, on top of that
    max_notional_usd = "2,000"
"""

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import click
from attrs import field, frozen

from tastyflow.domain.trader import Limits
from tastyflow.errors import Invalid
from tastyflow_adapters.cli.limits import Limit, with_limits

MAX_BYTES = 1_000_000


@frozen
class Proposed:
    """The limits that a file proposes: by name, for all; and for each trader whom it names."""

    for_all: tuple[tuple[str, object], ...] = ()
    for_trader: Mapping[str, tuple[tuple[str, object], ...]] = field(factory=dict)

    def limits(self, name: str, standing: Limits) -> Limits:
        """
        The limits of the trader *name*, who has *standing* ones.

        Raises:
            Invalid: Together they are no limits.
        """
        limits = with_limits(standing, (*self.for_all, *self.for_trader.get(name, ())))
        limits.require_symbols()
        return limits


def proposed_in(path: Path, traders: Iterable[str]) -> Proposed:
    """
    Read the file.

    Raises:
        Invalid: It holds something else; the message names it.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise Invalid(f"{path} is too long for a file of limits.", code="bad_limit")
        content = tomllib.loads(path.read_text("utf-8"), parse_float=str)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise Invalid(f"{path} cannot be read as limits: {error}.", code="bad_limit") from error
    own = content.pop("traders", {})
    if not isinstance(own, dict) or not all(isinstance(table, dict) for table in own.values()):
        raise Invalid("A trader's limits stand in a table: [traders.ann].", code="bad_limit")
    known = frozenset(traders)
    if strangers := sorted(name for name in own if name not in known):
        raise Invalid(f"There is no trader {strangers[0][:40]!r} in this log.", code="bad_limit")
    return Proposed(_limits(content), {name: _limits(table) for name, table in own.items()})


def _limits(table: Mapping[str, Any]) -> tuple[tuple[str, object], ...]:
    try:
        return tuple(Limit().convert(f"{name}={_text(value)}", None, None) for name, value in table.items())
    except click.BadParameter as error:
        raise Invalid(error.message, code="bad_limit") from error


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)
