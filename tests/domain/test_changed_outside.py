"""An order that other hands change at the venue: its chain of ids is followed, and each fill of it counts once."""

from decimal import Decimal

from attrs import define, evolve, field
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.order import Order
from tastyflow.domain.order.events import FoundBy, OrderChangedOutside
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.verbs.outside import changes
from tastyflow.domain.venue import BrokerOrder, Status
from tastyflow.domain.venue.hearing import hear
from tests.domain.makers import CALLS, PRODUCTION, Log, execution, snapshot, why

LEG = CALLS.legs[0]


@define
class Chain:
    """What the venue has of one order that other hands change: all ids that it had, each as it stands."""

    order: Order
    links: list[BrokerOrder] = field(init=False)
    fills: int = 0

    def __attrs_post_init__(self) -> None:
        tag = self.order.attempts[-1].external_id
        self.links = [evolve(snapshot("1", Status.LIVE, external_id=tag), ticket=CALLS)]

    @property
    def last(self) -> BrokerOrder:
        return self.links[-1]

    def left(self) -> int:
        return self.last.ticket.legs[0].quantity - self.last.filled(LEG.instrument.occ)

    def fill(self, quantity: int) -> None:
        self.fills += 1
        fills = (*self.last.fills, execution(f"f-{self.fills}", quantity))
        self.links[-1] = evolve(self.last, fills=fills)
        if not self.left():
            self.links[-1] = evolve(self.last, status=Status.FILLED)

    def edit(self, price: Decimal, quantity: int, *, keeps_tag: bool) -> None:
        broker_order = str(len(self.links) + 1)
        ticket = evolve(CALLS, price=price, legs=(evolve(LEG, quantity=quantity),))
        new = evolve(
            snapshot(broker_order, Status.LIVE, external_id=self.last.external_id if keeps_tag else None),
            ticket=ticket,
            replaces=self.last.broker_order,
        )
        self.links[-1] = evolve(self.last, status=Status.CANCELLED, replaced_by=broker_order)
        self.links.append(new)

    def end(self, status: Status) -> None:
        self.links[-1] = evolve(self.last, status=status)


def at_work() -> tuple[Log, Chain]:
    log = Log().submitting()
    chain = Chain(log.order)
    take(log, *chain.links)
    return log, chain


def take(log: Log, *snapshots: BrokerOrder, found_by: FoundBy = FoundBy.SEARCH) -> list[str]:
    heard = hear(log.order, PRODUCTION, *snapshots, found_by=found_by, why=why())
    log.take(*heard.events)
    return [type(event).__name__ for event in heard.events]


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("fill"), st.integers(1, 4)),
        st.tuples(st.just("edit"), st.integers(1, 400), st.integers(1, 12), st.booleans()),
        st.tuples(st.just("hear whole")),
        st.tuples(st.just("hear one"), st.integers(0, 5)),
    ),
    max_size=12,
)


@given(STEPS, st.sampled_from([None, Status.CANCELLED, Status.EXPIRED]))
def test_whatever_other_hands_do_the_order_is_in_the_end_what_the_venue_has(steps, end):
    log, chain = at_work()
    for what, *how in steps:
        if what == "hear whole":
            take(log, *chain.links)
        elif what == "hear one":
            take(log, chain.links[how[0] % len(chain.links)], found_by=FoundBy.STREAM)
        elif chain.last.status is Status.FILLED:
            continue
        elif what == "fill":
            chain.fill(min(how[0], chain.left()))
        else:
            chain.edit(Decimal(how[0]) / 100, how[1], keeps_tag=how[2])
    if end is not None and chain.last.status is not Status.FILLED:
        chain.end(end)
    take(log, *chain.links)
    order, attempt = log.order, log.order.attempts[-1]
    assert attempt.broker_order == chain.last.broker_order
    assert attempt.earlier == tuple(link.broker_order for link in chain.links[:-1])
    assert sorted(fill.fill_id for fill in order.fills) == sorted(f.fill_id for link in chain.links for f in link.fills)
    before = sum(link.filled(LEG.instrument.occ) for link in chain.links[:-1])
    assert order.ticket.legs[0].quantity == before + chain.last.ticket.legs[0].quantity
    ended = {Status.FILLED: Stage.FILLED, Status.CANCELLED: Stage.CANCELLED, Status.EXPIRED: Stage.EXPIRED}
    assert order.stage is ended.get(chain.last.status, Stage.WORKING)
    assert order.code == ""
    assert take(log, *chain.links) == []


def test_an_order_that_other_hands_changed_does_not_end_with_its_old_id():
    log, chain = at_work()
    chain.edit(Decimal("9.00"), 10, keeps_tag=False)
    assert take(log, chain.links[0], found_by=FoundBy.STREAM) == []
    assert log.order.stage is Stage.WORKING
    assert take(log, *chain.links) == ["OrderChangedOutside"]
    assert log.order.ticket.price == Decimal("9.00")


def test_its_new_id_is_not_taken_over_before_the_end_of_the_old_one_is_known():
    log, chain = at_work()
    chain.fill(4)
    chain.edit(Decimal("9.00"), 6, keeps_tag=True)
    assert take(log, chain.links[1]) == []
    assert take(log, *chain.links) == ["FillRecorded", "OrderChangedOutside"]
    assert log.order.ticket.legs[0].quantity == 10


def test_what_was_changed_is_said_in_words_and_what_is_reserved_follows_the_price():
    log, chain = at_work()
    reserved_usd = log.order.notional_usd
    chain.edit(Decimal("3.00"), 10, keeps_tag=False)
    take(log, *chain.links)
    (event,) = [each for each in log.events if isinstance(each, OrderChangedOutside)]
    assert event.what == ("It was limit 2.5 debit, and is limit 3 debit.",)
    assert log.order.notional_usd == reserved_usd + 500
    assert changes(CALLS, CALLS) == ()


def test_an_order_that_ended_here_by_its_old_id_alone_works_again_once_its_new_id_is_seen():
    log, chain = at_work()
    take(log, snapshot("1", Status.CANCELLED))
    assert log.order.stage is Stage.CANCELLED
    chain.edit(Decimal("9.00"), 10, keeps_tag=False)
    take(log, *chain.links)
    assert log.order.stage is Stage.WORKING


def test_another_order_of_ours_in_its_place_is_not_taken_for_a_change_by_other_hands():
    log, _ = at_work()
    theirs = evolve(snapshot("2", Status.LIVE, external_id="tf1-p-another-1"), ticket=CALLS, replaces="1")
    old = evolve(snapshot("1", Status.CANCELLED), replaced_by="2")
    assert "OrderChangedOutside" not in take(log, old, theirs)
