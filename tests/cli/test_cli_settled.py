"""What is settled is told from the log alone: the same to the byte as the desk tells it, without opening one."""

import subprocess
import sys

import pytest

from tastyflow_adapters import bootstrap
from tastyflow_adapters.cli import settled
from tests.cli.conftest import EXAMPLE, RESTING

ASKED = [("orders",), ("orders", "--json"), ("status", "last"), ("status", "last", "--json"), ("orders", "--as", "ann")]


@pytest.fixture
def no_desk(monkeypatch):
    """From now on a desk that is opened is a failure."""

    def close():
        def refuse(*_, **__):
            raise AssertionError("a desk was opened")

        monkeypatch.setattr(bootstrap, "open_ledger", refuse)

    return close


@pytest.fixture
def desk_only(monkeypatch):
    """From now on nothing is told from the log alone."""

    def close():
        monkeypatch.setattr(settled, "orders", lambda *_: None)
        monkeypatch.setattr(settled, "order", lambda *_: None)

    return close


@pytest.mark.parametrize("args", ASKED, ids=" ".join)
def test_the_log_alone_tells_the_same_as_the_desk(inside, desk_only, args):
    for text in (EXAMPLE, "buy 1 SPY 450.37C next month", "good morning"):
        inside("order", text)
    alone = inside(*args)
    desk_only()
    assert inside(*args) == alone


def test_what_is_settled_opens_no_desk(inside, no_desk):
    inside("order", EXAMPLE)
    no_desk()
    assert "filled" in inside("orders").out
    assert inside("status", "last", "--json").json["stage"] == "filled"


@pytest.mark.usefixtures("rests")
@pytest.mark.parametrize("args", [("orders",), ("status", "last")], ids=" ".join)
def test_what_is_at_work_is_asked_of_the_venues(inside, no_desk, args):
    inside("order", RESTING)
    no_desk()
    assert "a desk was opened" in inside(*args).err


@pytest.mark.usefixtures("rests")
def test_a_refusal_is_settled_while_another_order_is_at_work(inside, no_desk):
    inside("order", RESTING)
    inside("order", "good morning")
    no_desk()
    assert inside("status", "last", "--json").json["stage"] == "refused"
    assert inside("orders").code == 1


def test_another_day_tells_it_in_words_of_that_day(inside, desk_only):
    inside("order", EXAMPLE, TASTYFLOW_NOW="2026-11-20T10:00")
    later = {"TASTYFLOW_NOW": "2026-11-30T10:00"}
    alone = inside("orders", **later)
    assert "(18 DTE)" in alone.out
    desk_only()
    assert inside("orders", **later) == alone


def test_a_log_that_cannot_be_read_is_said_in_the_words_of_the_desk(inside, home):
    inside("orders")
    (home / "fake" / "log.db").write_bytes(b"not a database at all " * 500)
    assert inside("orders", "--json").json["error"]["code"] == "store_corrupt"


@pytest.mark.parametrize("command", ["order", "orders", "status", "cancel", "positions", "balance"])
def test_help_needs_neither_the_settings_nor_the_desk(environment, command):
    code = f"from tastyflow_adapters.cli import program; program.run(['{command}', '--help'])"
    loaded = modules_after(code, environment)
    assert loaded & {"asyncio", "attrs", "lark", "pydantic", "rich", "sqlite3", "eventsourcing", "msgspec"} == set()
    assert not [name for name in loaded if name.startswith(("tastyflow.application", "tastyflow_adapters.config"))]


@pytest.mark.parametrize("args", [["orders"], ["status", "last", "--json"]], ids=" ".join)
def test_what_is_settled_needs_no_venue_no_language_no_loop_and_no_model_of_settings(environment, inside, args):
    inside("order", EXAMPLE)
    untouched = {name: value for name, value in environment.items() if name != "TASTYFLOW_POLICY__FOLLOW_S"}
    code = f"from tastyflow_adapters.cli import program; program.run({args})"
    loaded = modules_after(code, untouched)
    assert loaded & {"lark", "pydantic", "pydantic_settings", "aiohttp", "keyring", "tastytrade"} == set()
    assert loaded & {"asyncio", "tastyflow.domain.commands"} == set()
    assert not [name for name in loaded if name.startswith(("tastyflow_grammar.", "tastyflow_adapters.fake"))]


def test_a_desk_opens_without_the_audit_and_without_discord(environment):
    loaded = modules_after("import tastyflow.application.desk, tastyflow_adapters.cli.asking", environment)
    assert "tastyflow.application.desk" in loaded
    assert not [name for name in loaded if name.startswith(("tastyflow.application.audit", "discord", "aiohttp"))]


def modules_after(code, environment):
    """Every module that a fresh interpreter holds after *code*."""
    command = [sys.executable, "-c", f"import sys; {code}; print(*sys.modules, file=sys.stderr)"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=environment)
    return set(done.stderr.split())


NEEDS_NO_EXTRA = [["parse", "buy 1 SPY 450C 12/18"], ["order", EXAMPLE], ["chat"], ["audit", "verify"], ["demo"]]


def test_an_install_without_extras_does_the_main_jobs(environment):
    """A module that is None in `sys.modules` cannot be imported: as where the simulator's server is not installed."""
    code = (
        "import sys; sys.modules['aiohttp'] = None; from tastyflow_adapters.cli import program; "
        f"failed = [args for args in {NEEDS_NO_EXTRA} if program.run(args)]; sys.exit(f'{{failed}}' if failed else 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=environment,
        input="",
    )
    assert done.returncode == 0, done.stderr
