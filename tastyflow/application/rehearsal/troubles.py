"""
Which trouble of the sandbox a failure is; None where the sandbox looked at the order and said no.

    NotSent ─────────── no_login · too busy, too late ─▶ busy · anything else ─▶ unreachable
    OutcomeUnknown ──── unauthorized ─▶ no login · rate_limited ─▶ busy · no answer ─▶ silent · anything else ─▶ failing
    VenueRefused ────── auth ─▶ login refused · instrument_validation_failed ─▶ stale symbols · anything else ─▶ None

The order was completed against production's listings: a symbol that the sandbox does not know is not its fault.
"""

from collections.abc import Mapping
from typing import Final

from tastyflow.domain.testresult import Trouble
from tastyflow.errors import NotSent, OutcomeUnknown, VenueFailure, VenueRefused

_NOT_SENT: Final[Mapping[str, Trouble]] = {
    "no_login": Trouble.NO_LOGIN,
    "too_busy": Trouble.BUSY,
    "too_late": Trouble.BUSY,
}
_UNKNOWN: Final[Mapping[str, Trouble]] = {
    "unauthorized": Trouble.NO_LOGIN,
    "rate_limited": Trouble.BUSY,
    "no_answer": Trouble.SILENT,
    OutcomeUnknown.default_code: Trouble.SILENT,
}
_REFUSED: Final[Mapping[str, Trouble]] = {
    "auth": Trouble.LOGIN_REFUSED,
    "instrument_validation_failed": Trouble.STALE_SYMBOLS,
}


def trouble_of(failure: VenueFailure) -> Trouble | None:
    """What trouble of the sandbox *failure* is; None where it is the sandbox's word about the order."""
    if isinstance(failure, VenueRefused):
        return _REFUSED.get(failure.code)
    if isinstance(failure, NotSent):
        return _NOT_SENT.get(failure.code, Trouble.UNREACHABLE)
    return _UNKNOWN.get(failure.code, Trouble.FAILING)
