"""
One account at tastytrade as a `tastyflow.ports.Broker`.

    place · replace ─▶ sent once ─▶ read ─▶ BrokerOrder │ VenueFailure
    cancel          ─▶ ours? ─▶ sent
    find · get · positions · balances · account ─▶ asked, again where that may help
    updates         ─▶ the account stream

An order that is not ours (made by hand, or by another program) is shown as it is, and never touched. Ours are those
with our tag of this venue, and those that this object placed.
"""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final, Protocol, Self, TypeVar

from attrs import evolve

from tastyflow.application.backoff import question_retries
from tastyflow.domain.order.submission import tag_prefix
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Account, Balances, BrokerOrder, DryRun, Position, Status, Venue
from tastyflow.errors import NotSent, OutcomeUnknown, VenueRefused
from tastyflow.ports import Clock, Leave, OnQueued, QueuePlace, SendingTurn
from tastyflow_adapters.tastytrade.http import failures
from tastyflow_adapters.tastytrade.http.account_check import check_accounts
from tastyflow_adapters.tastytrade.http.rate_limits import Kind
from tastyflow_adapters.tastytrade.http.requests import Method
from tastyflow_adapters.tastytrade.http.session import VenueSession
from tastyflow_adapters.tastytrade.orders import order_answer, order_search
from tastyflow_adapters.tastytrade.orders.account_reading import account_of, balances_of, dry_run_of, positions_of
from tastyflow_adapters.tastytrade.orders.order_body import order_body
from tastyflow_adapters.tastytrade.orders.order_reading import id_of, read_order
from tastyflow_adapters.tastytrade.orders.recent_ids import RecentIds
from tastyflow_adapters.tastytrade.single_flight import SingleFlight
from tastyflow_adapters.tastytrade.streams.account_stream import AccountStream
from tastyflow_adapters.tastytrade.streams.supervision import StreamHealth
from tastyflow_adapters.tastytrade.venue_health import VenueHealth

T = TypeVar("T")

SEARCHED: Final = timedelta(days=7)
"""How far a search goes back from the claim, or from now: clocks disagree, and a long weekend is no age."""

SEARCHED_OWN: Final = timedelta(days=1)
"""How far back for what this object sent itself; generous, because clocks disagree."""

MISSING_FILLS_TRIES: Final = 2
"""How often to ask again for an order that is filled and lacks fills, as tastytrade's guide to order flow tells to."""

CANNOT_CANCEL: Final = frozenset({"cannot_update_order"})


class Stream(Protocol):
    """The updates of the account's orders."""

    @property
    def health(self) -> StreamHealth: ...

    def updates(self) -> AbstractAsyncContextManager[AsyncIterator[BrokerOrder]]: ...


class TastytradeBroker:
    """
    One account of *session*'s connection. Enter it before use: it checks the account and keeps the login fresh.

    Args:
        account: Its number; the connection's first one unless told otherwise.
        stream: The updates of the account's orders; an account streamer of its own unless told otherwise.
    """

    def __init__(self, session: VenueSession, clock: Clock, *, account: str = "", stream: Stream | None = None) -> None:
        self._session = session
        self._clock = clock
        self._number = account or session.connection.account
        self._stream = stream or AccountStream(session, clock, account=self._number, reconcile=self._reconcile)
        self._at = f"/accounts/{self._number}"
        self._ours, self._sent = RecentIds(), RecentIds()
        self._open = AsyncExitStack()
        self._asking_positions: SingleFlight[Kind, Sequence[Position]] = SingleFlight()
        self._asking_balances: SingleFlight[Kind, Balances] = SingleFlight()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._session.opened())
            await check_accounts(self._session)
            self._open = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._asking_positions.aclose()
        await self._asking_balances.aclose()
        await self._open.aclose()

    @property
    def venue(self) -> Venue:
        return self._session.connection.venue

    def health(self) -> VenueHealth:
        """How this account is reached just now."""
        stream = self._stream.health
        return VenueHealth(
            stream_up=stream.connected,
            stream_since=stream.since,
            stream_heard_at=stream.last_heard_at,
            stream_trouble=stream.trouble,
            token_left_s=self._session.token_left_s,
            ahead_s=self._session.ahead_s,
        )

    async def ready(self) -> None:
        """Be able to send an order now. Raises `VenueFailure` where that is not so: nothing was placed."""
        await self._session.ready()

    # ── orders ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def dry_run(self, ticket: Ticket, *, turn: SendingTurn | None = None) -> DryRun:
        body = order_body(ticket, external_id=None)
        path, doing = f"{self._at}/orders/dry-run", "dry-run the order"
        answer = await self._session.request(Kind.DRY_RUN, "POST", path, body=body, doing=doing, turn=turn)
        return _read(lambda: dry_run_of(answer.data), doing)

    async def turn(self, queued: OnQueued | None = None, *, for_dry_run: bool = False) -> SendingTurn:
        return await self._session.turn(Kind.DRY_RUN if for_dry_run else Kind.ORDER, self._at, queued)

    def queue_place(self, behind: int) -> QueuePlace:
        return self._session.queue_place(behind)

    async def place(
        self, ticket: Ticket, *, external_id: str, turn: SendingTurn | None = None, leave: Leave | None = None
    ) -> BrokerOrder:
        body = order_body(ticket, external_id=external_id)
        return await self._send("POST", f"{self._at}/orders", body, external_id, "place the order", turn, leave)

    def body_of(self, ticket: Ticket, *, external_id: str, replacing: bool = False) -> str:
        return order_body(ticket, external_id=external_id, replacing=replacing).decode()

    async def replace(
        self,
        broker_order: str,
        ticket: Ticket,
        *,
        external_id: str,
        turn: SendingTurn | None = None,
        leave: Leave | None = None,
    ) -> BrokerOrder:
        old = await self._own(broker_order)
        if old.status.is_terminal:
            raise VenueRefused(f"The order is {old.status.value} and cannot be replaced.", code="cannot_replace")
        if sorted(_left_of(old)) != sorted(_sides_of(ticket)):
            # legs are not sent with a replacement: the venue would work what is left of the old ones at the new price
            no = "A replacement has the legs of the order that it replaces, for what these have left."
            raise VenueRefused(no, code="other_legs")
        body = order_body(ticket, external_id=external_id, replacing=True)
        path, doing = f"{self._at}/orders/{old.broker_order}", "replace the order"
        new = await self._send("PUT", path, body, external_id, doing, turn, leave)
        return evolve(new, replaces=new.replaces or old.broker_order)

    async def cancel(self, broker_order: str) -> BrokerOrder:
        if broker_order not in self._ours:
            await self._own(broker_order)
        doing = "cancel the order"
        try:
            answer = await self._session.request(
                Kind.CANCEL, "DELETE", f"{self._at}/orders/{broker_order}", doing=doing
            )
        except VenueRefused as refusal:
            if refusal.code in CANNOT_CANCEL:
                raise VenueRefused(refusal.message, code="cannot_cancel") from None
            raise
        except failures.NotTaken as failure:
            raise NotSent(failure.message, code=failure.code, hint=failure.hint) from None
        order = order_answer.order_in(answer)
        if order is not None and id_of(order.get("id")) == broker_order:
            return _read(lambda: read_order(order), doing)
        seen = await self.get(broker_order)  # it was taken, and only the answer says too little
        if seen is None:
            raise failures.unreadable(doing)
        return seen

    async def find(self, external_id: str, *, since: datetime | None = None) -> Sequence[BrokerOrder]:
        sent, now = self._sent.when(external_id), self._session.venue_now()
        back_to = sent - SEARCHED_OWN if sent else min(since or now, now) - SEARCHED
        return await order_search.tagged(self._session, self._number, external_id, since=back_to)

    async def listed(self, since: datetime) -> Sequence[BrokerOrder]:
        own = tag_prefix(self.venue)
        return await order_search.listed(self._session, self._number, since=since, own_prefix=own)

    async def get(self, broker_order: str) -> BrokerOrder | None:
        if id_of(broker_order) != broker_order:
            return None  # no id of this venue's, and nothing to put into a path
        order = await self._look(broker_order)
        for wait_s in question_retries().some(MISSING_FILLS_TRIES):
            if order is None or not _lacks_fills(order):
                break
            await self._clock.sleep(wait_s)
            order = await self._look(broker_order)
        return order

    async def _look(self, broker_order: str) -> BrokerOrder | None:
        doing = "look at the order"
        try:
            answer = await self._session.request(
                Kind.ONE_ORDER, "GET", f"{self._at}/orders/{broker_order}", doing=doing
            )
        except failures.NotThere:
            return None
        return _read(lambda: read_order(answer.data), doing)

    def updates(self) -> AbstractAsyncContextManager[AsyncIterator[BrokerOrder]]:
        return self._stream.updates()

    # ── the account ────────────────────────────────────────────────────────────────────────────────────────────

    async def account(self) -> Account:
        doing = "read the account"
        answer = await self._session.request(Kind.TRADING_STATUS, "GET", f"{self._at}/trading-status", doing=doing)
        return _read(lambda: account_of(answer.data, number=self._number, venue=self.venue), doing)

    async def positions(self) -> Sequence[Position]:
        return await self._asking_positions.get(Kind.POSITIONS, self._ask_positions)

    async def balances(self) -> Balances:
        return await self._asking_balances.get(Kind.BALANCES, self._ask_balances)

    async def _ask_positions(self) -> Sequence[Position]:
        doing = "read the positions"
        path = f"{self._at}/positions"
        leaving = partial(self._asking_positions.left, Kind.POSITIONS)
        answer = await self._session.request(Kind.POSITIONS, "GET", path, doing=doing, leaving=leaving)
        if not isinstance(answer.data.get("items"), list):
            raise failures.unreadable(doing)
        return _read(lambda: positions_of(answer.items), doing)

    async def _ask_balances(self) -> Balances:
        doing = "read the balances"
        path = f"{self._at}/balances/USD"
        leaving = partial(self._asking_balances.left, Kind.BALANCES)
        answer = await self._session.request(Kind.BALANCES, "GET", path, doing=doing, leaving=leaving)
        return _read(lambda: balances_of(answer.data), doing)

    # ── sending ────────────────────────────────────────────────────────────────────────────────────────────────

    async def _send(
        self,
        method: Method,
        path: str,
        body: bytes,
        external_id: str,
        doing: str,
        turn: SendingTurn | None,
        leave: Leave | None,
    ) -> BrokerOrder:
        sent_at = self._session.venue_now()
        self._sent.note(external_id, sent_at)
        answer = await self._session.request(Kind.ORDER, method, path, body=body, doing=doing, leave=leave, turn=turn)
        order = order_answer.accepted_order(answer, external_id=external_id, doing=doing, now=sent_at)
        self._ours.note(order.broker_order, sent_at)
        return order

    async def _own(self, broker_order: str) -> BrokerOrder:
        """The order as it stands, if it is ours to touch."""
        try:
            order = await self.get(broker_order)
        except OutcomeUnknown as failure:  # only looked at so far: nothing was asked for
            raise NotSent(failure.message, code=failure.code, hint=failure.hint) from None
        if order is None:
            raise VenueRefused(f"There is no order {broker_order[:20]}.", code="not_found")
        if not await self._is_ours(order):
            raise VenueRefused(
                f"Order {order.broker_order} was not made by tastyflow, and is left alone.", code="external_order"
            )
        return order

    async def _is_ours(self, order: BrokerOrder) -> bool:
        """Whether it carries a tag of ours, or is what other hands made of one that does."""
        link: BrokerOrder | None = order
        for _ in range(MAX_LINKS):
            if link is None:
                return False
            if (link.external_id or "").startswith(tag_prefix(self.venue)) or link.broker_order in self._ours:
                self._ours.note(order.broker_order, self._session.venue_now())
                return True
            if link.replaces is None:
                return False
            try:
                link = await self.get(link.replaces)
            except OutcomeUnknown as failure:  # only looked at so far: nothing was asked for
                raise NotSent(failure.message, code=failure.code, hint=failure.hint) from None
        return False

    async def _reconcile(self) -> Sequence[Mapping[str, Any]]:
        return await order_search.live_orders(self._session, self._number)


MAX_LINKS: Final = 20
"""How many changes by other hands in a row lie between an order and one of ours."""


def _sides_of(ticket: Ticket | None) -> list[tuple[str, str, int]]:
    """What is done to each instrument, and how much of it."""
    return [(leg.instrument.occ, leg.action.value, leg.quantity) for leg in ticket.legs] if ticket else []


def _left_of(order: BrokerOrder) -> list[tuple[str, str, int]]:
    """The same, of what *order* has left to fill."""
    return [(symbol, action, many - order.filled(symbol)) for symbol, action, many in _sides_of(order.ticket)]


def _lacks_fills(order: BrokerOrder) -> bool:
    """Whether it is filled, and not all of it is told: the first leg's fills can come before the others'."""
    legs = order.ticket.legs if order.ticket and order.status is Status.FILLED else ()
    return any(order.filled(leg.instrument.occ) < leg.quantity for leg in legs)


def _read(reading: Callable[[], T], doing: str) -> T:
    try:
        return reading()
    except ValueError as error:
        raise failures.unreadable(doing, error) from None
