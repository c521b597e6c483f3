"""
tastyflow: a chat line becomes an options order, rehearsed, tested, promoted and proven.

What a program needs is imported from here. ::

    from tastyflow import Message
    from tastyflow_adapters.bootstrap import open_desk

    async with open_desk() as desk:
        order = await desk.place(Message("buy 1 SPY 450C next month", "cli", "demo", "message-1"))

The core: a pure domain (`tastyflow.domain`), the ports it looks out of (`tastyflow.ports`) and the application that
drives them (`tastyflow.application`). The language is `tastyflow_grammar`, the neighbours are `tastyflow_adapters`.
Names are loaded when they are first used: importing this package alone costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tastyflow.application.answers import Reply
    from tastyflow.application.desk import Desk
    from tastyflow.application.message import Message
    from tastyflow.domain.instruments import Equity, EquityOption, Instrument, Right
    from tastyflow.domain.order import Order, Stage
    from tastyflow.domain.policy import Policy
    from tastyflow.domain.signal_rule.alert import Alert
    from tastyflow.domain.testresult import TestResult
    from tastyflow.domain.ticket import Action, Leg, OrderType, PriceEffect, Ticket
    from tastyflow.domain.trader import Limits, Permission, Trader
    from tastyflow.domain.venue import Venue
    from tastyflow.errors import (
        Conflict,
        ExcessFill,
        IllegalStep,
        InDoubt,
        Invalid,
        Misconfigured,
        NotApproved,
        NotProven,
        NotSent,
        NotUnderstood,
        OutcomeUnknown,
        Refused,
        RuleBroken,
        StoreFailure,
        TastyflowError,
        VenueFailure,
        VenueRefused,
    )
    from tastyflow.ports import (
        Address,
        Broker,
        Channel,
        Clock,
        Criterion,
        EventLog,
        Language,
        LogHeads,
        Look,
        MarketData,
        Notice,
        OptionFeed,
        PlaceNotice,
        PlaceRecipient,
        Recipient,
        SendingTurn,
    )

_HOMES = {
    "tastyflow.application.answers": ("Reply",),
    "tastyflow.application.desk": ("Desk",),
    "tastyflow.application.message": ("Message",),
    "tastyflow.domain.instruments": ("Equity", "EquityOption", "Instrument", "Right"),
    "tastyflow.domain.order": ("Order", "Stage"),
    "tastyflow.domain.policy": ("Policy",),
    "tastyflow.domain.signal_rule.alert": ("Alert",),
    "tastyflow.domain.testresult": ("TestResult",),
    "tastyflow.domain.ticket": ("Action", "Leg", "OrderType", "PriceEffect", "Ticket"),
    "tastyflow.domain.trader": ("Limits", "Permission", "Trader"),
    "tastyflow.domain.venue": ("Venue",),
    "tastyflow.errors": (
        "Conflict",
        "ExcessFill",
        "IllegalStep",
        "InDoubt",
        "Invalid",
        "Misconfigured",
        "NotApproved",
        "NotProven",
        "NotSent",
        "NotUnderstood",
        "OutcomeUnknown",
        "Refused",
        "RuleBroken",
        "StoreFailure",
        "TastyflowError",
        "VenueFailure",
        "VenueRefused",
    ),
    "tastyflow.ports": (
        "Address",
        "Broker",
        "Channel",
        "Clock",
        "Criterion",
        "EventLog",
        "Language",
        "LogHeads",
        "Look",
        "MarketData",
        "Notice",
        "OptionFeed",
        "PlaceNotice",
        "PlaceRecipient",
        "Recipient",
        "SendingTurn",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "Action",
    "Address",
    "Alert",
    "Broker",
    "Channel",
    "Clock",
    "Conflict",
    "Criterion",
    "Desk",
    "Equity",
    "EquityOption",
    "EventLog",
    "ExcessFill",
    "IllegalStep",
    "InDoubt",
    "Instrument",
    "Invalid",
    "Language",
    "Leg",
    "Limits",
    "LogHeads",
    "Look",
    "MarketData",
    "Message",
    "Misconfigured",
    "NotApproved",
    "NotProven",
    "NotSent",
    "NotUnderstood",
    "Notice",
    "OptionFeed",
    "Order",
    "OrderType",
    "OutcomeUnknown",
    "Permission",
    "PlaceNotice",
    "PlaceRecipient",
    "Policy",
    "PriceEffect",
    "Recipient",
    "Refused",
    "Reply",
    "Right",
    "RuleBroken",
    "SendingTurn",
    "Stage",
    "StoreFailure",
    "TastyflowError",
    "TestResult",
    "Ticket",
    "Trader",
    "Venue",
    "VenueFailure",
    "VenueRefused",
]


def __getattr__(name: str) -> object:
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
