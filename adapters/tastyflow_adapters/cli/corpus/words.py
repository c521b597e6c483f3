"""
Answers of the language in a trader's words, and the parts of one that a corpus expects: whatever of it is answered.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

from tastyflow_adapters.cli.corpus.score import legs_of

SAY_FOR_THEMSELVES: Final = frozenset({"strategy", "order_type", "price_effect", "time_in_force"})
"""Keys whose value is a trader's word of its own."""

LEG: Final = ("quantity", "underlying", "strike", "right", "expiration")
"""What follows the action of a leg, in the order in which a trader says it."""


def reading(answered: Mapping[str, Any]) -> str:
    """An answer, or the part of one that is expected: ``buy 10 SPY 450 call 2026-12-18, limit, price 2.5, gtc``."""
    if answered["status"] == "error":
        codes = " or ".join(answered.get("code_any") or [str(answered.get("code") or "for any reason")])
        return f"refused: {codes}" + (f". {answered['message']}" if answered.get("message") else "")
    command = answered.get("command")
    parts = [] if command in (None, "order") else [f"{command} {answered.get('order') or ''}".strip()]
    parts += [words(leg) for leg in legs_of(answered.get("legs"))]
    for key, value in answered.items():
        if key not in ("status", "command", "order", "legs") and value is not None:
            parts.append(words(value) if key in SAY_FOR_THEMSELVES else f"{key.replace('_', ' ')} {words(value)}")
    return ", ".join(parts) or "understood"


def words(value: Any) -> str:
    """A leg in a trader's words, a number of days as ``45dte``, and anything else as it stands."""
    if isinstance(value, dict) and "action" in value:
        parts = [str(value["action"]).replace("_", " "), *(_word(value[key]) for key in LEG if key in value)]
        return " ".join(parts + ["shares"] * (value.get("instrument") == "equity"))
    return _word(value)


def _word(value: Any) -> str:
    if isinstance(value, dict) and value.keys() == {"dte"}:
        return f"{value['dte']}dte"
    return "nothing" if value is None else value if isinstance(value, str) else json.dumps(value)
