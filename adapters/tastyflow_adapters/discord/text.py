r"""
Text from users, brokers and the log, made fit for Discord: it cannot format, link, mention, hide or overflow.

    clean     one line, without control, bidirectional and invisible characters, and without piled-up accents
    escaped   clean, and no part of it is markup: for where Discord reads markup (content, description, fields)
    fenced    clean lines in one width, for a code block
    bounded   cut to a length, with an ellipsis that says so

What looks like a secret is not repeated (`tastyflow_adapters.unechoed`). Nothing typed can then become more than text:

    @everyone  ─▶ @·everyone     <@42> ─▶ \<@42>     [pay](https://x) ─▶ \[pay\](https:·//x)     · has no width
"""

import re
import unicodedata
from typing import Final

from tastyflow_adapters.unechoed import unechoed

NO_WIDTH: Final = "\u200b"
"""A space without width: it parts what Discord would read as one."""

ELLIPSIS: Final = "…"
REPLACED: Final = "\ufffd"
"""Stands for what no reader can be shown."""

_TALLEST: Final = 2
"""Accents on one letter; more of them climb over the lines above."""
_BLANK: Final = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")
"""Letters that show nothing."""
_MENTION: Final = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_LINK: Final = re.compile(r"(?<=:)(?=//)|(?<=discord\.)(?=gg|com)|(?<=discordapp\.)(?=com)", re.IGNORECASE)
_MARKUP: Final = re.compile(r"[\\*_~|`<\[\]]")
_AT_START: Final = re.compile(r"^(\s*)(>|#|-(?=[#\s])|\+(?=\s))")
_NUMBERED: Final = re.compile(r"^(\s*\d+)\.(?=\s)")
_SPACES: Final = re.compile(r" {2,}")
_PLAIN: Final = re.compile(r"[ -~·…“”–✓✗→]*")
"""What nearly every line of ours is made of, and nothing of which is ever altered: it need not be looked at singly."""


def clean(text: str) -> str:
    """*text* on one line: only characters that are seen, and no secret."""
    told = unechoed(text)
    if _PLAIN.fullmatch(told):
        return told.rstrip()
    shown: list[str] = []
    accents = 0
    for each in told:
        kind = unicodedata.category(each)
        accents = accents + 1 if kind in {"Mn", "Me"} else 0
        if each.isspace() or kind in {"Zs", "Zl", "Zp"} or _BLANK.match(each):
            shown.append(" ")
        elif kind in {"Cs", "Co", "Cn"}:
            shown.append(REPLACED)
        elif kind[0] != "C" and accents <= _TALLEST:
            shown.append(each)
    return unechoed("".join(shown).rstrip())


def escaped(text: str) -> str:
    """*text* on one line, none of which Discord reads as markup, a mention or a link."""
    line = _MARKUP.sub(r"\\\g<0>", clean(text))
    line = _NUMBERED.sub(r"\1\\.", _AT_START.sub(r"\1\\\2", line))
    return _parted(line)


def labelled(text: str) -> str:
    """*text* on one line, for where Discord reads no markup: a button, a menu, a form, a footer."""
    return _parted(clean(text))


def fenced(text: str) -> str:
    """The lines of *text* with their columns, for the inside of a code block, which they cannot close."""
    return "\n".join(_parted(clean(line)).replace("`", "ˋ") for line in text.splitlines())


def spaced(text: str) -> str:
    """*text* with its columns marked: in letters of any width they would not stand below each other."""
    inner = text.lstrip()
    return ("\u2003" if inner != text else "") + _SPACES.sub(" · ", inner)


def size(text: str) -> int:
    """The length of *text* in units of UTF-16: the most that Discord may count."""
    return len(text.encode("utf-16-le")) // 2


def bounded(text: str, length: int) -> str:
    """*text*, which may be escaped, in a `size` of at most *length*; what was cut ends with ``…``."""
    if size(text) <= length:
        return text
    units = text.encode("utf-16-le")[: 2 * max(0, length - len(ELLIPSIS))]
    kept = units.decode("utf-16-le", "ignore").rstrip()  # half a character at the end is left out
    if (len(kept) - len(kept.rstrip("\\"))) % 2:
        kept = kept[:-1]  # half of an escape would escape what follows
    return kept + ELLIPSIS if length else ""


def _parted(line: str) -> str:
    return _LINK.sub(NO_WIDTH, _MENTION.sub(f"@{NO_WIDTH}", line))
