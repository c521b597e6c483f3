"""
What people do: they write, use commands, press buttons, fill in forms. Each verb tells the bot, and returns at once.

    say  edit  delete                       messages
    slash  complete                         commands, as the client offers them
    press  choose  fill                     buttons, menus, forms; a person can only press what they see
    ask                                     an interaction made up by hand: what a forger would send
"""

import re
from collections.abc import Iterable
from typing import Any, Final

from tests.discord.double import payloads
from tests.discord.double.bits import Intent
from tests.discord.double.gateway import Gateway
from tests.discord.double.interactions import Form, Interaction, Interactions
from tests.discord.double.limits import LABEL
from tests.discord.double.payloads import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL
from tests.discord.double.posting import Posting
from tests.discord.double.rest import Rest
from tests.discord.double.seeing import Seen, seen_by
from tests.discord.double.world import Channel, Message, User, World

JSON = dict[str, Any]
ABSENT: Final = object()
"""For `People.ask`: this key is not sent at all."""


class People:
    """Everything that people can do. *channel* is a channel, a thread, or the direct messages with the bot."""

    world: World
    gateway: Gateway
    posting: Posting
    interactions: Interactions
    rest: Rest

    # --- messages ---

    def say(
        self,
        user: User,
        channel: Channel,
        text: str,
        *,
        reply_to: Message | Seen | None = None,
        mention: bool = False,
        age_s: float = 0.0,
        **extra: Any,
    ) -> Message:
        """
        Write *text*.

        Args:
            mention: Put the bot's mention before it.
            age_s: Its id is that many seconds old.
            extra: Keys of the payload that are not usual, as ``webhook_id``.
        """
        answered = reply_to.message if isinstance(reply_to, Seen) else reply_to
        content = f"<@{self.world.bot.id}> {text}" if mention else text
        made = self.posting.make(channel, user, age_s=age_s, content=content, reply_to=answered, extra=extra)
        self._mention(made)
        self.posting.announce(made)
        return made

    def edit(self, message: Message, text: str) -> None:
        """Its author writes something else in its place."""
        message.content = text
        self._mention(message)
        self.posting.change(message, {"content": text})

    def preview(self, message: Message) -> None:
        """Discord adds the preview of a link to *message*: it changed, and no person edited it."""
        message.embeds = [{"type": "link", "title": "A page", "url": "https://example.invalid/"}]
        self.gateway.tell_message("MESSAGE_UPDATE", message)

    def delete(self, message: Message | Seen) -> None:
        self.posting.delete(message.message if isinstance(message, Seen) else message)

    def purge(self, messages: Iterable[Message]) -> None:
        """A moderator takes many away at once: that is one event."""
        gone = list(messages)
        place = gone[0].channel
        for message in gone:
            message.is_deleted = True
            place.messages.pop(message.id, None)
        of_guild = {"guild_id": place.guild.id} if place.guild else {}
        payload = {"ids": [each.id for each in gone], "channel_id": place.id} | of_guild
        self.gateway.tell("MESSAGE_DELETE_BULK", payload, needs=Intent.GUILD_MESSAGES)

    def _mention(self, message: Message) -> None:
        named = re.findall(r"<@!?(\d+)>", message.content)
        message.mentions = [self.world.users[each] for each in dict.fromkeys(named) if each in self.world.users]
        if message.reply_to is not None and message.reply_to.author not in message.mentions:
            message.mentions.append(message.reply_to.author)  # the client's switch is on unless it is turned off

    # --- commands ---

    def slash(self, user: User, channel: Channel, name: str, /, age_s: float = 0.0, **options: Any) -> Interaction:
        """Use ``/name``; an option that the client would not offer or take is an error of the test."""
        command = self._command(channel, name)
        data = self._command_data(command, options)
        missing = [each["name"] for each in command["options"] if each.get("required") and each["name"] not in options]
        assert not missing, f"/{name} is not sent without {missing}"
        return self.ask(user, channel, COMMAND, data, age_s=age_s)

    def complete(
        self, user: User, channel: Channel, name: str, option: str, text: str, /, **others: Any
    ) -> Interaction:
        """Type *text* into *option*; the answer is in `Interaction.choices`."""
        data = self._command_data(self._command(channel, name), others | {option: text})
        focused = next(each for each in data["options"] if each["name"] == option)
        focused["focused"] = True
        return self.ask(user, channel, AUTOCOMPLETE, data)

    def _command(self, channel: Channel, name: str) -> JSON:
        """The command as the client lists it here: in direct messages, only what is registered for everywhere."""
        place = channel.guild.id if channel.guild else None
        known = [*self.rest.commands.get(place, ()), *self.rest.commands.get(None, ())]
        for each in known:
            contexts = each.get("contexts")
            here = payloads.CHANNEL if channel.guild else payloads.DIRECT
            if each["name"] == name and (contexts is None or here in contexts):
                return each
        raise AssertionError(f"no /{name} here: there are {[each['name'] for each in known]}")

    def _command_data(self, command: JSON, options: dict[str, Any]) -> JSON:
        known = {each["name"]: each for each in command["options"]}
        for name, value in options.items():
            assert name in known, f"/{command['name']} has no option {name}: there are {list(known)}"
            allowed = [each["value"] for each in known[name].get("choices") or ()]
            assert not allowed or value in allowed, f"{value!r} is none of {allowed}"
            longest = known[name].get("max_length", 6000)
            assert not isinstance(value, str) or len(value) <= longest, (
                f"{name} takes no more than {longest} characters"
            )
        filled = [{"name": name, "type": known[name]["type"], "value": value} for name, value in options.items()]
        data: JSON = {"id": command["id"], "name": command["name"], "type": 1, "options": filled}
        return data | ({"guild_id": command["guild_id"]} if "guild_id" in command else {})

    # --- buttons, menus, forms ---

    def press(self, user: User, message: Message | Seen, label: str) -> Interaction:
        """Press the button that says *label*, which *user* has to see."""
        seen = self._see(user, message)
        data = {"custom_id": seen.button(label)["custom_id"], "component_type": 2}
        return self.ask(user, seen.message.channel, COMPONENT, data, about=seen.message)

    def repeat(self, asked: Interaction) -> Interaction:
        """The same once more, as the second click of a double one: another id, the same content."""
        return self.ask(asked.person, asked.place, asked.kind, asked.payload["data"], about=asked.about)

    def choose(self, user: User, message: Message | Seen, value: str) -> Interaction:
        """Choose *value* from its menu; a line's label will do as well."""
        seen = self._see(user, message)
        menu = seen.menu
        assert menu is not None, f"no menu: {seen.text!r}"
        found = [each for each in menu["options"] if value in (each["value"], each["label"])]
        assert found, f"the menu has no {value!r}: there is {[each['label'] for each in menu['options']]}"
        data = {"custom_id": menu["custom_id"], "component_type": 3, "values": [found[0]["value"]]}
        return self.ask(user, seen.message.channel, COMPONENT, data, about=seen.message)

    def fill(self, form: Form, **fields: str) -> Interaction:
        """Send *form* as its person left it: *fields* by their ids, or by their labels in lower case with ``_``."""
        named = {str(one["label"]).lower().replace(" ", "_"): name for name, one in form.inputs.items()}
        chosen = {name if name in form.inputs else named[name]: value for name, value in fields.items()}
        for name, one in form.inputs.items():
            value = chosen.get(name, form.values[name])
            assert value or one.get("required", True) is False, f"the form is not sent without {name}"
            assert len(value) <= (one.get("max_length") or 4000), f"{name} is longer than the form takes"
        filled = [self._filled(each, chosen) for each in form.data["components"]]
        data = {"custom_id": form.data["custom_id"], "components": filled}
        asked = form.asked
        return self.ask(asked.person, asked.place, MODAL, data, about=asked.about, cause=asked)

    def _filled(self, one: JSON, chosen: dict[str, str]) -> JSON:
        inner = one["component"] if one["type"] == LABEL else one["components"][0]
        value = chosen.get(inner["custom_id"], inner.get("value") or "")
        said = {"type": inner["type"], "custom_id": inner["custom_id"], "id": inner.get("id", 2)}
        said |= {"value": value} if inner["type"] == 4 else {"values": [value]}
        return (
            {"type": LABEL, "id": 1, "component": said} if one["type"] == LABEL else {"type": 1, "components": [said]}
        )

    def _see(self, user: User, message: Message | Seen) -> Seen:
        wanted = message.id
        place = message.message.channel if isinstance(message, Seen) else message.channel
        for each in seen_by(user, place):
            if each.id == wanted:
                return each
        raise AssertionError(f"{user.name} does not see that message")

    # --- by hand ---

    def ask(
        self,
        user: User,
        channel: Channel,
        kind: int,
        data: JSON,
        /,
        *,
        about: Message | Seen | None = None,
        cause: Interaction | None = None,
        age_s: float = 0.0,
        **changed: Any,
    ) -> Interaction:
        """
        Send an interaction of any shape.

        Args:
            kind: 2 command, 3 button or menu, 4 autocompletion, 5 form.
            cause: What a form was shown in answer to.
            changed: Keys of the payload that are other than usual; `ABSENT` leaves one out.
        """
        message = about.message if isinstance(about, Seen) else about
        one = Interaction(
            self.world.ids.next(age_s=age_s),
            f"aW50ZXJhY3Rpb24{self.world.ids.next()}",
            kind,
            user,
            channel,
            about=message,
            cause=cause,
        )
        payload = payloads.interaction(
            self.world, asked=one.id, token=one.token, kind=kind, data=data, person=user, place=channel, about=message
        )
        one.payload = {name: value for name, value in (payload | changed).items() if value is not ABSENT}
        self.interactions.note(one)
        self.gateway.tell("INTERACTION_CREATE", one.payload)
        return one
