"""
The installation's log of traders, ``traders.db`` in the home, and the logs of the environments that follow it.

    follow_installation(settings, ledger)    an environment's log is opened: is there anything new?
    open_roster(settings, ledger, clock)     for an operator who changes traders
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.roster import Roster
from tastyflow.application.trader_copies import follow
from tastyflow.ports import Clock
from tastyflow_adapters.config.choices import INSTALLATION, Choices, Environment
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.log import open_log

LOG = "log.db"


async def follow_installation(settings: Choices, ledger: Ledger) -> None:
    """
    Bring the traders of an environment's log up to date with those of the installation, where it has any.

    Raises:
        StoreFailure: One of the logs cannot be used.
    """
    address = LogAddress.file(settings.home / INSTALLATION)
    if address.exists:
        with closing(open_log(address, read_only=True)) as installation:
            await follow(installation, ledger)


def open_roster(settings: Choices, ledger: Ledger, clock: Clock, operator: str) -> Roster:
    """The traders, as *operator* keeps them in the environment of *settings*, whose log *ledger* is."""
    folders = {each.value: settings.home / each.value for each in Environment}
    others = [name for name, folder in folders.items() if folder != settings.folder and (folder / LOG).exists()]
    return Roster(
        ledger,
        clock,
        installation=partial(_opened, settings.home / INSTALLATION),
        others=[(name, partial(_opened, folders[name] / LOG)) for name in others],
        is_free=settings.begins_with_demo,
        operator=operator,
    )


@contextmanager
def _opened(path: Path) -> Iterator[Ledger]:
    with closing(open_log(LogAddress.file(path))) as ledger:
        yield ledger
