"""
The digest of a trading day, as operators read it.
"""

from collections.abc import Iterator, Mapping
from typing import Final

from tastyflow.application.digest import Digest
from tastyflow.application.incidents.wording import kind_in_words
from tastyflow.domain.expirations import NEW_YORK
from tastyflow.domain.halt import Trading
from tastyflow.domain.new_york_time import moment_in_words
from tastyflow_adapters.discord.page import ChatPage, Row, Tone
from tastyflow_adapters.discord.pages.columns import in_groups
from tastyflow_adapters.discord.pages.incident import LIST

MOST: Final = 10
"""Of more codes, or incidents, than this only the number is said."""


def digest_page(digest: Digest, place: str = "") -> ChatPage:
    """*digest*, for the operators' channel."""
    needs_a_person = bool(digest.unhandled) or digest.halt.trading is not Trading.RUNNING
    until = digest.period.until.astimezone(NEW_YORK)
    return ChatPage(
        title=f"Digest of {until:%A, %B %d %Y}",
        place=place,
        lines=(f"From {moment_in_words(digest.period.since)} to {moment_in_words(digest.period.until)}.",),
        rows=tuple(_rows(digest)),
        tone=Tone.WARNING if needs_a_person else Tone.PLAIN,
        buttons=(LIST,) if digest.unhandled else (),
        is_private=False,
    )


def _rows(digest: Digest) -> Iterator[Row]:
    yield Row("orders", tuple(_orders(digest)))
    if digest.refused:
        yield Row("refused, by code", tuple(_counted(digest.refused)))
    is_stopped = digest.halt.trading is not Trading.RUNNING
    if is_stopped:
        yield Row("trading", (digest.halt.in_words,), is_strong=True)
    if digest.incidents or digest.halts:
        yield Row("incidents and halts", tuple(_incidents_and_halts(digest)))
    yield Row("now", tuple(_now(digest)))
    if digest.unhandled:
        yield Row("open incidents", tuple(_incidents(digest)), is_strong=True)
    if digest.head is not None:
        yield Row("log head", (f"event {digest.head.position:,}", f"SHA-256 {in_groups(digest.head.last)}"))


def _orders(digest: Digest) -> Iterator[str]:
    yield f"{_number(digest.asked, 'order')} asked for"
    failed = f", {digest.failed:,} did not" if digest.failed else ""
    yield f"{_number(digest.rehearsed, 'rehearsal')} passed{failed}"
    size = "1 contract or share" if digest.contracts == 1 else f"{digest.contracts:,} contracts and shares"
    fills = f"{_number(digest.fills, 'fill')} of {size}"
    yield f"{digest.filled:,} filled" + (f"; {fills}" if digest.fills else "")
    yield from (f"{number:,} {word}" for word, number in digest.ended.items())
    if digest.escalated:
        yield f"{digest.escalated:,} escalated to a person"


def _now(digest: Digest) -> Iterator[str]:
    waiting = f", {digest.waiting:,} of them waiting for an approval" if digest.waiting else ""
    yield f"{_number(digest.open_orders, 'order')} open{waiting}"


def _incidents_and_halts(digest: Digest) -> Iterator[str]:
    if digest.incidents:
        yield f"{_number(digest.incidents, 'incident')} opened, or seen again"
    if digest.halts:
        yield f"Trading was halted or resumed {'once' if digest.halts == 1 else f'{digest.halts:,} times'}"


def _incidents(digest: Digest) -> Iterator[str]:
    for each in digest.unhandled[:MOST]:
        looks = f"{each.acknowledged_by} looks at it" if each.acknowledged_by else "no person looks at it"
        yield f"{each.reference} {kind_in_words(each)}, {looks}: {each.message}"
    if len(digest.unhandled) > MOST:
        yield f"and {len(digest.unhandled) - MOST:,} more"


def _counted(numbers: Mapping[str, int]) -> Iterator[str]:
    first = list(numbers.items())[:MOST]
    yield from (f"{number:,} {code}" for code, number in first)
    if len(numbers) > MOST:
        yield f"{sum(numbers.values()) - sum(number for _, number in first):,} for {len(numbers) - MOST:,} other codes"


def _number(number: int, thing: str) -> str:
    return f"{number:,} {thing}" + ("" if number == 1 else "s")
