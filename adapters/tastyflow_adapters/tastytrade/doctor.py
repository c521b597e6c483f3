"""
What can be checked of one venue from here; a check comes after those that it depends on. Nothing is placed.

    api ─┬─▶ clock
         └─▶ token ─▶ account ─┬─▶ trading status
    streamer ──────────────────┼─▶ account stream
                               ├─▶ chain, market data
                               └─▶ other orders

Each look says what was seen and what to do; who runs them decides what is left out (`tastyflow_adapters.checkup`).
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from email.utils import parsedate_to_datetime
from typing import Any, Final, Self
from urllib.parse import urlsplit, urlunsplit

import httpx2

from tastyflow.domain.instruments import Equity
from tastyflow.domain.order.submission import tag_prefix
from tastyflow.ports import Clock
from tastyflow_adapters.checkup import Observation, Probe, ProbeOutcome, fail, ok, warn
from tastyflow_adapters.redaction import REDACTOR, masked
from tastyflow_adapters.tastytrade.http.account_check import check_accounts
from tastyflow_adapters.tastytrade.http.breaker import Memory
from tastyflow_adapters.tastytrade.http.connection import Connection
from tastyflow_adapters.tastytrade.http.rate_limits import Kind
from tastyflow_adapters.tastytrade.http.session import USER_AGENT, VenueSession, trusted_roots
from tastyflow_adapters.tastytrade.http.shared_rates import Register
from tastyflow_adapters.tastytrade.market_data import TastytradeMarket
from tastyflow_adapters.tastytrade.orders import order_search
from tastyflow_adapters.tastytrade.streams.sockets import VenueAlertStreamer

SKEW_WARN_S: Final = 1.0
SKEW_FAIL_S: Final = 2.0
SAMPLE: Final = "SPY"
OVER: Final = frozenset({"Filled", "Cancelled", "Expired", "Rejected", "Removed", "Partially Removed"})
GRAVITY: Final = (ProbeOutcome.OK, ProbeOutcome.SKIPPED, ProbeOutcome.WARN, ProbeOutcome.FAIL)
NO_LIMITS: Final = "No Restrictions"
BARS: Final[Mapping[str, str]] = {
    "is-closing-only": "it may only close positions",
    "is-risk-reducing-only": "it may only reduce risk",
    "is-in-margin-call": "it has a margin call",
    "is-in-day-trade-equity-maintenance-call": "it has a day-trade call",
}
"""What restricts an account without stopping it."""


class VenueDoctor:
    """
    Looks at one venue. Enter it before use: it has a session, and what opens on it, for as long.

    Args:
        memory: Refused logins of earlier processes.
        register: What other processes send to this venue.
        offset_s: For tests: how wrong this machine's clock is taken to be.
    """

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        *,
        memory: Memory | None = None,
        register: Register | None = None,
        offset_s: float = 0.0,
    ) -> None:
        self._connection = connection
        self._clock = clock
        self._offset_s = offset_s
        self._session = VenueSession(connection, clock, memory=memory, register=register)
        self._market = TastytradeMarket(self._session, clock)
        self._open = AsyncExitStack()
        self._date: tuple[str, float, float] | None = None

    async def __aenter__(self) -> Self:
        await self._open.enter_async_context(self._market)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def checks(self) -> tuple[Probe, ...]:
        """All looks at this venue, in order."""
        venue = str(self._connection.venue)

        def check(
            name: str, look: Callable[[], Awaitable[Observation]], *wants: str, patience_s: float = 15.0
        ) -> Probe:
            return Probe(name, _clean(look), venue, wants, patience_s)

        return (
            check("api", self._api),
            check("streamer", self._streamer),
            check("clock", self._skew, "api"),
            check("token", self._token, "api", patience_s=25.0),
            check("account", self._account, "token"),
            check("trading status", self._trading_status, "account"),
            check("account stream", self._account_stream, "account", "streamer"),
            check("chain", self._chain, "token"),
            check("market data", self._market_data, "token"),
            check("other orders", self._other_orders, "account"),
        )

    # ── reachable ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _api(self) -> Observation:
        return await self._reach(self._connection.api_url, keep_date=True)

    async def _streamer(self) -> Observation:
        parts = urlsplit(self._connection.streamer_url)
        plain = {"wss": "https", "ws": "http"}[parts.scheme]
        return await self._reach(urlunsplit(parts._replace(scheme=plain)))

    async def _reach(self, url: str, *, keep_date: bool = False) -> Observation:
        """Any answer at all will do; without a login most are refusals."""
        host = urlsplit(url).netloc
        timeout = httpx2.Timeout(self._connection.timeouts.read_s, connect=self._connection.timeouts.connect_s)
        began, wall = time.perf_counter(), time.time()
        try:
            async with httpx2.AsyncClient(trust_env=False, verify=trusted_roots(), timeout=timeout) as client:
                answer = await client.get(url, headers={"User-Agent": USER_AGENT})
        except httpx2.HTTPError as error:
            return fail(
                f"{host} cannot be reached ({type(error).__name__})",
                "Look at the network, the name server, and whether something in between forbids it.",
            )
        took_s = time.perf_counter() - began
        if keep_date:
            self._date = (answer.headers.get("date", ""), wall, took_s)
        return ok(f"{host} answers within {took_s * 1000:.0f} ms")

    async def _skew(self) -> Observation:
        """The header has whole seconds, so the certain result is how far off this clock is at least."""
        text, asked_at, took_s = self._date or ("", 0.0, 0.0)
        try:
            theirs = parsedate_to_datetime(text).timestamp() + 0.5
        except (TypeError, ValueError):
            return warn("the venue does not say what time it is", "Compare this machine's clock with another one.")
        apart_s = asked_at + self._offset_s + took_s / 2 - theirs
        certain_s = max(0.0, abs(apart_s) - 0.5 - took_s / 2)
        which = "fast" if apart_s > 0 else "slow"
        if certain_s > SKEW_WARN_S:
            say = fail if certain_s > SKEW_FAIL_S else warn
            return say(
                f"this machine's clock is at least {certain_s:.1f} s {which}", "Let the system keep time (NTP, chrony)."
            )
        return ok(f"this machine's clock agrees within {SKEW_WARN_S:g} s, as far as whole seconds can tell")

    # ── let in ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def _token(self) -> Observation:
        await self._session.ready()
        return ok("tastytrade lets us in")

    async def _account(self) -> Observation:
        await check_accounts(self._session)
        named = [masked(number) for number in self._connection.accounts.values()]
        one = len(named) == 1
        return ok(f"{' and '.join(named)} {'is' if one else 'are'} of this login, and open")

    async def _each(self, look: Callable[[str], Awaitable[Observation]]) -> Observation:
        """What *look* sees of each account; where there are several, each by its name, and the worst counts."""
        accounts = self._connection.accounts
        seen = {name: await look(number) for name, number in accounts.items()}
        if len(seen) == 1:
            return next(iter(seen.values()))
        told = "; ".join(f"{name}: {each.seen}" for name, each in seen.items())
        worst = max(seen.values(), key=lambda each: GRAVITY.index(each.outcome))
        return Observation(worst.outcome, told, worst.do)

    async def _trading_status(self) -> Observation:
        return await self._each(self._trading_status_of)

    async def _trading_status_of(self, account: str) -> Observation:
        path = f"/accounts/{account}/trading-status"
        status = (await self._session.request(Kind.TRADING_STATUS, "GET", path, doing="read the trading status")).data
        if status.get("is-frozen") is True or status.get("is-closed") is True:
            return fail("the account is frozen: nothing can be traded", "Ask tastytrade's support why.")
        level = str(status.get("options-level") or "")[:60]
        told = [why for flag, why in BARS.items() if status.get(flag) is True]
        if not level:
            told.append("it has no level for options")
        if told:
            return warn(f"{'; '.join(told)} (options: {level or 'none'})", "See the account at tastytrade.")
        limits = "" if level == NO_LIMITS else ": what it does not include is refused"
        return ok(f"options: {level}{limits}")

    # ── streams and market data ────────────────────────────────────────────────────────────────────────────────

    async def _account_stream(self) -> Observation:
        return await self._each(self._account_stream_of)

    async def _account_stream_of(self, account: str) -> Observation:
        unreadable: list[None] = []
        streamer = VenueAlertStreamer(
            self._session,
            account=account,
            heard=lambda: None,
            unreadable=lambda: unreadable.append(None),
            order=lambda _: None,
        )
        began = time.perf_counter()
        async with streamer:
            await streamer.connect()
            await streamer.heartbeat()
        took_ms = (time.perf_counter() - began) * 1000
        if unreadable:
            return warn("it connects, and says something that is not understood", "See the log with more verbosity.")
        return ok(f"connected and alive within {took_ms:.0f} ms")

    async def _chain(self) -> Observation:
        chain = await self._market.chain(SAMPLE)
        if chain is None or not chain.expirations:
            return fail(f"no options are listed on {SAMPLE}", "Without a chain no option order can be completed.")
        strikes = sum(len(each.strikes) for each in chain.expirations)
        return ok(f"{SAMPLE} has {len(chain.expirations)} expirations and {strikes:,} strikes")

    async def _market_data(self) -> Observation:
        share = Equity(SAMPLE)
        hours, quotes = await asyncio.gather(self._market.session(), self._market.quotes([share]))
        state = "open" if hours.is_open else "closed"
        way = "REST" if self._connection.rest_quotes else "the quote stream"
        quote = quotes.get(share)
        if quote is None or not quote.is_two_sided:
            return warn(
                f"no quote of {SAMPLE} with two sides by {way}; the market is {state}",
                "An order without a price of its own cannot be priced now." if hours.is_open else "",
            )
        return ok(f"{SAMPLE} {quote.bid} / {quote.ask} by {way}; the market is {state}")

    async def _other_orders(self) -> Observation:
        """Informational: people and programs at the same account should know of each other."""
        return await self._each(self._other_orders_of)

    async def _other_orders_of(self, account: str) -> Observation:
        rows = await order_search.live_orders(self._session, account)
        prefix = tag_prefix(self._connection.venue)
        working = [row for row in rows if row.get("status") not in OVER]
        others = sum(1 for row in working if not _tag(row).startswith(prefix))
        if others:
            return ok(f"{others} of {len(working)} working orders not made by tastyflow, and left alone")
        return ok(f"all working orders ({len(working)}) are tastyflow's own")


def _tag(row: Mapping[str, Any]) -> str:
    return str(row.get("external-identifier") or "")


def _clean(look: Callable[[], Awaitable[Observation]]) -> Callable[[], Awaitable[Observation]]:
    """What a look says may quote the venue, and is cleaned as a log would be."""

    async def looked() -> Observation:
        try:
            told = await look()
        except ExceptionGroup as several:  # the client library's streamers end in groups
            return fail(
                f"the connection broke ({type(_first(several)).__name__})",
                "Try again; if it stays, see whether something between here and there forbids WebSockets.",
            )
        return Observation(told.outcome, REDACTOR.clean(told.seen), REDACTOR.clean(told.do))

    return looked


def _first(error: BaseException) -> BaseException:
    return _first(error.exceptions[0]) if isinstance(error, ExceptionGroup) else error
