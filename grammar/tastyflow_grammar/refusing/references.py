"""
Words that refer to an order, where there is none before them: what to write instead.

    again                  There is no order to repeat. Write it whole: …
    make it 1.25           There is no order to change. …
    again and again        (talk)
"""

from collections.abc import Mapping
from typing import Final

from tastyflow_grammar.parts import Kind
from tastyflow_grammar.reading.changes import OldFigures, is_said_as_change, said_as_change
from tastyflow_grammar.reading.follow_ups import Refers, follow_up
from tastyflow_grammar.reading.line import Line
from tastyflow_grammar.reading.replies import said_in

NOTHING_BEFORE: Final[Mapping[Refers, str]] = {
    Refers.REPEAT: "There is no order to repeat. Write it whole: 'buy 10 SPY 450C Dec 18'.",
    Refers.SCALE: "There is no order whose size it could be. Write it whole: 'buy 10 SPY 450C Dec 18'.",
    Refers.CLOSE: "There is no order to close. Name what you hold: 'close SPY 450C Dec 18', 'flatten SPY'.",
    Refers.SELL: "There is no order to sell out of. Name what you hold: 'STC SPY 450C Dec 18'.",
    Refers.BUY: "There is no order to buy back. Name what you are short of: 'BTC SPY 450C Dec 18'.",
    Refers.ROLL: "There is no order to roll. Write both: 'STC 1 SPY 450C Dec 18, BTO 1 SPY 450C Jan 15 @ natural'.",
    Refers.CANCEL: "Which order? Write 'cancel last', or 'cancel 7f3a'.",
}
"""What is said to words that refer to an order, where there is none before them."""
NO_ORDER_TO_CHANGE: Final = "There is no order to change. Write it whole, or 'replace 7f3a @ 1.25' of one at work."


def refers_to_nothing(line: Line) -> str | None:
    """What is said to a line that refers to an order before it, where there is none; None of any other line."""
    words = " ".join(line.shown().split())
    if wanted := follow_up(words):
        return NOTHING_BEFORE[wanted.refers]
    if is_said_as_change(words):
        readings = said_as_change(words, OldFigures()).readings
        parts = [part for reading in readings for part in said_in(reading.upper())]
        return NO_ORDER_TO_CHANGE if any(part.kind is not Kind.SYMBOL or part.value.sure for part in parts) else None
    return None
