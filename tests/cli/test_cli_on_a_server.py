"""The program where the log is on a PostgreSQL server, by configuration alone: the same commands, and their words."""

import asyncio
from pathlib import Path

import pytest

from tastyflow_adapters.cli.audit.pages import PIPED
from tastyflow_adapters.cli.demo.command import USUAL, play
from tastyflow_adapters.cli.demo.screen import Screen
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.config.choices import Environment
from tastyflow_adapters.config.settings import Settings
from tests.attacks.servers import database_on
from tests.cli.conftest import EXAMPLE, Run
from tests.postgres_server import PostgresServer


@pytest.fixture
def on_server(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch, postgres_server: PostgresServer) -> None:
    url = database_on(postgres_server)
    environment["TASTYFLOW_LOG"] = url
    monkeypatch.setenv("TASTYFLOW_LOG", url)


def test_the_main_job_and_its_audit_run_on_a_server(inside: Run, on_server: None, home: Path, tmp_path: Path) -> None:
    assert inside("order", EXAMPLE).code == 0
    assert not (home / "fake" / "log.db").exists()
    for args in (
        ("orders",),
        ("positions",),
        ("trader", "add", "bob"),
        ("trader", "list"),
        ("recover",),
        ("audit", "log"),
        ("audit", "show", "last"),
        ("audit", "verify"),
        ("audit", "replay"),
        ("audit", "diff", "1", "9"),
        ("audit", "export", "--order", "last", "-o", str(tmp_path / "order.zip")),
        ("audit", "report", "last", "-o", str(tmp_path / "order.html")),
        ("log", "rebuild"),
        ("log", "migrate", str(tmp_path / "file.db")),
        ("audit", "--file", str(tmp_path / "file.db"), "verify"),
    ):
        ended = inside(*args)
        assert ended.code == 0, (args, ended.out, ended.err)


def test_the_whole_demo_is_true_of_a_log_on_a_server(postgres_server: PostgresServer, home: Path) -> None:
    settings = Settings(home=home, env=Environment.FAKE, log=database_on(postgres_server))
    screen = Screen(SafeConsole(piped_width=PIPED), 0.0)
    asyncio.run(play(screen, settings.model_copy(update={"policy": USUAL})))
    assert screen.broken == []
    assert not (home / "fake" / "log.db").exists()


def test_the_doctor_says_what_of_the_server_loses_what_it_answered(inside: Run, on_server: None) -> None:
    assert inside("order", EXAMPLE).code == 0
    (store,) = [each for each in inside("doctor", "--json").json["checks"] if each["name"] == "store"]
    assert store["outcome"] == "warn"  # the server of the tests has neither, for speed
    assert "can lose what it answered: fsync = off, full_page_writes = off" in store["seen"]


def test_commands_that_only_look_make_no_log_on_a_server(inside: Run, on_server: None) -> None:
    for args in (("doctor", "--offline"), ("health",), ("audit", "verify"), ("log", "rebuild"), ("audit", "log")):
        inside(*args)
    assert "There is nothing yet" in inside("audit", "verify").out
    assert inside("log", "rebuild", "--json").json["error"]["code"] == "store_missing"
    (store,) = [each for each in inside("doctor", "--json").json["checks"] if each["name"] == "store"]
    assert "there is no log yet" in store["seen"]


def test_what_is_for_files_says_so(inside: Run, on_server: None, tmp_path: Path) -> None:
    assert inside("order", EXAMPLE).code == 0
    for args in (("backup", str(tmp_path / "x.db")), ("compact-check",), ("restore", str(tmp_path / "x.db"))):
        ended = inside("log", *args)
        assert ended.code == 1
        assert "server" in ended.err


def test_a_server_that_is_away_is_named_by_every_command(
    inside: Run, environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TASTYFLOW_LOG", "postgresql://tastyflow@127.0.0.1:1/trading")
    for args in (("orders",), ("order", EXAMPLE), ("audit", "verify"), ("log", "rebuild"), ("trader", "list")):
        assert inside(*args, "--json").json["error"]["code"] == "store_unreachable"
