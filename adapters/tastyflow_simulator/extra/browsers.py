"""
Dashboards run in browsers, and a browser asks first whether a page of another origin may come in.

    OPTIONS with Origin and Access-Control-Request-Method ─▶ `preflight`: 200, no body, no token asked for
    every other answer to a request with an Origin        ─▶ `allowed`: the headers that let the page read it
    a page of another origin, or another name for us      ─▶ `foreign`: nothing is done for it

Pages on this machine are let in, and no others: what is on the network has no business with a simulator. A page that
may not read an answer can still send (a form, a socket), so what it sends is refused before anything is done; and a
name of its own that it has made to lead here (DNS rebinding) is told by the Host that the browser sends.
"""

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Final

from aiohttp import web

LOCAL: Final = re.compile(r"https?://(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d{1,5})?", re.ASCII)
METHODS: Final = "GET, POST, PUT, PATCH, DELETE, OPTIONS, HEAD"
HEADERS: Final = "Authorization, Content-Type, Accept, Accept-Version, User-Agent"
REMEMBERED_S: Final = "7200"


def foreign(request: web.Request) -> str:
    """Why *request* comes from elsewhere; empty where it does not."""
    if not _is_here(request.url.host or ""):
        return "the Host is none of the loopback address"
    if not LOCAL.fullmatch(request.headers.get("Origin", "http://localhost")):
        return "the Origin is a page elsewhere"
    is_link = request.method in ("GET", "HEAD") and request.headers.get("Sec-Fetch-Mode") == "navigate"
    if request.headers.get("Sec-Fetch-Site") == "cross-site" and "Origin" not in request.headers and not is_link:
        return "the browser says that a page elsewhere sends it"
    return ""


def _is_here(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


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
