"""
The promises about accounts and the environment: what is claimed is claimed where its trader may, and a log is of one.

    accounts given ─▶ from what they were before ─▶ a claim in production is in one of them
    environment    ─▶ of the first row that names one ─▶ of every other, too

In the oldest logs no row names an account or an environment. A trader who was given none uses the only one there is.
"""

from collections.abc import Iterable
from typing import Final

from tastyflow.application.audit.promise import Promise, promise
from tastyflow.application.audit.world import World
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderDrafted, OrderRefused, SubmissionClaimed
from tastyflow.domain.rules import broken_rules
from tastyflow.domain.trader import AccountsGiven, Trader
from tastyflow.domain.venue import Venue


@promise("given_in_turn", "Accounts are given from those that the trader had, each once.", AccountsGiven)
def _given_in_turn(world: World, event: AccountsGiven) -> Iterable[str]:
    trader = world.get(Trader, event.originator_id)
    return broken_rules(
        (trader is not None and trader.accounts == event.before, "The trader had other accounts before."),
        (len(set(event.after)) == len(event.after), "One account was given twice."),
    )


@promise(
    "claimed_account",
    "Production is claimed in an account that was given to the trader then, where any was.",
    SubmissionClaimed,
    where=lambda event: event.venue is Venue.PRODUCTION,
)
def _claimed_account(world: World, event: SubmissionClaimed) -> Iterable[str]:
    order = world.get(Order, event.originator_id)
    trader = world.get(Trader, order.asked.trader) if order else None
    given = trader.accounts if trader else ()
    return broken_rules(
        (not given or event.account in given, f"The account {event.account[:40]!r} was not given to its trader."),
        (event.environment != "sandbox", "Nothing is sent to production from the environment sandbox."),
    )


@promise("one_environment", "A log is of one environment.", OrderDrafted, OrderRefused, SubmissionClaimed)
def _one_environment(world: World, event: OrderDrafted | OrderRefused | SubmissionClaimed) -> Iterable[str]:
    before, now = world.environment, event.environment
    return broken_rules((not before or not now or before == now, f"It is of {now[:40]!r}, and the log of {before!r}."))


OF_ACCOUNTS: Final[tuple[Promise, ...]] = (_given_in_turn, _claimed_account, _one_environment)
