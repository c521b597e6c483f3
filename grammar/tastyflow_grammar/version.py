"""
Which language a text was read by: a number that is raised when a text comes to mean something else, and a digest.

    1+3f2a91c4d0e8     the number, and the first 12 hexadecimal digits of SHA-256 of the grammar

An order keeps it, so that an audit reads its text again by the language of then, or says that it has another one now.
"""

import hashlib
from functools import cache
from importlib.resources import files
from typing import Final

MEANING: Final = 1
"""Raised where a text that was understood before is understood otherwise, whatever the grammar itself says."""


@cache
def version() -> str:
    """The version of this language."""
    grammar = files("tastyflow_grammar").joinpath("order.lark").read_bytes()
    return f"{MEANING}+{hashlib.sha256(grammar).hexdigest()[:12]}"
