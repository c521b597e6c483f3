"""The docs cannot rot: their tables are the program's own, and their code runs."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tastyflow.domain.incident import IncidentKind
from tastyflow.domain.order.events import EscalationReason
from tastyflow.domain.order.stages import MENU
from tastyflow.domain.order.submission import OUTCOMES
from tastyflow.domain.policy import Policy
from tastyflow.domain.testresult import CHECKS
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.program import program
from tastyflow_adapters.config.anchors_settings import AnchorsSettings
from tastyflow_adapters.config.discord_settings import DiscordSettings
from tastyflow_adapters.config.gex_settings import GexSettings
from tastyflow_adapters.config.policy_settings import PolicySettings
from tastyflow_adapters.config.secret_names import SECRET_NAMES
from tastyflow_adapters.config.service_settings import ServiceSettings
from tastyflow_adapters.config.settings import Settings
from tastyflow_adapters.config.signals_settings import SignalsSettings
from tastyflow_adapters.config.venue_settings import OperatorsSettings, ProductionSettings, SandboxSettings

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


def settings() -> Iterator[tuple[str, str, object]]:
    venues = {"sandbox.": SandboxSettings, "production.": ProductionSettings}
    tables = {"policy.": PolicySettings, "service.": ServiceSettings, "operators.": OperatorsSettings, **venues}
    tables |= {
        "anchors.": AnchorsSettings,
        "discord.": DiscordSettings,
        "gex.": GexSettings,
        "signals.": SignalsSettings,
    }
    for prefix, model in {"": Settings, **tables}.items():
        for name, about in model.model_fields.items():
            name = name if about.alias is None or prefix else about.alias
            if name != "home" and f"{name}." not in tables:
                key = "" if prefix + name in SECRET_NAMES else prefix + name
                yield f"TASTYFLOW_{(prefix + name).replace('.', '__').upper()}", key, about.default


@pytest.mark.parametrize(("variable", "key", "default"), list(settings()), ids=str)
def test_every_setting_stands_in_the_docs_with_its_default(variable, key, default):
    page = "discord.md" if key.startswith("discord.") else "operations.md"
    rows = (ROOT / "docs" / page).read_text("utf-8").splitlines()
    shown = list(default) if isinstance(default, tuple) else default
    written = "" if default in (None, "") else f"`{shown}` "
    where = f"`{key}` " if key else ""
    assert [row for row in rows if row.startswith(f"| `{variable}` | {where}| {written}|")] != []


def test_every_exit_code_stands_in_the_docs_with_its_one_meaning():
    section = (ROOT / "docs" / "operations.md").read_text("utf-8").partition("## Exit codes")[2].partition("## ")[0]
    rows = re.findall(r"^\| (\d+) \| ([^:|]*[^:| ])", section, re.MULTILINE)
    assert rows == [(str(code.value), code.means) for code in ExitCode]


def test_the_programs_help_prints_every_exit_code_and_no_other():
    epilog = str(program.epilog)
    printed = re.findall(r"^  (\d+) +(.+)$", epilog.partition("Exit codes:")[2], re.MULTILINE)
    assert printed == [(str(code.value), code.means) for code in ExitCode]


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_no_page_names_an_exit_code_that_does_not_exist(page):
    sentences = re.findall(r"[Ee]xit codes?\b[^.|]*", page.read_text("utf-8"))
    named = {int(code) for each in sentences for code in re.findall(r"\b\d+\b", each)}
    assert named <= set(ExitCode)


def test_the_exit_codes_are_written_once():
    """Any other module of the command line ends with a member, never with a number."""
    folder = ROOT / "adapters" / "tastyflow_adapters" / "cli"
    numbers = re.compile(r"^\s*return (?:\d+|int\(.*)$|sys\.exit\(\d|= 130\b", re.MULTILINE)
    assert [path.name for path in folder.rglob("*.py") if numbers.search(path.read_text("utf-8"))] == ["exit_codes.py"]


def transcript(home: Path) -> str:
    """What a person sees who types the README's order in an empty home, one November morning."""
    text = "buy 10 calls for SPY at strike 450 expiring next month"
    clean = {name: value for name, value in os.environ.items() if not name.startswith("TASTYFLOW_")}
    env = clean | {"TASTYFLOW_HOME": str(home), "TASTYFLOW_NOW": "2026-11-20T10:00", "COLUMNS": "100"}
    done = subprocess.run(
        [sys.executable, "-m", "tastyflow_adapters.cli", "order", text],
        env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=True,
    )  # fmt: skip
    told = re.sub(r"^╭─ [0-9a-f]{6} ", "╭─ 3f9c21 ", done.stdout, flags=re.MULTILINE)
    return f'$ tastyflow order "{text}"\n{told}'


def test_the_readmes_transcript_is_what_a_person_sees(tmp_path):
    written = re.search(
        r"<!-- transcript -->\n```console\n(.*?)```\n", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
    )
    assert written is not None
    assert written.group(1) == transcript(tmp_path / "home")


def test_every_kind_of_incident_stands_in_the_docs_with_what_the_operator_does():
    page = (ROOT / "docs" / "incidents.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \|$", page, re.MULTILINE))
    assert set(rows) == {kind.value for kind in IncidentKind}
    assert all(f"`{reason.value}`" in page for reason in EscalationReason)
