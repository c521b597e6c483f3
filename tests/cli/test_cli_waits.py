"""Waits that contradict each other are refused at the start, with the sum that they break."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.domain.policy import Policy
from tastyflow_adapters.config.venue_settings import ProductionSettings, SandboxSettings
from tastyflow_adapters.config.waits import contradictions

VENUES = {"sandbox": SandboxSettings(), "production": ProductionSettings()}
SECONDS = st.floats(0.01, 3_600)


def test_what_is_set_unless_chosen_contradicts_nothing():
    assert not [*contradictions(Policy(), VENUES)]
    assert not [*contradictions(Policy(), {})]


@given(settle=SECONDS, age=SECONDS, answer=SECONDS, connect=st.floats(0.1, 100), order=st.floats(0.1, 100))
def test_no_claim_is_looked_for_by_others_while_its_sender_may_be_at_it(settle, age, answer, connect, order):
    policy = evolve(Policy(), settle_s=settle, claim_age_s=age, answer_s=answer, interrupted_after_s=1e9)
    table = ProductionSettings(connect_s=connect, order_s=order)
    said = [*contradictions(policy, {"production": table})]
    assert bool(said) is (settle <= age + connect + order)
    sandbox = SandboxSettings(connect_s=connect, order_s=order)
    said = [*contradictions(policy, {"sandbox": sandbox, "production": ProductionSettings(connect_s=0.1, order_s=0.1)})]
    assert bool(said) is (settle <= age + answer + connect + order)


@given(
    interrupted=SECONDS, fill=SECONDS, news=SECONDS, answer=SECONDS, searches=st.lists(SECONDS, min_size=1, max_size=6)
)
def test_no_rehearsal_counts_as_interrupted_while_it_may_only_wait(interrupted, fill, news, answer, searches):
    policy = evolve(
        Policy(), settle_s=1e9, interrupted_after_s=interrupted, fill_wait_s=fill, news_wait_s=news, answer_s=answer,
        search_waits_s=tuple(searches),
    )  # fmt: skip
    longest = max(answer + 3 * fill + news, sum(searches) + len(searches) * answer, max(policy.tries_s) + answer)
    assert bool([*contradictions(policy, {})]) is (interrupted <= longest)


def test_the_sum_is_written_out():
    (said,) = contradictions(evolve(Policy(), settle_s=10), VENUES)
    assert said == (
        "policy.settle_s is 10: it must be longer than the 32 s that an order may be on its way "
        "(policy.claim_age_s 2 + policy.answer_s 5 + sandbox.connect_s 5 + sandbox.order_s 20)."
    )


@pytest.mark.parametrize(
    ("variable", "value", "key"),
    [
        ("TASTYFLOW_POLICY__SETTLE_S", "5", "policy.settle_s"),
        ("TASTYFLOW_POLICY__CLAIM_AGE_S", "70", "policy.settle_s"),
        ("TASTYFLOW_POLICY__FILL_WAIT_S", "60", "policy.interrupted_after_s"),
        ("TASTYFLOW_POLICY__SEARCH_WAITS_S", "[60, 60]", "policy.interrupted_after_s"),
        ("TASTYFLOW_POLICY__RETRY_WAITS_S", "[600]", "policy.interrupted_after_s"),
    ],
)
def test_a_program_whose_waits_contradict_each_other_does_not_start(inside, home, variable, value, key):
    ended = inside("order", "buy 1 SPY 450C next month", **{variable: value})
    assert ended.code == 3
    assert f"{key} is " in ended.err
    assert "it must be longer than the" in ended.err
    assert not (home / "fake" / "log.db").exists()


def test_both_keys_are_named_where_both_are_wrong(inside):
    ended = inside("orders", TASTYFLOW_POLICY__SETTLE_S="1", TASTYFLOW_POLICY__FILL_WAIT_S="90")
    assert "policy.settle_s is 1" in ended.err
    assert "policy.interrupted_after_s is 105" in ended.err
