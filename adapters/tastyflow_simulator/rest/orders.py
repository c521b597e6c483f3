"""
Orders, from the dry run to the last cancel.

    POST   /accounts/X/orders[/dry-run]            201    GET /accounts/X/orders · /orders/live · /orders/{id}
    POST   /accounts/X/orders/{id}/dry-run         201    GET /customers/me/orders[/live]
    PUT    /accounts/X/orders/{id}                 a new order in its place
    PATCH  /accounts/X/orders/{id}                 the same, with only what changes
    DELETE /accounts/X/orders/{id}                 a request to cancel
    POST   /accounts/X/orders/{id}/reconfirm       the order, as it stands
    the same under /complex-orders, but for PUT; to PATCH them is for pairs, which are not simulated
"""

from typing import Final

from aiohttp import web

from tastyflow_simulator.errors import WireError
from tastyflow_simulator.rest import SIDE
from tastyflow_simulator.rest.envelope import body_of, data, items, query_of
from tastyflow_simulator.rest.oauth import refused_customer
from tastyflow_simulator.side import SimulatedSide

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
    complex_orders = "/accounts/{account}/complex-orders"
    router.add_post(complex_orders, place_complex)
    router.add_post(f"{complex_orders}/dry-run", dry_run_complex)
    router.add_get(complex_orders, complex_history)
    router.add_get(f"{complex_orders}/live", complex_live)
    router.add_get(f"{complex_orders}/{ID}", complex_order)
    router.add_delete(f"{complex_orders}/{ID}", cancel_complex)
    router.add_patch(f"{complex_orders}/{ID}", edit_complex)
    router.add_post(f"{complex_orders}/{ID}/dry-run", edit_complex)
    router.add_get("/customers/{customer}/orders", customer_history)
    router.add_get("/customers/{customer}/orders/live", customer_live)


async def place(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(side.book.place(await body_of(request), side.clock.now()), request, 201)


async def dry_run(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(side.book.dry_run(await body_of(request), side.clock.now()), request, 201)


async def history(request: web.Request) -> web.Response:
    return _history(request, request.app[SIDE])


async def live(request: web.Request) -> web.Response:
    return _live(request, request.app[SIDE])


async def order(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(side.book.order(_id(request), side.clock.now()), request)


async def replace(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(side.book.replace(_id(request), await body_of(request), side.clock.now()), request)


async def edit(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(side.book.edit(_id(request), await body_of(request), side.clock.now()), request)


async def replace_dry_run(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    body = await body_of(request)
    return data(side.book.replace_dry_run(_id(request), body, side.clock.now()), request, 201)


async def cancel(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(side.book.cancel(_id(request), side.clock.now()), request)


async def place_complex(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    body = await body_of(request)
    return data(side.book.place_complex(body, side.clock.now(), dry_run=False), request, 201)


async def dry_run_complex(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    body = await body_of(request)
    return data(side.book.place_complex(body, side.clock.now(), dry_run=True), request, 201)


async def complex_order(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(side.book.complex_order(_id(request), side.clock.now()), request)


async def complex_live(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return items(side.book.complex_live(side.clock.now()), request)


async def complex_history(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    rows = side.book.complex_history(side.clock.now())
    return items(rows, request, paginated=True, per_page=side.options.orders_per_page)


async def cancel_complex(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(side.book.cancel_complex(_id(request), side.clock.now()), request)


async def edit_complex(request: web.Request) -> web.Response:
    """
    Raises:
        WireError: 404, or 422: only the threshold of a pair can be edited.
    """
    side = request.app[SIDE]
    side.book.complex_order(_id(request), side.clock.now())
    raise WireError(422, "sim.complex_type", "Only pairs can be edited, and PAIRS orders are not simulated.")


async def customer_history(request: web.Request) -> web.Response:
    return _history(request, _own(request))


async def customer_live(request: web.Request) -> web.Response:
    return _live(request, _own(request))


def _history(request: web.Request, side: SimulatedSide | None) -> web.Response:
    if side is None:
        return items([], request, paginated=True)
    rows = side.book.history(side.clock.now(), query=query_of(request))
    return items(rows, request, paginated=True, per_page=side.options.orders_per_page)


def _live(request: web.Request, side: SimulatedSide | None) -> web.Response:
    return items(side.book.live(side.clock.now()) if side else [], request)


def _own(request: web.Request) -> SimulatedSide | None:
    """The side, where the customer is its own; nothing, where the accounts asked for are others."""
    side = request.app[SIDE]
    if refused := refused_customer(side, request.match_info["customer"]):
        raise refused
    wanted = query_of(request).get("account-numbers")
    return None if wanted and side.login.account not in wanted else side


def _id(request: web.Request) -> int:
    return int(request.match_info["order"])
