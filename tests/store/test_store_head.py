"""The head of a log in a file beside it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tastyflow.errors import StoreFailure
from tastyflow.ports import LogHead
from tastyflow_adapters.store.head_file import HeadFile

HEAD = LogHead("a" * 64, 17, "b" * 64)


def test_what_was_kept_is_read_again_and_the_last_one_counts(tmp_path):
    kept = HeadFile(tmp_path / "head.json")
    assert kept.read() is None
    for position in (17, 18):
        kept.keep(LogHead(HEAD.log, position, HEAD.last))
    assert HeadFile(tmp_path / "head.json").read() == LogHead(HEAD.log, 18, HEAD.last)
    assert [file.name for file in tmp_path.iterdir()] == ["head.json"]


def test_a_head_that_cannot_be_written_leaves_the_one_before(tmp_path):
    kept = HeadFile(tmp_path / "head.json")
    kept.keep(HEAD)
    with pytest.raises(OSError, match="No such file"):
        HeadFile(tmp_path / "nowhere" / "head.json").keep(HEAD)
    assert kept.read() == HEAD


def test_heads_that_are_kept_at_once_never_make_a_file_that_cannot_be_read(tmp_path):
    kept, met = HeadFile(tmp_path / "head.json"), threading.Barrier(8)

    def keep(number):
        met.wait()
        for position in range(number, number + 2_000, 200):  # of three digits and of four: one text is longer
            kept.keep(LogHead(HEAD.log, position, HEAD.last))

    with ThreadPoolExecutor(8) as threads:
        for done in [threads.submit(keep, 900 + each) for each in range(8)]:
            done.result()
    assert kept.read().position == 2_707
    assert [file.name for file in tmp_path.iterdir()] == ["head.json"]


def test_a_head_that_is_kept_late_does_not_take_the_place_of_a_later_one(tmp_path):
    kept = HeadFile(tmp_path / "head.json")
    for position in (18, 17):
        kept.keep(LogHead(HEAD.log, position, HEAD.last))
    assert kept.read().position == 18


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "[" * 100_000,
        '{"log": "a", "position": 1e999, "last": "b"}',
        '{"log": "a"}',
        '{"log": "a", "position": "x", "last": "b"}',
    ],
)
def test_a_head_that_cannot_be_read_is_told_and_never_taken_for_none(tmp_path, text):
    (tmp_path / "head.json").write_text(text)
    with pytest.raises(StoreFailure, match="cannot be read"):
        HeadFile(tmp_path / "head.json").read()
