"""
From the grammar's rules to parts: one method per rule, named as the rule, and no decisions.

    order.lark ─▶ structure: whole lines ─▶ Statement
                      │
                      ├▶ leg_parts     who does what, what, which legs
                      └▶ term_parts    until when, for how much, how long it works

Every method of a part gives a tuple of parts, so that rules join by adding up. The parts keep the text as typed:
`meaning.dates` finds the day of a date form, `meaning.numbers` the meaning of a bare number.
"""

from typing import Any

from attrs import evolve
from lark import Transformer
from lark.lexer import Token

from tastyflow_grammar.parts import Parts, Statement
from tastyflow_grammar.reading.leg_parts import LegParts
from tastyflow_grammar.reading.term_parts import TermParts
from tastyflow_grammar.reading.words import asks, consists_of, covering, span_of


class Structure(LegParts, TermParts, Transformer[Token, Any]):
    """The transformer for ``order.lark``."""

    def start(self, children: list[Parts]) -> Statement:
        return Statement("order", children[0])

    def order(self, children: list[Parts]) -> Parts:
        return sum(children, ())

    def leg_by_leg(self, children: list[Any]) -> Statement:
        legs = tuple(each for each in children if isinstance(each, tuple))
        return Statement("leg_by_leg", sum(legs, ()), legs)

    def preview_legs(self, children: list[Any]) -> Statement:
        return evolve(self.leg_by_leg(children), verb="preview_legs")

    def to(self, children: list[Any]) -> Parts:
        word, parts = children
        first, *rest = parts
        return (evolve(first, span=covering((first,), word)), *rest)

    def replace(self, children: list[Any]) -> Statement:
        at, reference = next(
            (at, child) for at, child in enumerate(children) if isinstance(child, Token) and child.type == "REFERENCE"
        )
        return Statement("replace", sum(children[at + 1 :], ()), reference=span_of(reference))

    def roll(self, children: list[Any]) -> Statement:
        legs = tuple(each for each in children if isinstance(each, tuple))
        return Statement("roll", sum(legs, ()), (legs[0], sum(legs[1:], ())))

    rolled = order
    flatten = consists_of("flatten")
    preview = consists_of("preview")
    quote = consists_of("quote")
    expirations = consists_of("expirations")
    chain = consists_of("chain")
    flattened = order
    quoted = order
    cancel = asks("cancel")
    cancel_all = asks("cancel_all")
    cancel_everyone = asks("cancel_everyone")
    status = asks("status")
    approve = asks("approve")
    reject = asks("reject")
    halt = asks("halt")
    resume = asks("resume")
    orders = asks("orders")
    approvals = asks("approvals")
    positions = asks("positions")
    balance = asks("balance")
    help = asks("help")
