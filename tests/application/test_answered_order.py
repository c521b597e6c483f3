"""An answer to an order, as that order stands: a card is changed, an order at work is replaced, none is doubled."""

import pytest
from attrs import frozen

from tastyflow.application.answered_order import AnsweredOrder
from tastyflow.application.answers import Reply
from tastyflow.application.conversation import PATIENCE, Conversation, HeardLine
from tastyflow.application.message import Consent
from tastyflow.domain.commands import ListOrders, PlaceOrder, ReplaceOrder
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.venue import Venue
from tastyflow.errors import NotUnderstood
from tests.application.kit import FRIDAY, DeskUnderTest, Language

pytestmark = pytest.mark.anyio

LINE = "buy to open 10 SPY 450C 12/18 @ {}"
BEYOND, RESTING = LINE.format("8.10"), LINE.format("0.05")
STANDS = ("card", "withdrawn", "refused", "working", "cancelled", "filled")

CHANGES = ("make it 1.25", "@ 1.25", "gtc", "mid")
OTHERS = ("make it 5", "455c", "puts", "12/11")
FURTHER = ("again", "double it", "same but 455", "same at 1.25")
OPPOSITES = ("close it", "sell it", "roll it to 1/15")


async def order_that(house: DeskUnderTest, stands: str) -> Order:
    """An order as it stands, by word."""
    async with house.desk() as desk:
        if stands == "refused":
            return await house.place(desk, "buy to open 10 SPY 451.37C 12/18")
        text = RESTING if stands in ("working", "cancelled") else BEYOND
        consent = Consent.ALWAYS if stands in ("card", "withdrawn") else Consent.NONE
        order = await house.place(desk, text, consent=consent)
        if stands == "withdrawn":
            await house.until(desk.decline(house.message("no"), order.reference, reason="changed"))
        if stands == "cancelled":
            await house.until(desk.cancel(house.message("cancel"), order.reference))
    return house.order(order.id)


@frozen
class Answered:
    line: str
    notice: str = ""


async def answered(house: DeskUnderTest, stands: str, text: str) -> tuple[Order, Answered | str]:
    """What comes of an answer; the sentence, where no line does."""
    order = await order_that(house, stands)
    about = AnsweredOrder(Language(), order.asked.text, order.reference, order)
    try:
        made, notice = about.answered(text, FRIDAY)
    except NotUnderstood as no:
        return order, no.message
    return order, Answered(made.line, notice)


async def test_the_orders_of_these_tests_stand_as_their_words_say(house):
    stages = {stands: (await order_that(house, stands)).stage for stands in STANDS}
    assert stages == {
        "card": Stage.VALIDATED,
        "withdrawn": Stage.CANCELLED,
        "refused": Stage.REFUSED,
        "working": Stage.WORKING,
        "cancelled": Stage.CANCELLED,
        "filled": Stage.FILLED,
    }


@pytest.mark.parametrize("text", [*CHANGES, *OTHERS, *FURTHER])
@pytest.mark.parametrize("stands", ["card", "withdrawn", "refused", "cancelled"])
async def test_an_order_that_is_nowhere_is_written_anew_with_what_is_said(house, stands, text):
    order, said = await answered(house, stands, text)
    assert isinstance(said, Answered)
    assert said.notice == ""
    command = Language.parse(said.line, as_of=FRIDAY)
    assert isinstance(command, PlaceOrder)
    assert (command == Language.parse(order.asked.text, as_of=FRIDAY)) is (text == "again")


@pytest.mark.parametrize("text", CHANGES)
async def test_an_order_at_work_is_replaced_and_never_doubled(house, text):
    order, said = await answered(house, "working", text)
    assert isinstance(said, Answered)
    command = Language.parse(said.line, as_of=FRIDAY)
    assert isinstance(command, ReplaceOrder)
    assert (command.order, command.quantity) == (order.reference, None)


@pytest.mark.parametrize("text", OTHERS)
async def test_what_cannot_change_of_an_order_at_work_says_what_to_write(house, text):
    order, said = await answered(house, "working", text)
    assert isinstance(said, str)
    assert said.startswith(f"Order {order.reference} is working: ")
    cancel, anew = (part for part in said.split("'")[1::2])
    assert cancel == f"cancel {order.reference}"
    assert Language.complete(anew, answering=order.asked.text, as_of=FRIDAY)


@pytest.mark.parametrize("text", [*CHANGES, *OTHERS])
async def test_nothing_of_a_filled_order_changes_and_what_to_write_is_said(house, text):
    order, said = await answered(house, "filled", text)
    assert isinstance(said, str)
    assert said.startswith(f"Order {order.reference} is filled: nothing of it can change.")
    (anew,) = (part for part in said.split("'")[1::2])
    assert Language.complete(anew, answering=order.asked.text, as_of=FRIDAY)


@pytest.mark.parametrize("text", FURTHER)
@pytest.mark.parametrize("stands", ["working", "filled"])
async def test_another_order_beside_one_that_counts_says_so(house, stands, text):
    order, said = await answered(house, stands, text)
    assert isinstance(said, Answered)
    assert said.notice == f"This is another order: order {order.reference} stays as it is."
    assert isinstance(Language.parse(said.line, as_of=FRIDAY), PlaceOrder)


@pytest.mark.parametrize("text", OPPOSITES)
async def test_what_was_filled_is_closed_or_rolled(house, text):
    _, said = await answered(house, "filled", text)
    assert isinstance(said, Answered)
    assert said.line.startswith("sell to close 10 SPY 450 call Fri Dec 18 2026")


@pytest.mark.parametrize("text", OPPOSITES)
@pytest.mark.parametrize("stands", [each for each in STANDS if each != "filled"])
async def test_what_was_not_filled_is_not_closed(house, stands, text):
    _, said = await answered(house, stands, text)
    assert isinstance(said, str)
    assert "filled" in said


@pytest.mark.parametrize("stands", STANDS)
async def test_cancel_it_names_the_order(house, stands):
    order, said = await answered(house, stands, "cancel it")
    assert said == Answered(f"cancel {order.reference}")


async def test_of_an_order_that_was_filled_in_part_no_more_is_closed_than_was_filled(house):
    order = await order_that(house, "filled")
    (fill,) = [each for each in order.fills if each.venue is Venue.PRODUCTION]
    part = _Part(order, fill.quantity - 4)
    made, _ = AnsweredOrder(Language(), order.asked.text, order.reference, part).answered("close it", FRIDAY)
    assert made.line.startswith("sell to close 6 SPY 450 call")


class _Part:
    """A cancelled order of which a part was filled."""

    stage, is_on_its_way = Stage.CANCELLED, True

    def __init__(self, order: Order, filled: int) -> None:
        self.legs, self._filled = order.legs, filled

    def filled(self, _venue: Venue) -> int:
        return self._filled


# ---- in a conversation


async def test_the_last_order_is_referred_to_after_other_commands_and_a_bare_part_is_not(house):
    order = await order_that(house, "working")
    async with house.desk() as desk:
        talk = Conversation(Language(), desk.lookup)
        command = Language.parse(order.asked.text, as_of=FRIDAY)
        talk = talk.after(HeardLine(order.asked.text), Reply(command, orders=(order,)), FRIDAY, ())
        assert talk.hear("@ 1.25", FRIDAY).line == f"replace {order.reference} @ 1.25"
        assert talk.hear("5", FRIDAY) == HeardLine("5")
        talk = talk.after(HeardLine("orders"), Reply(ListOrders()), FRIDAY, ())
        assert talk.hear("make it 1.25", FRIDAY).line == f"replace {order.reference} @ 1.25"
        assert talk.hear("again", FRIDAY).notice
        assert talk.hear("@ 1.25", FRIDAY) == HeardLine("@ 1.25")
        later = FRIDAY + PATIENCE * 2
        assert talk.hear("again", later).refused is not None


@pytest.mark.parametrize(
    ("between", "text", "start"),
    [
        ("trim SPY", "close it", "sell to close 10 SPY"),
        ("buy SPY calls", "roll it to 1/15", "sell to close 10 SPY"),
        ("did I get filled?", "same but 455", "buy to open 10 SPY 455C"),
        ("did I get filled?", "double it", "buy to open 20 SPY 450C"),
        ("did I get filled?", "close it", "sell to close 10 SPY"),
    ],
)
async def test_a_question_that_is_no_order_does_not_hide_the_last_one(house, between, text, start):
    order = await order_that(house, "filled")
    async with house.desk() as desk:
        talk = Conversation(Language(), desk.lookup)
        command = Language.parse(order.asked.text, as_of=FRIDAY)
        talk = talk.after(HeardLine(order.asked.text), Reply(command, orders=(order,)), FRIDAY, ())
        with pytest.raises(NotUnderstood) as no:
            Language.parse(between, as_of=FRIDAY)
        talk = talk.after(HeardLine(between), Reply(error=no.value), FRIDAY, no.value.suggestions)
        assert talk.hear(text, FRIDAY).line.startswith(start)


async def test_what_replaced_an_order_is_the_last_one_with_words_of_its_own(house):
    old = await order_that(house, "working")
    async with house.desk() as desk:
        line = f"replace {old.reference} @ 0.10"
        reply = await house.until(desk.ask(house.message(line)))
        new = reply.orders[0]
        talk = Conversation(Language(), desk.lookup).after(HeardLine(line), reply, FRIDAY, ())
        assert talk.hear("make it gtc", FRIDAY).line == f"replace {new.reference} gtc"
        assert Language.parse(talk.hear("again", FRIDAY).line, as_of=FRIDAY).price == new.ticket.price


@pytest.mark.parametrize("text", ["again", "double it", "close it", "same but 455", "make it 1.25"])
def test_without_an_order_before_it_nothing_is_asked_of_the_desk(text):
    said = Conversation(Language()).hear(text, FRIDAY)
    assert said.refused is not None
    assert said.refused.message.startswith("There is no order")


@pytest.mark.parametrize("text", ["again?", "lol double it", "same", "nice", "same here"])
def test_talk_is_talk(text):
    assert Conversation(Language()).hear(text, FRIDAY) == HeardLine(text)
