"""
Orders that depend on each other, as values and as tastytrade's JSON.

    OCO     two that work at once, and the first to trade cancels the other
    OTO     a trigger, and one to three that start when it is filled
    OTOCO   a trigger, and an OCO that starts when it is filled
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from attrs import evolve, frozen

from tastyflow_simulator.book.formats import Json, iso
from tastyflow_simulator.book.order_json import order_json
from tastyflow_simulator.book.orders import Order

TAGS: Final = {
    ("OCO", False): "OCO::order",
    ("OTO", True): "OTO::trigger-order",
    ("OTO", False): "OTO::order",
    ("OTOCO", True): "OTOCO::trigger-order",
    ("OTOCO", False): "OTOCO::oco-{index}-order",
}


@frozen(kw_only=True)
class Complex:
    """One complex order: the numbers of its parts."""

    number: int
    kind: str
    trigger: int | None
    members: tuple[int, ...]
    received_at: datetime
    source: str | None = None
    external_identifier: str | None = None

    @property
    def parts(self) -> tuple[int, ...]:
        return self.members if self.trigger is None else (self.trigger, *self.members)

    @property
    def one_cancels_other(self) -> bool:
        return self.kind in ("OCO", "OTOCO")

    def swapped(self, old: int, new: int) -> "Complex":
        """The same with a part replaced."""
        members = tuple(new if number == old else number for number in self.members)
        return evolve(self, members=members, trigger=new if self.trigger == old else self.trigger)


def tag(kind: str, *, is_trigger: bool, index: int) -> str:
    return TAGS.get((kind, is_trigger), f"{kind}::order").format(index=index)


def complex_json(group: Complex, orders: Mapping[int, Order], *, account: str) -> Json:
    parts = [orders[number] for number in group.parts]
    shown: Json = {
        "id": group.number,
        "account-number": account,
        "type": group.kind,
        "source": group.source,
        "external-identifier": group.external_identifier,
        "received-at": iso(group.received_at),
        "orders": [order_json(orders[number], account=account) for number in group.members],
    }
    if group.trigger is not None:
        shown["trigger-order"] = order_json(orders[group.trigger], account=account)
    ends = [part.terminal_at for part in parts]
    if all(part.status.is_terminal for part in parts):
        shown["terminal-at"] = iso(max(end for end in ends if end is not None))
    return {name: value for name, value in shown.items() if value is not None}
