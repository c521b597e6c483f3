"""
What trading costs, by the levels seen on recorded transactions.

                 commission   clearing   regulatory   proprietary
    option open  1.00         0.10       0.02  (orf)  by index       per contract
    option close 0.00         0.10       0.02  (orf)  by index
    shares       0.00         0.001      0.000166 (taf)              per share

The proprietary fees of index options are not on any recorded page: the levels here are of the usual size, no more.
"""

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from attrs import frozen

from tastyflow_simulator.book.formats import OPTION, ZERO, Json, effect, money, with_effect
from tastyflow_simulator.book.orders import Leg

PROPRIETARY_USD: Final = {
    "SPX": Decimal("0.65"), "NDX": Decimal("0.25"), "RUT": Decimal("0.18"), "VIX": Decimal("0.45"),
}  # fmt: skip


@frozen
class Fees:
    """Four kinds of fees, each as a positive amount; the regulatory ones are of two authorities."""

    commission: Decimal = ZERO
    clearing: Decimal = ZERO
    orf: Decimal = ZERO
    taf: Decimal = ZERO
    proprietary: Decimal = ZERO

    @property
    def regulatory(self) -> Decimal:
        return self.orf + self.taf

    @property
    def total(self) -> Decimal:
        return self.commission + self.clearing + self.regulatory + self.proprietary

    def __add__(self, other: "Fees") -> "Fees":
        return Fees(
            self.commission + other.commission,
            self.clearing + other.clearing,
            self.orf + other.orf,
            self.taf + other.taf,
            self.proprietary + other.proprietary,
        )


NO_FEES: Final = Fees()


def leg_fees(leg: Leg, quantity: Decimal, underlying: str) -> Fees:
    """The fees for trading *quantity* of a leg."""
    if leg.instrument_type != OPTION:
        return Fees(clearing=quantity * Decimal("0.001"), taf=quantity * Decimal("0.000166"))
    return Fees(
        commission=quantity * (1 if leg.opens else 0),
        clearing=quantity * Decimal("0.10"),
        orf=quantity * Decimal("0.02"),
        proprietary=quantity * PROPRIETARY_USD.get(underlying, ZERO),
    )


def total_fees(legs: Iterable[Leg], underlying: str) -> Fees:
    """The fees for trading all of an order."""
    return sum((leg_fees(leg, leg.quantity, underlying) for leg in legs), NO_FEES)


def fees_json(fees: Fees) -> Json:
    """The ``fee-calculation`` of a dry run, with what each sum is made of."""
    parts = {
        "regulatory-fees": fees.regulatory,
        "clearing-fees": fees.clearing,
        "commission": fees.commission,
        "proprietary-index-option-fees": fees.proprietary,
        "total-fees": fees.total,
        "rebates": ZERO,
    }
    shown: Json = {"per-quantity": False}
    for name, amount in parts.items():
        shown |= with_effect(name, -amount)
    breakdowns: dict[str, dict[str, Decimal]] = {
        "regulatory-fees": {"exchange": ZERO, "nfa": ZERO, "orf": fees.orf, "sec": ZERO, "taf": fees.taf},
        "clearing-fees": {"clearing": fees.clearing},
        "commission": {"brokerage": fees.commission},
        "proprietary-fees": {"proprietary": fees.proprietary},
        "rebates": {"rebate": ZERO},
    }
    for name, named in breakdowns.items():
        shown[f"{name}-breakdown"] = [
            {"name": part, "value": money(amount), "effect": effect(-amount)} for part, amount in named.items()
        ]
    return shown


def transaction_fees(fees: Fees) -> Json:
    """The same, as transactions name it."""
    parts = {
        "regulatory-fees": fees.regulatory,
        "clearing-fees": fees.clearing,
        "commission": fees.commission,
        "proprietary-index-option-fees": fees.proprietary,
    }
    shown: Json = {}
    for name, amount in parts.items():
        shown |= with_effect(name, -amount)
    return shown
