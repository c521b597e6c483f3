"""
The answer to an order, which the venue has taken by now: read to the last scrap before anything is given up.

    2xx ─▶ an order in it ─▶ our tag ─▶ accepted
        │                 └▶ another tag, or none ─▶ OutcomeUnknown: it is not known whose order that is
        └▶ damaged ─▶ one id and our tag in what is left ─▶ accepted, without its particulars
                   └▶ less than that ─▶ OutcomeUnknown
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from tastyflow.domain.venue import BrokerOrder, Status
from tastyflow.errors import OutcomeUnknown
from tastyflow_adapters.tastytrade import failures
from tastyflow_adapters.tastytrade.orders_in import external_id_of, from_wire, id_of
from tastyflow_adapters.tastytrade.requests import Answer

_ID: Final = re.compile(rb'"id"\s*:\s*"?([1-9]\d{0,18})\b')
_TAG: Final = re.compile(rb'"external-identifier"\s*:\s*"([^"\\]{1,80})"')


def placed(answer: Answer, *, external_id: str, doing: str, now: datetime) -> BrokerOrder:
    """
    The order that the venue has taken under *external_id*.

    Raises:
        OutcomeUnknown: The answer does not say so.
    """
    order = order_in(answer)
    if order is None:
        return _from_scraps(answer.raw, external_id, doing, now)
    if external_id_of(order) != external_id:
        raise OutcomeUnknown(f"Trying to {doing}: the venue answered for another order.", code="other_order")
    try:
        return from_wire(order)
    except ValueError:
        return _from_scraps(answer.raw, external_id, doing, now)


def order_in(answer: Answer) -> Mapping[str, Any] | None:
    """The order in an answer: alone (a replacement, a cancel), or among other things (a placing)."""
    inner = answer.data.get("order")
    order = inner if isinstance(inner, Mapping) else answer.data
    return order if id_of(order.get("id")) else None


def _from_scraps(raw: bytes, external_id: str, doing: str, now: datetime) -> BrokerOrder:
    ids, tags = set(_ID.findall(raw)), set(_TAG.findall(raw))
    if len(ids) != 1 or tags != {external_id.encode()}:
        raise failures.unreadable(doing)
    return BrokerOrder(ids.pop().decode(), external_id, Status.RECEIVED, now)
