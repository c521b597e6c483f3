"""
What tastytrade lists, in the core's words. Pure: JSON in, values out.

    /instruments/equities/SPX      ─▶ shares? ticks, name ─────────────────┐
    /option-chains/SPX/nested      ─▶ one item per root: SPX (AM) SPXW (PM) ┴─▶ ChainReading(chain, left out and why)
                   BRK/B                                 BRKB
                   AAPL                                  AAPL1 (adjusted) ─▶ left out

An adjusted root delivers something other than a hundred shares (after a split or a merger): its strikes and prices mean
something else, and no chat line can name it. An item names both its root and its underlying: a pair that the domain
does not know (`underlying_of`) is left out, or an order in that root would be taken for one on something else. A strike
is offered only where the venue's own symbols for its call and its put are the ones that tastyflow would send.
"""

from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Final

from attrs import frozen

from tastyflow.domain.instruments import (
    CONTRACT_MULTIPLIER,
    EQUITY_TICKS,
    Tick,
    TickRule,
    option_roots,
    plain,
    underlying_of,
)
from tastyflow.domain.venue import Chain, Expiration
from tastyflow.errors import Invalid
from tastyflow_adapters.tastytrade.http.venue_text import clean
from tastyflow_adapters.tastytrade.market.quote_reading import Json, positive, rows_of

COARSEST: Final = TickRule((Tick(Decimal("0.05"), below=Decimal(3)), Tick(Decimal("0.10"))))
"""The coarsest steps that options go by: a price on them is on tick in every class."""

LONGEST_NAME: Final = 60
"""Characters of a name that are shown."""

MAX_STRIKE: Final = Decimal(100_000)

FINEST: Final = Decimal("0.0001")
LARGEST: Final = Decimal(1000)
"""A step that is no step of a price is left out: by a finer one any price would be on tick."""


@frozen
class ChainReading:
    """A chain, and a sentence for each root or expiration of it that is not offered."""

    chain: Chain
    left_out: tuple[str, ...] = ()


def read_chain(underlying: str, *, equity: Json | None, roots: Iterable[Json]) -> ChainReading | None:
    """
    The chain of *underlying*.

    Args:
        equity: The instrument itself; None where the venue knows none.
        roots: The items of the nested chain.

    Returns:
        None where there is nothing to trade: no such symbol, or one that is not active any more.
    """
    if equity is not None and equity.get("active") is False:
        return None
    left_out: list[str] = []
    standard = [root for root in rows_of(roots) if _is_standard(root, underlying, left_out)]
    if equity is None and not standard:
        return None
    listed = {(e.root, e.day): e for root in standard for e in _expirations(root, left_out)}
    chain = Chain(
        underlying,
        has_shares=equity is not None and equity.get("is-index") is not True,
        share_ticks=read_ticks((equity or {}).get("tick-sizes"), otherwise=EQUITY_TICKS),
        option_ticks=_option_ticks(underlying, standard, equity or {}),
        expirations=tuple(sorted(listed.values(), key=lambda e: (e.day, e.root))),
        name=read_name((equity or {}).get("description")),
    )
    return ChainReading(chain, tuple(left_out))


def read_name(description: object) -> str:
    """What the venue calls an instrument, fit for people; empty where it says nothing that can be read."""
    return clean(description, limit=LONGEST_NAME) if isinstance(description, str) else ""


def read_ticks(rows: object, *, otherwise: TickRule) -> TickRule:
    """
    The tick rule of ``tick-sizes``: an entry with a threshold holds below it, the one without from there on.

    A list that makes no rule is read as its largest step alone, on which every price is safe; an empty one as
    *otherwise*.
    """
    found = [(positive(row.get("threshold")), positive(row.get("value"))) for row in rows_of(rows)]
    found = [(below, size) for below, size in found if size is not None and FINEST <= size <= LARGEST]
    sizes = [size for _, size in found if size is not None]
    if not sizes:
        return otherwise
    bands = sorted((below, size) for below, size in found if below is not None and size is not None)
    above = [size for below, size in found if below is None and size is not None]
    try:
        return TickRule((*(Tick(size, below) for below, size in bands), *map(Tick, above)))
    except Invalid:
        return TickRule((Tick(max(sizes)),))


def _is_standard(root: Json, underlying: str, left_out: list[str]) -> bool:
    name, kind, shares = str(root.get("root-symbol")), root.get("option-chain-type"), root.get("shares-per-contract")
    if kind != "Standard":
        left_out.append(f"{name:.12} is {str(kind).lower():.20}: it does not deliver a hundred shares.")
    elif positive(shares) != CONTRACT_MULTIPLIER:
        left_out.append(f"{name:.12} is for {shares!s:.12} shares a contract.")
    elif not underlying == underlying_of(name) == root.get("underlying-symbol", underlying):
        left_out.append(f"{name:.12} is not known as a root of {underlying}.")
    else:
        return True
    return False


def _option_ticks(underlying: str, roots: list[Json], equity: Json) -> TickRule:
    """The rule of the root of the monthlies, else of the first, else of the underlying."""
    monthlies_first = sorted(roots, key=lambda root: root.get("root-symbol") != option_roots(underlying)[0])
    rules = [rows for root in monthlies_first if (rows := root.get("tick-sizes"))]
    return read_ticks(rules[0] if rules else equity.get("option-tick-sizes"), otherwise=COARSEST)


def _expirations(root: Json, left_out: list[str]) -> Iterator[Expiration]:
    name = str(root["root-symbol"])
    for row in rows_of(root.get("expirations")):
        try:
            day = date.fromisoformat(str(row.get("expiration-date")))
        except ValueError:
            left_out.append(f"{name}: an expiration without a day.")
            continue
        strikes = _strikes(name, day, rows_of(row.get("strikes")))
        if strikes:
            yield Expiration(name, day, strikes, settles_am=row.get("settlement-type") == "AM")
        else:
            left_out.append(f"{name} {day}: no strike under the symbols that it should have.")


def _strikes(root: str, day: date, rows: Iterable[Json]) -> tuple[Decimal, ...]:
    """In ascending order. Twenty thousand of them in a large chain: the symbols are spelt here, not by instruments."""
    prefix = f"{root:<6}{day:%y%m%d}"
    strikes = set()
    for row in rows:
        spelt = _spelt(str(row.get("strike-price")))
        if spelt is None:
            continue
        strike, thousandths = spelt
        if row.get("call") == f"{prefix}C{thousandths}" and row.get("put") == f"{prefix}P{thousandths}":
            strikes.add(strike)
    return tuple(sorted(strikes))


@lru_cache(maxsize=16_384)  # every expiration of a chain has nearly the same strikes
def _spelt(text: str) -> tuple[Decimal, str] | None:
    """A strike, and its thousandths as an OCC symbol spells them; None where no option has it."""
    strike = positive(text)
    if strike is None or strike >= MAX_STRIKE or (thousandths := int(strike * 1000)) != strike * 1000:
        return None
    return Decimal(plain(strike)), f"{thousandths:08d}"
