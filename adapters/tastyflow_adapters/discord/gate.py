"""
The gate: who may ask, and where. Everything that arrives passes here, each press anew; what is not named is refused.

    where    guild ∈ guilds AND channel, or a thread's channel, ∈ channels      a direct message: where those are taken
             presses, and what is asked about them, also in the channels of approvers and operators
    who      linked in the log, now, to a trader who is neither suspended nor removed
    role     one of `roles`, where any is named: Discord says it with the event; in direct messages it says none

A person who is not let in learns nothing: the reason is for the record alone.
"""

from enum import StrEnum
from typing import Final

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.domain.trader import Identity, Trader
from tastyflow_adapters.config.discord_choices import DiscordChoices
from tastyflow_adapters.discord.request import PLATFORM, Asker


class Standing(StrEnum):
    """What the log says of a user."""

    UNKNOWN = "unknown"
    SUSPENDED = "suspended"
    TRADER = "trader"


class Closed(StrEnum):
    """Why a person is refused; for the record."""

    NOWHERE = "no place"  # Discord does not say where
    GUILD = "other guild"
    CHANNEL = "other channel"
    DIRECT = "direct message"
    ROLE = "no role"
    UNKNOWN = "unknown user"
    SUSPENDED = "suspended"


NEUTRAL: Final = "This bot does not answer you here."
"""All that a person hears who is not let in, once."""


def standing_of(ledger: Ledger, user: str) -> Standing:
    """
    What the log says of Discord's *user* now.

    Raises:
        StoreFailure: The log cannot be read.
    """
    identity = ledger.read(Identity, Identity.id_of(PLATFORM, user)) if user else None
    trader = ledger.read(Trader, identity.trader) if identity is not None and identity.trader is not None else None
    if trader is None:
        return Standing.UNKNOWN
    return Standing.SUSPENDED if trader.suspended or trader.removed else Standing.TRADER


def closed_to(
    asker: Asker,
    standing: Standing,
    here: DiscordChoices,
    *,
    is_for_posts: bool = False,
    is_for_strangers: bool = False,
) -> Closed | None:
    """
    Why *asker* is refused; None where they are let in.

    Args:
        is_for_posts: Whether a button or form of ours is used, or a command that belongs to what is posted in the
            channels of approvers and operators: there they are answered, too.
        is_for_strangers: Whether a person asks who may not be linked yet (`/link`).
    """
    if not asker.user or not asker.channel:
        return Closed.NOWHERE
    if (place := _closed_place(asker, here, is_for_posts=is_for_posts)) is not None:
        return place
    if here.roles and not asker.roles.intersection(here.roles):
        return Closed.ROLE
    if is_for_strangers:
        return None
    return {Standing.UNKNOWN: Closed.UNKNOWN, Standing.SUSPENDED: Closed.SUSPENDED}.get(standing)


def _closed_place(asker: Asker, here: DiscordChoices, *, is_for_posts: bool) -> Closed | None:
    if asker.is_direct:
        return None if here.direct_messages else Closed.DIRECT
    if asker.guild not in here.guilds:
        return Closed.GUILD
    posts = {here.approvals_channel, here.operators_channel} if is_for_posts else set()
    allowed = {*here.channels, *posts} - {""}
    return None if allowed & {asker.channel, asker.parent} else Closed.CHANNEL
