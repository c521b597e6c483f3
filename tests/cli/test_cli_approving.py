"""``approvals``, ``approve``, ``reject``: a second person at the command line, and in a chat."""

import pytest

ORDER = "buy 1 SPY 450C Dec 18 2026"
NOW = "2026-11-20T10:00"
LATER = {"TASTYFLOW_NOW": "2026-11-20T10:05"}


@pytest.fixture
def desk(inside, monkeypatch):
    """The program where each order on SPY waits for another person; eve may approve."""
    monkeypatch.setenv("TASTYFLOW_POLICY__APPROVAL_SYMBOLS", '["SPY"]')
    monkeypatch.setenv("TASTYFLOW_NOW", NOW)
    assert inside("trader", "add", "eve", "--permission", "approve").code == 0
    return inside


def waiting(desk) -> str:
    """The reference of an order of demo that waits."""
    ended = desk("order", ORDER, "--as", "demo", "--json")
    assert (ended.code, ended.json["stage"]) == (5, "rehearsed")
    return ended.json["order"]


def test_an_order_that_waits_ends_with_a_code_of_its_own_and_says_what_to_do(desk):
    ended = desk("order", ORDER, "--as", "demo")
    assert ended.code == 5
    assert "Waits for approval by another person: 'approve" in ended.err
    assert "It waits for another person: 'tastyflow approve" in ended.out


def test_the_json_of_an_order_says_why_it_waits_until_when_and_at_which_market(desk):
    said = desk("order", ORDER, "--as", "demo", "--json").json["approval"]
    assert (said["codes"], said["waits"], said["approved_by"]) == (["approval_symbol"], True, None)
    assert said["reasons"] == ["Every order on SPY wants the approval of another person."]
    assert set(said["market"]) == {"bid", "ask", "mid", "at", "legs"}
    assert said["until"].startswith("2026-11-20T16:00")


def test_where_the_policy_approves_there_is_nothing_to_tell(inside):
    ended = inside("order", ORDER, "--as", "demo", "--json", TASTYFLOW_NOW=NOW)
    assert (ended.code, ended.json["approval"]) == (0, None)


def test_another_person_sees_it_and_approves_it(desk):
    reference = waiting(desk)
    page = desk("approvals", "--as", "eve").out
    for said in (
        f"{reference} waits for approval",
        "FAKE",
        "asked by demo",
        "market then",
        "market now",
        "SPY 450 call",
    ):
        assert said in page
    assert "waits until Fri Nov 20 11:00 New York" in page
    assert all("New York" in line for line in page.splitlines() if "market " in line)
    listing = desk("orders", "--as", "demo").out
    assert "asked (New York)" in listing
    assert "Nov 20 10:00" in listing
    assert "waits for approval until 11:00 New York" in listing
    said = desk("approvals", "--as", "eve", "--json").json
    assert (said["environment"], said["place"]) == ("fake", "FAKE")
    (listed,) = said["approvals"]
    assert (listed["order"]["order"], listed["requester"], listed["moved"]) == (reference, "demo", None)
    done = desk("approve", reference, "--as", "eve", "--json", **LATER)
    assert (done.code, done.json["stage"], done.json["approval"]["approved_by"]) == (0, "filled", "eve")
    assert desk("approvals", "--as", "eve").out == "No order waits for an approval.\n"
    assert desk("audit", "verify").code == 0
    story = desk("audit", "show", reference).out
    assert "Waits for approval by another person" in story
    assert "Approved by eve, at " in story


def test_who_asked_cannot_and_who_may_not_cannot(desk):
    reference = waiting(desk)
    desk("trader", "add", "bob")
    for who, code in (("demo", "own_order"), ("bob", "not_permitted")):
        ended = desk("approve", reference, "--as", who, "--json")
        assert (ended.code, ended.json["error"]["code"]) == (1, code)
    assert desk("status", reference, "--as", "demo", "--json").json["approval"]["waits"]


def test_it_is_rejected_with_a_reason_that_is_told(desk):
    reference = waiting(desk)
    ended = desk("reject", reference, "too", "large", "--as", "eve", "--json")
    assert (ended.code, ended.json["stage"], ended.json["error"]["code"]) == (0, "refused", "rejected")
    assert ended.json["error"]["message"] == "eve did not approve it: too large."
    again = desk("approve", reference, "--as", "eve", "--json")
    assert (again.code, again.json["error"]["code"]) == (1, "not_waiting")


def test_an_unknown_order_is_named(desk):
    for verb in ("approve", "reject"):
        assert desk(verb, "abcdef", "--as", "eve", "--json").json["error"]["code"] == "unknown_order"


def test_in_a_chat_it_is_the_same(desk):
    reference = waiting(desk)
    said = desk("chat", "--as", "eve", typed=f"approvals\napprove {reference}\napprovals\n", **LATER).out
    assert f"{reference} waits for approval" in said
    assert f"{reference} filled" in said
    assert "No order waits for an approval." in said


def test_two_processes_are_one_approval(desk, tastyflow, environment):
    reference = waiting(desk)
    chosen = {"TASTYFLOW_POLICY__APPROVAL_SYMBOLS": '["SPY"]', **LATER}
    first = tastyflow("approve", reference, "--as", "eve", "--json", **chosen)
    assert (first.code, first.json["stage"]) == (0, "filled")
    second = tastyflow("approve", reference, "--as", "eve", "--json", **chosen)
    assert (second.code, second.json["error"]["code"]) == (1, "not_waiting")
    assert "eve has approved order" in second.json["error"]["message"]
