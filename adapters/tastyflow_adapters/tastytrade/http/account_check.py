"""
Before the first order: are the accounts there, are they of this login, are they open?

    accounts of the login ─▶ ours, and open ─▶ go
                          └▶ one is not among them, or closed ─▶ Misconfigured: nothing can be traded so
"""

from collections.abc import Mapping, Sequence
from typing import Any

from tastyflow.domain.venue import Venue
from tastyflow.errors import Misconfigured, OutcomeUnknown
from tastyflow_adapters.redaction import masked
from tastyflow_adapters.tastytrade.http.rate_limits import Kind
from tastyflow_adapters.tastytrade.http.session import VenueSession


async def check_accounts(session: VenueSession) -> None:
    """
    Check every account of *session*'s connection, with one question.

    Raises:
        Misconfigured: code ``no_such_account`` or ``account_closed``.
        VenueFailure: The venue could not be asked.
    """
    answer = await session.request(Kind.ACCOUNTS, "GET", "/customers/me/accounts", doing="read the accounts")
    if not isinstance(answer.data.get("items"), list):
        raise OutcomeUnknown("The list of accounts cannot be read.", code="unreadable")
    accounts = [row["account"] for row in answer.items if isinstance(row, Mapping) and _is_account(row.get("account"))]
    for number in session.connection.accounts.values():
        _check(number, accounts, session.connection.venue)


def _check(number: str, accounts: Sequence[Mapping[str, Any]], venue: Venue) -> None:
    ours = next((account for account in accounts if account["account-number"] == number), None)
    if ours is None:
        others = ", ".join(masked(str(account["account-number"])) for account in accounts[:5])
        raise Misconfigured(
            f"This login has no account {masked(number)} in {venue.value}.",
            code="no_such_account",
            hint=f"It has {others}." if others else "It has none: check that secret and token are of this environment.",
        )
    if ours.get("is-closed") is True:
        raise Misconfigured(
            f"The account {masked(number)} is closed.", code="account_closed", hint="Configure an open one."
        )


def _is_account(row: object) -> bool:
    return isinstance(row, Mapping) and isinstance(row.get("account-number"), str)
