"""``tastyflow chat``: a line, an answer; in a terminal with a prompt, a history and live news."""

import os
import pty
import re
import select
import subprocess
import time
from datetime import datetime, timedelta

import pytest

from tastyflow.domain.expirations import NEW_YORK
from tests.cli.conftest import PROGRAM, RESTING


@pytest.mark.usefixtures("rests")
def test_piped_lines_are_answered_each_to_the_end_of_the_input(tastyflow):
    ended = tastyflow("chat", typed=f"{RESTING}\ncancel last\norders\npositions\nbalance\n")
    assert ended.code == 0
    told = re.findall("working ·|cancelled ·|order   asked|Nothing is held|net liquidating", ended.out)
    assert told == ["working ·", "cancelled ·", "order   asked", "Nothing is held", "net liquidating"]


def test_news_is_told_with_the_reference_of_its_order(inside):
    ended = inside("chat", typed="buy 1 SPY 450C next month")
    lines = [line for line in ended.out.splitlines() if "✓" in line or "Filled" in line]
    assert len({line[:6] for line in lines}) == 1
    assert len(lines) > 8


def test_ordinary_chat_gets_a_gentle_hint_and_no_entry_in_the_log(inside):
    ended = inside("chat", typed="good morning\norders\n")
    assert ended.out.splitlines() == [
        "That is no order and no command, so nothing was done. Type 'help' to see what is.",
        "FAKE",
        "There is no order yet.",
    ]


def test_a_yes_without_a_card_is_told_that_nothing_waits_for_it(inside):
    assert inside("chat", typed="y\nNo\n").out.count("No order waits for a yes or no.") == 2


def test_help_shows_what_can_be_typed_and_quit_ends(inside):
    ended = inside("chat", typed="help\nquit\norders\n")
    assert "buy 10 calls for SPY" in ended.out
    assert "no order yet" not in ended.out


def test_what_cannot_be_done_is_said_and_the_conversation_goes_on(inside):
    ended = inside("chat", typed="status abc123\nbuy 1 SPY call\nhalt\nhelp\n")
    assert "There is no order 'abc123'" in ended.out
    assert "refused" in ended.out
    assert "Trading is halted since" in ended.out
    assert "cancel all" in ended.out


def test_a_question_takes_its_answer(tastyflow):
    ended = tastyflow("chat", typed="buy 1 SPY 450C\nthanks\n18\nnext month\norders\n")
    assert ended.code == 0
    assert ended.out.count("Which expiration?") >= 2
    assert "That does not answer it." in ended.out
    assert "> buy 1 SPY 450C next month\n" in ended.out
    assert ended.out.count("filled ·") == 1


@pytest.mark.usefixtures("rests")
def test_a_suggestion_is_taken_by_its_number_and_a_number_alone_is_none(inside):
    ended = inside("chat", typed="1\nbuy 1 SPY 450C @ 0.01\n9\n1\n1\ncancel all\n1\n")
    assert "│ 1 buy 1 SPY 450C @ 0.01 " in ended.out
    assert ended.out.count("> buy 1 SPY 450C @ 0.01 ") == 1
    assert ended.out.count("working ·") == 1
    assert ended.out.count("nothing was done") == 3


def test_a_question_that_is_asked_again_keeps_the_numbers_of_what_was_offered(inside):
    """The language would offer today, which the desk refuses: it stood in no list, and comes into none."""
    at = {"TASTYFLOW_NOW": "2026-12-01T09:40"}
    ended = inside("chat", typed="buy 1 SPY 450C @ 2\n9\n", **at)
    offered = [line.strip("│ ") for line in ended.out.splitlines() if " buy 1 SPY 450C @ 2 Dec " in line]
    first, again = offered[: len(offered) // 2], offered[len(offered) // 2 :]
    assert first == again
    assert "Dec 1 2026" not in ended.out


def test_what_is_offered_for_a_command_line_has_no_number(inside):
    ended = inside("chat", "--as", "stranger", typed="buy 1 SPY 450C next month\n1\n")
    assert "did you mean: tastyflow trader add stranger" in ended.out
    assert "> " not in ended.out


def test_bytes_that_are_no_text_do_no_harm(tastyflow):
    ended = tastyflow("chat", typed=b"\xff\xfe\x00\x1b[31m\nbuy \x07\nbalance")
    assert not {"\x1b", "\x07"} & set(ended.out)
    assert "buying power" in ended.out


@pytest.fixture
def terminal(environment):
    """A chat in a terminal of its own: what is typed, and all that was shown until some words came."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*PROGRAM, "chat"], stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
        env=environment | {"TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1"},
    )  # fmt: skip
    os.close(theirs)

    unread = b""

    def until(words: str, *, typed: str = "") -> str:
        nonlocal unread
        os.write(ours, typed.encode())
        deadline = time.monotonic() + 20
        while words.encode() not in (plain := re.sub(rb"\x1b\[[\d;?]*[a-zA-Z]", b"", unread)):
            assert select.select([ours], [], [], max(0, deadline - time.monotonic()))[0], plain.decode()
            unread += os.read(ours, 65_536)
        shown, _, unread = plain.partition(words.encode())
        return shown.decode()

    yield process, ours, until
    process.kill()
    process.wait()
    os.close(ours)


@pytest.mark.usefixtures("rests")
def test_a_terminal_has_a_prompt_a_history_and_news_above_it(terminal, home):
    process, keys, until = terminal
    until("demo FAKE>")
    until("demo FAKE>", typed="drop this line\x03")
    assert "✓ tidy" in until("works on at the venue", typed=f"{RESTING}\r")
    until("demo FAKE>")
    until("cancelled ·", typed="cancel last\r")
    until("demo FAKE>")
    os.write(keys, b"\x04")
    assert process.wait(timeout=10) == 0
    typed = (home / "history").read_text()
    assert f"+{RESTING}\n" in typed
    assert "drop" not in typed


@pytest.mark.usefixtures("rests")
def test_a_command_as_a_hint_names_it_means_the_same_in_a_conversation(inside):
    ended = inside("chat", typed=f"{RESTING}\ntastyflow cancel last\ntastyflow trader list\n")
    assert "cancelled ·" in ended.out
    assert "That is no order and no command" in ended.out  # the operator's commands are not of a conversation


def test_what_happened_stands_above_what_it_came_to(inside):
    said = inside("chat", typed="buy 1 SPY 450C").out
    assert said.index("Refused: Which expiration?") < said.index("─ ")


def test_a_conversation_that_ends_says_what_no_service_follows(inside, rests):
    said = inside("chat", typed=f"{RESTING}\n")
    assert "No service follows it: start 'tastyflow run'" in said.err
    assert "No service" not in inside("chat", typed="cancel all\n").err


# ---- what refers to an order


@pytest.mark.usefixtures("rests")
def test_an_order_at_work_is_replaced_once_the_card_has_its_yes(terminal):
    _, _, until = terminal
    until("demo FAKE>")
    until("works on at the venue", typed=f"{RESTING}\r")
    shown = until("Send it? [y/N]", typed="make it 2.10\r")
    assert re.search(r"> replace [0-9a-f]{6} @ 2.10", shown)
    assert "replaces" in shown
    until("Replaced by order", typed="y\r")


@pytest.mark.usefixtures("rests")
def test_what_is_made_of_an_answer_waits_for_a_yes_whatever_the_policy_says(terminal):
    _, _, until = terminal
    until("demo FAKE>")
    until("works on at the venue", typed=f"{RESTING}\r")
    shown = until("Send it? [y/N]", typed="same but 455\r")
    assert "> buy 1 SPY 455C next month @ 2" in shown
    assert "This is another order" in shown
    shown = until("Send it? [y/N]", typed="double it\r")  # no yes: the card is withdrawn, and its order is the last one
    assert "not confirmed by the trader" in shown
    assert "> buy 2 SPY 455C next month @ 2" in shown
    until("not confirmed by the trader", typed="n\r")


@pytest.mark.usefixtures("rests")
def test_cancel_it_at_the_question_is_a_no_and_nothing_more(terminal):
    _, _, until = terminal
    until("demo FAKE>")
    until("works on at the venue", typed=f"{RESTING}\r")
    until("Send it? [y/N]", typed="double it\r")
    shown = until("not confirmed by the trader", typed="cancel it\r")
    assert "That is no yes" not in shown
    assert "Cannot cancel" not in shown


def test_what_refers_to_an_order_is_told_where_there_is_none(inside):
    said = inside("chat", typed="again\nclose it\nmake it 1.25\norders\n").out.splitlines()
    assert [line.partition(".")[0] for line in said[:3]] == [
        f"There is no order to {verb}" for verb in ("repeat", "close", "change")
    ]
    assert said[-1] == "There is no order yet."


@pytest.mark.usefixtures("rests")
def test_the_size_of_an_order_at_work_is_not_changed_and_what_to_write_works(inside):
    said = inside("chat", typed=f"{RESTING}\nmake it 3\ncancel it\nsame but x3\norders\n").out
    assert "its size cannot change. Write 'cancel " in said
    assert re.search(r"> cancel [0-9a-f]{6}\n", said)
    assert "> buy 3 SPY 450C next month @ 2\n" in said
    assert said.count("buy to open 3 SPY 450 call") >= 2


def test_what_was_filled_is_closed_and_rolled(inside):
    later = (datetime.now(NEW_YORK).replace(day=1) + timedelta(days=70)).strftime("%b")
    said = inside("chat", typed=f"buy 1 SPY 450C next month\nroll it to {later}\nclose it\npositions\n").out
    assert "> sell to close 1 SPY 450 call" in said
    assert said.count("filled ·") == 3
    assert "Nothing is held" in said
