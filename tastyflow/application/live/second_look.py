"""
What is looked at again before production is claimed: the account and the market as they are now.

    second_look ─▶ SecondLook ─▶ moved_since    how far the market moved from the one that a person approved
                             └▶ asked_again    the gate, with the checks of risk: in the append of the claim, and in
                                               the last look before the order leaves (`last_look`)

An order that only takes risk away is held to less: its price was judged when it was asked for, and what cannot be known
does not keep it from leaving.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from attrs import evolve, frozen

from tastyflow.application.account.facts import Sight, facts_of, spot_in
from tastyflow.application.account.view import AccountSnapshot
from tastyflow.application.approving.market import fresh_market
from tastyflow.application.context import Context
from tastyflow.application.ledger.transaction import Transaction
from tastyflow.application.signalling.asking import asking_of
from tastyflow.domain.book import Book
from tastyflow.domain.halt import Halt
from tastyflow.domain.instruments import Equity
from tastyflow.domain.order import Order
from tastyflow.domain.order.approval import MarketSnapshot
from tastyflow.domain.risk.approval import drift
from tastyflow.domain.risk.checks import AT_PROMOTION, checks_of
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.finding import RiskCheck, passed
from tastyflow.domain.risk.gate import Ruling, may_promote
from tastyflow.domain.risk.outcomes import RiskOutcome
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.ticket import Strategy
from tastyflow.domain.trader import Trader
from tastyflow.errors import VenueFailure

JUDGED_BEFORE: Final = frozenset({RiskCode.COLLAR, RiskCode.STOP_SIDE, RiskCode.POSSIBLE_PRICE})
"""Checks that an exit passed by the market at which it was asked for."""


@frozen
class SecondLook:
    """What was seen of the account and the market just before the claim."""

    account: AccountSnapshot
    sight: Sight
    market: MarketSnapshot | None


async def second_look(context: Context, order: Order) -> SecondLook | None:
    """The account and the market as they are now; None where they are not to be had."""
    if order.ticket is None:
        return None
    underlying = Equity(order.ticket.underlying)
    instruments = dict.fromkeys((*(leg.instrument for leg in order.legs), underlying))
    try:
        account, quotes = await asyncio.gather(context.view.look(), context.market.quotes(list(instruments)))
    except VenueFailure:
        return None
    policy, now = context.policy, context.clock.now()
    market = fresh_market(order.ticket, quotes, policy, now) if order.approval else None
    return SecondLook(account, Sight(quotes, spot_in(quotes, underlying.symbol)), market)


@frozen
class AskedAgain:
    """
    What the gate says of an order by what was seen.

    Attributes:
        test: The test that it rests on; None where there is none.
        is_exit: Whether the order only takes risk away now.
    """

    ruling: Ruling
    test: TestResult | None
    is_exit: bool


def asked_again(context: Context, tx: Transaction, order: Order, seen: SecondLook | None, now: datetime) -> AskedAgain:
    """Ask the gate of *order*, which is approved: its proof, its approval, its trader, and every check of risk."""
    test = tx.get(TestResult, order.test) if order.test else None
    trader = tx.get(Trader, order.asked.trader) if order.asked.trader else None
    checks, is_exit = checks_again(context, tx, order, trader, seen)
    ruling = may_promote(
        order,
        test,
        trader,
        context.policy,
        now,
        checks,
        approver=tx.get(Trader, order.approval.approver) if order.approval else None,
        market=seen.market if seen else None,
    )
    return AskedAgain(ruling, test, is_exit)


def moved_since(context: Context, order: Order, market: MarketSnapshot | None) -> str | None:
    """How far the market moved since a person approved *order*, where that is too far; None where it stands."""
    if order.approval is None or market is None:
        return None
    return drift(order.approval.market, market, context.policy)


def checks_again(
    context: Context, tx: Transaction, order: Order, trader: Trader | None, seen: SecondLook | None
) -> tuple[Sequence[RiskCheck], bool]:
    """
    The checks of risk, asked again, and whether the order only takes risk away.

    None where there is nothing to ask them of, and then the gate says no.
    """
    ticket, policy, now = order.ticket, context.policy, context.clock.now()
    if ticket is None or trader is None or order.book is None:
        return (), False
    halt = tx.get(Halt, Halt.switch_id()) or Halt.never()  # in this append: a halt that lands first is seen
    strategy = order.strategy or Strategy.CUSTOM
    asking = asking_of(tx, order.asked)
    rule, mode = (asking.signal.rule, asking.mode) if asking is not None else ("", None)
    if seen is None:
        bare = Facts(
            ticket=ticket,
            strategy=strategy,
            trader=trader,
            halt=halt,
            account=context.account_name,
            accounts=context.accounts,
            now=now,
            signal_rule=rule,
            signal_mode=mode,
        )
        unknown = checks_of(bare, policy, AT_PROMOTION)
        was_exit = order.was_exit
        return ([_for_an_exit(check) for check in unknown] if was_exit else unknown), was_exit
    book = tx.require(Book, order.book).apart_from(order.id)
    if order.replaces is not None:
        book = book.apart_from(order.replaces)  # only one of the two can fill
    facts = facts_of(
        ticket,
        strategy,
        trader,
        sight=seen.sight,
        account=seen.account,
        book=book,
        halt=halt,
        now=now,
    )
    facts = evolve(facts, signal_rule=rule, signal_mode=mode)
    checks = checks_of(facts, policy, AT_PROMOTION)
    return ([_price_settled(check) for check in checks] if facts.is_exit else checks), facts.is_exit


def _price_settled(check: RiskCheck) -> RiskCheck:
    """
    What *check* means for an exit whose price was judged when it was asked for.

    The market has moved since: a limit that trades at once trades at the market and not at the limit, and a stop that
    would fire at once is due. Neither keeps the order from leaving.
    """
    return evolve(check, warning=True) if check.code in JUDGED_BEFORE and check.blocks else check


def _for_an_exit(check: RiskCheck) -> RiskCheck:
    """What *check* means for an order that only takes risk away: what cannot be known does not keep it from leaving."""
    if not check.code.about.binds_exits:
        return passed(check.code, "Not applied: the order only takes risk away.")
    if check.wants_approval and check.code is not RiskCode.SIGNAL_APPROVAL:
        return evolve(check, outcome=RiskOutcome.PASSED, warning=True)  # an exit waits for no approval of the policy's
    return evolve(check, warning=check.warning or check.outcome is RiskOutcome.COULD_NOT_RUN)
