"""``tastyflow signals off`` at three in the morning: the rule is off, whatever is away."""

import asyncio

import pytest

from tastyflow.domain.events import Because
from tastyflow.domain.signal_rule import RuleMode, RuleStanding
from tastyflow.domain.trader import Permission
from tastyflow_adapters.bootstrap import clock_of, open_ledger, prepare
from tastyflow_adapters.config.settings import load
from tests.cli.test_cli_settings import NOWHERE, SECRETS
from tests.signals.running.running_kit import rule_of, rule_text

AWAY = {"TASTYFLOW_ENV": "production", "TASTYFLOW_SIMULATED": "true", **SECRETS, **NOWHERE}


@pytest.fixture
def rule_in_auto(inside, environment, monkeypatch):
    """A rule that stands in auto in production's log, whose venues listen nowhere."""
    for name, value in (environment | AWAY).items():
        monkeypatch.setenv(name, value)
    assert inside("trader", "add", "olga", "--permission", "signals", **AWAY).code == 0
    assert inside("trader", "add", "eve", "--permission", Permission.LONG_OPTIONS.value, **AWAY).code == 0
    settings = load()
    with open_ledger(settings) as ledger:
        asyncio.run(prepare(settings, ledger, clock_of(settings)))
        asyncio.run(_in_auto(ledger, clock_of(settings)))
    return settings


async def _in_auto(ledger, clock):
    rule = rule_of(rule_text("flip"), clock.now())
    why = Because(actor="test", cause="test", command_id="test", at=clock.now())
    await ledger.change(lambda tx: tx.record(RuleStanding.load(rule, why=why)))
    for mode in (RuleMode.APPROVE, RuleMode.AUTO):

        def up(tx, mode=mode):
            standing = tx.require(RuleStanding, RuleStanding.id_of("flip"))
            tx.record(standing.move(mode, digest=rule.digest, by="olga", reason="", why=why))

        await ledger.change(up)


def mode_in(settings):
    with open_ledger(settings) as ledger:
        return ledger.read(RuleStanding, RuleStanding.id_of("flip")).mode


def test_a_rule_is_turned_off_while_its_venues_are_away(inside, rule_in_auto):
    assert mode_in(rule_in_auto) is RuleMode.AUTO
    ended = inside("signals", "off", "flip", "--as", "olga", "--reason", "odd", **AWAY)
    assert ended.code == 0
    assert "flip 1: auto → off" in ended.out
    assert "could not be withdrawn" in ended.out
    assert mode_in(rule_in_auto) is RuleMode.OFF


def test_a_program_is_told_the_same(inside, rule_in_auto):
    said = inside("signals", "off", "flip", "--as", "olga", "--json", **AWAY).json
    assert (said["rule"]["mode"], said["before"], said["error"]) == ("off", "auto", None)
    assert "could not be withdrawn" in said["notes"][0]


def test_who_may_not_turn_it_off_does_not_while_the_venues_are_away_either(inside, rule_in_auto):
    ended = inside("signals", "off", "flip", "--as", "eve", **AWAY)
    assert ended.code == 1
    assert "may not" in ended.err
    assert mode_in(rule_in_auto) is RuleMode.AUTO
