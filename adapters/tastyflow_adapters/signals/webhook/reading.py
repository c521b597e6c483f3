"""
Headers and body, to the letter: what could be read in two ways is not read.

    /signals/NAME          as it was sent, without a query, and nothing in it escaped
    Content-Type           application/json, once; no Content-Encoding
    Tastyflow-Timestamp    ten digits, once        Tastyflow-Signature   64 hexadecimal digits, once
    Idempotency-Key        once, or not at all
    body                   {"reason": "...", "figures": {"name": 1.5}}, each key once; no NaN, no Infinity
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from attrs import field, frozen
from multidict import CIMultiDictProxy

from tastyflow.domain.signal_rule.alert import ALERT_KEY, Alert, bad_alert
from tastyflow.domain.signal_rule.rule import RULE_NAME
from tastyflow_adapters.signals.webhook.signing import KEY, SIGNATURE, TIMESTAMP
from tastyflow_adapters.signals.webhook.tally import AlertFault

PATH: Final = re.compile(rf"/signals/({RULE_NAME.pattern})", re.ASCII)
JSON: Final = re.compile(r'application/json(?:[ \t]*;[ \t]*charset="?utf-8"?)?', re.ASCII | re.IGNORECASE)
_SECONDS: Final = re.compile(r"[0-9]{10}", re.ASCII)
_HEX: Final = re.compile(r"[0-9a-f]{64}", re.ASCII)
KEYS: Final = frozenset({"reason", "figures"})


@frozen
class AlertHeaders:
    """What the headers of an alert say; `key` is empty where there is none."""

    timestamp: str
    signature: str
    key: str = field(default="")


def rule_in(raw_path: str) -> str | None:
    """The rule that a path names; None where it is no path of an alert."""
    found = PATH.fullmatch(raw_path)
    return found[1] if found else None


def headers_of(headers: CIMultiDictProxy[str]) -> AlertHeaders | AlertFault:
    """What *headers* say, or why they are refused."""
    kinds = headers.getall("Content-Type", [])
    if len(kinds) != 1 or not JSON.fullmatch(kinds[0]) or "Content-Encoding" in headers:
        return AlertFault.NOT_JSON
    timestamps, signatures, keys = (headers.getall(name, []) for name in (TIMESTAMP, SIGNATURE, KEY))
    if len(timestamps) != 1 or len(signatures) != 1 or len(keys) > 1:
        return AlertFault.HEADERS
    if not _SECONDS.fullmatch(timestamps[0]) or not _HEX.fullmatch(signatures[0]):
        return AlertFault.HEADERS
    if keys and not ALERT_KEY.fullmatch(keys[0]):
        return AlertFault.HEADERS
    return AlertHeaders(timestamps[0], signatures[0], *keys)


def alert_in(body: bytes, *, figures: Iterable[str], key: str) -> Alert:
    """
    What *body* says.

    Args:
        figures: The names that the rule takes from an alert.

    Raises:
        Invalid: code ``bad_alert``; the message repeats nothing of the body.
    """
    try:
        told = json.loads(body.decode(), object_pairs_hook=_each_once, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise bad_alert("The body is no JSON in UTF-8, or names a key twice.") from None
    if not isinstance(told, dict) or not told.keys() <= KEYS:
        raise bad_alert('The body is one object with "reason" and "figures", and nothing else.')
    alert = Alert(told.get("reason", ""), told.get("figures", {}), key)
    allowed = sorted(figures)
    if not alert.figures.keys() <= set(allowed):
        there = f"It takes {', '.join(allowed)}." if allowed else "It takes none."
        raise bad_alert("A figure is not one that the rule takes from an alert.", there)
    return alert


def _each_once(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key is there twice")
    return found


def _no_number(constant: str) -> float:
    raise ValueError(constant)
