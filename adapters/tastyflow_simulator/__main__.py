"""
``python -m tastyflow_simulator``: the simulator by itself.

    0 done    1 failed    2 usage    3 configuration
"""

import sys
from typing import NoReturn

import click

from tastyflow.errors import Misconfigured, TastyflowError
from tastyflow_simulator.cli import simulator


def main() -> NoReturn:
    """Run the command, and end the process."""
    try:
        simulator.main(prog_name="python -m tastyflow_simulator")
    except TastyflowError as error:
        for line in (f"Error: {error.message}", error.hint):
            if line:
                click.echo(line, err=True)
        sys.exit(3 if isinstance(error, Misconfigured) else 1)
    sys.exit(0)


if __name__ == "__main__":
    main()
