"""What is read of the account for the checks: buying power counted once, and fills that a snapshot cannot contain."""

from datetime import timedelta
from decimal import Decimal

import pytest

from tastyflow.application.account.facts import Sight, facts_of
from tastyflow.application.account.view import POSITIONS_LAG_S, AccountSnapshot
from tastyflow.domain.halt import Halt
from tastyflow.domain.ticket import Action, Strategy
from tastyflow.domain.venue import Balances, Position
from tests.domain.makers import registered
from tests.domain.test_book import ACCOUNT, CALL, NOON, entered, filled, opened, progressed, trade

NET_USD, EACH_USD = Decimal(10_000), Decimal(200)
TICKET = trade(Action.BUY_TO_OPEN, 1)


def after(seconds):
    return NOON + timedelta(seconds=seconds)


def facts_by(book, snapshot, now):
    """The facts of a new order at *now*, by *book* and *snapshot*."""
    return facts_of(
        TICKET,
        Strategy.SINGLE,
        registered(),
        sight=Sight({}),
        account=snapshot,
        book=book,
        halt=Halt.never(),
        now=now,
    )


def used_usd(book, *, in_use, taken_at):
    """What is in use by *book* and a snapshot of *taken_at* whose venue says that *in_use* is."""
    balances = Balances(NET_USD, NET_USD, NET_USD - in_use)
    snapshot = AccountSnapshot(taken_at, ACCOUNT, (), balances)
    return facts_by(book, snapshot, after(60)).buying_power_used_usd


def an_order(adopted_s=None, over_s=None, quantity=1):
    book = entered(opened(), 1, TICKET, takes=EACH_USD)
    if adopted_s is not None:
        book = progressed(book, 1, is_adopted=True, at=after(adopted_s))
    if over_s is not None:
        fills = [filled(quantity)] if quantity else []
        book = progressed(book, 1, *fills, is_adopted=True, is_over=True, at=after(over_s))
    return book


@pytest.mark.parametrize(
    ("book", "in_use"),
    [
        (an_order(), 0),  # not sent yet
        (an_order(adopted_s=20), 0),  # sent since the snapshot
        (an_order(adopted_s=5), 200),  # the venue counts it
        (an_order(adopted_s=5, over_s=20), 200),  # filled since, and counted as an order then
        (an_order(adopted_s=15, over_s=20), 0),  # sent and filled since
        (an_order(over_s=20), 0),  # told as filled before it was told as accepted
        (an_order(adopted_s=5, over_s=8), 200),  # a position
    ],
)
def test_what_an_order_takes_is_counted_once_wherever_it_is(book, in_use):
    assert used_usd(book, in_use=Decimal(in_use), taken_at=after(10)) == EACH_USD


def test_what_the_positions_take_is_counted_besides():
    assert used_usd(an_order(adopted_s=5), in_use=Decimal(900), taken_at=after(10)) == 900
    assert used_usd(an_order(), in_use=Decimal(900), taken_at=after(10)) == 1_100


def test_a_snapshot_that_is_long_in_use_still_lacks_the_fills_since():
    """The venue can take a minute to answer the rest of the questions."""
    book = progressed(entered(opened(), 1, trade(Action.BUY_TO_OPEN, 2)), 1, filled(2), is_over=True, at=after(1))
    snapshot = AccountSnapshot(NOON, ACCOUNT, (), None)
    facts = facts_by(book, snapshot, after(POSITIONS_LAG_S + 5))
    assert dict(facts.held.amounts) == {CALL: 2}
    assert snapshot.standing(book)[CALL] == 2


def test_a_fill_that_the_venue_shows_and_the_log_does_not_have_yet_counts_once():
    """As an order that can fill, not as a position too: else an order within its limits is stopped at the gate."""
    book = entered(opened(), 1, TICKET)
    shown = (Position(CALL, 1, Decimal(8)),)
    snapshot = AccountSnapshot(after(1), ACCOUNT, shown, Balances(NET_USD, NET_USD, NET_USD))
    known = {"sight": Sight({}), "account": snapshot, "book": book, "halt": Halt.never(), "now": after(1)}
    facts = facts_of(TICKET, Strategy.SINGLE, registered(), **known)
    assert facts.held is not None
    assert facts.could_fill is not None
    assert (dict(facts.held.amounts), [dict(trade.amounts) for trade in facts.could_fill]) == ({}, [{CALL: 1}])
