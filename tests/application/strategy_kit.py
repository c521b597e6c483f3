"""
What the tests of strategies at the desk are made of.

    hold, pin            what both accounts hold, and what the market quotes
    completed, refused   what becomes of a text, without drafting it
"""

from datetime import date
from decimal import Decimal

import pytest

from tastyflow.application.account.view import AccountView
from tastyflow.application.intake.completion import Completer
from tastyflow.domain.instruments import EquityOption, Right
from tastyflow.domain.venue import Position
from tastyflow.errors import Refused
from tests.application.kit import DECEMBER, Language
from tests.application.test_desk_refusals import assert_suggestions_complete

JANUARY = date(2027, 1, 15)
DEC = "Dec 18"
PUTS, CALLS = Right.PUT, Right.CALL
NOTHING = Decimal(0)
CLOSE_IT = f"close 2 SPY 440/435 put vertical {DEC}"
CONDOR = f"sell 1 SPY 430/435/465/470 iron condor {DEC}"


def option(strike, right, *, day=DECEMBER, root="SPY"):
    return EquityOption(root, day, right, Decimal(strike))


def hold(house, *positions):
    """Put ``(strike, right, quantity)`` of SPY into the live account and the sandbox's."""
    held = [Position(option(strike, right), quantity, Decimal(1)) for strike, right, quantity in positions]
    house.live.endow(*held)
    house.rehearsals.endow(*held)


def pin(house, *quotes):
    for strike, right, bid, ask in quotes:
        house.market.pin(option(strike, right), bid, ask)


async def completed(house, text):
    """What becomes of *text*, without drafting it."""
    completer = Completer(
        market=house.market,
        account=AccountView(house.live, house.clock, house.ledger),
        language=Language(),
        clock=house.clock,
    )
    return await house.until(completer.complete(Language.parse(text, as_of=house.clock.now())))


async def refused(house, text, code):
    """The refusal of *text*; each of its suggestions can be completed."""
    with pytest.raises(Refused) as no:
        await completed(house, text)
    assert no.value.code == code, no.value.message
    await assert_suggestions_complete(house, no.value)
    return no.value


def sides(ticket):
    return [(leg.action.value, leg.quantity, leg.instrument.strike) for leg in ticket.legs]
