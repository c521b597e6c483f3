"""
From the text as typed to a line that the grammar reads, without moving a character.

    typed   **bto** 10 SPY 450c 12/18 @ 2.50 pls 🚀
    text      BTO   10 SPY 450C 12/18 @ 2.50

Every replacement is one character for one character, so a span in the line is a span in the text as typed. Spaces of
all kinds become a blank, typographic quotes plain ones, letters capitals. Discord's markdown and a closed list of chat
words at either end become blanks. Invisible characters (control, zero-width, bidirectional) are refused at once, never
dropped: they could hide a part of the order. Letters and digits of other scripts become a mark that no rule of the
grammar accepts, so that a look-alike is always refused.
"""

import re
import unicodedata
from typing import Final

from attrs import frozen

from tastyflow_grammar.reading.passing_words import AT_THE_ENDS
from tastyflow_grammar.refusing.faults import Code, LanguageFault, Span

MAX_LENGTH: Final = 2_000
"""Discord's limit for a message."""

EMOJI: Final = "\x01"
FOREIGN: Final = "\x02"

_QUOTES: Final = {"‘": "'", "’": "'", "‛": "'", "“": '"', "”": '"', "‟": '"', "′": "'", "…": "."}
_EMOJI_RANGES: Final = (
    (0x1F1E6, 0x1F1FF),  # flags
    (0x1F300, 0x1FAFF),
    (0x2190, 0x21FF),
    (0x2300, 0x23FF),
    (0x2600, 0x2775),
    (0x2794, 0x27BF),  # without the circled digits in between: they say something
    (0x2B00, 0x2BFF),
)
_JOINERS: Final = "\u200d\ufe0f"  # within an emoji, and nowhere else
_MARKDOWN: Final = "*_`|"
_CLOSING: Final = ".,!?"
_BLANK_LETTERS: Final = "\u034f\u115f\u1160\u3164\uffa0\u2800"  # of other categories, and as invisible
_BLANKS: Final = "\t\n\r\v\f\u2028\u2029"

_MENTION = re.compile(r"<[@#][!&]?\d+>|<a?:\w+:\d+>|@here|@everyone|:[a-z_]\w*:", re.IGNORECASE | re.ASCII)
_ADDRESSEE = re.compile(
    r"@(?!mid|mkt|mark|nat|lim|lmt|stop|strike|open|close|bid|ask|last)[a-z_][\w.]*", re.IGNORECASE | re.ASCII
)
_YOU = re.compile(r" +YOU(?=[ ,!]|$)[,!]*")
_LOOSE_MARKDOWN = re.compile(r"(?<![^ ])[*_`|]+|[*_`|]+(?![^ ])")


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
        wordless: Whether the text has nothing but mentions, emoji and marks.
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
        start = len(self.text) - len(self.text.lstrip())
        return min(start, len(self.text.rstrip())), len(self.text.rstrip())

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
    text = _plain(typed).upper()
    text = _LOOSE_MARKDOWN.sub(lambda found: " " * len(found.group()), text)
    start = _opening(text)
    remark_end = _before_marks(text, start, len(text))
    end = _closing(text, start)
    blank = " " * start + text[start:end] + " " * (len(text) - end)
    words = text.replace(EMOJI, " ").split()
    wordless = all(_MENTION.fullmatch(word) or _ADDRESSEE.fullmatch(word) or not _has_letters(word) for word in words)
    return Line(typed, blank, max(remark_end, end), "?" in text[end:], wordless)


def _plain(typed: str) -> str:
    """The text in ASCII, as long as before."""
    if typed.isascii() and typed.isprintable():
        return typed
    return "".join(_character(typed, at) for at in range(len(typed)))


def _character(typed: str, at: int) -> str:
    """The one character that stands for the one at a position."""
    own = typed[at]
    if " " <= own <= "~":
        return own
    if own in _BLANKS or unicodedata.category(own) == "Zs":
        return " "
    if own in _JOINERS and at and (_is_emoji(typed[at - 1]) or (typed[at - 1] in _JOINERS and _in_emoji(typed, at))):
        return EMOJI
    if unicodedata.category(own) in ("Cc", "Cf", "Cs") or own in _BLANK_LETTERS:
        message = f"There is a character that cannot be seen (U+{ord(own):04X}). Type the line anew, without pasting."
        start = max(typed.rfind(blank, 0, at) for blank in _BLANKS + " ") + 1
        ends = [end for blank in _BLANKS + " " if (end := typed.find(blank, at)) >= 0]
        raise LanguageFault(Code.SYNTAX, message, (start, min(ends, default=len(typed))))
    return EMOJI if _is_emoji(own) else _QUOTES.get(own, FOREIGN)


def _in_emoji(typed: str, at: int) -> bool:
    return at > 1 and _is_emoji(typed[at - 2])  # at most two joiners follow an emoji


def _is_emoji(character: str) -> bool:
    return any(first <= ord(character) <= last for first, last in _EMOJI_RANGES)


def _has_letters(word: str) -> bool:
    return any(character.isalnum() or character == FOREIGN for character in word)


def _opening(text: str) -> int:
    """Where the line begins, behind mentions, emoji and courtesies."""
    start = 0
    while start < len(text):
        if text[start] in " " + EMOJI + _MARKDOWN:
            start += 1
            continue
        end = text.find(" ", start)
        end = len(text) if end < 0 else end
        word = text[start:end].strip(_MARKDOWN + EMOJI + ",!")
        if word == "THANK" and (thanked := _YOU.match(text, end)):
            start = thanked.end()
            continue
        if not (word in AT_THE_ENDS or _MENTION.fullmatch(word) or _ADDRESSEE.fullmatch(word)):
            break
        start = end
    return start


def _closing(text: str, start: int) -> int:
    """Where the line ends, before mentions, emoji, courtesies and closing marks."""
    end = _before_marks(text, start, len(text))
    while end > start:
        first = text.rfind(" ", start, end) + 1 or start
        word = text[first:end].strip(_MARKDOWN + EMOJI + _CLOSING)
        if word == "YOU" and text[start:first].rstrip(" ").endswith("THANK"):
            end = text.rfind("THANK", start, first)
        elif word in AT_THE_ENDS or _MENTION.fullmatch(word):
            end = first  # a bare "@name" here may be a misspelt "@ market"
        else:
            break
        end = _before_marks(text, start, end)
    return end


def _before_marks(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1] in " " + EMOJI + _MARKDOWN + _CLOSING:
        end -= 1
    return end
