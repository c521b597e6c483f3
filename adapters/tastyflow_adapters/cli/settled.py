"""
Orders from the log alone, where the venues have nothing to add: no desk is opened, and nothing is changed.

    orders   None while one is open, or trading is halted       order   None while the order is not settled

None means: ask the desk. So it is also where the log cannot be read, or does not know who asks: the desk has the words
for that. Only where both venues are fake: a desk at tastytrade says, too, whether it can be reached.
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.telling.rewording import reworded
from tastyflow.domain.halt import Halt, Trading
from tastyflow.domain.order import Order
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.trader import Permission, Trader
from tastyflow.domain.trader.permissions import may
from tastyflow.errors import Refused, StoreFailure
from tastyflow_adapters.cli.safe_text import readable
from tastyflow_adapters.clock import clock_from
from tastyflow_adapters.config.choices import Choices, Environment
from tastyflow_adapters.language import Grammar
from tastyflow_adapters.store.log import open_log

NEWEST = 20
"""How many orders are listed, as the desk lists them."""


def orders(choices: Choices, user: str | None) -> list[tuple[Order, TestResult | None]] | None:
    """The newest orders of *user*, newest first, each with its test."""
    with _reading(choices) as ledger:
        trader = _trader(ledger, choices, user)
        if ledger is None or trader is None or trader.reserved or _is_stopped(ledger):
            return None
        return [_told(order, ledger, choices) for order in Lookup(ledger).newest_orders(NEWEST, of=trader)]


def order(choices: Choices, user: str | None, reference: str) -> tuple[Order, TestResult | None] | None:
    """The order of *user* that *reference* names, with its test."""
    with _reading(choices) as ledger:
        trader = _trader(ledger, choices, user)
        if ledger is None or trader is None:
            return None
        try:
            found = Lookup(ledger).find(reference, of=trader)
        except Refused:
            return None
        return _told(found, ledger, choices) if found.is_settled else None


@contextmanager
def _reading(choices: Choices) -> Iterator[Ledger | None]:
    if choices.env is not Environment.FAKE or not choices.log.exists:
        yield None
        return
    try:
        opened = open_log(choices.log, read_only=True)
    except StoreFailure:
        yield None
        return
    with closing(opened) as ledger:
        yield ledger


def _is_stopped(ledger: Ledger) -> bool:
    halt = ledger.read(Halt, Halt.switch_id())
    return halt is not None and halt.trading is not Trading.RUNNING


def _trader(ledger: Ledger | None, choices: Choices, user: str | None) -> Trader | None:
    if ledger is None:
        return None
    trader = ledger.read(Trader, Trader.id_of(readable(user or choices.default_trader or "")))
    return trader if trader is not None and may(trader, Permission.VIEW) else None


def _told(order: Order, ledger: Ledger, choices: Choices) -> tuple[Order, TestResult | None]:
    test = ledger.read(TestResult, order.test) if order.test else None
    return reworded(order, Grammar(), clock_from(choices.now).now()), test
