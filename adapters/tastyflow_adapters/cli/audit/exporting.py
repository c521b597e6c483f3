"""
``tastyflow audit export``, ``report`` and ``prove``: what is picked of the log, written into a file of its own.

A file is written whole or not at all, over nothing that is there, and for its owner alone: it tells who traded what.
"""

import json
import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from importlib import metadata
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from uuid import UUID

from rich.console import Group
from rich.text import Text

from tastyflow.application.audit.exporting import AccountMask, NumberedAccount, Picked, Scope, pick, proof_of
from tastyflow.application.audit.exporting.picking import Watched
from tastyflow.application.audit.exporting.proving import trees_of
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.ledger.lookup import Lookup
from tastyflow.domain.venue import Venue
from tastyflow.errors import Invalid, Refused, StoreFailure
from tastyflow_adapters.anchors.keys import PUBLIC, read_steps
from tastyflow_adapters.anchors.wiring import anchor_file_of
from tastyflow_adapters.cli.safe_console import say
from tastyflow_adapters.cli.safe_text import shown
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.exports.package import Beside, export_of, report_of
from tastyflow_adapters.fake.broker import ACCOUNTS


def day_called(said: str) -> date:
    """
    The day that *said* names.

    Raises:
        Invalid: code ``bad_day``.
    """
    try:
        return date.fromisoformat(said)
    except ValueError:
        raise Invalid(f"{said[:40]!r} is no day.", code="bad_day", hint="Write it as 2026-12-01.") from None


def export(ledger: Ledger, scope: Scope, out: Path | None, *, accounts: bool, watched: Watched) -> dict[str, Any]:
    """Write the export of *scope* to *out*, or to a file that is named for it; what was written."""
    chosen, start = load(), ledger.log.chain_start()
    anchors = [each for each in anchor_file_of(chosen).read().anchors if start and each.log == start.log]
    picked = pick(ledger, scope, anchored=[each.position for each in anchors], watched=watched)
    beside = Beside(ledger.log.names_apart(), anchors, read_steps(chosen.home / PUBLIC), metadata.version("tastyflow"))
    mask = _mask(is_off=accounts)
    made = export_of(picked, beside, mask, made_at=datetime.now(UTC))
    path = _write(out or _called(scope, "zip"), made.zipped)
    return {"file": str(path), "seal": made.seal, **_said(picked), "roots": _roots(picked)}


def report(ledger: Ledger, scope: Scope, out: Path | None, *, accounts: bool, watched: Watched) -> dict[str, Any]:
    """Write the report about *scope*, HTML, to *out*, or to a file that is named for it; what was written."""
    picked = pick(ledger, scope, watched=watched)
    page = report_of(picked, _mask(is_off=accounts), made_at=datetime.now(UTC))
    return {"file": str(_write(out or _called(scope, "html"), page.encode())), **_said(picked)}


def prove(ledger: Ledger, scope: Scope, out: Path | None, *, watched: Watched) -> dict[str, Any]:
    """Write the proof that *scope*, an order, is of its days to *out*; what was written."""
    picked = pick(ledger, scope, watched=watched)
    proof = proof_of(picked)
    raw = json.dumps(proof, ensure_ascii=False, indent=1).encode() + b"\n"
    path = _write(out or _called(scope, "proof.json"), raw)
    return {"file": str(path), **_said(picked), "events": len(proof["events"]), "roots": _roots(picked)}


def trader_scope(ledger: Ledger, name: str) -> Scope:
    """
    The scope of the trader called *name*.

    Raises:
        Refused: code ``unknown_trader``.
    """
    trader = next((each for each in Lookup(ledger).traders() if each.name.lower() == name.lower()), None)
    if trader is None:
        raise Refused(f"There is no trader called {name[:40]!r}.", code="unknown_trader")
    return Scope.of_trader(trader.id, trader.name)


def scope_of(ledger: Ledger, day: str | None, order: UUID | None) -> Scope:
    """The scope of a day, or of an order."""
    if order is None:
        return Scope.of_day(day_called(day or ""))
    return Scope.of_order(order, Lookup(ledger).by_id(order).reference)


def written_page(said: Mapping[str, Any]) -> Group:
    """What was written, and how it is verified."""
    lines = [Text.assemble(("✓ ", "green"), say(f"Wrote {said['file']}: {said['events']:,} events of {said['of']}."))]
    if "seal" in said:
        lines += [Text(f"  Seal: {said['seal']}"), Text("  Tell the seal by another way than the file.", "dim")]
        lines.append(Text("  It is verified with Python alone: python verify.py, which lies in it.", "dim"))
    for root in said.get("roots", ()):
        lines.append(Text(f"  {root['day']}: {root['size']:,} events, Merkle root {root['root']}"))
    if str(said["file"]).endswith(".json"):
        lines.append(
            Text(
                "  Compare the root with that of an export of the day. Verify: python verify.py FILE.json",
                "dim",
            )
        )
    return Group(*lines)


def _said(picked: Picked) -> dict[str, Any]:
    head = {"log": picked.start.log.hex, "position": picked.end.position, "head": picked.end.head.hex()}
    return {"of": shown(str(picked.scope)), "events": len(picked.rows), "orders": len(picked.stories), **head}


def _roots(picked: Picked) -> list[dict[str, Any]]:
    return [{name: tree[name] for name in ("day", "size", "root")} for tree in trees_of(picked, ())]


def _mask(*, is_off: bool) -> AccountMask:
    from tastyflow_adapters.config.settings import Settings

    chosen, numbers = load(), [NumberedAccount(venue, number) for venue, number in ACCOUNTS.items()]
    if isinstance(chosen, Settings):
        numbers += [NumberedAccount(Venue.PRODUCTION, number) for number in chosen.production.named.values()]
        numbers += [NumberedAccount(Venue.SANDBOX, number) for number in chosen.sandbox.named.values()]
    return AccountMask(numbers, is_off=is_off)


def _called(scope: Scope, ending: str) -> Path:
    plain = "".join(each if each.isalnum() or each in "-_" else "_" for each in scope.called)[:60]
    return Path(f"tastyflow-{scope.kind}-{plain}.{ending}")


def _write(path: Path, raw: bytes) -> Path:
    """
    Raises:
        Invalid: code ``file_exists``.
        StoreFailure: code ``not_written``.
    """
    try:
        with NamedTemporaryFile(dir=path.absolute().parent, prefix=".tastyflow-", delete=False) as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(file.name, path)  # fails where the name is taken
        finally:
            Path(file.name).unlink()
    except FileExistsError:
        raise Invalid(f"{path} is there already.", code="file_exists", hint="Name another file with -o.") from None
    except OSError as error:
        raise StoreFailure(
            f"{path} cannot be written: {error.strerror or error}.", code="not_written", hint="Name another with -o."
        ) from error
    return path
