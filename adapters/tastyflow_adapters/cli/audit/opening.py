"""
How an audit's command opens a log: read-only, whichever is named, and says where there is none.

    reading     the log of this home, or of a file; closed in the end
    watching    a bar for its rows while they are many
"""

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final, TypeVar

import click
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tastyflow.application import audit as auditing
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.errors import StoreFailure
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.failures import explain
from tastyflow_adapters.store.log import check_log, log_exists, open_log

T = TypeVar("T")

LONG: Final = 5_000
"""From how many rows on progress is shown."""


@contextmanager
def reading(file: Path | None, *, says_so: bool, to_the_page: bool = False) -> Iterator[Ledger | None]:
    """
    The log, read-only; None, and a word about it, where there is none yet.

    Raises:
        StoreFailure: It cannot be read, or is not where it should be.
    """
    address = address_of(file)
    if address is None:
        if says_so:
            click.echo("There is nothing yet: no order was ever asked for here.")
        yield None
        return
    try:
        if to_the_page:
            auditing.steady(lambda: check_log(address))
        with closing(open_log(address, read_only=True)) as ledger:
            yield ledger
    except StoreFailure as failure:
        if failure.code != "store_unreadable" or failure.__cause__ is None:
            raise
        raise explain(failure.__cause__, address) from failure


def address_of(file: Path | None) -> LogAddress | None:
    """The log at *file*, or that of this home; None in a home that was never used."""
    return LogAddress.file(file) if file else log_of_this_home()


def log_of_this_home() -> LogAddress | None:
    """The log that the settings name; None in a home that was never used."""
    settings = load()
    if log_exists(settings.log):
        return settings.log
    if any(settings.folder.glob("*.db")):
        raise StoreFailure(
            f"The log {settings.log} is gone; the venues' files of this home are not.",
            code="store_missing",
            hint="Restore it from the last backup before anything else is done here.",
        )
    return None


@contextmanager
def watching(doing: str) -> Iterator[auditing.Watch]:
    """What watches rows with a bar on the terminal's standard error, while they are many."""
    err = SafeConsole(stderr=True)
    columns = (TextColumn(doing), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=err, transient=True, disable=not err.is_terminal)

    def watch(items: Iterable[T], total: int) -> Iterable[T]:
        if total < LONG:
            return items
        progress.start()
        return progress.track(items, total=total)

    try:
        yield watch
    finally:
        if progress.live.is_started:
            progress.stop()
