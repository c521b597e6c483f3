"""A clean log is found clean; whatever of consequence is changed in it is found, and said to be what it is."""

import asyncio
import json
from collections import Counter
from decimal import Decimal
from uuid import UUID

import pytest
from attrs import evolve, fields

from tastyflow.application.audit import RULES, log_of, replay, together, verify, verify_promises, verify_structure
from tastyflow.application.audit.anchors import ANCHORING
from tastyflow.application.audit.findings import MAX_FINDINGS
from tastyflow.application.audit.incidents import OF_INCIDENTS
from tastyflow.application.audit.rules import OF_RULES, RULES_IN_THE_END
from tastyflow.application.audit.signals import OF_SIGNALS, SIGNALS_IN_THE_END
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.trader import Limits
from tastyflow.domain.venue import VenueFill
from tests.application.kit import FRIDAY, MISSION, AlteredBroker, DeskUnderTest
from tests.audit.busy import ORDERS
from tests.audit.resumed import Resumed
from tests.audit.tamper import doubled, edited, edits, find, moved, renumbered, swapped, without


def rules_broken(rows):
    return {finding.rule for finding in verify(rows).findings}


# ── clean ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_busy_log_is_clean(rows):
    report = verify(rows)
    assert report.findings == ()
    assert report.is_clean
    assert (report.events, report.until) == (len(rows), rows[-1].id)
    assert report.aggregates == {
        "order": ORDERS,
        "trader": 2,
        "test_result": 11,
        "setup": 11,
        "identity": 3,
        "book": 1,
        "preview": 0,
        "halt": 1,
        "incident": 0,
        "signal": 0,
        "signal_rule": 0,
    }


def test_the_busy_log_asks_every_rule(rows):
    elsewhere = (
        *OF_INCIDENTS,
        *OF_RULES,
        *RULES_IN_THE_END,
        *OF_SIGNALS,
        *SIGNALS_IN_THE_END,
    )  # asked of logs of their own
    names = {each.name for each in elsewhere} | {
        "forgotten_when_removed",
        "stored",
        "chain",
        "names",
        *ANCHORING,
        "words",
    }
    assert set(verify(rows).asked) | names == set(RULES)


def test_the_busy_log_saw_every_kind_of_ending(rows):
    orders = [state for state in replay(rows).states.values() if isinstance(state, Order)]
    assert Counter(order.code or order.stage.value for order in orders) == {
        "filled": 6, "drifted": 1, "cancelled": 2, "ambiguous": 1, "strike_not_listed": 1, "not_proven": 1, "gate": 1,
        "suspended": 1, "reducing": 1, "halted": 1,
    }  # fmt: skip
    assert AttemptOutcome.NOT_SENT in {attempt.outcome for order in orders for attempt in order.attempts}


def test_an_empty_log_is_clean():
    report = verify([])
    assert report.is_clean
    assert report.events == report.until == 0


@pytest.mark.parametrize("part", range(0, 160, 7))
def test_a_log_that_ends_anywhere_between_appends_breaks_no_promise_of_order(rows, part):
    """Only what is asked in the end may object to half an append; a reader's snapshot never ends in one."""
    allowed = {
        "judged_in_the_end",
        "owned_in_the_end",
        "released_in_the_end",
        "linked_both_ways",
        "taken_both_ways",
    } | {"left_in_the_end"}
    assert rules_broken(rows[:part]) <= allowed


def test_fills_that_a_person_looks_at_are_no_finding():
    """A venue that shows a fill of something else is escalated; that its own fills end without a word is its doing."""

    async def escalated():
        house = DeskUnderTest.make()
        await house.hire()
        stray = VenueFill("x", "QQQ", 1, Decimal(1), FRIDAY)
        house.sandbox = AlteredBroker(house.rehearsals, lambda _call, seen: evolve(seen, fills=(*seen.fills, stray)))
        assert (await house.once(MISSION)).stage is Stage.ESCALATED
        return list(log_of(house.ledger))

    assert verify(asyncio.run(escalated())).findings == ()


# ── tampered with: each by name ──────────────────────────────────────────────────────────────────────────────────

OTHER = str(UUID(int=7))
LATER = "2027-01-01T00:00:00Z"

TAMPERINGS = {
    "another digest in the draft": ("digest_of_ticket", "order.drafted", "digest", "0" * 64),
    "another quantity in the ticket": ("digest_of_ticket", "order.drafted", ("ticket", "legs", 0, 1), 9),
    "another price in the ticket": ("digest_of_ticket", "order.drafted", ("ticket", "price"), "1.11"),
    "another trader": ("asked_by_trader", "order.drafted", ("asked", "trader"), OTHER),
    "another message": ("asked_once", "order.drafted", ("asked", "message"), "m-999"),
    "another amount reserved": ("reserved_once", "trader.capacity_reserved", "notional_usd", "1"),
    "another amount checked": ("reserved_once", "order.validated", "notional_usd", "1"),
    "a test of other content": ("tested_claim", "test_result.planned", "digest", "0" * 64),
    "a test of another order": ("tested_claim", "test_result.planned", "order", OTHER),
    "a check nobody planned": ("planned_checks", "test_result.check_recorded", ("check", "name"), "looks_good"),
    "a failed check under a pass": ("fair_verdict", "test_result.check_recorded", ("check", "outcome"), "failed"),
    "a fail without a failed check": ("fair_verdict", "test_result.concluded", "verdict", "failed"),
    "a verdict told otherwise": ("told_verdict", "order.rehearsal_concluded", "passed", False),
    "a proof told to count longer": ("told_verdict", "order.rehearsal_concluded", "valid_until", LATER),
    "other content approved": ("approved_content", "order.approved", "digest", "0" * 64),
    "other content claimed": ("claimed_content", "order.submission_claimed", "digest", "0" * 64),
    "an external id of one's own": ("claimed_content", "order.submission_claimed", "external_id", "mine-1"),
    "an attempt skipped": ("claimed_content", "order.submission_claimed", "attempt", 2),
    "more filled than ordered": ("fills_within", "order.fill_recorded", "quantity", 11),
    "a fill of something else": ("fills_within", "order.fill_recorded", "symbol", "QQQ"),
    "a fill of an attempt nobody claimed": ("claimed_first", "order.fill_recorded", "attempt", 5),
    "an adoption nobody claimed": ("claimed_first", "order.submission_adopted", "attempt", 5),
    "less filled than it says": ("filled_whole", "order.fill_recorded", "quantity", 9),
    "a word too much": ("payload", "order.approved", "by_the_way", 1),
    "an amount that is none": ("payload", "order.validated", "notional_usd", "lots"),
    "a name of another trader": ("named_once", "trader.registered", "name", "mallory"),
    "another order in the book": ("entered_once", "book.order_entered", "order", OTHER),
    "another trader in the book": ("entered_once", "book.order_entered", "trader", OTHER),
    "other content in the book": ("entered_once", "book.order_entered", ("ticket", "legs", 0, 1), 9),
    "a fill that is none in the book": ("booked_fills", "book.order_progressed", ("filled", 0, "quantity"), 9),
    "an order that goes on out of the book": ("left_in_the_end", "book.order_progressed", "is_over", False),
    "an account that was not given": ("claimed_account", "trader.accounts_given", ("after", 0), "joint"),
    "accounts that were others before": ("given_in_turn", "trader.accounts_given", "before", ["joint"]),
    "permissions that were others before": ("changed_from_what_was", "trader.permissions_set", "before", ["halt"]),
    "limits that were others before": ("changed_from_what_was", "trader.limits_set", ("before", "max_contracts"), 9),
    "a removed trader who might do something else": ("changed_from_what_was", "trader.removed", "before", ["halt"]),
    "an account that is given twice": ("given_in_turn", "trader.accounts_given", "after", ["main", "main"]),
    "a draft of another environment": ("one_environment", "order.drafted", "environment", "production"),
    "a refusal of another environment": ("one_environment", "order.refused", "environment", "production"),
    "a claim in another environment": ("one_environment", "order.submission_claimed", "environment", "production"),
    "a halt that says something else was before": ("halted_in_turn", "halt.halted", "before", "running"),
    "a halt that says something else is after": ("halted_in_turn", "halt.reducing", "after", "halted"),
    "a resumption without a reason": ("halted_in_turn", "halt.resumed", "reason", ""),
    "an opening order that is said to be an exit": ("exits_close", "order.validated", "is_exit", True),
    "a replacement that was not asked for": ("replaced_by_one", "order.replace_requested", "replacement", OTHER),
    "a replacement of other content": ("replaced_by_one", "order.replace_requested", "digest", "0" * 64),
    "a replacement by another order": ("replaced_truly", "order.replaced", "replacement", OTHER),
    "a replacement under another id": ("replaced_truly", "order.replaced", "broker_order", "5000099"),
    "two orders counted as one that are not": ("counted_once", "book.order_replacing", "replaces", OTHER),
    "a code that was used before it was made": ("linked_by_an_open_code", "trader.link_code_used", "digest", "d2"),
    "a code that another user typed": ("linked_by_an_open_code", "trader.link_code_used", "user", OTHER),
    "a code of another platform": ("linked_by_an_open_code", "trader.link_code_made", "platform", "signal"),
    "a code whose time was over": (
        "linked_by_an_open_code", "trader.link_code_made", "expires_at", "2026-11-20T14:00:00Z",
    ),
    "an identity of another user": ("identified_once", "identity.claimed", "user", "mallory"),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "topic", "path", "value"), TAMPERINGS.values(), ids=TAMPERINGS)
def test_an_edit_is_found_where_it_was_made_and_called_by_its_name(rows, rule, topic, path, value):
    index = find(rows, topic)
    found = verify(edited(rows, index, path, value)).findings
    assert rule in {finding.rule for finding in found}
    assert min(finding.seq for finding in found) >= rows[index].id
    assert all(finding.why.endswith((".", "!")) and finding.subject for finding in found)


@pytest.mark.parametrize(
    ("path", "value"),
    [("proof", None), ("proof", OTHER), ("at", "2026-11-20T17:00:00Z"), ("at", "2026-11-20T14:00:00Z")],
    ids=["no proof", "another proof", "too late", "too early"],
)
def test_a_production_claim_must_be_proven(rows, path, value):
    index = find(rows, "order.submission_claimed", venue="production")
    assert "claimed_proof" in rules_broken(edited(rows, index, path, value))


@pytest.mark.parametrize(("path", "value"), [("account", "ira"), ("account", ""), ("environment", "sandbox")])
def test_a_production_claim_is_in_an_account_that_was_given_and_never_of_the_environment_sandbox(rows, path, value):
    given = find(rows, "trader.accounts_given")
    only_main = edited(rows, given, "after", ["main"])
    index = find(rows, "order.submission_claimed", venue="production")
    found = verify(edited(only_main, index, path, value)).findings
    assert "claimed_account" in {finding.rule for finding in found if finding.seq == rows[index].id}


def test_an_account_that_was_taken_away_before_the_claim_is_found(rows):
    taken = find(rows, "trader.accounts_given", nth=1)
    claim = find(rows, "order.submission_claimed", venue="production")
    elsewhere = moved(edited(rows, taken, "after", ["ira"]), taken, to=claim)
    assert "claimed_account" in rules_broken(elsewhere)


def test_no_claim_of_production_stands_after_a_halt_nor_that_of_another_than_an_exit_while_reducing(rows):
    first = find(rows, "order.submission_claimed", venue="production")
    for topic, finds in (("halt.halted", True), ("halt.reducing", True), ("halt.resumed", False)):
        stopped = moved(rows, find(rows, topic), first)
        if topic == "halt.halted":
            stopped = edited(stopped, first, "before", "running")
        assert ("claimed_unhalted" in rules_broken(stopped)) is finds
    exit_claim = find(rows, "order.submission_claimed", venue="production", is_exit=True)
    assert "claimed_unhalted" in rules_broken(edited(rows, exit_claim, "is_exit", False))


def test_the_claim_stands_after_the_verdict(rows):
    verdict = find(rows, "test_result.concluded")
    claim = find(rows, "order.submission_claimed", venue="production")
    broken = verify(moved(rows, claim, to=verdict)).findings
    assert {"claimed_proof", "claimed_leave"} <= {finding.rule for finding in broken}


def test_without_its_test_nothing_is_proven(rows):
    test = rows[find(rows, "test_result.planned")].originator_id
    kept = renumbered([row for row in rows if row.originator_id != test])
    assert {"told_verdict", "claimed_proof"} <= rules_broken(kept)


def test_a_proof_is_used_once(rows):
    """Production twice, for one rehearsal: the second claim is copied from the first, made to look like the next."""
    index = find(rows, "order.submission_claimed", venue="production")
    again = edited(rows, index, "attempt", 2)[index]
    broken = verify(renumbered([*rows[: index + 1], again, *rows[index + 1 :]])).findings
    assert any("used by attempt 1" in finding.why for finding in broken)
    assert any("may still be at work" in finding.why for finding in broken)


def test_an_order_never_has_two_successors(rows):
    """The request stands twice: the second is the first, copied."""
    asked = find(rows, "order.replace_requested")
    assert "replaced_by_one" in rules_broken(renumbered(doubled(rows, asked)))


def test_what_replaces_is_claimed_after_the_request(rows):
    """The request is taken away: the new order was sent in a place that was not free."""
    asked = find(rows, "order.replace_requested")
    assert {"claimed_in_place", "replaced_truly"} <= rules_broken(renumbered(without(rows, asked)))


def test_what_replaces_has_no_other_quantity_than_was_left(rows):
    """A fill of the old order, moved to before the request: less was left than the new one is for."""
    asked = find(rows, "order.replace_requested")
    drafted = find(rows, "order.drafted", digest=json.loads(rows[asked].state)["digest"])
    smaller = edited(rows, drafted, ("ticket", "legs", 0, 1), 1)
    assert "replaced_by_one" in rules_broken(smaller)


def test_a_suspended_trader_claims_nothing(rows):
    """Eve's suspension, moved to before demo's first claim, as if it were demo's."""
    suspended = find(rows, "trader.suspended")
    demo = rows[find(rows, "trader.registered", name="demo")].originator_id
    claim = find(rows, "order.submission_claimed", venue="production")
    stolen = [*rows[:suspended], rows[suspended]._replace(originator_id=demo), *rows[suspended + 1 :]]
    broken = verify(moved(stolen, suspended, to=claim)).findings
    assert any("suspended" in finding.why for finding in broken if finding.rule == "claimed_leave")


def test_an_order_in_production_has_one_owner(rows):
    adopted = [i for i, row in enumerate(rows) if "submission_adopted" in row.topic and b'"production"' in row.state]
    stolen = json.loads(rows[adopted[0]].state)["broker_order"]
    assert "one_owner" in rules_broken(edited(rows, adopted[1], "broker_order", stolen))


def test_a_fill_is_recorded_once_at_its_venue(rows):
    fills = [i for i, row in enumerate(rows) if "fill_recorded" in row.topic]
    known = json.loads(rows[fills[0]].state)
    same_venue = next(i for i in fills[1:] if json.loads(rows[i].state)["venue"] == known["venue"])
    assert "fills_once" in rules_broken(edited(rows, same_venue, "fill_id", known["fill_id"]))


def test_what_is_over_holds_nothing(rows):
    last = max(i for i, row in enumerate(rows) if "capacity_released" in row.topic)
    assert "released_in_the_end" in rules_broken(renumbered(without(rows, last)))


def test_capacity_is_given_back_once(rows):
    released = find(rows, "trader.capacity_released")
    assert "released_once" in rules_broken(renumbered(doubled(rows, released)))


def test_a_draft_does_not_stay_one(rows):
    last = find(rows, "order.refused", code="suspended")
    assert "judged_in_the_end" in rules_broken(renumbered(without(rows, last)))


@pytest.mark.parametrize("topic", ["tastyflow.order.drafted@9", "mallory", "", "tastyflow.nothing.happened@1"])
def test_an_unknown_topic_is_a_finding_not_a_crash(rows, topic):
    index = find(rows, "order.validated")
    found = verify([*rows[:index], rows[index]._replace(topic=topic), *rows[index + 1 :]]).findings
    assert (found[0].seq, found[0].rule) == (rows[index].id, "payload")


@pytest.mark.parametrize("state", [b"", b"{", b"[]", b"null", b"\xff\xfe", b'{"at": 1}', b"[" * 5_000])
def test_a_payload_that_is_none_is_a_finding_not_a_crash(rows, state):
    for topic in ("order.drafted", "order.submission_claimed", "test_result.concluded", "trader.capacity_reserved"):
        index = find(rows, topic)
        found = verify([*rows[:index], rows[index]._replace(state=state), *rows[index + 1 :]]).findings
        assert (found[0].seq, found[0].rule) == (rows[index].id, "payload")


def test_an_event_of_another_kind_of_aggregate_does_not_follow(rows):
    draft = rows[find(rows, "order.drafted")]
    index = find(rows, "trader.capacity_reserved")
    stray = [*rows[:index], rows[index]._replace(originator_id=draft.originator_id), *rows[index + 1 :]]
    assert {"folding", "versions"} <= rules_broken(stray)


def test_findings_are_bounded_and_counted(rows):
    report = verify([row._replace(id=row.id * 2) for row in rows * 10])
    assert len(report.findings) == MAX_FINDINGS < report.found


@pytest.mark.parametrize("broken", ["nothing", "payload", "order", "version"])
def test_two_passes_find_together_what_one_pass_finds(rows, broken):
    index = find(rows, "order.validated")
    tampered = {
        "nothing": list(rows),
        "payload": [*rows[:index], rows[index]._replace(state=b"{"), *rows[index + 1 :]],
        "order": moved(rows, index, index - 1),
        "version": doubled(rows, index),
    }[broken]
    at_once = verify(tampered)
    assert together(verify_structure(tampered), verify_promises(tampered)) == at_once
    assert at_once.is_clean is (broken == "nothing")


# ── tampered with: everything, one at a time ─────────────────────────────────────────────────────────────────────

NO_CONSEQUENCE = frozenset({
    "at", "actor", "cause", "command_id",  # who and when: for a hash chain to hold
    "text", "user", "channel", "reply_to", "written_at",
    "words", "completions", "strategy", "checks", "message", "hint", "suggestions", "reason", "detail",
    "by", "nonce", "found_by", "approved_by", "filled_at", "latency_ms", "code",
    "price", "fill_id", "broker_order",  # the venue's word: only its own book can contradict it
    *(limit.name for limit in fields(Limits)),  # the operator's word
    "buying_power_change_usd", "fees_usd", "warnings", "status", "path", "ended", "fills", "streamed", "answered",
    "must_fill",
    "is_simulated", "os_user", "boot", "elapsed_s",
    "account", "cash_usd", "loss_usd", "takes_usd", "held",  # what the venue showed of the account
    "net_liquidating_value_usd",
    "installation",  # which change of the installation's log it copies: that log is another one
    "body",  # the bytes that leave: what they say is said by ticket and tag too
    "expires_at",  # how long the operator lets a code stand
    "confirm_until",  # how long the operator lets an offer stand
    "wait_s", "tried", "tries",  # how long a try was waited for, and how many there were
})  # fmt: skip
"""Fields that nothing else in the log repeats: a change of only these is for the hash chain, which comes later."""


def test_a_verifier_that_was_taken_up_again_says_what_verify_says(rows):
    """Whatever was changed at whatever row: the whole report is the same, and so is whether there is a finding."""
    resumed = Resumed(rows)
    for index in range(7, len(rows) - 1, 60):
        changes = [rows, without(rows, index), doubled(rows, index), swapped(rows, index)]
        changes += [edited(rows, index, path, value) for path, value in list(edits(rows[index]))[::4]]
        for changed in changes:
            said = verify(changed)
            assert resumed.report(changed, index) == said
            assert resumed.notices(changed, index) is not said.is_clean


def test_every_edit_of_consequence_is_found(rows):
    """Each value of each payload, changed in its own kind, one at a time."""
    silent, resumed = [], Resumed(rows)
    for index, row in enumerate(rows):
        for path, value in edits(row):
            named = [step for step in path if isinstance(step, str)]
            if "ticket" not in named and ("risk" in named or named[-1] in NO_CONSEQUENCE):
                continue
            if not resumed.notices(edited(rows, index, path, value), index):
                silent.append((row.topic, named[-1]))
    # A fill of an order that was never filled whole, the asker of a text that became no order, and an exit that is told
    # to be none stand alone. The language that a text was read by is sealed, and nothing follows from it.
    assert set(silent) <= {
        ("tastyflow.order.fill_recorded@1", "quantity"),
        ("tastyflow.order.refused@1", "trader"),
        ("tastyflow.order.went_live@1", "venue"),
        ("tastyflow.order.retrying@1", "venue"),
        ("tastyflow.order.validated@1", "is_exit"),
        ("tastyflow.order.drafted@1", "language"),
    }


def test_every_row_that_is_missing_is_missed(rows):
    """Any but the last, which only an anchor outside the log could miss; here even that one leaves a trace."""
    resumed = Resumed(rows)
    assert all(resumed.notices(without(rows, index), index) for index in range(len(rows) - 1))


def test_every_row_that_comes_twice_is_noticed(rows):
    resumed = Resumed(rows)
    assert all(resumed.notices(doubled(rows, index), index) for index in range(len(rows)))


def test_two_rows_of_one_aggregate_never_change_places_unnoticed(rows):
    resumed = Resumed(rows)
    for index in range(len(rows) - 1):
        if rows[index].originator_id == rows[index + 1].originator_id:
            assert resumed.notices(swapped(rows, index), index)


NEEDED = (
    "drafted",
    "validated",
    "capacity_reserved",
    "order_entered",
    "claimed",
    "planned",
    "capacity_released",
    "registered",
    "linked",
)


def test_what_others_rest_on_is_missed_even_where_the_numbers_were_mended(rows):
    resumed = Resumed(rows)
    for index, row in enumerate(rows):
        name = row.topic.rsplit(".", 1)[-1].partition("@")[0].removeprefix("submission_").removeprefix("identity_")
        if name in NEEDED:
            assert resumed.notices(renumbered(without(rows, index)), index), row.topic
