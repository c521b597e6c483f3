"""
The live message of an order: what it is, how it stands, what was told of it so far, and what can be asked of it now.

    ⬜ FAKE
    Order 9c41d2 · working, 4 of 10 filled
    buy to open 10 SPY 450 call exp Dec 18 2026 at limit 8.01 debit, day
    filled 4 of 10 at 8.01 on average
    checks    ✓ dry run · ✓ acknowledged · …          until it is sent; then their number
    so far    10:00:03 Sending it to production (FAKE).
    [Cancel] [Replace] [Why]

It is made from the log alone. Where others read along, what the account holds and may lose is not in it.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final

from tastyflow.application.environment_words import place_of
from tastyflow.application.telling.risk_words import risk_words
from tastyflow.application.telling.so_far import Told
from tastyflow.application.telling.wording import filled_words, outside_words
from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import SubmissionClaimed
from tastyflow.domain.order.stages import BEFORE_VERDICT, Stage
from tastyflow.domain.order.wishes import Wish, wishes_for
from tastyflow.domain.testresult import CheckOutcome, CheckRecorded
from tastyflow.domain.venue import Venue
from tastyflow_adapters.discord.page import Act, Button, ChatPage, Emphasis, Row, Tone

MOST_TOLD: Final = 8
MOST_TOLD_OVER: Final = 4
"""How many of the latest sentences stand in the message, while the order is open and then: *Why* has all of them."""

NOT_CONFIRMED: Final = "not confirmed"
"""Of an order whose card waits for its trader's yes."""

TONES: Final[Mapping[Stage, Tone]] = {
    Stage.FILLED: Tone.GOOD,
    Stage.CANCELLED: Tone.WARNING,
    Stage.EXPIRED: Tone.WARNING,
    Stage.REFUSED: Tone.BAD,
    Stage.REJECTED: Tone.BAD,
    Stage.ESCALATED: Tone.BAD,
    Stage.ABANDONED: Tone.BAD,
}

_REHEARSED: Final = BEFORE_VERDICT | {Stage.REHEARSED, Stage.APPROVED}
"""Where its rehearsal is the latest that is known of it."""

_STANDS: Final[Mapping[Stage, str]] = {
    Stage.VALIDATED: "waits for its rehearsal",
    Stage.REHEARSING: "rehearsing in the sandbox",
    Stage.REHEARSED: "rehearsed",
    Stage.APPROVED: "rehearsed and approved",
    Stage.SUBMITTING: "sent to production",
    Stage.ESCALATED: "a person must look",
}

_BUTTONS: Final[Mapping[Wish, Callable[[str], Button]]] = {
    Wish.CANCEL: lambda about: Button("Cancel", Act.CANCEL, about, Emphasis.DANGER),
    Wish.REPLACE: lambda about: Button("Replace", Act.REPLACE, about),
    Wish.LOOK: lambda about: Button("Status", Act.STATUS, about),
}


def live_page(
    order: Order,
    told: Sequence[Told],
    *,
    trader: str = "",
    is_shared: bool,
    is_said: Callable[[Told], bool] = lambda _: True,
    accounts: Collection[str] = (),
) -> ChatPage:
    """
    How *order* stands.

    Args:
        told: What was told of it so far.
        trader: The name of its trader; empty where it has none.
        is_shared: Whether others than its trader read along.
        is_said: Whether the sentence of something that was told is to stand in it.
        accounts: The names of all accounts that the settings name.
    """
    said = [each for each in told if is_said(each)]
    return ChatPage(
        title=f"Order {order.reference} · {stands_words(order)}",
        place=place_of(order, accounts) if not is_shared else shared_place_of(order),
        lines=(order.words or order.asked.text, *_how_it_went(order, is_shared=is_shared)),
        rows=tuple(
            row
            for row in (_checks(order, said, is_shared), _so_far(said, is_shared, is_over=order.stage.is_over))
            if row.lines
        ),
        footer=footer_of(order, trader, is_shared=is_shared),
        tone=Tone.ASKING if order.waiting_until is not None else TONES.get(order.stage, Tone.PLAIN),
        buttons=buttons_of(order),
        is_private=False,
    )


def stands_words(order: Order) -> str:
    """The stage in words, with what is filled: ``working, 4 of 10 filled``."""
    if order.replacement is not None and order.stage is Stage.CANCELLED:
        words = f"replaced by {order.replacement.hex[:6]}"
    elif order.is_cancelling and not order.stage.is_over:
        words = "being cancelled"
    elif order.waits_for_confirmation:
        words = NOT_CONFIRMED
    elif order.waiting_until is not None:
        words = "waits for approval"
    else:
        words = _STANDS.get(order.stage, order.stage.value)
    ordered, filled = sum(leg.quantity for leg in order.legs), order.filled(Venue.PRODUCTION)
    return f"{words}, {filled:,} of {ordered:,} filled" if filled and order.stage is not Stage.FILLED else words


def stage_words(order: Order) -> str:
    """The stage in a word or two, for a list."""
    return NOT_CONFIRMED if order.waits_for_confirmation else order.stage.value


def buttons_of(order: Order) -> tuple[Button, ...]:
    """What can be asked of it as it stands, and always why."""
    wishes = wishes_for(order)
    asked = (make(order.reference) for wish, make in _BUTTONS.items() if wish in wishes)
    return (*asked, Button("Why", Act.WHY, order.reference))


def shared_place_of(order: Order) -> str:
    """The environment, without the account: for a place where others read along."""
    return place_of(order).partition(",")[0]


def footer_of(order: Order, trader: str, *, is_shared: bool) -> str:
    """Whose order it is; where others read along, where the reason of a refusal is found: it can be private."""
    whose = f"for {trader}" if trader else ""
    reason = "Why has the reason, for your eyes alone" if is_shared and TONES.get(order.stage) is Tone.BAD else ""
    return " · ".join(part for part in (whose, reason) if part)


def _how_it_went(order: Order, *, is_shared: bool) -> list[str]:
    private = [] if is_shared else [*risk_words(order), order.message]
    return [line for line in (outside_words(order), *filled_words(order), *private) if line]


def _checks(order: Order, said: Sequence[Told], is_shared: bool) -> Row:
    """Each check of the latest rehearsal; once its order was sent, how many passed, and those that did not."""
    claims = [number for number, each in enumerate(said) if _begins_rehearsal(each)]
    latest = said[claims[-1] :] if claims else said
    checks = [each for each in latest if isinstance(each.event, CheckRecorded)]
    sentences = tuple(_sentence(each, is_shared) for each in checks)
    if not checks or order.stage in _REHEARSED:
        return Row("checks", (" · ".join(sentences),) if is_shared and checks else sentences)
    passed = sum(1 for each in checks if _has_passed(each))
    kept = [_sentence(each, is_shared) for each in checks if not _has_passed(each)]
    return Row("checks", (f"{passed} of {len(checks)} passed in the sandbox", *kept))


def _begins_rehearsal(told: Told) -> bool:
    return isinstance(told.event, SubmissionClaimed) and told.event.venue is Venue.SANDBOX


def _has_passed(told: Told) -> bool:
    return isinstance(told.event, CheckRecorded) and told.event.check.outcome is CheckOutcome.PASSED


def _so_far(said: Sequence[Told], is_shared: bool, *, is_over: bool) -> Row:
    """The latest sentences, each with its time."""
    lines = [
        f"{each.event.at.astimezone(NEW_YORK):%H:%M:%S} {_sentence(each, is_shared)}"
        for each in said
        if not isinstance(each.event, CheckRecorded) and _sentence(each, is_shared)
    ]
    before = len(lines) - (MOST_TOLD_OVER if is_over else MOST_TOLD)
    if before > 0:
        lines = [f"… {before} before that, in Why", *lines[before:]]
    return Row("so far (New York)", tuple(lines))


def _sentence(told: Told, is_shared: bool) -> str:
    return told.shared if is_shared else told.sentence
