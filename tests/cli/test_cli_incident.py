"""Incidents on the command line: what is shown, what is decided, and what the operators read on standard error."""

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from tastyflow.domain.venue import Venue
from tastyflow.errors import OutcomeUnknown, VenueRefused
from tastyflow_adapters.fake import FakeBroker

ORDER = "buy 1 SPY 450C next month @ natural"
QUICK = {"TASTYFLOW_POLICY__SEARCH_WAITS_S": "[0.01]"}


@pytest.fixture
def losing(monkeypatch):
    """Production loses the next order; or takes it without its tag, and answers nothing."""
    place, how = FakeBroker.place, {"lost": "request"}

    async def lose(self, ticket, **more):
        if self.venue is not Venue.PRODUCTION or not how["lost"]:
            return await place(self, ticket, **more)
        if how["lost"] == "tag":
            await place(self, ticket, external_id="by hand")
        how["lost"] = ""
        raise OutcomeUnknown("No answer came.")

    async def find_nothing(self, external_id, **more):
        return ()

    monkeypatch.setattr(FakeBroker, "place", lose)
    monkeypatch.setattr(FakeBroker, "find", find_nothing)
    return how


@pytest.fixture
def in_doubt(inside, losing, caplog):
    """An order that production never answered for."""
    ended = inside("order", ORDER, "--json", **QUICK)
    assert (ended.code, ended.json["stage"]) == (1, "escalated")
    assert f"An operator must look: Order {ended.json['order']}" in caplog.text
    return ended.json["order"]


def test_an_order_in_doubt_is_listed_shown_acknowledged_and_closed(inside, in_doubt):
    listed = inside("incident", "list", "--json").json["incidents"]
    assert [(each["order"], each["kind"], each["told"]) for each in listed] == [(in_doubt, "order", 1)]
    ref = listed[0]["incident"]
    shown = inside("incident", "show", in_doubt)
    assert f"tastyflow incident resubmit {ref}" in shown.out
    assert "no person looks at it" in shown.out
    assert (
        inside("incident", "acknowledge", ref, "--json").json["incident"]["acknowledged_by"].startswith("the operator ")
    )
    closed = inside("incident", "close", ref, "--how", "looked at the venue", "--json")
    assert (closed.code, closed.json["incident"]["how"]) == (0, "looked at the venue")
    assert inside("incident", "list").out.strip() == "No incident is open."


@pytest.fixture
def hook():
    """A web hook on this machine: its address, and the messages that it took."""
    heard = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self):
            heard.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Hook) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"json://127.0.0.1:{server.server_port}/hush", heard
        server.shutdown()


@pytest.mark.usefixtures("losing")
def test_the_command_that_leaves_an_order_in_doubt_tells_the_operators_by_their_own_address(inside, hook):
    address, heard = hook
    dead = "xml://127.0.0.1:1/hush"
    ended = inside("order", ORDER, "--json", TASTYFLOW_OPERATORS__URLS=f"{address},{dead}", **QUICK)
    (message,) = heard
    assert f"Order {ended.json['order']}" in message["message"]
    told = inside("audit", "log").out
    assert "The operators were told by log, json." in told
    assert "hush" not in told + ended.out + ended.err
    (listed,) = inside("incident", "list", "--json").json["incidents"]
    assert listed["told"] == 1


def test_what_is_given_up_and_what_is_another_order_is_said(inside, in_doubt):
    wrong = inside("incident", "adopt", in_doubt, "99999", "--json")
    assert (wrong.code, wrong.json["error"]["code"]) == (1, "not_there")
    early = inside("incident", "resubmit", in_doubt, "--json", **QUICK)
    assert (early.code, early.json["error"]["code"]) == (1, "too_early")
    given_up = inside("incident", "abandon", in_doubt, "--reason", "not there", "--json")
    assert (given_up.code, given_up.json["stage"]) == (0, "abandoned")
    assert "If it turns up at the venue" in inside("status", in_doubt).out
    assert inside("incident", "list", "--json").json["incidents"] == []


def test_what_turned_up_is_for_a_person_and_can_be_cancelled_and_not_sent_again(inside, monkeypatch):
    place = FakeBroker.place

    async def refuse_what_is_taken(self, ticket, **more):
        shown = await place(self, ticket, **more)
        if self.venue is Venue.PRODUCTION:
            raise VenueRefused("An internal server error occurred.", code="internal_server_error")
        return shown

    with monkeypatch.context() as patched:
        patched.setattr(FakeBroker, "place", refuse_what_is_taken)
        ended = inside("order", "buy 1 SPY 450C next month @ 0.05", "--json")
    assert (ended.code, ended.json["stage"]) == (1, "rejected")
    recovered = inside("recover")
    assert recovered.code == 4
    assert recovered.out.splitlines()[-1] == "A person must look: tastyflow incident list"
    assert inside("status", ended.json["order"], "--json").json["stage"] == "escalated"
    shown = inside("incident", "show", ended.json["order"]).out
    assert f"tastyflow cancel {ended.json['order']}" in shown
    assert "resubmit" not in shown
    assert "abandon" not in shown
    assert inside("incident", "resubmit", ended.json["order"], "--json").code == 1


def test_a_person_says_which_order_it_is(inside, losing):
    losing["lost"] = "tag"
    reference = inside("order", ORDER, "--json", **QUICK).json["order"]
    there = inside("incident", "adopt", reference, "5000001", "--json")
    assert (there.code, there.json["stage"]) == (0, "filled")
    assert "(as a person said)" in inside("audit", "show", reference).out


def test_incidents_that_do_not_exist_are_said_with_what_to_type(inside):
    ended = inside("incident", "show", "abcdef", "--json")
    assert (ended.code, ended.json["error"]["code"]) == (1, "unknown_incident")
    assert "tastyflow incident list" in ended.json["error"]["hint"]


def test_a_trader_who_may_not_administer_is_shown_nothing(inside, in_doubt):
    inside("trader", "add", "bob", "--permission", "long_options")
    for command in (["list"], ["show", in_doubt], ["close", in_doubt, "--how", "x"], ["abandon", in_doubt]):
        ended = inside("incident", *command, "--as", "bob", "--json")
        assert (ended.code, ended.json["error"]["code"]) == (1, "not_permitted"), command
        assert "Production never answered" not in ended.out


@pytest.mark.parametrize("columns", ["80", "60"])
def test_its_pages_fit_the_screen(inside, in_doubt, columns):
    for command in (["list"], ["show", in_doubt]):
        page = inside("incident", *command, COLUMNS=columns).out
        assert page
