"""What a log on a server has of its own: rules in the database, and a server that goes away in the middle."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from threading import Event

import psycopg
import pytest
from attrs import evolve
from eventsourcing.persistence import IntegrityError, InterfaceError, OperationalError

from tastyflow.application.audit.sealing import check_chain
from tastyflow.domain.chain import ChainHead
from tastyflow.errors import StoreFailure
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store import postgres, postgres_address, postgres_writing
from tastyflow_adapters.store.carrying import Cargo, carried, stored_from
from tastyflow_adapters.store.failures import LogTrouble
from tastyflow_adapters.store.log import log_exists, open_log
from tastyflow_adapters.store.postgres import PostgresLogRecorder
from tastyflow_adapters.store.postgres_address import PostgresPlace
from tastyflow_adapters.store.postgres_failures import translated
from tests.attacks.servers import small_disk
from tests.postgres_server import PostgresServer, binaries, running
from tests.store.kit import AnyRecorder, contents, event, eventually, opened, opened_at, stream

INSERT = "INSERT INTO stored_events (originator_id, originator_version, topic, state) VALUES (%s, %s, %s, %s)"


@pytest.fixture
def place(postgres_server: PostgresServer) -> PostgresPlace:
    return postgres_server.place()


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that a test may stop."""
    if binaries() is None:
        pytest.skip("there is no PostgreSQL on this machine")
    with running(durable=True) as server:
        yield server


def fits(log: PostgresLogRecorder) -> bool:
    rows = log.chained_rows(after=0, limit=100_000)
    start = log.chain_start()
    return check_chain(rows, ChainHead(0, start.head), end=log.chain_head()).is_whole


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE stored_events SET state = 'x'",
        "UPDATE stored_events SET head = 'x'",
        "DELETE FROM stored_events",
        "TRUNCATE stored_events",
        "UPDATE chain_start SET until = 9",
        "DELETE FROM chain_start",
        "UPDATE names SET name = 'bob'",
        "DELETE FROM names",
    ],
)
def test_the_database_itself_changes_nothing_that_is_recorded(place: PostgresPlace, statement: str) -> None:
    with opened_at(place) as log:
        log.append([event("a", 1)]).result()
        before = log.chained_rows(after=0, limit=9)
        with place.connect() as hand:
            hand.execute("INSERT INTO names VALUES ('t', 's', 'ann')")
            with pytest.raises(psycopg.errors.IntegrityError):
                hand.execute(statement)
        assert log.chained_rows(after=0, limit=9) == before


def test_what_another_hand_inserts_is_sealed_by_the_database(place: PostgresPlace) -> None:
    with opened_at(place) as log, place.connect() as hand:
        log.append([event("a", 1)]).result()
        values = (stream("a"), 2, "happened@1", b"{}")
        hand.execute(INSERT, values)
        with pytest.raises(psycopg.errors.IntegrityError, match="the event before this one"):
            hand.execute(INSERT, (stream("a"), 9, "t", b"{}"))
        assert log.append([event("a", 3)]).result() == [3]
        assert fits(log)


def test_a_hole_is_never_left_by_what_was_refused_or_rolled_back(place: PostgresPlace) -> None:
    with opened_at(place) as log, place.connect() as hand:
        log.append([event("a", 1)]).result()
        with pytest.raises(IntegrityError):
            log.append([event("b", 1), event("a", 1)]).result()
        with hand.transaction(force_rollback=True):
            hand.execute(INSERT, (stream("c"), 1, "t", b""))
        assert log.append([event("b", 1)]).result() == [2]
        assert fits(log)


def test_two_hands_that_insert_at_once_wait_for_one_another(place: PostgresPlace) -> None:
    """Else both would take the same position, and the second one be refused."""
    with opened_at(place) as log, place.connect() as one, place.connect() as other, ThreadPoolExecutor(1) as pool:
        with one.transaction():
            one.execute(INSERT, (stream("a"), 1, "t", b"{}"))
            waiting = pool.submit(other.execute, INSERT, (stream("b"), 1, "t", b"{}"))
            eventually(lambda: _waits(log))
        waiting.result(10)
        assert [position for position, _, _ in contents(log)] == [1, 2]
        assert fits(log)


def _waits(log: PostgresLogRecorder) -> bool:
    return bool(log._asked("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))


def test_a_guard_that_is_switched_off_or_gone_is_named(place: PostgresPlace) -> None:
    with opened_at(place):
        pass
    with place.connect() as hand:
        hand.execute("ALTER TABLE stored_events DISABLE TRIGGER b_seal")
    for read_only in (False, True):
        with pytest.raises(LogTrouble, match=r"stored_events\.b_seal") as caught, opened_at(place, read_only=read_only):
            pass
        assert caught.value.code == "store_corrupt"


def test_many_that_start_at_once_make_one_log(place: PostgresPlace) -> None:
    def begin(number: int) -> list[int]:
        with opened_at(place) as log:
            return log.append([event(f"s{number}", 1)]).result()

    with ThreadPoolExecutor(8) as pool:
        positions = sorted(position for each in pool.map(begin, range(8)) for position in each)
    assert positions == [*range(1, 9)]
    with opened_at(place, read_only=True) as log:
        assert fits(log)


def test_hosts_that_append_at_once_leave_one_order_without_a_hole(place: PostgresPlace) -> None:
    def append(host: int) -> None:
        with opened_at(place) as log:
            futures = [log.append([event(f"h{host}", version)]) for version in range(1, 31)]
            futures += [log.append([event("shared", version)]) for version in range(1, 11)]
            for future in futures:
                with suppress(IntegrityError):
                    future.result()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(append, range(4)))
    with opened_at(place) as log:
        assert [position for position, _, _ in contents(log)] == [*range(1, log.end() + 1)]
        assert log.end() == 4 * 30 + 10
        assert fits(log)


def test_another_host_hears_of_an_append_at_once(place: PostgresPlace) -> None:
    heard = Event()
    with opened_at(place) as here, opened_at(place) as there:
        here.on_append(heard.set)
        eventually(lambda: _listeners(place), timeout_s=10)
        there.append([event("a", 1)]).result()
        assert heard.wait(10)


def _listeners(place: PostgresPlace) -> bool:
    with place.connect() as hand:
        return bool(hand.execute("SELECT 1 FROM pg_stat_activity WHERE query LIKE 'LISTEN%'").fetchone())


def test_a_log_that_is_not_there_is_said_to_be_none(postgres_server: PostgresServer) -> None:
    place = postgres_server.place()
    address = LogAddress.server(place.url, place.schema)
    assert not log_exists(address)
    with pytest.raises(StoreFailure, match="no log in the schema"):
        open_log(address, read_only=True)
    open_log(address).close()
    assert log_exists(address)
    away = LogAddress.server("postgresql://tastyflow@127.0.0.1:1/postgres", "x")
    with pytest.raises(StoreFailure) as caught:
        open_log(away)
    assert caught.value.code == "store_unreachable"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGQUIT])
def test_a_server_that_restarts_in_the_middle_loses_nothing_that_was_answered(
    own_server: PostgresServer, how: signal.Signals
) -> None:
    place = own_server.place()
    with opened_at(place) as log:
        answered = [log.append([event("a", version)]).result() for version in range(1, 6)]
        own_server.restart(how)
        appended = 0
        while not appended:
            try:
                appended = log.append([event("a", 6)]).result()[0]
            except OperationalError as error:
                assert error.code in ("store_unreachable", "store_locked")  # noqa: PT017
        assert answered == [[1], [2], [3], [4], [5]]
        assert appended == 6
        assert fits(log)


@pytest.mark.parametrize("committed", [True, False])
def test_a_commit_whose_answer_was_lost_is_asked_for(
    place: PostgresPlace, monkeypatch: pytest.MonkeyPatch, *, committed: bool
) -> None:
    with opened_at(place) as log:
        log.append([event("a", 1)]).result()
        execute = psycopg.Connection.execute

        def lose(connection: psycopg.Connection, query: object, *args: object, **more: object) -> object:
            if query != "COMMIT":
                return execute(connection, query, *args, **more)
            monkeypatch.undo()
            execute(connection, "COMMIT" if committed else "ROLLBACK")
            connection.close()
            raise psycopg.OperationalError("the connection was lost")

        monkeypatch.setattr(psycopg.Connection, "execute", lose)
        future = log.append([event("a", 2)])
        if committed:
            assert future.result() == [2]
        else:
            with pytest.raises(OperationalError):
                future.result()
        assert log.append([event("b", 1)]).result() == [3 if committed else 2]
        assert fits(log)


def test_a_server_that_stays_away_fails_what_waits_and_is_used_again_when_it_is_back(
    own_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_writing, "ASK_AGAIN_S", 0.3)
    with opened_at(own_server.place()) as log:
        log.append([event("a", 1)]).result()
        own_server.stop()
        with pytest.raises(OperationalError) as caught:
            log.append([event("a", 2)]).result()
        assert caught.value.code == "store_unreachable"
        own_server.start()
        assert log.append([event("a", 2)]).result() == [2]


def test_a_host_that_is_stopped_amid_its_append_holds_no_other_host_up(
    place: PostgresPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres_address, "HELD_S", 0.3)
    with opened_at(place) as stopped, opened_at(place) as other:
        stopped.append([event("a", 1)]).result()
        stopped._statements.begin()  # it has the lock, and is stopped
        stopped._statements.insert([event("a", 2)], ())
        assert other.append([event("b", 1)]).result(timeout=20) == [2]
        with pytest.raises(psycopg.Error) as caught:  # it goes on
            stopped._statements.commit()
        assert translated(caught.value).code == "store_unreachable"
        assert stopped.append([event("a", 2)]).result() == [3]
        assert fits(other)


def test_an_append_waits_for_other_hosts_only_so_long(place: PostgresPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_address, "LOCK_S", 0.2)
    with opened_at(place) as busy, opened_at(place) as other:
        busy._statements.begin()
        with pytest.raises(LogTrouble) as caught:
            other.append([event("b", 1)]).result(timeout=20)
        assert caught.value.code == "store_locked"
        busy._statements.rollback()
        assert other.append([event("b", 1)]).result(timeout=20) == [1]


def test_a_question_to_a_server_that_is_away_is_given_up_and_asked_again_at_once_when_it_is_back(
    own_server: PostgresServer,
) -> None:
    with opened_at(own_server.place()) as log:
        log.append([event("a", 1)]).result()
        assert log.end() == 1
        own_server.stop(signal.SIGQUIT)
        waits = []
        for ask in (log.end, lambda: log.read(stream("a"))):
            with pytest.raises((OperationalError, InterfaceError)):
                ask()
            waits.append(log.datastore.pool.timeout)
        assert waits == [postgres.AWAY_S, postgres.AWAY_S]  # all that waits in the same process waits with it
        own_server.start()
        assert log.end() == 1


def test_a_full_disk_of_the_server_is_said_to_be_one_and_leaves_nothing(own_server: PostgresServer) -> None:
    try:
        with small_disk(own_server) as disk, opened_at(PostgresPlace(disk.url, "tastyflow_t")) as log:
            log.append([event("a", 1)]).result()
            disk.fill()
            too_much = [event("a", version, state=bytes(4000)) for version in range(2, 200)]
            with pytest.raises(LogTrouble) as caught:
                log.append(too_much).result()
            assert caught.value.code == "store_full"
            assert log.end() == 1
            disk.free()
            assert log.append([event("a", 2)]).result() == [2]
            assert fits(log)
    except PermissionError as error:
        pytest.skip(f"this user may mount no small disk: {error}")


def test_a_server_that_lost_the_end_of_the_log_takes_nothing_more(place: PostgresPlace) -> None:
    """As where a replica takes over that had not heard of the last events."""
    with opened_at(place) as log:
        for version in (1, 2, 3):
            log.append([event("a", version)]).result()
        with place.connect() as hand:
            hand.execute("ALTER TABLE stored_events DISABLE TRIGGER ALL")
            hand.execute("DELETE FROM stored_events WHERE notification_id = 3")
            hand.execute("ALTER TABLE stored_events ENABLE TRIGGER ALL")
            hand.execute("SELECT pg_terminate_backend(%s)", (log._statements.server_process(),))
        assert log.is_same()
        codes = []
        for _ in range(3):
            with pytest.raises(LogTrouble) as caught:
                log.append([event("b", 1)]).result()
            codes.append(caught.value.code)
        assert codes[-1] == "log_exchanged"
        assert not log.is_same()
        assert log.end() == 2


def test_no_password_stands_in_an_address(tmp_path: Path) -> None:
    from tastyflow_adapters.config.settings import Settings

    for url in ("postgresql://ann:secret@db/x", "postgresql://db/x?password=secret"):
        with pytest.raises(ValueError, match="has a password in it") as caught:
            Settings(home=tmp_path, log=url)
        assert "secret" not in str(caught.value)
    with pytest.raises(ValueError, match="write it as postgresql"):
        Settings(home=tmp_path, log="mysql://db/x")


def test_a_log_is_carried_to_a_server_and_back_with_the_same_heads(place: PostgresPlace, tmp_path: Path) -> None:
    with opened(tmp_path / "old.db") as log:
        for number in range(1, 40):
            log.append([event(f"s{number % 7}", (number - 1) // 7 + 1 if number % 7 else number // 7)]).result()
        log.append([], forget=["nobody"]).result()
        there = LogAddress.server(place.url, place.schema)
        head = carried(_all_of(log), there)
        assert (head.position, head.last) == (log.end(), log.chain_head().head.hex())
        with opened_at(place, read_only=True) as moved:
            rows = moved.chained_rows(after=0, limit=1000)
            assert rows == log.chained_rows(after=0, limit=1000)
            assert moved.chain_start() == log.chain_start()
            back = carried(_all_of(moved), LogAddress.file(tmp_path / "back.db"))
        assert back == head
        with pytest.raises(StoreFailure) as caught:  # a log stands there by now
            carried(_all_of(log), there)
        assert caught.value.code == "store_foreign"


def test_nothing_stands_on_the_server_where_its_source_went_on_meanwhile(place: PostgresPlace, path: Path) -> None:
    with opened(path) as log:
        log.append([event("a", 1)]).result()
        cargo = evolve(_all_of(log), ends_with=lambda: ChainHead(2, bytes(32)))
        with pytest.raises(StoreFailure) as caught:
            carried(cargo, LogAddress.server(place.url, place.schema))
        assert caught.value.code == "chain_broken"
        assert not log_exists(LogAddress.server(place.url, place.schema))


def _all_of(log: AnyRecorder) -> Cargo:
    return Cargo(log.chain_start(), rows=lambda: stored_from(log), names=log.names_apart, ends_with=log.chain_head)
