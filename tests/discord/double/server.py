"""
The double on the wire: one loopback port for REST and gateway, every call recorded.

    request ─▶ recorded ─▶ fault? ─▶ token? ─▶ route (`rest`) ─▶ JSON, exactly ``application/json``

It listens on 127.0.0.1 only. An error of the double itself is kept in `own_errors`: a test that meets one is worth
nothing.
"""

import asyncio
import ssl
import traceback
from collections.abc import Callable
from typing import Any, Final

import msgspec
from aiohttp import web
from attrs import define, field

from tests.discord.double.errors import TOO_LARGE, ApiError
from tests.discord.double.faults import Faults
from tests.discord.double.gateway import Gateway
from tests.discord.double.rest import Rest

JSON = dict[str, Any]
BASE: Final = "/api/v10"
MOST_BYTES: Final = 10 * 2**20
UNAUTHORIZED: Final = {"message": "401: Unauthorized", "code": 0}
NOT_FOUND: Final = {"message": "404: Not Found", "code": 0}


@define(eq=False)
class Call:
    """
    One request of the bot.

    Attributes:
        at: What the path names: ``channel``, ``message``, ``token`` and so on.
        files: Names and contents of what came along.
        status, answer: What it was answered; status 0 where the connection was cut.
        received_s: By the loop's clock.
    """

    method: str
    path: str
    at: dict[str, str] = field(factory=dict)
    query: dict[str, str] = field(factory=dict)
    body: Any = field(factory=dict)
    files: list[tuple[str, bytes]] = field(factory=list)
    authorization: str | None = field(default=None, repr=False)
    status: int | None = None
    answer: Any = None
    received_s: float = 0.0

    @property
    def is_message(self) -> bool:
        """Whether it writes or changes a message, by whichever door."""
        return (self.method in ("POST", "PATCH") and ("/messages" in self.path or "/webhooks/" in self.path)) or (
            self.path.endswith("/callback") and self.body.get("type") in (4, 7)
        )

    @property
    def content(self) -> JSON:
        """What the message holds: of a callback, its inner data."""
        return (self.body.get("data") or {}) if self.path.endswith("/callback") else self.body


class Server:
    """One port, open between `start` and `stop`; `close` and `open` in between are an outage."""

    def __init__(self, rest: Rest, gateway: Gateway, faults: Faults) -> None:
        self._rest, self._gateway, self._faults = rest, gateway, faults
        self.calls: list[Call] = []
        self.own_errors: list[str] = []
        self.port = 0
        app = web.Application(client_max_size=30 * 2**20)
        for path in ("/gateway/", "/"):  # by its own address, and by Discord's
            app.router.add_get(path, gateway.connect)
        for method, path, handler in rest.routes:
            app.router.add_route(method, BASE + path, self._serving(handler))
        app.router.add_route("*", "/{unknown:.*}", self._serving(_unknown))
        self._runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
        self._site: web.TCPSite | None = None
        self._tls: ssl.SSLContext | None = None

    @property
    def base(self) -> str:
        """Where the REST routes are, for ``discord.http.Route.BASE``."""
        return f"http://127.0.0.1:{self.port}{BASE}"

    @property
    def gateway_url(self) -> str:
        """Where the gateway is, for ``DEFAULT_GATEWAY``."""
        return f"ws://127.0.0.1:{self.port}/gateway/" if self._tls is None else "wss://gateway.discord.gg/"

    async def start(self, port: int = 0, tls: ssl.SSLContext | None = None) -> None:
        """Serve; in the place of Discord itself with *tls*, on its port, where its names lead here."""
        self.port, self._tls = port, tls
        await self._runner.setup()
        await self.open()

    async def stop(self) -> None:
        self._gateway.abort()
        await self._runner.cleanup()

    async def open(self) -> None:
        self._site = web.TCPSite(self._runner, "127.0.0.1", self.port, ssl_context=self._tls)
        await self._site.start()
        self.port = self._runner.addresses[0][1]

    async def close(self) -> None:
        """Cut every connection, and take no more until `open`."""
        if self._site is not None:
            await self._site.stop()
            self._site = None
        self._gateway.abort()
        if self._runner.server is not None:
            for connection in list(self._runner.server.connections):
                if connection.transport is not None:
                    connection.transport.abort()

    def _serving(self, handler: Callable[[Call], Any]) -> Callable[[web.Request], Any]:
        async def serve(request: web.Request) -> web.StreamResponse:
            call = await _read(request)
            self.calls.append(call)
            try:
                return await self._answer(request, call, handler)
            finally:
                self._gateway.changed.set()

        return serve

    async def _answer(self, request: web.Request, call: Call, handler: Callable[[Call], Any]) -> web.StreamResponse:
        fault = self._faults.next(call.method, call.path)
        if fault is not None and fault.delay_s:
            await asyncio.sleep(fault.delay_s)
        if fault is not None and fault.status is not None:
            if fault.apply_first:
                self._done(call, handler)
            if fault.status == 0:
                call.status = 0
                assert request.transport is not None
                request.transport.abort()
                return web.Response()
            call.status, call.answer = fault.status, fault.body
            return _json(fault.status, fault.body, via=fault.via, charset=fault.charset)
        call.status, call.answer = self._done(call, handler)
        return _json(call.status, call.answer)

    def _done(self, call: Call, handler: Callable[[Call], Any]) -> tuple[int, Any]:
        if not _is_open(call.path) and call.authorization != f"Bot {self._gateway.token}":
            return 401, UNAUTHORIZED
        try:
            if sum(len(content) for _, content in call.files) > MOST_BYTES:
                raise ApiError(413, TOO_LARGE)
            answer = handler(call)
        except ApiError as refused:
            return refused.status, refused.body
        except _NoRoute:
            return 404, NOT_FOUND
        except Exception:  # noqa: BLE001  shown to the test that met it
            self.own_errors.append(traceback.format_exc())
            return 500, {"message": "the double failed", "code": 0}
        return (204, None) if answer is None else (200, answer)


class _NoRoute(Exception):
    pass


def _unknown(call: Call) -> Any:
    raise _NoRoute


def _is_open(path: str) -> bool:
    """Whether the token in the path is what lets a caller in."""
    return path.startswith(("/interactions/", "/webhooks/"))


async def _read(request: web.Request) -> Call:
    call = Call(
        request.method,
        request.path.removeprefix(BASE),
        dict(request.match_info),
        dict(request.query),
        authorization=request.headers.get("Authorization"),
        received_s=asyncio.get_running_loop().time(),
    )
    if request.content_type == "multipart/form-data":
        async for part in await request.multipart():
            content = await part.read(decode=True)  # type: ignore[union-attr]
            if part.name == "payload_json":  # type: ignore[union-attr]
                call.body = msgspec.json.decode(content)
            else:
                call.files.append((part.filename or "", bytes(content)))  # type: ignore[union-attr]
    elif content := await request.read():
        call.body = msgspec.json.decode(content)
    return call


def _json(status: int, document: Any, *, via: bool = True, charset: str | None = None) -> web.Response:
    headers = {"Via": "1.1 google"} if via else {}
    if status == 204:
        return web.Response(status=204, headers=headers)
    body = msgspec.json.encode(document)
    return web.Response(body=body, status=status, content_type="application/json", charset=charset, headers=headers)
