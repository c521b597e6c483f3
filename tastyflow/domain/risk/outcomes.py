"""
How a check of an order can end, and what is made of it.

    RiskOutcome ─▶ Consequence     what the operator's policy makes of what is not a pass
                └▶ RefusalCode     what programs read of an order that a check refused
"""

from enum import StrEnum


class RiskOutcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    REFUSED = "refused"
    NEEDS_APPROVAL = "needs_approval"
    COULD_NOT_RUN = "could_not_run"


class Consequence(StrEnum):
    """What the operator's policy makes of what is not a pass."""

    REFUSE = "refuse"
    APPROVAL = "approval"
    WARN = "warn"


class OrderKind(StrEnum):
    """What an order is made of, as the operator names it."""

    OPTIONS = "options"  # one option
    SPREADS = "spreads"  # several options
    SHARES = "shares"
    MIXED = "mixed"  # shares and options


class RefusalCode(StrEnum):
    """The code of an order that a check refused: coarser than the check, and a contract with programs."""

    HALTED = "halted"
    REDUCING = "reducing"
    SUSPENDED = "suspended"
    ACCOUNT_NOT_GIVEN = "account_not_given"
    NOT_PERMITTED = "not_permitted"
    SYMBOL_NOT_ALLOWED = "symbol_not_allowed"
    OVER_LIMIT = "over_limit"
    MARKET_ORDER = "market_order"
    ZERO_DTE = "zero_dte"
    OUTSIDE_HOURS = "outside_hours"
    TOO_MANY_ORDERS = "too_many_orders"
    DUPLICATE = "duplicate"
    DAILY_LOSS = "daily_loss"
    PAUSED = "paused"
    PRICE = "price"
    APPROVAL = "approval"
