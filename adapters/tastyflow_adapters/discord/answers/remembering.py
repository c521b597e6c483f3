"""
What the next line of a person may answer: a line that was refused, or a card that waits.

    a refusal that asks ─▶ "Which expiration?"   12/18, 1
    a card, its order   ─▶ @ 1.25, make it 5, same but 455, again, close it
    any other command   ─▶ nothing: what came before is answered by a reply to its page, and by words that refer to an
                           order: again, close it
"""

from contextlib import suppress
from typing import Final

from tastyflow.application.conversation import Conversation, HeardLine, Question
from tastyflow.domain.commands import ReplaceOrder
from tastyflow.domain.order import Order
from tastyflow.errors import StoreFailure
from tastyflow_adapters.discord.answers.ordering.line_answer import LineAnswer
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.memory.questions import AskedQuestion, Questions
from tastyflow_adapters.discord.request import Request

QUESTIONS: Final = frozenset(
    {"missing_action", "missing_symbol", "missing_strike", "missing_right", "missing_expiration", "bad_quantity"}
    | {"bad_price", "bad_strike", "bad_date", "expired", "not_a_trading_day", "ambiguous"}
)
"""The codes of the language that a short answer can settle."""


def remember(chat: Chat, request: Request, answer: LineAnswer) -> None:
    """Keep what *answer* asks its author; *request* is the line that it answers."""
    line, now = answer.line, chat.desk.context.clock.now()
    if answer.reply.ignored:
        return
    order = answer.order
    if answer.waits and order is not None:
        question: Question | None = Question(_line_of(answer, order), (), now, order.id)
    else:
        order, heard = None, HeardLine(line)
        question = conversation(chat).after(heard, answer.reply, now, suggestions_of(answer)).question
    with suppress(StoreFailure):  # the answer is shown all the same
        questions = Questions(chat.memory)
        if question is None:
            questions.put_aside(request.asker.user, request.asker.channel)
            return
        questions.ask(
            AskedQuestion(
                request=request.id,
                user=request.asker.user,
                channel=request.asker.channel,
                question=question,
                account=request.options.get("account", ""),
                card=order.id if order is not None else None,
            )
        )


def is_question(answer: LineAnswer) -> bool:
    """Whether the language asks for what is missing, or wrong: a short answer completes the line."""
    no = answer.reply.error or (answer.order if answer.reply.command is None else None)
    return not answer.reply.ignored and answer.reply.command is None and no is not None and no.code in QUESTIONS


def conversation(chat: Chat, question: Question | None = None, last: Question | None = None) -> Conversation:
    """The conversation in which *question* waits for an answer, and *last* is what "again" refers to."""
    return Conversation(chat.desk.context.language, chat.desk.lookup, question, last)


def _line_of(answer: LineAnswer, order: Order) -> str:
    """The words of an order: of one that takes another's place, not the change that was typed."""
    return order.words if isinstance(answer.reply.command, ReplaceOrder) else answer.line


def suggestions_of(answer: LineAnswer) -> tuple[str, ...]:
    """The lines that the page of *answer* offers."""
    error = answer.reply.error
    return tuple(error.suggestions) if error is not None else answer.order.suggestions if answer.order else ()
