"""
Lines that people type: a whole command is a command, and an answer completes the text of what it answers.

    "buy 10 SPY 450C"                        refused: which expiration?
    "12/18"        as a reply, or next       ─▶ buy 10 SPY 450C 12/18     ─▶ a card
    "make it 5"    to the card               ─▶ buy 5 SPY 450C 12/18      ─▶ the old card withdrawn, a new one shown
    "same but 455" to an order               ─▶ buy 10 SPY 455C 12/18     ─▶ a card, with what is new
    "@ 1.25"       to the live message       ─▶ replace 3f2a11 @ 1.25     ─▶ a card; the order works on until its yes
    "yes"          to any of them            ─▶ nothing: only a press sends, and that is said

    in a guild     the order's words for all to read, and buttons: its card is shown to its trader alone
    directly       the card itself
    edited, gone   an unconfirmed card is withdrawn; what was confirmed stays as it is. An edit never trades

A fragment is never acted on: it makes a line, which is read, judged and shown like any other. Ordinary chat is silence.
"""

from contextlib import suppress
from typing import Final
from uuid import UUID

from attrs import evolve

from tastyflow.application.conversation import HeardLine
from tastyflow.errors import StoreFailure
from tastyflow_adapters.discord.answers.in_public import for_all, is_done_here, to_show
from tastyflow_adapters.discord.answers.line_gone import DELETED, EDITED, line_gone
from tastyflow_adapters.discord.answers.looking.asking import environment_of
from tastyflow_adapters.discord.answers.ordering.deciding import placed_for
from tastyflow_adapters.discord.answers.ordering.line_answer import LineAnswer, line_answer
from tastyflow_adapters.discord.answers.ordering.offering import offered
from tastyflow_adapters.discord.answers.remembering import conversation, is_question, remember
from tastyflow_adapters.discord.answers.replied import about_order, by_no_words, live_order, unchanged, whole_line
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.memory.newcomers import is_newcomer
from tastyflow_adapters.discord.memory.questions import AskedQuestion, Questions
from tastyflow_adapters.discord.page import Answer, ChatPage, Row
from tastyflow_adapters.discord.pages.refusal import ANSWER, REPLY, refusal_page
from tastyflow_adapters.discord.request import Request

BY_COMMAND: Final = frozenset({"incidents", "limits", "link", "why"})
"""The commands that are no lines of the language."""
TYPE_IT: Final = "That is a command: type /{name}."
HINT: Final = "Write an order, as 'buy 10 SPY 450 calls Dec 18', or a command: /help lists them."


async def heard(chat: Chat, request: Request) -> Answer:
    """What a typed line comes to; None for ordinary chat."""
    waiting, now = _waiting(chat, request), chat.desk.context.clock.now()
    live = live_order(chat, request)
    if (whole := whole_line(chat, request, waiting, live)) is not None:
        waiting, request = None, request.saying(whole)
    elif (said := by_no_words(chat, request, waiting, live)) is not None:
        return said
    if live is not None:
        waiting = about_order(chat, request, live)
    earlier = None if waiting is not None else _earlier(chat, request)
    talk = conversation(chat, waiting.question if waiting else None, earlier.question if earlier else None)
    line = talk.hear(request.text, now)
    if line.refused is not None and waiting is not None and waiting.card is None:
        line, waiting = _of_the_last_order(chat, request, waiting, line)
    waiting = waiting or earlier
    if line.refused is not None:
        return _not_made(chat, request, waiting, live, line)
    if not request.asker.is_direct and not is_done_here(chat, request, line.line):
        with suppress(StoreFailure):  # then a later reply may answer the older question: it is a card all the same
            Questions(chat.memory).put_aside(request.asker.user, request.asker.channel)
        return to_show(chat, request, line.line)
    answer = await _answer(chat, request, waiting, line)
    if answer.reply.ignored:
        return _by_command(chat, request) or _hint(chat, request)
    remember(chat, request, answer)
    page = _directly(answer) if request.asker.is_direct else for_all(chat, request, answer)
    return _with_what_is_new(page, line)


def shown(chat: Chat, request: Request, page: str) -> None:
    """The answer to the line *request* stands in the message *page*: a reply to it answers that."""
    with suppress(StoreFailure):  # then the next line answers it, and a reply does not
        Questions(chat.memory).shown_as(request.id, page)


async def edited(chat: Chat, request: Request) -> Answer:
    """The line with the id of *request* says something else now: its unconfirmed card is withdrawn."""
    return await line_gone(chat, request.id, EDITED, request.text)


async def deleted(chat: Chat, message: str) -> Answer:
    """The line with the id *message* is gone; as for `edited`."""
    return await line_gone(chat, message, DELETED)


# ── what a line answers ────────────────────────────────────────────────────────────────────────────────────────


def _waiting(chat: Chat, request: Request) -> AskedQuestion | None:
    """What the line may answer: what it replies to, else the latest question to its author there."""
    asker = request.asker
    with suppress(StoreFailure):  # a whole command needs no memory
        questions = Questions(chat.memory)
        return questions.at(request.page, asker.user) if request.page else questions.latest(asker.user, asker.channel)
    return None


def _earlier(chat: Chat, request: Request) -> AskedQuestion | None:
    """The last order of who writes to the bot there, which "again" and "close it" refer to."""
    asker = request.asker
    if not _is_addressed(chat, request):
        return None
    with suppress(StoreFailure):
        return Questions(chat.memory).newest(asker.user, asker.channel)
    return None


def _of_the_last_order(
    chat: Chat, request: Request, waiting: AskedQuestion, line: HeardLine
) -> tuple[HeardLine, AskedQuestion]:
    """What "close it" makes of the order before a question that it does not answer; *line* as it is, of none."""
    last = None
    if _is_addressed(chat, request):
        with suppress(StoreFailure):
            last = Questions(chat.memory).last_card(request.asker.user, request.asker.channel)
    if last is None:
        return line, waiting
    talk = conversation(chat, waiting.question, last.question)
    again = talk.hear(request.text, chat.desk.context.clock.now())
    return (again, last) if again.made else (line, waiting)


def _is_addressed(chat: Chat, request: Request) -> bool:
    """Whether the line is written to the bot: people talk to each other in replies, and where plain text is read."""
    return not request.page and (request.asker.is_direct or not chat.here.plain_text)


async def _answer(chat: Chat, request: Request, waiting: AskedQuestion | None, heard_line: HeardLine) -> LineAnswer:
    if not heard_line.made or waiting is None:
        return await line_answer(chat, request, heard_line.line)
    request = evolve(request, options={**request.options, "account": waiting.account})
    return await placed_for(chat, request, heard_line.line, waiting.card)


def _not_made(
    chat: Chat, request: Request, waiting: AskedQuestion | None, live: UUID | None, line: HeardLine
) -> Answer:
    """An answer makes no line: why, and what to write; silence, where people talk."""
    if line.refused is not None and live is not None:
        return unchanged(chat, request, live, line.refused.message)
    if waiting is not None:
        return _asked_back(chat, request, waiting, line)
    if line.refused is None or not _is_addressed(chat, request):
        return None
    return refusal_page(
        line.refused.message,
        asked=request.text,
        place=environment_of(chat),
        instead=offered(chat, request, tuple(line.refused.suggestions)),
        is_private=request.asker.is_direct,
    )


def _with_what_is_new(page: ChatPage, line: HeardLine) -> ChatPage:
    """The page of a line that was made, with what is new of it."""
    new = "  ·  ".join(words for words, is_new in line.pieces() if is_new)
    rows = [Row("new", (new,), is_strong=True)] if new else []
    rows += [Row("note", (line.notice,), is_strong=True)] if line.notice else []
    return evolve(page, rows=(*rows, *page.rows)) if line.made and rows else page


def _asked_back(chat: Chat, request: Request, waiting: AskedQuestion, line: HeardLine) -> Answer:
    """An answer that makes no line: what to write instead. The question stands."""
    no = line.refused
    if no is None or (waiting.card is not None and not request.page and not request.asker.is_direct):
        return None  # people talk; a card alone asks nothing
    now = chat.desk.context.clock.now()
    question = conversation(chat, waiting.question).asked_back(line, now).question or waiting.question
    Questions(chat.memory).ask(evolve(waiting, request=request.id, question=question, page=""))
    return refusal_page(
        no.message,
        asked=request.text,
        place=environment_of(chat),
        instead=offered(chat, request, question.suggestions, card=waiting.card),
        is_question=True,
        is_private=request.asker.is_direct,
    )


def _by_command(chat: Chat, request: Request) -> ChatPage | None:
    """The name of a command that is no line of the language; where every line is read, such a word is chat."""
    name = request.text.strip().lower()
    if name not in BY_COMMAND or (chat.here.plain_text and not request.asker.is_direct):
        return None
    return ChatPage(lines=(TYPE_IT.format(name=name),), is_private=request.asker.is_direct)


def _hint(chat: Chat, request: Request) -> Answer:
    """Who writes directly is told once what the bot is for."""
    if request.asker.is_direct:
        with suppress(StoreFailure):  # then it is not said: it may have been before
            return ChatPage(lines=(HINT,)) if is_newcomer(chat.memory, request.asker.user) else None
    return None


def _directly(answer: LineAnswer) -> ChatPage:
    """The whole answer; a question says that a reply answers it."""
    page = answer.page
    return evolve(page, footer=REPLY if page.buttons or page.menu else ANSWER) if is_question(answer) else page
