"""What ``tastyflow log`` does: one function of the store each, and what people and programs read about it."""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import click

from tastyflow.application.ledger.rebuilding import rebuilt
from tastyflow.errors import Refused, StoreFailure
from tastyflow.ports import LogHead
from tastyflow_adapters.bootstrap import head_file_of
from tastyflow_adapters.cli.audit.opening import watching
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.safe_text import json_line, shown
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.config.log_address import LogAddress, LogKind
from tastyflow_adapters.store.archive import Archive, archived, follow_on
from tastyflow_adapters.store.backup import backed_up, keep_in_doubt, not_chained, restored, sidecar_of
from tastyflow_adapters.store.carrying import Cargo, carried, places_of, stored_from
from tastyflow_adapters.store.head_file import HeadFile
from tastyflow_adapters.store.log import log_exists, open_log
from tastyflow_adapters.store.size import LogSize, size_of

SERVER = "Write it as postgresql://user@host:5432/database, without a password, or name a file."
ACCEPT = (
    "Nothing is sent on it before it is accepted: run 'tastyflow recover', compare orders and positions with the "
    "venue, then 'tastyflow recover --accept --reason TEXT'."
)


def backup(target: Path, since: datetime | None, until: datetime | None, *, wants_json: bool) -> ExitCode:
    """See ``tastyflow log backup``."""
    address = _existing(load())
    if until is None:
        head, first = backed_up(address, target), 1
    else:
        head, first = archived(address, target, since=since, until=until)
    size = target.stat().st_size
    content = {"file": str(target), "bytes": size, "first": first, **_head_json(head), "verified": True}
    kind = "backup" if until is None else "archive"
    lines = (
        f"The {kind} {target} is whole and verified: events {first:,} to {head.position:,}, {_in_words(size)}.",
        f"Head {head.last}",
        f"It stands in {sidecar_of(target).name} too: keep a copy of that elsewhere.",
    )
    return _said(content, lines, wants_json=wants_json)


def restore(source: Path, *, wants_json: bool) -> ExitCode:
    """See ``tastyflow log restore``."""
    settings = load()
    head = restored(source, settings.log, _heads_of(settings))
    lines = (f"{settings.log} is the log again, up to event {head.position:,}.", f"Head {head.last}", ACCEPT)
    return _said({"log": str(settings.log), **_head_json(head)}, lines, wants_json=wants_json)


def import_archives(sources: Sequence[Path], output: Path | None, *, wants_json: bool) -> ExitCode:
    """See ``tastyflow log import``."""
    settings = load()
    archives = [Archive(source) for source in sources]
    end = follow_on(archives)
    names = {each.token: each for archive in archives for each in archive.names}
    cargo = Cargo(
        archives[0].header.start,
        rows=lambda: (row for archive in archives for row in archive.rows()),
        names=names.values,
        ends_with=lambda: end,
    )
    if output is None:
        heads = _heads_of(settings)
        head = carried(cargo, settings.log, before_it_stands=partial(keep_in_doubt, heads=heads))
    else:
        head = carried(cargo, LogAddress.file(output))
    address = settings.log if output is None else output
    lines = [f"{address} is a log of {head.position:,} events, sealed as they were.", f"Head {head.last}"]
    if output is None:
        lines.append(ACCEPT)
    return _said({"file": str(address), **_head_json(head)}, lines, wants_json=wants_json)


def migrate(target: str, *, wants_json: bool) -> ExitCode:
    """See ``tastyflow log migrate``."""
    settings = load()
    source, address = _existing(settings), _address(target, settings)
    with closing(open_log(source, read_only=True)) as ledger:
        log = ledger.log
        start = ledger.chain_start()
        if start is None:
            raise not_chained(source)
        cargo = Cargo(
            start,
            rows=lambda: stored_from(log),
            names=log.names_apart,
            places=lambda: places_of(source),
            ends_with=log.chain_head,
        )
        head = carried(cargo, address)
    lines = (
        f"{address} has all {head.position:,} events of {source}, and the same head.",
        f"Head {head.last}",
        f"{source} was left as it is. Move it away once the settings name the new log, so that only one goes on.",
    )
    return _said({"source": str(source), "target": str(address), **_head_json(head)}, lines, wants_json=wants_json)


def compact_check(*, wants_json: bool) -> ExitCode:
    """See ``tastyflow log compact-check``."""
    address = _existing(load())
    size = size_of(address)
    return _said(_size_json(address, size), _size_lines(address, size), wants_json=wants_json)


def rebuild(*, wants_json: bool) -> ExitCode:
    """See ``tastyflow log rebuild``."""
    address = _existing(load())
    with closing(open_log(address)) as ledger, watching("reading the log") as watch:
        done = rebuilt(ledger, watch=watch)
    lines = (
        f"The read models are made anew: {done.rows:,} rows, up to event {done.until:,}.",
        f"The snapshots are made anew: {done.snapshots:,} long {'stream' if done.snapshots == 1 else 'streams'}.",
    )
    content = {"file": str(address), "until": done.until, "rows": done.rows, "snapshots": done.snapshots}
    return _said(content, lines, wants_json=wants_json)


# ── what they have in common ─────────────────────────────────────────────────────────────────────────────────────


def _existing(settings: Choices) -> LogAddress:
    if not log_exists(settings.log):
        raise StoreFailure(
            f"There is no log at {settings.log}.",
            code="store_missing",
            hint="The first order makes it."
            if settings.log.kind is LogKind.POSTGRES
            else "'tastyflow log restore FILE' puts a backup there.",
        )
    return settings.log


def _heads_of(settings: Choices) -> HeadFile:
    heads = head_file_of(settings)
    if heads is None:
        raise Refused("A log in memory cannot be put back.", code="no_file")
    return heads


def _address(target: str, settings: Choices) -> LogAddress:
    """Where *target* is: a file, or the schema of this environment on a server."""
    if "://" not in target:
        return LogAddress.file(target)
    from tastyflow_adapters.config.settings import Settings

    try:
        chosen = Settings(home=settings.home, env=settings.env, simulated=settings.simulated, log=target)
    except ValueError as error:
        raise Refused("That is no address of a server.", code="no_file", hint=SERVER) from error
    return chosen.log


def _said(content: dict[str, Any], lines: Sequence[str], *, wants_json: bool) -> ExitCode:
    if wants_json:
        click.echo(json_line(content | {"error": None}))
    else:
        for line in lines:
            click.echo(shown(line))
    return ExitCode.DONE


def _head_json(head: LogHead) -> dict[str, Any]:
    return {"log_id": head.log, "position": head.position, "head": head.last}


def _size_json(address: LogAddress, size: LogSize) -> dict[str, Any]:
    return {
        "file": str(address),
        "bytes": size.file,
        "wal_bytes": size.beside,
        "free_bytes": size.free,
        "disk_free_bytes": size.disk_free,
        "vacuum_is_safe": size.vacuum_is_safe,
        "vacuum_is_worth_it": size.vacuum_is_worth_it,
        "years": [
            {"year": year or None, "events": each.events, "last": each.last, "bytes": each.bytes}
            for year, each in size.years.items()
        ],
    }


def _size_lines(address: LogAddress, size: LogSize) -> list[str]:
    lines = [f"{address}: {_in_words(size.file)}, and {_in_words(size.beside)} in its -wal file.", ""]
    lines.append(f"{'year':<10}{'events':>12}{'up to event':>14}{'size':>12}")
    lines += [
        f"{year or 'no date':<10}{each.events:>12,}{each.last:>14,}{_in_words(each.bytes):>12}"
        for year, each in size.years.items()
    ]
    this = datetime.now(UTC).year
    old = [year for year in size.years if 0 < year < this]
    lines.append("")
    lines += [
        f"To archive {year}: tastyflow log backup --since {year}-01-01 --until {year + 1}-01-01 {year}.jsonl.gz"
        for year in old
    ]
    if not old:
        lines.append("Nothing is of an older year: there is nothing to archive.")
    else:
        lines.append("An archive is a copy. The log keeps every event, and becomes no smaller by it.")
    if not size.vacuum_is_worth_it:
        lines.append(f"A VACUUM would give back {_in_words(size.free)}: it is not worth it.")
    elif size.vacuum_is_safe:
        lines.append(
            f"A VACUUM would give back {_in_words(size.free)}, and is safe: it keeps every position. Back up and end "
            "every process of this home first."
        )
    else:
        lines.append(
            f"A VACUUM would give back {_in_words(size.free)}, and the disk has no room for it: "
            f"{_in_words(2 * size.file)} are needed for a while, {_in_words(size.disk_free)} are free."
        )
    return lines


def _in_words(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} KB"
