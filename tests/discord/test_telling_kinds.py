"""Each event that a trader is told of is of one kind of news, and each kind can be chosen in the settings."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.application.telling.sentences import TELLINGS
from tastyflow.application.telling.telling import never
from tastyflow.domain.order.events import FoundBy, SubmissionAdopted
from tastyflow.domain.order.events.base import OrderEvent
from tastyflow.domain.testresult import CheckRecorded
from tastyflow.domain.venue import Venue
from tastyflow_adapters.config.discord_choices import DiscordChoices, Level, NoticeKind
from tastyflow_adapters.discord.telling.kinds import _KIND_OF, KINDS, level_of


def test_every_kind_has_its_row():
    assert tuple(KINDS) == tuple(NoticeKind)


def test_every_event_that_a_trader_is_told_of_is_of_a_kind():
    told = {
        kind
        for kind, row in TELLINGS.items()
        if row.is_told is not never and (issubclass(kind, OrderEvent) or kind is CheckRecorded)
    }
    born = {kind for kind in _KIND_OF if kind.__name__ in ("OrderDrafted", "OrderRefused", "OrderFoundAtVenue")}
    assert told | born == set(_KIND_OF)


@given(st.dictionaries(st.sampled_from(NoticeKind), st.sampled_from(Level)))
def test_a_level_that_was_chosen_counts_and_every_other_is_the_built_in_one(chosen):
    here = DiscordChoices(notices=chosen)
    for kind in NoticeKind:
        assert level_of(kind, here) is chosen.get(kind.value, KINDS[kind].level)


@pytest.mark.parametrize("kind", NoticeKind)
def test_every_kind_says_what_it_is_and_why_it_is_told_as_it_is(kind):
    assert KINDS[kind].about
    assert KINDS[kind].why


@pytest.mark.parametrize(
    ("found_by", "kind"),
    [
        (FoundBy.ANSWER, NoticeKind.SUBMITTED),
        (FoundBy.STREAM, NoticeKind.SUBMITTED),
        (FoundBy.SEARCH, NoticeKind.IN_DOUBT),
        (FoundBy.PERSON, NoticeKind.DECIDED),
    ],
)
def test_who_was_told_of_a_doubt_is_told_of_its_end(found_by, kind):
    event = SimpleNamespace(venue=Venue.PRODUCTION, found_by=found_by)
    assert _KIND_OF[SubmissionAdopted](event, None) is kind
    event = SimpleNamespace(venue=Venue.SANDBOX, found_by=found_by)
    assert _KIND_OF[SubmissionAdopted](event, None) is NoticeKind.REHEARSAL
