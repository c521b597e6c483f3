"""
The promises before anything is claimed: who asked, within which limits, what was tested, what was approved.

    asked ─▶ validated        test planned ─▶ checks ─▶ verdict ─▶ told to the order ─▶ approved
"""

from collections.abc import Iterable
from typing import Final

from tastyflow.application.audit.promise import Promise, listed, promise
from tastyflow.application.audit.world import World
from tastyflow.application.rehearsal.checks import MAX_EVIDENCE
from tastyflow.domain.mirroring import mirrored
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import (
    OrderApproved,
    OrderDrafted,
    OrderRefused,
    OrderValidated,
    RehearsalConcluded,
)
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.testresult import (
    CheckName,
    CheckOutcome,
    CheckRecorded,
    TestConcluded,
    TestPlanned,
    TestResult,
    Verdict,
)
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import Venue


@promise(
    "asked_once",
    "Each order begins once, with a message of its own: its id follows from it.",
    OrderDrafted,
    OrderRefused,
    where=lambda event: event.asked is not None,
)
def _asked_once(world: World, event: OrderDrafted) -> Iterable[str]:
    derived = Order.id_of(event.asked.platform, event.asked.message)
    return broken_rules(
        (event.originator_id == derived, "The order's id is not that of its message."),
        (event.originator_id not in world.states, "The order has begun before."),
    )


@promise(
    "asked_by_trader",
    "A ticket is a registered trader's; a refusal of a stranger names no trader.",
    OrderDrafted,
    OrderRefused,
    where=lambda event: event.asked is not None,
)
def _asked_by_trader(world: World, event: OrderDrafted) -> Iterable[str]:
    stranger = isinstance(event, OrderRefused) and event.asked.trader is None
    return broken_rules(
        (stranger or world.get(Trader, event.asked.trader) is not None, "The trader who asked is not registered.")
    )


@promise("digest_of_ticket", "The digest is that of the ticket.", OrderDrafted)
def _digest_of_ticket(_world: World, event: OrderDrafted) -> Iterable[str]:
    return broken_rules((event.digest == event.ticket.digest, "The digest is not that of the ticket."))


@promise(
    "tested_claim",
    "Each test is of one rehearsal: of its claim, its order, its content; of a mirrored claim it says so.",
    TestPlanned,
)
def _tested_claim(world: World, event: TestPlanned) -> Iterable[str]:
    order = world.get(Order, event.order)
    claim = next((a for a in order.attempts if a.external_id == event.external_id), None) if order else None
    return broken_rules(
        (event.originator_id == TestResult.id_of(event.order, event.external_id), "Its id is not that of the attempt."),
        (claim is not None and claim.venue is Venue.SANDBOX, "There is no such claim in the sandbox."),
        (order is not None and event.digest == order.digest, "It is of other content than its order."),
        (claim is None or claim.digest == (event.rehearsed or event.digest), "It does not say what was claimed."),
        (event.originator_id not in world.states, "The test has begun before."),
        (bool(event.checks) and len(set(event.checks)) == len(event.checks), "Its checks are not each named once."),
    )


@promise("planned_checks", "A check is planned, and recorded once, before the verdict.", CheckRecorded)
def _planned_checks(world: World, event: CheckRecorded) -> Iterable[str]:
    test, name = world.get(TestResult, event.originator_id), event.check.name
    return broken_rules(
        (test is not None and name in test.planned, f"The check {name[:40]} was not planned."),
        (test is not None and name not in test.recorded, f"The check {name[:40]} was recorded before."),
        (test is not None and test.verdict is None, "The verdict was given before."),
    )


@promise(
    "echo_of_ticket",
    "A passed echo shows the order's own ticket, or that mirrored, as sent and as understood.",
    CheckRecorded,
    where=lambda event: event.check.name == CheckName.ECHO and event.check.outcome is CheckOutcome.PASSED,
)
def _echo_of_ticket(world: World, event: CheckRecorded) -> Iterable[str]:
    test = world.get(TestResult, event.originator_id)
    order = world.get(Order, test.order) if test else None
    if order is None or order.ticket is None:
        return ("There is no such test, or no ticket.",)
    ticket = mirrored(order.ticket) if test is not None and test.rehearsed else order.ticket
    if ticket is None:
        return ("There is no such ticket mirrored.",)
    shown = ticket.canonical[:MAX_EVIDENCE]
    evidence = event.check.evidence
    return broken_rules(
        (evidence.get("sent") == shown, "What was sent is another ticket."),
        (evidence.get("echoed") == shown, "What was understood is another ticket."),
    )


@promise("fair_verdict", "The verdict follows from the checks.", TestConcluded)
def _fair_verdict(world: World, event: TestConcluded) -> Iterable[str]:
    test = world.get(TestResult, event.originator_id)
    if test is None:
        return ("There is no such test.",)
    failed = [check.name for check in test.checks if check.outcome is CheckOutcome.FAILED]
    named = tuple(f"{check.name}: {check.detail}" for check in test.checks if check.outcome is CheckOutcome.FAILED)
    silent = sorted(set(test.planned) - test.recorded)
    passed = event.verdict is Verdict.PASSED
    ran = {check.name for check in test.checks if check.outcome is CheckOutcome.PASSED}
    named_in_reasons = {reason.partition(":")[0] for reason in event.reasons}
    unheard_of = sorted(set(event.required) - (ran if passed else {*test.planned, *named_in_reasons}))
    return broken_rules(
        (test.verdict is None, "There was a verdict before."),
        ((event.verdict is Verdict.FAILED) == bool(failed), f"It {event.verdict}; checks failed: {listed(failed)}."),
        (not (passed and silent), f"It passed; checks never looked at: {listed(silent)}."),
        (passed != bool(event.reasons), f"It {event.verdict}, for {len(event.reasons)} reasons."),
        (not failed or event.reasons == named, "Its reasons are not what the checks saw."),
        (not event.trouble or event.verdict is Verdict.INCONCLUSIVE, f"It {event.verdict}, and names a trouble."),
        (not unheard_of, f"It {event.verdict}, and required what did not run: {listed(unheard_of)}."),
        (event.valid_until >= event.at, "Its proof was too old before it was given."),
    )


@promise(
    "proven_effect",
    "A mirrored rehearsal passes only where production's dry run proved that the order itself closes.",
    TestConcluded,
    where=lambda event: event.verdict is Verdict.PASSED,
)
def _proven_effect(world: World, event: TestConcluded) -> Iterable[str]:
    test = world.get(TestResult, event.originator_id)
    if test is None or not test.rehearsed:
        return ()
    order = world.get(Order, test.order)
    effects = [check for check in test.checks if check.name == CheckName.POSITION_EFFECT]
    proven = [each for each in effects if each.outcome is CheckOutcome.PASSED and each.evidence.get("digest")]
    return broken_rules(
        (bool(proven), "Its position effect did not pass."),
        (all(each.evidence["digest"] == test.digest for each in proven), "Another order was dry-run in production."),
        (all(each.evidence.get("by") == Venue.PRODUCTION for each in proven), "It was not proven by production."),
        (order is not None and test.rehearsed == order.mirrored_digest, "What was placed is not its order mirrored."),
    )


@promise("told_verdict", "The order hears of its test what the test says.", RehearsalConcluded)
def _told_verdict(world: World, event: RehearsalConcluded) -> Iterable[str]:
    test, order = world.get(TestResult, event.test), world.get(Order, event.originator_id)
    if test is None or test.verdict is None:
        return ("There is no concluded test.",)
    return broken_rules(
        (
            order is not None and order.stage is Stage.REHEARSING,
            f"The order was {order.stage if order else 'nowhere'}.",
        ),
        (test.order == event.originator_id, "The test is of another order."),
        (event.digest == test.digest, "The test is of other content."),
        (order is not None and event.digest == order.digest, "It is of other content than the order."),
        (event.rehearsed == test.rehearsed, "The test says otherwise what was placed."),
        (event.passed == (test.verdict is Verdict.PASSED), f"The test {test.verdict}."),
        (event.valid_until == test.valid_until, "The proof counts for another time than the test says."),
        (event.reasons == test.reasons, "The test names other reasons."),
        (event.trouble == test.trouble, "The test names another trouble of the sandbox."),
    )


@promise("approved_content", "Only content whose rehearsal passed is approved.", OrderApproved)
def _approved_content(world: World, event: OrderApproved) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    proof = order.proof if order else None
    return broken_rules(
        (order is not None and event.digest == order.digest, "Other content was approved."),
        (proof is not None and proof.passed and proof.digest == event.digest, "It had not passed its rehearsal."),
        (order is not None and order.stage is Stage.REHEARSED, f"The order was {order.stage if order else 'nowhere'}."),
        (bool(event.approved_by), "It was not approved."),
    )


@promise("validated_once", "Limits are checked once, of an order that was drafted.", OrderValidated)
def _validated_once(world: World, event: OrderValidated) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    return broken_rules((order is not None and order.stage is Stage.DRAFTED, "It was not a draft."))


BEFORE_CLAIMING: Final[tuple[Promise, ...]] = (
    _asked_once,
    _asked_by_trader,
    _digest_of_ticket,
    _validated_once,
    _tested_claim,
    _planned_checks,
    _echo_of_ticket,
    _fair_verdict,
    _proven_effect,
    _told_verdict,
    _approved_content,
)
