"""
A strategy by its short name, or the ticker of that name.

    sell 5 SPY 450/440 PCS 12/18 @ 1          put credit spread: a put, and a spread that is sold
    sell 1 SPY 430/435/465/470 IC 12/18       iron condor
    sell 10 CSP AAPL 180 12/18 @ 2.50         cash secured put: a put that is sold to open, or bought back
    buy 5 SPY 450/460 cs 12/18 @ 3            call spread, where there is a price and the strikes agree with the side

    buy 10 PS 20c 12/18                       the ticker: there is no other symbol, and a contract without it
    buy 100 PDS @ 65                          shares of PDS, or a spread without its strikes? ambiguous

"CS" may also mean a credit spread, which may be of puts: only where it makes no difference is it the call spread.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from tastyflow.domain.commands import AskedAction
from tastyflow.domain.instruments import Right
from tastyflow.domain.ticket import Strategy
from tastyflow_grammar.meaning.sides import strikes_agree
from tastyflow_grammar.parts import ByKind, Kind, Part, SpreadKind, Ticker
from tastyflow_grammar.refusing.faults import Code, Edit, LanguageFault

_Says = tuple[tuple[Kind, object], ...]
_SPREADS: Final = {"CS": "call", "PS": "put"}
_CONDOR: Final[_Says] = ((Kind.STRATEGY, Strategy.IRON_CONDOR),)
_FLY: Final[_Says] = ((Kind.STRATEGY, Strategy.IRON_BUTTERFLY),)
_IRON: Final = (_CONDOR, _FLY)
_SOLD_PUT: Final[_Says] = ((Kind.RIGHT, Right.PUT),)
SAYS: Final[Mapping[str, _Says]] = {
    "PCS": ((Kind.RIGHT, Right.PUT), (Kind.SPREAD_KIND, SpreadKind.CREDIT)),
    "CCS": ((Kind.RIGHT, Right.CALL), (Kind.SPREAD_KIND, SpreadKind.CREDIT)),
    "PDS": ((Kind.RIGHT, Right.PUT), (Kind.SPREAD_KIND, SpreadKind.DEBIT)),
    "CDS": ((Kind.RIGHT, Right.CALL), (Kind.SPREAD_KIND, SpreadKind.DEBIT)),
    "CS": ((Kind.RIGHT, Right.CALL), (Kind.STRATEGY, Strategy.VERTICAL)),
    "PS": ((Kind.RIGHT, Right.PUT), (Kind.STRATEGY, Strategy.VERTICAL)),
    "IC": _CONDOR,
    "ICS": _CONDOR,
    "IB": _FLY,
    "CSP": _SOLD_PUT,
    "CSPS": _SOLD_PUT,
}
_OTHER_NAMES: Final = (Kind.STRATEGY, Kind.SPREAD_KIND)
_OF_A_CONTRACT: Final = frozenset(
    {
        Kind.RIGHT,
        Kind.BOTH_RIGHTS,
        Kind.STRIKE,
        Kind.STRIKES,
        Kind.EXPIRATION,
        Kind.CONTRACTS,
        Kind.SHARES,
        *_OTHER_NAMES,
    }
)
_PRICED: Final = (Kind.PRICE, Kind.EFFECT)
_OPENS_BOUGHT: Final = (AskedAction.BUY, AskedAction.BUY_TO_OPEN)


def name_shorthands(parts: Sequence[Part]) -> Sequence[Part]:
    """
    The parts, with every short name as what it stands for, or as the symbol.

    Raises:
        LanguageFault: ``ambiguous``, where it may be shares or a strategy, or a call spread that a side or a price does
            not settle; ``conflict`` for a cash secured put that is bought.
    """
    at = next((at for at, part in enumerate(parts) if part.kind is Kind.SHORTHAND), None)
    if at is None:
        return parts
    if not any(part.kind is Kind.SYMBOL for part in parts):
        _refuse_shares_or_name(parts, at)
        if _is_the_symbol(parts, at):
            symbol = Part(Kind.SYMBOL, Ticker(parts[at].value, sure=True), parts[at].span)
            return name_shorthands([*parts[:at], symbol, *parts[at + 1 :]])
    named: list[Part] = []
    for part in parts:
        if part.kind is Kind.SHORTHAND:
            _refuse_unsettled(part, parts)
            named += [Part(kind, value, part.span) for kind, value in SAYS[part.value]]
        else:
            named.append(part)
    return named


def _is_the_symbol(parts: Sequence[Part], at: int) -> bool:
    """
    Whether the line names a contract, or another strategy, without it: ``buy 10 PS 20c 12/18``.

    Behind its strike an iron condor's name is no symbol: ``BTC 440p IC 12/18`` closes a leg of one.
    """
    says = SAYS[parts[at].value]
    struck = any(part.kind is Kind.STRIKE for part in parts[:at])
    if says is _SOLD_PUT or (struck and says in _IRON):
        return False
    others = [*parts[:at], *parts[at + 1 :]]
    kinds = {part.kind for part in others}
    if kinds & {Kind.SHORTHAND, Kind.SHARES, *_OTHER_NAMES}:
        return True
    return Kind.RIGHT in kinds and Kind.STRIKES not in kinds


def _refuse_shares_or_name(parts: Sequence[Part], at: int) -> None:
    others = {part.kind for part in (*parts[:at], *parts[at + 1 :])}
    if others & (_OF_A_CONTRACT | {Kind.SHORTHAND, Kind.NUMBER}) or Kind.ACTION not in others:
        return
    name = parts[at]
    message = f"Is {name.value} the stock? Write ${name.value}. For the strategy, its symbol and strikes are missing."
    raise LanguageFault(Code.AMBIGUOUS, message, name.span, [(Edit(name.span, f"${name.value}"),)])


def _refuse_unsettled(name: Part, parts: Sequence[Part]) -> None:
    """Refuse a short name whose meaning the rest of the line does not settle."""
    if SAYS[name.value] is _SOLD_PUT:
        _refuse_no_sold_put(name, parts)
    elif name.value in _SPREADS and not any(part.kind in _PRICED or _is_price(part) for part in parts):
        raise _which_spread(name, (_SPREADS[name.value],))


def _is_price(part: Part) -> bool:
    return part.kind is Kind.NUMBER and part.value.pointed


def refuse_falling_call_spread(by_kind: ByKind) -> None:
    """
    Refuse ``sell 5 SPY 450/440 cs``: the strikes fall as those of a credit spread of puts.

    Raises:
        LanguageFault: ``ambiguous``.
    """
    right, name = by_kind.get(Kind.RIGHT), by_kind.get(Kind.STRATEGY)
    both_in_one = right and name and right.span == name.span and right.value is Right.CALL
    strikes = [each.figure.value for each in by_kind[Kind.STRIKES].value] if Kind.STRIKES in by_kind else []
    if right and both_in_one and not strikes_agree(strikes, Right.CALL):
        raise _which_spread(right, ("put", "call"))


def _which_spread(name: Part, rights: Sequence[str]) -> LanguageFault:
    fixes = [(Edit(name.span, f"{right} spread"),) for right in rights]
    written = " or ".join(repr(f"{right} spread") for right in rights)
    return LanguageFault(Code.AMBIGUOUS, f"Which spread is that? Write {written}.", name.span, fixes)


def _refuse_no_sold_put(name: Part, parts: Sequence[Part]) -> None:
    """Refuse a cash secured put that is bought, or that is one of several legs."""
    others = {part.kind for part in parts if part is not name}
    if others & {Kind.SHORTHAND, Kind.STRIKES, *_OTHER_NAMES}:
        message = "A cash secured put is one put, at one strike."
        raise LanguageFault(Code.CONFLICT, message, name.span, [(Edit(name.span, ""),)])
    action = next((part for part in parts if part.kind is Kind.ACTION), None)
    closes = any(part.kind is Kind.EFFECT_ON_POSITION and part.value == "close" for part in parts)
    if action is None or action.value not in _OPENS_BOUGHT or closes:
        return
    message = "A cash secured put is sold. To end one, write 'buy to close'."
    fixes = [(Edit(action.span, f"{instead} "),) for instead in ("sell to open", "buy to close")]
    raise LanguageFault(Code.CONFLICT, message, action.span, fixes)
