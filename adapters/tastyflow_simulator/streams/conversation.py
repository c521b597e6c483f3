"""
What the account streamer answers, as a function of what was said before.

    connect · account-subscribe                        value: one account number, or a list ──▶ connected
    public-watchlists- · quote-alerts- · user-message-subscribe    only when connected
    heartbeat                                          always
    anything else                                      not implemented

Every message carries its token and is refused without a good one, except that a heartbeat whose token has no scheme is
answered as if it were good: that is why the mistake goes unnoticed on the real one. What tastytrade says in cases that
nobody reported begins with ``sim:``.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import uuid4

from tastyflow_simulator.streams.line import Unreadable

CONNECTS: Final = frozenset({"connect", "account-subscribe"})
SUBSCRIBES: Final = frozenset({"public-watchlists-subscribe", "quote-alerts-subscribe", "user-message-subscribe"})
HEARTBEAT: Final = "heartbeat"
SCHEME: Final = "Bearer "

UNKNOWN_DOMAIN: Final = "Unknown domain"
BAD_VALUE: Final = "value missing or not valid"
NOT_CONNECTED: Final = "connect-not-completed"
NOT_IMPLEMENTED: Final = "not implemented"
BAD_TOKEN: Final = "sim: the token is unknown or has lapsed"  # noqa: S105
ECHO_LIMIT: Final = 100
"""Characters of an action or a request id that are said back."""


class Conversation:
    """
    One client's side of it.

    Args:
        account: The account number that may be followed here.
        is_good: Whether an access token, without its scheme, is good at this moment.
    """

    def __init__(self, account: str, is_good: Callable[[str], bool]) -> None:
        self._account = account
        self._is_good = is_good
        self._session = uuid4().hex[:8]
        self.is_connected = False

    def answer(self, message: Mapping[str, Any] | Unreadable) -> dict[str, Any]:
        """The one answer to *message*."""
        if isinstance(message, Unreadable):
            return {"status": "error", "message": f"sim: {message.why}", "web-socket-session-id": self._session}
        said_action = message.get("action")
        action = said_action if isinstance(said_action, str) else ""
        refusal = self._refusal(action, message)
        reply: dict[str, Any] = {"status": "ok" if refusal is None else "error"}
        if action:
            reply["action"] = action[:ECHO_LIMIT]
        reply["web-socket-session-id"] = self._session
        if refusal is not None:
            reply["message"] = refusal
        elif action in CONNECTS:
            self.is_connected = True
            reply["value"] = [self._account]
        if _is_echoable(said := message.get("request-id")):
            reply["request-id"] = said
        return reply

    def _refusal(self, action: str, message: Mapping[str, Any]) -> str | None:
        if refusal := self._token_refusal(action, message.get("auth-token")):
            return refusal
        if action in CONNECTS:
            return None if self._may_follow(message.get("value")) else BAD_VALUE
        if action in SUBSCRIBES:
            return None if self.is_connected else NOT_CONNECTED
        return None if action == HEARTBEAT else NOT_IMPLEMENTED

    def _token_refusal(self, action: str, token: object) -> str | None:
        if not isinstance(token, str) or not token.startswith(SCHEME):
            return None if action == HEARTBEAT else UNKNOWN_DOMAIN
        return None if self._is_good(token.removeprefix(SCHEME)) else BAD_TOKEN

    def _may_follow(self, value: object) -> bool:
        asked = [value] if isinstance(value, str) else value
        return isinstance(asked, list) and bool(asked) and all(account == self._account for account in asked)


def _is_echoable(said: object) -> bool:
    if isinstance(said, str):
        return len(said) <= ECHO_LIMIT
    return isinstance(said, int) and not isinstance(said, bool) and said.bit_length() <= 64
