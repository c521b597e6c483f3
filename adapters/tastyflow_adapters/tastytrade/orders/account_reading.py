"""
What the venue says of an account, in the core's words. Pure, and tolerant of what is missing or new.

    positions        what is held of shares and of options on shares; futures, crypto and bonds are not ours to count
    balances         cash-balance · net-liquidating-value · derivative-buying-power
    trading status   frozen, closing only
    dry run          buying power before, after and its change (negative when it falls), fees, warnings

Buying power is the *derivative* one, tastytrade's figure for options and the smaller of the two: the equity buying
power counts the shares' margin and would promise an option order twice what there is.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from tastyflow.domain.instruments import Equity, EquityOption, from_occ
from tastyflow.domain.venue import Account, Balances, DryRun, Position, Venue
from tastyflow.errors import Invalid, VenueRefused
from tastyflow_adapters.figures import figure
from tastyflow_adapters.tastytrade.http.venue_text import clean, code_of
from tastyflow_adapters.tastytrade.orders.vocabulary import EQUITY, EQUITY_OPTION

MAX_WARNINGS: Final = 10
SIGNS: Final[Mapping[str, int]] = {"long": 1, "short": -1, "zero": 0}
CLASSES: Final[Mapping[str, type]] = {EQUITY: Equity, EQUITY_OPTION: EquityOption}


def positions_of(rows: Iterable[Any]) -> tuple[Position, ...]:
    """
    The positions in *rows* that can be traded here; a fraction of a share counts for nothing.

    Raises:
        ValueError: Shares or options whose symbol, quantity or side is missing.
    """
    return tuple(position for row in rows if (position := _position(row)) is not None)


def _position(row: Any) -> Position | None:
    if not isinstance(row, Mapping) or not isinstance(row.get("instrument-type"), str):
        raise ValueError("A position does not say of what it is.")
    kind = CLASSES.get(row["instrument-type"])
    if kind is None:
        return None
    direction = SIGNS.get(str(row.get("quantity-direction")).lower())
    if direction is None or not isinstance(row.get("symbol"), str):
        raise ValueError("A position without a symbol or a side.")
    quantity = int(abs(figure(row.get("quantity")))) * direction
    try:
        instrument = from_occ(row["symbol"])
    except Invalid:
        return None  # a symbol that no order of ours can name: a right, a preferred share
    if not isinstance(instrument, kind):
        raise ValueError("A position's type and its symbol disagree.")
    price = figure(row.get("average-open-price", "0"))
    return Position(instrument, quantity, price) if quantity else None


def balances_of(row: Mapping[str, Any]) -> Balances:
    """
    The balances in *row*.

    Raises:
        ValueError: One of the three is missing or no number.
    """
    return Balances(
        cash_usd=signed(row, "cash-balance"),
        net_liquidating_value_usd=signed(row, "net-liquidating-value"),
        buying_power_usd=signed(row, "derivative-buying-power"),
    )


def account_of(row: Mapping[str, Any], *, number: str, venue: Venue) -> Account:
    """
    The account as its trading status describes it.

    Raises:
        ValueError: It does not say whether it is frozen or may only close: that is never guessed.
    """
    return Account(
        number,
        venue,
        is_closing_only=_flag(row, "is-closing-only"),
        is_frozen=_flag(row, "is-frozen") or row.get("is-closed") is True,
    )


def dry_run_of(data: Mapping[str, Any]) -> DryRun:
    """
    What the venue would do.

    Raises:
        VenueRefused: It lists errors, although it answered.
        ValueError: The effect on buying power is missing.
    """
    refused = _messages(data.get("errors"))
    if refused:
        raise VenueRefused(
            clean(" ".join(message for _, message in refused)) or "The venue refuses the order.",
            code=next((code for code, _ in refused if code), "dry_run"),
        )
    effect, fees = data.get("buying-power-effect"), data.get("fee-calculation")
    if not isinstance(effect, Mapping):
        raise ValueError("A dry run without an effect on buying power.")
    warnings = data.get("warnings")
    return DryRun(
        buying_power_change_usd=signed(effect, "change-in-buying-power"),
        fees_usd=_cost(fees) if isinstance(fees, Mapping) else Decimal(0),
        warnings=tuple(f"{code}: {message}" if code else message for code, message in _messages(warnings)),
        buying_power_before_usd=_signed_if_told(effect, "current-buying-power"),
        buying_power_after_usd=_signed_if_told(effect, "new-buying-power"),
        warning_codes=frozenset(code for item in _items(warnings) if (code := code_of(item.get("code") or ""))),
    )


def signed(row: Mapping[str, Any], name: str) -> Decimal:
    """The amount *name* of *row*, negative where its ``-effect`` says debit."""
    amount = figure(row.get(name))
    effect = str(row.get(f"{name}-effect", "")).lower()
    if effect == "debit":
        return -abs(amount)
    return abs(amount) if effect == "credit" else amount


def _signed_if_told(row: Mapping[str, Any], name: str) -> Decimal | None:
    """The same; None where *row* does not have it."""
    return None if row.get(name) is None else signed(row, name)


def _cost(fees: Mapping[str, Any]) -> Decimal:
    """What the fees cost: positive, unless the venue pays them as a rebate."""
    total = abs(figure(fees.get("total-fees", "0")))
    return -total if str(fees.get("total-fees-effect", "")).lower() == "credit" else total


def _flag(row: Mapping[str, Any], name: str) -> bool:
    value = row.get(name)
    if not isinstance(value, bool):
        raise ValueError(f"The trading status does not say {name}.")
    return value


def _messages(items: object) -> list[tuple[str, str]]:
    found = _items(items)[:MAX_WARNINGS]
    return [(code_of(item.get("code") or ""), clean(item.get("message") or "")) for item in found]


def _items(items: object) -> list[Mapping[str, Any]]:
    return [item for item in items if isinstance(item, Mapping)] if isinstance(items, list) else []
