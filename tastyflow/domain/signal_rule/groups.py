"""
Conditions together, and for how long.

    AllOf     every one holds
    AnyOf     at least one holds
    HeldFor   what is in it has held for minutes on end

A condition that is not known says neither yes nor no: `AllOf` is unmet where another condition is unmet, and `AnyOf` is
met where another one is met. A gap in time ends a holding.
"""

from datetime import datetime, timedelta

from attrs import evolve, frozen

from tastyflow.domain.new_york_time import clock_in_words
from tastyflow.domain.signal_rule.crosses import figure_minutes
from tastyflow.domain.signal_rule.trigger import Condition, PartLook, PartMemory, TriggerMoment, TriggerPart


@frozen
class GroupMemory:
    """What each part of a group remembers, in their order."""

    parts: tuple[PartMemory | None, ...]

    def spent(self) -> "GroupMemory":
        return GroupMemory(tuple(part and part.spent() for part in self.parts))


@frozen
class AllOf:
    """Every one of *parts* holds; there is at least one."""

    parts: tuple[TriggerPart, ...]

    @property
    def figures(self) -> frozenset[str]:
        return frozenset().union(*(part.figures for part in self.parts))

    @property
    def remembers(self) -> bool:
        return any(part.remembers for part in self.parts)

    @property
    def in_words(self) -> str:
        return _joined(self.parts, "and")

    def look(self, moment: TriggerMoment, memory: PartMemory | None) -> PartLook:
        looks = _looks(self.parts, moment, memory)
        answers = [look.holds for look in looks]
        holds = False if False in answers else None if None in answers else True
        return PartLook(holds, _memory(looks), _conditions(looks), sum(look.missing for look in looks))


@frozen
class AnyOf:
    """At least one of *parts* holds; there is at least one."""

    parts: tuple[TriggerPart, ...]

    @property
    def figures(self) -> frozenset[str]:
        return frozenset().union(*(part.figures for part in self.parts))

    @property
    def remembers(self) -> bool:
        return any(part.remembers for part in self.parts)

    @property
    def in_words(self) -> str:
        return _joined(self.parts, "or")

    def look(self, moment: TriggerMoment, memory: PartMemory | None) -> PartLook:
        looks = _looks(self.parts, moment, memory)
        answers = [look.holds for look in looks]
        holds = True if True in answers else None if None in answers else False
        conditions = _conditions(looks)
        if holds:
            conditions = tuple(evolve(each, is_wanted=each.is_wanted and each.holds) for each in conditions)
        return PartLook(holds, _memory(looks), conditions, min(look.missing for look in looks))


@frozen
class HeldMemory:
    """
    Attributes:
        since: From when on it holds without a gap; None where it does not.
        at: When it was last known.
        part: What the part in it remembers.
    """

    since: datetime | None
    at: datetime | None
    part: PartMemory | None

    def spent(self) -> "HeldMemory":
        return evolve(self, part=self.part and self.part.spent())


@frozen
class HeldFor:
    """*part* has held for *minutes* on end."""

    part: TriggerPart
    minutes: float

    @property
    def figures(self) -> frozenset[str]:
        return self.part.figures

    @property
    def remembers(self) -> bool:
        return True

    @property
    def in_words(self) -> str:
        return f"({self.part.in_words}) for {figure_minutes(self.minutes)}"

    def look(self, moment: TriggerMoment, memory: PartMemory | None) -> PartLook:
        before = memory if isinstance(memory, HeldMemory) else HeldMemory(None, None, None)
        look = self.part.look(moment, before.part)
        now = self._seen(moment, look, before)
        held = None if now.since is None else moment.at - now.since
        lasts = held is not None and held >= timedelta(minutes=self.minutes)
        holds = None if look.holds is None else look.holds and lasts
        conditions = (*look.conditions, self._condition(look, now, held, lasts))
        return PartLook(holds, now, conditions, look.missing + (not lasts or not look.holds))

    @staticmethod
    def _seen(moment: TriggerMoment, look: PartLook, before: HeldMemory) -> HeldMemory:
        if look.holds is None:
            return evolve(before, part=look.memory)
        if not look.holds:
            return HeldMemory(None, moment.at, look.memory)
        goes_on = before.since is not None and before.at is not None and moment.follows(before.at)
        return HeldMemory(before.since if goes_on else moment.at, moment.at, look.memory)

    def _condition(self, look: PartLook, now: HeldMemory, held: timedelta | None, lasts: bool) -> Condition:
        wanted = figure_minutes(self.minutes)
        if look.holds is None:
            return Condition(False, f"it is not known whether that holds, and it is to hold for {wanted}", False)
        if held is None or now.since is None:
            return Condition(False, f"that does not hold, and is to hold for {wanted}")
        minutes = held.total_seconds() / 60
        sentence = f"that has held for {minutes:.1f} of {wanted}, since {clock_in_words(now.since)}"
        return Condition(lasts, sentence, is_close=not lasts)


def _looks(parts: tuple[TriggerPart, ...], moment: TriggerMoment, memory: PartMemory | None) -> list[PartLook]:
    before = memory.parts if isinstance(memory, GroupMemory) else (None,) * len(parts)
    return [part.look(moment, each) for part, each in zip(parts, before, strict=True)]


def _memory(looks: list[PartLook]) -> GroupMemory:
    return GroupMemory(tuple(look.memory for look in looks))


def _conditions(looks: list[PartLook]) -> tuple[Condition, ...]:
    return tuple(condition for look in looks for condition in look.conditions)


def _joined(parts: tuple[TriggerPart, ...], word: str) -> str:
    if len(parts) == 1:
        return parts[0].in_words
    return f" {word} ".join(
        f"({each.in_words})" if isinstance(each, AllOf | AnyOf) else each.in_words for each in parts
    )
