"""
The strikes of a strategy, in one row, however they are written.

    430/435/465/470, 450-460                   a row as typed
    430p 470c, strike 450                      one by one
    430 put 470 call                           each number with its right
    450 460 call spread, IC 430 435 465 470    bare numbers side by side, as many as the name takes

The order of strikes is the text's, but where the name alone says which one is sold: a put credit spread 440/450 sells
the 450, and stands as 450/440. An iron condor in two pairs whose calls come first stands from the lowest strike up, but
where calls and puts are named.
"""

from collections.abc import Sequence
from decimal import Decimal
from itertools import groupby, pairwise

from tastyflow.domain.instruments import Right
from tastyflow.domain.ticket import Strategy
from tastyflow_grammar.parts import ByKind, Kind, Part, RowStrike, span_over
from tastyflow_grammar.refusing.faults import Code, Edit, LanguageFault


def paired(parts: Sequence[Part]) -> list[Part]:
    """``430 put 470 call``: each number goes with its right."""
    rights = [at for at, part in enumerate(parts) if part.kind is Kind.RIGHT]
    if len(rights) < 2 or any(at == 0 or parts[at - 1].kind is not Kind.NUMBER for at in rights):
        return list(parts)
    row_strikes = {
        at - 1: Part(
            Kind.STRIKES, (RowStrike(parts[at - 1].value, parts[at].value),), (parts[at - 1].span[0], parts[at].span[1])
        )
        for at in rights
    }
    return [row_strikes.get(at, part) for at, part in enumerate(parts) if at not in rights]


def side_by_side(parts: Sequence[Part], strikes: int) -> list[Part]:
    """
    The parts, with bare numbers side by side as a row: ``450 460 call spread``.

    Only as many as the strategy takes, none more than twice another: ``5 450`` may be a quantity and a strike. Behind
    them the price may stand, with a decimal point and smaller than the strikes lie apart: ``call spread 450 460 3.10``.

    Args:
        parts: As read.
        strikes: How many the strategy takes.
    """
    if strikes < 2 or any(part.kind in (Kind.STRIKE, Kind.STRIKES) for part in parts):
        return list(parts)
    rows = [row for row in (_row(run, strikes) for run in _runs(parts)) if row]
    if len(rows) != 1:
        return list(parts)
    (row,) = rows
    at = parts.index(row[0])
    value = tuple(RowStrike(part.value) for part in row)
    return [*parts[:at], Part(Kind.STRIKES, value, span_over(row)), *parts[at + strikes :]]


def in_one_row(parts: Sequence[Part]) -> list[Part]:
    """The parts, with all strikes in one: ``430p 470c`` and ``strike 450`` as well as ``430p/470c``."""
    struck = [part for part in parts if part.kind in (Kind.STRIKE, Kind.STRIKES)]
    if not struck:
        return list(parts)
    spans = {part.span for part in struck if part.kind is Kind.STRIKE}
    written_at = {part.span: part.value for part in parts if part.kind is Kind.RIGHT and part.span in spans}
    row_strikes: list[RowStrike] = []
    for part in struck:
        row_strikes += part.value if part.kind is Kind.STRIKES else [RowStrike(part.value, written_at.get(part.span))]
    row = Part(Kind.STRIKES, tuple(row_strikes), (struck[0].span[0], struck[-1].span[1]))
    others = [part for part in parts if part not in struck and not (part.kind is Kind.RIGHT and part.span in spans)]
    return sorted([*others, row], key=lambda part: part.span)


def refuse_range(parts: Sequence[Part]) -> None:
    """
    Refuse a dash right behind the action: ``buy 5-10 call spreads`` may be five to ten of them.

    Raises:
        LanguageFault: ``ambiguous``.
    """
    for before, row in pairwise(parts):
        if before.kind is Kind.ACTION and row.kind is Kind.STRIKES and all(_may_count(each) for each in row.value):
            slashed = "/".join(str(each) for each in row.value)
            message = f"Are these the strikes? Write {slashed}. A quantity is one number."
            raise LanguageFault(Code.AMBIGUOUS, message, row.span, [(Edit(row.span, slashed),)])


def in_order_of_the_name(
    strategy: Strategy, strikes: tuple[Decimal, ...], by_kind: ByKind, right: Right | None
) -> tuple[Decimal, ...]:
    """The strikes in the order of the legs: the text's, but where the name alone settles it."""
    if strategy is Strategy.VERTICAL and Kind.SPREAD_KIND in by_kind:
        return tuple(sorted(strikes, reverse=right is Right.PUT))
    said = Kind.BOTH_RIGHTS in by_kind or any(each.right for each in by_kind[Kind.STRIKES].value)
    if strategy is Strategy.IRON_CONDOR and not said and _in_pairs_of_calls_and_puts(strikes):
        return tuple(sorted(strikes))
    return strikes


def _in_pairs_of_calls_and_puts(strikes: Sequence[Decimal]) -> bool:
    """Whether two pairs stand side by side, the higher one first, and do not fall throughout: 6500/6525/6100/6075."""
    return min(strikes[:2]) > max(strikes[2:]) and list(strikes) != sorted(strikes, reverse=True)


def _runs(parts: Sequence[Part]) -> list[list[Part]]:
    """The bare numbers that stand side by side."""
    return [list(run) for is_number, run in groupby(parts, lambda part: part.kind is Kind.NUMBER) if is_number]


def _row(run: Sequence[Part], strikes: int) -> list[Part]:
    """The strikes among some numbers side by side; empty where it is not sure that they are these."""
    row, rest = list(run[:strikes]), run[strikes:]
    values = [part.value.value for part in row]
    if len(row) < strikes or len(rest) > 1 or max(values) > 2 * min(values):  # "5 450", "450 3.10": not two strikes
        return []
    if rest:
        price = rest[0].value
        return row if price.pointed and price.value < max(values) - min(values) else []
    return row


def _may_count(each: RowStrike) -> bool:
    return each.dashed and each.right is None and each.figure.is_count
