"""
What a REST fault does to a request.

    delay ─▶ request_lost ✗ ─▶ token_flap · market_data_502 · error_before · unauthorized · too_many_requests ✗
          ─▶ handler ─▶ error_after · unparsable · schema_drift ─▶ response_lost ✗

Delays are real seconds, whatever the simulated clock says.
"""

import asyncio
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from aiohttp import web

from tastyflow_simulator.admin.faults import FaultKind, SimulatorFault
from tastyflow_simulator.errors import ApiError
from tastyflow_simulator.rest import envelope
from tastyflow_simulator.simulated_side import SimulatedSide

INSTEAD: Final = (
    FaultKind.ERROR_BEFORE,
    FaultKind.UNAUTHORIZED,
    FaultKind.TOO_MANY_REQUESTS,
)
AFTERWARDS: Final = (FaultKind.ERROR_AFTER, FaultKind.UNPARSABLE, FaultKind.SCHEMA_DRIFT)
MARKET_DATA: Final = ("/market-data", "/market-metrics")
TOKEN: Final = "/oauth/token"  # noqa: S105  a path
FLAP: Final = {"error_code": "invalid_request", "error_description": "User is not a TastyTrade customer"}
"""What a healthy sandbox login was told on several mornings (tastyware/tastytrade issue 351)."""

DRIFT: Final = "+sim-drift -updated-at"


class LineCut(Exception):
    """The connection ends here, without an answer."""


class Mishaps:
    """The faults that strike one request; which did is remembered for the journal."""

    def __init__(self, side: SimulatedSide, request: web.Request, order: str) -> None:
        self._side = side
        self._request = request
        self._order = order
        self.struck: list[str] = []

    async def before(self) -> web.Response | None:
        """
        What happens to the request on its way; an answer, where it gets no further.

        Raises:
            LineCut: It got lost.
        """
        if delay := self._take(FaultKind.DELAY):
            await asyncio.sleep(delay.seconds)
        if lost := self._take(FaultKind.REQUEST_LOST):
            await asyncio.sleep(lost.seconds)
            raise LineCut
        return self._instead()

    async def after(self, response: web.StreamResponse) -> web.StreamResponse:
        """
        What becomes of the answer.

        Raises:
            LineCut: It got lost.
        """
        if fault := self._take(*AFTERWARDS):
            response = _spoiled(fault, response)
        if lost := self._take(FaultKind.RESPONSE_LOST):
            await asyncio.sleep(lost.seconds)
            raise LineCut
        return response

    def _instead(self) -> web.Response | None:
        path = self._request.path
        if path == TOKEN and self._request.method == "POST" and self._take(FaultKind.TOKEN_FLAP):
            return envelope.bare(FLAP, 400)
        if path.startswith(MARKET_DATA) and (self._has_no_market_data() or self._take(FaultKind.MARKET_DATA_502)):
            return envelope.html(502)
        fault = self._take(*INSTEAD)
        if fault is None:
            return None
        if fault.kind is FaultKind.ERROR_BEFORE:
            return _error(fault, 502)
        if fault.kind is FaultKind.UNAUTHORIZED:
            return envelope.refusal(unauthorized())
        return envelope.html(429)

    def _has_no_market_data(self) -> bool:
        return self._side.is_sandbox and not self._side.options.sandbox_market_data

    def _take(self, *kinds: FaultKind) -> SimulatorFault | None:
        asked = self._request
        fault = self._side.faults.take(
            kinds, side=self._side.side, method=asked.method, path=asked.path, order=self._order
        )
        if fault is not None:
            self.struck.append(fault.id)
        return fault


def unauthorized() -> ApiError:
    return ApiError(401, "token_invalid", "This token is invalid or has expired")


def drifted(document: Any, how: str) -> Any:
    """
    *document* after an unannounced change of the API.

    Args:
        how: Words: ``-name`` is gone, ``+name`` is new in every object, ``name=value`` reads otherwise.
    """
    if isinstance(document, list):
        return [drifted(each, how) for each in document]
    if not isinstance(document, Mapping):
        return document
    changed = {name: drifted(value, how) for name, value in document.items()}
    for word in how.split():
        name, is_set, value = word.partition("=")
        if is_set and name in changed:
            changed[name] = value
        elif word.startswith("-"):
            changed.pop(word[1:], None)
        elif word.startswith("+"):
            changed[word[1:]] = "new"
    return changed


def _spoiled(fault: SimulatorFault, response: web.StreamResponse) -> web.StreamResponse:
    if fault.kind is FaultKind.ERROR_AFTER:
        return _error(fault, 500)
    body = response.body if isinstance(response, web.Response) and isinstance(response.body, bytes) else b""
    if fault.kind is FaultKind.UNPARSABLE:
        cut = fault.reason.encode() if fault.reason else body[: len(body) // 2]
        return web.Response(body=cut, status=response.status, content_type=envelope.JSON, charset="utf-8")
    try:
        document = msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        return response
    if isinstance(document, dict) and "data" in document:  # the envelope stays: what drifts is what it holds
        document["data"] = drifted(document["data"], fault.reason or DRIFT)
    return envelope.bare(document, response.status)


def _error(fault: SimulatorFault, status: int) -> web.Response:
    status = fault.status or status
    if status in (502, 503) and not fault.reason:
        return envelope.html(status)  # the gateway, not the API
    code = "timeout_error" if status == 504 else "internal_server_error"
    return envelope.refusal(ApiError(status, code, fault.reason or "An internal server error occurred."))
