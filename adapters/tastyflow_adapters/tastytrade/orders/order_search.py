"""
Searching the account's orders for a tag. tastytrade cannot be asked for one, so all are read.

    tagged    those tagged exactly so            listed    all of them
    orders/live             everything made or changed today, one page
    orders?start-at=…       newest first, every page ─▶ those tagged exactly so, each once

A search is complete or it raises: a page that failed could have been the one. An order of another hand that cannot be
read is passed over, unless it took the place of one of ours.
"""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import Any, Final

from tastyflow.domain.venue import BrokerOrder
from tastyflow.errors import OutcomeUnknown
from tastyflow_adapters.tastytrade.http import failures
from tastyflow_adapters.tastytrade.http.rate_limits import Kind
from tastyflow_adapters.tastytrade.http.requests import Answer
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.orders.order_reading import external_id_of, id_of, read_order

PER_PAGE: Final = 100
MAX_PAGES: Final = 200


async def live_orders(session: VenueSession, account: str) -> list[Mapping[str, Any]]:
    """Everything that was made or changed today, as the venue gives it."""
    path = f"/accounts/{account}/orders/live"
    return _rows(await session.request(Kind.ORDERS, "GET", path, doing="list the orders"))


async def tagged(session: VenueSession, account: str, external_id: str, *, since: datetime) -> list[BrokerOrder]:
    """
    All orders of *account* tagged *external_id* that are live or were made after *since*, in the order of their ids.

    Raises:
        VenueFailure: The search is not complete.
    """
    rows = [row for row in await _all_rows(session, account, since) if external_id_of(row) == external_id]
    return _newest(rows, "read an order that has the tag")


async def listed(session: VenueSession, account: str, *, since: datetime, own_prefix: str) -> list[BrokerOrder]:
    """
    All orders of *account* that are live or were made or changed after *since*, in the order of their ids: those whose
    tag has *own_prefix*, what took their place, and of the others what can be read.

    Raises:
        VenueFailure: The list is not complete.
    """
    rows = await _all_rows(session, account, since)
    ours = _ours(rows, own_prefix)
    return _newest([row for row in rows if id_of(row.get("id")) in ours or _is_readable(row)], "read an order")


def _ours(rows: Sequence[Mapping[str, Any]], prefix: str) -> Set[str | None]:
    """The ids of those of *rows* that are ours by their tag, and of what took their place."""
    links = [(id_of(row.get("id")), id_of(row.get("replaces-order-id"))) for row in rows]
    links += [(id_of(row.get("replacing-order-id")), id_of(row.get("id"))) for row in rows]
    ours = {id_of(row.get("id")) for row in rows if (external_id_of(row) or "").startswith(prefix)}
    following = defaultdict(set)
    for new, old in links:
        if new is not None and old is not None:
            following[old].add(new)
    unseen = list(ours)
    while unseen:
        for new in following.get(unseen.pop() or "", set()) - ours:
            ours.add(new)
            unseen.append(new)
    return ours


def _is_readable(row: Mapping[str, Any]) -> bool:
    try:
        read_order(row)
    except ValueError:
        return False
    return True


async def _all_rows(session: VenueSession, account: str, since: datetime) -> list[Mapping[str, Any]]:
    return [*await live_orders(session, account), *[row async for row in _history(session, account, since)]]


def _newest(rows: Sequence[Mapping[str, Any]], doing: str) -> list[BrokerOrder]:
    """Each order of *rows* once, as it stood last."""
    found: dict[str, BrokerOrder] = {}
    for row in rows:
        try:
            order = read_order(row)
        except ValueError as error:
            raise failures.unreadable(doing, error) from None
        known = found.get(order.broker_order)
        if known is None or known.updated_at <= order.updated_at:
            found[order.broker_order] = order
    return sorted(found.values(), key=lambda order: int(order.broker_order))


async def _history(session: VenueSession, account: str, since: datetime) -> AsyncIterator[Mapping[str, Any]]:
    path = f"/accounts/{account}/orders"
    start = since.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    for page in range(MAX_PAGES):
        params = {"per-page": PER_PAGE, "page-offset": page, "sort": "Desc", "start-at": start}
        answer = await session.request(Kind.ORDERS, "GET", path, params=params, doing="search the orders")
        for row in _rows(answer):
            yield row
        if page + 1 >= _pages(answer):
            return
    raise OutcomeUnknown("The account has more orders than can be searched.", code="too_many_orders")


def _rows(answer: Answer) -> list[Mapping[str, Any]]:
    if not isinstance(answer.data.get("items"), list) or not all(isinstance(row, dict) for row in answer.items):
        raise OutcomeUnknown("A page of orders cannot be read.", code="unreadable")
    return answer.items


def _pages(answer: Answer) -> int:
    """How many pages there are. Without a word on it there is one, as long as it is not full."""
    pagination = answer.document.get("pagination")
    if not isinstance(pagination, dict):
        if len(answer.items) < PER_PAGE:
            return 1
        raise OutcomeUnknown("A page of orders is full and does not say whether it is the last.", code="unreadable")
    pages = pagination.get("total-pages")
    if isinstance(pages, bool) or not isinstance(pages, int):
        raise OutcomeUnknown("A page of orders does not say how many there are.", code="unreadable")
    return pages
