"""The watch of a chain, opened as the settings and a rule's scope say. It brings numpy along."""

from contextlib import AbstractAsyncContextManager
from typing import Final

from attrs import evolve

from tastyflow.application.context import Context
from tastyflow.domain.signal_rule.scope import FigureScope
from tastyflow_adapters.config.gex_choices import GexChoices
from tastyflow_adapters.signals.gamma import Scope
from tastyflow_adapters.signals.running.watches import OpenWatch, Watch, Watched
from tastyflow_adapters.signals.watching import ChainWatch, WatchChoices
from tastyflow_adapters.signals.watching.choosing import watch_choices

EVERY_S: Final = 0.02
"""The least time between two figures: a rule hears of a tick within so long."""


def watch_opener(context: Context, chosen: GexChoices) -> OpenWatch | None:
    """What opens watches on the market of *context*; None where it has no market data of production."""
    market, feed, clock = context.market, context.feed, context.clock
    if feed is None:
        return None
    believed: dict[str, float] = {}

    def open_watch(watched: Watched) -> AbstractAsyncContextManager[Watch]:
        choices = choices_of(watched.scope, chosen)
        return ChainWatch(market, feed, clock, watched.symbol, choices=choices, believed=believed)

    return open_watch


def choices_of(scope: FigureScope, chosen: GexChoices) -> WatchChoices:
    """How a chain is watched for rules of *scope*: the flip is searched for as the settings say."""
    return evolve(watch_choices(chosen), scope=scope_of(scope), sign_model=scope.sign_model, every_s=EVERY_S)


def scope_of(scope: FigureScope) -> Scope:
    """The same scope, as gamma exposure has it."""
    if scope.expirations:
        return Scope(expirations=frozenset(scope.expirations))
    if scope.days is None:
        return Scope()
    first, last = scope.days
    return Scope(min_days=first, max_days=last)
