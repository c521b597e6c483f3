"""An unforeseen error quotes words of other programs: they are cleaned of secrets before they are shown."""

import asyncio
import logging

import click
import pytest

from tastyflow.errors import OutcomeUnknown
from tastyflow_adapters.checkup import LONGEST, Probe, examine, fail
from tastyflow_adapters.cli import program
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.redaction import HIDDEN, REDACTOR, install, uninstall

CANARY = "canary-of-the-command-line-3f9a"


@pytest.fixture(autouse=True)
def known():
    before = REDACTOR.secrets.copy()
    REDACTOR.know((CANARY,))
    yield
    REDACTOR.secrets = before


@pytest.mark.parametrize("at", [0, 190])
def test_what_nobody_foresaw_quotes_no_secret_not_even_half_of_one(inside, monkeypatch, at):
    def broken():
        raise RuntimeError("." * at + f"{CANARY} Bearer opaque-access-token")

    command = click.Command("broken", callback=broken)
    monkeypatch.setattr(program.Commands, "get_command", lambda *_: command)
    ended = inside("parse")
    assert ended.code == ExitCode.FAILED
    assert "RuntimeError in test_cli_redaction.py" in ended.err
    for told in ("canary", "opaque"):
        assert told not in ended.out + ended.err


@pytest.mark.parametrize("at", [0, LONGEST - 10])
def test_a_check_quotes_no_secret_whether_it_found_or_failed(at):
    quoted = "." * at + CANARY

    async def raises():
        raise OutcomeUnknown(quoted, code="x", hint=quoted)

    async def finds():
        return fail(quoted, quoted)

    checks = [Probe("raises", raises), Probe("finds", finds)]
    results = asyncio.run(examine(checks, begun=lambda _: None))
    for result in results:
        assert result.seen.startswith("." * at + HIDDEN[:5])
        assert "canary" not in result.seen + result.do


def test_a_warning_repeats_nothing_that_looks_like_a_secret(caplog):
    install()
    try:
        logging.getLogger("anything").warning("no such name: %s", "c0ffee" * 6)
        logging.getLogger("anything").error("no such name: %s", "eyJhbGciOiAiRWREU0Ei")
    finally:
        uninstall()
    assert "c0ffee" not in caplog.text
    assert "eyJ" not in caplog.text
    assert caplog.text.count(HIDDEN) == 2
