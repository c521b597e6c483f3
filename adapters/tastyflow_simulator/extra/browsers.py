"""
Dashboards run in browsers, and a browser asks first whether a page of another origin may come in.

    OPTIONS with Origin and Access-Control-Request-Method ─▶ `preflight`: 200, no body, no token asked for
    every other answer to a request with an Origin        ─▶ `allowed`: the headers that let the page read it

Pages on this machine are let in, and no others: what is on the network has no business with a simulator.
"""

import re
from collections.abc import Mapping
from typing import Final

from aiohttp import web

LOCAL: Final = re.compile(r"https?://(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", re.ASCII)
METHODS: Final = "GET, POST, PUT, PATCH, DELETE, OPTIONS, HEAD"
HEADERS: Final = "Authorization, Content-Type, Accept, Accept-Version, User-Agent"
REMEMBERED_S: Final = "7200"


def preflight(request: web.Request) -> web.Response | None:
    """The answer to a browser's question; None where it is another one."""
    if request.method != "OPTIONS" or "Access-Control-Request-Method" not in request.headers or not allowed(request):
        return None
    asked = request.headers.get("Access-Control-Request-Headers", HEADERS)
    return web.Response(
        headers={
            "Access-Control-Allow-Methods": METHODS,
            "Access-Control-Allow-Headers": asked,
            "Access-Control-Max-Age": REMEMBERED_S,
        }
    )


def allowed(request: web.Request) -> Mapping[str, str]:
    """The headers by which a page on this machine may read the answer; none for any other."""
    origin = request.headers.get("Origin", "")
    if not LOCAL.fullmatch(origin):
        return {}
    return {"Access-Control-Allow-Origin": origin, "Vary": "Origin"}
