"""What an import linter cannot see, as pure functions: a module's syntax tree in, findings out (none: it stands)."""

import ast
import re
from collections.abc import Iterator

# What the domain may import besides attrs, rpds (maps that never change) and itself: values and functions, nothing that
# waits, reads or keeps time.
PURE_STDLIB = frozenset({
    "__future__", "abc", "base64", "bisect", "calendar", "collections", "contextlib", "copy", "dataclasses", "datetime",
    "decimal", "difflib", "enum", "fractions", "functools", "hashlib", "heapq", "itertools", "json", "math", "numbers",
    "operator", "re", "statistics", "string", "struct", "textwrap", "types", "typing", "unicodedata", "uuid",
    "zoneinfo",
})  # fmt: skip
DOMAIN_NEIGHBOURS = ("attrs", "attr", "rpds", "tastyflow.domain", "tastyflow.errors")
CLOCKS = frozenset({"now", "today", "utcnow"})  # called on whatever object
DICE = frozenset({"uuid.uuid1", "uuid.uuid4"})  # two replays would disagree; uuid5 and UUID are values
WORLDLY_BUILTINS = frozenset({"__import__", "breakpoint", "eval", "exec", "input", "open", "print"})
ENVIRONMENT = frozenset({"os.environ", "os.environb", "os.getenv", "os.getenvb", "os.putenv", "os.unsetenv"})

REGISTRY = re.compile(
    r"\b(?:pypi[.]org|pythonhosted[.]org|registry[.]npmjs|anaconda[.]org|proxy[.]golang|deb[.]debian[.]org|archive[.]ubuntu)"
)
MACHINE_PATH = re.compile(
    r"(?<![\w.~)}>*-])/(?:(?:root|work|farm)(?![\w-])|(?:home|tmp)/[a-z]|Users/[A-Za-z])|\b[A-Z]:\\Users\\"
)


def clock_reads(tree: ast.Module) -> list[str]:
    """Where the module asks what time it is (or rolls dice), or hands out the function that would."""
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}

    def reads(node: ast.AST, name: str) -> bool:
        if name.rpartition(".")[2] in CLOCKS:
            return id(node) in called or name.startswith("datetime.")
        return name in DICE or name.startswith("time.")

    return [_at(node, name) for node, name in _names(tree) if reads(node, name)]


def foreign_imports(tree: ast.Module, *, package: str) -> list[str]:
    """What a domain module in *package* imports beyond pure stdlib, attrs, the domain and the errors."""
    return [
        _at(node, name)
        for node, name in _imports(tree, package)
        if name.partition(".")[0] not in PURE_STDLIB
        and not any(name == known or name.startswith(f"{known}.") for known in DOMAIN_NEIGHBOURS)
    ]


def worldly_calls(tree: ast.Module) -> list[str]:
    """The builtins that reach disk, terminal or any import without one."""
    return [_at(node, name) for node, name in _names(tree) if name in WORLDLY_BUILTINS]


def coroutines(tree: ast.Module) -> list[str]:
    """Every ``async def``."""
    return [_at(node, node.name) for node in ast.walk(tree) if isinstance(node, ast.AsyncFunctionDef)]


def environment_reads(tree: ast.Module) -> list[str]:
    """Where the module looks into the process environment, under whatever name it imported it."""
    return [_at(node, name) for node, name in _names(tree) if name in ENVIRONMENT]


def command_lines(tree: ast.Module, commands: frozenset[str]) -> list[str]:
    """Texts, docstrings too, that name a command line, a flag, a variable of the settings or a file of the home."""
    words = "|".join(map(re.escape, sorted(commands)))
    told = re.compile(rf"tastyflow (?:{words})\b|(?<![\w-])--[a-z]|TASTYFLOW_|\b[a-z_]+\.(?:toml|db)\b|\bsqlite3 \w")
    return [
        _at(node, hit.group())
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        for hit in told.finditer(node.value)
    ]


def missing_docstring(tree: ast.Module) -> list[str]:
    """One finding where the module does not open by saying what it is for."""
    return [] if (ast.get_docstring(tree) or "").strip() else ["line 1: no docstring"]


def machine_traces(text: str) -> list[str]:
    """Registry hosts and absolute paths of one machine: true today, here, and nowhere else."""
    return [
        f"line {number}: {hit.group()}"
        for number, line in enumerate(text.splitlines(), start=1)
        for pattern in (REGISTRY, MACHINE_PATH)
        for hit in pattern.finditer(line)
    ]


def _at(node: ast.AST, what: str) -> str:
    return f"line {getattr(node, 'lineno', '?')}: {what}"


def _imports(tree: ast.Module, package: str) -> Iterator[tuple[ast.AST, str]]:
    """Every imported thing by its full dotted name; relative imports are resolved against *package*."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            origin = ".".join([*base, *filter(None, [node.module])])
            yield from ((node, f"{origin}.{alias.name}") for alias in node.names)


def _names(tree: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Every name or dotted name that is read, in full: after ``import os as o``, ``o.environ`` is ``os.environ``."""
    known = {
        alias.asname or alias.name: f"{node.module}.{alias.name}" if isinstance(node, ast.ImportFrom) else alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            yield node, _dotted(node, known)


def _dotted(node: ast.expr, known: dict[str, str]) -> str:
    if isinstance(node, ast.Name):
        return known.get(node.id, node.id)
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value, known)}.{node.attr}"
    return "(...)"
