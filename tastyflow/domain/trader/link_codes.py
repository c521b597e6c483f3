"""
A code by which the person behind a user of a chat says that they are this trader: used once, within a time.

    an operator ─ LinkCodeMade ─▶ the code is open ─┬─ LinkCodeUsed ─▶ the user is the trader
                                                    ├─ a newer one is made for the platform, or the trader is removed
                                                    └─ its time is over

Only the digest of a code is in any log. The code itself is shown once, to the operator who made it.
"""

from datetime import datetime
from typing import TypeVar

from attrs import frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import topic
from tastyflow.domain.trader.events import OperatorsChange
from tastyflow.domain.trader.state import LinkCode, TraderState

S = TypeVar("S", bound=TraderState)


@topic("tastyflow.trader.link_code_made@1")
@frozen(kw_only=True, repr=False)
class LinkCodeMade(OperatorsChange):
    """
    An operator made a code, which takes the place of an earlier one for the same platform.

    Attributes:
        digest: SHA-256 of the code, hexadecimal.
        by: The operator's user of the operating system: under whose authority the code links.
    """

    platform: str
    digest: str
    by: str
    expires_at: datetime

    def changing(self, trader: S) -> S:
        code = LinkCode(self.platform, self.digest, self.by, self.expires_at)
        others = tuple(each for each in trader.link_codes if each.platform != self.platform)
        return changed(trader, link_codes=(*others, code))


@topic("tastyflow.trader.link_code_used@1")
@frozen(kw_only=True, repr=False)
class LinkCodeUsed(OperatorsChange):
    """*user* on *platform* typed the code: it is over. The link is an event of its own, before it in one append."""

    platform: str
    digest: str
    user: str

    def changing(self, trader: S) -> S:
        return changed(trader, link_codes=tuple(each for each in trader.link_codes if each.digest != self.digest))
