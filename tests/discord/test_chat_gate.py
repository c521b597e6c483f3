"""The gate: whatever is not named is refused, whichever payload claims otherwise."""

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from tastyflow_adapters.config.discord_choices import DiscordChoices
from tastyflow_adapters.discord.gate import Closed, Standing, closed_to
from tastyflow_adapters.discord.request import Asker

GUILD, CHANNEL, THREAD, ROLE, ANN = "10", "20", "21", "30", "40"
HERE = DiscordChoices(
    guilds=(GUILD,), channels=(CHANNEL,), roles=(ROLE,), approvals_channel="50", operators_channel="51"
)
WELCOME = Asker(ANN, "ann", GUILD, CHANNEL, roles=frozenset({ROLE, "31"}))
DIRECT = Asker(ANN, "ann", "", "60")


@pytest.mark.parametrize(
    ("asker", "here", "why"),
    [
        (WELCOME, HERE, None),
        (evolve(WELCOME, channel=THREAD, parent=CHANNEL), HERE, None),  # a thread counts as its channel
        (evolve(WELCOME, channel=THREAD), HERE, Closed.CHANNEL),
        (evolve(WELCOME, channel=THREAD, parent="22"), HERE, Closed.CHANNEL),
        (evolve(WELCOME, channel="22"), HERE, Closed.CHANNEL),
        (evolve(WELCOME, channel=""), HERE, Closed.NOWHERE),  # Discord does not name the channel
        (evolve(WELCOME, channel="", parent=CHANNEL), HERE, Closed.NOWHERE),
        (evolve(WELCOME, user=""), HERE, Closed.NOWHERE),
        (evolve(WELCOME, guild="11"), HERE, Closed.GUILD),
        (evolve(WELCOME, guild=""), HERE, Closed.DIRECT),  # a channel of ours, and no guild: taken for a direct message
        (evolve(WELCOME, roles=frozenset()), HERE, Closed.ROLE),
        (evolve(WELCOME, roles=frozenset({GUILD})), HERE, Closed.ROLE),  # everyone has this one
        (evolve(WELCOME, roles=frozenset()), evolve(HERE, roles=()), None),
        (evolve(WELCOME, name="ann\u202e"), HERE, None),  # a name is no identity
        (WELCOME, evolve(HERE, guilds=()), Closed.GUILD),
        (WELCOME, evolve(HERE, channels=()), Closed.CHANNEL),
        (WELCOME, DiscordChoices(), Closed.GUILD),
        (DIRECT, HERE, Closed.DIRECT),
        (DIRECT, evolve(HERE, direct_messages=True), Closed.ROLE),  # there Discord names no role
        (DIRECT, evolve(HERE, direct_messages=True, roles=()), None),
        (DIRECT, DiscordChoices(direct_messages=True), None),
        (evolve(WELCOME, channel="50"), HERE, Closed.CHANNEL),  # no orders in the channel of approvers
    ],
)
def test_a_trader_is_let_in_where_it_is_named_and_nowhere_else(asker: Asker, here: DiscordChoices, why: Closed | None):
    assert closed_to(asker, Standing.TRADER, here) is why


@pytest.mark.parametrize("channel", ["50", "51"])
def test_what_stands_in_the_channels_of_approvers_and_operators_can_be_pressed_there(channel: str):
    assert closed_to(evolve(WELCOME, channel=channel), Standing.TRADER, HERE, is_for_posts=True) is None
    assert (
        closed_to(evolve(WELCOME, channel=channel, guild="11"), Standing.TRADER, HERE, is_for_posts=True)
        is Closed.GUILD
    )


def test_no_channel_of_approvers_opens_no_channel():
    here = evolve(HERE, approvals_channel="", operators_channel="")
    assert closed_to(evolve(WELCOME, channel="22"), Standing.TRADER, here, is_for_posts=True) is Closed.CHANNEL
    assert closed_to(evolve(WELCOME, channel=""), Standing.TRADER, here, is_for_posts=True) is Closed.NOWHERE


@pytest.mark.parametrize(
    ("standing", "why"), [(Standing.UNKNOWN, Closed.UNKNOWN), (Standing.SUSPENDED, Closed.SUSPENDED)]
)
def test_who_is_no_trader_may_only_use_what_is_for_strangers_and_only_in_the_named_places(
    standing: Standing, why: Closed
):
    assert closed_to(WELCOME, standing, HERE) is why
    assert closed_to(WELCOME, standing, HERE, is_for_posts=True) is why
    assert closed_to(WELCOME, standing, HERE, is_for_strangers=True) is None
    assert closed_to(evolve(WELCOME, channel="22"), standing, HERE, is_for_strangers=True) is Closed.CHANNEL
    assert closed_to(evolve(WELCOME, roles=frozenset()), standing, HERE, is_for_strangers=True) is Closed.ROLE


ids = st.sampled_from(["", GUILD, CHANNEL, THREAD, ROLE, ANN, "50", "51"])
sets = st.frozensets(ids, max_size=3)
choices = st.builds(
    lambda guilds, channels, roles, direct, approvals, operators: DiscordChoices(
        guilds=tuple(guilds), channels=tuple(channels), roles=tuple(roles), direct_messages=direct,
        approvals_channel=approvals, operators_channel=operators,
    ),
    sets, sets, sets, st.booleans(), ids, ids,
)  # fmt: skip
askers = st.builds(Asker, ids, st.text(max_size=3), ids, ids, ids, sets)


@given(askers, st.sampled_from(Standing), choices, st.booleans(), st.booleans())
def test_only_who_is_let_in_by_every_rule_is_let_in(
    asker: Asker, standing: Standing, here: DiscordChoices, is_for_posts: bool, is_for_strangers: bool
):
    is_open = closed_to(asker, standing, here, is_for_posts=is_for_posts, is_for_strangers=is_for_strangers) is None
    if not is_open:
        return
    assert asker.user
    assert asker.channel
    assert standing is Standing.TRADER or is_for_strangers
    assert not here.roles or asker.roles & set(here.roles)
    if asker.guild:
        posts = {here.approvals_channel, here.operators_channel} if is_for_posts else set()
        assert asker.guild in here.guilds
        assert ({asker.channel, asker.parent} - {""}) & ({*here.channels, *posts} - {""})
    else:
        assert here.direct_messages
