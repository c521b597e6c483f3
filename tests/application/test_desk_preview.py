"""A preview shows what the order would come to, judged by the same functions; it reserves nothing and sends nothing."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.application.card.model import CardMarket
from tastyflow.application.card.wording import offer_of, rows_of
from tastyflow.application.message import Consent
from tastyflow.domain.order.stages import Stage
from tastyflow.domain.policy import Confirm
from tastyflow.domain.preview import PreviewAsked
from tastyflow.domain.trader import Permission
from tastyflow.domain.venue import Position
from tastyflow.errors import Refused, VenueRefused
from tastyflow.ports import MarketSession
from tests.application.kit import CALL, GENEROUS, LENIENT, MISSION, log

pytestmark = pytest.mark.anyio

TEXTS = (
    MISSION,
    "buy 5 SPY 450/460 call vertical Dec 18",
    "sell 1 SPY 430/435/465/470 iron condor Dec 18 @ 1.95 gtc",
    "buy 100 SPY @ 440",
    "buy 1 SPY at the market",
    "sell to close 4 SPY 450 calls Dec 18",
    "sell 2 SPY 450 calls Dec 18",
)
WRONG = (
    "buy 10 SPY 450.37 calls expiring next month",
    "buy 2 SPY 450 call Dec 18 @ 19",
    "buy 21 SPY 450 call Dec 18",
    "buy 1 ZZZZ 450 call Dec 18",
    "buy 10 SPY 450",
    "good morning",
)


async def previewed(house, desk, text, **who):
    return await house.until(desk.preview(house.message(text, **who)))


def lines(card):
    return {row.name: row.lines for row in rows_of(card)}


@pytest.fixture
async def house(build):
    house = await build(limits=evolve(GENEROUS, max_contracts=20))
    house.live.endow(Position(CALL, 4, Decimal(5)))
    return house


@pytest.mark.parametrize("text", TEXTS)
async def test_what_is_previewed_is_the_order_that_would_be_placed(house, text):
    async with house.desk() as desk:
        seen = await previewed(house, desk, text)
        assert seen.refusal is None
        before = log(house.ledger)
        order = await house.place(desk, text)
        assert len(log(house.ledger)) > len(before)
    card = seen.card
    assert (card.words, card.digest, card.place) == (order.words, order.digest, "FAKE")
    assert (card.loss_usd, card.counted_usd) == (order.loss_usd, order.notional_usd)
    assert (*card.completions, *card.checks.warnings) == order.completions
    assert card.costs.fees_usd is not None


@pytest.mark.parametrize("text", WRONG)
async def test_what_would_be_refused_is_refused_with_the_same_code_and_way_out(house, text):
    async with house.desk() as desk:
        seen = await previewed(house, desk, text)
        order = await house.place(desk, text)
    assert order.stage is Stage.REFUSED
    no = seen.refusal
    assert (no.code, no.message, no.hint, no.suggestions) == (
        order.code,
        order.message,
        order.hint,
        order.suggestions,
    )


@pytest.mark.parametrize("text", [*TEXTS[:2], *WRONG[1:5]])
async def test_only_that_it_was_asked_is_recorded_with_what_was_shown_or_the_code(house, text):
    async with house.desk() as desk:
        before = log(house.ledger)
        seen = await previewed(house, desk, text, message="p-1")
        again = await previewed(house, desk, text, message="p-1")
        (asked,) = log(house.ledger)[len(before) :]
    assert isinstance(asked, PreviewAsked)
    assert asked.asked.text == text
    assert asked.code == (seen.refusal.code if seen.refusal else "")
    assert (asked.words, asked.digest) == ((seen.card.words, seen.card.digest) if seen.card else ("", ""))
    assert asked.actor.startswith("trader:demo ")
    assert (again.card is None) is (seen.card is None)
    assert house.trader().reserved == {}
    assert house.books() == ([], [])
    assert house.setups() == []


async def test_a_stranger_and_who_may_not_look_see_no_preview(build):
    house = await build(permissions=())
    async with house.desk() as desk:
        for who, code in (("mallory", "unknown_trader"), ("demo", "not_permitted")):
            with pytest.raises(Refused) as no:
                await previewed(house, desk, MISSION, user=who)
            assert no.value.code == code


async def test_who_may_only_look_sees_that_the_order_would_be_refused(build):
    house = await build(permissions={Permission.VIEW})
    async with house.desk() as desk:
        seen = await previewed(house, desk, MISSION)
    assert seen.card is not None
    assert seen.refusal.code == "not_permitted"
    assert seen.card.refusal is seen.refusal


async def test_the_language_asks_for_it_too(house):
    async with house.desk() as desk:
        reply = await house.until(desk.ask(house.message(f"preview {MISSION}")))
        assert (reply.card is None, reply.orders, reply.error) == (False, (), None)
        refused = await house.until(desk.ask(house.message("preview buy 21 SPY 450 call Dec 18")))
        assert (refused.card is None, refused.error.code) == (False, "over_limit")


async def test_the_card_of_an_order_that_waits_shows_its_own_digest_and_until_when(house):
    house.policy = evolve(LENIENT, confirm=Confirm.ABOVE)
    async with house.desk() as desk:
        order = await house.place(desk, MISSION, consent=Consent.ASK)
        card = await house.until(desk.card(order))
        assert (card.digest, card.reference, card.confirm_until) == (order.digest, order.reference, order.confirm_until)
        assert "120 seconds" in offer_of(card)
        assert len(card.checks.made) > 20
        await house.until(desk.decline(house.message("no"), order.reference))
        assert offer_of(await house.until(desk.card(house.order(order.id)))) == ""


async def test_what_a_venue_does_not_say_is_said_to_be_unknown_and_keeps_no_card_away(house):
    class Silent:
        def __init__(self, broker):
            self._broker = broker

        def __getattr__(self, name):
            return getattr(self._broker, name)

        async def dry_run(self, ticket):
            raise VenueRefused("Not today.", code="no")

    house.production = Silent(house.production)
    async with house.desk() as desk:
        card = (await previewed(house, desk, MISSION)).card
    assert card.costs.fees_usd is None
    assert lines(card)["costs"] == ("fees and buying power are not known: Not today.",)


# ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────

SATURDAY = datetime(2026, 11, 21, 17, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 14, 30, tzinfo=UTC)


async def card_of(house, text):
    async with house.desk() as desk:
        return (await previewed(house, desk, text)).card


async def test_each_leg_says_its_weekday_days_settlement_and_what_is_held(house):
    assert lines(await card_of(house, "sell to close 4 SPY 450 calls Dec 18"))["order"] == (
        "sell to close 4 SPY 450 call · +4 held",
        "   Fri Dec 18 2026, 28 days · settles PM",
    )
    morning = lines(await card_of(house, "buy 1 SPX 4500 call Dec 18"))["order"]
    assert morning[1] == "   Fri Dec 18 2026, 28 days · settles AM, last trade Thu Dec 17"


async def test_why_an_approval_is_needed_stands_on_a_card_once(build):
    house = await build(policy=evolve(LENIENT, approval_above_usd=Decimal(1)))
    async with house.desk() as desk:
        rows = lines((await previewed(house, desk, MISSION)).card)
    (needed,) = rows["approval"]
    assert [line for said in rows.values() for line in said if "another person must approve" in line] == [needed]
    assert "warnings" not in rows or needed.removeprefix("needed: ") not in rows["warnings"]


async def test_a_calendar_says_of_each_leg_when_it_ends(house):
    told = lines(await card_of(house, "buy 1 SPY 455 call calendar Dec 18/Jan 15"))["order"]
    assert [line.strip()[:15] for line in told if line.startswith("   ") and "held" not in line] == [
        "Fri Dec 18 2026",
        "Fri Jan 15 2027",
    ]


@pytest.mark.parametrize(
    ("session", "told"),
    [
        (MarketSession(False, MONDAY), "not now: the market is closed. From Mon Nov 23 2026 09:30 New York"),
        (MarketSession(False, None), "not now: the market is closed"),
        (MarketSession(True, MONDAY + timedelta(hours=6.5)), "at once: the market is open until Mon Nov 23 2026 16:00"),
        (None, "whether the market is open is not known"),
    ],
)
async def test_the_card_says_when_the_order_begins_to_work(house, session, told):
    card = evolve(await card_of(house, MISSION), session=session, seen_at=SATURDAY)
    (row,) = [row for row in rows_of(card) if row.name == "works"]
    assert row.lines[0].startswith(told)
    assert row.is_warning is (session is None or not session.is_open)


async def test_what_is_paid_received_risked_and_gained_stands_in_dollars(house):
    told = lines(await card_of(house, "sell 1 SPY 430/435/465/470 iron condor Dec 18 @ 1.95"))
    assert told["receives"] == ("$195.00",)
    assert told["risk"] == ("maximum loss $305.00", "maximum gain $195.00", "break-even at 433.05 and 466.95")
    assert "pays" in lines(await card_of(house, MISSION))


prices = st.decimals(Decimal(-50), Decimal(50), places=2)


@given(natural=prices, spread=st.decimals(0, 10, places=2), limit=prices)
@settings(max_examples=200, deadline=None)
def test_worse_than_mid_is_what_the_trader_pays_more_or_receives_less(natural, spread, limit):
    market = CardMarket(natural, natural - spread, limit)
    assert market.worse_than_mid == limit - (natural - spread / 2)
    assert market.passive <= market.mid <= market.natural
    if limit == market.natural:
        assert market.worse_than_mid >= 0  # what trades now is never better than mid
