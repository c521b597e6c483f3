"""
A second, simpler reading of a text: which words and which numbers stand in it, and what each number could be.

    "**bto** 10x SPY 450c 12/18 @ 2.50 pls 🚀"
        words    BTO X SPY C
        figures  10 quantity · 450 strike · 12 month · 18 day · 2.50 price

A number may be several things where the contract leaves it open ("10 SPY 450": quantity, strike, price); it is never
more than its neighbours allow: behind a dollar sign there is no day, behind "@" no strike, behind "stop" no limit.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from decimal import Decimal

from attrs import frozen
from lexicon import COURTESIES, MONTH_OF, NAMES_AND_NOTES, NOTES, ORDER_WORDS
from tickets import signs, typed_anew, unquoted

BLANKS = "\t\n\r\v\f\u2028\u2029"
QUOTES = {"‘": "'", "’": "'", "‛": "'", "“": '"', "”": '"', "‟": '"', "′": "'", "…": "."}
_MENTION = r"<[@#][!&]?\d+>|<A?:\w+:\d+>|@HERE\b|@EVERYONE\b|:[A-Z_]\w*:"
_CHAT = rf"\x01|[\s*_`|,!:]|{_MENTION}|(?:{'|'.join(sorted(COURTESIES))}|{NAMES_AND_NOTES})(?![\w$'])"
_BEFORE = re.compile(rf"(?:{_CHAT}|@(?!(?:{'|'.join(sorted(ORDER_WORDS, key=len, reverse=True))})\b)[A-Z_][\w.]*)*")
_LAST = re.compile(_MENTION)
_NOTE = rf"(?:{'|'.join(sorted(NOTES))}|DAY +TRADE)"
_BRACKETED = re.compile(rf"(?<!\S)\({_NOTE}\)(?![^\s,])")
_LAST_NOTE = re.compile(rf"(?:(?<!\S)- *)?(?<![\w$']){_NOTE}$|(?<!\S)\({_NOTE}\)$")
_CALLING = re.compile(r"(?<=\S)\s+(?:<[@#][!&]?\d+>|@HERE|@EVERYONE)((?:\s+@?[A-Z]+[.,!?]*)+)$")
_CLOSING = " *_`|,!.?\x01"
_PIECE = r"\$?\d+(?:\.\d+)?(?:CALLS?|PUTS?|[CP])?"
_TOKEN = re.compile(
    rf"""
    (?P<occ>\.?(?P<root>[A-Z]{{1,5}})\ *(?P<ymd>\d{{6}})(?P<right>[CP])(?P<strike>\d+(?:\.\d+)?))
  | (?P<iso>\d{{4}}-\d{{1,2}}-\d{{1,2}})(?!\d)
  | (?P<row>{_PIECE}(?:/{_PIECE})+|{_PIECE}(?:(?:-|\ +-\ +){_PIECE})+(?![\d/]))
  | (?P<figure>\$?(?:(?:\d{{1,3}}(?:,\d{{3}})+(?!\d)|\d+)(?:\.\d+)?|\.\d+))
  | (?P<word>[A-Z]+(?:'[A-Z]+)*)
  | (?P<mark>[^\s])
    """,
    re.VERBOSE,
)
_RIGHTS = ("C", "P", "CALL", "PUT", "CALLS", "PUTS")
_BETWEEN = ("PRICE", "ORDER", "OF", ",", ".", ":", "'", "=")
_STOPS = [[kind, stop] for kind in ("LOSS", "LIMIT", "LMT") for stop in ("STOP", "STP")]
_IS_A_NUMBER = re.compile(r"\$|[$.\d][\d.,]*")
"""A number by itself, and not 12/18; the strike of "2.50 strike 450"."""
_EVERYTHING = frozenset({"quantity", "strike", "price"})


@frozen
class Figure:
    """A number of the text, with the fields that it could be."""

    value: Decimal
    kinds: frozenset[str]
    typed: str


@frozen
class Token:
    kind: str
    text: str
    glued: bool  # to the token before


@frozen
class Reading:
    """Attributes: *body* is the text without markdown and the chat at its ends, in capitals, an emoji as ``\\x01``."""

    body: str
    words: tuple[str, ...]
    figures: tuple[Figure, ...]
    marks: tuple[str, ...]


def is_emoji(text: str, at: int) -> bool:
    """Whether the character is a pictogram, or one of the invisible joints within one."""
    own = text[at]
    if own in "\u200d\ufe0f":
        return at > 0 and is_emoji(text, at - 1)
    pictured = unicodedata.category(own) in ("So", "Sk", "Sm") and ord(own) >= 0x2190
    return pictured and not any(letter.isascii() and letter.isalnum() for letter in unicodedata.normalize("NFKC", own))


def body_of(text: str) -> str:
    """The text between the chat at its ends."""
    text = signs(text)
    plain = "".join(
        "\x01" if is_emoji(text, at) else " " if own.isspace() or own in BLANKS else QUOTES.get(own, own)
        for at, own in enumerate(text)
    ).upper()
    body = re.sub(r"[*_`|]", " ", _inner(unquoted(_inner(re.sub(r"^(- )+", "", plain)))))
    return typed_anew(" ".join(_BRACKETED.sub(" ", body).split(" ")).strip())


def _inner(plain: str) -> str:
    """What stands between the chat at the ends; a slash before a word is that of a command."""
    return re.sub(r"^/(?=[A-Z]{3,} |[A-Z]{4,}$)", "", _without_farewell(plain[_BEFORE.match(plain).end() :]))


def _without_farewell(body: str) -> str:
    body = body.rstrip(_CLOSING)
    called = _CALLING.search(body)
    if called and not ORDER_WORDS.keys() & set(re.findall("[A-Z]+", called[1])):
        body = body[: called.start()].rstrip(_CLOSING)
    while body:
        if noted := _LAST_NOTE.search(body):
            body = body[: noted.start()].rstrip(_CLOSING)
            body = body.removesuffix(" -").rstrip(_CLOSING)
            continue
        head, _, last = body.rpartition(" ")
        word = last.strip(_CLOSING)
        if word == "YOU" and head.rstrip(_CLOSING).endswith("THANK"):
            head = head.rstrip(_CLOSING).removesuffix("THANK")
        elif word not in COURTESIES and not _LAST.fullmatch(word):
            break
        body = head.rstrip(_CLOSING)
    return body


def read(body: str) -> Reading:
    """What stands in a body."""
    tokens = list(_tokens(body))
    words = [each.text for each in tokens if each.kind == "word"]
    figures: list[Figure] = []
    for at, token in enumerate(tokens):
        if token.kind == "occ":
            figures += _symbol(token.text, words)
        elif token.kind == "iso":
            year, month, day = token.text.split("-")
            figures += _date(month, day, year)
        elif token.kind == "row":
            figures += _row(token.text, words)
        elif token.kind == "figure" and _counts_thousands(tokens[at + 1 :]):
            figures.append(Figure(1_000 * _value(token.text), frozenset({"quantity"}), token.text))
            words.remove("K")
        elif token.kind == "figure":
            in_cents = at + 1 < len(tokens) and tokens[at + 1].text in ("CENT", "CENTS")
            value = _value(token.text) / (100 if in_cents else 1)
            figures.append(Figure(value, _kinds(tokens, at), token.text))
    marks = [each.text for each in tokens if each.kind == "mark"]
    return Reading(body, tuple(words), tuple(figures), tuple(marks))


def _tokens(body: str) -> Iterator[Token]:
    end = 0
    for found in _TOKEN.finditer(body):
        yield Token(found.lastgroup or "", found.group(), found.start() == end)
        end = found.end()


def _counts_thousands(behind: list[Token]) -> bool:
    """``1k``: a thousand."""
    return bool(behind) and behind[0].glued and behind[0].text == "K"


def _value(typed: str) -> Decimal:
    return Decimal(re.sub(r"[^\d.]", "", typed))


def _date(month: str, day: str, *year: str) -> list[Figure]:
    parts = zip(("month", "day", "year"), (month, day, *year), strict=False)
    return [Figure(Decimal(typed), frozenset({kind}), typed) for kind, typed in parts]


def _symbol(typed: str, words: list[str]) -> list[Figure]:
    found = _TOKEN.fullmatch(typed)
    strike = Decimal(found["strike"]) / (1000 if re.fullmatch(r"\d{8}", found["strike"]) and typed[0] != "." else 1)
    words += [found["root"], found["right"]]
    ymd = found["ymd"]
    return [*_date(ymd[2:4], ymd[4:], ymd[:2]), Figure(strike, frozenset({"strike"}), typed)]


def _row(typed: str, words: list[str]) -> list[Figure]:
    """``12/18/26`` or ``430p/470c``: each piece is what its place says."""
    pieces = re.split(r"/| *- *", typed)
    places = ("month", "day", "year") if "".join(pieces).isdigit() and len(pieces) < 4 else ("strike",) * 99
    words += [letters for piece in pieces if (letters := piece.lstrip("$.0123456789"))]
    return [Figure(_value(piece), frozenset({place, "strike"}), piece) for place, piece in zip(places, pieces)]  # noqa: B905


def _kinds(tokens: list[Token], at: int) -> frozenset[str]:
    """What a number can be among its neighbours."""
    marked = {each + 1 for each, token in enumerate(tokens[:at]) if token.text == "$"}  # the symbol $LMT is no "limit"
    read_before = [(each, token.text) for each, token in enumerate(tokens[:at]) if token.text not in _BETWEEN]
    before = ["" if each in marked else said for each, said in reversed(read_before)] + [""]
    after = [token.text for token in tokens[at + 1 : at + 3]] + [""]
    was, behind = before[0], after[0]
    ahead_glued = at + 1 < len(tokens) and tokens[at + 1].glued
    typed = tokens[at].text
    if was == "STRIKE" or (behind == "STRIKE" and not _IS_A_NUMBER.fullmatch(after[1])):
        return frozenset({"strike"})
    if (ahead_glued and behind in _RIGHTS) or (tokens[at].glued and was in _RIGHTS):
        return frozenset({"strike"})
    if behind in ("DTE", "DAYS") or after[:2] == ["DAY", "OUT"]:
        return frozenset({"dte"} if ahead_glued else {"dte", "quantity"})  # there is a ticker DTE
    if behind in ("WEEK", "WEEKS"):
        return frozenset({"weeks"})
    if behind in ("MONTH", "MONTHS"):
        return frozenset({"months"})
    if behind in ("CENT", "CENTS", "DOLLAR", "DOLLARS"):
        return frozenset({"price"})
    asking = [word for word in before[:3] if word not in ("@", "AT", "-", "$")]
    if asking[:1] == ["STOPLOSS"] or asking[:2] in _STOPS:
        return frozenset({"stop"})
    if behind in ("STOP", "STP") and after[1][:1] not in (*"$.0123456789", "@"):
        return frozenset({"stop"})
    if was in ("@", "AT") and before[1] in ("STOP", "STP"):
        return frozenset({"stop"})
    by_word = {
        "QTY": "quantity",
        "QUANTITY": "quantity",
        "@": "price",
        "AT": "price",
        "LIMIT": "price",
        "LMT": "price",
        "STOP": "stop",
        "STP": "stop",
    }
    if was in by_word:
        return frozenset({by_word[was]})
    if (
        (ahead_glued and behind == "X")
        or (tokens[at].glued and was in ("X", "+", "-") and "$" not in typed)
        or behind.startswith("SHARE")
    ):
        return frozenset({"quantity"})
    if ahead_glued and behind in ("CR", "DB", "DR"):
        return frozenset({"price"})
    if "$" in typed or "." in typed:
        whole = "$" not in typed and _value(typed) % 1 == 0
        return frozenset({"strike", "price", "quantity"} if whole else {"strike", "price"})
    dated = {"day"} if behind in MONTH_OF or was in MONTH_OF else set()
    if ahead_glued and behind in ("ST", "ND", "RD", "TH"):
        return frozenset({"day"})
    if any(word in MONTH_OF for word in before[:3]):
        dated.add("year")
    return (_EVERYTHING | dated) - ({"quantity"} if was == "FOR" else set())


def foreign(text: str) -> Iterable[str]:
    """Every character that cannot be seen, or that is a letter, digit or sign of no keyboard and no emoji."""
    text = signs(text)
    for at, own in enumerate(text):
        seen = " " <= own <= "~" or own in BLANKS or own in QUOTES or unicodedata.category(own) == "Zs"
        if not seen and not is_emoji(text, at):
            yield own
