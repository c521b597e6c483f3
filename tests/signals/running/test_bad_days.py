"""Bad days of the service: at most one order for one moment, whatever becomes of the process, the log or the lease."""

import asyncio

import pytest
from running_kit import AtWork, rule_of, rule_text

from tastyflow.domain.signal import SignalStage
from tastyflow.domain.signal_rule import OffCode, RuleMode
from tastyflow.errors import StoreFailure
from tastyflow_adapters.signals.running.acting import ActsInTasks, Fired
from tests.application.signalling_kit import figures, link

pytestmark = pytest.mark.anyio
OFF, SHADOW, APPROVE, AUTO = RuleMode


async def armed(at_work: AtWork, *names: str, mode: RuleMode = AUTO):
    """Rules that were seen unmet, in *mode*."""
    for name in names or ("flip",):
        at_work.write(rule_text(name), f"{name}.toml")
    await at_work.pass_s(4)
    for name in names or ("flip",):
        await at_work.set_to(mode, name)
    await at_work.see(spot=449)


async def test_two_services_that_both_see_it_raise_one_signal_and_place_one_order(at_work, house):
    async with at_work.running():
        await armed(at_work)
        other = AtWork(house, at_work.folder, desk=at_work.desk)
        async with other.part(at_work.desk):
            await other.pass_s(4)
            both = at_work.watches + other.watches
            assert len(both) == 2
            for spot in (449, 451):
                seen = at_work.figures(spot=spot)
                for watch in both:
                    watch.said.put_nowait(seen)
                await at_work.pass_s(20)
        assert len(at_work.signals()) == 1
    assert len(house.books()[1]) == 1


async def test_a_signal_whose_process_ended_before_its_order_is_gone_on_from_while_it_counts(at_work, house):
    async with house.desk() as desk:
        at_work.desk = desk
        at_work.write(rule_text())
        rule = rule_of(rule_text(), house.clock.now())
        await house.until(desk.signalling.load(rule))
        await at_work.set_to(AUTO)
        raised = await house.until(
            desk.signalling.raise_signal(
                rule, figures(house.clock.now()), ("met",), "buy 1 SPY 460 call exp Dec 18 2026"
            )
        )
        assert raised is not None
    async with at_work.running():
        await at_work.pass_s(30)
        (signal,) = at_work.signals()
        assert (signal.id, signal.stage) == (raised.id, SignalStage.ACTED)
        assert at_work.says("left open by a process that ended, acted")
    assert len(house.books()[1]) == 1


async def test_a_signal_whose_process_ended_expires_where_its_time_is_over(at_work, house):
    async with house.desk() as desk:
        at_work.desk = desk
        rule = rule_of(rule_text(), house.clock.now())
        at_work.write(rule_text())
        await house.until(desk.signalling.load(rule))
        await at_work.set_to(AUTO)
        await house.until(
            desk.signalling.raise_signal(
                rule, figures(house.clock.now()), ("met",), "buy 1 SPY 460 call exp Dec 18 2026"
            )
        )
    house.clock.jump(120)
    async with at_work.running():
        await at_work.pass_s(10)
        (signal,) = at_work.signals()
        assert signal.stage is SignalStage.EXPIRED
    assert house.books() == ([], [])


async def test_after_a_restart_a_trigger_must_be_seen_unmet_again(at_work):
    async with at_work.running():
        await armed(at_work)
    async with at_work.running():
        await at_work.pass_s(4)
        await at_work.sees_for(5, spot=451)
        assert at_work.signals() == ()
        await at_work.see(spot=449)
        await at_work.see(spot=451)
        assert len(at_work.signals()) == 1


async def test_while_the_lease_is_in_doubt_nothing_is_raised(at_work, house):
    async with at_work.running():
        await armed(at_work)
        at_work.may_act = False
        await at_work.sees_for(5, spot=451)
        assert at_work.signals() == ()
    assert house.books() == ([], [])


async def test_a_service_that_stops_raises_nothing_more(at_work, house):
    async with at_work.running():
        await armed(at_work)
        assert at_work.desk is not None
        at_work.desk.is_draining = True
        await at_work.sees_for(5, spot=451)
        assert at_work.signals() == ()
    assert house.books() == ([], [])


async def test_a_slow_order_holds_up_no_other_rule(at_work, house, monkeypatch):
    await link(house, "other")
    async with at_work.running():
        await armed(at_work, "flip", "other", mode=APPROVE)
        assert at_work.desk is not None
        act, waits = at_work.desk.signalling.act, asyncio.Event()

        async def slow(signal):
            if signal.rule == "flip":
                await waits.wait()
            return await act(signal)

        monkeypatch.setattr(at_work.desk.signalling, "act", slow)
        await at_work.see(spot=451)
        await at_work.pass_s(10)
        assert at_work.signals("flip")[0].is_open
        assert at_work.signals("other")[0].stage is SignalStage.ACTED
        waits.set()
        await at_work.pass_s(1)


async def test_a_rule_that_fires_while_its_last_signal_is_in_hand_asks_for_nothing_more(house, at_work):
    rule = rule_of(rule_text(), house.clock.now())
    waits, raised = asyncio.Event(), []

    class Slow:
        async def raise_signal(self, rule, figures, reasons, line, *, source="figures", source_id=""):
            raised.append(figures.at)
            await waits.wait()

        async def act(self, signal):
            raise AssertionError("nothing was raised")

    acting = ActsInTasks(Slow(), lambda *_: _line(), house.clock, may_act=lambda: True, say=at_work.lines.append)
    fired = Fired(rule=rule, figures=figures(house.clock.now()), reasons=("met",))
    assert acting.hand_over(fired)
    await at_work.pass_s(0.1)
    assert not acting.hand_over(fired)
    assert at_work.says("fired again while its last signal is in hand")
    waits.set()
    await at_work.pass_s(0.1)
    assert acting.in_hand == frozenset()
    assert len(raised) == 1
    await acting.close()


async def _line():
    return "buy 1 SPY 460 call exp Dec 18 2026"


async def test_while_the_log_takes_nothing_it_is_tried_again_and_is_one_signal(at_work, house, monkeypatch):
    async with at_work.running():
        await armed(at_work)
        assert at_work.desk is not None
        raises, tries = at_work.desk.signalling.raise_signal, []

        async def fails_twice(*args, **kwargs):
            tries.append(house.clock.now())
            if len(tries) < 3:
                raise StoreFailure("The disk is full.", code="store_full")
            return await raises(*args, **kwargs)

        monkeypatch.setattr(at_work.desk.signalling, "raise_signal", fails_twice)
        await at_work.see(spot=451)
        await at_work.pass_s(10)
        assert len(tries) == 3
        assert len(at_work.signals()) == 1
    assert len(house.books()[1]) == 1


async def test_a_log_that_takes_nothing_until_the_signal_would_have_expired_is_told(at_work, house, monkeypatch):
    async with at_work.running():
        await armed(at_work)
        assert at_work.desk is not None

        async def fails(*_args, **_kwargs):
            raise StoreFailure("The disk is full.", code="store_full")

        monkeypatch.setattr(at_work.desk.signalling, "raise_signal", fails)
        await at_work.see(spot=451)
        await at_work.pass_s(70)
        assert at_work.says("fired, and no signal was raised: The disk is full.")
    assert house.books() == ([], [])


async def test_a_chain_that_is_still_being_told_turns_no_rule_off_and_fires_nothing(at_work):
    async with at_work.running():
        await armed(at_work)
        await at_work.see(spot=449, coverage=0.0)  # the feed began anew
        for told, spot in enumerate([449, 451, 449, 451, 449, 451]):
            await at_work.see(spot=spot, coverage=0.1 + told / 10)
        assert (at_work.signals(), at_work.standing().mode) == ((), AUTO)
        await at_work.sees_for(5, spot=449, coverage=0.6)  # that is all there is
        await at_work.see(spot=451, coverage=0.6)
        await at_work.pass_s(1)
        assert (at_work.standing().mode, at_work.standing().off_code) == (OFF, OffCode.COVERAGE)


async def test_a_rule_that_should_be_off_fires_nothing_until_the_log_takes_it(at_work, house, monkeypatch):
    async with at_work.running():
        await armed(at_work)
        assert at_work.desk is not None
        turns_off = at_work.desk.signalling.turn_itself_off

        async def fails(*_args, **_kwargs):
            raise StoreFailure("The disk is full.", code="store_full")

        monkeypatch.setattr(at_work.desk.signalling, "turn_itself_off", fails)
        await at_work.see(spot=451, coverage=0.5)  # it would have fired: once, and not again
        await at_work.see(spot=449)
        await at_work.see(spot=451)
        assert at_work.signals() == ()
        assert at_work.says("should be off, and that is tried again")
        monkeypatch.setattr(at_work.desk.signalling, "turn_itself_off", turns_off)
        await at_work.pass_s(2)
        assert (at_work.standing().mode, at_work.standing().off_code) == (OFF, OffCode.COVERAGE)
    assert house.books() == ([], [])


async def test_a_log_that_cannot_be_read_for_a_moment_loses_no_signal(at_work, monkeypatch):
    async with at_work.running():
        await armed(at_work)
        assert at_work.desk is not None

        def fails(*_args, **_kwargs):
            raise StoreFailure("The log is busy.", code="store_busy")

        monkeypatch.setattr(at_work.desk.signalling, "held_back", fails)
        await at_work.see(spot=451)
        assert len(at_work.signals()) == 1


async def test_what_raises_in_one_rule_hurts_no_other_one(at_work, monkeypatch):
    async with at_work.running():
        await armed(at_work, "flip", "other", mode=APPROVE)
        from tastyflow_adapters.signals.running.rule_run import RuleRun

        seen = RuleRun.seen

        def breaks(self, figures, now):
            if self.rule.name == "flip":
                raise ZeroDivisionError
            return seen(self, figures, now)

        monkeypatch.setattr(RuleRun, "seen", breaks)
        await at_work.see(spot=451)
        assert len(at_work.signals("other")) == 1


async def test_a_halt_turns_the_rule_off_and_its_trigger_raises_nothing(at_work, house):
    async with at_work.running():
        await armed(at_work)
        assert at_work.desk is not None
        await house.until(at_work.desk.halt(house.message("halt", user="hal"), "wrong feed"))
        await at_work.pass_s(2)
        await at_work.see(spot=451)
        assert at_work.signals() == ()
        assert at_work.standing().mode is OFF


async def test_an_order_of_a_signal_is_marked_some_minutes_later(at_work):
    async with at_work.running():
        await armed(at_work)
        await at_work.see(spot=451)
        await at_work.pass_s(310)
        (signal,) = at_work.signals()
        assert [mark.after_min for mark in signal.marks] == [5]
        assert signal.marks[0].bid is not None
