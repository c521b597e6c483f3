"""What was typed, read again: a ticket that another hand changed does not ask for what its words say."""

import json

import pytest

import tastyflow_grammar
from tastyflow.application.audit import check_words
from tests.application.kit import Language
from tests.audit.tamper import edited, find


class Later(Language):
    """A language whose texts may mean something else."""

    version = staticmethod(lambda: "2+000000000000")


def drafts(rows):
    return [index for index, row in enumerate(rows) if ".order.drafted@" in row.topic]


def test_every_order_of_the_busy_log_asks_for_its_ticket(rows):
    wording = check_words(rows, Language())
    assert wording.report.findings == ()
    assert wording.report.asked == {"words": len(drafts(rows))}
    assert wording.by_another == 0


def test_orders_of_another_language_are_counted_and_not_held_against_this_one(rows):
    wording = check_words(rows, Later())
    assert (wording.report.found, wording.report.asked, wording.by_another) == (0, {}, len(drafts(rows)))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("asked", "text"), "sell 10 calls for QQQ at strike 380 expiring next month"),
        (("asked", "text"), "buy 10 calls for SPY at strike 451 expiring next month"),
        (("asked", "text"), "buy 9 calls for SPY at strike 450 expiring next month"),
        (("asked", "text"), "buy 10 puts for SPY at strike 450 expiring next month"),
        (("asked", "text"), "buy 10 calls for SPY at strike 450 exp Jan 15 2027"),
        (("asked", "text"), "buy 10 calls for SPY at strike 450 expiring next month @ 1.00"),
        (("words",), "buy to open 10 SPY 450 call Fri Dec 18 2026 @ 1.00 day"),
        (("words",), "hello"),
        (("ticket", "legs", 0, 1), 9),
        (("ticket", "price"), "1.00"),
    ],
)
def test_words_and_ticket_that_say_two_things_are_found(rows, path, value):
    index = find(rows, "order.drafted")
    assert json.loads(rows[index].state)["asked"]["text"].startswith("buy 10 calls for SPY at strike 450")
    wording = check_words(edited(rows, index, path, value), Language())
    assert {finding.seq for finding in wording.report.findings} == {rows[index].id}


def test_the_version_names_the_grammar(monkeypatch):
    number, _, digest = tastyflow_grammar.version().partition("+")
    assert number.isdigit()
    assert len(digest) == 12
