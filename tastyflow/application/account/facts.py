"""
The facts that the checks of `tastyflow.domain.risk` read, gathered for one order.

    ask the venues          Sight: quotes, the underlying's price, production's dry run
    in the append           facts_of(sight, account, book as it is now) ─▶ Facts ─▶ checks_of ─▶ drafted, or refused
    when it is asked        usage_of(trader, account, book) ─▶ Usage: what is used of the limits

What is asked of a venue is asked before the append; what other orders can change (the book) is read in it.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import islice, takewhile
from operator import attrgetter
from typing import Final

from attrs import evolve, frozen

from tastyflow.application.account.view import AccountSnapshot
from tastyflow.domain.book import Book, Taken, Unit
from tastyflow.domain.book.events import began_with
from tastyflow.domain.book.state import Ask
from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.halt import Halt
from tastyflow.domain.instruments import Equity, Instrument
from tastyflow.domain.risk.cover import standing_of
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.worst_case import Trade, worst_case
from tastyflow.domain.ticket import Strategy, Ticket
from tastyflow.domain.trader import Limits, Trader
from tastyflow.domain.venue import DryRun, Quote
from tastyflow.errors import VenueFailure
from tastyflow.ports import Broker

ZERO: Final = Decimal(0)
MINUTE: Final = timedelta(minutes=1)


@frozen
class Sight:
    """
    What the venues said of one ticket.

    Attributes:
        quotes: Of the legs that have one.
        spot: The price of the underlying; None where it has none.
        dry_run: Production's answer; None where it was not asked or did not say, and then *dry_run_failure* says why.
    """

    quotes: Mapping[Instrument, Quote]
    spot: Decimal | None = None
    dry_run: DryRun | None = None
    dry_run_failure: str = ""


def spot_in(quotes: Mapping[Instrument, Quote], underlying: str) -> Decimal | None:
    """The price of *underlying* by its own quote; None where it has none."""
    quote = quotes.get(Equity(underlying))
    return quote.mid if quote is not None and quote.is_two_sided else None


async def dry_run_of(ticket: Ticket, broker: Broker, limits: Limits) -> tuple[DryRun | None, str]:
    """The venue's dry run of *ticket*, where a limit asks for it; else, or after a failure, why there is none."""
    if limits.max_order_buying_power_pct is None and limits.max_buying_power_pct is None:
        return None, "no limit asks for it"
    try:
        return await broker.dry_run(ticket), ""
    except VenueFailure as failure:
        return None, failure.message


def facts_of(
    ticket: Ticket,
    strategy: Strategy,
    trader: Trader,
    *,
    sight: Sight,
    account: AccountSnapshot,
    book: Book,
    halt: Halt,
    now: datetime,
) -> Facts:
    """
    The facts of one order.

    Args:
        book: The book of the account as it is now, without this order.
    """
    by_underlying = _held_by_underlying(account, book, ticket.underlying)
    puts_elsewhere = (
        standing_of(trade.amounts, _could_fill(book, symbol)).put_cash_usd
        for symbol, trade in by_underlying.items()
        if symbol != ticket.underlying
    )
    own = _of_a_minute(book.asks.get(trader.id, ()), now)
    return Facts(
        ticket=ticket,
        strategy=strategy,
        trader=trader,
        account=account.name,
        accounts=account.among,
        halt=halt,
        held=by_underlying[ticket.underlying],
        could_fill=tuple(_could_fill(book, ticket.underlying)),
        elsewhere_usd=_counted_usd({k: v for k, v in by_underlying.items() if k != ticket.underlying}, book),
        put_cash_elsewhere_usd=sum(puts_elsewhere, ZERO),
        quotes=sight.quotes,
        spot=sight.spot,
        balances=account.balances,
        dry_run=sight.dry_run,
        dry_run_failure=sight.dry_run_failure,
        buying_power_used_usd=_used_usd(account, book),
        now=now,
        orders_last_minute=len(own),
        house_orders_last_minute=sum(len(_of_a_minute(asks, now)) for asks in book.asks.values()),
        orders_today=_orders_today(book, trader, now),
        recent_digests={ask.digest: ask.at for ask in _latest(own, ticket.digest)},
        working=book.orders_of(trader.id),
        working_on_symbol=book.orders_of(trader.id, ticket.underlying),
        loss_today_usd=_loss_today_usd(account, book, now),
        recent_failures=tuple(failure.at for failure in book.failures if failure.trader == trader.id),
        unknown_outcomes=book.unknown + _given_up_today(book, now),
    )


@frozen
class Usage:
    """
    What a trader and the account have used of the limits. None is what is not known.

    Attributes:
        orders_last_minute, orders_today, working: Of the trader.
        exposure_usd: The worst case of everything that is held and open in the account, as it is counted.
        buying_power_used_usd: What positions and open orders take of it.
        loss_today_usd: What the account lost today; negative for a gain.
    """

    orders_last_minute: int
    orders_today: int
    working: int
    exposure_usd: Decimal | None = None
    buying_power_used_usd: Decimal | None = None
    loss_today_usd: Decimal | None = None
    net_liquidating_value_usd: Decimal | None = None


def usage_of(trader: Trader, account: AccountSnapshot | None, book: Book | None, now: datetime) -> Usage:
    """
    What is used of the limits of *trader*, counted as the checks count it.

    Args:
        account: None where it cannot be looked at.
        book: Of that account; None where no order was ever entered in it.
    """
    counts = Usage(0, 0, 0)
    if book is not None:
        last_minute = _of_a_minute(book.asks.get(trader.id, ()), now)
        counts = Usage(len(last_minute), _orders_today(book, trader, now), book.orders_of(trader.id))
    if account is None or book is None:
        return counts
    return evolve(
        counts,
        exposure_usd=_counted_usd(_held_by_underlying(account, book), book),
        buying_power_used_usd=_used_usd(account, book),
        loss_today_usd=_loss_today_usd(account, book, now),
        net_liquidating_value_usd=account.balances.net_liquidating_value_usd if account.balances else None,
    )


def _held_by_underlying(account: AccountSnapshot, book: Book, *more: str) -> dict[str, Trade]:
    """What the account holds of each underlying, of *more* and of those with working orders too."""
    positions = tuple(account.positions_by(account.standing(book), book))
    symbols = dict.fromkeys((*more, *(p.instrument.underlying for p in positions), *book.working))
    return {symbol: Trade.held(p for p in positions if p.instrument.underlying == symbol) for symbol in symbols}


def _counted_usd(by_underlying: Mapping[str, Trade], book: Book) -> Decimal:
    """The worst case of what is held and open on these underlyings."""
    cases = (worst_case(trade, _could_fill(book, symbol)).counted_usd for symbol, trade in by_underlying.items())
    return sum((max(each, ZERO) for each in cases), ZERO)


def _orders_today(book: Book, trader: Trader, now: datetime) -> int:
    today = book.day if book.day is not None and book.day.day == new_york_date(now) else None
    return today.orders.get(trader.id, 0) if today else 0


def _of_a_minute(asks: tuple[Ask, ...], now: datetime) -> tuple[Ask, ...]:
    return asks[bisect_right(asks, now - MINUTE, key=attrgetter("at")) :]


def _latest(asks: Sequence[Ask], digest: str) -> Iterator[Ask]:
    """The latest of *asks* with this content, if there is one."""
    return islice((ask for ask in reversed(asks) if ask.digest == digest), 1)


def _could_fill(book: Book, underlying: str) -> Iterator[Trade]:
    for unit, times in book.working.get(underlying, {}).items():
        yield _trade(unit).times(times)


def _trade(unit: Unit) -> Trade:
    shares = sum(abs(quantity) for instrument, quantity in unit.amounts if isinstance(instrument, Equity))
    return Trade(dict(unit.amounts), unit.cash_usd, abs(unit.cash_usd) / shares if shares else ZERO)


def _used_usd(account: AccountSnapshot, book: Book) -> Decimal | None:
    """
    What positions and open orders take of buying power.

    The venue's buying power counts the orders that it had when it was asked. So these are taken out of what the venue
    says is in use, and then every order of the book counts once, wherever it is by now. One that left the book with
    fills since then counts as well: as an order that the venue had, or by what it takes.
    """
    balances = account.balances
    if balances is None:
        return None
    adopted_since = {taken.order: taken.usd for taken in _since(account.taken_at, book.adopted)}
    just_adopted = sum((usd for order, usd in adopted_since.items() if order in book.entries), ZERO)
    spent_since = {taken.order for taken in _since(account.taken_at, book.spent)}
    gone = sum((usd for order, usd in adopted_since.items() if order in spent_since), ZERO)
    in_use = balances.net_liquidating_value_usd - balances.buying_power_usd
    return max(in_use - (book.adopted_usd - just_adopted), ZERO) + book.taken_usd + gone


def _since(moment: datetime, taken: tuple[Taken, ...]) -> Iterator[Taken]:
    return takewhile(lambda each: each.at >= moment, reversed(taken))


def _loss_today_usd(account: AccountSnapshot, book: Book, now: datetime) -> Decimal | None:
    """What the account lost today; deposits and withdrawals count as gains and losses. None where it is not known."""
    if account.balances is None:
        return None
    today, seen_usd = new_york_date(now), account.balances.net_liquidating_value_usd
    is_today = book.day is not None and book.day.day == today
    first = book.day.began_with_usd if is_today and book.day else began_with(book.day, today, seen_usd)
    return None if first is None else first - seen_usd


def _given_up_today(book: Book, now: datetime) -> int:
    """How many orders of unknown outcome were given up today: to give one up does not say what became of it."""
    return sum(new_york_date(at) == new_york_date(now) for at in book.given_up)
