"""Whatever figures do, and however time goes on, a trigger says what its definition says of all that was seen."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tastyflow.domain.expirations import NEW_YORK, new_york_date, next_trading_day
from tastyflow.domain.signal_rule.calendar_parts import OnWeekdays, TimeOfDay
from tastyflow.domain.signal_rule.crosses import Crosses, Direction
from tastyflow.domain.signal_rule.figures import Figures
from tastyflow.domain.signal_rule.groups import AllOf, AnyOf, HeldFor
from tastyflow.domain.signal_rule.levels import Margin, Near, Relation, Threshold
from tastyflow.domain.signal_rule.trigger import Trigger
from tests.domain.trigger_shadow import TriggerShadow

PRICES = ("spot", "flip", "put_wall")
GAP_S = 30.0

half_steps = st.integers(190, 210).map(lambda n: n / 2)
margins = st.sampled_from([Margin(), Margin(1.0), Margin(2.5), Margin(1.0, is_percent=True)])
levels = st.sampled_from([100.0, "flip", "put_wall"])

thresholds = st.builds(Threshold, st.just("spot"), st.sampled_from(Relation), levels, margins)
nears = st.builds(Near, st.just("spot"), levels, st.sampled_from([Margin(1.0), Margin(2.0, is_percent=True)]), margins)
crosses = st.builds(
    Crosses, st.just("spot"), levels, st.sampled_from(Direction), margins, st.sampled_from([0.5, 1.0, 5.0])
)
clocks = st.sampled_from([TimeOfDay(time(9, 45), time(12)), OnWeekdays(frozenset({0, 4}))])
leaves = st.one_of(thresholds, nears, crosses, crosses, clocks)


def together(inner):
    several = st.lists(inner, min_size=1, max_size=3).map(tuple)
    held = st.builds(HeldFor, inner, st.sampled_from([0.25, 0.5, 2.0]))
    return st.one_of(st.builds(AllOf, several), st.builds(AnyOf, several), held)


parts = st.recursive(leaves, together, max_leaves=4)


class TriggerMachine(RuleBasedStateMachine):
    """Ticks, silences, clocks set back, figures that come and go, nights and the weekend on which the clock changes."""

    @initialize(part=parts)
    def begin(self, part):
        self.trigger = Trigger(part, GAP_S)
        self.state, self.shadow = self.trigger.begin(), TriggerShadow(self.trigger)
        self.now = datetime(2026, 10, 30, 9, 40, tzinfo=NEW_YORK).astimezone(UTC)
        self.values = dict.fromkeys(PRICES, 100.0)
        self.fired = 0

    def see(self, *, in_new_york=False):
        at = self.now.astimezone(NEW_YORK) if in_new_york else self.now
        figures = Figures("SPX", at, dict(self.values))
        self.state, look = self.trigger.seen(figures, self.state)
        fires, met = self.shadow.look(figures)
        assert look.fires is fires, look
        if met is not None:
            assert look.holds is met, look
        assert not look.fires or look.holds
        assert all(each.sentence for each in look.conditions)

    @rule(name=st.sampled_from(PRICES), value=half_steps, seconds=st.sampled_from([0, 1, 10, 30]), local=st.booleans())
    def a_figure_moves(self, name, value, seconds, local):
        self.values[name] = value
        self.now += timedelta(seconds=seconds)
        self.see(in_new_york=local)

    @rule(values=st.lists(half_steps, min_size=2, max_size=8))
    def the_spot_is_noisy(self, values):
        for value in values:
            self.values["spot"] = value
            self.now += timedelta(seconds=15)
            self.see()

    @rule(name=st.sampled_from(PRICES), seconds=st.sampled_from([5, 29]), lost=st.sampled_from([None, float("nan")]))
    def a_figure_is_lost(self, name, seconds, lost):
        if lost is None:
            self.values.pop(name, None)
        else:
            self.values[name] = lost
        self.now += timedelta(seconds=seconds)
        self.see()

    @rule(times=st.integers(1, 12))
    def nothing_changes(self, times):
        for _ in range(times):
            self.now += timedelta(seconds=20)
            self.see()

    @rule(seconds=st.sampled_from([30, 31, 120, 4000]))
    def there_is_a_gap(self, seconds):
        self.now += timedelta(seconds=seconds)
        self.see()

    @rule(seconds=st.sampled_from([1, 40]))
    def the_clock_goes_back(self, seconds):
        self.now -= timedelta(seconds=seconds)
        self.see()

    @precondition(lambda self: self.now < datetime(2026, 11, 6, tzinfo=UTC))
    @rule(opens=st.sampled_from([time(9, 29, 50), time(9, 30), time(9, 59, 55)]))
    def a_night_passes(self, opens):
        day = next_trading_day(new_york_date(self.now))
        self.now = datetime.combine(day, opens, NEW_YORK).astimezone(UTC)
        self.see()


TestTrigger = TriggerMachine.TestCase
TestTrigger.settings = settings(max_examples=200, stateful_step_count=25, deadline=None)
