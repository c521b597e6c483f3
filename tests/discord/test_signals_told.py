"""Who is told of what a rule does: its trader directly, the operators in their channel, the approvers in theirs."""

import pytest
from attrs import evolve

from tastyflow.domain.signal_rule import RuleMode
from tastyflow_adapters.config.discord_choices import Level, NoticeKind
from tests.application.kit import DeskUnderTest
from tests.application.signalling_kit import LINE, NAME, acted, rule, set_to, tight, with_robot
from tests.discord.answers_kit import APPROVALS, HERE, overseen, text_of
from tests.discord.telling_kit import linked, telling

pytestmark = pytest.mark.anyio


@pytest.fixture
async def robots(house: DeskUnderTest) -> DeskUnderTest:
    return await with_robot(house)


async def test_the_operators_are_told_who_moved_a_rule_and_what_became_of_its_order(robots):
    async with overseen(robots) as there:
        await there.look()
        await set_to(robots, there.desk, rule(), RuleMode.AUTO)
        await acted(robots, there.desk, rule())
        await there.look()
        await there.look()
        told = there.reports()
    pages = [each.page for each in told]
    titles = [page.title for page in pages]
    assert titles[:2] == [f"ann set the rule {NAME} to {mode}" for mode in ("approve", "auto")]
    assert titles[2].startswith(f"The rule {NAME} asks for order ")
    assert titles[3].endswith(f"of the rule {NAME} is filled")
    assert len(titles) == 4
    assert "spot crossed the flip upwards" in text_of(pages[2])
    assert all(each.is_silent for each in told)


async def test_a_refusal_at_once_is_told_once(house):
    await with_robot(house, limits=tight(max_contracts=1))
    which = rule(line=LINE.replace("1 SPY", "2 SPY"))
    async with overseen(house) as there:
        await set_to(house, there.desk, which, RuleMode.AUTO)
        await there.look()
        assert there.reports()
        await acted(house, there.desk, which)
        await there.look()
        told = [each.page.title for each in there.reports()]
    assert told == [f"A signal of the rule {NAME} became no order"]


async def test_the_level_is_chosen(robots):
    here = evolve(HERE, notices={NoticeKind.SIGNAL: Level.OFF})
    async with overseen(robots, here=here) as there:
        await there.look()
        await set_to(robots, there.desk, rule(), RuleMode.APPROVE)
        await there.look()
        assert there.reports() == []


async def test_an_approver_sees_which_rule_asks_and_why(robots):
    async with overseen(robots) as there:
        await there.look()
        await set_to(robots, there.desk, rule(), RuleMode.APPROVE)
        await acted(robots, there.desk, rule())
        await there.look()
        (message,) = there.chat.shown(APPROVALS)
        waiting = there.text(message)
    assert f"the rule {NAME}, acting as robot" in waiting
    assert "spot crossed the flip upwards" in waiting
    assert "a person must approve" in waiting


async def test_its_trader_is_told_directly_where_they_are_in_the_chat(robots):
    await linked(robots, "robot")
    async with telling(robots) as there:
        await set_to(robots, there.desk, rule(), RuleMode.AUTO)
        await acted(robots, there.desk, rule())
        await there.settled()
        told = [posted.page.title or text_of(posted.page) for posted in there.chat.told()]
    assert len(told) == 1
    assert "filled" in told[0].lower()


async def test_a_trader_who_is_in_no_chat_is_told_nothing_and_nothing_breaks(robots):
    async with telling(robots) as there:
        await set_to(robots, there.desk, rule(), RuleMode.AUTO)
        await acted(robots, there.desk, rule())
        await there.settled()
        assert there.chat.shown() == []
        assert there.chat.told() == []
