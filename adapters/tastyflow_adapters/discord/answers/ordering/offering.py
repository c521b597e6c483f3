"""
Lines that are offered in a page: each is kept under an id, which its button names.
"""

from collections.abc import Sequence
from uuid import UUID

from tastyflow.errors import StoreFailure
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.memory.offers import PATIENCE, Offer, OfferKind, Offers
from tastyflow_adapters.discord.pages.refusal import MOST, OfferedLine
from tastyflow_adapters.discord.request import Request


def offered(chat: Chat, request: Request, lines: Sequence[str], *, card: UUID | None = None) -> tuple[OfferedLine, ...]:
    """
    *lines*, to be pressed by the person who asks here; none where they cannot be kept: they are typed then.

    Args:
        card: The order whose card is withdrawn where one of them is placed.
    """
    known = tuple(dict.fromkeys(lines))[:MOST]
    try:
        return tuple(OfferedLine(line, offer_line(chat, request, line, card=card)) for line in known)
    except StoreFailure:
        return ()


def offer_line(chat: Chat, request: Request, line: str, *, card: UUID | None = None) -> str:
    """The id under which *line* can be placed by the person who asks here; *card* as of `offered`."""
    return Offers(chat.memory).keep(
        Offer(
            kind=OfferKind.TEXT,
            user=request.asker.user,
            text=line,
            account=request.options.get("account", ""),
            request=request.id,
            card=card,
            until=chat.desk.context.clock.now() + PATIENCE,
        )
    )
