"""
News of an attempt at a venue. What was heard before is not news, and is asked before legality is.

    adopt, decline, not_sent, lose, not_found     what became of the sending
    forget                                        the sandbox was reset, and has it no more
    go_live, fill, finish                         what became of the order there
"""

from collections.abc import Mapping
from typing import Final

from tastyflow.domain.events import Because, Event
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.events import FoundBy
from tastyflow.domain.order.submission import AttemptOutcome
from tastyflow.domain.order.verbs.legality import Legality
from tastyflow.domain.venue import Status, Venue, VenueFill
from tastyflow.errors import ExcessFill, IllegalStep

UNFILLED: Final[Mapping[Status, type[happened.AttemptEnded]]] = {
    Status.CANCELLED: happened.OrderCancelled,
    Status.REMOVED: happened.OrderCancelled,
    Status.PARTIALLY_REMOVED: happened.OrderCancelled,
    Status.EXPIRED: happened.OrderExpired,
    Status.REJECTED: happened.OrderRejected,
}
"""The event of each status with which a venue is done with an attempt that it did not fill."""


class HearingVerbs(Legality):
    """The verbs of what a venue says."""

    __slots__ = ()

    def adopt(self, venue: Venue, attempt: int, *, broker_order: str, found_by: FoundBy, why: Because) -> Event | None:
        """
        The venue has the attempt, as *broker_order*. Hearing it again is not news.

        Raises:
            ExcessFill: code ``duplicate_order``, when the attempt is there under a second id.
        """
        known = self._known(venue, attempt, "adopt")
        if known.broker_order == broker_order:
            return None
        if known.broker_order is not None:
            raise ExcessFill(
                f"Attempt {attempt} is at the venue twice: {known.broker_order} and {broker_order}.",
                code="duplicate_order",
            )
        self._require("adopt", venue, known)
        return happened.SubmissionAdopted(**self._of(known, why), broker_order=broker_order, found_by=found_by)

    def decline(self, venue: Venue, attempt: int, *, code: str, message: str, why: Because) -> Event:
        """The venue refused the attempt."""
        known = self._known(venue, attempt, "decline")
        self._require("decline", venue, known)
        return happened.SubmissionDeclined(**self._of(known, why), code=code, message=message)

    def not_sent(self, venue: Venue, attempt: int, *, message: str, why: Because) -> Event:
        """The attempt never left. Only its sender can know that; it counts more than a search of others."""
        known = self._known(venue, attempt, "not_sent")
        self._require("not_sent", venue, known)
        return happened.SubmissionNotSent(**self._of(known, why), message=message)

    def lose(self, venue: Venue, attempt: int, *, message: str, why: Because) -> Event | None:
        """
        The attempt left and no answer came.

        Not news once the venue has shown it, because the stream can be faster; nor once others searched for it.
        """
        known = self._known(venue, attempt, "lose")
        if known.outcome in (AttemptOutcome.UNKNOWN, AttemptOutcome.NOT_FOUND, AttemptOutcome.ADOPTED):
            return None
        self._require("lose", venue, known)
        return happened.SubmissionLost(**self._of(known, why), message=message)

    def not_found(self, venue: Venue, attempt: int, *, searches: int, why: Because) -> Event:
        """The attempt was searched for, completely and for long enough, and is not there."""
        known = self._known(venue, attempt, "not_found")
        self._require("not_found", venue, known)
        return happened.SubmissionNotFound(**self._of(known, why), searches=searches)

    def forget(self, attempt: int, *, why: Because) -> Event | None:
        """
        The sandbox was reset, and has nothing of an attempt that it had. Not news once that was over.

        Raises:
            IllegalStep: The sandbox never had it.
        """
        known = self._known(Venue.SANDBOX, attempt, "forget")
        if known.status is not None and known.status.is_terminal:
            return None
        if known.outcome is not AttemptOutcome.ADOPTED:
            raise IllegalStep(known.outcome, "forget", (), subject=f"attempt {known.number} in {known.venue}")
        return happened.AttemptForgotten(**self._of(known, why))

    def go_live(self, venue: Venue, attempt: int, *, why: Because) -> Event | None:
        """The venue works it. Not news once it was live, or is over."""
        known = self._known(venue, attempt, "go_live")
        if known.status is not None:
            return None
        self._require("go_live", venue, known)
        return happened.OrderWentLive(**self._of(known, why))

    def fill(self, venue: Venue, attempt: int, fill: VenueFill, *, why: Because) -> Event | None:
        """
        One execution. The same fill id again is not news.

        Raises:
            ExcessFill: More than was ordered, an instrument that was not, or a known id with other figures.
        """
        known = self._known(venue, attempt, "fill")
        same = next((f for f in self.fills if f.venue is venue and f.fill_id == fill.fill_id), None)
        if same is not None:
            if (same.symbol, same.quantity, same.price) == (fill.symbol, fill.quantity, fill.price):
                return None
            raise ExcessFill(f"Fill {fill.fill_id} came twice, with different figures.")
        self._require("fill", venue, known)
        ticket = self.ticket_at(venue)
        legs = ticket.legs if ticket else ()
        ordered = next((leg.quantity for leg in legs if leg.instrument.occ == fill.symbol), 0)
        already = self.filled(venue, fill.symbol, attempt if venue is Venue.SANDBOX else None)
        if fill.quantity < 1 or already + fill.quantity > ordered:
            raise ExcessFill(f"{already + fill.quantity} of {fill.symbol} filled where {ordered} were ordered.")
        late = venue is Venue.PRODUCTION and self.stage.is_over
        return happened.FillRecorded(
            **self._of(known, why),
            fill_id=fill.fill_id,
            symbol=fill.symbol,
            quantity=fill.quantity,
            price=fill.price,
            filled_at=fill.at,
            late=late,
        )

    def finish(self, venue: Venue, attempt: int, status: Status, *, reason: str = "", why: Because) -> Event | None:
        """
        The venue is done with it. Not news when it was done before, or while fills of a filled order are to come.

        *status* is terminal.
        """
        known = self._known(venue, attempt, "finish")
        if status is Status.FILLED and not self.is_complete(venue, attempt):
            return None  # Filled can be told before all legs' fills are (tastytrade, account streamer)
        if known.status is status or (known.status and known.status.is_terminal and status is not Status.FILLED):
            return None  # only a last fill overrules an ending that was told before it
        self._require("finish", venue, known)
        if status is Status.FILLED:
            return happened.OrderFilled(**self._of(known, why))
        return UNFILLED[status](**self._of(known, why), reason=reason)
