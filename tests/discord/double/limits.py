"""
What Discord takes in a message, a form, a command and a list of choices; what it does not take is named by its field.

    Checked ─┬─ message      content, embeds (6000 in all), rows of buttons and menus, layout components
             ├─ form         a modal: a title and up to five fields
             ├─ commands     names, descriptions, options
             └─ choices      of an autocompletion
"""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

from tests.discord.double.errors import EMPTY_MESSAGE, MALFORMED, ApiError

JSON = dict[str, Any]
CONTENT: Final = 2000
EMBEDS: Final = 10
EMBEDS_IN_ALL: Final = 6000
FIELDS: Final = 25
NONCE: Final = 25
FILES: Final = 10
LAYOUT: Final = 1 << 15
LAYOUT_COMPONENTS: Final = 40
LAYOUT_TEXT: Final = 4000
ROWS: Final = 5
IN_A_ROW: Final = 5
MENU_OPTIONS: Final = 25
CHOICES: Final = 25

ACTION_ROW, BUTTON, MENU, TEXT_INPUT, TEXT, LABEL = 1, 2, 3, 4, 10, 18
MENUS: Final = (3, 5, 6, 7, 8)
LINK: Final = 5
COMMAND_NAME: Final = re.compile(r"^[-_'\w]{1,32}$")


class Checked:
    """Collects what is wrong, by its path, and raises it once."""

    def __init__(self) -> None:
        self.wrong: dict[str, str] = {}

    def done(self) -> None:
        if self.wrong:
            raise ApiError(400, MALFORMED, fields=self.wrong)

    def text(self, at: str, value: Any, most: int, *, least: int = 0) -> None:
        """A text of *least* to *most* characters; None is an absent one."""
        if value is None and not least:
            return
        if not isinstance(value, str):
            self.wrong[at] = "This field is required" if value is None else "Could not be read as a string."
        elif not least <= len(value.strip() if least else value) or len(value) > most:
            self.wrong[at] = f"Must be between {least} and {most} in length."

    def count(self, at: str, values: Sequence[Any], most: int, *, least: int = 0) -> None:
        if not least <= len(values) <= most:
            self.wrong[at] = f"Must be between {least} and {most} in length."

    def embeds(self, embeds: Sequence[JSON]) -> None:
        self.count("embeds", embeds, EMBEDS)
        for number, embed in enumerate(embeds):
            at = f"embeds.{number}"
            self.text(f"{at}.title", embed.get("title"), 256)
            self.text(f"{at}.description", embed.get("description"), 4096)
            self.text(f"{at}.footer.text", (embed.get("footer") or {}).get("text"), 2048)
            self.text(f"{at}.author.name", (embed.get("author") or {}).get("name"), 256)
            self.count(f"{at}.fields", embed.get("fields") or (), FIELDS)
            for place, each in enumerate(embed.get("fields") or ()):
                self.text(f"{at}.fields.{place}.name", each.get("name"), 256, least=1)
                self.text(f"{at}.fields.{place}.value", each.get("value"), 1024, least=1)
        if sum(map(embed_length, embeds)) > EMBEDS_IN_ALL:
            self.wrong["embeds"] = f"Embed size exceeds maximum size of {EMBEDS_IN_ALL}"

    def rows(self, rows: Sequence[JSON]) -> None:
        self.count("components", rows, ROWS)
        for number, row in enumerate(rows):
            at = f"components.{number}"
            if row.get("type") != ACTION_ROW:
                self.wrong[f"{at}.type"] = 'Value of field "type" must be one of (1,).'
                continue
            inside = row.get("components") or []
            self.count(f"{at}.components", inside, IN_A_ROW, least=1)
            if len(inside) > 1 and any(each.get("type") in MENUS for each in inside):
                self.wrong[f"{at}.components"] = "A menu needs a row of its own."
            for place, each in enumerate(inside):
                self.component(f"{at}.components.{place}", each)
        self._told_apart(rows)

    def component(self, at: str, one: JSON) -> None:
        kind = one.get("type")
        if kind == BUTTON:
            self.text(f"{at}.label", one.get("label"), 80)
            if not one.get("label") and not one.get("emoji"):
                self.wrong[f"{at}.label"] = "A button must have a label or emoji"
            if one.get("style") not in (1, 2, 3, 4, 5):
                self.wrong[f"{at}.style"] = 'Value of field "style" must be one of (1, 2, 3, 4, 5).'
            elif one["style"] != LINK:
                self.text(f"{at}.custom_id", one.get("custom_id"), 100, least=1)
        elif kind in MENUS:
            self.text(f"{at}.custom_id", one.get("custom_id"), 100, least=1)
            self.text(f"{at}.placeholder", one.get("placeholder"), 150)
            if kind == MENU:
                self._menu_options(at, one.get("options") or [])
        else:
            self.wrong[f"{at}.type"] = 'Value of field "type" must be one of (2, 3, 5, 6, 7, 8).'

    def _menu_options(self, at: str, options: Sequence[JSON]) -> None:
        self.count(f"{at}.options", options, MENU_OPTIONS, least=1)
        for number, option in enumerate(options):
            self.text(f"{at}.options.{number}.label", option.get("label"), 100, least=1)
            self.text(f"{at}.options.{number}.value", option.get("value"), 100, least=1)
            self.text(f"{at}.options.{number}.description", option.get("description"), 100)
        if len({option.get("value") for option in options}) < len(options):
            self.wrong[f"{at}.options"] = "The specified option value is already used"

    def _told_apart(self, rows: Sequence[JSON]) -> None:
        named = [each["custom_id"] for each in flat(rows) if each.get("custom_id")]
        if len(set(named)) < len(named):
            self.wrong["components"] = "Component custom id cannot be duplicated"

    def layout(self, parts: Sequence[JSON]) -> None:
        """Components that are the whole message; buttons and menus in them are held as in rows."""
        inside = list(flat(parts))
        self.count("components", inside, LAYOUT_COMPONENTS, least=1)
        if sum(len(each.get("content") or "") for each in inside if each.get("type") == TEXT) > LAYOUT_TEXT:
            self.wrong["components"] = f"The text of a message exceeds {LAYOUT_TEXT} characters"
        for number, each in enumerate(inside):
            if each.get("type") == BUTTON or each.get("type") in MENUS:
                self.component(f"components.{number}", each)
        self._told_apart(parts)

    def field(self, at: str, one: JSON) -> None:
        """One field of a form."""
        if one.get("type") == LABEL:
            self.text(f"{at}.label", one.get("label"), 45, least=1)
            self.text(f"{at}.description", one.get("description"), 100)
            one = one.get("component") or {}
        elif one.get("type") == ACTION_ROW:
            one = (one.get("components") or [{}])[0]
            self.text(f"{at}.label", one.get("label"), 45, least=1)
        else:
            self.wrong[f"{at}.type"] = 'Value of field "type" must be one of (1, 18).'
            return
        self.text(f"{at}.custom_id", one.get("custom_id"), 100, least=1)
        if one.get("type") == TEXT_INPUT:
            self.text(f"{at}.placeholder", one.get("placeholder"), 100)
            self.text(f"{at}.value", one.get("value"), min(one.get("max_length") or 4000, 4000))
        elif one.get("type") == MENU:
            self._menu_options(at, one.get("options") or [])


def embed_length(embed: JSON) -> int:
    """The characters of *embed* that count."""
    texts = [embed.get("title"), embed.get("description")]
    texts += [(embed.get("footer") or {}).get("text"), (embed.get("author") or {}).get("name")]
    texts += [each.get(part) for each in embed.get("fields") or () for part in ("name", "value")]
    return sum(len(text) for text in texts if isinstance(text, str))


def flat(components: Sequence[JSON]) -> Iterator[JSON]:
    """Every component, and those inside of it."""
    for each in components:
        yield each
        yield from flat(each.get("components") or ())
        yield from flat([each[part] for part in ("component", "accessory") if each.get(part)])


def check_message(body: JSON, *, files: int = 0, may_be_empty: bool = False) -> None:
    """
    What a message may hold.

    Raises:
        ApiError: 50035 with the fields, 50006 where it holds nothing.
    """
    checked = Checked()
    content, embeds, parts = body.get("content"), body.get("embeds") or [], body.get("components") or []
    checked.text("content", content, CONTENT)
    checked.embeds(embeds)
    if isinstance(body.get("nonce"), str) and len(body["nonce"]) > NONCE:
        checked.wrong["nonce"] = f"Must be {NONCE} or fewer in length."
    mentions = body.get("allowed_mentions") or {}
    for kind in ("users", "roles"):
        if kind in (mentions.get("parse") or ()) and mentions.get(kind):
            checked.wrong["allowed_mentions"] = f'parse:["{kind}"] and {kind}: [ids...] are mutually exclusive.'
    if files > FILES:
        checked.wrong["attachments"] = f"Must be {FILES} or fewer in length."
    if (body.get("flags") or 0) & LAYOUT:
        if content or embeds:
            checked.wrong["content"] = "The 'content' field cannot be used when using MessageFlags.IS_COMPONENTS_V2"
        checked.layout(parts)
    else:
        checked.rows(parts)
    checked.done()
    if not (may_be_empty or (content or "").strip() or embeds or parts or files):
        raise ApiError(400, EMPTY_MESSAGE)


def check_form(data: JSON) -> None:
    checked = Checked()
    checked.text("data.title", data.get("title"), 45, least=1)
    checked.text("data.custom_id", data.get("custom_id"), 100, least=1)
    checked.count("data.components", data.get("components") or (), 5, least=1)
    for number, each in enumerate(data.get("components") or ()):
        checked.field(f"data.components.{number}", each)
    checked._told_apart(data.get("components") or ())
    checked.done()


def check_choices(choices: Sequence[JSON]) -> None:
    checked = Checked()
    checked.count("data.choices", choices, CHOICES)
    for number, each in enumerate(choices):
        checked.text(f"data.choices.{number}.name", each.get("name"), 100, least=1)
        if isinstance(each.get("value"), str):
            checked.text(f"data.choices.{number}.value", each["value"], 100, least=1)
    checked.done()


def check_commands(commands: Sequence[JSON]) -> None:
    checked = Checked()
    checked.count("commands", commands, 100)
    for number, each in enumerate(commands):
        _named(checked, str(number), each)
        options = each.get("options") or []
        checked.count(f"{number}.options", options, 25)
        needed = [bool(option.get("required")) for option in options]
        if needed != sorted(needed, reverse=True):
            checked.wrong[f"{number}.options"] = "Required options must be placed before non-required options"
        for place, option in enumerate(options):
            _named(checked, f"{number}.options.{place}", option)
            checked.count(f"{number}.options.{place}.choices", option.get("choices") or (), 25)
            if option.get("choices") and option.get("autocomplete"):
                checked.wrong[f"{number}.options.{place}"] = "Choices and autocomplete are mutually exclusive"
    if len({(each.get("name"), each.get("type", 1)) for each in commands}) < len(commands):
        checked.wrong["commands"] = "Application command names must be unique"
    checked.done()


def _named(checked: Checked, at: str, one: JSON) -> None:
    name = one.get("name")
    if not isinstance(name, str) or not COMMAND_NAME.match(name) or name != name.lower():
        checked.wrong[f"{at}.name"] = "Command name is invalid"
    checked.text(f"{at}.description", one.get("description"), 100, least=1)
