"""
Every promise that an audit asks about, by the event it is about.

    before anything is sent     `audit.proofs`        asked by a trader, tested, judged fairly, approved
    by a second person          `audit.approvals`     asked for where a check wants it, given by another trader, held
    the right to send           `audit.claims`        own content, proven, alone
    while trading is halted     `audit.halts`         nothing is claimed that the halt stops
    around the rehearsal        `audit.setups`        setups claimed first, for an order, with one outcome
    in an order's place         `audit.replacements`  rehearsed, of the same legs, one at a time
    at the venues               `audit.outcomes`      one outcome per attempt, fills within the order
    for the traders             `audit.accounts`      capacity held once and given back, identities taken once
    in the accounts             `audit.account_claims`  given before they are claimed, all of one environment
    for the accounts            `audit.books`         what can fill is in the book, and nothing else
    for the operators           `audit.incidents`     every escalation is told, what is sent again was searched for
    at a rule's word            `audit.rules`         let do more by who may, one signal after the other
    asked for by signals        `audit.signals`       one order at most, as its rule, its trader and people let it
"""

from collections.abc import Mapping
from typing import Final

from tastyflow.application.audit.account_claims import OF_ACCOUNTS
from tastyflow.application.audit.accounts import FOR_TRADERS, TRADERS_IN_THE_END
from tastyflow.application.audit.approvals import OF_APPROVALS
from tastyflow.application.audit.books import BOOKS_IN_THE_END, FOR_BOOKS
from tastyflow.application.audit.claims import CLAIMING
from tastyflow.application.audit.halts import HALTING
from tastyflow.application.audit.incidents import ESCALATED_IN_THE_END, OF_INCIDENTS
from tastyflow.application.audit.outcomes import AT_THE_VENUES, OWNED_IN_THE_END
from tastyflow.application.audit.promise import Promise
from tastyflow.application.audit.proofs import BEFORE_CLAIMING
from tastyflow.application.audit.replacements import OF_REPLACEMENTS
from tastyflow.application.audit.rules import OF_RULES, RULES_IN_THE_END
from tastyflow.application.audit.setups import OF_SETUPS
from tastyflow.application.audit.signals import OF_SIGNALS, SIGNALS_IN_THE_END

__all__ = ["ALL_PROMISES", "IN_THE_END", "PROMISES", "Promise"]

_ABOUT_EVENTS: Final = (
    *BEFORE_CLAIMING,
    *OF_APPROVALS,
    *CLAIMING,
    *OF_ACCOUNTS,
    *HALTING,
    *OF_SETUPS,
    *OF_REPLACEMENTS,
    *AT_THE_VENUES,
    *FOR_TRADERS,
    *FOR_BOOKS,
    *OF_INCIDENTS,
    *OF_RULES,
    *OF_SIGNALS,
)

IN_THE_END: Final[tuple[Promise, ...]] = (
    *TRADERS_IN_THE_END,
    *BOOKS_IN_THE_END,
    OWNED_IN_THE_END,
    ESCALATED_IN_THE_END,
    *RULES_IN_THE_END,
    *SIGNALS_IN_THE_END,
)
"""Asked about every aggregate, as the last row leaves it."""

ALL_PROMISES: Final[tuple[Promise, ...]] = (*_ABOUT_EVENTS, *IN_THE_END)

PROMISES: Final[Mapping[type, tuple[Promise, ...]]] = {
    event: tuple(each for each in _ABOUT_EVENTS if event in each.about)
    for event in dict.fromkeys(event for each in _ABOUT_EVENTS for event in each.about)
}
"""The promises about each event, by its class."""
