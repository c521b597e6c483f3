"""
The access token: renewed in advance, once for all who wait, and never in a loop.

    ready? ─▶ good for two more minutes ─▶ go
           └▶ one login for everybody ─┬─ accepted ─────────────▶ go
                                       ├─ away (5xx, no answer, "invalid_request") ─▶ again, 4 times in all
                                       │     still away: NotSent, and the next try waits 1, 2, 4 … 60 seconds
                                       └─ refused (a revoked grant, a wrong secret) ─▶ breaker, VenueRefused ``auth``

Every failure here means that nothing was placed. A healthy grant is answered "invalid_request" now and then (known of
the sandbox in the morning, New York time), so that code, alone among the refusals, counts as being away.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, Final

import httpx2

from tastyflow.errors import NotSent, VenueFailure, VenueRefused
from tastyflow.ports import Clock
from tastyflow_adapters.tastytrade.breaker import Breaker
from tastyflow_adapters.tastytrade.failures import EgressRefused
from tastyflow_adapters.tastytrade.wording import body_of, explained

FRESH_S: Final = 120.0
"""How long a token must be good for before an order is claimed."""

ENOUGH_S: Final = 30.0
"""How long it must be good for where no new one can be had right now."""

EARLY_S: Final = 240.0
"""How long before its end a token is renewed while nobody waits."""

LIFE_S: Final = 900.0
RETRIES_S: Final = (0.5, 1.0, 2.0)
MAX_PAUSE_S: Final = 60.0
REFUSED_LOGIN: Final = frozenset({400, 401, 403})
PASSING_CODES: Final = frozenset({"invalid_request"})


class Tokens:
    """
    The tokens of one login.

    Args:
        ask: Sends one login.
        changed: Is told each new token.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[httpx2.Response]],
        changed: Callable[[str, float], None],
        breaker: Breaker,
        clock: Clock,
        luck: Random,
    ) -> None:
        self._ask = ask
        self._changed = changed
        self._breaker = breaker
        self._clock = clock
        self._luck = luck
        self._token = ""
        self._ends_at = -math.inf
        self._login: asyncio.Task[None] | None = None
        self._failed_rounds = 0
        self._not_before = -math.inf

    @property
    def left_s(self) -> float:
        """For how many seconds the present token is good."""
        return self._ends_at - self._clock.monotonic()

    async def ready(self, good_for_s: float = FRESH_S) -> None:
        """
        Have a token that is good for *good_for_s* seconds.

        Raises:
            NotSent: No login was possible just now.
            VenueRefused: code ``auth``: the login is refused, or none is tried for a while.
        """
        if self.left_s >= good_for_s:
            return
        try:
            await self._log_in()
        except NotSent:
            if self.left_s < ENOUGH_S:
                raise

    async def renew(self, refused: str) -> None:
        """Have another token than *refused*, which the venue did not accept. Raises as `ready` does."""
        if self._token == refused:
            self._ends_at = -math.inf
        if self.left_s <= 0:
            await self._log_in()

    async def keep(self) -> None:
        """Renew in advance, for ever, so that nobody waits for a token."""
        while True:
            try:
                await self.ready(EARLY_S)
                wait_s = max(1.0, self.left_s - EARLY_S)
            except VenueFailure:
                wait_s = MAX_PAUSE_S  # whoever needs a token is told why there is none
            await self._clock.sleep(wait_s)

    async def close(self) -> None:
        if self._login is not None:
            self._login.cancel()
            await asyncio.gather(self._login, return_exceptions=True)

    async def _log_in(self) -> None:
        if self._login is None or self._login.done():
            self._login = asyncio.create_task(self._round(), name="login")
            self._login.add_done_callback(lambda task: task.cancelled() or task.exception())
        await asyncio.shield(self._login)

    async def _round(self) -> None:
        if (state := self._breaker.state).is_open:
            minutes = math.ceil(state.closes_in_s / 60)
            raise VenueRefused(
                f"No login is tried for {minutes} more minutes: {state.reason}",
                code="auth",
                hint="Too many failed logins block an address for hours. Mend the credentials, then start again.",
            )
        if self._clock.monotonic() < self._not_before:
            raise NotSent("The venue's login service was away a moment ago; nothing was sent.", code="no_login")
        for wait_s in (*RETRIES_S, None):
            trouble = await self._try()
            if not trouble:
                return
            if wait_s is not None:
                await self._clock.sleep(wait_s * (1 + self._luck.random() / 4))
        pause_s = min(MAX_PAUSE_S, 2.0**self._failed_rounds)
        self._failed_rounds += 1
        self._not_before = self._clock.monotonic() + pause_s
        raise NotSent(f"No login: {trouble} Nothing was sent.", code="no_login")

    async def _try(self) -> str:
        """Log in; why it did not work, empty when it did."""
        asked_at = self._clock.monotonic()
        try:
            response = await self._ask()
        except EgressRefused as refused:
            raise NotSent(f"No login: {refused}", code="egress_refused") from None
        except (httpx2.HTTPError, TimeoutError) as error:
            return f"the login service does not answer ({type(error).__name__})."
        document = body_of(response.content)
        if response.is_success and (token := _token_in(document)):
            self._token, self._ends_at = token, asked_at + _life_in(document)
            self._failed_rounds = 0
            self._breaker.succeeded()
            self._changed(token, self._ends_at - asked_at)
            return ""
        code, words = explained(document)
        if response.status_code not in REFUSED_LOGIN or code in PASSING_CODES:
            return f"the login service answered {response.status_code} ({code or 'no code'})."
        reason = f"the venue refused the login ({code or response.status_code}{f': {words}' if words else ''})."
        self._breaker.failed(reason)
        raise VenueRefused(
            f"Not logged in: {reason}", code="auth", hint="Check the client secret and the refresh token."
        )


def _token_in(document: dict[str, Any]) -> str:
    token = document.get("access_token")
    return token if isinstance(token, str) and token.isascii() and token.isprintable() and " " not in token else ""


def _life_in(document: dict[str, Any]) -> float:
    life = document.get("expires_in", LIFE_S)
    return float(life) if isinstance(life, (int, float)) and 0 < life < 86_400 else LIFE_S
