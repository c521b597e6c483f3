"""A rule file is a rule, or one message for each wrong key: the place, what is wrong, and what is allowed."""

import os
from datetime import date

import pytest

from tastyflow.domain.signal_rule.rule import RuleLimits
from tastyflow.domain.signal_rule.scope import FigureScope
from tastyflow.domain.signal_rule.sign_model import SignModel
from tastyflow_adapters.language import Grammar
from tastyflow_adapters.signals.rules import load_rules, rule_in_words
from tastyflow_adapters.signals.rules.folder import LARGEST_FILE_BYTES, MOST_FILES
from tests.signals.rules.rules_kit import ALERT, EXAMPLES, NOW, RULE, read, rule_of, with_trigger


def test_a_rule_is_read_as_it_was_written():
    rule = rule_of()
    assert (rule.name, rule.version, rule.symbol, rule.trader, rule.account) == ("flip", 1, "SPX", "ann", "")
    assert rule.limits == RuleLimits(cool_down_min=60, most_a_day=1)
    assert rule.scope == FigureScope(days=(0, 45), sign_model=SignModel.NAIVE)
    assert rule.figures == {"spot", "flip", "put_wall"}
    assert rule.trigger.greatest_gap_s == rule.limits.greatest_age_s
    assert rule.text == RULE


def test_what_is_left_out_is_on_the_safe_side():
    rule = rule_of(
        RULE.partition("[limits]")[0].replace('[scope]\ndte = "0-45"\nsign_model = "naive"\n', "")
        + "[action]"
        + RULE.partition("[action]")[2]
    )
    assert rule.limits == RuleLimits()
    assert (rule.limits.most_a_day, rule.limits.min_coverage, rule.limits.cool_down_min) == (1, 0.9, 15.0)
    assert rule.scope == FigureScope()


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.toml")), ids=lambda file: file.stem)
def test_an_example_is_a_rule(file):
    rule = rule_of(file.read_text("utf-8"))
    assert rule.name == file.stem
    assert len(rule_in_words(rule)) >= 4


def test_the_examples_are_read_as_one_folder():
    loaded = load_rules(EXAMPLES, Grammar(), NOW)
    assert loaded.complaints == ()
    assert [rule.name for rule in loaded.rules] == sorted(file.stem for file in EXAMPLES.glob("*.toml"))


def test_a_rule_in_words():
    assert rule_in_words(rule_of()) == (
        "flip, version 1: acts as ann on SPX.",
        "What it is for.",
        (
            "When (spot crosses flip downwards, by 0.05 % or more, within 5 minutes) for 1 minute "
            "and it is from 10:00 until 15:30 New York."
        ),
        "Order: sell 1 {symbol} {put_wall-10}/{put_wall-15} put vertical {expiration 0..7 dte} @ natural",
        "Once a day at most, 60 minutes apart, on data at most 30 s old.",
        "A signal counts for 60 s. Its market is marked after 5, 30, 120 minutes.",
        "Figures over 0 to 45 days to expiration, naive signs; at least 90% of the interest known.",
    )


WRONG = {
    # what is put in the place of what: what is said
    ('name = "flip"', 'name = "Flip it"'): "line 1: name is 'Flip it': write small letters, digits and hyphens",
    ('name = "flip"', "nme = 1"): "line 1: there is no key 'nme'. Did you mean name?",
    ('name = "flip"\n', ""): "name is missing: write small letters",
    ("version = 1", "version = 0"): "line 2: version is 0: write a whole number from 1 to 1,000,000.",
    ("version = 1", "version = 1.0"): "line 2: version is 1.0",
    ("version = 1", "version = true"): "line 2: version is true",
    ("version = 1", f"version = {10**30}"): "line 2: version is a huge number",
    ('"SPX"', '"not a ticker"'): "line 4: symbol is 'not a ticker': write a ticker.",
    ('"SPX"', '"SPXW"'): "line 4: symbol is 'SPXW', a root of options: write its underlying, SPX.",
    ('"ann"', '""'): "line 5: trader is ''",
    ('"ann"', '"аnn"'): "line 5: trader is '\\u0430nn'",
    ("symbol =", "account = 7\nsymbol ="): "line 4: account is 7: write an account's name.",
    ("symbol =", 'source = "The Web"\nsymbol ='): "line 4: source is 'The Web'",
    ("symbol =", 'brings = ["level"]\nsymbol ='): "line 4: brings is for a webhook or a criterion: source is figures.",
    ('dte = "0-45"', 'dte = "0..45"'): "line 8: scope.dte is '0..45': write days to expiration: `0`, `0-45` or `all`",
    ('dte = "0-45"', 'dte = "45-0"'): "line 8: scope.dte is '45-0'",
    ('dte = "0-45"', 'expirations = ["friday"]'): "line 8: scope.expirations[0] is 'friday': write a list of days",
    ('dte = "0-45"', 'dte = "0"\nexpirations = [2026-12-18]'): "line 9: scope.expirations and dte are two ways to say",
    ('sign_model = "naive"', 'sign_model = "naiv"'):
        "sign_model is 'naiv': write one of naive, reversed, dealers_short, gross. Did you mean naive?",
    ('sign_model = "naive"', "sign_modle = 1"):
        "line 9: there is no key 'sign_modle' in scope. Did you mean sign_model?",
    ("cool_down_min = 60", "cool_dwn_min = 60"):
        "there is no key 'cool_dwn_min' in limits. Did you mean cool_down_min?",
    ("cool_down_min = 60", "cool_down_min = 0"): "limits.cool_down_min is 0: write a number from 1 to 1440.",
    ("cool_down_min = 60", "cool_down_min = nan"): "limits.cool_down_min is nan",
    ("cool_down_min = 60", "cool_down_min = inf"): "limits.cool_down_min is inf",
    ("cool_down_min = 60", "min_coverage = 90"): "limits.min_coverage is 90: write a number from 0.5 to 1.",
    ("cool_down_min = 60", "greatest_age_s = 1e9"): "limits.greatest_age_s is 1000000000.0",
    ("cool_down_min = 60", "marked_after_min = [5, 0]"): "limits.marked_after_min[1] is 0",
    ("cool_down_min = 60", "marked_after_min = []"): "limits.marked_after_min is a list: write a list of 1 to 6",
    ("cool_down_min = 60", "approval_within_min = 0"): "limits.approval_within_min is 0",
    ("most_a_day = 1", "most_a_day = 21"): "limits.most_a_day is 21: write a whole number from 1 to 20.",
    ("most_a_day = 1", 'most_a_day = "1"'): "limits.most_a_day is '1'",
    ("[limits]\ncool_down_min = 60\nmost_a_day = 1", "limits = 3"): "limits is 3: write a table: [limits].",
    ("line = ", "lines = "): "action.line is missing: write a line of the order language",
    ("[action]\nline = ", "[acton]\nline = "): "there is no key 'acton'. Did you mean action?",
}  # fmt: skip


@pytest.mark.parametrize(("change", "said"), WRONG.items(), ids=lambda each: str(each)[:50])
def test_a_wrong_key_has_its_message(change, said):
    before, after = change
    assert before in RULE
    text = RULE.replace(before, after) if before != "[limits]\ncool_down_min = 60\nmost_a_day = 1" else _flat(before)
    rule, wrong = read(text)
    assert rule is None
    assert any(said in each for each in wrong), wrong
    assert len(wrong) <= 2


def _flat(table):
    return "limits = 3\n" + RULE.replace(table, "")


def test_every_wrong_key_is_told_at_once_in_the_order_of_the_rule():
    text = RULE.replace('"flip"', '"A"', 1).replace("version = 1", "version = 0").replace("most_a_day = 1", "most = 1")
    _, wrong = read(text)
    assert [each.partition(":")[0] for each in wrong] == [
        "flip.toml, line 1",
        "flip.toml, line 2",
        "flip.toml, line 19",
    ]


CONDITIONS = {
    '{ figure = "spott", above = 1 }': "trigger.all[0].figure is 'spott', which is no figure. Did you mean spot?",
    '{ figure = "spot" }': "a condition has exactly one of all, any, above",
    '{ figure = "spot", above = 1, below = 2 }': "this one has above and below at once.",
    "{ above = 1 }": "trigger.all[0].figure is missing",
    '{ figure = "spot", above = true }': "trigger.all[0].above is true: write a number or a figure's name",
    '{ figure = "spot", above = nan }': "trigger.all[0].above is nan",
    '{ figure = "spot", above = inf }': "trigger.all[0].above is inf",
    '{ figure = "spot", above = 1e16 }': "trigger.all[0].above is",
    '{ figure = "spot", above = "spot" }': "compares spot with itself",
    '{ figure = "spot", above = "iv_rank_percent" }': "compares spot, in dollars, with iv_rank_percent, in percent.",
    '{ figure = "spot", above = 1, hysteresis = -1 }': "hysteresis is -1: write a number of 0 or more.",
    '{ figure = "spot", above = 1, hysteresis = 1, hysteresis_percent = 1 }': "are two ways to say it: keep one.",
    '{ figure = "spot", above = 1, counts_min = 1 }':
        "no key 'counts_min' in trigger.all[0]. It does not go with above.",
    '{ figure = "spot", above = 1, hysterese = 1 }': "Did you mean hysteresis",
    '{ figure = "spot", crosses = "flip", direction = "upp" }':
        "direction is 'upp': write one of up, down, either. Did you",
    '{ figure = "spot", crosses = 6000 }': "trigger.all[0].hysteresis is missing",
    '{ figure = "net_gex_dollars_per_percent", crosses = 0, hysteresis_percent = 1 }': "is a share of zero",
    '{ figure = "net_gex_dollars_per_percent", turns = "negative" }': "beyond the number a cross goes, in dollars",
    '{ figure = "net_gex_dollars_per_percent", turns = "red", hysteresis = 1 }': "turns is 'red': write one of",
    '{ figure = "spot", crosses = "flip", for_min = 1 }': "the cross in it counts for 1 minutes: raise",
    '{ any = [{ figure = "spot", crosses = "flip" }], for_min = 2 }': "raise counts_min",
    '{ figure = "spot", above = 1, for_min = 0 }': "for_min is 0",
    '{ figure = "spot", near = "flip" }': "trigger.all[0].within is missing",
    '{ figure = "spot", near = "flip", within = 0 }': "within is 0: write a number above 0.",
    '{ figure = "spot", near = "flip", within = "5" }': "within is '5'",
    '{ time = "10:00" }': "time is '10:00': write two times of New York",
    '{ time = "15:30..10:00" }': "the first time is the earlier one.",
    '{ time = "17:00..18:00" }': "outside of the session, which is 09:30 to 16:00.",
    '{ time = "24:00..25:00" }': "time is '24:00..25:00'",
    '{ weekdays = [] }': "weekdays is a list",
    '{ weekdays = ["sat"] }': "weekdays[0] is 'sat': write a list of `mon`",
    '{ half_day = "no" }': "half_day is 'no': write `true` or `false`",
    '{ days_to_monthly = "5..0" }': "days_to_monthly is '5..0'",
    '{ free_of = "FOMC" }': "free_of names an event, and no table [events]",
    "{}": "trigger.all[0]: a condition has exactly one of",
    "7": 'a condition is a table, as { figure = "spot", above = 600 }, not 7.',
    '"spot above flip"': "a condition is a table",
    "{ all = [] }": "all is a list: write a list of 1 to 20 conditions.",
    "{ all = [{ all = [{ all = [{ all = [{ all = [{ half_day = true }] }] }] }] }] }": "lies deeper than 5",
}  # fmt: skip


@pytest.mark.parametrize(("condition", "said"), CONDITIONS.items(), ids=str)
def test_a_wrong_condition_has_its_message(condition, said):
    rule, wrong = read(with_trigger(condition))
    assert rule is None
    assert any(said in each and "line 13" in each for each in wrong), wrong


RIGHT = {
    '{ figure = "spot", above = 6000 }': "spot is above 6,000.00",
    '{ figure = "spot", below = "put_wall", hysteresis = 5 }': "spot is below put wall, until it is back by 5.00",
    '{ figure = "spot", crosses = 6000, hysteresis = 2 }': "spot crosses 6,000.00, by 2.00 or more, within 1 minute",
    '{ figure = "net_gex_dollars_per_percent", turns = "negative", hysteresis = 5e7 }':
        "net GEX crosses 0 dollars per 1 % move downwards, by 50.00 million dollars per 1 % move or "
        "more, within 1 minute",
    '{ figure = "spot", near = "put_wall", within_percent = 0.5 }': "spot is within 0.5 % of put wall",
    '{ figure = "spot_move_percent_5m", below = -1.5, for_min = 2 }':
        "(spot's move in 5 minutes is below -1.5 %) for 2 minutes",
    '{ time = "9:45..15:30" }': "it is from 09:45 until 15:30 New York",
    '{ weekdays = ["fri", "mon"] }': "it is Monday or Friday",
    '{ half_day = false }': "it is not a half day",
    '{ days_to_monthly = "0..5" }': "the monthly expiration is 0 to 5 days away",
    '{ any = [{ half_day = true }, { time = "09:30..10:00" }] }':
        "it is a half day or it is from 09:30 until 10:00 New York",
}  # fmt: skip


@pytest.mark.parametrize(("condition", "words"), RIGHT.items(), ids=str)
def test_a_condition_reads_back_in_words(condition, words):
    assert rule_of(with_trigger(condition)).trigger.in_words == words


EVENTS = "[events]\nknown_until = 2027-01-31\nFOMC = [2026-12-09T14:00:00]\nCPI = [2026-12-10]\n"


def test_events_are_kept_clear_of():
    text = with_trigger('{ free_of = ["FOMC", "CPI"], before_min = 60 }', more=EVENTS)
    words = rule_of(text).trigger.in_words
    assert words == "there is no FOMC or CPI from 60 minutes before until 0 minutes after"


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("known_until = 2027-01-31\n", "", "events.known_until is missing"),
        ("known_until = 2027-01-31", 'known_until = "soon"', "known_until is 'soon': write a day, as 2027-01-31."),
        ("[2026-12-10]", '["10 Dec"]', "events.CPI[0] is '10 Dec': write a list of days or moments"),
        ("[2026-12-10]", "2026-12-10", "events.CPI is 2026-12-10: write a list"),
        ("[2026-12-10]", "[0001-01-01T00:00:00]", "events.CPI[0] is 0001-01-01"),
        ("CPI", "NFP", "free_of names 'CPI', which [events] does not have."),
    ],
)  # fmt: skip
def test_a_wrong_calendar_has_its_message(before, after, said):
    rule, wrong = read(with_trigger('{ free_of = ["FOMC", "CPI"] }', more=EVENTS.replace(before, after)))
    assert rule is None
    assert any(said in each for each in wrong), wrong


def test_an_alert_needs_no_trigger_and_a_watched_rule_does():
    assert rule_of(ALERT).trigger is None
    _, wrong = read(
        ALERT.replace('source = "webhook"\nbrings = ["level", "contracts"]\n', "")
        .replace("{level}", "{spot}")
        .replace("{contracts at most 2}", "1")
    )
    assert wrong == ["flip.toml: trigger is missing: write the conditions at which it raises a signal, as [trigger]."]


@pytest.mark.parametrize("source", ["webhook", "my-criterion"])
@pytest.mark.parametrize(
    "condition",
    [
        '{ figure = "level", crosses = 100, hysteresis = 1 }',
        '{ figure = "level", above = 100, for_min = 1 }',
        '{ figure = "level", above = 100, hysteresis = 1 }',
    ],
)
def test_an_alert_is_one_moment(source, condition):
    text = ALERT.replace("webhook", source).replace("[action]", f"[trigger]\nall = [{condition}]\n[action]")
    rule, wrong = read(text)
    assert rule is None
    assert [each for each in wrong if "needs more than one moment, and an alert is one." in each] == wrong


def test_an_alert_never_brings_what_tastyflow_works_out_itself():
    _, wrong = read(ALERT.replace('"level", ', '"level", "spot", '))
    assert any("brings names spot, which is a figure of its own." in each for each in wrong)


def test_what_looks_like_a_secret_is_not_repeated():
    typed = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9"
    for text in (RULE.replace('"ann"', f'"{typed * 3}"'), f'{typed} = "x"\n{RULE}', RULE.replace("naive", typed)):
        _, wrong = read(text)
        assert wrong
        assert all(typed[:20] not in each for each in wrong)


# ── a folder ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "flip.toml").write_text(RULE, "utf-8")
    return tmp_path


def loaded(folder):
    found = load_rules(folder, Grammar(), NOW)
    return [rule.name for rule in found.rules], [each.sentence for each in found.complaints]


def test_no_folder_has_no_rules(tmp_path):
    assert loaded(tmp_path / "signals") == ([], [])


def test_a_folder_that_is_a_file_is_told(tmp_path):
    (tmp_path / "signals").write_text("")
    names, wrong = loaded(tmp_path / "signals")
    assert (names, len(wrong)) == ([], 1)


BAD_FILES = {
    "not toml": (b"name = ", "this is no TOML"),
    "not text": (b"\xff\xfe\x00", "the file is not text in UTF-8."),
    "nul": (b"name = \x00", "this is no TOML"),
    "too large": (b"#" * (LARGEST_FILE_BYTES + 1), "the file is larger than 32 kilobytes."),
    "too deep": (b"a = " + b"[" * 20_000, "nested too deeply"),
    "too many digits": (b"version = " + b"9" * 20_000, "this is no TOML"),
    "many dots": (b".".join([b"a"] * 8_000) + b" = 1", "there is no key"),
    "empty": (b"", "name is missing"),
    "twice": (b"version = 1\nversion = 2", "this is no TOML"),
}


@pytest.mark.parametrize(("raw", "said"), BAD_FILES.values(), ids=list(BAD_FILES))
def test_a_wrong_file_never_stops_the_others(folder, raw, said):
    (folder / "bad.toml").write_bytes(raw)
    names, wrong = loaded(folder)
    assert names == ["flip"]
    assert any(said in each for each in wrong), wrong
    assert all(each.startswith("bad.toml") for each in wrong)
    assert all(len(each) < 600 for each in wrong)


def test_what_is_no_file_is_told(folder):
    (folder / "folder.toml").mkdir()
    os.mkfifo(folder / "pipe.toml")
    (folder / "dangling.toml").symlink_to(folder / "nowhere")
    (folder / "notes.txt").write_text("no rule")
    (folder / ".hidden.toml").write_text("no rule")
    names, wrong = loaded(folder)
    assert names == ["flip"]
    assert sorted(wrong) == [
        "dangling.toml: this is no regular file.",
        "folder.toml: this is no regular file.",
        "pipe.toml: this is no regular file.",
    ]


def test_a_name_in_two_files_is_taken_from_neither(folder):
    (folder / "again.toml").write_text(RULE, "utf-8")
    (folder / "other.toml").write_text(RULE.replace('name = "flip"', 'name = "other"'), "utf-8")
    names, wrong = loaded(folder)
    assert names == ["other"]
    assert wrong == [
        "again.toml: name is 'flip', as in flip.toml: none of them is taken.",
        "flip.toml: name is 'flip', as in again.toml: none of them is taken.",
    ]


def test_a_name_that_is_also_in_a_wrong_file_is_taken_from_the_right_one(folder):
    (folder / "again.toml").write_text(RULE.replace("version = 1", "version = 0"), "utf-8")
    names, wrong = loaded(folder)
    assert (names, len(wrong)) == (["flip"], 1)


def test_more_files_than_are_read_are_told(folder):
    for number in range(MOST_FILES + 1):
        (folder / f"z{number:03}.toml").write_text("x = 1")
    names, wrong = loaded(folder)
    assert names == ["flip"]
    assert any("more than 100 rules" in each for each in wrong)


def test_the_digest_is_of_the_file_as_it_was_written(folder):
    before = load_rules(folder, Grammar(), NOW).rules[0].digest
    (folder / "flip.toml").write_text(f"{RULE}# a word\n", "utf-8")
    assert load_rules(folder, Grammar(), NOW).rules[0].digest != before


def test_named_days_are_a_scope():
    rule = rule_of(RULE.replace('dte = "0-45"', "expirations = [2026-12-18, 2026-12-04]"))
    assert rule.scope.expirations == (date(2026, 12, 4), date(2026, 12, 18))
    listed = [date(2026, 12, 3), date(2026, 12, 4), date(2026, 12, 18)]
    assert rule.scope.chosen(listed, today=date(2026, 11, 30)) == rule.scope.expirations
