"""
The parts of a leg, from the grammar's rules: who does what, how many, of what; and the strategy that makes several.

    BTO 10 SPY 450C            430/435/465/470 iron condor
    ─┬─ ─┬ ─┬─ ──┬─            ───────┬─────── ─────┬─────
     │   │  │    STRIKE, RIGHT       STRIKES      STRATEGY
     │   │  SYMBOL
     │   QUANTITY
     ACTION
"""

from decimal import Decimal
from string import ascii_uppercase
from typing import Any, Final

from attrs import evolve
from lark.lexer import Token

from tastyflow.domain.commands import AskedAction, HeldPart
from tastyflow.domain.instruments import Right, venue_symbol
from tastyflow.domain.ticket import Strategy
from tastyflow_grammar.parts import Kind, Part, Parts, SpreadKind, Ticker, Vague
from tastyflow_grammar.reading.words import (
    count_of,
    covering,
    figure_of,
    held_part_of,
    option_parts,
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


class LegParts:
    """The methods of the rules of which a leg consists."""

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
        return (Part(Kind.STRIKE, figure_of(words[-1].partition(" ")[0]), span_of(*words)),)

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
