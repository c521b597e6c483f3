"""The folder that everything of an installation lies in, and that of each environment in it."""

import os

from tastyflow.errors import Misconfigured
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.exposure import require_unexposed


def make_home(settings: Choices) -> None:
    """
    Make the folders, for the owner's eyes only.

    Raises:
        Misconfigured: code ``home_unwritable``; or ``exposed``, see `require_unexposed`.
    """
    for folder in (settings.home, settings.folder):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            usable = os.access(folder, os.R_OK | os.X_OK)
            why = "this user may not look into it"
        except OSError as error:
            usable, why = False, error.strerror or str(error)
        if not usable:
            raise Misconfigured(
                f"The folder {folder} cannot be used: {why}.",
                code="home_unwritable",
                hint="Set TASTYFLOW_HOME to a folder that you may write to.",
            )
    require_unexposed(settings)
