"""
Days as they are written in chat, in the few ways that the rest of the second opinion knows.

    12-18-26, 12.18.26      12/18/26           01/2028            JAN 2028
    18-Dec-26, Dec18'26     18 DEC 26          two weeks out      2 WEEKS OUT
    mid Dec                 DEC                a month from now   1 MONTHS OUT

What is no day stays as it is: ``mid Dec 18`` has a price, ``@ mid`` too.
"""

import re
from decimal import Decimal

from lexicon import MONTH_OF

_UNITS = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN")
_TEENS = ("ELEVEN", "TWELVE", "THIRTEEN", "FOURTEEN", "FIFTEEN", "SIXTEEN", "SEVENTEEN", "EIGHTEEN", "NINETEEN")
_TENS = ("TWENTY", "THIRTY", "FORTY", "FIFTY", "SIXTY", "SEVENTY", "EIGHTY", "NINETY")
UNITS = {word: at for at, word in enumerate(_UNITS + _TEENS, 1)}
TENS = {word: 10 * at for at, word in enumerate(_TENS, 2)}
MONTH = "|".join(sorted(MONTH_OF, key=len, reverse=True))
SHORT = {number: name for name, number in MONTH_OF.items() if len(name) == 3}
_COUNT = re.compile(
    rf"\b(?:(?P<tens>{'|'.join(TENS)})(?:[ -]+(?P<more>{'|'.join(_UNITS)}))?|(?P<few>{'|'.join(UNITS)}))"
    r"(?= +(?:DAYS?|WEEKS?|WKS?|MONTHS?|MOS? +OUT)\b)"
)
_LATER = r"(?:OUT|AWAY|FROM +NOW)"
_DAY_BEHIND = r"(?!,? +(?:0?[1-9]|[12]\d|3[01])(?:ST|ND|RD|TH)?(?![\w%]|[/.,+-]\d))"
_MID = re.compile(
    rf"(?P<before>(?:@|\bAT|\bLIMIT|\bLMT|\bFOR|^) +)?\bMID(?:DLE)?(?: +OF)?(?: +|-)"
    rf"(?=(?:THIS|NEXT) +MONTH\b|(?:{MONTH})\b\.?{_DAY_BEHIND})"
)
_REWRITTEN = (
    (re.compile(r"(?<![\w./$-])(20\d\d)/(\d{1,2})/(\d{1,2})(?![\w/])"), r"\1-\2-\3"),
    (re.compile(r"(?<![\w./$-])(\d{1,2})[.](\d{1,2})[.](\d{4}|\d\d)(?![\w%]|[./-]\d)"), r"\1/\2/\3"),
    (re.compile(r"(?<![\w./$-])(\d{1,2})-(\d{1,2})-(\d{4}|\d\d)(?![\w%]|[./-]\d)"), r"\1/\2/\3"),
    (re.compile(r"(?<![\w./$-])(\d{1,2})-(\d{1,2})(?![\w%]|[./-]\d)"), r"\1/\2"),
    (re.compile(rf"(?<![\w./$-])(\d{{1,2}})-?(?=(?:{MONTH})(?![A-Z]))"), r"\1 "),
    (re.compile(rf"\b({MONTH})[-'](?=\d)"), r"\1 "),
    (re.compile(r"(?<=\d)-(?=DTE\b)"), ""),
    (re.compile(rf"\bIN +AN? +(WEEK|MONTH)\b(?: +{_LATER}\b)?"), r"IN 1 \1S"),
    (re.compile(rf"\bAN? +(WEEK|MONTH) +{_LATER}\b"), r"1 \1S OUT"),
    (re.compile(rf"(?<=\d) +(?:MOS?|MONTHS?) +{_LATER}\b"), " MONTHS OUT"),
    (re.compile(rf"(?<=\d) +(?:WEEKS?|WKS?) +{_LATER}\b"), " WEEKS OUT"),
    (re.compile(r"(?<=\d) +WKS?\b"), " WEEKS"),
    (re.compile(rf"(?<=\d) +DAYS? +{_LATER}\b"), " DAYS OUT"),
)


def plain_days(body: str) -> str:
    """A body whose days are written as the rest knows them."""
    body = _COUNT.sub(lambda found: str(_number(found)), body)
    for pattern, instead in _REWRITTEN:
        body = pattern.sub(instead, body)
    body = re.sub(r"(?<![\w./$-])(0?[1-9]|1[0-2])[/-](20\d\d)(?![\w/])", _by_name, body)
    return _MID.sub(lambda found: found.group() if found["before"] else " ", body)


def _number(found: re.Match[str]) -> Decimal:
    tens, more, few = found["tens"], found["more"], found["few"]
    return Decimal(UNITS[few] if few else TENS[tens] + UNITS.get(more or "", 0))


def _by_name(found: re.Match[str]) -> str:
    return f"{SHORT[int(found[1])]} {found[2]}"
