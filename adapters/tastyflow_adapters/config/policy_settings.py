"""The table [policy] of the settings: the numbers that an operator may choose, each within its bounds."""

from decimal import Decimal
from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from tastyflow.domain.policy import Confirm, Policy
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.outcomes import Consequence, OrderKind
from tastyflow.domain.trader.permissions import GRANTABLE, TRADING, Permission

STANDARD: Final = Policy()

Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Percent = Annotated[Decimal, Field(ge=0, le=10_000, allow_inf_nan=False)]
ORDERS_NEED: Final = tuple(each for each in GRANTABLE if each in TRADING | {Permission.MARKET_ORDERS})
SYMBOL: Final = r"^[A-Z][A-Z0-9]{0,5}(\.[A-Z]{1,2})?$"
Waits = Annotated[tuple[Seconds, ...], Field(min_length=1, max_length=20)]


def _of_an_order(permission: str) -> str:
    if permission not in ORDERS_NEED:
        raise ValueError(f"name permissions that orders need: {', '.join(ORDERS_NEED)}")
    return permission


class PolicySettings(BaseModel):
    """The numbers of `tastyflow.domain.policy.Policy`; which checks must pass is not the file's to loosen."""

    model_config = ConfigDict(extra="forbid")

    proof_valid_s: Seconds = STANDARD.proof_valid_s
    max_attempts: Annotated[int, Field(ge=1, le=10)] = STANDARD.max_attempts
    rest_wait_s: Seconds = STANDARD.rest_wait_s
    fill_wait_s: Seconds = STANDARD.fill_wait_s
    news_wait_s: Seconds = STANDARD.news_wait_s
    search_waits_s: Waits = STANDARD.search_waits_s
    retry_waits_s: Waits = STANDARD.retry_waits_s
    settle_s: Seconds = STANDARD.settle_s
    claim_age_s: Seconds = STANDARD.claim_age_s
    interrupted_after_s: Annotated[float, Field(ge=60, le=3_600, allow_inf_nan=False)] = STANDARD.interrupted_after_s
    resume_by_second_person: bool = STANDARD.resume_by_second_person
    mirrored_rehearsal: bool = STANDARD.mirrored_rehearsal
    answer_s: Seconds = STANDARD.answer_s
    reconcile_s: Seconds = STANDARD.reconcile_s
    follow_s: Seconds = STANDARD.follow_s
    hard_max_contracts: Annotated[int, Field(ge=0, le=100_000)] | None = STANDARD.hard_max_contracts
    hard_max_shares: Annotated[int, Field(ge=0, le=100_000)] | None = STANDARD.hard_max_shares
    house_orders_a_minute: Annotated[int, Field(ge=0, le=1_000)] | None = STANDARD.house_orders_a_minute
    duplicate_window_s: Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)] = STANDARD.duplicate_window_s
    failures_in_a_row: Annotated[int, Field(ge=1, le=100)] = STANDARD.failures_in_a_row
    failures_window_s: Seconds = STANDARD.failures_window_s
    failures_pause_s: Seconds = STANDARD.failures_pause_s
    max_unknown_outcomes: Annotated[int, Field(ge=1, le=1_000)] = STANDARD.max_unknown_outcomes
    hours: Consequence = STANDARD.hours
    opens_after_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = STANDARD.opens_after_s
    closes_before_s: Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)] = STANDARD.closes_before_s
    collar_pct: Percent = STANDARD.collar_pct
    collar_usd: Percent = STANDARD.collar_usd
    beyond_collar: Consequence = STANDARD.beyond_collar
    hard_collar_pct: Percent = STANDARD.hard_collar_pct
    quote_age_s: Seconds = STANDARD.quote_age_s
    old_quotes: Consequence = STANDARD.old_quotes
    spread_pct: Percent = STANDARD.spread_pct
    wide_spread: Consequence = STANDARD.wide_spread
    confirm: Confirm = STANDARD.confirm
    confirm_above_usd: Annotated[Decimal, Field(ge=0, le=1_000_000_000, allow_inf_nan=False)] = (
        STANDARD.confirm_above_usd
    )
    confirm_within_s: Annotated[float, Field(ge=1, le=3_600, allow_inf_nan=False)] = STANDARD.confirm_within_s
    approval_above_usd: Annotated[Decimal, Field(ge=0, le=1_000_000_000, allow_inf_nan=False)] | None = (
        STANDARD.approval_above_usd
    )
    approval_permissions: tuple[Annotated[str, AfterValidator(_of_an_order)], ...] = STANDARD.approval_permissions
    approval_symbols: tuple[Annotated[str, Field(pattern=SYMBOL)], ...] = STANDARD.approval_symbols
    approval_kinds: tuple[OrderKind, ...] = STANDARD.approval_kinds
    approval_within_s: Seconds = STANDARD.approval_within_s
    operators_waits_s: Waits = STANDARD.operators_waits_s
    could_not_run: dict[RiskCode, Consequence] = {}
