"""
Verifying a log where it stands: what it holds, and its chain.

    log ─▶ settled_end ─┬─▶ structure_of    the chain, the names, what is asked of each row alone   ─┐
                        └─▶ promises_of     the promises, and whether each event follows            ─┴─▶ together

Neither needs the other, so that two processes can do them at once, each with the log opened by itself. ::

    end = settled_end(log)
    report = together(structure_of(log, end), promises_of(log, end))
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import Final

from attrs import frozen

from tastyflow.application.audit.findings import Findings, Report, in_order
from tastyflow.application.audit.log import PAGE, Watch, rows_of, steady, stored_rows, unwatched
from tastyflow.application.audit.naming import NamesCheck
from tastyflow.application.audit.sealing import ChainChecker
from tastyflow.application.audit.structure import Structure
from tastyflow.application.audit.verifying import verify_promises
from tastyflow.domain.chain import ChainHead, ChainStart
from tastyflow.ports import ChainedRow, EventLog

_TRIES: Final = 5


@frozen
class LogEnd:
    """
    Up to where a log is verified: what is written later is not looked at.

    Attributes:
        start, head: What its chain begins and ends with; None where it has no chain yet.
    """

    position: int
    start: ChainStart | None = None
    head: ChainHead | None = None


def settled_end(log: EventLog) -> LogEnd:
    """
    The end that *log* has now. Others may go on writing.

    Raises:
        StoreFailure: The log cannot be read.
    """
    start = steady(log.chain_start)
    for _ in range(_TRIES):  # an append between both questions is no difference
        head, position = steady(log.chain_head), steady(log.end)
        if head is None or head.position == position:
            break
    return LogEnd(position, start, head)


def structure_of(log: EventLog, end: LogEnd, *, watch: Watch = unwatched) -> Report:
    """Hold *log* against its chain, and ask of each row what is asked of it by itself."""
    findings = Findings()
    structure = Structure(findings)
    stored = watch(stored_rows(log, until=end.position), end.position)
    checker = ChainChecker(ChainHead(0, end.start.head)) if end.start else None
    names = NamesCheck(steady(log.names_apart), findings)
    rows = rows_of(log, _looked_at((names.look_at_all, *((checker.look_at_all,) if checker else ())), stored))
    for row in rows:
        structure.look_at(row)
    names.settle(end.position)
    asked = structure.asked | ({"names": names.asked} if names.asked else {})
    if checker is not None:
        checker.ends_with(end.head or checker.at)
        _tell_seams(checker, findings)
        asked |= dict.fromkeys(("stored", "chain"), structure.events)
    return Report(structure.last, structure.events, {}, asked, in_order(findings.kept), findings.found)


def promises_of(log: EventLog, end: LogEnd, *, watch: Watch = unwatched) -> Report:
    """Ask whether every promise was kept."""
    return verify_promises(rows_of(log, watch(stored_rows(log, until=end.position), end.position)))


def _looked_at(
    looks: Sequence[Callable[[Sequence[ChainedRow]], None]], stored: Iterable[ChainedRow]
) -> Iterator[ChainedRow]:
    """*stored*, of which each page is shown to *looks* first."""
    rest = iter(stored)
    while page := list(islice(rest, PAGE)):
        for look in looks:
            look(page)
        yield from page


def _tell_seams(checker: ChainChecker, findings: Findings) -> None:
    """The seams as findings. What is wrong with positions the structure has told."""
    sealed = checker.sealed()
    for seam in sealed.seams:
        if seam.rule != "positions":
            findings.add(seam.position, seam.rule, "the chain", seam.why)
    findings.found += sealed.found - len(sealed.seams)
