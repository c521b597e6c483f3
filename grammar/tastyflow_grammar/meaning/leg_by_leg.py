"""
Several legs that are typed one by one, and make one order.

    BTO 1 SPY 450C 12/18, STO 1 SPY 460C 12/18 @ 3.10 debit
    +1 SPY 450C 12/18 -1 SPY 460C 12/18 @ 3.10               another sign or verb begins another leg
    sell 450p buy 440p SPY 12/18 1.00 cr                     what is said once is said for all legs

    parts ─▶ split at each action ─▶ symbol and day for all legs ─▶ each leg (legs) ─▶ strategy ─▶ terms

Every leg has its own action, quantity, strike and right. A symbol or an expiration that the line names once is every
leg's; a quantity is not: 2 of one leg and an unsaid number of the other is asked for. Price, stop and order type belong
to the whole order, and stand behind the last leg; the time in force may stand anywhere. The shape of the legs names
the strategy. Legs without a comma or "and" between them could be two orders: what makes no strategy is asked for.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final

from attrs import evolve

from tastyflow.domain.commands import AskedLeg, AskedShares, HeldPart, PlaceOrder
from tastyflow.domain.instruments import underlying_of
from tastyflow.domain.strategies import strategy_of
from tastyflow.domain.ticket import MAX_LEGS, Strategy
from tastyflow_grammar.days import NewYorkDay
from tastyflow_grammar.meaning import terms
from tastyflow_grammar.meaning.legs import one_leg
from tastyflow_grammar.parts import ByKind, Figure, Kind, Part, span_over
from tastyflow_grammar.refusing.faults import Code, Edit, Fix, LanguageFault
from tastyflow_grammar.refusing.missing import OF_AN_OPTION

_OF_THE_WHOLE: Final = (Kind.PRICE, Kind.LIMIT, Kind.MARKET, Kind.EFFECT, Kind.STOP)
_NAMES: Final = (Kind.STRATEGY, Kind.SPREAD_KIND, Kind.STRIKES, Kind.BOTH_RIGHTS)


def legs_in(parts: Sequence[Part]) -> list[Sequence[Part]]:
    """The legs of a line in which each action begins one; none where it has one leg, or a strategy by its name."""
    begins = [at for at, part in enumerate(parts) if part.kind is Kind.ACTION]
    if len(begins) < 2 or begins[0] != 0 or any(part.kind in _NAMES for part in parts):
        return []
    legs = [parts[begin:end] for begin, end in pairwise([*begins, len(parts)])]
    return legs if all(_names_a_leg(leg) for leg in legs) else []


def leg_by_leg(typed: Sequence[Sequence[Part]], today: NewYorkDay, *, separated: bool = True) -> PlaceOrder:
    """
    Make the order whose legs are typed one by one.

    Args:
        typed: The parts of each leg.
        today: In New York.
        separated: Whether a comma or a word between the legs says that they are one order.

    Raises:
        LanguageFault: What is wrong with the first leg that is wrong, or with the legs together.
    """
    if len(typed) > MAX_LEGS:
        message = f"An order has at most {MAX_LEGS} legs."
        raise LanguageFault(Code.UNSUPPORTED, message, span_over(typed[MAX_LEGS]))
    _refuse_names(typed)
    read = [one_leg(parts, today) for parts in _sharing(typed)]
    _refuse_early_prices([by_kind for _, by_kind in read], span_over(typed[-1])[1])
    _refuse_two_underlyings(read)
    legs = tuple(leg for leg, _ in read)
    _refuse_doubles(legs, typed)
    _refuse_unsaid_sizes(read)
    if not separated:
        _refuse_two_orders(read, typed)
    order = terms.order_of(legs, strategy_of(legs), _together([by_kind for _, by_kind in read]), today)
    return evolve(order, by_name=False)


def _refuse_names(typed: Sequence[Sequence[Part]]) -> None:
    for name in (part for parts in typed for part in parts if part.kind in _NAMES):
        message = "Name the strategy, or write every leg out: not both."
        raise LanguageFault(Code.CONFLICT, message, name.span, [(Edit(name.span, ""),)])


def _refuse_early_prices(legs: Sequence[ByKind], end: int) -> None:
    """A price behind the first leg may be that leg's own."""
    for by_kind in legs[:-1]:
        for early in (by_kind[kind] for kind in _OF_THE_WHOLE if kind in by_kind):
            if any(kind in legs[-1] for kind in _OF_THE_WHOLE):
                raise LanguageFault(Code.CONFLICT, "There is one price, for all legs together: at the end.", early.span)
            message = "Is that the price of one leg, or of all together? Write the price of all at the end."
            raise LanguageFault(Code.AMBIGUOUS, message, early.span, _at_the_end(early, end))


def _at_the_end(early: Part, end: int) -> list[Fix]:
    if early.kind is not Kind.PRICE:
        return []
    price = early.value.value if isinstance(early.value, Figure) else early.value
    return [(Edit(early.span, ""), Edit((end, end), f" @ {price}"))]


def _refuse_two_underlyings(read: Sequence[tuple[AskedLeg, ByKind]]) -> None:
    first = underlying_of(read[0][0].instrument.underlying)
    for leg, by_kind in read[1:]:
        if underlying_of(leg.instrument.underlying) != first:
            raise LanguageFault(Code.CONFLICT, "The legs of an order are on one underlying.", by_kind[Kind.SYMBOL].span)


def _refuse_doubles(legs: Sequence[AskedLeg], typed: Sequence[Sequence[Part]]) -> None:
    seen: set[object] = set()
    for leg, parts in zip(legs, typed, strict=True):
        if leg.instrument in seen:
            raise LanguageFault(Code.CONFLICT, "Two legs are on the same contract: write it once.", span_over(parts))
        seen.add(leg.instrument)


def _together(legs: Sequence[ByKind]) -> ByKind:
    """
    The parts of the whole order: those of the last leg, with the one time in force.

    Raises:
        LanguageFault: ``conflict``, when there are two times in force.
    """
    lasting = [by_kind[Kind.TIME_IN_FORCE] for by_kind in legs if Kind.TIME_IN_FORCE in by_kind]
    for other in lasting[1:]:
        if other.value != lasting[0].value:
            raise LanguageFault(
                Code.CONFLICT, "There are two times in force. Keep one.", other.span, [(Edit(other.span, ""),)]
            )
    return {**legs[-1], Kind.TIME_IN_FORCE: lasting[0]} if lasting else legs[-1]


# ---- what belongs to which leg


def _names_a_leg(leg: Sequence[Part]) -> bool:
    kinds = {part.kind for part in leg}
    return bool(kinds & {Kind.STRIKE}) or {Kind.NUMBER, Kind.RIGHT} <= kinds or {Kind.QUANTITY, Kind.SYMBOL} <= kinds


def _sharing(typed: Sequence[Sequence[Part]]) -> list[Sequence[Part]]:
    """The legs, each with the symbol and the expiration that the line names once for all."""
    shared = {}
    for kind in (Kind.SYMBOL, Kind.EXPIRATION):
        said = [part for leg in typed for part in leg if part.kind is kind]
        if len({_meaning(part) for part in said}) == 1:
            shared[kind] = said[0]
    return [_with_shared(leg, list(shared.values())) for leg in typed]


def _with_shared(leg: Sequence[Part], shared: Sequence[Part]) -> Sequence[Part]:
    kinds = {part.kind for part in leg}
    wanted = [
        part
        for part in shared
        if part.kind not in kinds and (part.kind is Kind.SYMBOL or kinds & (OF_AN_OPTION | {Kind.CONTRACTS}))
    ]
    return [*leg[:1], *wanted, *leg[1:]] if wanted else leg


def _meaning(part: Part) -> object:
    return part.value.symbol if part.kind is Kind.SYMBOL else part.value


def _refuse_unsaid_sizes(read: Sequence[tuple[AskedLeg, ByKind]]) -> None:
    """Refuse ``BTO 2 SPY 450C 12/18, STO SPY 460C 12/18``: one of them, or two as well?"""
    said = [
        leg.quantity for leg, by_kind in read if Kind.QUANTITY in by_kind and not isinstance(leg.quantity, HeldPart)
    ]
    unsaid = [
        by_kind for leg, by_kind in read if Kind.QUANTITY not in by_kind and not isinstance(leg.quantity, HeldPart)
    ]
    if unsaid and any(many != 1 for many in said):
        action = unsaid[0][Kind.ACTION]
        end = action.span[1]
        fixes = [(Edit((end, end), f" {many}"),) for many in dict.fromkeys(said)]
        raise LanguageFault(
            Code.BAD_QUANTITY, "How many of this leg? Write a number for every leg.", action.span, fixes
        )


def _refuse_two_orders(read: Sequence[tuple[AskedLeg, ByKind]], typed: Sequence[Sequence[Part]]) -> None:
    """
    Refuse legs that make no strategy, and have no word between them that makes them one order.

    Where one is bought and one is sold, a debit or credit makes them one: it is the price of all together.
    """
    legs = [leg for leg, _ in read]
    both_sides = {leg.action.buys for leg in legs} == {True, False}
    has_shares = any(isinstance(leg.instrument, AskedShares) for leg in legs)
    is_one = both_sides and not has_shares and Kind.EFFECT in read[-1][1]
    if strategy_of(legs) is Strategy.CUSTOM and not is_one:
        fix = tuple(Edit((leg[0].span[0], leg[0].span[0]), ", ") for leg in typed[1:])
        message = "Is that one order, or one for each leg? Write a comma between the legs of one order."
        raise LanguageFault(Code.AMBIGUOUS, message, span_over([part for leg in typed for part in leg]), [fix])
