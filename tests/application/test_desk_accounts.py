"""Several accounts in one environment: each order goes to the account that its trader may use, and to no other."""

import asyncio

import pytest
from attrs import evolve

from tastyflow.application.audit import log_of as log_rows
from tastyflow.application.audit import verify
from tastyflow.application.environment_words import place_of
from tastyflow.application.live import promotion
from tastyflow.application.live.second_look import second_look
from tastyflow.domain.book import Book
from tastyflow.domain.commands import CancelOrder, Flatten, ListOrders, ShowBalance, ShowPositions
from tastyflow.domain.order.events import OrderRefused, SubmissionClaimed
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.venue import Venue
from tastyflow.errors import Misconfigured, VenueFailure
from tests.application.kit import LENIENT, ONE_CALL, PRODUCTION, AlteredBroker, DeskUnderTest, held, log, log_of
from tests.application.two_accounts import TwoAccounts

pytestmark = pytest.mark.anyio

RESTING = f"{ONE_CALL} @ 0.05"


async def test_an_order_goes_to_the_account_that_was_given_and_says_so_everywhere():
    two = TwoAccounts()
    await two.hire("ann", "ira")
    async with two.desk() as desk:
        order = await two.place(desk, ONE_CALL, user="ann")
    assert (order.stage, order.account, order.environment) == (Stage.FILLED, "ira", "fake")
    assert [(a.venue, a.account, a.environment) for a in order.attempts] == [
        (Venue.SANDBOX, "main", "fake"),
        (Venue.PRODUCTION, "ira", "fake"),
    ]
    assert (len(two.ira.orders()), len(two.house.live.orders())) == (1, 0)
    assert place_of(order, two.names) == "FAKE, account ira"


async def test_the_account_that_a_message_names_is_meant_and_one_that_was_not_given_is_refused():
    two = TwoAccounts()
    await two.hire("ann", "main", "ira")
    await two.hire("bob", "main")
    async with two.desk() as desk:
        named = await two.place(desk, ONE_CALL, user="ann", account="ira")
        default = await two.place(desk, ONE_CALL, user="ann")
        refused = await two.place(desk, ONE_CALL, user="bob", account="ira")
        unknown = await two.place(desk, ONE_CALL, user="bob", account="joint")
    assert (named.account, default.account) == ("ira", "main")
    assert (refused.stage, refused.code) == (Stage.REFUSED, "account_not_given")
    assert (unknown.stage, unknown.code) == (Stage.REFUSED, "no_such_account")
    assert isinstance(log_of(two.house.ledger, refused)[0], OrderRefused)  # it is recorded
    assert len(two.ira.orders()) == 1


async def test_a_trader_without_an_account_uses_the_only_one_and_none_of_several():
    two = TwoAccounts()
    await two.hire("ann")
    async with two.desk() as desk:
        several = await two.place(desk, ONE_CALL, user="ann")
        flattened = await two.house.until(desk.flatten(two.message("flatten all", user="ann"), Flatten(None)))
    assert (several.stage, several.code, several.account) == (Stage.REFUSED, "no_account", "")
    assert [order.code for order in flattened.orders] == ["no_account"]
    two.names = ("ira",)
    async with two.desk() as desk:
        only = await two.place(desk, ONE_CALL, user="ann")
    assert (only.stage, only.account) == (Stage.FILLED, "ira")


async def test_flattening_one_account_leaves_the_other_alone():
    two = TwoAccounts()
    await two.hire("ann", "main", "ira")
    async with two.desk() as desk:
        for account in two.names:
            await two.place(desk, "buy 2 SPY 450C Dec 18 2026", user="ann", account=account)
        message = two.message("flatten all", user="ann", account="ira")
        flattened = await two.house.until(desk.flatten(message, Flatten(None)))
        assert [(order.stage, order.account) for order in flattened.orders] == [(Stage.FILLED, "ira")]
    assert held(two.ira) == {}
    assert sum(held(two.house.live).values()) == 2


async def test_books_and_positions_are_of_each_account():
    two = TwoAccounts()
    await two.hire("ann", "main", "ira")
    async with two.desk() as desk:
        filled = await two.place(desk, ONE_CALL, user="ann", account="ira")
        resting = await two.place(desk, RESTING, user="ann", account="main")
        seen = {
            account: await two.house.until(
                desk.do(two.message("positions", user="ann", account=account), ShowPositions())
            )
            for account in two.names
        }
        balance = await two.house.until(desk.do(two.message("balance", user="ann", account="ira"), ShowBalance()))
        assert {name: len(reply.positions or ()) for name, reply in seen.items()} == {"main": 0, "ira": 1}
        assert seen["ira"].about is not None
        assert seen["ira"].about.place_words == "FAKE, account ira"
        assert balance.balances == await two.house.until(two.ira.balances())
    assert filled.book != resting.book
    entries = {book: len(two.house.ledger.read(Book, book).entries) for book in (filled.book, resting.book)}
    assert entries == {filled.book: 0, resting.book: 1}


async def test_positions_of_an_account_that_was_not_given_are_not_shown():
    two = TwoAccounts()
    await two.hire("bob", "main")
    async with two.desk() as desk:
        for command in (ShowPositions(), ShowBalance()):
            reply = await two.house.until(desk.do(two.message("?", user="bob", account="ira"), command))
            assert reply.error is not None
            assert reply.error.code == "account_not_given"
            assert (reply.positions, reply.balances) == (None, None)


async def test_a_close_is_of_the_account_that_holds_it():
    """The same words open in one account and close in the other."""
    two = TwoAccounts()
    await two.hire("ann", "main", "ira")
    async with two.desk() as desk:
        await two.place(desk, ONE_CALL, user="ann", account="ira")
        closing = await two.place(desk, "sell 1 SPY 450C Dec 18 2026", user="ann", account="ira")
        opening = await two.place(desk, "sell 1 SPY 450C Dec 18 2026", user="ann", account="main")
    assert [order.legs[0].action.opens for order in (closing, opening)] == [False, True]


async def test_an_account_that_is_taken_away_before_the_claim_keeps_the_order_from_production(monkeypatch):
    two = TwoAccounts()
    await two.hire("ann", "main", "ira")
    taken = False

    async def look_and_lose(context, order):
        nonlocal taken
        seen = await second_look(context, order)
        if not taken:
            taken = True
            why = two.contexts[0].because("operator", order)
            trader = two.house.trader("ann")
            await two.house.ledger.change(lambda tx: tx.record(trader.give_accounts(["main"], why=why)))
        return seen

    monkeypatch.setattr(promotion, "second_look", look_and_lose)
    async with two.desk() as desk:
        order = await two.place(desk, ONE_CALL, user="ann", account="ira")
    assert taken
    assert (order.stage, order.code) == (Stage.REFUSED, "gate")
    assert "The account ira was not given to ann" in order.message
    assert not [e for e in log(two.house.ledger) if isinstance(e, SubmissionClaimed) and e.venue is PRODUCTION]
    assert not two.ira.orders()


async def test_the_account_is_asked_about_again_even_where_the_market_is_away(monkeypatch):
    two = TwoAccounts()
    await two.hire("ann", "ira")

    async def sees_nothing(_context, order):
        why = two.contexts[0].because("operator", order)
        trader = two.house.trader("ann")
        await two.house.ledger.change(lambda tx: tx.record(trader.give_accounts(["main"], why=why)))

    monkeypatch.setattr(promotion, "second_look", sees_nothing)
    async with two.desk() as desk:
        order = await two.place(desk, ONE_CALL, user="ann")
    assert order.code == "gate"
    assert "The account ira was not given to ann" in order.message


async def test_cancelling_goes_to_the_account_of_each_order():
    two = TwoAccounts()
    await two.hire("ann", "main", "ira")
    async with two.desk() as desk:
        orders = [await two.place(desk, RESTING, user="ann", account=account) for account in two.names]
        assert [order.stage for order in orders] == [Stage.WORKING] * 2
        reply = await two.house.until(desk.do(two.message("cancel all", user="ann"), CancelOrder("all")))
        assert [order.stage for order in reply.orders] == [Stage.CANCELLED] * 2
    assert [broker.orders()[0].status.value for broker in (two.ira, two.house.live)] == ["cancelled"] * 2


async def test_recovering_asks_the_account_of_each_order():
    two = TwoAccounts()
    await two.hire("ann", "main", "ira")
    async with two.desk() as desk:
        order = await two.place(desk, RESTING, user="ann", account="ira")
    await two.house.until(two.ira.cancel(two.ira.orders()[0].broker_order))
    async with two.desk() as desk:
        recovered = await two.house.until(desk.recover())
    assert [(each.id, each.stage) for each in recovered] == [(order.id, Stage.CANCELLED)]


async def test_an_order_of_an_account_that_is_named_no_more_is_listed_and_everything_else_goes_on():
    two = TwoAccounts()
    await two.hire("ann", "main", "ira")
    async with two.desk() as desk:
        gone = await two.place(desk, RESTING, user="ann", account="ira")
        stays = await two.place(desk, RESTING, user="ann", account="main")
    two.names = ("main",)
    async with two.desk() as desk:
        listed = await two.house.until(desk.do(two.message("orders", user="ann"), ListOrders()))
        assert {order.id for order in listed.orders} == {gone.id, stays.id}
        with pytest.raises(Misconfigured) as refused:
            await two.house.until(desk.refresh(gone.id))
        assert (refused.value.code, "ira" in refused.value.message) == ("no_such_account", True)
        assert "settings" in refused.value.hint
        cancelled = await two.house.until(desk.do(two.message("cancel all", user="ann"), CancelOrder("all")))
        assert {order.id: order.stage for order in cancelled.orders} == {
            gone.id: Stage.WORKING,
            stays.id: Stage.CANCELLED,
        }
    assert two.ira.orders()[0].status.value == "live"


async def test_one_account_that_does_not_answer_leaves_the_other_alone():
    two = TwoAccounts()
    await two.hire("ann", "main", "ira")

    class Away(AlteredBroker):
        async def positions(self):
            raise VenueFailure("It does not answer.")

    two.ira = Away(two.ira, lambda _call, snapshot: snapshot)
    async with two.desk() as desk:
        away = await two.place(desk, ONE_CALL, user="ann", account="ira")
        order = await two.place(desk, ONE_CALL, user="ann", account="main")
    assert (away.stage, order.stage) == (Stage.REFUSED, Stage.FILLED)


async def test_the_log_of_several_accounts_keeps_its_promises():
    """An id is of one order at a venue, whatever account it is in."""
    two = TwoAccounts()
    await two.hire("ann", "main", "ira")
    async with two.desk() as desk:
        for account in two.names:
            order = await two.place(desk, ONE_CALL, user="ann", account=account)
            assert order.stage is Stage.FILLED
        await two.house.until(desk.flatten(two.message("flatten all", user="ann", account="ira"), Flatten(None)))
    await two.give("ann", "main")
    assert verify(list(log_rows(two.house.ledger))).findings == ()


async def test_a_message_again_is_the_same_order_whatever_account_it_names_then():
    two = TwoAccounts()
    await two.hire("ann", "main", "ira")
    message = two.message(ONE_CALL, user="ann", account="ira")
    async with two.desk() as desk:
        order = await two.house.until(desk.place(message))
        await two.give("ann", "main")
        again = await two.house.until(desk.place(message))
    assert (again.id, again.account) == (order.id, "ira")


async def test_one_message_that_names_two_accounts_at_once_is_one_order_in_one_of_them():
    two = TwoAccounts()
    await two.hire("ann", "main", "ira")
    message = two.message(ONE_CALL, user="ann", account="ira")
    async with two.desk() as desk:
        placed = await two.house.until(
            asyncio.gather(*(desk.place(evolve(message, account=name)) for name in ("ira", "main")))
        )
    assert len({order.id for order in placed}) == 1
    order = two.house.order(placed[0].id)
    assert order.stage is Stage.FILLED
    by_account = {"main": two.house.live, "ira": two.ira}
    assert {name: len(broker.orders()) for name, broker in by_account.items()} == {
        name: int(name == order.account) for name in by_account
    }
    assert [attempt.account for attempt in order.attempts if attempt.venue is PRODUCTION] == [order.account]


async def test_the_desk_of_another_account_takes_no_step_of_an_order():
    two = TwoAccounts()
    await two.hire("ann", "main", "ira")
    message = two.message(ONE_CALL, user="ann", account="ira")
    async with two.desk() as desk:
        command = desk.intake.understand(message)
        desks = desk._desks._desks
        drafted = (await two.house.until(desks["ira"].intake.draft(message, command))).order
        seen = await two.house.until(desks["main"].place(message, command))
        assert (drafted.account, seen.stage, seen.attempts) == ("ira", Stage.VALIDATED, ())


# ── an account that the settings name no more, and an order of it that waits ────────────────────────────────────


@pytest.fixture
async def waiting():
    """Two orders of ann wait for eve's approval, one in each account; the settings name ira no more."""
    two = TwoAccounts(DeskUnderTest.make(policy=evolve(LENIENT, approval_symbols=("SPY",))))
    await two.hire("ann", "main", "ira")
    await two.hire("eve", "main")
    async with two.desk() as desk:
        orders = [await two.place(desk, ONE_CALL, user="ann", account=account) for account in two.names]
    assert all(order.waiting_until is not None for order in orders)
    two.names = ("main",)
    yield two, orders
    two.house.ledger.close()


async def test_what_waits_in_an_account_that_is_gone_is_listed_and_not_approved(waiting):
    two, (stays, gone) = waiting
    async with two.desk() as desk:
        listed = await two.house.until(desk.approvals(two.message("approvals", user="eve")))
        assert [each.order.id for each in listed] == [stays.id, gone.id]
        reply = await two.house.until(desk.ask(two.message(f"approve {gone.reference}", user="eve")))
        assert reply.error.code == "no_such_account"
        reply = await two.house.until(desk.ask(two.message(f"approve {stays.reference}", user="eve")))
        assert reply.orders[0].stage is Stage.FILLED
    assert not two.ira.orders()


@pytest.mark.parametrize(("words", "user"), [("cancel {}", "ann"), ("cancel all for everyone", "eve"), ("halt", "eve")])
async def test_what_waits_in_an_account_that_is_gone_can_be_cancelled_and_is_stopped_by_a_halt(waiting, words, user):
    two, (_, gone) = waiting
    async with two.desk() as desk:
        reply = await two.house.until(desk.ask(two.message(words.format(gone.reference), user=user)))
        assert reply.error is None
    assert two.house.order(gone.id).stage is Stage.CANCELLED
    assert gone.id not in two.house.trader("ann").reserved
