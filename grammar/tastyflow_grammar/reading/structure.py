"""
From the grammar's rules to parts: one method per rule, named as the rule, and no decisions.

Every method gives a tuple of parts, so that rules join by adding up. The parts keep the text as typed: `meaning.dates`
finds the day of a date form, `meaning.numbers` the meaning of a bare number.
"""

from decimal import Decimal
from string import ascii_uppercase
from typing import Any, Final

from attrs import evolve
from lark import Transformer
from lark.lexer import Token

from tastyflow.domain.commands import AskedAction, HeldPart
from tastyflow.domain.instruments import Right, venue_symbol
from tastyflow.domain.ticket import Duration, PriceEffect, Strategy
from tastyflow_grammar.parts import Kind, Part, Parts, QuoteSide, SpreadKind, Statement, StopAt, Ticker, Vague
from tastyflow_grammar.reading.words import (
    asks,
    cents_of,
    consists_of,
    count_of,
    covering,
    date_form,
    figure_of,
    held_part_of,
    option_parts,
    quoted,
    row_strike_of,
    says,
    span_of,
    strike_and_right,
)

_ACTIONS: Final = {
    "LONG": AskedAction.BUY_TO_OPEN,
    "SHORT": AskedAction.SELL_TO_OPEN,
    "GET": AskedAction.BUY,
    "WRITE": AskedAction.SELL_TO_OPEN,
    "COVER": AskedAction.BUY_TO_CLOSE,
    "+": AskedAction.BUY,
    "-": AskedAction.SELL,
}
_NAME_OF_A_COUNT: Final = ascii_uppercase + " :="  # before the number: "QTY: 3"
_HELD_PARTS: Final = {
    "ALL": HeldPart.ALL,
    "EVERYTHING": HeldPart.ALL,
    "100%": HeldPart.ALL,
    "HALF": HeldPart.HALF,
    "50%": HeldPart.HALF,
    "THIRD": HeldPart.THIRD,
    "QUARTER": HeldPart.QUARTER,
    "25%": HeldPart.QUARTER,
}


class Structure(Transformer[Token, Any]):
    """The transformer for ``order.lark``."""

    # ---- statements

    def start(self, children: list[Parts]) -> Statement:
        return Statement("order", children[0])

    def order(self, children: list[Parts]) -> Parts:
        return sum(children, ())

    def leg_by_leg(self, children: list[Any]) -> Statement:
        legs = tuple(each for each in children if isinstance(each, tuple))
        return Statement("leg_by_leg", sum(legs, ()), legs)

    def preview_legs(self, children: list[Any]) -> Statement:
        return evolve(self.leg_by_leg(children), verb="preview_legs")

    def to(self, children: list[Any]) -> Parts:
        word, parts = children
        first, *rest = parts
        return (evolve(first, span=covering((first,), word)), *rest)

    def replace(self, children: list[Any]) -> Statement:
        at, reference = next(
            (at, child) for at, child in enumerate(children) if isinstance(child, Token) and child.type == "REFERENCE"
        )
        return Statement("replace", sum(children[at + 1 :], ()), reference=span_of(reference))

    def roll(self, children: list[Any]) -> Statement:
        legs = tuple(each for each in children if isinstance(each, tuple))
        return Statement("roll", sum(legs, ()), (legs[0], sum(legs[1:], ())))

    rolled = order
    flatten = consists_of("flatten")
    preview = consists_of("preview")
    quote = consists_of("quote")
    expirations = consists_of("expirations")
    chain = consists_of("chain")
    flattened = order
    quoted = order
    cancel = asks("cancel")
    cancel_all = asks("cancel_all")
    cancel_everyone = asks("cancel_everyone")
    status = asks("status")
    approve = asks("approve")
    reject = asks("reject")
    halt = asks("halt")
    resume = asks("resume")
    orders = asks("orders")
    approvals = asks("approvals")
    positions = asks("positions")
    balance = asks("balance")
    help = asks("help")

    # ---- who does what

    def verb(self, words: list[Token]) -> Parts:
        name = words[0].type
        return (Part(Kind.ACTION, _ACTIONS.get(name) or AskedAction[name], span_of(*words)),)

    spoken = verb

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

    def held_part(self, children: list[Any]) -> Parts:
        word, named = children[0], children[1:]
        (said, length), start = held_part_of(word), span_of(word)[0]
        return (Part(Kind.QUANTITY, _HELD_PARTS[said], (start, start + length)), *sum(named, ()))

    a_couple = says(Kind.QUANTITY, Vague.COUPLE)
    a_few = says(Kind.QUANTITY, Vague.FEW)

    def qty(self, words: list[Token]) -> Parts:
        return (Part(Kind.QUANTITY, count_of(words[0].lstrip(_NAME_OF_A_COUNT)), span_of(*words)),)

    def signed_count(self, children: list[Any]) -> Parts:
        word, named = children[0], children[1:]
        start, end = span_of(word)
        sign = Part(Kind.SIGN, _ACTIONS[word[0]], (start, end))
        return (sign, Part(Kind.QUANTITY, count_of(word[1:]), (start + 1, end)), *sum(named, ()))

    def share_count(self, words: list[Token]) -> Parts:
        (number, _, _), span = words[0].partition(" "), span_of(*words)
        return (Part(Kind.QUANTITY, count_of(number), span), Part(Kind.SHARES, None, span))

    def contract_count(self, words: list[Token]) -> Parts:
        (number, _, _), span = words[0].partition(" "), span_of(*words)
        return (Part(Kind.QUANTITY, count_of(number), span), Part(Kind.CONTRACTS, None, span))

    sideless = says(Kind.SIDELESS)
    to_open = says(Kind.EFFECT_ON_POSITION, "open")
    to_close = says(Kind.EFFECT_ON_POSITION, "close")

    # ---- what

    def ticker(self, words: list[Token]) -> Parts:
        return (Part(Kind.SYMBOL, Ticker(venue_symbol(words[0])), span_of(*words)),)

    def word_ticker(self, words: list[Token]) -> Parts:
        return (Part(Kind.SYMBOL, Ticker(venue_symbol(words[-1]), sure=True), span_of(words[-1])),)

    def word_ticker_shares(self, words: list[Token]) -> Parts:
        return (*self.word_ticker(words[:1]), Part(Kind.SHARES, None, span_of(words[1])))

    def cashtag(self, words: list[Token]) -> Parts:
        return (Part(Kind.SYMBOL, Ticker(venue_symbol(words[0][1:]), sure=True), span_of(*words)),)

    coin = word_ticker
    of_word = word_ticker

    def of(self, children: list[Any]) -> Parts:
        named, shares = children[1], children[2:]
        symbol = evolve(named[0], span=covering(named, children[0]))
        return (symbol, *(Part(Kind.SHARES, None, span_of(word)) for word in shares))

    def shares_of(self, children: list[Any]) -> Parts:
        word, named = children
        return (Part(Kind.SHARES, None, span_of(word)), *named)

    def shares_of_word(self, words: list[Token]) -> Parts:
        return (Part(Kind.SHARES, None, span_of(words[0])), *self.word_ticker(words[1:]))

    def both_shares(self, children: list[Any]) -> Parts:
        symbol, word = children
        return (*symbol, Part(Kind.SHARES, None, span_of(word)))

    def both_counted(self, children: list[Any]) -> Parts:
        symbol, word = children
        return (*symbol, *self.count([word]))

    def shares(self, words: list[Token]) -> Parts:
        tickers = tuple(part for word in words[1:] for part in self.word_ticker([word]))
        return (Part(Kind.SHARES, None, span_of(words[0])), *tickers)

    def contracts(self, words: list[Token]) -> Parts:
        tickers = tuple(part for word in words[1:] for part in self.word_ticker([word]))
        return (Part(Kind.CONTRACTS, None, span_of(words[0])), *tickers)

    def occ(self, words: list[Token]) -> Parts:
        root, rest = words[0][:-15].rstrip(" "), words[0][-15:]
        return option_parts(root, rest[:6], rest[6], Decimal(rest[7:]) / 1000, span_of(*words))

    def streamer(self, words: list[Token]) -> Parts:
        right_at = max(words[0].rfind("C"), words[0].rfind("P"))
        root, day, strike = words[0][: right_at - 6], words[0][right_at - 6 : right_at], words[0][right_at + 1 :]
        return option_parts(root.strip(". "), day, words[0][right_at], Decimal(strike), span_of(*words))

    call = says(Kind.RIGHT, Right.CALL)
    put = says(Kind.RIGHT, Right.PUT)

    def strike(self, words: list[Token]) -> Parts:
        return (Part(Kind.STRIKE, figure_of(words[-1]), span_of(*words)),)

    def strike_last(self, words: list[Token]) -> Parts:
        return (Part(Kind.STRIKE, figure_of(words[0].partition(" ")[0]), span_of(*words)),)

    def strike_right(self, words: list[Token]) -> Parts:
        (strike, right), span = strike_and_right(words[-1]), span_of(*words)
        return (Part(Kind.STRIKE, strike, span), Part(Kind.RIGHT, right, span))

    right_strike = strike_right
    strike_word_right = strike_right

    def strikes(self, words: list[Token]) -> Parts:
        row = tuple(row_strike_of(word, dashed="-" in words[0]) for word in words[0].replace("-", "/").split("/"))
        return (Part(Kind.STRIKES, row, span_of(*words)),)

    def both_rights(self, words: list[Token]) -> Parts:
        order = (Right.CALL, Right.PUT) if words[0][0] == "C" else (Right.PUT, Right.CALL)
        return (Part(Kind.BOTH_RIGHTS, order, span_of(*words)),)

    # ---- which legs

    vertical = says(Kind.STRATEGY, Strategy.VERTICAL)

    def vertical_counted(self, words: list[Token]) -> Parts:
        return (*self.vertical(words[:1]), *self.count(words[1:]))

    straddle = says(Kind.STRATEGY, Strategy.STRADDLE)
    strangle = says(Kind.STRATEGY, Strategy.STRANGLE)
    butterfly = says(Kind.STRATEGY, Strategy.BUTTERFLY)
    iron_butterfly = says(Kind.STRATEGY, Strategy.IRON_BUTTERFLY)
    iron_condor = says(Kind.STRATEGY, Strategy.IRON_CONDOR)
    calendar = says(Kind.STRATEGY, Strategy.CALENDAR)

    def shorthand(self, words: list[Token]) -> Parts:
        name = "CSP" if words[0].startswith("CASH") else str(words[0])
        return (Part(Kind.SHORTHAND, name, span_of(*words)),)

    bull = says(Kind.SPREAD_KIND, SpreadKind.BULL)
    bear = says(Kind.SPREAD_KIND, SpreadKind.BEAR)
    debit_spread = says(Kind.SPREAD_KIND, SpreadKind.DEBIT)
    credit_spread = says(Kind.SPREAD_KIND, SpreadKind.CREDIT)

    def number(self, words: list[Token]) -> Parts:
        return (Part(Kind.NUMBER, figure_of(words[0]), span_of(*words)),)

    # ---- until when

    def expiring(self, children: list[Any]) -> Parts:
        word, (part,) = children
        when = evolve(part.value, sure=True, behind_exp=word.startswith("EXP"))
        return (Part(part.kind, when, covering((part,), word)),)

    def weekday_and_date(self, children: list[Any]) -> Parts:
        word, (part,) = children
        return (Part(part.kind, evolve(part.value, weekday=str(word), begins=word.start_pos), covering((part,), word)),)

    def days_away(self, children: list[Any]) -> Parts:
        (part,), word = children
        days = int(word[1:].partition(" ")[0])
        return (Part(part.kind, evolve(part.value, days_away=days, ends=word.end_pos), covering((part,), word)),)

    def of_kind(self, children: list[Any]) -> Parts:
        (part,), word = children
        return (Part(part.kind, evolve(part.value, of_kind=str(word), ends=word.end_pos), covering((part,), word)),)

    def expiry(self, children: list[Any]) -> Parts:
        *dated, word = children
        (part,) = self.of_kind(dated) if len(dated) > 1 else dated[0]
        return (Part(part.kind, evolve(part.value, sure=True), covering((part,), word)),)

    def bracketed(self, children: list[Any]) -> Parts:
        opening, *_, (part,), closing = children
        return (Part(part.kind, evolve(part.value, sure=True), covering((part,), opening, closing)),)

    between = says(Kind.BETWEEN)
    natural_month = date_form("natural_month")
    iso = date_form("iso")
    slashed = date_form("slashed")
    dashed = date_form("dashed")
    dotted = date_form("dotted")
    month_number = date_form("month_number")
    joined = date_form("joined")
    month_digits = date_form("month_digits")
    month_digits_year = date_form("month_digits_year")
    month = date_form("month")
    month_day = date_form("month_day")
    month_day_year = date_form("month_day_year")
    month_year = date_form("month_year")
    day_month = date_form("day_month")
    day_month_year = date_form("day_month_year")
    today = date_form("today")
    tomorrow = date_form("tomorrow")
    weekday = date_form("weekday")
    this_weekday = date_form("this_weekday")
    next_weekday = date_form("next_weekday")
    this_week = date_form("this_week")
    next_week = date_form("next_week")
    monthly = date_form("monthly")
    this_month = date_form("this_month")
    next_month = date_form("next_month")
    mid_month = date_form("mid_month")
    mid_month_year = date_form("mid_month_year")
    mid_this_month = date_form("mid_this_month")
    mid_next_month = date_form("mid_next_month")
    end_of_month = date_form("end_of_month")
    end_of_named_month = date_form("end_of_named_month")
    end_of_month_year = date_form("end_of_month_year")
    end_of_this_month = date_form("end_of_this_month")
    end_of_next_month = date_form("end_of_next_month")
    end_of_year = date_form("end_of_year")
    days_out = date_form("days_out")
    weeks_out = date_form("weeks_out")
    months_out = date_form("months_out")
    ordinal = date_form("ordinal")
    front_month = date_form("front_month")
    leaps = date_form("leaps")

    # ---- for how much

    def asking(self, words: list[Token]) -> Token:
        """The first word, its end moved to the last one's; of a type that says whether a screen shows prices so."""
        kind = "QUOTING" if any(word == "@" or word.type == "LIMIT" for word in words) else "ASKING"
        return Token(kind, str(words[0]), words[0].start_pos, end_pos=words[-1].end_pos)

    def amount(self, words: list[Token]) -> Parts:
        return (Part(Kind.PRICE, figure_of(words[-1]), span_of(*words)),)

    mid = says(Kind.PRICE, "mid")
    natural = says(Kind.PRICE, "natural")

    def word_price(self, children: list[Parts]) -> Parts:
        return children[0]

    ask = says(Kind.PRICE, QuoteSide.ASK)
    bid = says(Kind.PRICE, QuoteSide.BID)

    def price(self, children: list[Any]) -> Parts:
        word, *behind = children
        parts = sum(behind, ())
        span = covering(parts, word)
        return tuple(evolve(part, value=quoted(part.value, word), span=span) for part in parts)

    price_behind_effect = price

    def priced_debit(self, words: list[Token]) -> Parts:
        figure, span = figure_of(words[0][:-2]), span_of(*words)
        return (Part(Kind.PRICE, figure, span), Part(Kind.EFFECT, PriceEffect.DEBIT, span))

    def priced_credit(self, words: list[Token]) -> Parts:
        figure, span = figure_of(words[0][:-2]), span_of(*words)
        return (Part(Kind.PRICE, figure, span), Part(Kind.EFFECT, PriceEffect.CREDIT, span))

    def cents(self, words: list[Token]) -> Parts:
        return (Part(Kind.PRICE, cents_of(words[0]), span_of(*words)),)

    def dollars(self, words: list[Token]) -> Parts:
        figure = figure_of(words[0].rstrip("DOLARS"))
        return (Part(Kind.PRICE, evolve(figure, money=True), span_of(*words)),)

    def debit_of(self, children: list[Any]) -> Parts:
        (price,) = self.price(children)
        return (price, Part(Kind.EFFECT, PriceEffect.DEBIT, price.span))

    def credit_of(self, children: list[Any]) -> Parts:
        (price,) = self.price(children)
        return (price, Part(Kind.EFFECT, PriceEffect.CREDIT, price.span))

    limit_alone = says(Kind.LIMIT)
    market = says(Kind.MARKET)
    debit = says(Kind.EFFECT, PriceEffect.DEBIT)
    credit = says(Kind.EFFECT, PriceEffect.CREDIT)

    def stop(self, children: list[Any]) -> Parts:
        word, (trigger,) = children
        return (Part(Kind.STOP, StopAt(trigger.value), covering((trigger,), word)),)

    def stop_limit(self, children: list[Any]) -> Parts:
        (trigger,), (limit,) = (child for child in children if isinstance(child, tuple))
        return (Part(Kind.STOP, StopAt(trigger.value, limit.value), covering((limit,), children[0])),)

    def stop_loss(self, children: list[Any]) -> Parts:
        word, (trigger,) = children
        return (Part(Kind.STOP, StopAt(trigger.value, protects=True), covering((trigger,), word)),)

    def stop_last(self, words: list[Token]) -> Parts:
        return (Part(Kind.STOP, StopAt(figure_of(words[-2]), protects=True), span_of(words[0], words[-1])),)

    # ---- how long it works

    day = says(Kind.TIME_IN_FORCE, (Duration.DAY, None))
    gtc = says(Kind.TIME_IN_FORCE, (Duration.GTC, None))
    ext = says(Kind.TIME_IN_FORCE, (Duration.EXT, None))
    ioc = says(Kind.TIME_IN_FORCE, (Duration.IOC, None))

    def good_till(self, children: list[Any]) -> Parts:
        (part,) = children[-1]
        return (Part(Kind.TIME_IN_FORCE, (Duration.GTD, part.value), covering((part,), children[0])),)
