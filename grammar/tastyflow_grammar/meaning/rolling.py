"""
A roll is not offered by its name: its two legs are written out, where the text says all of both.

    roll 5 SPY 450C 12/18 to 460C 1/15 for .50 credit
        buy to close 5 SPY 450C 12/18, sell to open 5 SPY 460C 1/15 for .50 credit        of what was sold
        sell to close 5 SPY 450C 12/18, buy to open 5 SPY 460C 1/15 for .50 credit        of what was bought

What the new contract does not say, it has from the old one. Which side is held, the text rarely says: both are offered,
and a credit or debit that one of them cannot have drops that one.
"""

from collections.abc import Sequence
from typing import Final, NoReturn

from tastyflow.domain.commands import AskedAction
from tastyflow_grammar.days import NewYorkDay
from tastyflow_grammar.meaning.legs import one_leg
from tastyflow_grammar.parts import Kind, Part, Statement, span_over
from tastyflow_grammar.reading.line import Line
from tastyflow_grammar.refusing.faults import Code, Edit, Fix, LanguageFault
from tastyflow_grammar.vocabulary import REASONS

_SHORT, _LONG = ("buy to close", "sell to open"), ("sell to close", "buy to open")
_HELD: Final = {
    AskedAction.SELL_TO_OPEN: (_SHORT,),
    AskedAction.BUY_TO_OPEN: (_LONG,),
    None: (_SHORT, _LONG),
}
_CONTRACT: Final = (Kind.SYMBOL, Kind.STRIKE, Kind.RIGHT, Kind.EXPIRATION)


def roll(line: Line, statement: Statement, today: NewYorkDay) -> NoReturn:
    """
    Refuse a roll, and offer its legs.

    Raises:
        LanguageFault: ``unsupported``.
    """
    raise LanguageFault(
        Code.UNSUPPORTED, REASONS["ROLL"], line.word_at(line.span[0]), _written_out(line, statement, today)
    )


def _written_out(line: Line, statement: Statement, today: NewYorkDay) -> list[Fix]:
    old, new = statement.legs
    held = _HELD.get(next((part.value for part in old if part.kind is Kind.ACTION), None), ())
    counted = [part for part in old if part.kind is Kind.QUANTITY]
    contract = [part for part in old if part.kind not in (Kind.ACTION, Kind.QUANTITY)]
    many = counted[0].value if counted else 1
    if not new or any(part.kind not in _CONTRACT for part in contract):
        return []
    taken = [part for part in contract if not _says(new, part.kind)]
    action = Part(Kind.ACTION, AskedAction.BUY, (0, 0))
    try:
        one_leg([action, *contract], today)
        one_leg([action, *taken, *new], today)
    except LanguageFault:
        return []
    shown = line.shown()
    old_words = _words(shown, contract)
    new_words = " ".join([*_taken(shown, taken), _words(shown, new)])
    return [
        (Edit(line.span, f"{closing} {many} {old_words}, {opening} {many} {new_words}"),) for closing, opening in held
    ]


def _says(parts: Sequence[Part], kind: Kind) -> bool:
    """Whether some parts name a kind; a bare number without a point is a strike."""
    return any(
        part.kind is kind or (kind is Kind.STRIKE and part.kind is Kind.NUMBER and part.value.is_count)
        for part in parts
    )


def _taken(shown: str, parts: Sequence[Part]) -> list[str]:
    """The words of what the new contract has from the old one; a right without its strike as a word: ``call``."""
    struck = any(part.kind is Kind.STRIKE for part in parts)
    written = [(part.span, part.value) for part in parts if part.kind is Kind.RIGHT and not struck]
    others = dict.fromkeys(part.span for part in parts if part.kind is not Kind.RIGHT or struck)
    return [*(shown[slice(*span)] for span in others), *(str(right) for _, right in written)]


def _words(shown: str, parts: Sequence[Part]) -> str:
    return shown[slice(*span_over(parts))]
