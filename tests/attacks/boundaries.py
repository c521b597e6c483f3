"""
The boundaries of a process: each moment at which the world outside changes, or has changed, because of it.

    commit …       a transaction is about to reach the disk          committed …   it has
    write …        a statement outside a transaction, likewise
    dial …         a connection is about to be made
    send …         bytes are about to leave                          hear …        bytes have arrived
    file …         a file is about to be opened for writing, renamed, removed, made durable
    say            a line is about to be written to the terminal

A boundary whose kind has no row here has no name: the sweep fails, and the row is written by the person who made it.
"""

import re
from collections.abc import Iterable
from typing import Final

from attrs import frozen

from tastyflow.application.ledger.codec import TOPICS

SIDES: Final = r"(sandbox|production)"
REQUESTS: Final = (
    "POST /oauth/token",
    "GET /customers/me/accounts",
    "GET /accounts/*/trading-status",
    "GET /accounts/*/positions",
    "GET /accounts/*/balances",
    "GET /accounts/*/orders",
    "GET /accounts/*/orders/live",
    "GET /accounts/*/orders/*",
    "GET /accounts/*/complex-orders",
    "POST /accounts/*/orders/dry-run",
    "POST /accounts/*/orders",
    "PUT /accounts/*/orders/*",
    "POST /accounts/*/orders/*/dry-run",
    "DELETE /accounts/*/orders/*",
    "GET /option-chains/*",
    "GET /instruments/*",
    "GET /market-data/*",
    "GET /market-time/*",
    "GET /api-quote-tokens",
    "GET /streamer",
    "GET /realtime",
)
"""What is asked of a venue; ``*`` is an account, an order or a symbol."""

TABLES: Final = ("places", "leases", "snapshots", "shares")
"""What is written beside the events."""

FILES: Final = (
    "log.db",
    "venues.json",
    "traders",
    "installation",
    "head.json",
    "failed-logins.json",
    "rates",
    "secrets",
)
"""The files of a home, by the beginning of their names."""


@frozen
class Kind:
    """
    A kind of boundary.

    Attributes:
        pattern: Of its names.
        means: What a death there leaves.
        varies: Whether two runs of the same command reach it more or less often: messages come in one piece or several.
    """

    pattern: re.Pattern[str]
    means: str
    varies: bool = False


def _either(words: Iterable[str]) -> str:
    return "(?:" + "|".join(re.escape(word) for word in words) + ")"


VARYING: Final = ("commit (?:shares", "dial", "hear", "send", "say", "write")

_TOPIC: Final = f"{_either(sorted(topic.removeprefix('tastyflow.') for topic in TOPICS))}(?: {SIDES})?"
_CONTENT: Final = f"(?:{_TOPIC}|{_either(TABLES)})"

KINDS: Final = tuple(
    Kind(re.compile(pattern), means, pattern.startswith(VARYING))
    for pattern, means in (
        (r"commit (?:shares|places|leases)", "a window of requests, a follower's place or a lease is as it was"),
        (rf"commit (?:{_CONTENT})(?:, {_CONTENT})*", "it is not in the log, and nothing was done that rests on it"),
        (rf"committed (?:{_CONTENT})(?:, {_CONTENT})*", "it is in the log, and nothing else has happened since"),
        (rf"write {_either(TABLES)}", "likewise, outside a transaction"),
        (rf"dial {SIDES}", "nothing has left"),
        (rf"send {SIDES} {_either(REQUESTS)}(?:, its body)?", "the request may be known in part, or not at all"),
        (rf"hear {SIDES} {_either(REQUESTS)}", "the venue has answered, and no part of it was read"),
        (rf"send {SIDES} stream", "a message of the stream has not left"),
        (rf"hear {SIDES} stream", "a message of the stream has arrived, and was not read"),
        (rf"file (?:open|rename|remove|fsync) {_either(FILES)}\S*", "the file is as it was"),
        (r"say", "the terminal does not show it; the log does"),
    )
)
"""Every kind there is."""


def kind_of(name: str) -> Kind | None:
    """The kind of the boundary *name*; None where it has none."""
    return next((kind for kind in KINDS if kind.pattern.fullmatch(name)), None)


def unnamed(names: Iterable[str]) -> list[str]:
    """Those of *names* that are of no known kind."""
    return sorted({name for name in names if kind_of(name) is None})


def parts(name: str) -> list[str]:
    """What is at stake at the boundary *name*: each event of a commit by itself, for commits are grouped by chance."""
    verb, _, contents = name.partition(" ")
    return [f"{verb} {content}" for content in contents.split(", ")] if verb.startswith("commit") else [name]
