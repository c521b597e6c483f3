"""What the health page says of the webhook: whether it listens, what it took, and which rule has no secret."""

import pytest

from tastyflow_adapters.checkup import ProbeOutcome
from tastyflow_adapters.service.signals_health import signals_checks

RULE = {"rule": "chart-alert", "version": 1, "mode": "shadow", "rests": None, "in_hand": False, "trigger": None}
RULE |= {"data": {"trouble": None, "held": [], "coverage": None, "oldest_age_s": None}}
COUNTS = {"accepted": {"raised": 2, "held": 1}, "refused": {"unsigned": 4}}


def told_of(webhook):
    facts = {"rules": [RULE], "rules_in_all": 1, "complaints": [], "off": None, "webhook": webhook}
    return [each for each in signals_checks(facts) if each.name == "webhook"]


@pytest.mark.parametrize("webhook", [None, {"trouble": None}, {"port": None, "trouble": None, "without_secret": []}])
def test_where_no_alerts_are_wanted_nothing_is_said(webhook):
    assert told_of(webhook) == []


def test_one_that_takes_alerts_says_how_many():
    (told,) = told_of({"port": 8791, "trouble": None, "without_secret": [], **COUNTS})
    assert (told.outcome, told.seen) == (ProbeOutcome.OK, "takes alerts at port 8791; 3 taken, 4 refused")


def test_one_that_does_not_listen_is_a_warning():
    (told,) = told_of({"port": None, "trouble": "port 8791 cannot be used: in use", "without_secret": [], **COUNTS})
    assert (told.outcome, told.seen) == (ProbeOutcome.WARN, "port 8791 cannot be used: in use")


def test_a_rule_without_a_secret_is_told_with_the_command_that_mends_it():
    told = told_of({"port": 8791, "trouble": None, "without_secret": ["chart-alert"], **COUNTS})
    assert (told[1].outcome, told[1].do) == (ProbeOutcome.WARN, "Run: tastyflow secrets set signals.chart-alert")
