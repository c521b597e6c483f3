"""By whom or why an order is cancelled: openings of ours may be read by others, a person's words may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.order.cancel_causes import BY_TRADER, HALTED, OPENINGS, REDUCED, cause_words, halt_cause


@given(st.sampled_from((HALTED, REDUCED)), st.text(), st.text())
def test_what_a_person_said_of_a_halt_is_for_the_trader_of_the_order_alone(opening, by, reason):
    cause = halt_cause(opening, by, reason)
    assert by in cause
    assert reason in cause
    assert cause_words(cause) == f": {cause}"
    assert cause_words(cause, is_shared=True) == f": {opening}"


@given(st.text().filter(lambda text: not text.startswith(OPENINGS)))
def test_a_reason_that_is_not_ours_is_not_shared(reason):
    assert cause_words(reason, is_shared=True) == ""


@pytest.mark.parametrize("is_shared", [True, False])
def test_who_asked_for_the_cancel_may_be_said_everywhere(is_shared):
    assert cause_words(BY_TRADER, is_shared=is_shared) == " by the trader"
    assert cause_words("", is_shared=is_shared) == ""
