"""
The operator's choices: which checks must have run, how long a proof counts, how often to try, how long to wait.

Values only: an adapter reads the settings and hands them in. Every number has a unit in its name.
"""

from attrs import field, frozen

from tastyflow.domain.testresult import CheckName


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
        follow_s: How long ``order`` follows a working order before it lets it work.
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
    follow_s: float = 1.0

    @property
    def tries_s(self) -> tuple[float, ...]:
        """How long to wait before each attempt at a venue; the last pause is repeated."""
        pauses = (*self.retry_waits_s, *self.retry_waits_s[-1:] * self.max_attempts)
        return (0.0, *pauses[: self.max_attempts - 1])
