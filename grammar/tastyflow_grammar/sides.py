"""
Which way a strategy goes: bought or sold, opening or closing. The dangerous part of a spread.

    bull put spread …                              the name says it: sold
    sell 5 SPY 440/435 put vertical                the verb, and the strikes agree: the first is sold, and is the dearer
    sell 5 SPY 435/440 put vertical 1.05 cr        they do not, and the credit settles it: sold
    sell 5 SPY 435/440 put vertical                ambiguous
    buy 1 SPY 430/435/465/470 iron condor          ambiguous: the reverse, or "put the usual one on"?

The side is that of the strategy as a whole, in the sense of ``tastyflow.domain.strategies``: bought costs money.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from tastyflow.domain.commands import AskedAction, Strategy
from tastyflow.domain.instruments import Right
from tastyflow.domain.strategies import Named
from tastyflow.domain.ticket import PriceEffect
from tastyflow_grammar.faults import Code, Edit, Fault, Fix
from tastyflow_grammar.parts import Kind, Lean, Part, Said
from tastyflow_grammar.single import settled_action

IS_BOUGHT: Final[Mapping[tuple[Lean, Right], bool]] = {
    (Lean.BULL, Right.CALL): True,
    (Lean.BULL, Right.PUT): False,
    (Lean.BEAR, Right.CALL): False,
    (Lean.BEAR, Right.PUT): True,
    (Lean.DEBIT, Right.CALL): True,
    (Lean.DEBIT, Right.PUT): True,
    (Lean.CREDIT, Right.CALL): False,
    (Lean.CREDIT, Right.PUT): False,
}
"""How a vertical of that name is opened."""

_USUALLY_SOLD: Final = frozenset({Strategy.IRON_CONDOR, Strategy.IRON_BUTTERFLY})
_CLOSING: Final = frozenset({AskedAction.BUY_TO_CLOSE, AskedAction.SELL_TO_CLOSE})


def side_of(strategy: Strategy, named: Named, said: Said) -> AskedAction:
    """
    What is done to the strategy as a whole.

    Raises:
        Fault: ``conflict`` or ``ambiguous``, where the words do not settle it.
    """
    lean = said.get(Kind.LEAN)
    opens_bought = IS_BOUGHT[lean.value, named.right] if lean and named.right else None
    if Kind.ACTION not in said:
        assert opens_bought is not None  # noqa: S101 - what has neither a verb nor such a name was refused before
        return _named_alone(opens_bought, said.get(Kind.EFFECT_ON_POSITION))
    side = settled_action(said)
    if side is AskedAction.CLOSE:
        return side
    if lean and named.right and opens_bought is not None:
        name = f"{lean.value} {named.right.value} spread"
        return _as_named(side, name, opens_bought, said[Kind.ACTION])
    if strategy in _USUALLY_SOLD and side.buys and side not in _CLOSING:
        raise _bought_or_put_on(said[Kind.ACTION])
    if strategy is Strategy.VERTICAL and not strikes_agree(named):
        return _as_priced(side, said)
    return side


def strikes_agree(named: Named) -> bool:
    """Whether the strike that is named first is the dearer one: the one that takes the strategy's side."""
    first, second = named.strikes
    return (first < second) is (named.right is Right.CALL)


def in_order(strategy: Strategy, strikes: Sequence[Decimal]) -> bool:
    """Whether the strikes rise or fall throughout; an iron condor's may also stand as two pairs: 435/430/465/470."""
    if len(set(strikes)) < len(strikes):
        return False
    if strategy is Strategy.IRON_CONDOR:
        low, high = sorted((strikes[:2], strikes[2:]), key=max)
        return max(low) < min(high)
    return len({low < high for low, high in pairwise(strikes)}) < 2


def is_clear(strategy: Strategy, side: AskedAction, named: Named) -> bool:
    """Whether the name with its action is read as meant, with no price to settle it."""
    if not in_order(strategy, named.strikes):
        return False
    if strategy in _USUALLY_SOLD:
        return not side.buys or side in _CLOSING
    return strategy is not Strategy.VERTICAL or side is AskedAction.CLOSE or strikes_agree(named)


def _named_alone(opens_bought: bool, position: Part | None) -> AskedAction:
    """``bull put spread …``, ``bull put spread … to close``: the name says the side, and needs no verb."""
    buys = opens_bought is not (position is not None and position.value == "close")
    verb = "buy" if buys else "sell"
    return AskedAction(f"{verb}_to_{position.value}" if position else verb)


def _as_named(side: AskedAction, name: str, opens_bought: bool, action: Part) -> AskedAction:
    if side.buys is (opens_bought is not (side in _CLOSING)):
        return side
    message = f"A {name} is {'bought' if opens_bought else 'sold'} to open it, and not by this action."
    raise Fault(Code.CONFLICT, message, action.span, [_acting(action, side.opposite)])


def _as_priced(side: AskedAction, said: Said) -> AskedAction:
    """The strikes stand against the side: a debit or credit settles it."""
    if effect := said.get(Kind.EFFECT):
        return side if side.buys is (effect.value is PriceEffect.DEBIT) else side.opposite
    row, action = said[Kind.STRIKES], said[Kind.ACTION]
    turned = "/".join(str(rung) for rung in reversed(row.value))
    message = (
        f"Is the strategy {'bought' if side.buys else 'sold'}, or its first strike? "
        "Turn the strikes round, or write debit or credit."
    )
    raise Fault(Code.AMBIGUOUS, message, row.span, [(Edit(row.span, turned),), _acting(action, side.opposite)])


def _bought_or_put_on(action: Part) -> Fault:
    message = "The usual one is sold for a credit: write 'sell'. For the reverse, write the legs out."
    return Fault(Code.AMBIGUOUS, message, action.span, [_acting(action, AskedAction(action.value).opposite)])


def _acting(action: Part, instead: AskedAction) -> Fix:
    return (Edit(action.span, instead.replace("_", " ")),)
