"""
Who may come in: the one login of each side, and the tokens that it gets for it.

    client secret + refresh token ──POST /oauth/token──▶ access token, good for ``token_life_s``
                                  └─GET /api-quote-tokens──▶ quote token, good for a day

The credentials are public knowledge and always the same, so that a program can be configured before the simulator
runs. They look like tastytrade's (40 hexadecimal digits; a JWT whose header says what it is), and each side knows
only its own: what works at the sandbox is refused in production.
"""

import base64
import hashlib
import json
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from attrs import frozen

from tastyflow_simulator.clock import SimulatorClock
from tastyflow_simulator.options import Side

ACCOUNTS: Final[Mapping[Side, str]] = {Side.SANDBOX: "5WT00001", Side.PRODUCTION: "5WX00001"}
BEARER: Final = "Bearer "
QUOTE_TOKEN_LIFE: Final = timedelta(days=1)
SWEEP_AT: Final = 1000
"""How many tokens are kept before those that have run out are dropped."""


@frozen
class Login:
    """The credentials of one side, and whom they are of. Not shown in full by ``repr``."""

    side: Side
    client_secret: str
    refresh_token: str
    account: str
    customer_id: str
    user_name: str

    def __repr__(self) -> str:
        return f"Login({self.side}, {self.account})"


def login_of(side: Side) -> Login:
    """The login that opens *side*, in every simulator."""
    return Login(
        side=side,
        client_secret=_digest("client secret", side).hex()[:40],
        refresh_token=_refresh_token(side),
        account=ACCOUNTS[side],
        customer_id=f"sim-{side}",
        user_name=f"{side}-trader",
    )


def account_numbers(side: Side, count: int) -> list[str]:
    """The numbers of the first *count* accounts of *side*."""
    letters, digits = ACCOUNTS[side][:3], ACCOUNTS[side][3:]
    return [f"{letters}{int(digits) + nth:05}" for nth in range(count)]


class Tokens:
    """The tokens that one side has given out. Times are the simulator's."""

    def __init__(self, clock: SimulatorClock, *, life_s: float) -> None:
        self.life_s = life_s
        self._clock = clock
        self._until: dict[str, datetime] = {}
        self._quotes_until: dict[str, datetime] = {}

    def issue(self) -> str:
        """A new access token."""
        token = f"sim-access.{secrets.token_urlsafe(48)}"
        _keep(self._until, token, now=self._clock.now(), life=timedelta(seconds=self.life_s))
        return token

    def check(self, bearer: str) -> bool:
        """Whether *bearer* is a valid access token, with or without the word Bearer before it."""
        return self._until.get(bearer.removeprefix(BEARER), _LONG_AGO) > self._clock.now()

    def issue_for_quotes(self) -> str:
        """A new token for the quote stream."""
        token = f"sim-quotes.{secrets.token_urlsafe(32)}"
        _keep(self._quotes_until, token, now=self._clock.now(), life=QUOTE_TOKEN_LIFE)
        return token

    def check_for_quotes(self, token: str) -> bool:
        """Whether *token* opens the quote stream."""
        return self._quotes_until.get(token, _LONG_AGO) > self._clock.now()

    def expire(self) -> int:
        """Let every access token have run out; how many did."""
        count = len(self._until)
        self._until.clear()
        return count


_LONG_AGO: Final = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def same(offered: str, expected: str) -> bool:
    """Whether two secrets are equal, at a pace that does not tell how far they are."""
    return secrets.compare_digest(offered.encode(errors="replace"), expected.encode())


def _keep(kept: dict[str, datetime], token: str, *, now: datetime, life: timedelta) -> None:
    if len(kept) >= SWEEP_AT:
        for old in [old for old, until in kept.items() if until <= now]:
            del kept[old]
    kept[token] = now + life


def _refresh_token(side: Side) -> str:
    header = {"alg": "EdDSA", "typ": "rt+jwt", "kid": f"tastyflow-simulator-{side}"}
    claims = {
        "iss": "tastyflow-simulator",
        "aud": f"simulator-{side}",
        "sub": f"sim-{side}",
        "iat": 1_700_000_000,
        "scope": "read trade openid",
    }
    signature = _digest("signature", side) + _digest("more of the signature", side)
    return ".".join(map(_base64, (_json(header), _json(claims), signature)))


def _digest(what: str, side: Side) -> bytes:
    return hashlib.sha256(f"tastyflow simulator: {what} of {side}".encode()).digest()


def _json(value: Mapping[str, object]) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _base64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
