"""
Commands that look, and those of the people around the traders: approve, reject, halt, resume.
"""

from typing import Any

from attrs import frozen

from tastyflow.domain.commands.asked import AskedExpiration, AskedInstrument, expiration_json, instrument_json
from tastyflow.domain.instruments import chat_symbol


@frozen
class ShowStatus:
    order: str

    def as_dict(self) -> dict[str, Any]:
        return {"command": "status", "order": self.order}


@frozen
class ListOrders:
    def as_dict(self) -> dict[str, Any]:
        return {"command": "orders"}


@frozen
class ListApprovals:
    """The orders that wait for the approval of a second person."""

    def as_dict(self) -> dict[str, Any]:
        return {"command": "approvals"}


@frozen
class ShowPositions:
    def as_dict(self) -> dict[str, Any]:
        return {"command": "positions"}


@frozen
class ShowBalance:
    def as_dict(self) -> dict[str, Any]:
        return {"command": "balance"}


@frozen
class ShowQuote:
    """Bid and ask of one instrument; shares may also be an index, which has a value and no shares."""

    instrument: AskedInstrument

    def as_dict(self) -> dict[str, Any]:
        return {"command": "quote"} | instrument_json(self.instrument)


@frozen
class ListExpirations:
    underlying: str

    def as_dict(self) -> dict[str, Any]:
        return {"command": "expirations", "underlying": chat_symbol(self.underlying)}


@frozen
class ShowChain:
    """The strikes of one expiration; None is the nearest."""

    underlying: str
    expiration: AskedExpiration | None = None

    def as_dict(self) -> dict[str, Any]:
        named = {"command": "chain", "underlying": chat_symbol(self.underlying)}
        return named if self.expiration is None else named | {"expiration": expiration_json(self.expiration)}


@frozen
class ShowHelp:
    def as_dict(self) -> dict[str, Any]:
        return {"command": "help"}


@frozen
class ApproveOrder:
    order: str

    def as_dict(self) -> dict[str, Any]:
        return {"command": "approve", "order": self.order}


@frozen
class RejectOrder:
    order: str
    reason: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return _with_reason({"command": "reject", "order": self.order}, self.reason)


@frozen
class HaltTrading:
    """Stop all trading; *reducing*: only what adds risk."""

    reason: str | None = None
    reducing: bool = False

    def as_dict(self) -> dict[str, Any]:
        named = {"command": "halt"} | ({"reducing": True} if self.reducing else {})
        return _with_reason(named, self.reason)


@frozen
class ResumeTrading:
    reason: str | None = None

    def as_dict(self) -> dict[str, Any]:
        return _with_reason({"command": "resume"}, self.reason)


def _with_reason(named: dict[str, Any], reason: str | None) -> dict[str, Any]:
    return named if reason is None else named | {"reason": reason}
