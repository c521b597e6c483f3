"""
Doing what was planned and shown: the yes to a list, by the kind of its offer.

    DO ─▶ the offer ─▶ its own person? in time? ─▶ `DOES[kind]`
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from tastyflow.errors import Refused
from tastyflow_adapters.discord.answers.ordering.closing import close
from tastyflow_adapters.discord.answers.ordering.deciding import require_user
from tastyflow_adapters.discord.answers.switching import switch
from tastyflow_adapters.discord.chat import Chat
from tastyflow_adapters.discord.memory.offers import Offer, OfferKind, Offers
from tastyflow_adapters.discord.page import Answer, ChatPage
from tastyflow_adapters.discord.request import Request

OVER: Final = "The time to say yes to this is over."
AGAIN: Final = "Nothing was done. Ask again to see it anew."

Does = Callable[[Chat, Request, Offer], Awaitable[ChatPage]]

DOES: Final[Mapping[OfferKind, Does]] = {
    OfferKind.FLATTEN: close,
    OfferKind.HALT: switch,
    OfferKind.RESUME: switch,
}
"""What each kind of plan does once it is confirmed."""


async def do(chat: Chat, request: Request) -> Answer:
    """
    The yes to what was planned and shown.

    Raises:
        Refused: code ``offer_over``; or ``not_permitted``, for another person.
    """
    offer = Offers(chat.memory).find(request.about)
    if offer is None or offer.kind not in DOES:
        raise Refused(OVER, code="offer_over", hint=AGAIN)
    require_user(request, offer)
    if not offer.used_by and not offer.is_open(chat.desk.context.clock.now()):
        raise Refused(OVER, code="offer_over", hint=AGAIN)
    return await DOES[offer.kind](chat, request, offer)
