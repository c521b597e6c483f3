"""
What a chain's gamma exposure is at one moment, with all that says how far it can be trusted.

    net, calls, puts          GammaAmount: shares per $1, dollars per $1, dollars per 1 %
    by_strike                 arrays over the strikes        ─▶ call_wall, put_wall
    by_expiration             a row for each root and day
    repriced                  roots, flip, profile           None where no contract is covered
    sign_model scope repricing coverage spot_source ages     what it rests on, printed with it
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

from attrs import asdict, frozen

from tastyflow.domain.instruments import plain
from tastyflow.domain.signal_rule.sign_model import SignModel
from tastyflow_adapters.signals.gamma.amounts import Floats, GammaAmount
from tastyflow_adapters.signals.gamma.repricing import GammaRoot, Repriced, Repricing
from tastyflow_adapters.signals.gamma.scope import Scope


@frozen
class GammaCoverage:
    """
    How much of the chain in scope a figure rests on. A contract is covered where its gamma, its implied volatility and
    its open interest are known, and none of them is stale; what is not covered counts nowhere.

    Attributes:
        contracts: In scope, and not settled yet.
        covered: Of those.
        share_of_contracts: From 0 to 1; 0 where there is none in scope.
        share_of_open_interest: Likewise, each contract weighed with its open interest; one whose open interest is
            not known with the mean of those that are.
        without_gamma, without_volatility, without_interest, stale: Why the others are not; one can be several.
        settled, out_of_scope: Contracts of the chain that are not in *contracts*.
    """

    contracts: int
    covered: int
    share_of_contracts: float
    share_of_open_interest: float
    without_gamma: int
    without_volatility: int
    without_interest: int
    stale: int
    settled: int
    out_of_scope: int

    def as_json(self) -> dict[str, float]:
        """Each part by its name."""
        return asdict(self)


@frozen(eq=False)
class StrikeGamma:
    """Exposure at each strike, summed over the expirations in scope; arrays in the order of *strikes*, which rise."""

    spot: float
    strikes: tuple[Decimal, ...]
    calls_shares_per_dollar: Floats
    puts_shares_per_dollar: Floats

    @property
    def calls_dollars_per_percent(self) -> Floats:
        """Signed by the model."""
        return self.calls_shares_per_dollar * (self.spot * self.spot / 100)

    @property
    def puts_dollars_per_percent(self) -> Floats:
        """Signed by the model."""
        return self.puts_shares_per_dollar * (self.spot * self.spot / 100)

    @property
    def net_dollars_per_percent(self) -> Floats:
        """Calls and puts together."""
        return self.calls_dollars_per_percent + self.puts_dollars_per_percent

    def as_json(self) -> dict[str, list[float] | list[str]]:
        """Each column by its name; strikes as text, exactly."""
        return {
            "strikes": [plain(strike) for strike in self.strikes],
            "calls_dollars_per_percent": self.calls_dollars_per_percent.tolist(),
            "puts_dollars_per_percent": self.puts_dollars_per_percent.tolist(),
            "net_dollars_per_percent": self.net_dollars_per_percent.tolist(),
        }


@frozen
class ExpirationGamma:
    """
    Exposure of one root and day.

    Attributes:
        days: Calendar days in New York.
        minutes: To settlement, which is at *settles_at*.
    """

    root: str
    expiration: date
    settles_at: datetime
    days: int
    minutes: float
    contracts: int
    covered: int
    net: GammaAmount
    calls: GammaAmount
    puts: GammaAmount

    def as_json(self) -> dict[str, object]:
        """Each part by its name."""
        return {
            "root": self.root,
            "expiration": self.expiration.isoformat(),
            "settles_at": self.settles_at.isoformat(),
            "days": self.days,
            "minutes": self.minutes,
            "contracts": self.contracts,
            "covered": self.covered,
            "net": self.net.as_json(),
            "calls": self.calls.as_json(),
            "puts": self.puts.as_json(),
        }


@frozen
class GammaWall:
    """
    The strike with the most gamma of one right, over the expirations in scope. Open interest alone makes no wall.

    Attributes:
        amount: Its exposure, signed by the model.
        distance_percent: From the spot; positive above it.
    """

    strike: Decimal
    amount: GammaAmount
    distance_percent: float

    def as_json(self) -> dict[str, object]:
        """Each part by its name."""
        return {
            "strike": plain(self.strike),
            "amount": self.amount.as_json(),
            "distance_percent": self.distance_percent,
        }


@frozen
class OpenInterest:
    """
    Open interest of one right, in scope, where it is known.

    Attributes:
        contracts: How many.
        mean_strike: Weighed with them; None where there are none. On an index puts lie lower than calls: where they do
            not, the two may have been switched.
    """

    contracts: int
    mean_strike: float | None

    def as_json(self) -> dict[str, float | None]:
        """Each part by its name."""
        return {"contracts": self.contracts, "mean_strike": self.mean_strike}


@frozen(eq=False, kw_only=True)
class GammaExposure:
    """
    Attributes:
        at: The moment that it is worked out for.
        spot, spot_source, spot_age_s: The price of the underlying, where it is from, how old it is.
        net, calls, puts: Summed over the covered contracts in scope, from the feed's gammas.
        by_strike, by_expiration: The same, in parts.
        call_wall, put_wall: None where no such contract is covered, or none has gamma.
        repriced: Roots, flip and profile; None where no contract is covered.
        static_crossing_not_the_flip: The first strike, from below, at which net exposure by strike changes its sign, in
            between by a straight line. Other tools call it zero gamma. It is not the flip: nothing is repriced.
        call_interest, put_interest: What is open, whether covered or not.
        at_the_money_volatility: A year, as a fraction: call and put at the strike nearest to the spot, of the nearest
            expiration; None where it is not known.
        oldest_age_s: Of the gammas and volatilities that are counted, and of the spot; open interest apart.
        oldest_interest_day, newest_interest_day: The trading days in whose summaries the open interest stands.
        capped: Contracts whose gamma was lowered to the highest that counts.
    """

    symbol: str
    at: datetime
    spot: float
    spot_source: str
    spot_age_s: float
    sign_model: SignModel
    scope: Scope
    repricing: Repricing
    net: GammaAmount
    calls: GammaAmount
    puts: GammaAmount
    by_strike: StrikeGamma
    by_expiration: tuple[ExpirationGamma, ...]
    call_wall: GammaWall | None
    put_wall: GammaWall | None
    repriced: Repriced | None
    static_crossing_not_the_flip: float | None
    call_interest: OpenInterest
    put_interest: OpenInterest
    at_the_money_volatility: float | None
    coverage: GammaCoverage
    oldest_age_s: float
    oldest_interest_day: date | None
    newest_interest_day: date | None
    capped: int

    @property
    def roots(self) -> Sequence[GammaRoot]:
        """Every spot in the range at which repriced net exposure is zero, rising."""
        return self.repriced.roots if self.repriced else ()

    @property
    def flip(self) -> GammaRoot | None:
        """The root nearest to the spot as it is now, if there is any. It may be in a tail, which is no level."""
        return min(self.roots, key=lambda root: abs(root.spot - self.spot), default=None)

    @property
    def floored(self) -> int:
        """Contracts whose time to settlement was raised to the least."""
        return self.repriced.floored if self.repriced else 0

    def as_json(self) -> dict[str, object]:
        """Each part by its name, in primitives; the unit is in the name."""
        return {
            "symbol": self.symbol,
            "at": self.at.isoformat(),
            "spot": self.spot,
            "spot_source": self.spot_source,
            "spot_age_s": self.spot_age_s,
            "sign_model": self.sign_model.value,
            "sign_model_words": self.sign_model.sentence,
            "scope": self.scope.as_json(),
            "repricing": self.repricing.as_json(),
            "net": self.net.as_json(),
            "calls": self.calls.as_json(),
            "puts": self.puts.as_json(),
            "call_wall": self.call_wall and self.call_wall.as_json(),
            "put_wall": self.put_wall and self.put_wall.as_json(),
            "flip": self.flip and self.flip.as_json(),
            "roots": [root.as_json() for root in self.roots],
            "repriced": self.repriced and self.repriced.as_json(),
            "static_crossing_not_the_flip": self.static_crossing_not_the_flip,
            "at_the_money_volatility": self.at_the_money_volatility,
            "coverage": self.coverage.as_json(),
            "oldest_age_s": self.oldest_age_s,
            "oldest_interest_day": self.oldest_interest_day and self.oldest_interest_day.isoformat(),
            "newest_interest_day": self.newest_interest_day and self.newest_interest_day.isoformat(),
            "call_interest": self.call_interest.as_json(),
            "put_interest": self.put_interest.as_json(),
            "capped": self.capped,
            "floored": self.floored,
            "by_expiration": [each.as_json() for each in self.by_expiration],
            "by_strike": self.by_strike.as_json(),
        }
