"""The name beside the symbol: FORD is Forward Industries, and a name that is typed is never read as a symbol."""

import asyncio

import pytest
from attrs import define, evolve

from tastyflow.application.card.wording import rows_of
from tastyflow.domain.commands import ListExpirations, ShowChain, ShowQuote
from tastyflow.domain.order.stages import Stage
from tastyflow.errors import NotSent
from tastyflow_adapters.cli.approvals_page import approval_page
from tastyflow_adapters.cli.card_page import card_page
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.discord.pages.card import preview_page
from tastyflow_adapters.discord.pages.refusal import OfferedLine
from tastyflow_adapters.discord.rendering import render
from tastyflow_adapters.discord.text import NO_WIDTH
from tests.application.approvals import approve, with_approvers
from tests.application.kit import DECEMBER, ONE_CALL, Language

pytestmark = pytest.mark.anyio


@define
class RenamedMarket:
    """The fake market with another name of everything; without *name*, the venue gives none."""

    real: object
    name: str

    async def chain(self, underlying):
        chain = await self.real.chain(underlying)
        return None if chain is None else evolve(chain, name=self.name)

    def __getattr__(self, attribute):
        return getattr(self.real, attribute)


async def shown(house, text):
    async with house.desk() as desk:
        seen = await house.until(desk.preview(house.message(text)))
    return {row.name: row.lines for row in rows_of(seen.card)}["symbol"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("buy 100 shares of Ford @ 5", "FORD · Forward Industries Inc"),
        ("buy 100 F @ 10", "F · Ford Motor Co"),
        ("buy 1 ES 61c Dec 18", "ES · Eversource Energy"),
        ("buy 1 BRK.B 355c Dec 18", "BRK.B · Berkshire Hathaway Inc Class B"),
        ("buy 1 SPXW 4500c Dec 18", "SPX · S&P 500 Index"),
    ],
)
async def test_a_card_says_which_company_fund_or_index_a_symbol_is(house, text, line):
    assert await shown(house, text) == (line,)


async def test_an_order_without_a_name_goes_on_and_its_card_says_that_it_is_not_known(house):
    house.market = RenamedMarket(house.market, "")
    assert await shown(house, "buy 100 F @ 10") == ("F · its name is not known",)
    async with house.desk() as desk:
        assert (await house.place(desk, "buy 100 F @ 10.50")).stage is Stage.FILLED


@pytest.mark.parametrize("chain", ["away", "silent"])
async def test_an_approver_sees_the_name_and_waits_for_none(build, chain):
    house = await with_approvers(build)
    order = await house.once(ONE_CALL)

    async def asked(_):
        if chain == "silent":
            await asyncio.sleep(3600)
        raise NotSent("The venue is away.", code="away")

    async with house.desk() as desk:
        (waiting,) = await house.until(desk.approvals(house.message("approvals", user="eve")))
        assert (waiting.name, waiting.market is None) == ("SPDR S&P 500 ETF Trust", False)
        desk.context.market.chain = asked
        (waiting,) = await house.until(desk.approvals(house.message("approvals", user="eve")))
        assert (waiting.name, waiting.market is None) == ("", False)
        assert "its name" not in "".join(str(part) for part in approval_page(waiting).renderable.renderables)
        del desk.context.market.chain
        assert (await approve(house, desk, order)).stage is Stage.FILLED


@pytest.mark.parametrize(
    ("text", "hint", "suggestion"),
    [
        ("buy 1 apple 190c Dec 18", "AAPL (Apple Inc)", "buy 1 AAPL 190 call Fri Dec 18 2026 (28 DTE) day"),
        ("buy 100 shares of tesla @ 240", "TSLA (Tesla Inc)", "buy 100 TSLA shares @ 240 day"),
        ("buy 5 SPYY 450c Dec 18", "SPY (SPDR S&P 500 ETF Trust)", "buy 5 SPY 450 call Fri Dec 18 2026 (28 DTE) day"),
    ],
)
async def test_a_name_that_is_typed_is_refused_and_its_symbol_is_offered_with_the_name(house, text, hint, suggestion):
    order = await house.once(text)
    assert (order.stage, order.code) == (Stage.REFUSED, "unknown_symbol")
    assert order.hint.startswith(f"Check the ticker; listed are {hint}")
    assert order.suggestions[0] == suggestion


async def test_what_is_looked_at_has_its_name(house):
    async with house.desk() as desk:
        quote = ShowQuote(Language.parse("quote ES", as_of=house.clock.now()).instrument)
        for command in (quote, ListExpirations("ES"), ShowChain("ES", DECEMBER)):
            reply = await house.until(desk.do(house.message("look"), command))
            assert reply.looked.name == "Eversource Energy"


async def test_a_hostile_name_is_text_on_a_terminal_and_in_a_chat(house, capsys):
    house.market = RenamedMarket(house.market, "@everyone **B** `c` <@42> \x1b[31m\u202e [x](https://y.z)")
    async with house.desk() as desk:
        card = (await house.until(desk.preview(house.message("buy 100 F @ 10")))).card
    SafeConsole().show(card_page(card))
    terminal = capsys.readouterr().out
    assert "\x1b" not in terminal
    assert "\u202e" not in terminal
    page = preview_page(card, OfferedLine("buy 100 F @ 10", "offer"))
    (field,) = (each for each in render(page).card.fields if each.name == "symbol")
    assert field.value.startswith(f"F · @{NO_WIDTH}everyone \\*\\*B\\*\\* \\`c\\` \\<@42>")
    assert "\u202e" not in field.value
    assert "](" not in field.value.replace("\\](", "")
