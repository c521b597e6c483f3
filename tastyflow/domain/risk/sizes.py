"""
Sizes, losses and buying power: how much one order, and everything together, may be.

An order that adds nothing to the worst case passes the limits on what is held and open, even where that is above them.
"""

from collections.abc import Callable
from decimal import Decimal

from tastyflow.domain.instruments import Equity, chat_symbol
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.finding import RiskCheck, could_not_run, passed, refused, usd
from tastyflow.domain.risk.pace import in_hours
from tastyflow.domain.risk.payoff import ZERO
from tastyflow.domain.risk.worst_case import OrderRisk, contracts, market_price, shares
from tastyflow.domain.ticket import ONE_LEG_TYPES

NO_BOOK = "It is not known what the order adds to the worst case: positions, working orders or quotes are missing."
UNCOVERS = "The order closes what covers another position or order. "
NO_VALUE = "The account's net liquidating value is not known."


def max_contracts(facts: Facts, policy: Policy) -> RiskCheck:
    limits = facts.trader.limits
    return _size(
        RiskCode.MAX_CONTRACTS, "contracts", contracts(facts.ticket), limits.max_contracts,
        policy.hard_max_contracts, facts,
    )  # fmt: skip


def max_shares(facts: Facts, policy: Policy) -> RiskCheck:
    limits = facts.trader.limits
    return _size(RiskCode.MAX_SHARES, "shares", shares(facts.ticket), limits.max_shares, policy.hard_max_shares, facts)


def _size(code: RiskCode, what: str, asked: int, own: int, hard: int | None, facts: Facts) -> RiskCheck:
    limit, whose = own, f"{facts.trader.name}'s"
    if hard is not None and hard < own:
        limit, whose = hard, "the house's"
    if asked <= limit:
        return passed(code, f"{asked:,} {what} of {limit:,}.", seen={"asked": asked, "limit": limit})
    units = facts.ticket.units
    return refused(
        code,
        f"{asked:,} {what} is over {whose} limit of {limit:,} an order.",
        f"Ask for {limit:,} or fewer.",
        allowed_units=limit // (asked // units),
        seen={"asked": asked, "limit": limit},
    )


def max_loss(facts: Facts, _policy: Policy) -> RiskCheck:
    code, limits, risk = RiskCode.MAX_LOSS, facts.trader.limits, facts.risk
    if risk is None:
        return could_not_run(code, NO_BOOK)
    allowed = [limits.max_notional_usd]
    if facts.is_defined_risk and limits.max_defined_loss_usd is not None:
        allowed.append(limits.max_defined_loss_usd)
    share = _part_of_value(facts, limits.max_loss_pct)
    if share is not None:
        allowed.append(share)
    limit = min(allowed)
    seen = {"added_usd": risk.added_usd, "limit_usd": limit, "loss": risk.in_words()}
    if risk.added_usd > limit:
        fitting = _most_units(facts, lambda smaller: smaller.added_usd <= limit)
        return refused(
            code,
            f"{UNCOVERS if _only_closes(facts) else ''}{_loss(risk)} The limit is {usd(limit)} an order.",
            _way_out(facts, fewer=fitting is not None),
            allowed_units=fitting,
            seen=seen,
        )
    if limits.max_loss_pct is not None and share is None:
        return could_not_run(code, NO_VALUE, seen=seen)
    return passed(code, f"{_loss(risk)} The limit is {usd(limit)} an order.", seen=seen)


def max_exposure(facts: Facts, _policy: Policy) -> RiskCheck:
    code, limit = RiskCode.MAX_EXPOSURE, facts.trader.limits.max_open_notional_usd
    risk, elsewhere = facts.risk, facts.elsewhere_usd
    if risk is None:
        return could_not_run(code, NO_BOOK)
    if not risk.is_worse:
        return passed(code, "The order adds nothing to what can be lost.")
    if elsewhere is None:
        return could_not_run(code, "It is not known what can be lost on other underlyings.")
    together = _not_negative(risk.after.counted_usd) + elsewhere
    if together > limit:
        return refused(
            code,
            f"With all that is held and open, {usd(together)} can be lost. The limit is {usd(limit)}.",
            "Ask for fewer, close a position, or cancel an order.",
            allowed_units=_most_units(
                facts, lambda smaller: _not_negative(smaller.after.counted_usd) + elsewhere <= limit
            ),
            seen={"together_usd": together, "limit_usd": limit},
        )
    return passed(
        code, f"{usd(together)} of {usd(limit)} held and open.", seen={"together_usd": together, "limit_usd": limit}
    )


def max_underlying(facts: Facts, _policy: Policy) -> RiskCheck:
    code, percent, risk = RiskCode.MAX_UNDERLYING, facts.trader.limits.max_underlying_pct, facts.risk
    symbol = chat_symbol(facts.ticket.underlying)
    if percent is None:
        return passed(code, "No limit.")
    if risk is None:
        return could_not_run(code, NO_BOOK)
    if not risk.is_worse:
        return passed(code, "The order adds nothing to what can be lost.")
    limit = _part_of_value(facts, percent)
    if limit is None:
        return could_not_run(code, NO_VALUE)
    together = risk.after.counted_usd
    if together > limit:
        return refused(
            code,
            f"With all that is held and open on {symbol}, {usd(together)} can be lost there. "
            f"The limit is {usd(limit)} an underlying.",
            "Ask for fewer, close a position, or cancel an order.",
            allowed_units=_most_units(facts, lambda smaller: smaller.after.counted_usd <= limit),
            seen={"together_usd": together, "limit_usd": limit},
        )
    return passed(
        code, f"{usd(together)} of {usd(limit)} on {symbol}.", seen={"together_usd": together, "limit_usd": limit}
    )


def order_buying_power(facts: Facts, _policy: Policy) -> RiskCheck:
    return _buying_power(
        RiskCode.ORDER_BUYING_POWER, facts, facts.trader.limits.max_order_buying_power_pct, ZERO, "The order takes"
    )


def total_buying_power(facts: Facts, _policy: Policy) -> RiskCheck:
    return _buying_power(
        RiskCode.TOTAL_BUYING_POWER,
        facts,
        facts.trader.limits.max_buying_power_pct,
        facts.buying_power_used_usd,
        "With all that is held and open, the order takes",
    )


def _buying_power(code: RiskCode, facts: Facts, percent: Decimal | None, used: Decimal | None, words: str) -> RiskCheck:
    if percent is None:
        return passed(code, "No limit.")
    if facts.dry_run is None:
        reason = f": {facts.dry_run_failure}" if facts.dry_run_failure else "."
        return could_not_run(code, f"Production did not say what the order takes of buying power{reason}")
    takes = _not_negative(-facts.dry_run.buying_power_change_usd)
    if not takes:
        return passed(code, "The order takes no buying power.", seen={"takes_usd": takes})
    limit = _part_of_value(facts, percent)
    if limit is None:
        return could_not_run(code, NO_VALUE, seen={"takes_usd": takes})
    if used is None:
        return could_not_run(code, "It is not known how much buying power is in use.", seen={"takes_usd": takes})
    if used + takes > limit:
        units = facts.ticket.units
        return refused(
            code,
            f"{words} {usd(used + takes)} of buying power. The limit is {usd(limit)}.",
            "Ask for fewer.",
            allowed_units=int(_not_negative(limit - used) * units / takes),
            seen={"takes_usd": takes, "used_usd": used, "limit_usd": limit},
        )
    return passed(
        code,
        f"{words} {usd(used + takes)} of {usd(limit)}.",
        seen={"takes_usd": takes, "used_usd": used, "limit_usd": limit},
    )


def market_order(facts: Facts, policy: Policy) -> RiskCheck:
    """A stop without a limit becomes a market order: it counts as one, except for the hour at which it is placed."""
    code, limits, ticket = RiskCode.MARKET_ORDER, facts.trader.limits, facts.ticket
    if ticket.order_type not in ONE_LEG_TYPES:
        return passed(code, "The order has a limit.")
    (leg,) = ticket.legs
    if not isinstance(leg.instrument, Equity):
        if limits.option_market_orders:
            return passed(code, "Options may be opened by market orders.")
        if ticket.stop is not None:
            why = "A stop without a limit becomes a market order, and options are not opened by those."
            return refused(code, why, "Write a limit behind it, such as 'stop 2 limit 2.1'.")
        return refused(code, "Options are not opened by market orders.", "Name a limit price.")
    if limits.max_market_usd is None:
        return passed(code, "No limit.")
    try:
        amount = market_price(leg, facts.quotes or {}, ticket.stop) * leg.quantity
    except KeyError:
        return could_not_run(code, "There is no quote to judge the order by.", "Name a limit price.")
    seen = {"amount_usd": amount, "limit_usd": limits.max_market_usd}
    if amount > limits.max_market_usd:
        return refused(
            code,
            f"A market order for {usd(amount)} is over the limit of {usd(limits.max_market_usd)}.",
            "Name a limit price.",
            allowed_units=int(leg.quantity * limits.max_market_usd / amount),
            seen=seen,
        )
    if ticket.stop is None:
        if facts.now is None:
            return could_not_run(code, "The time is not known.", seen=seen)
        if not in_hours(facts.now, policy):
            return refused(code, "Market orders are for regular hours.", "Name a limit price.", seen=seen)
    return passed(code, f"{usd(amount)} of {usd(limits.max_market_usd)} at the market.", seen=seen)


def _only_closes(facts: Facts) -> bool:
    """Such an order adds to what can be lost only by what it leaves uncovered."""
    return not any(leg.action.opens for leg in facts.ticket.legs)


def _way_out(facts: Facts, *, fewer: bool) -> str:
    if _only_closes(facts):
        return "Close what it covers first, or both in one order; cancel a working order that counts on it."
    return "Ask for fewer." if fewer else "Choose legs that can lose less, or ask the operator."


def _loss(risk: OrderRisk) -> str:
    if risk.unlimited:
        return f"The loss is unlimited, counted as {usd(risk.added_usd)}."
    return f"The maximum loss is {usd(risk.added_usd)}."


def _part_of_value(facts: Facts, percent: Decimal | None) -> Decimal | None:
    """*percent* of the account's net liquidating value; None where either is not known."""
    if percent is None or facts.balances is None:
        return None
    return _not_negative(facts.balances.net_liquidating_value_usd) * percent / 100


def _not_negative(amount: Decimal) -> Decimal:
    return max(ZERO, amount)


def _most_units(facts: Facts, fits: Callable[[OrderRisk], bool]) -> int | None:
    """The most units, fewer than asked, whose risk *fits*; None where none do."""
    low, high = 0, facts.ticket.units - 1
    while low < high:
        middle = (low + high + 1) // 2
        risk = facts.risk_of(facts.with_units(middle))
        low, high = (middle, high) if risk is not None and fits(risk) else (low, middle - 1)
    return low or None
