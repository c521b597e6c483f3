"""Whether the trader may do this at all, and on this underlying."""

from collections.abc import Mapping, Sequence
from typing import Final

from tastyflow.domain.instruments import chat_symbol
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.finding import RiskCheck, could_not_run, passed, refused
from tastyflow.domain.risk.needs import SELLING, PermissionNeed
from tastyflow.domain.trader.accounts import may_use
from tastyflow.domain.trader.permissions import ASK, TRADING, Permission, may, may_any

UNCOVERS: Final = "Close what it covers first, or both in one order; cancel a working order that counts on it. "
WAYS_OUT: Final[Mapping[Permission, str]] = {
    Permission.MARKET_ORDERS: "Give a limit: '@ natural' trades at once. ",
    Permission.SHORT_OPTIONS: "Buy an option against it in the same order, or hold the shares or the cash for it. ",
}
"""What would need less."""


def suspended(facts: Facts, _policy: Policy) -> RiskCheck:
    code, trader = RiskCode.SUSPENDED, facts.trader
    if trader.removed:
        return refused(code, f"{trader.name} was removed.", "The operator can add a trader of another name.")
    if trader.suspended:
        return refused(code, f"{trader.name} is suspended.", "A trader who may administer can end the suspension.")
    return passed(code, f"{trader.name} is not suspended.")


def account(facts: Facts, _policy: Policy) -> RiskCheck:
    code, trader, name = RiskCode.ACCOUNT, facts.trader, facts.account
    if name is None:
        return could_not_run(code, "It is not known which account the order is for.")
    if not may_use(trader, name, facts.accounts):
        return refused(
            code,
            f"The account {name} was not given to {trader.name}.",
            "Ask the operator for it, or name one that was given.",
            seen={"account": name, "given": ", ".join(trader.accounts) or "none"},
        )
    return passed(code, f"{trader.name} may use the account {name}.", seen={"account": name})


def trade(facts: Facts, _policy: Policy) -> RiskCheck:
    """Whether the trader may trade this kind at all; a close wants any one permission to trade."""
    code, trader = RiskCode.TRADE_PERMISSION, facts.trader
    if not may_any(trader, TRADING):
        return refused(code, f"{trader.name} may not trade.", f"That takes a permission to trade. {ASK}")
    missing = [need for need in _missing(facts) if need.permission not in SELLING]
    if missing:
        return refused(code, " ".join(_why_not(need, facts) for need in missing), _hint(missing), seen=_seen(missing))
    return passed(code, f"{trader.name} may trade.")


def sell(facts: Facts, _policy: Policy) -> RiskCheck:
    """Whether the trader may sell to open what the order sells, and may leave uncovered what it uncovers."""
    code, trader = RiskCode.SELL_PERMISSION, facts.trader
    missing = [need for need in _missing(facts) if need.permission in SELLING]
    known = [need for need in missing if need.known]
    if known:
        return refused(code, " ".join(_why_not(need, facts) for need in known), _hint(known), seen=_seen(known))
    if missing:
        return could_not_run(code, "It is not known what is held.")
    selling = sorted({need.permission for need in facts.needs} & SELLING)
    if selling:
        return passed(code, f"{trader.name} has the permission {' and '.join(selling)}.")
    return passed(code, "Nothing is sold to open, and nothing is left uncovered.")


def _missing(facts: Facts) -> list[PermissionNeed]:
    """What the order needs and its trader may not; each permission once."""
    missing = [need for need in facts.needs if not may(facts.trader, need.permission)]
    return list({need.permission: need for need in reversed(missing)}.values())[::-1]


def _why_not(need: PermissionNeed, facts: Facts) -> str:
    """``You hold no SPY 450 call Dec 18 2026; this sale would open a short call, and ann may not.``"""
    name, leg = facts.trader.name, need.leg
    if leg is None or leg.action.opens is False:
        return f"The order would {need.deed}, and {name} may not."
    what = leg.instrument.in_words()
    if need.permission is Permission.SPREADS:
        return f"The sale of {what} would {need.deed}, and {name} may not."
    if leg.action.buys:
        return f"The order buys {what}, and {name} may not {need.deed}."
    if facts.held is not None and not facts.held.amounts.get(leg.instrument):
        return f"You hold no {what}; this sale would {need.deed}, and {name} may not."
    return f"The sale of {what} would {need.deed}, and {name} may not."


def _hint(missing: Sequence[PermissionNeed]) -> str:
    needed = " and ".join(need.permission.value for need in missing)
    many = "permissions" if len(missing) > 1 else "permission"
    way_out = next((WAYS_OUT[need.permission] for need in missing if need.permission in WAYS_OUT), "")
    closes = any(need.leg is not None and not need.leg.action.opens for need in missing)
    return f"{UNCOVERS if closes else way_out}That takes the {many} {needed}. {ASK}"


def _seen(missing: Sequence[PermissionNeed]) -> Mapping[str, object]:
    return {"missing": ", ".join(need.permission.value for need in missing)}


def denied_symbol(facts: Facts, _policy: Policy) -> RiskCheck:
    code, symbol = RiskCode.DENIED_SYMBOL, chat_symbol(facts.ticket.underlying)
    if symbol in facts.trader.limits.denied_symbols:
        return refused(
            code, f"{symbol} is denied to {facts.trader.name}.", "Trade another underlying.", seen={"symbol": symbol}
        )
    return passed(code, f"{symbol} is not denied.", seen={"symbol": symbol})


def allowed_symbol(facts: Facts, _policy: Policy) -> RiskCheck:
    code, symbol, symbols = RiskCode.ALLOWED_SYMBOL, chat_symbol(facts.ticket.underlying), facts.trader.limits.symbols
    if symbols is not None and symbol not in symbols:
        allowed = ", ".join(symbols[:10]) or "none"
        return refused(
            code, f"{symbol} is not on {facts.trader.name}'s list.", f"Allowed: {allowed}.", seen={"symbol": symbol}
        )
    return passed(code, f"{symbol} is allowed.", seen={"symbol": symbol})
