"""Trading is halted and resumed in a chat by those who may: after they saw what it does, and once."""

import pytest

from tastyflow.domain.halt import Trading
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader import Permission
from tastyflow.errors import Refused
from tastyflow_adapters.discord.answers.switching import ALL, RISK
from tastyflow_adapters.discord.page import Act, ChatPage, Tone
from tests.application.kit import ONE_CALL, alter, resuming, stopping, turn
from tests.discord.answers_kit import chat_of, labels, linked, pressed, slashed, text_of

pytestmark = pytest.mark.anyio

RESTING = f"{ONE_CALL} @ 0.01"
HALT = {Permission.HALT}


async def test_a_halt_is_shown_first_and_cancels_what_it_said(house):
    eve = await linked(house, "eve", HALT)
    async with house.desk() as desk:
        chat = chat_of(desk)
        order = await house.place(desk, RESTING)
        plan = await slashed(house, chat, eve, "halt", reason="fat finger")
        assert "1 open order would be cancelled." in text_of(plan)
        assert order.reference in text_of(plan)
        assert plan.is_private
        assert desk.context.halt().trading is Trading.RUNNING
        assert house.order(order.id).stage is Stage.WORKING
        done = await pressed(house, chat, eve, Act.DO, plan.buttons[0].about)
        assert isinstance(done, ChatPage)
        assert desk.context.halt().trading is Trading.HALTED
        assert desk.context.halt().reason == "fat finger"
        assert house.order(order.id).stage is Stage.CANCELLED
        assert f"{order.reference} · cancelled" in text_of(done)
        assert done.tone is Tone.WARNING


async def test_a_halt_of_what_adds_risk_says_so_and_does_only_that(house):
    eve = await linked(house, "eve", HALT)
    async with house.desk() as desk:
        chat = chat_of(desk)
        plan = await slashed(house, chat, eve, "halt", what=RISK, reason="reducing the size")
        assert "Only orders that take risk away" in text_of(plan)
        await pressed(house, chat, eve, Act.DO, plan.buttons[0].about)
        assert desk.context.halt().trading is Trading.REDUCING
        assert desk.context.halt().reason == "reducing the size"


async def test_a_halt_is_not_done_again_by_an_old_button(house):
    eve = await linked(house, "eve", HALT)
    async with house.desk() as desk:
        chat = chat_of(desk)
        plan = await slashed(house, chat, eve, "halt", what=ALL)
        await pressed(house, chat, eve, Act.DO, plan.buttons[0].about)
        await turn(house, resuming())
        again = await pressed(house, chat, eve, Act.DO, plan.buttons[0].about)
        assert desk.context.halt().trading is Trading.RUNNING
        assert "This was done before" in text_of(again)


@pytest.mark.parametrize("name", ["resume", "halt"])
async def test_a_yes_loosens_no_halt_that_its_person_has_not_seen(house, name):
    """Each plan would let orders leave, the second one those that only close."""
    eve = await linked(house, "eve", HALT)
    async with house.desk() as desk:
        chat = chat_of(desk)
        if name == "resume":
            await turn(house, stopping())
        plan = await slashed(
            house, chat, eve, name, reason="it was settled", **({"what": RISK} if name == "halt" else {})
        )
        if name == "resume":
            await turn(house, resuming())
        await turn(house, stopping(reason="the feed is wrong"))
        with pytest.raises(Refused) as no:
            await pressed(house, chat, eve, Act.DO, plan.buttons[0].about)
        assert no.value.code == "switch_moved"
        assert "the feed is wrong" in no.value.message
        assert desk.context.halt().trading is Trading.HALTED
        anew = await slashed(house, chat, eve, "resume", reason="the feed is right")
        await pressed(house, chat, eve, Act.DO, anew.buttons[0].about)
        assert desk.context.halt().trading is Trading.RUNNING


async def test_a_halt_of_all_is_done_however_the_switch_was_moved(house):
    eve = await linked(house, "eve", HALT)
    async with house.desk() as desk:
        chat = chat_of(desk)
        plan = await slashed(house, chat, eve, "halt")
        await turn(house, stopping(reducing=True))
        await pressed(house, chat, eve, Act.DO, plan.buttons[0].about)
        assert desk.context.halt().trading is Trading.HALTED


async def test_trading_goes_on_with_a_reason(house):
    eve = await linked(house, "eve", HALT)
    async with house.desk() as desk:
        chat = chat_of(desk)
        await pressed(house, chat, eve, Act.DO, (await slashed(house, chat, eve, "halt")).buttons[0].about)
        with pytest.raises(Refused) as no:
            await slashed(house, chat, eve, "resume", reason="  ")
        assert no.value.code == "reason_needed"
        plan = await slashed(house, chat, eve, "resume", reason="the feed is right")
        assert labels(plan) == ["Resume", "Dismiss"]
        assert desk.context.halt().trading is Trading.HALTED
        done = await pressed(house, chat, eve, Act.DO, plan.buttons[0].about)
        assert desk.context.halt().trading is Trading.RUNNING
        assert desk.context.halt().reason == "the feed is right"
        assert isinstance(done, ChatPage)
        assert done.tone is Tone.GOOD


async def test_what_runs_cannot_be_resumed(house):
    eve = await linked(house, "eve", HALT)
    async with house.desk() as desk:
        with pytest.raises(Refused) as no:
            await slashed(house, chat_of(desk), eve, "resume", reason="all is well")
        assert no.value.code == "not_halted"


@pytest.mark.parametrize("name", ["halt", "resume"])
async def test_who_may_not_halt_is_shown_nothing(house, name):
    bob = await linked(house, "bob", {Permission.LONG_OPTIONS, Permission.APPROVE})
    async with house.desk() as desk:
        with pytest.raises(Refused) as no:
            await slashed(house, chat_of(desk), bob, name, reason="why not")
        assert no.value.code == "not_permitted"


async def test_who_lost_the_permission_meanwhile_halts_nothing(house):
    eve = await linked(house, "eve", HALT)
    async with house.desk() as desk:
        chat = chat_of(desk)
        plan = await slashed(house, chat, eve, "halt")
        await alter(house, lambda trader, why: trader.set_permissions(frozenset({Permission.VIEW}), why=why), "eve")
        with pytest.raises(Refused):
            await pressed(house, chat, eve, Act.DO, plan.buttons[0].about)
        assert desk.context.halt().trading is Trading.RUNNING


async def test_the_plan_of_one_person_is_no_button_of_another(house):
    eve, sue = await linked(house, "eve", HALT), await linked(house, "sue", HALT)
    async with house.desk() as desk:
        chat = chat_of(desk)
        plan = await slashed(house, chat, eve, "halt")
        with pytest.raises(Refused):
            await pressed(house, chat, sue, Act.DO, plan.buttons[0].about)
        assert desk.context.halt().trading is Trading.RUNNING


async def test_a_plan_that_is_too_old_is_not_done(house):
    eve = await linked(house, "eve", HALT)
    async with house.desk() as desk:
        chat = chat_of(desk)
        plan = await slashed(house, chat, eve, "halt")
        house.clock.jump(desk.context.policy.confirm_within_s + 1)
        with pytest.raises(Refused):
            await pressed(house, chat, eve, Act.DO, plan.buttons[0].about)
        assert desk.context.halt().trading is Trading.RUNNING
