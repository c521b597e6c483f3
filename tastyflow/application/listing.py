"""
Listed? Each leg of a command, found in the chain; or what is missing there, and what could be asked for instead.

    AskedLeg ─▶ shares: has it any? ─▶ option: the expiration ─▶ the strike ─▶ Found(instrument, what was settled)
                                              └───────────────────┴─▶ Missing(code, message, hint, instead)

What is offered instead is listed in full: an offer that would be refused again is none.
"""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from itertools import islice

from attrs import evolve, frozen

from tastyflow.domain.commands import AskedOption, AskedShares, DaysOut, PlaceOrder
from tastyflow.domain.instruments import Equity, EquityOption, Instrument, chat_symbol, plain
from tastyflow.domain.venue import Chain, Expiration

OFFERS = 3


@frozen
class Found:
    """A listed instrument; *said* tells what the text left open."""

    instrument: Instrument
    said: str = ""


@frozen
class Missing:
    """What is not listed; *instead* are whole commands that are."""

    code: str
    message: str
    hint: str = ""
    instead: tuple[PlaceOrder, ...] = ()


def find(asked: PlaceOrder, wanted: AskedShares | AskedOption, chain: Chain, today: date) -> Found | Missing:
    """The instrument that *wanted*, a leg of *asked*, names in *chain*."""
    name = chat_symbol(wanted.underlying)
    if isinstance(wanted, AskedShares):
        if chain.has_shares:
            return Found(Equity(wanted.underlying))
        return Missing("no_shares", f"{name} is an index: it has no shares.")
    nearest = _nearest(wanted, chain, today)
    if not nearest:
        return Missing("no_options", f"{name} has no listed options.")
    listing, target = nearest[0], _target(wanted, today)
    if listing.day != target and not isinstance(wanted.expiration, DaysOut):
        return _no_expiration(asked, wanted, chain, today, [e.day for e in nearest])
    if wanted.strike not in listing.strikes:
        return _no_strike(asked, wanted, chain, today, listing)
    said = []
    if isinstance(wanted.expiration, DaysOut):
        said.append(f"The listed expiration nearest to {wanted.expiration.dte} days is {listing.day:%a %b %d %Y}.")
    if listing.root != wanted.underlying:
        said.append(f"{listing.day:%b %d} is listed under the root {listing.root}.")
    return Found(EquityOption(listing.root, listing.day, wanted.right, wanted.strike), " ".join(said))


def is_listed(asked: PlaceOrder, chain: Chain, today: date) -> bool:
    """Whether every leg of *asked* is listed, and each is another one."""
    found = [find(evolve(asked, legs=()), leg.instrument, chain, today) for leg in asked.legs]
    instruments = {each.instrument for each in found if isinstance(each, Found)}
    return len(instruments) == len(asked.legs)


def on_underlying(asked: PlaceOrder, symbol: str) -> PlaceOrder:
    """The same order on another underlying."""
    return evolve(
        asked, legs=tuple(evolve(leg, instrument=evolve(leg.instrument, underlying=symbol)) for leg in asked.legs)
    )


def _no_expiration(
    asked: PlaceOrder, wanted: AskedOption, chain: Chain, today: date, nearest: Sequence[date]
) -> Missing:
    days = list(dict.fromkeys(nearest))
    named = ", ".join(f"{day:%a %b %d %Y}" for day in days[:OFFERS])
    return Missing(
        "expiration_not_listed",
        f"{chat_symbol(wanted.underlying)} lists no options that expire on {_target(wanted, today):%a %b %d %Y}.",
        f"The nearest: {named}.",
        _listed_ones((_instead(asked, wanted, expiration=day) for day in days), chain, today),
    )


def _no_strike(asked: PlaceOrder, wanted: AskedOption, chain: Chain, today: date, listing: Expiration) -> Missing:
    near = sorted(listing.strikes, key=lambda strike: (abs(strike - wanted.strike), strike))
    named = ", ".join(plain(strike) for strike in sorted(near[:OFFERS]))
    return Missing(
        "strike_not_listed",
        f"{chat_symbol(wanted.underlying)} {listing.day:%b %d %Y} has no {plain(wanted.strike)} strike.",
        f"The nearest: {named}.",
        _listed_ones((_instead(asked, wanted, strike=strike) for strike in near), chain, today),
    )


def _listed_ones(offers: Iterable[PlaceOrder], chain: Chain, today: date) -> tuple[PlaceOrder, ...]:
    near = islice(offers, 4 * OFFERS)
    return tuple(islice((offer for offer in near if is_listed(offer, chain, today)), OFFERS))


def _instead(
    asked: PlaceOrder, wanted: AskedOption, *, expiration: date | None = None, strike: Decimal | None = None
) -> PlaceOrder:
    """*asked* with every option mended that shares what is at fault: both sides of a straddle move together."""

    def mended(other: AskedShares | AskedOption) -> AskedShares | AskedOption:
        if isinstance(other, AskedShares) or other.expiration != wanted.expiration:
            return other
        if expiration is not None:
            return evolve(other, expiration=expiration)
        return evolve(other, strike=strike) if strike is not None and other.strike == wanted.strike else other

    return evolve(asked, legs=tuple(evolve(leg, instrument=mended(leg.instrument)) for leg in asked.legs))


def _nearest(wanted: AskedOption, chain: Chain, today: date) -> list[Expiration]:
    """The expirations that can be meant, the nearest first."""
    target = _target(wanted, today)
    open_ones = (e for e in chain.expirations if e.day >= today and wanted.underlying in (e.root, chain.underlying))
    return sorted(open_ones, key=lambda e: (abs(e.day - target), e.day, e.root != wanted.underlying))


def _target(wanted: AskedOption, today: date) -> date:
    expiration = wanted.expiration
    return today + timedelta(days=expiration.dte) if isinstance(expiration, DaysOut) else expiration
