"""What the service tells the init system, and what it can tell of another process."""

import os
import socket
import subprocess
import sys

import pytest
from attrs import evolve

from tastyflow_adapters.bootstrap import init_system
from tastyflow_adapters.service.notify import READY, WATCHDOG, Notifier
from tastyflow_adapters.service.process import PROCESSES, is_gone, this_process

pytestmark = pytest.mark.skipif(os.name != "posix", reason="sockets with names")
linux = pytest.mark.skipif(not (PROCESSES / "self" / "stat").exists(), reason="no table of processes")


def listening(address):
    there = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    there.bind(address)
    there.settimeout(5)
    return there


def test_the_init_system_is_told_line_by_line(tmp_path):
    with listening(str(tmp_path / "notify")) as there:
        Notifier(str(tmp_path / "notify")).tell(READY, "STATUS=working")
        assert there.recv(100) == b"READY=1\nSTATUS=working"


@linux
def test_a_socket_without_a_file_is_told_too():
    with listening(f"\0tastyflow-test-{os.getpid()}") as there:
        Notifier(f"@tastyflow-test-{os.getpid()}").tell(WATCHDOG)
        assert there.recv(100) == b"WATCHDOG=1"


def test_without_an_init_system_nothing_is_told_and_nothing_is_wrong(tmp_path):
    Notifier().tell(READY)
    Notifier(str(tmp_path / "not-there")).tell(READY)
    assert Notifier().pulse_s == 0


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, ("", 0.0)),
        ({"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000"}, ("/run/x", 30.0)),
        ({"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "1"}, ("/run/x", 0.0)),
        ({"NOTIFY_SOCKET": "/run/x", "WATCHDOG_USEC": "soon"}, ("/run/x", 0.0)),
    ],
)
def test_a_sign_of_life_is_given_as_often_as_it_is_wanted(monkeypatch, variables, expected):
    for name in ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert init_system() == expected


@linux
def test_a_process_that_has_ended_is_gone_also_before_it_is_collected():
    child = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL
    )
    try:
        holder = evolve(this_process(), pid=child.pid, process="")
        assert not is_gone(holder)
        child.kill()
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert is_gone(holder)
    finally:
        child.communicate()
    assert is_gone(holder)


@linux
def test_another_process_under_the_same_number_and_one_of_another_place_are_told_apart():
    me = this_process()
    assert not is_gone(me)
    assert is_gone(evolve(me, process="1"))
    assert not is_gone(evolve(me, pid=2**22 + 1, host="elsewhere"))
    assert not is_gone(evolve(me, pid=2**22 + 1, place="another container"))
    assert is_gone(evolve(me, pid=2**22 + 1))
    assert not is_gone(evolve(me, pid=2**22 + 1, place=""))
