"""No secret in any log: whoever writes it, in whatever shape, on whatever handler, at whatever level."""

import io
import json
import logging
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from tastyflow_adapters import redaction
from tastyflow_adapters.redaction import HIDDEN, REDACTOR, Redactor

CANARY = "0c4nary0c4nary0c4nary0c4nary0c4nary0c4na"
OPAQUE = "opaque-access-token-canary_1.2"
JWT = "eyJhbGciOiJFZERTQSIsInR5cCI6InJ0K2p3dCJ9.eyJzdWIiOiJjYW5hcnkifQ.Y2FuYXJ5c2lnbmF0dXJl"
ACCOUNT = "5WT12345"


@pytest.fixture
def installed():
    """Installed for one test, with canaries that nobody else has."""
    kept = REDACTOR.secrets.copy(), REDACTOR.accounts.copy(), REDACTOR.tokens.copy()
    levels = {name: logging.getLogger(name).level for name in redaction.CHATTY}
    redaction.install(debug=True)
    REDACTOR.know((SecretStr(CANARY),), accounts=(ACCOUNT,))
    REDACTOR.know_token(OPAQUE)
    yield REDACTOR
    redaction.uninstall()
    REDACTOR.secrets, REDACTOR.accounts, REDACTOR.tokens = kept
    for name, level in levels.items():
        logging.getLogger(name).setLevel(level)


@pytest.fixture
def paper(installed):
    """What handlers write that were added by somebody else, later: on the root, and on a child that passes it by."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    loggers = [logging.getLogger(name) for name in ("", "tastytrade", "somebody.else")]
    loggers[2].propagate = False
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.addHandler(handler)
        logger.setLevel(logging.DEBUG)
    yield written
    for logger, level in zip(loggers, before, strict=True):
        logger.removeHandler(handler)
        logger.setLevel(level)
    loggers[2].propagate = True


def said(written):
    text = written.getvalue()
    assert text
    assert [canary for canary in (CANARY, OPAQUE, JWT, ACCOUNT) if canary in text] == []
    return text


@pytest.mark.parametrize("name", ["tastytrade", "httpx2", "httpcore2.http11", "somebody.else", "asyncio"])
@pytest.mark.parametrize(
    ("message", "args"),
    [
        (f"the secret is {CANARY}", ()),
        ("the secret is %s", (CANARY,)),
        ("the secret is %r", ({"value": [CANARY]},)),
        ("%s", (f"Bearer {OPAQUE}",)),
        ("headers %s", ([(b"Authorization", f"Bearer {JWT}".encode())],)),
        ("sending: %s", (json.dumps({"auth-token": f"Bearer {OPAQUE}", "value": [ACCOUNT]}),)),
        ("sending: %s", ({"auth-token": "Bearer nobody-told-of-this-one"},)),
        ("answer %(access_token)s", ({"access_token": OPAQUE},)),
        ("GET /accounts/%s/orders", (ACCOUNT,)),
        ("GET /accounts/%s/orders", ("5WX98765",)),
        ("too many %s", (CANARY, OPAQUE)),
        ("%d", (CANARY,)),
        ("%s", (JWT,)),
    ],
)
def test_a_record_is_clean_whoever_makes_it(paper, name, message, args):
    logging.getLogger(name).debug(message, *args)
    text = said(paper)
    assert "nobody-told-of-this-one" not in text
    assert "5WX98765" not in text


def test_a_traceback_is_clean_with_the_causes_of_its_error(paper):
    try:
        try:
            raise ValueError(f"Illegal header value b'Bearer {OPAQUE}'")
        except ValueError as error:
            raise RuntimeError({"client_secret": CANARY}) from error
    except RuntimeError:
        logging.getLogger("somebody.else").exception("it failed with %s", CANARY, stack_info=True)
    assert "RuntimeError" in said(paper)


def test_what_holds_no_secret_is_left_as_it_was(installed):
    records = []
    handler = logging.Handler()
    handler.emit = records.append
    logger = logging.getLogger("somebody.else")
    logger.addHandler(handler)
    try:
        with suppress(ZeroDivisionError):
            try:
                _ = 1 / 0
            except ZeroDivisionError:
                logger.exception("%s of %s", 1, 2)
    finally:
        logger.removeHandler(handler)
    assert (records[0].msg, records[0].args) == ("%s of %s", (1, 2))
    assert records[0].exc_info[0] is ZeroDivisionError


def test_what_cannot_be_written_out_stops_no_record(paper):
    class FailsToShow:
        def __str__(self):
            raise RuntimeError(CANARY)

    logging.getLogger("tastytrade").debug(" ".join((OPAQUE, "%s")), FailsToShow())
    said(paper)


@pytest.mark.parametrize("name", ["tastytrade", "httpx2", "httpcore2.connection"])
@pytest.mark.parametrize(
    ("asked", "heard"),
    [({}, "trouble\n"), ({"info": True}, "news\ntrouble\n"), ({"debug": True}, "chatter\nnews\ntrouble\n")],
)
def test_chatty_loggers_say_what_is_asked_for_and_no_more_even_if_the_library_turns_them_up(
    installed, name, asked, heard
):
    redaction.install(**asked)
    if "." not in name:
        logging.getLogger(name).setLevel(logging.DEBUG)  # what the client library does when it is imported
    assert everything_of(name) == heard


@pytest.mark.parametrize("name", redaction.CHATTY)
def test_what_a_program_around_us_has_made_quiet_stays_quiet(name):
    logger = logging.getLogger(name)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        for asked in ({}, {"debug": True}):
            redaction.install(**asked)
            assert everything_of(name) == ""
        redaction.uninstall()
        assert logger.level == logging.ERROR
    finally:
        redaction.uninstall()
        logger.setLevel(before)


def test_a_program_at_warning_hears_of_no_request(monkeypatch):
    monkeypatch.setattr(logging.getLogger(), "level", logging.WARNING)
    for name in redaction.CHATTY:
        monkeypatch.setattr(logging.getLogger(name), "level", logging.NOTSET)
    redaction.install()
    try:
        assert everything_of("httpx2") == "trouble\n"
    finally:
        redaction.uninstall()


def everything_of(name):
    """What comes out of a logger that is told something at three levels."""
    written, logger = io.StringIO(), logging.getLogger(name)
    handler = logging.StreamHandler(written)
    logger.addHandler(handler)
    try:
        logger.debug("chatter")
        logger.info("news")
        logger.warning("trouble")
    finally:
        logger.removeHandler(handler)
    return written.getvalue()


def test_installing_again_and_again_makes_one(installed):
    for _ in range(5):
        redaction.install(debug=True)
    redaction.uninstall()
    assert logging.getLogRecordFactory() is logging.LogRecord
    redaction.install(debug=True)


def test_an_account_is_recognised_by_its_last_four(installed):
    assert installed.clean(f"account {ACCOUNT}") == "account ***2345"


def test_tokens_come_and_go_and_the_newest_are_known():
    redactor = Redactor()
    for number in range(1_000):
        redactor.know_token(f"token-number-{number}")
    assert len(redactor.tokens) <= 64
    assert redactor.clean("a token-number-999") == f"a {HIDDEN}"


def test_ordinary_words_are_left_alone():
    redactor = Redactor()
    for text in (
        "SPY   261218C00450000 filled 10 @ 2.10",
        "Refreshed token, expires in 900s",
        "order 1075264 is Live",
        "POST /accounts/orders 201",
        "bearer of news",
        "2026-11-22T22:00:00+00:00 eyJ is no token",
    ):
        assert redactor.clean(text) == text


@settings(max_examples=60, deadline=None)
@given(
    before=st.text(max_size=30), after=st.text(max_size=30), secret=st.text("abcdef0123456789", min_size=8, max_size=40)
)
def test_a_known_secret_never_gets_through_and_cleaning_twice_changes_nothing(before, after, secret):
    redactor = Redactor()
    redactor.know((secret,))
    cleaned = redactor.clean(before + secret + after)
    assert secret not in cleaned
    assert redactor.clean(cleaned) == cleaned


def test_a_long_hostile_line_takes_no_time():
    from time import perf_counter

    redactor = Redactor()
    began = perf_counter()
    for line in ("a-" * 20_000, "token" * 10_000, "Bearer " * 10_000, "eyJ." * 10_000, "5WT" * 10_000):
        redactor.clean(line)
    assert perf_counter() - began < 5
