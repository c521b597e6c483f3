"""Setups and mirrored rehearsals in an audit: clean as they are, and whatever of consequence is changed is found."""

import asyncio
from decimal import Decimal

import pytest

from tastyflow.application.audit import log_of, story_of, verify
from tastyflow.domain.venue import Position
from tastyflow_adapters.fake import FakeFaults, FaultyBroker
from tastyflow_adapters.fake.faults import RESPONSE_LOST, refused
from tests.application.kit import CALL, MISSION, DeskUnderTest
from tests.audit.tamper import edited, edits, without
from tests.audit.test_audit_verify import NO_CONSEQUENCE

CLOSE = "sell to close 4 SPY 450 calls exp Dec 18 2026 at natural"
MINE = ("tastyflow.setup.", "tastyflow.test_result.planned", "tastyflow.test_result.concluded")


async def closes() -> DeskUnderTest:
    """An opening that is undone; a close that is prepared; one whose setup is found late; one that is mirrored."""
    house = DeskUnderTest.make()
    await house.hire()
    house.live.endow(Position(CALL, 12, Decimal(5)))
    await house.once(MISSION)
    house.rehearsals.endow(Position(CALL, -1, Decimal(5)))
    await house.once(CLOSE)
    house.sandbox = FaultyBroker(house.rehearsals, FakeFaults({"place": [RESPONSE_LOST]}), house.clock)
    await house.once(CLOSE)
    house.sandbox = FaultyBroker(house.rehearsals, FakeFaults({"place": [refused("margin_check_failed")]}), house.clock)
    await house.once(CLOSE)
    return house


@pytest.fixture(scope="module")
def house():
    made = asyncio.run(closes())
    yield made
    made.ledger.close()


@pytest.fixture(scope="module")
def rows(house):
    return tuple(log_of(house.ledger))


def test_they_are_clean(house, rows):
    report = verify(rows)
    assert report.findings == ()
    assert {report.asked[rule] > 0 for rule in ("setup_claim", "setup_outcome", "proven_effect")} == {True}
    orders = [house.order(each) for each in house.ledger.log.select(("tastyflow.order.drafted@1",))]
    assert [order.stage.value for order in orders] == ["filled"] * 4
    assert sum(attempt.digest != order.digest for order in orders for attempt in order.attempts) == 1


def test_the_story_of_an_order_tells_its_setups(house, rows):
    (newest, *_) = house.ledger.log.select(("tastyflow.order.drafted@1",))
    story = story_of(newest, rows)
    told = " ".join(moment.text for moment in story.moments)
    assert "Setup in the sandbox, what is to be closed is opened there: buy to open 4 SPY 450 call Dec 18 2026." in told
    assert "Setup 1 was declined" in told
    assert "position_effect: Production's dry run accepts the order as a close." in told
    assert any("Mirrored: Digest" in line for moment in story.moments for line in moment.details)


def test_every_edit_of_consequence_is_found(rows):
    silent = set()
    for index, row in enumerate(rows):
        if not row.topic.startswith(MINE):
            continue
        for path, value in edits(row):
            named = [step for step in path if isinstance(step, str)]
            if ("ticket" not in named or row.topic.startswith("tastyflow.setup.")) and named[-1] in NO_CONSEQUENCE:
                continue
            if verify(edited(rows, index, path, value)).is_clean:
                silent.add((row.topic, named[-1]))
    # What a setup was for, and how much the venue says it filled, stands in the sandbox's own book alone.
    assert silent <= {("tastyflow.setup.claimed@1", "purpose"), ("tastyflow.setup.concluded@1", "quantity")}


def test_a_claim_of_a_setup_that_is_missing_is_missed(rows):
    for index, row in enumerate(rows):
        if row.topic == "tastyflow.setup.claimed@1":
            assert "setup_outcome" in {finding.rule for finding in verify(without(rows, index)).findings}


def test_a_mirrored_rehearsal_that_production_did_not_prove_is_found(rows):
    """Another order's dry run, one of nothing, or none at all."""
    index = next(i for i, row in enumerate(rows) if b'"mirrored_because"' in row.state)
    for value in ("0" * 64, ""):
        changed = edited(rows, index, ("check", "evidence", "digest"), value)
        assert "proven_effect" in {finding.rule for finding in verify(changed).findings}
    by_sandbox = edited(rows, index, ("check", "evidence", "by"), "sandbox")
    assert "proven_effect" in {finding.rule for finding in verify(by_sandbox).findings}
    assert "proven_effect" in {finding.rule for finding in verify(without(rows, index)).findings}
