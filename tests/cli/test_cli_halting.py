"""Halting on the command line and in chat: what is stopped, what became of each order, and who lets it go on."""

import pytest

from tests.cli.conftest import RESTING

OTHER = "buy 1 SPY 455C next month @ 2"
CLOSE = "sell to close 1 SPY 450C next month @ natural"


def trading(run):
    return run("halt", "--status", "--json").json["trading"]


@pytest.mark.usefixtures("rests")
def test_a_halt_lists_what_became_of_each_working_order_and_a_resumption_lets_orders_go_on(inside):
    placed = [inside("order", text, "--json").json["order"] for text in (RESTING, OTHER)]
    ended = inside("halt", "--reason", "wrong feed")
    assert ended.code == 0
    for reference in placed:
        (line,) = [line for line in ended.out.splitlines() if line.startswith(reference)]
        assert line.split()[-1] == "cancelled"
    assert "by the operator" in ended.out
    assert '"wrong feed"' in ended.out
    refused = inside("order", RESTING, "--json")
    assert (refused.code, refused.json["error"]["code"]) == (1, "halted")
    assert "tastyflow halt --reducing" in refused.json["error"]["hint"]
    assert inside("resume", "--reason", "mended").code == 0
    assert inside("order", "buy 1 SPY 460C next month @ 2", "--json").json["stage"] == "working"


def test_only_exits_pass_while_reducing(inside):
    inside("order", "buy 2 SPY 450C next month @ natural")
    assert inside("halt", "--reducing", "--json").json["trading"]["state"] == "reducing"
    assert inside("order", OTHER, "--json").json["error"]["code"] == "reducing"
    assert inside("order", CLOSE, "--json").json["stage"] == "filled"
    assert inside("flatten", "--json").code == 0


@pytest.mark.usefixtures("rests")
def test_a_halt_is_shown_wherever_the_operator_looks(inside):
    inside("order", RESTING)
    assert trading(inside) == {"state": "running", "since": None, "by": "", "reason": ""}
    inside("halt", "--reason", "wrong feed")
    assert trading(inside)["reason"] == "wrong feed"
    assert inside("halt", "--status").out.startswith("FAKE\nTrading is halted since ")
    assert inside("orders").out.startswith("Trading is halted since ")
    assert inside("orders", "--json").json["trading"]["state"] == "halted"
    assert "Trading is halted since " in inside("doctor").out
    inside("resume", "--reason", "mended")
    assert not inside("orders").out.startswith("Trading")
    assert inside("orders", "--json").json["trading"]["state"] == "running"


@pytest.mark.usefixtures("rests")
def test_a_halt_of_one_process_binds_the_next_one(tastyflow, inside):
    assert tastyflow("halt").code == 0
    assert inside("order", RESTING, "--json").json["error"]["code"] == "halted"
    assert inside("resume", "--reason", "mended").code == 0
    assert inside("order", RESTING, "--json").json["stage"] == "working"


@pytest.mark.usefixtures("rests")
def test_in_chat_the_trader_halts(inside):
    lines = f"halt wrong feed\n{RESTING}\nresume\nresume mended\n{RESTING}\n"
    said = inside("chat", typed=lines)
    assert "Trading is halted since" in said.out
    assert "To resume trading, say why." in said.out
    assert 'by demo: "mended"' in said.out
    assert said.out.count(" working ") >= 1


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("resume",), 2),
        (("resume", "--reason", " "), 1),
        (("halt", "--status", "--reducing"), 2),
        (("halt", "--as", "mallory"), 1),
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(inside, words, code):
    assert inside(*words).code == code
    assert trading(inside)["state"] == "running"


def test_a_trader_without_the_permission_halts_nothing(inside):
    inside("trader", "add", "ann")
    assert inside("halt", "--as", "ann", "--json").json["error"]["code"] == "not_permitted"
    assert trading(inside)["state"] == "running"


def test_a_reason_is_text_and_nothing_else(inside):
    said = inside("halt", "--reason", "[red]\x1b[31mx\x1b[0m")
    assert "\x1b[31m" not in said.out
    assert "[red]" in said.out
