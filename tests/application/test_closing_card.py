"""The card of a flattening: each close with its size, price and arithmetic, and the sum of all, before one yes."""

import re
from decimal import Decimal
from io import StringIO
from pathlib import Path

import pytest
from attrs import define, evolve

from tastyflow.application.card.closing import MOST_DRY_RUNS
from tastyflow.application.card.closing_words import ONE_BY_ONE, closing_rows
from tastyflow.application.message import Consent
from tastyflow.domain.commands import Flatten, HeldPart
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Confirm
from tastyflow.domain.venue import Position
from tastyflow.errors import NotSent, Refused
from tastyflow_adapters.cli.card_page import closing_page
from tastyflow_adapters.cli.confirming import asked
from tastyflow_adapters.cli.safe_console import SafeConsole
from tests.application.kit import GENEROUS, log, turn
from tests.application.soundness import assert_sound
from tests.application.strategy_kit import CALLS, PUTS, hold, option
from tests.application.test_desk_flatten import CONDOR, DEC, hold_shares, resting

pytestmark = pytest.mark.anyio

PAGE = (Path(__file__).parents[2] / "docs" / "card.md").read_text("utf-8")


async def card_of(house, *, underlying=None, part=HeldPart.ALL):
    async with house.desk() as desk:
        return await house.until(desk.closing_card(house.message("flatten all"), Flatten(underlying, part)))


def rows(card):
    return {row.name: row.lines for row in closing_rows(card)}


async def test_each_close_stands_with_its_legs_size_and_price_and_all_of_them_with_their_sum(house):
    hold(house, (440, CALLS, 2), (450, CALLS, -2))
    hold_shares(house, "QQQ", 100)
    before = log(house.ledger)
    card = await card_of(house)
    assert log(house.ledger) == before
    assert house.books() == ([], [])
    shown = rows(card)
    assert shown["symbol"] == ("QQQ · Invesco QQQ Trust", "SPY · SPDR S&P 500 ETF Trust")
    shares, spread = card.closes
    assert shown["close 1"][0] == "sell to close 100 QQQ shares @ natural day"
    assert shown["close 2"][0] == (
        "sell to close 2 SPY 440/450 call vertical Fri Dec 18 2026 (28 DTE) @ natural credit day"
    )
    assert shown["close 2"][3:] == (
        "   It closes all 2 held.",
        f"   {spread.ticket.price} credit now: receives $1,156.00",
    )
    assert [each.held for each in spread.legs] == [2, -2]
    assert (card.pays_usd, card.receives_usd) == (0, shares.cash_usd + spread.cash_usd)
    assert shown["in all"] == (f"receives about ${card.receives_usd:,.2f}, by the quotes",)
    assert shown["costs"][1].startswith("frees $")
    assert card.costs.buying_power_after_usd is not None


async def test_the_sum_says_what_is_paid_and_what_is_received(house):
    hold(house, *CONDOR, (450, CALLS, 1))
    card = await card_of(house)
    paid, received = (each.cash_usd for each in card.closes)
    assert paid < 0 < received
    assert (card.pays_usd, card.receives_usd) == (-paid, received)
    net = received + paid
    assert rows(card)["in all"] == (
        f"receives about ${net:,.2f}, by the quotes: ${received:,.2f} received, ${-paid:,.2f} paid",
    )


async def test_the_arithmetic_counts_what_working_orders_close_and_what_another_order_of_the_list_closes(build):
    house = await build(models=(None, resting(when=lambda ticket: True)))
    hold(house, (440, CALLS, 7), (450, CALLS, -2))
    async with house.desk() as desk:
        await house.place(desk, f"STC 1 SPY 440C {DEC} @ 99.00")
        card = await house.until(desk.closing_card(house.message("flatten all"), Flatten("SPY", HeldPart.HALF)))
    spread, single = card.closes
    told = "7 held, 1 being closed by working orders: half of the 6 left is 3."
    assert spread.sizes == (f"{told} 1 of them here.", "Half of the 2 held is 1.")
    assert single.sizes == (f"{told} 2 of them here.",)
    assert [leg.leg.quantity for each in card.closes for leg in each.legs] == [1, 1, 2]


async def test_what_has_no_price_now_says_so_and_is_in_no_sum(house):
    hold(house, (440, CALLS, 1), (450, CALLS, -1))
    hold_shares(house, "QQQ", 100)
    house.market.pin(option(450, CALLS), "0", "0")
    card = await card_of(house)
    shown = rows(card)
    assert "no price now: " in shown["close 2"][1]
    assert shown["close 2"][2].strip() == ONE_BY_ONE
    assert shown["in all"][1] == "without 1 of 2, which has no price now"
    assert card.receives_usd == card.closes[0].cash_usd
    assert shown["costs"] == ("fees and buying power are not known: not every order has a price now",)


async def test_where_nothing_has_a_price_no_sum_is_shown(house):
    hold(house, (450, CALLS, 1))
    house.market.pin(option(450, CALLS), "0", "0")
    assert rows(await card_of(house))["in all"] == ("without 1 of 1, which has no price now",)


@define
class NoDryRun:
    """A venue that says nothing of an order beforehand."""

    broker: object

    async def dry_run(self, ticket, *, turn=None):
        raise NotSent("The venue is away.", code="away")

    def __getattr__(self, name):
        return getattr(self.broker, name)


@define
class Counting:
    """A venue that counts the dry runs that are asked of it."""

    broker: object
    asked: int = 0

    async def dry_run(self, ticket, *, turn=None):
        self.asked += 1
        return await self.broker.dry_run(ticket, turn=turn)

    def __getattr__(self, name):
        return getattr(self.broker, name)


async def test_a_dry_run_that_fails_keeps_no_list_from_being_shown(house):
    hold(house, (450, CALLS, 1))
    house.production = NoDryRun(house.live)
    assert rows(await card_of(house))["costs"] == ("fees and buying power are not known: The venue is away.",)


async def test_of_a_long_list_no_dry_run_is_asked(house):
    for strike in range(400, 401 + MOST_DRY_RUNS):
        house.live.endow(Position(option(strike, PUTS if strike % 2 else CALLS), 1 + strike % 7, Decimal(1)))
    for symbol in ("AAPL", "MSFT", "QQQ", "IWM", "F", "T", "ES", "FORD", "BRK/B", "KO", "V", "A"):
        hold_shares(house, symbol, 3)
    card = await card_of(house)
    assert len(card.closes) > MOST_DRY_RUNS
    assert f"of more than {MOST_DRY_RUNS} orders no dry run is asked" in rows(card)["costs"][0]
    assert "FORD · Forward Industries Inc" in rows(card)["symbol"]


async def test_a_halt_that_would_refuse_them_stands_first(house):
    hold(house, (450, CALLS, 1))
    await turn(house, lambda halt, why: halt.stop(reducing=False, by="bob", reason="odd fills", why=why))
    first = closing_rows(await card_of(house))[0]
    assert (first.name, first.is_warning) == ("halted", True)
    assert "odd fills" in first.lines[0]


async def test_nothing_held_has_no_card_and_says_so(house):
    async with house.desk() as desk:
        with pytest.raises(Refused, match="There is nothing on SPY to close"):
            await house.until(desk.closing_card(house.message("flatten SPY"), Flatten("SPY", HeldPart.ALL)))


# ── one yes at a terminal ──────────────────────────────────────────────────────────────────────────────────────


async def answered(house, text, said, *, meanwhile=lambda: None):
    """What comes of *text* at a terminal where *said* is typed, the card, and how often it was asked."""
    house.policy, console, questions = evolve(house.policy, confirm=Confirm.ALWAYS), SafeConsole(), []
    console.file = StringIO()

    async def answer(question, _within_s):
        questions.append(question)
        meanwhile()
        return said

    async with house.desk() as desk:
        message = house.message(text, consent=Consent.ASK)
        reply = await house.until(asked(desk, message, console, answer=answer))
    return reply, console.file.getvalue(), questions


@pytest.mark.parametrize("text", ["flatten SPY", "close SPY", "flatten all", "close all", "exit SPY"])
async def test_one_yes_to_one_card_closes_all_of_it(house, text):
    hold(house, *CONDOR, (450, CALLS, 3))
    reply, card, questions = await answered(house, text, "y")
    assert questions == ["Send them? [y/N] "]
    assert "2 orders to close" in card
    assert {order.stage for order in reply.orders} == {Stage.FILLED}
    assert house.production_holds() == {}
    assert_sound(house)


async def test_a_list_that_is_another_one_by_the_time_of_the_yes_is_not_closed(house):
    hold(house, (450, CALLS, 3))
    more = lambda: hold(house, (450, CALLS, 5))  # noqa: E731
    reply, _, questions = await answered(house, "flatten SPY", "y", meanwhile=more)
    assert questions == ["Send it? [y/N] "]
    assert [(order.stage, order.code) for order in reply.orders] == [(Stage.REFUSED, "list_moved")]
    assert house.books() == ([], [])


@pytest.mark.parametrize("said", ["n", "", None])
async def test_without_a_yes_nothing_is_recorded_or_sent(house, said):
    hold(house, (450, CALLS, 3))
    before = log(house.ledger)
    with pytest.raises(Refused, match="nothing was closed"):
        await answered(house, "flatten SPY", said)
    assert log(house.ledger) == before
    assert house.books() == ([], [])


async def test_the_page_shows_what_a_trader_sees(house):
    hold(house, (440, CALLS, 7), *((strike, right, 2 * quantity) for strike, right, quantity in CONDOR))
    hold_shares(house, "FORD", 100)
    async with house.desk() as desk:
        asked_for = house.message("flatten half", consent=Consent.NONE)
        card = await house.until(desk.closing_card(asked_for, Flatten(None, HeldPart.HALF)))
    console = SafeConsole(piped_width=96)
    console.file = StringIO()
    console.show(closing_page(card))
    written = re.search(r"<!-- closing card -->\n```text\n\$ tastyflow flatten half\n(.*?)```", PAGE, re.DOTALL)
    assert console.file.getvalue() == written[1]


async def test_the_list_of_a_trader_whose_limits_want_a_dry_run_asks_for_one_of_each_order_alone(build):
    house = await build(limits=evolve(GENEROUS, max_buying_power_pct=Decimal(90)))
    hold(house, (440, CALLS, 1), (450, CALLS, -1))
    hold_shares(house, "F", 10)
    house.production = counting = Counting(house.live)
    card = await card_of(house)
    assert counting.asked == len(card.closes) == 2
