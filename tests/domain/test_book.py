"""The book of an account: sums that are kept equal sums that are counted, and holdings are right whatever lags."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tastyflow.domain.book import Book, standing
from tastyflow.domain.book.events import FilledLeg
from tastyflow.domain.book.state import KEPT, MAX_ASKS, Moving
from tastyflow.domain.events import NAMESPACE, Because
from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.domain.ticket import Action, Leg, OrderType, PriceEffect, Ticket
from tastyflow.domain.venue import Account, Venue
from tastyflow.errors import IllegalStep

ANN, BOB = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 11, 20, 17, 0, tzinfo=UTC)
CALL, PUT = (EquityOption("SPY", date(2026, 12, 18), right, Decimal(450)) for right in Right)
ACCOUNT = Account("5WT12345", Venue.PRODUCTION)
POSITIONS_LAG_S = 60.0


def because(at=NOON):
    return Because("desk", "cli:m", "m", at)


def opened():
    return Book.born_of(Book.open(ACCOUNT, why=because()))


def order_id(number):
    return uuid5(NAMESPACE, str(number))


def trade(action, quantity, instrument=CALL, price="8"):
    effect = PriceEffect.DEBIT if action.buys else PriceEffect.CREDIT
    return Ticket((Leg(action, quantity, instrument),), OrderType.LIMIT, Decimal(price), effect)


def entered(book, number, ticket, *, held=0, trader=ANN, at=NOON, net=None, takes=Decimal(0)):
    cash = ticket.price * ticket.units * 100 * (-1 if ticket.price_effect is PriceEffect.DEBIT else 1)
    return book.evolved(
        book.enter(
            order_id(number),
            trader=trader,
            ticket=ticket,
            cash_usd=cash,
            takes_usd=takes,
            held=[held] * len(ticket.legs),
            net_liquidating_value_usd=net,
            why=because(at),
        )
    )


def progressed(book, number, *legs, trader=ANN, at=NOON, **how):
    event = book.progress(order_id(number), trader=trader, filled=legs, why=because(at), **how)
    return book if event is None else book.evolved(event)


def filled(quantity, instrument=CALL, price="8"):
    return FilledLeg(instrument.occ, quantity, Decimal(price))


def held_by(book, shown, at=NOON):
    return standing(book, shown, taken_at=at, lag_s=POSITIONS_LAG_S)


# ── what can still fill ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_account_has_one_book_and_its_number_is_masked():
    assert opened().account == "****2345"
    assert Book.id_of(ACCOUNT) != Book.id_of(Account("5WT12345", Venue.SANDBOX))


def test_an_order_is_entered_once():
    book = entered(opened(), 1, trade(Action.BUY_TO_OPEN, 2))
    with pytest.raises(IllegalStep):
        entered(book, 1, trade(Action.BUY_TO_OPEN, 2))


def test_equal_orders_are_one_shape_whoever_asked():
    book = opened()
    for number in range(5):
        book = entered(book, number, trade(Action.BUY_TO_OPEN, 2), trader=ANN if number % 2 else BOB)
    assert list(book.working["SPY"].values()) == [10]
    assert (book.orders_of(ANN), book.orders_of(BOB), book.orders_of(ANN, "QQQ")) == (2, 3, 0)


def test_a_part_that_filled_can_fill_no_more():
    book = progressed(entered(opened(), 1, trade(Action.SELL_TO_OPEN, 10)), 1, filled(-4))
    assert list(book.working["SPY"].values()) == [6]
    assert book.moving[CALL] == Moving(sells=6)


def test_of_legs_that_fill_unevenly_the_rest_of_the_limit_is_left():
    spread = Ticket(
        (Leg(Action.BUY_TO_OPEN, 2, CALL), Leg(Action.SELL_TO_OPEN, 2, PUT)),
        OrderType.LIMIT,
        Decimal(3),
        PriceEffect.DEBIT,
    )
    book = progressed(entered(opened(), 1, spread), 1, filled(2))
    ((unit, times),) = book.working["SPY"].items()
    assert (dict(unit.amounts), unit.cash_usd, times) == ({CALL: 0, PUT: -2}, Decimal(1_000), 1)  # 1,600 were paid


def test_a_sold_spread_whose_short_leg_filled_first_still_pays_for_the_other():
    legs = (Leg(Action.SELL_TO_OPEN, 2, PUT), Leg(Action.BUY_TO_OPEN, 2, CALL))
    spread = Ticket(legs, OrderType.LIMIT, Decimal(1), PriceEffect.CREDIT)
    book = progressed(entered(opened(), 1, spread), 1, filled(-2, PUT, "3"))
    ((unit, times),) = book.working["SPY"].items()
    assert (dict(unit.amounts), unit.cash_usd, times) == ({PUT: 0, CALL: 2}, Decimal(-400), 1)
    book = progressed(book, 1, filled(1, CALL, "2"))
    ((unit, times),) = book.working["SPY"].items()
    assert (dict(unit.amounts), unit.cash_usd, times) == ({PUT: 0, CALL: 1}, Decimal(-200), 1)


def test_what_is_over_leaves_nothing_behind():
    book = entered(opened(), 1, trade(Action.SELL_TO_CLOSE, 2), held=2)
    book = progressed(book, 1, is_unknown=True)
    assert book.unknown == 1
    book = progressed(book, 1, is_over=True)
    assert (book.entries, book.working, book.moving, book.counts, book.unknown) == ({}, {}, {}, {}, 0)
    assert progressed(book, 1, is_over=True) is book


def test_what_orders_take_of_buying_power_is_summed_and_what_production_has_by_itself():
    book = entered(opened(), 1, trade(Action.BUY_TO_OPEN, 2), takes=Decimal(1_600))
    book = entered(book, 2, trade(Action.BUY_TO_OPEN, 1), takes=Decimal(800))
    assert (book.taken_usd, book.adopted_usd, book.adopted) == (2_400, 0, ())
    book = progressed(book, 1, is_adopted=True, at=NOON + timedelta(seconds=1))
    assert (book.taken_usd, book.adopted_usd, [each.usd for each in book.adopted]) == (2_400, 1_600, [1_600])
    assert progressed(book, 1, is_adopted=True) is book  # it is told once
    book = progressed(book, 1, filled(2), is_adopted=True, is_over=True)
    assert (book.taken_usd, book.adopted_usd, [each.usd for each in book.spent]) == (800, 0, [1_600])
    book = progressed(book, 2, is_over=True)
    assert (book.taken_usd, book.adopted_usd, len(book.spent)) == (0, 0, 1)  # what never filled has spent nothing


def test_the_day_begins_with_the_first_order_of_new_york():
    evening = NOON.replace(day=21, hour=3)  # still the twentieth in New York
    book = entered(opened(), 1, trade(Action.BUY_TO_OPEN, 1), net=Decimal(100_000))
    book = entered(book, 2, trade(Action.BUY_TO_OPEN, 1), at=evening, trader=BOB, net=Decimal(90_000))
    assert (book.day.total, book.day.began_with_usd) == (2, 100_000)
    book = entered(book, 3, trade(Action.BUY_TO_OPEN, 1), at=evening.replace(hour=6), net=Decimal(80_000))
    assert (book.day.day, book.day.total, book.day.began_with_usd) == (date(2026, 11, 21), 1, 80_000)


def test_what_orders_take_of_buying_power_is_counted_while_they_are_in_the_book():
    book = opened()
    for number, usd in enumerate((800, 300)):
        book = entered(book, number, trade(Action.BUY_TO_OPEN, 2), takes=Decimal(usd))
    assert (book.taken_usd, book.adopted_usd) == (1_100, 0)
    book = progressed(book, 0, is_adopted=True)
    assert (book.taken_usd, book.adopted_usd) == (1_100, 800)
    book = progressed(book, 0, filled(1), is_adopted=True)
    assert (book.taken_usd, book.adopted_usd) == (1_100, 800)
    book = progressed(book, 0, filled(1), is_adopted=True, is_over=True)
    assert (book.taken_usd, book.adopted_usd) == (300, 0)
    book = progressed(book, 1, is_over=True)
    assert (book.taken_usd, book.adopted_usd) == (0, 0)


def test_what_was_held_of_orders_that_are_over_is_forgotten():
    book = opened()
    for days in range(10):
        option = EquityOption("SPY", NOON.date() + timedelta(days=days), Right.CALL, Decimal(450))
        book = progressed(entered(book, days, trade(Action.BUY_TO_OPEN, 1, option)), days, is_over=True)
    assert book.tracks == {}


def test_only_an_order_that_production_had_ends_a_row_of_failures():
    book, ticket = opened(), trade(Action.BUY_TO_OPEN, 1)
    for number in range(2):
        book = progressed(entered(book, number, ticket), number, is_over=True, has_failed=True)
    book = progressed(entered(book, 3, ticket), 3, is_over=True)  # withdrawn, or refused by the gate
    assert len(book.failures) == 2
    book = progressed(entered(book, 4, ticket, trader=BOB), 4, trader=BOB, is_adopted=True, is_over=True)
    assert len(book.failures) == 2
    book = progressed(entered(book, 5, ticket), 5, is_adopted=True, is_over=True)
    assert book.failures == ()


def test_what_was_asked_lately_is_bounded():
    book, ticket = opened(), trade(Action.BUY_TO_OPEN, 1)
    for number in range(MAX_ASKS + 5):
        book = progressed(entered(book, number, ticket), number, is_over=True, has_failed=True)
    assert len(book.asks[ANN]) == MAX_ASKS
    assert len(book.failures) == 100


# ── what is held ─────────────────────────────────────────────────────────────────────────────────────────────────


def test_what_was_bought_a_moment_ago_is_held_whatever_the_snapshot_shows():
    book = progressed(entered(opened(), 1, trade(Action.BUY_TO_OPEN, 2)), 1, filled(2), is_over=True)
    for shown in ({}, {CALL: 2}):
        assert held_by(book, shown)[CALL] == 2
    assert held_by(book, {CALL: 2}, NOON + timedelta(seconds=61))[CALL] == 2


def test_after_the_fills_have_settled_the_snapshot_is_right():
    book = progressed(entered(opened(), 1, trade(Action.BUY_TO_OPEN, 2)), 1, filled(2), is_over=True)
    later = NOON + timedelta(seconds=POSITIONS_LAG_S + 1)
    assert held_by(book, {}, later).get(CALL, 0) == 0  # sold elsewhere meanwhile
    assert held_by(book, {CALL: 7}, later)[CALL] == 7


def test_a_snapshot_that_no_lag_explains_is_unclear():
    book = progressed(entered(opened(), 1, trade(Action.BUY_TO_OPEN, 2)), 1, filled(2), is_over=True)
    assert not held_by(book, {CALL: 5}).holding(CALL).is_clear
    assert not held_by(book, {CALL: -1}).holding(CALL).is_clear


def test_a_fill_that_was_not_told_yet_is_seen_in_the_snapshot():
    book = progressed(entered(opened(), 1, trade(Action.BUY_TO_OPEN, 10)), 1, filled(2))
    holding = held_by(book, {CALL: 5}).holding(CALL)
    assert (holding.quantity, holding.is_clear) == (5, True)


def test_working_closes_leave_less_to_close():
    book = entered(opened(), 1, trade(Action.SELL_TO_CLOSE, 3), held=5)
    assert held_by(book, {CALL: 5}).holding(CALL).closable == 2
    assert held_by(book, {CALL: 2}).holding(CALL).closable == 0
    short = entered(opened(), 1, trade(Action.BUY_TO_CLOSE, 3), held=-5)
    assert held_by(short, {CALL: -5}).holding(CALL).closable == 2


def test_without_a_book_the_snapshot_is_all_there_is():
    assert dict(standing(None, {CALL: -3}, taken_at=NOON, lag_s=POSITIONS_LAG_S)) == {CALL: -3}


class LaggingAccount(RuleBasedStateMachine):
    """An account that only this desk trades, whose venue shows positions late, against a plain count."""

    def __init__(self):
        super().__init__()
        self.book, self.now, self.number = opened(), NOON, 0
        self.last_event = NOON
        self.true = {CALL: 0, PUT: 0}
        self.history = [(NOON - timedelta(hours=1), dict(self.true))]  # the position since when
        self.left: dict[int, tuple[Ticket, int]] = {}

    def shown(self, lag_s):
        seen = self.now - timedelta(seconds=lag_s)
        position = next(was for at, was in reversed(self.history) if at <= seen)
        return {instrument: quantity for instrument, quantity in position.items() if quantity}

    @rule(seconds=st.sampled_from([0.5, 20.0, 59.0, 61.0, 700.0]))
    def time_passes(self, seconds):
        self.now += timedelta(seconds=seconds)

    @rule(
        instrument=st.sampled_from([CALL, PUT]),
        quantity=st.integers(1, 5),
        buys=st.booleans(),
        lag_s=st.floats(0, POSITIONS_LAG_S - 1),
    )
    def an_order_is_entered(self, instrument, quantity, buys, lag_s):
        held = held_by(self.book, self.shown(lag_s), self.now)
        if not held.holding(instrument).is_clear:
            return
        closing = held.get(instrument, 0) * (1 if buys else -1) < 0
        if closing and held.holding(instrument).closable < quantity:
            return
        action = Action(f"{'buy' if buys else 'sell'}_to_{'close' if closing else 'open'}")
        ticket = trade(action, quantity, instrument)
        self.number += 1
        self.book = entered(self.book, self.number, ticket, held=held.get(instrument, 0), at=self.now)
        self.left[self.number] = (ticket, quantity)
        self.last_event = self.now

    @precondition(lambda self: self.left)
    @rule(data=st.data())
    def one_of_them_fills(self, data):
        number = data.draw(st.sampled_from(sorted(self.left)))
        ticket, left = self.left.pop(number)
        quantity = data.draw(st.integers(1, left))
        (leg,) = ticket.legs
        signed = quantity if leg.action.buys else -quantity
        self.now += timedelta(milliseconds=1)
        self.true = self.true | {leg.instrument: self.true[leg.instrument] + signed}
        self.history.append((self.now, self.true))
        self.last_event = self.now
        if left > quantity:
            self.left[number] = (ticket, left - quantity)
        self.book = progressed(self.book, number, filled(signed, leg.instrument), at=self.now, is_over=left == quantity)

    @precondition(lambda self: self.left)
    @rule(data=st.data())
    def one_of_them_is_cancelled(self, data):
        number = data.draw(st.sampled_from(sorted(self.left)))
        del self.left[number]
        self.last_event = self.now
        self.book = progressed(self.book, number, is_over=True, at=self.now)

    @invariant()
    def what_is_held_is_the_truth_whatever_is_shown(self):
        for lag_s in (0, 1, 30, POSITIONS_LAG_S - 1):
            held = held_by(self.book, self.shown(lag_s), self.now)
            for instrument, quantity in self.true.items():
                holding, track = held.holding(instrument), self.book.tracks.get(instrument)
                if track is not None and track.is_stale:  # then it may be less, on the same side, or unclear
                    part = 0 < abs(holding.quantity) <= abs(quantity) and holding.quantity * quantity > 0
                    assert not holding.is_clear or holding.quantity == quantity or part
                    continue
                assert holding.is_clear
                assert holding.quantity == quantity

    @invariant()
    def the_sums_are_those_of_the_orders(self):
        assert set(self.book.entries) == {order_id(number) for number in self.left}
        moving = {}
        for ticket, left in self.left.values():
            (leg,) = ticket.legs
            was = moving.get(leg.instrument, Moving())
            side, closing = ("buys" if leg.action.buys else "sells"), 0 if leg.action.opens else left
            sums = {name: getattr(was, name) for name in ("buys", "sells", "buys_to_close", "sells_to_close")}
            sums[side] += left
            sums[f"{side}_to_close"] += closing
            moving[leg.instrument] = Moving(**sums)
        assert self.book.moving == moving
        assert sum(self.book.working.get("SPY", {}).values()) == sum(left for _, left in self.left.values())
        assert self.book.orders_of(ANN) == len(self.left)
        moving_now = {ticket.legs[0].instrument for ticket, _ in self.left.values()}
        filled_lately = {instrument for _, instrument in self.book.filled}
        assert set(self.book.tracks) <= filled_lately | moving_now  # nothing is kept of what is over and has settled
        assert all(self.last_event - at <= KEPT for at, _ in self.book.filled)


TestLaggingAccount = LaggingAccount.TestCase
TestLaggingAccount.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)


@given(st.lists(st.integers(1, 5), min_size=1, max_size=5), st.integers(0, 10))
def test_a_close_is_never_counted_twice(sizes, held):
    """Closes one after the other, none of them filled: together never more than what is held."""
    book, closed = opened(), 0
    for number, size in enumerate(sizes):
        if held_by(book, {CALL: held}).holding(CALL).closable >= size:
            book, closed = entered(book, number, trade(Action.SELL_TO_CLOSE, size), held=held), closed + size
    assert closed <= held
    assert held_by(book, {CALL: held}).holding(CALL).closable == held - closed


def test_a_fill_that_was_not_told_yet_counts_once():
    """As held or as what can still fill, never as both: its order is in the book until the log has the fill."""
    book = entered(opened(), 1, trade(Action.BUY_TO_OPEN, 10))
    holding = held_by(book, {CALL: 4}).holding(CALL)
    assert (holding.quantity, holding.told, holding.is_clear) == (4, 0, True)
    later = NOON + timedelta(seconds=POSITIONS_LAG_S + 1)  # by then the log would have it: it was bought elsewhere
    assert held_by(book, {CALL: 4}, later).holding(CALL).told == 4
    elsewhere = held_by(book, {CALL: 14}).holding(CALL)
    assert (elsewhere.quantity, elsewhere.told, elsewhere.is_clear) == (14, 14, True)


def test_a_day_begins_with_what_was_seen_last_on_the_trading_day_before():
    book = entered(opened(), 1, trade(Action.BUY_TO_OPEN, 1), net=Decimal(100_000))  # a Friday
    book = entered(book, 2, trade(Action.BUY_TO_OPEN, 1), net=Decimal(97_000))
    monday, tuesday = NOON + timedelta(days=3), NOON + timedelta(days=4)
    on_monday = entered(book, 3, trade(Action.BUY_TO_OPEN, 1), at=monday, net=Decimal(90_000))
    assert (on_monday.day.began_with_usd, on_monday.day.latest_usd) == (
        97_000,
        90_000,
    )  # what was lost overnight counts
    on_tuesday = entered(book, 3, trade(Action.BUY_TO_OPEN, 1), at=tuesday, net=Decimal(90_000))
    assert on_tuesday.day.began_with_usd == 90_000  # what was lost before Monday is not today's


def test_a_day_knows_an_account_that_is_worth_nothing():
    book = entered(opened(), 1, trade(Action.BUY_TO_OPEN, 1), net=Decimal(100))
    book = entered(book, 2, trade(Action.BUY_TO_OPEN, 1), net=Decimal(0))
    assert (book.day.began_with_usd, book.day.latest_usd) == (100, 0)


def test_an_order_of_unknown_outcome_that_is_given_up_is_remembered():
    book = entered(opened(), 1, trade(Action.BUY_TO_OPEN, 1))
    book = progressed(book, 1, is_unknown=True)
    book = progressed(book, 1, is_unknown=True, is_over=True)
    assert (book.unknown, book.given_up) == (0, (NOON,))


@pytest.mark.parametrize(
    ("shown", "quantity", "is_clear"), [(5, 5, True), (7, 7, True), (0, 0, False), (-1, -1, False), (-2, 0, False)]
)
def test_a_fill_long_after_its_order_was_entered_may_be_shown_or_not(shown, quantity, is_clear):
    """What was held when a GTC order was entered, days ago, is no base: the account may have been traded elsewhere."""
    book = entered(opened(), 1, trade(Action.BUY_TO_OPEN, 2), held=5)
    later = NOON + timedelta(days=2)
    book = progressed(book, 1, filled(2), at=later, is_over=True)
    holding = held_by(book, {CALL: shown}, later).holding(CALL)
    assert (holding.quantity, holding.is_clear) == (quantity, is_clear)
    assert held_by(book, {CALL: shown}, later + timedelta(seconds=POSITIONS_LAG_S + 1)).holding(CALL).quantity == shown
