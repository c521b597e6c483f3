"""
What stands in the braces of an action: figures by name, numbers, + - * / and brackets. Parsed here, never evaluated
by Python.

    put_wall-10        (flip + spot)/2        spot*0.98
"""

import re
from collections.abc import Callable, Mapping
from decimal import Decimal, DivisionByZero, InvalidOperation, Overflow, localcontext
from operator import add, mul, sub, truediv
from typing import Final

from attrs import frozen

from tastyflow.errors import Invalid

DEEPEST: Final = 8
MOST_TOKENS: Final = 40

FIGURE_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
"""How a figure is called: small letters, digits and underscores, at most 40."""

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d{1,9}(?:\.\d{1,6})?|\.\d{1,6})(?![\w.])|(?P<name>[a-z][a-z0-9_]{0,39})(?![\w.])|(?P<sign>[-+*/()]))",
    re.ASCII,
)
_DO: Final[Mapping[str, Callable[[Decimal, Decimal], Decimal]]] = {"+": add, "-": sub, "*": mul, "/": truediv}

Look = Callable[[str], Decimal]
"""The value of a figure by its name."""


@frozen
class Constant:
    """A number as written."""

    value: Decimal

    @property
    def figures(self) -> frozenset[str]:
        return frozenset()

    def result(self, look: Look) -> Decimal:
        return self.value


@frozen
class FigureTerm:
    """A figure."""

    name: str

    @property
    def figures(self) -> frozenset[str]:
        return frozenset({self.name})

    def result(self, look: Look) -> Decimal:
        return look(self.name)


@frozen
class Combined:
    """Two of them, and what is done with them."""

    sign: str
    left: "Formula"
    right: "Formula"

    @property
    def figures(self) -> frozenset[str]:
        return self.left.figures | self.right.figures

    def result(self, look: Look) -> Decimal:
        return _DO[self.sign](self.left.result(look), self.right.result(look))


Formula = Constant | FigureTerm | Combined


def computed(formula: Formula, look: Look) -> Decimal:
    """
    The result of *formula*.

    Raises:
        ArithmeticError: It is divided by zero, or too large.
    """
    with localcontext() as context:
        context.prec = 28
        for trap in (DivisionByZero, InvalidOperation, Overflow):
            context.traps[trap] = True
        return formula.result(look)


def parsed(text: str) -> Formula:
    """
    The formula that *text* is.

    Raises:
        Invalid: code ``bad_template``: it is none.
    """
    parser = _Parser(_tokens(text), text)
    formula = parser.sum(0)
    if parser.left:
        raise _no_formula(text, f"'{parser.left[0]}' stands where + - * or / was expected")
    return formula


class _Parser:
    """One method for each strength of binding; *left* are the tokens ahead."""

    def __init__(self, tokens: list[str], text: str) -> None:
        self.left = tokens
        self._text = text

    def sum(self, depth: int) -> Formula:
        formula = self._product(depth)
        while self.left and self.left[0] in "+-":
            formula = Combined(self.left.pop(0), formula, self._product(depth))
        return formula

    def _product(self, depth: int) -> Formula:
        formula = self._operand(depth)
        while self.left and self.left[0] in "*/":
            formula = Combined(self.left.pop(0), formula, self._operand(depth))
        return formula

    def _operand(self, depth: int) -> Formula:
        if depth > DEEPEST:
            raise _no_formula(self._text, f"it has more than {DEEPEST} brackets within each other")
        if not self.left:
            raise _no_formula(self._text, "a figure or a number is missing at its end")
        part = self.left.pop(0)
        if part == "-":
            return Combined("-", Constant(Decimal(0)), self._operand(depth + 1))
        if part == "(":
            inner = self.sum(depth + 1)
            if not self.left or self.left.pop(0) != ")":
                raise _no_formula(self._text, "a bracket is not closed")
            return inner
        if part in "+*/)":
            raise _no_formula(self._text, f"'{part}' stands where a figure or a number was expected")
        return FigureTerm(part) if part[0].isalpha() else Constant(Decimal(part))


def _tokens(text: str) -> list[str]:
    tokens: list[str] = []
    end = 0
    while end < len(text.rstrip()):
        match = _TOKEN.match(text, end)
        if match is None:
            raise _no_formula(text, f"{text[end:].strip()[:20]!r} is neither a figure nor a number")
        tokens.append(match[0].strip())
        end = match.end()
    if len(tokens) > MOST_TOKENS:
        raise _no_formula(text, f"it has more than {MOST_TOKENS} parts")
    return tokens


def _no_formula(text: str, why: str) -> Invalid:
    return Invalid(
        f"{{{text[:60]}}} cannot be worked out: {why}.",
        code="bad_template",
        hint="Use figures by name, numbers, + - * / and brackets: {put_wall-10}.",
    )
