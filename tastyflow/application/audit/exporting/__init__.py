"""
What an auditor takes away of the log: a day, an order or a trader, so that it can be verified without the rest.

    scope      a day, an order or a trader
    surveying  a first look at the whole log: what belongs to it, where each day stands; is the chain whole?
    picking    the rows that are shown, the digests of the others, the heads before and after
    proving    Merkle paths: an order is of its day, and the others of that day are not shown
    masking    account numbers, wherever they stand
    tables     orders as CSV, limits, evidence

The file that is made of it: ``tastyflow_adapters.exports``.
"""

from tastyflow.application.audit.exporting.masking import AccountMask, NumberedAccount
from tastyflow.application.audit.exporting.picking import Picked, pick
from tastyflow.application.audit.exporting.proving import proof_of
from tastyflow.application.audit.exporting.scope import Scope, ScopeKind

__all__ = ["AccountMask", "NumberedAccount", "Picked", "Scope", "ScopeKind", "pick", "proof_of"]
