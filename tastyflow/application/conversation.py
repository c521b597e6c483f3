"""
A conversation: what a typed line means after the ones before it.

    buy 10 SPY 450C        refused: which expiration?        1 buy 10 SPY 450C Dec 18 2026
    12/18                  the answer:       buy 10 SPY 450C 12/18
    1                      the suggestion:   buy 10 SPY 450C Dec 18 2026

    buy 10 SPY 450C 12/18  placed
    same but 455           after it:         buy 10 SPY 455C 12/18

    text ─▶ a whole command? ─▶ a suggestion's number? ─▶ an answer? ─▶ HeardLine(line) ─▶ the desk ─▶ reply ─▶ after
                                                            ├─ to the question, or the order, of the line before
                                                            └─ "again", "make it 5" …: to the last order

A whole command is always a command, and never an answer. A line that is made here is shown with what is new of it, and
goes the way of every typed line: it is read, checked and recorded anew. The question is forgotten with the next
command, and the last order with the next order; both with time.
"""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final, Protocol
from uuid import UUID

from attrs import evolve, frozen

from tastyflow.application.answered_order import AnsweredOrder
from tastyflow.application.answers import Reply
from tastyflow.application.intake.drafting import is_chat
from tastyflow.domain.commands import (
    CompletedLine,
    Flatten,
    Follows,
    PlaceOrder,
    PreviewOrder,
    ReplaceOrder,
    ShowChain,
    ShowQuote,
)
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.errors import NotUnderstood, Refused
from tastyflow.ports import Language

PATIENCE: Final = timedelta(minutes=10)
"""How long a question waits for its answer: after that, a number or a date is no order."""
_NUMBER: Final = re.compile(r"#?([1-9]\d?)")
_NAMES_SOMETHING: Final = PlaceOrder | PreviewOrder | ShowQuote | ShowChain
_FIGURE: Final = re.compile(r"#?\$?\d[\d.,]*")
_OF_WHAT_IS_HELD: Final = frozenset({Follows.CLOSE, Follows.ROLL, Follows.CANCEL})
_UNFINISHED: Final = frozenset({"not_a_command", "missing_action", "missing_symbol", "syntax"})
"""What a short answer is refused for where it stands alone: "12/18", "450c", "sell"."""


class KnownOrders(Protocol):
    """The orders that a line can refer to; each method raises `Refused`, ``unknown_order`` where there is none."""

    def find(self, reference: str) -> Order: ...

    def by_id(self, order_id: UUID) -> Order: ...


@frozen
class Question:
    """
    What may be answered: a line that was refused, or what it made.

    Attributes:
        line: The whole line.
        suggestions: The commands that were offered instead; the first is number 1.
        at: When it was asked.
        order: The order that it made: it is answered as it stands then. None where it made none.
    """

    line: str
    suggestions: tuple[str, ...]
    at: datetime
    order: UUID | None = None


@frozen
class HeardLine:
    """
    What a text asks for.

    Attributes:
        line: The line for the desk: the text itself, or the one that it makes with what it answers.
        made: Whether it was made here, and is to be shown.
        changed: What is new of a line that was made, as spans.
        notice: What is to be said beside it; empty where nothing is.
        refused: Why there is no such line: nothing is asked of the desk.
    """

    line: str
    made: bool = False
    changed: tuple[tuple[int, int], ...] = ()
    notice: str = ""
    refused: NotUnderstood | None = None

    def pieces(self) -> Iterator[tuple[str, bool]]:
        """The line in pieces, each with whether it is new."""
        return CompletedLine(self.line, self.changed).pieces()


@frozen
class Conversation:
    """
    The lines of one user in one place, as far as the next one may refer to them.

    Attributes:
        language: Reads the lines.
        orders: A reference that names one of them is no suggestion's number: ``#1``.
        question: What the next line may answer.
        last: The last line that asked for an order: what "again" and "make it 5" refer to, after other commands too.
    """

    language: Language
    orders: KnownOrders | None = None
    question: Question | None = None
    last: Question | None = None

    @property
    def offered(self) -> tuple[str, ...]:
        """The suggestions that can be taken by their number."""
        return self.question.suggestions if self.question else ()

    def hear(self, text: str, now: datetime) -> HeardLine:
        """What *text* asks for, after what came before it."""
        try:
            self.language.parse(text, as_of=now)
        except NotUnderstood as no:
            return self._answer(text, no, now)
        return HeardLine(text)

    def after(self, heard: HeardLine, reply: Reply, now: datetime, suggestions: tuple[str, ...]) -> "Conversation":
        """
        The conversation after the desk's *reply*.

        Args:
            heard: What was asked of the desk.
            reply: Its answer.
            now: The present.
            suggestions: What it offers instead, as it is shown.
        """
        if reply.ignored:
            return self
        is_refused = any(order.stage is Stage.REFUSED for order in reply.orders) or reply.error is not None
        is_order = isinstance(reply.command, PlaceOrder | PreviewOrder | ReplaceOrder)
        if is_refused and (reply.command is None or isinstance(reply.command, _NAMES_SOMETHING)):
            commands = tuple(words for words in suggestions if self._is_command(words, now))
            question = Question(heard.line, commands, now)
            return evolve(self, question=question, last=question if is_order else self.last)
        if not is_order or (reply.error is not None and not reply.orders):
            is_of_several = isinstance(reply.command, Flatten)  # then "it" is none of them
            return evolve(self, question=None, last=None if is_of_several else self.last)
        order = reply.orders[0] if reply.orders else None
        line = order.words if isinstance(reply.command, ReplaceOrder) and order is not None else heard.line
        question = Question(line, (), now, order.id if order is not None else None)
        return evolve(self, question=question, last=question)

    def asked_back(self, heard: HeardLine, now: datetime) -> "Conversation":
        """The conversation after an answer that made no line: the question stands, with what is offered now."""
        if heard.refused is None:
            return self
        offered = tuple(words for words in heard.refused.suggestions if self._is_command(words, now))
        if heard.line in offered:
            return evolve(self, question=Question(heard.line, offered, now))
        stands = self.question or self.last or Question("", (), now)
        return evolve(self, question=evolve(stands, suggestions=offered or stands.suggestions, at=now))

    def _answer(self, text: str, no: NotUnderstood, now: datetime) -> HeardLine:
        """What a text that is no command asks for, *no* being the language's refusal of it."""
        is_own = _is_own(no) and not self._refers(text, now)
        for question in () if is_own else self._before(text, now):
            picked = self._picked(text, question)
            about = self._about(question)
            if about.is_sent and _FIGURE.fullmatch(text.strip()):
                continue  # a bare number says nothing of an order that asks nothing
            try:
                made, notice = about.answered(text, now)
            except NotUnderstood as unanswered:
                if picked:
                    return HeardLine(picked, made=True)
                is_part = is_chat(no) or no.code == "missing_action" or self._refers(text, now)
                if is_chat(unanswered) or not is_part or self._is_about_the_last(text, question, unanswered, now):
                    continue
                return HeardLine(text, refused=self._with_what_was_offered(unanswered, question, now))
            if picked and self._asks_how_many(text, question, now) and not self._same(picked, made.line, now):
                return _number_or_answer(text, picked, made.line)
            return HeardLine(picked, made=True) if picked else HeardLine(made.line, True, made.changed, notice)
        return HeardLine(text, refused=no) if self._refers(text, now) else HeardLine(text)

    def _with_what_was_offered(self, no: NotUnderstood, question: Question, now: datetime) -> NotUnderstood:
        """
        A question that is asked again keeps what was offered, and its numbers: the desk knows what it would refuse, and
        the language, which asks again, does not.
        """
        try:
            self.language.parse(question.line, as_of=now)
        except NotUnderstood as asked:
            if question.suggestions and no.suggestions == asked.suggestions:
                offered = question.suggestions
                return NotUnderstood(no.message, code=no.code, span=no.span, hint=no.hint, suggestions=offered)
        return no

    def _before(self, text: str, now: datetime) -> Iterator[Question]:
        """What *text* may answer: the question; and the last order, where its words refer to one."""
        if self.question is not None and now - self.question.at <= PATIENCE:
            yield self.question
        last = self.last if self.last != self.question else None
        if last is not None and now - last.at <= PATIENCE and self._refers(text, now):
            yield last

    def _is_about_the_last(self, text: str, question: Question, no: NotUnderstood, now: datetime) -> bool:
        """
        Whether words that refer to an order mean the one before a *question* that is none: "close it".

        After what no short answer belongs to ("did I get filled?"), all of them do.
        """
        if self.last is None or question == self.last or not self._refers(text, now):
            return False
        try:
            made, _ = self._about(self.last).answered(text, now)
        except NotUnderstood:
            return False
        return made.follows in _OF_WHAT_IS_HELD or no.code == "syntax"

    def _refers(self, text: str, now: datetime) -> bool:
        """Whether the words refer to an order: "again", "make it 5"; without one, the language says so."""
        try:
            self.language.complete(text, answering="", as_of=now)
        except NotUnderstood as no:
            return not is_chat(no)
        return True

    def _about(self, question: Question) -> AnsweredOrder:
        order = self._order(question)
        name = order.reference if order is not None else ""
        if order is not None and self.orders is not None:
            try:
                self.orders.find(name)
            except Refused:
                name = order.id.hex  # the short one names several
        return AnsweredOrder(self.language, question.line, name, order)

    def _order(self, question: Question) -> Order | None:
        if question.order is None or self.orders is None:
            return None
        try:
            return self.orders.by_id(question.order)
        except Refused:
            return None

    def _picked(self, text: str, question: Question) -> str | None:
        """The suggestion whose number *text* is."""
        number = _NUMBER.fullmatch(text.strip())
        if number is None or int(number[1]) > len(question.suggestions):
            return None
        if text.strip().startswith("#") and self._is_order(number[1]):
            return None
        return question.suggestions[int(number[1]) - 1]

    def _asks_how_many(self, text: str, question: Question, now: datetime) -> bool:
        """Whether a number may as well be the answer: to any other question, what stands in the list is meant."""
        if text.strip().startswith("#"):
            return False
        try:
            self.language.parse(question.line, as_of=now)
        except NotUnderstood as asked:
            return asked.code == "bad_quantity"
        return False

    def _is_order(self, reference: str) -> bool:
        if self.orders is None:
            return False
        try:
            self.orders.find(reference)
        except Refused as no:
            return no.code != "unknown_order"
        return True

    def _is_command(self, words: str, now: datetime) -> bool:
        try:
            self.language.parse(words, as_of=now)
        except NotUnderstood:
            return False
        return True

    def _same(self, one: str, other: str, now: datetime) -> bool:
        """Whether two lines are one command; a line that is still refused is none."""
        if not self._is_command(other, now):
            return False
        return self.language.parse(one, as_of=now) == self.language.parse(other, as_of=now)


def _is_own(no: NotUnderstood) -> bool:
    """Whether a line that is refused so is a request of its own, and no part of one: "buy 1 SPY 450c feb 30"."""
    return no.code not in _UNFINISHED or (no.code == "missing_action" and bool(no.suggestions))


def _number_or_answer(text: str, picked: str, line: str) -> HeardLine:
    """Ask which of two lines a number means; the first of them is the question from here on."""
    message = f"Is {text.strip()} the number of a suggestion, or the answer? Type the number of the line that is meant."
    no = NotUnderstood(message, code="ambiguous", span=(0, len(text)), suggestions=(picked, line))
    return HeardLine(picked, refused=no)
