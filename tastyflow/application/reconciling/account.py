"""
One account, reconciled: its orders and positions at the venue held against the log.

    positions           ─▶ read before the orders: what filled by then, the orders tell
    list of the account ─▶ our tag ─▶ whose? ─▶ heard │ taken up (`owners`)
    own open orders     ─▶ in the list: heard from it │ else asked about, searched for, ended (`orders`)
    positions           ─▶ held against what fills explain (`positions`)
                        ─▶ AccountReport

It takes `Policy.reconcile_s` at most (`within`). The second of two reconciliations records nothing. No order is claimed
in production before one was complete since this process began.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final, Protocol

from tastyflow.application.account.view import AccountSnapshot
from tastyflow.application.context import Context
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.live.news import ProductionNews
from tastyflow.application.live.recording import Recorder
from tastyflow.application.reconciling.head import check_head, doubt_of_absent_log, keep_head, open_doubt
from tastyflow.application.reconciling.owners import NEWEST, Owners, is_ours
from tastyflow.application.reconciling.positions import Positions
from tastyflow.application.reconciling.report import AccountReport, Finding, ReportLine
from tastyflow.application.reconciling.within import Within
from tastyflow.application.telling.sentences import is_told, sentence_of
from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.order.state import UNANSWERED
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow.errors import Refused, StoreFailure
from tastyflow.ports import Broker

AT_ONCE: Final = 8
"""How many orders the venues are asked about at the same time."""

REMEMBERED: Final = timedelta(days=30)
"""How far back a venue is asked for our orders where a home that was used has an absent log."""


_IN_GOOD_HANDS: Final = frozenset({AttemptOutcome.PENDING, AttemptOutcome.UNKNOWN, AttemptOutcome.ADOPTED})
"""What the process that follows such an attempt hears by itself."""


class Refresh(Protocol):
    """Brings one order up to date with what the venues know."""

    async def __call__(self, order: Order, *, shown: Mapping[str, BrokerOrder] | None = None) -> Order: ...


class AccountReconciler:
    """
    Reconciles one account.

    Args:
        refresh: Brings one order up to date, and follows it where it works.
        owns: Whether an order is of this account.
    """

    def __init__(self, context: Context, refresh: Refresh, owns: Callable[[Order], bool]) -> None:
        self._context = context
        self._refresh = refresh
        self._owns = owns
        self._lookup = Lookup(context.ledger)
        self._news = ProductionNews(context, Recorder(context))
        self._owners = Owners(context)
        self._positions = Positions(context)
        self._known: set[str] = set()
        self._settled: dict[str, datetime] = {}
        self._running: asyncio.Task[AccountReport] | None = None
        self._last: AccountReport | None = None
        self._is_done = False
        self._opened_at = context.ledger.end()

    @property
    def last(self) -> AccountReport | None:
        """The latest report; None before the first."""
        return self._last

    async def reconcile(self) -> AccountReport:
        """
        Hold the account against the log; what was found, and what was done about it.

        Who asks while it runs is told the same.

        Raises:
            StoreFailure: The log cannot be read or written.
        """
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._reconcile(), name=f"reconcile-{self._context.account_name}")
            self._running.add_done_callback(_retrieved)
        return await asyncio.shield(self._running)

    async def doubt(self) -> Refused | None:
        """
        Why no order may be claimed in production yet; None once a reconciliation was complete in this process.

        What is kept beside the log is asked each time: a log in doubt is refused by the claim itself.
        """
        if self._is_done:
            await check_head(self._context)
            return None
        report = await self.reconcile()
        if report.is_complete:
            return None
        return Refused(
            f"What production has was not held against the log yet: {report.missing[0]}",
            code="not_reconciled",
            hint="Nothing went to production. Try again once it answers.",
        )

    async def take(self, snapshot: BrokerOrder) -> None:
        """Take up *snapshot*, which the stream showed and no task here follows, where its owner does not know of it."""
        if not is_ours(snapshot) or snapshot.external_id in self._known:
            return
        owner = self._owners.owner_of(snapshot)
        attempts = owner.attempts if owner else ()
        self._known |= {each.external_id for each in attempts if each.outcome in _IN_GOOD_HANDS}
        if snapshot.external_id not in self._known:
            await self._take(snapshot, ())

    async def close(self) -> None:
        """Stop; what was recorded stands."""
        if self._running is not None and not self._running.done():
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _reconcile(self) -> AccountReport:
        context = self._context
        began, end = context.clock.now(), context.ledger.end()
        orders = [order for order in self._lookup.everyones_open() if self._owns(order)]
        within = Within(context.clock, context.policy.reconcile_s)
        lines: list[ReportLine] = []
        shown: dict[str, BrokerOrder] = {}
        held: AccountSnapshot | None = None
        doubt = await check_head(context)
        is_forgotten = doubt is None and self._has_forgotten()
        if context.production is not None:
            # first: each fill that is in it is known to the orders that are asked about afterwards
            held = await within.asked("The positions could not be read", context.view.look, share=0.5)
            listed = await self._listed(within, orders, is_forgotten=is_forgotten)
            shown = {each.broker_order: each for each in listed}
            since = self._since(orders)
            ours = [each for each in listed if is_ours(each)]
            if ours and is_forgotten:
                doubt = await doubt_of_absent_log(context, len(ours))
            for each in ours:
                if not each.status.is_terminal or each.updated_at >= since:
                    take = partial(self._take, each, orders)
                    lines += await within.asked(f"Order {each.broker_order} there could not be taken up", take) or ()
        doubt = doubt or open_doubt(context)  # it is told until a person accepts the log
        if doubt is not None:
            lines.insert(0, ReportLine(Finding.LOG, doubt))
        lines += await self._refresh_all(orders, shown, within)
        if held is not None:
            lines += await self._positions.held_against(held)
        if doubt is None and not within.missing:
            await keep_head(context)
            with suppress(StoreFailure):  # then the next one reads further back
                await context.ledger.keep_bookmark(self._place, end)
        report = AccountReport(context.account_name, began, len(orders), tuple(lines), tuple(within.missing))
        self._last, self._is_done = report, self._is_done or report.is_complete
        return report

    async def _listed(self, within: Within, orders: Sequence[Order], *, is_forgotten: bool) -> Sequence[BrokerOrder]:
        """What production has; of a home whose log is absent, as far back as its orders are asked for."""
        since = self._context.clock.now() - REMEMBERED if is_forgotten else self._since(orders)
        production = self._context.broker(Venue.PRODUCTION)
        return (
            await within.asked(
                "The orders of the account could not be listed", partial(_list, production, since), share=0.5
            )
            or ()
        )

    def _has_forgotten(self) -> bool:
        """Whether this home was used with its venues, and its log has neither a kept head nor a claim of production."""
        heads = self._context.heads
        if not self._context.was_used or (heads is not None and heads.read() is not None):
            return False
        known = (attempt for order in self._lookup.newest_orders(NEWEST) for attempt in order.attempts)
        return all(attempt.venue is not Venue.PRODUCTION for attempt in known)

    def _since(self, orders: Sequence[Order]) -> datetime:
        """
        From when on the venue's list is read: the oldest open claim, this day, the end of the log when this desk was
        opened, or the last complete reconciliation: an order that was called declined may have turned up since, and a
        copy of the log is as old as its bookmark.
        """
        now = self._context.clock.now()
        today = now.astimezone(NEW_YORK).replace(hour=0, minute=0, second=0, microsecond=0)
        unanswered = [each for order in orders for each in order.attempts if each.outcome in UNANSWERED]
        claims = [self._context.claimed_by(each) for each in unanswered]
        reconciled = self._context.ledger.bookmark(self._place)
        known = (
            self._lookup.recorded_at(self._opened_at),
            self._lookup.recorded_at(reconciled) if reconciled else None,
        )
        return min(now, today, *claims, *(at for at in known if at is not None)) - timedelta(minutes=1)

    @property
    def _place(self) -> str:
        """The bookmark of the last event before the last complete reconciliation."""
        return f"reconciled:{self._context.environment}:{self._context.account_name}"

    async def _take(self, snapshot: BrokerOrder, orders: Sequence[Order]) -> list[ReportLine]:
        """Find the owner of *snapshot*, and record what is new in it."""
        if not is_ours(snapshot) or self._settled.get(snapshot.broker_order) == snapshot.updated_at:
            return []
        if any(snapshot.broker_order in (a.broker_order, *a.earlier) for order in orders for a in order.attempts):
            return []  # heard with the open orders
        before = self._owners.owner_of(snapshot)
        order = before or await self._owners.take_up(snapshot)
        order = (await self._news.hear(order, snapshot, found_by=FoundBy.SEARCH)).order
        if order.stage.is_over and snapshot.status.is_terminal:
            self._settled[snapshot.broker_order] = snapshot.updated_at
        else:
            order = await self._refresh(order)
        lines = self._told(before, order)
        if before is None:
            return [ReportLine(Finding.UNKNOWN_ORDER, line.text, line.order, is_news=True) for line in lines]
        return lines

    async def _refresh_all(
        self, orders: Sequence[Order], shown: Mapping[str, BrokerOrder], within: Within
    ) -> list[ReportLine]:
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(order: Order) -> list[ReportLine]:
            what = f"Order {order.reference} could not be asked about"
            async with slots:
                now = await within.asked(what, partial(_refreshed, self._refresh, order, shown))
            return [] if now is None else self._told(order, now)

        return [line for lines in await asyncio.gather(*(one(order) for order in orders)) for line in lines]

    def _told(self, before: Order | None, now: Order) -> list[ReportLine]:
        """What was recorded of an order since *before*; else whether a person must look at it."""
        version = before.version if before else 0
        if now.version > version:
            events = self._context.ledger.history(now.id)[version : now.version]
            said = [sentence_of(event, now) for event in events if is_told(event)]
            text = " ".join((f"Order {now.reference}, {now.words}:", *said)) if said else ""
            if text:
                finding = Finding.DOUBT if now.stage is Stage.ESCALATED else Finding.NEWS
                return [ReportLine(finding, text, now.id, is_news=True)]
        if now.stage is Stage.ESCALATED:
            text = f"Order {now.reference}, {now.words}: a person must look. {now.message}"
            return [ReportLine(Finding.DOUBT, text, now.id)]
        return []


def _retrieved(task: "asyncio.Task[AccountReport]") -> None:
    if not task.cancelled():
        task.exception()  # who asked may have given up by now


async def _list(production: Broker, since: datetime) -> Sequence[BrokerOrder]:
    return await production.listed(since)


async def _refreshed(refresh: Refresh, order: Order, shown: Mapping[str, BrokerOrder]) -> Order:
    return await refresh(order, shown=shown)
