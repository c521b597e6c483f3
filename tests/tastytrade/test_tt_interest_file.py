"""Open interest of the day outlives its process: bounded, whole or not at all, and never that of another day."""

import json
import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.ports import InterestTick
from tastyflow_adapters.tastytrade.streams import interest_file
from tastyflow_adapters.tastytrade.streams.day_interest import DayInterest
from tastyflow_adapters.tastytrade.streams.interest_file import FILE, InterestFile

FRIDAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 17, tzinfo=UTC)
KEPT = {".SPXW261120C4500": 1200, ".SPXW261120P4500": 0}
OPTIONS = {
    each.streamer: each
    for each in (EquityOption("SPXW", FRIDAY, Right.CALL, Decimal(strike)) for strike in range(4000, 4020))
}


def clock_at(at=NOON):
    return SimpleNamespace(now=lambda: at, monotonic=at.timestamp)


def said(contracts=7, day=FRIDAY, options=OPTIONS):
    return [InterestTick(option, contracts, day) for option in options.values()]


def process(folder, at=NOON):
    return DayInterest(clock_at(at), kept=InterestFile(folder))


def end(interest):
    if (keep := interest.keeping()) is not None:
        keep()


def test_what_one_process_heard_the_next_one_does_not_ask_for(tmp_path):
    first = process(tmp_path)
    first.put(said())
    end(first)
    second = process(tmp_path)
    assert all(second.lacks(symbol) for symbol in OPTIONS)
    second.recall(OPTIONS)
    assert not any(second.lacks(symbol) for symbol in OPTIONS)
    assert second.get(next(iter(OPTIONS))) == said()[0]
    assert [path.name for path in tmp_path.iterdir()] == [FILE]
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("later", [timedelta(days=3), timedelta(days=4), timedelta(days=-1)])
def test_open_interest_of_another_day_is_never_used(tmp_path, later):
    first = process(tmp_path)
    first.put(said())
    end(first)
    second = process(tmp_path, NOON + later)
    second.recall(OPTIONS)
    assert all(second.lacks(symbol) and second.get(symbol) is None for symbol in OPTIONS)


@pytest.mark.parametrize(
    ("contracts", "day", "at"),
    [
        (7, date(2026, 11, 19), NOON),  # the summary of the day before
        (7, date(2026, 11, 23), NOON),
        (None, FRIDAY, NOON),
        (7, FRIDAY, NOON.replace(hour=12)),  # before the session: the count of the night may come still
        (10**9, FRIDAY, NOON),
    ],
)
def test_what_may_be_wrong_is_not_kept(tmp_path, contracts, day, at):
    first = process(tmp_path, at)
    first.put(said(contracts, day))
    end(first)
    assert not list(tmp_path.iterdir())


def test_on_a_weekend_the_open_interest_of_friday_is_kept(tmp_path):
    first = process(tmp_path, NOON + timedelta(days=1))
    first.put(said())
    end(first)
    assert len(InterestFile(tmp_path).read(FRIDAY)) == len(OPTIONS)


@settings(max_examples=60, deadline=None)
@given(at=st.integers(0, 10_000), flip=st.integers(1, 255), cut=st.booleans())
def test_a_damaged_file_is_ignored_told_and_replaced(tmp_path_factory, at, flip, cut):
    folder = tmp_path_factory.mktemp("home")
    kept = InterestFile(folder)
    kept.keep(FRIDAY, KEPT)
    content = bytearray((folder / FILE).read_bytes())
    at %= len(content)
    content[at] ^= flip
    (folder / FILE).write_bytes(content[:at] if cut else content)
    assert kept.read(FRIDAY) in ({}, KEPT)
    kept.keep(FRIDAY, KEPT)
    assert kept.read(FRIDAY) == KEPT


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"version":1}',
        b'{"version":2,"day":"2026-11-20","hash":"","contracts":{}}',
    ],
)
def test_a_file_that_is_something_else_is_told_once(tmp_path, caplog, content):
    (tmp_path / FILE).write_bytes(content)
    kept = InterestFile(tmp_path)
    with caplog.at_level(logging.WARNING):
        assert (kept.read(FRIDAY), kept.read(FRIDAY)) == ({}, {})
    assert len([line for line in caplog.messages if "asked for again" in line]) == 1


def test_a_number_that_was_changed_is_not_believed(tmp_path):
    kept = InterestFile(tmp_path)
    kept.keep(FRIDAY, KEPT)
    document = json.loads((tmp_path / FILE).read_text())
    document["contracts"][".SPXW261120C4500"] = 9_999
    (tmp_path / FILE).write_text(json.dumps(document))
    assert kept.read(FRIDAY) == {}


def test_one_that_is_too_large_is_not_read_and_none_is_written(tmp_path, monkeypatch):
    kept = InterestFile(tmp_path)
    kept.keep(FRIDAY, KEPT)
    monkeypatch.setattr(interest_file, "MOST_CONTRACTS", 2)
    kept.keep(FRIDAY, {".SPXW261120C4505": 1})
    assert kept.read(FRIDAY) == KEPT
    monkeypatch.setattr(interest_file, "MOST_BYTES", 50)
    assert kept.read(FRIDAY) == {}


def test_several_that_keep_at_once_leave_a_whole_file(tmp_path):
    kept = [InterestFile(tmp_path) for _ in range(4)]
    parts = [{f".SPXW261120C{4000 + each}": each} for each in range(60)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda each: kept[each % 4].keep(FRIDAY, parts[each]), range(60)))
    found = kept[0].read(FRIDAY)
    assert found
    assert all(found[symbol] == int(symbol[-4:]) - 4000 for symbol in found)
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_a_folder_that_cannot_be_written_stops_nothing(tmp_path, caplog):
    InterestFile(tmp_path / "nowhere").keep(FRIDAY, KEPT)
    assert "cannot be kept" in caplog.text


def test_contracts_with_the_most_open_interest_are_asked_for_first_and_those_with_none_last():
    interest = DayInterest(clock_at())
    none, few, many, unknown, other = list(OPTIONS)[:5]
    interest.put([InterestTick(OPTIONS[symbol], count, FRIDAY) for symbol, count in ((none, 0), (few, 3), (many, 90))])
    assert interest.heaviest_first([none, unknown, few, other, many]) == [many, few, unknown, other, none]
