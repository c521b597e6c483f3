"""
One message to the desk: a chat line, a command line, a signal; and what of it is kept in the log.
"""

from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from attrs import Attribute, field, frozen

from tastyflow.domain.order import Asked
from tastyflow.errors import Invalid

MAX_TEXT: Final = 500
"""Characters of a text that are kept in the log."""

MAX_NAME: Final = 64
"""Characters of a user's name that are kept in the log."""

MAX_ID: Final = 512
"""Characters of a platform's id: of a message, a channel. An id is never shortened: a longer one is refused."""


def _is_id(_message: object, attribute: "Attribute[str]", value: str) -> None:
    if len(value) > MAX_ID or value != value.encode("utf-8", "replace").decode("utf-8"):
        raise Invalid(f"A message's {attribute.name} is at most {MAX_ID} characters of text.", code="bad_message")


def _has_zone(_message: object, _attribute: object, value: datetime | None) -> None:
    if value is not None and value.utcoffset() is None:
        raise Invalid("The time of a message has a time zone.", code="bad_message")


class Consent(StrEnum):
    """Whether the author of a message can be asked to confirm what it comes to."""

    NONE = "none"  # no person is there: a script, a signal
    ASK = (
        "ask"  # the author sees the card and answers, with `Desk.confirm` or `Desk.decline`, where the policy wants it
    )
    ALWAYS = "always"  # the same, and each of their orders waits for that, whatever the policy says
    GIVEN = "given"  # the author saw what it comes to, and said yes


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
        account: The name of the account that it is about; empty for the first one of its trader.
        consent: Whether its author can be asked to confirm what it comes to.
        acting: Whether *user* is the name of a trader, for whom *os_user* acts; else *user* is who wrote it.

    Raises:
        Invalid: code ``bad_message``: an id that no log can hold, or a time without a zone.
    """

    text: str
    platform: str = field(validator=_is_id)
    user: str
    message: str = field(validator=_is_id)
    channel: str = field(default="", validator=_is_id)
    reply_to: str = field(default="", validator=_is_id)
    at: datetime | None = field(default=None, validator=_has_zone)
    os_user: str = ""
    account: str = ""
    consent: Consent = Consent.NONE
    acting: bool = False

    def as_asked(self, trader: UUID | None = None) -> Asked:
        """The request as it is kept: bounded, and without what no log can hold."""
        return Asked(
            bounded(self.text),
            self.platform,
            bounded(self.user, MAX_NAME),
            self.message,
            trader,
            channel=self.channel,
            reply_to=self.reply_to,
            written_at=self.at,
            os_user=bounded(self.os_user, MAX_NAME),
        )


def bounded(text: str, length: int = MAX_TEXT) -> str:
    """*text* without lone surrogates, cut to *length* characters."""
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return whole if len(whole) <= length else whole[: length - 1] + "…"
