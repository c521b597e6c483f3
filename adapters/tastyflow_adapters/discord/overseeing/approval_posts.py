"""
The orders that wait, in the approvals' channel: each has a message, edited once it waits no more.

    waits ─▶ posted, with the market of that moment
    approved, rejected, withdrawn, too late ─▶ edited: who decided what, and no button that decides
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Final
from uuid import UUID

from tastyflow.application.approving.waiting_orders import WaitingOrder, requester_of, seen
from tastyflow.application.approving.wording import is_decided
from tastyflow.application.desk import Desk
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import ApprovalRequested
from tastyflow_adapters.config.discord_choices import DiscordChoices
from tastyflow_adapters.discord.overseeing.posts import Post, Posts
from tastyflow_adapters.discord.pages.approval import decided_page, waiting_page

SUBJECT: Final = "approval"
MARKET_S: Final = 3.0
"""How long the market is waited for before an order is shown without it."""


class ApprovalPosts:
    """The messages of orders that wait."""

    def __init__(self, desk: Desk, here: DiscordChoices, posts: Posts) -> None:
        self._desk = desk
        self._here = here
        self._posts = posts
        self._unposted: set[UUID] = set()
        self._after: int | None = None

    async def look(self) -> None:
        """
        Let every message show its order as it is now, and post each order that waits and has none.

        Raises:
            PostingFailure: Discord did not take all of it.
        """
        await self._posts.keep_all(self._as_they_are())

    async def _as_they_are(self) -> AsyncIterator[Post]:
        """What has moved on since it was posted, and what waits to be posted."""
        ledger = self._desk.context.ledger
        for row in self._posts.rows.open_ones(SUBJECT):
            order = ledger.read(Order, UUID(row.subject.partition(":")[2]))
            if order is not None and (order.version > row.version or row.tried):
                yield await self._post_of(order, row.epoch)
        self._hear()
        for order_id in sorted(self._unposted):
            order = ledger.read(Order, order_id)
            epoch = order.request.at.isoformat() if order is not None and order.request is not None else ""
            if order is None or order.waiting_until is None or self._is_posted(order, epoch):
                self._unposted.discard(order_id)
            else:
                yield await self._post_of(order, epoch)

    def _is_posted(self, order: Order, epoch: str) -> bool:
        row = self._posts.rows.find(_subject(order))
        return row is not None and row.epoch == epoch and not row.tried

    def _hear(self) -> None:
        """Which orders have begun to wait; at first, which wait."""
        ledger, end = self._desk.context.ledger, self._desk.context.ledger.end()
        if self._after is None:
            self._unposted |= {each.id for each in self._desk.lookup.everyones_open() if each.waiting_until is not None}
        else:
            asked = ledger.rows(after=self._after, topics=(ApprovalRequested.TOPIC,))
            self._unposted |= {row.originator_id for row in asked if isinstance(row.originator_id, UUID)}
        self._after = end

    async def _post_of(self, order: Order, epoch: str) -> Post:
        waiting = await self._seen(order) if order.waiting_until is not None else None
        accounts = self._desk.context.accounts
        requester = requester_of(self._desk.context.ledger, order)
        page = waiting_page(waiting, accounts) if waiting else decided_page(order, requester, accounts)
        return Post(
            subject=_subject(order),
            channel=self._here.approvals_channel,
            epoch=epoch,
            version=order.version,
            page=page,
            is_over=waiting is None and is_decided(order),
        )

    async def _seen(self, order: Order) -> WaitingOrder | None:
        context = self._desk.context  # the market is the same for all accounts
        with suppress(TimeoutError):  # then it is shown without its market
            async with asyncio.timeout(MARKET_S):
                return await seen(context, order)
        request = order.request
        return WaitingOrder(order, requester_of(context.ledger, order), request, None, None) if request else None


def _subject(order: Order) -> str:
    return f"{SUBJECT}:{order.id.hex}"
