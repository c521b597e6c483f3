"""What the double takes, and refuses, of the messages of a bot: permissions, limits, repetitions, age."""

import io

import aiohttp
import discord
import pytest

from tests.discord.bare import bare
from tests.discord.double import Permission
from tests.discord.kit import without_pauses

pytestmark = pytest.mark.anyio


@pytest.fixture
async def client(double):
    async with bare(double) as connected:
        yield connected


@pytest.fixture
def place(client, double):
    return client.get_partial_messageable(int(double.channel.id))


@pytest.fixture
def ann(double):
    return double.person("ann")


async def refused(doing) -> tuple[int, int]:
    with pytest.raises(discord.HTTPException) as raised:
        await doing
    return raised.value.status, raised.value.code


async def test_a_message_is_seen_with_its_card_and_its_file(double, place, ann):
    card = discord.Embed(title="Card", description="one").add_field(name="Legs", value="buy 1").set_footer(text="ends")
    await place.send("look", embed=card, file=discord.File(io.BytesIO(b"a,b"), "orders.csv"))
    seen = await double.see(ann, double.channel, "look", "buy 1")
    assert seen.text == "look\nCard\none\nLegs\nbuy 1\nends"
    assert seen.files == {"orders.csv": b"a,b"}
    assert not seen.is_private
    assert double.calls[-1].body["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize(
    ("denied", "what", "code"),
    [
        (Permission.VIEW_CHANNEL, {"content": "hello"}, 50001),
        (Permission.SEND_MESSAGES, {"content": "hello"}, 50013),
        (Permission.EMBED_LINKS, {"embed": discord.Embed(title="Card")}, 50013),
        (Permission.ATTACH_FILES, {"file": discord.File(io.BytesIO(b"a"), "a.txt")}, 50013),
    ],
)
async def test_what_the_bot_may_not_do_is_forbidden(double, place, denied, what, code):
    double.set_permissions(double.channel, deny=denied)
    assert await refused(place.send(**what)) == (403, code)
    double.set_permissions(double.channel)
    await place.send("now it may")


async def test_a_thread_wants_the_permission_for_threads(double, client):
    thread = double.make_thread(double.channel, "talk")
    there = client.get_partial_messageable(int(thread.id))
    double.set_permissions(double.channel, deny=Permission.SEND_MESSAGES_IN_THREADS)
    assert await refused(there.send("hello")) == (403, 50013)
    double.set_permissions(double.channel, deny=Permission.SEND_MESSAGES)
    await there.send("hello")


async def test_closed_direct_messages_are_refused(double, client, ann):
    there = await (await client.fetch_user(int(ann.id))).create_dm()
    await there.send("hello")
    ann.takes_direct = False
    assert await refused(there.send("hello")) == (403, 50007)


def embed(**what) -> dict:
    return {"embeds": [what]}


def buttons(count: int, /, **what) -> dict:
    row = [{"type": 2, "style": 1, "label": "Go", "custom_id": f"go-{each}"} | what for each in range(count)]
    return {"content": "look", "components": [{"type": 1, "components": row}]}


def menu(count: int, /, **what) -> dict:
    lines = [{"label": f"line {each}", "value": str(each)} for each in range(count)]
    row = [{"type": 3, "custom_id": "which", "options": lines} | what]
    return {"content": "look", "components": [{"type": 1, "components": row}]}


LONGEST = embed(title="t" * 256, description="d" * 4096, footer={"text": "f" * 1648})
FULL = embed(fields=[{"name": "n" * 10, "value": "v" * 200}] * 25)


@pytest.mark.parametrize("body", [{"content": "x" * 2000}, LONGEST, FULL, buttons(5), menu(25)])
async def test_the_most_that_a_message_holds_is_taken(double, client, body):
    await client.http.request(discord.http.Route("POST", f"/channels/{double.channel.id}/messages"), json=body)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"content": ""}, 50006),
        ({"content": "  \n"}, 50006),
        ({"content": "x" * 2001}, 50035),
        (embed(title="t" * 257), 50035),
        (embed(description="d" * 4097), 50035),
        (embed(footer={"text": "f" * 2049}), 50035),
        (embed(author={"name": "a" * 257}), 50035),
        (embed(fields=[{"name": "n", "value": "v"}] * 26), 50035),
        (embed(fields=[{"name": "n", "value": ""}]), 50035),
        (embed(fields=[{"name": "n", "value": "v" * 1025}]), 50035),
        (embed(fields=[{"name": "n" * 257, "value": "v"}]), 50035),
        ({"embeds": [{"description": "d" * 3001}] * 2}, 50035),
        ({"embeds": [{"title": "t"}] * 11}, 50035),
        (buttons(6), 50035),
        (buttons(1, label="x" * 81), 50035),
        (buttons(1, label=""), 50035),
        (buttons(1, custom_id="x" * 101), 50035),
        (buttons(2, custom_id="same"), 50035),
        (buttons(1, style=9), 50035),
        ({"content": "look", "components": buttons(1)["components"] * 6}, 50035),
        (menu(26), 50035),
        (menu(0), 50035),
        (menu(1, placeholder="x" * 151), 50035),
        (menu(1, options=[{"label": "l" * 101, "value": "v"}]), 50035),
        (menu(1, options=[{"label": "l", "value": "v" * 101}]), 50035),
        (menu(1, options=[{"label": "l", "value": "v", "description": "d" * 101}]), 50035),
        (menu(1, options=[{"label": "l", "value": "v"}] * 2), 50035),
        ({"content": "x", "nonce": "n" * 26}, 50035),
        ({"content": "x", "allowed_mentions": {"parse": ["users"], "users": ["1"]}}, 50035),
        ({"content": "x", "message_reference": {"message_id": "1"}}, 50035),
        ({"flags": 1 << 15, "content": "x", "components": [{"type": 10, "content": "y"}]}, 50035),
        ({"flags": 1 << 15, "components": [{"type": 10, "content": "y" * 4001}]}, 50035),
        ({"flags": 1 << 15, "components": [{"type": 10, "content": "y"}] * 41}, 50035),
    ],
)
async def test_what_is_over_a_limit_is_refused(double, client, body, code):
    route = discord.http.Route("POST", f"/channels/{double.channel.id}/messages")
    assert await refused(client.http.request(route, json=body)) == (400, code)
    assert not double.channel.messages


async def test_a_message_that_was_lost_behind_an_error_is_written_once(double, place):
    double.fail("POST", "/messages", 500, apply_first=True)
    with without_pauses():
        await place.send("once")
    assert [each.content for each in double.channel.messages.values()] == ["once"]
    assert double.calls[-1].body["enforce_nonce"] is True


async def test_the_same_nonce_is_the_same_message_in_its_channel_alone(double, place, client, ann):
    first = await place.send("once", nonce="order-7-1")
    again = await place.send("once more", nonce="order-7-1")
    elsewhere = await client.get_partial_messageable(int(double.make_channel("other").id)).send("x", nonce="order-7-1")
    assert first.id == again.id
    assert elsewhere.id != first.id
    assert [each.content for each in double.channel.messages.values()] == ["once"]


async def test_a_request_whose_connection_is_cut_fails_as_a_lost_network_does(double, place):
    double.fail("POST", "/messages", 0, times=None)
    with without_pauses(), pytest.raises((OSError, discord.HTTPException, aiohttp.ClientError)):
        await place.send("lost")
    assert not double.channel.messages


async def test_messages_are_changed_and_taken_away_by_their_author_alone(double, place, ann):
    mine = await place.send("one")
    await mine.edit(content="two")
    assert (await double.see(ann, double.channel, "two")).message.edited
    theirs = double.say(ann, double.channel, "hello")
    assert await refused(place.get_partial_message(int(theirs.id)).edit(content="x")) == (403, 50005)
    await mine.delete()
    assert await refused(mine.edit(content="three")) == (404, 10008)
    assert [each.text for each in double.seen_by(ann, double.channel)] == ["hello"]


async def test_an_old_message_takes_few_edits(double, place):
    message = await place.send("one")
    double.turn(3601)
    for number in range(3):
        await message.edit(content=f"edit {number}")
    with pytest.raises(discord.RateLimited) as raised:  # it is told to wait longer than it wants to
        await message.edit(content="one too many")
    assert raised.value.retry_after > 30
    assert double.calls[-1].answer["code"] == 30046


async def test_people_see_neither_what_is_private_nor_what_is_gone(double, ann):
    bob = double.person("bob")
    double.posting.make(double.channel, double.world.bot, content="for ann", only_for=ann, flags=64)
    gone = double.say(ann, double.channel, "gone")
    double.delete(gone)
    assert [each.text for each in double.seen_by(ann, double.channel)] == ["for ann"]
    assert double.seen_by(bob, double.channel) == []
    with pytest.raises(AssertionError, match="does not see"):
        double.press(bob, next(iter(double.channel.messages.values())), "Confirm")


async def test_a_route_that_does_not_exist_is_not_found(double, client):
    assert await refused(client.http.request(discord.http.Route("GET", "/nothing/here"))) == (404, 0)


async def test_everyone_is_alerted_only_where_it_is_allowed(double, client):
    route = discord.http.Route("POST", f"/channels/{double.channel.id}/messages")
    loud = await client.http.request(route, json={"content": "@everyone"})
    quiet = await client.http.request(route, json={"content": "@everyone", "allowed_mentions": {"parse": []}})
    assert (loud["mention_everyone"], quiet["mention_everyone"]) == (True, False)


async def test_a_rate_limit_is_kept_by_waiting(double, place, ann):
    double.limit("POST", "/messages", count=3, per_s=0.1)
    for number in range(5):
        await place.send(str(number))
    assert [each.text for each in double.seen_by(ann, double.channel)] == list("01234")
    assert [call.status for call in double.calls if call.method == "POST"].count(429) >= 1


async def test_files_that_are_too_large_are_refused(double, place):
    large = discord.File(io.BytesIO(b"x" * (10 * 2**20 + 1)), "orders.csv")
    assert await refused(place.send("look", file=large)) == (413, 40005)


async def test_an_edit_keeps_the_files_it_does_not_name(double, place, ann):
    message = await place.send("look", file=discord.File(io.BytesIO(b"a"), "a.txt"))
    await message.edit(content="look again")
    assert (await double.see(ann, double.channel, "look again")).files == {"a.txt": b"a"}
    await message.edit(attachments=[discord.File(io.BytesIO(b"b"), "b.txt")])
    assert double.seen_by(ann, double.channel)[-1].files == {"b.txt": b"b"}


async def test_a_channel_that_is_gone_is_unknown(double, place):
    double.remove_channel(double.channel)
    assert await refused(place.send("hello")) == (404, 10003)


async def test_a_thread_that_rests_is_woken_by_a_message_and_a_locked_one_by_none(double, client):
    thread = double.make_thread(double.channel, "talk")
    there = client.get_partial_messageable(int(thread.id))
    message = await there.send("one")
    double.archive(thread)
    assert await refused(message.edit(content="two")) == (400, 50083)
    await there.send("awake")
    await message.edit(content="two")
    double.archive(thread, locked=True)
    assert await refused(there.send("hello")) == (400, 50083)


async def test_a_bot_that_was_sent_away_has_no_access(double, client, place):
    double.kick()
    assert await refused(place.send("hello")) == (403, 50001)
    assert await refused(client.fetch_guild(int(double.guild.id))) == (403, 50001)
    await double.wait(lambda: not client.guilds)
