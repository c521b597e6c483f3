"""
A message, or a form, as values that Discord accepts: escaped and bounded. `rendering` makes them, `drawing` draws them.

    Rendered ─┬─ content, card ─── fields        RenderedForm ─── fields
              ├─ buttons (row by row), menu
              └─ files, picture
"""

from attrs import frozen

from tastyflow_adapters.discord.page import Choice, Emphasis, Picture, TextFile
from tastyflow_adapters.discord.text import size


@frozen
class RenderedField:
    """A row of a card: both its texts may hold markup of ours."""

    name: str
    value: str


@frozen(kw_only=True)
class RenderedCard:
    """
    What Discord calls an embed.

    Attributes:
        place: Above the title, in small letters.
        colour: Of its edge, as 0xRRGGBB.
    """

    place: str
    title: str
    description: str
    fields: tuple[RenderedField, ...]
    footer: str
    colour: int

    @property
    def size(self) -> int:
        """What Discord counts."""
        texts = (self.place, self.title, self.description, self.footer)
        return sum(map(size, texts)) + sum(size(each.name) + size(each.value) for each in self.fields)


@frozen
class RenderedButton:
    """A button, with its id from `component_ids`."""

    label: str
    id: str
    emphasis: Emphasis
    is_enabled: bool


@frozen
class RenderedMenu:
    """A list from which one line is chosen."""

    placeholder: str
    id: str
    choices: tuple[Choice, ...]


@frozen(kw_only=True)
class Rendered:
    """
    One message, ready to be drawn.

    Attributes:
        buttons: Row by row.
    """

    content: str
    card: RenderedCard | None
    buttons: tuple[tuple[RenderedButton, ...], ...] = ()
    menu: RenderedMenu | None = None
    files: tuple[TextFile, ...] = ()
    picture: Picture | None = None
    is_private: bool = True


@frozen
class RenderedInput:
    """One line of a form."""

    name: str
    label: str
    value: str
    placeholder: str
    is_required: bool
    longest: int


@frozen
class RenderedForm:
    """A form that is shown at once after a press."""

    title: str
    id: str
    fields: tuple[RenderedInput, ...]
