"""
Gamma exposure for the eye: its levels in words, a profile in the terminal, and a picture.

    GammaExposure ─┬─ words      numbers with their units, as every page writes them
                   ├─ levels     a row for each level, with what it is and is not
                   ├─ window     which strikes are shown: around the spot, so many to a row
                   ├─ terminal   the profile in characters
                   └─ picture    the profile as a PNG (matplotlib, from the extra ``pictures``)

Everything here is a pure function of an exposure; `picture` alone needs a library that may be missing.
"""

from importlib.util import find_spec


def can_draw() -> bool:
    """Whether the library that `picture` needs is here; it is not loaded for that."""
    return find_spec("matplotlib") is not None
