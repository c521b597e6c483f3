"""
A refusal in a chat: what is wrong, what to do about it, and the lines that may have been meant, to be pressed.

    a few short lines     ─▶ a button each
    a longer one is there ─▶ a menu, with the whole lines above it

A press places the *text*: a new order with a card of its own, never an order that is confirmed.
"""

from collections.abc import Sequence
from typing import Final

from attrs import frozen

from tastyflow_adapters.discord.limits import LIMITS
from tastyflow_adapters.discord.page import Act, Button, ChatPage, Choice, Menu, Tone

MOST: Final = 5
"""Lines that are offered."""
PICK: Final = "Did you mean …"
PRESS: Final = "Take one to see its card. Nothing is sent by that."
CANCELS: Final = "Take one: that cancel is asked for at once."
ANSWER: Final = "Reply to this with what is missing, or with the whole line. Nothing is sent by that."
REPLY: Final = "Reply to this with the answer, or take one to see its card. Nothing is sent by that."


@frozen
class OfferedLine:
    """A line that may be pressed, and the id of its offer."""

    words: str
    offer: str


def refusal_page(
    *said: str,
    asked: str = "",
    place: str = "",
    instead: Sequence[OfferedLine] = (),
    is_private: bool = True,
    is_question: bool = False,
) -> ChatPage:
    """
    What is wrong.

    Args:
        said: What is wrong, and what to do about it; empty lines are left out.
        asked: The line that is refused.
        instead: Lines that may have been meant.
        is_question: Whether a reply to the page answers it.
    """
    buttons, menu = lines_to_press(instead)
    listed = tuple(f"{number} {each.words}" for number, each in enumerate(instead, start=1)) if menu else ()
    return ChatPage(
        title="Not done" if _is_cancel(asked) else "Not placed",
        place=place,
        lines=tuple(line for line in (f"“{asked}”" if asked else "", *said, *listed) if line),
        footer=_what_to_do(instead, is_question=is_question),
        tone=Tone.BAD,
        buttons=buttons,
        menu=menu,
        is_private=is_private,
        is_final=True,
    )


def _what_to_do(instead: Sequence[OfferedLine], *, is_question: bool) -> str:
    if any(_is_cancel(each.words) for each in instead):
        return CANCELS
    if is_question:
        return REPLY if instead else ANSWER
    return PRESS if instead else ""


def _is_cancel(line: str) -> bool:
    """Whether *line* is carried out without a card: the way out is always open."""
    return line.lower().startswith("cancel")


def lines_to_press(instead: Sequence[OfferedLine]) -> tuple[tuple[Button, ...], Menu | None]:
    """Buttons for *instead*; or a menu, where one of them is too long for a button."""
    if all(len(each.words) <= LIMITS.label for each in instead):
        return tuple(Button(each.words, Act.SUGGESTION, each.offer) for each in instead), None
    choices = tuple(
        Choice(
            f"{number} {each.words}"[: LIMITS.choice],
            each.offer,
            f"… {each.words[LIMITS.choice - 12 :]}" if len(each.words) > LIMITS.choice - 2 else "",
        )
        for number, each in enumerate(instead, start=1)
    )
    return (), Menu(PICK, Act.SUGGESTION, "", choices)
