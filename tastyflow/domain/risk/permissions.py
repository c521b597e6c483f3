"""Whether the trader may do this at all, and on this underlying."""

from tastyflow.domain.instruments import chat_symbol
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.exits import uncovers
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.finding import RiskCheck, could_not_run, passed, refused
from tastyflow.domain.trader.accounts import may_use
from tastyflow.domain.trader.permissions import TRADING, Permission, may, may_any


def suspended(facts: Facts, _policy: Policy) -> RiskCheck:
    code, trader = RiskCode.SUSPENDED, facts.trader
    if trader.suspended:
        return refused(code, f"{trader.name} is suspended.", "Ask the operator to reinstate the trader.")
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
    code, trader = RiskCode.TRADE_PERMISSION, facts.trader
    if not may_any(trader, TRADING):
        return refused(code, f"{trader.name} may not trade.", "Ask the operator for permission.")
    return passed(code, f"{trader.name} may trade.")


def sell(facts: Facts, _policy: Policy) -> RiskCheck:
    """A sale that opens, and a close that leaves something uncovered, are one thing: a loss that is not bounded."""
    code, trader, ticket = RiskCode.SELL_PERMISSION, facts.trader, facts.ticket
    if may(trader, Permission.SHORT_OPTIONS):
        return passed(code, f"{trader.name} may sell to open.")
    if any(leg.action.opens and not leg.action.buys for leg in ticket.legs):
        return refused(code, f"{trader.name} may not sell to open.", "A leg sells to open: ask the operator for it.")
    if all(leg.action.opens for leg in ticket.legs):
        return passed(code, "Nothing is sold to open.")
    if facts.held is None or facts.could_fill is None:
        return could_not_run(code, "It is not known what is held.")
    if uncovers(ticket, facts.held, facts.could_fill):
        return refused(
            code,
            f"The order closes what covers another position or order, and {trader.name} may not sell to open.",
            "Close what it covers first, or both in one order; cancel a working order that counts on it.",
        )
    return passed(code, "Nothing is sold to open, and nothing is left uncovered.")


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
