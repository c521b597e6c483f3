"""The page of a live message: what it says at each stage, what it offers, and what it never says in a guild."""

import json
from pathlib import Path
from uuid import UUID

import pytest
from attrs import evolve

from tastyflow.application.ledger.codec import decode
from tastyflow.application.ledger.folding import fold
from tastyflow.application.telling.sentences import is_told, sentence_of, shared_sentence_of
from tastyflow.application.telling.so_far import Told
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import OVER, Stage
from tastyflow.domain.order.wishes import Wish, wishes_for
from tastyflow.domain.testresult import TestResult
from tastyflow_adapters.discord.page import Act, Tone
from tastyflow_adapters.discord.pages.live import MOST_TOLD, live_page
from tastyflow_adapters.discord.pages.notice import notice_page
from tastyflow_adapters.discord.rendering import render, whole

HISTORY = sorted((Path(__file__).parents[1] / "history").glob("*.jsonl"))
ACTS = {Wish.CANCEL: Act.CANCEL, Wish.REPLACE: Act.REPLACE, Wish.LOOK: Act.STATUS}
ACCOUNT, WORDS = "canary-ira", "canary words of a venue about $9,999"


def recorded():
    """Every order of the recorded logs at every event, with what was told of it until then."""
    for path in HISTORY:
        states, told = {}, {}
        for line in map(json.loads, path.read_text("utf-8").splitlines()):
            aggregate_id = UUID(line["id"])
            event = decode(line["topic"], aggregate_id, line["version"], line["state"].encode())
            state = states[aggregate_id] = fold(states.get(aggregate_id), (event,))
            order = states.get(state.order) if isinstance(state, TestResult) else state
            if isinstance(order, Order):
                if is_told(event):
                    said = Told(event, order, sentence_of(event, order), shared_sentence_of(event, order))
                    told.setdefault(order.id, []).append(said)
                yield order, tuple(told.get(order.id, ()))


STATES = list(recorded())


@pytest.mark.parametrize("stage", Stage)
def test_where_others_read_along_nothing_of_an_account_is_said(stage):
    for order, told in STATES:
        if order.stage is not stage:
            continue
        order = evolve(order, account=ACCOUNT, message=WORDS, hint=WORDS)
        page = live_page(order, told, is_shared=True, trader="ann", accounts=("main", ACCOUNT))
        notice = notice_page(order, told[-1].shared if told else "", is_shared=True, accounts=("main", ACCOUNT))
        for text in (whole(page), whole(notice)):
            assert "canary" not in text
            assert "$" not in text
            assert "maximum" not in text


def test_its_trader_alone_is_told_the_account_and_the_risk():
    order, told = next((o, t) for o, t in STATES if o.stage is Stage.WORKING and o.loss_usd)
    page = live_page(evolve(order, account=ACCOUNT), told, is_shared=False, accounts=("main", ACCOUNT))
    assert ACCOUNT in page.place
    assert "maximum loss" in whole(page)


def test_the_buttons_are_what_the_core_would_not_refuse_and_why():
    for order, told in STATES:
        acts = [button.act for button in live_page(order, told, is_shared=True).buttons]
        assert acts == [act for wish, act in ACTS.items() if wish in wishes_for(order)] + [Act.WHY]
        assert all(button.about == order.reference for button in live_page(order, told, is_shared=True).buttons)


def test_each_sentence_stands_once_and_never_too_many():
    for order, told in STATES:
        for is_shared in (True, False):
            page = live_page(order, told, is_shared=is_shared)
            lines = next((row.lines for row in page.rows if row.name.startswith("so far")), ())
            assert len(lines) <= MOST_TOLD + 1
            kept = [line for line in lines if not line.startswith("…")]
            said = [each.shared if is_shared else each.sentence for each in told]
            at = [line.partition(" ")[2] for line in kept]
            assert at == [words for words in said if words and not words.startswith(("✓", "✗", "–"))][-len(at) :]


def test_how_it_stands_is_said_in_words_and_every_page_fits_into_a_message():
    for order, told in STATES:
        page = live_page(order, told, is_shared=False)
        assert page.title.startswith(f"Order {order.reference} · ")
        assert not page.is_private
        rendered = render(page)
        assert rendered.card is not None
        assert not rendered.files


def test_what_is_over_looks_over():
    for order, told in STATES:
        tone = live_page(order, told, is_shared=True).tone
        if order.stage is Stage.FILLED:
            assert tone is Tone.GOOD
        elif order.stage in OVER:
            assert tone in (Tone.WARNING, Tone.BAD)
        else:
            assert tone is not Tone.GOOD


def test_where_others_read_the_reason_of_a_refusal_is_one_press_away():
    bad = [(order, told) for order, told in STATES if order.stage in (Stage.REFUSED, Stage.REJECTED, Stage.ESCALATED)]
    assert bad
    for order, told in bad:
        for page in (live_page(order, told, is_shared=True), notice_page(order, "Refused.", is_shared=True)):
            assert page.footer == "Why has the reason, for your eyes alone"
            assert page.buttons[-1].act is Act.WHY
        assert live_page(order, told, is_shared=False).footer == ""


def test_each_check_stands_in_it_until_the_order_is_sent_and_then_how_many_passed():
    lines = {stage: set() for stage in Stage}
    for order, told in STATES:
        for row in live_page(order, told, is_shared=True).rows:
            if row.name == "checks":
                lines[order.stage] |= set(row.lines)
    assert any("✓ dry run · ✓ acknowledged · " in line for line in lines[Stage.REHEARSED])
    assert "9 of 9 passed in the sandbox" in lines[Stage.WORKING]
    assert not any("✓" in line for line in lines[Stage.WORKING])
