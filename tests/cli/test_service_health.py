"""What the health page says of good, doubtful and broken, by the facts that it is made from."""

import pytest

from tastyflow.application.service.leases import FENCED_AFTER_S
from tastyflow_adapters.checkup import ProbeOutcome
from tastyflow_adapters.cli.checkup_page import code_of
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.service.health import checks_of

GOOD = {
    "role": "working",
    "since": "2026-11-20T15:00:00+00:00",
    "lease_age_s": 0.5,
    "store": {"last_append_s": 0.004},
    "streams": [{"venue": "production", "account": "main", "up": True, "since": None, "heard_s": 3.0, "trouble": ""}],
    "tokens": [{"venue": "production", "good_for_s": 600.0}],
    "clock_skew_s": {"production": 0.2},
    "reconciled": [{"account": "main", "age_s": 12.0, "complete": True, "missing": ""}],
    "oldest_unanswered": None,
    "last_event": {"position": 9, "at": "2026-11-20T15:00:00+00:00", "age_s": 4.0},
    "incidents": 0,
    "trading": "running",
    "parts": [{"name": "timers", "state": "running", "restarts": 0, "trouble": ""}],
    "discord": {
        "connected": True,
        "since": "2026-11-20T15:00:00+00:00",
        "heard_s": 2.0,
        "latency_ms": 40.0,
        "restarts": 0,
        "trouble": "",
        "forgets": "",
    },
    "signals": {
        "off": None,
        "rules": [
            {
                "rule": "spx-flip",
                "version": 3,
                "mode": "auto",
                "symbol": "SPX",
                "rests": None,
                "data": {
                    "at": "2026-11-20T15:00:00+00:00",
                    "spot": 6000.0,
                    "coverage": 0.97,
                    "oldest_age_s": 2.0,
                    "held": [],
                    "trouble": None,
                },
                "trigger": {"holds": False, "near": False, "conditions": []},
                "in_hand": False,
            }
        ],
        "rules_in_all": 1,
        "complaints": [],
    },
}
RULE = GOOD["signals"]["rules"][0]
OLD_ANSWER = {"order": "7f3a00", "venue": "production", "age_s": 121.0}


def test_where_nothing_is_wrong_all_is_good():
    found = list(checks_of(GOOD))
    assert {each.outcome for each in found} == {ProbeOutcome.OK}
    assert code_of(found) is ExitCode.DONE


@pytest.mark.parametrize(
    ("fact", "name", "code"),
    [
        ({"role": "standing by", "lease_age_s": None}, "service", 4),
        ({"role": "starting"}, "service", 4),
        ({"lease_age_s": FENCED_AFTER_S}, "service", 1),
        ({"lease_age_s": None}, "service", 1),
        ({"store": {"last_append_s": 1.5}}, "store", 4),
        ({"last_event": None, "incidents": None, "trading": None}, "store", 1),
        ({"streams": [GOOD["streams"][0] | {"up": False, "trouble": "no answer in time"}]}, "stream of main", 4),
        ({"tokens": [{"venue": "production", "good_for_s": 10.0}]}, "token", 4),
        ({"tokens": [{"venue": "production", "good_for_s": 0.0}]}, "token", 1),
        ({"clock_skew_s": {"production": -3.0}}, "clock", 4),
        ({"reconciled": [GOOD["reconciled"][0] | {"complete": False, "missing": "503"}]}, "account main", 4),
        ({"oldest_unanswered": OLD_ANSWER}, "answers", 1),
        ({"incidents": 2}, "incidents", 4),
        ({"trading": "halted"}, "trading", 4),
        ({"parts": [{"name": "a", "state": "pausing after a failure", "restarts": 1, "trouble": "x"}]}, "parts", 4),
        ({"parts": [{"name": "a", "state": "given up", "restarts": 6, "trouble": "x"}]}, "parts", 1),
        ({"discord": GOOD["discord"] | {"forgets": "The file is no database."}}, "discord", 4),
        ({"discord": GOOD["discord"] | {"connected": False, "trouble": "an event broke the bot"}}, "discord", 4),
    ],
    ids=lambda value: str(value)[:40],
)
def test_each_thing_that_is_not_well_is_named_with_what_to_do(fact, name, code):
    found = list(checks_of(GOOD | fact))
    ill = [each for each in found if each.outcome is not ProbeOutcome.OK]
    assert name in [each.name for each in ill]
    assert code_of(found) == code


def test_an_attempt_that_waits_for_less_than_two_minutes_is_told_and_no_alarm():
    found = list(checks_of(GOOD | {"oldest_unanswered": OLD_ANSWER | {"age_s": 60.0}}))
    (told,) = [each for each in found if each.name == "answers"]
    assert (told.outcome, "7f3a00" in told.seen) == (ProbeOutcome.OK, True)


def test_a_part_that_was_started_again_is_told():
    parts = [GOOD["parts"][0] | {"restarts": 3}]
    assert any("started again 3 times" in each.seen for each in checks_of(GOOD | {"parts": parts}))


def signals(**changes):
    return {"signals": GOOD["signals"] | {"rules": [RULE | changes]}}


@pytest.mark.parametrize(
    ("fact", "name", "seen"),
    [
        (signals(data=RULE["data"] | {"held": ["Its data are old."]}), "rule spx-flip", "auto, holds still: Its data"),
        (signals(data=RULE["data"] | {"trouble": "no login"}), "rule spx-flip", "auto, not watched: no login"),
        (signals(rests="The rule spx-flip was edited."), "rule spx-flip", "rests: The rule spx-flip was edited."),
        ({"signals": GOOD["signals"] | {"complaints": ["a.toml, line 3: x."]}}, "signals", "1 complaint about"),
        ({"signals": GOOD["signals"] | {"off": "There is no market data."}}, "signals", "none is watched"),
    ],
)
def test_a_rule_that_holds_still_and_a_file_that_holds_none_are_warned_of(fact, name, seen):
    ill = [each for each in checks_of(GOOD | fact) if each.outcome is not ProbeOutcome.OK]
    assert [each.name for each in ill] == [name]
    assert seen in ill[0].seen
    assert ill[0].do


def test_a_rule_that_a_person_turned_off_is_told_and_no_warning():
    found = {each.name: each for each in checks_of(GOOD | signals(mode="off", rests="It is off."))}
    assert found["rule spx-flip"].outcome is ProbeOutcome.OK
    assert found["signals"].seen == "1 rule: 1 off"


def test_where_there_is_no_rule_none_is_missed():
    nothing = {"signals": {"off": None, "rules": [], "rules_in_all": 0, "complaints": []}}
    assert not [each for each in checks_of(GOOD | nothing) if each.name == "signals"]


def test_where_no_bot_is_switched_on_none_is_missed():
    assert "discord" not in {each.name for each in checks_of(GOOD | {"discord": None})}
    assert "discord" in {each.name for each in checks_of(GOOD)}
