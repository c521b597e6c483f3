"""
One request and its answer, as values.

    OutgoingRequest ── exchange ─▶ status, body ── answer_or_failure ─┬─▶ Answer: it is good and can be read
                                                                      └─▶ VenueFailure ── may_help_to_repeat? ─▶ again
"""

import math
import re
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final, Literal

import httpx2
from attrs import frozen

from tastyflow.errors import NotSent, VenueFailure
from tastyflow.ports import Leave
from tastyflow_adapters.tastytrade.http import failures
from tastyflow_adapters.tastytrade.http.connection import Connection
from tastyflow_adapters.tastytrade.http.rate_limits import Kind
from tastyflow_adapters.tastytrade.http.venue_text import body_of

Method = Literal["GET", "POST", "PUT", "DELETE"]

CHANGES: Final = frozenset({Kind.ORDER, Kind.CANCEL})
"""What changes something at the venue."""

MAX_BODY: Final = 64 * 1024 * 1024
"""More than the largest chain of options by far."""

KINDS: Final = (
    (re.compile(r"/accounts/[^/]+/orders/\d+"), Kind.ONE_ORDER),
    (re.compile(r"/accounts/[^/]+/orders"), Kind.ORDERS),
    (re.compile(r"/accounts/[^/]+/positions"), Kind.POSITIONS),
    (re.compile(r"/accounts/[^/]+/balance"), Kind.BALANCES),
    (re.compile(r"/accounts/[^/]+/trading-status"), Kind.TRADING_STATUS),
    (re.compile(r"/customers/me/accounts"), Kind.ACCOUNTS),
    (re.compile(r"/(futures-)?option-chains/"), Kind.CHAIN),
    (re.compile(r"/market-data/"), Kind.MARKET_DATA),
    (re.compile(r"/instruments/"), Kind.EQUITY),
    (re.compile(r"/market-time/"), Kind.SESSIONS),
    (re.compile(r"/api-quote-tokens"), Kind.QUOTE_TOKEN),
)
"""What a path is about, for questions that the client library's own models ask."""


def kind_of(path: str) -> Kind:
    """The kind of question that *path* is."""
    return next((kind for pattern, kind in KINDS if pattern.match(path)), Kind.OTHER)


def account_of(path: str) -> str:
    """The number of the account that *path* is about; empty where it is about none."""
    found = re.match(r"/accounts/([^/]+)", path)
    return found[1] if found else ""


@frozen
class Answer:
    """
    A successful answer of the venue.

    Attributes:
        data: The ``data`` member; empty where there is none.
        document: The whole JSON object; empty where it cannot be read.
        raw: The body as it came.
    """

    status: int
    data: dict[str, Any]
    document: dict[str, Any]
    headers: Mapping[str, str]
    raw: bytes = b""

    @property
    def items(self) -> list[Any]:
        """The rows of a list."""
        rows = self.data.get("items")
        return rows if isinstance(rows, list) else []


@frozen
class OutgoingRequest:
    """
    One request, as often as it is sent.

    Attributes:
        doing: What it is for, in failures.
        leaving: Called when its turn has come.
        leave: Called as the last thing before its first byte is written, and once more before its body: what it raises
            keeps it here.
        until_s: When it is too late to send it, by the monotonic clock.
    """

    kind: Kind
    method: Method
    path: str
    params: Mapping[str, Any] | None = None
    body: bytes | None = None
    doing: str = "ask"
    leaving: Callable[[], None] | None = None
    leave: Leave | None = None
    until_s: float = math.inf

    @property
    def needs_envelope(self) -> bool:
        """Whether only the venue's own words count as its no: a gateway may answer after the venue took a request."""
        return self.method != "GET" or self.kind is Kind.ONE_ORDER

    @property
    def may_repeat(self) -> bool:
        """Whether sending it twice does no more than sending it once."""
        return self.kind is not Kind.ORDER or self.method == "DELETE"


class KeptHere(Exception):
    """The request was kept here before it was complete; *reason* is what `OutgoingRequest.leave` raised."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


WRITES: Final = (".send_request_headers.started", ".send_request_body.started")
"""
What the HTTP client reports right before it writes. The connection stands by then.

Headers and body are written one after the other. A process that is stopped between the two has sent no order: without
its body the request is not complete, and the connection is closed.
"""


def _asking(leave: Leave) -> Callable[[str, Mapping[str, Any]], Awaitable[None]]:
    """What the HTTP client calls at each of its steps, so that *leave* is asked just before it writes."""

    async def trace(step: str, _: Mapping[str, Any]) -> None:
        if step.endswith(WRITES):
            try:
                leave()
            except Exception as reason:
                raise KeptHere(reason) from reason

    return trace


async def exchange(
    client: httpx2.AsyncClient, outgoing: OutgoingRequest, patience: httpx2.Timeout
) -> tuple[httpx2.Response, bytes]:
    """
    Send it, and read what comes back once, as long as it ends.

    Raises:
        KeptHere: `OutgoingRequest.leave` said no; the venue has no order of it.
        Exception: What the HTTP client raises.
    """
    raw = bytearray()
    asked = client.stream(
        outgoing.method,
        outgoing.path,
        params=outgoing.params,
        content=outgoing.body,
        timeout=patience,
        extensions={"trace": _asking(outgoing.leave)} if outgoing.leave is not None else None,
    )
    async with asked as response:
        async for chunk in response.aiter_bytes():
            raw += chunk
            if len(raw) > MAX_BODY:
                raise httpx2.DecodingError("The answer does not end.")
    return response, bytes(raw)


def login_request(client: httpx2.AsyncClient, connection: Connection) -> httpx2.Request:
    """The request for an access token. It carries the secrets, and never the token before it."""
    login = client.build_request(
        "POST",
        "/oauth/token",
        json={
            "grant_type": "refresh_token",
            "client_secret": connection.client_secret.get_secret_value(),
            "refresh_token": connection.refresh_token.get_secret_value(),
        },
        timeout=connection.timeouts.token_s,
    )
    login.headers.pop("Authorization", None)
    return login


def date_of(response: httpx2.Response) -> datetime | None:
    """When the venue says that it answered; None where it does not."""
    try:
        at = parsedate_to_datetime(response.headers["Date"])
    except (KeyError, ValueError):
        return None
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def answer_or_failure(outgoing: OutgoingRequest, response: httpx2.Response, raw: bytes) -> Answer | VenueFailure:
    """What came back, by certainty. The answer to an order is kept, however damaged: the venue took the order."""
    if not response.is_success:
        return failures.of_answer(
            response.status_code, raw, doing=outgoing.doing, needs_envelope=outgoing.needs_envelope
        )
    document = body_of(raw)
    data = document.get("data")
    if isinstance(data, dict):
        return Answer(response.status_code, data, document, response.headers, raw)
    if outgoing.kind in CHANGES:
        return Answer(response.status_code, {}, document, response.headers, raw)
    return failures.unreadable(outgoing.doing)


def may_help_to_repeat(outgoing: OutgoingRequest, failure: VenueFailure, status: int | None) -> bool:
    """Whether sending it again may help. A cancel is sent again only where the venue surely did not take it."""
    if outgoing.kind in CHANGES:
        return outgoing.may_repeat and status == failures.TOO_MANY
    return status in failures.PASSING or (status is None and not isinstance(failure, NotSent))


def token_was_accepted(status: int) -> bool:
    """Whether an answer with *status* is given after the token was looked at, and found good."""
    return 200 <= status < 300 or (400 <= status < 500 and status not in (failures.UNAUTHORIZED, failures.TOO_MANY))
