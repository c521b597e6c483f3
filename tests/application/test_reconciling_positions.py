"""What the account holds is compared with what the log explains."""

from decimal import Decimal

import pytest

from tastyflow.application.reconciling.report import Finding
from tastyflow.domain.incident import IncidentKind
from tastyflow.domain.instruments import Equity, EquityOption, Right
from tastyflow.domain.venue import Position
from tastyflow_adapters.cli.looking_pages import holdings_page
from tastyflow_adapters.cli.looking_shapes import holdings_json
from tastyflow_adapters.fake import Plan
from tastyflow_adapters.fake.order_plan import fill, live
from tests.application.kit import (
    CALL,
    DECEMBER,
    MISSION,
    AlteredBroker,
)
from tests.application.reconciling import incidents, reconciled
from tests.application.replacing import BID, resting

pytestmark = pytest.mark.anyio


async def test_what_was_held_before_is_no_alarm(build):
    house = await resting(build)
    house.live.endow(Position(CALL, 5, Decimal(8)))
    assert (await reconciled(house)).lines == ()
    assert incidents(house, IncidentKind.POSITION) == []


async def test_what_the_log_cannot_explain_is_told_once_and_closes_by_itself(build):
    house = await resting(build)
    await reconciled(house)
    house.live.endow(Position(CALL, 5, Decimal(8)))
    first, second = await reconciled(house), await reconciled(house)
    assert [line.finding for line in first.news] == [Finding.POSITION]
    assert "holds 5" in first.news[0].text
    assert second.news == ()
    assert [line.text for line in second.lines] == [first.news[0].text]
    (incident,) = incidents(house, IncidentKind.POSITION)
    assert incident.is_open
    house.live.endow(Position(CALL, 0, Decimal(8)))
    assert [line.finding for line in (await reconciled(house)).news] == [Finding.POSITION]
    (incident,) = incidents(house, IncidentKind.POSITION)
    assert not incident.is_open
    assert (await reconciled(house)).lines == ()


SHARES, PUT = Equity("SPY"), EquityOption("SPY", DECEMBER, Right.PUT, Decimal(450))


@pytest.mark.parametrize("before", [True, False], ids=["it worked before", "it came later"])
@pytest.mark.parametrize("instrument", [SHARES, PUT])
async def test_a_working_order_hides_nothing_that_is_held_of_another_instrument(build, instrument, before):
    house = await resting(build)
    if before:
        await house.once(BID)
    await reconciled(house)
    if not before:
        await house.once(BID)
    house.live.endow(Position(instrument, 5, Decimal(8)))
    report = await reconciled(house)
    assert [line.finding for line in report.news] == [Finding.POSITION]
    assert len(incidents(house, IncidentKind.POSITION)) == 1


@pytest.mark.parametrize("held", [4, 11, -1])
async def test_a_working_order_hides_what_it_could_have_filled_for_a_minute_and_not_for_good(build, held):
    house = await resting(build)
    await house.once(BID)
    await reconciled(house)
    house.live.endow(Position(CALL, held, Decimal(8)))
    assert [line.finding for line in (await reconciled(house)).news] == [Finding.POSITION] * (held != 4)
    house.clock.jump(61)
    (line,) = (await reconciled(house)).lines
    assert line.finding is Finding.POSITION


@pytest.mark.parametrize("call", ["listed", "positions"])
async def test_a_fill_in_the_midst_of_a_reconciliation_is_no_difference(build, call):
    house = await resting(build, Plan((live(), fill(10, after_s=3600))))
    await house.once(BID)
    house.clock.jump(3590)

    unheard = AlteredBroker(house.live, lambda asked, each: None if asked == "stream" else each)

    class Filling:
        """It fills right after *call* was answered, and no stream tells of it."""

        def __getattr__(self, name):
            asked = getattr(unheard, name)
            if name != call:
                return asked

            async def answered(*args):
                answer = await asked(*args)
                house.clock.jump(20)
                return answer

            return answered

    house.production = Filling()
    assert [line for line in (await reconciled(house)).lines if line.finding is Finding.POSITION] == []
    house.clock.jump(120)
    assert [line for line in (await reconciled(house)).lines if line.finding is Finding.POSITION] == []
    assert incidents(house, IncidentKind.POSITION) == []


async def test_fills_of_ours_are_explained_however_late_the_positions_show_them(build):
    house = await build(position_lag_s=30.0)
    await reconciled(house)
    async with house.desk() as desk:
        await house.place(desk, MISSION)
        for _ in range(4):
            (report,) = await house.until(desk.reconcile())
            assert report.lines == ()
            await house.until(house.clock.sleep(15))


async def test_an_option_that_expired_worthless_is_no_alarm(build):
    house = await build()
    await house.once(MISSION)
    assert (await reconciled(house)).lines == ()
    house.clock.jump(40 * 86_400)
    house.live.endow(Position(CALL, 0, Decimal(8)))
    report = await reconciled(house)
    assert [line.text for line in report.lines] == ["10 SPY 450 call Dec 18 2026: expired, and held no more."]
    assert incidents(house, IncidentKind.POSITION) == []
    assert (await reconciled(house)).lines == ()


async def positions_seen(house):
    async with house.desk() as desk:
        return (await house.until(desk.ask(house.message("positions")))).looked


async def test_positions_mark_what_the_log_cannot_explain_as_recover_tells_it(build):
    house = await resting(build)
    house.live.endow(Position(PUT, 2, Decimal(8)))
    assert (await positions_seen(house)).unexplained == (), "it was not held against the log yet"
    await house.once(BID)
    await reconciled(house)
    house.live.endow(Position(SHARES, 7, Decimal(8)))
    seen = await positions_seen(house)
    (line,) = (await reconciled(house)).lines
    assert [each.words for each in seen.unexplained] == [line.text]
    assert {each.position.instrument: seen.difference(each.position.instrument) is None for each in seen.positions} == {
        PUT: True,
        SHARES: False,
    }
    end = house.ledger.end()
    page = "\n".join(str(each) for each in _texts(holdings_page(await positions_seen(house))))
    assert f"! {line.text}" in page
    shape = holdings_json(seen)
    assert [each["is_explained"] for each in shape["positions"]] == [True, False]
    assert [(each["held"], each["explained"], each["message"]) for each in shape["unexplained"]] == [(7, 0, line.text)]
    assert house.ledger.end() == end, "a look records nothing"


def _texts(page):
    return page.renderables if hasattr(page, "renderables") else [page]


@pytest.mark.parametrize(("held", "is_marked"), [(4, False), (10, False), (11, True), (-1, True)])
async def test_positions_do_not_mark_what_a_working_order_may_just_have_filled(build, held, is_marked):
    house = await resting(build)
    await house.once(BID)
    house.clock.jump(3600)
    house.live.endow(Position(CALL, held, Decimal(8)))
    assert len((await positions_seen(house)).unexplained) == is_marked
    await reconciled(house)
    assert len((await positions_seen(house)).unexplained) == 1


async def test_positions_tell_of_what_is_held_no_more_and_was_not_closed_here(build):
    house = await build()
    await house.once(MISSION)
    await reconciled(house)
    house.live.endow(Position(CALL, 0, Decimal(8)))
    house.clock.jump(120)
    seen = await positions_seen(house)
    assert [(each.held, each.explained) for each in seen.unexplained] == [(0, 10)]
    assert "Nothing is held." in str(_texts(holdings_page(seen))[0])
