"""
Steps one to six: from a chat line to a drafted order, or a recorded no.

    Message ─▶ used once? ─▶ understood? ─▶ who is it? ─▶ completed ─▶ within limits ─▶ drafted, validated, reserved
                                  └───────────────┴────────────┴─────────────┴─▶ refused, in the log, with a way out

Draft, validation and reservation are one append: two orders at once cannot both pass one limit.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

from attrs import evolve, field, frozen

from tastyflow.application.context import Context
from tastyflow.application.intake.completion import Completed, Completer
from tastyflow.application.intake.open_or_close import in_units
from tastyflow.application.ledger.ledger import Transaction
from tastyflow.domain.commands import Command, PlaceOrder
from tastyflow.domain.events import Because, Event
from tastyflow.domain.instruments import plain
from tastyflow.domain.order import Asked, Order
from tastyflow.domain.risk.limits import Breach, breaches
from tastyflow.domain.risk.worst_case import contracts, notional_usd
from tastyflow.domain.trader import Identity, Trader
from tastyflow.errors import Invalid, Misconfigured, NotUnderstood, Refused, StoreFailure, TastyflowError, VenueFailure

MAX_TEXT: Final = 500
"""Characters of a request that are kept in the log."""


@frozen
class Message:
    """
    One chat line, signal or command line.

    Attributes:
        platform, user: The author's identity there.
        message: The platform's id of it; the same id again is the same request.
    """

    text: str
    platform: str
    user: str
    message: str = field()

    def as_asked(self, trader: UUID | None = None) -> Asked:
        """The request as it is kept: bounded, and without what no log can hold."""
        return Asked(_clean(self.text, MAX_TEXT), self.platform, _clean(self.user, 64), self.message, trader)


class Intake:
    """Turns messages into drafted orders."""

    def __init__(self, floor: Context) -> None:
        self._floor = floor
        self._completer = Completer(
            market=floor.market, account=floor.account, language=floor.language, clock=floor.clock
        )

    def understand(self, message: Message) -> Command:
        """
        Read the text.

        Raises:
            NotUnderstood: With code, span and suggestions.
        """
        return self._floor.language.parse(message.text, as_of=self._floor.clock.now())

    def identify(self, message: Message) -> Trader:
        """
        Who wrote it.

        Raises:
            Refused: code ``unknown_trader``.
        """
        trader = self._floor.ledger.read(Trader, self._trader_of(message))
        if trader is None:
            raise self._stranger(message)
        return trader

    def _trader_of(self, message: Message) -> UUID:
        """Whose identity it is: one event, however long the trader's history has grown."""
        known = self._known(message)
        if known is None:
            raise self._stranger(message)
        return known

    def _stranger(self, message: Message) -> Refused:
        name = _clean(message.user, 64)
        return Refused(
            f"Nobody is known as {name!r} on {message.platform}.",
            code="unknown_trader",
            data={"user": name},
        )

    def same(self, order: Order, message: Message) -> Order:
        """
        The order that *message* asked for before; the same message again, edited or not, is the same order.

        Raises:
            Refused: code ``message_reused``: the id was used by another author.
        """
        if message.as_asked().user != order.asked.user:
            hint = "Send it as a new message."
            raise Refused("This message id was used by somebody else.", code="message_reused", hint=hint)
        return order

    def _known(self, message: Message) -> UUID | None:
        identity = self._floor.ledger.read(Identity, Identity.id_of(message.platform, message.user))
        return identity.trader if identity else None

    async def draft(self, message: Message, command: PlaceOrder) -> Order:
        """
        The order that *message* asks for: validated, with its capacity reserved; or refused, with the reason.

        Raises:
            Misconfigured: This environment has no venue to complete it from; that, too, has been recorded.
        """
        try:
            trader_id = self._trader_of(message)
            completed = await self._completer.complete(command)
        except (Refused, Invalid, VenueFailure) as no:
            return await self.refuse(message, no)
        except (Misconfigured, StoreFailure) as no:
            with suppress(StoreFailure):  # the log itself may be what fails
                await self.refuse(message, no)
            raise
        return await self._record(message, trader_id, completed)

    async def _record(self, message: Message, trader_id: UUID, completed: Completed) -> Order:
        order_id = Order.id_of(message.platform, message.message)

        def decide(tx: Transaction) -> None:
            if tx.get(Order, order_id) is not None:
                return  # the same message again: the order it asked for is there
            why = self._why(message, trader_id)
            tx.record(self._drafted(message, trader_id, completed, why))
            order, trader = tx.require(Order, order_id), tx.require(Trader, trader_id)
            at_risk = notional_usd(completed.ticket, completed.prices)
            if broken := breaches(completed.ticket, trader, at_risk):
                no = self._no(broken, completed, trader)
                tx.record(
                    order.refuse(code=no.code, message=no.message, hint=no.hint, suggestions=no.suggestions, why=why)
                )
                return
            size = contracts(completed.ticket)
            checks = (f"${plain(at_risk)} at risk of ${plain(trader.limits.max_notional_usd)} an order",)
            tx.record(order.validate(notional_usd=at_risk, contracts=size, checks=checks, why=why))
            tx.record(trader.reserve(order_id, contracts=size, notional_usd=at_risk, why=why))

        return await self._floor.change(order_id, decide)

    def _drafted(self, message: Message, trader: UUID, completed: Completed, why: Because) -> Event:
        return Order.draft(
            completed.ticket,
            asked=message.as_asked(trader),
            strategy=completed.command.strategy,
            words=completed.words,
            completions=completed.completions,
            why=why,
        )

    def _no(self, broken: Sequence[Breach], completed: Completed, trader: Trader) -> Refused:
        first = broken[0]
        message = " ".join(breach.message for breach in broken)
        fitting = [breach.allowed_units for breach in broken]
        suggestions: tuple[str, ...] = ()
        if all(fitting):  # where fewer would not help, none are offered
            fewer = in_units(completed.command, min(units for units in fitting if units is not None))
            if _is_within_limits(fewer, completed, trader):
                suggestions = (self._floor.language.render(fewer, as_of=self._floor.clock.now()),)
        return Refused(message, code=first.code, hint=first.hint, suggestions=suggestions)

    async def refuse(self, message: Message, error: TastyflowError) -> Order:
        """Record the no to a text that never became a ticket; once recorded, it stands."""
        order_id = Order.id_of(message.platform, message.message)
        trader = self._known(message)

        def decide(tx: Transaction) -> None:
            if tx.get(Order, order_id) is None:
                tx.record(
                    Order.turn_away(
                        asked=message.as_asked(trader),
                        code=error.code,
                        message=_clean(error.message, MAX_TEXT),
                        hint=_clean(error.hint, MAX_TEXT),
                        suggestions=tuple(_clean(words, MAX_TEXT) for words in error.suggestions),
                        why=self._why(message, trader),
                    )
                )

        return await self._floor.change(order_id, decide)

    def _why(self, message: Message, trader: UUID | None) -> Because:
        actor = f"trader:{_clean(message.user, 64)}" if trader else f"stranger:{_clean(message.user, 64)}"
        cause = f"{message.platform}:{message.message}"
        return Because(actor=actor, cause=cause, command_id=message.message, at=self._floor.clock.now())


def _is_within_limits(fewer: PlaceOrder, completed: Completed, trader: Trader) -> bool:
    legs = tuple(
        evolve(leg, quantity=typed.quantity) for leg, typed in zip(completed.ticket.legs, fewer.legs, strict=True)
    )
    ticket = evolve(completed.ticket, legs=legs)
    return not breaches(ticket, trader, notional_usd(ticket, completed.prices))


def is_chat(error: NotUnderstood) -> bool:
    """Whether the text was ordinary conversation, which adapters ignore silently."""
    return error.code in ("not_a_command", "empty")


def _clean(text: str, length: int) -> str:
    whole = text.encode("utf-8", "replace").decode("utf-8")
    return whole if len(whole) <= length else whole[: length - 1] + "…"
