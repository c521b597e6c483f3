"""
From a command to its canonical words: what a trader would type, spelt out so that it means the same on any day.

    buy to open 10 SPY 450 call Fri Dec 18 2026 @ 2.5 day

``parse(render(command)) == command`` for every command that `parse` gives. A ticker that is also a word of ours is
written with its dollar sign.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from tastyflow.domain.commands import (
    ApproveOrder,
    AskedAction,
    AskedExpiration,
    AskedLeg,
    AskedOption,
    AskedPrice,
    CancelOrder,
    Command,
    DaysOut,
    Halt,
    ListOrders,
    PlaceOrder,
    RejectOrder,
    ReplaceOrder,
    Resume,
    ShowBalance,
    ShowHelp,
    ShowPositions,
    ShowStatus,
)
from tastyflow.domain.instruments import chat_symbol, plain
from tastyflow.domain.ticket import Duration, OrderType, TimeInForce
from tastyflow_grammar.days import spell
from tastyflow_grammar.reader import is_our_word
from tastyflow_grammar.refusals import is_no_bare_ticker


def render(command: Command) -> str:
    """Write a command in the one form that `parse` reads back to an equal one."""
    return " ".join(word for word in WORDS[type(command)](command) if word)


def _order(order: PlaceOrder) -> list[str]:
    (leg,) = order.legs
    return [*_leg(leg), *_pricing(order, effect=leg.action is AskedAction.CLOSE), _lasting(order.time_in_force)]


def _replacement(change: ReplaceOrder) -> list[str]:
    count = f"x{change.quantity}" if change.quantity else ""
    lasting = _lasting(change.time_in_force) if change.time_in_force else ""
    return ["replace", change.order, count, *_pricing(change, effect=True), lasting]


def _leg(leg: AskedLeg) -> list[str]:
    action, asked = leg.action.value.replace("_", " "), leg.instrument
    if not isinstance(asked, AskedOption):
        return [action, str(leg.quantity), _ticker(asked.underlying), "shares"]
    contract = [plain(asked.strike), asked.right.value, _expiration(asked.expiration)]
    return [action, str(leg.quantity), _ticker(asked.underlying), *contract]


def _pricing(asked: PlaceOrder | ReplaceOrder, *, effect: bool) -> list[str]:
    effect_said = asked.price_effect.value if effect and asked.price_effect else ""
    written = {
        None: [],
        OrderType.MARKET: ["market"],
        OrderType.LIMIT: ["@", _price(asked.price), effect_said],
        OrderType.STOP: ["stop", _price(asked.stop)],
        OrderType.STOP_LIMIT: ["stop", _price(asked.stop), "limit", _price(asked.price), effect_said],
    }
    return written[asked.order_type]


def _ticker(symbol: str) -> str:
    bare = is_our_word(symbol) or is_no_bare_ticker(symbol)
    return ("$" if bare else "") + chat_symbol(symbol)


def _expiration(expiration: AskedExpiration) -> str:
    return f"{expiration.dte}dte" if isinstance(expiration, DaysOut) else spell(expiration)


def _price(price: AskedPrice | None) -> str:
    return price if isinstance(price, str) else plain(price) if price else ""


def _lasting(lasting: TimeInForce) -> str:
    return (
        f"good till {spell(lasting.until)}" if lasting.duration is Duration.GTD and lasting.until else lasting.duration
    )


WORDS: Final[Mapping[type[Command], Callable[[Any], list[str]]]] = {
    PlaceOrder: _order,
    ReplaceOrder: _replacement,
    CancelOrder: lambda asked: ["cancel", asked.order],
    ShowStatus: lambda asked: ["status", asked.order],
    ApproveOrder: lambda asked: ["approve", asked.order],
    RejectOrder: lambda asked: ["reject", asked.order, asked.reason or ""],
    Halt: lambda asked: ["halt", asked.reason or ""],
    Resume: lambda _: ["resume"],
    ListOrders: lambda _: ["orders"],
    ShowPositions: lambda _: ["positions"],
    ShowBalance: lambda _: ["balance"],
    ShowHelp: lambda _: ["help"],
}
