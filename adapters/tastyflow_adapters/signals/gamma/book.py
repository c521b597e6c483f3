"""
A chain as the feed has told it, and its gamma exposure at any moment.

    take_greeks │ take_interest │ take_spot      O(1) each
    levels(now)                                  net, walls, coverage: no repricing
    repricing_job(now)() ─▶ Repriced             roots, flip, profile: milliseconds; it runs in any thread
    exposure(now)                                all of it, in one call
    columns() │ take_columns                     what was told, as arrays: a recording

Kept are shares per dollar, unsigned. Spot and signs come in at the end: when the spot moves, no sum is out of date.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time
from math import inf

import numpy as np

from tastyflow.domain.expirations import NEW_YORK, ONE_DAY, new_york_date
from tastyflow.domain.instruments import EquityOption
from tastyflow.domain.signal_rule.sign_model import SignModel
from tastyflow.errors import Invalid
from tastyflow_adapters.signals.gamma.columns import GammaColumns, GammaSpot
from tastyflow_adapters.signals.gamma.exposure import GammaExposure
from tastyflow_adapters.signals.gamma.freshness import held_against
from tastyflow_adapters.signals.gamma.kept import KeptContracts
from tastyflow_adapters.signals.gamma.levels import GammaLevels
from tastyflow_adapters.signals.gamma.measuring import GammaState, exposure_of, job_of, levels_of
from tastyflow_adapters.signals.gamma.repricing import Repriced, Repricing
from tastyflow_adapters.signals.gamma.scope import Scope
from tastyflow_adapters.signals.gamma.settling import SettlesAt, settles_by_root
from tastyflow_adapters.signals.gamma.table import ContractTable


class GammaBook:
    """The gamma exposure of one chain, kept up to date. One thread uses it, and *now* moves forward."""

    def __init__(
        self,
        options: Sequence[EquityOption],
        *,
        settles_at: SettlesAt = settles_by_root,
        sign_model: SignModel = SignModel.NAIVE,
        scope: Scope | None = None,
        repricing: Repricing | None = None,
        greatest_age_s: float | None = None,
    ) -> None:
        """
        A book of *options*, of which nothing is known yet.

        Args:
            settles_at: A root and an expiration ─▶ when they settle; asked once for each.
            greatest_age_s: A contract whose gamma is older is stale, and out of coverage: older than now in a session,
                than its close after it (`freshness`). None: it never is.

        Raises:
            Invalid: ``bad_chain``: as `ContractTable.of` says.
        """
        self.table = ContractTable.of(options, settles_at)
        self.sign_model = sign_model
        self.scope = scope or Scope()
        self.repricing = repricing or Repricing()
        self.greatest_age_s = greatest_age_s
        self.spot: GammaSpot | None = None
        self._kept = KeptContracts(self.table, floor_years=self.repricing.floor_years)
        self._settles_at_s = np.array([group.settles_at.timestamp() for group in self.table.groups])
        self._scope_from = self._scope_until = datetime.min.replace(tzinfo=UTC)
        self._stale_after_s = inf
        self._found_stale_s = -inf

    @property
    def options(self) -> tuple[EquityOption, ...]:
        """The contracts, each at its place."""
        return self.table.options

    # --- what the feed tells ---

    def take_greeks(
        self, where: int | EquityOption, gamma: float | None, volatility: float | None, at: datetime
    ) -> None:
        """
        What the feed says of one contract, worked out there *at* an aware moment. What is told last counts.

        Args:
            where: The contract, or its place in `options`.
            gamma: Per share, per dollar; what is None, NaN, infinite or negative is not known.
            volatility: A year, as a fraction; what is None, NaN or out of bounds is not known.

        Raises:
            KeyError, IndexError: It is no contract of this book.
            Invalid: ``naive_datetime``.
        """
        at_s = _seconds(at)
        self._kept.tell_greeks(self._place(where), gamma, volatility, at_s)
        if self.greatest_age_s is not None:
            self._stale_after_s = min(self._stale_after_s, at_s + self.greatest_age_s)

    def take_interest(self, where: int | EquityOption, contracts: int | None, day: date) -> None:
        """The open interest of one contract, as the summary of trading day *day* has it; None where not known."""
        self._kept.tell_interest(self._place(where), contracts, day)

    def take_spot(self, price: float | None, source: str, at: datetime) -> None:
        """The price of the underlying; where it is None, NaN, infinite or not positive, there is none from now on."""
        _seconds(at)
        self.spot = GammaSpot(price, source, at) if price is not None and 0 < price < inf else None

    def take_columns(self, columns: GammaColumns) -> None:
        """
        Everything anew, as `columns` gave it.

        Raises:
            Invalid: ``bad_columns``: they are of another chain.
        """
        self._kept.take_columns(columns)
        self.spot = columns.spot
        self._stale_after_s = -inf

    # --- what it comes to ---

    def columns(self) -> GammaColumns:
        """What was told so far, in arrays of their own."""
        return self._kept.columns(self.spot)

    def levels(self, now: datetime) -> GammaLevels:
        """
        Net, walls and coverage at *now*; nothing is repriced.

        Raises:
            Invalid: ``no_spot``: there is no price of the underlying; ``naive_datetime``.
        """
        return levels_of(self._seen(now))

    def repricing_job(self, now: datetime) -> Callable[[], Repriced] | None:
        """
        What finds roots and profile as of *now*, from arrays of its own: it may run in another thread while ticks are
        taken. None where no contract is covered.

        Raises:
            Invalid: As `levels`.
        """
        return job_of(self._seen(now))

    def exposure(self, now: datetime, repriced: Repriced | None = None) -> GammaExposure:
        """
        All that is known at *now*.

        Args:
            repriced: What repricing found lately; without it, it is done now.

        Raises:
            Invalid: As `levels`.
        """
        return exposure_of(self._seen(now), repriced)

    def _seen(self, now: datetime) -> GammaState:
        """The book as of *now*: contracts that settled, left the scope or went stale by then no longer count."""
        if self.spot is None:
            raise Invalid(
                f"There is no price of {self.table.underlying}: its gamma exposure is not known.",
                code="no_spot",
                hint="Wait for a trade or a quote of the underlying.",
            )
        now_s = _seconds(now)
        self._move_to(now, now_s)
        kept = self._kept
        gammas, volatilities, at_s, interest = kept.figures()
        return GammaState(
            table=self.table,
            at=now,
            spot=self.spot,
            sign_model=self.sign_model,
            scope=self.scope,
            repricing=self.repricing,
            in_scope=kept.in_scope,
            minutes=(self._settles_at_s - now_s) / 60,
            gammas=gammas,
            volatilities=volatilities,
            at_s=at_s,
            interest=interest,
            interest_day=kept.interest_day(),
            stale=kept.stale(at_s),
            covered=kept.covered(),
            capped=kept.capped(gammas, volatilities),
            by_slot=kept.by_slot.as_array(),
            by_group=kept.by_group.as_array(),
        )

    def _move_to(self, now: datetime, now_s: float) -> None:
        """What settled, left or entered the scope since, or went stale, counts accordingly."""
        if not self._scope_from <= now < self._scope_until:
            self._draw_scope(now)
        if self.greatest_age_s is None:
            return
        held_s = held_against(now).timestamp()
        if held_s > self._stale_after_s or held_s < self._found_stale_s:  # the clock may have been set back
            self._found_stale_s = held_s
            self._stale_after_s = self._kept.find_stale(held_s - self.greatest_age_s) + self.greatest_age_s

    def _draw_scope(self, now: datetime) -> None:
        """Which groups count now, and between which moments that holds: midnights in New York, and settlements."""
        today = new_york_date(now)
        changes = [group.settles_at.astimezone(UTC) for group in self.table.groups]
        changes += [datetime.combine(day, time(), NEW_YORK).astimezone(UTC) for day in (today, today + ONE_DAY)]
        self._scope_from = max(each for each in changes if each <= now)
        self._scope_until = min(each for each in changes if each > now)
        self._kept.set_scope(
            [
                group.settles_at > now and self.scope.covers(group.root, group.expiration, today)
                for group in self.table.groups
            ]
        )

    def _place(self, where: int | EquityOption) -> int:
        if not isinstance(where, int):
            return self.table.indexes[where]
        if where < 0:
            raise IndexError(f"{where} is no place in the chain.")  # -1 would be its last contract
        return where


def _seconds(at: datetime) -> float:
    if at.tzinfo is None:
        raise Invalid(f"{at.isoformat()} has no time zone.", code="naive_datetime", hint="Hand over an aware datetime.")
    return at.timestamp()
