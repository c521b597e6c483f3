"""
A page as Discord can show it: escaped, bounded, coloured. The one place that keeps Discord's limits.

    ChatPage ─▶ render(page) ─▶ Rendered ─┬─ content, card      escaped, and within `LIMITS` whatever the page holds
    Form ─────▶ render_form(form)         ├─ buttons, menu      ids by `component_ids`
                                          ├─ files              tables that are too wide, and all of a page that was cut
                                          └─ picture

Nothing is lost silently: a page that does not fit says so, and comes whole as a file. A page of plain lines alone is
plain text; any other is a card, whose edge shows the tone, and whose first line names the environment.
"""

import re
from collections.abc import Iterable, Set
from typing import Final

from tastyflow_adapters.discord.colours import colour_of, place_mark
from tastyflow_adapters.discord.component_ids import component_id
from tastyflow_adapters.discord.limits import LIMITS
from tastyflow_adapters.discord.page import Button, ChatPage, Choice, Form, Menu, Picture, Row, TextFile, Tone
from tastyflow_adapters.discord.rendered import (
    Rendered,
    RenderedButton,
    RenderedCard,
    RenderedField,
    RenderedForm,
    RenderedInput,
    RenderedMenu,
)
from tastyflow_adapters.discord.text import NO_WIDTH, bounded, clean, escaped, fenced, labelled, size, spaced

WIDEST_TABLE: Final = 38
"""Columns of a table that a telephone shows without breaking its lines."""
LONGEST_TABLE: Final = 30
"""Lines of a table in a message."""
LONGEST_FILE: Final = 500_000
"""Characters of a file."""
_LINES: Final = 3000
"""Characters of the paragraphs of a page that has rows as well: the rows have the rest."""
_NOTE: Final = 60
"""Characters kept for the note that a page was cut."""
_CUT: Final = "Shortened: the whole text is in the file."
_EMPTY: Final = "–"
_BOLD: Final = "**"


def render(page: ChatPage) -> Rendered:
    """*page* within Discord's limits."""
    is_plain = page.tone is Tone.PLAIN and not (page.title or page.place or page.rows or page.table or page.footer)
    in_message = _fits(page.table)
    files = [TextFile(_file_name(page), page.table)] if page.table and not in_message else []
    content, card, is_cut = "", None, False
    if is_plain:
        content, is_cut = _joined(map(escaped, page.lines), LIMITS.content - _NOTE)
        content = "\n".join((content, _CUT)) if is_cut else content
    else:
        card, is_cut = _card(page, page.table if in_message else "")
    menu = _menu(page.menu) if page.menu else None
    if is_cut:
        files.append(TextFile(_file_name(page, "-whole"), whole(page)))
    files += page.files
    return Rendered(
        content=content or ("" if card or files or page.picture else NO_WIDTH),
        card=card,
        buttons=_buttons(page.buttons, LIMITS.rows - bool(menu), {menu.id} if menu else set()),
        menu=menu,
        files=tuple(_file(each) for each in files[: LIMITS.files - bool(page.picture)]),
        picture=_picture(page.picture) if page.picture else None,
        is_private=page.is_private,
    )


def whole(page: ChatPage) -> str:
    """All of *page* as text, for a file: clean, and otherwise as it is."""
    rows = [line for row in page.rows for line in (row.name, *(f"   {each}" for each in row.lines))]
    head = [line for line in (page.place, page.title) if line]
    table = page.table.splitlines()
    return "\n".join(clean(line) for line in (*head, *page.lines, *table, *rows, page.footer)).rstrip() + "\n"


def render_form(form: Form) -> RenderedForm:
    """*form* within Discord's limits; what stands in a field already is never cut: it may be an order."""
    return RenderedForm(
        bounded(labelled(form.title), LIMITS.form_title) or _EMPTY,
        component_id(form.act, form.about),
        tuple(
            RenderedInput(
                name=each.name,
                label=bounded(labelled(each.label), LIMITS.form_label) or _EMPTY,
                value=each.value if size(each.value) <= LIMITS.form_value else "",
                placeholder=bounded(labelled(each.placeholder), LIMITS.form_placeholder),
                is_required=each.is_required,
                longest=min(LIMITS.form_value, max(1, each.longest, size(each.value))),
            )
            for each in form.fields[: LIMITS.form_fields]
        ),
    )


# ── the card ───────────────────────────────────────────────────────────────────────────────────────────────────


def _card(page: ChatPage, table: str) -> tuple[RenderedCard, bool]:
    """The card of *page*, and whether something of it had to be left out."""
    mark = place_mark(page.place)
    place = bounded(" ".join(filter(None, (mark, labelled(page.place)))), LIMITS.author)
    title, is_cut = _joined([escaped(page.title)], LIMITS.title)
    footer = bounded(labelled(page.footer), LIMITS.footer // 2)
    left = LIMITS.card - size(place) - size(title) - size(footer) - _NOTE
    block = f"```\n{fenced(table)}\n```" if table else ""
    lines, cut = _joined(
        map(escaped, page.lines), min(left, _LINES if page.rows else LIMITS.description) - size(block) - 1
    )
    description = "\n".join(filter(None, (lines, block)))
    left -= size(description)
    is_cut |= cut
    fields: list[RenderedField] = []
    for row in page.rows:
        made, cut = _field(row)
        left -= size(made.name) + size(made.value)
        is_cut |= cut
        if left < 0 or len(fields) == LIMITS.fields:
            is_cut = True
            break
        fields.append(made)
    if is_cut:
        footer = " ".join(filter(None, (_CUT, footer)))
    if not (title or description or fields):
        description = NO_WIDTH
    return RenderedCard(
        place=place,
        title=title,
        description=description,
        fields=tuple(fields),
        footer=footer,
        colour=colour_of(page.tone, page.place),
    ), is_cut


def _field(row: Row) -> tuple[RenderedField, bool]:
    name, is_cut = _joined([escaped(row.name)], LIMITS.field_name)
    mark = _BOLD if row.is_strong else ""
    shown = (spaced(escaped(line)) for line in row.lines if clean(line))
    value, cut = _joined(shown, LIMITS.field_value, first=mark)
    return RenderedField(name or NO_WIDTH, value or _EMPTY), is_cut or cut


def _joined(lines: Iterable[str], longest: int, *, first: str = "") -> tuple[str, bool]:
    """
    *lines*, which are escaped, in a size of at most *longest*, and whether some had to be left out.

    Args:
        first: Stands around the first line: ``**``.
    """
    made: list[str] = []
    left = longest
    for shown in lines:
        mark = first if not made else ""
        needed = size(shown) + 2 * len(mark) + bool(made)
        if needed > left:
            room = left - 2 * len(mark) - bool(made)
            if room > 0:
                made.append(f"{mark}{bounded(shown, room)}{mark}")
            return "\n".join(made), True
        made.append(f"{mark}{shown}{mark}" if shown else "")
        left -= needed
    return "\n".join(made).strip("\n"), False


# ── what is pressed, and files ─────────────────────────────────────────────────────────────────────────────────


def _buttons(buttons: tuple[Button, ...], rows: int, taken: Set[str]) -> tuple[tuple[RenderedButton, ...], ...]:
    """Row by row; of those with one id, or with one that is *taken*, Discord shows one alone."""
    made: dict[str, RenderedButton] = {}
    for each in buttons:
        label = bounded(labelled(each.label), LIMITS.label) or _EMPTY
        made.setdefault(
            name := component_id(each.act, each.about), RenderedButton(label, name, each.emphasis, each.is_enabled)
        )
    known = tuple(each for name, each in made.items() if name not in taken)[: rows * LIMITS.buttons]
    return tuple(known[start : start + LIMITS.buttons] for start in range(0, len(known), LIMITS.buttons))


def _menu(menu: Menu) -> RenderedMenu | None:
    made: dict[str, Choice] = {}
    for each in menu.choices:
        if 0 < size(each.value) <= LIMITS.choice:  # a value that was cut would mean something else
            made.setdefault(each.value, _choice(each))
    placeholder = bounded(labelled(menu.placeholder), LIMITS.placeholder)
    known = tuple(made.values())[: LIMITS.choices]
    return RenderedMenu(placeholder, component_id(menu.act, menu.about), known) if known else None


def _choice(choice: Choice) -> Choice:
    label = bounded(labelled(choice.label), LIMITS.choice) or _EMPTY
    return Choice(label, choice.value, bounded(labelled(choice.description), LIMITS.choice))


def _fits(table: str) -> bool:
    lines = fenced(table).splitlines()
    return len(lines) <= LONGEST_TABLE and all(len(line) <= WIDEST_TABLE for line in lines)


def _file_name(page: ChatPage, ending: str = "") -> str:
    words = re.findall(r"[a-z0-9]+", page.title.lower())[:4]
    return f"{'-'.join(words)[:40] or 'page'}{ending}.txt"


def _file(file: TextFile) -> TextFile:
    name = _safe_name(file.name) or "file.txt"
    text = "\n".join(clean(line) for line in file.text.splitlines())
    return TextFile(name, bounded(text, LONGEST_FILE) + "\n")


def _picture(picture: Picture) -> Picture:
    return Picture(
        _safe_name(picture.name) or "picture.png", picture.content, bounded(clean(picture.words), LIMITS.file_words)
    )


def _safe_name(name: str) -> str:
    return re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip(".-")[-80:]
