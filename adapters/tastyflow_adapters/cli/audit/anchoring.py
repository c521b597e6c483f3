"""
``tastyflow audit key`` and ``tastyflow audit anchors``: the key that signs the head of the log, and what it signed.

    key        the public half, which an auditor is given; made once, changed with --rotate
    anchors    those of this environment's log, held against it
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import click

from tastyflow.application import audit as auditing
from tastyflow.application.audit.anchors import Anchored
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.domain.anchor import KeyStep
from tastyflow.errors import Invalid
from tastyflow_adapters.anchors.anchor_file import AnchorFile
from tastyflow_adapters.anchors.keys import read_steps
from tastyflow_adapters.anchors.wiring import anchor_file_of, check_against, copies_in, keys_of
from tastyflow_adapters.cli.audit.opening import reading
from tastyflow_adapters.cli.exit_codes import ExitCode
from tastyflow_adapters.cli.options import as_json
from tastyflow_adapters.cli.safe_console import SafeConsole, say
from tastyflow_adapters.cli.safe_text import json_line
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.home import make_home

SHOWN: Final = 20
"""How many findings of one source a page shows."""


@click.command("key", short_help="The key that signs the head of the log.")
@click.option("--rotate", is_flag=True, help="Make another key; the present one signs it.")
@click.option("--replace-lost", is_flag=True, help="Make another key where the present one is gone; none signs it.")
@click.option("--file", "to_file", is_flag=True, help="Into the home (0600), also where there is a keyring.")
@as_json
def key(rotate: bool, replace_lost: bool, to_file: bool, wants_json: bool) -> int:
    """
    The public key of this installation; it is made where there is none yet.

    From then on the head of each log is signed now and then: an anchor. Give the fingerprint to who audits, in another
    way than the anchors: with it, a log that was cut or rewritten is found.
    """
    settings = load()
    make_home(settings)
    keys = keys_of(settings)
    where = ""
    if rotate and not keys.exist:
        raise Invalid(
            "There is no key yet that could sign another one.", code="no_anchor_key", hint="tastyflow audit key"
        )
    if rotate or replace_lost or not keys.exist:
        _, where = keys.make(datetime.now(UTC).replace(microsecond=0), to_file=to_file, lost=replace_lost)
    steps = keys.steps()
    if wants_json:
        shown = [
            {
                "fingerprint": each.fingerprint,
                "public": each.public.hex(),
                "at": each.at.isoformat(),
                "signed_by": each.before or None,
            }
            for each in steps
        ]
        click.echo(json_line({"keys": shown, "made_in": where or None, "error": None}))
        return ExitCode.DONE
    out = SafeConsole()
    for step in steps:
        out.show(say(_key_line(step, is_last=step is steps[-1])))
    if where:
        out.show(say(f"The private half is in {where}. Keep a copy of it where only you can read it."))
    return ExitCode.DONE


@click.command("anchors", short_help="The anchors of this log, held against it.")
@as_json
@click.pass_obj
def anchors(file: Path | None, wants_json: bool) -> int:
    """How far this log is anchored, and whether it goes on from every anchor: here, and in each folder of copies."""
    settings = load()
    with reading(file, says_so=not wants_json) as ledger:
        if ledger is None:
            return ExitCode.DONE
        start = auditing.steady(ledger.log.chain_start)
        copies = copies_in(settings.anchors.folders, start.log.hex) if start else {}
        sources = {"this home": anchor_file_of(settings), **copies}
        found = check_against(ledger, sources, keys_of(settings).steps(), None)
    if wants_json:
        click.echo(json_line({"anchors": [_shape(each, name) for name, each in zip(sources, found, strict=False)]}))
    else:
        out = SafeConsole()
        for name, each in zip(sources, found, strict=False):
            out.show(say(_anchored_line(name, each), "" if each.fits else "red"))
            for finding in each.findings[:SHOWN]:
                out.show(say(f"  ✗ anchor at event {finding.position:,}: {finding.why}", "red"))
    return ExitCode.of(succeeds=all(each.fits for each in found))


def held_against(
    ledger: Ledger, file: Path | None, anchor_files: Sequence[Path], fingerprint: str | None, key_file: Path | None
) -> Sequence[Anchored]:
    """
    The log held against its anchors: those of this home, unless it is another *file*, and those in *anchor_files*.

    Args:
        fingerprint: The key that counts; None for the first one.
        key_file: Where the public keys are; None for those of this home.

    Raises:
        Misconfigured: A line of the keys is none.
        StoreFailure: The log or a file cannot be read.
    """
    settings = load()
    start = auditing.steady(ledger.log.chain_start)
    sources = {str(path): AnchorFile(path) for path in anchor_files}
    if file is None and start is not None:
        own = anchor_file_of(settings)
        here = {"this home": own} if own.last() is not None else {}
        sources = {**here, **copies_in(settings.anchors.folders, start.log.hex), **sources}
    if not sources:
        return ()
    steps = keys_of(settings).steps() if key_file is None else read_steps(key_file)
    return check_against(ledger, sources, steps, fingerprint)


def _key_line(step: KeyStep, *, is_last: bool) -> str:
    made = f"made {step.at:%Y-%m-%d %H:%M} UTC"
    how = f", signed by {step.before}" if step.before else ", the first of its line"
    return f"{'signs now ' if is_last else 'signed     '}  {step.fingerprint}  {made}{how}"


def _anchored_line(name: str, each: Anchored) -> str:
    if not each.anchors:
        return f"{name}: no anchor yet."
    later = f"{each.after:,} later events are not anchored yet" if each.after else "nothing came later"
    return f"{name}: {each.anchors:,} anchors; the log is proven up to event {each.until:,}; {later}."


def _shape(each: Anchored, name: str) -> dict[str, object]:
    findings = [{"position": f.position, "rule": f.rule, "why": f.why} for f in each.findings]
    return {"where": name, "anchors": each.anchors, "until": each.until, "after": each.after, "findings": findings}
