"""The library's face: what a program imports from tastyflow is complete, sorted, and costs nothing until it is used."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import tastyflow
from tastyflow import errors, ports

ROOT = Path(__file__).parents[2]
HEAVY = {"lark", "sqlite3", "pydantic", "rich", "eventsourcing", "msgspec", "asyncio", "tastytrade", "aiohttp"}


def loaded_by(code: str) -> set[str]:
    """The top-level modules that are loaded once *code* has run."""
    asked = f"{code}\nimport sys; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-I", "-c", asked], capture_output=True, text=True, timeout=60, check=True)
    return set(done.stdout.split())


def test_all_is_sorted_and_every_name_is_there():
    assert list(tastyflow.__all__) == sorted(set(tastyflow.__all__))
    for name in tastyflow.__all__:
        assert name == "Instrument" or getattr(tastyflow, name).__name__ == name  # it is a union of two
    assert set(tastyflow.__all__) <= set(dir(tastyflow))


def test_every_error_and_every_port_is_there():
    raised = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.TastyflowError)
    }
    own_ports = {
        name
        for name, value in vars(ports).items()
        if isinstance(value, type) and value.__module__ == ports.__name__ and getattr(value, "_is_protocol", False)
    }
    assert raised <= set(tastyflow.__all__)
    assert own_ports <= set(tastyflow.__all__)


def test_the_type_checker_reads_the_same_names():
    tree = ast.parse((ROOT / "tastyflow" / "__init__.py").read_text("utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    typed = {alias.name: node.module for node in block.body if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert typed == tastyflow._HOME_OF
    assert sorted(typed) == list(tastyflow.__all__)


def test_a_name_that_is_not_there_is_an_ordinary_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'Sausage'"):
        tastyflow.Sausage  # noqa: B018


def test_importing_tastyflow_is_light():
    assert loaded_by("import tastyflow") & HEAVY == set()


def test_values_and_errors_are_light_too():
    assert loaded_by("from tastyflow import Ticket, Leg, Order, Refused, Message") & HEAVY == set()


@pytest.mark.parametrize("page", ["README.md", *(f"examples/{path.name}" for path in (ROOT / "examples").glob("*.py"))])
def test_the_readme_and_the_examples_import_from_the_face(page):
    text = (ROOT / page).read_text("utf-8")
    assert "from tastyflow import" in text
    assert "from tastyflow." not in text
