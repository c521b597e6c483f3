"""The tables that the build leaves beside the grammar: used where they are its own, and then to the same effect."""

import json
import os
import re
import shutil
import string
import subprocess
import sys
from pathlib import Path

import lark
import pytest
from hatchling.builders.wheel import WheelBuilder
from hypothesis import given
from hypothesis import strategies as st
from language_corpus import rows

from tastyflow_grammar.reading import reader, tables
from tastyflow_grammar.reading.line import read_line
from tastyflow_grammar.reading.reader import Reader, Stuck
from tastyflow_grammar.reading.structure import Structure
from tastyflow_grammar.refusing.faults import LanguageFault

ROOT = Path(__file__).parents[2]
SMALL = 'start: GREETING NAME\nGREETING.2: /HI|HELLO/\nNAME: /[A-Z]+/\n%ignore " "\n'


@pytest.fixture
def grammar(tmp_path: Path) -> Path:
    """A small grammar with its tables beside it."""
    path = tmp_path / "small.lark"
    path.write_text(SMALL, "utf-8")
    tables.store(path)
    return path


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The grammars that Lark is asked to build, from here on."""
    asked: list[str] = []
    really = tables.compiled
    monkeypatch.setattr(tables, "compiled", lambda source: asked.append(source) or really(source))
    return asked


def stored(path: Path) -> Path:
    return path.with_suffix(tables.SUFFIX)


def prepared() -> set[str]:
    """Every line of the corpus, as the grammar gets it."""
    lines = set()
    for row in rows():
        try:
            lines.add(read_line(row.text).text)
        except LanguageFault:
            continue  # it gets none
    return lines


LINES = sorted(prepared())
WORDS = sorted({word for line in LINES for word in line.split()})
ANYTHING = st.text(st.sampled_from("BUYSELTOCP 0123456789/.,@$-+#&'X"), max_size=60)
ANY_WORDS = st.lists(st.sampled_from(WORDS), max_size=12).map(" ".join)


# --- when they are used ---


def test_tables_that_are_the_grammars_own_are_used(grammar: Path, builds: list[str]):
    assert tables.load(grammar).terminals
    assert builds == []


def test_tables_of_another_grammar_are_not_used(grammar: Path, builds: list[str]):
    grammar.write_text(SMALL.replace("HELLO", "HEY"), "utf-8")
    assert any("HEY" in terminal.regexp for terminal in tables.load(grammar).terminals)
    assert len(builds) == 1


def test_a_changed_comment_is_another_grammar(grammar: Path, builds: list[str]):
    grammar.write_text(f"// a word more\n{SMALL}", "utf-8")
    tables.load(grammar)
    assert len(builds) == 1


def test_tables_of_another_lark_are_not_used(grammar: Path, builds: list[str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(lark, "__version__", "9.9.9")
    tables.load(grammar)
    assert len(builds) == 1


def test_tables_that_other_code_made_are_not_used(
    grammar: Path, builds: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    other = tmp_path / "tables.py"
    other.write_text(Path(tables.__file__).read_text("utf-8") + "# changed\n", "utf-8")
    monkeypatch.setattr(tables, "__file__", str(other))
    tables.load(grammar)
    assert len(builds) == 1


@pytest.mark.parametrize(
    "damage",
    [
        lambda whole: b"",
        lambda whole: b"\n",
        lambda whole: b"\xff\xfe garbage \x00",
        lambda whole: whole[:-1],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:64],
        lambda whole: whole + b"\n{}",
        lambda whole: whole.replace(b"GREETING", b"GREETINC"),
        lambda whole: b"0" * 64 + whole[64:],
    ],
    ids=["empty", "blank", "garbage", "a-byte-short", "half", "seal-only", "a-line-more", "altered", "another-seal"],
)
def test_damaged_tables_are_not_used(grammar: Path, builds: list[str], damage):
    whole = stored(grammar).read_bytes()
    stored(grammar).write_bytes(damage(whole))
    assert tables.load(grammar).states[0]
    assert len(builds) == 1


def test_a_folder_in_their_place_is_no_harm(grammar: Path, builds: list[str]):
    stored(grammar).unlink()
    stored(grammar).mkdir()
    assert tables.load(grammar).states[0]
    assert len(builds) == 1


def test_without_them_nothing_is_written(grammar: Path):
    stored(grammar).unlink()
    tables.load(grammar)
    assert [path.name for path in grammar.parent.iterdir()] == [grammar.name]


def test_a_grammar_that_is_none_is_not_stored(tmp_path: Path):
    path = tmp_path / "broken.lark"
    path.write_text("start: MISSING\n", "utf-8")
    with pytest.raises(lark.exceptions.LarkError):
        tables.store(path)
    assert not stored(path).exists()


# --- to the same effect ---


@pytest.fixture(scope="module")
def compiled() -> str:
    """The tables of the grammar, made once for all tests that look at them."""
    return tables.compiled(reader.GRAMMAR.read_text("utf-8"))


@pytest.fixture(scope="module")
def fresh(compiled: str) -> Reader:
    return Reader(tables.Tables(compiled))


@pytest.fixture(scope="module")
def stored_tables(compiled: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The grammar's tables, stored beside a copy of it."""
    path = tmp_path_factory.mktemp("tables") / "order.lark"
    shutil.copy(reader.GRAMMAR, path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "compiled", lambda _source: compiled)
        return tables.store(path)


@pytest.fixture(scope="module")
def loaded(stored_tables: Path) -> Reader:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "compiled", lambda _source: pytest.fail("built anew"))
        return Reader(tables.load(stored_tables.with_suffix(".lark")))


@pytest.fixture(scope="module")
def larks_own() -> lark.Lark:
    """The grammar without anything of ours but its meaning: Lark's tables, Lark's lexer."""
    return tables.larks(reader.GRAMMAR.read_text("utf-8"), transformer=Structure())


def outcome(read, text: str):
    """What is read, or where and after what the reader is stuck."""
    try:
        return read(text)
    except Stuck as stuck:
        return stuck.position, stuck.after


def larks_outcome(larks_own: lark.Lark, text: str):
    try:
        return larks_own.parse(text)
    except lark.UnexpectedInput as error:
        at_end = isinstance(error, lark.UnexpectedToken) and error.token.type == "$END"
        history = getattr(error, "token_history", None) or error.interactive_parser.parser_state.value_stack
        last = history[-1] if history else None
        return len(text) if at_end else error.pos_in_stream, last.type if isinstance(last, lark.Token) else ""


def test_loaded_tables_read_every_line_of_the_corpus_as_fresh_ones_and_as_lark_does(
    fresh: Reader, loaded: Reader, larks_own: lark.Lark
):
    assert len(LINES) > 200
    for line in LINES:
        expected = larks_outcome(larks_own, line)
        assert outcome(fresh.read, line) == expected, line
        assert outcome(loaded.read, line) == expected, line


@given(text=ANYTHING | ANY_WORDS)
def test_whatever_is_typed_is_read_as_lark_reads_it(loaded: Reader, larks_own: lark.Lark, text: str):
    assert outcome(loaded.read, text) == larks_outcome(larks_own, text)


def test_a_line_of_more_words_than_any_command_has_is_stuck_where_they_begin(loaded: Reader):
    line = "BUY " * (reader.MAX_WORDS + 1)
    with pytest.raises(Stuck) as stuck:
        loaded.read(line)
    assert (stuck.value.position, stuck.value.after) == (len("BUY ") * reader.MAX_WORDS, "BUY")
    assert loaded.read(line[:-5])


def test_no_state_and_no_rule_is_left_out(fresh: Reader, larks_own: lark.Lark):
    states = larks_own.parse_interactive().parser_state.parse_conf.parse_table.states
    sizes = sorted(len(fresh.tables.states[number]) for number in range(len(states)))
    assert sizes == sorted(len(state) for state in states.values())
    assert {str(rule) for rule in fresh.tables.rules} == {str(rule) for rule in larks_own.rules}


def test_what_is_stored_is_the_same_in_every_process(compiled: str):
    """Lark numbers its states by Python's seed for hashing; two builds must not differ for that."""
    program = "import sys, pathlib, tables; print(tables.compiled(pathlib.Path(sys.argv[1]).read_text('utf-8')))"
    builds = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(reader.GRAMMAR)],
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(tables.__file__).parent)},
        )
        for seed in ("1", "2")
    ]
    printed = {build.communicate()[0] for build in builds}
    assert [build.returncode for build in builds] == [0, 0]
    assert printed == {compiled + "\n"}


# --- what a terminal can begin with ---


@pytest.mark.parametrize(
    ("text", "begins"),
    [("SPY", "SP"), ("C", "C"), ("", ""), ("4", "0"), ("450C", "0C"), ("12/18", "0/"), ("$45", "$4")],
)
def test_a_run_of_digits_is_one_character_of_an_opening(text: str, begins: str):
    assert tables.opening_of(f" {text}", 1) == begins


@pytest.mark.parametrize(
    ("regexp", "begins"),
    [
        ("ABC", [("A", "B")]),
        ("AB|BC", [("A", "B"), ("B", "C")]),
        ("(A|BC)?DE", [("A", "D"), ("B", "C"), ("D", "E")]),
        ("A*B+[CD]", [("A", "AB"), ("B", "BCD")]),
        (r"\$?(\d+|\.\d+)", [("$", ".0123456789"), (".", "0123456789"), ("0", "")]),
        (r"\d{2,4}(C|P)", [("0", "CP")]),
        (r"2[05]%|\.5", [(".", "0123456789"), ("0", "%")]),
        (r"A(?![\w.]|,\d)", [("A", "".join(chr(c) for c in range(128) if not re.match(r"[\w.]", chr(c))))]),
        (r"1(?!\d|C)", [("0", "".join(chr(c) for c in range(128) if chr(c) not in "0123456789C"))]),
        (r"1(?!C)", [("0", "")]),
        ("(?!X)A[XY]", [("A", "XY")]),
        ("A(?=[BC]D)", [("A", "BC")]),
        ("A(?=[BC]D).", [("A", "BC")]),
        ("(?i:ab)", []),
        ("(?i)ab", []),
        (".A", [("".join(chr(c) for c in range(128) if not chr(c).isdigit()), "A"), ("0", "A")]),
        ("A.", [("A", "")]),
        ("A?", []),
        ("(A)\\1", [("A", "")]),
        ("(?>AB)", []),
    ],
)
def test_it_is_told_what_a_pattern_begins_with(regexp: str, begins: list[tuple[str, str]]):
    assert told(tables.openings(regexp)) == told(begins)


def told(openings: list[tuple[str, str]]) -> dict[str, frozenset[str]]:
    """The second characters, by the first one."""
    return {first: frozenset(seconds) for firsts, seconds in openings for first in firsts}


@given(
    text=st.text(string.printable + "ABCAB0123", min_size=1, max_size=8),
    regexp=st.from_regex(
        r"(\[\^?[A-C\\d]+\]|\(A\|\\w\)|([AB.]|\\d)[*?+]?|\(\?![A-C]\)|\(\?!\\w|[.]\\d\)|\(\?=\\d?[A-C1]\)|\(\?i:[ab]\)){1,5}",
        fullmatch=True,
    ),
)
def test_nothing_that_fits_begins_otherwise(text: str, regexp: str):
    try:
        found = re.match(regexp, text)
    except re.error:
        return
    if found and found.group():
        terminal = tables.Terminal("", regexp, tables.openings(regexp), ignored=False)
        assert terminal.may_begin_with(tables.opening_of(text))


def test_a_literal_that_lark_would_prefer_to_a_pattern_is_refused():
    """Lark would take GO for the literal wherever NAME fits too; the reader goes by the order alone."""
    with pytest.raises(lark.exceptions.GrammarError, match="GO and NAME"):
        tables.compiled('start: GO | NAME\nGO: "GO"\nNAME: /[A-Z]+/\n')
    tables.compiled('start: GO | NAME\nGO.1: "GO"\nNAME: /[A-Z]+/\n')


# --- what stands in a look-ahead ---


@pytest.mark.parametrize(
    ("rule", "alias", "line"),
    [
        ("?date", "today", "SELL 5 GM HOGMANAY 65C"),
        ("?date", "today", "SELL 5 C IN HOGMANAY 65C"),
        ("?date", "today", "BUY 5 CALLS ON IT HOGMANAY 450"),
        ("struck", "strike_right", "SELL 5 GM HOGMANAY 65C"),
        ("strategy", "straddle", "SELL 5 GM HOGMANAY 65"),
    ],
)
def test_a_new_word_of_a_rule_is_followed_wherever_that_rule_is(compiled: str, rule: str, alias: str, line: str):
    """A ticker that is also a word ends where a day, a strike or a strategy begins: of every kind that there is."""
    known = reader.GRAMMAR.read_text("utf-8")
    source = known.replace(f"\n{rule}:", f"\n{rule}: HOGMANAY -> {alias}\n | ", 1) + '\nHOGMANAY.50: "HOGMANAY"\n'
    with pytest.raises(Stuck):
        Reader(tables.Tables(compiled)).read(line)
    words = tables.larks(source).parse(line).scan_values(lambda word: isinstance(word, lark.Token))
    assert {"WORD_TICKER", "TICKER_THERE"} & {word.type for word in words}


def test_a_look_ahead_cannot_name_a_rule_that_is_not_there():
    with pytest.raises(lark.exceptions.GrammarError, match="<dya>"):
        tables.compiled('start: GO NAME\nGO.1: /GO(?= +<dya>)/\nNAME: /[A-Z]+/\n%ignore " "\n')


# --- the build makes them ---


def test_the_build_makes_them(tmp_path: Path):
    """On a copy: the working tree keeps what it has."""
    packages = ("tastyflow", "grammar/tastyflow_grammar", "adapters/tastyflow_adapters", "adapters/tastyflow_simulator")
    for package in packages:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__", "*.tables"))
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copy(ROOT / name, tmp_path / name)
    (wheel,) = WheelBuilder(str(tmp_path)).build(directory=str(tmp_path / "dist"), versions=["standard"])
    shutil.unpack_archive(wheel, tmp_path / "installed", "zip")
    program = (
        "from tastyflow_grammar import parse\n"
        "from tastyflow_grammar.reading import tables\n"
        "tables.compiled = None  # to build them now fails\n"
        "from datetime import datetime\n"
        "print(tables.__file__, parse('buy 1 KO 70 call Dec 18', as_of=datetime(2026, 11, 20)).as_dict()['command'])"
    )
    run = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(tmp_path / "installed")},
    )
    assert run.returncode == 0, run.stderr
    assert run.stdout.split() == [str(tmp_path / "installed/tastyflow_grammar/reading/tables.py"), "order"]


def test_they_are_plain_text(stored_tables: Path):
    """No pickle: to load them runs nothing."""
    seal, *lines = stored_tables.read_text("utf-8").splitlines()
    assert re.fullmatch("[0-9a-f]{64}", seal)
    assert all(isinstance(json.loads(line), dict) for line in lines)
