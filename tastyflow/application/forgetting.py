"""
Forgetting a person: which names of theirs a log keeps apart (`tastyflow.domain.names_apart`).

    removed trader ─▶ every name that the trader's own events say: theirs, and of each of their users
                   ─▶ one append: `TraderForgotten`, and the names forgotten
"""

import json
from uuid import UUID

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.domain.names_apart import is_pseudonym
from tastyflow.domain.trader import IdentityLinked, IdentityUnlinked, LinkCodeUsed, TraderRegistered


def names_of(ledger: Ledger, trader_id: UUID) -> list[str]:
    """The names of one trader as the log keeps them: with JSON's escapes, without those that are forgotten already."""
    found: dict[str, None] = {}
    for event in ledger.history(trader_id):
        if isinstance(event, TraderRegistered):
            found[event.name] = None
        elif isinstance(event, IdentityLinked | IdentityUnlinked | LinkCodeUsed):
            found[event.user] = None
    return [json.dumps(name, ensure_ascii=False)[1:-1] for name in found if not is_pseudonym(name)]
