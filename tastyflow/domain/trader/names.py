"""
What a trader can be called, and which names people would take for one another.

    a name          one script, every character to be seen and in its usual form, single spaces    `require_name`
    a look-alike    another case, accent, dash or space; a twin of a letter in another script;
                    0 and O, 1 and l and I, rn and m                                               `looks`

A name is judged when it is given. What an older log holds goes on under its name.
"""

import unicodedata
from collections.abc import Mapping
from typing import Final

from tastyflow.domain.names_apart import is_pseudonym
from tastyflow.errors import Invalid

MAX_NAME: Final = 64

WRITINGS: Final = (
    frozenset({"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "IDEOGRAPHIC"}),
    frozenset({"CJK", "HANGUL"}),
    frozenset({"CJK", "BOPOMOFO"}),
)
"""Scripts, as Unicode's names of characters begin, that people write together; any other is written alone."""

GENERIC: Final = frozenset({"COMBINING", "MODIFIER", "VARIATION", "TAG", "HALFWIDTH", "FULLWIDTH"})
"""Marks of no script of their own, which change how a letter looks, or do not show at all."""

UNSEEN: Final = ("FILLER", "VARIATION SELECTOR", "VOWEL INHERENT", "JOINER")
"""What the names of letters and marks that do not show have in them."""

_TWINS: Final[Mapping[str, str]] = {
    "a": "\u0430\u0410\u03b1\u0391\u0251\u13aa",
    "b": "\u0432\u0412\u03b2\u0392\u044c\u042c\u13f4",
    "c": "\u0441\u0421\u03f2\u03f9\u13df",
    "d": "\u0501\u0500\u13a0",
    "e": "\u0435\u0415\u03b5\u0395\u04bd\u13ac",
    "g": "\u0261\u0581\u13c0",
    "h": "\u043d\u041d\u0397\u04bb\u0570\u13bb",
    "j": "\u0458\u0408\u03f3\u13ab",
    "k": "\u043a\u041a\u03ba\u039a\u13e6",
    "l": "iI1|\u0131\u0456\u0406\u03b9\u0399\u04cf\u04c0\u13a5\u13de",
    "m": "\u043c\u041c\u039c\u13b7",
    "n": "\u039d\u03b7\u0578\u043f",
    "o": "0\u043e\u041e\u03bf\u039f\u03c3\u0585\u0555",
    "p": "\u0440\u0420\u03c1\u03a1\u13e2",
    "q": "\u051b\u051a",
    "r": "\u0433\u13a1",
    "s": "\u0455\u0405\u13da",
    "t": "\u0442\u0422\u03c4\u03a4\u13a2",
    "u": "\u03c5\u057d\u03bc",
    "v": "\u03bd\u0475\u0474\u13d9",
    "w": "\u0461\u0460\u051d\u051c\u03c9\u13b3",
    "x": "\u0445\u0425\u03c7\u03a7",
    "y": "\u0443\u0423\u03b3\u03a5\u04af\u13bd",
    "z": "\u0396\u13c3",
    "3": "\u0437\u0417",
    "6": "\u0431",
}
"""Letters that look like one of ours: Cyrillic, Greek, Cherokee, Armenian. Source: Unicode report 39."""

_TABLE: Final = {ord(twin): letter for letter, twins in _TWINS.items() for twin in twins}
_PAIRS: Final = (("rn", "m"), ("vv", "w"))


def require_name(name: str) -> None:
    """
    A name can be read: one script, every character to be seen and in its usual form, single spaces.

    Raises:
        Invalid: code ``bad_name``.
    """
    if not name.strip() or len(name) > MAX_NAME or not name.isprintable():
        raise Invalid("A trader's name is one to 64 printable characters.", code="bad_name")
    if is_pseudonym(name):
        raise _typed_wrongly("is not what is shown in the place of a forgotten one")
    if unicodedata.normalize("NFKC", name) != name or " ".join(name.split()) != name:
        raise _typed_wrongly("has each character in its usual form, and single spaces")
    for character in name:
        if not character.isascii() and not _shows(character):
            raise _typed_wrongly(f"has letters and what an ordinary keyboard has, and no U+{ord(character):04X}")
    scripts = {_script(each) for each in name if each.isalpha() or not each.isascii()}
    if len(scripts) > 1 and not any(scripts <= writing for writing in WRITINGS):
        mixed = " and ".join(sorted(each.capitalize() for each in scripts))
        raise _typed_wrongly(f"is of one script, and this one mixes {mixed}")


def looks(name: str) -> frozenset[str]:
    """What people see in *name*, as it is and in either case: two names that share one of these are look-alikes."""
    return frozenset(map(_seen, (name, name.upper(), name.lower())))


def _seen(name: str) -> str:
    bare = (c for c in unicodedata.normalize("NFKD", name) if unicodedata.category(c) not in ("Mn", "Me", "Cf"))
    plain = "".join("-" if unicodedata.category(c) == "Pd" else c for c in bare)
    one = plain.translate(_TABLE).casefold().translate(_TABLE)
    for pair, letter in _PAIRS:
        one = one.replace(pair, letter)
    return " ".join(one.split())


def _shows(character: str) -> bool:
    name = unicodedata.name(character, "")
    is_of_a_script = unicodedata.category(character)[0] in "LM" and _script(character) not in GENERIC
    return is_of_a_script and not any(part in name for part in UNSEEN)


def _script(character: str) -> str:
    return unicodedata.name(character, "UNKNOWN").partition(" ")[0]


def _typed_wrongly(wanted: str) -> Invalid:
    return Invalid(f"A trader's name {wanted}.", code="bad_name", hint="Type it anew, without pasting.")
