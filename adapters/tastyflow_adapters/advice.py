"""
What a person can do next, in the words of the place where they are: a terminal has commands, a chat has others.

    error, or order ─▶ PlaceWords: the place's own table ─▶ Advice: a hint, and commands to copy
                                                        └─▶ not in it: the hint and the suggestions of the core

Nothing that looks like a secret is repeated in it.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final, NamedTuple

from attrs import frozen

from tastyflow.errors import TastyflowError
from tastyflow_adapters.unechoed import unechoed

if TYPE_CHECKING:
    from tastyflow.domain.order import Order  # a command that fails before it has an order starts without it

NAME: Final = "NAME"
"""What stands in a command for a name that would need quotes there."""


class Advice(NamedTuple):
    """A hint, and commands to copy; ``{word}`` in either is data of the error, and a command without it is left out."""

    hint: str
    suggestions: tuple[str, ...] = ()

    def about(self, data: Mapping[str, str]) -> "Advice":
        """This advice with *data* in its places."""
        known = [each for each in self.suggestions if "{" not in each or any(f"{{{key}}}" in each for key in data)]
        return Advice(self.hint.format_map(data), tuple(each.format_map(data) for each in known))


@frozen(kw_only=True)
class PlaceWords:
    """
    What one place says; ``{ref}`` is the reference of an order.

    Attributes:
        errors: By the code of an error, or of an order that was refused with it.
        stages: By the stage of an order that carries no hint of its own.
        reasons: By why an order is a person's: what the line of its stage does not say.
        waits: Of an order that waits for an approval.
        confirm: Of an order that waits for its trader's yes.
        cancel_asked: Of an order at work whose cancel is asked for.
    """

    errors: Mapping[str, Advice]
    stages: Mapping[str, str]
    reasons: Mapping[str, str]
    waits: str
    confirm: str
    cancel_asked: str

    def advice_on(self, error: TastyflowError) -> Advice:
        """What to do about *error*."""
        return _advice_from(self.errors, error.code, error.data, error.hint, error.suggestions)

    def advice_for(self, order: "Order") -> Advice:
        """What to do about *order*, as it stands; commands that may have been meant instead of it."""
        return Advice(self.next_step(order), self._of_refusal(order).suggestions)

    def next_step(self, order: "Order") -> str:
        """What to do next about *order*, in one line; empty where there is nothing."""
        if order.waits_for_confirmation:
            words = self.confirm
        elif order.stage == "working" and order.cancel_requested:
            words = self.cancel_asked
        elif order.waiting_until is not None:
            words = self.waits
        elif order.stage == "escalated" and order.code in self.reasons:
            words = self.reasons[order.code]
        elif hint := self._of_refusal(order).hint:
            return hint
        else:
            words = self.stages.get(order.stage, "")
        return words.format(ref=order.reference)

    def _of_refusal(self, order: "Order") -> Advice:
        return _advice_from(self.errors, order.code, {"user": order.asked.user}, order.hint, order.suggestions)


def _advice_from(
    table: Mapping[str, Advice], code: str, data: Mapping[str, str], hint: str, suggestions: Sequence[str]
) -> Advice:
    """What *table* says of *code*; where it says nothing, the core's own *hint* and *suggestions*."""
    if code not in table:
        return Advice(unechoed(hint), tuple(map(unechoed, suggestions)))
    return table[code].about(
        {key: value if _is_plain(value) and unechoed(value) == value else NAME for key, value in data.items()}
    )


def _is_plain(value: str) -> bool:
    """Whether *value* needs no quotes in a command: a name, or a reference."""
    return value.isidentifier() or (value.isascii() and value.isalnum())
