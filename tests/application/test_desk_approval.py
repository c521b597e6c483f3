"""An order that waits for another person: who may approve it, at which market, until when."""

import asyncio
from datetime import timedelta
from decimal import Decimal

import pytest
from attrs import evolve

from tastyflow.application.intake.entering import NO_APPROVER
from tastyflow.application.message import Message
from tastyflow.application.traders import Traders
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.outcomes import Consequence, OrderKind
from tastyflow.domain.trader import Permission, Trader
from tastyflow.errors import NotSent, Refused
from tests.application.approvals import (
    APPROVE,
    STRICT,
    QuietMarket,
    WhenReady,
    approve,
    quoted,
    refused,
    with_approvers,
)
from tests.application.kit import LENIENT, ONE_CALL, DeskUnderTest, alter, log_of, story
from tests.application.soundness import assert_sound

pytestmark = pytest.mark.anyio

TRADES = frozenset({Permission.LONG_OPTIONS})


@pytest.fixture
async def house(build) -> DeskUnderTest:
    return await with_approvers(build)


# Waiting


async def test_it_is_rehearsed_and_waits_and_its_trader_is_told(house):
    order = await house.once(ONE_CALL)
    assert order.stage is Stage.REHEARSED
    assert order.waiting_until == order.request.at + timedelta(hours=1)
    assert house.books()[1] == []
    sentence = house.told.notices[-1].sentence
    assert sentence.startswith(f"Waits for approval by another person: 'approve {order.reference}', until ")
    assert sentence.endswith("Every order on SPY wants the approval of another person.")
    assert order.id in house.trader().reserved
    assert story(log_of(house.ledger, order)).endswith("rehearsal_concluded approval_requested")


async def test_where_nothing_wants_it_the_policy_approves_and_sends(house):
    house.policy = LENIENT
    order = await house.once(ONE_CALL)
    assert (order.stage, order.approved_by, order.request) == (Stage.FILLED, "policy", None)


async def test_an_order_waits_for_longer_than_a_proof_counts_and_is_not_interrupted(house):
    order = await house.once(ONE_CALL)
    house.clock.jump(3000.0)
    async with house.desk() as desk:
        assert await house.until(desk.recover()) == (order,)
        assert [each.order.id for each in await desk.approvals(house.message("approvals", user="eve"))] == [order.id]


async def test_a_limit_beyond_the_collar_waits_where_the_policy_says_approval(house):
    house.policy = evolve(LENIENT, beyond_collar=Consequence.APPROVAL)
    quoted(house)
    order = await house.once(f"{ONE_CALL} @ 2.90")
    assert [code for code, _ in order.approval_reasons] == ["collar"]
    assert order.waiting_until is not None


async def test_what_a_check_refuses_no_approval_can_help(house):
    house.policy = evolve(STRICT, hard_max_contracts=5)
    order = await house.once("buy to open 6 SPY 450 call exp Dec 18 2026")
    assert (order.stage, order.code, order.request) == (Stage.REFUSED, "over_limit", None)


async def test_a_way_out_waits_for_nobody(house):
    house.policy = LENIENT
    await house.once(ONE_CALL)
    house.policy = evolve(STRICT, approval_kinds=tuple(OrderKind), approval_above_usd=Decimal(0))
    order = await house.once("sell to close 1 SPY 450 call exp Dec 18 2026")
    assert (order.stage, order.approved_by) == (Stage.FILLED, "policy")


async def test_where_there_is_no_market_to_approve_it_is_refused(house):
    house.policy = evolve(STRICT, could_not_run={RiskCode.COLLAR: Consequence.WARN})
    house.market = QuietMarket(house.market)
    order = await house.once(f"{ONE_CALL} @ 2.50")
    assert (order.stage, order.code) == (Stage.REFUSED, "no_market")
    assert house.trader().reserved == {}


# Approving


async def test_another_person_approves_and_it_is_sent(house):
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        done = await approve(house, desk, order)
    assert (done.stage, done.approved_by, done.approval.approver) == (Stage.FILLED, "eve", house.trader("eve").id)
    assert done.approval.digest == done.digest
    assert done.approval.market.mid == order.request.market.mid
    sent = "claimed(production) adopted(production) went_live(production) fill_recorded(production) filled(production)"
    assert story(log_of(house.ledger, done)).endswith(f"approval_requested approved {sent}")
    approved = next(event for event in log_of(house.ledger, done) if event.TOPIC.endswith("approved@1"))
    assert approved.actor.startswith(f"trader:eve ({house.trader('eve').id})")
    assert_sound(house)


async def test_who_asked_for_it_cannot_approve_it_whatever_they_may(house):
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)  # demo may everything
        assert await refused(house, desk, order, "demo") == "own_order"
        assert house.order(order.id) == order


class ForReal(DeskUnderTest):
    """A house where a user of the operating system is one trader, unless they administer."""

    @property
    def context(self):
        return evolve(super().context, environment="production")


@pytest.mark.parametrize(("approver", "as_user", "code"), [("eve", "alice", "own_order"), ("eve", "eve", "")])
async def test_one_user_of_the_machine_is_one_person_whoever_they_act_for(build, approver, as_user, code):
    made = await build(policy=STRICT)
    house = ForReal(made.clock, made.market, made.ledger, made.rehearsals, made.live, policy=STRICT)
    await house.hire("alice", permissions={Permission.ADMINISTER})
    await house.hire("eve", permissions=APPROVE)
    async with house.desk() as desk:
        order = await house.until(desk.place(evolve(house.message(ONE_CALL), os_user="alice")))
        assert order.waiting_until is not None
        asks = evolve(house.message("approve", user=approver), os_user=as_user)
        if not code:
            assert (await house.until(desk.approve(asks, order.reference))).stage is Stage.FILLED
            return
        with pytest.raises(Refused, match="alice, on this machine, asked for order") as no:
            await house.until(desk.approve(asks, order.reference))
    assert no.value.code == code
    assert house.books()[1] == []


ALICE = ("discord", "123456789012345678", "", False)
ALICE_FOR_EVE = ("cli", "eve", "alice", True)


@pytest.mark.parametrize(("asks", "agrees"), [(ALICE, ALICE_FOR_EVE), (ALICE_FOR_EVE, ALICE)])
async def test_a_person_on_two_platforms_is_one_person_whoever_they_act_for(build, asks, agrees):
    made = await build(policy=STRICT)
    house = ForReal(made.clock, made.market, made.ledger, made.rehearsals, made.live, policy=STRICT)
    for name in ("alice", "eve"):
        await house.hire(name)
    await house.until(Traders(house.ledger, house.clock).link("alice", *ALICE[:2], by="alice"))

    def message(text: str, who: tuple[str, str, str, bool]) -> Message:
        platform, user, os_user, acting = who
        return Message(text, platform, user, f"{text}-{platform}", os_user=os_user, acting=acting)

    async with house.desk() as desk:
        order = await house.until(desk.place(message(ONE_CALL, asks)))
        assert order.waiting_until is not None
        with pytest.raises(Refused, match="alice, on this machine, asked for order") as no:
            await house.until(desk.approve(message("approve", agrees), order.reference))
    assert (no.value.code, house.books()[1]) == ("own_order", [])


async def test_a_removed_approver_has_approved_nothing(house):
    async def removed() -> None:
        why = house.context.because("operator", house.order(order.id))
        await house.ledger.change(lambda tx: tx.record(tx.require(Trader, eve.id).remove(reason="left", why=why)))

    eve = house.trader("eve")
    house.production = WhenReady(house.live, removed)
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        done = await approve(house, desk, order)
    assert (done.stage, done.code) == (Stage.REFUSED, "gate")
    assert house.books()[1] == []


async def test_it_takes_the_permission_and_no_suspension(house):
    await house.hire("ann", permissions={Permission.LONG_OPTIONS})
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        assert await refused(house, desk, order, "ann") == "not_permitted"
        await alter(house, lambda trader, why: trader.suspend(why=why), "eve")
        assert await refused(house, desk, order, "eve") == "suspended"
        assert await refused(house, desk, order, "stranger") == "unknown_trader"
        assert (await approve(house, desk, order, "bob")).stage is Stage.FILLED


async def test_the_permission_is_read_in_the_append_of_the_approval(house):
    class Revoking:
        """A market that takes eve's permission away while it is read."""

        def __init__(self, market) -> None:
            self._market = market

        def __getattr__(self, name):
            return getattr(self._market, name)

        async def quotes(self, instruments):
            why = house.context.because("operator", house.order(order.id))
            await house.ledger.change(
                lambda tx: tx.record(tx.require(Trader, eve.id).set_permissions(frozenset(), why=why))
            )
            return await self._market.quotes(instruments)

    eve = house.trader("eve")
    order = await house.once(ONE_CALL)
    house.market = Revoking(house.market)
    async with house.desk() as desk:
        assert await refused(house, desk, order) == "not_permitted"
    assert house.order(order.id) == order


async def test_a_way_out_waits_for_nobody_where_nothing_is_known_at_its_claim(house):
    class Failing:
        """A market that gives no answer at the claim."""

        silent = False

        def __init__(self, market) -> None:
            self._market = market

        def __getattr__(self, name):
            return getattr(self._market, name)

        async def quotes(self, instruments):
            if self.silent:
                raise NotSent("There are no quotes.")
            return await self._market.quotes(instruments)

    async def silence() -> None:
        market.silent = True

    house.policy = evolve(LENIENT, could_not_run=dict.fromkeys(RiskCode, Consequence.APPROVAL))
    await house.once(ONE_CALL)
    house.market = market = Failing(house.market)
    house.production = WhenReady(house.live, silence)
    order = await house.once("sell to close 1 SPY 450 call exp Dec 18 2026")
    assert order.stage is Stage.FILLED


async def test_an_order_that_waits_for_nobody_is_not_approved(house):
    house.policy = LENIENT
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        with pytest.raises(Refused, match="is filled: it waits for no approval"):
            await approve(house, desk, order)


async def test_two_at_once_are_one_approval_and_the_other_hears_who_was_first(house):
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        both = [desk.approve(house.message("approve", user=name), order.reference) for name in ("eve", "bob")]
        answers = await house.until(asyncio.gather(*both, return_exceptions=True))
    first = house.order(order.id).approved_by
    losers = [answer for answer in answers if isinstance(answer, Refused)]
    assert [no.code for no in losers] == ["not_waiting"]
    assert first in losers[0].message
    assert len(house.books()[1]) == 1
    assert story(log_of(house.ledger, order)).split().count("approved") == 1


async def test_it_survives_a_restart(house):
    order = await house.once(ONE_CALL)
    again = house.restarted()
    async with again.desk() as desk:
        done = await approve(again, desk, order)
    assert done.stage is Stage.FILLED
    assert_sound(again)


# Between approval and claim


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda trader, why: trader.set_permissions(frozenset(), why=why), "eve may not approve orders any more."),
        (lambda trader, why: trader.suspend(why=why), "eve, who approved it, is suspended."),
    ],
)
async def test_an_approver_who_may_no_more_at_the_claim_has_approved_nothing(house, change, sentence):
    async def revoked() -> None:
        why = house.context.because("operator", house.order(order.id))
        await house.ledger.change(lambda tx: tx.record(change(tx.require(type(eve), eve.id), why)))

    eve = house.trader("eve")
    house.production = WhenReady(house.live, revoked)
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        done = await approve(house, desk, order)
    assert (done.stage, done.code) == (Stage.REFUSED, "gate")
    assert sentence in done.message
    assert house.books()[1] == []


async def test_a_rule_that_came_since_wants_an_approval_of_its_own(house):
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
    house.policy = evolve(STRICT, approval_kinds=(OrderKind.OPTIONS,))
    async with house.desk() as desk:
        done = await approve(house, desk, order)
    assert (done.stage, done.code) == (Stage.REFUSED, "gate")
    assert "Every order of the kind 'options' wants the approval of another person." in done.message


# Not approving


async def test_its_trader_takes_it_back_while_it_waits(house):
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        (cancelled,) = await house.until(desk.cancel(house.message("cancel"), order.reference))
        assert cancelled.stage is Stage.CANCELLED
        assert await refused(house, desk, order) == "not_waiting"
    assert house.trader().reserved == {}


async def test_another_person_rejects_it_and_says_why(house):
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        with pytest.raises(Refused) as no:
            await house.until(desk.reject(house.message("reject"), order.reference))
        assert no.value.code == "own_order"
        done = await house.until(desk.reject(house.message("reject", user="eve"), order.reference, "too large"))
        assert (done.stage, done.code, done.message) == (
            Stage.REFUSED,
            "rejected",
            "eve did not approve it: too large.",
        )
        assert await refused(house, desk, order, "bob") == "not_waiting"
    assert house.trader().reserved == {}


async def test_who_may_not_approve_sees_only_their_own_that_wait(house):
    await house.hire("ann")
    async with house.desk() as desk:
        mine, other = await house.place(desk, ONE_CALL), await house.place(desk, ONE_CALL, user="ann")
        await alter(house, lambda trader, why: trader.set_permissions(frozenset({Permission.VIEW}), why=why), "ann")
        seen = {
            name: [each.order.id for each in await desk.approvals(house.message("approvals", user=name))]
            for name in ("eve", "ann")
        }
    assert seen == {"eve": [mine.id, other.id], "ann": [other.id]}


@pytest.mark.parametrize(("user", "code"), [("demo", "own_order"), ("vic", "not_permitted")])
async def test_who_may_not_approve_an_order_is_not_shown_it_either(house, user, code):
    await house.hire("vic", permissions=[Permission.VIEW])
    async with house.desk() as desk:
        order = await house.place(desk, ONE_CALL)
        with pytest.raises(Refused) as no:
            await desk.approvable(house.message(f"approve {order.reference}", user=user), order.reference)
    assert no.value.code == code


async def test_an_approver_sees_what_is_approved(house):
    quoted(house)
    async with house.desk() as desk:
        order = await house.place(desk, f"{ONE_CALL} @ 2.10")
        quoted(house, "0.26")
        seen = await desk.approvable(house.message(f"approve {order.reference}", user="eve"), order.reference)
    assert (seen.order, seen.requester) == (order, "demo")
    assert seen.request.reasons == ("Every order on SPY wants the approval of another person.",)
    assert (seen.request.market.mid, seen.market.mid) == (Decimal("2.50"), Decimal("2.76"))
    assert seen.moved.startswith("The market moved by 0.26")


@pytest.mark.parametrize("words", ["approve last", "reject last too large"])
async def test_the_last_order_is_nothing_to_approve_another_trader_may_have_ordered_since(house, words):
    await house.hire("ann")
    first = await house.once(ONE_CALL)
    second = await house.once(ONE_CALL, user="ann")
    async with house.desk() as desk:
        reply = await house.until(desk.ask(house.message(words, user="eve")))
        assert reply.error.code == "name_the_order"
    assert (house.order(first.id), house.order(second.id)) == (first, second)
    assert house.books()[1] == []


@pytest.mark.parametrize("approvers", ["none", "suspended", "the trader alone"])
async def test_where_no_other_trader_may_approve_the_order_and_its_preview_say_so(build, approvers):
    house = await build(policy=STRICT, permissions=None if approvers == "the trader alone" else TRADES)
    if approvers == "suspended":
        await house.hire("eve", permissions=APPROVE)
        await alter(house, lambda trader, why: trader.suspend(why=why), "eve")
    async with house.desk() as desk:
        card = (await house.until(desk.preview(house.message(f"preview {ONE_CALL}")))).card
        order = await house.place(desk, ONE_CALL)
    assert NO_APPROVER in card.checks.warnings
    assert NO_APPROVER in order.completions
    assert order.waiting_until is not None
    await house.hire("bob", permissions=APPROVE)
    assert NO_APPROVER not in (await house.once(ONE_CALL.replace("450", "455"))).completions


async def test_of_an_order_that_waits_for_no_person_nothing_is_said_of_approvers(build):
    house = await build(policy=LENIENT, permissions=TRADES)
    assert NO_APPROVER not in (await house.once(ONE_CALL)).completions
