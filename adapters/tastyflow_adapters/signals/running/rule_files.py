"""
Which rules the folder holds now, and what changed since the last look.

    <home>/signals/*.toml, looked at every few seconds
      a name that was not there         ─▶ new        loaded into the log, in shadow
      other content under a name        ─▶ edited     loaded: in shadow again; or refused, and the rule rests
      a name that is there no more      ─▶ gone       the rule rests; how it stands stays in the log
      a file that holds no rule         ─▶ wrong      one line for each wrong key; the others are not touched

Files are read again where one of them changed: a look at a folder in which nothing happened costs next to nothing.
"""

import asyncio
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from attrs import frozen

from tastyflow.domain.signal_rule.rule import SignalRule
from tastyflow.ports import Clock, Language
from tastyflow_adapters.signals.rules import LoadedRules, load_rules

MOST_COMPLAINTS: Final = 20
"""Complaints that are told of one look; that there are more is one more line."""


class RuleChange(StrEnum):
    """What happened to a rule, or to a file."""

    NEW = "new"
    EDITED = "edited"
    GONE = "gone"
    WRONG = "wrong"


@frozen
class RuleNews:
    """One change: *rule* is what the folder holds now, or held before where it is gone; None of a wrong file."""

    change: RuleChange
    sentence: str
    rule: SignalRule | None = None


Stamp = frozenset[tuple[str, int, int, int]]


class RuleFolder:
    """
    The rule files of one home.

    Attributes:
        rules: By name, as of the last look.
        complaints: Why files hold none, in one sentence each.
    """

    def __init__(self, folder: Path, language: Language, clock: Clock) -> None:
        self.folder = folder
        self._language = language
        self._clock = clock
        self._stamp: Stamp | None = None
        self.rules: Mapping[str, SignalRule] = {}
        self.complaints: tuple[str, ...] = ()

    async def look(self) -> tuple[RuleNews, ...]:
        """What changed since the last look; everything at the first one. The files are read beside the event loop."""
        return await asyncio.to_thread(self.look_now)

    def look_now(self) -> tuple[RuleNews, ...]:
        """The same, here and now."""
        stamp = _stamp(self.folder)
        if stamp == self._stamp:
            return ()
        read = load_rules(self.folder, self._language, self._clock.now())
        self._stamp = stamp  # taken before the files were read: what changed meanwhile is read at the next look
        news = tuple(_news(self.rules, self.complaints, read))
        self.rules = {rule.name: rule for rule in read.rules}
        self.complaints = tuple(each.sentence for each in read.complaints)
        return news


def _stamp(folder: Path) -> Stamp:
    try:
        files = [path for path in folder.iterdir() if path.suffix == ".toml"]
    except OSError:
        return frozenset()
    return frozenset(_stamps(files))


def _stamps(files: list[Path]) -> Iterator[tuple[str, int, int, int]]:
    for file in files:
        try:
            seen = file.stat()
        except OSError:
            yield file.name, 0, 0, 0  # it cannot be read: its complaint says so
        else:
            yield file.name, seen.st_mtime_ns, seen.st_size, seen.st_ino


def _news(before: Mapping[str, SignalRule], complained: tuple[str, ...], now: LoadedRules) -> Iterator[RuleNews]:
    found = {rule.name: rule for rule in now.rules}
    for name, rule in found.items():
        known = before.get(name)
        if known is None:
            yield RuleNews(RuleChange.NEW, f"the rule {name}, version {rule.version}, was found", rule)
        elif known.digest != rule.digest:
            sentence = f"the rule {name} was edited: version {known.version} before, {rule.version} now"
            yield RuleNews(RuleChange.EDITED, sentence, rule)
    for name in before.keys() - found.keys():
        sentence = f"the rule {name} rests: no file holds it any more, or its file is wrong"
        yield RuleNews(RuleChange.GONE, sentence, before[name])
    fresh = [each.sentence for each in now.complaints if each.sentence not in complained]
    for sentence in fresh[:MOST_COMPLAINTS]:
        yield RuleNews(RuleChange.WRONG, sentence)
    if len(fresh) > MOST_COMPLAINTS:
        yield RuleNews(RuleChange.WRONG, f"{len(fresh) - MOST_COMPLAINTS} more complaints: tastyflow signals list")
