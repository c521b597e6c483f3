"""
The program without the start of an interpreter: a process that has everything imported forks a child for each command.

    tastyflow (a script in PATH) ─▶ client: its words, environment, folder, and its three files
                                        └─▶ server ─▶ a child that is `main` with all of them ─▶ its exit code

It starts no thread and opens no file of a home: a child begins as a fresh process does.
"""

import json
import os
import socket
import subprocess
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any, Final, NoReturn

IMPORTED: Final = (
    "tastyflow_adapters.bootstrap",
    "tastyflow_adapters.cli.program",
    "tastyflow_adapters.cli.desk_commands",
    "tastyflow_adapters.cli.placing",
    "tastyflow_adapters.store.log",
    "tastyflow_grammar",
)

CLIENT: Final = """
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    asked = {"args": sys.argv[2:], "env": dict(os.environ), "folder": os.getcwd()}
    socket.send_fds(server, [json.dumps(asked).encode()], [0, 1, 2])
    server.shutdown(socket.SHUT_WR)
    sys.exit(int(server.recv(16)))
"""


@contextmanager
def program_in(folder: Path) -> Iterator[Path]:
    """A script ``tastyflow`` in *folder* that is forked for each command, until the block ends."""
    place, script, client = folder / "forks", folder / "tastyflow", folder / "client.py"
    client.write_text(CLIENT)
    script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{client}" "{place}" "$@"\n')
    script.chmod(0o755)
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TASTYFLOW_")}
    command = [sys.executable, "-m", "tests.house.forking", str(place)]
    root = str(Path(__file__).parents[2])
    with subprocess.Popen(command, cwd=root, env=kept, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        try:
            yield script
        finally:
            server.kill()


def serve(place: str) -> None:
    """Serve one command after the other, until it is killed."""
    for name in IMPORTED:
        import_module(name)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(place)
        listening.listen()
        print("ready", flush=True)
        while True:
            with listening.accept()[0] as client:
                asked, files = _asked(client)
                pid = os.fork()
                if pid == 0:
                    _live(asked, files)
                for each in files:
                    os.close(each)
                client.sendall(str(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])).encode())


def _asked(client: socket.socket) -> tuple[dict[str, Any], list[int]]:
    part, files, _, _ = socket.recv_fds(client, 65_536, 3)
    whole = part
    while part:
        part = client.recv(65_536)
        whole += part
    return json.loads(whole), files


def _live(asked: dict[str, Any], files: list[int]) -> NoReturn:
    """Be the program; a child must never go on as a second server."""
    code = 70
    try:
        for own, given in enumerate(files):
            os.dup2(given, own)
        os.closerange(3, max(files) + 1)
        os.chdir(asked["folder"])
        os.environ.clear()
        os.environ.update(asked["env"])
        sys.argv = ["tastyflow", *asked["args"]]
        sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
        sys.stdout = open(1, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
        from tastyflow_adapters.cli.program import main

        main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001  it is said, and it is the end
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        os._exit(code)


if __name__ == "__main__":
    serve(sys.argv[1])
