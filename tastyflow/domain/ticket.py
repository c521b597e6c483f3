"""
The ticket: exactly what is to be traded, and its one canonical form.

    Ticket ── legs (1–4, distinct symbols, one underlying)
           ├─ order type    limit · market · stop · stop-limit
           ├─ price, effect per unit, in dollars per share; debit is paid, credit received
           ├─ stop          the trigger price
           └─ time in force day · gtc · gtd · ext · ioc

    digest = SHA-256(canonical JSON) ── what is rehearsed, tested, approved and sent

A ticket that exists is valid. Its shape rules are tastytrade's (developer.tastytrade.com, order submission); what only
the chain or the account can tell (listed, on tick, open or close) is settled before a ticket is made. A rule that is
younger than stored tickets is no shape rule: `Ticket.require_orderable` asks it of new orders, and history still reads.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from math import gcd
from typing import Any, Final

from attrs import define, field, frozen

from tastyflow.domain.instruments import Equity, EquityOption, Instrument, from_occ, plain
from tastyflow.domain.rules import Rule, broken_rules
from tastyflow.errors import Invalid

MAX_LEGS: Final = 4
MAX_QUANTITY: Final = 100_000
FORM: Final = 1
"""The version of the stored and digested shape of a ticket."""


class Action(StrEnum):
    """Which side of the trade, and whether it opens or closes a position."""

    BUY_TO_OPEN = "buy_to_open"
    BUY_TO_CLOSE = "buy_to_close"
    SELL_TO_OPEN = "sell_to_open"
    SELL_TO_CLOSE = "sell_to_close"

    @property
    def buys(self) -> bool:
        return self in (Action.BUY_TO_OPEN, Action.BUY_TO_CLOSE)

    @property
    def opens(self) -> bool:
        return self in (Action.BUY_TO_OPEN, Action.SELL_TO_OPEN)


class Strategy(StrEnum):
    """What traders call its legs together; `tastyflow.domain.strategies` says which legs each has."""

    SINGLE = "single"
    VERTICAL = "vertical"
    STRADDLE = "straddle"
    STRANGLE = "strangle"
    IRON_CONDOR = "iron_condor"
    IRON_BUTTERFLY = "iron_butterfly"
    BUTTERFLY = "butterfly"
    CALENDAR = "calendar"
    DIAGONAL = "diagonal"
    COVERED_CALL = "covered_call"
    CUSTOM = "custom"


class OrderType(StrEnum):
    LIMIT = "limit"
    MARKET = "market"
    STOP = "stop"
    STOP_LIMIT = "stop_limit"


ONE_LEG_TYPES: Final = frozenset({OrderType.MARKET, OrderType.STOP})
"""Several legs trade at a net price only: tastytrade offers limits and stop-limits on spreads (its help centre)."""


EXT_TYPES: Final = frozenset({OrderType.LIMIT})
"""What trades in extended hours: no order there may go at whatever price the thin market has."""

EXT_NEEDS_LIMIT: Final = "ext_needs_limit"
OUTLIVES_OPTION: Final = "outlives_option"


class PriceEffect(StrEnum):
    """Whether the price is paid (debit) or received (credit)."""

    DEBIT = "debit"
    CREDIT = "credit"


class Duration(StrEnum):
    DAY = "day"
    GTC = "gtc"
    GTD = "gtd"
    EXT = "ext"
    IOC = "ioc"


@frozen
class TimeInForce:
    """How long the order works; *until* is the last day of a GTD order, and of nothing else."""

    duration: Duration = Duration.DAY
    until: date | None = None

    def __attrs_post_init__(self) -> None:
        if (self.duration is Duration.GTD) != (self.until is not None):
            raise Invalid("A GTD order, and only that, names its last day.", code="bad_time_in_force")

    def __str__(self) -> str:
        return f"gtd:{self.until}" if self.until else self.duration.value

    @classmethod
    def parse(cls, text: str) -> "TimeInForce":
        """Read ``day``, ``gtc``, ``gtd:2026-12-18``, ``ext`` or ``ioc``; the inverse of ``str``."""
        try:
            duration, _, until = text.partition(":")
            return cls(Duration(duration), date.fromisoformat(until) if until else None)
        except ValueError:
            raise Invalid(f"{text[:20]!r} is no time in force.", code="bad_time_in_force") from None


@frozen
class Leg:
    """One side of a ticket. *quantity* is in contracts or shares, ratios multiplied out."""

    action: Action
    quantity: int = field()
    instrument: Instrument

    @quantity.validator
    def _whole(self, _attribute: object, value: int) -> None:
        if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_QUANTITY:
            raise Invalid(f"A quantity is a whole number from 1 to {MAX_QUANTITY:,}.", code="bad_quantity")

    def in_words(self) -> str:
        """``sell to open 1 SPY 435 put Dec 18 2026``"""
        return f"{self.action.replace('_', ' ')} {self.quantity:,} {self.instrument.in_words()}"

    def as_dict(self) -> dict[str, Any]:
        """The leg in words of the command contract, with its OCC symbol."""
        named: dict[str, Any] = {
            "action": self.action.value,
            "quantity": self.quantity,
            "instrument": "equity",
            "underlying": self.instrument.underlying.replace("/", "."),
        }
        if isinstance(self.instrument, EquityOption):
            named |= {
                "instrument": "equity_option",
                "right": self.instrument.right.value,
                "strike": plain(self.instrument.strike),
                "expiration": self.instrument.expiration.isoformat(),
            }
        return named | {"symbol": self.instrument.occ}


@define(frozen=True, slots=False)  # not slotted: the digest is computed once and kept
class Ticket:
    """
    What is to be traded: valid by construction, compared and hashed by content.

    *price* and *stop* are per unit in dollars per share (2.50 on one contract is $250); a unit is the smallest whole
    ratio of the legs.

    Raises:
        Invalid: code ``bad_ticket``, naming the shape rule that is broken.
    """

    legs: tuple[Leg, ...]
    order_type: OrderType
    price: Decimal | None = None
    price_effect: PriceEffect | None = None
    stop: Decimal | None = None
    time_in_force: TimeInForce = TimeInForce()

    def __attrs_post_init__(self) -> None:
        if broken := broken_rules(*self._shape_rules()):
            raise Invalid(broken[0], code="bad_ticket")

    def _shape_rules(self) -> Sequence[Rule]:
        legs, kind, duration = self.legs, self.order_type, self.time_in_force.duration
        shares = sum(isinstance(leg.instrument, Equity) for leg in legs)
        limited = kind in (OrderType.LIMIT, OrderType.STOP_LIMIT)
        stopped = kind in (OrderType.STOP, OrderType.STOP_LIMIT)
        return (
            (1 <= len(legs) <= MAX_LEGS, f"A ticket has one to {MAX_LEGS} legs."),
            (len({leg.instrument for leg in legs}) == len(legs), "Each leg has an instrument of its own."),
            (len({leg.instrument.underlying for leg in legs}) <= 1, "All legs are on one underlying."),
            (shares <= 1, "Shares are one leg at most."),
            (limited == (self.price is not None), f"A {kind.value} order {_has(limited)} a price."),
            (
                limited == (self.price_effect is not None),
                f"A {kind.value} order {_has(limited)} a debit or credit.",
            ),
            (stopped == (self.stop is not None), f"A {kind.value} order {_has(stopped)} a stop."),
            (
                _is_price(self.price) and _is_price(self.stop),
                "A price is positive, with at most four decimals.",
            ),
            (kind not in ONE_LEG_TYPES or len(legs) == 1, f"A {kind.value} order has one leg."),
            (kind is not OrderType.MARKET or duration is not Duration.GTC, "A market order cannot be GTC."),
            (
                kind is not OrderType.STOP or duration is not Duration.GTC or not self.opens,
                "An opening stop is not GTC.",
            ),
            (
                duration is not Duration.EXT or (len(legs) == 1 and shares == 1),
                "Extended hours are for shares alone.",
            ),
            (
                len({leg.action.buys for leg in legs}) != 1 or self.price_effect in (None, self._side()),
                "Buying is a debit, selling a credit.",  # a straddle too: no seller pays to be rid of an option
            ),
        )

    def require_orderable(self) -> None:
        """
        What every new order keeps besides; a ticket that is read from the log or a venue need not.

        Raises:
            Invalid: ``ext_needs_limit`` or ``outlives_option``.
        """
        if self.time_in_force.duration is Duration.EXT and self.order_type not in EXT_TYPES:
            raise Invalid("In extended hours only limit orders trade.", code=EXT_NEEDS_LIMIT)
        until, last = self.time_in_force.until, self.last_day
        if until is not None and last is not None and until > last:
            raise Invalid(
                f"The option expires on {last}: the order cannot be good until {until}.", code=OUTLIVES_OPTION
            )

    def _side(self) -> PriceEffect:
        return PriceEffect.DEBIT if self.legs[0].action.buys else PriceEffect.CREDIT

    @property
    def underlying(self) -> str:
        return self.legs[0].instrument.underlying

    @property
    def opens(self) -> bool:
        """Whether any leg opens a position."""
        return any(leg.action.opens for leg in self.legs)

    @property
    def last_day(self) -> date | None:
        """The day on which the first of its options expires; None of shares."""
        return min(
            (leg.instrument.expiration for leg in self.legs if isinstance(leg.instrument, EquityOption)), default=None
        )

    @property
    def units(self) -> int:
        """How many times the smallest whole ratio is traded: 10 for a 10/20 ratio spread."""
        return gcd(*(leg.quantity for leg in self.legs))

    def as_form(self) -> dict[str, Any]:
        """The ticket as it is stored: primitives only, legs in the order of the text. `from_form` reads it back."""
        return {
            "form": FORM,
            "legs": [[leg.action.value, leg.quantity, leg.instrument.occ] for leg in self.legs],
            "order_type": self.order_type.value,
            "price": None if self.price is None else plain(self.price),
            "price_effect": self.price_effect and self.price_effect.value,
            "stop": None if self.stop is None else plain(self.stop),
            "time_in_force": str(self.time_in_force),
        }

    @classmethod
    def from_form(cls, form: Mapping[str, Any]) -> "Ticket":
        """The ticket that `as_form` wrote."""
        return cls(
            legs=tuple(Leg(Action(action), quantity, from_occ(symbol)) for action, quantity, symbol in form["legs"]),
            order_type=OrderType(form["order_type"]),
            price=None if form["price"] is None else Decimal(form["price"]),
            price_effect=form["price_effect"] and PriceEffect(form["price_effect"]),
            stop=None if form["stop"] is None else Decimal(form["stop"]),
            time_in_force=TimeInForce.parse(form["time_in_force"]),
        )

    @cached_property
    def canonical(self) -> str:
        """The one JSON form: sorted keys, no spaces, plain decimals, legs in the order of their symbols."""
        form = self.as_form()
        form["legs"].sort(key=lambda leg: leg[2])
        return json.dumps(form, sort_keys=True, separators=(",", ":"))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical form, in hex: two tickets with one digest are one order."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()

    def as_dict(self) -> dict[str, Any]:
        """The ticket in the words of the command contract, resolved, with its digest."""
        return {
            "legs": [leg.as_dict() for leg in self.legs],
            "order_type": self.order_type.value,
            "price": None if self.price is None else plain(self.price),
            "price_effect": self.price_effect and self.price_effect.value,
            "stop": None if self.stop is None else plain(self.stop),
            "time_in_force": str(self.time_in_force),
            "digest": self.digest,
        }


def _has(wanted: bool) -> str:
    return "needs" if wanted else "cannot have"


def _is_price(value: Decimal | None) -> bool:
    return value is None or (value.is_finite() and 0 < value < 1_000_000 and value == round(value, 4))
