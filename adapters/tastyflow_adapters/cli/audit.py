"""
``tastyflow audit``: what happened, from the log alone. It only reads, also while another process writes.

    log       every event, a line each               show REF   the story of one order
    replay    fold it all again and compare          verify     is it whole, and was every promise kept?

Each command is: open read-only, one function of `tastyflow.application.audit`, print. Exit 0 when all is well, 1 when
something was found or the log cannot be read.
"""

import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final, NoReturn

import attrs
import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from tastyflow_adapters.cli import audit_pages as pages
from tastyflow_adapters.store.failures import explain
from tastyflow_adapters.store.opening import check, open_application

from tastyflow.application import audit as auditing
from tastyflow.application.ledger import AnyAggregate, Ledger
from tastyflow.application.lookup import Lookup
from tastyflow.domain.order import Order
from tastyflow.domain.testresult import TestResult
from tastyflow.domain.trader import Trader
from tastyflow.errors import StoreFailure, TastyflowError

LONG: Final = 5_000
"""From how many rows on progress is shown."""

as_json = click.option("--json", "wants_json", is_flag=True, help="Print JSON for programs.")


@click.group("audit", short_help="What happened, proven from the log alone.")
@click.option("--file", "file", type=click.Path(path_type=Path), help="Another log than the one of this home.")
@click.pass_context
def audit(context: click.Context, file: Path | None) -> None:
    """Read the log: what happened, and that every promise was kept. Nothing is written, not even a lock."""
    context.obj = file


@audit.command("log")
@click.option("--order", "reference", metavar="REF", help="Only what is about this order.")
@click.option("--after", metavar="SEQ", type=click.IntRange(min=0), default=0, help="Only rows after this position.")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="At most N rows.")
@as_json
@click.pass_obj
def log(file: Path | None, reference: str | None, after: int, limit: int | None, wants_json: bool) -> None:
    """Every event, in the order of the log, a line each."""
    with _reading(file, wants_json=wants_json) as ledger:
        if ledger is None:
            return
        rows = auditing.log_of(ledger, after=0 if reference else after)
        if reference:
            found = auditing.steady(lambda: Lookup(ledger).find(reference))
            rows = (row for row in auditing.about(found.id, rows) if row.id > after)
        wanted = islice(rows, limit)
        if wants_json:
            for row in wanted:
                click.echo(json.dumps(auditing.as_object(row)))
        else:
            pages.log_page(wanted, pages.console())


@audit.command("show")
@click.argument("reference", metavar="REF")
@as_json
@click.pass_obj
def show(file: Path | None, reference: str, wants_json: bool) -> None:
    """The story of one order, as a timeline. REF is the start of its id, or "last"."""
    with _reading(file, wants_json=wants_json) as ledger:
        if ledger is None:
            return
        found = auditing.steady(lambda: Lookup(ledger).find(reference))
        story = auditing.story_of(found.id, auditing.log_of(ledger))
        assert story is not None  # noqa: S101  it was just found
        out = pages.console()
        _print(story.as_dict() if wants_json else pages.story_page(story, width=out.width), out)


@audit.command("replay")
@click.option("--until", metavar="SEQ", type=click.IntRange(min=0), help="Stop there, and show the states of then.")
@as_json
@click.pass_obj
def replay(file: Path | None, until: int | None, wants_json: bool) -> None:
    """Fold the log again, in its own order, and compare with what the ledger serves."""
    with _reading(file, wants_json=wants_json) as ledger:
        if ledger is None:
            return
        end = auditing.end_of(ledger)
        stop = end if until is None else min(until, end)
        replayed = auditing.replay(_watched(auditing.log_of(ledger, until=stop), stop))
        differing = () if until is not None else auditing.differences(replayed, auditing.served_by(ledger))
        found = (*replayed.broken, *differing)
        out = pages.console()
        if wants_json:
            _print(_replay_object(replayed, found, with_states=until is not None), out)
        else:
            _print(pages.replay_page(replayed, found, states=until is not None, end=end), out)
        if found:
            sys.exit(1)


@audit.command("verify")
@as_json
@click.pass_obj
def verify(file: Path | None, wants_json: bool) -> None:
    """Is the log whole, and was every promise kept? Says at which row, what and why, where not."""
    with _reading(file, wants_json=wants_json, to_the_page=True) as ledger:
        if ledger is None:
            return
        end = auditing.end_of(ledger)
        report = auditing.verify(_watched(auditing.log_of(ledger, until=end), end))
        out = pages.console()
        if wants_json:
            status = "clean" if report.is_clean else "findings"
            _print({"status": status, **attrs.asdict(report)}, out)
        else:
            _print(pages.verify_page(report), out)
        if not report.is_clean:
            sys.exit(1)


def _replay_object(
    replayed: auditing.Replayed, found: tuple[auditing.Mismatch, ...], *, with_states: bool
) -> Mapping[str, Any]:
    states = {"states": [_state_object(state) for state in replayed.states.values()]} if with_states else {}
    return {
        "status": "different" if found else "equal",
        "until": replayed.until,
        "events": replayed.events,
        "aggregates": replayed.counts,
        "differences": [attrs.asdict(each) for each in found],
        **states,
    }


def _state_object(state: AnyAggregate) -> Mapping[str, Any]:
    said: dict[str, Any] = {"kind": auditing.kind_name(state), "aggregate": str(state.id), "version": state.version}
    match state:
        case Order():
            filled = {fill.venue.value: state.filled(fill.venue) for fill in state.fills}
            said |= {"stage": state.stage.value, "words": state.words, "digest": state.digest, "filled": filled}
        case TestResult():
            said |= {"verdict": state.verdict and state.verdict.value, "checks": len(state.checks)}
        case Trader():
            said |= {"name": state.name, "reserved_usd": str(state.reserved_notional_usd)}
        case _:
            said |= {"platform": state.platform, "user": state.user}
    return said


def _log_of_this_home() -> Path:
    from tastyflow_adapters.settings import load

    return load().log


# ── opening and printing ─────────────────────────────────────────────────────────────────────────────────────────


@contextmanager
def _reading(file: Path | None, *, wants_json: bool, to_the_page: bool = False) -> Iterator[Ledger | None]:
    """The log, read-only; None, and a word about it, where there is none yet. What cannot be read ends with exit 1."""
    path = file or _log_of_this_home()
    if file is None and not path.exists():
        if not wants_json:
            pages.console().print(f"There is nothing yet: no log in {pages.clean(str(path.parent))}.", soft_wrap=True)
        yield None
        return
    try:
        if to_the_page:
            auditing.steady(lambda: check(path))
        with closing(open_application(Ledger, path, read_only=True)) as ledger:
            yield ledger
    except StoreFailure as failure:
        _fail(explain(failure.__cause__, path) if failure.code == "store_unreadable" and failure.__cause__ else failure)
    except TastyflowError as error:
        _fail(error)


def _fail(error: TastyflowError) -> NoReturn:
    err = pages.console(stderr=True)
    err.print(pages.say(error.message, "red"), soft_wrap=True)
    if error.hint:
        err.print(pages.say(error.hint), soft_wrap=True)
    sys.exit(1)


def _print(content: Any, out: Console) -> None:
    if isinstance(content, Mapping):
        click.echo(json.dumps(content))
    else:
        pages.show(content, out)


def _watched(rows: Iterable[auditing.Row], total: int) -> Iterator[auditing.Row]:
    """*rows*, with a bar on the terminal's standard error while they are many."""
    err = pages.console(stderr=True)
    columns = (TextColumn("reading the log"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True, disable=total < LONG or not err.is_terminal) as progress:
        yield from progress.track(rows, total=total)
