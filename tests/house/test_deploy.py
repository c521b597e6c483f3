"""The unit file in deploy/ fits the program: what it starts, waits for, and how long it is patient."""

import re
from configparser import RawConfigParser
from pathlib import Path

import pytest

from tastyflow.application.service.holder import SILENT_AFTER_S
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.program import COMMANDS
from tastyflow_adapters.config.choices import DRAIN_S
from tastyflow_adapters.service import notify
from tastyflow_adapters.venues.tastytrade_venues import VERIFIED_WITHIN_S

UNIT = Path(__file__).parents[2] / "deploy" / "tastyflow.service"


@pytest.fixture(scope="module")
def unit() -> RawConfigParser:
    parser = RawConfigParser(strict=True)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # systemd's keys have capitals
    parser.read_string(UNIT.read_text("utf-8"))
    return parser


def test_it_starts_a_command_that_exists(unit):
    program, command = unit["Service"]["ExecStart"].split()
    assert Path(program).name == "tastyflow"
    assert command in COMMANDS


def test_it_waits_for_the_words_that_the_program_says(unit):
    assert unit["Service"]["Type"] == "notify"
    assert unit["Service"]["NotifyAccess"] == "main"
    assert (notify.READY, notify.WATCHDOG, notify.STOPPING) == ("READY=1", "WATCHDOG=1", "STOPPING=1")


def test_it_is_more_patient_than_the_program_is_slow(unit):
    service = unit["Service"]
    assert float(service["TimeoutStopSec"]) > DRAIN_S + 10
    assert float(service["TimeoutStartSec"]) > 2 * VERIFIED_WITHIN_S + SILENT_AFTER_S
    assert float(service["WatchdogSec"]) > 3 * SILENT_AFTER_S


def test_what_a_person_must_mend_is_not_started_again(unit):
    service = unit["Service"]
    assert service["RestartPreventExitStatus"] == str(ExitCode.CONFIGURATION.value)
    assert service["Restart"] == "always"
    assert int(unit["Unit"]["StartLimitBurst"]) > 1


def test_it_may_write_to_the_home_and_to_nothing_else(unit):
    service = unit["Service"]
    assert (service["ProtectSystem"], service["NoNewPrivileges"]) == ("strict", "true")
    assert service["ReadWritePaths"] == "%h/.local/share/tastyflow"
    assert service["UMask"] == "0077"


def test_every_setting_in_it_is_spelled_as_systemd_spells_it(unit):
    keys = [key for section in unit.sections() for key in unit[section]]
    assert all(re.fullmatch(r"[A-Z][A-Za-z]+", key) for key in keys)
