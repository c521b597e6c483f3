"""
``tastyflow run`` and ``tastyflow health``: the long-running service, and how it is.

Only their options and help stand here; the work is imported by the command that is run (`serving`).
"""

import click

from tastyflow_adapters.cli.options import as_json


@click.command("run")
def run() -> int:
    """
    Run the service: it follows every order to its end, ends what was interrupted, and looks after what is overdue.

    Commands work beside it on the same log. A second one on the same home stands by, and takes over when the first one
    is gone. Ctrl-C, or SIGTERM, finishes what is in hand and stops; twice stops at once.

    \b
    Example:
      tastyflow run

    Exit code 0: it was told to stop. 1: it could not go on.
    """
    from tastyflow_adapters.cli import serving

    return serving.run()


@click.command("health")
@as_json
def health(wants_json: bool) -> int:
    """
    Say how the running service is: streams, logins, the log, orders without an answer, clocks, parts.

    \b
    Examples:
      tastyflow health
      tastyflow health --json

    Exit codes: 0 good, 1 something is broken, 4 something is doubtful, or no service runs.
    """
    from tastyflow_adapters.cli import serving

    return serving.health(wants_json=wants_json)
