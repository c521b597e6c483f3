"""
Whatever people press, in whatever order, and whatever is lost, repeated or late on the way: an order leaves once, and
only where its own trader said yes and Discord took the sign of it.

The real bot, the real desk and the double are held against a few lines of a model: which cards there are, and which of
their presses Discord took.
"""

import asyncio
from typing import Any

from attrs import define, evolve, field
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.domain.order.stages import OVER, Stage
from tests.application.kit import LENIENT, log_of, story
from tests.discord.double import Interaction, Seen, User
from tests.discord.kit import ChatUnderTest, chatting, connected, real_bot, without_pauses

PACE = 40.0
RESTING = "buy 1 SPY 450C next month @ {price}"
PATIENT = evolve(LENIENT, confirm_within_s=3600.0)
"""At this pace, two minutes are three seconds: a busy machine could need them."""
PAST_ITS_TIME_S = 3700.0
SETTLED = OVER | {Stage.WORKING, Stage.VALIDATED}
TAKEN = [7]
"""The acknowledgement of a yes: the card, without its buttons."""

FAULTS: dict[str, dict[str, Any]] = {
    "late": {"status": 404, "code": 10062},
    "cut": {"status": 0},
    "lost answer": {"status": 500, "apply_first": True},
    "cut after it was taken": {"status": 0, "apply_first": True},
}

PEOPLE = st.sampled_from(["ann", "bob"])
CARDS = st.integers(0, 2)
STEPS = st.one_of(
    st.tuples(st.just("ask"), PEOPLE),
    st.tuples(st.just("press"), PEOPLE, CARDS, st.sampled_from(["Confirm", "Confirm", "Dismiss"])),
    st.tuples(st.just("press at fault"), PEOPLE, CARDS, st.sampled_from(sorted(FAULTS))),
    st.tuples(st.sampled_from(["resend", "drop", "reconnect", "let it work", "another bot", "its time passes"])),
)


@define(eq=False)
class Card:
    """
    A card, and what was pressed on it.

    Attributes:
        about: The id of its order.
        yes: What its own trader pressed to confirm it.
        is_sure: Whether a yes that Discord took is an order: it was not dismissed, cut off, or too late.
    """

    owner: User
    seen: Seen
    ids: dict[str, str]
    about: str
    yes: list[Interaction] = field(factory=list)
    is_sure: bool = True


@settings(max_examples=12)
@given(st.lists(STEPS, max_size=10))
def test_an_order_leaves_once_and_only_by_the_yes_of_its_own_trader_that_discord_took(steps):
    with without_pauses():
        asyncio.run(played([("ask", "ann"), *steps]))


async def played(steps: list[tuple[Any, ...]]) -> None:
    async with chatting(pace=PACE, policy=PATIENT) as there:
        people = {"ann": there.ann, "bob": await there.trader("bob")}
        cards: list[Card] = []
        for step in steps:
            match step:
                case ("ask", who) if len(cards) < 3:
                    cards.append(await asked(there, people[who], len(cards)))
                case ("press", who, number, label) if number < len(cards):
                    press(there, people[who], cards[number], label)
                case ("press at fault", who, number, fault) if number < len(cards):
                    await there.double.ready()
                    struck = there.double.fail("POST", "/callback", **FAULTS[fault])
                    press(there, people[who], cards[number], "Confirm")
                    await there.double.wait(lambda struck=struck: struck.met, what="an acknowledgement")
                    for card in cards:  # the fault may strike the second try of another card's yes
                        card.is_sure &= fault != "cut after it was taken" or not card.yes
                case ("resend",):
                    there.double.resend_last("INTERACTION_CREATE")
                case ("drop",):
                    there.double.drop()
                case ("reconnect",):
                    there.double.reconnect()
                case ("let it work",):
                    await at_rest(there)
                case ("another bot",):
                    await another_bot(there)
                    for card in cards:
                        card.is_sure = False  # what the old one had in hand is cut off: a yes may be done or not
                case ("its time passes",):
                    there.clock.leap(PAST_ITS_TIME_S)
                    for card in cards:
                        card.is_sure = False
        await at_rest(there)
        judged(there, cards)


async def asked(there: ChatUnderTest, owner: User, number: int) -> Card:
    await there.double.ready()
    text = RESTING.format(price=f"2.0{number}")
    seen = await there.answer(there.slash(owner, "order", text=text))
    ids = {label: seen.button(label)["custom_id"] for label in ("Confirm", "Dismiss")}
    return Card(owner, seen, ids, ids["Confirm"].rpartition(":")[2].partition(".")[0])


def press(there: ChatUnderTest, who: User, card: Card, label: str) -> None:
    """By anyone, seen or not, there still or not: a forger and an old window can do that."""
    data = {"custom_id": card.ids[label], "component_type": 2}
    pressed = there.double.ask(who, there.channel, 3, data, about=card.seen)
    if who is card.owner and label == "Confirm":
        card.yes.append(pressed)
    elif who is card.owner:
        card.is_sure = False  # which of the two was first is for the log to say


async def another_bot(there: ChatUnderTest) -> None:
    """The bot dies where it stands, and another is built; desk and memory go on."""
    assert there.bot is not None
    await there.bot.close()
    there.bot = real_bot(there.chat)
    await there.stack.enter_async_context(connected(there.bot, there.double))


async def at_rest(there: ChatUnderTest) -> None:
    """Every handler is done, and every order is where it stays by itself."""
    await there.double.ready()
    await there.answer(there.slash(there.ann, "help"))  # everything before it has been heard
    assert isinstance(there.bot, type(real_bot(there.chat)))
    assert await there.bot.handlers.finished(within_s=20.0)
    await there.double.wait(lambda: all(order.stage in SETTLED for order in there.orders()), what="orders come to rest")


def judged(there: ChatUnderTest, cards: list[Card]) -> None:
    orders = {order.id.hex: order for order in there.orders()}
    left = 0
    for card in cards:
        told = story(log_of(there.house.ledger, orders[card.about])).split()
        was_taken = any(one.answers == TAKEN for one in card.yes)
        assert told.count("confirmed") <= 1
        assert told.count("claimed(production)") <= 1
        assert "confirmed" not in told or was_taken, f"confirmed without a yes that Discord took: {told}"
        assert "claimed(sandbox)" not in told or "confirmed" in told, f"sent without a yes: {told}"
        assert not card.is_sure or not was_taken or "confirmed" in told, f"a yes was lost: {told}"
        left += told.count("adopted(production)")
    assert there.broker_orders() == left
    assert len(orders) == len(cards)
