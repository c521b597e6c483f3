"""
One message to the desk: a chat line, a command line, a signal; and what of it is kept in the log.
"""

from datetime import datetime
from typing import Final
from uuid import UUID

from attrs import frozen

from tastyflow.domain.order import Asked

MAX_TEXT: Final = 500
"""Characters of a text that are kept in the log."""

MAX_NAME: Final = 64
"""Characters of a user's, channel's or message's name that are kept in the log."""


@frozen
class Message:
    """
    One message to the desk.

    Attributes:
        platform, user: The author's identity there.
        message: The platform's id of it; the same id again is the same request.
        channel: Where it was written, and answers belong; empty where the platform has no channels.
        reply_to: The platform's id that answers refer to; empty for the message itself.
        at: When the platform says that it was written; None where it does not say.
        os_user: The operating system's user, where it came from a command line.
    """

    text: str
    platform: str
    user: str
    message: str
    channel: str = ""
    reply_to: str = ""
    at: datetime | None = None
    os_user: str = ""

    def as_asked(self, trader: UUID | None = None) -> Asked:
        """The request as it is kept: bounded, and without what no log can hold."""
        return Asked(
            bounded(self.text),
            self.platform,
            bounded(self.user, MAX_NAME),
            self.message,
            trader,
            channel=bounded(self.channel, MAX_NAME),
            reply_to=bounded(self.reply_to, MAX_NAME),
            written_at=self.at,
        )


def bounded(text: str, length: int = MAX_TEXT) -> str:
    """*text* without lone surrogates, cut to *length* characters."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return whole if len(whole) <= length else whole[: length - 1] + "…"
