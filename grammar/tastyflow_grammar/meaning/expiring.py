"""The expiration and the last day of a good-till order: one day each, whatever the text says of it, and how often."""

from collections.abc import Sequence
from datetime import date, timedelta

from tastyflow.domain.commands import AskedExpiration, DaysOut
from tastyflow.domain.ticket import Duration, TimeInForce
from tastyflow_grammar.days import NoSuchDay, short
from tastyflow_grammar.meaning.dates import When, resolve
from tastyflow_grammar.parts import Kind, Part
from tastyflow_grammar.refusing.faults import Code, Edit, Fault, Span


def one_expiration(parts: Sequence[Part], today: date) -> Part:
    """
    The expiration, said once or in agreement: ``next friday 12/4``.

    Raises:
        Fault: ``conflict`` when two disagree, else what is wrong with the day.
    """
    first, *others = [part for part in parts if part.kind is Kind.EXPIRATION]
    day = resolved(first.value, first.span, today)
    for other in others:
        if resolved(other.value, other.span, today) != day:
            fixes = [(Edit(other.span, ""),), (Edit(first.span, ""),)]
            raise Fault(Code.CONFLICT, "There are two expirations. Keep one.", other.span, fixes)
    return Part(first.kind, day, first.span)


def resolved(when: When, span: Span, today: date) -> AskedExpiration:
    """
    The day that the words mean.

    Raises:
        Fault: With what may have been meant as fixes.
    """
    try:
        return resolve(when, today)
    except NoSuchDay as none:
        raise Fault(none.code, none.message, span, [(Edit(when.place, short(day)),) for day in none.instead]) from None


def time_in_force(part: Part | None, today: date) -> TimeInForce:
    """
    How long the order works; the day when unsaid.

    Raises:
        Fault: The last day is no trading day, or past.
    """
    if part is None:
        return TimeInForce()
    duration, when = part.value
    if duration is not Duration.GTD:
        return TimeInForce(duration)
    until = resolved(when, part.span, today)
    if isinstance(until, DaysOut):  # the order book needs a day, not an expiration: the calendar's
        until = resolved(When("iso", ((today + timedelta(until.dte)).isoformat(),), when.spans), part.span, today)
        assert isinstance(until, date)  # noqa: S101 - an ISO date is one
    return TimeInForce(Duration.GTD, until)
