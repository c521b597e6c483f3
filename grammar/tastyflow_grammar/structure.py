"""
From the grammar's rules to parts: one method per rule, named as the rule, and no decisions.

Every method gives a tuple of parts, so that rules join by adding up. What a date form means is left to `dates`, what a
bare number means to `numbers`: here, the text is only named.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from attrs import evolve, frozen
from lark import Transformer
from lark.lexer import Token

from tastyflow.domain.commands import AskedAction
from tastyflow.domain.instruments import Right, plain, wire_symbol
from tastyflow.domain.ticket import Duration, PriceEffect
from tastyflow_grammar.dates import When
from tastyflow_grammar.numerals import count_of, figure_of, strike_and_right
from tastyflow_grammar.parts import Figure, Kind, Part, Span, Ticker

Parts = tuple[Part, ...]

_ACTIONS: Final = {
    "LONG": AskedAction.BUY_TO_OPEN,
    "SHORT": AskedAction.SELL_TO_OPEN,
    "+": AskedAction.BUY,
    "-": AskedAction.SELL,
}
_CLASS_SHARES: Final = {"BRKB": "BRK/B", "BFB": "BF/B"}  # option roots have no dot


@frozen
class Statement:
    """A whole line: what it asks for (``order``, ``cancel`` …), of which order, in which parts, with which remark."""

    verb: str
    parts: Parts = ()
    reference: Token | None = None
    remark: Token | None = None


def span_of(*tokens: Token) -> Span:
    """From the first token's beginning to the last one's end."""
    return tokens[0].start_pos or 0, tokens[-1].end_pos or 0


def _covering(parts: Parts, *tokens: Token) -> Span:
    spans = [part.span for part in parts] + [span_of(token) for token in tokens]
    return min(start for start, _ in spans), max(end for _, end in spans)


def _option(root: str, day: str, right: str, strike: Decimal, span: Span) -> Parts:
    """What an option symbol says, in parts."""
    return (
        Part(Kind.SYMBOL, Ticker(_CLASS_SHARES.get(root, root), sure=True), span),
        Part(Kind.EXPIRATION, When("symbol_day", (day,), (span,), sure=True), span),
        Part(Kind.RIGHT, Right.CALL if right == "C" else Right.PUT, span),
        Part(Kind.STRIKE, Figure(Decimal(plain(strike))), span),
    )


def _says(kind: Kind, value: Any = None) -> Callable[["Structure", list[Token]], Parts]:
    """A rule whose words say one thing, always the same."""

    def rule(_self: "Structure", words: list[Token]) -> Parts:
        return (Part(kind, value, span_of(*words)),)

    return rule


def _date(form: str) -> Callable[["Structure", list[Token]], Parts]:
    """A way of writing a day; the words are kept for `dates` to read."""

    def rule(_self: "Structure", words: list[Token]) -> Parts:
        spans = tuple(span_of(word) for word in words)
        return (Part(Kind.EXPIRATION, When(form, tuple(str(word) for word in words), spans), span_of(*words)),)

    return rule


def _ask(verb: str) -> Callable[["Structure", list[Any]], Statement]:
    """A statement without parts."""

    def rule(_self: "Structure", words: list[Any]) -> Statement:
        named = {word.type: word for word in words}
        return Statement(verb, (), named.get("REFERENCE"), named.get("REMARK"))

    return rule


class Structure(Transformer[Token, Any]):
    """The transformer for ``order.lark``."""

    # ---- statements

    def start(self, children: list[Parts]) -> Statement:
        return Statement("order", children[0])

    def order(self, children: list[Parts]) -> Parts:
        return sum(children, ())

    def leg_by_leg(self, children: list[Any]) -> Statement:
        return Statement("leg_by_leg", sum((each for each in children if isinstance(each, tuple)), ()))

    def replace(self, children: list[Any]) -> Statement:
        reference = next(child for child in children if getattr(child, "type", "") == "REFERENCE")
        return Statement("replace", sum(children[children.index(reference) + 1 :], ()), reference)

    cancel = _ask("cancel")
    status = _ask("status")
    approve = _ask("approve")
    reject = _ask("reject")
    halt = _ask("halt")
    resume = _ask("resume")
    orders = _ask("orders")
    positions = _ask("positions")
    balance = _ask("balance")
    help = _ask("help")

    # ---- who does what

    def verb(self, words: list[Token]) -> Parts:
        name = words[0].type
        return (Part(Kind.ACTION, _ACTIONS.get(name) or AskedAction[name], span_of(*words)),)

    def signed(self, children: list[Any]) -> Parts:
        sign, named = children[0], children[1:]
        start, end = span_of(sign)
        action = Part(Kind.ACTION, _ACTIONS[sign[0]], (start, start + 1))
        return (action, Part(Kind.QUANTITY, count_of(sign[1:]), (start + 1, end)), *sum(named, ()))

    def both(self, children: list[Parts]) -> Parts:
        return sum(children, ())

    def count(self, children: list[Any]) -> Parts:
        word, named = children[0], children[1:]
        return (Part(Kind.QUANTITY, count_of(word), span_of(word)), *sum(named, ()))

    def miscount(self, words: list[Token]) -> Parts:
        return (Part(Kind.QUANTITY, -abs(count_of(words[0][1:])), span_of(*words)),)

    def share_count(self, words: list[Token]) -> Parts:
        (number, _, _), span = words[0].partition(" "), span_of(*words)
        return (Part(Kind.QUANTITY, count_of(number), span), Part(Kind.SHARES, None, span))

    def contract_count(self, words: list[Token]) -> Parts:
        (number, _, _), span = words[0].partition(" "), span_of(*words)
        return (Part(Kind.QUANTITY, count_of(number), span), Part(Kind.CONTRACTS, None, span))

    sideless = _says(Kind.SIDELESS)
    to_open = _says(Kind.EFFECT_ON_POSITION, "open")
    to_close = _says(Kind.EFFECT_ON_POSITION, "close")

    # ---- what

    def ticker(self, words: list[Token]) -> Parts:
        return (Part(Kind.SYMBOL, Ticker(wire_symbol(words[0])), span_of(*words)),)

    def word_ticker(self, words: list[Token]) -> Parts:
        return (Part(Kind.SYMBOL, Ticker(wire_symbol(words[-1]), sure=True), span_of(words[-1])),)

    def cashtag(self, words: list[Token]) -> Parts:
        return (Part(Kind.SYMBOL, Ticker(wire_symbol(words[0][1:]), sure=True), span_of(*words)),)

    coin = word_ticker
    of_word = word_ticker

    def of(self, children: list[Any]) -> Parts:
        named, shares = children[1], children[2:]
        symbol = evolve(named[0], span=_covering(named, children[0]))
        return (symbol, *(Part(Kind.SHARES, None, span_of(word)) for word in shares))

    def both_shares(self, children: list[Any]) -> Parts:
        symbol, word = children
        return (*symbol, Part(Kind.SHARES, None, span_of(word)))

    def shares(self, words: list[Token]) -> Parts:
        tickers = tuple(part for word in words[1:] for part in self.word_ticker([word]))
        return (Part(Kind.SHARES, None, span_of(words[0])), *tickers)

    def contracts(self, words: list[Token]) -> Parts:
        tickers = tuple(part for word in words[1:] for part in self.word_ticker([word]))
        return (Part(Kind.CONTRACTS, None, span_of(words[0])), *tickers)

    def occ(self, words: list[Token]) -> Parts:
        root, rest = words[0][:-15].rstrip(" "), words[0][-15:]
        return _option(root, rest[:6], rest[6], Decimal(rest[7:]) / 1000, span_of(*words))

    def streamer(self, words: list[Token]) -> Parts:
        right_at = max(words[0].rfind("C"), words[0].rfind("P"))
        root, day, strike = words[0][1 : right_at - 6], words[0][right_at - 6 : right_at], words[0][right_at + 1 :]
        return _option(root, day, words[0][right_at], Decimal(strike), span_of(*words))

    call = _says(Kind.RIGHT, Right.CALL)
    put = _says(Kind.RIGHT, Right.PUT)

    def strike(self, words: list[Token]) -> Parts:
        return (Part(Kind.STRIKE, figure_of(words[-1]), span_of(*words)),)

    def strike_last(self, words: list[Token]) -> Parts:
        return (Part(Kind.STRIKE, figure_of(words[0].partition(" ")[0]), span_of(*words)),)

    def strike_right(self, words: list[Token]) -> Parts:
        (strike, right), span = strike_and_right(words[-1]), span_of(*words)
        return (Part(Kind.STRIKE, strike, span), Part(Kind.RIGHT, right, span))

    right_strike = strike_right
    strike_right_said = strike_right

    def number(self, words: list[Token]) -> Parts:
        return (Part(Kind.NUMBER, figure_of(words[0]), span_of(*words)),)

    # ---- until when

    def expiring(self, children: list[Any]) -> Parts:
        word, (part,) = children
        return (Part(part.kind, evolve(part.value, sure=True), _covering((part,), word)),)

    def weekday_and_date(self, children: list[Any]) -> Parts:
        word, (part,) = children
        return (
            Part(part.kind, evolve(part.value, weekday=str(word), begins=word.start_pos), _covering((part,), word)),
        )

    iso = _date("iso")
    slashed = _date("slashed")
    joined = _date("joined")
    month_digits = _date("month_digits")
    month = _date("month")
    month_day = _date("month_day")
    month_day_year = _date("month_day_year")
    month_year = _date("month_year")
    day_month = _date("day_month")
    day_month_year = _date("day_month_year")
    today = _date("today")
    tomorrow = _date("tomorrow")
    weekday = _date("weekday")
    this_weekday = _date("this_weekday")
    next_weekday = _date("next_weekday")
    this_week = _date("this_week")
    next_week = _date("next_week")
    monthly = _date("monthly")
    this_month = _date("this_month")
    next_month = _date("next_month")
    end_of_month = _date("end_of_month")
    days_out = _date("days_out")
    weeks_out = _date("weeks_out")

    # ---- for how much

    def asking(self, words: list[Token]) -> Token:
        return words[0]

    def amount(self, words: list[Token]) -> Parts:
        return (Part(Kind.PRICE, figure_of(words[-1]), span_of(*words)),)

    mid = _says(Kind.PRICE, "mid")
    natural = _says(Kind.PRICE, "natural")

    def word_price(self, children: list[Parts]) -> Parts:
        return children[0]

    def price(self, children: list[Any]) -> Parts:
        word, (part,) = children
        return (Part(Kind.PRICE, part.value, _covering((part,), word)),)

    def priced_debit(self, words: list[Token]) -> Parts:
        figure, span = figure_of(words[0][:-2]), span_of(*words)
        return (Part(Kind.PRICE, figure, span), Part(Kind.EFFECT, PriceEffect.DEBIT, span))

    def priced_credit(self, words: list[Token]) -> Parts:
        figure, span = figure_of(words[0][:-2]), span_of(*words)
        return (Part(Kind.PRICE, figure, span), Part(Kind.EFFECT, PriceEffect.CREDIT, span))

    limit_said = _says(Kind.LIMIT)
    market = _says(Kind.MARKET)
    debit = _says(Kind.EFFECT, PriceEffect.DEBIT)
    credit = _says(Kind.EFFECT, PriceEffect.CREDIT)

    def stop(self, children: list[Any]) -> Parts:
        word, (trigger,) = children
        return (Part(Kind.STOP, (trigger.value, None), _covering((trigger,), word)),)

    def stop_limit(self, children: list[Any]) -> Parts:
        word, (trigger,), _, (limit,) = children
        return (Part(Kind.STOP, (trigger.value, limit.value), _covering((limit,), word)),)

    # ---- how long it works

    day = _says(Kind.TIME_IN_FORCE, (Duration.DAY, None))
    gtc = _says(Kind.TIME_IN_FORCE, (Duration.GTC, None))
    ext = _says(Kind.TIME_IN_FORCE, (Duration.EXT, None))
    ioc = _says(Kind.TIME_IN_FORCE, (Duration.IOC, None))

    def good_till(self, children: list[Any]) -> Parts:
        word, (part,) = children
        return (Part(Kind.TIME_IN_FORCE, (Duration.GTD, part.value), _covering((part,), word)),)

    # ---- several legs

    def strategy(self, words: list[Token]) -> Parts:
        return (Part(Kind.STRATEGY, str(words[0]), span_of(*words)),)

    def strikes(self, words: list[Token]) -> Parts:
        return (Part(Kind.STRIKES, str(words[0]), span_of(*words)),)

    between = strategy
