"""Fixtures of the log: both recorders, and files to keep it in."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tastyflow_adapters.store.memory import MemoryRecorder
from tastyflow_adapters.store.sqlite import SqliteRecorder
from tests.store.kit import AnyRecorder, opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "log.db"


@pytest.fixture
def recorder(path: Path) -> Iterator[SqliteRecorder]:
    with opened(path) as recorder:
        yield recorder


@pytest.fixture(params=["sqlite", "memory"])
def log(request: pytest.FixtureRequest) -> Iterator[AnyRecorder]:
    """Either recorder: what holds for one holds for the other."""
    if request.param == "sqlite":
        yield request.getfixturevalue("recorder")
    else:
        with closing(MemoryRecorder()) as recorder:
            yield recorder
