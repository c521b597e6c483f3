"""
How a page looks at a glance: the colour of its edge, and the mark before the environment's name.

                  plain, asking     good       warning    bad
    fake          grey              the pale colours
    sandbox       blue              the pale colours
    production    purple            the full colours

Words say the same everywhere: the environment stands in the first line, and no state is told by a colour alone.
"""

from collections.abc import Mapping
from typing import Final

from tastyflow_adapters.discord.page import Tone

PRODUCTION: Final = "PRODUCTION"
SIMULATED: Final = "(simulator)"

_PALE: Final[Mapping[Tone, int]] = {Tone.GOOD: 0x7FB89A, Tone.WARNING: 0xC9A95C, Tone.BAD: 0xC08080}
_FULL: Final[Mapping[Tone, int]] = {Tone.GOOD: 0x1FA855, Tone.WARNING: 0xF0A000, Tone.BAD: 0xE02020}
_OWN: Final[Mapping[str, int]] = {"FAKE": 0x95A5A6, "SANDBOX": 0x3498DB, PRODUCTION: 0x9B30D0}
_MARKS: Final[Mapping[str, str]] = {"FAKE": "⬜", "SANDBOX": "🟦", PRODUCTION: "🟪"}
_NEUTRAL: Final = 0x95A5A6


def _environment(place: str) -> str:
    """``PRODUCTION`` of ``PRODUCTION, account ira``; a simulator's orders move no money, and look like the fake's."""
    return "FAKE" if SIMULATED in place else place.partition(",")[0].strip()


def colour_of(tone: Tone, place: str) -> int:
    """The colour of a page's edge, as 0xRRGGBB."""
    environment = _environment(place)
    own = _OWN.get(environment, _NEUTRAL)
    return (_FULL if environment == PRODUCTION else _PALE).get(tone, own)


def place_mark(place: str) -> str:
    """The square before the environment's words; empty for a page that is about none."""
    return _MARKS.get(_environment(place), "")
