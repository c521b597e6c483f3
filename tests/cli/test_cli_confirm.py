"""At a terminal of its own: the card, the question, and what each answer does."""

import os
import pty
import select
import subprocess
import time

import pytest

from tests.cli.conftest import PROGRAM, RESTING

ASKING = {"TASTYFLOW_POLICY__CONFIRM": "above"}


class Terminal:
    """The program with standard input and error on a terminal, and its output in a pipe."""

    def __init__(self, environment, *args, whole=False, columns=80):
        self.master, slave = pty.openpty()
        chosen = environment | ASKING | {"TERM": "xterm", "COLUMNS": str(columns)}
        self.process = subprocess.Popen(
            [*PROGRAM, *args],
            stdin=slave,
            stdout=slave if whole else subprocess.PIPE,
            stderr=slave,
            env=chosen,
            start_new_session=True,
        )
        os.close(slave)
        self.seen = ""

    def until_asked(self):
        """Read the terminal until the conversation takes the answer to its question."""
        self.until("Send it? [y/N]")
        while "FAKE>" not in self.seen.rpartition("Send it? [y/N]")[2]:
            self.until("FAKE>", times=self.seen.count("FAKE>") + 1)

    def until(self, words, within_s=90.0, times=1):
        """Read the terminal until *words* stand there."""
        end = time.monotonic() + within_s
        while self.seen.count(words) < times and time.monotonic() < end:
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.master, 4096).decode(errors="replace")
                except OSError:
                    break
        assert self.seen.count(words) >= times, self.seen

    def until_over(self, within_s=90.0):
        """Read all that the terminal is told, to its end."""
        end = time.monotonic() + within_s
        while time.monotonic() < end:
            if select.select([self.master], [], [], 0.2)[0]:
                try:
                    self.seen += os.read(self.master, 4096).decode(errors="replace")
                except OSError:
                    return  # no process has the terminal open any more

    def type(self, text):
        os.write(self.master, text.encode())

    def end(self, within_s=90.0):
        out = (self.process.communicate(timeout=within_s)[0] or b"").decode()
        os.close(self.master)
        return self.process.returncode, out


@pytest.fixture
def at_terminal(environment):
    return lambda *args, **whole: Terminal(environment, *args, **whole)


@pytest.mark.parametrize(
    ("answer", "code", "stage"), [("y", 0, "working"), ("YES", 0, "working"), ("", 1, "cancelled")]
)
def test_yes_sends_it_and_anything_else_does_not(at_terminal, rests, inside, answer, code, stage):
    terminal = at_terminal("order", RESTING)
    terminal.until("Send it? [y/N]")
    assert "maximum loss $200.00" in terminal.seen
    assert "FAKE" in terminal.seen
    terminal.type(f"{answer}\n")
    ended = terminal.end()
    assert ended[0] == code
    assert stage in ended[1]
    assert inside("status", "last", "--json").json["stage"] == stage


def test_ctrl_c_at_the_question_withdraws_the_order(at_terminal, inside):
    import signal

    terminal = at_terminal("order", RESTING)
    terminal.until("Send it? [y/N]")
    terminal.process.send_signal(signal.SIGINT)
    assert terminal.end()[0] == 130
    said = inside("status", "last", "--json").json
    assert (said["stage"], said["attempts"]) == ("cancelled", [])
    assert inside("trader", "list", "--json").json["traders"][0]["open_orders"] == 0


def test_with_yes_and_without_a_terminal_nothing_is_asked(at_terminal, rests, inside):
    terminal = at_terminal("order", RESTING, "--yes", "--json")
    ended = terminal.end()
    assert (ended[0], "Send it?" in terminal.seen) == (0, False)
    assert inside("order", RESTING.replace("@ 2", "@ 2.01"), **ASKING).code == 0


def test_where_each_order_is_confirmed_one_without_a_terminal_is_refused(inside):
    ended = inside("order", RESTING, "--json", "--yes", TASTYFLOW_POLICY__CONFIRM="always")
    assert ended.code == 1
    assert ended.json["error"]["code"] == "confirmation_needed"


@pytest.mark.parametrize(("answer", "code"), [("n", 1), ("y", 0)])
def test_flatten_shows_the_list_and_asks_once(at_terminal, inside, answer, code):
    for text in ("buy 1 SPY 450C next month @ natural", "buy 1 QQQ 390C next month @ natural"):
        assert inside("order", text).code == 0
    terminal = at_terminal("flatten")
    terminal.until("Send them? [y/N]")
    assert "2 orders to close" in terminal.seen
    terminal.type(f"{answer}\n")
    assert terminal.end()[0] == code
    assert len(inside("positions", "--json").json["positions"]) == (2 if answer == "n" else 0)
    assert terminal.seen.count("[y/N]") == 1


def test_replace_asks_for_the_new_order(at_terminal, rests, inside):
    assert inside("order", RESTING).code == 0
    terminal = at_terminal("replace", "last", "@", "2.05")
    terminal.until("Send it? [y/N]")
    terminal.type("y\n")
    assert terminal.end()[0] == 0
    (new, old) = inside("orders", "--json").json["orders"]
    assert (new["stage"], old["stage"]) == ("working", "cancelled")


def test_the_conversation_asks_and_enter_is_no(at_terminal, rests, inside):
    terminal = at_terminal("chat", whole=True)
    terminal.until("demo")
    terminal.type(f"{RESTING}\r")
    terminal.until("Send it? [y/N]")
    terminal.type("\r")
    terminal.until("cancelled")
    terminal.type(f"{RESTING}.01\r")
    terminal.until("Send it? [y/N]", times=2)
    terminal.type("y\r")
    terminal.until("working")
    terminal.type("quit\r")
    assert terminal.end()[0] == 0
    assert [each["stage"] for each in inside("orders", "--json").json["orders"]] == ["working", "cancelled"]


def test_the_end_of_the_input_is_a_no_and_the_next_line_stands_by_itself(at_terminal, inside):
    terminal = at_terminal("order", RESTING)
    terminal.until("Send it? [y/N]")
    terminal.type("\x04")
    terminal.until("Cancelled before it reached production")
    assert terminal.end()[0] == 1
    assert "[y/N] \r\n" in terminal.seen.replace("^D\b\b", "")
    assert "not confirmed by the trader" in inside("status", "last").out


def test_an_answer_that_does_not_come_withdraws_the_order_and_says_so(environment, inside):
    terminal = Terminal(environment | {"TASTYFLOW_POLICY__CONFIRM_WITHIN_S": "5"}, "order", RESTING)
    terminal.until("Send it? [y/N]")
    assert terminal.end()[0] == 1
    assert inside("status", "last", "--json").json["stage"] in {"cancelled", "refused"}


def test_ctrl_c_at_the_question_of_a_conversation_is_a_no(at_terminal, rests, inside):
    terminal = at_terminal("chat", whole=True)
    terminal.until("demo")
    terminal.type(f"{RESTING}\r")
    terminal.until_asked()
    terminal.type("\x03")
    terminal.until("not confirmed")
    terminal.type("quit\r")
    assert terminal.end()[0] == 0
    assert inside("status", "last", "--json").json["stage"] == "cancelled"


def test_a_command_at_the_question_is_a_no_and_is_carried_out(at_terminal, rests, inside):
    terminal = at_terminal("chat", whole=True)
    terminal.until("demo")
    terminal.type(f"{RESTING}\r")
    terminal.until("Send it? [y/N]")
    terminal.type("halt fat finger\r")
    terminal.until("Trading is halted")
    terminal.type("quit\r")
    assert terminal.end()[0] == 0
    assert "That is no yes" in terminal.seen
    assert inside("status", "last", "--json").json["stage"] == "cancelled"
    assert "fat finger" in inside("halt", "--status").out


def test_the_card_of_a_replacement_names_the_order_whose_place_it_takes(at_terminal, rests, inside):
    assert inside("order", RESTING).code == 0
    old = inside("status", "last", "--json").json["order"]
    terminal = at_terminal("replace", "last", "@", "2.05")
    terminal.until("Send it? [y/N]")
    assert f"order {old}: buy to open" in terminal.seen
    assert "limit 2.05 debit" in terminal.seen
    terminal.type("n\n")
    assert terminal.end()[0] == 1
    assert inside("status", old, "--json").json["stage"] == "working"


@pytest.mark.parametrize("columns", [60, 80])
def test_a_narrow_terminal_leaves_no_amount_and_no_permission_out(at_terminal, inside, columns):
    inside("trader", "add", "alexandra", "--permission", "market_orders", "--permission", "short_options")
    terminal = at_terminal("trader", "list", whole=True, columns=columns)
    terminal.until_over()
    terminal.end()
    for said in ("alexandra", "$10,000", "$50,000", "market_orders", "short_options"):
        assert said in terminal.seen
    assert "…" not in terminal.seen
