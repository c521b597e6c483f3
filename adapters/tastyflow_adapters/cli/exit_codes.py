"""
What the program's exit code says: one meaning each, written here and nowhere else.

Every command ends with one of these; ``--help`` prints the table, and the documentation is held to it.
"""

from enum import IntEnum


class ExitCode(IntEnum):
    """How a command ended; `means` says it in a few words."""

    means: str

    def __new__(cls, code: int, means: str) -> "ExitCode":
        member = int.__new__(cls, code)
        member._value_ = code
        member.means = means
        return member

    DONE = 0, "done"
    FAILED = 1, "refused or failed"
    USAGE = 2, "usage"
    CONFIGURATION = 3, "configuration"
    UNVERIFIED = 4, "nothing is broken, and not everything is verified"
    WAITING = 5, "the order waits for another person's approval"
    INTERRUPTED = 130, "interrupted"

    @classmethod
    def of(cls, *, succeeds: bool) -> "ExitCode":
        """The code of a command that either did what it was asked for, or did not."""
        return cls.DONE if succeeds else cls.FAILED


def lines() -> str:
    """Every code and its meaning, a line each, as ``--help`` prints them."""
    return "\n".join(f"  {code.value:<5}{code.means}" for code in ExitCode)
