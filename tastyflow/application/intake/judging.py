"""
Within limits? What the checks of risk say of a completed order, and what could be asked for instead.

    Facts ─▶ checks_of ─┬─ none stops it ─▶ what they found, and why a person must approve, is recorded
                        └─ some do ─▶ refused: every reason, and orders that would pass: fewer, or at another price
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import islice
from typing import Final

from attrs import evolve, frozen

from tastyflow.application.intake.completion import Completed
from tastyflow.application.intake.open_or_close import in_units
from tastyflow.domain.commands import PlaceOrder
from tastyflow.domain.instruments import TickRule
from tastyflow.domain.order.events import RecordedCheck
from tastyflow.domain.policy import Policy
from tastyflow.domain.risk.checks import blocking, checks_of, fitting_units, wanting_approval, warnings
from tastyflow.domain.risk.codes import RiskCode
from tastyflow.domain.risk.facts import Facts
from tastyflow.domain.risk.finding import Correction, RiskCheck
from tastyflow.domain.ticket import OrderType, Ticket
from tastyflow.errors import Invalid, Refused
from tastyflow.ports import Language

OFFERS: Final = 3
PRICES: Final = frozenset({RiskCode.COLLAR, RiskCode.STOP_SIDE, RiskCode.POSSIBLE_PRICE})
"""What an order can lose is counted at its price: where that cannot be meant, it is what has to be mended."""

HALTS: Final = frozenset({RiskCode.HALTED, RiskCode.REDUCING})
"""What is said first: no order and no permission helps against it."""

PERSONS: Final = frozenset({RiskCode.SUSPENDED, RiskCode.ACCOUNT, RiskCode.TRADE_PERMISSION, RiskCode.SELL_PERMISSION})
"""What no other order would help against."""


@frozen
class Judgement:
    """
    What the checks found.

    Attributes:
        refusal: None where the order may go on.
        notes: What else the trader should know of an order that may go on.
    """

    checks: tuple[RiskCheck, ...]
    refusal: Refused | None
    notes: tuple[str, ...] = ()

    @cached_property
    def sentences(self) -> tuple[str, ...]:
        """What a trader should know of an order: the warnings; and where it goes on, why a person must approve it."""
        wanting = self._wanting if self.refusal is None else ()
        notes = self.notes if self.refusal is None else ()
        return (*(check.detail for check in (*warnings(self.checks), *wanting)), *notes)

    @property
    def approval(self) -> tuple[str, ...]:
        """The codes of the checks for which a person must approve it; none where the policy may."""
        return tuple(check.code.value for check in self._wanting)

    @cached_property
    def _wanting(self) -> tuple[RiskCheck, ...]:
        return wanting_approval(self.checks)

    def recorded(self) -> tuple[RecordedCheck, ...]:
        """The checks as the log keeps them: each one, with what it saw."""
        return tuple(
            RecordedCheck(check.code.value, check.outcome.value, check.detail, dict(check.inputs))
            for check in self.checks
        )


def judge(facts: Facts, policy: Policy, completed: Completed, language: Language) -> Judgement:
    """Ask every check of the order; where some stop it, say why and what would pass."""
    checks = checks_of(facts, policy)
    stopping = sorted(blocking(checks), key=_by_weight)
    if not stopping:
        return Judgement(checks, None)
    offers = dict.fromkeys(islice(_offers(stopping, facts, policy, completed), OFFERS))
    return Judgement(
        checks,
        Refused(
            " ".join(dict.fromkeys(check.detail for check in stopping)),
            code=stopping[0].code.about.refusal.value,
            hint=stopping[0].hint,
            suggestions=tuple(language.render(offer, as_of=completed.account.taken_at) for offer in offers),
        ),
    )


def _by_weight(check: RiskCheck) -> tuple[bool, bool, bool]:
    return check.code not in HALTS, check.code not in PERSONS, check.code not in PRICES


def _offers(stopping: Sequence[RiskCheck], facts: Facts, policy: Policy, completed: Completed) -> Iterator[PlaceOrder]:
    """Orders of the same legs that every check lets pass."""
    units = fitting_units(stopping)
    if units is not None:
        fewer = in_units(completed.command, units)
        if _passes(facts.with_units(units), facts, policy):
            yield fewer
    for correction in _corrections(stopping):
        with suppress(Invalid):
            ticket = _corrected(facts.ticket, correction, completed.ticks)
            if _passes(ticket, facts, policy):
                yield evolve(
                    completed.command,
                    order_type=ticket.order_type,
                    price=ticket.price,
                    price_effect=ticket.price_effect,
                    stop=ticket.stop,
                )


def _corrections(stopping: Sequence[RiskCheck]) -> Iterable[Correction]:
    return dict.fromkeys(correction for check in stopping for correction in check.corrections)


def _corrected(ticket: Ticket, correction: Correction, ticks: TickRule) -> Ticket:
    """
    *ticket* at the corrected price, on a tick that is no worse for the trader.

    Raises:
        Invalid: There is no such ticket.
    """
    buys = correction.price_effect is not None and correction.price_effect.value == "debit"
    price = ticks.down(correction.price) if buys else ticks.up(correction.price)
    limited = OrderType.LIMIT if correction.stop is None else OrderType.STOP_LIMIT
    return evolve(ticket, order_type=limited, price=price, price_effect=correction.price_effect, stop=correction.stop)


def _passes(ticket: Ticket, facts: Facts, policy: Policy) -> bool:
    """Whether *ticket* would pass, asked at this moment in the order's place."""
    dry_run = facts.dry_run
    if dry_run is not None and ticket.units != facts.ticket.units:
        part = dry_run.buying_power_change_usd * ticket.units / facts.ticket.units
        dry_run = evolve(dry_run, buying_power_change_usd=part)
    return not blocking(checks_of(evolve(facts, ticket=ticket, dry_run=dry_run), policy))
