"""
``tastyflow audit``: what happened, from the log alone. It only reads, also while another process writes.

    log       every event, a line each               show REF   the story of one order
    replay    fold it all again and compare          verify     is it whole, and was every promise kept?
    diff      between two moments                    what-if    what other limits would have done
    export    a file that proves itself              report     a page to read           prove     one order of its day
    key       the key that signs the log's head      anchors    what it signed, held against the log

Each command is: open read-only, one function of `tastyflow.application.audit`, print. Exit 0 when all is well, 1 when
something was found or the log cannot be read.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

import click

from tastyflow.application import audit as auditing
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.application.signalling.looking import find_signal
from tastyflow.domain.signal import Signal
from tastyflow.errors import Refused, StoreFailure
from tastyflow_adapters.cli.audit import anchoring, in_two, pages, past
from tastyflow_adapters.cli.audit.moment_options import Moment, MomentOption
from tastyflow_adapters.cli.audit.opening import address_of, reading, watching
from tastyflow_adapters.cli.audit.shapes import (
    replay_json,
    report_json,
    row_json,
    signal_story_json,
    story_json,
)
from tastyflow_adapters.cli.audit.timeline import signal_story_page, story_page
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.safe_console import SafeConsole
from tastyflow_adapters.cli.safe_text import json_line

T = TypeVar("T")

as_json = click.option("--json", "wants_json", is_flag=True, help="JSON for programs instead of words.")


@click.group("audit")
@click.option(
    "--file", "file", type=click.Path(path_type=Path), help="Another log than the one of this home: a backup."
)
@click.pass_context
def audit(context: click.Context, file: Path | None) -> None:
    """
    What happened, and whether every promise was kept: from the log alone.

    Only reads, also while orders are placed. Nothing in the home is created or changed.
    """
    context.obj = file


@audit.command("log")
@click.option("--order", "reference", metavar="REF", help="Only what is about this order.")
@click.option("--after", metavar="SEQ", type=click.IntRange(min=0), default=0, help="Only rows after this position.")
@click.option("--limit", metavar="N", type=click.IntRange(min=1), help="At most N rows.")
@as_json
@click.pass_obj
def log(file: Path | None, reference: str | None, after: int, limit: int | None, wants_json: bool) -> int:
    """Every event, in the order of the log, a line each."""
    with reading(file, says_so=not wants_json) as ledger:
        if ledger is None:
            return ExitCode.DONE
        rows = auditing.log_of(ledger, after=0 if reference else after)
        if reference:
            order_id = _order_called(reference, ledger)
            rows = (row for row in auditing.about(order_id, rows) if row.id > after)
        wanted = islice(rows, limit)
        if wants_json:
            for row in wanted:
                click.echo(json_line(row_json(row)))
        else:
            pages.log_page(wanted, SafeConsole(piped_width=pages.PIPED))
    return ExitCode.DONE


@audit.command("show")
@click.argument("reference", metavar="REF")
@as_json
@click.pass_obj
def show(file: Path | None, reference: str, wants_json: bool) -> int:
    """The story of one order, or of a signal, as a timeline. REF is the beginning of its id, or "last"."""
    with reading(file, says_so=not wants_json) as ledger:
        if ledger is None:
            _print_json(None, wants_json)
            return ExitCode.DONE
        out = SafeConsole(piped_width=pages.PIPED)
        called = _order_or_signal_called(reference, ledger)
        if isinstance(called, Signal):
            alone = auditing.signal_story_of(called.id, auditing.log_of(ledger))
            if not _print_json(signal_story_json(alone) if alone else None, wants_json) and alone:
                out.show(signal_story_page(alone, width=out.width))
            return ExitCode.DONE
        story = _story_of(called, ledger)
        if not _print_json(story_json(story) if story else None, wants_json) and story:
            out.show(story_page(story, width=out.width))
    return ExitCode.DONE


@audit.command("replay", short_help="Fold the whole log again, and compare.")
@click.option("--until", metavar="SEQ|TIME", type=MomentOption(), help="Stop there, and show how all stood then.")
@click.option("--all", "wants_all", is_flag=True, help="With --until: every order that was over by then, too.")
@as_json
@click.pass_obj
def replay(file: Path | None, until: Moment | None, wants_all: bool, wants_json: bool) -> int:
    """
    Fold the whole log again, in its own order, and compare with what the ledger serves.

    With --until: everything as it stood after the event SEQ, or at TIME: 2026-11-20 (the end of that day), or
    2026-11-20T15:30; in UTC, where it names no other zone.
    """
    with reading(file, says_so=not wants_json) as ledger:
        if until is not None:
            return past.show_moment(ledger, until, wants_all=wants_all, wants_json=wants_json)
        address = address_of(file)
        with watching("reading the log") as watch:
            done = in_two.replayed(address, ledger, watch) if ledger and address else auditing.Compared.nothing()
        models = auditing.compared_models(ledger) if ledger else auditing.Modelled(0, 0, ())
        if not _print_json(replay_json(done, models), wants_json) and ledger:
            SafeConsole(piped_width=pages.PIPED).show(pages.replay_page(done, models))
        return ExitCode.of(succeeds=not (done.found or models.found))


@audit.command("verify", short_help="Is it whole, and was every promise kept?")
@click.option(
    "--anchors",
    "anchor_files",
    metavar="FILE",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Anchors that were kept elsewhere; those of this home are held against its log anyway.",
)
@click.option("--key", "fingerprint", metavar="FINGERPRINT", help="The key that counts, as you were told it elsewhere.")
@click.option(
    "--keys",
    "key_file",
    metavar="FILE",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="The public keys, where they are not those of this home.",
)
@click.option("--rules", "shows_rules", is_flag=True, help="Show every rule, and how often it was asked.")
@as_json
@click.pass_obj
def verify(
    file: Path | None,
    anchor_files: Sequence[Path],
    fingerprint: str | None,
    key_file: Path | None,
    *,
    shows_rules: bool,
    wants_json: bool,
) -> int:
    """
    Is the log whole, and was every promise kept? Where not: at which row, what and why.

    What is proven is said layer by layer: structure, chain, names, anchors, promises; and what each leaves open.
    """
    with reading(file, says_so=not wants_json, to_the_page=True) as ledger:
        address = address_of(file)
        with watching("reading the log") as watch:
            report = in_two.verified(address, ledger, watch) if ledger and address else auditing.verify(())
        found = anchoring.held_against(ledger, file, anchor_files, fingerprint, key_file) if ledger else ()
        wording = in_two.words_of(ledger, watch) if ledger else None
        report = auditing.together(report, auditing.anchors_report(found), *((wording.report,) if wording else ()))
        if not _print_json(report_json(report, found), wants_json) and ledger:
            out = SafeConsole(piped_width=pages.PIPED)
            out.show(pages.verify_page(report, found, shows_rules=shows_rules))
        return ExitCode.of(succeeds=report.is_clean)


# ── what is taken away ───────────────────────────────────────────────────────────────────────────────────────────

to_file = click.option("-o", "--output", "out", metavar="FILE", type=click.Path(path_type=Path), help="Into this file.")
of_day = click.option("--day", metavar="DATE", help="A day in New York: 2026-12-01.")
with_accounts = click.option("--accounts", is_flag=True, help="With the numbers of accounts, which are masked else.")


@audit.command("export", short_help="A file for an auditor, verified with Python alone.")
@of_day
@click.option("--order", "reference", metavar="REF", help='One order: the beginning of its id, or "last".')
@click.option("--trader", metavar="NAME", help="All orders of one trader.")
@with_accounts
@to_file
@as_json
@click.pass_obj
def export(
    file: Path | None,
    day: str | None,
    reference: str | None,
    trader: str | None,
    out: Path | None,
    *,
    accounts: bool,
    wants_json: bool,
) -> int:
    """
    Write a zip of a day, an order or a trader: events, a report, and what proves them.

    The file needs no tastyflow: verify.py lies in it, and runs with Python alone.
    """
    from tastyflow_adapters.cli.audit import exporting

    if sum(each is not None for each in (day, reference, trader)) != 1:
        raise click.UsageError("Say what: --day, --order or --trader, one of them.")
    with _taking(file) as (ledger, watched):
        if trader is not None:
            scope = exporting.trader_scope(ledger, trader)
        else:
            scope = exporting.scope_of(ledger, day, None if reference is None else _order_called(reference, ledger))
        said = exporting.export(ledger, scope, out, accounts=accounts, watched=watched)
        _tell_written(said, wants_json)
    return ExitCode.DONE


@audit.command("report", short_help="One order or a day as a page to read and print.")
@click.argument("reference", metavar="[REF]", required=False)
@of_day
@with_accounts
@to_file
@as_json
@click.pass_obj
def report(
    file: Path | None, reference: str | None, day: str | None, out: Path | None, *, accounts: bool, wants_json: bool
) -> int:
    """Write HTML about one order, or a day: from the words typed to what was told. It needs no network."""
    from tastyflow_adapters.cli.audit import exporting

    if (day is None) is (reference is None):
        raise click.UsageError("Say what: an order, or --day.")
    with _taking(file) as (ledger, watched):
        scope = exporting.scope_of(ledger, day, None if reference is None else _order_called(reference, ledger))
        said = exporting.report(ledger, scope, out, accounts=accounts, watched=watched)
        _tell_written(said, wants_json)
    return ExitCode.DONE


@audit.command("prove", short_help="Prove that an order is of its day, without showing others.")
@click.argument("reference", metavar="REF")
@to_file
@as_json
@click.pass_obj
def prove(file: Path | None, reference: str, out: Path | None, *, wants_json: bool) -> int:
    """
    Write the events of one order with their paths in the Merkle tree of each day: of other orders nothing is shown.

    REF is the beginning of its id, or "last".
    """
    from tastyflow_adapters.cli.audit import exporting

    with _taking(file) as (ledger, watched):
        scope = exporting.scope_of(ledger, None, _order_called(reference, ledger))
        _tell_written(exporting.prove(ledger, scope, out, watched=watched), wants_json)
    return ExitCode.DONE


@contextmanager
def _taking(file: Path | None) -> Iterator[tuple[Ledger, Callable[[Iterable[auditing.Row]], Iterable[auditing.Row]]]]:
    """The log, and what its rows are read through: a bar on the terminal's standard error, while they are many."""
    with reading(file, says_so=False) as ledger, watching("reading the log") as watch:
        if ledger is None:
            raise Refused("There is nothing yet: no order was ever asked for here.", code="nothing_to_export")
        end = auditing.end_of(ledger)
        yield ledger, lambda rows: watch(rows, end)


def _tell_written(said: Mapping[str, Any], wants_json: bool) -> None:
    from tastyflow_adapters.cli.audit.exporting import written_page

    if not _print_json(said, wants_json):
        SafeConsole(piped_width=pages.PIPED).show(written_page(said))


audit.add_command(past.diff)
audit.add_command(past.what_if)
audit.add_command(anchoring.key)
audit.add_command(anchoring.anchors)


# ── opening and printing ─────────────────────────────────────────────────────────────────────────────────────────


def _order_called(reference: str, ledger: Ledger) -> UUID:
    """The order that *reference* names."""
    try:
        return auditing.steady(lambda: Lookup(ledger).find(reference)).id
    except (TypeError, KeyError, AttributeError) as error:
        raise StoreFailure(
            f"An order called {reference!r} is in the log, and cannot be built from it.",
            code="unreadable_event",
        ) from error


def _story_of(order_id: UUID, ledger: Ledger) -> auditing.Story | None:
    """Its story, read around the order; where its rows are not all there, from all of the log."""
    import asyncio  # the other commands of the audit need no event loop

    from tastyflow.application.audit.story_reader import read_story

    order = auditing.steady(lambda: Lookup(ledger).by_id(order_id))
    return asyncio.run(read_story(ledger, order)) or auditing.story_of(order_id, auditing.log_of(ledger))


def _order_or_signal_called(reference: str, ledger: Ledger) -> UUID | Signal:
    """The order that *reference* names, or that its signal became; a signal that became none."""
    try:
        return _order_called(reference, ledger)
    except Refused as no:
        if no.code != "unknown_order":
            raise
        try:
            signal = auditing.steady(lambda: find_signal(ledger, reference))
        except Refused:
            raise no from None
        return signal if signal.order is None else signal.order


def _print_json(content: Mapping[str, Any] | None, wanted: bool) -> bool:
    if wanted:
        click.echo(json_line(content))
    return wanted
