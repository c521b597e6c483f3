"""
The forty-two scenarios of the certification list, and where each is held.

A case of the contract names its scenarios in its docstring. Those that are about more than a broker are held elsewhere:

    17  double click             tests/application/test_desk_mission.py  the_same_message_twice_at_once_is_one_order
    30  ten orders at once       tests/application/test_desk_crowd.py  only_as_many_are_open_as_the_limit_holds
    31  daily loss               not a broker's business
    32  halt at every stage      not a broker's business
    33  no market to price by    tests/application/test_desk_refusals.py  without_a_two_sided_quote_there_is_no_mid
    37  approval after drift     tests/application/test_desk_mission.py  proof_went_stale_before_the_claim
    38  approver is requester    not a broker's business
    39  edited message           tests/application/test_desk_refusals.py  stays_refused_and_its_id_is_used_up
    40  the clock steps back     tests/contract/test_broker_contract_scenarios.py  a_clock_that_steps_back
    41  tampered event file      tests/audit/test_audit_verify.py  every_edit_of_consequence_is_found
    42  chat is away             tests/application/test_desk_mishaps.py  a_recipient_that_fails_does_not_stop_an_order
"""

import ast
import re
from datetime import timedelta
from pathlib import Path

import pytest

from tests.contract.fake_venue import FakeVenue, VenueOptions
from tests.contract.tickets import CALL, FRIDAY, marketable
from tests.contract.venue_under_test import in_the_end

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^    (\d+)  .{24} (?:(tests/\S+)  (\w+)|not a broker's business)$", re.MULTILINE)


def cases():
    """Every test of the contract, with its docstring."""
    for file in sorted(Path(__file__).parent.glob("test_broker_contract*.py")):
        for node in ast.parse(file.read_text()).body:
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield node.name, ast.get_docstring(node) or ""


def scenarios_of(docstring):
    named = re.match(r"Scenarios? ((?:\d+(?:, | and )?)+)", docstring)
    return {int(number) for number in re.findall(r"\d+", named.group(1))} if named else set()


def test_every_scenario_has_a_case_or_a_place_elsewhere():
    held = {number for _, docstring in cases() for number in scenarios_of(docstring)}
    elsewhere = {int(number) for number, *_ in ROW.findall(__doc__)}
    assert held | elsewhere == set(range(1, 43))


def test_every_row_of_the_table_is_read():
    assert len(ROW.findall(__doc__)) == len(re.findall(r"^    \d+  ", __doc__, re.MULTILINE)) == 11


@pytest.mark.parametrize(("number", "file", "words"), [row for row in ROW.findall(__doc__) if row[1]])
def test_the_tests_that_the_table_names_exist(number, file, words):
    names = re.findall(r"def (test_\w+)", (ROOT / file).read_text())
    assert any(words in name for name in names), f"scenario {number}"


def test_every_case_has_a_number_of_its_own_and_they_ascend():
    numbers = [int(found.group(1)) for name, _ in cases() if (found := re.match(r"test_c(\d+)_", name))]
    assert len(numbers) == len(set(numbers))
    assert len(numbers) >= 42


@pytest.mark.anyio
async def test_a_clock_that_steps_back_neither_loses_nor_doubles_what_an_order_did():
    """Scenario 40, where a broker is concerned: the moments of one order never fall."""
    subject = FakeVenue(VenueOptions())
    order = await subject.broker.place(marketable(2), external_id="t")
    subject.clock._start = FRIDAY - timedelta(seconds=5)
    later = await subject.broker.place(marketable(1), external_id="u")
    assert (await in_the_end(subject, order.broker_order)).filled(CALL.occ) == 2
    assert (await in_the_end(subject, later.broker_order)).filled(CALL.occ) == 1
    assert subject.ledger() == ["t", "u"]
