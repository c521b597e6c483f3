"""``tastyflow replace``: a new order takes the place of one that works."""

import pytest

BID = "buy 2 SPY 450C next month @ 5"

pytestmark = pytest.mark.usefixtures("rests")


def test_both_orders_are_shown_and_the_new_one_works(tastyflow, inside):
    """As a process of its own: it knows the first order from the log alone."""
    old = inside("order", BID, "--json").json
    ended = tastyflow("replace", "last", "@", "5.10", "gtc", "--json")
    new = ended.json
    assert (ended.code, new["stage"], new["replaces"]) == (0, "working", old["order"])
    assert (new["ticket"]["price"], new["ticket"]["time_in_force"]) == ("5.1", "gtc")
    assert (new["replaced"]["order"], new["replaced"]["stage"]) == (old["order"], "cancelled")
    assert new["replaced"]["replacement"] == new["order"]
    assert f"Replaced by order {new['order']}." in ended.err
    said = inside("status", old["order"]).out
    assert f"replaced by order {new['order']}" in said
    assert inside("audit", "verify").code == 0
    story = inside("audit", "show", new["order"]).out
    assert f"in the place of order {old['order']}" in story


def test_what_cannot_be_replaced_is_exit_1_with_the_way_out(inside):
    old = inside("order", BID, "--json").json["order"]
    ended = inside("replace", old, "x5")
    assert ended.code == 1
    assert f"cancel {old}" in ended.out
    assert inside("replace", old, "@", "5", "--json").json["error"]["code"] == "nothing_changed"
    assert inside("replace", "000000", "@", "5").code == 1
    assert inside("status", old, "--json").json["stage"] == "working"


def test_in_the_conversation_it_is_the_same(inside):
    said = inside("chat", typed=f"{BID}\nreplace last @ 5.10\n").out
    assert "replaced by order" in said


def test_a_replacement_needs_words(inside):
    ended = inside("replace", "last")
    assert (ended.code, "WORDS" in ended.err) == (2, True)
