"""
What can be chosen about a simulator. Everything that tastytrade's documentation leaves open is a choice here.

    Options ── port, seed, clock, hours, fills        what the command line sets
            ├─ Timings                                 how long each step of an order takes
            └─ the facts that are not established      lags, limits, what the sandbox does at night
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, Final

import msgspec
from attrs import Attribute, field, fields_dict, frozen, validators


class Side(StrEnum):
    """The two personalities of one simulator."""

    SANDBOX = "sandbox"
    PRODUCTION = "production"


class ClockMode(StrEnum):
    """What time it is: the real one, one that began elsewhere and runs on, or one that only moves when told to."""

    REAL = "real"
    ANCHORED = "anchored"
    VIRTUAL = "virtual"


class Hours(StrEnum):
    """When orders work: round the clock, or in the exchange's sessions."""

    ALWAYS = "always"
    EXCHANGE = "exchange"


class Fills(StrEnum):
    """What fills an order: the quotes, or the fixed table that the sandbox went by until 2026."""

    QUOTE = "quote"
    TABLE = "table"


@frozen
class Timings:
    """
    Seconds from the acceptance of an order to each step (recorded from a sandbox order of June 2026), and of a cancel.

    Attributes:
        partial_s: Between the halves of an order that is asked to fill in parts.
        leg_gap_s: Between the fills of the legs of a spread, which says Filled after the first; 0 fills them together.
        notice_s: Between what happens and the streamer's message about it.
    """

    routed_s: float = 0.0
    in_flight_s: float = 0.028
    live_s: float = 0.038
    fill_s: float = 0.128
    reject_s: float = 0.4
    cancel_s: float = 0.05
    replace_s: float = 0.05
    partial_s: float = 1.0
    leg_gap_s: float = 0.0
    notice_s: float = 0.0


def _on_loopback(_options: Any, _attribute: "Attribute[str]", host: str) -> None:
    """The credentials are public: any program that reaches the simulator can trade in it."""
    try:
        is_loopback = ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        raise ValueError(f"The simulator serves a loopback address, such as 127.0.0.1, and not {host!r}.")


@frozen
class Options:
    """
    Attributes:
        port: The admin API's; the sandbox is the next one, production the one after. 0 takes any that are free.
        starts_at: What an anchored or virtual clock reads at the start.
        accounts: How many accounts each login has; the numbers of the others follow on that of the first.
        cash_usd: What a new account begins with, and what a sandbox account has again after the night.
        quote_step_s: How long a quote stands before it moves; None stands all day.
        quote_move: How far quotes wander in a day, as a fraction of the day's usual swing.
        sandbox_delay_s: How late the sandbox's quote stream is.
        sandbox_market_data: Whether the sandbox answers questions for market data; tastytrade's says 502.
        sandbox_resets_at: The hour in New York at which the sandbox forgets; None never does.
        position_lag_s: How much later than its fill a position is shown; strict closes are judged by what is held.
        visibility_lag_s: How long an accepted order is missing from lists.
        keeps_refused: Whether an order refused by the checks is listed as Rejected.
        limits_rates: Whether too many requests per second are answered with 429.
        blocks_logins_after: Failed logins after which an address is blocked; None never is.
        token_life_s: How long an access token is good for.
        latency_s: How long each request takes, half on the way there and half back.
        sandbox_takes_versions: Whether the sandbox serves requests with an Accept-Version. The Python SDK holds that
            tastytrade's does not; its official MCP server sends one with each request, and was recorded there.
        orders_per_page: How long a page of orders is, unless asked (the guide has 10, the API definition 100).
    """

    host: str = field(default="127.0.0.1", validator=_on_loopback)
    port: int = 8700
    seed: int = 0
    clock: ClockMode = field(default=ClockMode.REAL, converter=ClockMode)
    starts_at: datetime | None = None
    hours: Hours = field(default=Hours.ALWAYS, converter=Hours)
    fills: Fills = field(default=Fills.QUOTE, converter=Fills)
    timings: Timings = field(factory=Timings)
    accounts: int = field(default=1, validator=validators.in_(range(1, 10)))
    cash_usd: Decimal = Decimal(100_000)
    quote_step_s: float | None = 5.0
    quote_move: float = 0.05
    sandbox_delay_s: float = 900.0
    sandbox_market_data: bool = False
    sandbox_resets_at: int | None = None
    position_lag_s: float = 0.0
    visibility_lag_s: float = 0.0
    keeps_refused: bool = False
    limits_rates: bool = False
    blocks_logins_after: int | None = None
    token_life_s: float = 900.0
    latency_s: float = 0.0
    sandbox_takes_versions: bool = True
    orders_per_page: int = 10


FLAGGED: Final = frozenset({"port", "seed", "clock", "starts_at", "hours", "fills", "latency_s"})
"""What the command line has flags for."""


def from_words(words: Iterable[str]) -> Options:
    """
    Options from ``name=value`` words; ``none`` is no value, and ``timings.fill_s=2`` reaches into the timings.

    Raises:
        ValueError: There is no such option, or it does not take such a value.
    """
    chosen: dict[str, Any] = {}
    timings: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise ValueError(f"{word!r} has no value: name=value.")
        within, dot, step = name.strip().replace("-", "_").rpartition(".")
        known = fields_dict(Timings) if dot else {name: None for name in fields_dict(Options) if name not in FLAGGED}
        if step not in known or within not in ("", "timings"):
            close = get_close_matches(step, known, n=1)
            raise ValueError(f"There is no option {name!r}." + (f" Did you mean {close[0]!r}?" if close else ""))
        (timings if dot else chosen)[step] = None if value.lower() == "none" else value
    try:
        return msgspec.convert(chosen | {"timings": timings}, Options, strict=False)
    except msgspec.ValidationError as wrong:
        raise ValueError(f"{wrong}") from wrong
