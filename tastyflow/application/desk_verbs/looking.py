"""
What a trader asks the desk about themselves and their orders, beside what the language has words for.

    limits    what they may do, and what is used of it
    story     how an order came to be as it is: one's own; any order, for people who approve or administer
"""

from typing import TYPE_CHECKING, Final

from tastyflow.application.desk_verbs.parts import DeskParts
from tastyflow.application.intake.identify import permitted
from tastyflow.application.looking.limits import LimitsSeen, look_at_limits
from tastyflow.application.message import Message
from tastyflow.domain.order import Order
from tastyflow.domain.trader.permissions import Permission, may_any
from tastyflow.errors import StoreFailure

if TYPE_CHECKING:
    from tastyflow.application.audit.story import Story

SEES_ALL: Final = frozenset({Permission.APPROVE, Permission.ADMINISTER})
"""Either of them lets its trader see every order's story."""


class LookingVerbs(DeskParts):
    """The verbs of looking."""

    async def limits(self, message: Message) -> LimitsSeen:
        """
        What the author may do, and what is used of it in the account that *message* is about.

        Raises:
            Refused: An unknown author, or no such account.
        """
        trader = permitted(self.context, message, "limits")
        return await look_at_limits(self.context_for(message), trader)

    def seen(self, message: Message, reference: str) -> Order:
        """
        The order that *reference* names, where the author of *message* may see it, as it is recorded.

        Raises:
            Refused: code ``unknown_order``, also of an order that is not the author's to see.
        """
        trader = permitted(self.context, message, "status")
        sees_all = not trader.suspended and may_any(trader, SEES_ALL) and reference.lower() != "last"
        return self.lookup.find(reference, of=None if sees_all else trader)

    async def story(self, message: Message, reference: str) -> "Story":
        """
        How the order that *reference* names came to be as it is, from the log.

        Raises:
            Refused: As for `seen`.
            StoreFailure: The log cannot be read.
        """
        from tastyflow.application.audit.story_reader import read_story  # most commands need no audit to start

        order = self.seen(message, reference)
        story = await read_story(self.context.ledger, order)
        if story is None:
            raise StoreFailure(f"The story of order {order.reference} cannot be read.", code="store_unreadable")
        return story
