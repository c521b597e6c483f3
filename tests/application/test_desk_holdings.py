"""
What is held, and what an order does to it: open or close, whatever the venue shows; a close that is none; two at once.

    truth table    position × in flight × what was typed, with a snapshot that lags and one that does not
"""

import asyncio
from itertools import product

import pytest
from attrs import evolve

from tastyflow.application.audit import log_of, verify
from tastyflow.domain.book import Book
from tastyflow.domain.instruments import Equity
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.ticket import Action
from tastyflow.domain.trader import Permission
from tastyflow.domain.venue import Position
from tastyflow.errors import NotSent, OutcomeUnknown
from tastyflow_adapters.fake import FakeFaults, FaultyBroker
from tastyflow_adapters.fake.faults import REQUEST_LOST
from tests.application.kit import CALL, EVERYTHING, GENEROUS, LENIENT, PRODUCTION, AlteredBroker, alter, log, replayed
from tests.application.soundness import assert_sound

pytestmark = pytest.mark.anyio

DEC = "Dec 18 2026"
LAG_S = 30.0
TYPED = ("buy", "sell", "close", "buy to open", "sell to open", "buy to close", "sell to close")


async def held(house, instrument=CALL):
    """What production holds in truth, once all of its positions show."""
    await house.until(house.clock.sleep(LAG_S + 1))
    return {p.instrument: p.quantity for p in await house.until(house.live.positions())}.get(instrument, 0)


async def with_position(build, quantity, **parts):
    """A house whose two accounts hold *quantity* of the call, bought or sold through the desk a moment ago."""
    house = await build(**parts)
    if quantity:
        verb = "buy to open" if quantity > 0 else "sell to open"
        first = await house.once(f"{verb} {abs(quantity)} SPY 450 call {DEC} @ natural")
        assert first.stage is Stage.FILLED
    return house


# ── the two that went wrong ──────────────────────────────────────────────────────────────────────────────────────


async def test_what_was_bought_a_moment_ago_is_sold_to_close_though_it_does_not_show(build):
    house = await with_position(build, 2, position_lag_s=LAG_S)
    assert await house.live.positions() == ()
    sold = await house.once(f"sell 2 SPY 450 call {DEC} @ natural")
    assert [leg.action for leg in sold.legs] == [Action.SELL_TO_CLOSE]
    assert sold.stage is Stage.FILLED
    assert await held(house) == 0


async def test_the_positions_that_a_trader_sees_hold_the_fills_that_the_account_does_not_show_yet(build):
    house = await with_position(build, 2, position_lag_s=LAG_S)
    assert await house.live.positions() == ()
    async with house.desk() as desk:
        reply = await house.until(desk.ask(house.message("positions")))
    assert [(each.instrument, each.quantity) for each in reply.positions] == [(CALL, 2)]


async def test_two_buys_after_a_short_close_it_once(build):
    house = await with_position(build, -2, position_lag_s=LAG_S)
    async with house.desk() as desk:
        first = await house.place(desk, f"buy 2 SPY 450 call {DEC} @ natural")
        second = await house.place(desk, f"buy 2 SPY 450 call {DEC} @ natural")
    assert [leg.action for leg in (*first.legs, *second.legs)] == [Action.BUY_TO_CLOSE, Action.BUY_TO_OPEN]
    assert await held(house) == 2


@pytest.mark.parametrize("lag_s", [0.0, LAG_S])
async def test_of_two_closes_at_once_one_is_refused(build, lag_s):
    """Neither knows of the other while it is completed: the append that drafts the second finds the first."""
    house = await with_position(build, 2, position_lag_s=lag_s, latency_s=0.05)
    async with house.desk() as desk:
        text = f"close 2 SPY 450 call {DEC} @ natural"
        orders = await house.until(asyncio.gather(*(desk.place(house.message(text)) for _ in range(5))))
    assert sorted(order.stage for order in orders) == [Stage.FILLED, *[Stage.REFUSED] * 4]
    assert {order.code for order in orders if order.stage is Stage.REFUSED} <= {"being_closed", "nothing_to_close"}
    assert await held(house) == 0
    assert_sound(house)


async def test_a_close_that_was_completed_before_another_was_drafted_is_completed_again(build, monkeypatch):
    """All are settled as closes of the same two while the quotes are on their way; the append finds the first one."""
    house = await with_position(build, 2)
    quotes = house.market.quotes

    async def slowly(instruments):
        await house.clock.sleep(0.1)
        return await quotes(instruments)

    monkeypatch.setattr(house.market, "quotes", slowly)
    async with house.desk() as desk:
        text = f"sell 2 SPY 450 call {DEC} @ 7.90"
        orders = await house.until(asyncio.gather(*(desk.place(house.message(text)) for _ in range(3))))
    drafted = [order for order in orders if order.ticket is not None]
    assert [order.stage for order in drafted] == [Stage.FILLED]
    assert {order.code for order in orders if order.ticket is None} == {"being_closed"}
    assert await held(house) == 0


# ── the truth table ──────────────────────────────────────────────────────────────────────────────────────────────


def expected(position, in_flight, typed):
    """What two contracts become; None where they are refused. *in_flight* is how many a working order closes."""
    side, _, effect = typed.partition(" to ")
    closable = abs(position) - in_flight
    if typed == "close":
        side, effect = ("buy" if position < 0 else "sell"), "close"
    elif not effect:
        against = position < 0 if side == "buy" else position > 0
        effect = "close" if against else "open"
    if effect == "close":
        fits = (position < 0) == (side == "buy") and closable >= 2
        return Action(f"{side}_to_close") if position and fits else None
    return Action(f"{side}_to_open")


@pytest.mark.parametrize("lag_s", [0.0, LAG_S])
@pytest.mark.parametrize(
    ("position", "in_flight", "typed"),
    [
        (position, in_flight, typed)
        for position, in_flight, typed in product((-4, -2, 0, 2, 4), (0, 2, 4), TYPED)
        if in_flight <= abs(position)
    ],
)
async def test_open_or_close(build, position, in_flight, typed, lag_s):
    house = await with_position(build, position, position_lag_s=lag_s)
    if in_flight:
        rests = "400.00" if position > 0 else "0.05"
        working = await house.once(f"close {in_flight} SPY 450 call {DEC} @ {rests} gtc")
        assert working.stage is Stage.WORKING, working.message
    asked = await house.once(f"{typed} 2 SPY 450 call {DEC} @ natural")
    wanted = expected(position, in_flight, typed)
    if wanted is None:
        assert asked.stage is Stage.REFUSED
        assert asked.code in {"nothing_to_close", "closes_too_much", "being_closed"}
        return
    assert [leg.action for leg in asked.legs] == [wanted]
    against = position and wanted.opens and (position < 0) == wanted.buys  # a venue takes no long beside a short,
    crosses = in_flight and wanted.buys == (position > 0)  # nor a buy against a working sale
    if not against and not crosses:
        assert asked.stage is Stage.FILLED, (asked.code, asked.message)
        assert await held(house) == position + (2 if wanted.buys else -2)


async def test_a_working_close_is_named_and_the_way_out_is_to_cancel_it(build):
    house = await with_position(build, 2)
    async with house.desk() as desk:
        stop = await house.place(desk, f"sell to close 2 SPY 450 call {DEC} stop 0.50 gtc")
        refused = await house.place(desk, f"close 2 SPY 450 call {DEC} @ natural")
        assert (refused.code, "2 of the 2 held" in refused.message) == ("being_closed", True)
        await house.until(desk.cancel(house.message("cancel"), stop.reference))
        assert (await house.place(desk, f"close 2 SPY 450 call {DEC} @ natural")).stage is Stage.FILLED
    assert await held(house) == 0


async def test_what_no_lag_explains_is_not_guessed(build):
    house = await with_position(build, 2)
    house.live.endow(Position(CALL, 9, CALL.strike))  # traded elsewhere, a moment after our own fill
    refused = await house.once(f"sell 2 SPY 450 call {DEC} @ natural")
    assert (refused.stage, refused.code) == (Stage.REFUSED, "position_unclear")
    await house.until(house.clock.sleep(61))
    assert (await house.once(f"sell 2 SPY 450 call {DEC} @ natural")).legs[0].action is Action.SELL_TO_CLOSE


# ── a close that uncovers something is not a close ───────────────────────────────────────────────────────────────


async def test_selling_the_long_leg_of_a_spread_is_no_close(build):
    house = await build(permissions=EVERYTHING - {Permission.SHORT_OPTIONS, Permission.SPREADS}, limits=GENEROUS)
    bought = await house.once(f"buy 5 SPY 440/435 put vertical {DEC} @ natural")
    assert bought.code == "not_permitted"
    house = await build(limits=evolve(GENEROUS, max_notional_usd=2_500))
    sold = await house.once(f"sell 5 SPY 440/435 put spread {DEC} @ natural")
    assert sold.stage is Stage.FILLED
    naked = await house.once(f"sell 4 SPY 435 put {DEC} @ natural")
    assert (naked.stage, naked.code) == (Stage.REFUSED, "over_limit")
    assert naked.message.startswith("The order closes what covers another position or order. ")
    assert "4" not in [str(f.quantity) for f in naked.fills]


async def test_selling_shares_under_a_short_call_is_no_close(build):
    house = await build(limits=evolve(GENEROUS, max_notional_usd=50_000))
    assert (await house.once("buy 100 SPY @ natural")).stage is Stage.FILLED
    assert (await house.once(f"sell to open 1 SPY 460 call {DEC} @ natural")).stage is Stage.FILLED
    await alter(house, lambda t, why: t.set_permissions(EVERYTHING - {Permission.SHORT_OPTIONS}, why=why))
    refused = await house.once("sell 100 SPY @ natural")
    assert (refused.stage, refused.code) == (Stage.REFUSED, "not_permitted")


async def test_a_spread_is_closed_whole_without_a_limit_in_the_way(build):
    house = await build(limits=evolve(GENEROUS, max_notional_usd=2_500))
    assert (await house.once(f"sell 5 SPY 440/435 put spread {DEC} @ natural")).stage is Stage.FILLED
    await alter(house, lambda t, why: t.set_limits(evolve(t.limits, max_notional_usd=1, max_contracts=0), why=why))
    closed = await house.once(f"close 5 SPY 440/435 put spread {DEC} @ natural")
    assert (closed.stage, closed.filled(PRODUCTION)) == (Stage.FILLED, 10), closed.message
    assert closed.loss_usd == 0


# ── what keeps no exit from leaving ──────────────────────────────────────────────────────────────────────────────


async def test_an_exit_at_a_typed_price_needs_no_quotes(build, monkeypatch):
    house = await with_position(build, 2)

    async def away(_instruments):
        raise NotSent("The market data is away.")

    monkeypatch.setattr(house.market, "quotes", away)
    opens = await house.once(f"buy to open 2 SPY 450 call {DEC} @ 8")
    assert (opens.stage, opens.message) == (Stage.REFUSED, "The market data is away.")
    closes = await house.once(f"close 2 SPY 450 call {DEC} @ 7.90")
    assert closes.stage is Stage.FILLED, closes.message
    assert await held(house) == 0


@pytest.mark.parametrize(
    ("position", "text", "bid", "ask"),
    [
        (-2, "close 2 SPY 450 call {} @ natural", "6.77", "6.86"),
        (2, "close 2 SPY 450 call {} @ natural", "9.55", "9.68"),
        (2, "sell to close 2 SPY 450 call {} stop 7.90", "7.72", "7.83"),
    ],
)
async def test_an_exit_that_was_asked_at_the_market_leaves_though_the_market_moved_meanwhile(
    build, position, text, bid, ask
):
    """What trades at once trades at the market, not at its limit; a stop that would fire at once is due."""
    house = await with_position(build, position)

    def moves(call, snapshot):
        if call == "place":
            house.market.pin(CALL, bid, ask)
        return snapshot

    house.sandbox = AlteredBroker(house.rehearsals, moves)
    closed = await house.once(text.format(DEC))
    assert closed.stage is Stage.FILLED, closed.message


async def test_an_order_that_opens_is_judged_by_the_market_again(build):
    house = await build()

    def moves(call, snapshot):
        if call == "place":
            house.market.pin(CALL, "5.00", "5.05")
        return snapshot

    house.sandbox = AlteredBroker(house.rehearsals, moves)
    opened = await house.once(f"buy to open 2 SPY 450 call {DEC} @ natural")
    assert (opened.stage, opened.code) == (Stage.REFUSED, "gate")


async def test_an_exit_leaves_though_its_limit_is_below_what_it_is_worth_exercised_by_now(build):
    house = await with_position(build, 2)

    def moves(call, snapshot):
        if call == "place":
            house.market.pin(CALL, "14.90", "15.10")
            house.market.pin(Equity("SPY"), "464.99", "465.01")
        return snapshot

    house.sandbox = AlteredBroker(house.rehearsals, moves)
    closed = await house.once(f"close 2 SPY 450 call {DEC} @ natural")
    assert closed.stage is Stage.FILLED, closed.message


# ── an order that comes back after it was over ───────────────────────────────────────────────────────────────────


async def test_an_order_that_was_given_up_and_is_found_at_work_counts_again(build):
    house = await with_position(build, 2)
    sent = []

    class Losing(AlteredBroker):
        async def place(self, ticket, *, external_id, **how):
            sent.append((ticket, external_id))
            raise OutcomeUnknown("No answer.")

    house.production = Losing(house.live, lambda _call, snapshot: snapshot)
    async with house.desk() as desk:
        lost = await house.place(desk, f"sell to close 2 SPY 450 call {DEC} @ 400.00 gtc")
        assert lost.stage is Stage.ESCALATED
        await house.until(desk.cancel(house.message("cancel"), lost.reference))
        assert (house.order(lost.id).stage, house.trader().reserved) == (Stage.ABANDONED, {})
        ((ticket, external_id),) = sent
        await house.until(house.live.place(ticket, external_id=external_id))
        assert (await house.until(desk.refresh(lost.id))).stage is Stage.ESCALATED
        assert set(house.trader().reserved) == {lost.id}
        again = await house.place(desk, f"close 2 SPY 450 call {DEC} @ natural")
        assert (again.stage, again.code) == (Stage.REFUSED, "being_closed")
        cancelled = await house.until(desk.cancel(house.message("cancel all"), "all"))
        assert [order.id for order in cancelled] == [lost.id]
    assert (house.order(lost.id).stage, house.trader().reserved) == (Stage.CANCELLED, {})
    (book,) = (state for state in replayed(log(house.ledger)).values() if isinstance(state, Book))
    assert (book.entries, book.moving) == ({}, {})
    assert verify(log_of(house.ledger)).findings == ()


# ── what became of earlier orders ────────────────────────────────────────────────────────────────────────────────


async def test_giving_up_orders_of_unknown_outcome_does_not_make_them_known(build):
    """Two lost orders stop new ones; to cancel them gives them up, and production may have them all the same."""
    house = await build(policy=evolve(LENIENT, max_unknown_outcomes=2))
    lost = FakeFaults({"place": [REQUEST_LOST, REQUEST_LOST]})
    house.production = FaultyBroker(house.live, lost, house.clock)
    for quantity in (1, 2):
        order = await house.once(f"buy {quantity} SPY 450 call {DEC} @ natural")
        assert order.stage is Stage.ESCALATED
    third = f"buy 3 SPY 450 call {DEC} @ natural"
    assert (await house.once(third)).code == "paused"
    async with house.desk() as desk:
        await house.until(desk.cancel(house.message("cancel all"), "all"))
    assert (await house.once(third)).code == "paused"
    assert (await house.once("close 1 SPY 450 call Dec 18 2026")).code == "nothing_to_close"  # no limit is in the way
    house.clock.jump(24 * 3600 * 3)
    assert (await house.once(third)).stage is Stage.FILLED  # on another day a person has looked
