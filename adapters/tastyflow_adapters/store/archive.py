"""
An archive: the events of a log between two moments, in one compressed file of lines that verifies alone.

    {"format": "tastyflow.archive@1", "log", "until", "at", "after": [position, head], "end": [position, head]}
    {"token", "salt", "name"}                            a name that stands apart; all of the log, forgotten ones too
    [position, stream, version, topic, state, head]      each event as it is stored; heads and salts in hexadecimal

The head after each event is worked out again when it is read, from the head that the archive begins with to the one
that it ends with; the archive of the year before must end with the head that this one begins with. A state that is no
UTF-8 text is ``{"base64": ...}``.

The log keeps every event: an archive is a copy. It is cut before the first event that is not older than its end.
"""

import base64
import gzip
import io
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from attrs import frozen

from tastyflow.application.audit import ChainChecker, sealed_rows
from tastyflow.domain.chain import ChainHead, ChainStart
from tastyflow.domain.names_apart import NameApart
from tastyflow.errors import StoreFailure
from tastyflow.ports import ChainedRow, EventLog, LogHead
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.backup import not_chained, sidecar_of
from tastyflow_adapters.store.failures import explain
from tastyflow_adapters.store.head_file import HeadFile
from tastyflow_adapters.store.log import open_log
from tastyflow_adapters.store.whole_file import placed_whole

FORMAT: Final = "tastyflow.archive@1"
MAX_LINE: Final = 16 << 20
"""Letters of the longest line that is read."""


@frozen
class ArchiveHeader:
    """
    Which part of which log an archive holds.

    Attributes:
        start: What the chain of the log begins with.
        after: The head before its first event.
        end: The head after its last one.
    """

    start: ChainStart
    after: ChainHead
    end: ChainHead


def archived(address: LogAddress, target: Path, *, since: datetime | None, until: datetime) -> tuple[LogHead, int]:
    """
    Write the events of the log at *address* between two moments to *target*, and read them again.

    Returns:
        The head that the archive ends with, and the position of its first event.

    Raises:
        StoreFailure: The log cannot be read, none of its events lies between, or *target* cannot be written.
    """
    with closing(open_log(address, read_only=True)) as ledger:
        start = ledger.chain_start()
        if start is None:
            raise not_chained(address)
        header = part_between(ledger.log, start, since=since, until=until)
        head = LogHead(start.log.hex, header.end.position, header.end.head.hex())
        try:
            with placed_whole(target) as new:
                write_archive(new, ledger.log, header)
                for _ in Archive(new).rows():  # what was written is read again, and checked
                    pass
                HeadFile(sidecar_of(target)).keep(head)
        except OSError as error:
            raise explain(error, LogAddress.file(target)) from error
    return head, header.after.position + 1


def part_between(log: EventLog, start: ChainStart, *, since: datetime | None, until: datetime) -> ArchiveHeader:
    """
    The part of *log* from its first event that is not older than *since*, up to before the first not older than
    *until*.

    Raises:
        StoreFailure: ``nothing_to_archive``: no event lies between.
    """
    after = last = ChainHead(0, start.head)
    begins = since is None
    for row in sealed_rows(log):
        moment = moment_of(row)
        if moment is not None and moment >= until:
            break
        if not begins and moment is not None and since is not None and moment >= since:
            after, begins = last, True
        if row[-1] is None:
            raise StoreFailure(f"Event {row[0]:,} has no head in the chain.", code="chain_broken")
        last = ChainHead(row[0], row[-1])
    if not begins or last.position == after.position:
        raise StoreFailure(
            f"No event of the log is older than {until:%Y-%m-%d}{f' and not than {since:%Y-%m-%d}' if since else ''}.",
            code="nothing_to_archive",
            hint="'tastyflow log compact-check' says how many events each year has.",
        )
    return ArchiveHeader(start, after, last)


def moment_of(row: ChainedRow) -> datetime | None:
    """When the event of *row* was recorded; None where it does not say."""
    try:
        moment = datetime.fromisoformat(json.loads(row[4])["at"])
    except (ValueError, KeyError, TypeError):
        return None
    return moment if moment.tzinfo else None


def write_archive(path: Path, log: EventLog, header: ArchiveHeader) -> None:
    """
    Write the part *header* of *log*, names included.

    Raises:
        OSError: It cannot be written.
    """
    start = header.start
    first = {
        "format": FORMAT,
        "log": start.log.hex,
        "until": start.until,
        "at": start.at.isoformat(),
        "after": [header.after.position, header.after.head.hex()],
        "end": [header.end.position, header.end.head.hex()],
    }
    with (
        path.open("wb") as raw,
        gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0) as packed,  # the same part is the same bytes
        io.TextIOWrapper(packed, encoding="utf-8", newline="\n") as file,
    ):
        file.write(json.dumps(first) + "\n")
        for name in log.names_apart():
            file.write(json.dumps({"token": name.token, "salt": name.salt.hex(), "name": name.name}) + "\n")
        for row in sealed_rows(log, after=header.after.position, until=header.end.position):
            position, stream, version, topic, state, head = row
            head_text = head.hex() if head else None
            file.write(json.dumps([position, stream, version, topic, _written(state), head_text]) + "\n")


class Archive:
    """
    An archive that is read. It is checked while it is read: what was read is sound once `rows` has ended.

    Raises:
        StoreFailure: ``not_an_archive``, ``unreadable_archive`` or ``chain_broken``: from every method.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.names: list[NameApart] = []
        with self._reading():
            lines = self._lines()
            first = json.loads(next(lines, "null"))
            if not isinstance(first, dict) or first.get("format") != FORMAT:
                raise StoreFailure(
                    f"{path} is no archive of a log.",
                    code="not_an_archive",
                    hint="Name files that 'tastyflow log backup --until DATE' has written; 'log restore' takes others.",
                )
            start = ChainStart(UUID(first["log"]), int(first["until"]), datetime.fromisoformat(first["at"]))
            self.header = ArchiveHeader(start, _head(first["after"]), _head(first["end"]))
            for line in lines:
                if not line.startswith("{"):
                    break
                name = json.loads(line)
                apart = NameApart(str(name["token"]), bytes.fromhex(name["salt"]), name["name"])
                if not apart.is_true:
                    raise ValueError("a name does not fit its token")
                self.names.append(apart)
        if self.header.after.position == 0 and self.header.after.head != start.head:
            raise self._broken(1, "The archive begins with another head than the start of its chain.")

    def rows(self) -> Iterator[ChainedRow]:
        """Its events, each held against the chain, and the last one against the head that it ends with."""
        checker = ChainChecker(self.header.after)
        with self._reading():
            for line in self._lines():
                if line.startswith("["):
                    row = _row(json.loads(line))
                    for seam in checker.look_at(row):
                        raise self._broken(seam.position, seam.why)
                    yield row
        checker.ends_with(self.header.end)
        for seam in checker.sealed().seams:
            raise self._broken(seam.position, seam.why)

    def _lines(self) -> Iterator[str]:
        with gzip.open(self.path, "rt", encoding="utf-8", newline="\n") as file:
            while line := file.readline(MAX_LINE):
                yield line

    def _reading(self) -> "_Reading":
        return _Reading(self.path)

    def _broken(self, position: int, why: str) -> StoreFailure:
        return StoreFailure(
            f"The chain of {self.path} does not fit at event {position:,}: {why}",
            code="chain_broken",
            hint="The archive was changed after it was written: use another copy of it.",
        )


def follow_on(archives: Iterable[Archive]) -> ChainHead:
    """
    The head that *archives* end with, once it is sure that they are one log from its first event on.

    Raises:
        StoreFailure: ``archives_apart``: one does not begin where the one before ends.
    """
    start: ChainStart | None = None
    last: ChainHead | None = None
    for archive in archives:
        header = archive.header
        start = start or header.start
        last = last or ChainHead(0, start.head)
        if header.start != start:
            raise _apart(f"{archive.path} is of another log than the archives before it.")
        if header.after != last:
            raise _apart(
                f"{archive.path} begins after event {header.after.position:,}, and event {last.position:,} is the last "
                "one before it."
            )
        last = header.end
    assert last is not None  # noqa: S101  a command names one archive at least
    return last


def _apart(message: str) -> StoreFailure:
    return StoreFailure(message, code="archives_apart", hint="Name all archives of one log, the oldest one first.")


class _Reading:
    """What can be wrong with an archive while it is read, in words."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        known = OSError | EOFError | zlib.error | ValueError | KeyError | TypeError | IndexError | RecursionError
        if isinstance(error, known):
            raise StoreFailure(
                f"The archive {self._path} cannot be read: {str(error)[:120] or type(error).__name__}.",
                code="unreadable_archive",
                hint="It is damaged or was cut: use another copy of it.",
            ) from error


def _head(pair: Any) -> ChainHead:
    position, head = pair
    return ChainHead(int(position), bytes.fromhex(head))


def _row(values: list[Any]) -> ChainedRow:
    position, stream, version, topic, state, head = values
    raw = state.encode() if isinstance(state, str) else base64.b64decode(state["base64"], validate=True)
    return position, stream, version, topic, raw, bytes.fromhex(head)


def _written(state: bytes) -> object:
    try:
        return state.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(state).decode()}
