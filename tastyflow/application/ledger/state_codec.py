"""
States to bytes and back, for snapshots: JSON, written and read by the types of the state's own fields.

    state ─▶ packed: what JSON can say ─▶ bytes
    bytes ─▶ unpacked by the types of the fields; every constructor runs, and with it every validator ─▶ state

    what msgspec reads by itself    numbers, text, enums, times, ids, and attrs classes and tuples of them
    a ticket, an instrument         as an event stores it
    a mapping                       a list of pairs: a key may be anything
    one of several attrs classes    its class's name and its fields

`shape_of` says how the fields of a state are named and typed, all the way down. Bytes are read only where the shape is
the one that wrote them: so a field may be added, renamed or taken away without a thought for old bytes.
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import cache, partial
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import attrs
import msgspec
from attrs import frozen

from tastyflow.domain.instruments import Equity, EquityOption, from_occ
from tastyflow.domain.persistent_map import PersistentMap
from tastyflow.domain.ticket import FORM, Ticket

_encode = msgspec.json.Encoder(decimal_format="string").encode
_decode = msgspec.json.Decoder().decode

Turn = Callable[[Any], Any]


@frozen
class _Packing:
    """
    How values of one type are packed and unpacked.

    Attributes:
        shape: The type, in words that change when what is packed does.
        pack: None where msgspec writes a value as it is.
        unpack: The value again, from what JSON says.
    """

    shape: str
    pack: Turn | None
    unpack: Turn


def packed(state: Any) -> bytes:
    """*state* as bytes; read them with `unpacked`."""
    kind: Any = type(state)
    pack = _packing(kind).pack
    return _encode(pack(state) if pack else state)


def unpacked(kind: Any, data: bytes) -> Any:
    """
    The state of class *kind* that `packed` wrote, under the same shape.

    Raises:
        Exception: Of whatever kind, where these are not such bytes.
    """
    return _packing(kind).unpack(_decode(data))


def shape_of(kind: Any) -> str:
    """A short digest of the names and types of everything that a state of class *kind* holds."""
    return hashlib.sha256(_packing(kind).shape.encode()).hexdigest()[:16]


# ── one type after the other ───────────────────────────────────────────────────────────────────────────────────────


@cache
def _packing(hint: Any) -> _Packing:
    origin, arguments = get_origin(hint) or hint, get_args(hint)
    if hint is Ticket:
        return _Packing(f"Ticket {FORM}", Ticket.as_form, Ticket.from_form)
    if hint in (Equity, EquityOption, Equity | EquityOption):
        return _Packing("Instrument", lambda instrument: instrument.occ, from_occ)
    if origin in (Union, UnionType):
        return _one_of([each for each in arguments if each is not NoneType], hint)
    if origin in (tuple, frozenset):
        return _many(hint, origin, arguments)
    if origin is PersistentMap or (isinstance(origin, type) and issubclass(origin, Mapping) and arguments):
        return _mapping(PersistentMap if origin is PersistentMap else dict, *arguments)
    if attrs.has(hint):
        return _fields(hint)
    values = f"[{','.join(str(each.value) for each in hint)}]" if issubclass(hint, Enum) else ""
    return _by_msgspec(hint, f"{hint.__name__}{values}")


def _by_msgspec(hint: Any, shape: str) -> _Packing:
    return _Packing(shape, None, partial(msgspec.convert, type=hint))


def _one_of(kinds: list[Any], hint: Any) -> _Packing:
    inner = {kind: _packing(kind) for kind in kinds}
    if set(kinds) == {Equity, EquityOption}:
        inner = {Equity | EquityOption: _packing(Equity | EquityOption)}
    shape = f"({'|'.join(each.shape for each in inner.values())}|None)"
    if len(inner) == 1:
        ((_, one),) = inner.items()
        return _Packing(shape, one.pack and _unless_none(one.pack), _unless_none(one.unpack))
    if not any(attrs.has(kind) for kind in kinds):
        return _by_msgspec(hint, shape)
    by_name = {kind.__name__: each for kind, each in inner.items()}

    def pack(value: Any) -> Any:
        turn = by_name[type(value).__name__].pack
        return [type(value).__name__, turn(value) if turn else value]

    def unpack(data: Any) -> Any:
        return by_name[data[0]].unpack(data[1])

    return _Packing(shape, _unless_none(pack), _unless_none(unpack))


def _many(hint: Any, origin: Any, arguments: tuple[Any, ...]) -> _Packing:
    items = [_packing(each) for each in arguments if each is not ...]
    shape = f"{origin.__name__}[{','.join(each.shape for each in items)}]{'…' if ... in arguments else ''}"
    if origin is frozenset:
        inner = items[0].pack or _as_it_is
        return _Packing(
            shape,
            lambda many: sorted(map(inner, many), key=repr),  # equal states are equal bytes
            lambda many: frozenset(map(items[0].unpack, many)),
        )
    if all(each.pack is None for each in items):
        return _by_msgspec(hint, shape)
    packs = [each.pack or _as_it_is for each in items]
    unpacks = [each.unpack for each in items]
    if len(items) == 1:  # any number of one type
        return _Packing(
            shape, lambda many: [packs[0](each) for each in many], lambda many: origin(map(unpacks[0], many))
        )
    return _Packing(shape, partial(_each, packs), lambda many: origin(_each(unpacks, many)))


def _mapping(kind: Any, key: Any, value: Any) -> _Packing:
    pairs = _packing(tuple[tuple[key, value], ...])
    pack = pairs.pack or _as_it_is
    return _Packing(
        f"{kind.__name__}{pairs.shape}",
        lambda mapping: pack(tuple(mapping.items())),
        lambda data: kind(dict(pairs.unpack(data))),
    )


def _fields(cls: Any) -> _Packing:
    hints = get_type_hints(cls)
    inner = {each.name: _packing(hints[each.name]) for each in attrs.fields(cls) if each.init}
    shape = f"{cls.__name__}({','.join(f'{name}:{each.shape}' for name, each in inner.items())})"
    if all(each.pack is None for each in inner.values()):
        return _by_msgspec(cls, shape)
    packs = {name: each.pack or _as_it_is for name, each in inner.items()}
    unpacks = [each.unpack for each in inner.values()]

    def pack(value: Any) -> dict[str, Any]:
        return {name: turn(getattr(value, name)) for name, turn in packs.items()}

    def unpack(data: Mapping[str, Any]) -> Any:
        return cls(*_each(unpacks, data.values()))

    return _Packing(shape, pack, unpack)


def _each(turns: Iterable[Turn], values: Iterable[Any]) -> list[Any]:
    return [turn(value) for turn, value in zip(turns, values, strict=True)]


def _unless_none(turn: Turn) -> Turn:
    return lambda value: None if value is None else turn(value)


def _as_it_is(value: Any) -> Any:
    return value
