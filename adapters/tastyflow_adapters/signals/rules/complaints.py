"""What is wrong with a rule file: the place, what is wrong there, and what is allowed."""

from attrs import frozen


@frozen
class RuleComplaint:
    """
    Attributes:
        file: The name of the file.
        line: Where in it; None where that is not known.
        key: The key at fault, with its tables: ``limits.most_a_day``; empty where it is about the whole file.
        message: What is wrong, and what is allowed.
    """

    file: str
    message: str
    key: str = ""
    line: int | None = None

    @property
    def sentence(self) -> str:
        """``gex.toml, line 12: limits.most_a_day is 0: write a whole number from 1 to 20.``"""
        return f"{self.file}{f', line {self.line}' if self.line else ''}: {self.message}"
