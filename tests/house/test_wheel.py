"""What a stranger gets: the wheel that this working tree builds, looked at from outside."""

import subprocess
import sys
import tomllib
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "tastyflow": ROOT / "tastyflow",
    "tastyflow_grammar": ROOT / "grammar" / "tastyflow_grammar",
    "tastyflow_adapters": ROOT / "adapters" / "tastyflow_adapters",
    "tastyflow_simulator": ROOT / "adapters" / "tastyflow_simulator",
}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZipFile]:
    """The wheel, built here and now by this environment's own hatchling: nothing is fetched."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = folder.iterdir()
    with ZipFile(path) as archive:
        yield archive


def in_wheel(archive: ZipFile, suffix: str) -> set[str]:
    return {name for name in archive.namelist() if name.endswith(suffix)}


def in_tree(pattern: str) -> set[str]:
    return {
        f"{package}/{path.relative_to(folder).as_posix()}"
        for package, folder in PACKAGES.items()
        for path in folder.rglob(pattern)
    }


def dist_info(archive: ZipFile, name: str) -> str:
    (path,) = (entry for entry in archive.namelist() if entry.endswith(f".dist-info/{name}"))
    return archive.read(path).decode()


def test_the_wheel_holds_the_four_packages_and_nothing_else(wheel: ZipFile) -> None:
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
    assert len(tops) == len(PACKAGES) + 1


def test_every_module_of_the_tree_is_in_the_wheel_and_no_other(wheel: ZipFile) -> None:
    assert in_wheel(wheel, ".py") == in_tree("*.py")


def test_each_package_says_that_it_is_typed(wheel: ZipFile) -> None:
    assert in_wheel(wheel, "py.typed") == {f"{package}/py.typed" for package in PACKAGES}


def test_the_wheel_carries_the_language(wheel: ZipFile) -> None:
    grammars = in_wheel(wheel, ".lark")
    assert grammars == in_tree("*.lark")
    assert any(name.startswith("tastyflow_grammar/") for name in grammars)


def test_the_wheel_carries_the_grammars_tables(wheel: ZipFile) -> None:
    assert in_wheel(wheel, ".tables") == {"tastyflow_grammar/order.tables"}


def test_the_console_script_names_a_module_in_the_wheel(wheel: ZipFile) -> None:
    assert "tastyflow = tastyflow_adapters.cli:main" in dist_info(wheel, "entry_points.txt")
    assert in_wheel(wheel, ".py") & {"tastyflow_adapters/cli.py", "tastyflow_adapters/cli/__init__.py"}


def test_the_licence_travels_with_the_code(wheel: ZipFile) -> None:
    assert dist_info(wheel, "licenses/LICENSE") == (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert HeaderParser().parsestr(dist_info(wheel, "METADATA"))["License-Expression"] == "MIT"


def test_the_wheel_asks_for_what_the_project_asks_for(wheel: ZipFile) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    metadata = HeaderParser().parsestr(dist_info(wheel, "METADATA"))
    assert metadata["Requires-Python"] == project["requires-python"]
    required = metadata.get_all("Requires-Dist", [])
    extras = project["optional-dependencies"]
    assert metadata.get_all("Provides-Extra", []) == list(extras)
    assert len([each for each in required if "extra ==" not in each]) == len(project["dependencies"])
    for extra, wanted in extras.items():
        assert len([each for each in required if f"extra == '{extra}'" in each]) == len(wanted)
