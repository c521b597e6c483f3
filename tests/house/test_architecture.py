"""The walls that no import linter sees. Each rule is shown to find what it is for, then held against the tree."""

import ast
import fnmatch
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

from tastyflow_adapters.cli.program import COMMANDS
from tests.house import walls

ROOT = Path(__file__).parents[2]
PACKAGES = ("tastyflow", "grammar/tastyflow_grammar", "adapters/tastyflow_adapters", "adapters/tastyflow_simulator")
ASYNC_ROOMS = ("tastyflow/ports/", "tastyflow/application/", "adapters/")
ENVIRONMENT_READERS = tuple(
    f"adapters/tastyflow_adapters/{name}.py"
    for name in ("config/choices", "config/loading", "config/settings", "bootstrap")
)


def tree_files() -> Iterator[str]:
    """Every file that is or could be committed: what .gitignore does not name."""
    ignored = [".git", *(line.rstrip("/") for line in (ROOT / ".gitignore").read_text().split())]

    def walk(folder: Path) -> Iterator[Path]:
        for path in sorted(folder.iterdir()):
            if any(fnmatch.fnmatch(path.name, pattern) for pattern in ignored):
                continue
            yield from walk(path) if path.is_dir() and not path.is_symlink() else [path]

    return (path.relative_to(ROOT).as_posix() for path in walk(ROOT))


FILES = tuple(tree_files())
MODULES = tuple(name for name in FILES if name.endswith(".py"))
SHIPPED = tuple(name for name in MODULES if name.startswith(tuple(f"{package}/" for package in PACKAGES)))
DOMAIN = tuple(name for name in SHIPPED if name.startswith("tastyflow/domain/"))


@cache
def syntax(name: str) -> ast.Module:
    return ast.parse((ROOT / name).read_text(encoding="utf-8"), filename=name)


def found_in(names: Iterable[str], rule: Callable[[ast.Module], list[str]]) -> dict[str, list[str]]:
    """What *rule* finds, by the file in which it finds it."""
    found = {name: rule(syntax(name)) for name in names}
    return {name: lines for name, lines in found.items() if lines}


def package_of(name: str) -> str:
    return Path(name).parent.as_posix().replace("/", ".")


def newly_imported(statement: str, *, folder: Path) -> set[str]:
    """The modules that *statement* adds to a fresh interpreter that looks in *folder* first."""
    look = f"import sys; sys.path.insert(0, {str(folder)!r}); before = set(sys.modules)"
    program = f"{look}; {statement}; print(*set(sys.modules) - before)"
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return set(done.stdout.split())


# --- the domain is pure ---


@pytest.mark.parametrize(
    "code",
    [
        "import datetime as d\nat = d.datetime.now(d.UTC)",
        "from datetime import date as day\nat = day.today()",
        "from datetime import datetime\nmake = dict(default_factory=datetime.utcnow)",
        "def f(clock):\n    return clock.now()",
        "import time\nat = time.time()",
        "from time import monotonic\nat = monotonic()",
        "from uuid import uuid4\nid = uuid4()",
    ],
)
def test_a_clock_read_is_seen_under_any_name(code: str) -> None:
    assert walls.clock_reads(ast.parse(code))


def test_time_as_an_argument_is_no_clock_read() -> None:
    code = "from datetime import datetime, time\ndef f(now, facts): return now > facts.now, time(16), datetime.max"
    assert walls.clock_reads(ast.parse(code)) == []


def test_the_domain_never_asks_what_time_it_is() -> None:
    assert found_in(DOMAIN, walls.clock_reads) == {}


@pytest.mark.parametrize(
    "code",
    [
        "import os, socket",
        "import asyncio as loop",
        "from threading import Lock",
        "import random",
        "import sqlite3",
        "import subprocess",
        "import time",
        "from os.path import join",
        "def later():\n    import msgspec",
        "from tastyflow import ports",
        "from tastyflow.application.ledger.ledger import Ledger",
        "from .. import ports",
        "from ..ports import Broker",
        "import attrsx",
        "import tastyflow_grammar",
    ],
)
def test_a_foreign_import_is_seen_wherever_it_stands(code: str) -> None:
    assert walls.foreign_imports(ast.parse(code), package="tastyflow.domain")


@pytest.mark.parametrize(
    "code",
    [
        "import json, collections.abc",
        "from attrs import frozen",
        "from tastyflow import errors",
        "from tastyflow.domain.ticket import Ticket",
        "from . import ticket",
        "from ..errors import Invalid",
    ],
)
def test_the_domain_may_import_values_itself_and_the_errors(code: str) -> None:
    assert walls.foreign_imports(ast.parse(code), package="tastyflow.domain") == []


def test_the_domain_imports_pure_stdlib_attrs_and_itself() -> None:
    found = {name: walls.foreign_imports(syntax(name), package=package_of(name)) for name in DOMAIN}
    assert {name: imports for name, imports in found.items() if imports} == {}


def test_a_builtin_that_reaches_the_world_is_seen() -> None:
    assert walls.worldly_calls(ast.parse("__import__('os')")) == ["line 1: __import__"]
    assert walls.worldly_calls(ast.parse("text = open('book').read()")) == ["line 1: open"]
    assert walls.worldly_calls(ast.parse("side.open(1)")) == []


def test_the_domain_reads_no_file_and_prints_nothing() -> None:
    assert found_in(DOMAIN, walls.worldly_calls) == {}


# --- the core says what is the matter; its adapters say what to type ---


@pytest.mark.parametrize(
    "code",
    [
        "hint = 'See tastyflow status last.'",
        "def f(ref):\n    raise Refused(f'Ask with tastyflow status {ref}.')",
        "class C:\n    'What ``tastyflow parse`` prints.'",
        "HINT = 'Add it with --as NAME'",
        "HINT = 'Set TASTYFLOW_ENV.'",
        "HINT = 'Mend config.toml.'",
        "HINT = 'Restore log.db.'",
    ],
)
def test_a_command_line_is_seen_in_any_text(code: str) -> None:
    assert walls.command_lines(ast.parse(code), frozenset({"status", "parse"}))


def test_a_chat_line_and_the_program_by_its_name_are_no_command_line() -> None:
    code = "HINT = 'Type orders to see yours. -- The base of all that tastyflow raises; it is status quo.'"
    assert walls.command_lines(ast.parse(code), frozenset({"status", "orders"})) == []


def test_the_core_names_no_command_line_no_flag_and_no_variable() -> None:
    core = [name for name in SHIPPED if name.startswith("tastyflow/")]
    assert found_in(core, lambda tree: walls.command_lines(tree, frozenset(COMMANDS))) == {}


# --- who may wait, and who may look around ---


def test_an_async_def_is_seen_inside_a_class_and_a_function() -> None:
    code = "class Desk:\n    async def place(self):\n        async def inner(): ...\ndef plain(): ..."
    assert walls.coroutines(ast.parse(code)) == ["line 2: place", "line 3: inner"]


def test_only_ports_application_and_adapters_are_async() -> None:
    assert found_in([name for name in SHIPPED if not name.startswith(ASYNC_ROOMS)], walls.coroutines) == {}


@pytest.mark.parametrize(
    "code",
    [
        "import os\nkey = os.environ['KEY']",
        "import os as system\nkey = system.getenv('KEY')",
        "from os import environ as surroundings\nkey = surroundings.get('KEY')",
        "from os import getenv\nlook = getenv",
    ],
)
def test_a_look_at_the_environment_is_seen_under_any_name(code: str) -> None:
    assert walls.environment_reads(ast.parse(code))


def test_only_settings_and_bootstrap_read_the_environment() -> None:
    assert found_in([name for name in SHIPPED if name not in ENVIRONMENT_READERS], walls.environment_reads) == {}


def test_a_package_that_imports_its_neighbours_is_seen(tmp_path: Path) -> None:
    (tmp_path / "eager").mkdir()
    (tmp_path / "eager" / "__init__.py").write_text("import wave\n")
    assert {"eager", "wave"} <= newly_imported("import eager", folder=tmp_path)


def test_importing_the_adapters_imports_nothing_else() -> None:
    assert newly_imported("import tastyflow_adapters", folder=ROOT / "adapters") == {"tastyflow_adapters"}


def test_discord_is_imported_only_where_it_is_talked_with():
    """It takes most of a second: the service imports it once it is switched on, no other command does."""
    rooms = "tastyflow_adapters.cli.serving, tastyflow_adapters.discord.ties, tastyflow_adapters.discord.commands"
    assert "discord" not in newly_imported(f"import {rooms}", folder=ROOT / "adapters")
    assert "discord" in newly_imported("import tastyflow_adapters.discord.part", folder=ROOT / "adapters")


def test_importing_the_simulator_imports_the_standard_library_alone() -> None:
    """Its names are found when they are asked for: a plain install has no server library."""
    found = newly_imported("import tastyflow_simulator", folder=ROOT / "adapters")
    assert {name for name in found if name.split(".")[0] not in sys.stdlib_module_names} == {"tastyflow_simulator"}


# --- every file can be read by a stranger, on any machine ---


@pytest.mark.parametrize("code", ["", "x = 1", "# a comment\n", '"""  """'])
def test_a_module_without_a_purpose_is_seen(code: str) -> None:
    assert walls.missing_docstring(ast.parse(code))


def test_every_module_says_what_it_is_for() -> None:
    assert found_in(MODULES, walls.missing_docstring) == {}


TRACES = [  # put together here, so that this file carries none itself
    "see https://pypi" + ".org/x",
    "files.pythonhosted" + ".org",
    *("cd /" + place for place in ("root/x", "work/x", "home/ann/x", "tmp/a")),
    '"/' + 'root"',
    "file:///" + "work/main",
    "C:" + r"\Users\ann",
]


@pytest.mark.parametrize("text", TRACES)
def test_a_trace_of_one_machine_is_seen(text: str) -> None:
    assert walls.machine_traces(f"fine\n{text}\n")[0].startswith("line 2: ")


@pytest.mark.parametrize("text", ["a/work", "~/work", "$(CURDIR)/root", "/working", "/usr/bin/env bash"])
def test_an_ordinary_path_is_no_trace(text: str) -> None:
    assert walls.machine_traces(text) == []


def test_no_file_names_a_registry_or_a_path_of_one_machine() -> None:
    found = {name: walls.machine_traces((ROOT / name).read_bytes().decode("utf-8", errors="replace")) for name in FILES}
    assert {name: traces for name, traces in found.items() if traces} == {}


def test_the_rules_hold_something() -> None:
    """A renamed folder would leave the rules above with nothing to read, and green."""
    assert DOMAIN
    assert {name.split("/")[0] for name in SHIPPED} == {"tastyflow", "grammar", "adapters"}
    assert {"tests/house/walls.py", ".ci/run", "Makefile", "requirements/run.txt"} <= set(FILES)
