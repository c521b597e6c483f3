"""
A copy of a whole log that verifies itself, and the way back.

    backed_up   log in use ─▶ SQLite's online backup ─▶ every page, event and head checked ─▶ FILE.head.json ─▶ FILE
    restored    FILE ─▶ checked, held against FILE.head.json ─▶ head.json: was_restored ─▶ log.db

A backup stands under its name only with its head beside it, and is whole. A restored log stands under its name only
with a head that puts it in doubt, so that nothing is sent on it before an operator accepts it.
"""

import shutil
import sqlite3
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Final

from attrs import evolve

from tastyflow.application.audit import check_chain, sealed_rows, steady
from tastyflow.application.reconciling.head import doubt_about, head_of
from tastyflow.domain.chain import ChainHead
from tastyflow.errors import StoreFailure
from tastyflow.ports import LogHead
from tastyflow_adapters.config.log_address import LogAddress, LogKind
from tastyflow_adapters.store.failures import LogTrouble, explain
from tastyflow_adapters.store.head_file import HeadFile
from tastyflow_adapters.store.log import check_log, open_log
from tastyflow_adapters.store.sqlite_file import Datastore
from tastyflow_adapters.store.whole_file import placed_whole, require_absent

TRIES: Final = 5
"""How often a log is copied that a writer opens or closes meanwhile."""


def backed_up(address: LogAddress, target: Path) -> LogHead:
    """
    Copy the log at *address* to *target*, also while others write it; the head of the copy.

    Raises:
        StoreFailure: It cannot be copied, or the copy does not verify. Nothing is at *target*.
    """
    source = file_of(address)
    try:
        with placed_whole(target) as new:
            _copy(source, new)
            head = verified(new)
            HeadFile(sidecar_of(target)).keep(head)
    except (sqlite3.Error, OSError) as error:
        raise explain(error, LogAddress.file(target)) from error
    return head


def verified(path: Path) -> LogHead:
    """
    The head of the log in the file at *path*, once every page, every event and the chain were checked.

    Raises:
        StoreFailure: It is damaged, changed, empty, or not chained.
    """
    address = LogAddress.file(path)
    steady(partial(check_log, address))
    with closing(open_log(address, read_only=True)) as ledger:
        start, end = ledger.chain_start(), ledger.chain_head()
        if start is None or end is None:
            raise not_chained(address)
        sealed = check_chain(sealed_rows(ledger.log, until=ledger.end()), ChainHead(0, start.head), end=end)
        if not sealed.is_whole:
            seam = sealed.seams[0]
            raise StoreFailure(
                f"The chain of {path} does not fit at event {seam.position:,}: {seam.why}",
                code="chain_broken",
                hint="It is no sound copy of a log: use another one. 'tastyflow audit --file FILE verify' says more.",
            )
        head = head_of(ledger)
    if head is None:
        raise StoreFailure(f"The log {path} is empty: there is nothing to keep.", code="store_missing")
    return head


def restored(backup: Path, address: LogAddress, heads: HeadFile) -> LogHead:
    """
    Make a copy of *backup* the log at *address*, where none is, and keep in *heads* that it was restored; its head.

    Raises:
        StoreFailure: The backup does not verify, or does not fit the head beside it; or a log is there already.
    """
    target = file_of(address)
    require_absent(target)
    kept = HeadFile(sidecar_of(backup)).read()
    if kept is None:
        raise StoreFailure(
            f"{sidecar_of(backup)} is missing: a backup stands together with the head of its chain.",
            code="not_a_backup",
            hint="Put it back beside the backup; or name a file that 'tastyflow log backup' has written.",
        )
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with placed_whole(target) as new:
            shutil.copyfile(backup, new)
            head = verified(new)
            if head != kept:
                raise StoreFailure(
                    f"{backup} ends with event {head.position:,} and another head than {sidecar_of(backup).name} says.",
                    code="chain_broken",
                    hint="One of the two was exchanged or changed. Use a backup that fits the head beside it.",
                )
            keep_in_doubt(head, new, heads)
    except (sqlite3.Error, OSError) as error:
        raise explain(error, address) from error
    return head


def keep_in_doubt(head: LogHead, new: Path, heads: HeadFile) -> None:
    """
    Keep in *heads* that the log in the file *new*, whose head is *head*, was put back.

    A head that was kept before and says more, such as that the log had come further, stays in its place.
    """
    kept = heads.read()
    with closing(open_log(LogAddress.file(new), read_only=True)) as ledger:
        says_more = kept is not None and not kept.was_restored and doubt_about(ledger, kept) is not None
    if not says_more:
        heads.keep(evolve(head, was_restored=True))


def sidecar_of(path: Path) -> Path:
    """Where the head of the backup or archive at *path* stands."""
    return path.with_name(f"{path.name}.head.json")


def file_of(address: LogAddress) -> Path:
    """
    The file of the log at *address*.

    Raises:
        StoreFailure: ``no_file``: it is no file.
    """
    if address.kind is not LogKind.SQLITE:
        raise StoreFailure(
            f"The log {address} is no file.",
            code="no_file",
            hint="Back up and restore a server's log with the server's own tools.",
        )
    return address.path


def not_chained(address: LogAddress) -> StoreFailure:
    """A log of an older version has no head that a copy of it could be held against."""
    return StoreFailure(
        f"The log {address} has no chain yet: a version before the chain wrote it.",
        code="not_chained",
        hint="Run a command that writes, such as 'tastyflow recover', with this version first.",
    )


def _copy(source: Path, new: Path) -> None:
    if not source.exists():
        raise StoreFailure(f"There is no log at {source}.", code="store_missing")
    for left in reversed(range(TRIES)):
        try:
            with (
                closing(sqlite3.connect(new, isolation_level=None)) as writing,
                closing(Datastore(source, read_only=True)) as datastore,
                datastore.transaction(commit=False) as cursor,
            ):
                cursor.sqlite_cursor.connection.backup(writing)  # all of it as of one moment, while others append
                writing.execute("PRAGMA journal_mode = DELETE")  # one file, without others beside it
        except LogTrouble as trouble:
            if not left or trouble.code != "store_locked":
                raise
        else:
            return
