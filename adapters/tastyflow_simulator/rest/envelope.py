"""
How answers are wrapped, and how questions are read.

    {"data": {...}, "context": "/path"}                                              `data`
    {"data": {"items": [...]}, "context": "/path", "pagination": {...}}              `items`
    {"error": {"code": ..., "message": ..., "errors": [...]}}                        `refusal`
    <html>...429 Too Many Requests...</html>, where it is the gateway that answers   `html`
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from math import ceil
from typing import Any, Final
from urllib.parse import urlencode

import msgspec
from aiohttp import web

from tastyflow_simulator.errors import ApiError

JSON: Final = "application/json"
PER_PAGE: Final = 250
MOST_PER_PAGE: Final = 2000
TITLES: Final[Mapping[int, str]] = {
    400: "400 Bad Request",
    401: "401 Authorization Required",
    429: "429 Too Many Requests",
    500: "500 Internal Server Error",
    502: "502 Bad Gateway",
    503: "503 Service Temporarily Unavailable",
    504: "504 Gateway Time-out",
}
"""As the gateway in front of the API words them."""


def bare(document: Any, status: int = 200) -> web.Response:
    """A JSON document as it is, without an envelope."""
    return web.Response(body=msgspec.json.encode(document), status=status, content_type=JSON, charset="utf-8")


def data(payload: Any, request: web.Request, status: int = 200) -> web.Response:
    """One thing."""
    return bare({"data": payload, "context": request.path}, status)


def items(
    rows: Sequence[Any], request: web.Request, *, paginated: bool = False, per_page: int = PER_PAGE
) -> web.Response:
    """
    A list; where it is *paginated*, the page that was asked for.

    Args:
        per_page: How long a page is when the question does not say.

    Raises:
        ApiError: 400, the page asked for is none.
    """
    if not paginated:
        return bare({"data": {"items": list(rows)}, "context": request.path})
    size = min(_asked(request, "per-page", per_page, least=1), MOST_PER_PAGE)
    page = _asked(request, "page-offset", 0, least=0)
    first, pages = page * size, ceil(len(rows) / size)
    shown = list(rows[first : first + size])
    pagination = {
        "per-page": size,
        "page-offset": page,
        "item-offset": first,
        "total-items": len(rows),
        "total-pages": pages,
        "current-item-count": len(shown),
        "previous-link": _link(request, page - 1) if 0 < page <= pages else None,
        "next-link": _link(request, page + 1) if page + 1 < pages else None,
        "paging-link-template": None,
    }
    return bare({"data": {"items": shown}, "context": request.path, "pagination": pagination})


def refusal(error: ApiError) -> web.Response:
    """*error* as the client reads it."""
    code = int(error.code) if error.code.isdecimal() else error.code  # a version refused is the number 406
    told: dict[str, Any] = {"code": code, "message": error.message}
    if error.errors:
        told["errors"] = list(error.errors)
    return bare({"error": told}, error.status)


def html(status: int, title: str = "") -> web.Response:
    """The gateway's own page: no JSON, no header that would help."""
    title = title or TITLES.get(status) or _title(status)
    page = (
        f"<html>\r\n<head><title>{title}</title></head>\r\n"
        f"<body>\r\n<center><h1>{title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return web.Response(text=page, status=status, content_type="text/html")


async def body_of(request: web.Request) -> dict[str, Any]:
    """
    The JSON object in the body.

    Raises:
        ApiError: 400, there is none.
    """
    try:
        document = msgspec.json.decode(await request.read())
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as wrong:
        raise invalid("body", "is not valid JSON") from wrong
    if not isinstance(document, dict):
        raise invalid("body", "is not a JSON object")
    return document


def query_of(request: web.Request) -> dict[str, list[str]]:
    """
    The question's parameters. A list may be asked for as ``key``, ``key[]`` or ``key[0]``: all are found under both
    ``key`` and ``key[]``.
    """
    asked: dict[str, list[str]] = {}
    for name, value in request.query.items():
        plain = name.partition("[")[0]
        asked.setdefault(plain, []).append(value)
    return asked | {f"{name}[]": values for name, values in asked.items()}


def invalid(domain: str, reason: str) -> ApiError:
    """400: the request has the wrong shape, here and so."""
    message = "Request validation failed"
    return ApiError(400, "validation_error", message, [{"domain": domain, "reason": reason}])


def not_found(what: str = "Record") -> ApiError:
    return ApiError(404, "record_not_found", f"{what} not found")


def _asked(request: web.Request, name: str, default: int, *, least: int) -> int:
    text = request.query.get(name, "")
    if not text:
        return default
    if not text.isascii() or not text.isdecimal() or len(text) > 9 or int(text) < least:
        raise invalid(name, "is invalid")
    return int(text)


def _link(request: web.Request, page: int) -> str:
    query = [(name, value) for name, value in request.query.items() if name != "page-offset"]
    return f"{request.path}?{urlencode([*query, ('page-offset', page)])}"


def _title(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)
