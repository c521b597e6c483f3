"""
A venue's words, made fit for people: bounded, on one line, without anything that a terminal or a chat would obey, and
without our secrets, which a server that is confused may quote.

    bytes ─▶ body: JSON, or nothing ─▶ code: a word for programs      cant_buy_for_credit
                                    └▶ message: at most 300 characters, no control or bidi characters, no markup
"""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from tastyflow_adapters.figures import read_json
from tastyflow_adapters.redaction import REDACTOR

MAX_MESSAGE: Final = 300
MAX_CODE: Final = 60
MAX_NESTED: Final = 5
"""How many of the reasons beneath an answer are repeated."""

_MARKUP = re.compile(r"<[^<>]*>?")
_NO_CODE = re.compile(r"[^A-Za-z0-9_.]+")
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def clean(text: object, *, limit: int = MAX_MESSAGE) -> str:
    """*text* on one line, bounded, without secrets, without markup and without characters that cannot be seen."""
    bare = _MARKUP.sub(" ", REDACTOR.clean(str(text)[: limit * 10]))
    seen = "".join(" " if unicodedata.category(c) in _HIDDEN or c.isspace() else c for c in bare)
    line = " ".join(seen.split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def code_of(text: object) -> str:
    """*text* as a word for programs; empty where nothing of it is one."""
    return _NO_CODE.sub("_", REDACTOR.clean(str(text)[:MAX_MESSAGE])).strip("_")[:MAX_CODE]


def body_of(raw: bytes) -> dict[str, Any]:
    """The JSON object in *raw*; empty where it is something else (HTML from a proxy, nothing at all)."""
    try:
        document = read_json(raw)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def is_in_envelope(document: Mapping[str, Any]) -> bool:
    """Whether an answer that says no is the API's own: ``{"error": {"code": "a_word", …}}``."""
    error = document.get("error")
    return isinstance(error, Mapping) and isinstance(error.get("code"), str) and bool(code_of(error["code"]))


def explained(document: Mapping[str, Any]) -> tuple[str, str]:
    """
    The code and the message of an answer that says no, each empty where it gives none.

    What lies beneath says more than the outer code (``preflight_check_failure``), so it goes first.
    """
    error = document.get("error")
    if not isinstance(error, Mapping):
        return code_of(document.get("error_code") or ""), clean(document.get("error_description") or "")
    nested = error.get("errors")
    items = [item for item in nested if isinstance(item, Mapping)] if isinstance(nested, list) else []
    pairs = [_pair(item) for item in items[:MAX_NESTED]] or [_pair(error)]
    code = next((code for code, _ in pairs if code), "") or code_of(error.get("code") or "")
    message = clean(" ".join(message for _, message in pairs if message))
    return code, message or clean(error.get("message") or "")


def _pair(item: Mapping[str, Any]) -> tuple[str, str]:
    if "domain" in item and "reason" in item:
        return code_of(item["domain"]), clean(f"{item['domain']} {item['reason']}.")
    return code_of(item.get("code") or ""), clean(item.get("message") or "")
