"""What the tests of reconciling share: a venue that is silent, an edit by other hands, the incidents."""

from decimal import Decimal

from attrs import evolve

from tastyflow.domain.incident import Incident
from tastyflow.errors import OutcomeUnknown
from tests.application.kit import (
    log,
)

LATER_S = 130.0


class Silent:
    """A venue that gives no answer about its orders."""

    names = ("get", "listed", "find")

    def __init__(self, broker):
        self._broker = broker

    def __getattr__(self, name):
        if name in self.names:
            return self._no_answer
        return getattr(self._broker, name)

    async def _no_answer(self, *_):
        raise OutcomeUnknown("timeout")


async def reconciled(house):
    """What a process that starts now finds."""
    async with house.desk() as desk:
        (report,) = await house.until(desk.reconcile())
    return report


def incidents(house, kind):
    opened = [event.originator_id for event in log(house.ledger) if event.TOPIC.startswith("tastyflow.incident.opened")]
    found = [house.ledger.read(Incident, each) for each in opened]
    return [each for each in found if each.kind is kind]


def edit(house, order, price, *, tag=None):
    """Change *order* in the broker's own application."""
    attempt = order.attempts[-1]
    ticket = evolve(order.ticket, price=Decimal(price))
    return house.live._book.replace(attempt.broker_order, ticket, tag, house.clock.now()).broker_order
