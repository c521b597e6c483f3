"""
What else can be asked about an account: who it is, what it may do, its margin, its past worth, its fees.
"""

from datetime import date, datetime
from typing import Any, Final

from tastyflow.domain.expirations import new_york_date
from tastyflow_simulator.book import margin, queries, spending
from tastyflow_simulator.book.balances import balances_json, net_liq
from tastyflow_simulator.book.queries import Query
from tastyflow_simulator.book.state import State
from tastyflow_simulator.book.words import ZERO, Json, epoch_ms, iso, money, signed_money, with_effect

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
    charges = spending.charges(state, now)
    owed = sum((max(each, ZERO) for each in charges.values()), ZERO)
    liq, free = net_liq(state, now), spending.available(state, now)
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
    return report | {"groups": [margin.report_row(each, kind(each), charges[each]) for each in sorted(charges)]}


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
