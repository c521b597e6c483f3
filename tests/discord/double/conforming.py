"""
Payloads held against the types that discord.py wrote down: ``discord.types``.

    misfits(payload, Message)  ─▶  ["author.discriminator: missing", "thread: None is no Thread", "sound: no such key"]

A key that must be there, a value of another type, and a key that the types do not know: each is one line.
"""

import importlib
import pkgutil
import sys
from collections.abc import Iterator
from functools import cache
from types import ModuleType, NoneType, UnionType
from typing import Any, ForwardRef, Literal, NotRequired, Required, Union, get_args, get_origin, is_typeddict

import discord.types


def _untangle() -> None:
    """
    Import ``discord.types``, whose modules import each other in a ring: type checkers do not mind, Python does.

    The others name what is in ``message`` in quotes alone, so that they can be there before it is.
    """
    name = "discord.types.message"
    stand_in: Any = ModuleType(name)
    stand_in.__getattr__ = lambda _: Any
    sys.modules[name] = stand_in
    others = [each.name for each in pkgutil.iter_modules(discord.types.__path__, "discord.types.") if each.name != name]
    found = [importlib.import_module(other) for other in others]
    del sys.modules[name]
    message = vars(importlib.import_module(name))
    for module in found:
        for known, value in list(vars(module).items()):
            if value is Any and known in message:
                setattr(module, known, message[known])


_untangle()


@cache
def _names() -> dict[str, Any]:
    """Every name of those modules: some are there for type checkers alone where they are used."""
    modules = (module for name, module in sys.modules.items() if name.startswith("discord.types."))
    return {name: value for module in modules for name, value in vars(module).items()}


def _meant(wanted: Any) -> Any:
    """The type that a name in quotes stands for."""
    while isinstance(wanted, str | ForwardRef):
        text = wanted if isinstance(wanted, str) else wanted.__forward_arg__
        module = None if isinstance(wanted, str) else wanted.__forward_module__
        home = vars(sys.modules[module]) if isinstance(module, str) else {}
        wanted = eval(text, {**_names(), **home})  # noqa: S307  the library's own annotations
    return _names()["Component"] if wanted is _names()["ComponentBase"] else wanted  # which of them: any of them


def misfits(payload: Any, wanted: Any, at: str = "") -> list[str]:
    """What of *payload* is not as *wanted* says."""
    return list(_misfits(payload, _meant(wanted), at))


def _misfits(value: Any, wanted: Any, at: str) -> Iterator[str]:
    kind, inside = get_origin(wanted), get_args(wanted)
    if wanted is Any or (kind is None and isinstance(wanted, type) and not is_typeddict(wanted)):
        if wanted is not Any and not _is_of(value, wanted):
            yield f"{at}: {value!r} is no {wanted.__name__}"
    elif is_typeddict(wanted):
        yield from _record_misfits(value, wanted, at)
    elif wanted is None:
        if value is not None:
            yield f"{at}: {value!r} is not null"
    elif kind in (Required, NotRequired):
        yield from _misfits(value, _meant(inside[0]), at)
    elif kind in (Union, UnionType):
        tried = [misfits(value, each, at) for each in inside]
        yield from min(tried, key=len)
    elif kind is Literal:
        if value not in inside:
            yield f"{at}: {value!r} is none of {inside}"
    elif kind is list:
        if not isinstance(value, list):
            yield f"{at}: {value!r} is no list"
        else:
            for number, each in enumerate(value):
                yield from _misfits(each, _meant(inside[0]), f"{at}[{number}]")
    elif kind is dict:
        if not isinstance(value, dict):
            yield f"{at}: {value!r} is no object"
        else:
            for name, each in value.items():
                yield from _misfits(each, _meant(inside[1]), f"{at}.{name}")
    else:
        raise NotImplementedError(f"{at}: {wanted!r}")


def _record_misfits(value: Any, wanted: Any, at: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{at}: {value!r} is no {wanted.__name__}"
        return
    before = f"{at}." if at else ""
    known = {name: _meant(each) for name, each in wanted.__annotations__.items()}
    for name, each in known.items():
        if name in value:
            yield from _misfits(value[name], each, f"{before}{name}")
        elif _is_needed(name, each, wanted):
            yield f"{before}{name}: missing"
    yield from (f"{before}{name}: no such key" for name in value if name not in known)


def _is_needed(name: str, kind: Any, wanted: Any) -> bool:
    origin = get_origin(kind)
    return origin is Required or (name in wanted.__required_keys__ and origin is not NotRequired)


def _is_of(value: Any, wanted: type) -> bool:
    if wanted is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if wanted is int:
        return isinstance(value, int) and not isinstance(value, bool)
    return value is None if wanted is NoneType else isinstance(value, wanted)
