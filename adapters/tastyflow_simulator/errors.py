"""
How tastytrade says no: a status, a code, a message, and what lies beneath.

    {"error": {"code": "preflight_check_failure", "message": "...", "errors": [{"code": ..., "message": ...}]}}
"""

from collections.abc import Mapping, Sequence


class ApiError(Exception):
    """
    An answer that is a refusal.

    Attributes:
        status: The HTTP status.
        errors: The nested items: pairs of code and message, or of domain and reason.
    """

    def __init__(self, status: int, code: str, message: str, errors: Sequence[Mapping[str, str]] = ()) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message
        self.errors = tuple(dict(error) for error in errors)
