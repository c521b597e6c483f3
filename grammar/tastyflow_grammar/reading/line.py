"""
From the text as typed to a line that the grammar reads, without moving a character.

    typed   **bto** 10 SPY 450c 12/18 @ 2.50 pls 🚀
    text      BTO   10 SPY 450C 12/18 @ 2.50

Every replacement is one character for one character (`letters`), so a span in the line is a span in the text as typed.
What carries nothing becomes blank: Discord's markdown, a closed list of chat words at either end, quotes around the
whole line, the dash before an item of a list, the slash before a command, and the joints of BUY_TO_OPEN.
"""

import re
from typing import Final

from attrs import frozen

from tastyflow_grammar.reading.letters import EMOJI, FOREIGN, plain_letters
from tastyflow_grammar.reading.passing_words import (
    AT_THE_BEGINNING,
    LONGEST,
    MAY_BEGIN,
    MAY_END,
    is_greeting,
    is_greeting_or_note,
)
from tastyflow_grammar.refusing.faults import Code, LanguageFault, Span
from tastyflow_grammar.vocabulary import ACTIONS, COINS, FREE_TEXT, REQUESTS, UNOFFERED_OPENERS

MAX_LENGTH: Final = 2_000
"""Discord's limit for a message."""

_MARKDOWN: Final = "*_`|"
_CLOSING: Final = ".,!?"
_QUOTES: Final = "\"'"
_SLASHED: Final = (ACTIONS | REQUESTS.keys() | UNOFFERED_OPENERS) - COINS  # "/BTC" is a future
_PEOPLE = frozenset({"ALERT", "ALERTS", "TEAM", "ROOM", "GUYS", "FOLKS", "TRADER", "TRADERS", "MEMBERS", "GANG", "FAM"})
_TAKES_BACK = frozenset({"NO", "NOT", "DONT", "NEVER", "WAIT", "JK", "KIDDING", "NVM", "NEVERMIND", "PAPER", "LATER"})
_MENTION = re.compile(r"<[@#][!&]?\d+>|<a?:\w+:\d+>|@here|@everyone|:[a-z_]\w*:", re.IGNORECASE | re.ASCII)
_ADDRESSEE = re.compile(
    r"@(?!mid|mkt|mark|nat|lim|lmt|stop|strike|open|close|bid|ask|last)[a-z_][\w.]*", re.IGNORECASE | re.ASCII
)
_CALLS: Final = ("<@", "@HERE", "@EVERYONE")
_LOOSE_MARKDOWN = re.compile(r"(?<![^ ])[*_`|]+|[*_`|]+(?![^ ])")
_JOINED_ACTION = re.compile(r"(?<![^ /])(BUY|SELL)_TO_(OPEN|CLOSE)(?![^ ])")


@frozen
class Piece:
    """Some words of a line that was rewritten: where they stand in it, and in the text as typed."""

    span: Span
    typed: Span

    def typed_span(self, start: int, end: int) -> Span:
        """Where a part of the words stands in the text as typed; the whole piece where its words are others."""
        (first, last), (begin, close) = self.span, self.typed
        if last - first != close - begin:
            return self.typed
        return begin + max(start, first) - first, begin + min(end, last) - first


@frozen
class Line:
    """
    A text, ready to be read.

    Attributes:
        typed: The text as typed.
        text: As long as *typed*, in capitals, with chat and markdown blanked.
        remark_end: Where free text ends: before closing marks, behind the chat words that *text* leaves out.
        asks: Whether a question mark closes it.
        wordless: Whether nothing is left of the text, and it was nothing but mentions, emoji and marks.
        rewritten: Of a broker's string, the same in ordinary words: *text* is then as long as these.
        pieces: Where these words stand in *typed*.
    """

    typed: str
    text: str
    remark_end: int
    asks: bool
    wordless: bool
    rewritten: str = ""
    pieces: tuple[Piece, ...] = ()

    @property
    def span(self) -> Span:
        """From the first to the last character that is not blank."""
        end = len(self.text.rstrip())
        return min(len(self.text) - len(self.text.lstrip()), end), end

    @property
    def words(self) -> list[str]:
        return self.text.split()

    def shown(self) -> str:
        """The line in the trader's own spelling, chat and markdown blanked; rewritten, in ordinary words."""
        spelt = self.rewritten or self.typed
        return "".join(own if kept != " " else " " for own, kept in zip(spelt, self.text, strict=True))

    def typed_span(self, span: Span) -> Span:
        """Where a span of the line stands in the text as typed."""
        if not self.pieces:
            return span
        start, end = span
        met = [piece for piece in self.pieces if piece.span[0] < end and start < piece.span[1]] or self.pieces
        spans = [piece.typed_span(start, end) for piece in met]
        return min(begin for begin, _ in spans), max(close for _, close in spans)

    def word_at(self, position: int) -> Span:
        """The blank-delimited word around a position; the last one when it lies behind the line."""
        start, end = self.span
        if not start <= position < end:
            position = max(start, end - 1)
        before = self.text.rfind(" ", 0, position) + 1
        after = self.text.find(" ", position)
        return min(before, len(self.text)), len(self.text) if after < 0 else after


def read_line(typed: str) -> Line:
    """
    Prepare a text for the grammar.

    Raises:
        LanguageFault: ``syntax``, when it is too long or holds an invisible character.
    """
    if len(typed) > MAX_LENGTH:
        message = f"That is {len(typed):,} characters; a command has at most {MAX_LENGTH:,}."
        raise LanguageFault(Code.SYNTAX, message, (MAX_LENGTH, len(typed)))
    text = plain_letters(typed).upper()
    text = _LOOSE_MARKDOWN.sub(lambda found: " " * len(found.group()), text)
    if "_TO_" in text:
        text = _JOINED_ACTION.sub(r"\1 TO \2", text)
    start = _opening(text)
    end = _closing(text, start)
    if text[start : start + 1] in _QUOTES and _is_quoted(text, start, end):
        text = f"{text[:start]} {text[start + 1 : end - 1]} {text[end:]}"
        start = _opening(text)
        end = _closing(text, start)
    remark_end = _before_marks(text, start, len(text))
    blank = " " * start + text[start:end] + " " * (len(text) - end)
    return Line(typed, blank, max(remark_end, end), "?" in text[end:], start >= end and _is_wordless(text))


def _is_wordless(text: str) -> bool:
    words = text.replace(EMOJI, " ").split()
    return all(_MENTION.fullmatch(word) or _ADDRESSEE.fullmatch(word) or not _has_letters(word) for word in words)


def _has_letters(word: str) -> bool:
    return any(character.isalnum() or character == FOREIGN for character in word)


def _opening(text: str) -> int:
    """Where the line begins, behind greetings, mentions, emoji, the dash of a list and the slash of a command."""
    first = text.partition(" ")[0]
    if first.isalnum() and first not in MAY_BEGIN:
        return 0
    start = 0
    while start < len(text):
        if text[start] in " " + EMOJI + _MARKDOWN:
            start += 1
            continue
        for words in range(LONGEST, 0, -1):
            end = _words_on(text, start, words)
            said = " ".join(text[start:end].strip(_MARKDOWN + EMOJI + ",!:").split())
            if said in AT_THE_BEGINNING or (words == 1 and _is_aside(said)):
                start = end
                break
        else:
            break
    return start + (text[start : start + 1] == "/" and _opens_a_command(text, start + 1))


def _is_aside(word: str) -> bool:
    """Whether a word is the dash of a list, or a mention."""
    return word == "-" or bool(_MENTION.fullmatch(word) or _ADDRESSEE.fullmatch(word))


def _opens_a_command(text: str, start: int) -> bool:
    return text[start:].partition(" ")[0] in _SLASHED


def _is_quoted(text: str, start: int, end: int) -> bool:
    """Whether the first and the last character are a pair of quotes, with no such quote between them."""
    return end - start > 2 and text.find(text[start], start + 1) == end - 1


def _words_on(text: str, start: int, words: int) -> int:
    """Where the last of some words from a place on ends."""
    end = start - 1
    for _ in range(words):
        while end + 1 < len(text) and text[end + 1] == " ":
            end += 1
        end = text.find(" ", end + 1)
        if end < 0:
            return len(text)
    return end


def _closing(text: str, start: int) -> int:
    """Where the line ends, before mentions, emoji, closing marks and what may stand at the end."""
    end = _before_marks(text, start, len(text))
    if any(mention in text for mention in _CALLS) and (called := _calling(text, start, end)):
        end = _before_marks(text, start, called)
    last = text[text.rfind(" ", start, end) + 1 : end]
    if last.isalnum() and last not in MAY_END:
        return end
    is_passing = is_greeting if text[start:].partition(" ")[0] in FREE_TEXT else is_greeting_or_note
    while end > start:
        first = end
        for words in range(1, LONGEST + 1):
            first = text.rfind(" ", start, len(text[:first].rstrip(" "))) + 1 or start
            said = text[first:end].strip(_MARKDOWN + EMOJI + _CLOSING)
            if is_passing(said) or (words == 1 and _MENTION.fullmatch(said)):
                break  # a bare "@name" here may be a misspelt "@ market"
        else:
            break
        end = _before_marks(text, start, first)
        if text[:end].endswith(" -") and end < first:
            end = _before_marks(text, start, end - 1)
    return end


def _calling(text: str, start: int, end: int) -> int:
    """
    Where the mention stands that calls people with some words at the very end: ``@here @EM Alert``; 0 where none does.

    What could be a part of the order is none of these words: what has a figure, what is a word of ours or like one. A
    word that is no name has to be one for people, so that neither ``@here TSLA`` nor ``@here Not Now`` is left out.
    """
    at = max(text.rfind(mention, start, end) for mention in _CALLS)
    called, *behind = text[max(at, 0) : end].split()
    names = [word.removeprefix("@").strip(_CLOSING) for word in behind]
    if at <= start or not behind or not _MENTION.fullmatch(called) or not all(name.isalpha() for name in names):
        return 0
    if not (behind[0].startswith("@") or names[0] in _PEOPLE) or not _TAKES_BACK.isdisjoint(names):
        return 0
    from tastyflow_grammar.reading.near_words import close_words
    from tastyflow_grammar.reading.reader import is_our_word  # here, as few lines call people

    return 0 if any(is_our_word(name) or close_words(name) for name in names) else at


def _before_marks(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] in " " + EMOJI + _MARKDOWN + _CLOSING:
        end -= 1
    return end
