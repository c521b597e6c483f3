"""
From a command to its canonical words: as a trader would type it, with full dates, so that it means the same on any day.

    buy to open 10 SPY 450 call Fri Dec 18 2026 (28 DTE) @ 2.5 day
    sell 1 SPY 430/435/465/470 iron condor Fri Dec 18 2026 (28 DTE) @ 1.2 credit day
    sell 5 SPY 435 put Fri Dec 18 2026 (28 DTE), buy 5 SPY 440 put Fri Dec 18 2026 (28 DTE) @ 1.05 debit day

``parse(render(command)) == command`` for every command that `parse` gives. A strategy is written under its name where
the name alone says who buys and sells which strike, else leg by leg. A ticker that is also a word of the language is
written with its dollar sign.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from tastyflow.domain.commands import (
    ApproveOrder,
    AskedAction,
    AskedExpiration,
    AskedInstrument,
    AskedLeg,
    AskedOption,
    AskedPrice,
    AskedQuantity,
    CancelOrder,
    Command,
    DaysOut,
    Flatten,
    HaltTrading,
    HeldPart,
    ListApprovals,
    ListExpirations,
    ListOrders,
    PlaceOrder,
    PreviewOrder,
    RejectOrder,
    ReplaceOrder,
    ResumeTrading,
    ShowBalance,
    ShowChain,
    ShowHelp,
    ShowPositions,
    ShowQuote,
    ShowStatus,
)
from tastyflow.domain.instruments import chat_symbol, plain
from tastyflow.domain.strategies import Named, legs_of, named_by, units_in
from tastyflow.domain.ticket import Duration, OrderType, Strategy, TimeInForce
from tastyflow_grammar.days import new_york_day, spell
from tastyflow_grammar.meaning.prices import is_in_doubt
from tastyflow_grammar.meaning.sides import is_clear
from tastyflow_grammar.reading.passing_words import AT_THE_ENDS
from tastyflow_grammar.reading.reader import is_no_bare_ticker, is_our_word
from tastyflow_grammar.refusing.lines import is_idiom

_PARTS: Final[Mapping[HeldPart, str]] = {
    HeldPart.ALL: "all",
    HeldPart.HALF: "half",
    HeldPart.THIRD: "1/3",
    HeldPart.QUARTER: "1/4",
}
_NO_REASON: Final = re.compile(r"[ ,:;=@<]|(--)?(reducing|trading|reason|status)\b", re.IGNORECASE)
"""What no reason begins with, unless ``--reason`` stands before it."""


def render(command: Command, *, as_of: datetime | None = None) -> str:
    """
    Write a command in the one form that `parse` reads back to an equal one.

    Args:
        command: As `parse` gives it.
        as_of: The moment to count days to expiration from, as in `parse`; without it they are left out, and the words
            mean the same on every day.
    """
    today = None if as_of is None else new_york_day(as_of)
    return " ".join(word for word in WORDS[type(command)](command, today) if word)


def _order(order: PlaceOrder, today: date | None) -> list[str]:
    effect = len(order.legs) > 1 or order.legs[0].action is AskedAction.CLOSE
    legs = _by_name(order, today) or [", ".join(" ".join(_leg(leg, today)) for leg in order.legs)]
    return [*legs, *_pricing(order, effect=effect), _lasting(order.time_in_force)]


def _replacement(change: ReplaceOrder, _today: date | None) -> list[str]:
    count = f"x{change.quantity}" if change.quantity else ""
    lasting = _lasting(change.time_in_force) if change.time_in_force else ""
    return ["replace", change.order, count, *_pricing(change, effect=True), lasting]


def _leg(leg: AskedLeg, today: date | None) -> list[str]:
    shares = [] if isinstance(leg.instrument, AskedOption) else ["shares"]
    return [leg.action.value.replace("_", " "), _size(leg.quantity), *_instrument(leg.instrument, today), *shares]


def _instrument(asked: AskedInstrument, today: date | None) -> list[str]:
    """``SPY``, or ``SPY 450 call Fri Dec 18 2026``."""
    if not isinstance(asked, AskedOption):
        return [_ticker(asked.underlying)]
    return [
        _ticker(asked.underlying),
        plain(asked.strike),
        asked.right.value,
        _expiration(asked.expiration, today),
    ]


def _by_name(order: PlaceOrder, today: date | None) -> list[str]:
    """A strategy under its name, where the name reads back to exactly these legs; else nothing."""
    options = [leg.instrument for leg in order.legs if isinstance(leg.instrument, AskedOption)]
    named = named_by(order.strategy, options)
    if named is None or len(options) < len(order.legs):
        return []
    units = units_in(order.legs)
    for side in AskedAction:
        if (
            units
            and is_clear(order.strategy, side, named)
            and legs_of(order.strategy, side, units, named) == order.legs
        ):
            return _name(order.strategy, side, units, named, today)
    return []


def _name(strategy: Strategy, side: AskedAction, units: AskedQuantity, named: Named, today: date | None) -> list[str]:
    strikes = [plain(strike) + letter for strike, letter in zip(named.strikes, _letters(strategy, named), strict=True)]
    return [
        side.value.replace("_", " "),
        _size(units),
        _ticker(named.underlying),
        _row(strikes),
        named.right.value if named.right else "",
        strategy.value.replace("_", " "),
        " / ".join(_expiration(expiration, today) for expiration in named.expirations),
    ]


def _letters(strategy: Strategy, named: Named) -> Sequence[str]:
    """The letter behind each strike, where calls and puts are told by it: ``6500c/6525c/6400p/6375p iron condor``."""
    rising = sorted(named.strikes)
    calls_first = strategy is Strategy.IRON_CONDOR and list(named.strikes) != rising
    if strategy is not Strategy.STRANGLE and not calls_first:
        return [""] * len(rising)
    return ["p" if strike in rising[: len(rising) // 2] else "c" for strike in named.strikes]


def _size(many: AskedQuantity) -> str:
    return _PARTS[many] if isinstance(many, HeldPart) else str(many)


def _row(strikes: Sequence[str]) -> str:
    """``440/435``; with a dollar sign where the row could be read as a day: ``$12/18``."""
    row = "/".join(strikes)
    may_be_a_day = len(strikes) in (2, 3) and all(strike.isdigit() and len(strike) < 3 for strike in strikes[:2])
    return f"${row}" if may_be_a_day else row


def _pricing(asked: PlaceOrder | ReplaceOrder, *, effect: bool) -> list[str]:
    effect_word = asked.price_effect.value if effect and asked.price_effect else ""
    limit, stop = _price(asked.price, asked, quoted=True), _price(asked.stop, asked, quoted=False)
    written = {
        None: [],
        OrderType.MARKET: ["market"],
        OrderType.LIMIT: ["@", limit, effect_word],
        OrderType.STOP: ["stop", stop],
        OrderType.STOP_LIMIT: ["stop", stop, "limit", _price(asked.price, asked, quoted=False), effect_word],
    }
    return written[asked.order_type]


def _ticker(symbol: str) -> str:
    word = symbol.partition("/")[0]  # of class shares too: "IN.A" begins like "in"
    return ("$" if is_our_word(word) or is_no_bare_ticker(word) else "") + chat_symbol(symbol)


def _expiration(expiration: AskedExpiration, today: date | None) -> str:
    if isinstance(expiration, DaysOut):
        return f"{expiration.dte}dte"
    return spell(expiration) + (f" ({(expiration - today).days} DTE)" if today and today <= expiration else "")


def _price(price: AskedPrice | None, asked: PlaceOrder | ReplaceOrder, *, quoted: bool) -> str:
    """With its cents where it could else be taken for dollars a contract: ``@ 250.00``."""
    if price is None or isinstance(price, str):
        return price or ""
    unclear = isinstance(asked, PlaceOrder) and is_in_doubt(price, asked.legs, asked.strategy, quoted=quoted)
    return f"{price:.2f}" if unclear else plain(price)


def _lasting(lasting: TimeInForce) -> str:
    return (
        f"good till {spell(lasting.until)}" if lasting.duration is Duration.GTD and lasting.until else lasting.duration
    )


def _reason(verb: str, reason: str | None) -> list[str]:
    """Free text; behind ``--reason`` where it would be read as a word of ours, a note or an idiom."""
    if reason is None:
        return []
    is_note = {word for note in AT_THE_ENDS for word in note.split()}.issuperset(re.findall(r"\w+", reason.upper()))
    unclear = is_note or _NO_REASON.match(reason) or is_idiom(f"{verb} {reason}".upper())
    return ["--reason", reason] if unclear else [reason]


WORDS: Final[Mapping[type[Command], Callable[[Any, date | None], list[str]]]] = {
    PlaceOrder: _order,
    PreviewOrder: lambda asked, today: ["preview", *_order(asked.order, today)],
    Flatten: lambda asked, _: [
        "flatten",
        "" if asked.part is HeldPart.ALL and asked.underlying else _PARTS[asked.part],
        _ticker(asked.underlying) if asked.underlying else "",
    ],
    ReplaceOrder: _replacement,
    CancelOrder: lambda asked, _: ["cancel", asked.order, "for everyone" if asked.everyone else ""],
    ShowStatus: lambda asked, _: ["status", asked.order],
    ApproveOrder: lambda asked, _: ["approve", asked.order],
    RejectOrder: lambda asked, _: ["reject", asked.order, asked.reason or ""],
    HaltTrading: lambda asked, _: ["halt", "reducing" if asked.reducing else "", *_reason("halt", asked.reason)],
    ResumeTrading: lambda asked, _: ["resume", *_reason("resume", asked.reason)],
    ListOrders: lambda *_: ["orders"],
    ListApprovals: lambda *_: ["approvals"],
    ShowPositions: lambda *_: ["positions"],
    ShowBalance: lambda *_: ["balance"],
    ShowQuote: lambda asked, today: ["quote", *_instrument(asked.instrument, today)],
    ListExpirations: lambda asked, _: ["expirations", _ticker(asked.underlying)],
    ShowChain: lambda asked, today: [
        "chain",
        _ticker(asked.underlying),
        _expiration(asked.expiration, today) if asked.expiration else "",
    ],
    ShowHelp: lambda *_: ["help"],
}
