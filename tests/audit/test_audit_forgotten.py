"""A trader who was forgotten: the log says a pseudonym, keeps its chain, and keeps every promise."""

import asyncio

import pytest

from tastyflow.application.audit import log_of, replay, verify
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.traders import Traders
from tastyflow.domain.names_apart import is_pseudonym
from tastyflow.domain.trader import Permission, Trader
from tests.application.kit import GENEROUS, SkippingClock, open_log, register
from tests.audit.tamper import find, renumbered, without


async def _forgotten() -> Ledger:
    ledger, clock = open_log(), SkippingClock()
    await register(ledger, clock.now(), "ann", GENEROUS, Permission)
    traders = Traders(ledger, clock)
    await traders.link("ann", "discord", "123456789012345678", by="alice")
    await traders.remove("ann", by="alice")
    await traders.forget("ann", by="alice", reason="asked for it")
    return ledger


@pytest.fixture(scope="module")
def rows():
    return list(log_of(asyncio.run(_forgotten())))


def test_who_it_was_is_nowhere_and_every_promise_is_kept(rows):
    assert verify(rows).is_clean
    assert verify(rows).asked["forgotten_when_removed"] == 1
    assert not [row for row in rows if b'"ann"' in row.state or b"123456789012345678" in row.state]
    (trader,) = (each for each in replay(rows).states.values() if isinstance(each, Trader))
    assert (trader.removed, trader.forgotten, is_pseudonym(trader.name)) == (True, True, True)


def test_a_trader_who_was_not_removed_is_not_forgotten(rows):
    tampered = renumbered(without(rows, find(rows, "trader.removed")))
    assert "forgotten_when_removed" in {finding.rule for finding in verify(tampered).findings}
