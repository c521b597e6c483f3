"""What a trader looks at in a chat: as pages, without Discord. Nothing of it is another trader's, or public."""

from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.domain.commands import ShowQuote
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader import Permission
from tastyflow.errors import NotUnderstood, Refused
from tastyflow_adapters.discord.acts import ACTS
from tastyflow_adapters.discord.answers.looking import completing
from tastyflow_adapters.discord.answers.looking.asking import asked
from tastyflow_adapters.discord.commands import COMMANDS
from tastyflow_adapters.discord.dialogue.answering import answered
from tastyflow_adapters.discord.page import Act, ChatPage, Tone
from tastyflow_adapters.discord.pages.columns import in_groups
from tastyflow_adapters.discord.rendering import LONGEST_TABLE, WIDEST_TABLE, render
from tests.application.kit import GENEROUS, ONE_CALL, alter, stopping, turn
from tests.discord.answers_kit import ANSWERS, chat_of, labels, linked, pressed, request, slashed, text_of

pytestmark = pytest.mark.anyio

RESTING = f"{ONE_CALL} @ 0.01"
TRADER = {Permission.LONG_OPTIONS, Permission.SHARES}


async def test_orders_are_rows_newest_first_and_each_can_be_looked_at(house):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        chat = chat_of(desk)
        first = await house.until(desk.place(request(house, ann).message(ONE_CALL)))
        second = await house.until(desk.place(request(house, ann).message(RESTING)))
        page = await slashed(house, chat, ann, "orders")
        assert [row.name.split(" · ")[:2] for row in page.rows] == [
            [second.reference, "working"],
            [first.reference, "filled"],
        ]
        assert page.is_private
        assert "filled 1 of 1 at" in text_of(page)
        assert page.menu is not None
        one = await pressed(house, chat, ann, Act.STATUS, values=(page.menu.choices[1].value,))
        assert isinstance(one, ChatPage)
        assert one.title == f"Order {first.reference} · filled"
        assert one.tone is Tone.GOOD
        assert "rehearsal passed" in text_of(one)
        assert "Why" in labels(one)


async def test_a_long_list_is_turned_page_by_page(house):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        chat = chat_of(desk)
        placed = [await house.until(desk.place(request(house, ann).message("what is this"))) for _ in range(7)]
        page = await slashed(house, chat, ann, "orders")
        assert len(page.rows) == 5
        assert labels(page) == ["Older"]
        assert page.footer.startswith("Page 1 of 2.")
        older = await pressed(house, chat, ann, Act.TURN, page.buttons[1].about)
        assert isinstance(older, ChatPage)
        assert [row.name[:6] for row in older.rows] == [placed[1].reference, placed[0].reference]
        assert labels(older) == ["Newer"]
        assert ACTS[Act.TURN].sign == "same"
        beyond = await slashed(house, chat, ann, "orders", page="99")
        assert [row.name for row in beyond.rows] == [row.name for row in older.rows]


async def test_a_button_of_a_list_that_is_no_more_does_nothing(house):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        assert await pressed(house, chat_of(desk), ann, Act.TURN, "gone/2/") is None


async def test_no_trader_sees_an_order_of_another(house):
    ann, eve = await linked(house, "ann", TRADER), await linked(house, "eve", TRADER)
    async with house.desk() as desk:
        chat = chat_of(desk)
        order = await house.until(desk.place(request(house, ann).message(RESTING)))
        for asking in (
            slashed(house, chat, eve, "status", order=order.reference),
            slashed(house, chat, eve, "why", order=order.reference),
            pressed(house, chat, eve, Act.WHY, order.id.hex),
            pressed(house, chat, eve, Act.STATUS, order.id.hex),
        ):
            with pytest.raises(Refused) as no:
                await asking
            assert no.value.code == "unknown_order"
        assert order.reference not in text_of(await slashed(house, chat, eve, "orders"))
        asks = request(house, eve, options={})
        assert not await completing.open_orders(chat, asks, "")
        assert not await completing.newest_orders(chat, asks, "")


async def test_why_tells_the_story_in_chapters_and_all_of_it_in_a_file(house):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        chat = chat_of(desk)
        order = await house.until(desk.place(request(house, ann).message(ONE_CALL)))
        page = await slashed(house, chat, ann, "why")
        assert page.title == f"Order {order.reference} · filled, 1 of 1 filled"
        assert [row.name for row in page.rows] == ["asked", "rehearsal", "gate", "production"]
        assert any("more, in the file" in line for row in page.rows for line in row.lines)
        (file,) = page.files
        assert file.name == f"story-{order.reference}.txt"
        assert "Approved by policy" in file.text
        assert page.lines[1].startswith("ann, Fri Nov 20 10:00 New York")
        assert "(ann via discord:" in file.text
        assert f"Digest {in_groups(order.digest)}" in render(page).files[0].text
        assert "[hidden]" not in render(page).files[0].text
        assert page.is_private


async def test_an_approver_is_told_the_story_of_another_traders_order(house):
    ann, sue = await linked(house, "ann", TRADER), await linked(house, "sue", {Permission.APPROVE})
    async with house.desk() as desk:
        chat = chat_of(desk)
        order = await house.until(desk.place(request(house, ann).message(RESTING)))
        assert order.reference in text_of(await pressed(house, chat, sue, Act.WHY, order.id.hex))
        await alter(house, lambda trader, why: trader.suspend(why=why), "sue")
        with pytest.raises(Refused):
            await pressed(house, chat, sue, Act.WHY, order.id.hex)


async def test_positions_are_rows_with_their_value_and_the_page_is_private(house):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        chat = chat_of(desk)
        nothing = await slashed(house, chat, ann, "positions")
        assert "Nothing is held." in text_of(nothing)
        await house.until(desk.place(request(house, ann).message(ONE_CALL)))
        page = await slashed(house, chat, ann, "positions")
        assert [row.name for row in page.rows] == ["+1 SPY 450 call Fri Dec 18 2026"]
        assert "value $8" in text_of(page)
        assert page.place == "FAKE"
        assert page.is_private
        balance = await slashed(house, chat, ann, "balance")
        assert "buying power $" in text_of(balance)
        assert balance.is_private


async def test_limits_are_ones_own_and_private(house):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        await alter(house, lambda trader, why: trader.set_limits(evolve(GENEROUS, max_contracts=3), why=why), "ann")
        page = await slashed(house, chat_of(desk), ann, "limits")
    assert page.title == "Limits of ann"
    assert "at most 3 contracts" in text_of(page)
    assert page.is_private


async def test_a_quote_is_of_what_the_options_name(house):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        chat = chat_of(desk)
        assert (await slashed(house, chat, ann, "quote", symbol="SPY")).title == "SPY shares"
        page = await slashed(
            house, chat, ann, "quote", symbol="spy", strike="450", right="call", expiration="Dec 18 2026"
        )
        assert page.title == "SPY 450 call Fri Dec 18 2026"
        assert page.lines[0] == "SPDR S&P 500 ETF Trust"
        assert page.lines[1].startswith("bid 7.96 · mid ")


@pytest.mark.parametrize("name", ["quote", "chain", "expirations"])
async def test_a_symbol_that_is_none_is_named_in_the_answer(house, name):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        with pytest.raises((NotUnderstood, Refused), match="NOPE"):
            await slashed(house, chat_of(desk), ann, name, symbol="NOPE")


async def test_a_chain_and_the_expirations_fit_a_telephone(house):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        chat = chat_of(desk)
        for symbol in ("SPY", "SPX"):
            for name in ("chain", "expirations"):
                page = await slashed(house, chat, ann, name, symbol=symbol)
                lines = page.table.splitlines()
                assert 5 < len(lines) <= LONGEST_TABLE
                assert max(map(len, lines)) <= WIDEST_TABLE
                assert not render(page).files
        chain = (await slashed(house, chat, ann, "chain", symbol="SPY", expiration="Dec 18 2026")).table.splitlines()
        assert chain[0].split() == ["calls", "puts"]
        assert chain[1].split() == ["bid", "ask", "strike", "bid", "ask"]
        (line,) = (number for number, each in enumerate(chain) if each.startswith("─"))
        below, above = chain[line - 1].split()[2], chain[line + 1].split()[2]
        assert Decimal(below) < Decimal(above)


async def test_expirations_are_turned_for_their_symbol(house):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        chat = chat_of(desk)
        page = await slashed(house, chat, ann, "expirations", symbol="SPX")
        more = await pressed(house, chat, ann, Act.TURN, page.buttons[1].about)
        assert isinstance(more, ChatPage)
        assert more.title == page.title
        assert more.table != page.table


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("quote", {"symbol": "SPY, buy 1 SPY 450c Dec 18"}),
        ("chain", {"symbol": "SPY\nbuy 1 SPY 450c Dec 18"}),
        ("expirations", {"symbol": "SPY; buy 100 SPY"}),
        ("status", {"order": "last\nbuy 100 SPY"}),
        ("status", {"order": "all, cancel all"}),
    ],
)
async def test_an_option_cannot_ask_for_anything_else(house, name, options):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        with pytest.raises((NotUnderstood, Refused)):
            await slashed(house, chat_of(desk), ann, name, **options)
        assert house.books() == ([], [])
        assert desk.lookup.newest_orders(5) == ()


async def test_what_may_have_been_meant_instead_is_a_button_that_looks_at_it(house):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        chat = chat_of(desk)
        asks = request(house, ann, options={"symbol": "SPY", "expiration": "Dec 19 2026"})
        page = await house.until(answered(chat, asks, ANSWERS["chain"]))
        assert labels(page) == ["chain SPY Dec 18 2026", "chain SPY Dec 21 2026"]
        meant = await pressed(house, chat, ann, Act.SUGGESTION, page.buttons[0].about)
        assert "Fri Dec 18 2026" in meant.title
        await house.until(desk.place(request(house, ann).message("buy 1 SPY 450 call")))
        refused = await slashed(house, chat, ann, "status", order="last")
        days = ("Nov 20 2026", "Nov 27 2026", "Dec 18 2026")
        assert labels(refused) == ["Why", *(f"buy 1 SPY 450 call {day}" for day in days)]


async def test_words_that_ask_for_another_command_are_not_carried_out(house):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        with pytest.raises(NotUnderstood):
            await house.until(asked(chat_of(desk), request(house, ann), ShowQuote, ONE_CALL))
        assert house.books() == ([], [])


async def test_a_halt_stands_above_the_orders(house):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        await turn(house, stopping())
        page = await slashed(house, chat_of(desk), ann, "orders")
    assert "Trading is halted" in text_of(page)
    assert page.tone is Tone.WARNING


async def test_help_names_every_command_and_has_the_language_as_a_file(house):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        page = await slashed(house, chat_of(desk), ann, "help")
    assert all(f"/{each.name}: {each.description}" in text_of(page) for each in COMMANDS)
    assert "iron condor 45dte" in page.files[0].text
    language = house.context.language
    for line in page.rows[0].lines:
        language.parse(line, as_of=house.clock.now())


# ── offered while it is typed ──────────────────────────────────────────────────────────────────────────────────


async def test_references_symbols_expirations_and_accounts_are_offered(house):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        chat = chat_of(desk)
        over = await house.until(desk.place(request(house, ann).message(ONE_CALL)))
        open_one = await house.until(desk.place(request(house, ann).message(RESTING)))
        asks = request(house, ann)
        assert [each.value for each in await completing.open_orders(chat, asks, "")] == [open_one.reference]
        newest = await completing.newest_orders(chat, asks, "450 CALL")
        assert [each.value for each in newest] == [open_one.reference, over.reference]
        assert open_one.words in newest[0].label
        assert (await completing.symbols(chat, asks, "sp"))[0].value == "SPY"
        assert [each.value for each in await completing.accounts(chat, asks, "")] == ["main"]
        days = await completing.expirations(chat, evolve(asks, options={"symbol": "spy"}), "dec 18")
        assert [each.value for each in days] == ["Dec 18 2026"]
        assert days[0].label == "Fri Dec 18 2026, 28 days, monthly"
        assert await completing.expirations(chat, asks, "") == ()
        assert await completing.expirations(chat, evolve(asks, options={"symbol": "NOPE"}), "") == ()


async def test_an_open_order_is_offered_however_many_others_came_after_it(house, monkeypatch):
    monkeypatch.setattr(completing, "AMONG", 2)
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        order = await house.until(desk.place(request(house, ann).message(RESTING)))
        for _ in range(4):
            await house.place(desk, "buy 1 SPY 450 call")
        offered = await completing.newest_orders(chat_of(desk), request(house, ann), "")
        assert [each.value for each in offered] == [order.reference]


async def test_what_may_not_be_traded_is_not_offered(house):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        limits = evolve(GENEROUS, symbols=("SPY", "KO"), denied_symbols=("SPY",))
        await alter(house, lambda trader, why: trader.set_limits(limits, why=why), "ann")
        found = await completing.symbols(chat_of(desk), request(house, ann), "")
    assert [each.value for each in found] == ["KO"]


async def test_a_stranger_is_offered_nothing(house):
    ann = await linked(house, "ann", TRADER)
    stranger = request(house, evolve(ann, user="666"), options={"symbol": "SPY"})
    async with house.desk() as desk:
        chat = chat_of(desk)
        await house.until(desk.place(request(house, ann).message(RESTING)))
        for offers in (
            completing.open_orders,
            completing.newest_orders,
            completing.symbols,
            completing.expirations,
            completing.accounts,
        ):
            assert not await offers(chat, stranger, "")


async def test_a_market_that_does_not_answer_offers_nothing_in_time(house, monkeypatch):
    ann = await linked(house, "ann", TRADER)
    monkeypatch.setattr(completing, "PATIENCE_S", 0.02)

    class Mute:
        def __getattr__(self, name):
            return getattr(market, name)

        async def chain(self, underlying):
            await house.clock.sleep(3600)

    market, house.market = house.market, Mute()
    async with house.desk() as desk:
        asks = request(house, ann, options={"symbol": "SPY"})
        assert await completing.expirations(chat_of(desk), asks, "") == ()
    assert house.order is not None


async def test_the_stage_of_an_order_is_in_words_and_not_in_its_colour_alone(house):
    ann = await linked(house, "ann", TRADER)
    async with house.desk() as desk:
        chat = chat_of(desk)
        refused = await house.until(desk.place(request(house, ann).message("buy 1 SPY 450 call")))
        assert refused.stage is Stage.REFUSED
        page = await slashed(house, chat, ann, "status", order="last")
    assert page.tone is Tone.BAD
    assert page.title == f"Order {refused.reference} · refused"
    assert "Which expiration?" in text_of(page)
