"""
The nursery: a process that has everything imported and forks a child for each run, in a tenth of the time of a start.

    one JSON object a line ─▶ {"start": plan} ─▶ {"pid": 123}
                              {"wait": 123}   ─▶ {"state": "running" │ "stopped" │ "ended", "code": -9}

It opens no file of a home and starts no thread of its own: a child begins as a fresh process does.
"""

import json
import os
import sys
import traceback
from importlib import import_module
from typing import Any, Final

from tests.attacks.child import Plan, live

IMPORTED: Final = (
    "tastyflow_adapters.bootstrap",
    "tastyflow_adapters.cli.program",
    "tastyflow_adapters.cli.desk_commands",
    "tastyflow_adapters.cli.placing",
    "tastyflow_adapters.tastytrade.broker",
    "tastyflow_adapters.tastytrade.market_data",
    "tastyflow_adapters.store.log",
    "tastyflow_adapters.store.postgres",
)


def main() -> None:
    """Serve until standard input ends; then kill what is left."""
    for name in IMPORTED:
        import_module(name)
    answer, ended = os.fdopen(os.dup(1), "w"), set[int]()
    children: set[int] = set()
    print("ready", file=answer, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        if "start" in asked:
            plan = Plan(**asked["start"] | {"args": tuple(asked["start"]["args"])})
            pid = os.fork()
            if pid == 0:
                _live(plan)
            children.add(pid)
            said: dict[str, Any] = {"pid": pid}
        else:
            said = _state(asked["wait"])
            if said["state"] == "ended":
                ended.add(asked["wait"])
        print(json.dumps(said), file=answer, flush=True)
    for pid in children - ended:
        os.kill(pid, 9)


def _live(plan: Plan) -> None:
    try:
        live(plan)
    except BaseException:  # noqa: BLE001  whatever it is: a child must never go on as a second nursery
        traceback.print_exc()
    finally:
        os._exit(70)


def _state(pid: int) -> dict[str, Any]:
    found, status = os.waitpid(pid, os.WNOHANG | os.WUNTRACED | os.WCONTINUED)
    if not found or os.WIFCONTINUED(status):
        return {"state": "running"}
    if os.WIFSTOPPED(status):
        return {"state": "stopped"}
    return {"state": "ended", "code": os.waitstatus_to_exitcode(status)}


if __name__ == "__main__":
    main()
