"""
Setups: what they have changed is undone to the last contract; what is mirrored is the order in all but its effect.
"""

from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.mirroring import mirrored
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.submission import OUTCOMES, AttemptOutcome, external_id
from tastyflow.domain.risk.gate import may_promote
from tastyflow.domain.setup import Purpose, Setup, owed
from tastyflow.domain.setup import placement as placements
from tastyflow.domain.setup.verbs import STEPS
from tastyflow.domain.testresult import Check, CheckName, CheckOutcome, TestResult, Verdict
from tastyflow.domain.ticket import Action, Duration, Leg, OrderType, Ticket, TimeInForce
from tastyflow.domain.venue import Status
from tastyflow.errors import IllegalStep, Invalid, NotProven
from tests.domain.makers import (
    NOW,
    POLICY,
    PRODUCTION,
    SANDBOX,
    VALID_FOR,
    Log,
    execution,
    leg,
    limit,
    option,
    snapshot,
    why,
)

CALL, HIGHER = option("450"), option("460")
CLOSE = limit(leg("sell_to_close", 10, CALL), price="2.50", effect="credit")
ROLL = limit(leg("sell_to_close", 10, CALL), leg("buy_to_open", 10, HIGHER), price="1", effect="credit")
OUTCOME_LISTS = st.lists(st.sampled_from(AttemptOutcome), max_size=5)


def market(action, quantity, instrument=CALL):
    return Ticket((Leg(action, quantity, instrument),), OrderType.MARKET)


def claimed(setup, order, purpose, ticket):
    event = Setup.claim(setup, order=order, purpose=purpose, ticket=ticket, nonce="n", why=why())
    return setup.evolved(event) if setup else Setup.born_of(event)


def concluded(setup, *fills, status=Status.FILLED):
    number = setup.placements[-1].number
    shown = snapshot(f"S-{number}", status, *fills)
    return setup.evolved(setup.conclude(number, AttemptOutcome.ADOPTED, shown=shown, why=why()))


def placed(setup, order, purpose, action, quantity, *, filled, instrument=CALL):
    """*setup* after one more placement, of which *filled* was done."""
    setup = claimed(setup, order.id, purpose, market(action, quantity, instrument))
    fills = [execution(f"s{len(setup.placements)}", filled, instrument.occ)] if filled else []
    return concluded(setup, *fills, status=Status.FILLED if filled == quantity else Status.CANCELLED)


def rehearsed(ticket, filled):
    """An order of *ticket* whose sandbox attempt filled so much of each leg."""
    log = Log(ticket).validated().claimed(SANDBOX)
    log.do("adopt", SANDBOX, 1, broker_order="R-1", found_by=FoundBy.ANSWER)
    for each in ticket.legs if filled else ():
        log.do("fill", SANDBOX, 1, execution(f"r-{each.instrument.occ}", filled, each.instrument.occ))
    return log.order


def signed(action, quantity):
    return quantity if action.buys else -quantity


# ── what is owed ───────────────────────────────────────────────────────────────────────────────────────────────


@given(
    there=st.integers(0, 12),
    asked=st.integers(1, 10),
    opened=st.integers(0, 10),
    filled=st.integers(0, 10),
    parts=st.lists(st.integers(1, 6), min_size=1, max_size=6),
    is_short=st.booleans(),
)
def test_undoing_what_is_owed_brings_the_account_to_where_it_was(there, asked, opened, filled, parts, is_short):
    """Whatever was there, opened for it and filled: a plain count of the account agrees at every step."""
    opens, closes = (
        (Action.SELL_TO_OPEN, Action.BUY_TO_CLOSE) if is_short else (Action.BUY_TO_OPEN, Action.SELL_TO_CLOSE)
    )
    before = signed(opens, there)
    missing = max(0, asked - there)
    opened, filled = min(opened, missing), min(filled, asked, there + min(opened, missing))
    effect = "debit" if closes.buys else "credit"
    order = rehearsed(limit(Leg(closes, asked, CALL), price="2.50", effect=effect), filled)
    setup = placed(None, order, Purpose.OPEN, opens, missing, filled=opened) if missing else None
    account = before + signed(opens, opened) + signed(closes, filled)
    for part in [*parts, *([12] * 3)]:
        legs = owed(order, setup, max_tries=99)
        assert bool(legs) is (account != before)
        if not legs:
            break
        (undoing,) = legs
        assert signed(undoing.action, undoing.quantity) == before - account
        assert undoing.action.opens or abs(account) >= undoing.quantity  # it closes what is there, and no more
        done = min(part, undoing.quantity)
        setup = placed(setup, order, Purpose.RESTORE, undoing.action, undoing.quantity, filled=done)
        account += signed(undoing.action, done)
    assert account == before
    assert owed(order, setup, max_tries=99) == ()


def test_each_leg_of_a_roll_is_undone_by_itself_buys_first():
    order = rehearsed(ROLL, 10)
    setup = placed(None, order, Purpose.OPEN, Action.BUY_TO_OPEN, 10, filled=10)
    assert owed(order, setup, max_tries=3) == (Leg(Action.SELL_TO_CLOSE, 10, HIGHER),)
    assert owed(order, None, max_tries=3) == (
        Leg(Action.BUY_TO_OPEN, 10, CALL),
        Leg(Action.SELL_TO_CLOSE, 10, HIGHER),
    )


def test_what_was_cleared_stays_cleared():
    order = rehearsed(CLOSE, 0)
    assert owed(order, placed(None, order, Purpose.CLEAR, Action.BUY_TO_CLOSE, 3, filled=3), max_tries=3) == ()


def test_what_was_mirrored_was_opened():
    log = Log(CLOSE).validated()
    log.do("claim", SANDBOX, nonce="n", is_mirrored=True)
    log.do("adopt", SANDBOX, 1, broker_order="R-1", found_by=FoundBy.ANSWER)
    log.do("fill", SANDBOX, 1, execution("r", 10))
    assert owed(log.order, None, max_tries=3) == (Leg(Action.BUY_TO_CLOSE, 10, CALL),)


def test_what_cannot_be_undone_is_given_up_after_so_many_tries():
    order = rehearsed(limit(leg("buy_to_open", 10, CALL), price="2.50"), 10)
    setup = None
    for tries in range(3):
        assert owed(order, setup, max_tries=3), tries
        setup = claimed(setup, order.id, Purpose.RESTORE, market(Action.SELL_TO_CLOSE, 10))
        number = setup.placements[-1].number
        setup = setup.evolved(setup.conclude(number, AttemptOutcome.DECLINED, code="no", message="No.", why=why()))
    assert owed(order, setup, max_tries=3) == ()


# ── one placement ──────────────────────────────────────────────────────────────────────────────────────────────


@given(st.uuids(), st.integers(1, 9))
def test_the_tag_of_a_setup_is_derived_and_never_that_of_an_attempt(order, number):
    tag = placements.external_id(order, number)
    assert tag == placements.external_id(order, number)
    assert len(tag) == 28
    attempts = {external_id(order, venue, each)[:-1] for venue in (SANDBOX, PRODUCTION) for each in range(1, 10)}
    assert tag[:-1] not in attempts


@given(OUTCOME_LISTS)
def test_a_placement_ends_one_way_and_what_is_no_news_is_not_recorded(outcomes):
    setup = claimed(None, UUID(int=1), Purpose.OPEN, market(Action.BUY_TO_OPEN, 10))
    for outcome in outcomes:
        before = setup.placements[0].outcome
        shown = snapshot("S-1", Status.FILLED, execution("f", 10)) if outcome is AttemptOutcome.ADOPTED else None
        allowed = outcome in STEPS and STEPS[outcome] in OUTCOMES[before]
        if before in (outcome, AttemptOutcome.ADOPTED):
            assert setup.conclude(1, outcome, shown=shown, why=why()) is None
        elif not allowed:
            with pytest.raises((IllegalStep, KeyError)):
                setup.conclude(1, outcome, shown=shown, why=why())
        else:
            setup = setup.evolved(setup.conclude(1, outcome, shown=shown, why=why()))
            assert setup.placements[0].outcome is outcome


def test_a_second_placement_waits_for_the_first_in_the_same_instrument_only():
    setup = claimed(None, UUID(int=1), Purpose.RESTORE, market(Action.SELL_TO_CLOSE, 10))
    with pytest.raises(IllegalStep):
        Setup.claim(
            setup,
            order=UUID(int=1),
            purpose=Purpose.RESTORE,
            ticket=market(Action.SELL_TO_CLOSE, 10),
            nonce="m",
            why=why(),
        )
    other = claimed(setup, UUID(int=1), Purpose.RESTORE, market(Action.SELL_TO_CLOSE, 10, HIGHER))
    assert [each.number for each in other.placements] == [1, 2]


def test_a_setup_has_one_leg():
    with pytest.raises(Invalid):
        Setup.claim(None, order=UUID(int=1), purpose=Purpose.OPEN, ticket=ROLL, nonce="n", why=why())


def test_fills_that_cannot_be_are_not_taken_over():
    setup = claimed(None, UUID(int=1), Purpose.OPEN, market(Action.BUY_TO_OPEN, 10))
    stray = [execution("a", 6), execution("a", 6), execution("x", 1, "QQQ"), execution("b", 5), execution("c", 4)]
    assert [fill.fill_id for fill in concluded(setup, *stray).placements[0].fills] == ["a", "c"]


def test_a_late_fill_is_news_of_an_adopted_placement_and_the_same_again_is_not():
    setup = claimed(None, UUID(int=1), Purpose.OPEN, market(Action.BUY_TO_OPEN, 10))
    setup = concluded(setup, execution("a", 4), status=Status.LIVE)
    assert setup.open_placements
    late = snapshot("S-1", Status.FILLED, execution("a", 4), execution("b", 6))
    setup = setup.evolved(setup.conclude(1, AttemptOutcome.ADOPTED, shown=late, why=why()))
    assert setup.placements[0].is_filled
    assert setup.conclude(1, AttemptOutcome.ADOPTED, shown=late, why=why()) is None


# ── mirrored ───────────────────────────────────────────────────────────────────────────────────────────────────


@given(
    st.sampled_from([Action.SELL_TO_CLOSE, Action.BUY_TO_CLOSE]),
    st.integers(1, 500),
    st.sampled_from([OrderType.LIMIT, OrderType.STOP_LIMIT]),
    st.sampled_from([TimeInForce(), TimeInForce(Duration.GTC)]),
)
def test_the_mirrored_ticket_differs_in_its_effect_alone(action, quantity, kind, lasts):
    close = limit(
        Leg(action, quantity, CALL), price="2.50", effect="debit" if action.buys else "credit", time_in_force=lasts
    )
    if kind is OrderType.STOP_LIMIT:
        close = evolve(close, order_type=kind, stop=close.price)
    other = mirrored(close)
    assert other is not None
    assert other.opens
    assert [each.action.buys for each in other.legs] == [each.action.buys for each in close.legs]
    assert evolve(other, legs=close.legs) == close
    assert other.digest != close.digest


def test_what_opens_anything_is_never_mirrored_nor_what_could_not_be_an_opening():
    assert mirrored(ROLL) is None
    gtc_stop = evolve(market(Action.SELL_TO_CLOSE, 10), order_type=OrderType.STOP, stop=CLOSE.price)
    assert mirrored(gtc_stop) is not None
    assert mirrored(evolve(gtc_stop, time_in_force=TimeInForce(Duration.GTC))) is None


def of_mirrored(log, *, effect=CheckOutcome.PASSED, rehearsed=None):
    """The test of the latest, mirrored attempt of *log*."""
    attempt = log.order.attempt(SANDBOX)
    names = tuple(sorted(POLICY.required_checks))
    plan = TestResult.plan(
        order=log.order.id,
        digest=log.order.digest,
        external_id=attempt.external_id,
        checks=names,
        rehearsed=attempt.digest if rehearsed is None else rehearsed,
        why=why(),
    )
    test = TestResult.born_of(plan)
    for name in names:
        outcome = effect if name == CheckName.POSITION_EFFECT else CheckOutcome.PASSED
        test = test.evolved(test.record(Check(name, outcome, "It was looked at."), why=why()))
    lax = POLICY.required_checks - {CheckName.POSITION_EFFECT}
    return test.evolved(test.conclude(required=lax, valid_until=NOW + VALID_FOR, why=why()))


def mirrored_rehearsal(ticket=CLOSE):
    log = Log(ticket).validated().do("claim", SANDBOX, nonce="n", is_mirrored=True)
    log.do("adopt", SANDBOX, 1, broker_order="R-1", found_by=FoundBy.ANSWER)
    return log.do("finish", SANDBOX, 1, Status.CANCELLED)


def test_a_mirrored_claim_is_of_the_mirrored_content_and_of_nothing_that_opens():
    assert mirrored_rehearsal().order.attempt(SANDBOX).digest == mirrored(CLOSE).digest
    for ticket in (ROLL, limit(leg("buy_to_open", 10, CALL), price="2.50")):
        with pytest.raises(NotProven):
            Log(ticket).validated().do("claim", SANDBOX, nonce="n", is_mirrored=True)
    log = mirrored_rehearsal()
    log.take(log.order.conclude_rehearsal(of_mirrored(log).proof(), why=why()))
    log.do("approve", approved_by="policy")
    with pytest.raises(NotProven):
        log.order.claim(PRODUCTION, nonce="n", proof=log.order.proof, is_mirrored=True, why=why())
    sent = log.order.claim(PRODUCTION, nonce="n", proof=log.order.proof, why=why())
    assert sent.digest == CLOSE.digest == log.order.digest


@pytest.mark.parametrize("effect", [CheckOutcome.FAILED, CheckOutcome.COULD_NOT_RUN])
def test_a_mirrored_rehearsal_without_its_effect_is_no_proof_whatever_the_policy_requires(effect):
    log = mirrored_rehearsal()
    test = of_mirrored(log, effect=effect)
    assert test.verdict is not Verdict.PASSED
    log.take(log.order.conclude_rehearsal(test.proof(), why=why()))
    assert log.order.proof is None


def test_a_test_that_does_not_say_that_it_was_mirrored_is_no_proof():
    log = mirrored_rehearsal()
    with pytest.raises(NotProven):
        log.order.conclude_rehearsal(of_mirrored(log, rehearsed="").proof(), why=why())
    plain = Log(CLOSE).validated().claimed(SANDBOX)
    plain.do("adopt", SANDBOX, 1, broker_order="R-1", found_by=FoundBy.ANSWER)
    said = of_mirrored(plain, rehearsed=mirrored(CLOSE).digest)
    with pytest.raises(NotProven):
        plain.order.conclude_rehearsal(said.proof(), why=why())


def test_a_proof_of_something_else_mirrored_carries_nothing_into_production():
    log = mirrored_rehearsal()
    log.take(log.order.conclude_rehearsal(of_mirrored(log).proof(), why=why()))
    order = log.do("approve", approved_by="policy").order
    forged = evolve(order, proof=evolve(order.proof, rehearsed="0" * 64))
    with pytest.raises(NotProven, match="another order"):
        forged.claim(PRODUCTION, nonce="n", proof=forged.proof, why=why())


def test_the_gate_asks_whether_the_policy_still_allows_mirrored_rehearsals():
    log = mirrored_rehearsal()
    test = of_mirrored(log)
    log.take(log.order.conclude_rehearsal(test.proof(), why=why()))
    order = log.do("approve", approved_by="policy").order
    strict = evolve(POLICY, mirrored_rehearsal=False)
    reasons = [may_promote(order, test, None, policy, NOW, ()).reasons for policy in (POLICY, strict)]
    assert set(reasons[1]) - set(reasons[0]) == {"The policy allows no mirrored rehearsal."}
