"""What a trader may is asked again in the append of the claim: what was revoked since the draft stops the order."""

import pytest

from tastyflow.application.traders import Traders
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.trader import Permission
from tastyflow.domain.venue import Venue
from tests.application.kit import GENEROUS, ONE_CALL
from tests.application.soundness import assert_sound

pytestmark = pytest.mark.anyio

DEC = "exp Dec 18 2026"
LONG, SPREADS, COVERED = Permission.LONG_OPTIONS, Permission.SPREADS, Permission.COVERED


class Meanwhile:
    """A production where something happens while an order is about to leave."""

    def __init__(self, house, happens) -> None:
        self._house, self._broker, self._happens = house, house.production, happens

    def __getattr__(self, name):
        return getattr(self._broker, name)

    async def ready(self) -> None:
        await self._happens(Traders(self._house.ledger, self._house.clock))


MEANWHILE = {
    "revoked": lambda traders: traders.revoke("demo", [LONG], by="alice"),
    "suspended": lambda traders: traders.suspend("demo", by="alice"),
    "limited": lambda traders: traders.limit("demo", {"max_contracts": 0}, by="alice"),
    "denied": lambda traders: traders.limit("demo", {"denied_symbols": ("SPY",)}, by="alice"),
}


@pytest.mark.parametrize("what", MEANWHILE)
async def test_what_changed_while_an_order_was_on_its_way_keeps_it_from_production(build, what):
    house = await build(permissions={LONG, SPREADS})
    house.production = Meanwhile(house, MEANWHILE[what])
    order = await house.once(ONE_CALL)
    assert (order.stage, order.code) == (Stage.REFUSED, "gate"), order.message
    assert order.attempt(Venue.PRODUCTION) is None
    assert_sound(house)


async def test_the_same_order_leaves_where_nothing_changed(build):
    house = await build(permissions={LONG})
    assert (await house.once(ONE_CALL)).stage is Stage.FILLED


@pytest.mark.parametrize(
    ("text", "needs"),
    [
        (f"buy 1 SPY 450 call {DEC}", "long_options"),
        (f"buy 1 SPY 450/460 call spread {DEC} @ natural", "spreads"),
        (f"sell 1 SPY 440/435 put spread {DEC} @ natural", "spreads"),
        (f"sell to open 1 SPY 440 put {DEC} @ natural", "covered"),
        (f"sell to open 1 SPY 460 call {DEC} @ natural", "short_options"),
        ("buy 10 SPY @ natural", "shares"),
    ],
)
async def test_an_order_takes_the_permission_for_its_kind(build, text, needs):
    refused = await (await build(permissions=set(Permission) - CONTAINING[needs], limits=GENEROUS)).once(text)
    assert (refused.stage, refused.code) == (Stage.REFUSED, "not_permitted"), refused.message
    assert f"That takes the permission {needs}." in refused.hint
    placed = await (await build(permissions={Permission(needs)}, limits=GENEROUS)).once(text)
    assert placed.code != "not_permitted", placed.message


RETIRED = {Permission.TRADE, Permission.SELL_TO_OPEN}
CONTAINING = {
    "long_options": RETIRED | {LONG},
    "spreads": RETIRED | {SPREADS, Permission.SHORT_OPTIONS},
    "covered": RETIRED | {COVERED, Permission.SHORT_OPTIONS},
    "short_options": RETIRED | {Permission.SHORT_OPTIONS},
    "shares": RETIRED | {Permission.SHARES},
}
"""The permissions that let an order through which needs this one."""
