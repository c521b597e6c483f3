"""
The promises about traders: capacity is held once per order and given back when it is over; an identity has one owner.
"""

from collections.abc import Iterable
from typing import Final

from tastyflow.application.audit.promise import Promise, promise
from tastyflow.application.audit.world import World
from tastyflow.domain.names_apart import is_pseudonym
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.trader import (
    CapacityReleased,
    CapacityReserved,
    Identity,
    IdentityClaimed,
    IdentityLinked,
    IdentityReleased,
    IdentityUnlinked,
    LimitsSet,
    LinkCodeMade,
    LinkCodeUsed,
    PermissionsSet,
    Reservation,
    Trader,
    TraderForgotten,
    TraderRegistered,
    TraderReinstated,
    TraderRemoved,
    TraderSuspended,
)
from tastyflow.domain.trader.events import OperatorsChange
from tastyflow.domain.venue import Venue


def _is_of_user(event: IdentityClaimed | IdentityReleased) -> bool:
    """Whether the id is that of the user; of one who was forgotten, it can no longer be told."""
    return is_pseudonym(event.user) or event.originator_id == Identity.id_of(event.platform, event.user)


@promise("named_once", "A trader's id follows from the name; a name is taken once.", TraderRegistered)
def _named_once(world: World, event: TraderRegistered) -> Iterable[str]:
    return broken_rules(
        (
            is_pseudonym(event.name) or event.originator_id == Trader.id_of(event.name),
            "The trader's id is not that of the name.",
        ),
        (event.originator_id not in world.states, "The name was taken before."),
    )


@promise("identified_once", "An identity is taken by one registered trader at a time.", IdentityClaimed)
def _identified_once(world: World, event: IdentityClaimed) -> Iterable[str]:
    before = world.get(Identity, event.originator_id)
    return broken_rules(
        (_is_of_user(event), "Its id is not that of the identity."),
        (before is None or before.trader is None, "The identity was taken already."),
        (world.get(Trader, event.trader) is not None, "Its trader is not registered."),
    )


@promise("released_by_its_owner", "An identity is given back by the trader who has it.", IdentityReleased)
def _released_by_its_owner(world: World, event: IdentityReleased) -> Iterable[str]:
    before = world.get(Identity, event.originator_id)
    return broken_rules(
        (before is not None and before.trader == event.trader, "It was not that trader's."),
        (_is_of_user(event), "Its id is not that of the identity."),
    )


@promise("unlinked_after_linked", "Only what a trader is linked to is unlinked.", IdentityUnlinked)
def _unlinked_after_linked(world: World, event: IdentityUnlinked) -> Iterable[str]:
    trader = world.get(Trader, event.originator_id)
    linked = trader is not None and (event.platform, event.user) in trader.identities
    return broken_rules((linked, "The trader was not linked to it."))


@promise(
    "followed_in_order",
    "What is copied from the installation's log of traders is copied once, in the order in which it stands there.",
    LimitsSet,
    PermissionsSet,
    TraderSuspended,
    TraderReinstated,
    TraderRemoved,
    TraderForgotten,
    IdentityLinked,
    IdentityUnlinked,
    LinkCodeMade,
    LinkCodeUsed,
)
def _followed_in_order(world: World, event: OperatorsChange) -> Iterable[str]:
    trader = world.get(Trader, event.originator_id)
    known = trader.installation if trader else 0
    return broken_rules((not event.installation or event.installation > known, f"Version {known} was there before it."))


@promise("forgotten_when_removed", "Only a trader who was removed is forgotten.", TraderForgotten)
def _forgotten_when_removed(world: World, event: TraderForgotten) -> Iterable[str]:
    trader = world.get(Trader, event.originator_id)
    return broken_rules((trader is not None and trader.removed, "The trader was not removed."))


@promise("linked_by_an_open_code", "A code links who typed it, once, and only within its time.", LinkCodeUsed)
def _linked_by_an_open_code(world: World, event: LinkCodeUsed) -> Iterable[str]:
    trader = world.get(Trader, event.originator_id)
    codes = {code.digest: code for code in trader.link_codes} if trader else {}
    code = codes.get(event.digest)
    return broken_rules(
        (code is not None and code.platform == event.platform, "No such code was open."),
        (code is None or event.at < code.expires_at, "Its time was over."),
        (trader is None or not trader.suspended, "Its trader was suspended."),
        (trader is None or (event.platform, event.user) in trader.identities, "Who typed it was not linked."),
    )


@promise(
    "changed_from_what_was",
    "A change of permissions or limits says what they were before it.",
    LimitsSet,
    PermissionsSet,
    TraderRemoved,
)
def _changed_from_what_was(world: World, event: LimitsSet | PermissionsSet | TraderRemoved) -> Iterable[str]:
    trader = world.get(Trader, event.originator_id)
    if trader is None or event.before is None:
        return ()  # the oldest logs do not say
    if isinstance(event, LimitsSet):
        return broken_rules((event.before == trader.limits, "The limits were others before it."))
    return broken_rules(({*event.before} == trader.permissions, "The permissions were others before it."))


@promise(
    "reserved_once", "Capacity is held once per open order, for what its limits were checked with.", CapacityReserved
)
def _reserved_once(world: World, event: CapacityReserved) -> Iterable[str]:
    trader, order = world.get(Trader, event.originator_id), world.get(Order, event.order)
    if trader is None or order is None:
        return ("There is no such trader or order.",)
    checked = (order.contracts, order.notional_usd)
    return broken_rules(
        (event.order not in trader.reserved, "It was reserved before."),
        (order.stage is Stage.VALIDATED or _is_at_work(order), f"The order was {order.stage}."),
        (order.asked.trader == trader.id, "The order is another trader's."),
        ((event.contracts, event.notional_usd) == checked, "It is not what the limits were checked with."),
    )


def _is_at_work(order: Order) -> bool:
    """Whether production has it after all: an order that was over holds its capacity again."""
    return not order.stage.is_over and any(a.venue is Venue.PRODUCTION and a.broker_order for a in order.attempts)


@promise(
    "released_once",
    "Capacity is given back once, when the order goes no further, or was made another size by other hands.",
    CapacityReleased,
)
def _released_once(world: World, event: CapacityReleased) -> Iterable[str]:
    trader, order = world.get(Trader, event.originator_id), world.get(Order, event.order)
    goes_no_further = order is not None and (order.stage.is_over or order.stage is Stage.REHEARSED)
    held = trader.reserved.get(event.order) if trader else None
    is_another_size = order is not None and held != Reservation(order.contracts, order.notional_usd)
    return broken_rules(
        (held is not None, "Nothing was reserved."),
        (goes_no_further or is_another_size, f"The order was {order.stage if order else 'nowhere'}."),
    )


@promise("released_in_the_end", "What is over holds no capacity.", Trader)
def _released_in_the_end(world: World, trader: Trader) -> Iterable[str]:
    held = ((order_id, world.get(Order, order_id)) for order_id in trader.reserved)
    over = [order_id.hex[:6] for order_id, order in held if order is not None and order.stage.is_over]
    return broken_rules((not over, f"Over, and never given back: order {', '.join(over)}."))


@promise("linked_both_ways", "A trader's identities are exactly those that were taken for the trader.", Trader)
def _linked_both_ways(world: World, trader: Trader) -> Iterable[str]:
    claims = (world.get(Identity, Identity.id_of(*identity)) for identity in trader.identities)
    return broken_rules((all(c is not None and c.trader == trader.id for c in claims), "An identity was never taken."))


@promise("taken_both_ways", "An identity that was taken is one of its trader's.", Identity)
def _taken_both_ways(world: World, identity: Identity) -> Iterable[str]:
    trader = world.get(Trader, identity.trader)
    known = trader is not None and (identity.platform, identity.user) in trader.identities
    if identity.trader is None:
        return ()
    return broken_rules((known, "Its trader was never linked to it."))


@promise("judged_in_the_end", "A draft is judged: refused, or within limits with capacity reserved.", Order)
def _judged_in_the_end(world: World, order: Order) -> Iterable[str]:
    trader = world.get(Trader, order.asked.trader)
    holds = trader is not None and order.id in trader.reserved
    return broken_rules(
        (order.stage is not Stage.DRAFTED, "It was never judged."),
        (order.stage is not Stage.VALIDATED or holds, "Nothing was ever reserved for it."),
    )


FOR_TRADERS: Final[tuple[Promise, ...]] = (
    _named_once,
    _identified_once,
    _released_by_its_owner,
    _unlinked_after_linked,
    _followed_in_order,
    _forgotten_when_removed,
    _linked_by_an_open_code,
    _changed_from_what_was,
    _reserved_once,
    _released_once,
)

TRADERS_IN_THE_END: Final[tuple[Promise, ...]] = (
    _released_in_the_end,
    _linked_both_ways,
    _taken_both_ways,
    _judged_in_the_end,
)
