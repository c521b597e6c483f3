"""A ticket that exists is valid, has one form and one digest; any other content has another."""

import hashlib
import json
from datetime import date, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.instruments import Equity, EquityOption, Right
from tastyflow.domain.ticket import (
    MAX_QUANTITY,
    Action,
    Duration,
    Leg,
    OrderType,
    PriceEffect,
    Ticket,
    TimeInForce,
)
from tastyflow.errors import Invalid
from tests.domain.makers import CALLS, VERTICAL, Log, leg, limit, option
from tests.domain.strategies import DAYS, tickets

SHARES = Equity("SPY")
GTC, EXT, IOC = TimeInForce(Duration.GTC), TimeInForce(Duration.EXT), TimeInForce(Duration.IOC)
BUY = leg("buy_to_open", 1, option())
SELL_SHARES = leg("sell_to_close", 100, SHARES)


def a_ticket(*legs: Leg, kind: str = "limit", price: str | None = "1", effect: str | None = "debit", **more) -> Ticket:
    stop = more.pop("stop", None)
    return Ticket(
        legs or (BUY,),
        OrderType(kind),
        price=None if price is None else Decimal(price),
        price_effect=None if effect is None else PriceEffect(effect),
        stop=None if stop is None else Decimal(stop),
        **more,
    )


# Shape


def strikes(count: int) -> tuple[Leg, ...]:
    return tuple(leg("buy_to_open", 1, option(str(450 + n))) for n in range(count))


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (lambda: Ticket((), OrderType.LIMIT, Decimal(1), PriceEffect.DEBIT), "one to 4 legs"),
        (lambda: a_ticket(*strikes(5)), "one to 4 legs"),
        (lambda: a_ticket(BUY, leg("sell_to_open", 1, option())), "an instrument of its own"),
        (lambda: a_ticket(BUY, leg("sell_to_open", 1, option("450.00"))), "an instrument of its own"),
        (lambda: a_ticket(BUY, leg("buy_to_open", 1, option(root="QQQ"))), "one underlying"),
        (lambda: a_ticket(leg("buy_to_open", 9, SHARES), leg("sell_to_open", 1, option(root="QQQ"))), "one underlying"),
        (lambda: a_ticket(price=None), "A limit order needs a price"),
        (lambda: a_ticket(effect=None), "A limit order needs a debit or credit"),
        (lambda: a_ticket(stop="2"), "A limit order cannot have a stop"),
        (lambda: a_ticket(kind="market"), "A market order cannot have a price"),
        (lambda: a_ticket(kind="market", price=None), "A market order cannot have a debit or credit"),
        (lambda: a_ticket(kind="market", price=None, effect=None, stop="2"), "A market order cannot have a stop"),
        (lambda: a_ticket(*strikes(2), kind="market", price=None, effect=None), "A market order has one leg"),
        (lambda: a_ticket(*strikes(2), kind="stop", price=None, effect=None, stop="2"), "A stop order has one leg"),
        (lambda: a_ticket(kind="market", price=None, effect=None, time_in_force=GTC), "A market order cannot be GTC"),
        (lambda: a_ticket(kind="stop", stop="2"), "A stop order cannot have a price"),
        (lambda: a_ticket(kind="stop", price=None, stop="2"), "A stop order cannot have a debit or credit"),
        (lambda: a_ticket(kind="stop", price=None, effect=None), "A stop order needs a stop"),
        (
            lambda: a_ticket(kind="stop", price=None, effect=None, stop="2", time_in_force=GTC),
            "An opening stop is not GTC",
        ),
        (lambda: a_ticket(kind="stop_limit"), "A stop_limit order needs a stop"),
        (lambda: a_ticket(kind="stop_limit", price=None, stop="2"), "A stop_limit order needs a price"),
        (lambda: a_ticket(kind="stop_limit", effect=None, stop="2"), "A stop_limit order needs a debit or credit"),
        (lambda: a_ticket(time_in_force=EXT), "Extended hours are for shares alone"),
        (
            lambda: a_ticket(leg("buy_to_open", 100, SHARES), leg("sell_to_open", 1, option()), time_in_force=EXT),
            "Extended hours are for shares alone",
        ),
        (lambda: a_ticket(effect="credit"), "Buying is a debit, selling a credit"),
        (lambda: a_ticket(SELL_SHARES), "Buying is a debit, selling a credit"),
        (lambda: a_ticket(leg("buy_to_close", 1, option()), effect="credit"), "Buying is a debit"),
        (lambda: a_ticket(*strikes(2), effect="credit"), "Buying is a debit"),  # a straddle is bought, too
        (
            lambda: a_ticket(leg("sell_to_open", 1, option()), leg("sell_to_open", 1, option(right=Right.PUT))),
            "selling a credit",  # paying to be short would fill at once, at any price
        ),
    ],
)  # fmt: skip
def test_a_ticket_that_breaks_a_rule_of_shape_does_not_exist(broken, sentence):
    with pytest.raises(Invalid, match=sentence) as no:
        broken()
    assert no.value.code == "bad_ticket"


@pytest.mark.parametrize("price", ["0", "-1", "0.00001", "1.23456", "1000000", "NaN", "sNaN", "Infinity"])
def test_a_price_is_positive_with_at_most_four_decimals(price):
    for make in (lambda: a_ticket(price=price), lambda: a_ticket(kind="stop_limit", stop=price)):
        with pytest.raises(Invalid, match="A price is positive, with at most four decimals"):
            make()


@pytest.mark.parametrize("price", ["0.0001", "999999.9999", "2.50000"])
def test_the_least_and_the_greatest_price_exist(price):
    assert a_ticket(price=price).price == Decimal(price)


@pytest.mark.parametrize("quantity", [0, -1, 100_001, True, 1.0, Decimal(1), "1"])
def test_a_quantity_is_whole_positive_and_bounded(quantity):
    with pytest.raises(Invalid, match="whole number from 1 to 100,000") as no:
        leg("buy_to_open", quantity, option())
    assert no.value.code == "bad_quantity"


@pytest.mark.parametrize("quantity", [1, 100_000])
def test_the_least_and_the_greatest_quantity_exist(quantity):
    assert leg("buy_to_open", quantity, option()).quantity == quantity


@pytest.mark.parametrize(
    "fine",
    [
        lambda: a_ticket(*strikes(4)),
        lambda: a_ticket(SELL_SHARES, effect="credit", time_in_force=EXT),
        lambda: a_ticket(kind="market", price=None, effect=None),
        lambda: a_ticket(SELL_SHARES, kind="stop", price=None, effect=None, stop="440", time_in_force=GTC),
        lambda: a_ticket(kind="stop_limit", stop="2", time_in_force=GTC),
        lambda: a_ticket(leg("buy_to_open", 100, SHARES), leg("sell_to_open", 1, option()), price="440"),
        lambda: a_ticket(leg("buy_to_open", 1, option(root="SPX")), leg("sell_to_open", 1, option(root="SPXW"))),
        lambda: a_ticket(time_in_force=IOC),
        lambda: a_ticket(leg("sell_to_open", 1, option("450")), leg("buy_to_open", 1, option("460")), effect="credit"),
    ],
)  # fmt: skip
def test_what_the_venue_takes_exists(fine):
    assert fine().digest


@given(tickets())
def test_every_ticket_that_the_rules_allow_exists_and_is_read_back_from_its_form(ticket):
    form = ticket.as_form()
    again = Ticket.from_form(json.loads(json.dumps(form)))
    assert again == ticket
    assert again.as_form() == form
    assert again.digest == ticket.digest
    assert hash(again) == hash(ticket)


# What a new order keeps besides


LAST = option().expiration


@pytest.mark.parametrize(("days", "fits"), [(-1, True), (0, True), (1, False), (400, False)])
def test_a_new_order_is_good_until_the_expiration_of_its_first_option_at_most(days, fits):
    until = TimeInForce(Duration.GTD, LAST + timedelta(days=days))
    later = leg("buy_to_open", 1, option(expiration=LAST + timedelta(days=28)))
    for legs in ((BUY,), (later, leg("sell_to_open", 1, option("460")))):
        ticket = a_ticket(*legs, time_in_force=until)
        assert ticket.last_day == LAST
        if fits:
            ticket.require_orderable()
            continue
        with pytest.raises(Invalid, match="cannot be good until") as no:
            ticket.require_orderable()
        assert no.value.code == "outlives_option"


def test_shares_outlive_every_order():
    ticket = a_ticket(SELL_SHARES, effect="credit", time_in_force=TimeInForce(Duration.GTD, date(2099, 1, 1)))
    assert ticket.last_day is None
    ticket.require_orderable()


UNLIMITED = [
    a_ticket(SELL_SHARES, kind="market", price=None, effect=None, time_in_force=EXT),
    a_ticket(SELL_SHARES, kind="stop", price=None, effect=None, stop="440", time_in_force=EXT),
    a_ticket(SELL_SHARES, kind="stop_limit", effect="credit", stop="440", time_in_force=EXT),
]


@pytest.mark.parametrize("ticket", UNLIMITED)
def test_a_new_order_in_extended_hours_is_a_limit(ticket):
    with pytest.raises(Invalid, match="only limit orders trade") as no:
        ticket.require_orderable()
    assert no.value.code == "ext_needs_limit"
    evolve(ticket, time_in_force=TimeInForce()).require_orderable()
    a_ticket(SELL_SHARES, effect="credit", time_in_force=EXT).require_orderable()


@pytest.mark.parametrize(
    "ticket", [*UNLIMITED, a_ticket(time_in_force=TimeInForce(Duration.GTD, LAST + timedelta(days=1)))]
)
def test_a_ticket_from_before_those_rules_is_read_and_no_new_order_is_begun_with_it(ticket):
    assert Ticket.from_form(json.loads(json.dumps(ticket.as_form()))) == ticket
    with pytest.raises(Invalid):
        Log(ticket)


# Time in force


@given(DAYS)
def test_every_time_in_force_is_read_back_from_its_words(day):
    for duration in Duration:
        asked = TimeInForce(duration, day if duration is Duration.GTD else None)
        assert TimeInForce.parse(str(asked)) == asked


@pytest.mark.parametrize(
    "text", ["", "DAY", "gtd", "gtd:", "gtd:2026-02-30", "day:2026-12-18", "gtc:2026-12-18", "opg"]
)
def test_a_time_in_force_that_cannot_be_is_invalid(text):
    with pytest.raises(Invalid) as no:
        TimeInForce.parse(text)
    assert no.value.code == "bad_time_in_force"


# Digest

GOLDEN = Ticket(
    legs=(
        Leg(Action.SELL_TO_OPEN, 10, EquityOption("SPXW", date(2026, 12, 18), Right.PUT, Decimal("4025.50"))),
        Leg(Action.BUY_TO_OPEN, 10, EquityOption("SPXW", date(2026, 12, 18), Right.PUT, Decimal(4000))),
    ),
    order_type=OrderType.STOP_LIMIT,
    price=Decimal("2.50"),
    price_effect=PriceEffect.CREDIT,
    stop=Decimal("2.1"),
    time_in_force=TimeInForce(Duration.GTD, date(2026, 12, 11)),
)


def test_the_canonical_form_is_what_it_has_always_been():
    assert GOLDEN.canonical == (
        '{"form":1,"legs":[["buy_to_open",10,"SPXW  261218P04000000"],["sell_to_open",10,"SPXW  261218P04025500"]],'
        '"order_type":"stop_limit","price":"2.5","price_effect":"credit","stop":"2.1","time_in_force":"gtd:2026-12-11"}'
    )
    assert GOLDEN.digest == "a956ac39d92004c3d0037d1913de4007338ad32d4f2413d51ae44866ee3af543"


def test_a_digest_is_the_sha_256_of_the_canonical_form():
    assert VERTICAL.digest == hashlib.sha256(VERTICAL.canonical.encode()).hexdigest()


@given(tickets(), st.randoms(use_true_random=False))
def test_the_order_of_the_legs_is_not_content(ticket, random):
    legs = list(ticket.legs)
    random.shuffle(legs)
    assert evolve(ticket, legs=tuple(legs)).digest == ticket.digest


@given(tickets(), st.integers(1, 6))
def test_the_spelling_of_a_decimal_is_not_content(ticket, zeros):
    def spelt(number: Decimal | None) -> Decimal | None:
        return None if number is None else Decimal(f"{number:f}" + ("" if "." in f"{number:f}" else ".") + "0" * zeros)

    legs = tuple(
        evolve(leg, instrument=evolve(leg.instrument, strike=spelt(leg.instrument.strike)))
        if isinstance(leg.instrument, EquityOption)
        else leg
        for leg in ticket.legs
    )
    again = evolve(ticket, legs=legs, price=spelt(ticket.price), stop=spelt(ticket.stop))
    assert again == ticket
    assert again.digest == ticket.digest


def with_leg(**changes) -> Ticket:
    return evolve(GOLDEN, legs=(evolve(GOLDEN.legs[0], **changes), GOLDEN.legs[1]))


def with_instrument(**changes) -> Ticket:
    return with_leg(instrument=evolve(GOLDEN.legs[0].instrument, **changes))


CHANGED = {
    "action": with_leg(action=Action.SELL_TO_CLOSE),
    "quantity": with_leg(quantity=11),
    "root": evolve(GOLDEN, legs=tuple(evolve(g, instrument=evolve(g.instrument, root="SPX")) for g in GOLDEN.legs)),
    "root of one leg": with_instrument(root="SPX"),
    "expiration": with_instrument(expiration=date(2026, 12, 19)),
    "right": with_instrument(right=Right.CALL),
    "strike": with_instrument(strike=Decimal("4025.501")),
    "one leg less": evolve(GOLDEN, legs=GOLDEN.legs[:1]),
    "one leg more": evolve(GOLDEN, legs=(*GOLDEN.legs, leg("buy_to_open", 1, option(root="SPX")))),
    "legs exchanged": evolve(
        GOLDEN,
        legs=tuple(evolve(a, instrument=b.instrument) for a, b in zip(GOLDEN.legs, reversed(GOLDEN.legs), strict=True)),
    ),
    "order type": evolve(GOLDEN, order_type=OrderType.LIMIT, stop=None),
    "price": evolve(GOLDEN, price=Decimal("2.5001")),
    "price effect": evolve(GOLDEN, price_effect=PriceEffect.DEBIT),
    "stop": evolve(GOLDEN, stop=Decimal("2.2")),
    "duration": evolve(GOLDEN, time_in_force=TimeInForce(Duration.GTC)),
    "until": evolve(GOLDEN, time_in_force=TimeInForce(Duration.GTD, date(2026, 12, 12))),
}


@pytest.mark.parametrize("what", CHANGED)
def test_any_other_content_has_another_digest(what):
    assert CHANGED[what].digest != GOLDEN.digest


def test_all_those_contents_have_digests_of_their_own():
    assert len({ticket.digest for ticket in (GOLDEN, *CHANGED.values())}) == len(CHANGED) + 1


@given(tickets(), tickets())
def test_one_digest_is_one_content(one, other):
    same = (sorted(one.as_form()["legs"]), one.as_form() | {"legs": 0}) == (
        sorted(other.as_form()["legs"]),
        other.as_form() | {"legs": 0},
    )
    assert (one.digest == other.digest) == same


# In words of the contract


def test_a_ticket_is_told_with_its_legs_resolved_and_its_digest():
    assert CALLS.as_dict() == {
        "legs": [
            {
                "action": "buy_to_open",
                "quantity": 10,
                "instrument": "equity_option",
                "underlying": "SPY",
                "right": "call",
                "strike": "450",
                "expiration": "2026-12-18",
                "symbol": "SPY   261218C00450000",
            }
        ],
        "order_type": "limit",
        "price": "2.5",
        "price_effect": "debit",
        "stop": None,
        "time_in_force": "day",
        "digest": CALLS.digest,
    }


def test_class_shares_are_told_with_a_dot_and_sent_with_a_slash():
    told = limit(leg("sell_to_close", 5, Equity("BRK/B")), price="400", effect="credit").as_dict()["legs"]
    assert told == [
        {"action": "sell_to_close", "quantity": 5, "instrument": "equity", "underlying": "BRK.B", "symbol": "BRK/B"}
    ]


def test_an_option_on_class_shares_is_told_under_its_underlying_and_sent_under_its_root():
    (told,) = limit(leg("sell_to_close", 5, option(root="BRKB")), price="4", effect="credit").as_dict()["legs"]
    assert (told["underlying"], told["symbol"]) == ("BRK.B", "BRKB  261218C00450000")


def test_an_order_stored_under_the_slash_keeps_its_symbol_and_its_digest():
    """Options on BRK/B had the root BRK/B once; what was recorded then is read as it was written."""
    old = limit(leg("buy_to_open", 1, option(root="BRK/B")), price="4")
    form = old.as_form()
    assert form["legs"] == [["buy_to_open", 1, "BRK/B 261218C00450000"]]
    assert Ticket.from_form(json.loads(json.dumps(form))).digest == old.digest
    assert old.digest == "37561a739299fc3645ffacf2b7613fbf8650c4bc5be24e911850d6ea9ffa4bc2"
    assert old.underlying == "BRK/B"


@given(tickets())
def test_what_is_told_is_json_and_keeps_the_order_of_the_legs(ticket):
    told = json.loads(json.dumps(ticket.as_dict()))
    assert [leg["symbol"] for leg in told["legs"]] == [leg.instrument.occ for leg in ticket.legs]


@pytest.mark.parametrize(("quantities", "units"), [((10,), 10), ((10, 20), 10), ((1, 2, 1), 1), ((4, 6), 2)])
def test_units_are_the_smallest_whole_ratio(quantities, units):
    legs = tuple(leg("buy_to_open", n, option(str(450 + i))) for i, n in enumerate(quantities))
    assert limit(*legs, price="1").units == units


@pytest.mark.parametrize(
    ("actions", "opens"),
    [
        (("buy_to_open",), True),
        (("sell_to_open",), True),
        (("buy_to_close",), False),
        (("sell_to_close", "buy_to_close"), False),
        (("sell_to_close", "buy_to_open"), True),  # a roll
    ],
)
def test_a_ticket_opens_when_any_leg_does(actions, opens):
    legs = tuple(leg(action, 1, option(str(450 + i))) for i, action in enumerate(actions))
    effect = "debit" if legs[0].action.buys else "credit"
    assert limit(*legs, price="1", effect=effect).opens is opens


def test_the_largest_quantity_is_a_rule_with_a_number():
    assert MAX_QUANTITY == 100_000
