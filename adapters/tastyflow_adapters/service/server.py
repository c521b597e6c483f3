"""
The health page: ``GET /health`` on this machine, one JSON object.

    Host is not this machine │ an Origin is named ─▶ 403    a page in a browser learns nothing, by whatever name it asks
    another path             ─▶ 404                         another method ─▶ 405
    else                     ─▶ 200; 503 where something is broken, so that a probe needs to read nothing

It listens on 127.0.0.1 only. Gathering is cheap and happens once a second at most, however often it is asked for.
"""

import asyncio
from contextlib import suppress
from typing import Any, Final

from aiohttp import web

from tastyflow.ports import Clock
from tastyflow_adapters.checkup import ProbeOutcome
from tastyflow_adapters.service.health import HealthReport

HERE: Final = "127.0.0.1"
NAMES: Final = frozenset({HERE, "localhost", "[::1]"})
FRESH_S: Final = 1.0
AGAIN_S: Final = 5.0
"""How long to wait before a port that is taken is tried again: a service that stands by waits for its turn."""


class HealthServer:
    """Tells *report* to who asks on this machine, for as long as it runs."""

    def __init__(self, report: HealthReport, clock: Clock, port: int) -> None:
        self._report = report
        self._clock = clock
        self._wanted = port
        self._kept: tuple[float, dict[str, Any]] | None = None
        self.port = 0
        self.is_open = asyncio.Event()

    async def run(self) -> None:
        """For ever; where the port is taken it is tried again."""
        app = web.Application(middlewares=[_from_here], client_max_size=1024)
        app.router.add_get("/health", self._health)
        runner = web.AppRunner(app, access_log=None, keepalive_timeout=5.0, handle_signals=False)
        await runner.setup()
        try:
            while True:
                with suppress(OSError):
                    await self._serve(runner)
                await asyncio.sleep(AGAIN_S)
        finally:
            await runner.cleanup()

    async def _serve(self, runner: web.AppRunner) -> None:
        site = web.TCPSite(runner, HERE, self._wanted, backlog=16)
        await site.start()
        self.port = int(runner.addresses[0][1])
        self.is_open.set()
        await asyncio.Event().wait()

    async def _health(self, _: web.Request) -> web.Response:
        now_s = self._clock.monotonic()
        if self._kept is None or now_s - self._kept[0] >= FRESH_S:
            self._kept = now_s, self._report.as_json()
        told = self._kept[1]
        is_broken = any(check["outcome"] == ProbeOutcome.FAIL for check in told["checks"])
        return web.json_response(told, status=503 if is_broken else 200, headers={"Cache-Control": "no-store"})


@web.middleware
async def _from_here(request: web.Request, handler: Any) -> web.StreamResponse:
    """Only a program on this machine that names this machine; no page of a browser."""
    name = request.headers.get("Host", "").rpartition(":")[0] or request.headers.get("Host", "")
    if name not in NAMES or "Origin" in request.headers:
        raise web.HTTPForbidden(text="This page is for programs on this machine.\n")
    answer: web.StreamResponse = await handler(request)
    return answer
