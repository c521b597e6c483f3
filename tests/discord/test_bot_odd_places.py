"""The bot in places that it knows little of: threads that rested, guilds that Discord has lost, others."""

import pytest

from tests.discord.kit import chatting

pytestmark = pytest.mark.anyio
LINE = "buy 1 SPY 450C next month @ 2"


async def test_a_thread_that_rested_when_the_bot_logged_in_counts_as_its_channel():
    async with chatting(bot=None) as there:
        thread = there.double.make_thread(there.channel, "talk")
        there.double.archive(thread)
        await there.log_in()
        there.double.say(there.ann, thread, LINE, mention=True)
        await there.double.see(there.ann, thread, "450 call")
        card = await there.answer(there.slash(there.ann, "order", channel=thread, text=LINE))
        assert card.is_private
        assert len(there.orders()) == 2


async def test_a_thread_of_a_channel_where_no_orders_are_taken_does_not_count():
    async with chatting() as there:
        elsewhere = there.double.make_channel("lounge")
        thread = there.double.make_thread(elsewhere, "talk")
        refused = await there.answer(there.slash(there.ann, "order", channel=thread, text=LINE))
        assert refused.is_private
        assert not refused.buttons
        there.double.say(there.ann, thread, LINE, mention=True)
        await there.answer(there.slash(there.ann, "help"))  # heard after both
        assert not there.orders()


async def test_a_guild_that_discord_has_lost_for_a_while_is_served_by_what_each_request_brings_along():
    async with chatting() as there:
        there.double.lose_guild()
        card = await there.answer(there.slash(there.ann, "order", text=LINE))
        there.double.press(there.ann, card, "Confirm")
        await there.double.wait(lambda: there.broker_orders() == 1, what="the order leaves")


async def test_a_bot_that_was_sent_away_takes_no_order_from_there_and_serves_the_direct_messages():
    async with chatting() as there:
        there.double.kick()
        there.double.say(there.ann, there.double.direct(there.ann), LINE)
        await there.double.see(there.ann, there.double.direct(there.ann), "450 call")
        assert len(there.orders()) == 1
