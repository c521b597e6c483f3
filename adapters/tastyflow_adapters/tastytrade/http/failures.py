"""
What a failure means, by the type of the exception and the status of the answer; never by the words of a message.

    an exception    never connected, never left our queue, or kept here at the last   NotSent
                    anything else                                                     OutcomeUnknown
    2xx             accepted, if it can be read                                       (the broker reads it)
    400 403 … 422   the venue understood and refused, in its own words                VenueRefused
                    in any other: a gateway's, perhaps after the venue took it        OutcomeUnknown
    401, 429        not taken, by contract, which no list proves that lags behind     OutcomeUnknown, as NotTaken
    the rest        5xx, 408, 409, 425, 3xx, and unknown statuses                     OutcomeUnknown
    no token        the login failed before anything was sent                         NotSent, VenueRefused ``auth``

A question that fails is `OutcomeUnknown`, too, unless the venue refused it: no order is at stake, and the
caller asks again. The statuses of refusals are a list, so that one that is not known is never taken for a refusal.
"""

from typing import Final

import httpx2

from tastyflow.errors import NotSent, OutcomeUnknown, VenueFailure, VenueRefused
from tastyflow_adapters.tastytrade.http.venue_text import body_of, clean, explained, is_in_envelope

NEVER_LEFT: Final = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.LocalProtocolError,
    httpx2.UnsupportedProtocol,
    httpx2.ProxyError,
    httpx2.InvalidURL,
)
"""Raised before the first byte of a request is written; a write that fails may have arrived, and is not among them."""

REFUSED: Final = frozenset({400, 403, 404, 405, 406, 410, 411, 413, 414, 415, 422, 431})
"""Statuses that the venue gives after it decided not to do it."""

UNAUTHORIZED: Final = 401
TOO_MANY: Final = 429
"""Both are given before the request is looked at."""

NOT_FOUND: Final = 404
PASSING: Final = frozenset({TOO_MANY, 500, 502, 503, 504})
"""Statuses after which a question may be asked again, after a pause."""


class NotTaken(OutcomeUnknown):
    """401 or 429: by contract the venue has not looked at the request; of an order that is not believed."""


class NotThere(VenueRefused):
    """404: the venue knows nothing of that name."""


class EgressRefused(httpx2.ConnectError):
    """This connection does not dial that host. Nothing was sent."""


def of_exception(error: Exception, *, doing: str) -> VenueFailure:
    """The failure of a request that ended in *error*."""
    name = type(error).__name__
    if isinstance(error, EgressRefused):
        return NotSent(f"Cannot {doing}: {error}", code="egress_refused")
    if isinstance(error, NEVER_LEFT):
        return NotSent(f"Cannot {doing}: no connection ({name}).", code="no_connection")
    if isinstance(error, (TimeoutError, httpx2.TimeoutException)):
        return OutcomeUnknown(f"Trying to {doing}: no answer in time ({name}).", code="no_answer")
    if isinstance(error, httpx2.HTTPError):
        return OutcomeUnknown(f"Trying to {doing}: the connection broke ({name}).", code="no_answer")
    return OutcomeUnknown(f"Trying to {doing}: it failed unexpectedly ({name}).", code="unexpected")


def kept_here(reason: Exception, *, doing: str) -> NotSent:
    """The failure of a request that the last look kept here, as that gave it."""
    if isinstance(reason, NotSent):
        return reason
    return NotSent(f"Kept here, and did not {doing}: the last look failed ({type(reason).__name__}).", code="kept_here")


def of_answer(status: int, raw: bytes, *, doing: str, needs_envelope: bool = False) -> VenueFailure:
    """
    The failure that an answer with *status* is; the venue's own words are quoted where there are any.

    Args:
        needs_envelope: Whether a refusal counts only in the venue's own envelope: what lies between us and the venue
            may refuse the answer to a request that the venue took.
    """
    document = body_of(raw)
    code, words = explained(document)
    reason = f": {words}" if words else "."
    if needs_envelope and status in REFUSED and not is_in_envelope(document):
        return OutcomeUnknown(
            f"Trying to {doing}: {status} came back, and not in the venue's own words.", code="foreign_answer"
        )
    if status == NOT_FOUND:
        return NotThere(words or f"Cannot {doing}: the venue does not know it.", code="not_found")
    if status in REFUSED:
        return VenueRefused(words or f"The venue refused to {doing} ({status}).", code=code or f"http_{status}")
    if status == UNAUTHORIZED:
        return NotTaken(f"Trying to {doing}: the venue did not accept the login{reason}", code="unauthorized")
    if status == TOO_MANY:
        return NotTaken(
            f"Trying to {doing}: the venue had too many requests.", code="rate_limited", hint="Wait a moment."
        )
    return OutcomeUnknown(f"Trying to {doing}: the venue answered {status}{reason}", code=code or f"http_{status}")


def unreadable(doing: str, why: object = "") -> OutcomeUnknown:
    """The venue took the request, and its answer cannot be read; *why* may quote it."""
    reason = f": {clean(why)}" if why else "."
    return OutcomeUnknown(f"Trying to {doing}: the venue's answer cannot be read{reason}", code="unreadable")
