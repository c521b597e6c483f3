"""
Faults as files and the admin API write them.

    [[faults]]                                 {"kind": "response_lost",
    kind = "response_lost"                      "side": "production", "method": "POST",
    side = "production"                         "path": "/accounts/*/orders",
    method = "POST"                             "times": 1}
    path = "/accounts/*/orders"

``times = "always"`` is until it is cleared, as null is in JSON: TOML has none.
"""

import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Final

import msgspec
from attrs import fields_dict

from tastyflow_simulator.admin.faults import FaultKind, SimulatorFault

ALWAYS: Final = "always"


def fault_of(wanted: object) -> SimulatorFault:
    """
    Read a fault from JSON or TOML.

    Raises:
        ValueError: It is no fault; the message says why.
    """
    if not isinstance(wanted, Mapping):
        raise ValueError(f"A fault is an object with a kind, not {wanted!r:.80}.")
    named = {str(name).replace("-", "_"): value for name, value in wanted.items()}
    known = [name for name in fields_dict(SimulatorFault) if name != "id"]
    for name in named:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            meant = f" Did you mean {close[0]!r}?" if close else f" It has: {', '.join(known)}."
            raise ValueError(f"A fault has no {name!r}.{meant}")
    if "kind" not in named:
        raise ValueError(f"A fault needs a kind: {', '.join(FaultKind)}.")
    if named.get("times") == ALWAYS:
        named["times"] = None
    try:
        return SimulatorFault(**named)
    except (TypeError, ValueError, OverflowError) as wrong:
        why = str(wrong.args[0]) if wrong.args else type(wrong).__name__
        raise ValueError(f"No fault: {why[:200]}") from wrong


def faults_in(document: object) -> list[SimulatorFault]:
    """
    One fault, a list of them, or an object that has the list under ``faults``.

    Raises:
        ValueError: One of them is no fault.
    """
    if isinstance(document, Mapping) and "kind" not in document:
        document = next((document[name] for name in ("faults", "fault") if name in document), document)
    each: Iterable[object] = document if isinstance(document, list) else [document]
    return [fault_of(wanted) for wanted in each]


def load(path: Path) -> list[SimulatorFault]:
    """
    Read a fault file: TOML with ``[[faults]]`` tables, or JSON.

    Raises:
        OSError: It cannot be read.
        ValueError: It holds something else.
    """
    content = path.read_bytes()
    try:
        is_json = path.suffix.lower() == ".json"
        return faults_in(msgspec.json.decode(content) if is_json else tomllib.loads(content.decode()))
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
