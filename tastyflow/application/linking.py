"""
Linking a user of a chat to a trader by a one-time code.

    an operator: make_code ─▶ LinkCode in the trader's log, shown once    7K3M-Q9TD-XW2R-H5PB
                                     │ by another way than the chat
    a person in the chat: link_by_code ─▶ which trader's code is it ─▶ roster of the operator who made it ─▶ linked

The code links under the authority of the operator who made it: where that operator may not keep the traders any more,
neither does the code. Sixteen letters of an alphabet of 32 are 80 bits; only their digest is in any log.
"""

import secrets
from collections.abc import Callable
from hashlib import sha256
from typing import Final

from attrs import frozen

from tastyflow.application.identities import TypedCode
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.roster import Roster
from tastyflow.domain.trader import LinkCode, Trader
from tastyflow.errors import Refused
from tastyflow.ports import Clock

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's: no I, L, O or U, which are read as 1, 1, 0 and V."""

LETTERS: Final = 16
GROUP: Final = 4
VALID_S: Final = 900.0

_READ_AS: Final = str.maketrans("ILO", "110", " -\u2010\u2011\u2012\u2013\u2014")


@frozen
class MadeCode:
    """A code that was made just now for *trader*; `text` is kept nowhere else."""

    text: str
    trader: Trader
    open: LinkCode


def new_code() -> str:
    """A code that was never made before."""
    letters = "".join(secrets.choice(ALPHABET) for _ in range(LETTERS))
    return "-".join(letters[at : at + GROUP] for at in range(0, LETTERS, GROUP))


def digest_of(code: str) -> str:
    """The digest of a code as a person types it: in any case, with or without hyphens, O for 0 and I for 1."""
    return sha256(code.upper().translate(_READ_AS).encode()).hexdigest()


async def make_code(roster: Roster, name: str, platform: str, *, by: str) -> MadeCode:
    """
    A new code for the trader called *name*.

    Raises:
        Refused: As for every change of a trader; or code ``trader_suspended``.
        Invalid: code ``bad_identity``: no code links on that platform.
    """
    code = new_code()
    digest = digest_of(code)
    trader = await roster.change(
        name, lambda traders: traders.make_link_code(name, platform, digest, valid_s=VALID_S, by=by)
    )
    (made,) = (each for each in trader.link_codes if each.digest == digest)
    return MadeCode(code, trader, made)


async def link_by_code(here: Ledger, clock: Clock, roster_of: Callable[[str], Roster], typed: TypedCode) -> Trader:
    """
    Link the user who typed a code to the trader for whom it was made.

    Args:
        here: The log in which the code is looked for.
        roster_of: The traders as an operator keeps them, by the operator's name.

    Raises:
        Refused: code ``no_such_code``: it is wrong, used, too old, or its trader or its maker may not any more;
            ``identity_taken``: the user is another trader.
        StoreFailure: As for every change of a trader.
    """
    now = clock.now()
    for trader in Lookup(here).traders():
        found = trader.link_code(typed.platform, typed.digest, at=now)
        if found is not None:
            return await _link(roster_of(found.by), trader.name, typed, by=found.by)
    raise _no_such_code()


async def _link(roster: Roster, name: str, typed: TypedCode, *, by: str) -> Trader:
    try:
        return await roster.change(name, lambda traders: traders.link_by_code(name, typed, by=by))
    except Refused as refused:
        if refused.code == "identity_taken":
            raise
        raise _no_such_code() from refused


def _no_such_code() -> Refused:
    return Refused("That code links no user now.", code="no_such_code", hint="Ask the operator for a new one.")
