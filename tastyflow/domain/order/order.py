"""
One order, from the words typed to the last fill: its state, and the verbs that change it.

    Order.draft ─ validate ─ (confirm) ─ claim(sandbox) ─ news… ─ conclude_rehearsal
                ─ approve ─ claim(production) ─ news… ─ finish

    asking      draft, validate, confirm, refuse, withdraw       hearing    adopt, lose, fill, finish, …
    approving   conclude_rehearsal, request_approval, approve    working    request_cancel, replace, escalate, …
    claiming    claim                                            outside    found, find_unclaimed, change_outside

Verbs decide and may refuse (`IllegalStep`, `NotProven`, `NotApproved`, `ExcessFill`); they return the event to record,
or None for what was heard before. What an event does to the state is `OrderEvent.change`.
"""

from typing import Self

from attrs import frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import Event
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.verbs.asking import AskingVerbs
from tastyflow.domain.order.verbs.claiming import ClaimingVerbs
from tastyflow.domain.order.verbs.hearing import HearingVerbs
from tastyflow.domain.order.verbs.outside import OutsideVerbs
from tastyflow.domain.order.verbs.working import WorkingVerbs


@frozen
class Order(AskingVerbs, ClaimingVerbs, HearingVerbs, OutsideVerbs, WorkingVerbs):
    """An order and what can be done with it. Every verb takes *why*: who, from what cause, when."""

    @classmethod
    def born_of(cls, event: Event) -> Self:
        """The order that its first event makes."""
        if isinstance(event, happened.OrderDrafted | happened.OrderRefused | happened.OrderFoundAtVenue):
            return event.begin(cls)
        raise TypeError(f"{type(event).__name__} begins no order")

    def evolved(self, event: Event) -> Self:
        """The order after *event*. It never refuses: what was recorded has happened."""
        if isinstance(event, happened.OrderEvent):
            order = event.change(self)
            if order.stage.is_over is (self.over_at is not None):
                return order
            return changed(order, over_at=event.at if order.stage.is_over else None)
        raise TypeError(f"{type(event).__name__} follows on no order")
