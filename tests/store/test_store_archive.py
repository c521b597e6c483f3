"""Archives of a log verify alone, and make the same log again; what was changed in one of them is noticed."""

import gzip
import json
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.errors import StoreFailure
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.archive import Archive, archived, follow_on
from tastyflow_adapters.store.backup import sidecar_of, verified
from tastyflow_adapters.store.carrying import Cargo, carried, places_of, stored_from
from tastyflow_adapters.store.head_file import HeadFile
from tastyflow_adapters.store.log import open_log
from tastyflow_adapters.store.size import size_of
from tests.store.kit import by_hand, event, opened

BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
FAR = datetime(2100, 1, 1, tzinfo=UTC)


def written(path: Path, days: list[int], *, extra: bytes = b"") -> LogAddress:
    """A log with an event on each of *days*, counted from `BEGIN`."""
    with opened(path) as recorder:
        for version, day in enumerate(days, start=1):
            at = (BEGIN + timedelta(days=day)).isoformat().encode()
            state = b'{"at":"%b","actor":"trader:ann"%b}' % (at, extra)
            recorder.insert_events([event("order", version, "tastyflow.order.drafted@1", state)])
        recorder.keep_bookmark("reader", len(days)).result()
    return LogAddress.file(path)


def imported(archives: list[Archive], path: Path) -> None:
    end = follow_on(archives)
    names = {each.token: each for archive in archives for each in archive.names}
    cargo = Cargo(
        archives[0].header.start,
        rows=lambda: (row for archive in archives for row in archive.rows()),
        names=names.values,
        ends_with=lambda: end,
    )
    carried(cargo, LogAddress.file(path))


def all_of(path: Path) -> tuple[object, ...]:
    with opened(path, read_only=True) as log:
        shown = [log.shown(row[4]) for row in log.chained_rows(after=0, limit=-1)]
        return log.chain_start(), log.chained_rows(after=0, limit=-1), log.names_apart(), shown


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.integers(0, 900), min_size=1, max_size=12),
    st.lists(st.integers(1, 899), max_size=3, unique=True).map(sorted),
)
def test_archives_that_follow_one_another_are_the_log(days: list[int], cuts: list[int]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder)
        address = written(path / "log.db", sorted(days))
        moments = [BEGIN + timedelta(days=cut) for cut in cuts]
        archives = []
        for number, (since, until) in enumerate(zip([None, *moments], [*moments, FAR], strict=True)):
            target = path / f"{number}.jsonl.gz"
            held = [
                day
                for day in days
                if BEGIN + timedelta(days=day) < until and (not since or since <= BEGIN + timedelta(days=day))
            ]
            if held:
                archived(address, target, since=since, until=until)
                archives.append(Archive(target))
            else:
                with pytest.raises(StoreFailure, match="No event of the log"):
                    archived(address, target, since=since, until=until)
        imported(archives, path / "again.db")
        assert all_of(path / "again.db") == all_of(path / "log.db")


def test_a_clock_that_jumped_leaves_no_hole(tmp_path: Path) -> None:
    address = written(tmp_path / "log.db", [0, 500, 10, 20, 600])
    until = BEGIN + timedelta(days=400)
    head, first = archived(address, tmp_path / "a.gz", since=None, until=until)
    assert (first, head.position) == (1, 1)
    head, first = archived(address, tmp_path / "b.gz", since=until, until=FAR)
    assert (first, head.position) == (2, 5)


def test_the_head_of_an_archive_stands_beside_it(tmp_path: Path) -> None:
    address = written(tmp_path / "log.db", [0, 1, 2])
    head, _ = archived(address, tmp_path / "a.gz", since=None, until=FAR)
    assert HeadFile(sidecar_of(tmp_path / "a.gz")).read() == head == verified(tmp_path / "log.db")


def test_a_state_that_is_no_text_is_carried_to_the_byte(tmp_path: Path) -> None:
    address = written(tmp_path / "log.db", [0, 1], extra=b',"x":"\xff\xfe"')
    archived(address, tmp_path / "a.gz", since=None, until=FAR)
    imported([Archive(tmp_path / "a.gz")], tmp_path / "again.db")
    assert all_of(tmp_path / "again.db") == all_of(tmp_path / "log.db")


# ── changed, cut, in a wrong order ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    archived(written(tmp_path / "log.db", [0, 1, 2, 3]), tmp_path / "a.gz", since=None, until=FAR)
    return tmp_path / "a.gz"


def read(archive: Path) -> tuple[object, ...]:
    opened_archive = Archive(archive)
    return opened_archive.header, opened_archive.names, list(opened_archive.rows())


def test_a_byte_that_was_flipped_is_noticed_or_changes_nothing_that_is_read(archive: Path) -> None:
    before, sound = archive.read_bytes(), read(archive)
    noticed = 0
    for place in range(len(before)):
        archive.write_bytes(before[:place] + bytes([before[place] ^ 0x55]) + before[place + 1 :])
        try:
            assert read(archive) == sound, place
        except StoreFailure:
            noticed += 1
    assert noticed >= len(before) - 7  # the time and the system in gzip's own header are no part of an archive


def test_an_archive_that_was_cut_anywhere_is_noticed(archive: Path) -> None:
    before = archive.read_bytes()
    for end in range(0, len(before), 7):
        archive.write_bytes(before[:end])
        with pytest.raises(StoreFailure):
            read(archive)


def changes(lines: list[str]) -> list[list[str]]:
    """*lines* with each event taken away, doubled, swapped, and each of its values changed."""
    first = next(number for number, line in enumerate(lines) if line.startswith("["))
    found = []
    for number in range(first, len(lines)):
        found += [lines[:number] + lines[number + 1 :], [*lines[: number + 1], *lines[number:]]]
        if number + 1 < len(lines):
            found.append([*lines[:number], lines[number + 1], lines[number], *lines[number + 2 :]])
        values = json.loads(lines[number])
        others = [values[0] + 1, "0" * 32, values[2] + 1, values[3] + "x", values[4] + " ", "0" * 64]
        for place, other in enumerate(others):
            changed = json.dumps([*values[:place], other, *values[place + 1 :]])
            found.append([*lines[:number], changed, *lines[number + 1 :]])
    return found


def test_each_change_of_an_archive_is_noticed_also_where_it_is_compressed_again(archive: Path) -> None:
    lines = gzip.decompress(archive.read_bytes()).decode().splitlines()
    tried = changes(lines)
    assert len(tried) > 30
    for each in tried:
        archive.write_bytes(gzip.compress("\n".join([*each, ""]).encode()))
        with pytest.raises(StoreFailure):
            read(archive)


def test_a_name_that_was_exchanged_does_not_fit_its_token(archive: Path) -> None:
    lines = gzip.decompress(archive.read_bytes()).decode()
    assert '"name": "ann"' in lines
    archive.write_bytes(gzip.compress(lines.replace('"name": "ann"', '"name": "bob"').encode()))
    with pytest.raises(StoreFailure, match="does not fit its token"):
        read(archive)


def test_archives_in_a_wrong_order_or_of_two_logs_make_no_log(tmp_path: Path) -> None:
    middle = BEGIN + timedelta(days=2)
    mine, other = written(tmp_path / "log.db", [0, 1, 2, 3]), written(tmp_path / "other.db", [0, 1, 2, 3])
    archived(mine, tmp_path / "1.gz", since=None, until=middle)
    archived(mine, tmp_path / "2.gz", since=middle, until=FAR)
    archived(other, tmp_path / "3.gz", since=middle, until=FAR)
    for names in (["2.gz"], ["2.gz", "1.gz"], ["1.gz", "1.gz"], ["1.gz", "3.gz"]):
        with pytest.raises(StoreFailure) as failure:
            imported([Archive(tmp_path / name) for name in names], tmp_path / "again.db")
        assert failure.value.code == "archives_apart"
    with pytest.raises(StoreFailure, match="is of another log"):
        follow_on([Archive(tmp_path / "1.gz"), Archive(tmp_path / "3.gz")])
    assert not (tmp_path / "again.db").exists()


def test_an_archive_that_breaks_in_the_middle_of_an_import_leaves_no_log(archive: Path, tmp_path: Path) -> None:
    lines = gzip.decompress(archive.read_bytes()).decode().replace("drafted@1", "drafted@2").encode()
    archive.write_bytes(gzip.compress(lines))
    with pytest.raises(StoreFailure) as failure:
        imported([Archive(archive)], tmp_path / "again.db")
    assert failure.value.code == "chain_broken"
    assert not list(tmp_path.glob("again.db*"))


# ── carried ──────────────────────────────────────────────────────────────────────────────────────────────────────


def carry(source: LogAddress, target: Path, before_the_end: Callable[[], None] = lambda: None) -> None:
    with closing(open_log(source, read_only=True)) as ledger:
        log = ledger.log

        def places() -> dict[str, int]:
            before_the_end()
            return dict(places_of(source))

        start = log.chain_start()
        cargo = Cargo(start, lambda: stored_from(log), log.names_apart, places, log.chain_head)
        carried(cargo, LogAddress.file(target))


def test_a_log_that_is_carried_is_the_same_log_and_goes_on(tmp_path: Path) -> None:
    source = written(tmp_path / "log.db", [0, 1, 2])
    carry(source, tmp_path / "new" / "log.db")
    assert all_of(tmp_path / "new" / "log.db") == all_of(tmp_path / "log.db")
    with opened(tmp_path / "new" / "log.db") as log:
        assert log.bookmark("reader") == 3
        assert log.insert_events([event("order", 4)]) == [4]
    assert verified(tmp_path / "new" / "log.db").position == 4


def test_what_is_appended_while_a_log_is_carried_is_noticed(tmp_path: Path) -> None:
    source = written(tmp_path / "log.db", [0, 1, 2])

    def go_on() -> None:
        with opened(source.path) as log:
            log.insert_events([event("order", 4)])

    with pytest.raises(StoreFailure, match="than its source"):
        carry(source, tmp_path / "new.db", go_on)
    assert not list(tmp_path.glob("new.db*"))


# ── its size ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_the_size_of_a_log_is_told_by_year(tmp_path: Path) -> None:
    address = written(tmp_path / "log.db", [0, 1, 366, 367, 368])
    before = address.path.read_bytes()
    size = size_of(address)
    assert {year: (each.events, each.last) for year, each in size.years.items()} == {2024: (2, 2), 2025: (3, 5)}
    assert size.file == address.path.stat().st_size
    assert (size.vacuum_is_safe, size.vacuum_is_worth_it) == (True, False)
    assert address.path.read_bytes() == before


def test_a_vacuum_keeps_every_position_and_head(tmp_path: Path) -> None:
    address = written(tmp_path / "log.db", list(range(20)))
    before = all_of(address.path)
    with by_hand(address.path) as hand:
        hand.execute("VACUUM")
    assert all_of(address.path) == before
    assert verified(address.path).position == 20
