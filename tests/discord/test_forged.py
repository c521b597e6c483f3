"""
Forged payloads: what a client that obeys no rule could send, and what Discord should never send.

    FORGERIES    one row each: a name, who sends what from where, what may be answered
        REFUSED  nothing, or the one neutral sentence
        SAID     something, for their eyes alone; and of a card of another person nothing
        NOTHING  nothing at all

By none of them an order moves, the bot lives on, and afterwards the one true press places the one order.
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Any, Final

import pytest
from attrs import frozen

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader import Permission
from tastyflow_adapters.discord.bot import build_bot
from tastyflow_adapters.discord.gate import NEUTRAL
from tests.application.kit import alter
from tests.discord.double import ABSENT, Channel, Double, Interaction, Message, Seen, User
from tests.discord.double.payloads import AUTOCOMPLETE, COMMAND, COMPONENT, MODAL
from tests.discord.kit import ChatUnderTest, chatting

pytestmark = pytest.mark.anyio

ORDER: Final = "buy 1 SPY 450C Dec 18 @ 0.05"
HUGE: Final = "9" * 5000
TEXT: Final = {"name": "text", "type": 3, "value": ORDER}


TRUE: Final = object()
"""The id of the true button."""


class May(Enum):
    """What may be answered."""

    REFUSED = auto()
    SAID = auto()
    NOTHING = auto()


@frozen
class Scene:
    """
    Who and what there is.

    Attributes:
        card: Ann's, of an order that waits for her yes; *confirm* is the id of the button by which she says it.
        eve: Another trader, who may see no order but her own. Sam was one, and is suspended.
        elsewhere: A channel of the guild where no orders are taken; *abroad* one of another guild.
    """

    there: ChatUnderTest
    eve: User
    sam: User
    elsewhere: Channel
    abroad: Channel
    card: Seen
    confirm: str

    @property
    def double(self) -> Double:
        return self.there.double

    @property
    def ann(self) -> User:
        return self.there.ann

    @property
    def orders(self) -> Channel:
        return self.there.channel

    @property
    def about(self) -> str:
        """What the buttons of the card are about: the order, and the content that was shown."""
        return self.confirm.rpartition(":")[2]

    @property
    def order(self) -> str:
        """The order, as buttons of its other messages name it."""
        return self.there.orders()[0].id.hex

    def stranger(self, name: str = "mallory") -> User:
        """A person who is new in the guild, and was never told anything."""
        return self.double.person(name)

    def press(
        self, person: User, custom_id: Any = TRUE, /, place: Channel | None = None, *, of: Any = 0, **changed: Any
    ) -> Interaction:
        """Press a button with *custom_id* (the true one), of the card or the message *of*; `data` comes last."""
        data = {"custom_id": self.confirm if custom_id is TRUE else custom_id, "component_type": 2, "id": 1}
        data = _without(data | changed.pop("data", {}))
        about = self.card if of == 0 else of
        return self.double.ask(person, place or self.orders, COMPONENT, data, about=about, **changed)

    def command(self, person: User, place: Channel | None = None, /, **changed: Any) -> Interaction:
        """Use ``/order``; `data` comes last."""
        data = {"id": "1577000000000000000", "name": "order", "type": 1, "options": [TEXT]}
        data = _without(data | changed.pop("data", {}))
        return self.double.ask(person, place or self.orders, COMMAND, data, **changed)

    def form(self, person: User, custom_id: Any, components: Any) -> Interaction:
        """Hand in a form."""
        data = {"custom_id": custom_id, "components": components}
        return self.double.ask(person, self.orders, MODAL, data, about=self.card)


def _without(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if value is not ABSENT}


Sends = Callable[[Scene], Interaction | Message]


def _of_ann(scene: Scene) -> dict[str, Any]:
    """A user who says to be ann."""
    return {"id": scene.ann.id, "username": "ann", "discriminator": "0", "avatar": None, "global_name": "Ann"}


def _group(scene: Scene) -> dict[str, Any]:
    return {"id": scene.orders.id, "type": 3, "recipients": [], "owner_id": scene.ann.id, "name": None, "icon": None}


PLACES: Final[dict[str, Sends]] = {
    "a press in a channel where no orders are taken": lambda s: s.press(s.ann, place=s.elsewhere),
    "a press in a thread of such a channel": lambda s: s.press(s.ann, place=s.double.make_thread(s.elsewhere, "t")),
    "a press in another guild": lambda s: s.press(s.ann, place=s.abroad),
    "a press said to be in another guild": lambda s: s.press(s.ann, guild_id=s.abroad.guild and s.abroad.guild.id),
    "a press abroad, said to be here": lambda s: s.press(s.ann, place=s.abroad, guild_id=s.double.guild.id),
    "a press without a channel": lambda s: s.press(s.ann, channel=ABSENT, channel_id=ABSENT),
    "a press in a group of people": lambda s: s.press(s.ann, guild_id=ABSENT, guild=ABSENT, channel=_group(s)),
    "a command where no orders are taken": lambda s: s.command(s.ann, s.elsewhere),
    "a command in a thread of such a channel": lambda s: s.command(s.ann, s.double.make_thread(s.elsewhere, "t")),
    "a command in another guild": lambda s: s.command(s.ann, s.abroad),
    "a command said to be in another guild": lambda s: s.command(s.ann, guild_id=s.abroad.guild and s.abroad.guild.id),
    "a command abroad, said to be here": lambda s: s.command(s.ann, s.abroad, guild_id=s.double.guild.id),
    "a command without a channel": lambda s: s.command(s.ann, channel=ABSENT, channel_id=ABSENT),
    "a command in a group of people": lambda s: s.command(s.ann, guild_id=ABSENT, guild=ABSENT, channel=_group(s)),
}

PERSONS: Final[dict[str, Sends]] = {
    "a press by a stranger": lambda s: s.press(s.stranger()),
    "a press by one who is suspended": lambda s: s.press(s.sam),
    "a press by a stranger with ann's name": lambda s: s.press(s.stranger("ann")),
    "a press by a stranger who says to be ann beside the member": lambda s: s.press(s.stranger(), user=_of_ann(s)),
    "a press in direct messages by a stranger": lambda s: s.press(m := s.stranger(), place=s.double.direct(m)),
    "a command by a stranger": lambda s: s.command(s.stranger()),
    "a command by one who is suspended": lambda s: s.command(s.sam),
    "a command by a stranger who says to be ann beside the member": lambda s: s.command(s.stranger(), user=_of_ann(s)),
    "a command in direct messages by a stranger": lambda s: s.command(m := s.stranger(), s.double.direct(m)),
    "a form by a stranger": lambda s: s.form(s.stranger(), f"tf:1:e:{s.about}", _typed("text", ORDER)),
    "a line by a stranger": lambda s: s.double.say(s.stranger(), s.orders, ORDER, mention=True),
    "a line where no orders are taken": lambda s: s.double.say(s.ann, s.elsewhere, ORDER, mention=True),
    "a line in another guild": lambda s: s.double.say(s.ann, s.abroad, ORDER, mention=True),
}

FORWARDED: Final = {
    "message": {
        "type": 0, "content": ORDER, "embeds": [], "attachments": [], "timestamp": "2026-11-20T15:00:00+00:00",
        "edited_timestamp": None, "flags": 0, "mentions": [], "mention_roles": [], "components": [],
    }
}  # fmt: skip

WEBHOOKS: Final[dict[str, Sends]] = {
    "a line of a webhook with ann's id": lambda s: s.double.say(
        s.ann, s.orders, ORDER, mention=True, webhook_id="1577000000000000001"
    ),
    "a line of the bot itself": lambda s: s.double.say(s.double.world.bot, s.orders, ORDER, mention=True),
    "a line of another bot": lambda s: s.double.say(
        s.ann, s.orders, ORDER, mention=True, author=_of_ann(s) | {"bot": True}
    ),
    "a line that was forwarded": lambda s: s.double.say(
        s.ann, s.orders, "", mention=False, message_snapshots=[FORWARDED]
    ),
    "a notice of Discord's own": lambda s: s.double.say(s.ann, s.orders, ORDER, mention=True, type=7),
}


def _typed(name: Any, value: Any, kind: int = 4) -> list[dict[str, Any]]:
    """The fields of a form, as a client sends them."""
    field = _without({"type": kind, "custom_id": name, "value": value, "id": 2})
    return [{"type": 18, "id": 1, "component": field}]


OTHERS: Final[dict[str, Sends]] = {
    "ann's card confirmed by another trader": lambda s: s.press(s.eve),
    "ann's card dismissed by another trader": lambda s: s.press(s.eve, f"tf:1:x:{s.about}"),
    "ann's card changed by another trader": lambda s: s.press(s.eve, f"tf:1:e:{s.about}"),
    "ann's card shown to another trader": lambda s: s.press(s.eve, f"tf:1:v:{s.about}"),
    "ann's order cancelled by another trader": lambda s: s.press(s.eve, f"tf:1:k:{s.order}"),
    "ann's order replaced by another trader": lambda s: s.press(s.eve, f"tf:1:r:{s.order}"),
    "the form of ann's card handed in by another trader": lambda s: s.form(
        s.eve, f"tf:1:e:{s.about}", _typed("text", ORDER)
    ),
    "ann's order told to another trader": lambda s: s.press(s.eve, f"tf:1:w:{s.order}"),
}

IDS: Final[tuple[Any, ...]] = (
    "", "tf", "tf:1:", "tf:1:c", "tf:1:c:", "tf:1:c:ffffff", "tf:1:c:last", "tf:1:c:all", "tf:1:c:*", "tf:1:c:%",
    "tf:1:d:", "tf:1:d:1", "tf:1:s:0", "tf:1:i:", "tf:1:a:ffffff", "tf:1:j:ffffff", "tf:1:p:-1", "tf:1:z:ffffff",
    "x" * 100, HUGE, None, 7,
)  # fmt: skip
"""Ids of components that were never given out. Of a list or an object discord.py itself dies: that is another story."""

LOOKALIKES: Final[tuple[str, ...]] = (
    "TF:1:c:{}", "tf:1:C:{}", "tf:2:c:{}", "tf:01:c:{}", "tf:1:c:{}:", "tf:1:c:{} ", " tf:1:c:{}", "tf:1:c:{}\n",
    "tf:1:c:{}\u200b", "tf:1:\u0441:{}", "tf\uff1a1:c:{}", "tf:1:c:{}\x00", "tf:1:c:\u202e{}", "tf:1:c;{}",
    "tf:1:cc:{}",
)  # fmt: skip
"""Ids that look like that of ann's button, around the true reference."""

SHAPES: Final[dict[str, Sends]] = {
    "a press with the type of a menu": lambda s: s.press(s.ann, f"tf:1:s:{s.about}", data={"component_type": 3}),
    "a press with a type that does not exist": lambda s: s.press(s.ann, "tf:1:s:1", data={"component_type": 99}),
    "a menu with numbers for values": lambda s: s.press(
        s.ann, f"tf:1:s:{s.about}", data={"component_type": 3, "values": [1, None, {}]}
    ),
    "a menu with a thousand values": lambda s: s.press(
        s.ann, f"tf:1:s:{s.about}", data={"component_type": 3, "values": [HUGE] * 1000}
    ),
    "a menu with text for its list of values": lambda s: s.press(
        s.ann, "tf:1:s:1", data={"component_type": 3, "values": "buy"}
    ),
    "a form without fields": lambda s: s.form(s.ann, f"tf:1:e:{s.about}", []),
    "a form with other fields": lambda s: s.form(s.ann, f"tf:1:e:{s.about}", _typed("price", ORDER)),
    "a form with a number for text": lambda s: s.form(s.ann, f"tf:1:e:{s.about}", _typed("text", 7)),
    "a form with nothing in its field": lambda s: s.form(s.ann, f"tf:1:e:{s.about}", _typed("text", ABSENT)),
    "a form of an act that has none": lambda s: s.form(s.ann, s.confirm, _typed("text", ORDER)),
    "a form of no act": lambda s: s.form(s.ann, "tf:1:zz:1", _typed("text", ORDER)),
    "a form of an order that does not exist": lambda s: s.form(s.ann, "tf:1:e:ffffff", _typed("text", ORDER)),
    "a form to replace what does not work": lambda s: s.form(s.ann, f"tf:1:r:{s.order}", _typed("price", "@ 1")),
    "a command that does not exist": lambda s: s.command(s.ann, data={"name": "sudo"}),
    "a command with the name of an act": lambda s: s.command(s.ann, data={"name": "tf:1:c"}),
    "a command without its text": lambda s: s.command(s.ann, data={"options": []}),
    "a command with a number for text": lambda s: s.command(s.ann, data={"options": [TEXT | {"value": 7}]}),
    "a command with an object for text": lambda s: s.command(s.ann, data={"options": [TEXT | {"value": {"a": 1}}]}),
    "a command with another option": lambda s: s.command(
        s.ann, data={"options": [TEXT, {"name": "trader", "type": 3, "value": "eve"}]}
    ),
    "a command with an account that is none": lambda s: s.command(
        s.ann, data={"options": [TEXT, {"name": "account", "type": 3, "value": "eve"}]}
    ),
    "a command with five thousand digits": lambda s: s.command(s.ann, data={"options": [TEXT | {"value": HUGE}]}),
    "a command of a message's menu": lambda s: s.command(s.ann, data={"type": 3, "target_id": s.card.id}),
    "a command of an hour ago": lambda s: s.command(s.ann, age_s=3600),
    "a press of an hour ago": lambda s: s.press(s.ann, age_s=3600),
    "a press without its message": lambda s: s.press(s.ann, f"tf:1:s:{s.about}", of=None),
    "text that is completed for no command": lambda s: s.double.ask(
        s.ann, s.orders, AUTOCOMPLETE, {"id": "1", "name": "sudo", "type": 1, "options": [TEXT | {"focused": True}]}
    ),
}


def rows() -> list[tuple[str, Sends, May]]:
    """The whole table."""
    made = [(name, send, May.REFUSED) for name, send in (PLACES | PERSONS).items()]
    made += [(name, send, May.NOTHING) for name, send in WEBHOOKS.items()]
    made += [(name, send, May.SAID) for name, send in (OTHERS | SHAPES).items()]
    for each in IDS:
        made.append((f"a press of {str(each)[:20]!r}", lambda s, each=each: s.press(s.ann, each), May.SAID))
    for each in LOOKALIKES:
        made.append((f"a press of {each!r}", lambda s, e=each: s.press(s.ann, e.format(s.about)), May.SAID))
    return made


def faults_in(scene: Scene, sent: Interaction | Message, may: May) -> list[str]:
    """What is wrong with how *sent* was answered."""
    answers = _answers(scene, sent)
    said = "\n".join(each.text for each in answers)
    if may is May.NOTHING or not said:
        return [f"answered {said!r}"] if said else []
    if may is May.REFUSED:
        return [] if NEUTRAL in said and len(answers) == 1 else [f"answered {said!r}"]
    is_open = [each.text for each in answers if not each.is_private and not each.message.channel.is_direct]
    is_hers = isinstance(sent, Interaction) and sent.person is scene.eve and ("450" in said or "SPY" in said)
    return [f"said to all {each!r}" for each in is_open] + ([f"told of ann's order {said!r}"] if is_hers else [])


def _answers(scene: Scene, sent: Interaction | Message) -> list[Seen]:
    if isinstance(sent, Interaction):
        made = [sent.original if sent.original is not sent.about else None, *sent.follow_ups]
        return [Seen(each) for each in made if each is not None]
    return [Seen(each) for each in sent.channel.messages.values() if each.reply_to is sent]


async def test_no_forged_payload_moves_an_order_and_the_true_press_places_one():
    async with chatting(bot=build_bot) as there:
        double = there.double
        await there.bot.tree.sync()
        eve, sam = await there.trader("eve", permissions=[Permission.LONG_OPTIONS]), await there.trader("sam")
        await alter(there.house, lambda trader, why: trader.suspend(why=why), "sam")
        elsewhere, abroad = double.make_channel("chat"), double.make_channel("orders", double.make_guild("abroad"))
        card = await there.answer(there.slash(there.ann, "order", text=ORDER))
        scene = Scene(there, eve, sam, elsewhere, abroad, card, str(card.button("Confirm")["custom_id"]))
        sent = [(name, send(scene), may) for name, send, may in rows()]
        last = await there.answer(there.slash(there.ann, "help"))
        assert last.text
        assert await there.bot.handlers.finished(within_s=10)
        faults = [f"{name}: {fault}" for name, each, may in sent for fault in faults_in(scene, each, may)]
        assert not faults, "\n".join(faults)
        (waiting,) = there.orders()
        assert (waiting.stage, waiting.needs_confirmation, there.broker_orders()) == (Stage.VALIDATED, True, 0)

        scene.press(there.ann)
        await double.wait(there.broker_orders, what="the one true press places it")
        assert there.broker_orders() == 1
