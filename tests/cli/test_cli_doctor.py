"""The doctor: what is broken is said once, with what to do; what depends on it is not verified; nothing is shown."""

import os

import pytest

from tastyflow.application.live.promotion import Promoter
from tastyflow_adapters.cli import doctor
from tastyflow_simulator import FaultKind, Side, SimulatorFault
from tests.cli.conftest import VENUES
from tests.store.kit import by_hand, without_guards

LOCAL = (
    *("settings", "home", "store", "log chain", "read models", "trading", "open orders", "approval", "program clock"),
    *("gamma exposure", "discord"),
)
OF_EACH = ("client_secret", "refresh_token", "account number", "pin")


@pytest.fixture
def at(venues):
    """The settings that point at the simulator."""
    return venues


@pytest.fixture
def examined(inside, at):
    """Run the doctor; the outcome of each check, once it is sure that nothing secret was said."""

    def run(*args, code, **changed):
        chosen = at | {f"TASTYFLOW_{name}": value for name, value in changed.items()}
        chosen = {name: value for name, value in chosen.items() if value is not None}
        ended = inside("doctor", "--json", *args, **chosen)
        said = ended.out + ended.err
        secrets = [value for name, value in chosen.items() if name.endswith(("SECRET", "TOKEN", "ACCOUNT"))]
        assert [secret for secret in secrets if secret in said] == []
        assert (ended.code, ended.json["exit_code"]) == (code, code)
        return {(each["venue"] or "", each["name"]): each for each in ended.json["checks"]}

    return run


def not_good(checks):
    return {where: check["outcome"] for where, check in checks.items() if check["outcome"] != "ok"}


# ── without a venue ──────────────────────────────────────────────────────────────────────────────────────────────


def test_the_fake_environment_needs_no_venue_and_says_so(inside):
    ended = inside("doctor", "--json")
    assert ended.code == 0
    assert [each["name"] for each in ended.json["checks"]] == [*LOCAL, "venues"]
    assert "both of its venues are fake" in inside("doctor").out


def test_where_orders_wait_for_a_person_and_no_trader_may_approve_that_is_told(inside):
    def approval(**chosen):
        return next(each for each in inside("doctor", "--json", **chosen).json["checks"] if each["name"] == "approval")

    wanted = {"TASTYFLOW_POLICY__APPROVAL_ABOVE_USD": "100"}
    assert approval()["outcome"] == "ok"
    told = approval(**wanted)
    assert (told["outcome"], "trader grant NAME approve" in str(told)) == ("warn", True)
    inside("trader", "add", "eve", "--permission", "approve")
    assert approval(**wanted)["outcome"] == "ok"


def interrupted(inside, monkeypatch, at):
    """An order whose process is killed at *at*: the time is that of ten in the morning."""

    class Killed(BaseException):
        pass

    async def die(*_, **__):
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(*at, die)
        with pytest.raises(Killed):
            inside("order", "buy 1 SPY 450C next month @ 2", TASTYFLOW_NOW="2026-11-20T10:00")


@pytest.mark.parametrize("has_left", [True, False])
def test_an_order_that_stays_open_too_long_is_named_with_what_to_do(inside, monkeypatch, has_left):
    def check(at):
        ended = inside("doctor", "--json", TASTYFLOW_NOW=at)
        return next(each for each in ended.json["checks"] if each["name"] == "open orders")

    kill_at = (Promoter, "_send" if has_left else "promote")
    interrupted(inside, monkeypatch, kill_at)
    assert check("2026-11-20T10:01")["outcome"] == "ok"
    told = check("2026-11-20T10:08")
    assert told["outcome"] == "warn"
    assert ("without an answer from production" if has_left else "interrupted before production") in told["seen"]
    assert "for 8 minutes" in told["seen"]
    assert "tastyflow recover" in told["do"]
    assert ("Do not order again" in told["do"]) == has_left


def test_a_log_that_is_there_is_opened(inside, home):
    inside("order", "buy 1 SPY 450C next month")
    assert "synchronous=FULL" in inside("doctor").out
    (home / "fake" / "log.db").write_bytes(b"no log at all" * 100)
    ended = inside("doctor", "--json")
    assert ended.code == 1
    assert {each["name"]: each["outcome"] for each in ended.json["checks"]}["store"] == "fail"


def test_looking_changes_nothing(inside, home):
    assert inside("doctor").code == 0
    assert not home.exists()


def test_a_turned_clock_is_a_warning(inside):
    ended = inside("doctor", TASTYFLOW_NOW="2026-11-20T10:30")
    assert ended.code == 4
    assert "TASTYFLOW_NOW" in ended.out


@pytest.mark.skipif(os.name != "posix", reason="who may look into a folder is not in its mode there")
def test_a_home_that_others_may_look_into_is_a_warning(inside, home):
    home.mkdir(mode=0o755)
    ended = inside("doctor")
    assert ended.code == 4
    assert f"chmod 700 {home}" in ended.out


def test_settings_that_are_wrong_are_the_first_thing_broken(inside):
    ended = inside("doctor", "--json", TASTYFLOW_ENV="prod")
    assert ended.code == 1
    assert [(each["name"], each["outcome"]) for each in ended.json["checks"]] == [("settings", "fail")]


def test_without_secrets_no_venue_is_asked(inside):
    ended = inside("doctor", "--json", TASTYFLOW_ENV="sandbox")
    outcomes = {each["name"]: each["outcome"] for each in ended.json["checks"]}
    assert ended.code == 1
    assert {outcomes[name] for name in ("client_secret", "refresh_token", "account number")} == {"fail"}
    assert {outcomes[name] for name in ("pin", *doctor.LOOKS)} == {"skipped"}
    assert "tastyflow secrets set sandbox.client_secret" in inside("doctor", TASTYFLOW_ENV="sandbox").out


def test_an_option_that_does_not_exist_is_usage(inside):
    assert inside("doctor", "--ofline").code == 2


# ── at two venues ────────────────────────────────────────────────────────────────────────────────────────────────


def test_where_all_is_well_every_check_says_so(examined):
    checks = examined(code=0)
    of_venues = [(venue, name) for venue in VENUES for name in (*OF_EACH, *doctor.LOOKS)]
    assert set(checks) == {*(("", name) for name in LOCAL), *of_venues}
    assert not_good(checks) == {}
    assert "by the quote stream" in checks["sandbox", "market data"]["seen"]
    assert "by REST" in checks["production", "market data"]["seen"]


def test_people_see_a_table(inside, at):
    ended = inside("doctor", **at)
    assert ended.code == 0
    assert "sandbox token" in ended.out
    assert "All is well." in ended.out


def test_the_sandbox_alone_is_looked_at_in_its_environment(examined):
    assert {venue for venue, _ in examined(code=0, ENV="sandbox")} == {"", "sandbox"}


def test_offline_no_venue_is_asked(examined, simulator):
    before = len(simulator.simulator.journal.entries())
    checks = examined("--offline", code=4)
    assert set(not_good(checks)) == {(venue, name) for venue in VENUES for name in doctor.LOOKS}
    assert len(simulator.simulator.journal.entries()) == before


def test_a_venue_that_cannot_be_reached_leaves_the_other_one_to_be_looked_at(examined):
    checks = examined(code=1, SANDBOX__API_URL="http://127.0.0.1:1")
    assert checks["sandbox", "api"]["outcome"] == "fail"
    assert {where for where, outcome in not_good(checks).items() if outcome == "skipped"} == {
        ("sandbox", name) for name in doctor.LOOKS if name not in ("api", "streamer")
    }
    assert "'api' is broken" in checks["sandbox", "token"]["seen"]


def test_a_refused_login_is_said_once_and_nothing_behind_it_is_tried(examined):
    checks = examined(code=1, PRODUCTION__CLIENT_SECRET="ab" * 20)
    assert {name: outcome for (_, name), outcome in not_good(checks).items() if outcome == "fail"} == {"token": "fail"}
    assert checks["production", "account"]["outcome"] == "skipped"
    assert checks["production", "account stream"]["outcome"] == "skipped"
    assert checks["sandbox", "token"]["outcome"] == "ok"


def test_the_two_secrets_of_a_venue_the_wrong_way_round_are_never_sent(examined, at):
    swapped = {
        "SANDBOX__CLIENT_SECRET": at["TASTYFLOW_SANDBOX__REFRESH_TOKEN"],
        "SANDBOX__REFRESH_TOKEN": at["TASTYFLOW_SANDBOX__CLIENT_SECRET"],
    }
    checks = examined(code=1, **swapped)
    assert checks["sandbox", "client_secret"]["outcome"] == "fail"
    assert {checks["sandbox", name]["outcome"] for name in doctor.LOOKS} == {"skipped"}
    assert {checks["production", name]["outcome"] for name in doctor.LOOKS} == {"ok"}


@pytest.mark.skipif(os.name != "posix", reason="who may read a file is not in its mode there")
def test_secrets_that_others_could_read_are_not_used_to_log_in(examined, home):
    home.mkdir(mode=0o700)
    (home / "secrets.toml").write_text('[sandbox]\nclient_secret = "canary"\n')
    (home / "secrets.toml").chmod(0o644)
    checks = examined(code=1)
    assert {where for where, outcome in not_good(checks).items() if outcome == "fail"} == {("", "secrets")}
    assert {checks[venue, name]["outcome"] for venue in VENUES for name in doctor.LOOKS} == {"skipped"}


def test_a_broken_log_says_nothing_of_the_venues(examined, home):
    (home / "production-simulated").mkdir(parents=True, mode=0o700)
    home.chmod(0o700)
    (home / "production-simulated" / "log.db").write_bytes(b"no log at all" * 100)
    assert not_good(examined(code=1)) == {
        ("", "store"): "fail",
        ("", "log chain"): "skipped",
        ("", "read models"): "skipped",
        ("", "trading"): "skipped",
        ("", "open orders"): "skipped",
        ("", "approval"): "skipped",
    }


def test_an_account_of_another_login_is_broken(examined):
    checks = examined(code=1, SANDBOX__ACCOUNT="5WT00009")
    assert checks["sandbox", "account"]["outcome"] == "fail"
    assert checks["sandbox", "other orders"]["outcome"] == "skipped"


def test_another_account_than_at_the_first_use_is_not_even_asked_for(inside, examined, at):
    assert inside("balance", **at).code == 0
    checks = examined(code=1, SANDBOX__ACCOUNT="5WT00009")
    assert checks["sandbox", "pin"]["outcome"] == "fail"
    assert {checks["sandbox", name]["outcome"] for name in doctor.LOOKS} == {"skipped"}


@pytest.mark.parametrize(
    ("flags", "code", "outcome"),
    [
        ({"is-frozen": True}, 1, "fail"),
        ({"is-closing-only": True}, 4, "warn"),
        ({"is-in-margin-call": True}, 4, "warn"),
        ({"options-level": "Covered And Cash Secured"}, 0, "ok"),
    ],
)
def test_an_account_that_may_not_trade_freely_is_told(examined, simulator, flags, code, outcome):
    names = {name.replace("-", "_"): value for name, value in flags.items()}
    simulator.call(lambda: simulator.simulator.production.book.set_status(**names))
    try:
        assert examined(code=code)["production", "trading status"]["outcome"] == outcome
    finally:
        usual = {"is_frozen": False, "is_closing_only": False, "is_in_margin_call": False}
        simulator.call(lambda: simulator.simulator.production.book.set_status(**usual, options_level="No Restrictions"))


def test_market_data_that_is_away_is_broken_and_what_else_works_is_said(examined, simulator):
    away = SimulatorFault(kind=FaultKind.MARKET_DATA_502, side=Side.PRODUCTION, times=None)
    simulator.call(simulator.simulator.faults.add, away)
    checks = examined(code=1)
    assert not_good(checks) == {("production", "market data"): "fail"}


def test_a_streamer_that_hangs_up_is_broken(examined, simulator):
    closing = SimulatorFault(kind=FaultKind.STREAM_CLOSE, side=Side.SANDBOX, times=None)
    simulator.call(simulator.simulator.faults.add, closing)
    checks = examined(code=1)
    assert checks["sandbox", "account stream"]["outcome"] == "fail"
    assert checks["sandbox", "token"]["outcome"] == "ok"


def test_orders_of_somebody_else_are_mentioned_and_no_fault(examined, simulator):
    side = simulator.simulator.production
    body = {
        "time-in-force": "GTC",
        "order-type": "Limit",
        "price": "1.00",
        "price-effect": "Debit",
        "legs": [{"instrument-type": "Equity", "symbol": "SPY", "quantity": 1, "action": "Buy to Open"}],
    }
    simulator.call(lambda: side.book.place(body, side.clock.now()))
    assert "1 of 1 working orders not made by tastyflow" in examined(code=0)["production", "other orders"]["seen"]


def test_a_log_whose_chain_does_not_fit_is_named_with_its_first_bad_event(inside, home):
    assert inside("trader", "add", "ann").code == 0
    log = home / "fake" / "log.db"
    good = {each["name"]: each for each in inside("doctor", "--json").json["checks"]}["log chain"]
    assert good["outcome"] == "ok"
    assert "chained since" in good["seen"]
    with by_hand(log) as hand:
        guards = without_guards(hand)
        hand.execute("UPDATE stored_events SET topic = topic || '2' WHERE rowid = 2")
        for guard in guards:
            hand.execute(guard)
    broken = inside("doctor", "--json")
    found = {each["name"]: each for each in broken.json["checks"]}["log chain"]
    assert (broken.code, found["outcome"]) == (1, "fail")
    assert found["seen"].startswith("event 2: It does not fit")


def test_a_log_that_is_in_doubt_by_its_head_is_told(inside, home):
    assert inside("trader", "add", "ann").code == 0
    for file in (home / "fake").glob("log.db*"):
        file.unlink()
    assert inside("trader", "add", "bob").code == 0
    found = {each["name"]: each for each in inside("doctor", "--json").json["checks"]}["log chain"]
    assert (found["outcome"], found["seen"]) == (
        "fail",
        "The log is another one than that whose head was kept beside it.",
    )
    assert "tastyflow recover --accept --reason TEXT" in found["do"]


def test_read_models_that_lag_far_behind_are_a_warning_that_names_the_way(inside, home, monkeypatch):
    assert inside("trader", "add", "ann").code == 0
    assert inside("log", "rebuild").code == 0
    good = {each["name"]: each for each in inside("doctor", "--json").json["checks"]}["read models"]
    assert (good["outcome"], good["seen"]) == ("ok", "no command searches the log")
    monkeypatch.setattr(doctor, "MOST", 1)
    with by_hand(home / "fake" / "log.db") as hand:
        hand.execute("DELETE FROM places WHERE name LIKE 'read models%'")
    behind = {each["name"]: each for each in inside("doctor", "--json").json["checks"]}["read models"]
    assert behind["outcome"] == "warn"
    assert "tastyflow log rebuild" in str(behind)
