"""
From a book at one moment to what it comes to.

    GammaState ─┬─▶ levels_of       net, walls, coverage
                ├─▶ job_of ─▶ ()    roots, flip, profile
                └─▶ exposure_of     all of it
"""

from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial

import numpy as np
from attrs import frozen

from tastyflow.domain.expirations import days_to_expiration, new_york_date
from tastyflow.domain.instruments import CONTRACT_MULTIPLIER
from tastyflow.domain.signal_rule.sign_model import SignModel
from tastyflow_adapters.signals.gamma.amounts import Flags, Floats, GammaAmount
from tastyflow_adapters.signals.gamma.columns import GammaSpot, Wholes
from tastyflow_adapters.signals.gamma.exposure import (
    ExpirationGamma,
    GammaCoverage,
    GammaExposure,
    OpenInterest,
    StrikeGamma,
)
from tastyflow_adapters.signals.gamma.levels import GammaLevels, static_crossing, wall_of
from tastyflow_adapters.signals.gamma.repricing import Repriced, Repricing, repriced
from tastyflow_adapters.signals.gamma.scope import Scope
from tastyflow_adapters.signals.gamma.settling import MINUTES_A_YEAR
from tastyflow_adapters.signals.gamma.table import ContractTable
from tastyflow_adapters.signals.gamma.weighing import weighed


@frozen(eq=False, kw_only=True)
class GammaState:
    """
    A book at one moment, in arrays of their own; figures that are not known are NaN.

    Attributes:
        in_scope, minutes: Of each group, minutes to its settlement; all other flags and columns are of each contract.
        by_slot, by_group: Shares per dollar, unsigned; puts behind the calls.
    """

    table: ContractTable
    at: datetime
    spot: GammaSpot
    sign_model: SignModel
    scope: Scope
    repricing: Repricing
    in_scope: Flags
    gammas: Floats
    volatilities: Floats
    at_s: Floats
    interest: Floats
    interest_day: Wholes
    stale: Flags
    covered: Flags
    capped: Flags
    by_slot: Floats
    by_group: Floats
    minutes: Floats

    def amount(self, shares_per_dollar: float) -> GammaAmount:
        """What they are in every unit at the spot."""
        return GammaAmount.of_shares(float(shares_per_dollar), self.spot.price)

    def halves(self, sums: Floats) -> tuple[Floats, Floats]:
        """Of sums with puts behind the calls: those of calls, and those of puts, signed."""
        middle = len(sums) // 2
        return sums[:middle] * self.sign_model.calls, sums[middle:] * self.sign_model.puts


def levels_of(state: GammaState) -> GammaLevels:
    """Net, walls and coverage."""
    calls, puts = state.halves(state.by_group)
    by_call, by_put = state.halves(state.by_slot)
    return GammaLevels(
        symbol=state.table.underlying,
        at=state.at,
        spot=state.spot,
        net=state.amount(calls.sum() + puts.sum()),
        calls=state.amount(calls.sum()),
        puts=state.amount(puts.sum()),
        call_wall=wall_of(state.table.strikes, by_call, state.spot.price),
        put_wall=wall_of(state.table.strikes, by_put, state.spot.price),
        at_the_money_volatility=_at_the_money_volatility(state),
        coverage=coverage_of(state),
        oldest_age_s=_oldest_age_s(state),
    )


def job_of(state: GammaState) -> Callable[[], Repriced] | None:
    """What reprices the covered contracts; None where there are none."""
    table, how = state.table, state.repricing
    calls, puts = np.flatnonzero(state.covered & table.is_call), np.flatnonzero(state.covered & ~table.is_call)
    places = np.concatenate((calls, puts))
    if not len(places):
        return None
    years = np.maximum(state.minutes, how.floor_min) / MINUTES_A_YEAR
    groups = table.group_of[places]
    signs = np.repeat((float(state.sign_model.calls), float(state.sign_model.puts)), (len(calls), len(puts)))
    chain = weighed(
        state.spot.price,
        table.strike_values[places],
        state.volatilities[places],
        years[groups],
        signs * (state.interest[places] * float(CONTRACT_MULTIPLIER)),
        len(calls),
        rate=how.rate,
        dividend=how.dividend,
    )
    floored = int(np.count_nonzero((state.minutes < how.floor_min)[groups]))
    return partial(repriced, chain, state.at, how, floored=floored)


def exposure_of(state: GammaState, found: Repriced | None) -> GammaExposure:
    """All of it; repriced now where *found* is None."""
    job = None if found else job_of(state)
    levels = levels_of(state)
    table = state.table
    by_call, by_put = state.halves(state.by_slot)
    days = state.interest_day[state.covered]
    return GammaExposure(
        symbol=table.underlying,
        at=state.at,
        spot=state.spot.price,
        spot_source=state.spot.source,
        spot_age_s=_age_s(state.at, state.spot.at),
        sign_model=state.sign_model,
        scope=state.scope,
        repricing=state.repricing,
        net=levels.net,
        calls=levels.calls,
        puts=levels.puts,
        by_strike=StrikeGamma(state.spot.price, table.strikes, by_call, by_put),
        by_expiration=_by_expiration(state),
        call_wall=levels.call_wall,
        put_wall=levels.put_wall,
        repriced=job() if job else found if levels.coverage.covered else None,
        static_crossing_not_the_flip=static_crossing(table.strikes, by_call + by_put),
        call_interest=_open_interest(state, table.is_call),
        put_interest=_open_interest(state, ~table.is_call),
        at_the_money_volatility=levels.at_the_money_volatility,
        coverage=levels.coverage,
        oldest_age_s=levels.oldest_age_s,
        oldest_interest_day=date.fromordinal(int(days.min())) if len(days) else None,
        newest_interest_day=date.fromordinal(int(days.max())) if len(days) else None,
        capped=int(np.count_nonzero(state.capped)),
    )


def coverage_of(state: GammaState) -> GammaCoverage:
    """How much of the chain in scope is covered."""
    counts = state.in_scope[state.table.group_of]
    contracts, covered = int(np.count_nonzero(counts)), int(np.count_nonzero(state.covered))
    with_interest = counts & (state.interest >= 0)
    known = int(np.count_nonzero(with_interest))
    known_interest = int(state.interest.sum(where=with_interest))
    covered_interest = int(state.interest.sum(where=state.covered))
    settled = state.minutes <= 0
    return GammaCoverage(
        contracts=contracts,
        covered=covered,
        share_of_contracts=covered / contracts if contracts else 0.0,
        share_of_open_interest=covered_interest / known_interest * known / contracts if known_interest else 0.0,
        without_gamma=int(np.count_nonzero(counts & np.isnan(state.gammas))),
        without_volatility=int(np.count_nonzero(counts & np.isnan(state.volatilities))),
        without_interest=contracts - known,
        stale=int(np.count_nonzero(counts & state.stale)),
        settled=int(np.count_nonzero(settled[state.table.group_of])),
        out_of_scope=int(np.count_nonzero((~settled & ~state.in_scope)[state.table.group_of])),
    )


def _by_expiration(state: GammaState) -> tuple[ExpirationGamma, ...]:
    table, today = state.table, new_york_date(state.at)
    calls, puts = state.halves(state.by_group)
    contracts = np.bincount(table.group_of, minlength=len(table.groups))
    covered = np.bincount(table.group_of[state.covered], minlength=len(table.groups))
    return tuple(
        ExpirationGamma(
            root=group.root,
            expiration=group.expiration,
            settles_at=group.settles_at,
            days=days_to_expiration(group.expiration, today),
            minutes=float(state.minutes[place]),
            contracts=int(contracts[place]),
            covered=int(covered[place]),
            net=state.amount(calls[place] + puts[place]),
            calls=state.amount(calls[place]),
            puts=state.amount(puts[place]),
        )
        for place, group in enumerate(table.groups)
        if state.in_scope[place]
    )


def _open_interest(state: GammaState, of_right: Flags) -> OpenInterest:
    counts = state.in_scope[state.table.group_of] & of_right & (state.interest >= 0)
    interest = np.where(counts, state.interest, 0)
    contracts = int(interest.sum())
    mean = float((interest * state.table.strike_values).sum()) / contracts if contracts else None
    return OpenInterest(contracts, mean)


def _at_the_money_volatility(state: GammaState) -> float | None:
    """Of the nearest expiration with any covered contract: the mean of call and put at the strike nearest the spot."""
    places = np.flatnonzero(state.covered)
    if not len(places):
        return None
    groups = state.table.group_of[places]
    nearest = places[groups == groups.min()]
    distances = np.abs(state.table.strike_values[nearest] - state.spot.price)
    return float(state.volatilities[nearest[distances == distances.min()]].mean())


def _oldest_age_s(state: GammaState) -> float:
    """Of the spot, and of every gamma that counts."""
    oldest_s = state.at_s.min(where=state.covered, initial=state.spot.at.timestamp())
    return float(state.at.timestamp() - oldest_s)


def _age_s(now: datetime, at: datetime) -> float:
    return (now.astimezone(UTC) - at.astimezone(UTC)).total_seconds()
