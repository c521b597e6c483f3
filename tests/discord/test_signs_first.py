"""Signs go before answers: a hundred people who press at once are all acknowledged, and then answered."""

import asyncio

import pytest

from tastyflow_adapters.discord.dialogue.handlers import Handlers

pytestmark = pytest.mark.anyio


async def test_no_answer_begins_while_a_sign_is_on_its_way_and_then_they_begin_one_after_the_other():
    handlers, happened = Handlers(), []

    async def one(number: int) -> None:
        with handlers.signing():
            await asyncio.sleep(0.001 * number)
            happened.append("sign")
        await handlers.after_signs()
        happened.append("answer")

    await asyncio.gather(*(one(number) for number in range(20)))
    assert happened == ["sign"] * 20 + ["answer"] * 20


async def test_a_sign_that_hangs_holds_up_no_answer_for_long(monkeypatch):
    monkeypatch.setattr("tastyflow_adapters.discord.dialogue.handlers.LET_GO_FIRST_S", 0.01)
    handlers = Handlers()
    with handlers.signing():
        await asyncio.wait_for(asyncio.gather(*(handlers.after_signs() for _ in range(50))), 5)
