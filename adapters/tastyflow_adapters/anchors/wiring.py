"""
Anchors, put together as the settings ask for.

    anchors_at_the_end    of a command, and of the service: what is due (of the service, whatever is new) is anchored
    anchorer_of           what makes and publishes them: a part of the service
    check_against         the log of a home, or another one, against anchors: for `tastyflow audit`

A home without a key anchors nothing, and pays one look for a file.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Thread
from typing import Final

from tastyflow.application.anchoring.anchorer import Anchorer, AnchorPlace
from tastyflow.application.anchoring.making import Pace
from tastyflow.application.audit.anchors import Anchored, AnchorFinding, check_anchors, counted_keys
from tastyflow.application.audit.log import steady
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.domain.anchor import KeyStep
from tastyflow.errors import TastyflowError
from tastyflow.ports import Clock
from tastyflow_adapters.anchors.anchor_file import NAME, AnchorFile, AnchorFolder
from tastyflow_adapters.anchors.keys import AnchorKeys
from tastyflow_adapters.config.choices import Choices
from tastyflow_adapters.config.log_address import LogKind

logger = logging.getLogger(__name__)

AT_THE_END_S: Final = 5.0
"""How long a command waits, in the end, for folders that take copies."""


def keys_of(settings: Choices) -> AnchorKeys:
    """The keys of this installation, in its keyring too."""
    from tastyflow_adapters.secrets.ring import Ring  # keyring's own imports take a moment

    return AnchorKeys(settings.home, Ring())


def anchor_file_of(settings: Choices) -> AnchorFile:
    """The anchors of this environment's log, kept on this machine."""
    return AnchorFile(settings.folder / NAME)


def anchorer_of(settings: Choices, ledger: Ledger, clock: Clock, places: Sequence[AnchorPlace]) -> Anchorer:
    """What makes anchors of *ledger* and publishes them to *places*."""
    chosen = settings.anchors
    pace = Pace(chosen.every_events, chosen.every_s)
    return Anchorer(ledger, clock, keys_of(settings).signer, anchor_file_of(settings), places, pace)


def folders_of(settings: Choices) -> Sequence[AnchorFolder]:
    """Where the settings want copies."""
    return tuple(AnchorFolder(folder) for folder in settings.anchors.folders)


def anchors_at_the_end(settings: Choices, ledger: Ledger, clock: Clock, *, of_the_service: bool = False) -> None:
    """
    Anchor what is due; of the service, whatever is new. What goes wrong is a line in the log: the work is done.

    Folders are waited for in a thread that can be left behind: a disk that hangs ends no command late.
    """
    if settings.log.kind is LogKind.MEMORY or not AnchorKeys(settings.home).exist:
        return
    anchorer = anchorer_of(settings, ledger, clock, ())
    try:
        made = anchorer.make(if_due=not of_the_service)
    except (OSError, TastyflowError) as trouble:
        logger.warning("The log could not be anchored: %s", trouble)
        return
    if made is not None:
        copying = Thread(target=_copy, args=(settings,), name="tastyflow-anchors", daemon=True)
        copying.start()
        copying.join(AT_THE_END_S)


def _copy(settings: Choices) -> None:
    """Give each folder what it has not yet."""
    kept = anchor_file_of(settings)
    for folder in folders_of(settings):
        try:
            folder.take(kept.read().anchors)
        except (OSError, TastyflowError) as trouble:
            logger.warning("Anchors: %s: %s", folder.name, trouble)


def check_against(
    ledger: Ledger, sources: Mapping[str, AnchorFile], steps: Sequence[KeyStep], trusted: str | None
) -> Sequence[Anchored]:
    """
    Hold *ledger* against the anchors of each of *sources*, by the name that findings say.

    Args:
        steps: The public keys.
        trusted: The fingerprint that a person was given in another way; None for the first of *steps*.

    Raises:
        StoreFailure: The log or a file cannot be read.
    """
    from tastyflow_adapters.anchors.ed25519 import verifies

    start, end = steady(ledger.log.chain_start), steady(ledger.log.end)
    keys = counted_keys(steps, trusted, verifies)
    found = []
    for name, file in sources.items():
        read = file.read()
        if start is None:
            continue
        anchored = check_anchors(
            read.anchors,
            log=start.log,
            end=end,
            head_at=lambda position: _head_at(ledger, position),
            keys=keys,
            verifies=verifies,
            source=name,
        )
        wrong = (AnchorFinding(0, "signed", f"Line {line} is no anchor: {why}.", name) for line, why in read.wrong)
        found.append(Anchored(anchored.anchors, anchored.until, anchored.after, (*anchored.findings, *wrong)))
    return found


def copies_in(folders: Sequence[Path], log: str) -> Mapping[str, AnchorFile]:
    """The copies of the anchors of *log* in *folders*, by their paths: those that are there."""
    paths = [folder / f"{log}.{NAME}" for folder in folders]
    return {str(path): AnchorFile(path) for path in paths if path.exists()}


def _head_at(ledger: Ledger, position: int) -> bytes | None:
    rows = steady(lambda: ledger.log.chained_rows(after=position - 1, limit=1, until=position))
    return rows[0][5] if rows else None
