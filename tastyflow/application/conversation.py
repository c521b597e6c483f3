"""
A conversation: what a typed line means after one that was refused.

    buy 10 SPY 450C        refused: which expiration?        1 buy 10 SPY 450C Dec 18 2026
    12/18                  the answer:       buy 10 SPY 450C 12/18
    1                      the suggestion:   buy 10 SPY 450C Dec 18 2026

    text ─▶ a whole command? ─▶ a suggestion's number? ─▶ an answer? ─▶ HeardLine(line) ─▶ the desk ─▶ reply ─▶ after

A whole command is always a command, and never an answer. A line that is made here is shown, and goes the way of every
typed line: it is read, checked and recorded anew. The question is forgotten with the next command, and with time.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from attrs import evolve, frozen

from tastyflow.application.answers import Reply
from tastyflow.application.intake.drafting import is_chat
from tastyflow.domain.commands import PlaceOrder, PreviewOrder, ShowChain, ShowQuote
from tastyflow.domain.order.stages import Stage
from tastyflow.errors import NotUnderstood
from tastyflow.ports import Language

PATIENCE: Final = timedelta(minutes=10)
"""How long a question waits for its answer: after that, a number or a date is no order."""
_NUMBER: Final = re.compile(r"#?([1-9]\d?)")


@frozen
class Question:
    """
    What was refused, and may be answered.

    Attributes:
        line: The whole line that was refused.
        suggestions: The commands that were offered instead; the first is number 1.
        at: When it was asked.
    """

    line: str
    suggestions: tuple[str, ...]
    at: datetime


@frozen
class HeardLine:
    """
    What a text asks for.

    Attributes:
        line: The line for the desk: the text itself, or the one that it makes with the question.
        made: Whether it was made here, and is to be shown.
        refused: Why there is no such line: nothing is asked of the desk.
    """

    line: str
    made: bool = False
    refused: NotUnderstood | None = None


@frozen
class Conversation:
    """
    The lines of one user in one place, as far as the next one may refer to them.

    Attributes:
        language: Reads the lines.
        is_order: Whether a reference names an order: ``#1`` is then no suggestion's number.
        question: What waits for an answer.
    """

    language: Language
    is_order: Callable[[str], bool] = lambda _reference: False
    question: Question | None = None

    @property
    def offered(self) -> tuple[str, ...]:
        """The suggestions that can be taken by their number."""
        return self.question.suggestions if self.question else ()

    def hear(self, text: str, now: datetime) -> HeardLine:
        """What *text* asks for, after the question if there is one."""
        question = self.question
        if question is None or now - question.at > PATIENCE:
            return HeardLine(text)
        try:
            self.language.parse(text, as_of=now)
        except NotUnderstood as no:
            return self._answer(text, question, no, now)
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
        names_something = PlaceOrder | PreviewOrder | ShowQuote | ShowChain
        if not (is_refused and (reply.command is None or isinstance(reply.command, names_something))):
            return evolve(self, question=None)
        commands = tuple(words for words in suggestions if self._is_command(words, now))
        return evolve(self, question=Question(heard.line, commands, now))

    def asked_back(self, heard: HeardLine, now: datetime) -> "Conversation":
        """The conversation after an answer that made no line: the question stands, with what is offered now."""
        if self.question is None or heard.refused is None:
            return self
        offered = tuple(words for words in heard.refused.suggestions if self._is_command(words, now))
        line = heard.line if heard.line in offered else self.question.line
        return evolve(self, question=Question(line, offered, now))

    def _answer(self, text: str, question: Question, no: NotUnderstood, now: datetime) -> HeardLine:
        """What a text that is no command asks for, *no* being the language's refusal of it."""
        picked = self._picked(text, question)
        try:
            line = self.language.complete(text, answering=question.line, as_of=now).line
        except NotUnderstood as unanswered:
            if picked:
                return HeardLine(picked, made=True)
            is_own = is_chat(unanswered) or not (is_chat(no) or no.code == "missing_action")
            return HeardLine(text) if is_own else HeardLine(text, refused=unanswered)
        if picked and not text.strip().startswith("#") and not self._same(picked, line, now):
            return _number_or_answer(text, picked, line)
        return HeardLine(picked or line, made=True)

    def _picked(self, text: str, question: Question) -> str | None:
        """The suggestion whose number *text* is."""
        number = _NUMBER.fullmatch(text.strip())
        if number is None or int(number[1]) > len(question.suggestions):
            return None
        if text.strip().startswith("#") and self.is_order(number[1]):
            return None
        return question.suggestions[int(number[1]) - 1]

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


def _number_or_answer(text: str, picked: str, line: str) -> HeardLine:
    """Ask which of two lines a number means; the first of them is the question from here on."""
    message = f"Is {text.strip()} the number of a suggestion, or the answer? Type the number of the line that is meant."
    no = NotUnderstood(message, code="ambiguous", span=(0, len(text)), suggestions=(picked, line))
    return HeardLine(picked, refused=no)
