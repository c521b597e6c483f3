"""Approvals and incidents with the bot that is really connected: to the double, over sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import pytest
from attrs import define, evolve

from tastyflow.application.incidents import open_incident
from tastyflow.application.incidents.alarming import Alarms
from tastyflow.application.incidents.handling import open_incidents
from tastyflow.domain.events import Because
from tastyflow.domain.incident import IncidentKind, OperatorsTold
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader import Permission
from tastyflow_adapters.discord.bot import Bot
from tastyflow_adapters.discord.telling_all import tell_all
from tastyflow_adapters.discord.ties import DiscordTies
from tests.application.approvals import APPROVE, STRICT
from tests.application.kit import ONE_CALL, log, turn
from tests.discord.double import Channel, Seen, User
from tests.discord.double.world import Permission as Allowed
from tests.discord.kit import ChatUnderTest, chatting, connected, real_bot, register

pytestmark = pytest.mark.anyio


@define
class InDiscord:
    """Everything, with a channel for approvers and one for operators; eve approves, olga handles incidents."""

    there: ChatUnderTest
    approvals: Channel
    operators: Channel
    eve: User
    olga: User
    ties: DiscordTies

    async def shown(self, channel: Channel, *words: str) -> Seen:
        """The message that everyone in *channel* sees, once it says *words*."""

        def found() -> Seen | None:
            every = [each for each in self.there.double.seen_by(self.eve, channel) if not each.is_private]
            return next((each for each in every if all(word in each.text for word in words)), None)

        return await self.there.double.wait(found, what=f"{words} in {channel.name}")

    async def alarm(self, message: str = "The clock is wrong.") -> None:
        """Something is seen, and the alarms tell of it."""
        house = self.there.house
        why = Because(actor="test", cause="t", command_id="t", at=house.clock.now(), mark=house.clock.mark())
        await house.ledger.change(lambda tx: open_incident(tx, IncidentKind.CLOCK, "s", message=message, why=why))
        await Alarms(house.ledger, house.clock, (self.ties.operators,), (60.0,)).tell_due()


@asynccontextmanager
async def in_discord() -> AsyncIterator[InDiscord]:
    async with chatting(bot=None, policy=STRICT) as there:
        approvals, operators = there.double.make_channel("approvals"), there.double.make_channel("operators")
        here = evolve(there.chat.here, approvals_channel=approvals.id, operators_channel=operators.id)
        there.chat = evolve(there.chat, here=here)
        eve = await there.trader("eve", permissions=APPROVE)
        olga = await there.trader("olga", permissions=frozenset({Permission.ADMINISTER}))
        bot, ties = real_bot(there.chat), DiscordTies.make(there.clock)
        async with connected(bot, there.double):
            await register(bot, here)
            telling = asyncio.create_task(tell_all(ties, there.chat, lambda: bot, lambda: True))
            try:
                yield InDiscord(there, approvals, operators, eve, olga, ties)
            finally:
                telling.cancel()
                with suppress(asyncio.CancelledError):
                    await telling
        assert isinstance(bot, Bot)


async def test_a_second_person_approves_in_the_channel_of_approvers_and_the_order_is_sent_once():
    async with in_discord() as at:
        there, double = at.there, at.there.double
        order = await there.house.place(there.desk, ONE_CALL, user="ann")
        waits = await at.shown(at.approvals, "waits for approval", order.reference, "ann")
        assert not waits.is_private
        pressed = double.press(there.ann, waits, "Approve")
        no = await there.answer(pressed)
        assert no.is_private
        assert "another person must approve it" in no.text
        seen = await there.answer(double.press(at.eve, waits, "Approve"))
        assert seen.is_private
        assert "market now" in seen.text
        assert there.house.order(order.id).stage is Stage.REHEARSED
        double.press(at.eve, seen, f"Approve {order.reference}")
        double.resend_last()
        await at.shown(at.approvals, "was approved by eve")
        assert there.broker_orders() == 1
        decided = [each for each in double.seen_by(there.ann, at.approvals) if not each.is_private]
        assert [each.id for each in decided] == [waits.id], "the same message, edited"
        assert decided[0].labels == ["Why"]


async def test_a_rejection_with_hostile_words_mentions_no_one():
    async with in_discord() as at:
        there, double = at.there, at.there.double
        order = await there.house.place(there.desk, ONE_CALL, user="ann")
        waits = await at.shown(at.approvals, "waits for approval", order.reference)
        form = await double.form(double.press(at.eve, waits, "Reject"))
        double.fill(form, reason="@everyone <@1> **no** \u202e`code`")
        shown = await at.shown(at.approvals, f"Order {order.reference} is refused")
        assert there.broker_orders() == 0
        mentions = [call.content.get("allowed_mentions", {"parse": []}) for call in double.calls if call.is_message]
        assert all(each["parse"] == [] for each in mentions)
        assert "@everyone" not in shown.text
        assert "\u202e" not in shown.text


async def test_an_incident_is_told_handled_and_closed_in_the_channel_of_operators():
    async with in_discord() as at:
        there, double = at.there, at.there.double
        await at.alarm()
        (told,) = [event for event in log(there.house.ledger) if isinstance(event, OperatorsTold)]
        assert told.channels == ("discord",)
        message = await at.shown(at.operators, "The clock is wrong.")
        no = await there.answer(double.press(at.eve, message, "I look at it"))
        assert "eve may not handle incidents" in no.text
        await there.answer(double.press(at.olga, message, "I look at it"))
        message = await at.shown(at.operators, "olga looks at it")
        listed = await there.answer(there.slash(at.olga, "incidents", channel=at.operators))
        assert "The clock is wrong." in listed.text
        quote = await there.answer(there.slash(at.olga, "quote", channel=at.operators, symbol="SPY"))
        assert "does not answer you here" in quote.text
        form = await double.form(double.press(at.olga, message, "Close …"))
        double.fill(form, how="set the clock")
        message = await at.shown(at.operators, "closed by olga", "set the clock")
        assert message.labels == []
        assert open_incidents(there.house.ledger) == ()


async def test_a_channel_that_is_closed_to_the_bot_keeps_nothing_else_from_being_told():
    async with in_discord() as at:
        there, double = at.there, at.there.double
        double.set_permissions(at.operators, deny=Allowed.SEND_MESSAGES)
        await at.alarm()
        (told,) = [event for event in log(there.house.ledger) if isinstance(event, OperatorsTold)]
        assert told.failed == ("discord",)
        order = await there.house.place(there.desk, ONE_CALL, user="ann")
        await at.shown(at.approvals, "waits for approval", order.reference)


async def test_a_halt_and_the_end_of_the_service_are_told_before_the_bot_goes():
    async with in_discord() as at:
        there = at.there
        await there.double.wait(lambda: there.house.ledger.bookmark("discord operators"), what="the place is kept")
        await turn(there.house, lambda halt, why: halt.stop(reducing=False, by="ann", reason="stop", why=why))
        await at.shown(at.operators, "Trading is halted", "By ann")
        at.ties.bulletin.stopping()
        double, olga, operators = there.double, at.olga, at.operators
        before = len(double.seen_by(olga, operators))
    assert len(double.seen_by(olga, operators)) == before + 1
