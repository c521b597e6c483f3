"""
Which accounts of its environment a trader may use: they are given by name, and the first one is the default.

    asked for    given to the trader           the account
    ─────────    ─────────────────────────     ──────────────────────────────────────────────
    nothing      ira, main                     ira
    main         ira, main                     main
    main         ira                           refused: account_not_given
    nothing      none, and one account set     that one
    nothing      none, and several set         refused: no_account
    joint        …, and no account joint set   refused: no_such_account

A name stands for an account number in the settings of one environment; numbers are in no event.
"""

import re
from collections.abc import Sequence
from typing import Final, Protocol, TypeVar

from attrs import frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import topic
from tastyflow.domain.trader.events import TraderEvent
from tastyflow.domain.trader.state import TraderState
from tastyflow.errors import Invalid, Refused

S = TypeVar("S", bound=TraderState)

MAIN: Final = "main"
"""The name of an account where only one is set."""

NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,15}")
"""What an account can be called."""

MOST: Final = 50
"""How many accounts a trader can be given."""


class HasAccounts(Protocol):
    """A trader, as far as accounts go."""

    @property
    def name(self) -> str: ...

    @property
    def accounts(self) -> tuple[str, ...]: ...


@topic("tastyflow.trader.accounts_given@1")
@frozen(kw_only=True, repr=False)
class AccountsGiven(TraderEvent):
    """The trader may use the accounts *after*, the first of them by default, and no others."""

    before: tuple[str, ...]
    after: tuple[str, ...]

    def change(self, trader: S) -> S:
        return changed(trader, version=self.originator_version, accounts=self.after)


def require_names(accounts: Sequence[str]) -> None:
    """
    Hold names of accounts against their shape. Asked when they are given, not when they are replayed.

    Raises:
        Invalid: code ``bad_account_name``: no account can be called so, or one is named twice.
    """
    for name in accounts:
        if not NAME.fullmatch(name):
            hint = "A small letter, then up to 15 small letters, digits or hyphens: main, ira-2."
            raise Invalid(f"No account can be called {name[:40]!r}.", code="bad_account_name", hint=hint)
    if len(set(accounts)) != len(accounts) or len(accounts) > MOST:
        raise Invalid(f"Each account is given once, and at most {MOST} are.", code="bad_account_name")


def may_use(trader: HasAccounts, account: str, accounts: Sequence[str]) -> bool:
    """
    Whether *trader* may use *account*.

    Args:
        accounts: The names of all accounts that the environment has.
    """
    return account in trader.accounts if trader.accounts else (account,) == tuple(accounts)


def account_for(trader: HasAccounts, asked: str, accounts: Sequence[str]) -> str:
    """
    The account that *trader* means by *asked*, or by saying nothing.

    Args:
        asked: The name of an account; empty where none was named.
        accounts: The names of all accounts that the environment has, at least one.

    Raises:
        Refused: code ``no_account``, ``no_such_account`` or ``account_not_given``.
    """
    if not asked and not trader.accounts and len(accounts) > 1:
        raise Refused(
            f"{trader.name} has no account here, and there are several: {', '.join(accounts)}.",
            code="no_account",
            hint="Ask the operator to give one.",
            data={"trader": trader.name, "account": accounts[0]},
        )
    account = asked or (trader.accounts or tuple(accounts))[0]
    if account not in accounts:
        raise Refused(
            f"No account is called {account[:40]!r} here.",
            code="no_such_account",
            hint=f"There is {' and '.join(accounts)}.",
        )
    if not may_use(trader, account, accounts):
        given = ", ".join(trader.accounts) or "none"
        raise Refused(
            f"The account {account} was not given to {trader.name}. Given: {given}.",
            code="account_not_given",
            hint="Name one that was given, or ask the operator for it.",
            data={"trader": trader.name, "account": account},
        )
    return account
