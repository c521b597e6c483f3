"""
Whether a strategy is bought or sold, to open or to close. A mistake here turns a trader's position round.

    bull put spread …                              the name says it: sold
    sell 5 SPY 440/435 put vertical                verb and strikes agree, the 440 put costs more and is sold: sold
    sell 5 SPY 435/440 put vertical 1.05 cr        verb and strikes disagree, the credit decides: sold
    sell 5 SPY 435/440 put vertical                verb and strikes disagree: ambiguous
    buy 1 SPY 430/435/465/470 iron condor          the usual one is sold, to buy it could mean either: ambiguous

The side is that of the strategy as a whole, in the sense of ``tastyflow.domain.strategies``: bought costs money.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from itertools import pairwise
from typing import Final

from attrs import frozen

from tastyflow.domain.commands import AskedAction
from tastyflow.domain.instruments import Right
from tastyflow.domain.strategies import Named
from tastyflow.domain.ticket import PriceEffect, Strategy
from tastyflow_grammar.meaning.legs import action_of
from tastyflow_grammar.parts import ByKind, Kind, Part, SpreadKind
from tastyflow_grammar.refusing.faults import Code, Edit, Fix, LanguageFault

IS_BOUGHT: Final[Mapping[tuple[SpreadKind, Right], bool]] = {
    (SpreadKind.BULL, Right.CALL): True,
    (SpreadKind.BULL, Right.PUT): False,
    (SpreadKind.BEAR, Right.CALL): False,
    (SpreadKind.BEAR, Right.PUT): True,
    (SpreadKind.DEBIT, Right.CALL): True,
    (SpreadKind.DEBIT, Right.PUT): True,
    (SpreadKind.CREDIT, Right.CALL): False,
    (SpreadKind.CREDIT, Right.PUT): False,
}
"""How a vertical of that name is opened."""

USUALLY_SOLD: Final = frozenset({Strategy.IRON_CONDOR, Strategy.IRON_BUTTERFLY})
_CLOSING: Final = frozenset({AskedAction.BUY_TO_CLOSE, AskedAction.SELL_TO_CLOSE})


@frozen
class TypedStrategy:
    """
    What the line has of a strategy when its side is determined.

    Attributes:
        by_kind: The parts by kind.
        spread_kinds: The words that name a side: bull and bear, debit and credit spread.
        strikes: In the order of the text; empty where the line has none yet.
        right: None where the strategy has both calls and puts, or the line has neither yet.
    """

    strategy: Strategy
    by_kind: ByKind
    spread_kinds: Sequence[Part] = ()
    strikes: Sequence[Decimal] = ()
    right: Right | None = None


def side_of(asked: TypedStrategy) -> AskedAction:
    """
    What is done to the strategy as a whole.

    Raises:
        LanguageFault: ``conflict`` or ``ambiguous``, where the words contradict each other, or can be read in two ways.
    """
    by_kind = asked.by_kind
    opens_bought = _opens_bought(asked)
    if Kind.ACTION not in by_kind:
        assert opens_bought is not None  # noqa: S101 - a line with neither a verb nor such a name was refused before
        return _named_alone(opens_bought, by_kind.get(Kind.EFFECT_ON_POSITION))
    side = action_of(by_kind)
    if side is AskedAction.CLOSE:
        return side
    if opens_bought is not None:
        return _as_named(side, asked, opens_bought)
    if asked.strategy in USUALLY_SOLD and side.buys and side not in _CLOSING:
        raise _bought_or_sold(by_kind[Kind.ACTION])
    if asked.strategy is Strategy.VERTICAL and not asked.spread_kinds and not strikes_agree(asked.strikes, asked.right):
        return _as_priced(side, by_kind)
    return side


def strikes_agree(strikes: Sequence[Decimal], right: Right | None) -> bool:
    """Whether the first strike is the one whose option costs more: that option takes the strategy's side."""
    if len(strikes) != 2 or right is None:
        return True  # there is nothing to compare yet
    return (strikes[0] < strikes[1]) is (right is Right.CALL)


def in_order(strategy: Strategy, strikes: Sequence[Decimal]) -> bool:
    """Whether the strikes rise or fall throughout; an iron condor's may also stand as two pairs: 435/430/465/470."""
    if len(set(strikes)) < len(strikes):
        return False
    if strategy is Strategy.IRON_CONDOR:
        low, high = sorted((strikes[:2], strikes[2:]), key=max)
        return max(low) < min(high)
    return len({low < high for low, high in pairwise(strikes)}) < 2


def is_clear(strategy: Strategy, side: AskedAction, named: Named) -> bool:
    """Whether the name and the action alone are read back as this side, with no price to decide it."""
    if not in_order(strategy, named.strikes):
        return False
    if strategy in USUALLY_SOLD:
        return not side.buys or side in _CLOSING
    return strategy is not Strategy.VERTICAL or side is AskedAction.CLOSE or strikes_agree(named.strikes, named.right)


def _named_alone(opens_bought: bool, position: Part | None) -> AskedAction:
    """``bull put spread …``, ``bull put spread … to close``: the name says the side, and needs no verb."""
    buys = opens_bought is not (position is not None and position.value == "close")
    verb = "buy" if buys else "sell"
    return AskedAction(f"{verb}_to_{position.value}" if position else verb)


def _opens_bought(asked: TypedStrategy) -> bool | None:
    """Whether the names mean that it is opened by buying; None where no name does, or calls or puts are missing yet."""
    if not asked.spread_kinds or asked.right is None:
        return None
    ways = {IS_BOUGHT[each.value, asked.right] for each in asked.spread_kinds}
    if len(ways) > 1:
        last = asked.spread_kinds[-1]
        raise LanguageFault(
            Code.CONFLICT, "The strategy goes both ways. Keep one.", last.span, [(Edit(last.span, "spread"),)]
        )
    return ways.pop()


def _as_named(side: AskedAction, asked: TypedStrategy, opens_bought: bool) -> AskedAction:
    if side.buys is (opens_bought is not (side in _CLOSING)):
        return side
    name = f"{asked.spread_kinds[0].value} {asked.right} spread"
    action = asked.by_kind[Kind.ACTION]
    message = f"A {name} is {'bought' if opens_bought else 'sold'} to open it, and not by this action."
    raise LanguageFault(Code.CONFLICT, message, action.span, [_acting(action, side.opposite)])


def _as_priced(side: AskedAction, by_kind: ByKind) -> AskedAction:
    """The strikes disagree with the verb: a debit or credit decides."""
    if effect := by_kind.get(Kind.EFFECT):
        return side if side.buys is (effect.value is PriceEffect.DEBIT) else side.opposite
    row, price = by_kind[Kind.STRIKES], by_kind.get(Kind.PRICE)
    turned = "/".join(str(each) for each in reversed(row.value))
    settling = [(Edit((price.span[1], price.span[1]), f" {effect.value}"),) for effect in PriceEffect] if price else []
    message = (
        f"Is the strategy {'bought' if side.buys else 'sold'}, or its first strike? "
        "Turn the strikes round, or write debit or credit."
    )
    raise LanguageFault(Code.AMBIGUOUS, message, row.span, [(Edit(row.span, turned),), *settling])


def _bought_or_sold(action: Part) -> LanguageFault:
    message = "The usual one is sold for a credit: write 'sell'. For the reverse, write the legs out."
    return LanguageFault(Code.AMBIGUOUS, message, action.span, [_acting(action, AskedAction(action.value).opposite)])


def _acting(action: Part, instead: AskedAction) -> Fix:
    return (Edit(action.span, instead.replace("_", " ") + " "),)
