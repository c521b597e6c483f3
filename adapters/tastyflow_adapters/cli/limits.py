"""
Limits on the command line: ``--limit max_loss_pct=3``, ``--limit max_working=none``; and as JSON.

    NAME=VALUE ─▶ a field of `Limits`, by its own type     what a limit means stands in docs/limits.md
"""

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from types import NoneType
from typing import Any, get_args, get_type_hints

import attrs
import click

from tastyflow.domain.instruments import plain
from tastyflow.domain.trader import Limits

TYPES = get_type_hints(Limits)


class Dollars(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """An amount in dollars: ``25000``, ``25,000``, ``$25,000.50``."""

    name = "USD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        if isinstance(value, Decimal):
            return value
        try:
            amount = Decimal(str(value).replace(",", "").removeprefix("$"))
        except InvalidOperation:
            amount = Decimal("nan")
        if not amount.is_finite() or not 0 <= amount <= 10**12:
            self.fail(f"{value!r} is no amount in dollars, such as 25,000.", param, ctx)
        return amount


class Limit(click.ParamType):  # type: ignore[type-arg]  # generic in newer versions of click only
    """One limit by name: a number, ``none`` for no limit, ``yes`` or ``no``, or symbols with commas between."""

    name = "NAME=VALUE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, object]:
        if isinstance(value, tuple):
            return value
        name, equals, typed = str(value).partition("=")
        if not equals or name not in TYPES:
            self.fail(f"{name[:40]!r} is no limit; there are {', '.join(TYPES)}.", param, ctx)
        kinds = get_args(TYPES[name]) or (TYPES[name],)
        try:
            return name, _read(typed.strip().lower(), kinds)
        except (ValueError, InvalidOperation):
            optional = ", or none" if NoneType in kinds else ""
            self.fail(f"{typed[:40]!r} is no value of {name}: write {_wanted(kinds)}{optional}.", param, ctx)


def _read(typed: str, kinds: tuple[Any, ...]) -> object:
    if typed == "none" and NoneType in kinds:
        return None
    if bool in kinds:
        return {"yes": True, "no": False}[typed] if typed in ("yes", "no") else _no(typed)
    if int in kinds or Decimal in kinds:
        number = Decimal(typed.replace(",", "").removeprefix("$").removesuffix("%"))
        if not number.is_finite() or number > 10**12 or (int in kinds and number % 1):
            return _no(typed)
        return number if Decimal in kinds else round(number)
    return symbols_of(typed)


def _no(typed: str) -> object:
    raise ValueError(typed)


def _wanted(kinds: tuple[Any, ...]) -> str:
    if bool in kinds:
        return "yes or no"
    if int in kinds or Decimal in kinds:
        return "a number"
    return "symbols, as SPY,QQQ"


def symbols_of(listed: str) -> tuple[str, ...]:
    """The symbols in *listed*, each once, as people write them."""
    named = (symbol.strip().upper().replace("/", ".") for symbol in listed.split(","))
    return tuple(dict.fromkeys(symbol for symbol in named if symbol))


def with_limits(limits: Limits, chosen: Iterable[tuple[str, object]]) -> Limits:
    """*limits* with each that was chosen by name."""
    return attrs.evolve(limits, **dict(chosen))  # type: ignore[arg-type]  # each value has its field's type


def limits_json(limits: Limits) -> dict[str, Any]:
    """Every limit by name; null is no limit."""
    return {name: _json(value) for name, value in attrs.asdict(limits, recurse=False).items()}


def _json(value: object) -> object:
    if isinstance(value, Decimal):
        return plain(value)
    return list(value) if isinstance(value, tuple) else value
