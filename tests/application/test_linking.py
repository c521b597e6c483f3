"""Linking by a one-time code: who it links, how often, for how long, and under whose authority."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tastyflow.application.audit import verify
from tastyflow.application.identities import TypedCode
from tastyflow.application.linking import ALPHABET, VALID_S, digest_of, link_by_code, make_code, new_code
from tastyflow.application.roster import Roster
from tastyflow.application.traders import Traders
from tastyflow.domain.trader import Identity, Limits, LinkCodeMade, LinkCodeUsed, Permission, Trader
from tastyflow.errors import Invalid, Refused, StoreFailure
from tests.application.kit import FRIDAY, log
from tests.application.test_roster import ADMIN, ANN, Installation, opening

pytestmark = pytest.mark.anyio

USER, OTHER = "803111222333444555", "803111222333444666"


class Turned:
    """A clock that the test turns."""

    def __init__(self):
        self.at = FRIDAY

    def now(self):
        return self.at

    def turn(self, seconds):
        self.at += timedelta(seconds=seconds)

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("no trader waits")


class Linked:
    """An installation, its clock, and people who make and type codes."""

    def __init__(self):
        self.home = Installation.built()
        self.clock = Turned()
        self.typed = 0

    def roster(self, here, by, *, missing=""):
        names = ("fake", "sandbox", "production")
        others = [(n, opening(getattr(self.home, n), fails=n == missing)) for n in names if n != here]
        return Roster(
            getattr(self.home, here), self.clock, installation=opening(self.home.installation), others=others,
            is_free=here == "fake", operator=by,
        )  # fmt: skip

    async def add(self, name, *permissions, here="production", by="alice"):
        may = frozenset(permissions)
        await self.roster(here, by).add(lambda t: t.add(name, "cli", limits=STANDARD, permissions=may, by=by))

    async def change(self, name, verb, by="alice"):
        await self.roster("production", by).change(name, verb)

    async def code(self, name="ann", *, here="production", by="alice"):
        return (await make_code(self.roster(here, by), name, "discord", by=by)).text

    async def type(self, code, user=USER, *, here="production", missing=""):
        self.typed += 1
        typed = TypedCode("discord", user, digest_of(code), message=f"90{self.typed}")
        log_here = getattr(self.home, here)
        return await link_by_code(log_here, self.clock, lambda by: self.roster(here, by, missing=missing), typed)

    def trader_of(self, user=USER, here="production"):
        known = getattr(self.home, here).read(Identity, Identity.id_of("discord", user))
        return known.trader if known else None


STANDARD = Limits()


@pytest.fixture
async def linked():
    people = Linked()
    await people.add("alice", ADMIN)
    await people.add("ann", Permission.SPREADS)
    await people.add("ben")
    return people


async def refused(awaitable, code="no_such_code"):
    with pytest.raises(Refused) as told:
        await awaitable
    assert told.value.code == code
    return told.value


# ── the code ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_code_has_eighty_bits_and_no_letter_that_is_mistaken_for_another():
    codes = {new_code() for _ in range(200)}
    assert len(codes) == 200
    assert len(ALPHABET) == len(set(ALPHABET)) == 32
    assert all(len(code.replace("-", "")) == 16 and set(code) <= {*ALPHABET, "-"} for code in codes)
    assert not {*"ILOU"} & {*ALPHABET}


@given(st.text(ALPHABET, min_size=16, max_size=16), st.data())
def test_a_code_is_the_same_however_it_is_typed(code, data):
    typed = "".join(data.draw(st.sampled_from([c, c.lower(), *twins(c)])) + data.draw(GAPS) for c in code)
    assert digest_of(typed) == digest_of(code)


GAPS = st.sampled_from(["", "", " ", "-", "–"])


def twins(letter):
    return {"1": "IilL", "0": "oO"}.get(letter, "")


@given(st.text(ALPHABET, min_size=16, max_size=16), st.text(max_size=40))
def test_another_code_is_another_one(code, other):
    same = digest_of(other) == digest_of(code)
    assert not same or len(other) >= 16


# ── what it does ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_who_types_the_code_is_the_trader_in_every_environment(linked):
    trader = await linked.type(await linked.code())
    assert trader.name == "ann"
    assert {linked.trader_of(here=here) for here in ("fake", "sandbox", "production", "installation")} == {ANN}
    for here in (linked.home.sandbox, linked.home.production, linked.home.installation):
        assert verify(here.rows()).is_clean
    used = [each for each in log(linked.home.production) if isinstance(each, LinkCodeUsed)]
    assert [(each.actor, each.cause, each.user) for each in used] == [("operator:alice", "discord:901", USER)]


async def test_the_log_holds_a_digest_and_never_the_code(linked):
    code = await linked.code()
    rows = [row.state for row in linked.home.installation.rows()]
    assert not any(code.encode() in state or code.replace("-", "").encode() in state for state in rows)
    made = [each for each in log(linked.home.installation) if isinstance(each, LinkCodeMade)]
    assert [(each.by, each.expires_at) for each in made] == [("alice", FRIDAY + timedelta(seconds=VALID_S))]


async def test_a_code_is_used_once(linked):
    code = await linked.code()
    await linked.type(code)
    await refused(linked.type(code, OTHER))
    await refused(linked.type(code))
    assert linked.trader_of(OTHER) is None


async def test_of_two_who_type_one_code_at_the_same_moment_one_is_linked(linked):
    code = await linked.code()
    first, second = await asyncio.gather(linked.type(code), linked.type(code, OTHER), return_exceptions=True)
    assert getattr(first, "name", "") == "ann"
    assert isinstance(second, Refused)
    assert second.code == "no_such_code"
    assert linked.trader_of(OTHER) is None


async def test_a_code_ends_with_its_time(linked):
    code = await linked.code()
    linked.clock.turn(VALID_S)
    await refused(linked.type(code))
    other = await linked.code()
    linked.clock.turn(VALID_S - 1)
    assert (await linked.type(other)).name == "ann"


async def test_a_newer_code_takes_the_place_of_the_older_one(linked):
    older, newer = await linked.code(), await linked.code()
    await refused(linked.type(older))
    assert (await linked.type(newer)).name == "ann"


async def test_a_wrong_code_links_no_user_and_leaves_the_right_one_good(linked):
    code = await linked.code()
    for wrong in ("", "ann", code[:-1], f"{code}0", new_code()):
        await refused(linked.type(wrong))
    assert (await linked.type(code)).name == "ann"


async def test_an_identity_that_is_another_traders_stays_there_and_the_code_stays_open(linked):
    await linked.change("ben", lambda t: t.link("ben", "discord", USER, by="alice"))
    code = await linked.code()
    await refused(linked.type(code), "identity_taken")
    assert linked.trader_of() == Trader.id_of("ben")
    assert (await linked.type(code, OTHER)).name == "ann"


async def test_a_user_who_is_the_trader_already_uses_the_code_up_and_stays(linked):
    await linked.change("ann", lambda t: t.link("ann", "discord", USER, by="alice"))
    code = await linked.code()
    assert (await linked.type(code)).name == "ann"
    await refused(linked.type(code))


async def test_a_suspended_trader_gets_no_code_and_is_linked_by_none(linked):
    code = await linked.code()
    await linked.change("ann", lambda t: t.suspend("ann", by="alice"))
    await refused(linked.type(code))
    await refused(linked.code(), "trader_suspended")
    await linked.change("ann", lambda t: t.resume("ann", by="alice"))
    assert (await linked.type(code)).name == "ann"


async def test_with_the_trader_the_code_is_removed(linked):
    code = await linked.code()
    await linked.change("ann", lambda t: t.remove("ann", by="alice"))
    await refused(linked.type(code))
    assert linked.trader_of() is None
    assert linked.home.production.read(Trader, ANN).link_codes == ()


async def test_a_code_links_no_longer_than_its_maker_may_keep_the_traders(linked):
    await linked.change("ben", lambda t: t.grant("ben", [ADMIN], by="alice"))
    code = await linked.code(by="ben")
    await linked.change("ben", lambda t: t.revoke("ben", [ADMIN], by="alice"))
    await refused(linked.type(code))
    assert linked.trader_of() is None


async def test_a_code_is_made_by_those_alone_who_may_keep_the_traders(linked):
    await refused(linked.code(by="mallory"), "not_permitted")
    await refused(linked.code("zoe"), "unknown_trader")
    with pytest.raises(Invalid, match="No code links on 'cli'"):
        await make_code(linked.roster("production", "alice"), "ann", "cli", by="alice")


async def test_where_nothing_can_be_lost_a_trader_is_linked_there_alone(linked):
    await linked.add("zoe", here="fake")
    code = await linked.code("zoe", here="fake")
    assert (await linked.type(code, here="fake")).name == "zoe"
    assert linked.trader_of(here="production") is None


async def test_a_code_of_one_environment_is_good_in_another(linked):
    code = await linked.code(here="sandbox")
    assert (await linked.type(code, here="production")).name == "ann"


async def test_an_environment_that_cannot_be_told_is_said_and_the_link_stands(linked):
    code = await linked.code()
    with pytest.raises(StoreFailure) as told:
        await linked.type(code, missing="sandbox")
    assert told.value.code == "not_everywhere"
    assert linked.trader_of() == ANN


# ── whatever is typed when ───────────────────────────────────────────────────────────────────────────────────────

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("make"), st.sampled_from(["ann", "ben"])),
        st.tuples(st.just("type"), st.integers(0, 5), st.sampled_from([USER, OTHER])),
        st.tuples(st.just("turn"), st.sampled_from([60, 600, 900])),
        st.tuples(st.sampled_from(["suspend", "resume", "unlink"]), st.sampled_from(["ann", "ben"])),
    ),
    max_size=14,
)


@given(STEPS)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
async def test_each_code_links_as_the_rules_say(steps):
    """The house against a boring model: an open code, of a trader who is not suspended, for a user who is free."""
    people = Linked()
    await people.add("alice", ADMIN)
    for name in ("ann", "ben"):
        await people.add(name)
    codes, open_codes, suspended, owners = [], {}, set(), {}
    for step in steps:
        if step[0] == "make" and step[1] not in suspended:
            codes.append((await people.code(step[1]), step[1]))
            open_codes[step[1]] = (codes[-1][0], people.clock.at + timedelta(seconds=VALID_S))
        elif step[0] == "type" and codes:
            code, name = codes[step[1] % len(codes)]
            is_open = open_codes.get(name, ("", None))[0] == code and people.clock.at < open_codes[name][1]
            if is_open and name not in suspended and owners.get(step[2], name) == name:
                await people.type(code, step[2])
                owners[step[2]] = name
                del open_codes[name]
            else:
                with pytest.raises(Refused):
                    await people.type(code, step[2])
        elif step[0] == "turn":
            people.clock.turn(step[1])
        elif step[0] == "suspend":
            await people.change(step[1], lambda t, name=step[1]: t.suspend(name, by="alice"))
            suspended.add(step[1])
        elif step[0] == "resume":
            await people.change(step[1], lambda t, name=step[1]: t.resume(name, by="alice"))
            suspended.discard(step[1])
        elif step[0] == "unlink":
            for user in [user for user, owner in owners.items() if owner == step[1]]:
                await people.change(step[1], lambda t, n=step[1], u=user: t.unlink(n, "discord", u, by="alice"))
                del owners[user]
        for user in (USER, OTHER):
            wanted = Trader.id_of(owners[user]) if user in owners else None
            assert {people.trader_of(user, here) for here in ("sandbox", "production")} == {wanted}
    assert verify(people.home.production.rows()).is_clean


async def test_of_two_who_type_a_code_at_once_one_is_linked(linked):
    """The second one's append meets the first one's, and decides anew."""
    code = await linked.code()
    typed = [TypedCode("discord", user, digest_of(code), message=user) for user in (USER, OTHER)]
    known = Traders(linked.home.installation, linked.clock)
    done = await asyncio.gather(
        *(known.link_by_code("ann", each, by="alice") for each in typed), return_exceptions=True
    )
    assert sorted(type(each) for each in done if isinstance(each, Refused)) == [Refused]
    owners = [linked.trader_of(user, "installation") for user in (USER, OTHER)]
    assert sorted(owner is None for owner in owners) == [False, True]
