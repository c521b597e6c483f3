"""The library's own demands on a recorder, made of each of ours."""

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import pytest
from eventsourcing.persistence import ApplicationRecorder, StoredEvent

from tastyflow_adapters.store.memory import MemoryRecorder
from tests.postgres_server import PostgresServer
from tests.store.kit import opened, opened_at

with pytest.MonkeyPatch.context() as patch:
    # The cases share a module with those of the library's ciphers, whose package nobody here needs.
    patch.setitem(sys.modules, "eventsourcing.cipher", SimpleNamespace(AESCipher=None))
    from eventsourcing.tests import persistence as library


class OnSqlite:
    def create_recorder(self) -> ApplicationRecorder:
        folder = self.enterContext(TemporaryDirectory())
        return self.enterContext(opened(Path(folder) / "log.db"))


class InMemory:
    def create_recorder(self) -> ApplicationRecorder:
        return MemoryRecorder()


class OnPostgres:
    @pytest.fixture(autouse=True)
    def _served(self, postgres_server: PostgresServer) -> None:
        self.server = postgres_server

    def create_recorder(self) -> ApplicationRecorder:
        if not hasattr(self, "place"):
            self.place = self.server.place()
        return self.enterContext(opened_at(self.place))


class TestPostgresRecorder(OnPostgres, library.ApplicationRecorderTestCase):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestPostgresIdsDoNotInterleave(OnPostgres, library.NonInterleavingNotificationIDsBaseCase):
    pass


class TestSqliteRecorder(OnSqlite, library.ApplicationRecorderTestCase):
    def test_insert_subscribe(self) -> None:
        """As with the library's own: a file does not say when another process has written to it."""
        with pytest.raises(NotImplementedError):
            self.create_recorder().subscribe()


class TestMemoryRecorder(InMemory, library.ApplicationRecorderTestCase):
    def test_insert_subscribe(self) -> None:
        self.optional_test_insert_subscribe()


class TestSqliteIdsDoNotInterleave(OnSqlite, library.NonInterleavingNotificationIDsBaseCase):
    pass


class TestMemoryIdsDoNotInterleave(InMemory, library.NonInterleavingNotificationIDsBaseCase):
    pass


class AnsweringNone:
    """
    Hides the ids: the case is written for snapshot tables and asserts that an insert answers None.

    Ours is an application's recorder and must answer ids. Everything else in the case applies to its streams.
    """

    def create_recorder(self) -> ApplicationRecorder:
        recorder = super().create_recorder()
        insert_events = recorder.insert_events

        def insert_and_say_nothing(stored_events: Sequence[StoredEvent]) -> None:
            insert_events(stored_events)

        recorder.insert_events = insert_and_say_nothing
        return recorder


class TestSqliteStreams(AnsweringNone, OnSqlite, library.AggregateRecorderTestCase):
    pass


class TestPostgresStreams(AnsweringNone, OnPostgres, library.AggregateRecorderTestCase):
    pass


class TestMemoryStreams(AnsweringNone, InMemory, library.AggregateRecorderTestCase):
    pass
