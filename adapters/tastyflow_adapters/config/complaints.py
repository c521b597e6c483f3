"""
What is wrong with the settings, in sentences that name the place and the remedy.

    unknown_variables   there is no setting TASTYFLOW_HOEM. Did you mean TASTYFLOW_HOME?
    no_json             a variable that holds a list or a table, and is not written as one
    sentence            one finding of the validation

A value is repeated only where it cannot be a secret: never of a table that has secrets, and never what looks like one.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, TypeGuard, get_origin

from attrs import frozen
from pydantic import BaseModel

from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.secret_names import WITH_SECRETS
from tastyflow_adapters.unechoed import unechoed

NESTED: Final = "__"
HINT: Final = "Mend it, then try again; nothing was done."


@frozen
class Complaints:
    """About one *model* of settings, whose variables begin with *prefix*."""

    model: type[BaseModel]
    prefix: str

    def unknown_variables(self, environment: Iterable[str]) -> Iterator[str]:
        """The variables that no setting has."""
        known = [self._variable(key) for key, _ in _fields(self.model)]
        for name in sorted(environment):
            if name.upper().startswith(self.prefix) and name.upper() not in known:
                yield f"There is no setting {name}.{_meant(name.upper(), known)}"

    def no_json(self, environment: Mapping[str, str]) -> Iterator[str]:
        """The variables that hold a list or a table, and are not written as one."""
        lists = {self._variable(key) for key, kind in _fields(self.model) if get_origin(kind) is tuple}
        tables = {self._variable(key) for key, kind in _fields(self.model) if _is_table(kind)}
        unshown = tuple(self._variable(table) for table in WITH_SECRETS)
        for name, value in environment.items():
            is_json = name.upper() in lists | tables and value != ""
            is_ours = name.upper().startswith(self.prefix)
            try:
                json.loads(value if is_json or is_ours else "[]")
            except RecursionError:
                yield f"{name} is nested too deeply."
            except ValueError:
                if is_json:
                    shown = "" if name.upper().startswith(unshown) else f" is {value[:80]!r}"
                    example = "[0.5, 1]" if name.upper() in lists else "{...}"
                    yield f"{name}{shown}: write it as JSON, such as {example}."

    def sentence(self, error: Mapping[str, Any], file: Path, chosen: Mapping[str, Any]) -> str:
        """One finding of pydantic's, in words; *chosen* is what *file* holds."""
        where = tuple(str(part) for part in error["loc"])
        name = self._place(where, error["input"], file, chosen)
        told = str(error["msg"]).removeprefix("Value error, ")
        if error["type"] == "extra_forbidden":
            known = [key.replace(NESTED, ".") for key, _ in _fields(self.model) if key != "home"]
            return f"{file}: there is no setting '{'.'.join(where)}'.{_meant('.'.join(where), known)}"
        if where[0] in WITH_SECRETS:
            return f"{name}: {told[:1].lower()}{told[1:]}."
        if error["type"] in ("enum", "literal_error"):
            choices = str(error["ctx"]["expected"])
            meant = _meant(str(error["input"]), choices.split("'"))
            return f"{name} is {error['input']!r}: choose {choices}.{meant}"
        return f"{name} is {str(error['input'])[:80]!r}: {told[:1].lower()}{told[1:]}."

    def _place(self, where: Sequence[str], value: object, file: Path, chosen: Any) -> str:
        """Where the operator wrote *value*: the key of the file that holds it, else the variable."""
        keys = [part for part in where if not part.isdigit()]
        for key in keys:
            chosen = chosen.get(key) if isinstance(chosen, Mapping) else None
        in_file = chosen == value or (isinstance(chosen, list) and value in chosen)
        return f"{file}: {'.'.join(keys)}" if in_file else self._variable(NESTED.join(keys))

    def _variable(self, key: str) -> str:
        return f"{self.prefix}{key.upper()}"


def misconfigured(sentences: Iterable[str]) -> Misconfigured:
    """All that is wrong, in one error."""
    return Misconfigured(unechoed(" ".join(sentences)), hint=HINT)


def _fields(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, Any]]:
    for field, about in model.model_fields.items():
        name = about.alias or field
        yield f"{above}{name}", about.annotation
        if _is_table(about.annotation):
            yield from _fields(about.annotation, f"{above}{name}{NESTED}")


def _is_table(kind: Any) -> TypeGuard[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _meant(name: str, known: Sequence[str]) -> str:
    close = get_close_matches(name, known, n=1)
    return f" Did you mean {close[0]}?" if close else ""
