"""
An order in today's words: days to expiration are counted from today, so that what is shown can be typed again.
"""

from datetime import datetime

from attrs import evolve

from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.order import Order
from tastyflow.errors import NotUnderstood
from tastyflow.ports import Language


def reworded(order: Order, language: Language, now: datetime) -> Order:
    """
    *order* with its words and suggestions as they are written at *now*.

    A suggestion of another day is written in full: its "next Friday" was another Friday.
    """
    if new_york_date(order.asked_at) == new_york_date(now):
        return order
    from tastyflow.application.intake.completion import as_command  # an order of today needs nothing of the intake

    words = order.words
    if order.ticket is not None and order.strategy is not None:
        words = language.render(as_command(order.ticket, order.strategy), as_of=now)
    suggestions = tuple(_reworded(each, language, order.asked_at, now) for each in order.suggestions)
    return evolve(order, words=words, suggestions=suggestions)


def _reworded(words: str, language: Language, written_at: datetime, now: datetime) -> str:
    try:
        return language.render(language.parse(words, as_of=written_at), as_of=now)
    except NotUnderstood:
        return words  # a suggestion that was no chat line: an older log may hold a command of the operator
