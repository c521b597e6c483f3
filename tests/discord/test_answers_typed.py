"""A typed line that only looks is answered as the slash command of the same name; what switches is confirmed first."""

import pytest

from tastyflow.domain.halt import Trading
from tastyflow_adapters.discord.answers.typed import typed
from tastyflow_adapters.discord.page import Act
from tests.application.kit import ONE_CALL
from tests.discord.answers_kit import chat_of, linked, request, text_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("line", "title"),
    [
        ("orders", "Your orders"),
        ("status last", "Order "),
        ("positions", "Positions"),
        ("balance", "Balance"),
        ("quote SPY", "SPY shares"),
        ("chain SPY Dec 18", "SPY at "),
        ("expirations SPX", "SPX · "),
        ("approvals", ""),
        ("help", "What you can ask for"),
        ("halt fat finger", "Halt trading?"),
        ("halt reducing", "Halt what adds risk?"),
    ],
)
async def test_a_typed_line_is_answered_like_its_slash_command(house, line, title):
    ann = await linked(house, "demo")
    async with house.desk() as desk:
        chat = chat_of(desk)
        await house.until(desk.place(request(house, ann).message(ONE_CALL)))
        asks = request(house, ann, text=line, act=Act.SUGGESTION, about="offer")
        command = house.context.language.parse(line, as_of=house.clock.now())
        page = await house.until(typed(chat, asks, command))
        assert page.title.startswith(title)
        assert page.is_private
        assert "Use: /" not in text_of(page)
        assert desk.context.halt().trading is Trading.RUNNING
