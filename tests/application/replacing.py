"""A desk with one order at work, which another one is to replace."""

from tastyflow_adapters.fake import Plan, ScriptedModel
from tastyflow_adapters.fake.order_plan import live

BID = "buy 10 SPY 450 calls exp Dec 18 2026 @ 8.00"
CONDOR = "sell 2 SPY 430/435/465/470 iron condor Dec 18 @ 3.50"


def scripted(*plans):
    """Each order in production goes by the next plan; the last is for all that follow."""
    left = list(plans)
    return ScriptedModel(lambda _ticket: left.pop(0) if len(left) > 1 else left[0])


RESTS = Plan((live(),))


async def resting(build, *plans, **parts):
    return await build(models=(None, scripted(*plans or (RESTS,))), **parts)


async def replace(house, desk, words, **who):
    reply = await house.until(desk.ask(house.message(words, **who)))
    if reply.error is not None:
        raise reply.error
    return reply.orders


def stages(orders):
    return [order.stage for order in orders]


def told_of(house, order):
    return [notice.sentence for notice in house.told.notices if notice.order.id == order.id]
