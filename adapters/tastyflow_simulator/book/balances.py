"""
The account in dollars: what it has, what it may spend, what it is worth.
"""

from datetime import datetime
from decimal import Decimal
from typing import Final

from tastyflow.domain.expirations import new_york_date
from tastyflow_simulator.book import spending
from tastyflow_simulator.book.state import State
from tastyflow_simulator.book.words import OPTION, ZERO, Json, iso, money, signed_money

ALWAYS_ZERO: Final = (
    "long-futures-value", "short-futures-value", "long-futures-derivative-value", "short-futures-derivative-value",
    "futures-margin-requirement", "maintenance-call-value", "reg-t-call-value", "day-trading-call-value",
    "day-equity-call-value", "long-cryptocurrency-value", "short-cryptocurrency-value",
    "cryptocurrency-margin-requirement", "unsettled-cryptocurrency-fiat-amount", "equity-offering-margin-requirement",
    "long-bond-value", "bond-margin-requirement", "futures-overnight-margin-requirement",
    "futures-intraday-margin-requirement", "pending-margin-interest", "pending-cash", "buying-power-adjustment",
    "fixed-income-security-margin-requirement", "intraday-equities-cash-amount", "intraday-futures-cash-amount",
    "long-fixed-income-security-value", "previous-day-cryptocurrency-fiat-amount",
    "special-memorandum-account-apex-adjustment", "total-pending-liquidity-pool-rebate",
)  # fmt: skip
NO_EFFECT: Final = (
    "pending-cash-effect", "unsettled-cryptocurrency-fiat-effect", "buying-power-adjustment-effect",
    "intraday-equities-cash-effect", "intraday-futures-cash-effect", "previous-day-cryptocurrency-fiat-effect",
)  # fmt: skip
MAINTENANCE: Final = Decimal("0.25")
INITIAL: Final = Decimal("0.5")


def values(state: State, now: datetime) -> dict[tuple[bool, bool], Decimal]:
    """Market values, all positive, by (is it an option, is it long)."""
    totals = {(option, long): ZERO for option in (False, True) for long in (False, True)}
    for held in state.holdings.values():
        mark = state.mark(held.symbol, now) if held.quantity else None
        if mark is not None:
            totals[held.instrument_type == OPTION, held.quantity > 0] += mark * abs(held.quantity) * held.multiplier
    return totals


def _index_options(state: State, now: datetime) -> dict[bool, Decimal]:
    """Of the options held, the market value of those on indexes; all positive, by whether they are long."""
    totals = {True: ZERO, False: ZERO}
    for held in state.holdings.values():
        if held.quantity and held.instrument_type == OPTION and state.market.is_index(held.underlying):
            totals[held.quantity > 0] += (state.mark(held.symbol, now) or ZERO) * abs(held.quantity) * held.multiplier
    return totals


def net_liq(state: State, now: datetime) -> Decimal:
    """Cash and what all positions would bring."""
    worth = values(state, now)
    return state.cash + sum((value if long else -value for (_, long), value in worth.items()), ZERO)


def balances_json(state: State, now: datetime) -> Json:
    worth = values(state, now)
    liq = state.cash + sum((value if long else -value for (_, long), value in worth.items()), ZERO)
    shares, derivatives = worth[False, True], worth[True, True]
    owed = sum((max(each, ZERO) for each in spending.charges(state, now).values()), ZERO)
    free = spending.available(state, now)
    spendable = max(free, ZERO)
    maintenance, withdrawable = owed + MAINTENANCE * shares, max(ZERO, min(state.cash, free))
    index_options = _index_options(state, now)
    amounts = {
        "cash-balance": state.cash,
        "margin-equity": liq - derivatives + worth[True, False],
        "equity-buying-power": 2 * spendable,
        "derivative-buying-power": spendable,
        "day-trading-buying-power": ZERO,
        "net-liquidating-value": liq,
        "available-trading-funds": spendable,
        "effective-cryptocurrency-buying-power": spendable,
        "sma-equity-option-buying-power": spendable,
        "special-memorandum-account-value": spendable,
        "cash-available-to-withdraw": withdrawable,
        "closed-loop-available-balance": withdrawable,
        "cash-settle-balance": withdrawable,
        "day-trade-excess": withdrawable,
        "margin-settle-balance": state.cash,
        "total-settle-balance": state.cash,
        "apex-starting-day-margin-equity": liq - derivatives + worth[True, False],
        "maintenance-excess": liq - maintenance,
        "long-equity-value": shares,
        "short-equity-value": worth[False, False],
        "long-derivative-value": derivatives,
        "short-derivative-value": worth[True, False],
        "long-index-derivative-value": index_options[True],
        "short-index-derivative-value": index_options[False],
        "long-margineable-value": shares,
        "short-margineable-value": worth[False, False],
        "maintenance-requirement": maintenance,
        "reg-t-margin-requirement": owed + INITIAL * shares,
        "used-derivative-buying-power": owed + state.reserved_usd,
    }
    return {
        "account-number": state.account,
        "currency": "USD",
        **{name: signed_money(amount) for name, amount in amounts.items()},
        **dict.fromkeys(ALWAYS_ZERO, money(ZERO)),
        **dict.fromkeys(NO_EFFECT, "None"),
        "snapshot-date": new_york_date(now).isoformat(),
        "updated-at": iso(now),
    }
