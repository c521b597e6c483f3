"""
The names beside a log, held against the tokens in its events.

    token in an event ─▶ a name is kept for it, or was forgotten ─▶ the name is the one that the token was made of

A token is made of a salt and the name, so that a name that was exchanged for another person's does not fit it. The
chain seals the tokens; this says that what is shown in their place is true.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from tastyflow.application.audit.findings import Findings
from tastyflow.domain.names_apart import TOKEN, NameApart
from tastyflow.ports import ChainedRow

NAMING: Final[Mapping[str, str]] = {
    "names": "Every name beside the log is the one that its token was made of, or was forgotten; none is missing."
}


class NamesCheck:
    """
    Looks at page after page.

    Args:
        names: As `EventLog.names_apart` gives them, read after the end of what is looked at was known.
    """

    def __init__(self, names: Sequence[NameApart], findings: Findings) -> None:
        self._findings = findings
        self._known = {each.token.encode() for each in names}
        self._untrue = {each.token.encode() for each in names if not each.is_true}
        self._told: set[bytes] = set()
        self.asked: Final = len(names)

    def look_at_all(self, page: Sequence[ChainedRow]) -> None:
        """Ask about the tokens in these rows: each is told once, at the first event that has it."""
        tokens = set(TOKEN.findall(b"\n".join(row[4] for row in page if type(row[4]) is bytes)))
        doubtful = (tokens - self._known | tokens & self._untrue) - self._told
        first = ((next(row[0] for row in page if type(row[4]) is bytes and each in row[4]), each) for each in doubtful)
        for at, token in sorted(first):
            self._tell(token, at)

    def settle(self, end: int) -> None:
        """Tell of names that are untrue and stand in no event, at the last one."""
        for token in sorted(self._untrue - self._told):
            self._tell(token, end)

    def _tell(self, token: bytes, at: int) -> None:
        self._told.add(token)
        why = "is another one than when it was written" if token in self._untrue else "is missing beside the log"
        self._findings.add(at, "names", f"name ~{token[:8].decode()}", f"The name of the token {token.decode()} {why}.")
