"""
The order that an answer makes differs from the old one in what the answer names, and in nothing else.

    old order × fragment ─▶ new order: the other fields are equal
    old order ─▶ "close it": the opposite of what it opened; "roll it": that, and the same contract of another day
    any line × any fragment ─▶ a line, or a refusal with suggestions that parse
"""

from datetime import datetime, timedelta

from chat_that_is_no_answer import TALK
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from language_corpus import rows
from language_strategies import moments, orders, spreads, typed_legs

from tastyflow.domain.commands import Follows, PlaceOrder, PreviewOrder
from tastyflow.domain.expirations import NEW_YORK, new_york_date, trading_day_on_or_after
from tastyflow.errors import NotUnderstood
from tastyflow_grammar import complete, parse, render

AS_OF = datetime(2026, 11, 20, 10, tzinfo=NEW_YORK)

FRAGMENTS = {
    "make it 5": {"quantity"},
    "x7": {"quantity"},
    "3 contracts": {"quantity"},
    "double it": {"quantity"},
    "half that": {"quantity"},
    "triple it": {"quantity"},
    "@ 1.25": {"price", "order_type", "price_effect"},
    "make it 1.25": {"price", "order_type", "price_effect", "strike"},
    "mid": {"price", "order_type", "price_effect"},
    "market": {"price", "order_type", "price_effect"},
    "stop 2 limit 1.9": {"price", "order_type", "price_effect", "stop"},
    "gtc": {"time_in_force"},
    "same but good till next month": {"time_in_force"},
    "puts": {"right"},
    "same but calls": {"right"},
    "strike 455": {"strike"},
    "same but 455": {"strike", "quantity"},
    "455c": {"strike", "right"},
    "430/440": {"strike"},
    "$QQQ": {"underlying"},
    "same for QQQ": {"underlying"},
    "next month": {"expiration"},
    "45dte": {"expiration"},
    "again": set(),
}
"""A fragment, and the keys of a command's JSON in which the new order may differ."""


def as_flat(order: PlaceOrder) -> dict[str, object]:
    """What an order says, by key, as the contract writes it: an account of its own of what is equal."""
    said = order.as_dict()
    legs = said.pop("legs")
    flat = {**said, "legs": len(legs)}
    for number, leg in enumerate(legs):
        flat |= {f"{number}.{key}": value for key, value in leg.items()}
    return flat


@settings(deadline=None)
@given(st.data(), moments, st.sampled_from(sorted(FRAGMENTS)), st.booleans())
def test_an_order_differs_from_the_old_one_in_what_the_fragment_names(
    data: st.DataObject, as_of: datetime, fragment: str, is_preview: bool
):
    today = new_york_date(as_of)
    old = data.draw(orders(today) | spreads(today) | typed_legs(today))
    answering = render(PreviewOrder(old) if is_preview else old)
    try:
        made = complete(fragment, answering=answering, as_of=as_of)
    except NotUnderstood:
        return
    new = parse(made.line, as_of=as_of)
    assert isinstance(new, PreviewOrder if is_preview else PlaceOrder)
    order = new.order if isinstance(new, PreviewOrder) else new
    before, after = as_flat(old), as_flat(order)
    assert before.keys() == after.keys()
    changed = {key.split(".")[-1] for key in before if before[key] != after[key]}
    assert changed <= FRAGMENTS[fragment]
    assert "price_effect" not in changed or None in (old.price_effect, order.price_effect)
    assert bool(made.changed) or not changed
    assert made.line == " ".join(made.line.split())
    for (_, end), (start, _) in zip(made.changed, made.changed[1:], strict=False):
        assert end < start


@settings(deadline=None)
@given(st.data(), moments)
def test_what_closes_is_the_opposite_of_what_was_opened_and_no_more_of_it(data: st.DataObject, as_of: datetime):
    today = new_york_date(as_of)
    old = data.draw(orders(today) | spreads(today) | typed_legs(today))
    opened = [leg for leg in old.legs if not leg.action.value.endswith("close")]
    try:
        made = complete("close it", answering=render(old), as_of=as_of)
    except NotUnderstood:
        assert not opened
        return
    assert opened
    new = parse(made.line, as_of=as_of)
    assert isinstance(new, PlaceOrder)
    assert made.follows is Follows.CLOSE
    assert [(leg.instrument, leg.quantity) for leg in new.legs] == [(leg.instrument, leg.quantity) for leg in opened]
    for before, after in zip(opened, new.legs, strict=True):
        assert after.action.value == ("sell_to_close" if before.action.value.startswith("buy") else "buy_to_close")
    assert (new.order_type, new.price, new.stop) == (None, None, None)


@settings(deadline=None)
@given(st.data(), moments, st.integers(1, 300))
def test_a_roll_closes_the_contract_and_opens_the_same_one_of_another_day(
    data: st.DataObject, as_of: datetime, days: int
):
    today = new_york_date(as_of)
    old = data.draw(orders(today))
    later = trading_day_on_or_after(today + timedelta(days))
    assume(getattr(old.legs[0].instrument, "expiration", later) != later)
    try:
        made = complete(f"roll it to {later.isoformat()}", answering=render(old), as_of=as_of)
    except NotUnderstood:
        return
    new = parse(made.line, as_of=as_of)
    assert isinstance(new, PlaceOrder)
    closing, opening = new.legs
    assert closing.instrument == old.legs[0].instrument
    assert (opening.instrument.expiration, opening.quantity) == (later, old.legs[0].quantity)
    assert closing.action.buys is not opening.action.buys
    assert (closing.action.value[-5:], opening.action.value[-4:]) == ("close", "open")
    assert (new.price, closing.quantity) == ("natural", old.legs[0].quantity)


@settings(deadline=None)
@given(
    st.sampled_from([row.text for row in rows()]), st.sampled_from([*FRAGMENTS, *TALK, "close it", "roll it to 1/15"])
)
def test_whatever_is_answered_a_line_comes_out_or_a_refusal(answering: str, text: str):
    refused: NotUnderstood | None = None
    try:
        made = complete(text, answering=answering, as_of=AS_OF)
    except NotUnderstood as no:
        refused = no
    else:
        assert "".join(words for words, _ in made.pieces()) == made.line
    if refused:
        assert refused.message
        for words in refused.suggestions:
            parse(words, as_of=AS_OF)
