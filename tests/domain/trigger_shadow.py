"""
A trigger without memory: each look is answered anew from everything that was ever seen, by the definitions.

It is slow, and as plain as the page for traders.
"""

from datetime import UTC, timedelta
from math import isfinite

from tastyflow.domain.signal_rule.crosses import Crosses, Direction
from tastyflow.domain.signal_rule.groups import AllOf, AnyOf, HeldFor
from tastyflow.domain.signal_rule.levels import Near, Relation, Threshold
from tastyflow.domain.signal_rule.trigger import Trigger, TriggerMoment, is_in_session


class TriggerShadow:
    """*seen* are the figures of every look within a session; *fired* the places of those that fired."""

    def __init__(self, trigger: Trigger) -> None:
        self.trigger = trigger
        self.gap = timedelta(seconds=trigger.greatest_gap_s)
        self.seen = []
        self.fired = []
        self._answers = {}

    def look(self, figures) -> tuple[bool, bool | None]:
        """Whether it fires at *figures*, and whether it is met; None where that is not known."""
        if not is_in_session(figures.at):
            return False, None
        self.seen.append(figures)
        now = len(self.seen) - 1
        met = self.holds(self.trigger.part, now)
        fires = met is True and self._is_armed_before(now)
        if fires:
            self.fired.append(now)
        return fires, met

    def _is_armed_before(self, now: int) -> bool:
        """Back to the look at which it was unmet, each look follows on the last one before it that was known."""
        after = [now]
        for index in range(now - 1, -1, -1):
            met = self.holds(self.trigger.part, index)
            if met is None:
                after.append(index)
                continue
            if index in self.fired or not all(self._follows(index, each) for each in after):
                return False
            if met is False:
                return True
            after = [index]
        return False

    def holds(self, part, now: int) -> bool | None:
        """How *part* stood at look *now*; what was answered once is not worked out again."""
        key = id(part), now
        if key not in self._answers:
            self._answers[key] = self._answer(part, now)
        return self._answers[key]

    def _answer(self, part, now: int) -> bool | None:
        match part:
            case Threshold():
                numbers = self._numbers(part, now)
                if numbers is None:
                    return None
                value, level = numbers
                depth = value - level if part.relation is Relation.ABOVE else level - value
                return self._with_hysteresis(part, now, depth > 0, depth > -part.hysteresis.at(level))
            case Near():
                numbers = self._numbers(part, now)
                if numbers is None:
                    return None
                away, level = abs(numbers[0] - numbers[1]), numbers[1]
                reach = part.reach.at(level)
                return self._with_hysteresis(part, now, away <= reach, away < reach + part.hysteresis.at(level))
            case Crosses():
                return self._crosses(part, now)
            case HeldFor():
                return self._held(part, now)
            case AllOf():
                answers = [self.holds(each, now) for each in part.parts]
                return False if False in answers else None if None in answers else True
            case AnyOf():
                answers = [self.holds(each, now) for each in part.parts]
                return True if True in answers else None if None in answers else False
        moment = TriggerMoment(self.seen[now], self.gap)  # of the calendar: they have no memory
        return part.look(moment, None).holds

    def _with_hysteresis(self, part, now: int, inside: bool, not_yet_out: bool) -> bool:
        if inside or not not_yet_out:
            return inside
        before = next((index for index in range(now - 1, -1, -1) if self._numbers(part, index)), None)
        return before is not None and self._follows(before, now) and self.holds(part, before) is True

    def _crosses(self, part, now: int) -> bool | None:
        if self._numbers(part, now) is None:
            return None
        run = [now]
        for index in range(now - 1, -1, -1):
            if self._numbers(part, index) is not None:
                if not self._follows(index, run[0]):
                    break
                run.insert(0, index)
        side, crossed = None, None
        for index in run:
            value, level = self._numbers(part, index)
            margin = part.hysteresis.at(level)
            new = (
                1
                if value > level and value - level >= margin
                else -1
                if value < level and level - value >= margin
                else 0
            )
            if new and side and new != side:
                crossed = index
            side = new or side
        if crossed is None or any(crossed <= fired < now for fired in self.fired):
            return False
        young = self._at(now) - self._at(crossed) <= timedelta(minutes=part.counts_min)
        return young and part.direction in (Direction.EITHER, Direction.UP if side == 1 else Direction.DOWN)

    def _held(self, part, now: int) -> bool | None:
        met = self.holds(part.part, now)
        if not met:
            return met
        first = now
        for index in range(now - 1, -1, -1):
            before = self.holds(part.part, index)
            if before is None:
                continue
            if before is False or not self._follows(index, first):
                break
            first = index
        return self._at(now) - self._at(first) >= timedelta(minutes=part.minutes)

    def _numbers(self, part, index: int) -> tuple[float, float] | None:
        values = self.seen[index].values
        numbers = (values.get(part.figure), values.get(part.level) if isinstance(part.level, str) else part.level)
        return numbers if all(each is not None and isfinite(each) for each in numbers) else None

    def _follows(self, before: int, later: int) -> bool:
        return timedelta(0) <= self._at(later) - self._at(before) <= self.gap

    def _at(self, index: int):
        return self.seen[index].at.astimezone(UTC)
