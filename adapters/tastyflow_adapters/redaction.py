"""
No secret in any log, whichever library writes it and wherever it goes.

    logging.getLogger(anything) ─▶ a record is made ─▶ Redactor.clean ─▶ every handler, now and later
                                                          ├─ values that are known: secrets, access tokens, accounts
                                                          └─ shapes: "Bearer ...", JWTs, a bot's token, account numbers

Records are cleaned where they are made: a filter would have to stand on every handler that is ever added, since
those of child loggers pass by their parents' filters. The client library writes its access token at DEBUG, and the one
below it a line for each request at INFO, so their loggers stay at WARNING unless more is asked for; then they are
cleaned all the same. Where they were made quieter than that, they stay so.
"""

import logging
import re
from collections import deque
from collections.abc import Iterable
from traceback import format_exception
from typing import Any, Final, Protocol

from attrs import Factory, define

from tastyflow_adapters.unechoed import unechoed

CHATTY: Final = ("tastytrade", "httpx2", "httpcore2", "discord")
"""Loggers that would write headers, tokens, whole accounts and what people type at DEBUG."""

HIDDEN: Final = "[hidden]"
SHORTEST: Final = 6
"""Below this a value is no secret, and would be found in every other word."""

TOKENS: Final = 32
"""How many access tokens are remembered: they change every quarter of an hour."""

_SHAPES: Final = (
    re.compile(r"""(?i)\b(Bearer\s+)(?!\[hidden)[^\s'"\\,;}\])]{6,}"""),
    re.compile(r"()\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}"),
    re.compile(r"()(?<![\w-])[MNO][\w-]{19,27}\.[\w-]{5,8}\.[\w-]{25,}"),  # the token of a bot in Discord
    re.compile(r"""(/(?:webhooks|interactions)/\d+/)(?!\[hidden)[^\s/?'"]+"""),  # with it one answers as the bot
    re.compile(
        r"""(?i)(\b(?:[\w-]{0,20}token|client[_-]secret)\\?['"]?\s?[:=]\s?\\?['"]?)(?!\[hidden)[^\s'"\\,}\])]+"""
    ),
)
"""What a secret looks like that the redactor was not told of; what stands before it stays."""

_ACCOUNT: Final = re.compile(r"\b\d[A-Z]{2}\w?(\d{4})\b")


class Hidden(Protocol):
    """A secret that has to be asked for its value, as pydantic's are; importing those would be slow."""

    def get_secret_value(self) -> str: ...


@define
class Redactor:
    """
    Takes out of a text what must not be read.

    Attributes:
        secrets: Values that are hidden altogether.
        accounts: Values of which the last four characters are shown.
        tokens: Secrets that come and go; the newest are known.
    """

    secrets: set[str] = Factory(set)
    accounts: set[str] = Factory(set)
    tokens: deque[str] = Factory(lambda: deque(maxlen=TOKENS))

    def know(self, secrets: Iterable[str | Hidden] = (), accounts: Iterable[str] = ()) -> None:
        """From now on hide *secrets*, and mask *accounts*."""
        plain = (each if isinstance(each, str) else each.get_secret_value() for each in secrets)
        self.secrets.update(value for value in plain if len(value) >= SHORTEST)
        self.accounts.update(value for value in accounts if len(value) >= SHORTEST)

    def know_token(self, token: str) -> None:
        """From now on hide *token*, until many newer ones are known."""
        if len(token) >= SHORTEST:
            self.tokens.append(token)

    def clean(self, text: str) -> str:
        """*text* without secrets."""
        for secret in sorted({*self.secrets, *self.tokens}, key=len, reverse=True):
            text = text.replace(secret, HIDDEN)
        for shape in _SHAPES:
            text = shape.sub(rf"\1{HIDDEN}", text)
        for account in self.accounts:
            text = text.replace(account, masked(account))
        return _ACCOUNT.sub(r"***\1", text)


REDACTOR: Final = Redactor()
"""The one of this process, as there is one `logging` in it."""

_found: Final[dict[str, int]] = {}
"""The levels of chatty loggers as `install` found them."""


def masked(account: str) -> str:
    """An account number as it may be shown."""
    return f"***{account[-4:]}"


def install(*, info: bool = False, debug: bool = False) -> None:
    """Clean every log record of this process from now on; once is enough, and again does no harm."""
    least = logging.DEBUG if debug else logging.INFO if info else logging.WARNING
    for name in CHATTY:
        logger = logging.getLogger(name)
        logger.setLevel(max(_found.setdefault(name, logger.level), least))
        logger.filters = [each for each in logger.filters if not isinstance(each, _Quiet)]
        logger.addFilter(_Quiet(least))
    make = logging.getLogRecordFactory()
    if not isinstance(make, _Clean):
        logging.setLogRecordFactory(_Clean(make))


def uninstall() -> None:
    """Leave `logging` as it was found."""
    for name in CHATTY:
        logger = logging.getLogger(name)
        logger.setLevel(_found.pop(name, logger.level))
        logger.filters = [each for each in logger.filters if not isinstance(each, _Quiet)]
    make = logging.getLogRecordFactory()
    if isinstance(make, _Clean):
        logging.setLogRecordFactory(make.inner)


class _Quiet(logging.Filter):
    """Nothing below *least*: the client library sets its level itself, when it is imported."""

    def __init__(self, least: int) -> None:
        super().__init__()
        self._least = least

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= self._least


@define
class _Clean:
    """Makes log records that hold no secret, neither in their text nor in their traceback."""

    inner: Any

    def __call__(self, *args: Any, **kwargs: Any) -> logging.LogRecord:
        record: logging.LogRecord = self.inner(*args, **kwargs)
        try:
            written = record.getMessage()
        except Exception:  # noqa: BLE001  whatever is logged may fail when it is written out; the program goes on
            known = record.msg if isinstance(record.msg, str) else type(record.msg).__name__
            record.msg, record.args = REDACTOR.clean(known), ()
        else:
            cleaned = REDACTOR.clean(written)
            if record.levelno >= logging.WARNING:  # those are read by people, and quote what was typed
                cleaned = unechoed(cleaned)
            if cleaned != written:
                record.msg, record.args = cleaned, ()
        if record.exc_info and record.exc_info[1] is not None:
            traced = "".join(format_exception(record.exc_info[1])).rstrip("\n")
            if (cleaned := REDACTOR.clean(traced)) != traced:
                record.exc_text, record.exc_info = cleaned, None
        if record.stack_info:
            record.stack_info = REDACTOR.clean(record.stack_info)
        return record
