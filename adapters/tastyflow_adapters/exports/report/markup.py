"""
HTML, written by hand: every text is escaped and bounded here, and nowhere else.

    tag("td", text)          <td>text, escaped</td>
    Markup                   what is HTML already, and is not escaped again
"""

import html
from collections.abc import Iterable
from typing import Final

MAX_TEXT: Final = 20_000
"""Characters of one text that are shown."""


class Markup(str):
    """Text that is HTML."""

    __slots__ = ()


def text(said: object) -> Markup:
    """*said* as HTML: escaped; control characters, and those that turn the direction of a line, as marks."""
    if isinstance(said, Markup):
        return said
    written = str(said)
    cut = f"{written[:MAX_TEXT]}… ({len(written) - MAX_TEXT:,} characters more)" if len(written) > MAX_TEXT else written
    return Markup(html.escape("".join(each if _is_plain(each) else f"⟨U+{ord(each):04X}⟩" for each in cut)))


def tag(name: str, *inside: object, of: str = "") -> Markup:
    """An element with *inside* as its content, and *of* as its class."""
    classes = f' class="{html.escape(of)}"' if of else ""
    return Markup(f"<{name}{classes}>{''.join(map(text, inside))}</{name}>")


def table(heads: Iterable[object], rows: Iterable[Iterable[object]], *, of: str = "") -> Markup:
    """A table; nothing where it has no row."""
    body = [tag("tr", *(tag("td", cell) for cell in row)) for row in rows]
    if not body:
        return Markup("")
    return tag("table", tag("thead", tag("tr", *(tag("th", head) for head in heads))), tag("tbody", *body), of=of)


def pairs(said: Iterable[tuple[str, object]]) -> Markup:
    """Names and values, one under the other; those without a value are left out."""
    rows = [tag("tr", tag("th", name), tag("td", value)) for name, value in said if str(value)]
    return tag("table", *rows, of="pairs") if rows else Markup("")


def joined(parts: Iterable[object]) -> Markup:
    """*parts*, one after the other."""
    return Markup("".join(map(text, parts)))


def _is_plain(each: str) -> bool:
    return each == "\n" or each.isprintable() or each == "\xa0"
