"""Texts of a venue are text: no directive, markup or escape in one does anything on a page, in a log or in JSON."""

import json
import logging
import unicodedata

import pytest
from attrs import evolve

import tastyflow_adapters.fake
from tastyflow.domain.venue import Status
from tastyflow.errors import NotSent, OutcomeUnknown, VenueRefused
from tastyflow_adapters.fake import FakeBroker
from tastyflow_adapters.tastytrade.http.venue_text import clean, code_of, explained
from tastyflow_adapters.tastytrade.orders.account_reading import dry_run_of
from tastyflow_adapters.tastytrade.orders.order_reading import read_order

VISIBLE = (
    "%s%n%(x)s%99999999d {} {0} {x.__class__} {ref} {0:>99999999} "
    "[red]x[/red] [/] [link=http://evil.example]y[/link] :smile:"
)
HIDDEN = "\x1b[31mz\x1b]8;;http://evil.example\x07\x9b2J\r\u202eabc\u2066\u200b\x00\x08\x7f\u2028"
HOSTILE = f"{VISIBLE} {HIDDEN}"
ORDER = "buy 1 SPY 450C next month"
SEEN = ("%s%n%(x)s%99999999d {} {0} {x.__class__}", "[red]x[/red]")


class Refusing(FakeBroker):
    async def dry_run(self, ticket, **more):
        raise VenueRefused(HOSTILE, code="unknown_trader", hint=HOSTILE)


class Warned(FakeBroker):
    async def dry_run(self, ticket, **more):
        return evolve(await super().dry_run(ticket, **more), warnings=(HOSTILE,), warning_codes=frozenset({HOSTILE}))


class RefusingOrders(FakeBroker):
    async def place(self, ticket, **more):
        raise VenueRefused(HOSTILE, code=HOSTILE, hint=HOSTILE, suggestions=(HOSTILE,), data={"user": HOSTILE})


class NotSending(FakeBroker):
    async def place(self, ticket, **more):
        raise NotSent(HOSTILE, code="no_account")


class Losing(FakeBroker):
    async def place(self, ticket, **more):
        raise OutcomeUnknown(HOSTILE, code=HOSTILE)


class Rejecting(FakeBroker):
    async def place(self, ticket, **more):
        order = await super().place(ticket, **more)
        return evolve(order, status=Status.REJECTED, reason=HOSTILE, external_id=order.external_id, fills=())


HOSTS = [Refusing, Warned, RefusingOrders, NotSending, Losing, Rejecting]
LOOKS = [
    ("orders",),
    ("status", "last"),
    ("orders", "--json"),
    ("status", "last", "--json"),
    ("audit", "log"),
    ("audit", "log", "--json"),
    ("audit", "show", "last"),
    ("audit", "verify"),
    ("incident", "list"),
    ("positions",),
]


def inert(text: str) -> None:
    for character in text:
        assert character == "\n" or unicodedata.category(character) not in ("Cc", "Cf", "Zl", "Zp"), ascii(character)
    assert len(text) < 200_000  # %99999999d would be a hundred million blanks


@pytest.fixture
def quick(environment):
    environment |= {"TASTYFLOW_POLICY__FOLLOW_S": "0.1", "TASTYFLOW_POLICY__RETRY_WAITS_S": "[0.01]"}
    environment |= {"TASTYFLOW_POLICY__SEARCH_WAITS_S": "[0.01]", "TASTYFLOW_POLICY__MAX_ATTEMPTS": "1"}
    environment |= {"TASTYFLOW_VERBOSITY": "debug"}
    return environment


@pytest.mark.parametrize("host", HOSTS)
def test_a_venues_text_is_inert_on_every_page_in_every_log_and_in_json(quick, inside, host, monkeypatch, caplog):
    monkeypatch.setattr(tastyflow_adapters.fake, "FakeBroker", host)
    caplog.set_level(logging.DEBUG)
    told = ""
    for command in (("preview", ORDER), ("order", ORDER), ("order", f"{ORDER} @ 1.00", "--json"), *LOOKS):
        ended = inside(*command)
        inert(ended.out + ended.err)
        told += ended.out + ended.err
        if "--json" in command:
            for line in ended.out.splitlines():
                json.loads(line)
    inert(caplog.text)
    flat = " ".join(told.replace("│", " ").split())
    assert all(" ".join(each.split()) in flat for each in SEEN), "what it said is told, as it said it"


@pytest.mark.parametrize(
    "field", ["reject-reason", "external-identifier", "status", "id", "price", "fill", "symbol", "at"]
)
def test_a_text_in_any_field_of_an_order_is_read_or_refused_and_inert(field):
    fill = {"fill-id": "1", "quantity": 1, "fill-price": "1.00", "filled-at": "2026-11-23T15:00:00Z"}
    leg = {"instrument-type": "Equity", "symbol": "SPY", "quantity": 1, "action": "Buy to Open", "fills": [fill]}
    order = {
        "id": 7,
        "status": "Filled",
        "order-type": "Limit",
        "price": "1.00",
        "price-effect": "Debit",
        "time-in-force": "Day",
        "legs": [leg],
        "reject-reason": "no",
        "external-identifier": "tf1-s-a-1",
    }
    inner = {"fill": (fill, "fill-id"), "symbol": (leg, "symbol"), "at": (fill, "filled-at")}
    where, name = inner.get(field, (order, field))
    where[name] = HOSTILE
    said = ""
    try:
        said = read_order(order).reason
    except ValueError as refused:
        said = str(refused)
    inert(said)
    assert len(said) <= 300
    if field == "reject-reason":
        assert SEEN[0] in said


def test_an_error_and_a_warning_of_the_api_are_inert():
    code, message = explained(
        {"error": {"code": HOSTILE, "message": HOSTILE, "errors": [{"code": HOSTILE, "message": HOSTILE}]}}
    )
    inert(code + message)
    assert code.replace("_", "").replace(".", "").isalnum()
    effect = {
        "buying-power-effect": {"change-in-buying-power": "1"},
        "warnings": [{"code": HOSTILE, "message": HOSTILE}],
    }
    seen = dry_run_of(effect)
    inert("".join(seen.warnings) + "".join(seen.warning_codes))
    inert(clean(HOSTILE) + code_of(HOSTILE))


def test_a_logged_text_is_no_format(caplog):
    logger = logging.getLogger("tastyflow.test")
    logger.warning("It said: %s", HOSTILE)
    logger.warning(VISIBLE)
    assert caplog.records[0].getMessage() == f"It said: {HOSTILE}"
    assert caplog.records[1].getMessage() == VISIBLE
