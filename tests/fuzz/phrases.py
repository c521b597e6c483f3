"""
Days and numbers that are said in words: ``next friday``, ``2 weeks out``, ``twenty-five``.

    body ─▶ days_said ─▶ the body without them, and the days    ─▶ counted ─▶ the body without them, and the numbers
"""

import re
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal

from lexicon import DAY_OF, MONTH_OF
from reading import Figure
from spoken_days import MONTH

from tastyflow.domain import expirations as exchange

WEEK = timedelta(weeks=1)

_UNITS = ("ONE", "TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN", "EIGHT", "NINE", "TEN")
_TEENS = ("ELEVEN", "TWELVE", "THIRTEEN", "FOURTEEN", "FIFTEEN", "SIXTEEN", "SEVENTEEN", "EIGHTEEN", "NINETEEN")
_TENS = ("TWENTY", "THIRTY", "FORTY", "FIFTY", "SIXTY", "SEVENTY", "EIGHTY", "NINETY")
NUMBERS = (
    {word: at for at, word in enumerate(_UNITS + _TEENS, 1)}
    | {word: 10 * at for at, word in enumerate(_TENS, 2)}
    | {"DOZEN": 12, "HUNDRED": 100, "THOUSAND": 1_000}
)
_TIMES = ("DOZEN", "HUNDRED", "THOUSAND")
_NUMBER_WORD = re.compile(
    rf"(?<!\$)\b(?:(?:(?:A|{'|'.join(_UNITS)}) +)?(?:HUNDRED|THOUSAND)"
    rf"(?: +(?:AND +)?(?:{'|'.join(_TENS)})(?:[ -]+(?:{'|'.join(_UNITS)}))?)?"
    rf"|(?:(?:A|{'|'.join(_UNITS)}) +)?DOZEN"
    rf"|(?:{'|'.join(_TENS)})[ -]+(?:{'|'.join(_UNITS)})|{'|'.join(NUMBERS)})\b"
)
_DAY_NAME = "|".join(sorted(DAY_OF, key=len, reverse=True))


def _monday(today: date) -> date:
    """Of this week; Saturday and Sunday belong to the week ahead."""
    return today + timedelta(7 - today.weekday() if today.weekday() > exchange.FRIDAY else -today.weekday())


def _next_month(today: date) -> date:
    return (today.replace(day=1) + timedelta(31)).replace(day=1)


def _end_of(year: int, month: int) -> date:
    return exchange.last_trading_day_of_month(year, month)


def _end_of_named_month(today: date, typed: str) -> date:
    """``END OF DEC``, ``END OF JAN 2027``"""
    month = MONTH_OF[re.findall(MONTH, typed)[-1]]
    if years := re.findall(r"\d+", typed):
        return _end_of(2000 + int(years[0]) % 100, month)
    this_year = _end_of(today.year, month)
    return this_year if this_year >= today else _end_of(today.year + 1, month)


def _weekday_of_next_week(today: date, name: str) -> date:
    day = _monday(today) + WEEK + timedelta(DAY_OF[name.split()[-1]])
    return exchange.trading_day_on_or_before(day) if day.weekday() == exchange.FRIDAY else day


def _days_in(typed: str) -> int:
    return 7 if "WEEK" in typed else 30 if "MONTH" in typed else 1


PHRASES: Sequence[tuple[re.Pattern[str], Callable[[date, str], date]]] = [
    (re.compile(rf"(?<![\w$])(?:{words})(?![\w'])"), means)
    for words, means in [
        (rf"END +OF +(?:{MONTH})\b(?:,? +(?:20\d\d|'\d\d))?", _end_of_named_month),
        ("END +OF +NEXT +MONTH", lambda today, _: _end_of(_next_month(today).year, _next_month(today).month)),
        ("EOY|END +OF +(?:THE +|THIS +)?YEAR|YEAR[ -]+END", lambda today, _: _end_of(today.year, 12)),
        (
            "EOM|(?:THE +)?END +OF +(?:THE +|THIS +)?MONTH",
            lambda today, _: exchange.last_trading_day_of_month(today.year, today.month),
        ),
        ("NEXT +MONTH", lambda today, _: exchange.standard_monthly(_next_month(today).year, _next_month(today).month)),
        ("THIS +MONTH", lambda today, _: exchange.standard_monthly(today.year, today.month)),
        ("(?:END +OF +)?NEXT +WEEK", lambda today, _: exchange.last_trading_day_of_week(today + WEEK)),
        (
            "THIS +WEEK|WEEKLYS?|WEEKLIES|EOW|(?:THE +)?END +OF +(?:THE +|THIS +)?WEEK",
            lambda today, _: exchange.last_trading_day_of_week(today),
        ),
        ("TODAY|(?<![+-])0 *DTE", lambda today, _: today),
        ("TOMORROW|TMRW?|(?<![+-])1 *DTE|1 +DAYS? +OUT", lambda today, _: exchange.next_trading_day(today)),
        (rf"NEXT +(?:{_DAY_NAME})", _weekday_of_next_week),
    ]
] + [
    (re.compile(r"\(\d+ DTE\)"), lambda today, typed: today + timedelta(int(typed[1:-5]))),
    (
        re.compile(
            r"(?:(?<=GTD )|(?<=TIL )|(?<=TILL )|(?<=UNTIL )|(?<=GTD IN )|(?<=TIL IN )|(?<=TILL IN )|(?<=UNTIL IN ))"
            r"\d{1,4}(?: *DTE| +(?:DAY|WEEK|MONTH)S?(?: +OUT)?)\b"
        ),
        lambda today, typed: today + timedelta(int(re.match(r"\d+", typed).group()) * _days_in(typed)),
    ),
]
"""
Ways to say one day, and which it is. The last are how our own words count the days to a date beside it, and the last
day of an order, which no chain has to know.
"""


def days_said(body: str, today: date) -> tuple[str, list[date]]:
    """The body without its ways to say a day, and the days."""
    days: list[date] = []
    for pattern, means in PHRASES:
        days += [means(today, said) for said in pattern.findall(body)]
        body = pattern.sub(" \x02 ", body)  # what stood around it are no neighbours
    return body, days


def counted(body: str, tickers: set[str], quantities: set[int]) -> tuple[str, list[Figure]]:
    """The body without its quantities in words, and these. Of a word that is also the ticker, the first may be one."""
    found = list(_NUMBER_WORD.finditer(body))
    for ticker in tickers & NUMBERS.keys():
        named = [each for each in found if each.group() == ticker]
        in_figures = re.search(rf"(?<![\w$./]){NUMBERS[ticker]}X?(?![\w./])", body)
        counts = f"${ticker}" in body or (len(named) > 1 and NUMBERS[ticker] in quantities and not in_figures)
        found = [each for each in found if each not in named[counts:]]
    figures = []
    for each in reversed(found):
        value = 0
        for word in re.split(r"[ -]+", each.group()):
            value = (value or 1) * NUMBERS[word] if word in _TIMES else value + NUMBERS.get(word, 0)
        figures.append(Figure(Decimal(value), frozenset({"quantity"}), each.group()))
        body = f"{body[: each.start()]} {body[each.end() :]}"
    return body, figures
