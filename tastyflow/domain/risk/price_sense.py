"""
Whether a price can be meant: against what trades now, against what the legs can ever be worth, and on which side a stop
lies.

    a buy           worse ──────────────────────────────────────────────▶
       rests        │ trades now    │ worse than mid by 10 %   │ worse than natural by 25 %
    ────────── mid ─┴─── natural ───┴──────────────────────────┴─────────
       passed           passed          approval                  refused

Only the side that hurts is judged: a buy far below the market, or a sale far above it, merely rests. Net prices are
signed per share: paid is positive, received negative, so that higher is worse on either side.
"""

from decimal import Decimal

from tastyflow.domain.instruments import CONTRACT_MULTIPLIER, EquityOption, Right, plain
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.finding import Correction, RiskCheck, by_policy, could_not_run, passed, refused
from tastyflow.domain.risk.payoff import ZERO, Claim, claim_of, rise_of, value_at
from tastyflow.domain.risk.settlements import settlement_of
from tastyflow.domain.ticket import PriceEffect, Ticket

NO_MARKET = "There is no quote to judge the price by."
CENT = Decimal("0.01")


def signed_price(ticket: Ticket) -> Decimal | None:
    """The limit, paid positive, received negative; None without one."""
    return None if ticket.price is None else _signed(ticket, ticket.price)


def collar(facts: Facts, policy: Policy) -> RiskCheck:
    code, ticket = RiskCode.COLLAR, facts.ticket
    limit = signed_price(ticket)
    if limit is None or ticket.price is None:
        return passed(code, "The order has no limit.")
    market = facts.market
    if market.natural is None:
        return could_not_run(code, NO_MARKET, "Try again when there is a market.")
    natural, mid = market.natural, market.mid
    if ticket.stop is not None:  # the limit matters once the market has come to the trigger
        trigger = _signed(ticket, ticket.stop)
        natural, mid = max(natural, trigger), None if mid is None else max(mid, trigger)
    worse = limit - natural
    seen = {"limit": plain(ticket.price), "market": market.in_words, "worse_than_natural": plain(max(ZERO, worse))}
    if worse <= 0:
        return passed(code, f"The limit is no worse than what trades now ({market.in_words}).", seen=seen)
    detail = f"A limit of {plain(ticket.price)} is {plain(worse)} worse than what trades now ({market.in_words})."
    instead = _at(natural, ticket)
    if worse > max(abs(natural) * policy.hard_collar_pct / 100, policy.collar_usd):
        return refused(code, detail, "Name a limit nearer to the market.", corrections=instead, seen=seen)
    if mid is None:
        return could_not_run(
            code, "There is no two-sided quote to judge the price by.", "Name a limit nearer to the market.", seen=seen
        )
    if limit - mid > max(abs(mid) * policy.collar_pct / 100, policy.collar_usd):
        hint = "Name a limit nearer to the market."
        return by_policy(code, policy.beyond_collar, detail, hint, corrections=instead, seen=seen)
    return passed(code, f"The limit is near what trades now ({market.in_words}).", seen=seen)


def quote_age(facts: Facts, policy: Policy) -> RiskCheck:
    code, quotes = RiskCode.QUOTE_AGE, facts.quotes
    if facts.now is None or quotes is None or any(leg.instrument not in quotes for leg in facts.ticket.legs):
        return could_not_run(code, NO_MARKET)
    age_s = max((facts.now - quotes[leg.instrument].at).total_seconds() for leg in facts.ticket.legs)
    seen = {"age_s": f"{max(0.0, age_s):.1f}"}
    if age_s > policy.quote_age_s:
        detail = f"The quotes are {age_s:,.0f} seconds old; {policy.quote_age_s:g} are allowed."
        return by_policy(code, policy.old_quotes, detail, "Ask again.", seen=seen)
    return passed(code, "The quotes are fresh.", seen=seen)


def spread_width(facts: Facts, policy: Policy) -> RiskCheck:
    code, market = RiskCode.SPREAD_WIDTH, facts.market
    if market.natural is None or market.passive is None or market.mid is None:
        return could_not_run(code, "There is no two-sided quote to judge the price by.")
    width = market.natural - market.passive
    seen = {"market": market.in_words, "width": plain(width)}
    if width > abs(market.mid) * policy.spread_pct / 100:
        detail = f"The market is wide: {market.in_words}."
        return by_policy(code, policy.wide_spread, detail, "Name a limit price inside it.", seen=seen)
    return passed(code, f"The market is {market.in_words}.", seen=seen)


def stop_side(facts: Facts, _policy: Policy) -> RiskCheck:
    code, ticket = RiskCode.STOP_SIDE, facts.ticket
    if ticket.stop is None:
        return passed(code, "The order has no stop.")
    market = facts.market
    if market.natural is None or (not market.natural and len(ticket.legs) == 1):
        return could_not_run(code, "There is no quote to judge the stop by.", "Try again when there is a market.")
    seen = {"stop": plain(ticket.stop), "market": market.in_words}
    if _signed(ticket, ticket.stop) > market.natural:
        return passed(code, f"The stop waits ({market.in_words}).", seen=seen)
    side = "below" if _signed(ticket, ticket.stop) < 0 else "above"
    effect = PriceEffect.CREDIT if side == "below" else PriceEffect.DEBIT
    return refused(
        code,
        f"A stop at {plain(ticket.stop)} would fire at once: the market is {market.in_words}.",
        f"This stop waits only {side} the market. A limit of {plain(ticket.stop)} rests.",
        corrections=(Correction(ticket.stop, effect),),
        seen=seen,
    )


def possible_price(facts: Facts, _policy: Policy) -> RiskCheck:
    code, ticket = RiskCode.POSSIBLE_PRICE, facts.ticket
    limit = signed_price(ticket)
    if limit is None or ticket.price is None:
        return passed(code, "The order has no limit.")
    bounds = _bounds(ticket)
    if bounds is None:
        return passed(code, "Nothing bounds the price of legs that settle on different days.")
    least, most = bounds
    seen = {"limit": plain(ticket.price)}
    if (most is not None and limit > most) or (least is not None and limit < least):
        paid = limit > 0
        bound = most if paid else least
        worth = plain(abs(bound or ZERO))
        return refused(
            code,
            f"{plain(ticket.price)} is more than it can ever be worth: {worth}.",
            f"Prices are per share: ${plain(ticket.price)} a contract is {ticket.price / CONTRACT_MULTIPLIER:.2f}.",
            corrections=(*_hundredth(ticket, least, most), *_at(facts.market.natural, ticket)),
            seen=seen | {"bound": worth},
        )
    leg = ticket.legs[0].instrument
    if len(ticket.legs) > 1 or not isinstance(leg, EquityOption):
        return passed(code, "The limit is within what it can be worth.", seen=seen)
    return _against_spot(facts, ticket, leg, ticket.price)


def _against_spot(facts: Facts, ticket: Ticket, option: EquityOption, price: Decimal) -> RiskCheck:
    """One option: a call costs no more than the underlying, and nothing is sold for less than its intrinsic value."""
    code, spot, market = RiskCode.POSSIBLE_PRICE, facts.spot, facts.market
    if spot is None:
        return could_not_run(code, "The price of the underlying is not known.", seen={"limit": plain(price)})
    seen = {"limit": plain(price), "spot": plain(spot)}
    instead = _at(market.natural, ticket)
    if ticket.legs[0].action.buys:
        if option.right is Right.CALL and price > spot:
            detail = f"{plain(price)} is more than the underlying itself costs: {plain(spot)}."
            return refused(code, detail, "Prices are per share.", corrections=instead, seen=seen)
    else:
        intrinsic = value_at((Claim(option.right is Right.CALL, option.strike, 1),), spot)
        bid = -market.natural if market.natural is not None else intrinsic
        if price < min(intrinsic, bid):
            detail = f"{plain(price)} is less than it is worth when exercised: {plain(intrinsic)}."
            return refused(
                code, detail, "Name a higher limit.", corrections=instead, seen=seen | {"intrinsic": plain(intrinsic)}
            )
    return passed(code, "The limit is within what it can be worth.", seen=seen)


def _bounds(ticket: Ticket) -> tuple[Decimal | None, Decimal | None] | None:
    """The least and the most one unit can be worth per share (None: no bound); None over several settlements."""
    options = [leg.instrument for leg in ticket.legs if isinstance(leg.instrument, EquityOption)]
    if len({settlement_of(option) for option in options}) > 1:
        return None
    per_unit = ticket.units * max(leg.instrument.multiplier for leg in ticket.legs)
    claims = [claim_of(leg.instrument, leg.quantity if leg.action.buys else -leg.quantity) for leg in ticket.legs]
    values = [value_at(claims, price) / per_unit for price in {ZERO, *(claim.strike for claim in claims)}]
    slope = rise_of(claims)
    return None if slope < 0 else min(values), None if slope > 0 else max(values)


def _signed(ticket: Ticket, price: Decimal) -> Decimal:
    pays = ticket.legs[0].action.buys if ticket.price_effect is None else ticket.price_effect is PriceEffect.DEBIT
    return price if pays else -price


def _at(natural: Decimal | None, ticket: Ticket) -> tuple[Correction, ...]:
    """The order at what trades now."""
    if not natural or ticket.price_effect is None:
        return ()
    return (Correction(abs(natural), PriceEffect.DEBIT if natural > 0 else PriceEffect.CREDIT, ticket.stop),)


def _hundredth(ticket: Ticket, least: Decimal | None, most: Decimal | None) -> tuple[Correction, ...]:
    """The order at a hundredth of its price, where dollars for the contract were written."""
    if ticket.price is None:
        return ()
    price = ticket.price / 100
    signed = _signed(ticket, price)
    fits = (most is None or signed <= most) and (least is None or signed >= least)
    return (Correction(price, ticket.price_effect, ticket.stop),) if fits and price % CENT == 0 else ()
