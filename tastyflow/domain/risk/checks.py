"""
Every check of an order before it goes on, over recorded facts and the operator's policy.

    Facts, Policy ─▶ checks_of ─▶ RiskCheck for each RiskCode: passed · refused · needs approval · could not run
                        │
                        ├ halted        whether the operator lets orders leave
                        ├ permissions   who may, and on what
                        ├ sizes         sizes, losses, buying power
                        ├ pace          hours, rates, repetition, the day's loss, failures
                        ├ price_sense   whether the price can be meant
                        └ approval      whether a second person must agree

A fact that is missing makes its check `could_not_run`; policy says whether that refuses, wants approval or warns. An
order that only takes risk away is stopped by few checks (`About.binds_exits`), and never because one could not run or
wants approval; but where a signal asks in approve, a person is asked, of an exit too.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from attrs import evolve

from tastyflow.domain.policy import Policy
from tastyflow.domain.risk import approval, halted, pace, permissions, price_sense, sizes
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.finding import RiskCheck, passed
from tastyflow.domain.risk.outcomes import Consequence, RiskOutcome

RULES: Final[Mapping[RiskCode, Callable[[Facts, Policy], RiskCheck]]] = {
    RiskCode.HALTED: halted.halted,
    RiskCode.REDUCING: halted.reducing,
    RiskCode.SUSPENDED: permissions.suspended,
    RiskCode.ACCOUNT: permissions.account,
    RiskCode.TRADE_PERMISSION: permissions.trade,
    RiskCode.SELL_PERMISSION: permissions.sell,
    RiskCode.DENIED_SYMBOL: permissions.denied_symbol,
    RiskCode.ALLOWED_SYMBOL: permissions.allowed_symbol,
    RiskCode.MAX_CONTRACTS: sizes.max_contracts,
    RiskCode.MAX_SHARES: sizes.max_shares,
    RiskCode.MAX_LOSS: sizes.max_loss,
    RiskCode.MAX_EXPOSURE: sizes.max_exposure,
    RiskCode.MAX_UNDERLYING: sizes.max_underlying,
    RiskCode.ORDER_BUYING_POWER: sizes.order_buying_power,
    RiskCode.TOTAL_BUYING_POWER: sizes.total_buying_power,
    RiskCode.MARKET_ORDER: sizes.market_order,
    RiskCode.ZERO_DTE: pace.zero_dte,
    RiskCode.HOURS: pace.hours,
    RiskCode.ORDERS_A_MINUTE: pace.orders_a_minute,
    RiskCode.HOUSE_ORDERS_A_MINUTE: pace.house_orders_a_minute,
    RiskCode.ORDERS_A_DAY: pace.orders_a_day,
    RiskCode.DUPLICATE: pace.duplicate,
    RiskCode.WORKING_ORDERS: pace.working_orders,
    RiskCode.WORKING_ON_SYMBOL: pace.working_on_symbol,
    RiskCode.DAILY_LOSS_REDUCING: pace.daily_loss_reducing,
    RiskCode.DAILY_LOSS_HALT: pace.daily_loss_halt,
    RiskCode.REPEATED_FAILURES: pace.repeated_failures,
    RiskCode.UNKNOWN_OUTCOMES: pace.unknown_outcomes,
    RiskCode.QUOTE_AGE: price_sense.quote_age,
    RiskCode.SPREAD_WIDTH: price_sense.spread_width,
    RiskCode.COLLAR: price_sense.collar,
    RiskCode.STOP_SIDE: price_sense.stop_side,
    RiskCode.POSSIBLE_PRICE: price_sense.possible_price,
    RiskCode.APPROVAL_AMOUNT: approval.amount,
    RiskCode.APPROVAL_PERMISSION: approval.permission,
    RiskCode.APPROVAL_SYMBOL: approval.symbol,
    RiskCode.APPROVAL_KIND: approval.kind,
    RiskCode.SIGNAL_APPROVAL: approval.signal,
}


AT_PROMOTION: Final = frozenset(RULES) - {
    RiskCode.ORDERS_A_MINUTE,  # counted when an order is asked for: those that came after it do not count against it
    RiskCode.HOUSE_ORDERS_A_MINUTE,
    RiskCode.ORDERS_A_DAY,
    RiskCode.DUPLICATE,
    RiskCode.WORKING_ORDERS,
    RiskCode.WORKING_ON_SYMBOL,
    RiskCode.ORDER_BUYING_POWER,  # taken by the dry run and entered in the book then: nothing else can have taken it
    RiskCode.TOTAL_BUYING_POWER,
}
"""What is checked once more before an order goes to production."""

OF_SIZE: Final = frozenset(
    {
        RiskCode.MAX_CONTRACTS,
        RiskCode.MAX_SHARES,
        RiskCode.MAX_LOSS,
        RiskCode.MAX_EXPOSURE,
        RiskCode.MAX_UNDERLYING,
    }
)
"""What an order that works already is held to, once other hands changed it: how much it is, not when it may leave."""


def checks_of(facts: Facts, policy: Policy, codes: Iterable[RiskCode] = RULES) -> tuple[RiskCheck, ...]:
    """
    Every check of the order, in the order of `RULES`.

    Args:
        codes: Which checks are asked; all unless an order is looked at again.
    """
    return tuple(_check(code, facts, policy) for code in codes)


def blocking(checks: Iterable[RiskCheck]) -> tuple[RiskCheck, ...]:
    """Those that stop the order."""
    return tuple(check for check in checks if check.blocks)


def wanting_approval(checks: Iterable[RiskCheck]) -> tuple[RiskCheck, ...]:
    """Those for which the order waits for another person."""
    return tuple(check for check in checks if check.wants_approval)


def warnings(checks: Iterable[RiskCheck]) -> tuple[RiskCheck, ...]:
    """Those that let the order go on and must be told."""
    return tuple(check for check in checks if check.warning)


def fitting_units(checks: Iterable[RiskCheck]) -> int | None:
    """How many units would pass every check that stops the order; None where fewer would not help."""
    offers = [check.allowed_units for check in checks if check.blocks]
    return min(units for units in offers if units) if offers and all(offers) else None


def _check(code: RiskCode, facts: Facts, policy: Policy) -> RiskCheck:
    if facts.is_exit and not code.about.binds_exits:
        return passed(code, "Not applied: the order only takes risk away.")
    check = RULES[code](facts, policy)
    if check.outcome is RiskOutcome.COULD_NOT_RUN:
        meaning = Consequence.WARN if facts.is_exit else policy.meaning_of(code)
        if meaning is Consequence.APPROVAL:
            return evolve(check, outcome=RiskOutcome.NEEDS_APPROVAL)
        return evolve(check, warning=meaning is Consequence.WARN)
    if check.outcome is RiskOutcome.NEEDS_APPROVAL and facts.is_exit and code is not RiskCode.SIGNAL_APPROVAL:
        return evolve(check, outcome=RiskOutcome.PASSED, warning=True)  # an exit waits for no approval
    return check
