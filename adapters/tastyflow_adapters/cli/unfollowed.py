"""
What a command that ends says of orders that it leaves working: whether a service follows them from here on.

    at work at the venue, and no service ─▶ one line on standard error      else ─▶ nothing
"""

from collections.abc import Iterable
from contextlib import closing
from typing import Final

import click

from tastyflow.domain.order import Order
from tastyflow.domain.order.stages import Stage
from tastyflow.errors import StoreFailure
from tastyflow_adapters.cli.safe_text import shown
from tastyflow_adapters.clock import clock_from
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.service.asking import is_followed
from tastyflow_adapters.store.log import open_log

AT_WORK: Final = frozenset({Stage.SUBMITTING, Stage.WORKING, Stage.ESCALATED})
ONE: Final = "No service follows it: start 'tastyflow run', or ask with 'tastyflow status {ref}'."
SEVERAL: Final = "No service follows them: start 'tastyflow run', or ask with 'tastyflow orders'."


def mention(choices: Choices, orders: Iterable[Order]) -> None:
    """Say it of those of *orders* that are left at work."""
    left = [order for order in orders if order.stage in AT_WORK]
    if left and not _is_followed(choices):
        told = ONE.format(ref=left[0].reference) if len(left) == 1 else SEVERAL
        click.echo(shown(told), err=True)


def _is_followed(choices: Choices) -> bool:
    try:
        with closing(open_log(choices.log, read_only=True)) as ledger:
            return is_followed(ledger, clock_from(choices.now))
    except StoreFailure:
        return False
