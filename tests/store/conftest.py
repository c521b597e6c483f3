"""Fixtures of the log: both recorders, and files to keep it in."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tastyflow_adapters.store.memory import MemoryRecorder
from tastyflow_adapters.store.postgres import PostgresLogRecorder
from tastyflow_adapters.store.sqlite import SqliteRecorder
from tests.postgres_server import PostgresServer
from tests.store.kit import AnyRecorder, opened, opened_at


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "log.db"


@pytest.fixture
def recorder(path: Path) -> Iterator[SqliteRecorder]:
    with opened(path) as recorder:
        yield recorder


@pytest.fixture
def on_server(postgres_server: PostgresServer) -> Iterator[PostgresLogRecorder]:
    """A log in a schema of its own."""
    with opened_at(postgres_server.place()) as recorder:
        yield recorder


@pytest.fixture(params=["sqlite", "memory", "postgres"])
def log(request: pytest.FixtureRequest) -> Iterator[AnyRecorder]:
    """Each recorder: what holds for one holds for the others."""
    if request.param in ("sqlite", "postgres"):
        yield request.getfixturevalue("recorder" if request.param == "sqlite" else "on_server")
    else:
        with closing(MemoryRecorder()) as recorder:
            yield recorder
