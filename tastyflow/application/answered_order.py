"""
What an answer to an order comes to, as that order stands by then. No word that may mean a change doubles an order.

    it stands          make it 1.25            make it 5, 455c, puts    again, double it, same but    close it, roll it
    not sent           its line, changed       its line, changed        its line, changed             refused
    at work            replace 3f2a11 @ 1.25   refused: cancel first    another order: said so        refused
    filled             refused                 refused                  another order: said so        its opposite
    over, not filled   its line, changed       its line, changed        its line, changed             refused

    cancel it ─▶ cancel 3f2a11, wherever it stands

Not sent: its card waits, or it was refused or withdrawn. Whatever comes of an answer has a card of its own.
"""

from datetime import datetime
from typing import Final

from attrs import frozen

from tastyflow.domain.commands import CompletedLine, Follows, ReplaceOrder
from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.venue import Venue
from tastyflow.errors import NotUnderstood
from tastyflow.ports import Language

_OPPOSITES: Final = {Follows.CLOSE: "close", Follows.ROLL: "roll"}


@frozen
class AnsweredOrder:
    """
    The order that an answer is about.

    Attributes:
        line: Its words, as they were typed.
        name: What names it in a line.
        order: As it stands; None where the line did not become one.
    """

    language: Language
    line: str
    name: str = ""
    order: Order | None = None

    def answered(self, text: str, now: datetime) -> tuple[CompletedLine, str]:
        """
        The whole line that *text* makes, and what is to be said beside it.

        Raises:
            NotUnderstood: It makes none: what to write instead.
        """
        if self._is_at_work and (change := self._replacement(text, now)) is not None:
            return change, ""
        made = self.language.complete(text, answering=self._line(now), as_of=now)
        match made.follows:
            case Follows.CHANGE if self._is_at_work:
                raise self._refused(text, "only its price, stop and time in force can change", self._anew(_new(made)))
            case Follows.CHANGE if self._is_filled:
                raise self._refused(
                    text, "nothing of it can change", f"For another order, write 'same but {_new(made)}'"
                )
            case Follows.CLOSE | Follows.ROLL if not self._is_filled or self._is_at_work:
                raise self._nothing_held(text, _OPPOSITES[made.follows])
            case Follows.CANCEL:
                return self._cancel(text), ""
            case Follows.ANOTHER:
                return made, self._beside()
            case _:
                return made, ""

    # ---- as it stands

    @property
    def is_sent(self) -> bool:
        """Whether it has left the hands of its trader."""
        return self.order is not None and self.order.is_on_its_way

    @property
    def _is_at_work(self) -> bool:
        return self.order is not None and self.is_sent and not self.order.stage.is_over

    @property
    def _is_filled(self) -> bool:
        """Whether anything of it is: the rest may have been cancelled."""
        if self.order is None:
            return False
        return self.order.stage is Stage.FILLED or self.order.filled(Venue.PRODUCTION) > 0

    # ---- what is said

    def _replacement(self, text: str, now: datetime) -> CompletedLine | None:
        """``replace 3f2a11 @ 1.25``; None where *text* is no change of price, stop or time in force."""
        try:
            made = self.language.complete(text, answering=f"replace {self.name}", as_of=now)
            command = self.language.parse(made.line, as_of=now)
        except NotUnderstood:
            return None
        if not isinstance(command, ReplaceOrder) or made.follows is not Follows.CHANGE:
            return None
        if command.quantity is not None:
            raise self._refused(text, "its size cannot change", self._anew(f"x{command.quantity}"))
        return made

    def _line(self, now: datetime) -> str:
        """Its words; of one leg that was filled in part, for as many as were."""
        order = self.order
        if order is None or order.stage is Stage.FILLED or not self._is_filled or len(order.legs) != 1:
            return self.line
        filled = order.filled(Venue.PRODUCTION)
        return self.language.complete(f"x{filled}", answering=self.line, as_of=now).line

    def _cancel(self, text: str) -> CompletedLine:
        if not self.name:
            raise _no(text, "It was not placed, so there is nothing to cancel. 'orders' shows what is open.")
        line = f"cancel {self.name}"
        return CompletedLine(line, ((0, len(line)),), Follows.CANCEL)

    def _beside(self) -> str:
        """What is said where an order like it would stand beside it, for all to read."""
        is_doubled = self._is_at_work or self._is_filled
        return f"This is another order: order {self.name} stays as it is." if is_doubled else ""

    def _anew(self, change: str) -> str:
        return f"Write 'cancel {self.name}', then 'same but {change}'"

    def _refused(self, text: str, why: str, instead: str) -> NotUnderstood:
        stage = self.order.stage if self.order is not None else "over"
        return _no(text, f"Order {self.name} is {stage}: {why}. {instead}.")

    def _nothing_held(self, text: str, verb: str) -> NotUnderstood:
        if self._is_at_work:
            return self._refused(
                text, "nothing of it is closed or rolled before it is filled", f"'cancel {self.name}' takes it back"
            )
        named = f"Order {self.name}" if self.name else "That order"
        instead = "Name what you hold: 'close SPY 450C Dec 18'."
        return _no(text, f"{named} was not filled, so there is nothing of it to {verb}. {instead}")


def _no(text: str, message: str) -> NotUnderstood:
    return NotUnderstood(message, code="syntax", span=(0, len(text)))


def _new(made: CompletedLine) -> str:
    """What an answer says, in the words of the line that it made."""
    return " ".join(dict.fromkeys(words.strip() for words, is_new in made.pieces() if is_new))
