"""
Previewing: an order is completed and judged as it would be, and shown; nothing is reserved, and nothing is sent.

    Message, PlaceOrder ─▶ Intake.complete ─▶ Intake.judge, by the trader and the book as they are ─▶ Card
                               └▶ refused ───────┴──────────▶ recorded: who asked, what was shown, or the code
"""

from attrs import frozen

from tastyflow.application.attribution import Author, because_of
from tastyflow.application.card.making import card_of_judged, surroundings_of
from tastyflow.application.card.model import Card
from tastyflow.application.context import Context
from tastyflow.application.intake.drafting import Intake
from tastyflow.application.intake.identify import known_author_of
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.message import Message
from tastyflow.domain.book import Book
from tastyflow.domain.commands import PlaceOrder
from tastyflow.domain.preview import PreviewRequest
from tastyflow.domain.trader import Trader
from tastyflow.errors import Invalid, Refused, TastyflowError, VenueFailure


@frozen
class Previewed:
    """
    What a preview came to.

    Attributes:
        card: None where the text became no order.
        refusal: Why such an order would be refused; None where it would go on.
    """

    card: Card | None
    refusal: TastyflowError | None


class Previewer:
    """Shows what orders for one account would come to."""

    def __init__(self, context: Context, intake: Intake) -> None:
        self._context = context
        self._intake = intake

    async def preview(self, message: Message, command: PlaceOrder) -> Previewed:
        """
        Show what *command* would come to, and record that it was asked.

        Raises:
            Refused: code ``unknown_trader``.
            StoreFailure: It cannot be recorded.
        """
        author = known_author_of(self._context, message)
        previewed = await self.look(author, message, command)
        await self._record(message, author, previewed)
        return previewed

    async def look(self, author: Author, message: Message, command: PlaceOrder) -> Previewed:
        """What *command* would come to now; nothing is recorded."""
        try:
            return await self._judged(author, message, command)
        except (Refused, Invalid, VenueFailure) as no:
            return Previewed(None, no)

    async def turn_away(self, message: Message, no: TastyflowError) -> Previewed:
        """
        Record that *message* asked for a preview of what is no order.

        Raises:
            Refused: code ``unknown_trader``.
        """
        previewed = Previewed(None, no)
        await self._record(message, known_author_of(self._context, message), previewed)
        return previewed

    async def _judged(self, author: Author, message: Message, command: PlaceOrder) -> Previewed:
        context = self._context
        completed, sight = await self._intake.complete(author, command)
        seen = await surroundings_of(context, completed.ticket, sight)
        trader = context.ledger.read(Trader, author.id)
        if trader is None:
            raise Refused(f"The trader {author.id} is not in the log.", code="unknown_trader")
        why = because_of(message, author, context.clock.now())
        account = completed.account
        book = context.ledger.read(Book, account.book) or Book.born_of(Book.open(account.account, why=why))
        facts = self._intake.entering.facts(completed, sight, trader, book, context.halt(), why.at)
        judgement = self._intake.entering.judge(facts, completed)
        card = card_of_judged(context, trader.name, completed, facts, judgement, seen)
        return Previewed(card, judgement.refusal)

    async def _record(self, message: Message, author: Author, previewed: Previewed) -> None:
        """Record that it was asked, and what was shown; a message twice is recorded once."""
        context, card = self._context, previewed.card

        def decide(tx: Transaction) -> None:
            if tx.get(PreviewRequest, PreviewRequest.id_of(message.platform, message.message)) is not None:
                return
            tx.record(
                PreviewRequest.ask(
                    message.as_asked(author.id),
                    words=card.words if card else "",
                    digest=card.digest if card else "",
                    code=previewed.refusal.code if previewed.refusal else "",
                    environment=context.environment,
                    account=context.account_name,
                    is_simulated=context.is_simulated,
                    why=because_of(message, author, context.clock.now()),
                )
            )

        await context.ledger.change(decide)
