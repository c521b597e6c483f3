"""
What an order can lose and gain, in a trader's words.

    maximum loss $307.00, maximum gain $193.00, break-even at 433.07 and 466.93     the ticket by itself
    adds maximum loss $120.00 to the account                                        with all that is held and open

The second line is there only where the two differ; the first then says "by itself".
"""

from tastyflow.domain.order import Order
from tastyflow.domain.risk.profile import Profile, of_ticket
from tastyflow.domain.risk.worst_case import loss_in_words


def profile_of(order: Order) -> Profile | None:
    """The profile of an opening order by itself; None for one that closes, and where its price is not known."""
    if order.ticket is None or any(not leg.action.opens for leg in order.legs):
        return None
    try:
        return of_ticket(order.ticket, {})
    except KeyError:
        return None


def risk_words(order: Order) -> list[str]:
    """What the order can lose and gain, in lines; none before it was judged."""
    if order.book is None:
        return []
    profile, added = profile_of(order), added_words(order)
    if profile is None:
        return [added]
    told = [profile.loss_in_words(), profile.gain_in_words(), profile.break_evens_in_words()]
    by_itself = ", ".join(told)
    return [by_itself] if order.loss_usd == profile.max_loss_usd else [f"by itself: {by_itself}", added]


def added_words(order: Order) -> str:
    """``adds maximum loss $120.00 to the account``"""
    if order.loss_usd is None:
        return f"adds unlimited loss to the account, counted as ${order.notional_usd:,.2f}"
    if not order.loss_usd:
        return "adds nothing to what the account can lose"
    return f"adds {loss_in_words(order.loss_usd)} to the account"
