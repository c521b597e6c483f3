"""``tastyflow trader``: who keeps the traders, where they are known, and who an order on a command line is of."""

import asyncio
import os
import re
from types import SimpleNamespace

import pytest

from tastyflow.application.linking import digest_of
from tastyflow_adapters.bootstrap import clock_of, open_ledger
from tastyflow_adapters.cli import asking
from tastyflow_adapters.cli.asking import message_of, operator
from tastyflow_adapters.config.loading import load
from tastyflow_adapters.discord.answers import linking
from tastyflow_adapters.discord.memory.file import MemoryFile
from tastyflow_adapters.discord.request import Asker, Request
from tests.cli.conftest import RESTING

SANDBOX, PRODUCTION = {"TASTYFLOW_ENV": "sandbox"}, {"TASTYFLOW_ENV": "production"}


def as_user(monkeypatch, name: str) -> None:
    """The rest of the test is typed by another user of the operating system."""
    for module in ("trader", "asking", "trader_accounts", "trader_work"):
        monkeypatch.setattr(f"tastyflow_adapters.cli.{module}.operator", lambda: name)


def code(ended) -> str:
    return ended.json["error"]["code"]


def names(ended) -> list[str]:
    return [each["name"] for each in ended.json["traders"]]


def test_a_trader_is_of_the_installation_and_known_in_every_real_environment(inside):
    added = inside("trader", "add", "ann", "--json", **SANDBOX)
    assert (added.code, added.json["of_installation"]) == (0, True)
    assert names(inside("trader", "list", "--json", **PRODUCTION)) == ["ann"]
    inside("trader", "suspend", "ann", "--reason", "holiday", **PRODUCTION)
    assert inside("trader", "show", "ann", "--json", **SANDBOX).json["suspended"] is True
    assert "the installation" in inside("trader", "list", **SANDBOX).out


def test_a_trader_who_is_added_in_fake_stays_there_and_the_list_says_so(inside, home):
    inside("trader", "add", "ann", "--max-contracts", "9999", "--permission", "short_options")
    assert "FAKE only" in inside("trader", "list").out
    assert names(inside("trader", "list", "--json", **PRODUCTION)) == []
    assert not (home / "traders.db").exists()


def test_what_is_tried_before_simulators_never_reaches_the_real_environment_of_that_name(inside, venues, monkeypatch):
    at = venues
    as_user(monkeypatch, "alice")
    assert inside("trader", "add", "alice", "--permission", "administer", **PRODUCTION).code == 0
    as_user(monkeypatch, "mallory")
    assert code(inside("trader", "add", "mallory", "--json", **PRODUCTION)) == "not_permitted"
    assert inside("trader", "add", "mallory", "--permission", "short_options", **at).code == 0
    assert {*names(inside("trader", "list", "--json", **at))} == {"alice", "demo", "mallory"}
    assert names(inside("trader", "list", "--json", **PRODUCTION)) == ["alice"]
    as_user(monkeypatch, "alice")
    assert inside("trader", "suspend", "alice", "--reason", "no", "--json", **at).code == 1  # the last administrator
    assert inside("trader", "add", "bob", "--permission", "administer", **PRODUCTION).code == 0
    assert inside("trader", "suspend", "bob", "--reason", "left", **at).code == 0  # told everywhere
    assert inside("trader", "show", "bob", "--json", **PRODUCTION).json["suspended"] is True


def test_the_first_operator_keeps_the_traders_from_then_on(inside, monkeypatch):
    as_user(monkeypatch, "alice")
    assert inside("trader", "add", "alice", "--permission", "administer", **SANDBOX).code == 0
    as_user(monkeypatch, "mallory")
    for args in (("add", "eve"), ("suspend", "alice"), ("accounts", "alice", "main")):
        refused = inside("trader", *args, "--json", **PRODUCTION)
        assert (refused.code, code(refused)) == (1, "not_permitted")
    assert "which alice can give" in inside("trader", "add", "eve", **PRODUCTION).err
    assert inside("trader", "list", **PRODUCTION).code == 0
    inside("trader", "add", "mallory", "--permission", "administer")  # in fake, where nothing can be lost
    assert code(inside("trader", "grant", "alice", "shares", "--json")) == "not_permitted"
    as_user(monkeypatch, "alice")
    assert inside("trader", "add", "eve", **PRODUCTION).code == 0
    assert code(inside("trader", "remove", "alice", "--json", **PRODUCTION)) == "last_administrator"


def test_everything_about_a_trader_is_changed_and_shown(inside):
    inside("trader", "add", "ann", "--os-user", "annlee", **SANDBOX)
    inside("trader", "link", "ann", "discord", "123456789012345678", **SANDBOX)
    inside("trader", "grant", "ann", "spreads", "covered", **SANDBOX)
    inside("trader", "revoke", "ann", "market_orders", **SANDBOX)
    inside("trader", "limit", "ann", "max_contracts=3", "symbols=SPY,QQQ", "max_working=none", **SANDBOX)
    ann = inside("trader", "show", "ann", "--json", **SANDBOX).json
    assert ann["permissions"] == ["covered", "long_options", "shares", "spreads"]
    assert ann["identities"] == [
        {"platform": "cli", "user": "annlee"}, {"platform": "discord", "user": "123456789012345678"},
    ]  # fmt: skip
    assert (ann["limits"]["max_contracts"], ann["limits"]["symbols"]) == (3, ["SPY", "QQQ"])
    page = inside("trader", "show", "ann", **SANDBOX).out
    assert all(
        words in page for words in ("annlee on cli", "max_contracts", "SPY, QQQ", "reserved", "the installation")
    )
    assert inside("trader", "unlink", "ann", "discord", "123456789012345678", **SANDBOX).code == 0
    assert inside("trader", "remove", "ann", "--reason", "left", **SANDBOX).code == 0
    assert inside("trader", "show", "ann", "--json", **SANDBOX).json["removed"] is True


@pytest.mark.parametrize(
    ("args", "ends", "says"),
    [
        (("add", "eve", "--symbols", "spy;rm"), 1, "'SPY;RM' is not a ticker symbol."),
        (("add", "eve", "--limit", "denied_symbols=$(rm)"), 1, "is not a ticker symbol."),
        (("add", "eve", "--os-user", "two words"), 1, "is no user on cli"),
        (("add", "eve", "--permission", "trade"), 2, "'trade' is not one of"),
        (("add", "demo"), 1, "kept for trying things out"),
        (("link", "ann", "discord", "ann#1234"), 1, "Discord's own number"),
        (("link", "ann", "irc", "ann"), 2, "'irc' is not one of"),
        (("limit", "ann", "max_contracts=-1"), 1, "not negative"),
        (("limit", "ann", "max_nonsense=1"), 2, "is no limit"),
        (("grant", "ann", "everything"), 2, "is not one of"),
        (("grant", "mallory", "spreads"), 1, "There is no trader 'mallory'"),
        (("unlink", "ann", "discord", "123456789012345678"), 1, "is not '123456789012345678' on discord"),
    ],
)
def test_a_mistake_is_named_and_changes_nothing(inside, args, ends, says):
    inside("trader", "add", "ann", **SANDBOX)
    before = inside("trader", "list", "--json", **SANDBOX).out
    ended = inside("trader", *args, **SANDBOX)
    assert ended.code == ends
    assert says in ended.err
    assert inside("trader", "list", "--json", **SANDBOX).out == before


@pytest.mark.parametrize("name", ["", "  "])
def test_acting_for_a_trader_without_a_name_is_a_matter_of_usage(inside, name):
    for command in (("order", RESTING), ("orders",), ("cancel", "all"), ("chat",)):
        assert inside(*command, "--as", name).code == 2


@pytest.mark.usefixtures("rests")
def test_in_fake_anyone_acts_for_anyone_and_without_a_name_it_is_demo(inside):
    inside("trader", "add", "ann", "--os-user", "carol")
    assert inside("order", RESTING, "--as", "ann").code == 0
    assert inside("order", RESTING).code == 0
    assert len(inside("orders", "--json", "--as", "ann").json["orders"]) == 1
    assert len(inside("orders", "--json").json["orders"]) == 1


def test_where_orders_are_real_a_message_is_of_the_user_who_types(monkeypatch, tmp_path):
    monkeypatch.setenv("TASTYFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("TASTYFLOW_ENV", "production")
    own, other = message_of("orders", None, load()), message_of("orders", "ann", load())
    assert (own.user, own.os_user, own.acting) == (operator(), operator(), False)
    assert (other.user, other.os_user, other.acting) == ("ann", operator(), True)
    monkeypatch.setenv("TASTYFLOW_TRADER", "bob")
    assert (message_of("orders", None, load()).user, message_of("orders", None, load()).acting) == ("bob", True)


def test_a_process_of_no_user_orders_as_nobody(monkeypatch, tmp_path):
    monkeypatch.setenv("TASTYFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("TASTYFLOW_ENV", "production")
    monkeypatch.setattr(asking, "operator", lambda: asking.UNKNOWN)
    with pytest.raises(asking.Misconfigured) as no:
        message_of("orders", None, load())
    assert no.value.code == "no_trader"


@pytest.fixture
def real(venues):
    """Two venues that the settings do not call simulators: whatever is ordered there counts as real."""
    chosen = {name: value for name, value in venues.items() if name != "TASTYFLOW_SIMULATED"}
    quickly = {"TASTYFLOW_POLICY__REST_WAIT_S": "0.2", "TASTYFLOW_POLICY__HOURS": "warn"}  # at whatever hour it runs
    return chosen | quickly


def test_the_page_on_tastytrade_is_followed_to_the_letter(inside, real, monkeypatch):
    me, sandbox = operator(), real | SANDBOX
    given = ("--permission", "administer", "--permission", "long_options", "--max-contracts", "2")
    assert inside("trader", "add", me, *given, **sandbox).code == 0
    order = inside("order", "buy 1 SPY 450 call exp next month", "--json", **sandbox)
    assert order.json["stage"] == "rehearsed", order.json["error"]
    three = inside("order", "buy 3 SPY 450 call exp next month", "--json", **real)
    assert code(three) == "over_limit"  # in production it is the same trader, with the same limits
    as_user(monkeypatch, "mallory")
    acting = inside("order", "buy 1 SPY 450 call exp next month", "--as", me, "--json", **real)
    assert (acting.code, code(acting)) == (1, "may_not_act")
    assert "Leave out --as" in acting.json["error"]["hint"]
    assert code(inside("order", "buy 1 SPY 450 call exp next month", "--json", **real)) == "unknown_trader"
    assert code(inside("cancel", "all", "--everyone", "--json", **real)) == "unknown_trader"
    assert code(inside("orders", "--as", me, "--json", **real)) == "may_not_act"


# ── who types ────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("variable", ["LOGNAME", "USER", "LNAME", "USERNAME"])
def test_no_variable_says_who_types(monkeypatch, variable):
    known = operator()
    monkeypatch.setenv(variable, "mallory")
    assert operator() == known
    monkeypatch.setattr("pwd.getpwuid", lambda number: {}[number])  # a user of a container has no name
    assert operator() == f"uid-{os.getuid()}"


# ── a code that links a user of a chat ───────────────────────────────────────────────────────────────────────────


def test_a_code_is_printed_once_and_its_digest_stands_in_the_log(inside, home):
    inside("trader", "add", "ann")
    ended = inside("trader", "link", "ann", "discord")
    assert ended.code == 0
    code = re.search(r"/link ((?:[0-9A-Z]{4}-){3}[0-9A-Z]{4})$", ended.out, re.MULTILINE).group(1)
    assert "In Discord, ann types this once, until" in ended.out
    told = inside("audit", "log", "--json")
    shown = told.out + inside("trader", "show", "ann").out
    assert code not in shown
    assert digest_of(code) in told.out


def test_for_programs_a_code_comes_with_its_end(inside):
    inside("trader", "add", "ann")
    made = inside("trader", "link", "ann", "discord", "--json").json
    assert set(made) == {"trader", "platform", "code", "expires_at", "error"}
    assert (made["trader"], made["platform"], len(made["code"])) == ("ann", "discord", 19)


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (("ann", "cli"), "a code links on discord only"),
        (("ann", "signal"), "a code links on discord only"),
        (("zoe", "discord"), "There is no trader 'zoe'"),
        (("ann", "discord", "803"), "is no user on discord"),
    ],
)
def test_a_code_is_for_a_trader_on_a_platform_that_takes_one(inside, args, told):
    inside("trader", "add", "ann")
    ended = inside("trader", "link", *args)
    assert ended.code in (1, 2)
    assert told in ended.err


async def _typed(settings, code, user):
    with open_ledger(settings) as ledger:
        context = SimpleNamespace(ledger=ledger, clock=clock_of(settings))
        memory = MemoryFile.open(settings.folder / "discord.db")
        chat = SimpleNamespace(desk=SimpleNamespace(context=context), choices=settings, memory=memory)
        asker = Asker(user=user, channel="1")
        asked = Request(asker=asker, id="9001", at=context.clock.now(), command="link", options={"code": code})
        answer = await linking.link(chat, asked)
        memory.close()
    return answer


def test_a_code_that_is_typed_in_one_environment_links_in_every_one(inside, home):
    user = "803111222333444555"
    inside("trader", "add", operator(), "--permission", "administer", **SANDBOX)
    inside("trader", "add", "ann", **SANDBOX)
    inside("orders", **PRODUCTION)
    made = inside("trader", "link", "ann", "discord", "--json", **SANDBOX).json["code"]
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TASTYFLOW_ENV", "production")
        settings = load()
    assert asyncio.run(_typed(settings, "wrong", user)) == linking.REFUSED
    assert asyncio.run(_typed(settings, made, user)).title == "Linked"
    for chosen in (SANDBOX, PRODUCTION, {}):
        shown = inside("trader", "show", "ann", "--json", **chosen).json
        assert {"platform": "discord", "user": user} in shown["identities"]
    assert inside("audit", "verify", **PRODUCTION).code == 0
    assert inside("audit", "verify", **SANDBOX).code == 0


def test_a_trader_who_was_removed_is_forgotten_in_every_log_and_every_log_still_verifies(inside):
    inside("trader", "add", "persephone", "--os-user", "kore", **SANDBOX)
    inside("trader", "link", "persephone", "discord", "123456789012345678", **SANDBOX)
    assert inside("trader", "list", **PRODUCTION).code == 0  # production's log knows them, too
    assert code(inside("trader", "forget", "persephone", "--json", **SANDBOX)) == "not_removed"
    assert inside("trader", "remove", "persephone", "--reason", "left", **SANDBOX).code == 0
    assert inside("trader", "forget", "persephone", "--reason", "asked for it", **SANDBOX).code == 0
    for at in (SANDBOX, PRODUCTION):
        listed = inside("trader", "list", "--json", **at)
        assert "persephone" not in listed.out
        assert "forgotten-" in listed.out
        assert inside("audit", "verify", **at).code == 0
        everything = inside("audit", "log", "--json", **at).out
        assert not [name for name in ("persephone", "kore", "123456789012345678") if name in everything]
    assert inside("trader", "forget", "persephone", **SANDBOX).code == 0  # again is no news
    assert code(inside("trader", "add", "forgotten-0a1b2c3d", "--json", **SANDBOX)) == "bad_name"
