"""
docs/language.md says what the program does: every example in it is read as a trader's line. The cheat sheet repeats it.

    ```order          lines, then "= " and what all of them mean
    | you write |     what stands there means the cell under "it means"; legs, price, code and words are compared
    ```console        `tastyflow parse --json`, and its answer

A "…" in the head of a column is where the cells of that column go. What is meant is canonical words or a code.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import get_args

import pytest
from attrs import frozen

from tastyflow.domain.commands import AskedAction, Command, HeldPart
from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.ticket import MAX_LEGS, Duration, OrderType, PriceEffect, Strategy
from tastyflow.errors import NotUnderstood
from tastyflow_grammar import answer, complete, parse, render
from tastyflow_grammar.meaning.day_forms import FORMS
from tastyflow_grammar.parts import When
from tastyflow_grammar.reading.line import MAX_LENGTH, read_line
from tastyflow_grammar.reading.reader import Stuck, read
from tastyflow_grammar.refusing.faults import Code, LanguageFault

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "language.md").read_text("utf-8")
SHEET = (DOCS / "cheat-sheet.md").read_text("utf-8")
THAT_FRIDAY = datetime(2026, 11, 20, 10, tzinfo=NEW_YORK)
SPAN = re.compile(r"`([^`]+)`")


@frozen
class Example:
    """A line of the page, and what the page says of it by column: ``it means``, ``legs``, ``price`` …"""

    text: str
    says: dict[str, str]
    as_of: datetime = THAT_FRIDAY

    def __str__(self) -> str:
        return self.text

    @property
    def answer(self) -> dict[str, object]:
        return answer(self.text, as_of=self.as_of)


# ---- reading the page


def examples() -> list[Example]:
    return [*blocks(), *(example for table in tables() for example in rows(*table))]


def blocks() -> Iterator[Example]:
    for block in re.findall(r"```order\n(.*?)```", PAGE, re.DOTALL):
        lines: list[str] = []
        for line in filter(None, block.splitlines()):
            if line.startswith("= "):
                yield from (Example(text, {"it means": line.removeprefix("= ")}) for text in lines)
                lines = []
            else:
                lines.append(line)
        assert lines == [], "no '=' behind these lines"


def tables() -> Iterator[tuple[list[str], list[list[str]]]]:
    """The head and the rows of every table in which something is written."""
    for table in re.findall(r"(?:^\|.*\|\n)+", PAGE, re.MULTILINE):
        head, _, *body = ([cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines())
        if any(name.startswith("you write") for name in head):
            yield head, body


def rows(head: list[str], body: list[list[str]]) -> Iterator[Example]:
    frames = {column(name): (SPAN.search(name) or ["", "…"])[1] for name in head}
    day = re.search(r" on (\w{3} \w{3} \d+ \d{4})(?: at (\d\d:\d\d))?", head[0])
    as_of = datetime.strptime(f"{day[1]} {day[2] or '10:00'} -0500", "%a %b %d %Y %H:%M %z") if day else THAT_FRIDAY
    for row in body:
        said = dict(zip(frames, row, strict=True))
        if "it means" in said:
            (meant,) = SPAN.findall(said["it means"])
            said["it means"] = meant if meant in set(Code) else frames["it means"].replace("…", meant)
        typed = SPAN.findall(said.pop("you write"))
        assert typed, row
        yield from (Example(frames["you write"].replace("…", text), said, as_of) for text in typed)


def column(name: str) -> str:
    return re.split(r",| on |$", name, maxsplit=1)[0]


EXAMPLES = examples()


# ---- every example is right


@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_a_line_means_what_the_page_says(example):
    told = example.answer
    for name, check in CHECKS.items():
        if name in example.says:
            assert check(example, told) == example.says[name], told
    assert CHECKS.keys() & example.says.keys()


def words(example, told):
    return told["code"] if told["status"] == "error" else render(parse(example.text, as_of=example.as_of))


def legs(_example, told):
    days = {str(leg["expiration"]) for leg in told["legs"] if "expiration" in leg}
    return " · ".join(leg_words(leg, dated=len(days) > 1) for leg in told["legs"])


def leg_words(leg, *, dated):
    what = f"{leg['strike']} {leg['right']}" if "strike" in leg else "shares"
    when = f" {datetime.fromisoformat(leg['expiration']):%b %-d}" if dated else ""
    return f"{'+' if leg['action'].startswith('buy') else '−'}{leg['quantity']} {what}{when}"


CHECKS = {
    "it means": words,
    "legs": legs,
    "price": lambda _example, told: told["price_effect"],
    "strategy": lambda _example, told: told["strategy"].replace("_", " "),
    "code": lambda _example, told: told["code"],
    "it says": lambda _example, told: told["message"],
}


def consoles() -> list[tuple[str, str, str]]:
    (block,) = re.findall(r"```console\n(.*?)```", PAGE, re.DOTALL)
    return re.findall(r'\$ tastyflow parse --as-of (\S+) --json "(.*)"\n([^$]+)', block)


@pytest.mark.parametrize(("as_of", "text", "printed"), consoles())
def test_the_json_on_the_page_is_the_answer(as_of, text, printed):
    assert json.loads(printed) == answer(text, as_of=datetime.fromisoformat(as_of).replace(tzinfo=NEW_YORK))


def test_a_line_in_running_text_stands_in_an_example_too():
    running = re.sub(r"```.*?```|^\|.*$|<!--.*?-->", "", PAGE, flags=re.DOTALL | re.MULTILINE)
    lines = {span for span in SPAN.findall(running) if len(span.split()) > 3 and not span.startswith("tastyflow")}
    assert lines <= {example.text for example in EXAMPLES}


def test_every_link_within_the_page_leads_to_a_heading():
    titles = re.findall(r"^#+ (.*)$", PAGE, re.MULTILINE)
    headings = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles}
    assert len(headings) == len(titles)
    assert set(re.findall(r"\]\(#([^)]+)\)", PAGE)) <= headings


def answers() -> Iterator[tuple[str, str, str]]:
    """What is refused, what is answered, and the line that these make; "nothing" where none is made."""
    for table in re.findall(r"(?:^\|.*\|\n)+", PAGE, re.MULTILINE):
        head, _, *body = ([cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines())
        if head[:1] == ["after"]:
            for refused, typed, made in body:
                line = (SPAN.findall(made) or ["nothing"])[0]
                yield from ((SPAN.findall(refused)[0], text, line) for text in SPAN.findall(typed))


@pytest.mark.parametrize(("refused", "text", "line"), list(answers()))
def test_a_short_answer_makes_the_line_on_the_page(refused, text, line):
    try:
        assert complete(text, answering=refused, as_of=THAT_FRIDAY).line == line
    except NotUnderstood:
        assert line == "nothing"


def test_the_page_shows_short_answers():
    assert len(list(answers())) > 8


# ---- a beginner's twenty lines, and the sheet for a phone


def test_the_page_begins_with_twenty_lines():
    first = PAGE.partition("## Say it like this\n")[2].partition("\n**Find it:**")[0]
    assert PAGE.index("## Say it like this") == PAGE.index("\n## ") + 1
    rows_of_lines = [line for line in first.splitlines() if line.startswith("| ") and "`" in line]
    assert len(rows_of_lines) == 20


def test_what_the_cheat_sheet_says_stands_on_the_page():
    assert set(SPAN.findall(SHEET)) <= set(SPAN.findall(re.sub(r"```.*?```", "", PAGE, flags=re.DOTALL)))


def test_a_whole_line_of_the_cheat_sheet_is_run_on_the_page():
    answered = {text for _, text, _ in answers()}
    run = {example.text for example in EXAMPLES if example.answer["status"] == "ok"} | answered
    words_of_a_line = re.split(r"\| \*\*words in it\*\*.*?(?=\| \*\*)", SHEET, flags=re.DOTALL)
    assert {line for part in words_of_a_line for line in SPAN.findall(part)} <= run


def test_the_cheat_sheet_fits_a_phone():
    assert len(SHEET.splitlines()) <= 48
    assert max(map(len, SHEET.splitlines())) <= 80
    assert max(len(line) for line in re.findall(r"`[^|]*`", SHEET)) <= 44


# ---- nothing is left out


def test_every_code_is_explained():
    assert {example.says["code"] for example in EXAMPLES if "code" in example.says} == set(Code)


def test_every_strategy_is_shown():
    assert {example.answer.get("strategy") for example in EXAMPLES} >= set(Strategy)


def test_every_command_is_shown():
    shown = {type(parse(each.text, as_of=each.as_of)) for each in EXAMPLES if each.answer["status"] == "ok"}
    assert shown == set(get_args(Command))


def test_every_form_of_a_date_is_shown():
    assert {form for example in EXAMPLES for form in forms(example)} == set(FORMS)


def forms(example: Example) -> Iterator[str]:
    try:
        said = read(read_line(example.text).text)
    except (Stuck, LanguageFault):
        return
    yield from (part.value.form for part in said.parts if isinstance(part.value, When))


def keys() -> dict[str, set[str]]:
    written = re.search(r"<!-- keys -->\n(.*?)<!-- /keys -->", PAGE, re.DOTALL)
    assert written is not None
    cells = [line.strip("| ").split(" | ") for line in written[1].splitlines()[2:]]
    return {key.strip("`"): set(SPAN.findall(values)) for key, values in cells}


def test_every_key_of_an_answer_is_explained():
    given = {key for example in EXAMPLES for key in example.answer}
    of_legs = {key for example in EXAMPLES for leg in example.answer.get("legs", ()) for key in leg}
    assert keys().keys() == given | of_legs


def test_the_values_that_a_key_can_have_are_all_there():
    said = keys()
    assert said["command"] == {str(each.answer["command"]) for each in EXAMPLES if each.answer["status"] == "ok"}
    assert said["action"] == {*AskedAction}
    assert said["part"] == {*HeldPart}
    assert said["strategy"] == {*Strategy}
    assert said["order_type"] == {*OrderType}
    assert said["price_effect"] - {"close"} == {*PriceEffect}
    assert {value.split(":")[0] for value in said["time_in_force"]} == {*Duration}


def test_the_limits_are_the_programs_own():
    assert f"at most {MAX_LENGTH:,} characters, an order at most {MAX_LEGS} legs" in PAGE
    with pytest.raises(NotUnderstood, match=f"at most {MAX_LENGTH:,}"):
        parse("x" * (MAX_LENGTH + 1), as_of=THAT_FRIDAY)
