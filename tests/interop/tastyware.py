"""
tastyware's own tests of the SDK that we build on, as they come in its source distribution, against a simulator.

    sdist ──▶ tests/ ──▶ pytest -p way_d ──▶ production side, each case on asyncio and on trio ──▶ counts and names

Nothing in them is changed. ``xfail`` is theirs: a case that they expect to fail, or to need an account like their own.
"""

import subprocess
import sys
import tarfile
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path
from typing import Final

from running import Incomplete, Outcome, environment, simulator

VERSION: Final = "13.2.3"
DOWNLOAD_S: Final = 300
RUN_S: Final = 600


def fetched(python: Path, home: Path) -> Path:
    """The source distribution, in *home*."""
    folder = home / "sdist"
    found = folder / f"tastytrade-{VERSION}.tar.gz"
    if not found.exists():
        wanted = ["--no-binary", ":all:", "--no-deps", "--dest", str(folder), f"tastytrade=={VERSION}"]
        download = [str(python), "-m", "pip", "download", "--quiet", "--disable-pip-version-check", *wanted]
        if subprocess.run(download, timeout=DOWNLOAD_S).returncode or not found.exists():
            raise Incomplete("its source distribution could not be fetched")
    return found


def unpacked(archive: Path, folder: Path) -> Path:
    """Its tests, in *folder*, with an empty pytest.ini so that no other configuration is found above them."""
    top = f"tastytrade-{VERSION}/"
    with tarfile.open(archive) as packed:
        members = [each for each in packed.getmembers() if each.name.startswith(f"{top}tests/")]
        packed.extractall(folder, members=members, filter="data")
    (folder / top / "pytest.ini").write_text("[pytest]\n")
    return folder / top


def run(python: Path, home: Path) -> Outcome:
    """Run all of them."""
    archive = fetched(python, home)
    with tempfile.TemporaryDirectory() as temporary, simulator() as described:
        suite, report = unpacked(archive, Path(temporary)), Path(temporary) / "report.xml"
        quiet = ["-q", "--tb=short", "-p", "no:cacheprovider", "-W", "ignore", f"--junitxml={report}"]
        ran = subprocess.run(
            [str(python), "-m", "pytest", "-p", "way_d", *quiet, "tests"],
            cwd=suite,
            env=environment(described["production"], HOME=temporary),
            timeout=RUN_S,
        )
        if not report.exists():
            raise Incomplete(f"pytest ended with {ran.returncode} and no report")
        return read(report)


def read(report: Path) -> Outcome:
    """What a JUnit report says: failures, and everything that did not simply pass, by name."""
    passed: Counter[str] = Counter()
    failed, notes = [], []
    for case in ElementTree.parse(report).iter("testcase"):  # noqa: S314  pytest wrote it a moment ago
        name = f"{case.get('classname', '').removeprefix('tests.')}::{case.get('name', '')}"
        if case.find("failure") is not None or case.find("error") is not None:
            failed.append(name)
        elif (skipped := case.find("skipped")) is not None:
            kind = "xfail" if skipped.get("type") == "pytest.xfail" else "skipped"
            notes.append(f"{kind} {name} {skipped.get('message', '')}".strip())
        else:
            passed[next((loop for loop in ("asyncio", "trio") if f"[{loop}" in name), "without a loop")] += 1
    notes.insert(0, ", ".join(f"{count} {loop}" for loop, count in sorted(passed.items())))
    return Outcome("tastyware's tests of the Python SDK", VERSION, passed.total(), tuple(failed), tuple(notes))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder:
        outcome = run(Path(sys.executable), Path(folder))
    print(*outcome.notes, *(f"FAILED {name}" for name in outcome.failed), sep="\n")
    sys.exit(1 if outcome.failed else 0)
