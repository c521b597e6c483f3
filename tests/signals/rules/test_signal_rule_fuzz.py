"""Whatever a file holds, it is a rule or it has complaints: no exception, no endless text, no rule with a wrong key."""

import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow_adapters.signals.rules.keys import (
    ACTION_KEYS,
    CONDITION_KEYS,
    EVENT_KEYS,
    LIMIT_KEYS,
    RULE_KEYS,
    SCOPE_KEYS,
)
from tastyflow_adapters.signals.rules.lines import lines_of
from tests.signals.rules.rules_kit import ALERT, EXAMPLES, RULE, read

FILES = [RULE, ALERT, *(file.read_text("utf-8") for file in sorted(EXAMPLES.glob("*.toml")))]
KEYS = sorted({*RULE_KEYS, *SCOPE_KEYS, *LIMIT_KEYS, *EVENT_KEYS, *ACTION_KEYS, *CONDITION_KEYS, "x", "spot"})


VALUES = (
    'true false nan -inf 0 -1 1e400 0x7f 1979-05-27 07:32:00 2026-12-10T14:00:00Z "" "spot" "{" "\\u202e" [] {} '
    + "9" * 30
)
odd = st.sampled_from(['"', "{", "}", "[", "]", "=", "\n", "nan", "inf", "9" * 40, "\\u0000", "'''", "#"])


def holds(text):
    """*text* is a rule, or has complaints that a person can read."""
    rule, wrong = read(text)
    assert (rule is None) == bool(wrong)
    assert len(wrong) <= 50
    assert all(len(each) < 700 and each.isprintable() for each in wrong)
    return rule


@settings(max_examples=300)
@given(st.sampled_from(FILES), st.data())
def test_a_file_with_one_place_changed(text, data):
    start = data.draw(st.integers(0, len(text)))
    end = min(len(text), start + data.draw(st.integers(0, 12)))
    put = data.draw(st.one_of(st.text(max_size=8), odd))
    holds(text[:start] + put + text[end:])


@given(st.text(max_size=200))
def test_any_text(text):
    holds(text)


plain = st.one_of(
    st.sampled_from(VALUES.split()),
    st.integers().map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(str),
)  # fmt: skip
nested = st.recursive(
    plain,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda each: f"[{', '.join(each)}]"),
        st.dictionaries(st.sampled_from(KEYS), inner, max_size=4).map(
            lambda each: "{" + ", ".join(f"{key} = {value}" for key, value in each.items()) + "}"
        ),
    ),
    max_leaves=12,
)


@settings(max_examples=200)
@given(
    st.dictionaries(st.sampled_from(KEYS), nested, max_size=8),
    st.sampled_from(["", "[trigger]", "[events]", "[limits]"]),
)
def test_known_keys_with_any_values(values, table):
    kept = RULE.replace("[trigger]", "[old]") if table else ""
    holds(f"{kept}\n{table}\n" + "\n".join(f"{key} = {value}" for key, value in values.items()))


@settings(max_examples=100)
@given(nested)
def test_any_trigger(value):
    before, _, after = RULE.partition("[trigger]")
    holds(f"trigger = {value}\n{before}\n[limits]{after.partition('[limits]')[2]}")


# ── lines ────────────────────────────────────────────────────────────────────────────────────────────────────────


def keys_of(value, path=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield (*path, key)
            yield from keys_of(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield (*path, index)
            yield from keys_of(inner, (*path, index))


@given(st.dictionaries(st.sampled_from(KEYS), nested, max_size=6), st.sampled_from(["", "[t]", "[[t]]", "[a.b]"]))
def test_every_key_has_its_line(values, table):
    text = f"first = 1 # {{ [ = \n{table}\n" + "\n".join(f"{key} = {value}" for key, value in values.items())
    lines = lines_of(text)
    assert set(keys_of(tomllib.loads(text))) <= set(lines)
    prefix = {"": (), "[t]": ("t",), "[[t]]": ("t", 0), "[a.b]": ("a", "b")}[table]
    for number, key in enumerate(values):
        assert lines[(*prefix, key)] == 3 + number


def test_lines_through_strings_comments_and_lists_of_tables():
    text = '''a = """
x = 1
[y]
""" # b = 2
c = ["]", '#', { d = "}", e = [
  1, # one
  2,
] }]
[[t]]
f.g = 1
[[t]]
"h i" = \'\'\'
\'\'\'
j = 2
[t.k]
l = 3
'''
    lines = lines_of(text)
    assert set(keys_of(tomllib.loads(text))) <= set(lines) | {("t", 0, "f"), ("t", 1, "k")}
    assert [lines[path] for path in [("a",), ("c",), ("c", 2, "e", 1), ("t", 0, "f", "g"), ("t", 1, "j")]] == [
        1,
        5,
        7,
        10,
        14,
    ]
    assert lines["t", 1, "k", "l"] == 16


@given(st.text("[]{}=\"'#.,\nab1 \\", max_size=60))
def test_no_text_stops_the_walk(text):
    assert all(1 <= line <= text.count("\n") + 1 for line in lines_of(text).values())
