"""Figures of a size that no venue has: refused at the border, at once, wherever they stand."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from datetime import UTC, datetime
from decimal import Decimal
from time import perf_counter, process_time
from typing import Any

import pytest
from attrs import asdict
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError
from tastytrade.dxfeed import Trade

from tastyflow.domain.venue import Venue
from tastyflow.errors import VenueFailure
from tastyflow_adapters.figures import MAX_WHOLE, figure, read_json, whole
from tastyflow_adapters.tastytrade.http.venue_text import body_of
from tastyflow_adapters.tastytrade.market.chain_reading import read_chain
from tastyflow_adapters.tastytrade.market.quote_reading import read_market_data, read_quote_event, read_session
from tastyflow_adapters.tastytrade.orders.account_reading import account_of, balances_of, dry_run_of, positions_of
from tastyflow_adapters.tastytrade.orders.order_reading import read_order
from tastyflow_adapters.tastytrade.streams.quote_stream import _has_bounded_figures

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
CALL = "SPY   261218C00450000"
PUT = "SPY   261218P00450000"

ORDER = {
    "id": 7, "account-number": "5WT00001", "status": "Filled", "order-type": "Limit", "time-in-force": "Day",
    "size": 2, "underlying-symbol": "SPY", "price": "6.2", "price-effect": "Debit", "received-at": 1764000000000,
    "updated-at": 1764000000001, "external-identifier": "tf1-s-1", "replaces-order-id": "6",
    "legs": [{"instrument-type": "Equity Option", "symbol": CALL, "quantity": 2, "remaining-quantity": 0,
              "action": "Buy to Open",
              "fills": [{"fill-id": "1", "quantity": 2, "fill-price": "6.2", "filled-at": "2026-11-23T15:00:00Z"}]}],
}  # fmt: skip
POSITION = {"instrument-type": "Equity Option", "symbol": CALL, "quantity": 2, "quantity-direction": "Long",
            "average-open-price": "6.2", "multiplier": 100}  # fmt: skip
BALANCES = {"cash-balance": "1000.5", "net-liquidating-value": "2000.0", "derivative-buying-power": "500.0"}
DRY_RUN = {
    "buying-power-effect": {"change-in-buying-power": "620.0", "change-in-buying-power-effect": "Debit",
                            "current-buying-power": "1000", "new-buying-power": "380"},
    "fee-calculation": {"total-fees": "1.13", "total-fees-effect": "Debit"},
    "warnings": [{"code": "tif", "message": "Your order will begin working tomorrow."}],
}  # fmt: skip
ROOTS = [{
    "root-symbol": "SPY", "underlying-symbol": "SPY", "option-chain-type": "Standard", "shares-per-contract": 100,
    "tick-sizes": [{"value": "0.01", "threshold": "3"}, {"value": "0.05"}],
    "expirations": [{"expiration-date": "2026-12-18", "settlement-type": "PM",
                     "strikes": [{"strike-price": "450.0", "call": CALL, "put": PUT}]}],
}]  # fmt: skip
QUOTE = {"eventSymbol": "SPY", "bidTime": 1764000000000, "askTime": 0, "bidPrice": 6.1, "askPrice": 6.3}
ITEM = {"symbol": "SPX", "mark": "6000.1", "last": "6000", "updated-at": "2026-11-23T15:00:00Z"}
SIDES = {"symbol": "SPY", "bid": "6.1", "ask": "6.3", "updated-at": "2026-11-23T15:00:00Z"}
HOURS = {"state": "Open", "open-at": "2026-11-23T14:30:00Z", "close-at": "2026-11-23T21:00:00Z"}
STATUS = {"is-closing-only": False, "is-frozen": False}

READERS: Mapping[str, tuple[Callable[[Any], object], Any]] = {
    "order": (read_order, ORDER),
    "positions": (positions_of, [POSITION]),
    "balances": (balances_of, BALANCES),
    "dry run": (dry_run_of, DRY_RUN),
    "trading status": (lambda row: account_of(row, number="5WT00001", venue=Venue.SANDBOX), STATUS),
    "chain": (lambda roots: read_chain("SPY", equity=None, roots=roots), ROOTS),
    "quote event": (lambda fields: read_quote_event(fields, NOW), QUOTE),
    "index level": (lambda item: read_market_data(item, NOW, is_level=True), ITEM),
    "quote": (lambda item: read_market_data(item, NOW, is_level=False), SIDES),
    "hours": (lambda item: read_session(item, NOW), HOURS),
}

ABSURD = (
    "1e9999999", "-1e9999999", "1e999999", "1E-999999", "0e999999", "1e15", "NaN", "sNaN", "Infinity", "-Infinity",
    "9" * 60, "0." + "3" * 60, "9" * 200_000, "1" + "0" * 5_000, "1_000", " 1", "１２", "0x10", "", "--1", "1e", "e5",
)  # fmt: skip
"""As text; as JSON numbers, those of them that are such."""

literals = st.one_of(
    st.sampled_from(ABSURD),
    st.builds("{}{}e{}{}".format, st.sampled_from(["", "-"]), st.integers(0, 10**9), st.sampled_from(["", "-"]),
              st.integers(20, 10**12)),
    st.integers(61, 30_000).map(lambda n: "7" * n),
    st.floats().map(str),
    st.text(max_size=80),
)  # fmt: skip


def places(document: Any, at: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The way to every value in *document* that is no list and no object."""
    items = (
        document.items() if isinstance(document, dict) else enumerate(document) if isinstance(document, list) else ()
    )
    yield from (place for key, value in items for place in places(value, (*at, key)))
    if not isinstance(document, (dict, list)):
        yield at


def put(document: Any, at: tuple[Any, ...], value: object) -> Any:
    changed = deepcopy(document)
    inner = changed
    for key in at[:-1]:
        inner = inner[key]
    inner[at[-1]] = value
    return changed


def figures_in(value: object) -> Iterator[Decimal | int]:
    if isinstance(value, (Decimal, int)):
        yield value
    elif isinstance(value, Mapping):
        yield from (found for each in value.values() for found in figures_in(each))
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from (found for each in value for found in figures_in(each))
    elif hasattr(type(value), "__attrs_attrs__"):
        yield from figures_in(asdict(value, recurse=False))


def cost_s(do: Callable[[], object]) -> float:
    began = process_time()
    do()
    return process_time() - began


@pytest.mark.parametrize("text", ABSURD, ids=lambda text: repr(text[:12]))
def test_a_figure_that_no_venue_has_is_refused(text: str) -> None:
    for value in (text, text.encode()):
        with pytest.raises(ValueError, match="figure"):
            figure(value)


@pytest.mark.parametrize("value", [True, False, None, [], {}, 10**15, -(10**15), 10**4_000, float("inf"), 1e15, b"1"])
def test_what_is_no_figure_is_refused_by_its_type_or_size(value: object) -> None:
    with pytest.raises(ValueError, match="figure"):
        figure(value)


@given(
    st.decimals("-999999999999999", "999999999999999", places=6)
    | st.floats(-1e14, 1e14)
    | st.integers(-(10**14), 10**14)
)
def test_every_figure_of_a_size_that_venues_have_is_read_exactly(number: Decimal | float | int) -> None:
    if isinstance(number, float) and number and abs(number) < 1e-20:
        return
    assert figure(number) == figure(str(number)) == Decimal(str(number))


@given(literals)
def test_whatever_is_read_is_small_enough_to_be_computed_and_printed(text: str) -> None:
    for read in (figure, whole):
        try:
            number = read(text)
        except ValueError:
            continue
        assert abs(number) < 10**15
        assert len(f"{number:f}") < 80
        int(number)


@given(literals)
def test_a_refusal_does_not_repeat_what_is_too_long(text: str) -> None:
    with suppress(ValueError):
        figure(text)
        return
    with pytest.raises(ValueError, match=r"figure") as caught:
        figure(text)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize("number", [MAX_WHOLE + 1, "1.5", "1000000001", "-1e10"])
def test_a_quantity_is_whole_and_one_that_trades(number: object) -> None:
    with pytest.raises(ValueError, match="quantity"):
        whole(number)


@pytest.mark.parametrize("name", READERS)
@given(data=st.data())
def test_an_absurd_figure_anywhere_in_an_answer_is_refused_or_left_out_at_once(name: str, data: st.DataObject) -> None:
    read, good = READERS[name]
    text = data.draw(literals)
    changed = put(good, data.draw(st.sampled_from(sorted(places(good), key=str))), text)
    try:
        began = perf_counter()
        seen = read(changed)
    except (ValueError, VenueFailure):
        pass
    else:
        for number in figures_in(seen):
            assert abs(number) < 10**15
            assert len(f"{number:f}") < 80
    assert perf_counter() - began < 0.5  # it was 40 s and more; a slow machine has some hundred times what it needs


@pytest.mark.parametrize("name", READERS)
def test_a_good_answer_is_read(name: str) -> None:
    read, good = READERS[name]
    assert read(good) is not None


@pytest.mark.parametrize("literal", ["9" * 1_000_000, "1e9999999", "-1e9999999", "NaN", "1" + "0" * 4_200])
@pytest.mark.parametrize("name", READERS)
def test_an_absurd_number_in_the_json_itself_costs_no_more_than_its_length(name: str, literal: str) -> None:
    read, good = READERS[name]
    for at in places(good):
        raw = json.dumps(put(good, at, "@@")).replace('"@@"', literal).encode()
        document = read_json(raw)
        try:
            seen = read(document)
        except (ValueError, VenueFailure):
            continue
        assert all(abs(number) < 10**15 for number in figures_in(seen))


def test_time_grows_with_the_length_of_a_figure_and_not_with_its_size() -> None:
    long, absurd = '"' + "9" * 100_000 + '"', '"1e99999999"'
    assert min(cost_s(lambda: [_refused(absurd) for _ in range(50)]) for _ in range(3)) < 50 * 10 * max(
        min(cost_s(lambda: _refused(long)) for _ in range(5)), 1e-5
    )


def _refused(literal: str) -> None:
    with pytest.raises(ValueError, match=r"size|number"):
        figure(read_json(literal))


@pytest.mark.parametrize(
    ("field", "value"), [("price", "1e999999"), ("fill-price", "-1"), ("quantity", "0"), ("quantity", -2)]
)
def test_a_fill_has_a_price_and_a_quantity_that_can_be_true(field: str, value: object) -> None:
    fill = ("legs", 0, "fills", 0, "fill-price" if field == "price" else field)
    with pytest.raises(ValueError, match="of a fill"):
        read_order(put(ORDER, fill, value))


@example("[" * 100_000)
@example('{"a":' * 100_000)
@given(st.integers(1, 200_000).map(lambda n: "[" * n + "]" * n))
def test_a_document_of_any_depth_is_an_error_and_no_crash(text: str) -> None:
    assert body_of(text.encode()) == {}


def test_an_event_of_the_stream_with_an_absurd_figure_is_none() -> None:
    fields = {"eventSymbol": "SPY", "eventTime": 0, "time": 0, "timeNanoPart": 0, "sequence": 0, "exchangeCode": "Q",
              "dayId": 1, "tickDirection": "UP", "extendedTradingHours": False, "price": 1.5}  # fmt: skip
    assert _has_bounded_figures(Trade.model_validate(fields))
    assert not _has_bounded_figures(Trade.model_validate(fields | {"price": "1e999999"}))
    with pytest.raises(ValidationError):
        Trade.model_validate(fields | {"size": "1e999999"})


@pytest.mark.parametrize("size", ["1e-30", "0.00001", "5000", "1e999999"])
def test_a_step_that_is_no_step_of_a_price_is_no_rule(size: str) -> None:
    roots = put(ROOTS, (0, "tick-sizes"), [{"value": size}])
    reading = read_chain("SPY", equity=None, roots=roots)
    assert reading is not None
    assert reading.chain.option_ticks.size_at(Decimal(1)) >= Decimal("0.01")
