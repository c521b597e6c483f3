"""
What a trader may do: the permissions, which of them includes which, and what each verb of the desk asks for.

    view ◀── each of the others                short_options ─▶ covered, spreads
    covered  long_options  spreads  short_options  shares          to trade: which order needs which, `risk.needs` says
    market_orders                                                  besides those, for a market or stop order that opens
    approve  halt  signals  administer                             for the people around the traders

`VERBS` is the table of docs/permissions.md. A verb with several permissions wants any one of them.
"""

from collections.abc import Collection, Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from typing import Final, Protocol

from tastyflow.errors import Refused


class Permission(StrEnum):
    """One thing that a trader may do. The last two are of the oldest logs: they are read, and given no more."""

    VIEW = "view"
    COVERED = "covered"  # calls sold against shares, puts sold against cash
    LONG_OPTIONS = "long_options"
    SPREADS = "spreads"  # sold options whose loss the bought ones of the same order bound
    SHORT_OPTIONS = "short_options"
    SHARES = "shares"
    MARKET_ORDERS = "market_orders"
    APPROVE = "approve"
    HALT = "halt"
    SIGNALS = "signals"  # how much a rule that raises signals may do
    ADMINISTER = "administer"
    TRADE = "trade"
    SELL_TO_OPEN = "sell_to_open"

    def in_words(self) -> str:
        """``long options``"""
        return self.value.replace("_", " ")


RETIRED: Final = frozenset({Permission.TRADE, Permission.SELL_TO_OPEN})
"""Read from old logs, and given no more."""

GRANTABLE: Final = tuple(permission for permission in Permission if permission not in RETIRED)
"""Every permission that can be given."""

TRADING: Final = frozenset(
    {
        Permission.COVERED,
        Permission.LONG_OPTIONS,
        Permission.SPREADS,
        Permission.SHORT_OPTIONS,
        Permission.SHARES,
    }
)
"""Each lets its trader place some orders, and close what is held."""

INCLUDES: Final[Mapping[Permission, frozenset[Permission]]] = {
    Permission.SHORT_OPTIONS: frozenset({Permission.COVERED, Permission.SPREADS}),  # what is riskier has the rest
}
"""What a permission includes, besides `VIEW`, which each of them includes."""

_ANY_TRADING: Final = TRADING
_SEEING: Final = frozenset({Permission.VIEW})

VERBS: Final[Mapping[str, frozenset[Permission]]] = {
    "order": _ANY_TRADING,
    "flatten": _ANY_TRADING,
    "replace": _ANY_TRADING,
    "cancel": _SEEING,  # one's own: the way out stays open to a trader who may open nothing any more
    "preview": _SEEING,
    "status": _SEEING,
    "orders": _SEEING,
    "positions": _SEEING,
    "balance": _SEEING,
    "limits": _SEEING,
    "quote": _SEEING,
    "chain": _SEEING,
    "expirations": _SEEING,
    "gex": _SEEING,
    "cancel_everyone": frozenset({Permission.APPROVE, Permission.HALT}),
    "approve": frozenset({Permission.APPROVE}),
    "reject": frozenset({Permission.APPROVE}),
    "approvals": _SEEING,
    "halt": frozenset({Permission.HALT}),
    "resume": frozenset({Permission.HALT}),
    "signals": _SEEING,
    "loosen_rule": frozenset({Permission.SIGNALS}),
    "tighten_rule": frozenset(
        {  # a person who may decline its orders, or stop trading, may also stop the rule that asks
            Permission.SIGNALS,
            Permission.APPROVE,
            Permission.HALT,
        }
    ),
    "administer": frozenset({Permission.ADMINISTER}),
    "incidents": frozenset({Permission.ADMINISTER}),
}
"""What each verb of the desk asks for: any one of these."""

FOR_OTHERS: Final = frozenset(
    {
        "cancel_everyone",
        "approve",
        "reject",
        "halt",
        "resume",
        "loosen_rule",
        "tighten_rule",
        "administer",
        "incidents",
    }
)
"""The verbs that reach beyond one's own orders: a suspended trader has none of them."""

DOING: Final[Mapping[str, str]] = {
    "order": "place orders",
    "flatten": "close positions",
    "replace": "replace orders",
    "cancel": "cancel orders",
    "preview": "preview orders",
    "status": "see orders",
    "orders": "see orders",
    "positions": "see positions",
    "balance": "see balances",
    "limits": "see one's own limits",
    "quote": "see quotes",
    "chain": "see option chains",
    "expirations": "see expirations",
    "gex": "see gamma exposure",
    "cancel_everyone": "cancel other traders' orders",
    "approve": "approve orders",
    "reject": "reject orders",
    "approvals": "see what waits for approval",
    "halt": "halt trading",
    "resume": "resume trading",
    "signals": "see rules and signals",
    "loosen_rule": "let rules do more",
    "tighten_rule": "let rules do less",
    "administer": "keep the traders",
    "incidents": "handle incidents",
}
"""What a verb does, for "ann may not …"."""


class Permitted(Protocol):
    """A trader, as far as permissions go."""

    @property
    def name(self) -> str: ...

    @property
    def permissions(self) -> frozenset[Permission]: ...


class Suspendable(Permitted, Protocol):
    """A trader who may be suspended."""

    @property
    def suspended(self) -> bool: ...


def may(trader: Permitted, permission: Permission) -> bool:
    """Whether *trader* has *permission*, or one that includes it."""
    return permission in with_included(trader.permissions)


def may_any(trader: Permitted, permissions: Collection[Permission]) -> bool:
    """Whether *trader* has one of *permissions*, or one that includes it."""
    return not with_included(trader.permissions).isdisjoint(permissions)


@lru_cache(maxsize=256)
def with_included(permissions: frozenset[Permission]) -> frozenset[Permission]:
    """*permissions*, and all that they include."""
    included = permissions.union(*(INCLUDES.get(each, frozenset()) for each in permissions))
    return included | {Permission.VIEW} if permissions else included


def normalised(permissions: Iterable[Permission]) -> frozenset[Permission]:
    """
    *permissions* in today's terms: what the two of the oldest logs allowed.

    ``trade`` bought options and shares at any kind of price. ``sell_to_open`` sold options besides, covered or not, and
    was worth nothing without ``trade``.
    """
    given = frozenset(permissions)
    now = given - RETIRED
    if Permission.TRADE in given:
        now |= {Permission.LONG_OPTIONS, Permission.SHARES, Permission.MARKET_ORDERS}
        if Permission.SELL_TO_OPEN in given:
            now |= {Permission.COVERED, Permission.SPREADS, Permission.SHORT_OPTIONS}
    return now


def require(trader: Suspendable, verb: str) -> None:
    """
    Hold *trader* to what `VERBS` asks for *verb*, and to no suspension where that reaches beyond their own orders.

    Raises:
        Refused: code ``not_permitted``, naming what is missing and who can give it; or ``suspended``.
        KeyError: There is no such verb.
    """
    wanted = VERBS[verb]
    if may_any(trader, wanted):
        if trader.suspended and verb in FOR_OTHERS:
            raise Refused(
                f"{trader.name} is suspended, and may not {DOING[verb]}.",
                code="suspended",
                hint="A trader who may administer can end the suspension.",
            )
        return
    named = in_words(sorted(wanted))
    raise Refused(
        f"{trader.name} may not {DOING[verb]}.",
        code="not_permitted",
        hint=f"That takes the permission {named}. {ASK}",
        data={"trader": trader.name, "permission": min(wanted).value, "verb": verb},
    )


ASK: Final = "A trader who may administer can give it."
"""Whom to ask for a permission."""


def in_words(permissions: Iterable[Permission]) -> str:
    """``long_options``, ``covered or spreads``: as the command line takes them."""
    *first, last = [each.value for each in permissions]
    return f"{', '.join(first)} or {last}" if first else last
