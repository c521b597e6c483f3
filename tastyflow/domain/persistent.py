"""Mappings that never change: each change is a new mapping, and the old one stays as it was."""

from collections.abc import Mapping
from typing import TypeVar

__all__ = ["put", "without"]

K = TypeVar("K")
V = TypeVar("V")


def put(mapping: Mapping[K, V], key: K, value: V) -> Mapping[K, V]:
    """*mapping* with *value* at *key*."""
    return {**mapping, key: value}


def without(mapping: Mapping[K, V], key: K) -> Mapping[K, V]:
    """*mapping* without *key*."""
    return {k: v for k, v in mapping.items() if k != key}
