"""
A channel as a person sees it, as a page of HTML: for developers who want to look at what the bot writes.

    what a channel holds (messages as Discord sends them) ─▶ picture(...) ─▶ a page ─▶ any browser

    .venv/bin/python -m tests.discord.picture FILE.json OUT.html

FILE.json is ``{"channel": …, "viewer": …, "messages": […]}``; the messages are those of Discord's API, and a form that
is open is ``{"modal": {…}}`` among them. Text is marked up as Discord does, so that a missing escape is seen.
"""

import html
import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

Payload = Mapping[str, Any]

STYLES: Final = Path(__file__).with_suffix(".css")
PRIVATE: Final = 64
"""The flag of a message that only one person sees."""

BUTTON, TEXT_INPUT, MENUS = 2, 4, frozenset({3, 5, 6, 7, 8})
ACTION_ROW, LABEL = 1, 18
COLOURS: Final = ("#5865f2", "#3ba55d", "#faa61a", "#ed4245", "#eb459e", "#747f8d")

CODE: Final = re.compile(r"```(?:[a-zA-Z0-9+-]*\n)?(.*?)```|(`+)(.+?)\2", re.DOTALL)
ESCAPED: Final = re.compile(r"\\([^a-zA-Z0-9\s])")
INLINE: Final[Sequence[tuple[re.Pattern[str], str]]] = (
    (re.compile(r"\*\*(.+?)\*\*", re.DOTALL), r"<b>\1</b>"),
    (re.compile(r"__(.+?)__", re.DOTALL), r"<u>\1</u>"),
    (re.compile(r"~~(.+?)~~", re.DOTALL), r"<s>\1</s>"),
    (re.compile(r"\|\|(.+?)\|\|", re.DOTALL), r"<mark>\1</mark>"),
    (re.compile(r"\*(?=\S)(.+?)\*", re.DOTALL), r"<i>\1</i>"),
    (re.compile(r"(?<!\w)_(?=\S)(.+?)_(?!\w)", re.DOTALL), r"<i>\1</i>"),
    (re.compile(r"\[([^\]]+)\]\((https?://[^)\s]+)\)"), r'<a href="\2">\1</a>'),
    (re.compile(r"&lt;(@[!&amp;]*\d+|#\d+)&gt;|(@everyone|@here)"), r'<span class="mention">\1\2</span>'),
    (re.compile(r"(?m)^-# (.*)$"), r'<span class="small">\1</span>'),
    (re.compile(r"(?m)^&gt; (.*)\n?"), r"<blockquote>\1</blockquote>"),
    (re.compile(r"(?m)^#{1,3} (.*)$"), r"<b>\1</b>"),
)
STAMP: Final = re.compile(r"&lt;t:(\d+)(?::(\w))?&gt;")


def picture(channel: str, viewer: str, messages: Sequence[Payload]) -> str:
    """The page of *channel* as *viewer* sees it: *messages*, the oldest first."""
    known = {str(each["id"]): each for each in messages if "id" in each}
    shown = "\n".join(
        _modal(each["modal"]) if "modal" in each else _message(each, viewer, known.get) for each in messages
    )
    name = channel if channel.startswith("@") else f"# {channel}"
    head = f"<header>{_plain(name)}<small>as {_plain(viewer)} sees it</small></header>"
    return (
        '<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<style>{STYLES.read_text('utf-8')}</style></head><body>{head}<main>{shown}</main></body></html>"
    )


def marked_up(text: str) -> str:
    """*text* with Discord's marks, as HTML: nothing in it can be a tag."""
    kept: list[str] = []

    def keep(html_text: str) -> str:
        kept.append(html_text)
        return f"\x00{len(kept) - 1}\x00"

    def code(found: re.Match[str]) -> str:
        block, _, span = found.groups()
        return keep(f"<pre>{_plain(block)}</pre>" if block is not None else f"<code>{_plain(span)}</code>")

    text = ESCAPED.sub(lambda found: keep(_plain(found[1])), CODE.sub(code, text.replace("\x00", "")))
    text = STAMP.sub(lambda found: keep(f"<code>{_stamp(int(found[1]), found[2] or 'f')}</code>"), _plain(text))
    for pattern, shape in INLINE:
        text = pattern.sub(shape, text)
    while "\x00" in text:
        text = re.sub(r"\x00(\d+)\x00", lambda found: kept[int(found[1])], text)
    return text


def _message(message: Payload, viewer: str, known: Callable[[str], Payload | None]) -> str:
    """One message: who, when, what it answers, its text, embeds, files and buttons."""
    author, flags = message["author"], message.get("flags", 0)
    name = author.get("global_name") or author["username"]
    colour = COLOURS[sum(map(ord, str(author["id"]))) % len(COLOURS)]
    edited = " (edited)" if message.get("edited_timestamp") else ""
    asked = message.get("interaction_metadata", {}).get("name", "")
    replied = (message.get("message_reference") or {}).get("message_id")
    answers = known(str(replied)) if replied else None
    parts = [
        f'<div class="reply">╭ {_plain(_first_line(answers))}</div>' if answers else "",
        f'<div class="reply">╭ /{_plain(asked)}</div>' if asked else "",
        f'<span class="avatar" style="background:{colour}">{_plain(_initials(name))}</span>',
        f'<span class="who">{_plain(name)}</span>',
        '<span class="bot">APP</span>' if author.get("bot") else "",
        f'<span class="when">{_plain(str(message.get("timestamp", ""))[11:19])}{edited}</span>',
        f'<div class="text">{marked_up(message.get("content", ""))}</div>',
        *map(_embed, message.get("embeds", ())),
        *map(_file, message.get("attachments", ())),
        *map(_row, message.get("components", ())),
        f'<div class="note">Only you, {_plain(viewer)}, can see this</div>' if flags & PRIVATE else "",
    ]
    return f'<article class="{"private" if flags & PRIVATE else "open"}">{"".join(parts)}</article>'


def _embed(embed: Payload) -> str:
    colour = f"#{embed.get('color') or 0x1E1F22:06x}"
    fields = "".join(
        f'<div class="field{" inline" if each.get("inline") else ""}"><div class="name">{marked_up(each["name"])}</div>'
        f'<div class="text">{marked_up(each["value"])}</div></div>'
        for each in embed.get("fields", ())
    )
    parts = [
        f'<div class="author">{_plain(embed["author"]["name"])}</div>' if embed.get("author") else "",
        f'<div class="title">{marked_up(embed["title"])}</div>' if embed.get("title") else "",
        f'<div class="text">{marked_up(embed["description"])}</div>' if embed.get("description") else "",
        f'<div class="fields">{fields}</div>' if fields else "",
        f'<div class="foot">{_plain(embed["footer"]["text"])}</div>' if embed.get("footer") else "",
    ]
    return f'<div class="embed" style="border-left-color:{colour}">{"".join(parts)}</div>'


def _file(attachment: Payload) -> str:
    size = f"{attachment.get('size', 0):,} bytes"
    return f'<div class="file"><b>{_plain(attachment["filename"])}</b><div class="when">{size}</div></div>'


def _row(row: Payload) -> str:
    return f'<div class="row">{"".join(map(_component, row.get("components", ())))}</div>'


def _component(component: Payload) -> str:
    off = " off" if component.get("disabled") else ""
    if component["type"] == BUTTON:
        return f'<span class="button style{component.get("style", 2)}{off}">{_plain(component.get("label", ""))}</span>'
    if component["type"] in MENUS:
        choices = "".join(
            f'<div class="choice">{_plain(each["label"])}<small>{_plain(each.get("description") or "")}</small></div>'
            for each in component.get("options", ())
        )
        return f'<div class="menu{off}"><div>{_plain(component.get("placeholder") or "")} ▾</div>{choices}</div>'
    return f"<pre>{_plain(json.dumps(component, indent=1))}</pre>"


def _modal(modal: Payload) -> str:
    """A form that is open, with what stands in it already."""
    return f'<div class="modal"><h1>{_plain(modal["title"])}</h1>{"".join(map(_input, modal["components"]))}</div>'


def _input(row: Payload) -> str:
    (field,) = row["components"] if row["type"] == ACTION_ROW else (row["component"],)
    label = row.get("label") if row["type"] == LABEL else field.get("label")
    value, hint = field.get("value") or "", field.get("placeholder") or ""
    shown = _plain(value) if value else f'<span class="hint">{_plain(hint)}</span>'
    needed = " *" if field.get("required", True) else ""
    return f'<label>{_plain(label or "")}{needed}</label><div class="input">{shown}</div>'


def _first_line(message: Payload) -> str:
    text = message.get("content") or next((each.get("title") or "" for each in message.get("embeds", ())), "")
    author = message["author"]
    return f"{author.get('global_name') or author['username']}: {text.splitlines()[0] if text else '…'}"


def _initials(name: str) -> str:
    return "".join(word[0] for word in name.split()[:2]).upper()


def _stamp(seconds: int, style: str) -> str:
    at = datetime.fromtimestamp(seconds, UTC)
    shapes = {"t": "%H:%M", "T": "%H:%M:%S", "R": "relative to %H:%M:%S"}
    return at.strftime(shapes.get(style, "%Y-%m-%d %H:%M"))


def _plain(text: str) -> str:
    return html.escape(text)


def main(source: str, target: str) -> None:
    """Write the page of the channel in the file *source* to *target*."""
    held = json.loads(Path(source).read_text("utf-8"))
    Path(target).write_text(picture(held["channel"], held["viewer"], held["messages"]), "utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
