"""
A map that never changes: a changed copy shares what did not change, and costs the same however many entries there are.

    open_orders.having(order, entry)    the same with *entry* for *order*
    open_orders.without(order)          the same without *order*

Its entries come in the order in which their keys were first put there, as those of a ``dict`` do.
"""

from collections.abc import Iterator, Mapping
from typing import TypeVar, final

from rpds import HashTrieMap

K = TypeVar("K")
V = TypeVar("V")


@final
class PersistentMap(Mapping[K, V]):
    """
    An immutable mapping. Looking up, `having` and `without` take constant time; going through all entries sorts them.

    Args:
        entries: What it holds at first.
    """

    __slots__ = ("_entries", "_next")

    def __init__(self, entries: Mapping[K, V] | None = None) -> None:
        numbered = {key: (place, value) for place, (key, value) in enumerate((entries or {}).items())}
        self._entries: HashTrieMap[K, tuple[int, V]] = HashTrieMap(numbered)
        self._next = len(numbered)

    def __getitem__(self, key: K) -> V:
        return self._entries[key][1]

    def __contains__(self, key: object) -> bool:
        return key in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[K]:
        entries = self._entries
        return iter(sorted(entries, key=lambda key: entries[key][0]))

    def __repr__(self) -> str:
        return f"PersistentMap({dict(self)!r})"

    def having(self, key: K, value: V) -> "PersistentMap[K, V]":
        """The same with *value* for *key*; a key that is there keeps its place."""
        known = self._entries.get(key)
        place = self._next if known is None else known[0]
        return self._made(self._entries.insert(key, (place, value)), self._next + (known is None))

    def without(self, key: K) -> "PersistentMap[K, V]":
        """The same without *key*; itself where *key* is not there."""
        return self._made(self._entries.remove(key), self._next) if key in self._entries else self

    @staticmethod
    def _made(entries: "HashTrieMap[K, tuple[int, V]]", following: int) -> "PersistentMap[K, V]":
        made: PersistentMap[K, V] = PersistentMap.__new__(PersistentMap)
        made._entries, made._next = entries, following
        return made
