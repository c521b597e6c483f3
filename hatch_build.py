"""
What hatchling does before it packs a wheel, an editable one too: the grammar's tables are made and go along.

They are loaded only where Lark has the version that made them. `make setup` builds with the one that it installs; built
in isolation, with another one, tastyflow starts slower and reads the same.
"""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PACKAGE = Path("grammar/tastyflow_grammar")


class Tables(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        root = Path(self.root)
        made = _module(root / PACKAGE / "reading" / "tables.py").store(root / PACKAGE / "order.lark")
        build_data["artifacts"].append(made.relative_to(root).as_posix())  # git ignores it, the wheel does not


def _module(path: Path) -> ModuleType:
    """One file of the package, which as a whole cannot be imported before what it needs is installed."""
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None  # noqa: S101 - so it is for every .py file
    assert spec.loader is not None  # noqa: S101
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
