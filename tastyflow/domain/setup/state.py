"""The state of a setup: what replaying its events says."""

from uuid import UUID

from attrs import frozen

from tastyflow.domain.instruments import Instrument
from tastyflow.domain.setup.placement import Placement, Purpose


@frozen
class SetupState:
    """
    Attributes:
        order: The order whose rehearsals it serves.
        placements: In the order in which they were claimed.
    """

    id: UUID
    version: int
    order: UUID
    placements: tuple[Placement, ...] = ()

    def placement(self, number: int) -> Placement | None:
        return next((each for each in self.placements if each.number == number), None)

    @property
    def open_placements(self) -> tuple[Placement, ...]:
        """Those of which the sandbox may still hold something that is not over."""
        return tuple(each for each in self.placements if each.is_open)

    def failed_restores(self, instrument: Instrument) -> int:
        """How often undoing in *instrument* ended without a fill of everything."""
        return sum(
            each.purpose is Purpose.RESTORE
            and each.leg.instrument == instrument
            and not each.is_open
            and not each.is_filled
            for each in self.placements
        )
