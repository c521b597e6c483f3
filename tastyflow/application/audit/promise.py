"""
A promise: a sentence about one kind of event, and a function that says why it is broken.

    @promise("approved_content", "Only tested content is approved.", OrderApproved)
    def approved_content(world: World, event: OrderApproved) -> Iterator[str]: ...

Promises are told again here, from recorded facts, and do not call the code that should have kept them.
"""

from collections.abc import Callable, Iterable
from typing import Any

from attrs import frozen

from tastyflow.application.audit.world import World

Broken = Callable[[World, Any], Iterable[str]]


@frozen
class Promise:
    """
    Attributes:
        about: The events (or, in the end, aggregates) that it is asked about, where *applies* says so.
        broken: Every reason why it does not hold, as sentences; the world is as it was before the event.
    """

    name: str
    sentence: str
    about: tuple[type, ...]
    applies: Callable[[Any], bool]
    broken: Broken


def always(_: object) -> bool:
    return True


def promise(
    name: str, sentence: str, *about: type, where: Callable[[Any], bool] = always
) -> Callable[[Broken], Promise]:
    """Make a promise of the function that finds it broken."""
    return lambda broken: Promise(name, sentence, about, where, broken)


def listed(items: Iterable[object]) -> str:
    """The items in a sentence."""
    return ", ".join(str(item) for item in items) or "none"
