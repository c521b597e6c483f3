"""
The account: whatever stands in the text stands in the order, and whatever stands in the order stands in the text.

    text    BTO  10     SPY     450  C     12  18    @  2.50
             │    │      │       │   │      │   │        │
    order  action quantity ticker strike right expiration price

Numbers and fields are paired one to one. A number without a field was dropped, a field without a number was made up,
and each of the two is the kind of nonsense that costs money. Words are held to the demands of `lexicon`.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from decimal import Decimal

from lexicon import CLOSING, DAY_OF, HELD_PARTS, MONTH_OF, ORDER_WORDS, Order, dates, days_out, falls_on
from phrases import NUMBERS, WEEK, counted, days_said
from reading import Figure, Reading, read
from shapes import Leg
from spoken_days import plain_days

from tastyflow.domain import expirations as exchange

Slot = tuple[str, Decimal]


def complaints(order: Order, body: str, today: date) -> Iterator[str]:
    """What in the text is not in the order, and what in the order is not in the text."""
    symbols = [leg["underlying"] for leg in order["legs"]]
    body = re.sub(" +", " ", body)
    for ticker in set(symbols):
        marked = rf"\${re.escape(ticker)}(?![\w./])"  # it is nothing else, however often it is said
        body = re.sub(rf"{marked}(?=.*{marked})", " ", body) if len(set(symbols)) == len(order["legs"]) == 1 else body
        if "." in ticker:  # as an option's root, it is spelt without
            body = re.sub(rf"(?<!\w){ticker.replace('.', '[./]?')}(?![A-Z])", ticker.replace(".", ""), body)
        if ticker not in NUMBERS:  # said twice, it is no other word of ours
            body = re.sub(rf"(\b{ticker}\b)(?: +\1\b)+", r"\1", body)
    tickers = Counter(symbol.replace(".", "") for symbol in symbols)
    for days in days_out(order):
        body = body.replace(f"({days} DTE)", f"{days} DTE").replace(f"({days}DTE)", f"{days} DTE")
    body, said_days = days_said(plain_days(body), today)
    body = re.sub(r"\b(THIS +(?=[A-Z])|(CREDIT|DEBIT)(?= +SPREAD))", " ", body)  # to close a credit spread is a debit
    body, unsaid_parts = _without_parts(body, order)
    yield from (f"the part {part} of what is held stands nowhere in the text" for part in unsaid_parts)
    body, in_words = counted(body, set(tickers), {_many(leg) for leg in order["legs"]})
    reading = read(body)
    figures = [*in_words, *reading.figures]
    if any(leg["quantity"] == 1 and leg["action"] in CLOSING for leg in order["legs"]) and not (
        {"A", "AN"} & set(reading.words) or any(each.value == 1 and "quantity" in each.kinds for each in figures)
    ):
        yield "one is closed, and the text has no number: that is all of it"
    yield from _words(order, reading, tickers)
    yield from _numbers(order, figures, _times_said(order, reading.words))
    for day in dict.fromkeys(dates(order)):
        yield from _day(day, reading, figures, said_days, today)
    unsaid = [day for day in said_days if day not in set(dates(order))]
    yield from (f"the text says a day that is {day}, the order does not" for day in unsaid)


def _many(leg: Leg) -> int:
    """Of what, the number; one where the position says it."""
    return 1 if isinstance(leg["quantity"], dict) else leg["quantity"]


def _without_parts(body: str, order: Order) -> tuple[str, list[str]]:
    """The body without its parts of a position, and those that it does not say."""
    unsaid: list[str] = []
    if any(leg["underlying"] == "ALL" for leg in order["legs"]):
        body = re.sub(r"\b(ON|FOR|OF) +ALL\b", r"\1 $ALL", body)
    verbs = len(re.findall(r"\b(?:BTO|BTC|STO|STC|BUY|SELL|LONG|SHORT|CLOSE|EXIT|OPEN|COVER|WRITE)\b", body))
    for leg in order["legs"] if verbs > 1 else order["legs"][:1]:  # of a strategy by its name, it is said once
        if not isinstance(leg["quantity"], dict):
            continue
        part = leg["quantity"]["held"]
        shorter = re.sub(rf"(?<![\w$/])(?:{HELD_PARTS[part]})(?![\w/])", " ", body, count=1)
        if shorter == body and part != "all" and order["strategy"] in ("single", "custom"):
            unsaid.append(part)
        body = shorter
    return body, unsaid


# --- words ---


def _words(order: Order, reading: Reading, tickers: Counter[str]) -> Iterator[str]:
    said = Counter(reading.words)
    for ticker in tickers:
        if not said[ticker]:
            yield f"{ticker} is traded, and not named"
    for word, times in said.items():
        demand = ORDER_WORDS.get(word)
        if demand(order) if demand else word in tickers:
            continue
        if times <= tickers[word]:  # a ticker that is a word of ours, too
            continue
        glued_to_a_day = word in ("ST", "ND", "RD", "TH") and MONTH_OF.keys() & said.keys()
        if not glued_to_a_day:
            yield f"'{word}' is no word of ours" if demand is None else f"'{word}' is said, and not so in the order"
    yield from _unsaid(order, {word for word in said if said[word] > 0})


def _unsaid(order: Order, said: set[str]) -> Iterator[str]:
    """What the order holds although no word of the text asks for it."""
    rights = {leg.get("right") for leg in order["legs"]} - {None}
    both = order.get("strategy") in ("straddle", "strangle", "iron_condor", "iron_butterfly")
    wanted = {
        "a call": ("call" in rights and not both, {"CALL", "CALLS", "C", "CCS", "CDS", "CS"}),
        "a put": ("put" in rights and not both, {"PUT", "PUTS", "P", "PCS", "PDS", "PS", "CSP", "CSPS", "CASH"}),
        "a market order": (order["order_type"] == "market", {"MARKET", "MKT"}),
        "a stop": (order["stop"] is not None, {"STOP", "STP", "STOPLOSS"}),
        "the mid price": (order["price"] == "mid", {"MID", "MIDPOINT", "MARK"}),
        "the natural price": (order["price"] == "natural", {"NAT", "NATURAL", "BID", "ASK"}),
    }
    lasting = str(order["time_in_force"] or "day").partition(":")[0]
    words = {"gtc": {"GTC", "GOOD"}, "gtd": {"GTD", "GOOD"}, "ext": {"EXT", "EXTENDED"}, "ioc": {"IOC", "IMMEDIATE"}}
    wanted[f"to last {lasting}"] = (lasting != "day", words.get(lasting, set()))
    yield from (
        f"{what}, and the text does not say so" for what, (holds, by) in wanted.items() if holds and not by & said
    )


# --- numbers ---


def _times_said(order: Order, said: Sequence[str]) -> int:
    """How often a day is named by its month: what is said twice must agree, and ``Dec 18 18DEC26`` does."""
    return max(sum(word in MONTH_OF for word in said) // max(len(set(dates(order))), 1), 1)


def _slots(order: Order, times: int) -> tuple[list[Slot], list[Slot]]:
    """All the fields that a number may fill, and those that a number must fill; a day is said some *times*."""
    may: list[Slot] = []
    must: list[Slot] = []
    for leg in order["legs"]:
        if not isinstance(leg["quantity"], dict):
            may.append(("quantity", Decimal(leg["quantity"])))
        if "strike" in leg:
            may.append(("strike", Decimal(leg["strike"])))
            must.append(may[-1])
    if order.get("quantity"):  # of a replacement
        may.append(("quantity", Decimal(order["quantity"])))
        must.append(may[-1])
    for kind in ("price", "stop"):
        if order[kind] not in (None, "mid", "natural"):
            may.append((kind, Decimal(order[kind])))
            must.append(may[-1])
    for days in days_out(order):
        may.append(("dte", Decimal(days)))
        must.append(may[-1])
    for day in dates(order):
        may += [("month", Decimal(day.month)), ("day", Decimal(day.day)), ("year", Decimal(day.year))] * times
    units = {leg["quantity"] for leg in order["legs"] if not isinstance(leg["quantity"], dict)}
    if order.get("strategy") == "butterfly" and units:
        units = {min(units)}
    return may, list(dict.fromkeys(must)) + [("quantity", Decimal(unit)) for unit in units if unit != 1]


def _numbers(order: Order, figures: Sequence[Figure], times: int) -> Iterator[str]:
    may, must = _slots(order, times)
    figures = sorted(
        figures, key=lambda figure: -len(figure.kinds)
    )  # the figure that fits the most fields is paired first
    for at in _unpaired(figures, may, _fits):
        if "quantity" not in figures[at].kinds and any(_fits(figures[at], slot) for slot in may):
            continue  # the same said twice: "450C 450C" is no contradiction, "10 10" leaves one to wonder
        yield f"the number {figures[at].typed} is in no field ({', '.join(sorted(figures[at].kinds))})"
    for at in _unpaired(must, figures, lambda slot, figure: _fits(figure, slot)):
        yield f"the {must[at][0]} {must[at][1]} stands nowhere in the text"


def _fits(figure: Figure, slot: Slot) -> bool:
    kind, value = slot
    if kind == "year" and kind in figure.kinds:
        return figure.value in (value, value % 100)
    if kind == "dte" and {"weeks", "months"} & figure.kinds:
        return figure.value * (7 if "weeks" in figure.kinds else 30) == value
    return kind in figure.kinds and figure.value == value


def _unpaired(these: Sequence, those: Sequence, fits: Callable[..., bool]) -> list[int]:
    """Those of *these* that find no partner of their own, when as many as possible do (Kuhn's matching)."""
    taken: dict[int, int] = {}

    def pair(at: int, tried: set[int]) -> bool:
        for other in range(len(those)):
            if other not in tried and fits(these[at], those[other]):
                tried.add(other)
                if other not in taken or pair(taken[other], tried):
                    taken[other] = at
                    return True
        return False

    return [at for at in range(len(these)) if not pair(at, set())]


# --- days ---


def _day(day: date, reading: Reading, figures: Sequence[Figure], said: Sequence[date], today: date) -> Iterator[str]:
    """Whether a day of the order follows from the text."""
    numbers = [(kind, each.value) for each in figures for kind in each.kinds]
    months = {MONTH_OF[word] for word in reading.words if word in MONTH_OF}
    month_said = day.month in months or ("month", day.month) in numbers
    monthly = day.month in months and day == exchange.standard_monthly(day.year, day.month)
    by_date = month_said and (("day", day.day) in numbers or monthly)
    by_weekday = any(falls_on(day, DAY_OF[word]) for word in reading.words if word in DAY_OF) and day <= today + WEEK
    by_kind = {"MONTHLY", "MONTHLIES", "OPEX"} & set(reading.words) and day == exchange.next_standard_monthly(today)
    if not (day in said or by_date or by_weekday or by_kind):
        yield f"{day} follows from no word"
    year_said = {("year", day.year), ("year", day.year % 100)} & set(numbers)
    too_far = timedelta(800 if (day.month, day.day) == (2, 29) else 371)
    if by_date and not year_said and day > today + too_far:
        yield f"{day} is more than a year away, and the text has no year"
