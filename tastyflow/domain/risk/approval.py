"""
Whether a second person must agree: by amount, by permission, by underlying, by kind; and how long what they saw counts.

    the policy wants it ─▶ needs approval ─▶ snapshot_of(market) ─▶ asked for, until deadline_of(now)
                                                  └─ drift(then, now) ─▶ None, or how far the market moved: voided

What a person approves is an order at a market. The net mid may move by the collar, in either direction, and no further.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

from tastyflow.domain.expirations import NEW_YORK, new_york_date
from tastyflow.domain.instruments import EquityOption, Instrument, chat_symbol, price_in_words
from tastyflow.domain.order.approval import LegQuote, MarketSnapshot
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.finding import RiskCheck, by_policy, could_not_run, passed, usd
from tastyflow.domain.risk.needs import permissions_needed
from tastyflow.domain.risk.outcomes import Consequence, OrderKind
from tastyflow.domain.signal_rule.state import RuleMode
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import Quote

ANOTHER_PERSON = "Another person approves it."


def amount(facts: Facts, policy: Policy) -> RiskCheck:
    code, most = RiskCode.APPROVAL_AMOUNT, policy.approval_above_usd
    if most is None:
        return passed(code, "No amount wants approval.")
    if facts.risk is None:
        return could_not_run(code, "It is not known what the order adds to the loss.")
    adds = facts.risk.added_usd
    seen = {"adds_usd": adds, "above_usd": most}
    if adds > most:
        detail = f"The order adds {usd(adds)} to what can be lost; above {usd(most)} another person must approve."
        return by_policy(code, Consequence.APPROVAL, detail, ANOTHER_PERSON, seen=seen)
    return passed(code, f"The order adds {usd(adds)} to what can be lost.", seen=seen)


def permission(facts: Facts, policy: Policy) -> RiskCheck:
    code = RiskCode.APPROVAL_PERMISSION
    if not policy.approval_permissions:
        return passed(code, "No permission wants approval.")
    needed = sorted(each.value for each in permissions_needed(facts))
    seen = {"needs": ", ".join(needed) or "nothing"}
    if wanting := [each for each in needed if each in policy.approval_permissions]:
        named = " and ".join(wanting)
        detail = f"An order that needs the permission {named} wants the approval of another person."
        return by_policy(code, Consequence.APPROVAL, detail, ANOTHER_PERSON, seen=seen)
    return passed(code, "No permission that the order needs wants approval.", seen=seen)


def symbol(facts: Facts, policy: Policy) -> RiskCheck:
    code, underlying = RiskCode.APPROVAL_SYMBOL, chat_symbol(facts.ticket.underlying)
    seen = {"symbol": underlying}
    if underlying in policy.approval_symbols:
        detail = f"Every order on {underlying} wants the approval of another person."
        return by_policy(code, Consequence.APPROVAL, detail, ANOTHER_PERSON, seen=seen)
    return passed(code, f"{underlying} wants no approval.", seen=seen)


def kind(facts: Facts, policy: Policy) -> RiskCheck:
    code, found = RiskCode.APPROVAL_KIND, kind_of(facts.ticket)
    seen = {"kind": found.value}
    if found in policy.approval_kinds:
        detail = f"Every order of the kind '{found}' wants the approval of another person."
        return by_policy(code, Consequence.APPROVAL, detail, ANOTHER_PERSON, seen=seen)
    return passed(code, f"The kind '{found}' wants no approval.", seen=seen)


def signal(facts: Facts, _policy: Policy) -> RiskCheck:
    code, rule = RiskCode.SIGNAL_APPROVAL, facts.signal_rule
    if facts.signal_mode is None:
        return passed(code, "A person asks for it.")
    seen = {"rule": rule, "mode": facts.signal_mode.value}
    if facts.signal_mode is RuleMode.AUTO:
        return passed(code, f"The rule {rule} asks for it, and is in auto.", seen=seen)
    detail = f"The rule {rule} asks for it, and is in {facts.signal_mode}: a person must approve."
    return by_policy(code, Consequence.APPROVAL, detail, "A person approves it.", seen=seen)


def kind_of(ticket: Ticket) -> OrderKind:
    """What *ticket* is made of."""
    options = sum(isinstance(leg.instrument, EquityOption) for leg in ticket.legs)
    if options < len(ticket.legs):
        return OrderKind.MIXED if options else OrderKind.SHARES
    return OrderKind.OPTIONS if options == 1 else OrderKind.SPREADS


# ── the market that is approved ────────────────────────────────────────────────────────────────────────────────────


def snapshot_of(ticket: Ticket, quotes: Mapping[Instrument, Quote], at: datetime) -> MarketSnapshot | None:
    """The market of *ticket* at *at*; None where a leg has no offer, or a crossed quote: then there is none."""
    bid = ask = Decimal(0)
    legs = []
    per_share = max(leg.instrument.multiplier for leg in ticket.legs)
    for leg in ticket.legs:
        quote = quotes.get(leg.instrument)
        if quote is None or not 0 <= quote.bid <= quote.ask or not quote.ask:
            return None
        weight = Decimal(leg.quantity // ticket.units * leg.instrument.multiplier) / per_share
        bid += weight * (quote.bid if leg.action.buys else -quote.ask)
        ask += weight * (quote.ask if leg.action.buys else -quote.bid)
        legs.append(LegQuote(leg.instrument.occ, quote.bid, quote.ask))
    return MarketSnapshot(bid, ask, tuple(legs), at)


def drift(then: MarketSnapshot, now: MarketSnapshot, policy: Policy) -> str | None:
    """How far the market moved, as a sentence, where that is further than the collar; else None."""
    moved, most = abs(now.mid - then.mid), max(abs(then.mid) * policy.collar_pct / 100, policy.collar_usd)
    if moved <= most:
        return None
    return (
        f"The market moved by {price_in_words(moved)}, from {in_words(then)} to {in_words(now)}; "
        f"an approval stands a move of {price_in_words(most)}."
    )


def in_words(market: MarketSnapshot) -> str:
    """``2.40 / 2.60``; with ``credit`` behind it where the order receives money."""
    low, high = sorted((abs(market.bid), abs(market.ask)))
    if market.bid * market.ask < 0:
        return f"{price_in_words(abs(market.bid))} credit / {price_in_words(market.ask)} debit"
    return f"{price_in_words(low)} / {price_in_words(high)}" + (" credit" if market.mid < 0 else "")


def deadline_of(now: datetime, policy: Policy) -> datetime:
    """The first moment at which an order that begins to wait at *now* waits no more: never beyond its trading day."""
    tomorrow = datetime.combine(new_york_date(now) + timedelta(days=1), time(), NEW_YORK).astimezone(UTC)
    return min(now + timedelta(seconds=policy.approval_within_s), tomorrow)
