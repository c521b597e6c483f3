"""
What gamma exposure of a whole chain costs: the exposure with its flip, an update, and the memory of it.

    .venv/bin/python benchmarks/gamma.py [--rounds R]

Exposure    `GammaBook.exposure`: net, by strike and expiration, walls, coverage, every root, the profile. Beside it
            what is usual: a pandas ``apply`` of the formula to each row, with neither levels nor roots; and numpy at 60
            levels, with straight lines between them. All three on the same arrays, and the net agrees.
Update      `GammaBook.take_greeks`, which keeps its sums. The aim is the same at 20,000 contracts as at 1,000, within
            1.3 times. Beside it a scan of all contracts, which is usual.
Memory      of a full chain of SPX: its contracts, the book, one exposure.

Everything is processor time, and the rounds of all rows are interleaved: other programs on the machine change that
less. Compare ratios, not milliseconds. The chain is made up: SPXW every trading day for six weeks, every other week for
a year, strikes by 5 around 6,000 and sparser further out, volatilities with a skew, most puts below the spot.
"""

import argparse
import gc
import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isclose
from typing import Final

import numpy as np
import pandas as pd
from attrs import frozen
from rich import box
from rich.console import Console
from rich.table import Table

from tastyflow.domain.expirations import trading_days
from tastyflow.domain.instruments import EquityOption, Right
from tastyflow_adapters.signals.gamma import GammaBook, GammaColumns, GammaSpot

NOW: Final = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
SPOT: Final = 6000.0
SIZES: Final = (1_000, 5_000, 20_000)
TICKS: Final = 2_000
LEVELS: Final = 60
YEAR_S: Final = 365 * 24 * 3600

AIM_EXPOSURE_MS: Final = 10
AIM_UPDATE: Final = 1.3

DAILY = list(trading_days(date(2026, 11, 20), date(2026, 12, 31)))
DAYS: Final = DAILY + list(trading_days(date(2027, 1, 4), date(2027, 11, 19)))[9::10]


def contracts(count: int) -> list[EquityOption]:
    """About *count* contracts of SPXW, as many strikes on each day."""
    strikes = count // (2 * len(DAYS))
    return [
        EquityOption("SPXW", day, right, Decimal(strike_at(place - strikes // 2)))
        for day in DAYS
        for place in range(strikes)
        for right in Right
    ]


def strike_at(place: int) -> int:
    """From the money: by 5, and sparser further out; 100 places away it is 2,500 points."""
    return 6000 + 5 * place + 5 * round(place**3 / 2_500)


@frozen(eq=False)
class Market:
    """A chain, what a feed says of it, and the same for the others: rows hold right, strike, gamma, interest."""

    book: GammaBook
    columns: GammaColumns
    years: np.ndarray
    frame: pd.DataFrame
    rows: list[tuple[bool, float, float, int]]

    @classmethod
    def of(cls, count: int) -> "Market":
        book = GammaBook(contracts(count))
        table = book.table
        strikes, is_call = table.strike_values, table.is_call
        settles = np.array([group.settles_at.timestamp() for group in table.groups])[table.group_of]
        years = (settles - NOW.timestamp()) / YEAR_S
        volatilities = 0.15 * (1 - 0.8 * np.log(strikes / SPOT))
        chance = np.random.default_rng(20261120)
        out_of_the_money = np.where(is_call, strikes > SPOT, strikes < SPOT)
        share = np.where(out_of_the_money, 1.0, np.where(is_call, 0.3, 0.2)) * np.exp(-np.abs(strikes / SPOT - 1) * 10)
        interest = (chance.integers(0, 10_000, len(strikes)) * share).astype(np.int64)
        columns = GammaColumns(
            gammas=np.round(bs_gamma(SPOT, strikes, volatilities, years), 12) + 1e-12,
            volatilities=volatilities,
            greeks_at_s=np.full(len(strikes), NOW.timestamp()),
            interest=interest,
            interest_day=np.full(len(strikes), date(2026, 11, 20).toordinal()),
            spot=GammaSpot(SPOT, "trade", NOW),
        )
        book.take_columns(columns)
        frame = pd.DataFrame(
            {"gamma": columns.gammas, "interest": interest, "type": np.where(is_call, "C", "P"), "strike": strikes}
        )
        rows = zip(is_call.tolist(), strikes.tolist(), columns.gammas.tolist(), interest.tolist(), strict=True)
        return cls(book, columns, years, frame, list(rows))

    def ticks(self, chance: np.random.Generator) -> list[tuple[int, float, float]]:
        """Contracts at random, each with a new gamma and its volatility."""
        places = chance.integers(0, len(self.columns.gammas), TICKS)
        gammas = self.columns.gammas[places] * chance.uniform(0.9, 1.1, TICKS)  # each is news, also the second of one
        return list(zip(places.tolist(), gammas.tolist(), self.columns.volatilities[places].tolist(), strict=True))


def bs_gamma(spot: float, strikes: np.ndarray, volatilities: np.ndarray, years: np.ndarray) -> np.ndarray:
    deviation = volatilities * np.sqrt(years)
    d1 = np.log(spot / strikes) / deviation + deviation / 2
    return np.exp(-d1 * d1 / 2) / (spot * deviation * np.sqrt(2 * np.pi))


# --- what is usual ---


def by_apply(market: Market) -> float:
    """Net dollars per percent: the usual formula of each row, summed by strike."""
    frame = market.frame.copy()
    frame["gex"] = frame.apply(
        lambda row: SPOT * row["gamma"] * row["interest"] * 100 * SPOT * 0.01 * (1 if row["type"] == "C" else -1),
        axis=1,
    )
    return float(frame.groupby("strike")["gex"].sum().sum())


def by_levels(market: Market) -> float | None:
    """The first root among 60 levels, by a straight line; None where there is none."""
    columns, table = market.columns, market.book.table
    levels = np.linspace(0.8 * SPOT, 1.2 * SPOT, LEVELS)
    signed = np.where(table.is_call, 1.0, -1.0) * columns.interest * 100
    net = np.array(
        [
            (bs_gamma(level, table.strike_values, columns.volatilities, market.years) * signed).sum()
            * level
            * level
            / 100
            for level in levels
        ]
    )
    turns = np.flatnonzero(np.diff(np.sign(net)))
    if not len(turns):
        return None
    low = turns[0]
    return float(levels[low] - net[low] * (levels[low + 1] - levels[low]) / (net[low + 1] - net[low]))


def by_scan(market: Market) -> None:
    """What a tick costs where every contract is looked at again: totals by strike, their largest and least."""
    calls: dict[float, float] = {}
    puts: dict[float, float] = {}
    for is_call, strike, gamma, interest in market.rows:
        side = calls if is_call else puts
        side[strike] = side.get(strike, 0.0) + gamma * interest * 100 * SPOT
    max(calls, key=calls.__getitem__)
    max(puts, key=puts.__getitem__)


# --- measured ---


def ms(what: Callable[[], object]) -> float:
    """Milliseconds of processor time."""
    began = time.thread_time()
    what()
    return (time.thread_time() - began) * 1000


def update(market: Market, ticks: Sequence[tuple[int, float, float]]) -> None:
    take = market.book.take_greeks
    for place, gamma, volatility in ticks:
        take(place, gamma, volatility, NOW)


def exposures(markets: Mapping[int, Market], rounds: int) -> Table:
    jobs: Mapping[str, Callable[[Market], object]] = {
        "exposure, with flip": lambda market: market.book.exposure(NOW),
        "levels, without": lambda market: market.book.levels(NOW),
        "pandas apply, no flip": by_apply,
        f"numpy, {LEVELS} levels": by_levels,
    }
    took: dict[str, dict[int, list[float]]] = {name: {size: [] for size in markets} for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            for size, market in markets.items():
                took[name][size].append(ms(lambda job=job, market=market: job(market)))
    caption = f"ms, best / median of {rounds}; ratio: to ours, of medians, at the largest; aim: ≤ {AIM_EXPOSURE_MS} ms"
    table = _table("Gamma exposure of a chain", caption, "contracts", *(f"{size:,}" for size in markets), "ratio")
    largest = max(markets)
    ours = statistics.median(took["exposure, with flip"][largest])
    for name, of_sizes in took.items():
        figures = (f"{min(each):,.2f} / {statistics.median(each):,.2f}" for each in of_sizes.values())
        table.add_row(name, *figures, f"{statistics.median(of_sizes[largest]) / ours:,.2f}")
    return table


def updates(markets: Mapping[int, Market], rounds: int) -> Table:
    chance = np.random.default_rng(1)
    told: dict[int, list[float]] = {size: [] for size in markets}
    scanned: dict[int, list[float]] = {size: [] for size in markets}
    for _ in range(5 * rounds):
        for size, market in markets.items():
            ticks = market.ticks(chance)
            told[size].append(ms(lambda market=market, ticks=ticks: update(market, ticks)) / TICKS * 1000)
    for _ in range(rounds):
        for size, market in markets.items():
            scanned[size].append(ms(lambda market=market: by_scan(market)) * 1000)
    least = min(markets)
    caption = (
        f"µs per tick, best / median; ratio: to {least:,} contracts in the same round, median; aim: ≤ {AIM_UPDATE}"
    )
    table = _table("A tick", caption, "contracts", *(f"{size:,}" for size in markets))
    for name, took in {"take_greeks": told, "all contracts again": scanned}.items():
        table.add_row(name, *(f"{min(each):,.2f} / {statistics.median(each):,.2f}" for each in took.values()))
        ratios = ([own / base for own, base in zip(each, took[least], strict=True)] for each in took.values())
        table.add_row("  ratio", *(f"{statistics.median(each):,.2f}" for each in ratios))
    return table


def memory(count: int, console: Console) -> None:
    gc.collect()
    tracemalloc.start()
    marks = [tracemalloc.get_traced_memory()[0]]
    options = contracts(count)
    marks.append(tracemalloc.get_traced_memory()[0])
    market_columns = Market.of(count).columns
    gc.collect()
    marks.append(tracemalloc.get_traced_memory()[0])
    book = GammaBook(options)
    book.take_columns(market_columns)
    marks.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.reset_peak()
    kept = book.exposure(NOW)
    marks.append(tracemalloc.get_traced_memory()[0])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    table = _table(
        f"Memory of {len(options):,} contracts", "MiB; the peak is within the computing of an exposure", "", "MiB"
    )
    for name, size in {
        "the contracts themselves": marks[1] - marks[0],
        "the book": marks[3] - marks[2],
        f"one exposure ({len(kept.by_strike.strikes):,} strikes)": marks[4] - marks[3],
        "the peak above the book": peak - marks[3],
    }.items():
        table.add_row(name, f"{size / 2**20:,.2f}")
    console.print(table)


def _table(title: str, caption: str, *headings: str) -> Table:
    table = Table(title=title, caption=caption, box=box.SIMPLE, pad_edge=False)
    for place, heading in enumerate(headings):
        table.add_column(heading, justify="right" if place else "left", no_wrap=True)
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description="What gamma exposure costs, beside what is usual.")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of every row (default 9)")
    asked = parser.parse_args()
    console = Console() if sys.stdout.isatty() else Console(width=110)
    memory(max(SIZES), console)
    markets = {size: Market.of(size) for size in SIZES}
    for market in markets.values():  # the same quantity, or the comparison would mean nothing
        net = market.book.exposure(NOW).net.dollars_per_percent
        assert isclose(net, by_apply(market), rel_tol=1e-9)
    assert markets[max(SIZES)].book.exposure(NOW).flip is not None
    console.print(updates(markets, asked.rounds))
    console.print(exposures(markets, asked.rounds))


if __name__ == "__main__":
    main()
