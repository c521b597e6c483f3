"""
What kept a rehearsal from saying anything about its order: named, and never a pass.

    the sandbox is away       silent, failing, busy, unreachable, no login, login refused, session offline
    the sandbox is another    reset by night, lists less than production, does not count a position yet
    something was in the way  left there by an earlier rehearsal

A bad order is none of these: there the sandbox looked at the order, and a check failed.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from attrs import frozen


class Trouble(StrEnum):
    """Why a rehearsal was inconclusive."""

    SILENT = "silent"
    FAILING = "failing"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    NO_LOGIN = "no_login"
    LOGIN_REFUSED = "login_refused"
    SESSION_OFFLINE = "session_offline"
    WAS_RESET = "was_reset"
    STALE_SYMBOLS = "stale_symbols"
    POSITION_LAGS = "position_lags"
    LEFTOVER = "leftover"

    @property
    def about(self) -> "AboutTrouble":
        """Its row."""
        return TROUBLES[self]


@frozen
class AboutTrouble:
    """
    What a trouble means.

    Attributes:
        words: It, as a clause about the sandbox, for people.
        is_outage: Whether it is the sandbox's own for every order, so that orders need not find it out one by one.
        again: Whether trying again within seconds may help.
        hint: What the trader can do, where it does not pass by itself in minutes.
    """

    words: str
    is_outage: bool
    again: bool
    hint: str = "Try again later."


TROUBLES: Final[Mapping[Trouble, AboutTrouble]] = {
    Trouble.SILENT: AboutTrouble("the sandbox did not answer", is_outage=True, again=True),
    Trouble.FAILING: AboutTrouble("the sandbox answered with a failure of its own", is_outage=True, again=True),
    Trouble.BUSY: AboutTrouble("the sandbox had too many requests", is_outage=False, again=True),
    Trouble.UNREACHABLE: AboutTrouble("the sandbox could not be reached", is_outage=True, again=True),
    Trouble.NO_LOGIN: AboutTrouble("there was no login at the sandbox", is_outage=True, again=True),
    Trouble.LOGIN_REFUSED: AboutTrouble(
        "the sandbox refuses the login", is_outage=True, again=False, hint="The operator looks at the sandbox's login."
    ),
    Trouble.SESSION_OFFLINE: AboutTrouble(
        "the sandbox's session is offline, and it rejects every order", is_outage=True, again=True
    ),
    Trouble.WAS_RESET: AboutTrouble(
        "the sandbox was reset while the order was rehearsed", is_outage=False, again=True, hint="Try again now."
    ),
    Trouble.STALE_SYMBOLS: AboutTrouble(
        "the sandbox does not list what is ordered",
        is_outage=False,
        again=False,  # it lists more the next day, not the next second
        hint="The sandbox lists fewer contracts than production: choose another one, or try again tomorrow.",
    ),
    Trouble.POSITION_LAGS: AboutTrouble(
        "the sandbox does not count a position that it has", is_outage=False, again=True
    ),
    Trouble.LEFTOVER: AboutTrouble("something left in the sandbox was in the way", is_outage=False, again=True),
}
"""Every trouble, and what it means."""
