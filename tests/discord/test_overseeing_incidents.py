"""The operators' channel shows each open incident, again until a person looks, and is kept in step with the log."""

import asyncio

import pytest
from attrs import evolve
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tastyflow.application.incidents import open_incident
from tastyflow.application.incidents.alarming import Alarms
from tastyflow.application.incidents.handling import open_incidents
from tastyflow.application.incidents.unrecorded import Unrecorded
from tastyflow.domain.events import Because
from tastyflow.domain.incident import Incident, IncidentKind, IncidentState, OperatorsTold
from tastyflow.domain.policy import Policy
from tastyflow.errors import StoreFailure
from tastyflow_adapters.config.discord_choices import Level
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.memory.posts import KEPT, PostRow, PostRows
from tastyflow_adapters.discord.overseeing.incident_posts import MOST, has_place
from tastyflow_adapters.discord.page import Act, Tone
from tastyflow_adapters.discord.telling.posting import PageRefused
from tests.application.kit import DeskUnderTest, log
from tests.discord.answers_kit import HERE, OPERATORS, Overseen, overseen

pytestmark = pytest.mark.anyio

WAITS_S = Policy().operators_waits_s


@pytest.fixture
async def house():
    house = DeskUnderTest.make()
    yield house
    house.ledger.close()


def why(house: DeskUnderTest) -> Because:
    return Because(actor="test", cause="t", command_id="t", at=house.clock.now(), mark=house.clock.mark())


async def see(house: DeskUnderTest, subject: str = "s", message: str = "It is wrong.") -> None:
    await house.until(
        house.ledger.change(lambda tx: open_incident(tx, IncidentKind.CLOCK, subject, message=message, why=why(house)))
    )


async def step(house: DeskUnderTest, subject: str, verb) -> None:
    incident = Incident.id_of(IncidentKind.CLOCK, subject)
    await house.until(house.ledger.change(lambda tx: tx.record(verb(tx.require(Incident, incident)))))


async def acknowledge(house: DeskUnderTest, subject: str = "s") -> None:
    await step(house, subject, lambda known: known.acknowledge(by="ann", why=why(house)))


async def close(house: DeskUnderTest, subject: str = "s") -> None:
    await step(house, subject, lambda known: known.close(by="ann", how="The clock was set.", why=why(house)))


def alarms(there: Overseen, unrecorded: Unrecorded | None = None) -> Alarms:
    house = there.house
    return Alarms(house.ledger, house.clock, (there.ties.operators,), WAITS_S, unrecorded)


async def test_it_is_posted_once_whoever_is_first_and_again_after_growing_pauses_until_a_person_looks(house):
    async with overseen(house) as there:
        telling = alarms(there)
        await see(house)
        await there.look()
        await house.until(telling.tell_due())
        await there.look()
        (first,) = there.chat.shown(OPERATORS)
        assert not first.is_silent
        assert "told once; no person looks" in there.text(first)
        assert len(first.pages) == 1, "the same telling is the same message, and no edit"
        house.clock.jump(WAITS_S[0] + 1)
        await house.until(telling.tell_due())
        first, second = there.chat.shown(OPERATORS)
        assert "Told again below." in there.text(first)
        assert first.page.buttons == ()
        assert "told 2 times" in there.text(second)
        await acknowledge(house)
        await there.look()
        assert "ann looks at it" in there.text(second)
        assert Act.ACKNOWLEDGE not in [button.act for button in second.page.buttons]
        house.clock.jump(86_400)
        await house.until(telling.tell_due())
        await close(house)
        await there.look()
        first, second = there.chat.shown(OPERATORS)
        assert second.page.tone is Tone.GOOD
        assert "closed by ann" in there.text(second)
        assert second.page.buttons == ()


async def test_the_log_keeps_whether_discord_took_it_and_what_it_did_not_take_is_posted_later(house):
    async with overseen(house) as there:
        there.chat.is_away = True
        await see(house)
        await house.until(alarms(there).tell_due())
        await there.look()
        told = [event for event in log(house.ledger) if isinstance(event, OperatorsTold)]
        assert [(each.channels, each.failed) for each in told] == [((), ("discord",))]
        there.chat.is_away = False
        house.clock.jump(60)
        await there.look()
        assert len(there.chat.shown(OPERATORS)) == 1
        await there.look()
        assert len(there.chat.shown(OPERATORS)) == 1


async def test_without_the_bot_discord_does_not_take_the_message(house):
    await see(house)
    async with overseen(house, is_running=False) as there:
        await house.until(alarms(there).tell_due())
    (told,) = [event for event in log(house.ledger) if isinstance(event, OperatorsTold)]
    assert told.failed == ("discord",)


async def test_a_killed_process_posts_it_no_second_time(house):
    memory = MemoryFile.open(None)
    async with overseen(house, memory=memory) as there:
        there.chat.loses_answers = 1
        await see(house)
        await there.look()
        chat = there.chat
    async with overseen(house, memory=memory, chat=chat) as again:
        await again.look()
        assert len(chat.shown(OPERATORS)) == 1
        await close(house)
        await again.look()
        assert "closed by ann" in again.text(chat.shown(OPERATORS)[0])


async def test_where_the_memory_is_lost_what_waits_is_shown_anew_and_what_is_looked_at_is_not(house):
    await see(house, "looked at")
    await acknowledge(house, "looked at")
    await see(house, "waits")
    async with overseen(house) as there:
        await there.look()
        assert len(there.chat.shown(OPERATORS)) == 1


async def test_a_deleted_message_is_followed_by_another_while_it_is_open_and_by_none_once_it_is_over(house):
    async with overseen(house) as there:
        await see(house)
        await there.look()
        there.chat.messages[0].is_deleted = True
        await acknowledge(house)
        await there.look()
        (second,) = there.chat.shown(OPERATORS)
        assert "ann looks at it" in there.text(second)
        second.is_deleted = True
        await close(house)
        await there.look()
        assert there.chat.shown(OPERATORS) == []


async def test_a_message_too_old_to_be_edited_is_followed_by_another_without_a_sound(house):
    async with overseen(house) as there:
        await see(house)
        await there.look()
        there.chat.too_old = True
        await close(house)
        await there.look()
        _, second = there.chat.shown(OPERATORS)
        assert second.is_silent
        assert "closed by ann" in there.text(second)


async def test_what_is_seen_again_is_a_message_of_its_own(house):
    async with overseen(house) as there:
        await see(house)
        await there.look()
        await close(house)
        await there.look()
        await see(house, message="It is wrong again.")
        await there.look()
        first, second = there.chat.shown(OPERATORS)
        assert "closed by ann" in there.text(first)
        assert "It is wrong again." in there.text(second)


async def test_of_many_at_once_only_the_first_have_a_message_of_their_own(house):
    async with overseen(house) as there:
        telling = alarms(there)
        for number in range(MOST + 5):
            await see(house, f"s{number}")
            house.clock.jump(1)
        await house.until(telling.tell_due())
        await there.look()
        messages = there.chat.shown(OPERATORS)
        assert len(messages) == MOST + 1
        assert "5 more incidents" in there.text(messages[-1])
        for number in range(MOST):
            await acknowledge(house, f"s{number}")
        await there.look()
        await there.look()
        assert len(there.chat.shown(OPERATORS)) == MOST + 1 + 5, "what is looked at makes room"


async def test_what_the_log_could_not_take_is_told_and_becomes_the_same_message_with_its_buttons(house):
    async with overseen(house) as there:
        incident_id = Incident.id_of(IncidentKind.CLOCK, "s")
        unwritten = IncidentState(incident_id, 0, IncidentKind.CLOCK, "s", "Do not order again.", house.clock.now())
        await house.until(there.ties.operators.tell([unwritten]))
        (message,) = there.chat.shown(OPERATORS)
        assert message.page.buttons == ()
        await see(house, message="Do not order again.")
        await there.look()
        assert there.chat.shown(OPERATORS) == [message]
        assert message.page.buttons != ()


async def test_a_log_that_cannot_be_read_keeps_no_incident_from_being_told(house, monkeypatch):
    async with overseen(house) as there:
        incident_id, now = Incident.id_of(IncidentKind.STORE, "s"), house.clock.now()
        unwritten = IncidentState(incident_id, 0, IncidentKind.STORE, "s", "Full.", now)

        def full(*_a, **_k):
            raise StoreFailure("The disk is full.")

        monkeypatch.setattr(house.ledger, "bookmark", full)
        await house.until(there.ties.operators.tell([unwritten]))
        assert len(there.chat.shown(OPERATORS)) == 1


async def test_a_page_that_discord_refuses_holds_up_no_other_incident(house):
    async with overseen(house) as there:
        there.chat.refused = lambda page: "It cannot be shown." in page.lines
        for number in range(3):
            await see(house, f"s{number}", "It cannot be shown." if number == 0 else f"Thing {number}.")
            house.clock.jump(1)
        with pytest.raises(PageRefused):
            await house.until(there.ties.operators.tell(open_incidents(house.ledger)))
        assert sorted(message.page.lines[0] for message in there.chat.shown(OPERATORS)) == ["Thing 1.", "Thing 2."]


def test_of_posts_that_are_over_only_some_are_remembered_and_every_open_one():
    rows = PostRows(MemoryFile.open(None))
    for number in range(3 * KEPT):
        post = {"epoch": "e", "telling": 0, "generation": 0, "channel": "7", "version": 1, "looks": ""}
        is_over = number % 2 == 1
        rows.keep(PostRow(subject=f"incident:{number:04}", message=str(number), is_over=is_over, **post))
    assert len(rows.open_ones("incident")) == 3 * KEPT / 2
    over = [number for number in range(1, 3 * KEPT, 2) if rows.find(f"incident:{number:04}")]
    assert over == list(range(KEPT + 1, 3 * KEPT, 2))


async def test_incidents_are_silent_or_off_where_the_settings_say_so(house):
    await see(house)
    async with overseen(house, here=evolve(HERE, notices={"incident": Level.SILENT})) as there:
        await there.look()
        assert [each.is_silent for each in there.chat.shown(OPERATORS)] == [True]
    off = evolve(HERE, notices={"incident": Level.OFF})
    assert not has_place(off)
    async with overseen(house, here=off) as there:
        await there.look()
        assert there.chat.shown(OPERATORS) == []


STEPS = ["lose", "see", "other", "ack", "close", "tell", "look", "away", "back", "restart", "wait", "delete"]


@given(st.lists(st.sampled_from(STEPS), max_size=30))
@example(["see", "look", "other", "close"])
@settings(max_examples=60, deadline=None)
def test_whatever_happens_the_newest_message_shows_the_incident_as_it_is(steps):
    async def play():
        house, memory, chat = DeskUnderTest.make(), MemoryFile.open(None), None
        remaining = iter(steps)
        is_more = True
        while is_more:
            is_more = False
            async with overseen(house, memory=memory, chat=chat) as there:
                chat, telling = there.chat, alarms(there)
                for number, each in enumerate(remaining):
                    if each == "restart":
                        is_more = True
                        break
                    await _happens(each, number, there, telling)
                if not is_more:
                    chat.is_away, chat.loses_answers = False, 0
                    house.clock.jump(3600)
                    await there.look()
                    _require_in_step(there)
        house.ledger.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.discord.telling_kit.NONCE_S", float("inf"))  # what is found out later is found out twice
        asyncio.run(play())


async def _happens(each: str, number: int, there: Overseen, telling: Alarms) -> None:
    house = there.house
    incident = house.ledger.read(Incident, Incident.id_of(IncidentKind.CLOCK, "s"))
    is_open = incident is not None and incident.is_open
    if each in {"see", "other"}:
        await see(house, message="It is wrong." if each == "see" else f"Other {number}.")
    elif each == "ack" and is_open:
        await acknowledge(house)
    elif each == "close" and is_open:
        await close(house)
    elif each == "tell":
        await house.until(telling.tell_due())
    elif each == "look":
        await there.look()
    elif each == "lose":
        there.chat.loses_answers = 1
    elif each in {"away", "back"}:
        there.chat.is_away = each == "away"
    elif each == "wait":
        house.clock.jump(1801)
    elif each == "delete" and there.chat.messages:
        there.chat.messages[-1].is_deleted = True


def _require_in_step(there: Overseen) -> None:
    incident = there.house.ledger.read(Incident, Incident.id_of(IncidentKind.CLOCK, "s"))
    messages = [each for each in there.chat.messages if each.channel == OPERATORS]
    live = [each for each in messages if not each.is_deleted and each.page.buttons]
    if incident is None:
        assert messages == []
        return
    assert len(live) <= 1, "one message at most has buttons"
    if incident.is_open and not incident.acknowledged_by and not (messages and messages[-1].is_deleted):
        (newest,) = live
        assert incident.message in there.text(newest)
        assert Act.ACKNOWLEDGE in [button.act for button in newest.page.buttons]
    if not incident.is_open:
        assert live == []
