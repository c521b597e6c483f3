"""
What is offered instead of a line that is not understood, where the position or the chain knows more than the language.

    trim SPY 450C 12/18     how many?          the numbers that the position gives (`resizing`)
    buy 10 KO 70C           which expiration?  of the days that are offered, those that are listed (`offered_days`)

Where the venue does not answer, the line is refused as the language refuses it.
"""

from tastyflow.application.context import Context
from tastyflow.application.intake.completion import Completer
from tastyflow.application.intake.identify import author_of
from tastyflow.application.intake.offered_days import LACKING, listed
from tastyflow.application.intake.resizing import ADDING, as_close, verb_without_a_size
from tastyflow.application.message import Message
from tastyflow.domain.commands import PlaceOrder
from tastyflow.domain.instruments import underlying_of
from tastyflow.domain.trader import Trader
from tastyflow.errors import NotUnderstood, VenueFailure


def needs_advice(message: Message, no: NotUnderstood) -> bool:
    """Whether the position or the chain knows more of what is offered instead of *message*."""
    return no.code == LACKING or verb_without_a_size(message.text, no) is not None


async def advised(context: Context, completer: Completer, message: Message, no: NotUnderstood) -> NotUnderstood:
    """*no* with the suggestions that the position or the chain gives."""
    try:
        asking = _listed_days(context, message, no) if no.code == LACKING else _sizes(context, completer, message, no)
        offered = await asking
    except VenueFailure:
        return no  # what the line lacks is known; what is held or listed is not
    if offered is None:
        return no
    return NotUnderstood(no.message, code=no.code, span=no.span, hint=no.hint, suggestions=offered)


async def _sizes(context: Context, completer: Completer, message: Message, no: NotUnderstood) -> tuple[str, ...] | None:
    verb = verb_without_a_size(message.text, no)
    close = as_close(message.text, no, context.language, context.clock.now()) if verb else None
    return None if close is None else await completer.resizings(close, adds=verb == ADDING)


async def _listed_days(context: Context, message: Message, no: NotUnderstood) -> tuple[str, ...] | None:
    now = context.clock.now()
    read = [(line, context.language.parse(line, as_of=now)) for line in no.suggestions]
    offered = [(line, command) for line, command in read if isinstance(command, PlaceOrder)]
    if not offered:
        return None
    chain = await context.market.chain(underlying_of(offered[0][1].legs[0].instrument.underlying))
    if chain is None:
        return None
    author = author_of(context, message)
    trader = context.ledger.latest(Trader, author.id) if author else None
    return listed(offered, chain, now, zero_dte=trader is not None and trader.limits.zero_dte)
