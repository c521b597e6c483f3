"""
A login at one venue: every request and every socket of that connection goes through here.

    request ─▶ ready (token) ─▶ turn (limits) ─▶ egress guard ─▶ the venue ─▶ Answer │ VenueFailure
                  ▲                                    ▲
    streamers, models of the client library ───────────┴── the same hooks, the same token

It is the client library's own `Session`, so that its streamers and its reading models take it. Its ways of writing are
closed: they lose the status of the answer, and with it whether an order was placed. A request that could place an order
is never sent twice; questions, and cancels that the venue did not take, are sent again.
"""

import asyncio
import ssl
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from functools import cache
from importlib.metadata import version
from random import Random
from typing import Any, Final, Self

import httpx2
from attrs import evolve
from pydantic import SecretStr
from tastytrade import API_VERSION, Session

from tastyflow.application.backoff import question_retries
from tastyflow.application.waiting import ended
from tastyflow.domain.venue import Venue
from tastyflow.errors import NotSent, VenueFailure
from tastyflow.ports import Clock, Leave, OnQueued, QueuePlace, SendingTurn
from tastyflow_adapters.redaction import REDACTOR
from tastyflow_adapters.tastytrade.http import failures
from tastyflow_adapters.tastytrade.http.breaker import Breaker, Cause, Memory
from tastyflow_adapters.tastytrade.http.connection import Connection, check
from tastyflow_adapters.tastytrade.http.queued_requests import QueueTurn
from tastyflow_adapters.tastytrade.http.rate_limits import Kind, TooMany
from tastyflow_adapters.tastytrade.http.requests import (
    CHANGES,
    Answer,
    KeptHere,
    Method,
    OutgoingRequest,
    account_of,
    answer_or_failure,
    date_of,
    exchange,
    kind_of,
    login_request,
    may_help_to_repeat,
    token_was_accepted,
)
from tastyflow_adapters.tastytrade.http.shared_rates import Register
from tastyflow_adapters.tastytrade.http.tokens import Tokens
from tastyflow_adapters.tastytrade.http.venue_queue import HOLD_S, Limiter

USER_AGENT: Final = f"tastyflow/{version('tastyflow')}"
"""tastytrade answers 401 to a client without product and version."""

QUESTION_RETRIES: Final = 2
"""How often a failed question is asked again."""

__all__ = ["USER_AGENT", "Answer", "VenueSession"]


@cache
def trusted_roots() -> ssl.SSLContext:
    """The certificates that this machine trusts, read once: the client library would read them for every socket."""
    return httpx2.create_ssl_context(trust_env=False)


class VenueSession(Session):
    """
    Args:
        connection: Where to, as whom, how often.
        rng: Spreads retries; seeded in tests.
        memory: Refused logins of earlier processes; this one counts for itself where there is none.
        register: What other processes send to this venue; this one is alone where there is none.
    """

    def __init__(
        self,
        connection: Connection,
        clock: Clock,
        *,
        rng: Random | None = None,
        memory: Memory | None = None,
        register: Register | None = None,
    ) -> None:
        check(connection)
        REDACTOR.know((connection.client_secret, connection.refresh_token), accounts=connection.accounts.values())
        timeouts = connection.timeouts
        patience = httpx2.Timeout(timeouts.read_s, connect=timeouts.connect_s, pool=timeouts.connect_s)
        super().__init__(
            connection.client_secret.get_secret_value(),  # passed even so: the library would look into the environment
            connection.refresh_token.get_secret_value(),
            is_test=connection.venue is Venue.SANDBOX,
            trust_env=False,  # no proxy from the environment either
            verify=trusted_roots(),
            timeout=patience,
            event_hooks={"request": [self._guard]},  # the streamers' clients take them over
        )
        self.provider_secret = self.refresh_token = ""  # kept in the connection alone, which does not show them
        self.connection = connection
        self.clock = clock
        self.breaker = Breaker(clock, memory=memory)
        self._rng = rng or Random()  # noqa: S311  spreads retries; guards nothing
        self._limiter = Limiter(connection.limits, clock, self._rng, register=register)
        at = "production" if connection.venue is Venue.PRODUCTION else "the sandbox"
        self._tokens = Tokens(self._send_login, self._use_token, self.breaker, clock, self._rng, at)
        self._ahead, self._has_answered = timedelta(0), False
        self._users = 0
        self._keeper: asyncio.Task[None] | None = None
        self._client.base_url = httpx2.URL(connection.api_url)
        if connection.accept_version:
            self._client.headers["Accept-Version"] = API_VERSION
        else:
            self._client.headers.pop("Accept-Version", None)

    def __repr__(self) -> str:
        return f"<VenueSession {self.connection.venue} at {self.connection.api_url}>"

    def serialize(self) -> str:
        """Never: a session is not written down."""
        raise TypeError("A session is not written down.")

    # ── open and closed ────────────────────────────────────────────────────────────────────────────────────────

    @asynccontextmanager
    async def __asynccontextmanager__(self) -> AsyncGenerator[Self]:
        async with self.opened():
            yield self

    @asynccontextmanager
    async def opened(self) -> AsyncGenerator[Self]:
        """Open for as long as it has users: the first one opens it, the last one closes it for good."""
        self._users += 1
        if self._keeper is None:
            self._keeper = asyncio.create_task(self._tokens.keep(), name=f"token-{self.connection.venue}")
        try:
            yield self
        finally:
            self._users -= 1
            if self._users == 0:
                await self._close()

    async def _close(self) -> None:
        if self._keeper is not None:
            await ended(self._keeper)
        await self._tokens.close()
        await self._client.aclose()
        self._limiter.close()

    # ── requests ───────────────────────────────────────────────────────────────────────────────────────────────

    async def ready(self) -> None:
        """
        Be able to send an order now.

        Raises:
            NotSent: No login was possible; nothing was placed.
            VenueRefused: code ``auth``: logins are refused, or none is tried for a while.
        """
        await self._tokens.ready()

    async def turn(self, kind: Kind, path: str, queued: OnQueued | None = None) -> QueueTurn:
        """
        A turn for one request that is made soon: it is kept for `HOLD_S`, then given back by itself.

        Args:
            queued: Called with each new place in the queue; never where there is none.

        Raises:
            NotSent: No login was possible, or too many others wait.
            VenueRefused: As `ready`.
        """
        await self.ready()
        within_s = self.connection.timeouts.turn_s
        try:
            return await self._limiter.turn(
                kind, within_s=within_s, account=account_of(path), holds_s=HOLD_S, queued=queued
            )
        except TooMany as queue:
            raise too_busy(queue) from None

    def queue_place(self, behind: int) -> QueuePlace:
        """Where a rehearsal should stand that comes after *behind* others which are not in the queue yet."""
        return self._limiter.place_after(behind)

    @property
    def token_left_s(self) -> float:
        """For how many seconds the present token is good."""
        return self._tokens.left_s

    @property
    def ahead_s(self) -> float | None:
        """How far the venue's clock is ahead of this machine's, by its last answer; None before one."""
        return self._ahead.total_seconds() if self._has_answered else None

    def venue_now(self) -> datetime:
        """What time it is at the venue, by its last answer: a search must not depend on this machine's clock."""
        return self.clock.now() + self._ahead

    async def request(
        self,
        kind: Kind,
        method: Method,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: bytes | None = None,
        doing: str = "ask",
        leaving: Callable[[], None] | None = None,
        leave: Leave | None = None,
        turn: SendingTurn | None = None,
    ) -> Answer:
        """
        Send one request, and sort whatever goes wrong by certainty.

        Args:
            doing: What it is for, in failures.
            leaving: Called when the request's turn has come.
            leave: Called as the last thing before the first byte is written; what it raises keeps the request here.
            turn: Taken before (`turn`); one that was given back since then is waited for again.

        Raises:
            VenueFailure: See `failures`.
        """
        outgoing = OutgoingRequest(kind, method, path, params, body, doing, leaving, leave)
        if not outgoing.may_repeat:
            outgoing = evolve(outgoing, until_s=self.clock.monotonic() + self.connection.timeouts.send_s)
        renewed, waits_s = False, question_retries(self._rng).some(QUESTION_RETRIES)
        while True:
            outcome, status = await self._once(outgoing, turn, renews=not renewed)
            if isinstance(outcome, Answer):
                return outcome
            if status == failures.UNAUTHORIZED and outgoing.may_repeat and not renewed:
                renewed = True
                continue  # with the new token that `_once` has got
            wait_s = next(waits_s, None) if may_help_to_repeat(outgoing, outcome, status) else None
            if wait_s is None:
                raise outcome
            await self.clock.sleep(wait_s)

    async def _once(
        self, outgoing: OutgoingRequest, taken: SendingTurn | None, *, renews: bool
    ) -> tuple[Answer | VenueFailure, int | None]:
        await self.ready()
        timeouts = self.connection.timeouts
        if isinstance(taken, QueueTurn) and self._limiter.use(taken):
            turn = taken
        else:
            try:
                turn = await self._limiter.turn(
                    outgoing.kind, within_s=timeouts.queue_s, account=account_of(outgoing.path)
                )
            except TooMany as queue:
                return too_busy(queue), None
        if self.clock.monotonic() > outgoing.until_s:
            self._limiter.answered(turn)
            raise NotSent(f"Too late to {outgoing.doing}: the login and the queue took too long.", code="too_late")
        if outgoing.leaving is not None:
            outgoing.leaving()
        token = self._tokens.present
        patience_s = timeouts.order_s if outgoing.kind in (*CHANGES, Kind.DRY_RUN) else timeouts.read_s
        patience = httpx2.Timeout(patience_s, connect=timeouts.connect_s, pool=timeouts.connect_s)
        try:
            async with asyncio.timeout(patience_s + timeouts.connect_s):  # an answer that drips in has an end, too
                response, raw = await exchange(self._client, outgoing, patience)
        except KeptHere as kept:
            return failures.kept_here(kept.reason, doing=outgoing.doing), None
        except Exception as error:  # noqa: BLE001  every type has a row in the table, the unknown ones as well
            return failures.of_exception(error, doing=outgoing.doing), None
        finally:
            self._limiter.answered(turn)
        status = response.status_code
        if (dated := date_of(response)) is not None:
            self._ahead, self._has_answered = dated - self.clock.now(), True
        if status == failures.TOO_MANY:
            self._limiter.refused(outgoing.kind)
        else:
            self._limiter.accepted(outgoing.kind)
        if status == failures.UNAUTHORIZED:
            await self._renew(token, outgoing, renews=renews)
        elif token_was_accepted(status):
            self.breaker.succeeded(Cause.TOKEN)
        return answer_or_failure(outgoing, response, raw), status

    async def _renew(self, token: SecretStr, outgoing: OutgoingRequest, *, renews: bool) -> None:
        if not renews:
            self.breaker.failed("the venue does not accept the token of a new login.", Cause.TOKEN)
            return
        try:
            await self._tokens.renew(token)
        except VenueFailure:
            if outgoing.may_repeat:
                raise  # an order that was sent is searched for, whatever became of the login

    async def _guard(self, request: httpx2.Request) -> None:
        """Runs before every request and every socket of this connection; fails closed."""
        url = request.url
        if not self.connection.allows(url.host, url.port, url.scheme):
            raise failures.EgressRefused(f"{self.connection.venue} does not dial {url.host}.", request=request)
        request.headers["User-Agent"] = USER_AGENT

    # ── the login ──────────────────────────────────────────────────────────────────────────────────────────────

    async def _send_login(self) -> httpx2.Response:
        async with asyncio.timeout(self.connection.timeouts.token_s):
            return await self._client.send(login_request(self._client, self.connection))

    def _use_token(self, token: SecretStr, life_s: float) -> None:
        REDACTOR.know_token(token.get_secret_value())
        self.session_token = token.get_secret_value()
        self.session_expiration = time.time() + life_s  # not read here; kept true for the library's own code
        self._client.headers["Authorization"] = f"Bearer {self.session_token}"

    # ── the client library's own ways ──────────────────────────────────────────────────────────────────────────

    async def refresh(self, force: bool = False) -> None:
        """What the library calls before it speaks: the same token, kept the same way. *force* doubts it, no more."""
        await (self._tokens.doubt() if force else self._tokens.ready())

    async def _get(self, url: str, **kwargs: Any) -> dict[str, Any]:
        kind = kind_of(url)
        data = (await self.request(kind, "GET", url, params=kwargs.get("params"))).data
        if kind is Kind.QUOTE_TOKEN and isinstance(token := data.get("token"), str):
            REDACTOR.know_token(token)
        return data

    async def _post(self, url: str, **kwargs: Any) -> dict[str, Any]:
        raise _closed(url)

    async def _put(self, url: str, **kwargs: Any) -> dict[str, Any]:
        raise _closed(url)

    async def _delete(self, url: str, **kwargs: Any) -> None:
        raise _closed(url)


def too_busy(queue: TooMany) -> NotSent:
    return NotSent(f"Not sent: {queue}", code="too_busy", hint="Wait a moment.")


def _closed(url: str) -> VenueFailure:
    return NotSent(f"Nothing is written past the broker ({url.rpartition('/')[2]}).", code="closed")
