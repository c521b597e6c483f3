"""
``tastyflow log``: the file that holds the log.

    backup          a copy, or an archive of a time         compact-check    how large it is, and what of it is old
    restore         a copy becomes the log of this home     migrate          the log at another address
    import          archives become a log again              rebuild          what is kept beside the events, made anew

Only options and help stand here; the work is imported by the command that is run (`work`).
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.options import as_json

file_named: Final = click.Path(path_type=Path, dir_okay=False)


class Moment(click.ParamType[datetime]):
    """A day or a moment; without an offset it is in UTC."""

    name = "date"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """The moment that *value* names."""
        if isinstance(value, datetime):
            return value
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no day or moment: write 2026-01-01, or 2026-01-01T15:30:00.", param, ctx)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


@click.group()
def log() -> None:
    """The file that holds the log: copy it, put a copy back, see what it needs, move it."""


@log.command()
@click.argument("target", metavar="FILE", type=file_named)
@click.option("--until", metavar="DATE", type=Moment(), help="An archive: the events before DATE (UTC), compressed.")
@click.option("--since", metavar="DATE", type=Moment(), help="With --until: from DATE on. What is before stays out.")
@as_json
def backup(target: Path, until: datetime | None, since: datetime | None, wants_json: bool) -> ExitCode:
    """
    Copy the log to FILE, also while orders are placed, and verify the copy.

    FILE appears once the copy is whole: every page, every event and the chain were checked. Beside it stands
    FILE.head.json, the head of its chain: keep that elsewhere too. FILE is never written over.

    With --until the copy is an archive, a compressed file of lines that verifies alone; `tastyflow log import` makes a
    log of archives. The log itself keeps all its events.

    \b
    Examples:
      tastyflow log backup /mnt/other-disk/log-2026-12-01.db
      tastyflow log backup --since 2025-01-01 --until 2026-01-01 /mnt/other-disk/2025.jsonl.gz
    """
    from tastyflow_adapters.cli.log import work

    if since and (not until or since >= until):
        raise click.UsageError("--since goes with a later --until.")
    return work.backup(target, since, until, wants_json=wants_json)


@log.command()
@click.argument("source", metavar="FILE", type=file_named)
@as_json
def restore(source: Path, wants_json: bool) -> ExitCode:
    """
    Make the backup FILE the log of this home, where none is.

    The backup is verified first, and held against FILE.head.json. A log that is there is never written over: move it
    away with its -wal and -shm files. After a restore nothing is sent until the venues were compared and an operator
    accepts the log: `tastyflow recover --accept --reason TEXT`.
    """
    from tastyflow_adapters.cli.log import work

    return work.restore(source, wants_json=wants_json)


@log.command("import")
@click.argument("sources", metavar="FILE...", type=file_named, nargs=-1, required=True)
@click.option("--output", "-o", metavar="LOG", type=file_named, help="Another file than the log of this home.")
@as_json
def import_archives(sources: tuple[Path, ...], output: Path | None, wants_json: bool) -> ExitCode:
    """
    Make a new log of archives, which follow one another from the first event on.

    Every event is sealed as it was: the heads of the new log are those of the archives. As the log of this home it is
    accepted as after a restore.
    """
    from tastyflow_adapters.cli.log import work

    return work.import_archives(sources, output, wants_json=wants_json)


@log.command()
@click.argument("target", metavar="LOG")
@as_json
def migrate(target: str, wants_json: bool) -> ExitCode:
    """
    Carry the log of this home to the address LOG, where none is, and verify it there.

    End the service and every other process of this home first: what is appended afterwards is not carried. The settings
    say which log is used; the old one stays as it is.
    """
    from tastyflow_adapters.cli.log import work

    return work.migrate(target, wants_json=wants_json)


@log.command("compact-check")
@as_json
def compact_check(wants_json: bool) -> ExitCode:
    """How large the log is, by year, what of it could be archived, and whether a VACUUM would help. Only reads."""
    from tastyflow_adapters.cli.log import work

    return work.compact_check(wants_json=wants_json)


@log.command()
@as_json
def rebuild(wants_json: bool) -> ExitCode:
    """
    Drop what is kept beside the events so that commands read little, and make it anew from the events.

    These are the read models (where a trader's orders are, and a venue's tags and numbers) and the snapshots of long
    streams. No event is changed. Orders may be placed meanwhile: commands search the log until it is done.
    """
    from tastyflow_adapters.cli.log import work

    return work.rebuild(wants_json=wants_json)
