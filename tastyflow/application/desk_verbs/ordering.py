"""
What a trader does to have an order: look at it first, place it, say yes or no to it, replace it, close what is held.

    preview, planned   nothing is reserved or sent; so are the cards
    place, take        intake ─▶ (confirm, decline) ─▶ rehearsal ─▶ promotion ─▶ followed; every refusal is recorded
    flatten, replace   orders of their own, by the same way
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

from attrs import evolve

from tastyflow.application.card.closing import ClosingCard
from tastyflow.application.card.model import Card
from tastyflow.application.card.previewing import Previewed
from tastyflow.application.confirming import NOT_CONFIRMED, confirm, decline, retract
from tastyflow.application.desk_verbs.parts import DeskParts
from tastyflow.application.flattener import Flattened
from tastyflow.application.intake.advising import needs_advice
from tastyflow.application.intake.identify import permitted
from tastyflow.application.message import Message
from tastyflow.application.queue_places import NOTICEABLE_S
from tastyflow.application.telling.teller import address_of
from tastyflow.domain.commands import Flatten, PlaceOrder, PreviewOrder, ReplaceOrder
from tastyflow.domain.order import Order
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import Venue
from tastyflow.errors import NotUnderstood, Refused, TastyflowError


class OrderingVerbs(DeskParts):
    """The verbs of ordering."""

    async def place(self, message: Message) -> Order:
        """
        Take a message that asks for an order through the twelve steps; the order as recorded.

        It is over, working, rehearsed where there is no live venue, or a person must look; every refusal is recorded.
        The same message again is the same order, as it stands.

        Raises:
            Refused: code ``message_reused``: something else was asked for under the id of *message*; or ``stopping``.
            InDoubt: It may be in production, and the log does not take what became of it.
            StoreFailure: It is not in production.
            Misconfigured: This environment has no venue to do it at.
        """
        if (known := self.intake.require_unused(message)) is not None:
            return known
        try:
            command = self.intake.understand(message)
        except NotUnderstood as no:
            return await self.intake.refuse(message, await self.advised(message, no))
        if not isinstance(command, PlaceOrder):
            no_order = Refused("That is a command, not an order.", code="not_an_order")
            return await self.intake.refuse(message, no_order)
        return await self.take(message, command)

    async def advised(self, message: Message, no: NotUnderstood) -> NotUnderstood:
        """Why *message* is not understood, with what the position and the chain of its account know of it."""
        if not needs_advice(message, no):
            return no
        try:
            desk = self._desks.meant_by(message)
        except Refused:
            return no
        return await desk.intake.advised(message, no)

    async def take(self, message: Message, command: PlaceOrder) -> Order:
        """The order that *message* was understood to ask for, taken through the twelve steps."""
        if (known := self.intake.known(message)) is not None:
            return known
        self._require_open()
        with self._in_line(message):
            await self._unfinished.done()  # what a killed process reserved is free again
            try:
                desk, author = self._desks.meant_with_author(message)
            except Refused as no:
                return await self.intake.refuse(message, no)
            return await desk.place(message, command, author)

    @contextmanager
    def _in_line(self, message: Message) -> Iterator[None]:
        """It is told at once where it stands: before the account is looked at, and before it is an order."""
        order_id, places = Order.id_of(message.platform, message.message), self.context.queue_places
        with places.in_line(order_id) as behind:
            places.listen(order_id, address_of(message.as_asked()))
            place = self.context.sandbox.queue_place(behind)
            if place.expected_s > NOTICEABLE_S:
                with suppress(TastyflowError):  # an unknown author is refused, and told no place
                    self.intake.require_author(message)
                    places.stands_at(order_id, Venue.SANDBOX, place)
            yield

    async def flatten(
        self, message: Message, command: Flatten, *, seen: Sequence[PlaceOrder] | None = None
    ) -> Flattened:
        """
        Close what is held, all or a part, by orders of their own; each as it stands once it is over or working.

        The same message again is the same orders, as they stand.

        Args:
            seen: The list that was shown and confirmed (`planned`): where it is another one by now, nothing is closed,
                and that is recorded.

        Raises:
            InDoubt: It may be in production, and the log does not take what became of it.
            StoreFailure: It is not in production.
            Refused: code ``stopping``.
        """
        self._require_open()
        try:
            desk = self._desks.meant_by(message)
        except Refused as no:
            return Flattened((await self.intake.refuse(message, no),))
        return await desk.flatten(message, command, seen=seen)

    async def preview(self, message: Message, command: PlaceOrder | None = None) -> Previewed:
        """
        What *command* would come to, completed and judged as the order would be; nothing is reserved or sent.

        That it was asked is recorded. A refusal is part of the answer.

        Args:
            command: What *message* was understood to ask for; None to read it.

        Raises:
            Refused: An unknown author, or one who may not look.
            StoreFailure: It cannot be recorded.
        """
        permitted(self.context, message, "preview")
        self.intake.require_unused(message)
        desk = self._desks.meant_by(message)
        return await desk.preview(message, command or self._order_in(message))

    def _order_in(self, message: Message) -> PlaceOrder | TastyflowError:
        """The order that *message* asks for, or asks to preview; or why it is none."""
        try:
            understood = self.intake.understand(message)
        except NotUnderstood as no:
            return no
        if isinstance(understood, PreviewOrder):
            return understood.order
        no_order = Refused("That is a command, not an order.", code="not_an_order")
        return understood if isinstance(understood, PlaceOrder) else no_order

    async def planned(self, message: Message, command: Flatten) -> tuple[PlaceOrder, ...]:
        """
        The orders that would close what *command* names, as things are now; nothing is done.

        Raises:
            Refused: An unknown author, or nothing is there to close.
            VenueFailure: The positions are not to be had.
        """
        return await self._desks.meant_by(message).planned(message, command)

    async def closing_card(self, message: Message, command: Flatten) -> ClosingCard:
        """
        The same orders as one card: each as it would be sent now, with what all of them cost or bring.

        Raises:
            Refused: An unknown author, or nothing is there to close.
            VenueFailure: The positions are not to be had.
        """
        return await self._desks.meant_by(message).closing_card(message, command)

    async def card(self, order: Order) -> Card | None:
        """
        The card of *order*: all that its trader should know before it is sent, with the market as it is now.

        None of a text that became no order.
        """
        return await self._desks.of(order).card(order)

    async def confirm(self, message: Message, reference: str, digest: str) -> Order:
        """
        Confirm an order that waits for it, as its trader, and take it on; the order as recorded.

        It is taken on once: one that was confirmed before, here or by another process, is left as it stands.

        Args:
            digest: Of the content that the trader was shown.

        Raises:
            Refused: Another trader asked for it, or other content was shown.
        """
        trader, order = permitted(self.context, message, "order"), self.lookup.find(reference)
        why = self._why(message, trader)
        confirmed = await confirm(self.context, order.id, digest, trader, why)
        return await self._desks.of(order).go_on(confirmed.order) if confirmed.is_news else confirmed.order

    async def decline(self, message: Message, reference: str, *, reason: str = NOT_CONFIRMED) -> Order:
        """
        Withdraw an order that waits to be confirmed; the order as recorded.

        Raises:
            Refused: Another trader asked for it.
        """
        trader, order = permitted(self.context, message, "cancel"), self.lookup.find(reference)
        return await decline(self.context, order.id, trader, self._why(message, trader), reason=reason)

    async def retract(self, order: Order, *, reason: str) -> Order:
        """
        Withdraw an order that waits to be confirmed, where what asked for it is gone; the order as recorded.

        An order that waits no more stays as it is.
        """
        return await retract(self.context, order.id, reason=reason)

    async def replace(self, message: Message, change: ReplaceOrder) -> tuple[Order, ...]:
        """
        Let a new order take the place of one of the author's that works; the new one, and the old one, as they stand.

        The new one is rehearsed and promoted like any other. The same message again is the same order.

        Raises:
            Refused: An unknown author or reference; what else is refused is recorded as the new order.
            InDoubt: It may be in production, and the log does not take what became of it.
            StoreFailure: It is not in production.
        """
        new = self.intake.known(message)
        if new is None:
            self._require_open()
            trader = permitted(self.context, message, "replace")
            old = self._to_replace(trader, change)
            desk = self._desks.of(old)
            new = await desk.replace(message, await desk.refresh(old), change)
        return (new, self.lookup.by_id(new.replaces)) if new.replaces is not None else (new,)

    def _to_replace(self, trader: Trader, change: ReplaceOrder) -> Order:
        """The order that *change* names; where ``last`` is over, a refusal names the newest one that is open."""
        if change.order != "last":
            return self.lookup.find(change.order, of=trader)
        language, now = self.context.language, self.context.clock.now()
        return self.lookup.last_open(
            trader, lambda reference: language.render(evolve(change, order=reference), as_of=now)
        )
