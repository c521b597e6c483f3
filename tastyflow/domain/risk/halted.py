"""
Whether the operator lets orders leave: halted stops all, reducing those that do more than take risk away.

An exit is the same here as for every other check: `checks` passes the ones that do not bind exits.
"""

from tastyflow.domain.halt import Halt, Trading
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.finding import RiskCheck, passed, refused
from tastyflow.errors import Refused

HALTED_HINT = (
    "Nothing was sent. 'halt reducing' lets orders pass that only close; 'resume' and a reason lets all pass. "
    "Cancels always pass."
)
REDUCING_HINT = "Nothing was sent. An order that only closes passes; 'resume' and a reason lets all pass."


def halted(facts: Facts, _policy: Policy) -> RiskCheck:
    return _check(RiskCode.HALTED, Trading.HALTED, facts.halt, HALTED_HINT)


def reducing(facts: Facts, _policy: Policy) -> RiskCheck:
    return _check(RiskCode.REDUCING, Trading.REDUCING, facts.halt, REDUCING_HINT)


def refusal_of(halt: Halt, *, is_exit: bool) -> Refused | None:
    """Why *halt* stops an order, an exit or another; None where it does not."""
    if halt.lets_pass(is_exit=is_exit):
        return None
    is_halted = halt.trading is Trading.HALTED
    code, hint = (RiskCode.HALTED, HALTED_HINT) if is_halted else (RiskCode.REDUCING, REDUCING_HINT)
    return Refused(halt.in_words, code=code.about.refusal.value, hint=hint)


def _passing(halt: Halt) -> str:
    return "Trading is not halted." if halt.trading is Trading.RUNNING else f"Not stopped by this: {halt.in_words}"


def _check(code: RiskCode, stopping: Trading, halt: Halt, hint: str) -> RiskCheck:
    seen = {"trading": halt.trading}
    return (
        refused(code, halt.in_words, hint, seen=seen)
        if halt.trading is stopping
        else passed(code, _passing(halt), seen)
    )
