"""Buttons and forms: nothing is done before Discord has its sign, and what was done is said whatever Discord does."""

import asyncio

import pytest
from attrs import evolve

from tastyflow.errors import Refused
from tastyflow_adapters.discord.acts import ACTS, ActRow, Sign
from tastyflow_adapters.discord.entrance import Entrance
from tastyflow_adapters.discord.page import Act, Button, ChatPage
from tests.application.kit import alter
from tests.discord.bot_kit import CARD, FORM, Probe, probing
from tests.discord.kit import link, without_pauses

pytestmark = pytest.mark.anyio


async def card_of(p):
    """A card that only ann sees."""
    p.probe.answers.append(CARD)
    seen = await p.answer(p.slash(p.ann, "echo", text="show it"))
    p.probe.requests.clear()
    return seen


async def test_a_card_loses_its_buttons_before_anything_is_done_and_shows_the_outcome_in_its_place():
    async with probing() as p:
        card = await card_of(p)
        seen_meanwhile = []

        async def look():
            (seen,) = [each for each in p.double.seen_by(p.ann, p.channel) if each.id == card.id]
            seen_meanwhile.append((seen.text, seen.labels))

        p.probe.meanwhile = look
        p.double.press(p.ann, card, "Confirm")
        shown = await p.double.see(p.ann, p.channel, "done")
        assert shown.id == card.id
        ((text, labels),) = seen_meanwhile
        assert "Submitting" in text
        assert "it waits" in text
        assert labels == []
        (request,) = p.probe.requests
        assert (request.act, request.about, request.page) == (Act.CONFIRM, "3f2a11", card.id)
        assert (request.asker.user, request.asker.channel) == (p.ann.id, p.channel.id)


async def test_a_card_says_what_is_done_with_it_and_submits_only_what_is_an_order():
    claims = {act: row.claim for act, row in ACTS.items() if row.sign is Sign.CLAIM}
    assert [act for act, claim in claims.items() if "Submitting" in claim] == [Act.CONFIRM]
    assert "Approving" in claims[Act.APPROVE_SEEN]
    seen_meanwhile = []
    row = {Act.DO: ActRow(Probe().answer, Sign.CLAIM)}
    async with probing(bot={"acts": row}) as p:
        page = ChatPage(title="Halt trading?", buttons=(Button("Halt", Act.DO, "3f2a11"),))
        p.probe.answers.append(page)
        card = await p.answer(p.slash(p.ann, "echo", text="show it"))
        row[Act.DO] = ActRow(p.probe.answer, Sign.CLAIM)

        async def look():
            seen_meanwhile.extend(each.text for each in p.double.seen_by(p.ann, p.channel) if each.id == card.id)

        p.probe.meanwhile = look
        p.double.press(p.ann, card, "Halt")
        await p.double.see(p.ann, p.channel, "done")
    (text,) = seen_meanwhile
    assert "Under way" in text
    assert "Submitting" not in text


async def test_each_sign_is_what_its_act_needs_and_the_answer_stands_where_it_belongs():
    async with probing() as p:
        card = await card_of(p)
        p.probe.answers.append(ChatPage(title="the story"))
        why = p.double.press(p.ann, card, "Why")
        story = await p.answer(why)
        assert story.id != card.id
        assert story.is_private

        p.probe.answers.append(FORM)
        form = await p.double.form(p.double.press(p.ann, card, "Change"))
        assert form.values == {"text": "buy 1 SPY"}
        p.double.fill(form, text="buy 2 SPY")
        changed = await p.double.see(p.ann, p.channel, "done")
        assert changed.id == card.id
        assert p.probe.requests[-1].fields == {"text": "buy 2 SPY"}

        card = await card_of(p)
        p.probe.answers.append(ChatPage(title="withdrawn"))
        p.double.press(p.ann, card, "Dismiss")
        dismissed = await p.double.see(p.ann, p.channel, "withdrawn")
        assert dismissed.id == card.id
        assert [each.answers for each in p.double.interactions.asked.values()][-1] == [6]


@pytest.mark.parametrize(
    ("fault", "is_done"),
    [
        ({"status": 404, "code": 10062}, False),  # too late
        ({"status": 0}, False),  # the line is cut
        ({"status": 429, "via": False}, False),  # as of a ban
        ({"status": 403, "code": 0}, False),
        ({"status": 500, "apply_first": True}, True),  # tried again, and it is told that it was taken: 40060
        ({"status": 204, "apply_first": True}, True),  # an answer that discord.py cannot read
    ],
    ids=lambda value: str(value),
)
async def test_what_was_pressed_is_done_only_where_discord_took_the_sign_and_else_that_is_said(fault, is_done):
    async with probing() as p:
        card = await card_of(p)
        p.double.fail("POST", "/callback", **fault)
        with without_pauses():
            p.double.press(p.ann, card, "Confirm")
            if is_done:
                await p.double.see(p.ann, p.channel, "done")
                assert len(p.probe.requests) == 1
                return
        told = await p.double.see(p.ann, p.double.direct(p.ann), "nothing was done")
        assert not told.labels
        assert not p.probe.requests
        (seen,) = [each for each in p.double.seen_by(p.ann, p.channel) if each.id == card.id]
        assert "Confirm" in seen.enabled  # it can be pressed again
        p.double.press(p.ann, seen, "Confirm")
        await p.double.see(p.ann, p.channel, "done")


async def test_where_direct_messages_are_closed_a_press_in_vain_is_told_in_the_channel_and_without_private_words():
    async with probing() as p:
        card = await card_of(p)
        p.ann.takes_direct = False
        p.double.fail("POST", "/callback", 404, code=10062)
        p.double.press(p.ann, card, "Confirm")
        told = await p.double.see(p.double.person("bob"), p.channel, "ann", "nothing was done")
        assert "waits" not in told.text


async def test_a_card_whose_sign_was_lost_on_the_way_back_gets_its_buttons_back():
    async with probing() as p:
        card = await card_of(p)
        p.double.fail("POST", "/callback", 403, apply_first=True)
        p.double.press(p.ann, card, "Confirm")
        await p.double.see(p.ann, p.double.direct(p.ann), "nothing was done")
        (seen,) = [each for each in p.double.seen_by(p.ann, p.channel) if each.id == card.id]
        assert "Confirm" in seen.enabled
        assert not p.probe.requests


async def test_a_press_that_is_delivered_twice_is_done_once():
    async with probing() as p:
        card = await card_of(p)
        p.double.press(p.ann, card, "Confirm")
        p.double.resend_last("INTERACTION_CREATE")
        await p.double.see(p.ann, p.channel, "done")
        p.double.resend_last("INTERACTION_CREATE")
        p.double.say(p.ann, p.channel, "a line that comes after it", mention=True)
        await p.double.wait(lambda: p.probe.requests[-1].text, what="the line is heard")
        assert [each.act for each in p.probe.requests] == [Act.CONFIRM, None]


async def test_who_may_is_asked_anew_at_each_press():
    async with probing() as p:
        card = await card_of(p)
        await alter(p.house, lambda trader, why: trader.suspend(why=why), "ann")
        pressed = p.double.press(p.ann, card, "Confirm")
        told = await p.answer(pressed)
        assert told.is_private
        assert "does not answer" in told.text
        again = p.double.press(p.ann, card, "Confirm")
        p.double.slash(p.ann, p.channel, "link")  # for everyone, and after it
        await p.double.wait(lambda: [each for each in p.probe.requests if each.command == "link"])
        assert not again.answers  # told once
        assert [each.command for each in p.probe.requests] == ["link"]


async def test_a_private_answer_never_takes_the_place_of_a_message_that_others_see():
    async with probing() as p:
        bob = await p.trader("bob")
        p.probe.answers += [evolve(CARD, is_private=False)]
        p.double.say(p.ann, p.channel, "buy", mention=True)
        card = await p.double.see(bob, p.channel, "it waits")
        for label in ("Dismiss", "Confirm"):
            p.probe.answers.append(ChatPage(title=f"your balance, {label}"))
            p.double.press(bob, card, label)
            private = await p.double.see(bob, p.channel, "your balance", label)
            assert private.is_private
            assert not [each for each in p.double.seen_by(p.ann, p.channel) if "balance" in each.text]
        assert "Confirm" in (await p.double.see(p.ann, p.channel, "it waits")).enabled
        assert not [each for each in p.double.seen_by(p.ann, p.channel) if "Submitting" in each.text]


async def test_an_answer_that_cannot_be_shown_in_its_place_comes_as_a_direct_message(caplog):
    async with probing() as p:
        card = await card_of(p)
        p.double.fail("PATCH", "/messages/@original", 401, code=50027)
        p.double.press(p.ann, card, "Confirm")
        await p.double.see(p.ann, p.double.direct(p.ann), "done")
        p.ann.takes_direct = False
        card = await card_of(p)
        p.double.fail("PATCH", "/messages/@original", 404, code=10008)
        p.double.press(p.ann, card, "Confirm")
        await p.double.see(p.ann, p.channel, "does not take the answer")
        card = await card_of(p)
        p.double.fail("PATCH", "/messages/@original", 404, code=10008, times=2)
        p.double.press(p.ann, card, "Confirm")
        await p.double.wait(lambda: "could not be shown anywhere" in caplog.text, what="it is given up")
        assert not [each for each in p.double.seen_by(p.double.person("eve"), p.channel) if "done" in each.text]


@pytest.mark.parametrize("about", ["tf:1:zz:3f2a11", "tf:2:c:3f2a11", "tf:1:c", "", "TF:1:c:3f2a11", "x" * 100])
async def test_an_id_that_is_not_ours_is_answered_and_does_nothing(about):
    async with probing() as p:
        card = await card_of(p)
        asked = p.double.ask(p.ann, p.channel, 3, {"custom_id": about, "component_type": 2}, about=card)
        told = await p.answer(asked)
        assert "older version" in told.text
        assert not p.probe.requests


async def test_an_error_is_short_words_for_the_person_and_a_number_for_the_operator(caplog):
    async with probing() as p:
        p.probe.answers.append(Refused("Over the limit.", hint="Order less."))
        told = await p.answer(p.slash(p.ann, "echo", text="1"))
        assert "Over the limit." in told.text
        p.probe.answers.append(ValueError("secret-in-here"))
        told = await p.answer(p.slash(p.ann, "echo", text="2"))
        assert "secret" not in told.text
        (record,) = [each for each in caplog.records if each.exc_info and each.exc_info[0] is ValueError]
        assert record.getMessage()[:8] in told.text


async def test_a_page_that_cannot_be_made_or_that_discord_does_not_take_leaves_no_one_waiting(caplog):
    async with probing() as p:
        card = await card_of(p)
        p.probe.answers.append(ChatPage(title="x", buttons=(Button("Go", Act.WHY, "an:id"),)))
        p.double.press(p.ann, card, "Confirm")
        broken = await p.double.see(p.ann, p.channel, "went wrong")
        assert broken.id == card.id
        assert "Submitting" not in broken.text

        card = await card_of(p)
        p.double.fail("PATCH", "@original", 400, code=50035)
        p.ann.takes_direct = False
        p.double.press(p.ann, card, "Confirm")
        told = await p.double.see(p.ann, p.channel, "does not take the answer")
        assert told.id == card.id


async def test_an_error_before_anything_is_answered_is_answered(monkeypatch):
    async with probing() as p:
        card = await card_of(p)

        def breaks(*_args, **_kwargs):
            raise ValueError

        monkeypatch.setattr(Entrance, "admit", breaks)
        assert "went wrong" in (await p.answer(p.double.press(p.ann, card, "Confirm"))).text
        assert "went wrong" in (await p.answer(p.slash(p.ann, "echo", text="x"))).text
        assert not p.probe.requests


async def test_the_bot_that_stops_says_so_and_does_nothing():
    async with probing() as p:
        card = await card_of(p)
        p.desk.is_draining = True
        told = await p.answer(p.double.press(p.ann, card, "Confirm"))
        assert "stopping" in told.text
        assert not p.probe.requests


async def test_handlers_are_followed_to_their_end():
    async with probing() as p:
        card = await card_of(p)
        go_on = asyncio.Event()
        p.probe.meanwhile = go_on.wait
        p.double.press(p.ann, card, "Confirm")
        await p.double.wait(lambda: p.probe.requests)
        assert p.bot.handlers.count == 1
        assert not await p.bot.handlers.finished(within_s=0.01)
        go_on.set()
        assert await p.bot.handlers.finished(within_s=10)
        assert "done" in (await p.double.see(p.ann, p.channel, "done")).text


async def test_a_trader_who_was_unlinked_meanwhile_is_a_stranger():
    async with probing() as p:
        eve = p.double.person("eve")
        card = await card_of(p)
        forged = p.double.ask(eve, p.channel, 3, {"custom_id": "tf:1:c:3f2a11", "component_type": 2}, about=card)
        told = await p.answer(forged)
        assert "does not answer" in told.text
        assert not p.probe.requests
        await p.house.hire("eve")
        await link(p.house, "eve", eve)
        p.double.ask(eve, p.channel, 3, {"custom_id": "tf:1:w:3f2a11", "component_type": 2}, about=card)
        await p.double.wait(lambda: p.probe.requests)
        assert p.probe.requests[0].asker.user == eve.id
