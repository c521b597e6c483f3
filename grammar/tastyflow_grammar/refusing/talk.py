"""
Talk that holds words of the language, and asks for nothing: such a line is not answered.

    sell wall at 450, short squeeze on GME 50c     the first two words are a thing, not a verb and its object
    long 450 calls printing, … is free money       the reading stops at the verb of a statement
    loading SPY 500c, STC'd half my NVDA           the first word reports
    close at 450 today                             a price of the day's close: nothing is named that could be closed

Only a line that is refused is asked about, so that no order is lost to it. What begins with a verb, names a contract
and fails for another reason is answered.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from tastyflow_grammar.reading.line import Line
from tastyflow_grammar.reading.near_words import close_words
from tastyflow_grammar.refusing.faults import Code, LanguageFault
from tastyflow_grammar.vocabulary import ENGLISH


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


THINGS_SAID: Final[Mapping[str, frozenset[str]]] = {
    "BUY": _words("WALL WALLS SIDE SIGNAL SIGNALS PRESSURE PROGRAM PROGRAMS ZONE VOLUME IMBALANCE INTEREST RATING"),
    "SELL": _words("WALL WALLS SIDE SIGNAL SIGNALS PRESSURE PROGRAM PROGRAMS OFF OFFS VOLUME IMBALANCE RATING"),
    "SHORT": _words(
        """
        SQUEEZE SQUEEZES INTEREST SELLER SELLERS SELLING TERM WEEK WEEKS DAY COVERING LIVED SIDE FLOAT REPORT REPORTS
        GAMMA VEGA THETA DELTA VOL VOLATILITY DATED BIASED
        """
    ),
    "LONG": _words(
        """
        LIVE TERM SHOT SHOTS WEEK WEEKEND STORY WAY TIME WICK GAMMA VEGA THETA DELTA VOL VOLATILITY DATED LIVED SIDE
        BIASED RUN AGO AND
        """
    ),
    "OPEN": _words("INTEREST POSITIONS RANGE DRIVE HIGHS LOWS WAS WILL LOOKS SOURCE"),
    "CLOSE": _words("ENOUGH BUT ABOVE BELOW UNDER OVER NEAR TO WAS WILL TIES"),
    "EXIT": _words("LIQUIDITY POLL POLLS SCAM STRATEGY STRATEGIES PLAN PLANS SIGNAL INTERVIEW"),
    "BALANCE": _words("SHEET SHEETS OF"),
    "CANCEL": _words("CULTURE"),
    "STATUS": _words("QUO SYMBOL"),
    "ROLL": _words("CALL"),
    "REJECT": _words("AT FROM OFF"),
    "FLATTEN": _words("CURVE"),
    "ORDERS": _words("FOR FROM"),
    "APPROVE": _words("OF"),
}
"""First words of the language, and the words that make another thing of them."""
_CLOSE_CALL: Final = re.compile(r" *CLOSE +CALL +(ON|FOR|THERE|WITH|TODAY|LOL|BUT|AND)\b")
_STATES: Final = _words(
    """
    IS ISNT ARE ARENT WAS WASNT WERE BE BEEN WOULD COULD SHOULD MIGHT HAS HAD GOT GETS GETTING LOOK LOOKS LOOKED FEEL
    FEELS SEEM SEEMS MAKE MAKES MADE HIT HITS WENT GOES GONNA DID DOES DOESNT DIDNT WINS LOST PAID PAYS PAYING AINT
    """
)
"""The verbs of a statement; none of them has a place in an order."""
_HAPPENING: Final = re.compile(r"[A-Z]{3,}ING")
_REPORTS: Final = re.compile(r"[A-Z]+'(D|ING|ED)|[A-Z]{3,}ING")
_NO_VERBS_IN_TALK: Final = _words("LONG SHORT OPEN CLOSE")
_DAYS_CLOSE: Final = re.compile(r" *CLOSE *(AT|@|ABOUT|AROUND)? *\$?[\d.,]+( +(TODAY|TOMORROW|EOD|TONIGHT))?[ ,!.]*$")
_LONGEST_TICKER: Final = 5
_FIRST: Final = re.compile(r"[A-Z]+")
_CONTRACT_NEXT: Final = re.compile(r"\$?[\d.]|CALLS?\b|PUTS?\b|STRIKE\b")  # "long RUN 15c": there it is the ticker


def is_talk(line: Line, fault: LanguageFault) -> bool:
    """Whether a line that is refused for *fault* asks for nothing."""
    words = line.words
    found = _FIRST.match(words[0]) if words else None
    if found is None:
        return False
    first, behind = found.group(), [word.strip(",.!:;") for word in words[1:3] if word != "THE"]
    second = behind[0] if behind else ""
    if reports(words[0]):
        return True
    if second in THINGS_SAID.get(first, ()) and not _may_be_a_ticker(second, words[2:3]):
        return True
    if first == "CLOSE" and (_CLOSE_CALL.match(line.text) or _DAYS_CLOSE.match(line.text)):
        return True
    return fault.code == Code.SYNTAX and (second in _STATES or _stops_at_a_statement(line, fault, first))


def _may_be_a_ticker(word: str, behind: Sequence[str]) -> bool:
    """``long RUN 15c``: before a contract, a word that is no common English may be the ticker."""
    return len(word) <= _LONGEST_TICKER and word not in ENGLISH and any(map(_CONTRACT_NEXT.match, behind))


def reports(word: str) -> bool:
    """Whether the first word of a line tells what was done, or is being done: ``loading``, ``STC'd``."""
    return bool(_REPORTS.fullmatch(word))


def _stops_at_a_statement(line: Line, fault: LanguageFault, first: str) -> bool:
    word = line.text[slice(*fault.span)].strip(",.!:;")
    if word in _STATES:
        return True
    happens = word == "FROM" or (bool(_HAPPENING.fullmatch(word)) and not close_words(word))
    return first in _NO_VERBS_IN_TALK and happens  # "long SPY 450c from 2.50", "long 450 calls printing"
