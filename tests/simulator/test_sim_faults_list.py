"""The list of faults: which strikes whom, how often, and when."""

from datetime import timedelta

import pytest
from sim_kit import FRIDAY

from tastyflow_simulator import ClockMode, FaultKind, Faults, Side, SimulatorFault
from tastyflow_simulator.admin.fault_files import fault_of, faults_in, load
from tastyflow_simulator.clock import SimulatorClock

ORDERS = "/accounts/5WX00001/orders"
LOST = FaultKind.RESPONSE_LOST


@pytest.fixture
def clock() -> SimulatorClock:
    return SimulatorClock(ClockMode.VIRTUAL, FRIDAY)


@pytest.fixture
def faults(clock: SimulatorClock) -> Faults:
    return Faults(clock)


def strikes(faults, *, kinds=LOST, side=Side.PRODUCTION, method="POST", path=ORDERS, order="tf1-a") -> bool:
    return faults.take(kinds, side=side, method=method, path=path, order=order) is not None


def test_a_fault_can_last_until_it_is_cleared_in_toml_too():
    assert fault_of({"kind": "delay", "times": "always"}).times is None


def test_a_fault_strikes_once_unless_more_is_asked_for(faults):
    faults.add(SimulatorFault(kind=LOST))
    assert [strikes(faults) for _ in range(3)] == [True, False, False]
    faults.add(SimulatorFault(kind=LOST, times=2))
    assert [strikes(faults) for _ in range(3)] == [True, True, False]
    faults.add(SimulatorFault(kind=LOST, times=None))
    assert all(strikes(faults) for _ in range(50))


def test_a_fault_lets_pass_as_many_as_it_was_told_to(faults):
    faults.add(SimulatorFault(kind=LOST, after=2))
    assert [strikes(faults) for _ in range(4)] == [False, False, True, False]


@pytest.mark.parametrize(
    ("fault", "occasion"),
    [
        ({"side": Side.PRODUCTION}, {"side": Side.SANDBOX}),
        ({"method": "post"}, {"method": "GET"}),
        ({"path": "/accounts/*/orders"}, {"path": f"{ORDERS}/17"}),
        ({"order": "tf1-a*"}, {"order": "tf1-b"}),
        ({"order": "17"}, {"order": "18"}),
    ],
)
def test_a_fault_strikes_only_where_it_is_meant_to(faults, fault, occasion):
    meant = {"path": f"{ORDERS}", "order": "17" if fault.get("order") == "17" else "tf1-a"}
    faults.add(SimulatorFault(kind=LOST, **fault))
    assert not strikes(faults, **meant | occasion)
    assert strikes(faults, **meant)


def test_a_fault_of_another_kind_is_not_used_up(faults):
    faults.add(SimulatorFault(kind=FaultKind.DELAY))
    assert not strikes(faults)
    assert strikes(faults, kinds=[FaultKind.UNAUTHORIZED, FaultKind.DELAY])


@pytest.mark.parametrize("path", ["/oauth/token", "/streamer", "/realtime", "/"])
def test_a_fault_that_names_no_path_leaves_logins_and_streams_alone(faults, path):
    faults.add(SimulatorFault(kind=LOST, times=None))
    assert not strikes(faults, path=path)
    faults.add(SimulatorFault(kind=LOST, path=path))
    assert strikes(faults, path=path)


def test_a_token_flap_is_about_logins_without_saying_so(faults):
    faults.add(SimulatorFault(kind=FaultKind.TOKEN_FLAP))
    assert strikes(faults, kinds=FaultKind.TOKEN_FLAP, path="/oauth/token")


def test_a_fault_sleeps_before_its_time_and_is_over_after(faults, clock):
    faults.add(
        SimulatorFault(kind=LOST, times=None, since=FRIDAY + timedelta(minutes=1), until=FRIDAY + timedelta(minutes=2))
    )
    struck = []
    for _ in range(4):
        struck.append(strikes(faults))
        clock.advance(45)
    assert struck == [False, False, True, False]


def test_luck_comes_again_with_the_seed(clock):
    def drawn(seed: int) -> list[bool]:
        faults = Faults(clock, seed=seed)
        faults.add(SimulatorFault(kind=LOST, times=None, probability=0.5))
        return [strikes(faults) for _ in range(64)]

    assert drawn(1) == drawn(1) != drawn(2)
    assert 10 < sum(drawn(1)) < 54


def test_cleared_faults_strike_no_more_and_the_list_says_what_struck(faults):
    first, second = (faults.add(SimulatorFault(kind=LOST, times=None)) for _ in range(2))
    assert strikes(faults)
    assert [(row["id"], row["struck"], row["spent"]) for row in faults.listed()] == [
        (first, 1, False),
        (second, 0, False),
    ]
    assert faults.clear(first) == 1
    assert faults.clear(first) == 0
    assert strikes(faults)
    assert faults.clear() == 1
    assert not strikes(faults)


# --- files ---

TOML = """
[[faults]]
kind = "response_lost"
side = "production"
method = "POST"
path = "/accounts/*/orders"
times = 3

[[faults]]
kind = "delay"
seconds = 0.5
since = 2026-11-20T15:00:00Z
"""
JSON = """
{"faults": [
    {"kind": "response_lost", "side": "production", "method": "POST", "path": "/accounts/*/orders", "times": 3},
    {"kind": "delay", "seconds": 0.5, "since": "2026-11-20T15:00:00Z"}
]}
"""


@pytest.mark.parametrize(("name", "text"), [("bad-day.toml", TOML), ("bad-day.json", JSON)])
def test_a_fault_file_is_toml_or_json(tmp_path, name, text):
    (tmp_path / name).write_text(text)
    lost, delay = load(tmp_path / name)
    assert (lost.kind, lost.side, lost.times) == (LOST, Side.PRODUCTION, 3)
    assert (delay.kind, delay.seconds, delay.since) == (FaultKind.DELAY, 0.5, FRIDAY)


def test_one_fault_needs_no_list():
    assert faults_in({"kind": "delay"}) == faults_in([{"kind": "delay"}]) == [SimulatorFault(kind=FaultKind.DELAY)]


def test_a_delay_or_lag_that_names_no_seconds_lasts_a_little():
    assert all(fault_of({"kind": kind}).seconds > 0 for kind in ("delay", "position_lag", "visibility_lag"))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ("response_lost", "A fault is an object with a kind"),
        ({}, "needs a kind: request_lost"),
        ({"kind": "responce_lost"}, "responce_lost"),
        ({"kind": "delay", "second": 1}, "Did you mean 'seconds'?"),
        ({"kind": "delay", "id": "mine"}, "has no 'id'"),
        ({"kind": "delay", "times": "often"}, "times is a whole number"),
        ({"kind": "delay", "times": True}, "times is a whole number"),
        ({"kind": "delay", "times": -1}, "times is a whole number"),
        ({"kind": "delay", "after": None}, "after is a whole number"),
        ({"kind": "delay", "probability": 2}, "probability"),
        ({"kind": "delay", "seconds": -1}, "seconds"),
        ({"kind": "delay", "seconds": "nan"}, "seconds"),
        ({"kind": "delay", "since": "soon"}, "soon"),
        ({"kind": "delay", "side": "cert"}, "cert"),
    ],
)
def test_what_is_no_fault_is_said_so(wrong, told):
    with pytest.raises(ValueError, match=r".*") as error:
        fault_of(wrong)
    assert told in str(error.value)
