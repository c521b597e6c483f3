"""
The environment in words: what stands on every card, list and page, so that a fake fill never looks like a real one.

    fake ─▶ FAKE      sandbox ─▶ SANDBOX      production ─▶ PRODUCTION │ PRODUCTION (simulator)

Where an installation has several accounts, the account's name stands beside it: ``PRODUCTION, account ira``.
"""

from collections.abc import Collection

from tastyflow.domain.order import Order


def environment_words(environment: str, *, is_simulated: bool = False) -> str:
    """``PRODUCTION``, or ``PRODUCTION (simulator)`` where the venues are simulators; empty for the oldest logs."""
    return f"{environment.upper()} (simulator)" if environment and is_simulated else environment.upper()


def place_words(environment: str, account: str, *, is_simulated: bool = False, accounts: Collection[str] = ()) -> str:
    """
    The environment, and the name of the account where there is more than one: ``PRODUCTION, account ira``.

    Args:
        account: Its name; empty where none is meant.
        accounts: The names of all accounts of the environment.
    """
    words = environment_words(environment, is_simulated=is_simulated)
    return f"{words}, account {account}" if account and {account, *accounts} != {account} else words


def place_of(order: Order, accounts: Collection[str] = ()) -> str:
    """Where *order* goes, as it was recorded; empty for the oldest orders."""
    return place_words(order.environment, order.account, is_simulated=order.is_simulated, accounts=accounts)
