"""
How Discord says no: a status, a code in the body, and for a malformed body which field it is.

    ApiError ─┬─ missing(…)     404, 10003 channel · 10008 message · 10062 interaction · 10015 webhook
              ├─ forbidden(…)   403, 50001 access · 50013 permission · 50005 author · 50007 direct messages
              └─ malformed(…)   400, 50035 with the fields
"""

from typing import Any, Final

UNKNOWN_CHANNEL: Final = 10003
UNKNOWN_GUILD: Final = 10004
UNKNOWN_MEMBER: Final = 10007
UNKNOWN_MESSAGE: Final = 10008
UNKNOWN_USER: Final = 10013
UNKNOWN_WEBHOOK: Final = 10015
UNKNOWN_INTERACTION: Final = 10062
OLD_MESSAGE_EDITED_TOO_OFTEN: Final = 30046
ALREADY_ACKNOWLEDGED: Final = 40060
TOO_LARGE: Final = 40005
NO_ACCESS: Final = 50001
NOT_THE_AUTHOR: Final = 50005
EMPTY_MESSAGE: Final = 50006
DIRECT_CLOSED: Final = 50007
NO_PERMISSION: Final = 50013
TOKEN_EXPIRED: Final = 50027
MALFORMED: Final = 50035
THREAD_ARCHIVED: Final = 50083

WORDS: Final = {
    UNKNOWN_CHANNEL: "Unknown Channel",
    UNKNOWN_GUILD: "Unknown Guild",
    UNKNOWN_MEMBER: "Unknown Member",
    UNKNOWN_MESSAGE: "Unknown Message",
    UNKNOWN_USER: "Unknown User",
    UNKNOWN_WEBHOOK: "Unknown Webhook",
    UNKNOWN_INTERACTION: "Unknown interaction",
    OLD_MESSAGE_EDITED_TOO_OFTEN: "Maximum number of edits to messages older than 1 hour reached. Try again later.",
    ALREADY_ACKNOWLEDGED: "Interaction has already been acknowledged.",
    TOO_LARGE: "Request entity too large",
    NO_ACCESS: "Missing Access",
    NOT_THE_AUTHOR: "Cannot edit a message authored by another user",
    EMPTY_MESSAGE: "Cannot send an empty message",
    DIRECT_CLOSED: "Cannot send messages to this user",
    NO_PERMISSION: "Missing Permissions",
    TOKEN_EXPIRED: "Invalid Webhook Token",
    MALFORMED: "Invalid Form Body",
    THREAD_ARCHIVED: "Thread is archived",
}


class ApiError(Exception):
    """
    An answer that is not what was asked for.

    Attributes:
        fields: Of a malformed body: path to what is wrong with it.
        retry_after_s: Of a 429.
    """

    def __init__(
        self, status: int, code: int, *, fields: dict[str, str] | None = None, retry_after_s: float | None = None
    ) -> None:
        super().__init__(f"{status}/{code}")
        self.status, self.code, self.fields, self.retry_after_s = status, code, fields or {}, retry_after_s

    @property
    def body(self) -> dict[str, Any]:
        """The document that says so."""
        said: dict[str, Any] = {"message": WORDS.get(self.code, f"{self.status}: error"), "code": self.code}
        if self.retry_after_s is not None:
            return said | {"retry_after": self.retry_after_s, "global": False}
        for path, words in self.fields.items():
            at = said.setdefault("errors", {})
            for step in path.split("."):
                at = at.setdefault(step, {})
            at.setdefault("_errors", []).append({"code": "BASE_TYPE_BAD_LENGTH", "message": words})
        return said


def missing(code: int) -> ApiError:
    return ApiError(404, code)


def forbidden(code: int) -> ApiError:
    return ApiError(403, code)


def malformed(**fields: str) -> ApiError:
    """Code 50035; the dots of a path are written ``__`` in *fields*."""
    return ApiError(400, MALFORMED, fields={name.replace("__", "."): words for name, words in fields.items()})
