"""The switch: what lets what leave, what is news, what must be said; whatever happens to it in whatever order."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.halt import Halt, Trading, TradingHalted, TradingReduced, TradingResumed
from tastyflow.errors import Refused
from tests.domain.makers import NOW, halted, why

RUNNING, REDUCING, HALTED = Trading.RUNNING, Trading.REDUCING, Trading.HALTED
AFTER = {RUNNING: Halt.never(), REDUCING: halted(reducing=True), HALTED: halted()}

LETS_PASS = {
    # an order that adds risk, one that takes it away
    RUNNING: (True, True),
    REDUCING: (False, True),
    HALTED: (False, False),
}


@pytest.mark.parametrize("trading", Trading)
def test_each_state_lets_pass_what_it_says(trading):
    halt = AFTER[trading]
    assert (halt.lets_pass(is_exit=False), halt.lets_pass(is_exit=True)) == LETS_PASS[trading]


def test_nothing_happened_is_running():
    assert (Halt.never().trading, Halt.never().version) == (RUNNING, 0)


@pytest.mark.parametrize("before", Trading)
@pytest.mark.parametrize(
    ("reducing", "after", "kind"), [(True, REDUCING, TradingReduced), (False, HALTED, TradingHalted)]
)
def test_a_halt_is_news_only_where_something_changes(before, reducing, after, kind):
    event = AFTER[before].stop(reducing=reducing, by="ann", reason="fat finger", why=why())
    if before is after:
        assert event is None
        return
    assert type(event) is kind
    assert (event.before, event.after, event.by, event.reason) == (before, after, "ann", "fat finger")
    assert AFTER[before].evolved(event).trading is after


@pytest.mark.parametrize("before", [REDUCING, HALTED])
def test_trading_is_resumed_with_a_reason(before):
    event = AFTER[before].resume(by="bob", reason="mended", why=why())
    assert (type(event), event.before, event.after) == (TradingResumed, before, RUNNING)
    for silence in ("", "  "):
        with pytest.raises(Refused) as no:
            AFTER[before].resume(by="bob", reason=silence, why=why())
        assert no.value.code == "reason_needed"


def test_what_runs_is_not_resumed():
    with pytest.raises(Refused) as no:
        Halt.never().resume(by="bob", reason="mended", why=why())
    assert no.value.code == "not_halted"


def test_the_words_say_since_when_by_whom_and_why():
    told = halted(reason="fat finger").in_words
    assert told == f'Trading is halted since {NOW.astimezone():%a} Nov 23 10:00 New York, by ann: "fat finger".'
    assert halted(reducing=True).in_words.startswith("Only orders that take risk away may leave since Mon Nov 23")
    assert Halt.never().in_words == "Trading runs."


STEPS = st.lists(st.sampled_from(["halt", "reducing", "resume"]), max_size=12)


@given(STEPS)
def test_whatever_happens_the_switch_stands_where_it_was_moved_last(steps):
    halt, stands, at = Halt.never(), RUNNING, NOW
    for number, step in enumerate(steps):
        at += timedelta(minutes=1)
        if step == "resume":
            if stands is RUNNING:
                continue
            event, wanted = halt.resume(by="bob", reason=f"because {number}", why=why(at=at)), RUNNING
        else:
            wanted = REDUCING if step == "reducing" else HALTED
            event = halt.stop(reducing=step == "reducing", by="ann", why=why(at=at))
        assert (event is None) is (wanted is stands)
        if event is None:
            continue
        version = halt.version
        halt, stands = halt.evolved(event) if version else Halt.born_of(event), wanted
        assert (halt.trading, halt.version, halt.since, halt.by) == (stands, version + 1, at, event.by)
