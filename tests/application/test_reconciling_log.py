"""A log that is shorter, another or absent: what is kept beside it remembers more, and no order leaves on it."""

import hashlib
from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.application.incidents.opening import close_incident
from tastyflow.application.reconciling.head import doubt_about, head_of, incident_of, keep_head, keep_last_head
from tastyflow.application.reconciling.report import Finding
from tastyflow.domain.events import Because
from tastyflow.domain.incident import Incident, IncidentKind, IncidentOpened
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.ticket import Action, Leg, OrderType, PriceEffect, Ticket
from tastyflow.ports import LogHead
from tests.application.kit import CALL, MISSION, PRODUCTION, DeskUnderTest, log, open_log, reopened
from tests.application.replacing import BID, resting

pytestmark = pytest.mark.anyio
TICKET = Ticket((Leg(Action.BUY_TO_OPEN, 1, CALL),), OrderType.LIMIT, Decimal("0.05"), PriceEffect.DEBIT)


class Heads:
    """The head of a log, kept in memory."""

    def __init__(self):
        self.kept = []

    def read(self):
        return self.kept[-1] if self.kept else None

    def keep(self, head):
        self.kept.append(head)


class Kept(DeskUnderTest):
    """A house whose log has a head."""

    heads = None
    was_used = True

    @property
    def context(self):
        return evolve(super().context, heads=self.heads, was_used=self.was_used)


def with_head(house, ledger=None, heads=None):
    kept = Kept(house.clock, house.market, ledger or house.ledger, house.rehearsals, house.live, policy=house.policy)
    kept.heads = heads or Heads()
    return kept


def shortened(house, by):
    """The log without its last events, as after a restored backup."""
    fresh = open_log()
    fresh.recorder.insert_events(list(house.ledger.rows())[:-by])
    return fresh


async def test_a_log_that_goes_on_from_its_head_is_in_no_doubt(build):
    house = with_head(await build())
    await house.once(MISSION)
    assert house.heads.kept
    assert doubt_about(house.ledger, house.heads.read()) is None
    assert doubt_about(house.ledger, None) is None


async def test_the_head_is_kept_after_the_claim_and_before_the_sending(build):
    house = with_head(await build())
    seen = []
    place = house.live.place

    async def placing(*args, **kwargs):
        seen.append((house.heads.read().position, house.ledger.end()))
        return await place(*args, **kwargs)

    house.live.place = placing
    await house.once(MISSION)
    ((kept, end),) = seen
    claimed = next(
        n for n, event in enumerate(log(house.ledger), 1) if getattr(event, "nonce", None) and event.venue is PRODUCTION
    )
    assert claimed <= kept <= end


async def test_a_head_that_remembers_more_is_never_written_over_by_what_is_sent(build):
    house = with_head(await resting(build))
    await house.once(BID)
    async with house.desk() as desk:
        await house.until(desk.reconcile())
        later = evolve(house.heads.read(), position=house.ledger.end() + 1_000)  # the log is put back in place
        house.heads.keep(later)
        sent = len(house.books()[1])
        order = await house.place(desk, BID)
    assert (order.stage, len(house.books()[1])) == (Stage.REFUSED, sent)
    assert order.attempt(PRODUCTION) is None  # nothing was claimed
    assert house.heads.read() == later
    assert house.ledger.read(Incident, incident_of(house.context)).is_open


async def test_a_head_that_remembers_more_once_it_was_claimed_keeps_the_order_here(build):
    house = with_head(await resting(build))
    read = house.heads.read

    def reading():
        head = read()
        is_claimed = any(getattr(e, "nonce", None) and e.venue is PRODUCTION for e in log(house.ledger))
        return evolve(head, position=house.ledger.end() + 1_000) if is_claimed else head

    house.heads.read = reading
    order = await house.once(BID)
    assert (order.stage, order.code, house.books()[1]) == (Stage.REFUSED, "log_in_doubt", [])
    assert order.attempt(PRODUCTION).outcome is AttemptOutcome.NOT_SENT


async def test_a_log_that_is_shorter_than_its_head_sends_nothing_until_it_is_accepted(build):
    house = with_head(await resting(build))
    await house.once(BID)
    house.clock.jump(10)
    await house.until(keep_head(house.context))
    short = with_head(house, shortened(house, 2), house.heads)
    refused = await short.once(BID)
    assert (refused.stage, refused.code) == (Stage.REFUSED, "log_in_doubt")
    assert "in doubt" in refused.message
    incident = short.ledger.read(Incident, incident_of(short.context))
    assert (incident.kind, incident.is_open) == (IncidentKind.LOG, True)
    kept = list(short.heads.kept)
    async with short.desk() as desk:
        (report,) = await short.until(desk.reconcile())
    assert Finding.LOG in {line.finding for line in report.lines}
    assert short.heads.kept == kept  # a log in doubt is not taken for the one that was kept

    why = short.context.because("operator:alice", refused)

    def accept(tx):
        close_incident(tx, IncidentKind.LOG, short.context.environment, how="compared", why=why)

    await short.until(short.ledger.change(accept))
    short.heads.keep(head_of(short.ledger))
    assert (await short.once(BID)).stage is Stage.WORKING


@pytest.mark.parametrize("change", ["another", "empty", "another event"])
async def test_a_log_that_is_not_the_one_that_was_kept_is_told(build, change):
    house = with_head(await build())
    await house.once(MISSION)
    head = head_of(house.ledger)
    other = open_log()
    if change == "another":
        stranger = await build()
        await stranger.once(MISSION)
        await stranger.once(MISSION)
        other = stranger.ledger
        assert doubt_about(other, head) is not None
    elif change == "empty":
        assert "empty" in doubt_about(other, head)
    else:
        assert "another one" in doubt_about(house.ledger, evolve(head, last="else"))


async def test_an_order_at_the_venue_that_the_log_does_not_know_puts_the_log_in_doubt(build):
    house = await resting(build)
    known = await house.once(BID)
    house.live._book.place(known.ticket, f"tf1-p-{'a' * 20}-1", house.clock.now())
    refused = await house.once(BID)
    assert (refused.stage, refused.code) == (Stage.REFUSED, "log_in_doubt")


# What the home and the venue remember, where nothing is kept beside the log


async def accept(house):
    """What ``recover --accept`` does."""
    because = Because(actor="operator:alice", cause="test", command_id="accept", at=house.clock.now())

    def decide(tx):
        close_incident(tx, IncidentKind.LOG, house.context.environment, how="compared", why=because)

    await house.until(house.ledger.change(decide))
    house.heads.keep(head_of(house.ledger))


async def traded(build, *, days_ago):
    """A house that filled an order so many days ago, and has nothing at work."""
    house = with_head(await build())
    await house.once(MISSION)
    house.clock.jump(days_ago * 86_400)
    return house


async def without_log(house):
    """The same home and venues, whose log and head were removed."""
    absent = with_head(house, open_log())
    await absent.hire()
    return absent


@pytest.mark.parametrize("days_ago", [0, 3, 20])
async def test_a_home_whose_log_and_head_were_removed_sends_nothing_until_it_is_accepted(build, days_ago):
    house = await traded(build, days_ago=days_ago)
    absent = await without_log(house)
    refused = await absent.once(MISSION)
    assert (refused.stage, refused.code) == (Stage.REFUSED, "log_in_doubt")
    assert len(absent.live.orders()) == 1
    assert absent.heads.kept == []
    again = await absent.once(MISSION)
    assert again.code == "log_in_doubt"
    await accept(absent)
    assert (await absent.once(MISSION)).stage in (Stage.WORKING, Stage.FILLED)


async def test_a_home_that_is_used_for_the_first_time_asks_for_nothing_of_long_ago(build):
    house = await traded(build, days_ago=3)
    fresh = await without_log(house)
    fresh.was_used = False
    assert (await fresh.once(MISSION)).stage in (Stage.WORKING, Stage.FILLED)


async def test_a_home_that_was_used_and_never_traded_is_in_no_doubt(build):
    house = with_head(await build())
    house.live._book.place(TICKET, "another-program", house.clock.now())
    house.clock.jump(3 * 86_400)
    assert (await house.once(MISSION)).stage in (Stage.WORKING, Stage.FILLED)


async def test_an_old_copy_of_a_whole_home_sends_nothing_where_the_venue_has_orders_since(build):
    house = with_head(await build())
    await house.once(MISSION)
    copy, head = reopened(house.ledger), house.heads.read()
    house.clock.jump(2 * 86_400)
    await house.once(MISSION)
    house.clock.jump(86_400)
    old = with_head(house, copy)
    old.heads.keep(head)
    refused = await old.once(MISSION)
    assert (refused.stage, refused.code) == (Stage.REFUSED, "log_in_doubt")
    assert len(old.live.orders()) == 2


async def test_another_home_in_the_place_of_this_one_sends_nothing_where_the_venue_has_orders_since(build):
    house = await traded(build, days_ago=0)
    other = await build()
    await other.once(MISSION)  # it traded elsewhere, before
    stranger = with_head(house, other.ledger)
    stranger.heads.keep(head_of(other.ledger))
    refused = await stranger.once(MISSION)
    assert (refused.stage, refused.code) == (Stage.REFUSED, "log_in_doubt")
    assert len(house.live.orders()) == 1


# A head from before logs were chained, and the head that a process leaves behind


def digest_of(row):
    named = f"{row.originator_id}|{row.originator_version}|{row.topic}|".encode()
    return hashlib.sha256(named + row.state).hexdigest()


def old_head_of(ledger, position):
    rows = list(ledger.rows())
    return LogHead(digest_of(rows[0]), position, digest_of(rows[position - 1]))


async def test_a_head_from_before_logs_were_chained_is_compared_in_its_own_way(build):
    house = await build()
    await house.once(MISSION)
    head = old_head_of(house.ledger, 5)
    assert not head.is_of_chain
    assert head_of(house.ledger).is_of_chain
    assert doubt_about(house.ledger, head) is None
    assert "Event 5 " in doubt_about(house.ledger, evolve(head, last="f" * 64))
    assert "another one" in doubt_about(house.ledger, evolve(head, log="f" * 64))
    assert "ends at event" in doubt_about(house.ledger, evolve(head, position=1_000))


async def test_a_log_that_was_written_anew_with_the_same_events_is_another_one(build):
    house = await build()
    await house.once(MISSION)
    again = open_log()
    again.recorder.insert_events(list(house.ledger.rows()))
    assert [row.state for row in again.rows()] == [row.state for row in house.ledger.rows()]
    assert doubt_about(again, head_of(house.ledger)).startswith("The log is another one")


async def test_a_process_keeps_the_head_of_the_log_as_it_leaves_it(build):
    house = await build()
    await house.once(MISSION)
    heads = Heads()
    keep_last_head(house.ledger, heads, was_used=True)
    assert heads.read() is None  # a home that was used, and has no head: its log may be one that was put there
    keep_last_head(house.ledger, heads, was_used=False)
    assert heads.read() == head_of(house.ledger)
    keep_last_head(house.ledger, heads, was_used=True)
    assert len(heads.kept) == 1
    later = evolve(heads.read(), position=1_000)
    heads.keep(later)
    keep_last_head(house.ledger, heads, was_used=True)
    assert heads.read() == later  # never over one that the log is in doubt by


async def test_a_log_in_doubt_is_told_under_its_first_words(build):
    house = await resting(build)
    known = await house.once(BID)
    house = with_head(house)
    house.heads.keep(evolve(head_of(house.ledger), position=1_000))
    house.live._book.place(known.ticket, f"tf1-p-{'a' * 20}-1", house.clock.now())
    for _ in range(2):
        await house.once(BID)
    incident = house.ledger.read(Incident, incident_of(house.context))
    assert incident.message.startswith("The log ends at event")
    assert "accepts it" in incident.hint
    assert [type(event) for event in house.ledger.history(incident.id)] == [IncidentOpened]
