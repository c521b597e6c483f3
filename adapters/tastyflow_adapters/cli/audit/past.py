"""
``tastyflow audit diff``, ``what-if`` and ``replay --until``: looking back, from the log alone.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import click

from tastyflow.application import audit
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.domain.trader import Limits, Trader
from tastyflow_adapters.cli.audit.moment_options import Moment, MomentOption, SinceOption
from tastyflow_adapters.cli.audit.opening import reading, watching
from tastyflow_adapters.cli.audit.past_pages import difference_page, moment_page, what_if_page
from tastyflow_adapters.cli.audit.proposed_limits import Proposed, proposed_in
from tastyflow_adapters.cli.audit.shapes import difference_json, moment_json, what_if_json
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import json_line
from tastyflow_adapters.config.loading import load

PIPED: Final = 120
BEGINNING: Final = datetime(1, 1, 1, tzinfo=UTC)

as_json = click.option("--json", "wants_json", is_flag=True, help="JSON for programs instead of words.")


@click.command("diff", short_help="What is different between two moments?")
@click.argument("first", metavar="A", type=MomentOption())
@click.argument("second", metavar="B", type=MomentOption())
@as_json
@click.pass_obj
def diff(file: Path | None, first: Moment, second: Moment, wants_json: bool) -> int:
    """
    What is different at the moment B from how it stood at A: orders, traders, limits, halts, rules, incidents.

    A moment is a position of the log, or a time in UTC: 2026-11-20 (the end of that day), 2026-11-20T15:30.

    \b
    Example:
      tastyflow audit diff 2026-11-19 2026-11-20
    """
    with reading(file, says_so=not wants_json) as ledger:
        return show_difference(ledger, first, second, wants_json=wants_json)


@click.command("what-if", short_help="What would other limits have done with past orders?")
@click.option(
    "--limits",
    "proposed",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The limits to try, NAME = VALUE (docs/audit.md). Without it: those that each trader has now.",
)
@click.option("--since", metavar="DATE", type=SinceOption(), default=None, help="Only orders from that day on, in UTC.")
@click.option("--all", "wants_all", is_flag=True, help="Every order, also where nothing would be different.")
@as_json
@click.pass_obj
def what_if(file: Path | None, proposed: Path | None, since: datetime | None, wants_all: bool, wants_json: bool) -> int:
    """
    Which past orders other limits would have refused, sent to a person's approval, or let pass; and why.

    The checks themselves are asked again, with the policy that holds now, about what the log kept of each order. What
    it did not keep is called unknown.
    """
    with reading(file, says_so=not wants_json) as ledger:
        return show_what_if(ledger, proposed, since, wants_all=wants_all, wants_json=wants_json)


def show_moment(ledger: Ledger | None, moment: Moment, *, wants_all: bool, wants_json: bool) -> int:
    """Print everything as it stood then."""
    end = audit.end_of(ledger) if ledger else 0
    until = _position(ledger, moment, end)
    with watching("reading the log") as watch:
        replayed = audit.replay(watch(audit.log_of(ledger, until=until), until) if ledger else ())
    return _print(
        ledger,
        partial(moment_json, replayed),
        lambda: moment_page(replayed, at=_time_of(ledger, until), end=end, wants_all=wants_all),
        wants_json=wants_json,
        succeeds=not replayed.broken,
    )


def show_difference(ledger: Ledger | None, first: Moment, second: Moment, *, wants_json: bool) -> int:
    """Print what changed from the one moment to the other; the earlier one counts as the first."""
    end = audit.end_of(ledger) if ledger else 0
    after, until = sorted((_position(ledger, first, end), _position(ledger, second, end)))
    with watching("reading the log") as watch:
        found = audit.between(watch(audit.log_of(ledger, until=until), until) if ledger else (), after)
    times = (_time_of(ledger, after), _time_of(ledger, until))
    return _print(
        ledger,
        partial(difference_json, found),
        lambda: difference_page(found, times),
        wants_json=wants_json,
        succeeds=not found.broken,
    )


def show_what_if(
    ledger: Ledger | None, file: Path | None, since: datetime | None, *, wants_all: bool, wants_json: bool
) -> int:
    """
    Print what other limits would have done with past orders.

    Raises:
        Invalid: *file* holds no limits.
    """
    policy, end = load().rules, audit.end_of(ledger) if ledger else 0
    with watching("reading the log") as watch:
        rows = watch(audit.log_of(ledger, until=end), end) if ledger else ()
        cases = audit.cases_of(rows, since or BEGINNING)
    traders = cases.traders
    proposed = proposed_in(file, (trader.name for trader in traders.values())) if file else Proposed()

    def limits_of(then: Trader) -> Limits:
        now = traders.get(then.id, then)
        return proposed.limits(now.name, now.limits)

    done = [audit.judged(case, limits_of(case.facts.trader), policy) for case in cases.found]
    return _print(
        ledger,
        partial(what_if_json, done),
        lambda: what_if_page(done, wants_all=wants_all, is_proposed=file is not None),
        wants_json=wants_json,
        succeeds=not cases.unreadable,
    )


def _position(ledger: Ledger | None, moment: Moment, end: int) -> int:
    if ledger is None or isinstance(moment, int):
        return min(moment, end) if isinstance(moment, int) else end
    return audit.position_at(ledger, moment, end)


def _time_of(ledger: Ledger | None, position: int) -> datetime | None:
    if ledger is None or not position:
        return None
    return next(
        (audit.entry_of(row).event.at for row in audit.log_of(ledger, after=position - 1, until=position)), None
    )


def _print(
    ledger: Ledger | None, shape: Callable[[], Any], page: Callable[[], Any], *, wants_json: bool, succeeds: bool
) -> int:
    if wants_json:
        click.echo(json_line(shape()))
    elif ledger is not None:
        SafeConsole(piped_width=PIPED).show(page())
    return ExitCode.of(succeeds=succeeds)
