"""Operators are told of halts, outages, the service and each trading day: once, in order, also over restarts."""

from datetime import time, timedelta

import pytest
from attrs import evolve

from tastyflow.application.incidents import close_incident, open_incident
from tastyflow.application.reconciling.head import head_of
from tastyflow.application.service.service import Ready
from tastyflow.application.service.supervision import PartState, ServicePart, Supervised
from tastyflow.domain.events import Because
from tastyflow.domain.incident import IncidentKind
from tastyflow_adapters.config.discord_choices import Level
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.overseeing.bulletin import MOST, Bulletin
from tastyflow_adapters.discord.page import Tone
from tastyflow_adapters.discord.rendering import render
from tests.application.kit import FRIDAY, ONE_CALL, DeskUnderTest, SkippingClock, turn
from tests.discord.answers_kit import HERE, Overseen, overseen, text_of

pytestmark = pytest.mark.anyio


def halt(by: str = "ann", reason: str = "fat finger"):
    return lambda switch, why: switch.stop(reducing=False, by=by, reason=reason, why=why)


def resume(by: str = "bob"):
    return lambda switch, why: switch.resume(by=by, reason="looked", why=why)


def titles(there: Overseen) -> list[str]:
    return [each.page.title for each in there.reports()]


async def outage(house: DeskUnderTest, *, over: bool = False) -> None:
    why = Because(actor="test", cause="t", command_id="t", at=house.clock.now())
    kind = IncidentKind.SANDBOX

    def decide(tx):
        if over:
            close_incident(tx, kind, "s", how="A rehearsal went its way.", why=why)
        else:
            open_incident(tx, kind, "s", message="The sandbox is away.", why=why)

    await house.until(house.ledger.change(decide))


async def test_a_halt_and_its_end_are_told_with_who_and_why_once_and_in_order(house):
    async with overseen(house) as there:
        await there.look()
        await turn(house, halt())
        await turn(house, resume())
        await there.look()
        await there.look()
        halted, resumed = there.reports()
        assert (halted.page.title, resumed.page.title) == ("Trading is halted", "Trading runs")
        assert "By ann" in text_of(halted.page)
        assert "fat finger" in text_of(halted.page)
        assert (halted.page.tone, resumed.page.tone) == (Tone.BAD, Tone.GOOD)
        assert not halted.is_silent


async def test_what_happened_while_no_bot_ran_is_told_afterwards_and_once(house):
    memory = MemoryFile.open(None)
    async with overseen(house, memory=memory) as there:
        await there.look()
    await turn(house, halt())
    async with overseen(house, memory=memory) as there:
        await there.look()
        assert titles(there) == ["Trading is halted"]
    async with overseen(house, memory=memory) as there:
        await there.look()
        assert titles(there) == []


async def test_the_first_start_of_the_bot_tells_nothing_of_the_past(house):
    await turn(house, halt())
    async with overseen(house) as there:
        await there.look()
        assert titles(there) == []


async def test_an_outage_is_an_incident_and_its_end_is_told(house):
    async with overseen(house) as there:
        await there.look()
        await outage(house)
        await there.look()
        await outage(house, over=True)
        await there.look()
        assert titles(there) == ["The sandbox is there again"]
        (message,) = there.chat.shown(HERE.operators_channel)
        assert message.page.tone is Tone.GOOD


async def test_levels_silence_a_kind_or_end_it(house):
    here = evolve(HERE, notices={"halt": Level.SILENT, "outage": Level.OFF})
    async with overseen(house, here=here) as there:
        await there.look()
        await turn(house, halt())
        await outage(house)
        await outage(house, over=True)
        await there.look()
        assert [(each.page.title, each.is_silent) for each in there.reports()] == [("Trading is halted", True)]


# The service


def died(deaths: int, trouble: str = "StoreFailure") -> Supervised:
    async def run(_may_act):
        return None

    return Supervised(ServicePart("timers", run), PartState.PAUSING, FRIDAY, deaths, trouble)


async def test_the_service_says_that_it_works_stops_or_lost_a_part(house):
    async with overseen(house) as there:
        there.ties.bulletin.ready(Ready(0.8, 1))
        there.ties.bulletin.died(died(1))
        there.ties.bulletin.stopping()
        await there.look()
        works, part, stops = there.reports()
        assert "Ready in 0.8 s, 1 open order." in text_of(works.page)
        assert "'timers'" in part.page.title
        assert part.page.tone is Tone.WARNING
        assert stops.page.title == "The service is stopping"
        await there.look()
        assert titles(there) == []


def test_a_part_that_dies_on_and_on_is_told_of_ever_more_rarely():
    bulletin = Bulletin(SkippingClock())
    told = []
    for deaths in range(1, 200):
        bulletin.died(died(deaths))
        if (line := bulletin.first) is not None:
            told.append(deaths)
            bulletin.told(line)
    assert told == [1, 5, 25, 125]


def test_a_service_that_stood_by_says_that_it_has_taken_over_and_one_that_was_replaced_says_nothing():
    bulletin = Bulletin(SkippingClock())
    bulletin.standing_by()
    bulletin.ready(Ready(1.0, 3))
    assert bulletin.first is not None
    assert bulletin.first.title == "This service has taken over"
    bulletin.lost()
    assert bulletin.first is None


def test_what_nothing_takes_is_bounded():
    bulletin = Bulletin(SkippingClock())
    for _ in range(3 * MOST):
        bulletin.stopping()
    count = 0
    while (line := bulletin.first) is not None:
        bulletin.told(line)
        count += 1
    assert count == MOST


# The digest


async def test_the_digest_is_told_once_a_day_whatever_restarts(house):
    memory, here = MemoryFile.open(None), evolve(HERE, digest_at=time(16, 30))
    await house.once(ONE_CALL)
    told = []
    for _ in range(5 * 24):
        async with overseen(house, memory=memory, here=here) as there:
            await there.look()
            told += titles(there)
        house.clock.jump(3600)
    assert told == [
        "Digest of Friday, November 20 2026",
        "Digest of Monday, November 23 2026",
        "Digest of Tuesday, November 24 2026",
    ]


async def test_a_digest_says_what_happened_what_is_open_and_the_head_of_the_log(house):
    await house.once(ONE_CALL)
    await house.once("buy nothing at all of SPY", user="a stranger")
    await outage(house)
    house.clock.jump(timedelta(hours=7).total_seconds())
    async with overseen(house) as there:
        await there.look()
        (report,) = there.reports()
        text = text_of(report.page)
        assert "1 filled; 1 fill of 1 contract or share" in text
        assert "The sandbox is away." in text
        assert "1 incident opened, or seen again" in text
        assert f"event {house.ledger.end():,}" in text
        shown = "\n".join(field.value for field in render(report.page).card.fields)
        assert head_of(house.ledger).last in shown.replace(" ", ""), "it is no secret"
        assert report.page.tone is Tone.WARNING
        assert report.is_silent


async def test_a_digest_says_first_that_trading_is_halted(house):
    await turn(house, halt())
    house.clock.jump(timedelta(hours=7).total_seconds())
    async with overseen(house) as there:
        await there.look()
        (report,) = there.reports()
        (row,) = [each for each in report.page.rows if each.is_strong]
        assert "Trading is halted" in row.lines[0]
        assert "halted or resumed once" in text_of(report.page)


async def test_a_log_that_began_after_the_hour_has_no_digest_and_never_means_never(house):
    async with overseen(house, here=evolve(HERE, digest_at=time(9, 0))) as there:
        await there.look()
        assert titles(there) == []
    house.clock.jump(7 * 86_400)
    async with overseen(house, here=evolve(HERE, digest_at=None)) as there:
        await there.look()
        assert titles(there) == []
