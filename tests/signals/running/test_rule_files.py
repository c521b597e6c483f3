"""Rule files while the service runs: new, edited, gone and wrong ones, each with its line for the operator."""

import pytest
from running_kit import rule_text

from tastyflow.domain.signal_rule import RuleMode

pytestmark = pytest.mark.anyio
OFF, SHADOW, APPROVE, AUTO = RuleMode


async def fires(at_work, name="flip"):
    """Whether the rule raises a signal where its trigger is met now."""
    before = len(at_work.signals(name))
    await at_work.sees_for(62, spot=449)
    await at_work.see(spot=451)
    return len(at_work.signals(name)) > before


async def test_a_file_that_is_edited_under_a_higher_version_begins_in_shadow_again(at_work):
    async with at_work.running():
        at_work.write(rule_text())
        await at_work.pass_s(4)
        await at_work.set_to(AUTO)
        at_work.write(rule_text(version=2, cool_down_min=2))
        await at_work.pass_s(4)
        assert (at_work.standing().mode, at_work.standing().rule_version) == (SHADOW, 2)
        assert at_work.says("the rule flip was edited: version 1 before, 2 now")
        assert await fires(at_work)
        assert at_work.signals()[0].rule_version == 2


async def test_a_file_that_is_edited_under_the_same_version_rests_until_it_is_mended(at_work):
    async with at_work.running():
        at_work.write(rule_text())
        await at_work.pass_s(4)
        await at_work.set_to(AUTO)
        at_work.write(rule_text(most_a_day=20))
        await at_work.pass_s(4)
        assert at_work.says("its version is still 1")
        assert not await fires(at_work)
        assert at_work.standing().mode is AUTO  # it was allowed to the content before
        assert "version is still 1" in at_work.status.rules[0].rests
        at_work.write(rule_text())
        await at_work.pass_s(4)
        assert await fires(at_work)


async def test_an_edited_rule_has_seen_nothing_of_what_its_old_content_saw(at_work):
    async with at_work.running():
        at_work.write(rule_text())
        await at_work.pass_s(4)
        await at_work.see(spot=449)  # the old content is armed
        at_work.write(rule_text(version=2))
        await at_work.pass_s(4)
        await at_work.see(spot=451)
        assert at_work.signals() == ()


async def test_a_rule_whose_file_is_gone_rests_and_comes_back_as_it_stood(at_work):
    async with at_work.running():
        at_work.write(rule_text())
        await at_work.pass_s(4)
        await at_work.set_to(AUTO)
        (at_work.folder / "rule.toml").unlink()
        await at_work.pass_s(4)
        assert at_work.says("no file holds it any more")
        assert at_work.watches == []
        at_work.write(rule_text())
        await at_work.pass_s(4)
        assert at_work.standing().mode is AUTO
        assert await fires(at_work)


async def test_a_wrong_file_is_told_line_by_line_and_touches_no_other_rule(at_work):
    async with at_work.running():
        at_work.write(rule_text())
        at_work.write(rule_text("other").replace("most_a_day = 5", "most_a_day = 0"), "other.toml")
        at_work.write("nonsense =", "nonsense.toml")
        await at_work.pass_s(4)
        assert at_work.says("other.toml, line")
        assert at_work.says("nonsense.toml")
        assert len(at_work.status.complaints) == 2
        assert await fires(at_work)
        at_work.write(rule_text("other"), "other.toml")
        (at_work.folder / "nonsense.toml").unlink()
        await at_work.pass_s(4)
        assert at_work.status.complaints == ()
        assert at_work.standing("other").mode is SHADOW


async def test_a_file_that_becomes_wrong_makes_its_rule_rest(at_work):
    async with at_work.running():
        at_work.write(rule_text())
        await at_work.pass_s(4)
        at_work.write(rule_text(version=2).replace("above = 450", "above ="))
        await at_work.pass_s(4)
        assert not await fires(at_work)
        assert at_work.says("the rule flip rests: no file holds it any more, or its file is wrong")


async def test_a_thousand_complaints_are_twenty_lines_and_their_number(at_work):
    async with at_work.running():
        for number in range(60):
            at_work.write("nonsense =", f"file-{number}.toml")
        before = len(at_work.lines)
        await at_work.pass_s(4)
        assert len(at_work.lines) - before == 21
        assert at_work.says("40 more complaints")


async def test_a_folder_in_which_nothing_happened_is_not_read_again(at_work, monkeypatch):
    async with at_work.running():
        at_work.write(rule_text())
        await at_work.pass_s(4)
        from tastyflow_adapters.signals.running import rule_files

        monkeypatch.setattr(rule_files, "load_rules", lambda *_: pytest.fail("it is read again"))
        await at_work.pass_s(20)
