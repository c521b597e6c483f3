"""The daily digest: every event of the log falls into one period, and is counted there as the log has it."""

from datetime import UTC, datetime, time, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.application.digest import Period, begins_after, digest_of, due
from tastyflow.application.incidents import open_incident
from tastyflow.domain.events import Because
from tastyflow.domain.expirations import NEW_YORK, is_trading_day
from tastyflow.domain.incident import IncidentKind
from tests.application.approvals import approve, with_approvers
from tests.application.kit import FRIDAY, ONE_CALL, DeskUnderTest, turn

pytestmark = pytest.mark.anyio

HALF_PAST_FOUR = time(16, 30)
moments = st.integers(0, 6 * 365 * 86_400).map(
    lambda seconds: datetime(2024, 1, 5, tzinfo=UTC) + timedelta(seconds=seconds)
)
times = st.times(time(0, 0), time(23, 59))


@given(moments, times)
def test_a_digest_is_of_the_latest_trading_day_whose_time_has_come(now, at):
    period = due(now, at)
    told_at = period.until.astimezone(NEW_YORK)
    assert period.until <= now < due(period.until + timedelta(days=7), at).until
    assert is_trading_day(told_at.date())
    assert told_at.time() == at or not _exists(told_at.date(), at)
    between = (told_at.date() + timedelta(days=days) for days in range(1, 10))
    missed = [day for day in between if is_trading_day(day) and datetime.combine(day, at, NEW_YORK) <= now]
    assert missed == []


@given(moments, times)
def test_no_moment_falls_between_two_digests_or_into_both(now, at):
    periods = [due(now + timedelta(days=days), at) for days in range(12)]
    for earlier, later in pairwise(periods):
        assert later == earlier or later.since == earlier.until
    assert all(each.since < each.until for each in periods)


def _exists(day, at) -> bool:
    moment = datetime.combine(day, at, NEW_YORK)
    return moment.astimezone(UTC).astimezone(NEW_YORK).time() == at


def _day(house: DeskUnderTest, hours: float = 24) -> Period:
    return Period(FRIDAY - timedelta(hours=1), FRIDAY + timedelta(hours=hours))


async def _see(house: DeskUnderTest) -> None:
    why = Because(actor="test", cause="t", command_id="t", at=house.clock.now())
    await house.until(
        house.ledger.change(
            lambda tx: open_incident(tx, IncidentKind.SANDBOX, "s", message="The sandbox is away.", why=why)
        )
    )


async def test_it_counts_what_was_asked_refused_rehearsed_filled_and_is_open(build):
    house = await with_approvers(build)
    async with house.desk() as desk:
        filled = await house.place(desk, ONE_CALL)
        await approve(house, desk, filled)
        waiting = await house.place(desk, ONE_CALL)
        assert waiting.waiting_until is not None
        await house.place(desk, ONE_CALL, user="a stranger")
        await house.place(desk, "buy 1 SPY 450 call exp Dec 18 2026 @ 0.05", user="eve")
        rejected = await house.place(desk, ONE_CALL)
        await house.until(desk.reject(house.message("reject", user="eve"), rejected.reference, "too much"))
        await _see(house)
        await turn(house, lambda halt, why: halt.stop(reducing=False, by="ann", reason="fat finger", why=why))
    digest = digest_of(house.ledger, _day(house))
    assert (digest.asked, digest.rehearsed, digest.failed) == (5, 3, 0)
    assert (digest.filled, digest.fills, digest.contracts) == (1, 1, 1)
    assert digest.refused == {"not_permitted": 1, "rejected": 1, "unknown_trader": 1}
    assert (digest.open_orders, digest.waiting) == (1, 1)
    assert (digest.incidents, [each.message for each in digest.unhandled]) == (1, ["The sandbox is away."])
    assert (digest.halts, digest.halt.by) == (1, "ann")
    assert digest.head is not None
    assert digest.head.position == house.ledger.end()


async def test_the_sandbox_counts_as_rehearsals_alone(house):
    await house.once(ONE_CALL)
    digest = digest_of(house.ledger, _day(house))
    assert (digest.rehearsed, digest.filled, digest.fills, digest.ended) == (1, 1, 1, {})


async def test_each_event_is_counted_in_the_one_period_of_its_time(house):
    at = HALF_PAST_FOUR
    periods = []
    for _ in range(3):
        await house.once(ONE_CALL)
        house.clock.jump(86_400)
        periods.append(due(house.clock.now(), at))
    digests = [digest_of(house.ledger, each) for each in dict.fromkeys(periods)]
    later = digest_of(house.ledger, Period(periods[-1].until, house.clock.now()))
    assert sum(each.asked for each in (*digests, later)) == 3


async def test_only_the_events_of_the_period_are_read(house, monkeypatch):
    for _ in range(2):
        await house.once(ONE_CALL)
        house.clock.jump(3 * 86_400)
    last = house.ledger.end()
    await house.once(ONE_CALL)
    asked = []
    rows = house.ledger.rows
    monkeypatch.setattr(house.ledger, "rows", lambda **how: asked.append(how["after"]) or rows(**how))
    digest = digest_of(house.ledger, Period(house.clock.now() - timedelta(hours=2), house.clock.now()))
    assert digest.asked == 1
    assert asked == [last]


async def test_a_log_that_began_later_has_nothing_to_tell(house):
    assert begins_after(house.ledger, Period(FRIDAY - timedelta(days=1), FRIDAY - timedelta(hours=1)))
    assert not begins_after(house.ledger, _day(house))
