"""Which criteria are installed: the names of the entry points of ``tastyflow.signals``."""

from importlib.metadata import entry_points

from tastyflow.ports import CRITERIA


def installed_criteria() -> frozenset[str]:
    """The names of all; none of them is imported. The folders of packages are read for it, which takes a moment."""
    return frozenset(each.name for each in entry_points(group=CRITERIA))
