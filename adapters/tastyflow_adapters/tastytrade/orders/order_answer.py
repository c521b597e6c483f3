"""
The answer to an order that the venue has taken: what can be read of it, however damaged.

    2xx ─▶ errors in it ─▶ OutcomeUnknown: it says both yes and no
        ├▶ an order in it ─▶ our tag ─▶ accepted
        │                 └▶ another tag, or none ─▶ OutcomeUnknown: it is not known whose order that is
        └▶ damaged ─▶ our tag, one whole id and one known status in what is left ─▶ accepted, without its particulars
                   └▶ less than that ─▶ OutcomeUnknown

`OutcomeUnknown` is the safe answer: the sender then searches for the order, and takes what the venue lists. An id of
which the end may be missing is never used, and a status is never guessed.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from tastyflow.domain.venue import BrokerOrder, Status
from tastyflow.errors import OutcomeUnknown
from tastyflow_adapters.tastytrade.http import failures
from tastyflow_adapters.tastytrade.http.requests import Answer
from tastyflow_adapters.tastytrade.http.venue_text import clean
from tastyflow_adapters.tastytrade.orders.order_reading import external_id_of, id_of, read_order
from tastyflow_adapters.tastytrade.orders.vocabulary import status_of

_ANY_ID: Final = re.compile(rb'"id"\s*:')
_ID: Final = re.compile(rb'"id"\s*:\s*("?)([1-9]\d{0,18})\1\s*[,}]')
"""An id with what follows it: without, the answer may have been cut within it, and the rest is another order's."""

_TAG: Final = re.compile(rb'"external-identifier"\s*:\s*"([^"\\]{1,80})"')
_STATUS: Final = re.compile(rb'"status"\s*:\s*"([^"\\]{1,40})"')
_ERRORS: Final = re.compile(rb'"errors?"\s*:\s*(?!null|\[\s*\]|\{\s*\}|"")\S')

HIDING: Final = frozenset({Status.CANCELLED, Status.EXPIRED, Status.REMOVED, Status.PARTIALLY_REMOVED})
"""Endings before which something may have filled: told without the fills, they would be told wrongly."""


def accepted_order(answer: Answer, *, external_id: str, doing: str, now: datetime) -> BrokerOrder:
    """
    The order that the venue has taken under *external_id*.

    An answer with errors in it is no acceptance, whatever else is in it: a good status with a failed check may be an
    order that is there, or the echo of one that is not. A search knows.

    Raises:
        OutcomeUnknown: The answer does not say so.
    """
    if answer.data.get("errors") or answer.document.get("errors") or answer.document.get("error"):
        raise OutcomeUnknown(f"Trying to {doing}: the venue took it, and answered with errors.", code="mixed_answer")
    order = order_in(answer)
    if order is None:
        return _from_fragments(answer.raw, external_id, doing, now)
    if external_id_of(order) != external_id:
        raise OutcomeUnknown(f"Trying to {doing}: the venue answered for another order.", code="other_order")
    try:
        return read_order(order)
    except ValueError as error:
        status = _certain(order.get("status"), doing, error)
        return BrokerOrder(str(order["id"]), external_id, status, now, reason=clean(order.get("reject-reason") or ""))


def order_in(answer: Answer) -> Mapping[str, Any] | None:
    """The order in an answer: alone (a replacement, a cancel), or among other things (a placing)."""
    inner = answer.data.get("order")
    order = inner if isinstance(inner, Mapping) else answer.data
    return order if id_of(order.get("id")) else None


def _from_fragments(raw: bytes, external_id: str, doing: str, now: datetime) -> BrokerOrder:
    ids, statuses = {number for _, number in _ID.findall(raw)}, set(_STATUS.findall(raw))
    are_whole = len(_ID.findall(raw)) == len(_ANY_ID.findall(raw))
    if _ERRORS.search(raw) or len(ids) != 1 or not are_whole or set(_TAG.findall(raw)) != {external_id.encode()}:
        raise failures.unreadable(doing)
    told = statuses.pop().decode(errors="replace") if len(statuses) == 1 else None
    status = _certain(told, doing, "the end is missing.")
    return BrokerOrder(ids.pop().decode(), external_id, status, now)


def _certain(told: object, doing: str, why: object) -> Status:
    """
    The status of an order of which the rest cannot be read.

    Filled is certain: the reader of a snapshot waits for the fills. Rejected is, too: nothing can have filled.
    """
    try:
        status = status_of(told)
    except ValueError as error:
        raise failures.unreadable(doing, error) from None
    if status in HIDING:
        raise failures.unreadable(doing, why)
    return status
