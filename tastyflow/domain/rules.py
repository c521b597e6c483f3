"""One shape for a rule: whether it holds, and the sentence to say where it does not."""

Rule = tuple[bool, str]
"""(holds, sentence)"""


def broken_rules(*rules: Rule) -> tuple[str, ...]:
    """The sentence of every rule that does not hold."""
    return tuple(sentence for holds, sentence in rules if not holds)
