"""
tastytrade's own JavaScript SDK, from npm, follows an order on both sides of a simulator: see js/order.mjs.

    python tests/interop/javascript.py      by itself, in a temporary folder; run.py keeps what npm fetched
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from running import HERE, Incomplete, Outcome, environment, simulator

SOURCES: Final = HERE / "js"
INSTALL_S: Final = 300
RUN_S: Final = 120


def installed(home: Path) -> Path:
    """The script with its packages beside it, in *home*."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise Incomplete("it needs Node 20 with npm")
    folder = home / "js"
    folder.mkdir(parents=True, exist_ok=True)
    for source in (SOURCES / "package.json", SOURCES / "order.mjs"):
        shutil.copy(source, folder)
    wanted, stamp = (SOURCES / "package.json").read_text(), folder / ".installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        install = [npm, "install", "--no-package-lock", "--no-audit", "--no-fund", "--ignore-scripts", "--silent"]
        if subprocess.run(install, cwd=folder, timeout=INSTALL_S).returncode:
            raise Incomplete("npm could not install the SDK")
        stamp.write_text(wanted)
    return folder / "order.mjs"


def run(home: Path) -> Outcome:
    """Follow orders on both sides."""
    script = installed(home)
    version = json.loads((script.parent / "node_modules/@tastytrade/api/package.json").read_text())["version"]
    passed, failed = 0, []
    with simulator() as described:
        for side in ("sandbox", "production"):
            print(f"  {side}", flush=True)
            ran = subprocess.run(
                [str(shutil.which("node")), str(script), side],
                cwd=script.parent,
                env=environment(described[side]),
                input=json.dumps(described),
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                timeout=RUN_S,
            )
            print(ran.stdout, end="", flush=True)
            passed += sum(line.startswith("  ok  ") for line in ran.stdout.splitlines())
            if ran.returncode:
                failed.append(f"{side}: {ran.stdout.strip().splitlines()[-1] if ran.stdout.strip() else 'no word'}")
    return Outcome("JavaScript SDK (@tastytrade/api)", version, passed, tuple(failed))


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        sys.exit(1 if run(Path(temporary)).failed else 0)
