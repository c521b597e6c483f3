"""After a refusal, a number takes a suggestion, and a short answer makes the line whole; a command is a command."""

from datetime import timedelta
from uuid import UUID

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.application.answers import Reply
from tastyflow.application.conversation import PATIENCE, Conversation, HeardLine, Question
from tastyflow.domain.commands import ListOrders
from tastyflow.domain.order import Order
from tastyflow.errors import NotUnderstood, Refused
from tests.application.kit import FRIDAY, Language

ASKED = "buy 10 SPY 450C"
OFFERED = ("buy 10 SPY 450C Dec 18 2026", "buy 10 SPY 450C Dec 24 2026")
COMMANDS = ["buy 5 QQQ 400C 12/18", "cancel all", "orders", "help", "halt", "close SPY", "status last"]


def refused(line: str, *suggestions: str) -> Conversation:
    """The conversation after the language refused a line, at that moment."""
    talk = Conversation(Language())
    return talk.after(HeardLine(line), Reply(error=refusal(line)), FRIDAY, suggestions)


class Orders:
    """The references that name an order."""

    def __init__(self, *references: str) -> None:
        self._references = references

    def find(self, reference: str) -> Order:
        code = "ambiguous_order" if reference in self._references else "unknown_order"
        raise Refused("No.", code=code)

    def by_id(self, order_id: UUID) -> Order:
        raise Refused(str(order_id), code="unknown_order")


def refusal(line: str) -> NotUnderstood:
    with pytest.raises(NotUnderstood) as no:
        Language.parse(line, as_of=FRIDAY)
    return no.value


def heard(talk: Conversation, text: str, *, after: timedelta = timedelta(seconds=5)) -> str:
    """The line that is asked of the desk; the code, where nothing is."""
    said = talk.hear(text, FRIDAY + after)
    return said.refused.code if said.refused else said.line


# ---- what follows a question


def test_an_answer_makes_the_refused_line_whole():
    said = refused(ASKED).hear("12/18", FRIDAY)
    assert said == HeardLine("buy 10 SPY 450C 12/18", made=True, changed=((16, 21),))


@pytest.mark.parametrize(
    ("text", "line"),
    [("1", OFFERED[0]), ("2", OFFERED[1]), ("#2", OFFERED[1]), (" 1 ", OFFERED[0]), ("3", "missing_expiration")],
)
def test_a_suggestion_is_taken_by_its_number(text: str, line: str):
    assert heard(refused(ASKED, *OFFERED), text) == line


@pytest.mark.parametrize("text", ["0", "01", "-1", "1.0", "1 2", "100", "١"])
def test_what_only_looks_like_a_number_takes_nothing(text: str):
    assert heard(refused(ASKED, *OFFERED), text) not in OFFERED


def test_a_reference_of_an_order_is_no_number_of_a_suggestion():
    talk = evolve(refused(ASKED, *OFFERED), orders=Orders("1"))
    assert heard(talk, "#1") == "#1"  # chat, to the desk
    assert heard(talk, "#2") == OFFERED[1]
    assert heard(talk, "1") == OFFERED[0]


@pytest.mark.parametrize("text", COMMANDS)
def test_a_whole_command_is_always_a_command(text: str):
    assert refused(ASKED, *OFFERED).hear(text, FRIDAY) == HeardLine(text)


@given(st.sampled_from([ASKED, "buy MSFT @ 410", "buy SPY calls", "10 SPY 450C 12/18"]), st.sampled_from(COMMANDS))
def test_no_question_takes_a_command_for_its_answer(question: str, command: str):
    assert refused(question, *OFFERED).hear(command, FRIDAY) == HeardLine(command)


def test_another_line_that_lacks_something_is_a_question_of_its_own():
    assert refused(ASKED).hear("buy 5 QQQ 400C", FRIDAY) == HeardLine("buy 5 QQQ 400C")


@pytest.mark.parametrize("text", ["lol", "good morning", "12/18?"])
def test_chat_stays_chat(text: str):
    assert refused(ASKED, *OFFERED).hear(text, FRIDAY) == HeardLine(text)


@pytest.mark.parametrize("text", ["18", "gtc", "450c", "SPY 12"])
def test_an_answer_to_something_else_is_asked_back_and_nothing_is_done(text: str):
    said = refused(ASKED, *OFFERED).hear(text, FRIDAY)
    assert said.refused is not None
    assert "Which expiration?" in said.refused.message


@pytest.mark.parametrize("line", ["buy 1 SPY 450c feb 30", "by 2 QQQ 460 puts 12/18", "trim", "buy 1 SPY 450c 12/19"])
@pytest.mark.parametrize("question", ["buy 1 SPY 450c 18/12", "close half", "buy MSFT @ 410", ASKED])
def test_a_request_that_fails_by_itself_is_never_put_into_the_line_before(question: str, line: str):
    assert refused(question, *OFFERED).hear(line, FRIDAY) == HeardLine(line)
    assert Conversation(Language(), last=Question(question, (), FRIDAY)).hear(line, FRIDAY) == HeardLine(line)


def test_a_number_takes_what_is_offered_for_a_price_in_words():
    talk = refused("buy 1 SPY 450 put 12/18 at four fifty", "buy 1 SPY 450 put 12/18 @ 4.50")
    assert heard(talk, "1") == "buy 1 SPY 450 put 12/18 @ 4.50"
    assert heard(talk, "4.50") == "buy 1 SPY 450 put 12/18 @ 4.50"


def test_a_number_that_may_be_the_answer_is_asked_back():
    talk = refused("buy MSFT @ 410", "buy 100 MSFT @ 410")
    said = talk.hear("1", FRIDAY)
    assert said.refused is not None
    assert said.refused.code == "ambiguous"
    assert heard(talk, "#1") == "buy 100 MSFT @ 410"
    assert heard(talk, "5") == "buy 5 MSFT @ 410"
    back = talk.asked_back(said, FRIDAY)
    assert [heard(back, number) for number in ("1", "2")] == ["buy 100 MSFT @ 410", "buy 1 MSFT @ 410"]
    assert heard(back, "3") == "ambiguous"


def test_a_number_that_means_the_same_either_way_is_taken():
    assert heard(refused("buy MSFT @ 410", "buy 1 MSFT @ 410"), "1") == "buy 1 MSFT @ 410"


def test_a_question_is_answered_part_by_part():
    talk = refused("buy SPY calls")
    said = talk.hear("450", FRIDAY)
    talk = talk.after(said, Reply(error=refusal(said.line)), FRIDAY, ())
    assert heard(talk, "12/18") == "buy SPY calls strike 450 12/18"


# ---- how long a question stands


@pytest.mark.parametrize(
    ("waited", "line"),
    [
        (PATIENCE - timedelta(seconds=1), OFFERED[0]),
        (PATIENCE, OFFERED[0]),
        (PATIENCE + timedelta(seconds=1), "1"),
    ],
)
def test_a_question_is_forgotten_with_time(waited: timedelta, line: str):
    assert heard(refused(ASKED, *OFFERED), "1", after=waited) == line


def test_a_question_is_forgotten_with_the_next_command():
    talk = refused(ASKED, *OFFERED).after(HeardLine("orders"), Reply(ListOrders()), FRIDAY, ())
    assert talk.question is None
    assert heard(talk, "1") == "1"


def test_a_question_outlasts_chat():
    talk = refused(ASKED, *OFFERED).after(HeardLine("lol"), Reply(ignored=True), FRIDAY, ())
    assert heard(talk, "1") == OFFERED[0]


def test_what_is_offered_next_takes_the_numbers():
    talk = refused("long straddle 1 450 Dec 18 18.4", "help")
    said = talk.hear("SPY", FRIDAY)
    assert said.refused is not None
    talk = talk.asked_back(said, FRIDAY)
    assert len(talk.offered) == 2
    assert heard(talk, "2") == said.refused.suggestions[1]


# ---- what the desk refused


def test_an_order_that_the_desk_refused_is_changed_by_its_part():
    line = "buy 10 SPY 451C 12/18"
    reply = Reply(Language.parse(line, as_of=FRIDAY), error=Refused("SPY has no strike 451.", code="unknown_strike"))
    talk = Conversation(Language()).after(HeardLine(line), reply, FRIDAY, ("buy 10 SPY 450 call Fri Dec 18 2026",))
    assert heard(talk, "1") == "buy 10 SPY 450 call Fri Dec 18 2026"
    assert heard(talk, "450c") == "buy 10 SPY 450C 12/18"
    assert heard(talk, "450") == "ambiguous"
    assert heard(talk, "sell") == "sell"  # a line of its own, that lacks something


def test_a_quote_that_the_desk_refused_is_changed_by_its_part():
    line = "quote SPY 451C 12/18"
    reply = Reply(Language.parse(line, as_of=FRIDAY), error=Refused("SPY has no strike 451.", code="unknown_strike"))
    talk = Conversation(Language()).after(HeardLine(line), reply, FRIDAY, ("quote SPY 450 call Fri Dec 18 2026",))
    assert heard(talk, "1") == "quote SPY 450 call Fri Dec 18 2026"
    assert heard(talk, "450c") == "quote SPY 450c 12/18"


def test_what_is_no_command_of_the_language_has_no_number():
    talk = refused(ASKED, "tastyflow trader add ann", OFFERED[0])
    assert talk.offered == (OFFERED[0],)


def test_a_command_that_failed_asks_nothing():
    reply = Reply(ListOrders(), error=Refused("No.", code="not_permitted", suggestions=("help",)))
    assert Conversation(Language()).after(HeardLine("orders"), reply, FRIDAY, ("help",)).question is None
