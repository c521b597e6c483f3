"""
What a person sees in a channel: texts, cards, buttons they can press. Private messages of others are not there.

    seen = double.seen_by(ann, channel)        the messages, oldest first
    seen[-1].text                              everything that is written in it
    seen[-1].labels                            what its buttons say; `.enabled` those that can be pressed
"""

from typing import Any

from attrs import frozen

from tests.discord.double import payloads
from tests.discord.double.limits import BUTTON, MENUS, flat
from tests.discord.double.world import Channel, Message, User

JSON = dict[str, Any]


@frozen(eq=False)
class Seen:
    """One message, as one person sees it now."""

    message: Message

    @property
    def id(self) -> str:
        return self.message.id

    @property
    def payload(self) -> JSON:
        """The message as Discord's API has it."""
        return payloads.message(self.message)

    @property
    def author(self) -> User:
        return self.message.author

    @property
    def is_private(self) -> bool:
        """Whether "only you can see this" stands below."""
        return self.message.only_for is not None

    @property
    def is_loading(self) -> bool:
        return self.message.is_loading

    @property
    def embeds(self) -> list[JSON]:
        return self.message.embeds

    @property
    def files(self) -> dict[str, bytes]:
        return {each.filename: each.content for each in self.message.attachments}

    @property
    def text(self) -> str:
        """Everything that is written in it, line by line: its words, its cards with their fields, layout texts."""
        lines = [self.message.content]
        for embed in self.message.embeds:
            lines += [(embed.get("author") or {}).get("name"), embed.get("title"), embed.get("description")]
            for each in embed.get("fields") or ():
                lines += [each.get("name"), each.get("value")]
            lines.append((embed.get("footer") or {}).get("text"))
        lines += [each.get("content") for each in flat(self.message.components)]
        return "\n".join(line for line in lines if line)

    @property
    def buttons(self) -> list[JSON]:
        return [each for each in flat(self.message.components) if each.get("type") == BUTTON]

    @property
    def labels(self) -> list[str]:
        return [str(each.get("label") or "") for each in self.buttons]

    @property
    def enabled(self) -> list[str]:
        """The labels of those that can be pressed."""
        return [str(each.get("label") or "") for each in self.buttons if not each.get("disabled")]

    def button(self, label: str) -> JSON:
        """
        The one button that says *label*, or that begins with it where none says just that.

        Raises:
            AssertionError: There is none, or it cannot be pressed.
        """
        just = [each for each in self.buttons if each.get("label") == label]
        just = just or [each for each in self.buttons if str(each.get("label") or "").startswith(label)]
        assert just, f"no button {label!r}: there are {self.labels}, below {self.text!r}"
        assert not just[0].get("disabled"), f"the button {label!r} cannot be pressed"
        return just[0]

    @property
    def menu(self) -> JSON | None:
        """Its first menu."""
        return next((each for each in flat(self.message.components) if each.get("type") in MENUS), None)

    @property
    def menu_values(self) -> list[str]:
        return [str(each["value"]) for each in (self.menu or {}).get("options", ())]


def seen_by(user: User, channel: Channel) -> list[Seen]:
    """What *user* sees in *channel*, oldest first."""
    return [Seen(each) for each in channel.messages.values() if each.only_for in (None, user)]
