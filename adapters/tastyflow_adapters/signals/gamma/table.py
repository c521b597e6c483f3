"""
The contracts of one chain, as arrays: an element for each, in the order they were given.

    contract   root  expiration   right  strike      ─▶  group: root and expiration, which settle together
       0       SPX   2026-12-18   call   6000.0      ─▶  slot: right and strike, over all groups
       1       SPXW  2026-12-18   put    5950.5

Strikes are told apart as decimals, and never cut: 450.5 is not 450.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal

import numpy as np
from attrs import frozen

from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.errors import Invalid
from tastyflow_adapters.signals.gamma.amounts import Flags, Floats, Places
from tastyflow_adapters.signals.gamma.settling import SettlesAt


@frozen
class Group:
    """The contracts of one root and day."""

    root: str
    expiration: date
    settles_at: datetime


@frozen(eq=False)
class ContractTable:
    """
    Attributes:
        indexes: Where each contract stands.
        strikes: Every strike once, rising.
        groups: In the order in which they settle.
        strike_values: Of each contract; *is_call* likewise. Each is on `CONTRACT_MULTIPLIER` shares.
        group_of: The group of each contract, by its place in *groups*.
        slot_of: The place of its strike in *strikes*; of puts so many further as there are strikes.
    """

    underlying: str
    options: tuple[EquityOption, ...]
    indexes: Mapping[EquityOption, int]
    strikes: tuple[Decimal, ...]
    groups: tuple[Group, ...]
    strike_values: Floats
    is_call: Flags
    group_of: Places
    slot_of: Places

    @classmethod
    def of(cls, options: Sequence[EquityOption], settles_at: SettlesAt) -> "ContractTable":
        """
        The table of *options*.

        Raises:
            Invalid: ``bad_chain``: there are none, one stands there twice, they have several underlyings, or one
                delivers something else than its underlying's shares (AAPL7).
        """
        if not options:
            raise _bad("There is no contract in the chain.")
        if adjusted := next((each.root for each in options if each.root[-1].isdigit()), None):
            raise _bad(f"{adjusted} is an adjusted root: its contracts deliver something else.")
        if len(underlyings := {each.underlying for each in options}) > 1:
            raise _bad(f"Contracts on {' and '.join(sorted(underlyings))} have no exposure in common.")
        indexes = {option: index for index, option in enumerate(options)}
        if len(indexes) < len(options):
            raise _bad("A contract stands in the chain twice.")
        strikes = tuple(sorted({option.strike for option in options}))
        groups = _groups(options, settles_at)
        rank = {strike: place for place, strike in enumerate(strikes)}
        place_of = {(group.root, group.expiration): place for place, group in enumerate(groups)}
        is_call = np.array([option.right is Right.CALL for option in options])
        ranks = np.array([rank[option.strike] for option in options], dtype=np.intp)
        return cls(
            underlying=underlyings.pop(),
            options=tuple(options),
            indexes=indexes,
            strikes=strikes,
            groups=groups,
            strike_values=np.array([float(option.strike) for option in options]),
            is_call=is_call,
            group_of=np.array([place_of[option.root, option.expiration] for option in options], dtype=np.intp),
            slot_of=np.where(is_call, ranks, ranks + len(strikes)),
        )


def _groups(options: Sequence[EquityOption], settles_at: SettlesAt) -> tuple[Group, ...]:
    days = {(option.root, option.expiration) for option in options}
    found = [Group(root, expiration, settles_at(root, expiration)) for root, expiration in days]
    return tuple(sorted(found, key=lambda group: (group.settles_at, group.root, group.expiration)))


def _bad(message: str) -> Invalid:
    return Invalid(message, code="bad_chain", hint="Hand over the standard contracts of one underlying, each once.")
