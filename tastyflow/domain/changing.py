"""A changed copy of a frozen value: `attrs.evolve`, with the fields of each class looked up once."""

from functools import cache
from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar

import attrs

__all__ = ["changed"]

T = TypeVar("T")

if TYPE_CHECKING:
    from attrs import evolve as changed  # so that the names and types of the changes are checked
else:

    def changed(value: T, **changes: Any) -> T:
        """A copy of *value* with *changes*; its constructor runs, and with it every validator and converter."""
        read, place = _fields_of(type(value))
        values = [*read(value)]
        for name, new in changes.items():
            values[place[name]] = new
        return type(value)(*values)


@cache
def _fields_of(cls: type[Any]) -> "tuple[attrgetter[Any], dict[str, int]]":
    """How to read all fields of *cls*, in the order of its constructor, and the place of each there."""
    names = tuple(field.name for field in attrs.fields(cls))
    return attrgetter(*names), {name: place for place, name in enumerate(names)}
