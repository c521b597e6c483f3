"""
Futures and their options, as far as clients look them up: computed from a table of products and the day. Nothing of it
can be traded here.

    PRODUCTS ──▶ /instruments/future-products         months of today ──▶ /instruments/futures
            └──▶ /instruments/future-option-products                 └──▶ /instruments/future-options
                                                                     └──▶ /futures-option-chains/{code}[/nested]
"""

from collections.abc import Iterable
from datetime import date
from typing import TypeVar

from aiohttp import web

from tastyflow.domain.expirations import new_york_date
from tastyflow_simulator.extra.futures_options import expiration_row, nested_future_row, option_rows
from tastyflow_simulator.extra.futures_rows import (
    PRODUCTS,
    Product,
    future_row,
    months_of,
    option_product_row,
    product_row,
)
from tastyflow_simulator.rest import SIDE
from tastyflow_simulator.rest.envelope import data, items, not_found, query_of

T = TypeVar("T")


def add_routes(app: web.Application) -> None:
    app.router.add_get("/instruments/futures", futures)
    app.router.add_get("/instruments/futures/{symbol:.+}", future)
    app.router.add_get("/instruments/future-products", products)
    app.router.add_get("/instruments/future-products/{exchange}/{code}", product)
    app.router.add_get("/instruments/future-option-products", option_products)
    app.router.add_get("/instruments/future-option-products/{code}", option_product)
    app.router.add_get("/instruments/future-option-products/{exchange}/{code}", option_product)
    app.router.add_get("/instruments/future-options", future_options)
    app.router.add_get("/instruments/future-options/{symbol:.+}", future_option)
    app.router.add_get("/futures-option-chains/{code}", chain)
    app.router.add_get("/futures-option-chains/{code}/nested", nested_chain)


async def futures(request: web.Request) -> web.Response:
    query, today = query_of(request), _today(request)
    codes, symbols = query.get("product-code", list(PRODUCTS)), query.get("symbol")
    months = [month for code in codes if code in PRODUCTS for month in months_of(PRODUCTS[code], today)]
    if symbols:
        months = [month for month in months if {month.symbol, month.name} & set(symbols)]
    return items([future_row(month) for month in months], request, paginated=True)


async def future(request: web.Request) -> web.Response:
    name, today = request.match_info["symbol"].lstrip("/"), _today(request)
    every = (month for each in PRODUCTS.values() for month in months_of(each, today))
    return data(future_row(_first(month for month in every if month.name == name)), request)


async def products(request: web.Request) -> web.Response:
    return items([product_row(each, with_options=True) for each in PRODUCTS.values()], request)


async def product(request: web.Request) -> web.Response:
    found = _first(each for each in PRODUCTS.values() if each.code == request.match_info["code"])
    return data(product_row(found, with_options=True), request)


async def option_products(request: web.Request) -> web.Response:
    return items([option_product_row(each) for each in PRODUCTS.values()], request)


async def option_product(request: web.Request) -> web.Response:
    found = _first(each for each in PRODUCTS.values() if each.option_code == request.match_info["code"])
    return data(option_product_row(found) | {"future-product": product_row(found)}, request)


async def future_options(request: web.Request) -> web.Response:
    wanted, today = set(query_of(request).get("symbol", ())), _today(request)
    rows = [row for each in PRODUCTS.values() for row in option_rows(each, today) if row["symbol"] in wanted]
    return items(rows, request, paginated=True)


async def future_option(request: web.Request) -> web.Response:
    """By its symbol; without the dot and slash before it, too, which URL libraries take for the way to a parent."""
    symbol, today = request.match_info["symbol"].lstrip("./"), _today(request)
    rows = (row for each in PRODUCTS.values() for row in option_rows(each, today))
    return data(_first(row for row in rows if row["symbol"].lstrip("./") == symbol), request)


async def chain(request: web.Request) -> web.Response:
    return items(list(option_rows(_product(request), _today(request))), request)


async def nested_chain(request: web.Request) -> web.Response:
    found, today = _product(request), _today(request)
    months = list(months_of(found, today))
    root = f"/{found.code}"
    chain_row = {
        "underlying-symbol": root,
        "root-symbol": root,
        "exercise-style": "American",
        "expirations": [expiration_row(month, today) for month in months],
    }
    rows = [nested_future_row(month, today) for month in months]
    return data({"futures": rows, "option-chains": [chain_row]}, request)


def _product(request: web.Request) -> Product:
    return _first(each for each in PRODUCTS.values() if each.code == request.match_info["code"])


def _first(found: Iterable[T]) -> T:
    for each in found:
        return each
    raise not_found("Instrument")


def _today(request: web.Request) -> date:
    return new_york_date(request.app[SIDE].clock.now())
