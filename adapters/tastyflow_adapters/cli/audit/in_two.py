"""
A long log is read by two processes at once: each does one part of the work, with the log opened by itself.

    verify    this process: the promises              the other one: the chain, and each row by itself
    replay    this process: every other stream        the other one: the other streams

A short log is read by one. So is a log where no second process can be started: it takes longer, and says the same.
"""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from multiprocessing import get_context
from typing import Final, TypeVar

from tastyflow.application import audit
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.domain.order.events import OrderDrafted
from tastyflow_adapters.config.log_address import LogAddress, LogKind
from tastyflow_adapters.language import Grammar
from tastyflow_adapters.store.log import open_log

LONG: Final = 20_000
"""From how many rows on a second process is worth its start."""

T = TypeVar("T")
End = TypeVar("End")


def verified(address: LogAddress, ledger: Ledger, watch: audit.Watch) -> audit.Report:
    """
    The report about the log at *address*, which *ledger* has open.

    Raises:
        StoreFailure: The log cannot be read.
    """
    end = audit.settled_end(ledger.log)
    promises, structure = _both(
        address, ledger, end.position, lambda: audit.promises_of(ledger.log, end, watch=watch), _structure, end
    )
    return audit.together(structure, promises)


def words_of(ledger: Ledger, watch: audit.Watch) -> audit.Wording:
    """
    The words of each order in *ledger*, read again: a few hundred microseconds an order.

    Raises:
        StoreFailure: The log cannot be read.
    """
    drafts = audit.steady(lambda: list(ledger.rows(topics=(OrderDrafted.TOPIC,))))
    rows = [audit.Row(each.id, each.originator_id, each.originator_version, each.topic, each.state) for each in drafts]
    return audit.check_words(watch(rows, len(rows)), Grammar())


def replayed(address: LogAddress, ledger: Ledger, watch: audit.Watch) -> audit.Compared:
    """
    What replaying the whole log at *address* gave, compared with what *ledger* serves.

    Raises:
        StoreFailure: The log cannot be read.
    """
    end = audit.end_of(ledger)
    here, there = _both(
        address, ledger, end, lambda: audit.compared(ledger, until=end, half=0, watch=watch), _other_half, end
    )
    return here.with_other(there)


def _both(
    address: LogAddress, ledger: Ledger, rows: int, here: Callable[[], T], there: Callable[[Ledger, End], T], end: End
) -> tuple[T, T]:
    """What *here* gives, and *there* in a second process; in this one, where that is not worth it or not to be had."""
    if rows < LONG or address.kind is LogKind.MEMORY:
        return here(), there(ledger, end)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        other = pool.submit(_opened, address, there, end)
        mine = here()
        try:
            return mine, other.result()
        except (BrokenProcessPool, OSError):
            return mine, there(ledger, end)


def _opened(address: LogAddress, work: Callable[[Ledger, End], T], end: End) -> T:
    with closing(open_log(address, read_only=True)) as ledger:
        return work(ledger, end)


def _structure(ledger: Ledger, end: audit.LogEnd) -> audit.Report:
    return audit.structure_of(ledger.log, end)


def _other_half(ledger: Ledger, end: int) -> audit.Compared:
    return audit.compared(ledger, until=end, half=1)
