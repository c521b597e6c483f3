"""
The installation's log of traders, ``traders.db`` in the home, and the logs of the environments that follow it.

    follow_installation(settings, ledger)    an environment's log is opened: is there anything new?
    open_roster(settings, ledger, clock)     for an operator who changes traders
"""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.roster import Roster
from tastyflow.application.trader_copies import follow
from tastyflow.ports import Clock
from tastyflow_adapters.config.choices import INSTALLATION, Choices, Environment
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.log import log_exists, open_log

LOG = "log.db"


async def follow_installation(settings: Choices, ledger: Ledger) -> None:
    """
    Bring the traders of an environment's log up to date with those of the installation, where it has any.

    Raises:
        StoreFailure: One of the logs cannot be used.
    """
    address = _installation(settings)
    if log_exists(address):
        with closing(open_log(address, read_only=True)) as installation:
            await follow(installation, ledger)


def open_roster(settings: Choices, ledger: Ledger, clock: Clock, operator: str) -> Roster:
    """The traders, as *operator* keeps them in the environment of *settings*, whose log *ledger* is."""
    logs = {each.value: _log_called(settings, each.value) for each in Environment}
    others = [name for name, log in logs.items() if log != settings.log and log_exists(log)]
    return Roster(
        ledger,
        clock,
        installation=partial(_opened, _installation(settings)),
        others=[(name, partial(_opened, logs[name])) for name in others],
        is_free=settings.begins_with_demo,
        operator=operator,
    )


def _installation(settings: Choices) -> LogAddress:
    """The log of the installation's traders: beside those of the environments."""
    return settings.log_called("traders") or LogAddress.file(settings.home / INSTALLATION)


def _log_called(settings: Choices, environment: str) -> LogAddress:
    return settings.log_called(environment) or LogAddress.file(settings.home / environment / LOG)


@contextmanager
def _opened(address: LogAddress) -> Iterator[Ledger]:
    with closing(open_log(address)) as ledger:
        yield ledger
