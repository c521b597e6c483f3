"""
A chain that is watched: what its feed says becomes figures, a few times a second.

    chain ─▶ contracts in scope ─▶ feed.follow ─▶ batches ─▶ GammaBook and the spot ─▶ updates(): Figures
                  ▲                                                       └─▶ Recorder
                  └── a new trading day in New York: the chain is read again

`updates` runs on while nothing is heard, so that ages grow, and never ends by itself.
"""

from collections.abc import AsyncIterator
from datetime import datetime
from types import TracebackType
from typing import Self

from attrs import field, frozen

from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.ports import Clock, MarketData, OptionFeed
from tastyflow_adapters.signals.gamma import GammaExposure, Repricing, Scope, SignModel
from tastyflow_adapters.signals.watching.recorder import Recorder


@frozen(kw_only=True)
class WatchChoices:
    """
    How a chain is watched.

    Attributes:
        every_s: The least time between two figures while something is heard.
        quiet_s: The time between two figures while nothing is.
        reprice_every_s: The least time between two searches for the flip.
        fresh_s: Greeks of a contract that are older are out of coverage.
        jump_percent: A spot that moves further between two ticks has jumped: it is believed once it stood there for
            *jump_believed_after_s*.
        rank_every_s: How often the rank of implied volatility is asked for.
    """

    scope: Scope = field(factory=Scope)
    sign_model: SignModel = SignModel.NAIVE
    repricing: Repricing = field(factory=Repricing)
    every_s: float = 0.25
    quiet_s: float = 1.0
    reprice_every_s: float = 1.0
    fresh_s: float = 900.0
    jump_percent: float = 5.0
    jump_believed_after_s: float = 300.0
    rank_every_s: float = 300.0


@frozen
class WatchHealth:
    """
    How a watch is doing.

    Attributes:
        contracts: How many it follows.
        coverage: Of their open interest, from 0 to 1.
        last_heard_at: When the feed last said anything; None before.
        trouble: Why it has no chain or no feed, for people; empty where it has.
    """

    contracts: int = 0
    coverage: float = 0.0
    last_heard_at: datetime | None = None
    gaps: int = 0
    trouble: str = ""


class ChainWatch:
    """
    Use it as an async context, and iterate `updates` within it.

    Args:
        recorder: Keeps each moment; closed with the watch.

    Raises:
        VenueFailure: From entering: the chain cannot be read, or the feed cannot be opened.
        Refused: From entering: code ``unknown_symbol`` or ``empty_scope``.
    """

    def __init__(
        self,
        market: MarketData,
        feed: OptionFeed,
        clock: Clock,
        symbol: str,
        *,
        choices: WatchChoices | None = None,
        recorder: Recorder | None = None,
    ) -> None:
        raise NotImplementedError

    async def __aenter__(self) -> Self:
        raise NotImplementedError

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        raise NotImplementedError

    @property
    def health(self) -> WatchHealth:
        raise NotImplementedError

    def updates(self) -> AsyncIterator[Figures]:
        """The figures as they change, from now on; several may iterate, each at its own pace: the newest come first."""
        raise NotImplementedError

    def figures(self) -> Figures:
        """The figures of this moment."""
        raise NotImplementedError

    def exposure(self) -> GammaExposure:
        """
        The exposure of this moment, profile and roots included: some milliseconds of work.

        Raises:
            Invalid: ``no_spot``: there is no price of the underlying.
        """
        raise NotImplementedError
