"""
The ids of buttons, menus and forms: what they do, and about what.

    tf:1:c:3f2a11      version 1 · `Act.CONFIRM` · about order 3f2a11

They stand in Discord's messages for ever, so that a button works after a restart. Who may use it is never in it.
"""

from typing import Final

from tastyflow_adapters.discord.limits import LIMITS
from tastyflow_adapters.discord.page import Act

PREFIX: Final = "tf:1:"


def component_id(act: Act, about: str = "") -> str:
    """
    The id of what does *act*.

    Raises:
        ValueError: *about* is none that an id can carry.
    """
    made = f"{PREFIX}{act.value}:{about}"
    if not about.isascii() or not made.isprintable() or ":" in about or len(made) > LIMITS.component_id:
        raise ValueError(f"no id of a button can carry {about!r}")
    return made


def read_component_id(text: str) -> tuple[Act, str] | None:
    """The act of an id, and what it is about; None for the id of anything else, and of other versions."""
    act, parted, about = text.removeprefix(PREFIX).partition(":")
    try:
        found = Act(act)
        return (found, about) if parted and component_id(found, about) == text else None
    except ValueError:
        return None
