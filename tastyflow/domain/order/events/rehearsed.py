"""
An order was rehearsed in the sandbox.
"""

from datetime import datetime
from uuid import UUID

from attrs import frozen

from tastyflow.domain.changing import changed
from tastyflow.domain.events import topic
from tastyflow.domain.order.events.base import OrderEvent
from tastyflow.domain.order.evolve import S
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.testresult import TestProof


@topic("tastyflow.order.rehearsal_concluded@1")
@frozen(kw_only=True, repr=False)
class RehearsalConcluded(OrderEvent):
    """
    The test of *digest* ended; only a passed one is proof, and only until *valid_until*.

    *rehearsed* is the digest of the mirrored ticket, where that was placed in the sandbox instead; else empty.
    *trouble* names why the test is inconclusive, where that is the sandbox's own (`testresult.Trouble`).
    """

    test: UUID
    digest: str
    passed: bool
    valid_until: datetime
    reasons: tuple[str, ...] = ()
    rehearsed: str = ""
    trouble: str = ""

    def change(self, order: S) -> S:
        if not self.passed:  # it may be rehearsed again, or be refused
            return changed(order, version=self.originator_version, test=self.test)
        proof = TestProof(
            test=self.test,
            order=order.id,
            digest=self.digest,
            passed=self.passed,
            concluded_at=self.at,
            valid_until=self.valid_until,
            rehearsed=self.rehearsed,
        )
        return changed(order, version=self.originator_version, stage=Stage.REHEARSED, test=self.test, proof=proof)
