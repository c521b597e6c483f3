"""Orders over the border: what is sent to the byte, and what is understood of what comes back."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tt_kit import BTC, BTO, CALL, STC, STO, TAG, limit, placed, tickets

from tastyflow.domain.instruments import Equity, EquityOption, Right
from tastyflow.domain.ticket import Duration, Leg, OrderType, PriceEffect, Ticket, TimeInForce
from tastyflow.domain.venue import Status
from tastyflow_adapters.tastytrade.orders.order_body import SOURCE, order_body
from tastyflow_adapters.tastytrade.orders.order_reading import BEGINNING, read_order

GOLDEN = Path(__file__).parent / "golden" / "orders.txt"
SPY = Equity("SPY")
LEGS = tuple(EquityOption("SPY", date(2026, 12, 18), Right.CALL, Decimal(450 + 5 * n)) for n in range(4))
DAY, GTC, EXT, IOC = (TimeInForce(d) for d in (Duration.DAY, Duration.GTC, Duration.EXT, Duration.IOC))
GTD = TimeInForce(Duration.GTD, date(2026, 12, 1))
DEBIT, CREDIT = PriceEffect.DEBIT, PriceEffect.CREDIT
TURNS = {DEBIT: (BTO, STO, BTO, STO), CREDIT: (STC, BTC, STC, BTC)}


def golden_tickets():
    """Every order type, one to four legs, both effects, every duration: by a name that says which."""
    named = {}
    for count in range(1, 5):
        for effect, actions in TURNS.items():
            legs = tuple(Leg(action, n + 1, each) for n, (action, each) in enumerate(zip(actions, LEGS, strict=True)))
            for tif in (DAY, GTC, GTD, IOC):
                named[f"limit, {count} legs, {effect}, {tif}"] = Ticket(
                    legs[:count], OrderType.LIMIT, Decimal("2.5"), effect, time_in_force=tif
                )
                named[f"stop limit, {count} legs, {effect}, {tif}"] = Ticket(
                    legs[:count], OrderType.STOP_LIMIT, Decimal("2.55"), effect, Decimal("3.05"), tif
                )
    for action, tif in ((BTO, DAY), (STC, DAY), (STC, GTD), (BTO, IOC)):
        named[f"market, {action}, {tif}"] = Ticket((Leg(action, 3, CALL),), OrderType.MARKET, time_in_force=tif)
    for action, tif in ((BTO, DAY), (STC, GTC), (STC, GTD)):
        named[f"stop, {action}, {tif}"] = Ticket(
            (Leg(action, 3, CALL),), OrderType.STOP, stop=Decimal("1.25"), time_in_force=tif
        )
    shares = (Leg(BTO, 100, Equity("BRK/B")),)
    named["shares, extended hours"] = Ticket(shares, OrderType.LIMIT, Decimal(10), DEBIT, time_in_force=EXT)
    covered = (Leg(BTO, 100, SPY), Leg(STO, 1, CALL))
    named["covered call"] = Ticket(covered, OrderType.LIMIT, Decimal("445.1234"), DEBIT)
    return named


def golden_lines():
    """Pairs of lines: a name, and the bytes under it; the version of the day is left out."""
    lines = GOLDEN.read_text().splitlines()
    return {name.removeprefix("# "): body for name, body in zip(lines[::2], lines[1::2], strict=True)}


def sent(ticket):
    return order_body(ticket, external_id=TAG).decode().replace(SOURCE, "tastyflow:vVERSION")


@pytest.mark.parametrize("name", golden_tickets())
def test_an_order_is_sent_to_the_byte_as_it_was(name):
    assert sent(golden_tickets()[name]) == golden_lines()[name]


def test_every_golden_line_is_of_a_ticket():
    assert set(golden_lines()) == set(golden_tickets())


@given(tickets(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_what_the_venue_echoes_of_a_ticket_is_the_ticket(ticket, luck):
    echo = placed(order_body(ticket, external_id=TAG))
    luck.shuffle(echo["legs"])
    order = read_order(echo)
    assert order.ticket.digest == ticket.digest
    assert (order.external_id, order.status) == (TAG, Status.ROUTED)


@given(tickets())
@settings(max_examples=100, deadline=None)
def test_no_order_steers_a_paper_venue_or_names_another_program(ticket):
    body = json.loads(order_body(ticket, external_id=TAG))
    assert not {"behavior", "schedule", "delay", "preflight-id", "rules"} & set(body)
    assert body["source"] == SOURCE
    assert body["source"].startswith("tastyflow:v")


@given(tickets())
@settings(max_examples=100, deadline=None)
def test_a_price_is_positive_plain_and_says_who_pays(ticket):
    body = json.loads(order_body(ticket, external_id=TAG))
    assert ("price" in body) == ("price-effect" in body) == (ticket.price is not None)
    if ticket.price is not None:
        assert Decimal(body["price"]) == ticket.price
        assert not {"-", "E", "e"} & set(body["price"])
        assert body["price-effect"] == ticket.price_effect.value.capitalize()


@given(tickets())
@settings(max_examples=100, deadline=None)
def test_an_order_that_closes_anything_must_not_become_an_open(ticket):
    body = json.loads(order_body(ticket, external_id=TAG))
    closes = any(not leg.action.opens for leg in ticket.legs)
    expected = {"strict-position-effect-validation": True} if closes else None
    assert body.get("advanced-instructions") == expected


@given(tickets())
@settings(max_examples=50, deadline=None)
def test_a_replacement_says_everything_but_its_legs(ticket):
    whole, replacing = (json.loads(order_body(ticket, external_id=TAG, replacing=each)) for each in (False, True))
    assert replacing == {key: value for key, value in whole.items() if key != "legs"}


def test_a_dry_run_carries_no_tag():
    assert "external-identifier" not in json.loads(order_body(limit(), external_id=None))


# ── back ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def echo(**changes):
    return placed(order_body(limit(), external_id=TAG)) | changes


@pytest.mark.parametrize(
    ("spelt", "status"),
    [
        ("Received", Status.RECEIVED),
        ("Routed", Status.ROUTED),
        ("In Flight", Status.IN_FLIGHT),
        ("Contingent", Status.CONTINGENT),
        ("Live", Status.LIVE),
        ("Cancel Requested", Status.CANCEL_REQUESTED),
        ("Replace Requested", Status.REPLACE_REQUESTED),
        ("Filled", Status.FILLED),
        ("Cancelled", Status.CANCELLED),
        ("Canceled", Status.CANCELLED),
        ("Expired", Status.EXPIRED),
        ("Rejected", Status.REJECTED),
        ("Removed", Status.REMOVED),
        ("Partially Removed", Status.PARTIALLY_REMOVED),
    ],
)
def test_every_status_is_read_however_it_is_spelt(spelt, status):
    for text in (spelt, spelt.upper(), spelt.lower().replace(" ", "_"), spelt.replace(" ", "-")):
        assert read_order(echo(status=text)).status is status


@pytest.mark.parametrize("status", ["Dead", "Remove Pending", "", None, 7])
def test_a_status_that_nobody_knows_is_not_guessed(status):
    with pytest.raises(ValueError, match="status"):
        read_order(echo(status=status))


def test_fills_are_taken_from_all_legs_once_and_in_decimals():
    order = echo()
    fill = {"fill-id": "a", "quantity": 4, "fill-price": "2.45", "filled-at": "2026-11-20T15:00:01.250+00:00"}
    order["legs"] = [
        order["legs"][0] | {"fills": [fill, fill, fill | {"fill-id": "b", "quantity": "6.0"}]},
        order["legs"][0] | {"symbol": LEGS[1].occ, "action": "Sell to Open", "fills": [fill | {"fill-id": "c"}]},
    ]
    fills = read_order(order).fills
    assert [(f.fill_id, f.symbol, f.quantity, f.price) for f in fills] == [
        ("a", CALL.occ, 4, Decimal("2.45")),
        ("b", CALL.occ, 6, Decimal("2.45")),
        ("c", LEGS[1].occ, 4, Decimal("2.45")),
    ]
    assert fills[0].at == datetime(2026, 11, 20, 15, 0, 1, 250_000, tzinfo=UTC)


def filled_legs(*ids):
    """An order of as many legs as there are lists of fill ids."""
    leg = echo()["legs"][0]
    fill = {"quantity": 1, "fill-price": "2.45", "filled-at": "2026-11-20T15:00:01Z"}
    return echo(
        legs=[
            leg | {"symbol": each.occ, "fills": [fill | {"fill-id": number} for number in numbers]}
            for each, numbers in zip(LEGS, ids, strict=False)
        ]
    )


def test_an_id_that_legs_share_hides_no_fill_and_stays_the_same_as_they_are_told():
    first, second = (leg.occ for leg in LEGS[:2])
    whole = read_order(filled_legs(["a", "b"], ["a", "c"])).fills
    assert [(f.fill_id, f.symbol) for f in whole] == [
        ("a", first),
        ("b", first),
        (f"a {second}", second),
        ("c", second),
    ]
    assert set(read_order(filled_legs(["a"], [])).fills) < set(whole)


def test_long_fill_ids_are_bounded_and_never_cut_to_be_the_same():
    ids = ["x" * 80, "x" * 81, "x" * 80 + "y", "x" * 5_000]
    fills = read_order(filled_legs(ids, ids)).fills
    assert len({fill.fill_id for fill in fills}) == len(fills) == 8
    assert max(len(fill.fill_id) for fill in fills) == 80
    assert fills[0].fill_id == ids[0]


@pytest.mark.parametrize("broken", [{"quantity": "0.5"}, {"quantity": None}, {"fill-price": "NaN"}, {"fill-id": ""}])
def test_a_fill_of_ours_that_cannot_be_read_is_no_fill_that_can_be_left_out(broken):
    order = echo()
    fill = {"fill-id": "a", "quantity": 4, "fill-price": "2.45", "filled-at": "2026-11-20T15:00:01Z"}
    order["legs"][0]["fills"] = [fill | broken]
    with pytest.raises(ValueError, match=r"number|fill-id"):
        read_order(order)


def test_moments_come_in_milliseconds_or_in_words_or_not_at_all():
    assert read_order(echo(**{"updated-at": 1781292831405})).updated_at == datetime(
        2026, 6, 12, 19, 33, 51, 405_000, tzinfo=UTC
    )
    said = "2026-11-20T15:00:01.250Z"
    assert read_order(echo(**{"updated-at": said})).updated_at.isoformat() == "2026-11-20T15:00:01.250000+00:00"
    assert read_order(echo(**{"updated-at": 0, "live-at": said})).updated_at.microsecond == 250_000
    assert read_order(echo(**{"updated-at": 0})).updated_at == BEGINNING


def test_a_replacement_and_what_it_replaces_point_at_each_other():
    order = read_order(echo(**{"replaces-order-id": 7, "replacing-order-id": "9"}))
    assert (order.replaces, order.replaced_by) == ("7", "9")


def test_the_reason_of_a_rejection_is_bounded_and_harmless():
    reason = read_order(echo(**{"reject-reason": "Session\x1b[31m off\u202eline\n" + "x" * 900})).reason
    assert reason.startswith("Session [31m off line x")
    assert len(reason) <= 300


@pytest.mark.parametrize(
    "changes",
    [
        {"legs": [{"instrument-type": "Future", "symbol": "/ESZ6", "quantity": 1, "action": "Buy"}]},
        {"legs": [{"instrument-type": "Cryptocurrency", "symbol": "BTC/USD", "quantity": "0.1", "action": "Buy"}]},
        {"legs": [{"instrument-type": "Equity", "symbol": "SPY", "action": "Buy to Open"}], "value": "10"},
        {"legs": [{"instrument-type": "Equity", "symbol": CALL.occ, "quantity": 1, "action": "Buy to Open"}]},
        {"legs": [{"instrument-type": "Equity Option", "symbol": "SPY", "quantity": 1, "action": "Buy to Open"}]},
        {"legs": None},
        {"legs": []},
        {"order-type": "Notional Market"},
        {"order-type": "Marketable Limit"},
        {"time-in-force": "GTC Ext Overnight"},
        {"price": "0"},
        {"price": None},
        {"price-effect": "None"},
        {"time-in-force": "GTD"},
    ],
)
def test_an_order_that_no_ticket_says_is_shown_without_one(changes):
    order = read_order(echo(**changes))
    assert order.ticket is None
    assert order.broker_order == "1001"


def test_fractions_of_a_coin_are_no_fills_of_ours():
    fill = {"fill-id": "a", "quantity": "0.1", "fill-price": "60000", "filled-at": "2026-11-20T15:00:01Z"}
    leg = {
        "instrument-type": "Cryptocurrency",
        "symbol": "BTC/USD",
        "quantity": "0.1",
        "action": "Buy",
        "fills": [fill],
    }
    assert read_order(echo(legs=[leg])).fills == ()


def test_an_order_of_somebody_else_keeps_its_own_tag():
    assert read_order(echo(**{"external-identifier": "another-program"})).external_id == "another-program"
    assert read_order(echo(**{"external-identifier": None})).external_id is None


def test_a_close_that_became_an_open_has_another_digest():
    closing = limit(action=STC)
    changed = placed(order_body(closing, external_id=TAG))
    changed["legs"][0]["action"] = "Sell to Open"
    assert read_order(changed).ticket.digest != closing.digest


@pytest.mark.parametrize("bad", [None, 0, "", "12/../34", "-1", True, "1" * 99, "١٢"])
def test_an_order_without_a_number_is_none(bad):
    with pytest.raises(ValueError, match="no id"):
        read_order(echo(id=bad))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*sorted(echo()), "replaces-order-id", "reject-reason", "new"]), _JSON))
@settings(max_examples=200, deadline=None)
def test_whatever_drifts_is_an_order_or_a_value_error(changes):
    try:
        order = read_order(echo() | changes)
    except ValueError:
        return
    assert order.broker_order.isdigit()
    assert len(order.reason) <= 300
