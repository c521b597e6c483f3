"""
What a trader may do and ask for, and how much of it is used: a row each, in words.

    one trader, one account ─▶ look_at_limits ─▶ LimitsSeen ─▶ limit_rows: may · of an order · open now · today · market

A limit says how far it goes; beside what is counted stands what is used. Percentages are of the account's net
liquidating value, and stand in dollars as well where that is known.
"""

from decimal import Decimal

from attrs import frozen

from tastyflow.application.account.facts import Usage, usage_of
from tastyflow.application.context import Context
from tastyflow.application.looking.wording import NOT_KNOWN, value_words
from tastyflow.domain.book import Book
from tastyflow.domain.instruments import chat_symbol, plain
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.finding import usd
from tastyflow.domain.trader import Trader
from tastyflow.errors import VenueFailure


@frozen
class LimitsSeen:
    """
    Attributes:
        place: The environment and the account, in words.
        failure: Why the account could not be looked at; empty where it was.
    """

    trader: Trader
    policy: Policy
    place: str
    usage: Usage
    failure: str = ""


@frozen
class LimitRow:
    """One group of limits, by what it is about."""

    name: str
    lines: tuple[str, ...]


async def look_at_limits(context: Context, trader: Trader) -> LimitsSeen:
    """The limits of *trader*, and what is used of them in the account of *context*; nothing is recorded."""
    try:
        account, failure = await context.view.look(), ""
    except VenueFailure as no:
        account, failure = None, no.message
    book = context.ledger.read(Book, account.book) if account is not None else None
    usage = usage_of(trader, account, book, context.clock.now())
    return LimitsSeen(trader, context.policy, context.place_words, usage, failure)


def limit_rows(seen: LimitsSeen) -> tuple[LimitRow, ...]:
    """Every limit of the trader, and what is used of it."""
    return (
        LimitRow("you may", (", ".join(sorted(each.in_words() for each in seen.trader.permissions)) or "nothing",)),
        LimitRow("one order", _of_an_order(seen)),
        LimitRow("everything open", _of_all(seen)),
        LimitRow("today", _of_today(seen)),
        LimitRow("what may be opened", _of_the_market(seen)),
    )


def _of_an_order(seen: LimitsSeen) -> tuple[str, ...]:
    limits, policy = seen.trader.limits, seen.policy
    contracts = _lower(limits.max_contracts, policy.hard_max_contracts)
    shares = _lower(limits.max_shares, policy.hard_max_shares)
    adds = f"adds at most {usd(limits.max_notional_usd)} to what can be lost"
    if limits.max_defined_loss_usd is not None:
        adds += f", {usd(limits.max_defined_loss_usd)} where its own legs bound its loss"
    return (
        f"at most {contracts:,} contracts, {shares:,} shares",
        adds,
        *_part(seen, "adds at most", limits.max_loss_pct, "to what can be lost"),
        *_part(seen, "takes at most", limits.max_order_buying_power_pct, "of buying power"),
    )


def _of_all(seen: LimitsSeen) -> tuple[str, ...]:
    limits, usage, trader = seen.trader.limits, seen.usage, seen.trader
    held = len(trader.reserved)
    used = usage.buying_power_used_usd
    return (
        f"your open orders: {held:,}, which reserve {usd(trader.reserved_notional_usd)}",
        f"can be lost in all: {value_words(usage.exposure_usd)} of {usd(limits.max_open_notional_usd)}",
        *_part(seen, "on one underlying at most", limits.max_underlying_pct),
        *_part(seen, f"buying power used: {value_words(used)} of", limits.max_buying_power_pct),
        *_count("orders that work", usage.working, limits.max_working),
        *((f"on one underlying at most {limits.max_working_a_symbol:,}",) if limits.max_working_a_symbol else ()),
    )


def _of_today(seen: LimitsSeen) -> tuple[str, ...]:
    limits, usage = seen.trader.limits, seen.usage
    lost = usage.loss_today_usd
    stands = NOT_KNOWN if lost is None else f"lost {usd(lost)}" if lost > 0 else f"gained {usd(-lost)}"
    return (
        *_count("orders today", usage.orders_today, limits.orders_a_day),
        *_count("orders within the last minute", usage.orders_last_minute, limits.orders_a_minute),
        f"the account today: {stands}",
        *_part(seen, "only orders that add no risk from a loss of", limits.daily_loss_reducing_pct),
        *_part(seen, "only orders that close from a loss of", limits.daily_loss_halt_pct),
    )


def _of_the_market(seen: LimitsSeen) -> tuple[str, ...]:
    limits = seen.trader.limits
    symbols = "all symbols" if limits.symbols is None else ", ".join(map(chat_symbol, limits.symbols)) or "no symbol"
    denied = ", ".join(map(chat_symbol, limits.denied_symbols))
    shares = "of any size" if limits.max_market_usd is None else f"up to {usd(limits.max_market_usd)}"
    return (
        symbols,
        *((f"never {denied}",) if denied else ()),
        f"options on the day they expire: {_yes(limits.zero_dte)}",
        f"market orders: in shares {shares}, in options {_yes(limits.option_market_orders)}",
    )


def _count(words: str, used: int, most: int | None) -> tuple[str, ...]:
    return (f"{words}: {used:,}" + ("" if most is None else f" of {most:,}"),)


def _part(seen: LimitsSeen, before: str, percent: Decimal | None, after: str = "") -> tuple[str, ...]:
    """``takes at most 10 % ($10,000.00) of buying power``; none where there is no such limit."""
    if percent is None:
        return ()
    whole = seen.usage.net_liquidating_value_usd
    dollars = "" if whole is None else f" ({usd(whole * percent / 100)})"
    return (" ".join(filter(None, (before, f"{plain(percent)} %{dollars}", after))),)


def _lower(own: int, hard: int | None) -> int:
    return own if hard is None else min(own, hard)


def _yes(is_allowed: bool) -> str:
    return "yes" if is_allowed else "no"
