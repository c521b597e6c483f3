"""
The parts of an order beside its legs, from the grammar's rules: until when, for how much, how long it works.

    12/18 @ 2.50 gtc
    ──┬── ──┬─── ─┬─
      │     │     TIME_IN_FORCE
      │     PRICE
      EXPIRATION
"""

from typing import Any

from attrs import evolve
from lark.lexer import Token

from tastyflow.domain.ticket import Duration, PriceEffect
from tastyflow_grammar.parts import Kind, Part, Parts, QuoteSide, StopAt
from tastyflow_grammar.reading.words import cents_of, covering, date_form, figure_of, quoted, says, span_of


class TermParts:
    """The methods of the rules of days, prices, stops and times in force."""

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
