"""
Listed? Each leg of a command, found in the chain; or what is missing there, and what could be asked for instead.

    AskedLeg ─▶ shares: are there any? ─▶ option: the expiration ─▶ the strike ─▶ each another one? ─▶ Listed
                                              ├─ trades still?      │                  │
                                              └─────────────────────┴──────────────────┴─▶ Unsettled

"45 days out" is the listed expiration nearest to that day, for every leg that says so the same one. An option that
settles in the morning trades for the last time the trading day before: the trader is told so, and it is refused after.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import islice

from attrs import evolve, frozen

from tastyflow.application.intake.unsettled import Unsettled
from tastyflow.domain.commands import AskedExpiration, AskedOption, AskedShares, DaysOut, PlaceOrder
from tastyflow.domain.expirations import TRADES_LATE, new_york_date
from tastyflow.domain.instruments import CLASS_ROOTS, Equity, EquityOption, Instrument, chat_symbol, plain
from tastyflow.domain.strategies import is_bought, strategy_of
from tastyflow.domain.venue import Chain, Expiration

OFFERS = 3
CANDIDATES = 4 * OFFERS


@frozen
class Listed:
    """The instruments of an order, leg by leg, and the sentences that tell how what the text left open was settled."""

    instruments: tuple[Instrument, ...]
    sentences: tuple[str, ...] = ()


def find(asked: PlaceOrder, chain: Chain, now: datetime) -> Listed:
    """
    The instruments that the legs of *asked* name in *chain*.

    Raises:
        Unsettled: One is not there or has stopped trading, or two legs come to the same one.
    """
    found = [_find(asked, leg.instrument, chain, now) for leg in asked.legs]
    listed = Listed(
        tuple(instrument for instrument, _ in found),
        tuple(dict.fromkeys(sentence for _, sentences in found for sentence in sentences)),
    )
    _keep_apart(asked, listed, chain, new_york_date(now))
    return listed


def on_underlying(asked: PlaceOrder, symbol: str) -> PlaceOrder:
    """The same order on another underlying."""
    return evolve(
        asked, legs=tuple(evolve(leg, instrument=evolve(leg.instrument, underlying=symbol)) for leg in asked.legs)
    )


def _find(
    asked: PlaceOrder, wanted: AskedShares | AskedOption, chain: Chain, now: datetime
) -> tuple[Instrument, tuple[str, ...]]:
    name, today = chat_symbol(wanted.underlying), new_york_date(now)
    if isinstance(wanted, AskedShares):
        if chain.has_shares and wanted.underlying == chain.underlying:
            return Equity(wanted.underlying), ()
        if chain.has_shares:
            raise Unsettled(
                f"{name} is a root of options on {chat_symbol(chain.underlying)}: it has no shares.",
                code="no_shares",
                hint=f"The shares are {chat_symbol(chain.underlying)}.",
                instead=[on_underlying(asked, chain.underlying)],
            )
        raise Unsettled(f"{name} is an index: it has no shares.", code="no_shares")
    nearest = _nearest(wanted, chain, today)
    trading = [listing for listing in nearest if _trades(listing, now, today)]
    if not trading:
        raise Unsettled(f"{name} has no listed options.", code="no_options")
    listing, target = trading[0], _day_of(wanted.expiration, today)
    if not isinstance(wanted.expiration, DaysOut):
        if nearest[0].day == target and not _trades(nearest[0], now, today):
            raise _expired(asked, wanted, nearest[0], trading)
        if listing.day != target:
            raise _no_expiration(asked, wanted, today, [e.day for e in trading])
    if wanted.strike not in listing.strikes:
        raise _no_strike(asked, wanted, listing)
    sentences = []
    if isinstance(wanted.expiration, DaysOut):
        sentences.append(f"The listed expiration nearest to {wanted.expiration.dte} days is {listing.day:%a %b %d %Y}.")
    if wanted.underlying not in (listing.root, CLASS_ROOTS.get(listing.root)):
        sentences.append(f"{listing.day:%b %d} is listed under the root {listing.root}.")
    if listing.settles_am:
        last = listing.last_trade_day
        sentences.append(f"{listing.root} settles in the morning of {listing.day:%b %d}; last trade {last:%b %d}.")
    return EquityOption(listing.root, listing.day, wanted.right, wanted.strike), tuple(sentences)


# ── what is not there, and what could be asked for instead ──────────────────────────────────────────────────────


def _expired(asked: PlaceOrder, wanted: AskedOption, over: Expiration, trading: Sequence[Expiration]) -> Unsettled:
    """Offered are the other root of that day, which trades to the close, and the next days."""
    twins = [each.root for each in trading if each.day == over.day]
    why = ": it settles in the morning" if over.settles_am else ""
    later = dict.fromkeys(each.day for each in trading if each.day != over.day)
    offers = [_instead(asked, wanted, root=root) for root in twins]
    offers += [_instead(asked, wanted, expiration=day) for day in later]
    last = f"{over.last_trade_day:%a %b %d}"
    return Unsettled(
        f"{chat_symbol(wanted.underlying)} {over.day:%b %d %Y} traded for the last time on {last}{why}.",
        code="expired",
        hint=f"{twins[0]} of that day trades to the close." if twins else f"The next is {trading[0].day:%a %b %d %Y}.",
        instead=_alike(asked, offers),
    )


def _no_expiration(asked: PlaceOrder, wanted: AskedOption, today: date, nearest: Sequence[date]) -> Unsettled:
    days = list(dict.fromkeys(nearest))
    named = ", ".join(f"{day:%a %b %d %Y}" for day in days[:OFFERS])
    missing = f"{_day_of(wanted.expiration, today):%a %b %d %Y}"
    return Unsettled(
        f"{chat_symbol(wanted.underlying)} lists no options that expire on {missing}.",
        code="expiration_not_listed",
        hint=f"The nearest: {named}.",
        instead=_alike(asked, (_instead(asked, wanted, expiration=day) for day in days)),
    )


def _no_strike(asked: PlaceOrder, wanted: AskedOption, listing: Expiration) -> Unsettled:
    near = sorted(listing.strikes, key=lambda strike: (abs(strike - wanted.strike), strike))
    named = ", ".join(plain(strike) for strike in sorted(near[:OFFERS]))
    return Unsettled(
        f"{chat_symbol(wanted.underlying)} {listing.day:%b %d %Y} has no {plain(wanted.strike)} strike.",
        code="strike_not_listed",
        hint=f"The nearest: {named}.",
        instead=_alike(asked, (_instead(asked, wanted, strike=strike) for strike in near)),
    )


def _instead(
    asked: PlaceOrder,
    wanted: AskedOption,
    *,
    expiration: date | None = None,
    strike: Decimal | None = None,
    root: str | None = None,
) -> PlaceOrder:
    """*asked* with every option mended that shares what is at fault: both sides of a straddle move together."""

    def mended(other: AskedShares | AskedOption) -> AskedShares | AskedOption:
        if isinstance(other, AskedShares) or other.expiration != wanted.expiration:
            return other
        if root is not None:
            return evolve(other, underlying=root)
        if expiration is not None:
            return evolve(other, expiration=expiration)
        return evolve(other, strike=strike) if strike is not None and other.strike == wanted.strike else other

    return evolve(asked, legs=tuple(evolve(leg, instrument=mended(leg.instrument)) for leg in asked.legs))


def _alike(asked: PlaceOrder, offers: Iterable[PlaceOrder]) -> Iterable[PlaceOrder]:
    """
    Those that are still the same strategy on the same side, each leg another contract.

    A bought 450/451 vertical whose 450 moves to 452 would be a sold one.
    """
    wanted, side = strategy_of(asked.legs), is_bought(asked.legs)
    return islice(
        (
            offer
            for offer in offers
            if strategy_of(offer.legs) is wanted
            and is_bought(offer.legs) in (side, None)
            and len({leg.instrument for leg in offer.legs}) == len(offer.legs)
        ),
        CANDIDATES,
    )


# ── each leg another contract, each expiration that was typed another day ───────────────────────────────────────


def _keep_apart(asked: PlaceOrder, listed: Listed, chain: Chain, today: date) -> None:
    """Refuse legs that the chain brings together, as "30 days out" and "31 days out", or draws apart."""
    days: dict[AskedExpiration, set[date]] = {}
    for leg, instrument in zip(asked.legs, listed.instruments, strict=True):
        if isinstance(leg.instrument, AskedOption) and isinstance(instrument, EquityOption):
            days.setdefault(leg.instrument.expiration, set()).add(instrument.expiration)
    if any(len(found) > 1 for found in days.values()):
        raise Unsettled(
            "Under different roots, that many days out are different expirations.",
            code="ambiguous",
            hint="Name the expiration as a date.",
        )
    resolved = {typed: min(found) for typed, found in days.items()}
    if len(set(resolved.values())) < len(resolved):
        together = min(resolved.values())
        raise Unsettled(
            f"Two expirations were asked for, and both come to {together:%a %b %d %Y}.",
            code="same_expiration",
            hint="Name them as dates.",
            instead=islice(_apart(asked, resolved, chain, today), CANDIDATES),
        )
    if len(set(listed.instruments)) < len(listed.instruments):
        twice = next(each for each in listed.instruments if listed.instruments.count(each) > 1)
        raise Unsettled(
            f"Two legs are on the same contract: {twice.in_words()}.",
            code="same_contract",
            hint="Write it once.",
        )


def _apart(
    asked: PlaceOrder, resolved: Mapping[AskedExpiration, date], chain: Chain, today: date
) -> Iterator[PlaceOrder]:
    """The same legs on dates, what expires last on one of the days that are listed next."""
    last = max(resolved, key=lambda typed: _day_of(typed, today))
    for day in sorted({each.day for each in chain.expirations if each.day > resolved[last]}):
        dated = {**resolved, last: day}
        yield evolve(
            asked,
            legs=tuple(
                evolve(leg, instrument=evolve(leg.instrument, expiration=dated[leg.instrument.expiration]))
                if isinstance(leg.instrument, AskedOption)
                else leg
                for leg in asked.legs
            ),
        )


# ── days ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _nearest(wanted: AskedOption, chain: Chain, today: date) -> list[Expiration]:
    """The expirations that can be meant, the nearest first; those of today may have stopped trading."""
    target = _day_of(wanted.expiration, today)
    open_ones = (e for e in chain.expirations if e.day >= today and wanted.underlying in (e.root, chain.underlying))
    return sorted(open_ones, key=lambda e: (abs(e.day - target), e.day, e.root != wanted.underlying))


def _trades(listing: Expiration, now: datetime, today: date) -> bool:
    """Whether it still may trade; some options do for a quarter of an hour after the close, and the venue knows."""
    last = listing.last_trade_day
    return last > today or (last == today and now < listing.stops_trading_at + TRADES_LATE)


def _day_of(expiration: AskedExpiration, today: date) -> date:
    return today + timedelta(days=expiration.dte) if isinstance(expiration, DaysOut) else expiration
