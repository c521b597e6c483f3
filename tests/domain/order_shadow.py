"""What an order must be, in plain dicts; and a venue that remembers all that it said."""

from datetime import datetime
from typing import Any

from tastyflow.domain.order.stages import Stage
from tastyflow.domain.ticket import Ticket
from tastyflow.domain.venue import BrokerOrder, Status, Venue, VenueFill
from tests.domain.makers import (
    POSSIBLE_AT,
)

ENDS = {
    Status.FILLED: "filled",
    Status.CANCELLED: "cancelled",
    Status.REMOVED: "cancelled",
    Status.PARTIALLY_REMOVED: "cancelled",
    Status.EXPIRED: "expired",
    Status.REJECTED: "rejected",
}
CALLED_NOWHERE = ("declined", "not_sent", "abandoned")
UNSETTLED = ("pending", "unknown", "adopted")


class Shadow:
    """
    What the order must be, in plain dicts.

    A step answers "ok", "nothing", "illegal", "unproven", "excess" or "duplicate", and changes the shadow only on "ok".
    """

    def __init__(self, ticket: Ticket) -> None:
        self.stage = "drafted"
        self.code = ""
        self.attempts: dict[tuple[str, int], dict[str, Any]] = {}
        self.fills: dict[tuple[str, str], dict[str, Any]] = {}
        self.ordered = {leg.instrument.occ: leg.quantity for leg in ticket.legs}
        self.proof: dict[str, Any] | None = None
        self.cancel_wanted = False
        self.replacement: int | None = None

    def possible(self, verb: str) -> bool:
        return Stage(self.stage) in POSSIBLE_AT[verb]

    def at(self, venue: str) -> list[dict[str, Any]]:
        return [attempt for (where, _), attempt in sorted(self.attempts.items()) if where == venue]

    def filled(self, venue: str, symbol: str, number: int | None = None) -> int:
        return sum(
            fill["quantity"]
            for (where, _), fill in self.fills.items()
            if (where, fill["symbol"]) == (venue, symbol) and number in (None, fill["attempt"])
        )

    def complete(self, venue: str, number: int) -> bool:
        return all(self.filled(venue, symbol, number) == wanted for symbol, wanted in self.ordered.items())

    @staticmethod
    def may_be_there(attempt: dict[str, Any]) -> bool:
        if attempt["status"] is not None:
            return attempt["status"] == "live"
        return attempt["outcome"] in UNSETTLED

    def settle(self, otherwise: str) -> None:
        """An attempt in production came to an end: so does the order, unless another one may be there."""
        live = self.at("production")
        if any(map(self.may_be_there, live)):
            return
        told = [attempt["status"] for attempt in live if attempt["status"]]
        self.stage = "filled" if "filled" in told else (told[0] if told else otherwise)

    # the order's own way

    def own(self, verb: str, becomes: str | None = None) -> str:
        if not self.possible(verb):
            return "illegal"
        self.stage = becomes or self.stage
        return "ok"

    def claim(self, venue: str, proof: dict[str, Any] | None, at: datetime) -> str:
        if not self.possible(f"claim_{venue}") or any(map(self.may_be_there, self.at(venue))):
            return "illegal"
        if venue == "production":
            if self.cancel_wanted:
                return "illegal"
            if proof is None or proof != self.proof or not proof["passed"] or at > proof["until"]:
                return "unproven"
            if any(a["proof"] == proof["test"] and a["outcome"] != "not_sent" for a in self.attempts.values()):
                return "unproven"
        number = len(self.at(venue)) + 1
        self.attempts[venue, number] = {"outcome": "pending", "broker": None, "status": None, "proof": None}
        if venue == "production":
            self.attempts[venue, number]["proof"] = proof and proof["test"]
            self.stage = "submitting"
        else:
            self.stage, self.proof = "rehearsing", None
        return "ok"

    def conclude(self, proof: dict[str, Any], *, ours: bool) -> str:
        if not self.possible("conclude_rehearsal"):
            return "illegal"
        if not ours or (proof["passed"] and not self.sandbox_has_it()):
            return "unproven"
        if proof["passed"]:
            self.stage, self.proof = "rehearsed", proof
        return "ok"

    def sandbox_has_it(self) -> bool:
        latest = max(number for venue, number in self.attempts if venue == "sandbox")
        return bool(self.attempts["sandbox", latest]["outcome"] == "adopted")

    def request_cancel(self) -> str:
        if self.cancel_wanted and not Stage(self.stage).is_over:
            return "nothing"
        if self.own("request_cancel") == "illegal":
            return "illegal"
        self.cancel_wanted = True
        return "ok"

    def deny_cancel(self) -> str:
        answer = self.own("deny_cancel")
        self.cancel_wanted = self.cancel_wanted and answer != "ok"
        return answer

    def escalate(self, reason: str) -> str:
        over = Stage(self.stage).is_over
        if self.code == reason and (over or self.stage == "escalated"):
            return "nothing"
        if not self.possible("escalate"):
            return "illegal"
        self.code = reason
        self.stage = self.stage if over else "escalated"
        return "ok"

    def resubmit(self, searched: datetime, claimed: dict[int, datetime]) -> str:
        live = self.at("production")
        gone = all(a["outcome"] in ("declined", "not_sent", "not_found") and a["status"] is None for a in live)
        is_searched = bool(claimed) and searched > max(claimed.values())
        if not (self.possible("resubmit") and live and gone and is_searched):
            return "illegal"
        if self.cancel_wanted or self.replacement is not None:
            return "illegal"
        self.stage, self.code, self.proof = "validated", "", None
        return "ok"

    def request_replace(self, replacement: int) -> str:
        if not self.possible("request_replace") or self.replacement is not None:
            return "illegal"
        self.replacement = replacement
        return "ok"

    def replace(self, replacement: int) -> str:
        if not self.possible("replace") or self.replacement != replacement:
            return "illegal"
        self.stage = "cancelled"
        latest = self.at("production")[-1:]
        for attempt in latest:
            if attempt["status"] in (None, "live"):
                attempt["status"] = "cancelled"
        return "ok"

    def deny_replace(self) -> str:
        answer = self.own("deny_replace")
        self.replacement = None if answer == "ok" else self.replacement
        return answer

    # news of an attempt

    def outcome(self, verb: str, venue: str, number: int) -> str:
        attempt = self.attempts.get((venue, number))
        if attempt is None:
            return "illegal"
        if verb == "lose" and attempt["outcome"] in ("unknown", "not_found", "adopted"):
            return "nothing"
        by_its_sender = ("pending", "unknown", "not_found")
        wanted = {"decline": by_its_sender, "not_sent": by_its_sender, "not_found": ("unknown",)}.get(
            verb, ("pending",)
        )
        if attempt["outcome"] not in wanted or (venue == "production" and not self.possible(verb)):
            return "illegal"
        was_doubted = attempt["outcome"] in ("unknown", "not_found") and self.code == "outcome_unknown"
        names = {"decline": "declined", "not_sent": "not_sent", "not_found": "not_found", "lose": "unknown"}
        attempt["outcome"] = names[verb]
        if venue == "production" and verb == "decline":
            self.code = "no"
        if venue == "production" and verb != "lose":
            unsent = verb == "not_sent" and (self.stage == "submitting" or (self.stage == "escalated" and was_doubted))
            back = "approved" if unsent else self.stage
            self.settle("rejected" if verb == "decline" else back)
        return "ok"

    def forget(self, number: int) -> str:
        attempt = self.attempts.get(("sandbox", number))
        if attempt is None:
            return "illegal"
        if attempt["status"] not in (None, "live"):
            return "nothing"
        if attempt["outcome"] != "adopted":
            return "illegal"
        attempt["status"] = "removed"
        return "ok"

    def adopt(self, venue: str, number: int, broker: str) -> str:
        attempt = self.attempts[venue, number]
        if attempt["broker"] == broker:
            return "nothing"
        if attempt["broker"] is not None:
            return "duplicate"
        if venue == "production" and not self.possible("adopt"):
            return "illegal"
        attempt |= {"outcome": "adopted", "broker": broker}
        if venue == "production" and attempt["status"] in (None, "live"):
            self.stage = "working"
        return "ok"

    def go_live(self, venue: str, number: int) -> str:
        if self.attempts[venue, number]["status"] is not None:
            return "nothing"
        if venue == "production" and not self.possible("go_live"):
            return "illegal"
        self.attempts[venue, number]["status"] = "live"
        return "ok"

    def fill(self, venue: str, number: int, fill: VenueFill) -> str:
        figures = {"symbol": fill.symbol, "quantity": fill.quantity, "price": fill.price}
        known = self.fills.get((venue, fill.fill_id))
        if known is not None:
            return "nothing" if figures.items() <= known.items() else "excess"
        if venue == "production" and not self.possible("fill"):
            return "illegal"
        before = self.filled(venue, fill.symbol, number if venue == "sandbox" else None)
        if fill.quantity < 1 or before + fill.quantity > self.ordered.get(fill.symbol, 0):
            return "excess"
        self.fills[venue, fill.fill_id] = figures | {"attempt": number}
        return "ok"

    def finish(self, venue: str, number: int, status: Status) -> str:
        attempt, end = self.attempts[venue, number], ENDS[status]
        if end == "filled" and not self.complete(venue, number):
            return "nothing"
        if attempt["status"] == end or (attempt["status"] in (*ENDS.values(), "removed") and end != "filled"):
            return "nothing"
        if venue == "production" and not self.possible("finish"):
            return "illegal"
        attempt["status"] = end
        if venue == "production":
            self.settle(end)
        return "ok"

    def hear(self, venue: str, seen: BrokerOrder, number: int) -> None:
        """A snapshot of an attempt, step by step; what cannot be true stops it, and is shown to a person."""
        was = "abandoned" if self.stage == "abandoned" else self.attempts[venue, number]["outcome"]
        adopted = self.adopt(venue, number, seen.broker_order)
        assert adopted != "illegal", "nothing at the venue is without an owner"
        if adopted == "duplicate":
            self.escalate("duplicate_order")
            return
        others = [a for key, a in self.attempts.items() if key[0] == venue and key[1] != number and a["broker"]]
        if adopted == "ok" and venue == "production" and others:
            self.escalate("duplicate_order")
        elif adopted == "ok" and venue == "production" and was in CALLED_NOWHERE:
            self.escalate("turned_up")
        if seen.status in (Status.LIVE, Status.CANCEL_REQUESTED, Status.REPLACE_REQUESTED):
            assert self.go_live(venue, number) != "illegal"
        for fill in seen.fills:
            heard = self.fill(venue, number, fill)
            assert heard != "illegal"
            if heard == "excess":
                self.escalate("excess_fill")
                return
        if self.complete(venue, number):
            assert self.finish(venue, number, Status.FILLED) != "illegal"
        elif seen.status in ENDS:
            assert self.finish(venue, number, seen.status) != "illegal"


class World:
    """What is really there: at most one order per attempt, and everything the venue ever said of it."""

    def __init__(self, ticket: Ticket) -> None:
        self.ticket = ticket
        self.orders: dict[tuple[Venue, int], BrokerOrder] = {}
        self.said: list[tuple[Venue, BrokerOrder]] = []

    def say(self, key: tuple[Venue, int], seen: BrokerOrder) -> None:
        self.orders[key] = seen
        self.said.append((key[0], seen))

    def works(self, key: tuple[Venue, int]) -> bool:
        return key in self.orders and not self.orders[key].status.is_terminal

    def open_of(self, seen: BrokerOrder, symbol: str) -> int:
        wanted = next(leg.quantity for leg in self.ticket.legs if leg.instrument.occ == symbol)
        return wanted - seen.filled(symbol)
