"""
What makes a strategy, told a second time: the name, the legs and the side of the price must fit one another.

    debit   bought vertical, butterfly, straddle, strangle, calendar · long wings inside an iron condor sold are credit
    credit  the same, sold

A leg is judged in the JSON form of the contract. Legs that only say "close" have no side yet, and no shape.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

Leg = Mapping[str, Any]
ROOTS = {"SPXW": "SPX", "NDXP": "NDX", "RUTW": "RUT", "VIXW": "VIX"}


def buys(leg: Leg) -> bool:
    return leg["action"].startswith("buy")


def shape_of(legs: list[Leg]) -> str:
    """The strategy that the legs are; "custom" only when nothing fits."""
    if len(legs) == 1:
        return "single"
    options = sorted((leg for leg in legs if leg["instrument"] == "equity_option"), key=_strike)
    if len(options) < len(legs):
        return "covered_call" if _is_covered_call(legs, options) else "custom"
    rights = "".join(leg["right"][0] for leg in options)
    strikes, days = {_strike(leg) for leg in legs}, {str(leg["expiration"]) for leg in legs}
    sides = "".join("+" if buys(leg) else "-" for leg in options)
    sizes = {str(leg["quantity"]) for leg in legs}
    held = any(isinstance(leg["quantity"], dict) for leg in legs)
    even, one_day = len(sizes) == 1, len(days) == 1
    if len(legs) == 2 and even:
        return _pair(rights, sides, one_strike=len(strikes) == 1, one_day=one_day)
    counts = [leg["quantity"] for leg in options]
    if len(legs) == 3 and len(strikes) == 3 and one_day and len(set(rights)) == 1 and sides in ("+-+", "-+-"):
        ratio = even if held else counts[0] * 2 == counts[1] == counts[2] * 2
        return "butterfly" if ratio else "custom"
    if len(legs) == 4 and even and one_day:
        return _iron(options, len(strikes))
    return "custom"


def _strike(leg: Leg) -> Decimal:
    return Decimal(leg["strike"])


def _pair(rights: str, sides: str, *, one_strike: bool, one_day: bool) -> str:
    one_right, one_side = rights[0] == rights[1], sides[0] == sides[1]
    if one_side:
        fits = one_day and not one_right
        return "straddle" if fits and one_strike else "strangle" if fits and rights == "pc" else "custom"
    if not one_right or (one_strike and one_day):
        return "custom"
    return "vertical" if one_day else "calendar" if one_strike else "diagonal"


def _iron(options: list[Leg], strikes: int) -> str:
    ordered = sorted(options, key=lambda leg: (_strike(leg), leg["right"] == "call"))
    rights = "".join(leg["right"][0] for leg in ordered)
    sides = "".join("+" if buys(leg) else "-" for leg in ordered)
    if rights != "ppcc" or sides not in ("+--+", "-++-"):
        return "custom"
    middle = _strike(ordered[1]) == _strike(ordered[2])
    return "iron_butterfly" if strikes == 3 and middle else "iron_condor" if strikes == 4 else "custom"


def _is_covered_call(legs: list[Leg], options: list[Leg]) -> bool:
    shares = [leg for leg in legs if leg["instrument"] == "equity"]
    return (
        len(shares) == len(options) == 1
        and options[0]["right"] == "call"
        and not any(isinstance(leg["quantity"], dict) for leg in legs)
        and shares[0]["quantity"] == 100 * options[0]["quantity"]
        and buys(shares[0]) is not buys(options[0])
    )


def costs_money(strategy: str, legs: list[Leg]) -> bool | None:
    """Whether the legs are paid for, whatever the market says; None where only the market knows."""
    options = sorted((leg for leg in legs if leg["instrument"] == "equity_option"), key=_strike)
    match strategy:
        case "single" | "straddle" | "strangle":
            return buys(legs[0])
        case "vertical":
            return buys(options[0]) is (options[0]["right"] == "call")
        case "butterfly":
            low, middle, high = map(_strike, options)
            return buys(options[0]) if high - middle == middle - low else None
        case "iron_condor" | "iron_butterfly":
            return not buys(options[0])  # the outer puts of the one that is sold are bought
        case "calendar" if all(isinstance(leg["expiration"], str) for leg in legs):
            return buys(max(legs, key=lambda leg: leg["expiration"]))
        case "covered_call":
            return next(buys(leg) for leg in legs if leg["instrument"] == "equity")
    return None


def most_of(strategy: str, legs: list[Leg]) -> Decimal | None:
    """What the legs can cost or bring at most; None where there is no such limit."""
    strikes = sorted({_strike(leg) for leg in legs if leg["instrument"] == "equity_option"})
    match strategy:
        case "single" if legs[0].get("right") == "put":
            return strikes[0]
        case "vertical" | "butterfly" | "iron_butterfly":
            return max(high - low for low, high in pairwise(strikes))
        case "iron_condor":
            return max(strikes[1] - strikes[0], strikes[3] - strikes[2])
    return None


def mismatches(legs: list[Leg], strategy: str) -> Iterator[str]:
    """Why legs are no order at all, whatever the text was."""
    if not 1 <= len(legs) <= 4:
        yield f"{len(legs)} legs"
        return
    if len({ROOTS.get(leg["underlying"], leg["underlying"]) for leg in legs}) > 1:
        yield "two underlyings in one order"
    seen = [tuple(str(leg.get(key)) for key in ("underlying", "right", "strike", "expiration")) for leg in legs]
    if len(set(seen)) < len(seen):
        yield "the same instrument twice"
    if all(leg["action"] != "close" for leg in legs) and shape_of(legs) != strategy:
        yield f"called a {strategy}, shaped as a {shape_of(legs)}"
