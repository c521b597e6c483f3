"""Closing what is held, in a chat: a list that is shown, and one yes to the whole of it."""

from asyncio import gather
from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.domain.venue import Position
from tastyflow.errors import Refused
from tests.application.kit import CALL, alter, turn
from tests.application.soundness import assert_sound
from tests.discord.answers_kit import labels, text_of
from tests.discord.ordering_kit import another_process, button, ordering

pytestmark = pytest.mark.anyio


async def test_what_is_held_is_closed_once_after_one_yes_to_the_whole_list(room):
    room.house.live.endow(Position(CALL, 4, Decimal(5)))
    page = await room.slash(room.ann, "flatten")
    assert (page.title, labels(page)) == ("1 order to close", ["Close it", "Dismiss"])
    assert room.nothing_was_sent
    do = button(page, "Close it")
    first, *others = await gather(*(room.press(room.ann, do) for _ in range(3)))
    assert [row.name.split(" · ")[1] for row in first.rows] == ["filled"]
    assert all("filled" in text_of(each) or "begun before" in text_of(each) for each in others)
    again = await room.press(room.ann, do)
    assert [row.name.split(" · ")[1] for row in again.rows] == ["filled"]
    assert len(room.house.books()[1]) == 1
    assert_sound(room.house)


async def test_two_processes_close_one_list_once(tmp_path):
    async with ordering(path=tmp_path) as room:
        room.house.live.endow(Position(CALL, 4, Decimal(5)))
        do = button(await room.slash(room.ann, "flatten", what="SPY"), "Close it")
        async with another_process(room, tmp_path) as there:
            await gather(room.press(room.ann, do), there.press(there.ann, do))
        assert len(room.house.books()[1]) == 1
        assert room.house.production_holds() == {}


async def test_a_list_that_is_no_longer_true_is_shown_anew_and_nothing_is_closed(room):
    room.house.live.endow(Position(CALL, 4, Decimal(5)))
    do = button(await room.slash(room.ann, "flatten"), "Close it")
    room.house.live.endow(Position(CALL, 7, Decimal(5)))
    page = await room.press(room.ann, do)
    assert "has changed" in page.lines[0]
    assert room.nothing_was_sent
    closed = await room.press(room.ann, button(page, "Close it"))
    assert "filled" in text_of(closed)


async def test_a_list_that_changes_while_it_is_being_closed_is_not_closed(room, monkeypatch):
    room.house.live.endow(Position(CALL, 4, Decimal(5)))
    do, planned = button(await room.slash(room.ann, "flatten"), "Close it"), room.desk.planned

    async def and_then_it_changes(*asked):
        found = await planned(*asked)
        room.house.live.endow(Position(CALL, 7, Decimal(5)))
        return found

    monkeypatch.setattr(room.desk, "planned", and_then_it_changes)
    page = await room.press(room.ann, do)
    assert "has changed since the list was shown" in text_of(page)
    assert page.title == "Nothing was closed"
    assert room.nothing_was_sent
    await room.press(room.ann, do)
    assert room.nothing_was_sent


async def test_what_covers_a_card_is_not_closed_and_the_way_out_is_named(room):
    room.house.live.endow(Position(CALL, 4, Decimal(5)))
    card = await room.slash(room.ann, "order", text="sell 4 SPY 460C Dec 18")
    assert "Confirm" in labels(card)
    await alter(room.house, lambda ann, why: ann.set_limits(evolve(ann.limits, max_notional_usd=9_000), why=why), "ann")
    page = await room.press(room.ann, button(await room.slash(room.ann, "flatten"), "Close it"))
    assert page.title == "Nothing was closed"
    assert "/cancel all, then /flatten again" in text_of(page)
    await room.slash(room.ann, "cancel", order="all")
    page = await room.press(room.ann, button(await room.slash(room.ann, "flatten"), "Close it"))
    assert page.title == "Closed"
    assert room.house.production_holds() == {}


async def test_a_list_that_a_halt_would_refuse_says_so_before_its_yes(room):
    room.house.live.endow(Position(CALL, 4, Decimal(5)))
    await turn(room.house, lambda halt, why: halt.stop(reducing=False, by="bob", reason="odd fills", why=why))
    page = await room.slash(room.ann, "flatten")
    first = page.rows[0]
    assert (first.name, first.is_strong) == ("⚠ halted", True)
    assert "odd fills" in first.lines[0]
    assert "refused until orders may leave again" in first.lines[1]


@pytest.mark.parametrize("who", ["eve", "late", "dismissed"])
async def test_a_list_is_closed_by_its_own_person_in_time_or_not_at_all(room, who):
    room.house.live.endow(Position(CALL, 4, Decimal(5)))
    page = await room.slash(room.ann, "flatten")
    do, person = button(page, "Close it"), room.ann
    match who:
        case "eve":
            person = room.eve
            with pytest.raises(Refused):
                await room.press(room.eve, button(page, "Dismiss"))
        case "late":
            room.house.clock.jump(121)
        case _:
            await room.press(room.ann, button(page, "Dismiss"))
    try:
        answer = await room.press(person, do)
        assert "begun" in text_of(answer) or "put away" in text_of(answer)
    except Refused as no:
        assert no.code in ("not_permitted", "offer_over")  # noqa: PT017
    assert room.nothing_was_sent


async def test_nothing_held_is_said_and_no_list_is_offered(room):
    page = await room.slash(room.ann, "flatten")
    assert "nothing to close" in text_of(page).lower()
    assert page.buttons == ()
