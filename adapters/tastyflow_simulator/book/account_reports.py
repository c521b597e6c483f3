"""
What can be asked about an account besides its orders and positions.

    balances_json                    what it has, what it may spend, what it is worth
    account_row, trading_status      who it is, what it may do
    margin_report, position_limit    what it must keep, and how large an order may be
    snapshots, net_liq_history       its past worth
    total_fees                       what trading cost on a day
"""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from tastyflow.domain.expirations import new_york_date
from tastyflow_simulator.book import buying_power, queries
from tastyflow_simulator.book.formats import OPTION, ZERO, Json, epoch_ms, iso, money, signed_money, with_effect
from tastyflow_simulator.book.queries import Query
from tastyflow_simulator.book.state import State

OPENED_AT: Final = "2024-01-02T15:00:00.000+00:00"
CALCULATION: Final = "Reg T"

FLAGS: Final[dict[str, Any]] = {
    "equities-margin-calculation-type": CALCULATION,
    "fee-schedule-name": "default",
    "futures-margin-rate-multiplier": "0.0",
    "has-intraday-equities-margin": False,
    "id": 1,
    "is-aggregated-at-clearing": False,
    "is-closed": False,
    "is-closing-only": False,
    "is-cryptocurrency-enabled": False,
    "is-frozen": False,
    "is-full-equity-margin-required": False,
    "is-futures-closing-only": False,
    "is-futures-intra-day-enabled": False,
    "is-futures-enabled": False,
    "is-in-day-trade-equity-maintenance-call": False,
    "is-in-margin-call": False,
    "is-pattern-day-trader": False,
    "is-portfolio-margin-enabled": False,
    "is-risk-reducing-only": False,
    "is-small-notional-futures-intra-day-enabled": False,
    "is-roll-the-day-forward-enabled": True,
    "are-far-otm-net-options-restricted": True,
    "options-level": "No Restrictions",
    "short-calls-enabled": True,
    "small-notional-futures-margin-rate-multiplier": "0.0",
    "is-equity-offering-enabled": False,
    "is-equity-offering-closing-only": False,
    "day-trade-count": 0,
}
SETTABLE: Final = {name.replace("-", "_"): value for name, value in FLAGS.items() if name != "id"}


def trading_status(state: State, now: datetime) -> Json:
    changed = {name.replace("_", "-"): value for name, value in state.flags.items()}
    return {"account-number": state.account, **FLAGS, **changed, "updated-at": iso(now)}


def account_row(state: State) -> Json:
    return {
        "account-number": state.account,
        "external-id": f"A{state.account}",
        "opened-at": OPENED_AT,
        "nickname": "Individual",
        "account-type-name": "Individual",
        "day-trader-status": False,
        "is-closed": bool(state.flags.get("is_closed", False)),
        "is-firm-error": False,
        "is-firm-proprietary": False,
        "is-futures-approved": False,
        "is-test-drive": False,
        "margin-or-cash": "Margin",
        "is-foreign": False,
        "funding-date": OPENED_AT[:10],
        "investment-objective": "SPECULATION",
        "suitable-options-level": "No Restrictions",
        "created-at": OPENED_AT,
    }


def margin_report(state: State, now: datetime) -> Json:
    charges = buying_power.charges(state, now)
    owed = sum((max(each, ZERO) for each in charges.values()), ZERO)
    liq, free = net_liq(state, now), buying_power.available(state, now)
    figures = {
        "margin-requirement": -owed,
        "initial-requirement": -owed,
        "maintenance-requirement": -owed,
        "reg-t-margin-requirement": -owed,
        "margin-equity": liq,
        "option-buying-power": free,
        "reg-t-option-buying-power": free,
        "maintenance-excess": liq - owed,
    }
    report: Json = {
        "account-number": state.account,
        "description": "Total",
        "margin-calculation-type": CALCULATION,
        "option-level": state.flags.get("options_level", FLAGS["options-level"]),
        "last-state-timestamp": epoch_ms(now),
    }
    for name, amount in figures.items():
        report |= with_effect(name, amount)
    kind = state.market.instrument_type
    return report | {"groups": [buying_power.report_row(each, kind(each), charges[each]) for each in sorted(charges)]}


def net_liq_history(state: State, now: datetime) -> list[Json]:
    """The worth at the start, at each close, and now."""
    points = [(state.opened_at or now, state.options.cash_usd), *state.worth, (now, net_liq(state, now))]
    nothing = dict.fromkeys((f"pending-cash-{part}" for part in ("open", "high", "low", "close")), money(ZERO))
    rows = []
    for at, worth in points:
        text = signed_money(worth)
        parts = {prefix + part: text for prefix in ("", "total-") for part in ("open", "high", "low", "close")}
        rows.append({**parts, **nothing, "time": iso(at)})
    return rows


def snapshots(state: State, now: datetime, query: Query) -> list[Json]:
    """The balances at the ends of days past, and today's so far; the newest first."""
    rows = [*state.snapshots, balances_json(state, now) | {"time-of-day": queries.one(query, "time-of-day") or "EOD"}]
    first, last = queries.day(query, "start-date"), queries.day(query, "end-date")
    exact = queries.day(query, "snapshot-date")
    kept = [
        row
        for row in rows
        if (exact is None or row["snapshot-date"] == exact.isoformat())
        and (first is None or row["snapshot-date"] >= first.isoformat())
        and (last is None or row["snapshot-date"] <= last.isoformat())
    ]
    return kept[::-1]


def total_fees(state: State, day: date) -> Json:
    fees = sum((line.fees.total for line in state.transactions if new_york_date(line.at) == day), ZERO)
    return with_effect("total-fees", -fees)


def position_limit(state: State) -> Json:
    """The most that one order and one position may have (from the published definition of the endpoint)."""
    kinds = ("equity", "equity-option", "future", "future-option")
    return {
        "account-number": state.account,
        "id": 1,
        **{f"{kind}-order-size": 5_000 for kind in kinds},
        **{f"{kind}-position-size": 20_000 for kind in kinds},
        "underlying-opening-order-limit": 50,
    }


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
    owed = sum((max(each, ZERO) for each in buying_power.charges(state, now).values()), ZERO)
    free = buying_power.available(state, now)
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
