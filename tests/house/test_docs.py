"""The docs cannot rot: their tables are the program's own, and their code runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tastyflow.domain.policy import CHECKS, Policy
from tastyflow.domain.stages import MENU
from tastyflow.domain.submission import OUTCOMES

ROOT = Path(__file__).parents[2]
ORDERS = ROOT / "docs" / "orders.md"


def menu() -> list[str]:
    rows = [f"| {stage} | {', '.join(sorted(verbs)) or 'nothing'} |" for stage, verbs in MENU.items()]
    return ["| stage | possible from here |", "| --- | --- |", *rows]


def outcomes() -> list[str]:
    rows = [f"| {outcome} | {', '.join(sorted(verbs)) or 'nothing'} |" for outcome, verbs in OUTCOMES.items()]
    return ["| outcome so far | what can still become of it |", "| --- | --- |", *rows]


def checks() -> list[str]:
    required = Policy().required_checks
    rows = [f"| {name} | {what} | {'yes' if name in required else 'no'} |" for name, what in CHECKS.items()]
    return ["| check | what it looks at | required |", "| --- | --- | --- |", *rows]


@pytest.mark.parametrize(("name", "table"), [("menu", menu), ("outcomes", outcomes), ("checks", checks)])
def test_a_table_in_the_docs_is_the_programs_own(name, table):
    written = re.search(rf"<!-- {name} -->\n(.*?)<!-- /{name} -->", ORDERS.read_text("utf-8"), re.DOTALL)
    assert written is not None
    assert written.group(1).splitlines() == table()


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_every_link_between_pages_leads_somewhere(page):
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text("utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []


def blocks(page: Path) -> list[str]:
    return re.findall(r"```python\n(.*?)```", page.read_text("utf-8"), re.DOTALL)


@pytest.mark.parametrize(
    "code", [pytest.param(code, id=f"{page.name}-{i}") for page in pages() for i, code in enumerate(blocks(page))]
)
def test_the_python_in_the_docs_runs(code, tmp_path):
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
