"""
Waits that contradict each other: found before anything is opened, each with the sum that it breaks.

    settle_s              a claim is looked for by others      after its sender is done with it
    claim_age_s           a claim is too old to be sent        before others look for it
    interrupted_after_s   a rehearsal counts as interrupted    after the longest that it waits without recording

Otherwise one process would give up, or end, what another is still at.
"""

from collections.abc import Iterator, Mapping

from tastyflow.domain.policy import Policy
from tastyflow_adapters.config.venue_settings import VenueSettings

Sum = Mapping[str, float]
"""Seconds by the names of the settings that they are; what is waited for more than once has its number before it."""


def contradictions(policy: Policy, venues: Mapping[str, VenueSettings]) -> Iterator[str]:
    """
    What is wrong with the waits of *policy*, a sentence for each key.

    Args:
        venues: The venues that are dialled, by the name of their table in the settings; none where they are fakes.
    """
    answered = max(
        (_until_answered(policy, name, table) for name, table in venues.items()),
        key=_total,
        default={"policy.claim_age_s": policy.claim_age_s, "policy.answer_s": policy.answer_s},
    )
    yield from _longer("policy.settle_s", policy.settle_s, "an order may be on its way", answered)
    silent = max(_rehearsing(policy), key=_total)
    yield from _longer(
        "policy.interrupted_after_s", policy.interrupted_after_s, "a rehearsal may wait without recording", silent
    )


def _until_answered(policy: Policy, name: str, table: VenueSettings) -> Sum:
    """From a claim to the end of its answer: kept here once it is too old, and given up once the answer is."""
    before = {"policy.answer_s": policy.answer_s} if name == "sandbox" else {}  # its dry run
    return {
        "policy.claim_age_s": policy.claim_age_s,
        **before,
        f"{name}.connect_s": table.connect_s,
        f"{name}.order_s": table.order_s,
    }


def _rehearsing(policy: Policy) -> Iterator[Sum]:
    """What a rehearsal waits for between two things that it records."""
    yield {
        "policy.answer_s": policy.answer_s,
        "3 × policy.fill_wait_s": 3 * policy.fill_wait_s,  # it fills, goes on filling, is cancelled
        "policy.news_wait_s": policy.news_wait_s,
    }
    searches = len(policy.search_waits_s)
    yield {
        "all policy.search_waits_s": sum(policy.search_waits_s),
        f"{searches} × policy.answer_s": searches * policy.answer_s,
    }
    yield {"the longest of policy.retry_waits_s": max(policy.tries_s), "policy.answer_s": policy.answer_s}


def _total(parts: Sum) -> float:
    return sum(parts.values())


def _longer(key: str, chosen_s: float, what: str, parts: Sum) -> Iterator[str]:
    if chosen_s <= _total(parts):
        written = " + ".join(f"{name} {seconds:g}" for name, seconds in parts.items())
        yield f"{key} is {chosen_s:g}: it must be longer than the {_total(parts):g} s that {what} ({written})."
