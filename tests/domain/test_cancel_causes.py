"""By whom an order was cancelled, as people read it."""

import pytest

from tastyflow.domain.order.cancel_causes import OPENINGS, ended_sentence, ended_words


@pytest.mark.parametrize("cause", OPENINGS)
def test_a_cause_alone_is_no_sentence_and_becomes_one(cause):
    assert ended_words(cause).startswith("cancelled")
    assert ended_sentence(cause).startswith("Cancelled")
    assert ended_sentence(cause).endswith(f"{cause}.")


def test_every_other_message_stays_as_it_is():
    assert ended_words("bob did not approve it: too big.") == "bob did not approve it: too big."
    assert ended_sentence("bob did not approve it: too big.") == "bob did not approve it: too big."
    assert ended_sentence("") == ""
