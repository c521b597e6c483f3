"""
What a chat message can ask for: the values between the language and the desk.

    PlaceOrder                         trade something (legs may still say "buy", "close", "half" or "45 days out")
    PreviewOrder                            what such an order would come to, without sending it
    Flatten                            close every leg that is held on one underlying, or on all
    CancelOrder · ReplaceOrder         change something that works
    ShowStatus · ListOrders · ListApprovals · ShowPositions · ShowBalance · ShowHelp
    ShowQuote · ListExpirations · ShowChain      what the market has
    ApproveOrder · RejectOrder         the decision of a second person
    HaltTrading · ResumeTrading                      stop everything or whatever adds risk, go on

    asked       the parts of a text: sides, sizes, instruments, days, prices
    orders      what trades, or changes what works
    requests    what looks, and what the people around the traders say
    completed   a whole line that a short answer made

`as_dict` is a command as JSON, a contract with other programs (docs/language.md).
"""

from tastyflow.domain.commands.asked import (
    AskedAction,
    AskedExpiration,
    AskedInstrument,
    AskedLeg,
    AskedOption,
    AskedPrice,
    AskedQuantity,
    AskedShares,
    DaysOut,
    HeldPart,
)
from tastyflow.domain.commands.completed import CompletedLine, Follows
from tastyflow.domain.commands.orders import CancelOrder, Flatten, PlaceOrder, PreviewOrder, ReplaceOrder
from tastyflow.domain.commands.requests import (
    ApproveOrder,
    HaltTrading,
    ListApprovals,
    ListExpirations,
    ListOrders,
    RejectOrder,
    ResumeTrading,
    ShowBalance,
    ShowChain,
    ShowHelp,
    ShowPositions,
    ShowQuote,
    ShowStatus,
)

Command = (
    PlaceOrder
    | PreviewOrder
    | Flatten
    | CancelOrder
    | ReplaceOrder
    | ShowStatus
    | ListOrders
    | ListApprovals
    | ShowPositions
    | ShowBalance
    | ShowQuote
    | ListExpirations
    | ShowChain
    | ShowHelp
    | ApproveOrder
    | RejectOrder
    | HaltTrading
    | ResumeTrading
)

__all__ = [
    "ApproveOrder",
    "AskedAction",
    "AskedExpiration",
    "AskedInstrument",
    "AskedLeg",
    "AskedOption",
    "AskedPrice",
    "AskedQuantity",
    "AskedShares",
    "CancelOrder",
    "Command",
    "CompletedLine",
    "DaysOut",
    "Flatten",
    "Follows",
    "HaltTrading",
    "HeldPart",
    "ListApprovals",
    "ListExpirations",
    "ListOrders",
    "PlaceOrder",
    "PreviewOrder",
    "RejectOrder",
    "ReplaceOrder",
    "ResumeTrading",
    "ShowBalance",
    "ShowChain",
    "ShowHelp",
    "ShowPositions",
    "ShowQuote",
    "ShowStatus",
]
