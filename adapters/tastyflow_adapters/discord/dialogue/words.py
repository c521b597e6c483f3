"""
What the bot itself says, where no answer says it: short pages.
"""

from typing import Final

from tastyflow_adapters.discord.gate import NEUTRAL
from tastyflow_adapters.discord.page import ChatPage, Tone


def _said(*lines: str, tone: Tone = Tone.WARNING) -> ChatPage:
    """What holds nothing of a person or an account, and so may stand below a line in a channel."""
    return ChatPage(lines=lines, tone=tone, is_private=False)


STRANGER: Final = ChatPage(lines=(NEUTRAL,), is_private=False)
STALE: Final = _said("The commands were updated. Please retry: type / and choose the command anew.")
GONE: Final = _said("This button belongs to an older version, and does nothing. Please ask anew.")
STOPPING: Final = _said("tastyflow is stopping: nothing was done. Please repeat it in a moment.")
RECEIVED_LATE: Final = _said("This was received late, and nothing was done. Please repeat it.")
UNREADABLE: Final = _said("The log cannot be read at the moment: nothing was done. Please repeat it later.")
NOT_SHOWN: Final = _said("Discord does not take the answer. What is recorded of an order is in /orders.")
DONE: Final = ChatPage(lines=("Done.",))
NO_ORDER: Final = _said("That is no order and no question. See: /help", tone=Tone.PLAIN)
ROLE_MENTIONED: Final = _said(
    "That is the role of the bot: Discord gives it no words of such a line. Mention the bot itself, its first entry.",
    tone=Tone.PLAIN,
)
CLOSED_TO_US: Final = ChatPage(
    lines=("The answer is for you alone, and Discord does not let the bot write to you directly.", "Use: /order"),
    is_private=False,
)
"""Said in a channel, where an answer is private and the person takes no direct messages."""


def sign_missed(name: str, what: str) -> ChatPage:
    """Discord did not take the sign in time for *what* the person *name* did, so nothing was done."""
    return ChatPage(
        lines=(f"{name}: Discord took no answer to {what} in time, so nothing was done. Please repeat it.",),
        tone=Tone.WARNING,
        is_private=False,
    )


def unforeseen(number: str) -> ChatPage:
    """An error of ours; *number* finds it in the service's own lines."""
    return _said(
        "Something went wrong in the bot. What is recorded of an order is in /orders.",
        f"The operator finds it as {number}.",
        tone=Tone.BAD,
    )
