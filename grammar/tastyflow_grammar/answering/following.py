"""
Another order out of the one before: the same again, a multiple of it, its opposite, the same a month later.

    buy 10 SPY 450C 12/18 @ 2.50      again                     buy 10 SPY 450C 12/18 @ 2.50
                                      double it                 buy 20 SPY 450C 12/18 @ 2.50
                                      close it                  sell to close 10 SPY 450 call Fri Dec 18 2026 day
                                      roll it to next month     sell to close 10 SPY 450 call Fri Dec 18 2026,
                                                                buy to open 10 SPY 450 call Fri Jan 15 2027 @ natural …
                                      cancel it                 cancel last

What closes has the size that was ordered, and says its side: the position is held against it. Whether anything of the
order before was filled is for the caller to know.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from attrs import evolve

from tastyflow.domain.commands import (
    AskedAction,
    AskedLeg,
    AskedOption,
    CompletedLine,
    Follows,
    HeldPart,
    PlaceOrder,
)
from tastyflow.domain.strategies import is_bought, strategy_of
from tastyflow.domain.ticket import Strategy
from tastyflow.errors import NotUnderstood
from tastyflow_grammar.answering.changing import Reader, said_of, scaled, with_answer
from tastyflow_grammar.answering.in_own_words import differing
from tastyflow_grammar.reading.follow_ups import FollowUp, Refers
from tastyflow_grammar.reading.line import Line, read_line
from tastyflow_grammar.reading.replies import read_reply
from tastyflow_grammar.refusing.faults import Code

_CLOSING: Final[Mapping[AskedAction, AskedAction]] = {
    AskedAction.BUY: AskedAction.SELL_TO_CLOSE,
    AskedAction.BUY_TO_OPEN: AskedAction.SELL_TO_CLOSE,
    AskedAction.SELL: AskedAction.BUY_TO_CLOSE,
    AskedAction.SELL_TO_OPEN: AskedAction.BUY_TO_CLOSE,
}
_SIDES: Final = {Refers.SELL: True, Refers.BUY: False}
"""Whether the order before bought, where the words say so."""


def following(wanted: FollowUp, line: Line, old: PlaceOrder, reader: Reader, *, is_preview: bool) -> CompletedLine:
    """
    The line that *wanted* makes of *old*.

    Args:
        line: That said *old*.

    Raises:
        NotUnderstood: There is no such order: what to write instead.
    """
    match wanted.refers:
        case Refers.REPEAT:
            return CompletedLine(" ".join(line.shown().split()), (), Follows.ANOTHER)
        case Refers.SCALE:
            return _multiple(wanted, line, old, reader)
        case _ if is_preview:
            raise _no(f"It was only previewed: there is nothing to {wanted.refers}.")
        case Refers.CANCEL:
            return CompletedLine("cancel last", ((0, len("cancel last")),), Follows.CANCEL)
        case Refers.ROLL:
            return _rolled(wanted, old, reader)
        case _:
            return _closed(wanted, old, reader)


def _multiple(wanted: FollowUp, line: Line, old: PlaceOrder, reader: Reader) -> CompletedLine:
    legs = scaled(old, wanted.factor)
    if legs is None:
        raise _no(f"No whole number comes of that: its size is {_size_words(old)}. Write the size: 'make it 2'.")
    made = said_of(line, old, evolve(old, legs=legs), reader)
    if made is None:
        raise _no("That cannot be said of this order. Type the whole line.")
    return evolve(made, follows=Follows.ANOTHER)


def _closed(wanted: FollowUp, old: PlaceOrder, reader: Reader) -> CompletedLine:
    """The opposite of what was opened, at the price that stands behind the words, if any."""
    legs = _opposite(old, verb=wanted.refers.value)
    side = _SIDES.get(wanted.refers)
    if side is not None and _bought(old) is not side:
        raise _no(f"That order {'sold' if side else 'bought'}: write 'close it' for its opposite.")
    if wanted.part is not None:
        legs = [evolve(leg, quantity=wanted.part) for leg in legs]
    closing = _unpriced(evolve(old, legs=tuple(legs), strategy=_shape(old, legs)))
    words = reader.written(closing)
    if wanted.rest:
        reply = read_reply(read_line(wanted.rest), frozenset())
        made = with_answer(read_line(words), closing, evolve(reply, answers=bool(reply.parts)), reader)
        if made is None:
            raise _no(f"'{wanted.rest[:20]}' cannot stand behind it. Write a price: '{wanted.refers} it @ 2.50'.")
        words = made.line
    return CompletedLine(words, differing(reader.written(_unpriced(old)), words), Follows.CLOSE)


def _rolled(wanted: FollowUp, old: PlaceOrder, reader: Reader) -> CompletedLine:
    """One order of two legs: the old contract closed, the same one opened for another expiration, at natural."""
    (closing, *others) = _opposite(old, verb="roll")
    contract = closing.instrument
    if not isinstance(contract, AskedOption):
        raise _no("Shares do not expire: there is nothing to roll.")
    if others:
        raise _no("Several legs are not rolled at once. Close it with 'close it', then open the other.")
    if not wanted.rest:
        raise _no("To which expiration? Write 'roll it to next month', 'roll it to 1/15'.", Code.MISSING_EXPIRATION)
    probe = reader.order(f"buy 1 $SPY strike 450 call {wanted.rest}")
    later = probe.legs[0].instrument if probe and probe == _bare(probe) else None
    if not isinstance(later, AskedOption) or (later.underlying, later.strike) != ("SPY", Decimal(450)):
        said = wanted.rest[:20]
        raise _no(f"'{said}' is no expiration. Write 'roll it to next month', 'roll it to 1/15'.", Code.BAD_DATE)
    if later.expiration == contract.expiration:
        raise _no("It has that expiration already. Name a later one, as 'roll it to Jan 15'.", Code.BAD_DATE)
    opens = AskedAction.SELL_TO_OPEN if closing.action.buys else AskedAction.BUY_TO_OPEN
    opening = AskedLeg(opens, closing.quantity, evolve(contract, expiration=later.expiration))
    first, second = (reader.written(PlaceOrder((leg,))).removesuffix(" day") for leg in (closing, opening))
    words = f"{first}, {second} @ natural"
    reader.require(words)  # whether a date or so many days out is later, and what is paid, only the chain can say
    new = (*differing(reader.written(_unpriced(old)), first), (len(first) + 2, len(words)))
    return CompletedLine(words, new, Follows.ROLL)


def _opposite(old: PlaceOrder, *, verb: str) -> list[AskedLeg]:
    """
    The legs that close what *old* opened: of a roll, its later leg.

    Raises:
        NotUnderstood: It opened nothing.
    """
    opened = [leg for leg in old.legs if leg.action in _CLOSING]
    if not opened:
        raise _no(f"That order closes already. Name what you want to {verb}: 'close SPY 450C Dec 18'.")
    return [evolve(leg, action=_CLOSING[leg.action]) for leg in opened]


def _bought(old: PlaceOrder) -> bool | None:
    """Whether the order as a whole buys."""
    opened = [leg for leg in old.legs if leg.action in _CLOSING]
    return opened[0].action.buys if len(opened) == 1 else is_bought(opened)


def _shape(old: PlaceOrder, legs: Sequence[AskedLeg]) -> Strategy:
    """What the legs make: the same as before, where they are all."""
    return old.strategy if len(legs) == len(old.legs) else strategy_of(legs)


def _unpriced(order: PlaceOrder) -> PlaceOrder:
    """Its legs, for the desk to price today."""
    return PlaceOrder(order.legs, order.strategy)


def _bare(order: PlaceOrder) -> PlaceOrder:
    """Its legs alone: a day was said, and no price."""
    return PlaceOrder(tuple(evolve(leg, quantity=1) for leg in order.legs))


def _size_words(old: PlaceOrder) -> str:
    sizes = dict.fromkeys(leg.quantity for leg in old.legs)
    return " and ".join(f"{each} of what is held" if isinstance(each, HeldPart) else str(each) for each in sizes)


def _no(message: str, code: Code = Code.SYNTAX) -> NotUnderstood:
    return NotUnderstood(message, code=code.value, span=(0, 0))
