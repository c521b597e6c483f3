"""An order that waits is approved in a chat by another person, who sees the market of that moment first."""

import pytest

from tastyflow.application.telling.so_far import told_so_far
from tastyflow.application.traders import Traders
from tastyflow.domain.order.stages import Stage
from tastyflow.errors import Refused
from tastyflow_adapters.discord.answers import approving
from tastyflow_adapters.discord.answers.looking import completing
from tastyflow_adapters.discord.page import Act, ChatPage, Form, Tone
from tastyflow_adapters.discord.pages.approval import decided_page
from tests.application.approvals import APPROVE, STRICT, QuietMarket, quoted
from tests.application.kit import EVERYTHING, ONE_CALL, DeskUnderTest
from tests.discord.answers_kit import chat_of, labels, linked, pressed, request, text_of

pytestmark = pytest.mark.anyio


@pytest.fixture
async def house():
    house = DeskUnderTest.make(policy=STRICT)
    await house.hire()
    quoted(house)
    yield house
    house.ledger.close()


async def test_an_approver_sees_the_market_of_the_moment_and_approves_with_it(house):
    eve = await linked(house, "eve", APPROVE)
    async with house.desk() as desk:
        chat, order = chat_of(desk), await house.place(desk, ONE_CALL)
        quoted(house, "0.01")
        page = await pressed(house, chat, eve, Act.APPROVE, order.id.hex)
        assert isinstance(page, ChatPage)
        assert page.is_private
        assert "SPY · SPDR S&P 500 ETF Trust" in text_of(page)
        assert "then  2.40 / 2.60" in text_of(page)
        assert "now   2.41 / 2.61" in text_of(page)
        assert house.order(order.id).stage is Stage.REHEARSED
        done = await pressed(house, chat, eve, Act.APPROVE_SEEN, order.id.hex)
        assert "was approved by eve" in text_of(done)
        assert house.order(order.id).approved_by == "eve"
        assert len(house.books()[1]) == 1
        with pytest.raises(Refused) as no:
            await pressed(house, chat, eve, Act.APPROVE_SEEN, order.id.hex)
        assert no.value.code == "not_waiting"
        assert len(house.books()[1]) == 1


async def test_the_requester_never_approves_their_own_order_and_is_shown_nothing_of_it(house):
    own = await linked(house, "demo")
    async with house.desk() as desk:
        chat = chat_of(desk)
        asked = request(house, own).message(ONE_CALL)
        order = await house.until(desk.place(asked))
        assert order.waiting_until is not None
        for act in (Act.APPROVE, Act.APPROVE_SEEN, Act.REJECT):
            with pytest.raises(Refused) as no:
                await pressed(house, chat, own, act, order.id.hex, **({"fields": {}} if act is Act.REJECT else {}))
            assert no.value.code == "own_order"
        assert house.books()[1] == []


async def test_a_second_identity_of_the_requester_is_the_requester(house):
    first, second = await linked(house, "demo"), await linked(house, "demo")
    async with house.desk() as desk:
        chat = chat_of(desk)
        order = await house.until(desk.place(request(house, first).message(ONE_CALL)))
        for act in (Act.APPROVE, Act.APPROVE_SEEN):
            with pytest.raises(Refused) as no:
                await pressed(house, chat, second, act, order.id.hex)
            assert no.value.code == "own_order"
        assert house.books()[1] == []


async def test_a_user_who_is_another_trader_by_now_approves_no_order_of_their_own(house):
    own = await linked(house, "demo")
    await house.hire("eve", permissions=APPROVE)
    async with house.desk() as desk:
        chat = chat_of(desk)
        order = await house.until(desk.place(request(house, own).message(ONE_CALL)))
        traders = Traders(house.ledger, house.clock)
        await house.until(traders.unlink("demo", "discord", own.user, by="operator"))
        await house.until(traders.link("eve", "discord", own.user, by="operator"))
        for act in (Act.APPROVE, Act.APPROVE_SEEN, Act.REJECT):
            with pytest.raises(Refused) as no:
                await pressed(house, chat, own, act, order.id.hex, **({"fields": {}} if act is Act.REJECT else {}))
            assert no.value.code == "own_order"
        assert house.books()[1] == []


async def test_who_may_not_approve_learns_nothing_of_the_order(house):
    stranger = await linked(house, "sam", EVERYTHING - APPROVE)
    async with house.desk() as desk:
        chat, order = chat_of(desk), await house.place(desk, ONE_CALL)
        for act in (Act.APPROVE, Act.APPROVE_SEEN):
            with pytest.raises(Refused) as no:
                await pressed(house, chat, stranger, act, order.id.hex)
            assert no.value.code == "not_permitted"
            assert "SPY" not in f"{no.value.message} {no.value.hint}"
        assert house.books()[1] == []


async def test_a_rejection_says_why_on_one_line_and_ends_the_order(house):
    eve = await linked(house, "eve", APPROVE)
    async with house.desk() as desk:
        chat, order = chat_of(desk), await house.place(desk, ONE_CALL)
        form = await pressed(house, chat, eve, Act.REJECT, order.id.hex)
        assert isinstance(form, Form)
        page = await pressed(
            house, chat, eve, Act.REJECT, order.id.hex, fields={approving.REASON: "too\nmuch @everyone"}
        )
        assert "eve did not approve it: too much @everyone." in text_of(page)
        (said,) = [each for each in told_so_far(house.ledger, order.id) if "eve" in each.sentence]
        assert said.shared == "Refused: eve did not approve it."  # where others read along: by whom, and not why
        assert house.order(order.id).stage is Stage.REFUSED
        assert house.books()[1] == []


async def test_without_a_market_there_is_no_yes_and_the_order_waits_on(house):
    eve = await linked(house, "eve", APPROVE)
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
    house.market = QuietMarket(house.market)
    async with house.desk() as desk:
        page = await pressed(house, chat_of(desk), eve, Act.APPROVE, order.id.hex)
        assert "cannot be approved before that" in text_of(page)
        assert f"Approve {order.reference}" not in labels(page)
        assert house.order(order.id).waiting_until is not None


async def test_a_market_that_moved_too_far_refuses_the_order_and_says_so(house):
    eve = await linked(house, "eve", APPROVE)
    async with house.desk() as desk:
        chat, order = chat_of(desk), await house.place(desk, ONE_CALL)
        quoted(house, "1.00")
        page = await pressed(house, chat, eve, Act.APPROVE, order.id.hex)
        assert isinstance(page, ChatPage)
        assert page.tone is Tone.WARNING
        done = await pressed(house, chat, eve, Act.APPROVE_SEEN, order.id.hex)
        assert "is refused" in text_of(done)
        assert house.books()[1] == []


async def test_approvers_see_all_that_wait_and_a_trader_their_own(house):
    eve, sam = await linked(house, "eve", APPROVE), await linked(house, "sam", EVERYTHING - APPROVE)
    async with house.desk() as desk:
        chat = chat_of(desk)
        orders = [await house.place(desk, ONE_CALL), await house.place(desk, ONE_CALL)]
        page = await house.until(approving.approvals(chat, request(house, eve)))
        assert isinstance(page, ChatPage)
        assert page.menu is not None
        assert [each.value for each in page.menu.choices] == [order.id.hex for order in orders]
        none = await house.until(approving.approvals(chat, request(house, sam)))
        assert "No order waits" in text_of(none)


async def test_what_waits_is_offered_to_approvers_alone_and_never_their_own(house):
    eve, sam = await linked(house, "eve", APPROVE), await linked(house, "sam", EVERYTHING)
    own = await linked(house, "demo")
    async with house.desk() as desk:
        chat, order = chat_of(desk), await house.place(desk, ONE_CALL)
        mine = await house.until(desk.place(request(house, sam).message(ONE_CALL)))
        offers = [
            [each.value for each in await completing.waiting_orders(chat, request(house, who), typed)]
            for who, typed in ((eve, ""), (sam, ""), (own, order.reference), (eve, "no such words"))
        ]
        assert offers == [[order.reference, mine.reference], [order.reference], [], []]


async def test_what_waits_no_more_shows_no_button_that_decides(house):
    eve = await linked(house, "eve", APPROVE)
    async with house.desk() as desk:
        chat = chat_of(desk)
        approved, rejected, withdrawn = [await house.place(desk, ONE_CALL) for _ in range(3)]
        await pressed(house, chat, eve, Act.APPROVE_SEEN, approved.id.hex)
        await pressed(house, chat, eve, Act.REJECT, rejected.id.hex, fields={})
        await house.until(desk.cancel(house.message("cancel"), withdrawn.reference))
        for order, said in ((approved, "approved by eve"), (rejected, "is refused"), (withdrawn, "was withdrawn")):
            page = decided_page(house.order(order.id), "demo")
            assert said in page.title
            assert [button.act for button in page.buttons] == [Act.WHY]
