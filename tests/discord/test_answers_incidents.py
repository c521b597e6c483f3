"""Incidents are handled in a chat by linked traders who may, as the command line does it."""

import pytest

from tastyflow.application.incidents import open_incident
from tastyflow.application.incidents.choices import IncidentChoice, choices_of
from tastyflow.application.incidents.handling import open_incidents
from tastyflow.domain.events import Because
from tastyflow.domain.incident import Incident, IncidentKind
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader import Permission
from tastyflow.errors import IllegalStep, Refused
from tastyflow_adapters.discord.answers import incidents
from tastyflow_adapters.discord.answers.looking import completing
from tastyflow_adapters.discord.page import Act, ChatPage, Form, Tone
from tastyflow_adapters.discord.pages.incident import BUTTONS, ON_THE_HOST
from tastyflow_adapters.fake import FakeFaults, FaultyBroker
from tastyflow_adapters.fake.faults import REQUEST_LOST
from tests.application.kit import EVERYTHING, ONE_CALL, DeskUnderTest
from tests.discord.answers_kit import chat_of, labels, linked, pressed, request, text_of

pytestmark = pytest.mark.anyio

ADMINISTER = frozenset({Permission.ADMINISTER})


async def see(house: DeskUnderTest, kind: IncidentKind = IncidentKind.CLOCK, message: str = "It is wrong.") -> Incident:
    why = Because(actor="test", cause="t", command_id="t", at=house.clock.now())
    await house.until(
        house.ledger.change(lambda tx: open_incident(tx, kind, "s", message=message, hint="Look.", why=why))
    )
    return open_incidents(house.ledger)[-1]


async def in_doubt(house: DeskUnderTest, desk) -> Incident:
    """An order of which production never told what became."""
    order = await house.place(desk, ONE_CALL)
    assert order.stage is Stage.ESCALATED
    (incident,) = open_incidents(house.ledger)
    return incident


def test_everything_that_can_be_decided_has_a_button_or_says_where_it_is_decided():
    assert set(BUTTONS) | set(ON_THE_HOST) == set(IncidentChoice)
    assert not set(BUTTONS) & set(ON_THE_HOST)


async def test_an_operator_looks_at_it_and_closes_it_with_what_was_done(house):
    ann = await linked(house, "ann", ADMINISTER)
    async with house.desk() as desk:
        chat, incident = chat_of(desk), await see(house)
        page = await pressed(house, chat, ann, Act.INCIDENT, incident.id.hex)
        assert isinstance(page, ChatPage)
        assert page.tone is Tone.BAD
        assert labels(page) == ["I look at it", "Close …"]
        page = await pressed(house, chat, ann, Act.ACKNOWLEDGE, incident.id.hex)
        assert "ann looks at it" in text_of(page)
        assert labels(page) == ["Close …"]
        assert isinstance(await pressed(house, chat, ann, Act.CLOSE, incident.id.hex), Form)
        with pytest.raises(Refused) as no:
            await pressed(house, chat, ann, Act.CLOSE, incident.id.hex, fields={incidents.HOW: " "})
        assert no.value.code == "reason_needed"
        page = await pressed(house, chat, ann, Act.CLOSE, incident.id.hex, fields={incidents.HOW: "set\nthe clock"})
        assert "closed by ann" in text_of(page)
        assert "set the clock" in text_of(page)
        assert labels(page) == []
        assert open_incidents(house.ledger) == ()


async def test_who_may_not_handle_incidents_learns_nothing_and_changes_nothing(house):
    sam = await linked(house, "sam", EVERYTHING - ADMINISTER)
    async with house.desk() as desk:
        chat, incident = chat_of(desk), await see(house, message="A secret thing.")
        end = house.ledger.end()
        for act in (Act.INCIDENT, Act.ACKNOWLEDGE, Act.CLOSE, Act.RESUBMIT, Act.ABANDON, Act.ADOPT):
            with pytest.raises(Refused) as no:
                await pressed(house, chat, sam, act, incident.id.hex, fields={"how": "x", "number": "1"})
            assert no.value.code == "not_permitted"
            assert "secret" not in no.value.message
        with pytest.raises(Refused):
            await house.until(incidents.incidents(chat, request(house, sam)))
        assert house.ledger.end() == end


async def test_all_open_ones_are_listed_and_one_is_chosen(house):
    ann = await linked(house, "ann", ADMINISTER)
    async with house.desk() as desk:
        chat = chat_of(desk)
        assert "No incident is open." in text_of(await house.until(incidents.incidents(chat, request(house, ann))))
        for kind in (IncidentKind.CLOCK, IncidentKind.LOGIN):
            await see(house, kind)
        page = await house.until(incidents.incidents(chat, request(house, ann)))
        assert isinstance(page, ChatPage)
        assert page.menu is not None
        chosen = page.menu.choices[1].value
        one = await pressed(house, chat, ann, Act.INCIDENT, values=(chosen,))
        assert "login" in text_of(one)
        assert len(open_incidents(house.ledger)) == 2


async def test_open_incidents_are_offered_to_who_may_handle_them(house):
    ann, sam = await linked(house, "ann", ADMINISTER), await linked(house, "sam", EVERYTHING - ADMINISTER)
    async with house.desk() as desk:
        chat, incident = chat_of(desk), await see(house)
        offered = [await completing.open_incidents(chat, request(house, who), "wrong") for who in (ann, sam)]
        assert [[each.value for each in every] for every in offered] == [[incident.reference], []]


async def test_an_incident_that_is_closed_over_an_order_in_doubt_says_how_that_is_ended(house):
    ann = await linked(house, "ann", ADMINISTER)
    house.production = FaultyBroker(house.live, FakeFaults({"place": [REQUEST_LOST]}), house.clock)
    async with house.desk() as desk:
        chat, incident = chat_of(desk), await in_doubt(house, desk)
        page = await pressed(house, chat, ann, Act.CLOSE, incident.id.hex, fields={incidents.HOW: "Not there."})
        assert "Closing the incident did not end the order: its trader gives it up by /cancel" in text_of(page)


async def test_an_order_in_doubt_is_given_up_with_a_reason(house):
    ann = await linked(house, "ann", ADMINISTER)
    house.production = FaultyBroker(house.live, FakeFaults({"place": [REQUEST_LOST]}), house.clock)
    async with house.desk() as desk:
        chat, incident = chat_of(desk), await in_doubt(house, desk)
        page = await pressed(house, chat, ann, Act.INCIDENT, incident.id.hex)
        assert labels(page) == [
            "I look at it",
            "Send it again …",
            "Give it up …",
            "It is order N there …",
            "Close …",
            "Why",
        ]
        page = await pressed(house, chat, ann, Act.ABANDON, incident.id.hex, fields={incidents.REASON: "never mind"})
        assert "never mind" in text_of(page)
        assert incident.order is not None
        assert house.order(incident.order).stage is Stage.ABANDONED


async def test_an_order_in_doubt_is_sent_again_once_however_often_it_is_pressed(house):
    ann = await linked(house, "ann", ADMINISTER)
    house.production = FaultyBroker(house.live, FakeFaults({"place": [REQUEST_LOST]}), house.clock)
    async with house.desk() as desk:
        chat, incident = chat_of(desk), await in_doubt(house, desk)
        with pytest.raises(Refused) as no:
            await pressed(house, chat, ann, Act.ADOPT, incident.id.hex, fields={incidents.NUMBER: "4711; drop"})
        assert no.value.code == "not_there"
        house.clock.jump(desk.context.policy.settle_s + 60)
        page = await pressed(house, chat, ann, Act.RESUBMIT, incident.id.hex, fields={})
        assert isinstance(page, ChatPage)
        assert incident.order is not None
        for _ in range(2):
            with pytest.raises(IllegalStep):
                await pressed(house, chat, ann, Act.RESUBMIT, incident.id.hex, fields={})
        assert len(house.books()[1]) == 1
        assert house.order(incident.order).stage in {Stage.WORKING, Stage.FILLED}


async def test_what_is_closed_offers_nothing(house):
    incident = await see(house)
    closed = incident.evolved(incident.close(by="ann", how="Done.", why=_why(house)))
    assert choices_of(closed, None) == ()


def _why(house: DeskUnderTest) -> Because:
    return Because(actor="test", cause="t", command_id="t", at=house.clock.now())
