"""
Exports: what an auditor takes away, and can verify and read without tastyflow.

    scope      a day, an order or a trader
    surveying  a first look at the whole log: what belongs to it, where each day stands; is the chain whole?
    picking    the rows that are shown, the digests of the others, the heads before and after
    proving    Merkle paths: an order is of its day, and the others of that day are not shown
    masking    account numbers, wherever they stand
    tables     orders as CSV, limits, evidence
    report/    HTML for people
    readme     for a stranger
    verify     what the stranger runs: it goes into the export as it is, and imports nothing of tastyflow
    package    all files, and the one that holds them
"""

from tastyflow.application.audit.exporting.masking import AccountMask, NumberedAccount
from tastyflow.application.audit.exporting.package import Beside, Export, export_of, report_of
from tastyflow.application.audit.exporting.picking import Picked, pick
from tastyflow.application.audit.exporting.proving import proof_of
from tastyflow.application.audit.exporting.scope import Scope, ScopeKind

__all__ = [
    "AccountMask",
    "Beside",
    "Export",
    "NumberedAccount",
    "Picked",
    "Scope",
    "ScopeKind",
    "export_of",
    "pick",
    "proof_of",
    "report_of",
]
