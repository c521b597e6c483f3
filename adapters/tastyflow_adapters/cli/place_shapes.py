"""
What programs read of where an order would go, and of whom: environment, account, balances, the switch, a trader.

    place_json(choices, reply) ─▶ environment, place, account
    trading_json(halt)         ─▶ state, since, by, reason
    code_json(made)            ─▶ a code that links a user of a chat, and until when
    trader_json(trader)        ─▶ name, permissions, accounts, limits, identities, …
"""

from typing import TYPE_CHECKING, Any

from tastyflow.application.environment_words import environment_words
from tastyflow.application.linking import MadeCode
from tastyflow.domain.halt import Halt
from tastyflow.domain.instruments import plain
from tastyflow.domain.trader import Trader
from tastyflow.domain.venue import Balances
from tastyflow_adapters.cli.limits import limits_json
from tastyflow_adapters.config.choices import Choices

if TYPE_CHECKING:
    from tastyflow.application.answers import Reply


def trading_json(halt: Halt | None) -> dict[str, Any] | None:
    """Whether orders may leave: ``running``, ``reducing`` or ``halted``, since when, by whom and why."""
    if halt is None:
        return None
    return {
        "state": halt.trading.value,
        "since": halt.since and halt.since.isoformat(),
        "by": halt.by,
        "reason": halt.reason,
    }


def place_json(choices: Choices, reply: "Reply") -> dict[str, Any]:
    """The environment, and the account that *reply* is about."""
    about = reply.about
    return environment_json(choices) | {"account": about and about.account_name}


def environment_json(choices: Choices) -> dict[str, Any]:
    words = environment_words(choices.env.value, is_simulated=choices.is_simulated)
    return {"environment": choices.env.value, "place": words}


def balances_json(balances: Balances) -> dict[str, str]:
    return {
        "cash_usd": plain(balances.cash_usd),
        "net_liquidating_value_usd": plain(balances.net_liquidating_value_usd),
        "buying_power_usd": plain(balances.buying_power_usd),
    }


def code_json(made: MadeCode) -> dict[str, Any]:
    """The code itself is here and in no other place."""
    return {
        "trader": made.trader.name,
        "platform": made.open.platform,
        "code": made.text,
        "expires_at": made.open.expires_at.isoformat(),
    }


def trader_json(trader: Trader) -> dict[str, Any]:
    return {
        "name": trader.name,
        "suspended": trader.suspended,
        "removed": trader.removed,
        "forgotten": trader.forgotten,
        "of_installation": trader.installation > 0,
        "permissions": sorted(trader.permissions),
        "accounts": list(trader.accounts),
        "limits": limits_json(trader.limits),
        "open_orders": len(trader.reserved),
        "reserved_notional_usd": plain(trader.reserved_notional_usd),
        "identities": [{"platform": platform, "user": user} for platform, user in sorted(trader.identities)],
    }
