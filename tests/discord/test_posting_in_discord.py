"""What Discord answers to a message or an edit of the bot, and which of our failures that is."""

import pytest

from tastyflow_adapters.discord.page import Act, Button, ChatPage
from tastyflow_adapters.discord.telling.posting import (
    DirectClosed,
    MessageGone,
    MessageTooOld,
    PageRefused,
    PlaceForbidden,
    TryLater,
)
from tastyflow_adapters.discord.telling.through_discord import DiscordPoster
from tests.discord.bare import bare
from tests.discord.double import Permission
from tests.discord.double.rest import OLD_EDITS
from tests.discord.kit import without_pauses

pytestmark = pytest.mark.anyio
NONCE = "order-3f2a11-0"


def page(words: str = "works on", *, private: bool = False) -> ChatPage:
    buttons = (Button("Cancel", Act.CANCEL, "3f2a11"),)
    return ChatPage(title="Order 3f2a11", lines=(words,), buttons=buttons, is_private=private)


@pytest.fixture
async def poster(double):
    async with bare(double) as client:
        yield DiscordPoster(lambda: client)


@pytest.fixture
def ann(double):
    return double.person("ann")


async def test_a_page_is_posted_and_edited_and_mentions_no_one(double, poster, ann):
    message = await poster.post(double.channel.id, page("@everyone"), nonce=NONCE, is_silent=True)
    await poster.edit(double.channel.id, message, page("filled"))
    (seen,) = double.seen_by(ann, double.channel)
    assert "filled" in seen.text
    assert seen.labels == ["Cancel"]
    written = [call for call in double.calls if call.is_message]
    assert [call.body["allowed_mentions"]["parse"] for call in written] == [[], []]
    assert written[0].body["flags"] == 1 << 12, "without a sound"


async def test_what_was_posted_behind_a_lost_answer_is_posted_once(double, poster):
    double.fail("POST", "/messages", 500, apply_first=True)
    with without_pauses():
        message = await poster.post(double.channel.id, page(), nonce=NONCE)
    assert await poster.post(double.channel.id, page(), nonce=NONCE) == message, "after a restart, the same again"
    assert list(double.channel.messages) == [message]


async def test_a_message_that_refers_to_one_that_is_gone_is_posted_all_the_same(double, poster, ann):
    asked = double.say(ann, double.channel, "buy 1")
    double.delete(asked)
    await poster.post(double.channel.id, page(), nonce=NONCE, reply_to=asked.id)
    assert len(double.channel.messages) == 1


async def test_each_answer_to_an_edit_is_a_failure_of_its_own(double, poster):
    message = await poster.post(double.channel.id, page(), nonce=NONCE)

    async def edited() -> None:
        await poster.edit(double.channel.id, message, page("filled"))

    double.fail("PATCH", "/messages/", 500, times=None)
    with without_pauses(), pytest.raises(TryLater):
        await edited()
    double.mend()
    double.fail("PATCH", "/messages/", 429, retry_after_s=90)
    with pytest.raises(TryLater) as raised:
        await edited()
    assert raised.value.after_s == 90
    double.fail("PATCH", "/messages/", 400, code=30046)
    with pytest.raises(MessageTooOld):
        await edited()
    double.fail("PATCH", "/messages/", 400, code=50035)
    with pytest.raises(PageRefused):
        await edited()
    double.set_permissions(double.channel, deny=Permission.VIEW_CHANNEL)
    with pytest.raises(PlaceForbidden):
        await edited()
    double.set_permissions(double.channel)
    double.delete(double.world.find(message))
    with pytest.raises(MessageGone):
        await edited()
    double.remove_channel(double.channel)
    with pytest.raises(PlaceForbidden):
        await edited()


async def test_an_edit_of_an_old_message_that_was_edited_too_often_is_for_later(double, poster):
    message = await poster.post(double.channel.id, page(), nonce=NONCE)
    double.turn(3601)
    for number in range(OLD_EDITS):
        await poster.edit(double.channel.id, message, page(f"fill {number}"))
    with pytest.raises(TryLater) as raised:
        await poster.edit(double.channel.id, message, page("one too many"))
    assert raised.value.after_s > 0


async def test_a_thread_that_rests_takes_a_new_message_and_no_edit_and_a_locked_one_neither(double, poster):
    thread = double.make_thread(double.channel, "talk")
    message = await poster.post(thread.id, page(), nonce=NONCE)
    double.archive(thread)
    with pytest.raises(MessageTooOld):
        await poster.edit(thread.id, message, page("filled"))
    await poster.post(thread.id, page("filled"), nonce=f"{NONCE}-2")
    double.archive(thread, locked=True)
    with pytest.raises(PlaceForbidden):  # and not "too old": another message would be refused as well, for ever
        await poster.post(thread.id, page("filled"), nonce=f"{NONCE}-3")


async def test_where_the_bot_may_not_write_the_place_is_forbidden(double, poster):
    for denied in (Permission.VIEW_CHANNEL, Permission.SEND_MESSAGES, Permission.EMBED_LINKS):
        double.set_permissions(double.channel, deny=denied)
        with pytest.raises(PlaceForbidden):
            await poster.post(double.channel.id, page(), nonce=NONCE)
    with pytest.raises(PlaceForbidden):
        await poster.post("general", page(), nonce=NONCE)
    assert not double.channel.messages


async def test_direct_messages_that_are_closed_are_closed_and_not_forbidden(double, poster, ann):
    there = await poster.direct(ann.id)
    await poster.post(there, page(), nonce=NONCE)
    ann.takes_direct = False
    with pytest.raises(DirectClosed):
        await poster.post(there, page(), nonce=f"{NONCE}-2")


async def test_without_a_network_it_is_for_later(double, poster):
    async with double.away():
        with without_pauses(), pytest.raises(TryLater):
            await poster.post(double.channel.id, page(), nonce=NONCE)
    double.fail("POST", "/messages", 0, times=None)
    with without_pauses(), pytest.raises(TryLater):
        await poster.post(double.channel.id, page(), nonce=NONCE)


async def test_without_a_bot_it_is_for_later(double):
    with pytest.raises(TryLater):
        await DiscordPoster(lambda: None).post(double.channel.id, page(), nonce=NONCE)
