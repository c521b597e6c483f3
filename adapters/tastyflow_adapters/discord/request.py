"""
What a person asks of the bot, as values: who, where, with which words or which button.

    slash command   command, options         press    act, about, values
    typed line      text                     form     act, about, fields

A request that is here has passed the gate: its author is a linked trader in a place where orders are taken.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from attrs import evolve, field, frozen

from tastyflow.application.message import Consent, Message
from tastyflow_adapters.discord.page import Act

PLATFORM: Final = "discord"
"""The platform of identities and messages here."""


@frozen
class Asker:
    """
    Who asks, and where; ids are Discord's numbers, as text.

    Attributes:
        name: As Discord shows it: untrusted, and no identity.
        guild: Empty in a direct message.
        channel: Where it was written; *parent* is the channel of a thread, else empty.
        roles: The roles that Discord says they have, in this guild, now.
    """

    user: str
    name: str = ""
    guild: str = ""
    channel: str = ""
    parent: str = ""
    roles: frozenset[str] = frozenset()

    @property
    def is_direct(self) -> bool:
        """Whether it is a direct message: no other person reads along."""
        return not self.guild


@frozen(kw_only=True)
class Request:
    """
    One thing that is asked.

    Attributes:
        id: Discord's id of the interaction or of the message: the same id again is the same request.
        at: When Discord says that it was asked.
        text: The words of a typed line, or of ``/order``.
        command, options: Of a slash command, by their names.
        act, about, values: Of a press; *values* are the lines chosen from a menu.
        fields: What was filled into a form, by the names of its fields.
        page: The id of the message whose button was pressed, or to which a typed line replies.
    """

    asker: Asker
    id: str
    at: datetime
    text: str = ""
    command: str = ""
    options: Mapping[str, str] = field(factory=dict)
    act: Act | None = None
    about: str = ""
    values: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(factory=dict)
    page: str = ""

    def saying(self, text: str) -> "Request":
        """The same request with other words."""
        return evolve(self, text=text)

    def message(self, text: str | None = None, *, consent: Consent = Consent.NONE, suffix: str = "") -> Message:
        """
        The message to the desk that this comes to.

        Args:
            suffix: Told apart from other messages of the same request.

        Raises:
            Invalid: code ``bad_message``.
        """
        return Message(
            self.text if text is None else text,
            PLATFORM,
            self.asker.user,
            f"{self.id}{suffix}",
            channel=self.asker.channel,
            reply_to=self.page or self.id,
            at=self.at,
            account=self.options.get("account", ""),
            consent=consent,
        )
