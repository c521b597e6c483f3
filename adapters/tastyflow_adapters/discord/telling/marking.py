"""
What is recorded becomes news: for the live message of its order, and as a message of its own where its kind wants one.

    Notice ─▶ is it an order of this chat, and on its way? ─▶ kind ─▶ level ─┬─ on, silent ─▶ outbox, and live
              or of a signal, for its trader here? no live message
                                                                             ├─ edit ───────▶ live
                                                                             └─ off ────────▶ live, once it is over

The same notice again changes nothing: an event is in the outbox once.
"""

from typing import Final

from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.telling.sentences import shared_sentence_of
from tastyflow.domain.order import Order
from tastyflow.domain.order.events import OrderFilled
from tastyflow.domain.trader import Trader
from tastyflow.ports import Address, Notice
from tastyflow_adapters.config.discord_choices import DiscordChoices, Level
from tastyflow_adapters.discord.memory.outbox import ToTell
from tastyflow_adapters.discord.pages.notice import notice_page
from tastyflow_adapters.discord.request import PLATFORM
from tastyflow_adapters.discord.telling.kinds import kind_of, level_of
from tastyflow_adapters.discord.telling.live import LiveTeller
from tastyflow_adapters.discord.telling.notices import NoticeTeller
from tastyflow_adapters.discord.telling.stories import Stories

BOOKMARK: Final = "discord"
"""The name that the place in the log is kept under."""


class Marker:
    """The recipient of notices that are for Discord: it returns as soon as they are kept."""

    name: str | None = BOOKMARK

    def __init__(
        self, ledger: Ledger, here: DiscordChoices, stories: Stories, live: LiveTeller, notices: NoticeTeller
    ) -> None:
        self._ledger = ledger
        self._here = here
        self._stories = stories
        self._live = live
        self._notices = notices

    def listens_to(self, address: Address) -> bool:
        """Whether it was asked for here, or its trader is here."""
        return address.platform == PLATFORM

    async def tell(self, notice: Notice) -> None:
        """Keep it: what cannot be kept is told again."""
        order, event = notice.order, notice.event
        level = level_of(kind_of(event, order), self._here)
        if order.asked.platform == PLATFORM:  # else it was asked for elsewhere, by a signal: it has no live message
            if self._live.find(order.id) is None and not order.is_on_its_way:
                return  # the person who asked was answered, and nothing came of it
            self._stories.heard(notice)
            if level is not Level.OFF or order.stage.is_over:
                self.show(order)
        if level in (Level.ON, Level.SILENT):
            trader, is_filled = trader_name(self._ledger, order), isinstance(event, OrderFilled)
            shared = shared_sentence_of(event, order)
            self._notices.put(
                ToTell(
                    key=notice.key,
                    channel=notice.to.channel,
                    user=notice.to.user,
                    about=str(order.id),
                    page=notice_page(order, notice.sentence, trader=trader, is_shared=False, is_filled=is_filled),
                    shared=notice_page(order, shared, trader=trader, is_shared=True, is_filled=is_filled),
                    is_silent=level is Level.SILENT,
                    happened_at=event.at,
                )
            )

    def show(self, order: Order, *, is_found: bool = False) -> None:
        """Let the live message of *order* show how it stands; *is_found* where the log alone knows of the order."""
        asked = order.asked
        self._live.news(
            order.id, user=asked.user, home=asked.channel, is_over=order.stage.is_over, may_be_posted=is_found
        )


def trader_name(ledger: Ledger, order: Order) -> str:
    """The name of its trader; empty where it has none."""
    trader = ledger.born(Trader, order.asked.trader) if order.asked.trader else None
    return trader.name if trader else ""
