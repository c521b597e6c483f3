"""
Orders, from the dry run to the last cancel.

    POST   /accounts/X/orders[/dry-run]            201    GET /accounts/X/orders · /orders/live · /orders/{id}
    POST   /accounts/X/orders/{id}/dry-run         201
    PUT    /accounts/X/orders/{id}                 a new order in its place
    PATCH  /accounts/X/orders/{id}                 the same, with only what changes
    DELETE /accounts/X/orders/{id}                 a request to cancel
    POST   /accounts/X/orders/{id}/reconfirm       the order, as it stands
"""

from typing import Final

from aiohttp import web

from tastyflow_simulator.rest import SIDE, book_of
from tastyflow_simulator.rest.envelope import body_of, data, items, query_of
from tastyflow_simulator.simulated_side import SimulatedSide

ID: Final = r"{order:\d{1,18}}"


def add_routes(app: web.Application) -> None:
    router = app.router
    orders = "/accounts/{account}/orders"
    router.add_post(orders, place)
    router.add_post(f"{orders}/dry-run", dry_run)
    router.add_get(orders, history)
    router.add_get(f"{orders}/live", live)
    router.add_get(f"{orders}/{ID}", order)
    router.add_put(f"{orders}/{ID}", replace)
    router.add_patch(f"{orders}/{ID}", edit)
    router.add_delete(f"{orders}/{ID}", cancel)
    router.add_post(f"{orders}/{ID}/dry-run", replace_dry_run)
    router.add_post(f"{orders}/{ID}/reconfirm", order)


async def place(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(book_of(request).place(await body_of(request), side.clock.now()), request, 201)


async def dry_run(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(book_of(request).dry_run(await body_of(request), side.clock.now()), request, 201)


async def history(request: web.Request) -> web.Response:
    return history_of(request, request.app[SIDE])


async def live(request: web.Request) -> web.Response:
    return live_of(request, request.app[SIDE])


async def order(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(book_of(request).order(order_id(request), side.clock.now()), request)


async def replace(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(book_of(request).replace(order_id(request), await body_of(request), side.clock.now()), request)


async def edit(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(book_of(request).edit(order_id(request), await body_of(request), side.clock.now()), request)


async def replace_dry_run(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    body = await body_of(request)
    return data(book_of(request).replace_dry_run(order_id(request), body, side.clock.now()), request, 201)


async def cancel(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(book_of(request).cancel(order_id(request), side.clock.now()), request)


def order_id(request: web.Request) -> int:
    return int(request.match_info["order"])


def history_of(request: web.Request, side: SimulatedSide) -> web.Response:
    """A page of the orders that *side* ever took, as the query filters them."""
    rows = book_of(request).history(side.clock.now(), query=query_of(request))
    return items(rows, request, paginated=True, per_page=side.options.orders_per_page)


def live_of(request: web.Request, side: SimulatedSide) -> web.Response:
    """The orders of today, and those that are open still."""
    return items(book_of(request).live(side.clock.now()), request)
