"""
Positions held against fills: what the account holds that the log cannot explain.

    the first time      what is held is taken as it is: it was held before, and is no alarm
    from then on        what was held then, and every fill since ─▶ the same │ expired │ a person must look, once

A snapshot of positions lags, and shows fills that the log does not have yet: what is compared is what the book makes of
it (`tastyflow.domain.book.holdings`), and only where that is clear. A difference is told once, and until it changes.
"""

from collections.abc import Iterable

from tastyflow.application.account.unexplained import Unexplained, has_expired, many
from tastyflow.application.account.view import AccountSnapshot
from tastyflow.application.context import Context
from tastyflow.application.incidents import close_incident, open_incident
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.reconciling.report import Finding, ReportLine
from tastyflow.domain.book import Book, PositionExplained, PositionUnexplained
from tastyflow.domain.events import Because
from tastyflow.domain.expirations import new_york_date
from tastyflow.domain.incident import IncidentKind
from tastyflow.domain.instruments import Instrument

HINT = "Look at the account: a trade elsewhere, an assignment, an exercise or a corporate action explains it."


class Positions:
    """Holds the positions of one account against its book."""

    def __init__(self, context: Context) -> None:
        self._context = context

    async def held_against(self, snapshot: AccountSnapshot) -> list[ReportLine]:
        """What *snapshot*, taken before the orders were asked about, holds that the log cannot explain."""
        lines: list[ReportLine] = []

        def decide(tx: Transaction) -> None:
            lines[:] = self._compare(tx, snapshot)

        await self._context.ledger.change(decide)
        return lines

    def _compare(self, tx: Transaction, snapshot: AccountSnapshot) -> list[ReportLine]:
        why = self._why()
        if tx.get(Book, snapshot.book) is None:
            tx.record(Book.open(snapshot.account, why=why))
        held = snapshot.standing(tx.require(Book, snapshot.book))
        unclear = [instrument for instrument in held if not held.holding(instrument).is_clear]
        if tx.require(Book, snapshot.book).explained is None:
            if not unclear:  # else it is taken the next time
                told = {instrument: held.holding(instrument).told for instrument in held}
                tx.record(tx.require(Book, snapshot.book).take_positions(told, why=why))
            return []
        book = tx.require(Book, snapshot.book)
        named = dict.fromkeys((*held, *(book.explained or {}), *book.unexplained))
        lines: list[ReportLine] = []
        for instrument in named:
            if instrument not in unclear:
                lines += self._one(tx, snapshot, instrument, held.holding(instrument).told, why)
        return lines

    def _one(
        self, tx: Transaction, snapshot: AccountSnapshot, instrument: Instrument, held: int, why: Because
    ) -> Iterable[ReportLine]:
        if held == 0 and has_expired(instrument, new_york_date(self._context.clock.now())):
            expired = tx.require(Book, snapshot.book).expire(instrument, why=why)
            tx.record(expired)
            if expired is not None:
                yield ReportLine(
                    Finding.POSITION,
                    f"{abs(expired.quantity):,} {instrument.in_words()}: expired, and held no more.",
                    is_news=True,
                )
        book = tx.require(Book, snapshot.book)
        news = book.hold(instrument, held, why=why)
        tx.record(news)
        explained = book.explained.get(instrument, 0) if book.explained is not None else 0
        message = Unexplained(instrument, held, explained).words
        subject = f"{snapshot.book}:{instrument.occ}"
        if isinstance(news, PositionExplained):
            close_incident(tx, IncidentKind.POSITION, subject, how="The log explains what is held again.", why=why)
            words = f"The account holds {many(held)} {instrument.in_words()}, as the log explains again."
            yield ReportLine(Finding.POSITION, words, is_news=True)
        elif isinstance(news, PositionUnexplained):
            open_incident(
                tx,
                IncidentKind.POSITION,
                subject,
                message=message,
                hint=HINT,
                account=self._context.account_name,
                environment=self._context.environment,
                why=why,
            )
            yield ReportLine(Finding.POSITION, message, is_news=True)
        elif held != explained:
            yield ReportLine(Finding.POSITION, message)

    def _why(self) -> Because:
        clock = self._context.clock
        cause = f"positions:{self._context.account_name}"
        return Because(actor="reconciler", cause=cause, command_id=cause, at=clock.now(), mark=clock.mark())
