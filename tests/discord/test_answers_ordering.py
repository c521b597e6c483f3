"""Ordering in a chat, as pages: every order waits for its trader's yes, and is sent once."""

import asyncio
from asyncio import gather
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Confirm
from tastyflow.errors import IllegalStep, Refused
from tastyflow_adapters.discord.limits import LIMITS
from tastyflow_adapters.discord.memory.offers import PATIENCE
from tastyflow_adapters.discord.page import Act, Button, ChatPage, Form, Tone
from tastyflow_adapters.discord.pages.card import card_id
from tastyflow_adapters.discord.pages.refusal import OfferedLine, refusal_page
from tastyflow_adapters.discord.rendering import render
from tests.application.kit import LENIENT, MISSION, ONE_CALL
from tests.application.soundness import assert_sound
from tests.discord.answers_kit import labels, text_of
from tests.discord.ordering_kit import Room, another_process, button, ordering

pytestmark = pytest.mark.anyio

RESTING = f"{ONE_CALL} @ 0.05"


async def card_for(room: Room, text: str = MISSION) -> ChatPage:
    card = await room.slash(room.ann, "order", text=text)
    assert labels(card) == ["Confirm", "Change", "Dismiss"], text_of(card)
    return card


# ── the card ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("policy", list(Confirm))
async def test_an_order_is_a_private_card_that_waits_whatever_the_policy_says(policy):
    async with ordering(policy=evolve(LENIENT, confirm=policy)) as room:
        card = await card_for(room)
        (order,) = room.orders()
        assert (card.is_private, card.tone, card.place) == (True, Tone.ASKING, "FAKE")
        assert card.title == f"Order {order.reference}"
        assert card.lines == (order.words,)
        assert {"order", "market", "price", "pays", "risk", "costs", "works", "checks"} <= {r.name for r in card.rows}
        assert "Nothing was sent yet. It waits for your yes until" in card.footer
        assert order.waits_for_confirmation
        assert room.nothing_was_sent


async def test_confirm_sends_it_and_says_how_it_stands(room):
    card = await card_for(room)
    page = await room.press(room.ann, button(card, "Confirm"))
    (order,) = room.orders()
    assert order.stage is Stage.FILLED
    assert page.title == f"Order {order.reference} · filled"
    assert page.is_final
    assert "filled 10 of 10 at" in text_of(page)
    assert_sound(room.house)


async def test_confirm_pressed_again_and_at_the_same_moment_is_one_order(room):
    card = await card_for(room)
    yes = button(card, "Confirm")
    await gather(*(room.press(room.ann, yes) for _ in range(3)))
    page = await room.press(room.ann, yes)
    (order,) = room.orders()
    assert room.story(order).count("confirmed") == 1
    assert len(room.house.books()[1]) == 1
    assert "filled" in page.title


async def test_two_processes_and_a_restart_confirm_one_order(tmp_path):
    async with ordering(path=tmp_path) as room:
        card = await card_for(room)
        async with another_process(room, tmp_path) as there:
            yes = button(card, "Confirm")
            await gather(room.press(room.ann, yes), there.press(there.ann, yes))
        async with another_process(room, tmp_path) as later:
            page = await later.press(later.ann, yes)
            assert "filled" in page.title
        (order,) = room.orders()
        assert [room.story(order).count(each) for each in ("confirmed", "claimed(production)")] == [1, 1]


@pytest.mark.parametrize("label", ["Confirm", "Change", "Dismiss"])
async def test_another_trader_can_press_nothing_of_a_card(room, label):
    card = await card_for(room)
    with pytest.raises(Refused) as no:
        await room.press(room.eve, button(card, label))
    assert no.value.code == "not_permitted"
    (order,) = room.orders()
    assert order.waits_for_confirmation
    assert room.nothing_was_sent


async def test_a_card_that_was_not_shown_is_shown_and_not_confirmed(room):
    """A button that names the order alone, or other content, says yes to nothing."""
    await card_for(room)
    (order,) = room.orders()
    for about in (order.id.hex, order.reference, f"{order.id.hex}.{'0' * 16}", f"{order.id.hex}.{order.digest[:3]}"):
        page = await room.press(room.ann, Button("Confirm", Act.CONFIRM, about))
        assert "Confirm" in labels(page)
        assert page.lines[0].startswith("Look at it before")
        assert room.nothing_was_sent


@pytest.mark.parametrize("about", ["", "zz", "ffffff", "0" * 32, "last", "all"])
async def test_a_button_about_no_order_confirms_none(room, about):
    await card_for(room)
    with pytest.raises(Refused):
        await room.press(room.eve, Button("Confirm", Act.CONFIRM, about))
    assert room.nothing_was_sent


async def test_a_yes_after_its_time_sends_nothing_and_offers_the_line_anew(room):
    card = await card_for(room)
    room.house.clock.jump(121)
    late = await room.press(room.ann, button(card, "Confirm"))
    assert "run out" in text_of(late)
    assert room.nothing_was_sent
    again = await room.press(room.ann, late.buttons[0])
    assert "Confirm" in labels(again)
    first, second = room.orders()
    assert (first.code, first.digest) == ("offer_expired", second.digest)


async def test_dismiss_withdraws_it_and_the_same_line_can_be_typed_again(room):
    card = await card_for(room)
    page = await room.press(room.ann, button(card, "Dismiss"))
    (order,) = room.orders()
    assert (order.stage, order.message) == (Stage.CANCELLED, "dismissed by the trader")
    assert page.lines == ("Dismissed. Nothing was sent.",)
    late = await room.press(room.ann, button(card, "Confirm"))
    assert "cancelled" in late.title
    assert room.nothing_was_sent


async def test_dismiss_after_the_yes_says_that_it_changes_nothing(room):
    card = await card_for(room)
    await room.press(room.ann, button(card, "Confirm"))
    page = await room.press(room.ann, button(card, "Dismiss"))
    assert "confirmed already" in page.lines[0]
    assert room.orders()[0].stage is Stage.FILLED


# ── changing the text ────────────────────────────────────────────────────────────────────────────────────────────


async def test_change_shows_the_text_and_what_is_filled_in_takes_the_place_of_the_card(room):
    card = await card_for(room)
    form = await room.press(room.ann, button(card, "Change"))
    assert isinstance(form, Form)
    assert form.fields[0].value == MISSION
    changed = await room.press(room.ann, button(card, "Change"), fields={"text": MISSION.replace("10", "4")})
    old, new = room.orders()
    assert (old.stage, old.message) == (Stage.CANCELLED, "changed by the trader")
    assert new.waits_for_confirmation
    assert new.ticket.legs[0].quantity == 4
    assert changed.title == f"Order {new.reference}"
    assert set(room.house.trader("ann").reserved) == {new.id}
    assert room.nothing_was_sent


async def test_a_change_that_is_not_understood_leaves_the_card_as_it_is(room):
    card = await card_for(room)
    page = await room.press(room.ann, button(card, "Change"), fields={"text": "buy 4 SPY 450C"})
    assert "Which expiration?" in text_of(page)
    assert "waits on" in page.footer
    (order,) = room.orders()
    assert order.waits_for_confirmation


async def test_nothing_is_changed_of_what_was_confirmed(room):
    card = await card_for(room)
    await room.press(room.ann, button(card, "Confirm"))
    form = await room.press(room.ann, button(card, "Change"))
    assert not isinstance(form, Form)
    with pytest.raises(Refused) as no:
        await room.press(room.ann, button(card, "Change"), fields={"text": ONE_CALL})
    assert no.value.code == "not_waiting"
    assert len(room.orders()) == 1


# ── refusals, and lines that may have been meant ─────────────────────────────────────────────────────────────────


async def test_a_refusal_offers_lines_and_a_press_places_the_text_with_a_card_of_its_own(room):
    page = await room.slash(room.ann, "order", text="buy 10 SPY 451.37C Dec 18")
    assert page.tone is Tone.BAD
    assert "“buy 10 SPY 451.37C Dec 18”" in page.lines
    assert 0 < len(page.buttons) <= 5
    assert all(each.act is Act.SUGGESTION for each in page.buttons)
    card = await room.press(room.ann, page.buttons[0])
    assert "Confirm" in labels(card)
    assert room.nothing_was_sent
    same = await room.press(room.ann, page.buttons[0])
    assert same.title == card.title, "the same press again is the same order"
    assert len(room.orders()) == 1


async def test_an_offer_is_its_own_persons_and_has_a_time(room):
    page = await room.slash(room.ann, "order", text="buy 10 SPY 451.37C Dec 18")
    with pytest.raises(Refused) as no:
        await room.press(room.eve, page.buttons[0])
    assert no.value.code == "not_permitted"
    room.house.clock.jump(PATIENCE.total_seconds() + 1)
    for about in (page.buttons[0].about, "", "0" * 16):
        with pytest.raises(Refused) as no:
            await room.press(room.ann, evolve(page.buttons[0], about=about))
        assert no.value.code == "offer_over"
    assert room.orders() == []


async def test_lines_that_are_too_long_for_a_button_are_a_menu_that_cuts_no_value(room):
    page = await room.slash(room.ann, "order", text="sell 1 SPY iron condor 430/440/460/471.3 Dec 18 @ 1.25")
    assert page.menu is not None
    assert page.buttons == ()
    assert any(len(line) > LIMITS.label for line in page.lines)
    other = await room.choose(room.ann, page, 2)
    assert other.tone is Tone.BAD, "the text is placed and judged: its limit is far from the market"
    assert room.desk.lookup.newest_orders(1)[0].asked.text in page.lines[-1]


async def test_a_line_that_is_no_order_does_nothing(room):
    page = await room.slash(room.ann, "order", text="good morning everyone")
    assert "nothing was done" in text_of(page)
    assert room.desk.lookup.newest_orders(5) == ()


async def test_a_memory_that_is_lost_costs_the_offers_and_no_order(room):
    room.chat.memory.close()
    card = await card_for(room)
    page = await room.press(room.ann, button(card, "Confirm"))
    assert "filled" in page.title
    refused = await room.slash(room.ann, "order", text="buy 10 SPY 451.37C Dec 18")
    assert refused.buttons == ()


# ── preview, cancel, replace ─────────────────────────────────────────────────────────────────────────────────────


async def test_a_preview_reserves_nothing_and_its_button_places_the_text(room):
    page = await room.slash(room.ann, "preview", text=MISSION)
    assert (page.title, labels(page)) == ("Preview", ["Order it"])
    assert room.house.trader("ann").reserved == {}
    card = await room.press(room.ann, page.buttons[0])
    assert "Confirm" in labels(card)
    assert room.nothing_was_sent


async def working(room: Room, text: str = RESTING):
    card = await card_for(room, text)
    await room.press(room.ann, button(card, "Confirm"))
    order = room.orders()[-1]
    assert order.stage is Stage.WORKING
    return order


async def test_cancel_is_done_at_once_and_only_by_its_trader(room):
    order = await working(room)
    of_eve = await room.slash(room.eve, "cancel", order=order.reference)
    assert "no order" in text_of(of_eve)
    assert room.house.order(order.id).stage is Stage.WORKING
    page = await room.slash(room.ann, "cancel", order="last")
    assert page.title == f"Order {order.reference} · cancelled"
    assert page.lines[0].startswith("buy to open 1 SPY")
    again = await room.press(room.ann, Button("Cancel", Act.CANCEL, order.id.hex))
    assert again.tone is Tone.BAD


async def test_an_order_whose_card_waits_is_said_to_be_not_confirmed(room):
    await card_for(room)
    (order,) = room.orders()
    assert (await room.slash(room.ann, "status", order="last")).title == f"Order {order.reference} · not confirmed"
    (row,) = (await room.slash(room.ann, "orders")).rows
    assert row.name.startswith(f"{order.reference} · not confirmed · ")


async def test_the_cancel_of_another_person_says_whose_order_it_is(room):
    page = await room.press(room.ann, button(await card_for(room, f"{ONE_CALL} @ 0.05"), "Confirm"))
    (order,) = room.orders()
    with pytest.raises(Refused, match=f"Only the trader who asked for order {order.reference} can do this"):
        await room.press(room.eve, button(page, "Cancel"))
    assert room.house.order(order.id).stage is Stage.WORKING


async def test_all_are_cancelled_and_listed(room):
    orders = [await working(room, text) for text in (RESTING, f"{ONE_CALL} @ 0.10")]
    page = await room.slash(room.ann, "cancel", order="all")
    assert {row.name for row in page.rows} == {f"{each.reference} · cancelled" for each in orders}
    none = await room.slash(room.ann, "cancel", order="all")
    assert "No order is open." in text_of(none)


async def test_a_replacement_is_a_form_then_a_card_and_the_old_order_works_until_the_yes(room):
    order = await working(room)
    form = await room.press(room.ann, Button("Replace", Act.REPLACE, order.id.hex))
    assert isinstance(form, Form)
    assert {field.name: field.value for field in form.fields} == {"price": "0.05", "stop": "", "lasting": "day"}
    card = await room.press(
        room.ann, Button("Replace", Act.REPLACE, order.id.hex), fields={"price": "0.10", "stop": "", "lasting": "gtc"}
    )
    assert "Confirm" in labels(card)
    assert any(row.name == "replaces" for row in card.rows)
    assert room.house.order(order.id).stage is Stage.WORKING
    await room.press(room.ann, button(card, "Confirm"))
    new = room.orders()[-1]
    assert (new.stage, new.ticket.price, str(new.ticket.time_in_force)) == (Stage.WORKING, Decimal("0.10"), "gtc")
    assert room.house.order(order.id).stage is Stage.CANCELLED
    assert len([each for each in room.house.books()[1] if not each.status.is_terminal]) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"price": "0.10 5 contracts"},
        {"price": "0.10", "lasting": "gtc @ 9"},
        {"price": "cancel all"},
        {"price": "0.10\nbuy 10 SPY 450C 12/18"},
        {"price": "", "stop": "", "lasting": ""},
        {"stop": "x" * 400},
        {},
    ],
)
async def test_a_form_that_says_anything_else_changes_nothing(room, fields):
    order = await working(room)
    try:
        page = await room.press(room.ann, Button("Replace", Act.REPLACE, order.id.hex), fields=fields)
        assert "Confirm" not in labels(page)
    except Refused:
        pass
    assert room.house.order(order.id).stage is Stage.WORKING
    assert len(room.house.books()[1]) == 1


async def test_another_trader_is_shown_no_form_of_an_order(room):
    order = await working(room)
    for fields in ({}, {"fields": {"price": "0.10"}}):
        with pytest.raises(Refused) as no:
            await room.press(room.eve, Button("Replace", Act.REPLACE, order.id.hex), **fields)
        assert no.value.code == "not_permitted"


async def test_a_replacement_in_words_is_a_card_too(room):
    order = await working(room)
    card = await room.slash(room.ann, "replace", order=order.reference, change="@ 0.10 gtc")
    assert "Confirm" in labels(card)
    refused = await room.slash(room.ann, "replace", order=order.reference, change="@ 0.05")
    assert refused.tone is Tone.BAD


# ── whatever is pressed ──────────────────────────────────────────────────────────────────────────────────────────

PRESSES = ["yes", "yes of eve", "dismiss", "dismiss of eve", "change", "late", "again", "restart"]


@given(st.lists(st.sampled_from(PRESSES), max_size=6))
@settings(max_examples=25, deadline=None)
def test_whatever_is_pressed_nothing_is_sent_without_its_traders_yes_in_time(presses):
    async def story_of() -> None:
        async with ordering() as room:
            card = await room.slash(room.ann, "order", text=MISSION)
            (order,) = room.orders()
            about, said_yes = card_id(order), False
            for press in presses:
                before = room.house.order(order.id)
                try:
                    match press:
                        case "yes":
                            await room.press(room.ann, Button("", Act.CONFIRM, about))
                            said_yes |= before.waits_for_confirmation
                        case "yes of eve":
                            await room.press(room.eve, Button("", Act.CONFIRM, about))
                        case "dismiss":
                            await room.press(room.ann, Button("", Act.DISMISS, about))
                        case "dismiss of eve":
                            await room.press(room.eve, Button("", Act.DISMISS, about))
                        case "change":
                            await room.press(room.ann, button(card, "Change"), fields={"text": ONE_CALL})
                        case "late":
                            room.house.clock.jump(121)
                        case "again":
                            await room.slash(room.ann, "order", text="what is this")
                        case "restart":
                            await room.until(room.desk.recover())
                except (Refused, IllegalStep):
                    pass
            first = next((each for each in presses if each in ("yes", "dismiss", "change", "late", "restart")), "")
            story = room.story(order)
            assert ("confirmed" in story) == (said_yes and room.house.order(order.id).confirmed != "")
            assert len(room.house.books()[1]) == int("confirmed" in story)
            assert "confirmed" not in story or first in ("yes", "restart")
            assert_sound(room.house)

    asyncio.run(story_of())


# ── the largest orders ───────────────────────────────────────────────────────────────────────────────────────────

FOUR_LEGS = "buy 50 SPY 450C 12/18, sell 50 SPY 455C 12/18, buy 50 SPY 430P 12/24, sell 50 SPY 425P 12/24"
LARGEST = [
    f"{FOUR_LEGS} natural debit gtc",
    "sell 20 SPXW 5800/5850/5900/5950 iron condor Dec 18 @ 48.05 credit gtd 12/17",
]


@pytest.mark.parametrize("text", LARGEST)
@pytest.mark.parametrize("command", ["order", "preview"])
async def test_the_largest_orders_make_pages_of_which_nothing_is_cut(text, command):
    strict = evolve(LENIENT, approval_above_usd=Decimal(1), approval_symbols=("SPY", "SPX"), spread_pct=Decimal(0))
    async with ordering(policy=strict) as room:
        page = await room.slash(room.ann, command, text=text)
        assert {"order": "Confirm", "preview": "Order it"}[command] in labels(page)
        drawn = render(page)
        assert drawn.files == ()
        assert len(drawn.card.fields) == len(page.rows) > 9


async def test_why_an_approval_is_needed_stands_on_a_card_once():
    async with ordering(policy=evolve(LENIENT, approval_above_usd=Decimal(1))) as room:
        page = await room.slash(room.ann, "order", text="buy 10 SPY 450C Dec 18")
        said = [line for row in page.rows for line in row.lines if "another person must approve" in line]
        assert len(said) == 1
        assert said[0].startswith("needed: ")


async def test_a_card_with_more_than_discord_takes_comes_whole_in_a_file_with_its_buttons(room):
    card = await card_for(room)
    flood = evolve(card, rows=tuple(evolve(row, lines=("x" * 3000, *row.lines)) for row in card.rows))
    drawn = render(flood)
    assert [each.label for row in drawn.buttons for each in row] == ["Confirm", "Change", "Dismiss"]
    assert drawn.files


def test_a_cancel_that_is_offered_is_not_said_to_send_nothing():
    page = refusal_page(
        "Your last order is cancelled already.", asked="cancel last", instead=[OfferedLine("cancel 6a8579", "o1")]
    )
    assert page.title == "Not done"
    assert page.footer == "Take one: that cancel is asked for at once."
