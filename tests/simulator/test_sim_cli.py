"""``tastyflow simulator``: what it prints, when it serves, and how it ends."""

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tastyflow_adapters.cli import program
from tastyflow_simulator import Side
from tastyflow_simulator.credentials import login_of

ROOT = Path(__file__).parents[2]
PROGRAM = (sys.executable, "-m", "tastyflow_adapters.cli", "simulator")


@pytest.fixture
def said(capsys):
    """Run the command inside this process; its exit code and what it said."""

    def run(*args: str) -> tuple[int, str, str]:
        code = program.run(["simulator", *args])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TASTYFLOW_")}
    return kept | {"PYTHONPATH": os.pathsep.join(str(ROOT / part) for part in ("", "grammar", "adapters"))}


@contextmanager
def running(*args: str, program: tuple[str, ...] = PROGRAM) -> Iterator[tuple[subprocess.Popen, str]]:
    """The program as a process that serves on any free ports, and what it printed at the start."""
    process = subprocess.Popen(
        [*program, "--port", "0", *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment()
    )
    try:
        assert process.stdout.readline() == "ready\n", process.stderr.read()
        panel = ""
        while "ends it" not in panel:
            panel += process.stderr.readline()
        yield process, panel
    finally:
        process.kill()
        process.communicate(timeout=20)


def asked(url: str) -> Any:
    with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310  loopback
        return json.load(answer)


# --- what is known before anything runs ---


def test_the_settings_are_printed_as_lines_that_no_shell_would_change(said):
    code, out, err = said("--port", "9100", "--print-env")
    assert (code, err) == (0, "")
    lines = dict(line.split("=", 1) for line in out.splitlines())
    assert list(lines) == [
        "TASTYFLOW_SIMULATED",
        *(
            f"TASTYFLOW_{side}__{name}"
            for side in ("SANDBOX", "PRODUCTION")
            for name in ("API_URL", "STREAMER_URL", "CLIENT_SECRET", "REFRESH_TOKEN", "ACCOUNT")
        ),
    ]
    assert lines["TASTYFLOW_SIMULATED"] == "true"
    assert lines["TASTYFLOW_SANDBOX__API_URL"] == "http://127.0.0.1:9101"
    assert lines["TASTYFLOW_SANDBOX__STREAMER_URL"] == "ws://127.0.0.1:9101/streamer"
    assert lines["TASTYFLOW_PRODUCTION__API_URL"] == "http://127.0.0.1:9102"
    assert lines["TASTYFLOW_PRODUCTION__ACCOUNT"] == "5WX00001"
    assert all(shlex.quote(value) == value for value in lines.values())


def test_the_description_is_one_json_object_and_the_same_whatever_is_chosen_besides(said):
    code, out, err = said("--port", "9100", "--describe", "--seed", "7", "--clock", "virtual")
    assert (code, err, out.count("\n")) == (0, "", 1)
    described = json.loads(out)
    assert described.keys() == {"admin", "sandbox", "production"}
    assert described["admin"] == "http://127.0.0.1:9100"
    for side, port in ((Side.SANDBOX, 9101), (Side.PRODUCTION, 9102)):
        login = login_of(side)
        assert described[side] == {
            "api_url": f"http://127.0.0.1:{port}",
            "streamer_url": f"ws://127.0.0.1:{port}/streamer",
            "client_secret": login.client_secret,
            "refresh_token": login.refresh_token,
            "account": login.account,
        }


def test_printing_settings_imports_no_server():
    heavy = "[name for name in ('aiohttp', 'msgspec', 'tastytrade', 'httpx2', 'pydantic') if name in sys.modules]"
    asked = "program.run(['simulator', '--print-env'])"
    code = f"import sys; from tastyflow_adapters.cli import program; {asked}; print({heavy}, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True, env=environment()
    )
    assert set(json.loads(done.stderr.replace("'", '"'))) <= {"msgspec"}  # the options are read with it


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("--port", "0", "--print-env"), "Only a running simulator knows"),
        (("--port", "65534"), "65533"),
        (("--now", "soon"), "is not a moment"),
        (("--set", "tokenlife_s=1"), "token_life_s"),
        (("--set", "token_life_s=long"), "token_life_s"),
        (("--set", "host=0.0.0.0"), "loopback"),
        (("--set", "port=1"), "no option 'port'"),
        (("--faults", "nowhere.toml"), "does not exist"),
    ],
)
def test_what_it_does_not_understand_is_a_usage_error(said, args, told):
    code, out, err = said(*args)
    assert (code, out) == (2, "")
    assert told in err


@pytest.mark.parametrize(
    ("name", "content"),
    [("a.toml", "kind"), ("a.toml", 'kind = "delays"'), ("a.json", "{"), ("a.json", '{"kind": "delay", "x": 1}')],
)
def test_a_fault_file_that_cannot_be_read_is_a_usage_error(said, tmp_path, name, content):
    (tmp_path / name).write_text(content)
    code, _, err = said("--faults", str(tmp_path / name))
    assert code == 2
    assert name in err


# --- without its server library ---

PLAIN = "import sys; sys.modules['aiohttp'] = None; "  # a plain install has none
ENTRANCES = {
    "tastyflow": "from tastyflow_adapters.cli import main; main({args})",
    "by itself": "from tastyflow_simulator.__main__ import main; sys.argv[1:] = {args}; main()",
}


def plain(entrance: str, *args: str) -> subprocess.CompletedProcess[str]:
    code = PLAIN + ENTRANCES[entrance].format(args=list(args))
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False, env=environment()
    )


@pytest.mark.parametrize(
    ("entrance", "args"), [("tastyflow", ("simulator", "--port", "0")), ("by itself", ("--port", "0"))]
)
def test_a_plain_install_says_what_to_install(entrance, args):
    done = plain(entrance, *args)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == (
        "Error: The simulator needs aiohttp, which is not installed: pip install 'tastyflow[simulator]'\n"
    )


@pytest.mark.parametrize(
    ("entrance", "args", "told"),
    [
        ("tastyflow", ("--help",), "simulator"),
        ("tastyflow", ("simulator", "--help"), "--print-env"),
        ("tastyflow", ("simulator", "--print-env"), "TASTYFLOW_SIMULATED=true"),
        ("by itself", ("--describe",), "5WX00001"),
    ],
)
def test_a_plain_install_lists_the_simulator_and_prints_its_settings(entrance, args, told):
    done = plain(entrance, *args)
    assert (done.returncode, done.stderr) == (0, "")
    assert told in done.stdout


# --- a running one ---


@pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGTERM")
@pytest.mark.parametrize("ended_by", [signal.SIGTERM, signal.SIGINT])
def test_it_says_ready_when_it_serves_and_ends_with_nothing_to_complain_about(tmp_path, ended_by):
    (tmp_path / "bad-day.toml").write_text('[[faults]]\nkind = "delay"\nseconds = 0.01\n')
    args = ("--clock", "virtual", "--now", "2026-11-20T10:00", "--set", "token_life_s=60")
    with running(*args, "--faults", str(tmp_path / "bad-day.toml")) as (process, panel):
        sandbox, production, admin = re.findall(r"http://127\.0\.0\.1:\d+", panel)[:3]
        assert "5WX00001" in panel
        assert "1 fault" in panel
        for port in (sandbox, production):
            socket.create_connection(("127.0.0.1", int(port.rpartition(":")[2])), timeout=5).close()
        assert asked(f"{admin}/clock") == {"now": "2026-11-20T15:00:00Z", "mode": "virtual"}
        assert [row["kind"] for row in asked(f"{admin}/faults")] == ["delay"]
        assert asked(f"{admin}/describe")["production"]["api_url"] == production
        process.send_signal(ended_by)
        out, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert (out, err) == ("", "")


def test_the_package_runs_by_itself():
    with running(program=(sys.executable, "-m", "tastyflow_simulator")) as (process, panel):
        admin = re.findall(r"http://127\.0\.0\.1:\d+", panel)[2]
        assert asked(f"{admin}/health")["status"] == "ok"
        process.terminate()
        assert process.wait(20) == 0


def test_a_port_in_use_is_said_in_words():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1] - 1  # the sandbox would be at the one that is taken
        done = subprocess.run(
            [*PROGRAM, "--port", str(port)], capture_output=True, text=True, timeout=60, check=False, env=environment()
        )
    assert done.returncode == 1
    assert done.stdout == ""
    assert re.search(rf"ports {port} to {port + 2}: .*in use", done.stderr)
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr
