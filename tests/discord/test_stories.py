"""
Whole stories, with `tastyflow run` as a process of its own, unmodified discord.py, and both venues simulated: from a
line in Discord to a fill in production. One process lives through the first of them; the last ones end it.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from attrs import frozen

from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderConfirmed, SubmissionClaimed
from tastyflow.domain.venue import Venue
from tests.discord.double import Channel, Interaction, Seen
from tests.discord.story import Person, Town, next_monthly

pytestmark = pytest.mark.anyio

AT_A_NICKEL = "SPY 450C next month @ 0.05"
LONG_S = 30.0


@frozen
class Cast:
    """Ann trades, and has direct messages with the bot. Bob approves."""

    town: Town
    ann: Person
    bob: Person

    @property
    def directly(self) -> Channel:
        return self.town.direct(self.ann)

    def asks(self, command: str, channel: Channel | None = None, **options: str) -> Interaction:
        """Ann uses a slash command."""
        return self.town.double.slash(self.ann.user, channel or self.town.orders, command, **options)

    async def card(self, text: str) -> Seen:
        """The card of *text*, which ann orders by slash command."""
        return await self.town.double.answer(self.asks("order", text=text))

    async def sees(self, *words: str, channel: Channel | None = None) -> Seen:
        """What ann sees newest with all of *words*."""
        return await self.town.double.see(self.ann.user, channel or self.town.orders, *words, timeout_s=LONG_S)

    async def confirms(self, card: Seen, *words: str, channel: Channel | None = None) -> Seen:
        """Ann says yes to *card*; the live message of its order, once it says all of *words*."""
        reference = re.search(r"\bOrder ([0-9a-f]{6})\b", card.text)
        assert reference, card.text
        self.presses(card, "Confirm")
        return await self.sees(reference[1], "so far", *words, channel=channel)

    def presses(self, seen: Seen, label: str) -> Interaction:
        return self.town.double.press(self.ann.user, seen, label)

    async def becomes(self, seen: Seen, *words: str) -> None:
        """The same message says all of *words*, once it is edited."""
        await self.town.double.wait(
            lambda: all(word.lower() in seen.text.lower() for word in words), LONG_S, what=f"{words} in {seen.text!r}"
        )

    @property
    def last(self) -> Order:
        """The newest order of the log."""
        return self.town.newest_order()

    def placed(self) -> list[dict[str, Any]]:
        """What production accepted for the newest order."""
        own = {each.external_id for each in self.last.attempts}
        return [row for row in self.town.at_production() if row["body"].get("external-identifier") in own]


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    """One loop for the town."""
    return "asyncio"


@pytest.fixture(scope="module")
async def cast(anyio_backend: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cast]:
    async with Town(tmp_path_factory.mktemp("town")) as town:
        ann, bob = await town.settle("ann", "long_options"), await town.settle("bob", "approve", "halt")
        await town.sync()
        yield Cast(town, ann, bob)


async def test_an_order_by_slash_command_is_confirmed_and_fills_in_parts_in_one_message(cast: Cast):
    await cast.town.runs()
    card = await cast.card(f"buy 4 {AT_A_NICKEL}")
    assert card.is_private
    assert "PRODUCTION" in card.text
    assert not cast.town.at_production()

    live = await cast.confirms(card, "working")
    assert not live.is_private
    cast.town.trade(1)
    await cast.becomes(live, "1 of 4")
    cast.town.trade(3)
    await cast.becomes(live, "4 of 4", "filled")
    assert [row["status"] for row in cast.placed()] == ["Filled"]
    story = Counter(type(each) for each in cast.town.events() if each.originator_id == cast.last.id)
    assert story[OrderConfirmed] == 1
    assert story[SubmissionClaimed] == len(Venue)


async def test_a_mention_is_asked_for_its_day_and_the_reply_completes_it(cast: Cast):
    await cast.town.runs()
    double, day = cast.town.double, next_monthly()
    double.say(cast.ann.user, cast.town.orders, "buy 1 SPY 451C @ 0.05", mention=True)
    question = await cast.sees("Which expiration")
    assert not question.is_private
    double.say(cast.ann.user, cast.town.orders, f"{day.month}/{day.day}", reply_to=question)
    asked = await cast.sees("451 call", f"{day:%b} {day.day}", "card")
    assert "risk" not in asked.text.lower()
    card = await double.answer(cast.presses(asked, "Show"))
    assert card.is_private
    assert "maximum loss" in card.text
    live = await cast.confirms(card, "451 call", "working")
    cast.town.trade(1)
    await cast.becomes(live, "filled")


async def test_an_order_in_direct_messages_is_replaced_by_a_form_and_cancelled_by_a_button(cast: Cast):
    await cast.town.runs()
    double = cast.town.double
    double.say(cast.ann.user, cast.directly, f"buy 1 {AT_A_NICKEL}")
    card = await cast.sees("maximum loss", channel=cast.directly)
    first = await cast.confirms(card, "working", channel=cast.directly)
    form = await double.form(cast.presses(first, "Replace"))
    card = await double.answer(double.fill(form, price="0.06"))
    second = await cast.confirms(card, "working", "0.06", channel=cast.directly)
    await cast.becomes(first, "replaced")
    cast.presses(second, "Cancel")
    await cast.becomes(second, "cancelled")
    assert [row["status"] for row in cast.town.at_production()[-2:]] == ["Cancelled", "Cancelled"]


async def test_a_second_person_approves_in_the_approvals_channel_and_the_first_one_cannot(cast: Cast):
    await cast.town.runs()
    double = cast.town.double
    card = await cast.card("buy 3 SPY 450C next month @ 4.00")
    live = await cast.confirms(card, "waits for approval")
    waiting = await double.see(cast.bob.user, cast.town.approvals, "waits for approval", timeout_s=LONG_S)
    refused = await double.answer(cast.presses(waiting, "Approve"))
    assert refused.is_private
    assert not cast.placed()
    seen = await double.answer(double.press(cast.bob.user, waiting, "Approve"))
    double.press(cast.bob.user, seen, "Approve")
    await cast.becomes(live, "working")
    await cast.becomes(waiting, "approved by bob")
    cast.town.trade(3)
    await cast.becomes(live, "filled")


async def test_a_service_that_is_killed_between_press_and_fill_places_one_order_and_tells_it_once(cast: Cast):
    town = cast.town
    bot = await town.runs()
    card = await cast.card(f"buy 2 {AT_A_NICKEL}")
    live = await cast.confirms(card, "working")
    await bot.kill()
    town.trade(2)
    await town.runs()
    await cast.becomes(live, "2 of 2", "filled")
    assert len(cast.placed()) == 1

    def told() -> list[str]:
        seen = [each.text for each in town.double.seen_by(cast.ann.user, town.orders)]
        return [text for text in seen if f"Order {cast.last.reference} · filled" in text]

    await town.double.wait(lambda: len(told()) == 2, what="the message of the order, and the news of its end")
    assert sum("so far" in text for text in told()) == 1


async def test_a_service_that_is_told_to_stop_ends_what_it_has_in_hand_and_ends_with_0(cast: Cast):
    town, double = cast.town, cast.town.double
    bot = await town.runs()
    cards = [await cast.card(f"buy 1 {AT_A_NICKEL}") for _ in range(3)]
    pressed = [cast.presses(each, "Confirm") for each in cards]
    await double.wait(lambda: all(each.is_acknowledged for each in pressed))
    bot.terminate()
    assert await bot.ended() == 0
    assert "Traceback" not in bot.said
    confirmed = [each for each in town.events() if isinstance(each, OrderConfirmed)][-3:]
    stages = [str(town.order(each.originator_id).stage) for each in confirmed]
    assert stages == ["working"] * 3
    said = [each.text for each in double.seen_by(cast.ann.user, town.orders)]
    for each in confirmed:
        reference = town.order(each.originator_id).reference
        assert any(reference in text and "working" in text.lower() for text in said)


async def test_a_service_that_is_killed_right_after_the_sign_sends_one_order_or_none_and_tells_which(cast: Cast):
    town = cast.town
    bot = await town.runs()
    card = await cast.card(f"buy 3 {AT_A_NICKEL}")
    pressed = cast.presses(card, "Confirm")
    await town.double.wait(lambda: pressed.is_acknowledged)
    await bot.kill()
    await town.runs()
    told = await cast.sees("the service was cut off", "the button that you pressed", channel=cast.directly)
    assert "/orders" in told.text
    placed = len(cast.placed())
    assert placed == (1 if cast.last.confirmed else 0)
    await town.double.answer(cast.asks("cancel", order=cast.last.reference))
    assert len(cast.placed()) == placed
