"""
Accepted nonsense: the rules that hold between a text and the command that was understood.

    length · letters · question · talk · marks        what no text of a command has
    quantity · strike · ticker · price · day          what no command holds
    legs · side · account                             what does not fit: legs one another, words and numbers the order
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import accounting
import shapes
from attrs import frozen
from lexicon import (
    CLOSING,
    COINS,
    HELD_PARTS,
    OPENING,
    QUESTIONS,
    REPLACE_WORDS,
    REQUEST_WORDS,
    SAID_TALKING,
    UNORDERED,
    Order,
    dates,
    days_out,
    held,
)
from reading import body_of, foreign, read

from tastyflow.domain.expirations import NEW_YORK, is_trading_day

KEYS = {"command", "legs", "strategy", "order_type", "price", "price_effect", "stop", "time_in_force"}
ASKED_KEYS = {
    "quote": [
        {"instrument", "underlying"},
        {"instrument", "underlying", "right", "strike", "expiration"},
    ],
    "expirations": [{"underlying"}],
    "chain": [{"underlying"}, {"underlying", "expiration"}],
}
PRICED = {None: (0, 0), "market": (0, 0), "limit": (1, 0), "stop": (0, 1), "stop_limit": (1, 1)}
MAX_LENGTH = 2_000
MAX_QUANTITY, MAX_STRIKE, MAX_DAYS_OUT = 100_000, 1_000_000, 1_500


@frozen
class OracleFinding:
    """Attributes: *rule* is the name of the rule that is broken, *what* says how."""

    rule: str
    what: str

    def __str__(self) -> str:
        return f"{self.rule}: {self.what}"


def accepted(text: str, as_of: datetime, order: dict[str, Any]) -> Iterator[OracleFinding]:
    """Whether a command is what its text says: the rules against accepted nonsense."""
    remark, kind = order.get("reason") or "", order["command"]
    if len(text) > MAX_LENGTH:
        yield OracleFinding("length", f"{len(text)} characters")
    for own in foreign(text):
        if not (remark and own in remark and own.isprintable()):
            yield OracleFinding("letters", f"U+{ord(own):04X}")
    if remark:
        if remark not in text:
            yield OracleFinding("remark", f"{remark!r} was not said")
        text = " ".join(text.rpartition(remark)[::2])
    if "?" in text and kind not in ("approvals", "orders", "positions", "balance"):
        yield OracleFinding("question", "asked, and taken as told")
    today = as_of.date() if as_of.utcoffset() is None else as_of.astimezone(NEW_YORK).date()
    body = _without_reference(body_of(text), order.get("order"))
    said = read(body)
    marked = re.sub(r"\(\d+ DTE\)|(?<!\S)(25|50|100)%|(?<=QTY|ITY)=", "", body)
    if kind not in ("halt", "reject", "resume") and set(marked) & set("\x01;<>(){}[]=%^~\\"):
        yield OracleFinding("marks", f"in {body!r}")
    if kind == "flatten":
        yield from (OracleFinding("account", what) for what in _flattened(order, body))
    elif kind in REQUEST_WORDS:
        if order.get("everyone", False) != ("EVERYONE" in said.words):
            yield OracleFinding("account", "whose orders are cancelled?")
        if order.get("reducing", False) != ("REDUCING" in said.words):
            yield OracleFinding("account", "is everything halted, or what adds risk?")
        strange = [word for word in said.words if word not in REQUEST_WORDS[kind]]
        strange += [each.typed for each in said.figures]
        yield from (OracleFinding("account", f"{word!r} is left over in a {kind}") for word in strange)
    elif kind == "replace":
        body = re.sub(rf"^\W*(?:REPLACE|MODIFY|CHANGE)(?: +(?:{'|'.join(REPLACE_WORDS)})\b)*", "", body)
        changed = {"legs": [], "order_type": None, "price": None, "price_effect": None, "stop": None} | order
        changed.setdefault("time_in_force", "")
        yield from _limits(changed, today)
        yield from (OracleFinding("account", what) for what in accounting.complaints(changed, body, today))
    elif kind in QUESTIONS:
        yield from _asked(order, re.sub(rf"^\W*({QUESTIONS[kind]})\b", " ", body), today)
    else:
        if kind == "preview":
            body, order = re.sub(r"^\W*PREVIEW\b", " ", body), order | {"command": "order"}
        yield from _order(order, body, read(body).words, today)


def _flattened(order: dict[str, Any], body: str) -> Iterator[str]:
    """``close half SPY``: a verb, a part, a symbol, and nothing else."""
    if set(order) != {"command", "underlying", "part"} or order["part"] not in HELD_PARTS:
        yield f"keys {sorted(order)}, part {order.get('part')}"
        return
    body = re.sub(r"^\W*(FLATTEN|CLOSE(?: +OUT(?: +OF)?)?|EXIT|GET +OUT +OF)\b", "", body)
    symbol = re.escape(order["underlying"] or "").replace("\\.", "[./]")
    shorter = (
        re.sub(rf"(?<!\w)\$?{symbol}$|(?<!\w)\$?{symbol}(?![\w./])(?!.*(?<!\w){symbol}(?!\w))", " ", body)
        if symbol
        else body
    )
    if symbol and shorter == body:
        yield f"{order['underlying']} is flattened, and not named"
    part = re.sub(rf"(?<![\w$/])({HELD_PARTS[order['part']]})(?![\w/])", " ", shorter, count=1)
    if part == shorter and order["part"] != "all":
        yield f"the part {order['part']} stands nowhere in the text"
    left = [word for word in re.findall(r"[^\s,]+", part) if word not in ("MY", "THE", "OF", "ON", "FOR")]
    yield from (f"{word!r} is left over in a flatten" for word in left)


def _asked(question: dict[str, Any], body: str, today: date) -> Iterator[OracleFinding]:
    """``quote SPY 450C Dec 18`` names what an order of one would, and nothing that only an order has."""
    named = {key: value for key, value in question.items() if key != "command"}
    if set(named) not in ASKED_KEYS[question["command"]]:
        yield OracleFinding("json", f"keys {sorted(named)}")
        return
    symbol = re.escape(named["underlying"]).replace("\\.", "[./]")
    body = re.sub(rf"(?<!\S)\$?{symbol}(?!\S)(?=.*(?<!\S)\$?{symbol}(?!\S))", " ", body)  # said twice
    if (marked := rf"${named['underlying']}") in body:  # a word of ours, and nothing but a ticker
        body, named = body.replace(marked, " ZZZ "), named | {"underlying": "ZZZ"}
    dated = "equity_option" if "expiration" in named else "equity"
    order = UNORDERED | {"legs": [{"action": "buy", "quantity": 1, "instrument": dated} | named]}
    yield from _limits(order, today)
    yield from (OracleFinding("account", what) for what in accounting.complaints(order, body, today))


def _without_reference(body: str, reference: str | None) -> str:
    if reference is None:
        return body
    return re.sub(rf"(?<![\w-])#?{re.escape(reference.upper())}(?![\w-])", " ", body, count=1)


def _order(order: dict[str, Any], body: str, said: tuple[str, ...], today: date) -> Iterator[OracleFinding]:
    if set(order) != KEYS or order["order_type"] not in PRICED:
        yield OracleFinding("json", f"keys {sorted(set(order) ^ KEYS)}, type {order['order_type']}")
        return
    if said and said[0] in SAID_TALKING and not body.lstrip().startswith("$"):
        yield OracleFinding("talk", f"begins with {said[0]}")
    if not OPENING & set(said) and not re.search(
        r"(?<!\S)[+-](\d|\.?[A-Z]{1,5}\d? *\d{6}[CP]\d)|\b(CREDIT|DEBIT) +SPREAD", body
    ):
        yield OracleFinding("talk", "the text says neither buy nor sell")
    yield from _limits(order, today)
    if crooked := list(shapes.mismatches(order["legs"], order["strategy"])):
        yield from (OracleFinding("legs", what) for what in crooked)
        return
    yield from (OracleFinding("price", what) for what in _priced(order))
    yield from (
        OracleFinding("side", what) for what in _sided(order, set(said) - {leg["underlying"] for leg in order["legs"]})
    )
    yield from (OracleFinding("account", what) for what in accounting.complaints(order, body, today))


def _limits(order: Order, today: date) -> Iterator[OracleFinding]:
    for leg in order["legs"]:
        if isinstance(leg["quantity"], dict) and leg["action"] not in CLOSING:
            yield OracleFinding("quantity", f"{leg['action']} a part of what is held")
    for part in held(order) - HELD_PARTS.keys():
        yield OracleFinding("quantity", f"{part} of what is held")
    numbers = [leg["quantity"] for leg in order["legs"] if not isinstance(leg["quantity"], dict)]
    for quantity in [*numbers, order.get("quantity", 1)]:
        if not 1 <= quantity <= MAX_QUANTITY:
            yield OracleFinding("quantity", str(quantity))
    for leg in order["legs"]:
        if not 0 < Decimal(leg.get("strike", 1)) <= MAX_STRIKE:
            yield OracleFinding("strike", leg["strike"])
        if leg["underlying"] in COINS or not re.fullmatch(r"[A-Z]{1,6}(\.[A-Z])?", leg["underlying"]):
            yield OracleFinding("ticker", leg["underlying"])
    for key in ("price", "stop"):
        if order[key] not in (None, "mid", "natural") and not Decimal(order[key]) > 0:
            yield OracleFinding("price", f"{key} {order[key]}")
    for day in dates(order):
        if not is_trading_day(day) or not today <= day <= today + timedelta(MAX_DAYS_OUT):
            yield OracleFinding("day", str(day))
    for days in days_out(order):
        if not 2 <= days <= MAX_DAYS_OUT:
            yield OracleFinding("day", f"{days} dte")


def _priced(order: Order) -> Iterator[str]:
    """Type, price, stop and effect fit one another, and the effect fits the legs."""
    if (order["price"] is not None, order["stop"] is not None) != PRICED[order["order_type"]]:
        yield f"{order['order_type']} with price {order['price']} and stop {order['stop']}"
    most = shapes.most_of(order["strategy"], order["legs"])
    figures = [Decimal(order[key]) for key in ("price", "stop") if order[key] not in (None, "mid", "natural")]
    if most is not None and any(figure > most for figure in figures):
        yield f"{max(figures)} for a {order['strategy']} that is worth {most} at most"
    closes = any(leg["action"] == "close" for leg in order["legs"])
    if order["price"] is None or closes:
        if order["price"] is None and order["price_effect"]:
            yield "an effect without a price"
        return
    paid = shapes.costs_money(order["strategy"], order["legs"])
    if order["price_effect"] is None or (paid is not None and (order["price_effect"] == "debit") != paid):
        yield f"{order['price_effect']} for a {order['strategy']} that is {'bought' if paid else 'sold'}"


def _sided(order: Order, said: set[str]) -> Iterator[str]:
    """The cases that the contract calls dangerous, and the side of a single leg."""
    bought = {"BUY", "BTO"} & said and "CLOSE" not in said
    if bought and {"CONDOR", "CONDORS"} & said:
        yield "a condor is bought: reversed, or the usual one put on?"
    if bought and ({"BULL", "PUT"} <= said or {"BEAR", "CALL"} <= said):
        yield "a credit spread is bought"
    if len(order["legs"]) == 1 and {"BUY", "BTO", "BTC"} & said and {"SELL", "STO", "STC"} & said:
        yield "bought and sold at once"
