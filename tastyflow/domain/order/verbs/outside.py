"""
What happened to an order outside of this program: changed by other hands, or found at the venue without a claim.

    found             an order with our tag that no order here explains: it begins an order of its own
    find_unclaimed    an attempt of this order whose claim is not in the log
    change_outside    the attempt works on under a new id, with other content
"""

from decimal import Decimal
from uuid import UUID

from attrs import evolve

from tastyflow.domain.events import Because, Event, born, next_of
from tastyflow.domain.instruments import EquityOption, plain
from tastyflow.domain.order import events as happened
from tastyflow.domain.order.state import Asked
from tastyflow.domain.order.submission import AttemptOutcome, external_id
from tastyflow.domain.order.verbs.asking import AskingVerbs
from tastyflow.domain.order.verbs.legality import Legality
from tastyflow.domain.ticket import PriceEffect, Strategy, Ticket
from tastyflow.domain.venue import BrokerOrder, Venue
from tastyflow.errors import IllegalStep

FROM_VENUE = "venue"
"""The platform of an order that no person here asked for."""


class OutsideVerbs(Legality):
    """The verbs of what other hands did."""

    __slots__ = ()

    @staticmethod
    def found_id(tag: str) -> UUID:
        """The id of the order that is found under *tag*, and that no other order here explains."""
        return AskingVerbs.id_of(FROM_VENUE, tag)

    @staticmethod
    def found(
        snapshot: BrokerOrder,
        *,
        message: str,
        book: UUID,
        environment: str = "",
        account: str = "",
        is_simulated: bool = False,
        why: Because,
    ) -> happened.OrderFoundAtVenue:
        """Begin an order with what production has under a tag of ours that the log does not know."""
        tag, ticket = snapshot.external_id or "", snapshot.ticket
        return happened.OrderFoundAtVenue(
            **born(OutsideVerbs.found_id(tag), why),
            venue=Venue.PRODUCTION,
            attempt=1,
            external_id=tag,
            broker_order=snapshot.broker_order,
            message=message,
            ticket=ticket,
            asked=Asked(text="", platform=FROM_VENUE, user="", message=tag),
            words=in_words(ticket) if ticket else f"order {snapshot.broker_order}",
            strategy=Strategy.SINGLE if ticket and len(ticket.legs) == 1 else Strategy.CUSTOM,
            book=book,
            environment=environment,
            account=account,
            is_simulated=is_simulated,
            mark=why.mark,
        )

    def find_unclaimed(
        self, attempt: int, *, broker_order: str, account: str, message: str, why: Because
    ) -> happened.OrderFoundAtVenue:
        """
        Production has *attempt* of this order, as *broker_order*, and the log has no claim of it.

        Raises:
            IllegalStep: The log has that claim.
        """
        self._require("find_unclaimed")
        if any((a.venue, a.number) == (Venue.PRODUCTION, attempt) for a in self.attempts):
            raise IllegalStep(f"{self.stage} with a claim of attempt {attempt}", "find_unclaimed", ("adopt",))
        return happened.OrderFoundAtVenue(
            **next_of(self, why),
            venue=Venue.PRODUCTION,
            attempt=attempt,
            external_id=external_id(self.id, Venue.PRODUCTION, attempt),
            broker_order=broker_order,
            message=message,
            environment=self.environment,
            account=account,
            mark=why.mark,
        )

    def change_outside(self, venue: Venue, attempt: int, snapshot: BrokerOrder, *, why: Because) -> Event | None:
        """
        The attempt works on as *snapshot*, which took its place at the venue. Hearing it again is not news.

        What the order is from now on is what filled before, and what the venue works: record the last fills first.
        """
        if not any((a.venue, a.number) == (venue, attempt) for a in self.attempts):
            self._require("change_outside", venue)
        known = self._known(venue, attempt, "change_outside")
        if known.broker_order == snapshot.broker_order or snapshot.broker_order in known.earlier:
            return None
        self._require("change_outside", venue, known)
        old, shown = self.ticket, snapshot.ticket
        if known.outcome is not AttemptOutcome.ADOPTED or known.broker_order is None or old is None or shown is None:
            raise IllegalStep(f"{self.stage} and not known there", "change_outside", ("adopt",))
        now = self._whole(shown, venue, attempt)
        return happened.OrderChangedOutside(
            **self._of(known, why),
            replaced=known.broker_order,
            broker_order=snapshot.broker_order,
            ticket=now,
            content=shown.digest,
            what=changes(old, now),
            words=in_words(now),
            notional_usd=max(Decimal(0), self.notional_usd + cash_usd(old) - cash_usd(now)),
            contracts=max((leg.quantity for leg in now.legs if isinstance(leg.instrument, EquityOption)), default=0),
        )

    def _whole(self, shown: Ticket, venue: Venue, attempt: int) -> Ticket:
        """What filled before of *attempt*, and what the venue works now, as one ticket."""
        return evolve(
            shown,
            legs=tuple(
                evolve(leg, quantity=leg.quantity + self.filled(venue, leg.instrument.occ, attempt))
                for leg in shown.legs
            ),
        )


def cash_usd(ticket: Ticket) -> Decimal:
    """What filling *ticket* at its limit brings, in dollars; negative: costs. Zero without a limit."""
    if ticket.price is None:
        return Decimal(0)
    usd = ticket.price * ticket.units * max(leg.instrument.multiplier for leg in ticket.legs)
    return -usd if ticket.price_effect is PriceEffect.DEBIT else usd


def in_words(ticket: Ticket) -> str:
    """``buy to open 10 SPY 450 call Dec 18 2026, limit 8 debit, day``"""
    return ", ".join((" / ".join(leg.in_words() for leg in ticket.legs), _terms(ticket), str(ticket.time_in_force)))


def changes(old: Ticket, now: Ticket) -> tuple[str, ...]:
    """What differs between two tickets, as sentences."""
    before, after = ({leg.instrument: leg for leg in each.legs} for each in (old, now))
    legs = [
        f"It was to {before[i].in_words()}, and is to {after[i].in_words()}."
        for i in after
        if i in before and before[i] != after[i]
    ]
    others = [f"It has the leg {after[i].in_words()} as well." for i in after if i not in before]
    gone = [f"It has the leg {before[i].in_words()} no more." for i in before if i not in after]
    terms = [f"It was {_terms(old)}, and is {_terms(now)}."] if _terms(old) != _terms(now) else []
    until = [f"It was good {old.time_in_force}, and is good {now.time_in_force}."]
    return (*legs, *others, *gone, *terms, *(until if old.time_in_force != now.time_in_force else []))


def _terms(ticket: Ticket) -> str:
    stop = f" at {plain(ticket.stop)}" if ticket.stop is not None else ""
    price = f" {plain(ticket.price)} {ticket.price_effect}" if ticket.price is not None else ""
    return f"{ticket.order_type.value.replace('_', '-')}{stop}{price}"
