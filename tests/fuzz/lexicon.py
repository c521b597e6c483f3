"""
The words of the order language as docs/language.md lists them, each with what it demands of the command.

    word ─▶ demand          "CALLS" ─▶ some leg is a call        "GTC" ─▶ the order works until cancelled

Written from the contract and not from the grammar: a word that the grammar takes in and this table does not know, or
takes in without its meaning, is a finding. An order is judged in the JSON form of the contract.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from tastyflow.domain import expirations as exchange

Order = Mapping[str, Any]
Demand = Callable[[Order], bool]


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


NOTES = words("LOTTO SWING SWINGING SCALP HEDGE YOLO RUNNER STARTER ASAP")
COURTESIES = NOTES | words("PLEASE PLS PLZ THANKS THX TY TASTYFLOW")
NAMES_AND_NOTES = "THANK +YOU|NEW +ORDER:?|DAY +TRADE"
"""What may stand at an end of a line in two words, as regular expressions."""
MONTHS = ("JANUARY", "FEBRUARY", "MARCH", "APRIL", "MAY", "JUNE", "JULY", "AUGUST", "SEPTEMBER", "OCTOBER", "NOVEMBER")
MONTH_OF = {name[:length]: at for at, name in enumerate((*MONTHS, "DECEMBER"), 1) for length in (3, 9)} | {"SEPT": 9}
DAY_OF = {
    word: at
    for at, names in enumerate(
        ("MON MONDAY", "TUE TUES TUESDAY", "WED WEDNESDAY", "THU THUR THURS THURSDAY", "FRI FRIDAY", "SAT", "SUN")
    )
    for word in names.split()
}
SAID_TALKING = words(
    """
    SHOULD DONT DON'T CAN CAN'T COULD WOULD WILL I I'M HE SHE THEY WE YOU SAID NEVER NOT NO WHY WHAT HOW WHO WHEN DID
    DO DOES IS ARE WAS HEY HI IF UNLESS ONCE ANYONE MAYBE
    """
)
"""What a question, a report, a negation or a condition begins with: never an order."""

OPENING = words(
    "BUY SELL BTO STO BTC STC LONG SHORT CLOSE EXIT GET GRAB PURCHASE WRITE COVER BULL BEAR PCS CCS PDS CDS"
)
"""What names a side; a bull or bear spread is bought or sold by its name."""

COINS = words("BTC ETH DOGE XRP")


HELD_PARTS: Mapping[str, str] = {
    "all": "ALL(?: +(?:OF +)?(?:(?:MY|THE) +)?(?:OPEN +)?POSITIONS)?|EVERYTHING|100%",
    "1/2": "(?:(?:A|ONE)[ -]+)?HALF|50%|1/2",
    "1/3": "1/3|(?:(?:A|ONE)[ -]+)?THIRD",
    "1/4": "25%|1/4|(?:(?:A|ONE)[ -]+)?QUARTER",
}
"""How a part of what is held is said; all of it may go without a word."""

CLOSING = words("close buy_to_close sell_to_close")


def held(order: Order) -> set[str]:
    """The parts of what is held that the legs of an order are."""
    return {leg["quantity"]["held"] for leg in order["legs"] if isinstance(leg["quantity"], dict)}


def dates(order: Order) -> Iterator[date]:
    """Every day that the command names: expirations, and the last day of a GTD order."""
    for leg in order["legs"]:
        if isinstance(leg.get("expiration"), str):
            yield date.fromisoformat(leg["expiration"])
    if str(order["time_in_force"]).startswith("gtd:"):
        yield date.fromisoformat(order["time_in_force"][4:])


def days_out(order: Order) -> list[int]:
    """The numbers of days that the chain still has to look up."""
    return [leg["expiration"]["dte"] for leg in order["legs"] if isinstance(leg.get("expiration"), dict)]


def falls_on(day: date, weekday: int) -> bool:
    """Whether a day is that weekday, or the trading day before a Friday that is a holiday."""
    friday = day + (exchange.FRIDAY - day.weekday()) * exchange.ONE_DAY
    return day.weekday() == weekday or (
        weekday == exchange.FRIDAY and day < friday and exchange.trading_day_on_or_before(friday) == day
    )


def _leg(key: str, *values: object) -> Demand:
    return lambda order: any(leg.get(key) in values for leg in order["legs"])


def _is(key: str, *values: object) -> Demand:
    return lambda order: order[key] in values


def _month(number: int) -> Demand:
    return lambda order: any(day.month == number for day in dates(order))


def _weekday(number: int) -> Demand:
    return lambda order: any(falls_on(day, number) for day in dates(order))


def _lasts(*starts: str) -> Demand:
    return lambda order: str(order["time_in_force"]).startswith(starts)


def _nothing(_order: Order) -> bool:
    return True


_buys = _leg("action", "buy", "buy_to_open", "buy_to_close")
_sells = _leg("action", "sell", "sell_to_open", "sell_to_close")
_option, _shares = _leg("instrument", "equity_option"), _leg("instrument", "equity")
_DEMANDS: Mapping[str, Demand] = {
    "BUY": _buys,
    "SELL": _sells,
    "BTO": _leg("action", "buy_to_open"),
    "STO": _leg("action", "sell_to_open"),
    "BTC": _leg("action", "buy_to_close"),
    "STC": _leg("action", "sell_to_close"),
    "LONG": _leg("action", "buy_to_open", "sell_to_close", "close"),
    "SHORT": _leg("action", "sell_to_open", "buy_to_close", "close"),
    "CLOSE": _leg("action", "close", "buy_to_close", "sell_to_close"),
    "EXIT": _leg("action", "close"),
    "GET": _leg("action", "close", "buy"),
    "GRAB PURCHASE": _leg("action", "buy"),
    "WRITE": _leg("action", "sell_to_open"),
    "COVER": _leg("action", "buy_to_close"),
    "OUT": lambda order: _leg("instrument", "equity_option")(order) or _leg("action", "close")(order),
    "OPEN": _leg("action", "buy_to_open", "sell_to_open"),
    "CALL CALLS C": _leg("right", "call"),
    "PUT PUTS P": _leg("right", "put"),
    "STRIKE STRIKES": _option,
    "CONTRACT CONTRACTS CON CONS LOT LOTS CAR CARS CT CTS": lambda order: not order["legs"] or _option(order),
    "EXP EXPIRING EXPIRES EXPIRATION EXPIRY EXPIRE DATE DTE DAYS WEEK WEEKS MONTH MONTHS LEAP LEAPS": _option,
    "IN": lambda order: _option(order) or _lasts("gtd")(order),
    "MONTHLY MONTHLIES OPEX": lambda order: any(exchange.is_standard_monthly(day) for day in dates(order)),
    "SHARE SHARES SHS STOCK STOCKS": _shares,
    "MARKET MKT": _is("order_type", "market"),
    "LIMIT LMT": _is("order_type", "limit", "stop_limit"),
    "STOP STP": _is("order_type", "stop", "stop_limit"),
    "LOSS STOPLOSS": _is("order_type", "stop"),
    "MID MIDPOINT MARK": _is("price", "mid"),
    "NAT NATURAL": _is("price", "natural"),
    "ASK": lambda order: order["price"] == "natural" and order["price_effect"] == "debit",
    "BID": lambda order: order["price"] == "natural" and order["price_effect"] == "credit",
    "CENT CENTS DOLLAR DOLLARS": lambda order: order["price"] is not None,
    "DEBIT DB DR": _is("price_effect", "debit"),
    "CREDIT CR": _is("price_effect", "credit"),
    "GTC CANCELLED CANCELED": _lasts("gtc"),
    "GTD": _lasts("gtd"),
    "GOOD": _lasts("gt", "day"),
    "TIL TILL UNTIL": _lasts("gt"),
    "EXT EXTENDED HOURS": _lasts("ext"),
    "IOC IMMEDIATE CANCEL": _lasts("ioc"),
    "ONLY": _lasts("day"),
    "DAY": lambda order: _lasts("day")(order) or bool(days_out(order)),
    "VERTICAL VERTICALS BULL BEAR PCS CCS PDS CDS": _is("strategy", "vertical"),
    "PS": lambda order: _is("strategy", "vertical")(order) and _leg("right", "put")(order),
    "CS": lambda order: _is("strategy", "vertical")(order) and _leg("right", "call")(order),
    "IC ICS": _is("strategy", "iron_condor"),
    "IB": _is("strategy", "iron_butterfly"),
    "CSP CSPS CASH SECURED": lambda order: _leg("right", "put")(order) and _is("strategy", "single")(order),
    "SPREAD SPREADS": lambda order: len(order["legs"]) > 1,
    "STRADDLE STRADDLES": _is("strategy", "straddle"),
    "STRANGLE STRANGLES": _is("strategy", "strangle"),
    "CONDOR CONDORS": _is("strategy", "iron_condor"),
    "IRON": _is("strategy", "iron_condor", "iron_butterfly"),
    "BUTTERFLY BUTTERFLIES FLY FLIES": _is("strategy", "butterfly", "iron_butterfly"),
    "CALENDAR CALENDARS": _is("strategy", "calendar"),
    "AND": lambda order: len(order["legs"]) > 1,
    "WITH OR BETTER UP": lambda order: order["price"] is not None or order["stop"] is not None or _lasts("ioc")(order),
    "NET": lambda order: order["price_effect"] is not None,
    "TO ME MY OF ON FOR AT THE A AN X PRICE ORDER MORE QTY QUANTITY": _nothing,
}

ORDER_WORDS: Mapping[str, Demand] = (
    {word: demand for names, demand in _DEMANDS.items() for word in names.split()}
    | {word: _month(number) for word, number in MONTH_OF.items()}
    | {word: _weekday(number) for word, number in DAY_OF.items()}
)

LOOKING = "SHOW LIST WHAT'S WHATS WHAT IS ARE ME ALL OF MY THE"
"""What asks for a list; only such a line may be a question."""
REQUEST_WORDS: Mapping[str, frozenset[str]] = {
    command: words(said)
    for command, said in {
        "cancel": "CANCEL CXL ORDER ORDERS THE MY ALL EVERYTHING OF FOR EVERYONE OPEN WORKING LIVE PENDING",
        "status": "STATUS ORDER THE MY",
        "approve": "APPROVE ORDER THE MY",
        "reject": "REJECT ORDER THE MY",
        "halt": "HALT REDUCING REASON",
        "resume": "RESUME TRADING REASON",
        "approvals": f"{LOOKING} OPEN PENDING APPROVALS",
        "orders": f"{LOOKING} OPEN WORKING LIVE PENDING ORDERS",
        "positions": f"{LOOKING} OPEN CURRENT POSITIONS POS",
        "balance": f"{LOOKING} ACCOUNT BALANCE BALANCES BUYING POWER",
        "help": "HELP",
    }.items()
}
QUESTIONS: Mapping[str, str] = {"quote": "QUOTE", "expirations": "EXPIRATIONS|EXPS", "chain": "CHAIN"}
"""What the market is asked with; behind it stand the parts of an order that name an instrument."""
UNORDERED: Order = dict.fromkeys(("order_type", "price", "price_effect", "stop")) | {
    "strategy": "single",
    "time_in_force": "day",
}
"""What an order has besides its legs, where nothing is ordered."""
REPLACE_WORDS = words("REPLACE MODIFY CHANGE ORDER THE MY")
