"""
The card of an order: all that its trader should know before anything is sent.

    what      name of the company · words · legs (weekday, year, days, settlement, held) · time in force
    where     environment · account
    price     bid, mid, ask of all legs together · how far the limit is from mid · what is paid or received
    risk      maximum loss and gain, break-evens · what it adds to the account
    costs     fees and buying power, by production's dry run
    when      whether the market is open, or when the order begins to work
    checked   what passed, what could not run, what warns, what wants approval, why it would be refused

Values only, made from recorded and seen facts: no word of a terminal or a chat. What is not known is None.
"""

from datetime import date, datetime
from decimal import Decimal

from attrs import frozen

from tastyflow.domain.instruments import EquityOption
from tastyflow.domain.order.events import RecordedCheck
from tastyflow.domain.risk.outcomes import RiskOutcome
from tastyflow.domain.risk.profile import Profile
from tastyflow.domain.ticket import Leg, PriceEffect, Ticket
from tastyflow.domain.venue import Quote
from tastyflow.errors import Refused
from tastyflow.ports import MarketSession


@frozen
class Expires:
    """
    When an option ends.

    Attributes:
        days: Calendar days until then.
        settles_am: Whether it settles on the opening prices of that day; None where the listing does not say.
        last_trade_day: The last day on which it trades.
    """

    day: date
    days: int
    settles_am: bool | None
    last_trade_day: date


@frozen
class CardLeg:
    """
    One leg.

    Attributes:
        expires: None of shares.
        held: What the account holds of it, signed; None where that is not known.
        closing: How much of that other orders close already.
        quote: None where it has none.
    """

    leg: Leg
    expires: Expires | None
    held: int | None
    quote: Quote | None
    closing: int = 0


@frozen
class CardMarket:
    """
    The market of one unit of the order, per share and signed: paid is positive, received is negative.

    Attributes:
        natural: What trades now.
        passive: The other side of every leg.
        limit: The order's own price; None of an order without one.
    """

    natural: Decimal
    passive: Decimal
    limit: Decimal | None = None

    @property
    def mid(self) -> Decimal:
        """Halfway, off tick as it may be."""
        return (self.natural + self.passive) / 2

    @property
    def worse_than_mid(self) -> Decimal | None:
        """How much worse than mid the limit is for the trader, per share; negative where it is better."""
        return None if self.limit is None else self.limit - self.mid

    @property
    def worse_pct(self) -> Decimal | None:
        """The same in percent of mid; None where mid is nothing."""
        worse = self.worse_than_mid
        return None if worse is None or not self.mid else worse / abs(self.mid) * 100


@frozen
class CardCosts:
    """
    What production's dry run said of the order, in dollars.

    Attributes:
        failure: Why nothing is known of it; empty where it answered.
    """

    fees_usd: Decimal | None = None
    buying_power_change_usd: Decimal | None = None
    buying_power_after_usd: Decimal | None = None
    warnings: tuple[str, ...] = ()
    failure: str = ""


@frozen
class CardChecks:
    """
    What the checks of risk found.

    Attributes:
        made: Each one, as the log keeps it.
        warnings: What lets the order go on and must be told.
    """

    made: tuple[RecordedCheck, ...] = ()
    warnings: tuple[str, ...] = ()

    def having(self, outcome: RiskOutcome) -> tuple[RecordedCheck, ...]:
        """Those that ended so."""
        return tuple(check for check in self.made if check.outcome == outcome.value)


@frozen(kw_only=True)
class Card:
    """
    What an order would do, or will.

    Attributes:
        reference, digest: Of the order; the reference is empty where it is only previewed.
        place: The environment in words, and the account where there are several.
        name: Of the company, the fund or the index, in the venue's words; empty where it gives none.
        replaces, replaced_words: The working order whose place it is to take: its reference, and its own words. Empty
            of an order that takes no other's place.
        completions: What the text left open, and how it was settled.
        cash_usd: What filling it all brings (positive) or costs (negative); *is_cash_exact* where its limit says so.
        profile: What it can lose and gain by itself; None of an order that closes, or has no known price.
        loss_usd, counted_usd: What it adds to the loss of the account, None where that is unlimited; and as counted.
        refusal: Why it would be refused; None where it would go on.
        confirm_until: Until when it can be confirmed; None where nothing waits.
        seen_at: When market and account were read.
    """

    reference: str = ""
    digest: str
    words: str
    place: str
    name: str = ""
    replaces: str = ""
    replaced_words: str = ""
    trader: str
    ticket: Ticket
    legs: tuple[CardLeg, ...]
    completions: tuple[str, ...] = ()
    market: CardMarket | None = None
    cash_usd: Decimal | None = None
    profile: Profile | None = None
    is_judged: bool = True
    loss_usd: Decimal | None = None
    counted_usd: Decimal = Decimal(0)
    costs: CardCosts = CardCosts()
    session: MarketSession | None = None
    checks: CardChecks = CardChecks()
    refusal: Refused | None = None
    confirm_until: datetime | None = None
    seen_at: datetime

    @property
    def is_cash_exact(self) -> bool:
        """Whether its limit says what it brings or costs; else it is by the quotes."""
        return self.ticket.price is not None

    @property
    def per_point_usd(self) -> int:
        """What a dollar a share is in all, in dollars."""
        return self.ticket.units * max(leg.instrument.multiplier for leg in self.ticket.legs)


def signed_limit(ticket: Ticket) -> Decimal | None:
    """The limit of *ticket* per share: paid is positive, received is negative; None where it has none."""
    if ticket.price is None:
        return None
    return ticket.price if ticket.price_effect is PriceEffect.DEBIT else -ticket.price


def expires(option: EquityOption, today: date, settles_am: bool | None, last_trade_day: date) -> Expires:
    """When *option* ends, seen from *today*."""
    return Expires(option.expiration, (option.expiration - today).days, settles_am, last_trade_day)
