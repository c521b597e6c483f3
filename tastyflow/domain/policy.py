"""
The operator's choices: which checks must have run, how long a proof counts, how often to try, how long to wait.

Values only: an adapter reads the settings and hands them in. Every number has a unit in its name.
"""

from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum

from attrs import field, frozen

from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.outcomes import Consequence, OrderKind
from tastyflow.domain.testresult import CheckName


class Confirm(StrEnum):
    """Which orders their trader confirms before anything of them is sent."""

    NEVER = "never"
    ABOVE = "above"  # those that can lose `confirm_above_usd` or more, where their trader is there to be asked
    ALWAYS = "always"  # each one; where its trader cannot be asked, the order is refused


@frozen
class Policy:
    """
    Attributes:
        required_checks: Checks that must have run for a pass; the others may end "could not run".
        fills_follow_quotes: Whether the sandbox fills by the market as quoted. If not, an order that the quotes say
            must fill may rest there too, as long as it cancels cleanly.
        proof_valid_s: How long a passed test counts, within its trading day.
        max_attempts: How many claims an order may make at one venue.
        rest_wait_s: How long a rehearsal lets an order that may rest do so before it cancels it.
        fill_wait_s: How long a rehearsal waits for a fill that must come, or for a cancel.
        news_wait_s: How long to wait for the stream before asking the venue.
        search_waits_s: When to search, after each other, for an order whose outcome is unknown.
        retry_waits_s: When to try again, after each other, what never left.
        settle_s: How old a claim without outcome must be before another process looks for it.
        claim_age_s: How old a claim may be when it is sent. A new connection takes less than a second; a claim that is
            older was held up, and is kept here.
        interrupted_after_s: How long no step of an order before production is taken until it counts as interrupted.
        resume_by_second_person: Whether another person than who halted must resume trading.
        mirrored_rehearsal: Whether a close may be proven by its mirrored ticket and production's dry run, where the
            sandbox cannot hold the position.
        answer_s: How long a rehearsal waits for the sandbox's answer to a question before it is away.
        reconcile_s: How long an account may be held against the log; what was not reached by then is asked again.
        follow_s: How long ``order`` follows a working order before it lets it work.
        confirm: Which orders their trader confirms.
        confirm_above_usd: From which loss on, with `Confirm.ABOVE`; 0 is every order.
        confirm_within_s: How long an order waits to be confirmed.
        could_not_run: What a risk check that could not run means, where it is not what `risk.codes` says.
        hard_max_contracts: Contracts an order, whatever a trader's limits say; None for no such bound.
        hard_max_shares: Shares an order, whatever a trader's limits say; None for no such bound.
        house_orders_a_minute: Orders of all traders within a minute; None for no limit.
        duplicate_window_s: How long the same content of one trader counts as a repetition.
        failures_in_a_row: So many failures, none of them followed by a success, pause a trader.
        failures_window_s: The time within which they count.
        failures_pause_s: How long the trader pauses after the last of them.
        max_unknown_outcomes: So many orders of unknown outcome stop new ones.
        hours: What an opening order outside trading hours means.
        opens_after_s: How much of a session's beginning is not trading hours.
        closes_before_s: How much of a session's end is not trading hours.
        collar_pct: How far from mid, in percent of it, a limit worse than natural may be.
        collar_usd: How far from mid, or from natural, any limit may be.
        beyond_collar: What a limit further from mid means.
        hard_collar_pct: How much worse than natural, in percent of it, a limit may be; worse is refused.
        quote_age_s: How old the quotes may be that judge a price.
        old_quotes: What older quotes mean.
        spread_pct: How wide the market may be, in percent of mid.
        wide_spread: What a wider market means.
        approval_above_usd: An order that can add more than this to the loss wants a person's approval; None for no such
            amount.
        approval_permissions: Orders that need one of these permissions want it.
        approval_symbols: Orders on these underlyings want it.
        approval_kinds: Orders of these kinds want it.
        approval_within_s: How long an order waits for it, within its trading day.
        operators_waits_s: When the operators are told of an incident again, after each other, until a person looks at
            it; the last pause is repeated.
    """

    required_checks: frozenset[str] = field(
        default=frozenset(CheckName) - {CheckName.STREAM_AND_POLL}, converter=frozenset
    )
    fills_follow_quotes: bool = True
    proof_valid_s: float = 900.0
    max_attempts: int = 3
    rest_wait_s: float = 0.25
    fill_wait_s: float = 10.0
    news_wait_s: float = 2.0
    search_waits_s: tuple[float, ...] = (0.5, 1.0, 2.0, 4.0, 8.0)
    retry_waits_s: tuple[float, ...] = (0.5, 1.0, 2.0)
    settle_s: float = 60.0
    claim_age_s: float = 2.0
    interrupted_after_s: float = 105.0
    operators_waits_s: tuple[float, ...] = (120.0, 300.0, 600.0, 1800.0)
    resume_by_second_person: bool = False
    mirrored_rehearsal: bool = True
    answer_s: float = 5.0
    reconcile_s: float = 30.0
    follow_s: float = 1.0
    confirm: Confirm = Confirm.NEVER
    confirm_above_usd: Decimal = Decimal(0)
    confirm_within_s: float = 120.0
    could_not_run: Mapping[RiskCode, Consequence] = field(factory=dict)
    hard_max_contracts: int | None = 50
    hard_max_shares: int | None = 5_000
    house_orders_a_minute: int | None = 30
    duplicate_window_s: float = 60.0
    failures_in_a_row: int = 3
    failures_window_s: float = 60.0
    failures_pause_s: float = 300.0
    max_unknown_outcomes: int = 2
    hours: Consequence = Consequence.REFUSE
    opens_after_s: float = 60.0
    closes_before_s: float = 300.0
    collar_pct: Decimal = Decimal(10)
    collar_usd: Decimal = Decimal("0.05")
    beyond_collar: Consequence = Consequence.APPROVAL
    hard_collar_pct: Decimal = Decimal(25)
    quote_age_s: float = 5.0
    old_quotes: Consequence = Consequence.WARN
    spread_pct: Decimal = Decimal(30)
    wide_spread: Consequence = Consequence.WARN
    approval_above_usd: Decimal | None = Decimal(10_000)
    approval_permissions: tuple[str, ...] = ("short_options",)
    approval_symbols: tuple[str, ...] = ()
    approval_kinds: tuple[OrderKind, ...] = ()
    approval_within_s: float = 3600.0

    def wants_confirmation(self, loss_usd: Decimal | None) -> bool:
        """Whether an order that can lose so much is to be confirmed; None is unlimited, or not known."""
        if self.confirm is Confirm.ABOVE:
            return loss_usd is None or loss_usd >= self.confirm_above_usd
        return self.confirm is not Confirm.NEVER

    @property
    def wants_approvals(self) -> bool:
        """Whether some order waits for the approval of another person."""
        chosen = (self.hours, self.beyond_collar, self.old_quotes, self.wide_spread, *self.could_not_run.values())
        named = (self.approval_permissions, self.approval_symbols, self.approval_kinds)
        return self.approval_above_usd is not None or any(named) or Consequence.APPROVAL in chosen

    @property
    def tries_s(self) -> tuple[float, ...]:
        """How long to wait before each attempt at a venue; the last pause is repeated."""
        pauses = (*self.retry_waits_s, *self.retry_waits_s[-1:] * self.max_attempts)
        return (0.0, *pauses[: self.max_attempts - 1])

    def meaning_of(self, code: RiskCode) -> Consequence:
        """What it means that the check *code* could not run; a word that no policy knows refuses."""
        try:
            return Consequence(self.could_not_run.get(code, code.about.could_not_run))
        except ValueError:
            return Consequence.REFUSE
