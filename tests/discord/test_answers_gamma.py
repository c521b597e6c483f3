"""``/gex``: the picture and one line of levels, for traders; the text where nothing can be drawn."""

import asyncio

import pytest

from tastyflow.domain.trader import Permission
from tastyflow.errors import Invalid, Refused
from tastyflow_adapters.discord.answers.looking import gamma
from tastyflow_adapters.discord.dialogue.answering import answered
from tastyflow_adapters.discord.drawing import to_edit, to_send
from tastyflow_adapters.discord.kept_answers import KeptAnswers
from tastyflow_adapters.discord.page import ChatPage, Picture, Tone
from tastyflow_adapters.discord.pages import gamma as gamma_pages
from tastyflow_adapters.discord.rendering import WIDEST_TABLE, render
from tastyflow_adapters.fake import FakeOptionFeed, FeedFaults
from tests.discord.answers_kit import chat_of, linked, request, slashed, text_of
from tests.discord.kit import chatting

pytestmark = pytest.mark.anyio

VIEWER = {Permission.VIEW}


@pytest.fixture
def faults():
    return FeedFaults()


@pytest.fixture
async def heard(house, faults):
    """The house, with a feed of whole chains."""
    house.feed = FakeOptionFeed(house.market, house.clock, faults=faults)
    return house


async def test_a_trader_who_may_view_sees_the_picture_and_a_line_with_units_coverage_and_age(heard):
    ann = await linked(heard, "ann", VIEWER)
    async with heard.desk() as desk:
        page = await slashed(heard, chat_of(desk), ann, "gex", symbol="SPY", dte="0-7")
    assert page.title == "SPY gamma exposure, 0 to 7 days"
    (line,) = page.lines
    for words in ("per 1 %", "call wall", "put wall", "flip", "coverage 100 %", "oldest input"):
        assert words in line
    assert "an assumption" in page.footer
    assert page.picture is not None
    assert page.picture.content.startswith(b"\x89PNG")
    assert page.picture.words == f"{page.title}: {line}"
    assert page.table == ""


async def test_the_picture_is_one_file_of_the_message_in_a_new_one_and_in_one_that_is_edited(heard):
    ann = await linked(heard, "ann", VIEWER)
    async with heard.desk() as desk:
        made = render(await slashed(heard, chat_of(desk), ann, "gex", symbol="SPY"))
    (sent,) = to_send(made)["files"]
    (edited,) = to_edit(made)["attachments"]
    assert sent.filename == edited.filename == "gex-spy.png"
    assert sent.fp.read(4) == b"\x89PNG"
    assert "coverage" in sent.description


async def test_where_nothing_can_be_drawn_the_profile_is_text_that_a_telephone_shows(heard, monkeypatch):
    monkeypatch.setattr(gamma_pages, "can_draw", lambda: False)
    ann = await linked(heard, "ann", VIEWER)
    async with heard.desk() as desk:
        page = await slashed(heard, chat_of(desk), ann, "gex", symbol="SPY")
    assert page.picture is None
    assert "puts│calls" in page.table
    assert max(map(len, page.table.splitlines())) <= WIDEST_TABLE
    made = render(page)
    assert made.files == ()
    assert "puts│calls" in made.card.description


async def test_figures_that_are_not_to_be_traded_on_say_so(heard, faults):
    faults.has_old_interest = True
    ann = await linked(heard, "ann", VIEWER)
    async with heard.desk() as desk:
        page = await slashed(heard, chat_of(desk), ann, "gex", symbol="SPY")
    assert page.tone is Tone.WARNING
    assert "Not to be traded on: the open interest is of another day" in text_of(page)


async def test_who_asks_again_is_shown_the_same_and_the_market_is_not_asked(heard, monkeypatch):
    looks = []
    looked_at = gamma._looked_at

    async def counted(context, symbol, chosen):
        looks.append((symbol, chosen.dte))
        return await looked_at(context, symbol, chosen)

    monkeypatch.setattr(gamma, "_looked_at", counted)
    ann, eve = await linked(heard, "ann", VIEWER), await linked(heard, "eve", VIEWER)
    async with heard.desk() as desk:
        chat = chat_of(desk)
        first = await slashed(heard, chat, ann, "gex", symbol="spy", dte="0-7")
        assert await slashed(heard, chat, eve, "gex", symbol="SPY", dte="0-7") is first
        await slashed(heard, chat, eve, "gex", symbol="SPY", dte="0")
    assert looks == [("SPY", (0, 7)), ("SPY", (0, 0))]


async def test_a_trader_without_a_permission_sees_nothing_even_of_what_is_kept(heard):
    ann, eve = await linked(heard, "ann", VIEWER), await linked(heard, "eve", ())
    async with heard.desk() as desk:
        chat = chat_of(desk)
        await slashed(heard, chat, ann, "gex", symbol="SPY")
        with pytest.raises(Refused, match="may not see gamma exposure"):
            await slashed(heard, chat, eve, "gex", symbol="SPY")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"symbol": "SPY", "dte": "tomorrow"}, "bad_scope"),
        ({"symbol": "@everyone"}, "unknown_symbol"),
        ({"symbol": "SPY 450c"}, "unknown_symbol"),
    ],
)
async def test_what_cannot_be_looked_at_is_refused_with_a_way_out(heard, options, code):
    ann = await linked(heard, "ann", VIEWER)
    async with heard.desk() as desk:
        chat = chat_of(desk)
        with pytest.raises((Refused, Invalid)) as refused:
            await slashed(heard, chat, ann, "gex", **options)
        assert refused.value.code == code
        asking = request(heard, ann, command="gex", options=options)
        page = await heard.until(answered(chat, asking, gamma.gex))
        assert isinstance(page, ChatPage)
        render(page)


async def test_without_production_s_market_data_it_says_so(house):
    ann = await linked(house, "ann", VIEWER)
    async with house.desk() as desk:
        with pytest.raises(Refused, match="production's market data"):
            await slashed(house, chat_of(desk), ann, "gex", symbol="SPY")


async def test_in_discord_the_picture_comes_into_the_place_of_thinking_for_the_person_alone():
    async with chatting() as there:
        asked = there.slash(there.ann, "gex", symbol="SPY", dte="0-7")
        answer = await there.answer(asked)
        assert asked.answers == [5]
        assert answer.is_private
        assert answer.files["gex-spy.png"].startswith(b"\x89PNG")
        assert "per 1 %" in answer.text
        assert "coverage" in answer.text


# ── answers that are kept ────────────────────────────────────────────────────────────────────────────────────────


async def test_one_answer_is_made_for_all_who_ask_at_once():
    kept, made = KeptAnswers(), []

    async def make():
        made.append(1)
        await asyncio.sleep(0.01)
        return "answer"

    assert await asyncio.gather(*(kept.get("SPY", make) for _ in range(50))) == ["answer"] * 50
    assert made == [1]


async def test_too_many_at_once_are_refused_and_those_in_hand_are_answered():
    kept, go = KeptAnswers(at_once=2), asyncio.Event()

    async def make():
        await go.wait()
        return "answer"

    waiting = [asyncio.create_task(kept.get(key, make)) for key in ("SPY", "SPX")]
    await asyncio.sleep(0)
    with pytest.raises(Refused) as refused:
        await asyncio.wait_for(kept.get("QQQ", make), 5)
    assert refused.value.code == "too_busy"
    go.set()
    assert await asyncio.gather(*waiting) == ["answer", "answer"]
    assert await kept.get("QQQ", make) == "answer"


async def test_a_failure_is_told_to_all_who_wait_and_is_not_kept():
    kept = KeptAnswers()

    async def fail():
        raise Refused("no", code="no_spot")

    for _ in range(2):
        with pytest.raises(Refused):
            await kept.get("SPY", fail)

    async def make():
        return "answer"

    assert await kept.get("SPY", make) == "answer"


async def test_an_answer_grows_old_and_is_made_anew():
    kept, made = KeptAnswers(kept_s=0.0), []

    async def make():
        made.append(1)
        return len(made)

    assert [await kept.get("SPY", make), await kept.get("SPY", make)] == [1, 2]


async def test_who_goes_away_does_not_take_the_answer_from_others():
    kept, go = KeptAnswers(), asyncio.Event()

    async def make():
        await go.wait()
        return "answer"

    first, second = (asyncio.create_task(kept.get("SPY", make)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    go.set()
    assert await asyncio.wait_for(second, 5) == "answer"


def test_the_name_of_a_picture_is_that_of_a_file_and_its_words_are_only_text():
    hostile = Picture("../../etc/gex spx\u202e.png", b"\x89PNG", "@everyone \x1b[31m" + "x" * 5000)
    made = render(ChatPage(title="t", picture=hostile)).picture
    assert made is not None
    assert "/" not in made.name
    assert len(made.words) <= 1024
    assert "\x1b" not in made.words
