"""
Complex orders (OCO, OTO, OTOCO), and the orders of a customer across accounts.

    POST   /accounts/X/complex-orders[/dry-run]    201    GET /accounts/X/complex-orders · /live · /{id}
    DELETE /accounts/X/complex-orders/{id}         a request to cancel all of its parts
    PATCH  /accounts/X/complex-orders/{id}         refused: it is for pairs, which are not simulated
    GET    /customers/me/orders[/live]             those of the accounts named, here at most one
"""

from collections.abc import Callable

from aiohttp import web

from tastyflow_simulator.errors import ApiError
from tastyflow_simulator.rest import SIDE, book_of
from tastyflow_simulator.rest.envelope import body_of, data, items, query_of
from tastyflow_simulator.rest.oauth import refused_customer
from tastyflow_simulator.rest.orders import ID, history_of, live_of, order_id
from tastyflow_simulator.simulated_side import SimulatedSide


def add_routes(app: web.Application) -> None:
    router = app.router
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


async def place_complex(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    body = await body_of(request)
    return data(book_of(request).place_complex(body, side.clock.now(), dry_run=False), request, 201)


async def dry_run_complex(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    body = await body_of(request)
    return data(book_of(request).place_complex(body, side.clock.now(), dry_run=True), request, 201)


async def complex_order(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(book_of(request).complex_order(order_id(request), side.clock.now()), request)


async def complex_live(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return items(book_of(request).complex_live(side.clock.now()), request)


async def complex_history(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    rows = book_of(request).complex_history(side.clock.now())
    return items(rows, request, paginated=True, per_page=side.options.orders_per_page)


async def cancel_complex(request: web.Request) -> web.Response:
    side = request.app[SIDE]
    return data(book_of(request).cancel_complex(order_id(request), side.clock.now()), request)


async def edit_complex(request: web.Request) -> web.Response:
    """
    Raises:
        ApiError: 404, or 422: only the threshold of a pair can be edited.
    """
    side = request.app[SIDE]
    book_of(request).complex_order(order_id(request), side.clock.now())
    raise ApiError(422, "sim.complex_type", "Only pairs can be edited, and PAIRS orders are not simulated.")


async def customer_history(request: web.Request) -> web.Response:
    return _customers(request, history_of, paginated=True)


async def customer_live(request: web.Request) -> web.Response:
    return _customers(request, live_of, paginated=False)


def _customers(
    request: web.Request, answer: Callable[[web.Request, SimulatedSide], web.Response], *, paginated: bool
) -> web.Response:
    """
    What *answer* says about the one account of this customer; nothing, where other accounts are named.

    Raises:
        ApiError: 403, another customer is asked for.
    """
    side = request.app[SIDE]
    if refused := refused_customer(side, request.match_info["customer"]):
        raise refused
    wanted = query_of(request).get("account-numbers")
    if wanted and side.login.account not in wanted:
        return items([], request, paginated=paginated)
    return answer(request, side)
