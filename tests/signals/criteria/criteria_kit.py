"""Criteria that are installed as a package of a person's is: a module, and a folder that says what it brings."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent
from typing import Any

from tastyflow.domain.signal_rule.figures import Figures
from tastyflow_adapters.clock import SystemClock
from tastyflow_adapters.signals.criteria.running import RunningCriterion

NOW = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)


def install(
    folder: Path, source: str, *, name: str = "own", package: str = "own_criteria", leads_to: str = "own"
) -> None:
    """Install *source* in *folder* as *package*, whose entry point *name* leads to the function *leads_to*."""
    folder.mkdir(exist_ok=True)
    (folder / f"{package}.py").write_text("from tastyflow import Alert, Look\n" + dedent(source))
    about = folder / f"{package}-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(f"[tastyflow.signals]\n{name} = {package}:{leads_to}\n")


@asynccontextmanager
async def running(folder: Path, name: str = "own", **chosen: Any) -> AsyncIterator[RunningCriterion]:
    """The criterion *name* of *folder*, at work."""
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder)}
    chosen = {"symbol": "SPX", "brings": frozenset({"number"}), "environment": environment} | chosen
    async with RunningCriterion(name, "rule", SystemClock(), **chosen) as criterion:
        yield criterion


def figures(spot: float) -> Figures:
    return Figures("SPX", NOW, {"spot": spot}, coverage=0.97, oldest_age_s=1.5, spot_source="trade", snapshot="5a" * 32)
