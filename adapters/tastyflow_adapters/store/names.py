"""
The names of one log: hidden in what is appended, put back in what is read.

    append ─▶ hidden ─▶ tokens in the bytes of the event; the names themselves beside it, in the same transaction
    read   ─▶ shown  ─▶ the bytes as they were appended; forgotten-3f2a91c4 in the place of a forgotten name

A name is hidden where the log says who: in the actor of every event, in the fields of `WHO`, in a trader's own events,
and in a sentence about those whom the event names. Typed words stay as they were typed. What looks like a token
already is hidden too, so that reading never takes a text that a person typed for a name.

Two processes may hide one name under two tokens: both stand for it.
"""

import os
import re
from collections.abc import Callable, Iterable
from typing import Final

from tastyflow.domain.names_apart import SALT_BYTES, TOKEN, NameApart

WHO: Final = ("acknowledged_by", "approved_by", "by", "closed_by", "os_user", "resubmitted_by", "trader", "user")
"""The fields of events that hold a name and nothing else; a trader's id in one of them is no name."""

SENTENCES: Final = ("checks", "completions", "detail", "hint", "message", "reason", "reasons", "why")
"""The fields of events that hold sentences of the program's own, or lists of them."""

_TEXT: Final = r'"(?:[^"\\]|\\.)*"'
_FIELD: Final = re.compile(
    rf'"(?P<key>actor|name|{"|".join(WHO)})":"(?P<value>(?:[^"\\]|\\.)+)"'
    rf'|"(?:{"|".join(SENTENCES)})":(?:{_TEXT}|\[{_TEXT}(?:,{_TEXT})*\])'.encode()
)
_ID: Final = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_ACTOR: Final = re.compile(
    rb"(?:(?:trader|operator):(?P<name>.+?)|stranger)(?: \([0-9a-f-]{36}\))?"
    rb"(?: via [^ :]+:(?P<user>[^ ]+))?(?: as (?P<os_user>[^ ]+))?",
    re.DOTALL,
)
_OURS: Final = "tastyflow."
_TRADERS_OWN: Final = "tastyflow.trader."

Load = Callable[[str | None], Iterable[NameApart]]


class Names:
    """
    What one process knows of the names of one log. It may be used from any thread.

    Args:
        load: Reads the name with this token from the log, or all of them.
    """

    def __init__(self, load: Load) -> None:
        self._load = load
        self._by_name: dict[bytes, NameApart] | None = None
        self._by_token: dict[bytes, bytes] = {}

    def ask_again(self) -> None:
        """Know nothing: a person was forgotten, and the log alone says who."""
        self._by_name, self._by_token = None, {}

    def hidden(self, topic: str, state: bytes) -> tuple[bytes, tuple[NameApart, ...]]:
        """
        *state* with tokens in the place of names, and the names that they stand for.

        Args:
            state: The JSON of one event of ours; those of another program stay as they are.
        """
        if not (topic and topic.startswith(_OURS)):
            return state, ()
        used: dict[bytes, NameApart] = {}

        def token(name: bytes) -> bytes:
            apart = used[name] = self._apart(name)
            return b"~%b~" % apart.token.encode()

        if b"~" in state:
            state = TOKEN.sub(lambda found: token(found.group()), state)
        parts, after = [], 0
        for start, end in _places(topic, state):
            parts += [state[after:start], token(state[start:end])]
            after = end
        return b"".join((*parts, state[after:])), tuple(used.values())

    def shown(self, state: bytes) -> bytes:
        """*state* with the names in the place of their tokens."""
        return TOKEN.sub(self._named, state) if b"~" in state else state

    def _named(self, found: re.Match[bytes]) -> bytes:
        known = self._by_token.get(found.group(1))
        if known is not None:
            return known
        for apart in self._load(found.group(1).decode()):
            return self._remember(apart)
        return found.group()  # an event that was written before names stood apart, or a name that was removed

    def _apart(self, name: bytes) -> NameApart:
        if self._by_name is None:
            self._by_name = {}
            for apart in self._load(None):
                self._remember(apart)
        known = self._by_name.get(name)
        if known is None:
            known = NameApart.of(name.decode(), os.urandom(SALT_BYTES))
            self._remember(known)
        return known

    def _remember(self, apart: NameApart) -> bytes:
        name = apart.shown.encode()
        self._by_token[apart.token.encode()] = name
        if apart.name is not None and self._by_name is not None:
            self._by_name[name] = apart
        return name


def _places(topic: str, state: bytes) -> list[tuple[int, int]]:
    """Where names stand in *state*, in order."""
    found: list[tuple[int, int]] = []
    sentences: list[tuple[int, int]] = []
    for field in _FIELD.finditer(state):
        key, place = field["key"], field.span("value")
        if key is None:
            sentences.append(field.span())
        elif key == b"actor":
            actor = _ACTOR.fullmatch(state, *place)
            found += [actor.span(part) for part in ("name", "user", "os_user") if actor[part]] if actor else []
        elif (key != b"name" or topic.startswith(_TRADERS_OWN)) and not _ID.fullmatch(field["value"]):
            found.append(place)
    found = [place for place in found if not TOKEN.search(state, *place)]
    if found and sentences:
        names = sorted({state[start:end] for start, end in found}, key=len, reverse=True)
        one = re.compile(rb"(?<![\w~-])(?:%b)(?![\w~-])" % b"|".join(map(re.escape, names)))
        found += [each.span() for start, end in sentences for each in one.finditer(state, start, end)]
    return sorted(found)
