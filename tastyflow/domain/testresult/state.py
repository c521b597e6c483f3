"""The state of a test: what replaying its events says."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from attrs import frozen

from tastyflow.domain.testresult.checks import Check
from tastyflow.domain.testresult.verdict import Verdict


@frozen
class TestState:
    """
    The state of a test.

    Attributes:
        order, digest, external_id: The order, the content and the sandbox attempt that are tested.
        planned: The names of the checks that are to run.
        reasons: What stood against a pass.
        trouble: What kept it from saying anything about the order (`Trouble`); empty where nothing did.
        rehearsed: The digest of the mirrored ticket that was placed instead; empty where the order itself was.
    """

    __test__: ClassVar[bool] = False  # not a test case

    id: UUID
    version: int
    order: UUID
    digest: str
    external_id: str
    planned: tuple[str, ...]
    planned_at: datetime
    checks: tuple[Check, ...] = ()
    verdict: Verdict | None = None
    concluded_at: datetime | None = None
    valid_until: datetime | None = None
    reasons: tuple[str, ...] = ()
    rehearsed: str = ""
    trouble: str = ""

    @property
    def recorded(self) -> frozenset[str]:
        """The names of the checks that are recorded."""
        return frozenset(check.name for check in self.checks)
