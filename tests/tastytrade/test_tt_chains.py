"""What tastytrade lists, read: roots, ticks, strikes, and what is left out for a reason."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.domain.instruments import CLASS_ROOTS, EQUITY_TICKS, EquityOption, Right, Tick, TickRule, underlying_of
from tastyflow.domain.venue import Expiration
from tastyflow_adapters.tastytrade.market.chain_reading import COARSEST, MAX_STRIKE, read_chain, read_ticks

NICKELS = [{"threshold": "3.0", "value": "0.01"}, {"value": "0.05"}]
DIMES = [{"threshold": "3.0", "value": "0.05"}, {"value": "0.10"}]
JUNE = date(2026, 6, 12)

# Recorded from the sandbox in June 2026; the strike is one of hundreds.
EQUITY: dict[str, Any] = {
    "id": 726, "symbol": "AAPL", "instrument-type": "Equity", "is-index": False, "active": True,
    "is-options-closing-only": False, "streamer-symbol": "AAPL",
    "tick-sizes": [{"threshold": "1.0", "value": "0.0001"}, {"value": "0.01"}], "option-tick-sizes": NICKELS,
}  # fmt: skip
NESTED: dict[str, Any] = {
    "underlying-symbol": "AAPL", "root-symbol": "AAPL", "option-chain-type": "Standard", "shares-per-contract": 100,
    "tick-sizes": NICKELS, "deliverables": [{"amount": "100.0", "deliverable-type": "Shares", "symbol": "AAPL"}],
    "expirations": [{
        "expiration-type": "Weekly", "expiration-date": "2026-06-12", "days-to-expiration": 0, "settlement-type": "PM",
        "strikes": [{
            "strike-price": "110.0",
            "call": "AAPL  260612C00110000", "call-streamer-symbol": ".AAPL260612C110",
            "put": "AAPL  260612P00110000", "put-streamer-symbol": ".AAPL260612P110",
        }],
    }],
}  # fmt: skip


def strike(root: str, day: date, price: str | Decimal) -> dict[str, str]:
    call, put = (EquityOption(root, day, right, Decimal(price)) for right in Right)
    return {"strike-price": str(price), "call": call.occ, "put": put.occ}


def expiration(root: str, day: date, *prices: str, settles: str = "PM") -> dict[str, Any]:
    strikes = [strike(root, day, price) for price in prices]
    return {"expiration-date": day.isoformat(), "settlement-type": settles, "strikes": strikes}


def root(name: str, *expirations: dict[str, Any], **other: Any) -> dict[str, Any]:
    pair = {"root-symbol": name, "underlying-symbol": underlying_of(name)}
    return NESTED | pair | {"expirations": list(expirations)} | other


def chain_of(underlying: str, *roots: Any, equity: dict[str, Any] | None = EQUITY) -> Any:
    reading = read_chain(underlying, equity=equity, roots=roots)
    return reading.chain if reading else None


def test_a_recorded_chain_is_read_as_it_stands():
    chain = chain_of("AAPL", NESTED)
    assert chain.expirations == (Expiration("AAPL", JUNE, (Decimal(110),), settles_am=False),)
    assert (chain.underlying, chain.has_shares, chain.share_ticks) == ("AAPL", True, EQUITY_TICKS)
    assert chain.option_ticks == TickRule((Tick(Decimal("0.01"), Decimal(3)), Tick(Decimal("0.05"))))


@pytest.mark.parametrize(
    ("description", "name"),
    [
        ("FORWARD INDUSTRIES INC", "FORWARD INDUSTRIES INC"),
        ("  two\nlines\tand \x1b[31mred\u202e\u200b ", "two lines and [31mred"),
        ("<b>bold</b> & co", "bold & co"),
        ("x" * 100_000, "x" * 59 + "…"),
        (" ", ""),
        (None, ""),
        ({"name": "a"}, ""),
        (["a"], ""),
        (7, ""),
    ],
)
def test_a_name_is_bounded_and_on_one_line_and_an_odd_one_is_none(description, name):
    chain = chain_of("AAPL", NESTED, equity=EQUITY | {"description": description})
    assert chain.name == name
    assert chain.expirations != ()


def test_what_has_no_name_is_listed_all_the_same():
    assert chain_of("AAPL", NESTED).name == ""
    assert chain_of("AAPL", NESTED, equity=None).name == ""


def test_an_index_has_no_shares_and_two_roots_a_morning_and_an_evening_one():
    index = EQUITY | {"symbol": "SPX", "is-index": True}
    chain = chain_of(
        "SPX",
        root("SPXW", expiration("SPXW", JUNE, "4500"), **{"underlying-symbol": "SPX", "tick-sizes": NICKELS}),
        root("SPX", expiration("SPX", JUNE, "4500", settles="AM"), **{"underlying-symbol": "SPX", "tick-sizes": DIMES}),
        equity=index,
    )
    assert not chain.has_shares
    assert [(e.root, e.settles_am) for e in chain.expirations] == [("SPX", True), ("SPXW", False)]
    assert chain.option_ticks == COARSEST  # those of the root that is called like the index


@pytest.mark.parametrize(
    "odd",
    [
        {"option-chain-type": "Non-standard"},
        {"option-chain-type": None},
        {"shares-per-contract": 10},
        {"shares-per-contract": "NaN"},
        {"root-symbol": "MSFT"},
        {"root-symbol": None},
    ],
)
def test_a_root_that_is_not_for_a_hundred_of_these_shares_is_left_out_with_a_reason(odd):
    reading = read_chain("AAPL", equity=EQUITY, roots=[NESTED | odd])
    assert reading.chain.expirations == ()
    assert len(reading.left_out) == 1


@pytest.mark.parametrize(("underlying", "name"), [(shares, name) for name, shares in CLASS_ROOTS.items()])
def test_options_on_class_shares_are_read_under_their_root(underlying, name):
    chain = chain_of(underlying, root(name, expiration(name, JUNE, "480", "500")))
    assert [(e.root, e.strikes) for e in chain.expirations] == [(name, (Decimal(480), Decimal(500)))]


@pytest.mark.parametrize(
    ("underlying", "name", "said"),
    [
        ("BRK/B", "BRKB", "BRK/A"),  # the venue's own pair contradicts ours
        ("BRK/A", "BRKB", "BRK/A"),
        ("MOG/A", "MOGA", "MOG/A"),  # a class that the table does not have: its symbols would be taken for MOGA's
        ("SPX", "SPXW", "XSP"),
    ],
)
def test_a_pair_of_root_and_underlying_that_is_not_known_is_left_out_with_a_reason(underlying, name, said):
    odd = root(name, expiration(name, JUNE, "480"), **{"underlying-symbol": said})
    reading = read_chain(underlying, equity=EQUITY, roots=[odd])
    assert reading.chain.expirations == ()
    assert reading.left_out == (f"{name} is not known as a root of {underlying}.",)


def test_the_adjusted_root_of_class_shares_is_left_out_too():
    odd = root("BRKB1", expiration("BRKB1", JUNE, "480"), **{"option-chain-type": "Non-standard"})
    assert read_chain("BRK/B", equity=EQUITY, roots=[odd]).chain.expirations == ()


@pytest.mark.parametrize(("underlying", "step"), [("SPX", "0.05"), ("XSP", "0.01"), ("AAPL", "0.01")])
def test_net_prices_of_a_chain_go_by_nickels_on_spx_and_by_cents_elsewhere(underlying, step):
    chain = chain_of(underlying, root(underlying, expiration(underlying, JUNE, "480")))
    assert chain.net_ticks == TickRule((Tick(Decimal(step)),))


def test_a_root_that_would_be_taken_for_another_underlyings_is_left_out():
    foreign = root("MSFT", expiration("MSFT", JUNE, "110"))
    reading = read_chain("AAPL", equity=EQUITY, roots=[foreign])
    assert reading.chain.expirations == ()
    assert "not known as a root of AAPL" in reading.left_out[0]


def test_an_adjusted_root_stands_beside_the_standard_one_and_is_not_offered():
    adjusted = root("AAPL1", expiration("AAPL1", JUNE, "27.5"), **{"option-chain-type": "Non-standard"})
    reading = read_chain("AAPL", equity=EQUITY, roots=[adjusted, NESTED])
    assert {e.root for e in reading.chain.expirations} == {"AAPL"}
    assert "AAPL1" in reading.left_out[0]


def test_a_strike_whose_symbols_are_not_those_that_would_be_sent_is_not_offered():
    odd = strike("AAPL", JUNE, "120") | {"put": "AAPL1 260612P00120000"}
    rows = [strike("AAPL", JUNE, "115"), odd, {"strike-price": "125"}, {"strike-price": "x"}, "110", None]
    chain = chain_of("AAPL", root("AAPL", expiration("AAPL", JUNE) | {"strikes": rows}))
    assert chain.expirations[0].strikes == (Decimal(115),)


def test_a_symbol_that_nobody_knows_or_that_stopped_trading_has_no_chain():
    assert chain_of("NOPE", equity=None) is None
    assert chain_of("AAPL", NESTED, equity=EQUITY | {"active": False}) is None


def test_shares_without_options_are_listed_without_expirations():
    chain = chain_of("AAPL")
    assert chain.has_shares
    assert chain.expirations == ()
    assert chain.option_ticks == TickRule((Tick(Decimal("0.01"), Decimal(3)), Tick(Decimal("0.05"))))


def test_expirations_ascend_and_each_stands_once():
    later, sooner = date(2026, 12, 18), date(2026, 6, 18)
    rows = [expiration("AAPL", later, "110"), expiration("AAPL", sooner, "120", "100", "110", "100")]
    chain = chain_of("AAPL", root("AAPL", *rows, rows[0]))
    assert [e.day for e in chain.expirations] == [sooner, later]
    assert chain.expirations[0].strikes == (Decimal(100), Decimal(110), Decimal(120))


def test_a_strike_is_the_same_value_as_in_an_instrument_read_from_an_order():
    chain = chain_of("AAPL", root("AAPL", expiration("AAPL", JUNE, "480.50", "110.0")))
    assert [str(each) for each in chain.expirations[0].strikes] == ["110", "480.5"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (NICKELS, TickRule((Tick(Decimal("0.01"), Decimal(3)), Tick(Decimal("0.05"))))),
        ([{"value": "0.01"}], TickRule((Tick(Decimal("0.01")),))),
        (list(reversed(NICKELS)), TickRule((Tick(Decimal("0.01"), Decimal(3)), Tick(Decimal("0.05"))))),
        ([{"threshold": "3.0", "value": "0.01"}], TickRule((Tick(Decimal("0.01")),))),  # nothing said from 3.00 on
        ([{"threshold": "3.02", "value": "0.01"}, {"value": "0.05"}], TickRule((Tick(Decimal("0.05")),))),
        ([{"value": "NaN"}, {"value": "-1"}, {"value": None}, 7, {}], COARSEST),
        ([], COARSEST),
        (None, COARSEST),
        ("0.01", COARSEST),
    ],
)
def test_ticks_hold_below_their_threshold_and_what_makes_no_rule_is_read_coarsely(rows, expected):
    assert read_ticks(rows, otherwise=COARSEST) == expected


prices = st.decimals("0.001", MAX_STRIKE - 1, places=3).filter(bool)
days = st.dates(date(2026, 1, 1), date(2030, 1, 1))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(days, st.lists(prices, min_size=1, max_size=8)), max_size=5))
def test_every_listed_strike_is_offered_in_order_under_its_own_symbol(listed):
    rows = [expiration("SPXW", day, *map(str, strikes)) for day, strikes in listed]
    chain = chain_of("SPX", root("SPXW", *rows))
    offered = {EquityOption(e.root, e.day, Right.CALL, s).occ for e in chain.expirations for s in e.strikes}
    last = {row["expiration-date"]: row for row in rows}.values()
    assert offered == {s["call"] for row in last for s in row["strikes"]}
    assert list(chain.expirations) == sorted(chain.expirations, key=lambda e: e.day)
    assert all(list(e.strikes) == sorted(set(e.strikes)) for e in chain.expirations)


KEYS = [
    "root-symbol",
    "option-chain-type",
    "shares-per-contract",
    "tick-sizes",
    "expirations",
    "strikes",
    "expiration-date",
    "strike-price",
    "call",
    "put",
    "value",
    "threshold",
    "active",
    "is-index",
]

nonsense = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8) | st.sampled_from(["NaN", "1e999", "2026-06-12"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(nonsense, nonsense, st.booleans())
def test_nonsense_makes_a_smaller_chain_and_never_an_error(one, other, is_standard):
    item = dict(NESTED, **one) if isinstance(one, dict) and is_standard else one
    equity = other if isinstance(other, dict) else None
    reading = read_chain("AAPL", equity=equity, roots=[item, NESTED])
    if reading is not None:
        assert all(e.root == "AAPL" and e.strikes for e in reading.chain.expirations)
