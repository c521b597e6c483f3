"""The traders of an installation: where a change is made, who may make it, and how every environment's log follows."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from attrs import evolve, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tastyflow.application.attribution import because_of_operator
from tastyflow.application.ledger.ledger import Ledger
from tastyflow.application.roster import Roster
from tastyflow.application.trader_copies import BOOKMARK, follow
from tastyflow.application.traders import Traders
from tastyflow.domain.trader import Identity, Limits, Permission, Trader
from tastyflow.errors import Invalid, Refused, StoreFailure
from tastyflow_adapters.config.log_address import LogAddress
from tastyflow_adapters.store.log import open_log
from tests.application.kit import FRIDAY, log

pytestmark = pytest.mark.anyio

SPREADS, COVERED, ADMIN = Permission.SPREADS, Permission.COVERED, Permission.ADMINISTER
SMALL, LARGE = Limits(max_contracts=1), Limits(max_contracts=9_999)
ANN = Trader.id_of("ann")


class Clock:
    def now(self):
        return FRIDAY

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("no trader waits")


def empty() -> Ledger:
    return open_log(LogAddress.memory())


def opening(ledger: Ledger, *, fails: bool = False):
    @contextmanager
    def opened() -> Iterator[Ledger]:
        if fails:
            raise StoreFailure("locked", code="store_locked")
        yield ledger

    return opened


@frozen
class Installation:
    """An installation with two environments where orders are real, and one where nothing can be lost."""

    installation: Ledger
    fake: Ledger
    sandbox: Ledger
    production: Ledger

    @classmethod
    def built(cls) -> "Installation":
        return cls(empty(), empty(), empty(), empty())

    def roster(self, here: str, by: str = "alice", *, missing: str = "") -> Roster:
        names = ("fake", "sandbox", "production")
        others = [(n, opening(getattr(self, n), fails=n == missing)) for n in names if n != here]
        return Roster(
            getattr(self, here), Clock(), installation=opening(self.installation), others=others,
            is_free=here == "fake", operator=by,
        )  # fmt: skip

    async def add(self, here: str, name: str, *permissions: Permission, limits: Limits = SMALL, by: str = "alice"):
        may = frozenset(permissions)
        return await self.roster(here, by).add(lambda t: t.add(name, "cli", limits=limits, permissions=may, by=by))

    async def change(self, here: str, name: str, verb, *, by: str = "alice", missing: str = "") -> Trader:
        return await self.roster(here, by, missing=missing).change(name, verb)

    def known(self, name: str = "ann") -> list[Trader | None]:
        return [ledger.read(Trader, Trader.id_of(name)) for ledger in (self.fake, self.sandbox, self.production)]


@pytest.fixture
def house() -> Installation:
    return Installation.built()


async def administered() -> Installation:
    house = Installation.built()
    await house.add("sandbox", "alice", ADMIN)
    return house


def told(trader: Trader | None):
    assert trader is not None
    return trader.limits, trader.permissions, trader.suspended, trader.removed, trader.identities


# Every environment knows


async def test_a_trader_is_added_once_and_known_in_every_environment(house):
    added = await house.add("sandbox", "ann", SPREADS)
    assert [told(each) for each in house.known()] == [told(added)] * 3
    assert {each.installation for each in house.known()} == {2}  # registered and linked
    for ledger in (house.fake, house.sandbox, house.production):
        assert ledger.read(Identity, Identity.id_of("cli", "ann")).trader == ANN


async def test_what_happened_is_told_in_each_log_with_its_actor_cause_and_time(house):
    await house.add("sandbox", "ann", SPREADS)
    await house.change("production", "ann", lambda t: t.suspend("ann", by="alice", reason="holiday"))
    originals = [(type(e), e.actor, e.cause, e.at, e.command_id) for e in log(house.installation)]
    for ledger in (house.fake, house.sandbox, house.production):
        copies = [(type(e), e.actor, e.cause, e.at, e.command_id) for e in log(ledger)]
        assert sorted(copies, key=str) == sorted(originals, key=str)


async def test_a_change_is_known_at_once_wherever_it_is_made(house):
    await house.add("sandbox", "ann", SPREADS)
    await house.change("production", "ann", lambda t: t.suspend("ann", by="alice"))
    assert all(each.suspended for each in house.known())
    await house.change("sandbox", "ann", lambda t: t.resume("ann", by="alice"))
    assert not any(each.suspended for each in house.known())


async def test_nothing_new_costs_no_append(house):
    await house.add("sandbox", "ann", SPREADS)
    before = house.production.end()
    await follow(house.installation, house.production)
    assert house.production.end() == before


# A crash between the logs


async def test_an_environment_that_could_not_be_told_knows_when_it_is_opened_next(house):
    await house.add("sandbox", "ann", SPREADS)
    with pytest.raises(StoreFailure) as late:
        await house.change("sandbox", "ann", lambda t: t.suspend("ann", by="alice"), missing="production")
    assert late.value.code == "not_everywhere"
    assert "production" in late.value.message
    assert [each.suspended for each in house.known()] == [True, True, False]
    await follow(house.installation, house.production)
    assert [each.suspended for each in house.known()] == [True, True, True]


async def test_who_ended_before_the_bookmark_copies_nothing_twice(house, monkeypatch):
    await house.add("sandbox", "ann", SPREADS)
    await Traders(house.installation, Clock()).suspend("ann", by="alice")

    async def dies(name, position):
        raise StoreFailure("the process ended here")

    monkeypatch.setattr(house.production, "keep_bookmark", dies)
    with pytest.raises(StoreFailure):
        await follow(house.installation, house.production)
    monkeypatch.undo()
    await Traders(house.installation, Clock()).resume("ann", by="alice")
    await follow(house.installation, house.production)
    told_there = [type(event).__name__ for event in log(house.production) if event.originator_id == ANN]
    assert told_there == ["TraderRegistered", "IdentityLinked", "TraderSuspended", "TraderReinstated"]
    assert house.production.bookmark(BOOKMARK) == house.installation.end()


CHANGES = {
    "suspend": lambda t: t.suspend("ann", by="alice"),
    "resume": lambda t: t.resume("ann", by="alice"),
    "grant": lambda t: t.grant("ann", [COVERED], by="alice"),
    "revoke": lambda t: t.revoke("ann", [COVERED], by="alice"),
    "limit": lambda t: t.limit("ann", {"max_contracts": 7}, by="alice"),
    "link": lambda t: t.link("ann", "signal", "tv", by="alice"),
    "again": lambda t: t.limit("ann", {"max_contracts": 8}, by="alice"),
}


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(sorted(CHANGES)), st.booleans()), max_size=12))
async def test_however_often_a_log_follows_and_wherever_it_stopped_it_says_the_same_in_the_end(changes):
    house = Installation.built()
    traders = Traders(house.installation, Clock())
    await traders.add("ann", "cli", limits=SMALL, permissions=frozenset({SPREADS}), by="alice")
    for change, follows in changes:
        await CHANGES[change](traders)
        if follows:
            await follow(house.installation, house.sandbox)
    await follow(house.installation, house.sandbox)
    await follow(house.installation, house.production)
    wanted = told(house.installation.read(Trader, ANN))
    assert told(house.sandbox.read(Trader, ANN)) == told(house.production.read(Trader, ANN)) == wanted


async def test_what_a_trader_holds_in_an_environment_stays_there(house):
    await house.add("sandbox", "ann", SPREADS)
    order = Trader.id_of("an order")

    def reserve(tx):
        ann = tx.require(Trader, ANN)
        why = evolve(Traders(house.sandbox, Clock())._why("desk"), actor="desk")
        tx.record(ann.reserve(order, contracts=1, notional_usd=100, why=why))

    await house.sandbox.change(reserve)
    await house.change("production", "ann", lambda t: t.suspend("ann", by="alice"))
    assert [len(each.reserved) for each in house.known()] == [0, 1, 0]
    assert all(each.suspended for each in house.known())


# Where nothing can be lost


async def test_a_trader_who_is_added_where_nothing_can_be_lost_is_a_trader_there_alone(house):
    await house.add("fake", "ann", *Permission, limits=LARGE)
    assert [each is not None for each in house.known()] == [True, False, False]
    assert house.installation.end() == 0
    await house.change("fake", "ann", lambda t: t.grant("ann", [ADMIN], by="mallory"), by="mallory")
    await follow(house.installation, house.production)
    assert house.known()[2] is None


async def test_who_administers_where_nothing_can_be_lost_does_not_so_elsewhere():
    house = await administered()
    await house.add("fake", "mallory", ADMIN, by="mallory")
    with pytest.raises(Refused) as no:
        await house.change("fake", "alice", lambda t: t.suspend("alice", by="mallory"), by="mallory")
    assert no.value.code == "not_permitted"
    with pytest.raises(Refused):
        await house.add("production", "eve", by="mallory")


async def test_the_installations_word_counts_for_a_trader_who_was_in_one_environment_alone(house):
    await house.add("fake", "ann", *Permission, limits=LARGE)
    await house.change("fake", "ann", lambda t: t.suspend("ann", by="bob"), by="bob")
    await house.add("sandbox", "ann", SPREADS)
    ann = house.known()[0]
    assert (ann.limits, ann.permissions, ann.suspended) == (SMALL, frozenset({SPREADS}), False)
    assert ann.installation == 2


async def test_an_identity_that_another_had_in_one_environment_alone_goes_to_the_installations_trader(house):
    may = frozenset({SPREADS})
    await Traders(house.fake, Clock()).add("bob", "cli", user="ann", limits=LARGE, permissions=may, by="bob")
    await house.add("sandbox", "ann", SPREADS)
    assert house.fake.read(Identity, Identity.id_of("cli", "ann")).trader == ANN
    assert house.fake.read(Trader, Trader.id_of("bob")).identities == frozenset()


# Who may


async def test_the_first_operator_needs_nothing_and_the_next_ones_need_the_permission():
    house = await administered()
    for by in ("mallory", "ann"):
        with pytest.raises(Refused) as no:
            await house.add("production", "eve", by=by)
        assert (no.value.code, "alice" in no.value.hint) == ("not_permitted", True)
    await house.add("production", "ann", ADMIN)
    await house.add("production", "eve", by="ann")
    await house.change("sandbox", "ann", lambda t: t.revoke("ann", [ADMIN], by="alice"))
    with pytest.raises(Refused):
        await house.change("sandbox", "eve", lambda t: t.suspend("eve", by="ann"), by="ann")


async def test_a_suspended_administrator_administers_nothing():
    house = await administered()
    await house.add("production", "ann", ADMIN)
    await house.change("sandbox", "ann", lambda t: t.suspend("ann", by="alice"))
    with pytest.raises(Refused):
        await house.change("sandbox", "alice", lambda t: t.suspend("alice", by="ann"), by="ann")


@pytest.mark.parametrize("verb", ["revoke", "suspend", "remove"])
async def test_the_last_one_who_administers_stays(verb):
    house = await administered()
    doing = {
        "revoke": lambda t: t.revoke("alice", [ADMIN], by="alice"),
        "suspend": lambda t: t.suspend("alice", by="alice"),
        "remove": lambda t: t.remove("alice", by="alice"),
    }[verb]
    with pytest.raises(Refused) as no:
        await house.change("production", "alice", doing)
    assert no.value.code == "last_administrator"
    await house.add("production", "ann", ADMIN)
    await house.change("production", "alice", doing)


# The verbs of one log


async def test_an_identity_is_one_traders_until_it_is_given_back(house):
    await house.add("sandbox", "ann", SPREADS)
    await house.add("sandbox", "bob", SPREADS)
    await house.change("sandbox", "ann", lambda t: t.link("ann", "discord", "123456789012345678", by="alice"))
    with pytest.raises(Refused, match="is ann already") as no:
        await house.change("sandbox", "bob", lambda t: t.link("bob", "discord", "123456789012345678", by="alice"))
    assert no.value.code == "identity_taken"
    await house.change("sandbox", "ann", lambda t: t.unlink("ann", "discord", "123456789012345678", by="alice"))
    bob = await house.change("sandbox", "bob", lambda t: t.link("bob", "discord", "123456789012345678", by="alice"))
    assert ("discord", "123456789012345678") in bob.identities
    for ledger in (house.fake, house.sandbox, house.production, house.installation):
        assert ledger.read(Identity, Identity.id_of("discord", "123456789012345678")).trader == bob.id


async def test_a_removed_trader_keeps_the_name_and_frees_who_they_were(house):
    await house.add("sandbox", "ann", SPREADS)
    await house.change("sandbox", "ann", lambda t: t.remove("ann", by="alice", reason="left"))
    assert all(each.removed and not each.permissions and not each.identities for each in house.known())
    with pytest.raises(Refused) as no:
        await house.change("sandbox", "ann", lambda t: t.grant("ann", [SPREADS], by="alice"))
    assert no.value.code == "trader_removed"
    with pytest.raises(Refused) as no:
        await house.add("sandbox", "ann", SPREADS)
    assert no.value.code == "trader_exists"
    bob = await house.add("sandbox", "bob", SPREADS)
    bob = await house.change("sandbox", "bob", lambda t: t.link("bob", "cli", "ann", by="alice"))
    assert ("cli", "ann") in bob.identities


@pytest.mark.parametrize(
    ("verb", "code"),
    [
        (lambda t: t.link("ann", "discord", "ann", by="alice"), "bad_identity"),
        (lambda t: t.link("ann", "irc", "ann", by="alice"), "bad_identity"),
        (lambda t: t.unlink("ann", "discord", "123456789012345678", by="alice"), "not_linked"),
        (lambda t: t.limit("ann", {"symbols": ("SPY;RM",)}, by="alice"), "bad_limit"),
        (lambda t: t.limit("ann", {"max_contracts": -1}, by="alice"), "bad_limit"),
        (lambda t: t.suspend("mallory", by="alice"), "unknown_trader"),
    ],
)
async def test_what_cannot_be_is_refused_and_not_recorded(house, verb, code):
    await house.add("sandbox", "ann", SPREADS)
    before = house.installation.end(), house.sandbox.end()
    with pytest.raises((Refused, Invalid)) as no:
        await house.change("sandbox", "ann", verb)
    assert no.value.code == code
    assert (house.installation.end(), house.sandbox.end()) == before


async def test_a_trader_with_an_open_order_in_any_environment_is_not_removed(house):
    await house.add("sandbox", "ann", SPREADS)
    order = Trader.id_of("an order")
    why = Traders(house.production, Clock())._why("desk")
    held = {"contracts": 1, "notional_usd": Decimal(100)}
    await house.production.change(lambda tx: tx.record(tx.require(Trader, ANN).reserve(order, **held, why=why)))

    def removing(traders):
        return traders.remove("ann", by="alice")

    for here in ("production", "sandbox"):
        with pytest.raises(Refused, match=order.hex[:6]) as no:
            await house.roster(here).remove("ann", removing)
        assert no.value.code == "open_orders"
    with pytest.raises(StoreFailure):
        await house.roster("sandbox", missing="production").remove("ann", removing)
    await house.production.change(lambda tx: tx.record(tx.require(Trader, ANN).release(order, why=why)))
    assert (await house.roster("sandbox").remove("ann", removing)).removed
    assert all(each.removed for each in house.known())


async def test_an_installation_whose_log_was_lost_is_told_and_not_taken_for_nothing_new(house):
    await house.add("sandbox", "ann", SPREADS)
    another = empty()
    await Traders(another, Clock()).add("eve", "cli", limits=SMALL, permissions=frozenset({SPREADS}), by="eve")
    await follow(house.installation, house.sandbox)
    await house.sandbox.keep_bookmark(BOOKMARK, house.installation.end() + 1)
    for installation in (another, empty()):
        with pytest.raises(StoreFailure) as lost:
            await follow(installation, house.sandbox)
        assert lost.value.code == "traders_lost"
    assert house.sandbox.read(Trader, Trader.id_of("eve")) is None


# --- names that look alike ---


async def add(ledger: Ledger, name: str) -> Trader:
    none = frozenset[Permission]()
    return await Traders(ledger, Clock()).add(name, "discord", limits=SMALL, permissions=none, by="root", user="1" * 17)


@pytest.mark.parametrize("name", ["Ann", "\u00e4nn", "\u0430n\u03b7", "ann \u200b"], ids=ascii)
async def test_no_trader_is_added_whose_name_looks_like_anothers(name):
    ledger = empty()
    await add(ledger, "ann")
    with pytest.raises((Refused, Invalid)) as no:
        await add(ledger, name)
    assert no.value.code in ("looks_alike", "bad_name")
    assert [each.name for each in Traders(ledger, Clock()).all()] == ["ann"]


async def test_a_refused_look_alike_is_told_whose_name_it_looks_like():
    ledger = empty()
    await add(ledger, "bill")
    with pytest.raises(Refused) as no:
        await add(ledger, "bi11")
    assert (no.value.code, "'bill'" in no.value.message) == ("looks_alike", True)


async def test_a_trader_of_an_older_log_keeps_a_name_that_would_not_be_given_today():
    ledger = empty()
    why = because_of_operator("root", FRIDAY)
    older = Trader.register("ann", limits=SMALL, permissions=frozenset(), why=why)
    named = evolve(older, originator_id=Trader.id_of("Ann "), name="Ann ")
    await ledger.change(lambda tx: tx.record(named))
    changed = await Traders(ledger, Clock()).suspend("Ann ", by="root")
    assert (changed.name, changed.suspended) == ("Ann ", True)
