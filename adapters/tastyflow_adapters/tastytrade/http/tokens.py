"""
The access token: renewed in advance, once for all who wait, and never in a loop.

    ready? ─▶ good for two more minutes ─▶ go
           └▶ one login for all callers ┬─ accepted ─────────────▶ go
                                       ├─ away (5xx, no answer, "invalid_request") ─▶ again, 4 times in all
                                       │     still away: NotSent, and the next try waits 1, 2, 4 … 60 seconds
                                       ├─ too many (429) ─▶ NotSent; the next try waits 60 seconds
                                       └─ refused (a revoked grant, a wrong secret) ─▶ breaker, VenueRefused ``auth``,
                                             and the same words for a minute, without asking

Every failure here means that nothing was placed. A healthy grant is answered "invalid_request" now and then (known of
the sandbox in the morning, New York time), so that code, alone among the refusals, counts as being away.
Only a request that is answered 401 ends a token before its time. A stream that is refused may ask for another one; the
orders keep the old one until it is there.
"""

import math
from collections.abc import Awaitable, Callable
from random import Random
from typing import Any, Final

import httpx2
from pydantic import SecretStr

from tastyflow.application.backoff import Backoff
from tastyflow.errors import NotSent, VenueFailure, VenueRefused
from tastyflow.ports import Clock
from tastyflow_adapters.tastytrade.http.breaker import Breaker
from tastyflow_adapters.tastytrade.http.failures import TOO_MANY, EgressRefused
from tastyflow_adapters.tastytrade.http.venue_text import body_of, explained
from tastyflow_adapters.tastytrade.single_flight import SingleFlight

FRESH_S: Final = 120.0
"""How long a token must be good for before an order is claimed."""

ENOUGH_S: Final = 30.0
"""How long it must be good for where no new one can be had right now."""

EARLY_S: Final = 240.0
"""How long before its end a token is renewed in the background."""

LIFE_S: Final = 900.0
RETRIES: Final = 3
MAX_PAUSE_S: Final = 60.0
AWAY: Final = "Nothing was sent. 'tastyflow doctor' looks at what is there and what is not."
MEND: Final = "Check its client secret and its refresh token: each venue has its own."

REFUSED_S: Final = 60.0
"""How long a refused login stands: a mended credential is another process."""

DOUBT_S: Final = 600.0
"""How often a stream may ask for another token; one in maintenance refuses every one of them."""

REFUSED_LOGIN: Final = frozenset({400, 401, 403})
PASSING_CODES: Final = frozenset({"invalid_request"})


class Tokens:
    """
    The tokens of one login. They are handed on as `SecretStr`: what shows the locals of a failure shows no token.

    Args:
        ask: Sends one login.
        changed: Is told each new token, and for how many seconds it is good.
        at: Where the login is, for the messages of failures.
    """

    def __init__(
        self,
        ask: Callable[[], Awaitable[httpx2.Response]],
        changed: Callable[[SecretStr, float], None],
        breaker: Breaker,
        clock: Clock,
        rng: Random,
        at: str = "the venue",
    ) -> None:
        self._ask = ask
        self._at = at
        self._changed = changed
        self._breaker = breaker
        self._clock = clock
        self._rng = rng
        self._token = SecretStr("")
        self._ends_at = -math.inf
        self._logins: SingleFlight[None, None] = SingleFlight()
        self._away = Backoff(1.0, longest_s=MAX_PAUSE_S)
        self._not_before = self._refused_until = self._doubts_from = -math.inf
        self._refusal = ""

    @property
    def present(self) -> SecretStr:
        """The token of the last login that worked."""
        return self._token

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

    async def renew(self, refused: SecretStr) -> None:
        """Have another token than *refused*, which a request was answered 401 with. Raises as `ready` does."""
        if self._token == refused:
            self._ends_at = -math.inf
        if self.left_s <= 0:
            await self._log_in()

    async def doubt(self) -> None:
        """
        A stream was refused, perhaps for its token: have another one, if none was asked for so lately. The present
        one is kept until then, for it may be good, and the stream alone be out of order. Raises as `ready` does.
        """
        if self._clock.monotonic() >= self._doubts_from:
            self._doubts_from = self._clock.monotonic() + DOUBT_S
            await self._log_in()

    async def keep(self) -> None:
        """Renew in advance, for ever, so that no request waits for a token."""
        while True:
            try:
                await self.ready(EARLY_S)
                wait_s = max(1.0, self.left_s - EARLY_S)
            except VenueFailure:
                wait_s = MAX_PAUSE_S  # a request that needs a token is told why there is none
            await self._clock.sleep(wait_s)

    async def close(self) -> None:
        """Give up the login that is under way."""
        await self._logins.aclose()

    async def _log_in(self) -> None:
        await self._logins.get(None, self._round)

    # ── one round of logins ────────────────────────────────────────────────────────────────────────────────────

    async def _round(self) -> None:
        try:
            failure = await self._outcome()
        except Exception as error:  # noqa: BLE001  callers handle these two families only
            failure = NotSent(
                f"No login at {self._at}: it failed unexpectedly ({type(error).__name__}).", code="no_login"
            )
        if failure is not None:
            raise failure  # here, where no other failure is being handled that would be shown with this one

    async def _outcome(self) -> VenueFailure | None:
        """Log in, and again where that may help; why it did not work."""
        if (state := self._breaker.state).is_open:
            minutes = math.ceil(state.closes_in_s / 60)
            return VenueRefused(
                f"No login at {self._at} is tried for {minutes} more minutes: {state.reason}",
                code="auth",
                hint="Too many failed logins block an address for hours. Mend the credentials, then start again.",
            )
        if self._clock.monotonic() < self._refused_until:
            return self._refused()
        if self._clock.monotonic() < self._not_before:
            return NotSent(f"The login service of {self._at} was away a moment ago.", code="no_login", hint=AWAY)
        pauses_s = Backoff(0.5, spread=(1.0, 1.25), rng=self._rng).some(RETRIES)
        while True:
            trouble, again = await self._try()
            if isinstance(trouble, VenueFailure):
                return trouble
            if not trouble:
                return None
            wait_s = next(pauses_s, None)
            if wait_s is None or not again:
                break
            await self._clock.sleep(wait_s)
        pause_s = self._away.next()
        if not again:
            pause_s = MAX_PAUSE_S
        self._not_before = self._clock.monotonic() + pause_s
        return NotSent(f"No login at {self._at}: {trouble}", code="no_login", hint=AWAY)

    async def _try(self) -> tuple[VenueFailure | str, bool]:
        """Log in; why it did not work, empty when it did, and whether to try again soon."""
        asked_at = self._clock.monotonic()
        try:
            response = await self._ask()
        except EgressRefused as refused:
            return NotSent(f"No login at {self._at}: {refused}", code="egress_refused"), False
        except Exception as error:  # noqa: BLE001  of whatever type: no token came
            return f"the login service does not answer ({type(error).__name__}).", True
        if self._took(response, asked_at):
            return "", False
        status, (code, words) = response.status_code, explained(body_of(response.content))
        if status not in REFUSED_LOGIN or code in PASSING_CODES:
            return f"the login service answered {status} ({code or 'no code'}).", status != TOO_MANY
        self._refusal = f"the venue refused the login ({code or status}{f': {words}' if words else ''})."
        self._refused_until = self._clock.monotonic() + REFUSED_S
        self._breaker.failed(self._refusal)
        return self._refused(), False

    def _refused(self) -> VenueRefused:
        return VenueRefused(f"Not logged in at {self._at}: {self._refusal}", code="auth", hint=MEND)

    def _took(self, response: httpx2.Response, asked_at: float) -> bool:
        """Whether there is a token in *response*; it is used from now on."""
        document = body_of(response.content)
        token = _token_in(document)
        if not response.is_success or not token:
            return False
        life_s = _life_in(document)
        self._changed(token, life_s)
        self._breaker.succeeded()
        self._token, self._ends_at = token, asked_at + life_s
        self._away.reset()
        return True


def _token_in(document: dict[str, Any]) -> SecretStr:
    token = document.get("access_token")
    if isinstance(token, str) and token.isascii() and token.isprintable() and " " not in token:
        return SecretStr(token)
    return SecretStr("")


def _life_in(document: dict[str, Any]) -> float:
    life = document.get("expires_in", LIFE_S)
    return float(life) if isinstance(life, (int, float)) and 0 < life < 86_400 else LIFE_S
