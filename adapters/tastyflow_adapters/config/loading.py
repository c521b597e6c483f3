"""
Reading what was chosen, the fast way where nothing was.

    no variable but TASTYFLOW_HOME, no config.toml ─▶ Untouched     what is built in, without reading any model
    anything else                                  ─▶ Settings      read and checked by `config.settings`

Most starts are of the first kind, and the models of the second take longer to import than everything else together. A
test holds both to the same answers.
"""

import os

from tastyflow_adapters.config.choices import FILE, HOME, PREFIX, Choices, Untouched, home


def load() -> Choices:
    """
    Read what was chosen.

    Raises:
        Misconfigured: Keys or values that are not understood, or a file that cannot be read; one message.
    """
    if is_untouched():
        return Untouched(home())
    from tastyflow_adapters.config import settings

    return settings.load()


def is_untouched() -> bool:
    """Whether nothing is chosen but the home: no other variable, and certainly no file."""
    named = [name.upper() for name in os.environ if name.upper().startswith(PREFIX)]
    if named not in ([], [HOME]):
        return False
    try:
        (home() / FILE).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False  # the reader of the file reports whether there is one
    return False
