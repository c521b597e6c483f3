"""
When, how often and after what: trading hours, rates, repetition, working orders, the day's loss, failures.

None of them stops an order that only takes risk away.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from tastyflow.domain.expirations import NEW_YORK, is_trading_day, new_york_date, session
from tastyflow.domain.instruments import EquityOption, chat_symbol
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.finding import RiskCheck, by_policy, could_not_run, passed, refused, usd

NO_TIME = "The time is not known."


def in_hours(now: datetime, policy: Policy) -> bool:
    """Whether *now* is within trading hours as *policy* cuts the session."""
    today = _trading_hours(now, policy)
    return today is not None and today[0] <= now <= today[1]


def _trading_hours(now: datetime, policy: Policy) -> tuple[datetime, datetime] | None:
    """From when to when orders open on that day; None on a day without a session."""
    day = new_york_date(now)
    if not is_trading_day(day):
        return None
    hours = session(day)
    opens = hours.opens_at + timedelta(seconds=policy.opens_after_s)
    return opens, hours.closes_at - timedelta(seconds=policy.closes_before_s)


def hours(facts: Facts, policy: Policy) -> RiskCheck:
    code = RiskCode.HOURS
    if facts.now is None:
        return could_not_run(code, NO_TIME)
    at = f"{facts.now.astimezone(NEW_YORK):%a %H:%M}"
    if in_hours(facts.now, policy):
        return passed(code, "Within trading hours.", seen={"now": at})
    return by_policy(
        code,
        policy.hours,
        f"It is {at} in New York, outside trading hours.",
        _when(facts.now, policy),
        seen={"now": at},
    )


def _when(now: datetime, policy: Policy) -> str:
    today = _trading_hours(now, policy)
    if today is None:
        return "Ask again on a trading day."
    opens, closes = (moment.astimezone(NEW_YORK) for moment in today)
    return f"Orders that open go from {opens:%H:%M} to {closes:%H:%M} New York on that day."


def zero_dte(facts: Facts, _policy: Policy) -> RiskCheck:
    code = RiskCode.ZERO_DTE
    opened = [leg.instrument for leg in facts.ticket.legs if leg.action.opens]
    days = {instrument.expiration for instrument in opened if isinstance(instrument, EquityOption)}
    if facts.trader.limits.zero_dte or not days:
        return passed(code, "No limit." if days else "No option is opened.")
    if facts.now is None:
        return could_not_run(code, NO_TIME)
    if min(days) <= new_york_date(facts.now):
        return refused(code, "An option is not opened on the day on which it expires.", "Choose a later expiration.")
    return passed(code, "Nothing that is opened expires today.")


def orders_a_minute(facts: Facts, _policy: Policy) -> RiskCheck:
    limit = facts.trader.limits.orders_a_minute
    return _count(RiskCode.ORDERS_A_MINUTE, "within a minute", facts.orders_last_minute, limit, "Wait a minute.")


def house_orders_a_minute(facts: Facts, policy: Policy) -> RiskCheck:
    limit, asked = policy.house_orders_a_minute, facts.house_orders_last_minute
    words = "of all traders within a minute"
    return _count(RiskCode.HOUSE_ORDERS_A_MINUTE, words, asked, limit, "Wait a minute.")


def orders_a_day(facts: Facts, _policy: Policy) -> RiskCheck:
    limit = facts.trader.limits.orders_a_day
    return _count(RiskCode.ORDERS_A_DAY, "today", facts.orders_today, limit, "Ask again tomorrow.")


CANCEL: Final = "Cancel one; an order that waits for its trader's yes counts, too."


def working_orders(facts: Facts, _policy: Policy) -> RiskCheck:
    limit = facts.trader.limits.max_working
    return _count(RiskCode.WORKING_ORDERS, "working at once", facts.working, limit, CANCEL)


def working_on_symbol(facts: Facts, _policy: Policy) -> RiskCheck:
    limit = facts.trader.limits.max_working_a_symbol
    words = f"working at once on {chat_symbol(facts.ticket.underlying)}"
    return _count(RiskCode.WORKING_ON_SYMBOL, words, facts.working_on_symbol, limit, CANCEL)


def _count(code: RiskCode, words: str, before: int | None, limit: int | None, hint: str) -> RiskCheck:
    """*before* is without this order."""
    if limit is None:
        return passed(code, "No limit.")
    if before is None:
        return could_not_run(code, f"It is not known how many orders there are {words}.")
    number = before + 1
    if number > limit:
        return refused(
            code,
            f"That would be order {number:,} {words}. The limit is {limit:,}.",
            hint,
            seen={"number": number, "limit": limit},
        )
    return passed(code, f"Order {number:,} of {limit:,} {words}.", seen={"number": number, "limit": limit})


def duplicate(facts: Facts, policy: Policy) -> RiskCheck:
    code = RiskCode.DUPLICATE
    if facts.recent_digests is None or facts.now is None:
        return could_not_run(code, "It is not known what was asked for a moment ago.")
    asked_at = facts.recent_digests.get(facts.ticket.digest)
    if asked_at is None:
        return passed(code, "Nothing like it was asked for a moment ago.")
    ago = (facts.now - asked_at).total_seconds()
    if ago >= policy.duplicate_window_s or not policy.duplicate_window_s:
        return passed(code, "It was asked for before, longer ago.", seen={"seconds_ago": int(ago)})
    return refused(
        code,
        f"The same order was asked for {max(0, int(ago))} seconds ago.",
        f"If it is meant twice, ask again {policy.duplicate_window_s:.0f} seconds after the first.",
        seen={"seconds_ago": int(ago)},
    )


def daily_loss_reducing(facts: Facts, _policy: Policy) -> RiskCheck:
    code, percent = RiskCode.DAILY_LOSS_REDUCING, facts.trader.limits.daily_loss_reducing_pct
    found = _day(code, facts, percent)
    if isinstance(found, RiskCheck):
        return found
    loss, limit = found
    if loss < limit:
        return passed(
            code, f"The day's loss is {usd(loss)} of {usd(limit)}.", seen={"loss_usd": loss, "limit_usd": limit}
        )
    if facts.risk is None:
        return could_not_run(
            code, "It is not known whether the order adds risk.", seen={"loss_usd": loss, "limit_usd": limit}
        )
    if facts.risk.is_worse:
        return refused(
            code,
            f"The day's loss of {usd(loss)} has reached {usd(limit)}: only orders that add no risk until tomorrow.",
            "Close a position, or wait for the next session.",
            seen={"loss_usd": loss, "limit_usd": limit},
        )
    return passed(code, "The order adds no risk.", seen={"loss_usd": loss, "limit_usd": limit})


def daily_loss_halt(facts: Facts, _policy: Policy) -> RiskCheck:
    code, percent = RiskCode.DAILY_LOSS_HALT, facts.trader.limits.daily_loss_halt_pct
    found = _day(code, facts, percent)
    if isinstance(found, RiskCheck):
        return found
    loss, limit = found
    if loss < limit:
        return passed(
            code, f"The day's loss is {usd(loss)} of {usd(limit)}.", seen={"loss_usd": loss, "limit_usd": limit}
        )
    return refused(
        code,
        f"The day's loss of {usd(loss)} has reached {usd(limit)}: only orders that close until tomorrow.",
        "Close a position, or wait for the next session.",
        seen={"loss_usd": loss, "limit_usd": limit},
    )


def _day(code: RiskCode, facts: Facts, percent: Decimal | None) -> RiskCheck | tuple[Decimal, Decimal]:
    """The day's loss and its limit: a part of the net liquidating value that the day began with."""
    if percent is None:
        return passed(code, "No limit.")
    if facts.loss_today_usd is None or facts.balances is None:
        return could_not_run(code, "The day's loss is not known.")
    began_with = max(Decimal(0), facts.balances.net_liquidating_value_usd + facts.loss_today_usd)
    return facts.loss_today_usd, began_with * percent / 100


def repeated_failures(facts: Facts, policy: Policy) -> RiskCheck:
    code, failures = RiskCode.REPEATED_FAILURES, facts.recent_failures
    if failures is None or facts.now is None:
        return could_not_run(code, "It is not known how earlier orders ended.")
    number = policy.failures_in_a_row
    times, window = sorted(failures), timedelta(seconds=policy.failures_window_s)
    runs = zip(times, times[number - 1 :], strict=False)
    last = max((end for start, end in runs if end - start <= window), default=None)
    until = None if last is None else last + timedelta(seconds=policy.failures_pause_s)
    if until is None or facts.now >= until:
        return passed(code, f"Fewer than {number} failures in a row.", seen={"failures": len(times)})
    return refused(
        code,
        f"{number} orders failed within {policy.failures_window_s:.0f} seconds.",
        f"Ask again after {until.astimezone(NEW_YORK):%H:%M:%S} in New York.",
        seen={"failures": len(times)},
    )


def unknown_outcomes(facts: Facts, policy: Policy) -> RiskCheck:
    code, unknown = RiskCode.UNKNOWN_OUTCOMES, facts.unknown_outcomes
    if unknown is None:
        return could_not_run(code, "It is not known whether earlier orders reached production.")
    if unknown >= policy.max_unknown_outcomes:
        return refused(
            code,
            f"It is unknown what became of {unknown} orders in production.",
            "Wait until they are found, or ask the operator to look.",
            seen={"unknown": unknown},
        )
    return passed(code, f"{unknown} orders of unknown outcome.", seen={"unknown": unknown})
