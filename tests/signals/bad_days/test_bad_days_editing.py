"""A rule edited while it runs: what a person allowed was allowed to the content that stood then, and to no other."""

import pytest

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.signal import SignalStage
from tastyflow.domain.signal_rule import RuleMode
from tests.signals.bad_days.watched_day import rule_text

pytestmark = pytest.mark.anyio
OFF, SHADOW, APPROVE, AUTO = RuleMode

READ_S = 8.0
"""By then the files were looked at."""


async def edited(day, text):
    day.write(text)
    await day.passes(READ_S)


async def test_a_higher_version_begins_in_shadow_and_sends_nothing(day):
    async with day.service() as desk:
        await edited(day, rule_text(version=2))
        assert (day.standing.rule_version, day.standing.mode) == (2, SHADOW)
        await day.passes(10)
        await day.crosses()
        (signal,) = day.signals(desk)
        assert (signal.rule_version, signal.stage) == (2, SignalStage.SHADOWED)
        assert day.sent() == []


async def test_an_edit_under_the_same_version_makes_the_rule_rest_until_the_old_content_is_back(day):
    before = day.file.read_text()
    async with day.service() as desk:
        await edited(day, before + "# another thought\n")
        assert "version" in day.shown.rests
        await day.crosses()
        assert day.signals(desk) == ()
        await edited(day, before)
        assert day.shown.rests == ""
        assert day.standing.mode is AUTO
        await day.passes(10)
        assert day.signals(desk) == ()  # what was crossed meanwhile was not seen
        await day.crosses()
        assert len(day.signals(desk)) == 1
        assert len(day.sent()) == 1


BROKEN = {
    "nothing": "",
    "half of it was written": rule_text()[:200],
}


@pytest.mark.parametrize("text", BROKEN.values(), ids=BROKEN)
async def test_a_file_that_holds_no_rule_makes_it_rest_until_it_does_again(day, text):
    before = day.file.read_text()
    async with day.service() as desk:
        await edited(day, text)
        assert day.status.rules == []
        assert day.status.complaints
        assert day.standing.mode is AUTO  # what was allowed is not forgotten
        await day.crosses()
        assert day.signals(desk) == ()
        await edited(day, before)
        await day.passes(10)
        await day.crosses()
        assert len(day.signals(desk)) == 1


async def test_two_files_with_one_name_make_it_rest(day):
    async with day.service() as desk:
        (day.folder / "copy.toml").write_text(day.file.read_text(), encoding="utf-8")
        await day.passes(READ_S)
        await day.crosses()
        assert day.signals(desk) == ()
        assert any("copy.toml" in each for each in day.status.complaints)


async def test_an_order_that_waits_for_a_person_is_withdrawn_when_its_rule_is_edited(day):
    async with day.service(APPROVE) as desk:
        await day.crosses()
        (signal,) = day.signals(desk)
        order = day.order_of(signal)
        assert order.waiting_until is not None
        await edited(day, rule_text(version=2))
        assert day.house.order(order.id).stage is Stage.CANCELLED
        assert day.house.trader("robot").reserved == {}
        assert day.sent() == []


async def test_a_rule_edited_between_rehearsal_and_claim_keeps_its_order_out_of_production(day):
    async with day.service() as desk:

        async def edits():  # by another process, which ends right after: it withdraws nothing
            day.write(rule_text(version=2))
            rule = day.rule
            await day.changed_elsewhere(lambda standing, why: standing.reload(rule, why=why))

        day.before_production(edits)
        await day.crosses()
        (signal,) = day.signals(desk)
        order = day.order_of(signal)
        assert day.standing.rule_version == 2
        assert order.stage is Stage.CANCELLED
        assert "changed" in order.message
        assert len(day.house.books()[0]) == 1
        assert day.sent() == []
