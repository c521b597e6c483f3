"""The program as an operator starts it, on a machine whose Discord is the double: nothing of it is changed."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ALONE = ("unshare", "-rmn")
PATIENCE_S = 100


def is_possible() -> bool:
    """Whether this machine lets a user have a network and mounts of their own."""
    if not shutil.which("unshare") or not shutil.which("openssl"):
        return False
    return subprocess.run([*ALONE, "mount", "--bind", "/etc/hosts", "/etc/hosts"], capture_output=True).returncode == 0


@pytest.mark.skipif(not is_possible(), reason="no user namespaces, or no openssl, on this machine")
def test_the_unchanged_command_line_talks_to_what_is_called_discord_com(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TASTYFLOW_")}
    paths = os.pathsep.join(str(ROOT / folder) for folder in (".", "grammar", "adapters"))
    environment = kept | {"PYTHONPATH": paths, "PYTHON_KEYRING_BACKEND": "keyring.backends.null.Keyring"}
    command = [*ALONE, sys.executable, "-m", "tests.discord.alone", str(tmp_path)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=PATIENCE_S, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Show the card" in done.stdout
