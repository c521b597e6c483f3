"""The map at the top of language.py: it names files that exist, names that are in them, and every module has a room."""

import ast
import importlib
import re
from pathlib import Path

import pytest

import tastyflow_grammar
from tastyflow_grammar import language

PACKAGE = Path(tastyflow_grammar.__file__).parent
ROOT = PACKAGE.parents[1]
ROOMS = ("reading", "meaning", "refusing", "writing", "answering")
SHARED = {"__init__.py", "language.py", "parts.py", "days.py", "version.py", "vocabulary.py"}
TABLE = (language.__doc__ or "").partition("Where something new goes:")[2]
FILE = re.compile(r"[\w/]+\.(?:py|lark|md)\b|tests/grammar/corpus\b")
NAMED = re.compile(r"\b([A-Z]\w+)(?: there)? in ([\w/]+\.(?:py|lark))")
BEHIND = re.compile(r"\b([A-Z_]{4,}) (?:or ([A-Z_]{4,}) )?there\b")


def place(name: str) -> Path:
    """A file as the table writes it: seen from the package, or from the root."""
    return next((folder / name for folder in (PACKAGE, ROOT) if (folder / name).exists()), PACKAGE / name)


def names(path: Path) -> set[str]:
    """What a module defines, or the terminals and rules of a grammar."""
    source = path.read_text("utf-8")
    if path.suffix == ".lark":
        return set(re.findall(r"^\??(\w+)(?:\.-?\d+)?:", source, re.MULTILINE))
    return {
        found.id if isinstance(found, ast.Name) else found.name
        for node in ast.parse(source).body
        for found in (getattr(node, "targets", None) or [getattr(node, "target", node)])
        if isinstance(found, ast.Name | ast.ClassDef | ast.FunctionDef)
    }


def test_the_table_tells_of_more_than_one_change():
    assert len(FILE.findall(TABLE)) > 15
    assert len(NAMED.findall(TABLE)) > 8


@pytest.mark.parametrize("name", sorted(set(FILE.findall(TABLE))))
def test_every_file_that_the_table_names_exists(name: str):
    assert place(name).exists()


@pytest.mark.parametrize(("name", "file"), sorted(set(NAMED.findall(TABLE))))
def test_every_name_in_the_table_is_in_the_file_beside_it(name: str, file: str):
    assert name in names(place(file))


@pytest.mark.parametrize("name", sorted({name for found in BEHIND.findall(TABLE) for name in found if name}))
def test_every_name_that_the_table_puts_there_is_in_the_vocabulary_or_the_grammar(name: str):
    assert name in names(PACKAGE / "vocabulary.py") | names(PACKAGE / "order.lark")


def test_what_is_shared_stands_beside_the_rooms_and_nothing_else_does():
    assert {path.name for path in PACKAGE.glob("*.py")} == SHARED


@pytest.mark.parametrize("room", ROOMS)
def test_every_module_of_a_room_is_named_at_its_door(room: str):
    door = importlib.import_module(f"tastyflow_grammar.{room}").__doc__ or ""
    modules = {path.stem for path in (PACKAGE / room).glob("*.py")} - {"__init__"}
    assert modules
    assert {module for module in modules if not re.search(rf"\b{module}\b", door)} == set()
