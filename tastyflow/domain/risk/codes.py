"""
What is asked of every order before it goes on: one code for each check, and what each means.

    RiskCode ─▶ ABOUT[code]   what it looks at, its default, what it means when the check could not run
                              `docs/limits.md` is written from this table

A check that could not run is never a pass: the operator's policy says whether it refuses, wants approval or warns.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from attrs import frozen

from tastyflow.domain.risk.outcomes import Consequence, RefusalCode


class RiskCode(StrEnum):
    """The name of a check, for programs."""

    HALTED = "halted"
    REDUCING = "reducing"
    SUSPENDED = "suspended"
    ACCOUNT = "account"
    TRADE_PERMISSION = "trade_permission"
    SELL_PERMISSION = "sell_permission"
    DENIED_SYMBOL = "denied_symbol"
    ALLOWED_SYMBOL = "allowed_symbol"
    MAX_CONTRACTS = "max_contracts"
    MAX_SHARES = "max_shares"
    MAX_LOSS = "max_loss"
    MAX_EXPOSURE = "max_exposure"
    MAX_UNDERLYING = "max_underlying"
    ORDER_BUYING_POWER = "order_buying_power"
    TOTAL_BUYING_POWER = "total_buying_power"
    MARKET_ORDER = "market_order"
    ZERO_DTE = "zero_dte"
    HOURS = "hours"
    ORDERS_A_MINUTE = "orders_a_minute"
    HOUSE_ORDERS_A_MINUTE = "house_orders_a_minute"
    ORDERS_A_DAY = "orders_a_day"
    DUPLICATE = "duplicate"
    WORKING_ORDERS = "working_orders"
    WORKING_ON_SYMBOL = "working_on_symbol"
    DAILY_LOSS_REDUCING = "daily_loss_reducing"
    DAILY_LOSS_HALT = "daily_loss_halt"
    REPEATED_FAILURES = "repeated_failures"
    UNKNOWN_OUTCOMES = "unknown_outcomes"
    QUOTE_AGE = "quote_age"
    SPREAD_WIDTH = "spread_width"
    COLLAR = "collar"
    STOP_SIDE = "stop_side"
    POSSIBLE_PRICE = "possible_price"
    APPROVAL_AMOUNT = "approval_amount"
    APPROVAL_PERMISSION = "approval_permission"
    APPROVAL_SYMBOL = "approval_symbol"
    APPROVAL_KIND = "approval_kind"
    SIGNAL_APPROVAL = "signal_approval"

    @property
    def about(self) -> "About":
        return ABOUT[self]


@frozen
class About:
    """
    What a check is.

    Attributes:
        sentence: What it looks at.
        default: What holds unless the operator or the trader's limits say otherwise, for the docs.
        refusal: The code of an order that it refused.
        could_not_run: What it means when a fact that it needs is missing.
        binds_exits: Whether it can stop an order that only takes risk away.
    """

    sentence: str
    default: str
    refusal: RefusalCode
    could_not_run: Consequence = Consequence.REFUSE
    binds_exits: bool = False


ABOUT: Final[Mapping[RiskCode, About]] = {
    RiskCode.HALTED: About(
        "Trading is not halted (docs/operations.md).", "not halted", RefusalCode.HALTED, binds_exits=True
    ),
    RiskCode.REDUCING: About(
        "While only risk may be reduced, the order takes risk away and adds none.", "not reducing", RefusalCode.REDUCING
    ),
    RiskCode.SUSPENDED: About("The trader is not suspended.", "not suspended", RefusalCode.SUSPENDED, binds_exits=True),
    RiskCode.ACCOUNT: About(
        "The account was given to the trader.",
        "where there is one account, that one",
        RefusalCode.ACCOUNT_NOT_GIVEN,
        binds_exits=True,
    ),
    RiskCode.TRADE_PERMISSION: About(
        "The trader may trade what is bought, and in this way; a close wants any one permission to trade.",
        "permission `long_options`, `shares`; `market_orders` besides, where a market or stop order opens",
        RefusalCode.NOT_PERMITTED,
        binds_exits=True,
    ),
    RiskCode.SELL_PERMISSION: About(
        "The trader may sell to open what is sold, and leave uncovered what a close uncovers.",
        "permission `spreads`, `covered` or `short_options`, by what bounds the loss",
        RefusalCode.NOT_PERMITTED,
    ),
    RiskCode.DENIED_SYMBOL: About(
        "The underlying is not on the deny list, which wins over the allow list.",
        "none denied",
        RefusalCode.SYMBOL_NOT_ALLOWED,
    ),
    RiskCode.ALLOWED_SYMBOL: About(
        "The underlying is on the allow list, where there is one.", "all allowed", RefusalCode.SYMBOL_NOT_ALLOWED
    ),
    RiskCode.MAX_CONTRACTS: About(
        "Contracts an order, of the largest leg.", "10; never above 50", RefusalCode.OVER_LIMIT
    ),
    RiskCode.MAX_SHARES: About("Shares an order.", "500; never above 5,000", RefusalCode.OVER_LIMIT),
    RiskCode.MAX_LOSS: About(
        "What the order adds to the worst case of the book.",
        "$2,500 where its own legs bound its loss, else $10,000; 5 % of net liquidating value; the lower counts",
        RefusalCode.OVER_LIMIT,
    ),
    RiskCode.MAX_EXPOSURE: About(
        "The worst case of everything held and open together, with the order.", "$50,000", RefusalCode.OVER_LIMIT
    ),
    RiskCode.MAX_UNDERLYING: About(
        "The worst case of everything held and open on the underlying, with the order.",
        "20 % of net liquidating value",
        RefusalCode.OVER_LIMIT,
    ),
    RiskCode.ORDER_BUYING_POWER: About(
        "What the order takes of buying power, by production's dry run.",
        "10 % of net liquidating value",
        RefusalCode.OVER_LIMIT,
    ),
    RiskCode.TOTAL_BUYING_POWER: About(
        "What all positions and open orders take of buying power, with the order.",
        "50 % of net liquidating value",
        RefusalCode.OVER_LIMIT,
    ),
    RiskCode.MARKET_ORDER: About(
        "Market orders that open: no options; shares in regular hours, up to an amount.",
        "options no; shares $5,000",
        RefusalCode.MARKET_ORDER,
    ),
    RiskCode.ZERO_DTE: About(
        "No option is opened on the day on which it expires.", "not allowed", RefusalCode.ZERO_DTE
    ),
    RiskCode.HOURS: About(
        "Opening orders are placed within the session, from a minute after it opens to five before it closes.",
        "09:31 to 15:55 New York, 12:55 on short days",
        RefusalCode.OUTSIDE_HOURS,
    ),
    RiskCode.ORDERS_A_MINUTE: About("Orders of the trader within a minute.", "10", RefusalCode.TOO_MANY_ORDERS),
    RiskCode.HOUSE_ORDERS_A_MINUTE: About("Orders of all traders within a minute.", "30", RefusalCode.TOO_MANY_ORDERS),
    RiskCode.ORDERS_A_DAY: About("Orders of the trader within the day.", "200", RefusalCode.TOO_MANY_ORDERS),
    RiskCode.DUPLICATE: About(
        "The trader did not ask for the same content a moment ago.", "60 s", RefusalCode.DUPLICATE
    ),
    RiskCode.WORKING_ORDERS: About("Orders of the trader working at once.", "25", RefusalCode.TOO_MANY_ORDERS),
    RiskCode.WORKING_ON_SYMBOL: About(
        "Orders of the trader working at once on the underlying.", "5", RefusalCode.TOO_MANY_ORDERS
    ),
    RiskCode.DAILY_LOSS_REDUCING: About(
        "After this loss of the day, only orders that add no risk.",
        "2 % of net liquidating value",
        RefusalCode.DAILY_LOSS,
    ),
    RiskCode.DAILY_LOSS_HALT: About(
        "After this loss of the day, only orders that close.",
        "4 % of net liquidating value",
        RefusalCode.DAILY_LOSS,
    ),
    RiskCode.REPEATED_FAILURES: About(
        "After several failures in a row, the trader pauses.",
        "3 within 60 s pause 5 minutes",
        RefusalCode.PAUSED,
    ),
    RiskCode.UNKNOWN_OUTCOMES: About(
        "While it is unknown what became of earlier orders in production, none is added.",
        "2 stop new orders",
        RefusalCode.PAUSED,
    ),
    RiskCode.QUOTE_AGE: About(
        "The quotes that judge the price are fresh.",
        "5 s; older: a warning",
        RefusalCode.PRICE,
        could_not_run=Consequence.WARN,
    ),
    RiskCode.SPREAD_WIDTH: About(
        "The market is not too wide to judge a price by.",
        "30 % of mid; wider: a warning",
        RefusalCode.PRICE,
        could_not_run=Consequence.WARN,
    ),
    RiskCode.COLLAR: About(
        "The limit is not far worse than what trades now: a buy far above, or a sale far below.",
        "beyond natural and 10 % of mid (at least 0.05): approval; beyond natural by 25 %: refused",
        RefusalCode.PRICE,
        binds_exits=True,
    ),
    RiskCode.STOP_SIDE: About(
        "A stop waits: a sale's lies below the market, a buy's above.",
        "refused where it would fire at once",
        RefusalCode.PRICE,
        binds_exits=True,
    ),
    RiskCode.POSSIBLE_PRICE: About(
        "The limit lies within what the legs can ever be worth.",
        "refused beyond width, strike, spot or intrinsic value",
        RefusalCode.PRICE,
        could_not_run=Consequence.WARN,
        binds_exits=True,
    ),
    RiskCode.APPROVAL_AMOUNT: About(
        "What the order adds to the loss of the account is small enough for the policy to approve.",
        "above $10,000: approval",
        RefusalCode.APPROVAL,
        could_not_run=Consequence.APPROVAL,
    ),
    RiskCode.APPROVAL_PERMISSION: About(
        "The order needs no permission that policy wants a second person for.",
        "`short_options`: approval",
        RefusalCode.APPROVAL,
        could_not_run=Consequence.APPROVAL,
    ),
    RiskCode.APPROVAL_SYMBOL: About(
        "The underlying is not one that policy wants a second person for.", "none", RefusalCode.APPROVAL
    ),
    RiskCode.APPROVAL_KIND: About(
        "The order is of no kind that policy wants a second person for.", "none", RefusalCode.APPROVAL
    ),
    RiskCode.SIGNAL_APPROVAL: About(
        "No signal asks for the order, or its rule is in `auto`; in `approve` a person must, of an exit too.",
        "always",
        RefusalCode.APPROVAL,
        binds_exits=True,
    ),
}
