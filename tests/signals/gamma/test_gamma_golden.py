"""The golden example: four lines whose every figure is known, to 1e-9 in every unit, and to the digits as printed."""

from decimal import Decimal

import pytest

from tastyflow.domain.instruments import Right
from tastyflow_adapters.signals.gamma import SignModel
from tests.signals.gamma.chains import GOLDEN, exact_gamma, exact_net, exact_root, told

SPOT = Decimal(6000)
YEARS = Decimal(30) / 365
TINY = 1e-9

PRINTED = {  # strike: d1's gamma, shares per $1, millions of dollars per $1, and per 1 %
    "5900": ("0.00127436", "-2548.729", "-15.292374", "-917.542"),
    "5950": ("0.00141927", "-1135.419", "-6.812516", "-408.751"),
    "6000": ("0.00154580", "1545.799", "9.274793", "556.488"),
    "6100": ("0.00153423", "1841.076", "11.046453", "662.787"),
}
PROFILE = {
    5800: "-527.131",
    5900: "-352.864",
    5950: "-232.675",
    6000: "-107.019",
    6050: "10.875",
    6100: "109.877",
    6200: "226.311",
    6400: "179.585",
    6800: "6.992",
    7200: "-0.101",
}


@pytest.fixture(scope="module")
def exposure():
    book = told(GOLDEN)
    return book.exposure(book.spot.at)


def exact_shares(line):
    gamma = exact_gamma(SPOT, Decimal(line.strike), Decimal(str(line.volatility)), YEARS)
    return (1 if line.right is Right.CALL else -1) * gamma * line.interest * 100


def test_the_reference_has_the_printed_digits():
    for line in GOLDEN:
        gamma, shares, per_dollar, per_percent = PRINTED[line.strike]
        exact = exact_shares(line)
        assert f"{abs(exact) / line.interest / 100:.8f}" == gamma
        assert f"{exact:.3f}" == shares
        assert f"{exact * SPOT / 10**6:.6f}" == per_dollar
        assert f"{exact * SPOT * SPOT / 100 / 10**6:.3f}" == per_percent
    for spot, printed in PROFILE.items():
        assert f"{exact_net(GOLDEN, Decimal(spot), YEARS) / 10**6:.3f}" == printed


def test_each_strike_and_the_net_agree_in_every_unit(exposure):
    exact = [exact_shares(line) for line in GOLDEN]
    by_strike = exposure.by_strike.calls_shares_per_dollar + exposure.by_strike.puts_shares_per_dollar
    assert by_strike.tolist() == pytest.approx([float(each) for each in exact], rel=TINY)
    in_percent = exposure.by_strike.net_dollars_per_percent
    assert in_percent.tolist() == pytest.approx([float(each * SPOT * SPOT / 100) for each in exact], rel=TINY)
    net = sum(exact)
    assert exposure.net.shares_per_dollar == pytest.approx(float(net), rel=TINY)
    assert exposure.net.dollars_per_dollar == pytest.approx(float(net * SPOT), rel=TINY)
    assert exposure.net.dollars_per_percent == pytest.approx(float(net * SPOT * SPOT / 100), rel=TINY)
    assert f"{exposure.net.shares_per_dollar:.3f}" == "-297.274"
    assert f"{exposure.net.dollars_per_dollar / 1e6:.6f}" == "-1.783644"
    assert f"{exposure.net.dollars_per_percent / 1e6:.3f}" == "-107.019"


def test_calls_and_puts_make_the_net(exposure):
    calls, puts = sum(map(exact_shares, GOLDEN[2:])), sum(map(exact_shares, GOLDEN[:2]))
    assert exposure.calls.shares_per_dollar == pytest.approx(float(calls), rel=TINY)
    assert exposure.puts.shares_per_dollar == pytest.approx(float(puts), rel=TINY)


def test_the_walls_are_6100_and_5900(exposure):
    assert (exposure.call_wall.strike, exposure.put_wall.strike) == (Decimal(6100), Decimal(5900))
    assert f"{exposure.call_wall.amount.dollars_per_percent / 1e6:.3f}" == "662.787"
    assert f"{exposure.put_wall.amount.dollars_per_percent / 1e6:.3f}" == "-917.542"


def test_both_roots_are_found_to_1e_9(exposure):
    near = exact_root(lambda spot: exact_net(GOLDEN, spot, YEARS), Decimal(6000), Decimal(6100))
    far = exact_root(lambda spot: exact_net(GOLDEN, spot, YEARS), Decimal(6900), Decimal(7200))
    assert (f"{near:.4f}", f"{far:.4f}") == ("6045.0993", "7014.0999")
    assert [root.spot for root in exposure.roots] == pytest.approx([float(near), float(far)], abs=TINY)
    assert exposure.flip is exposure.roots[0]


def test_the_flip_turns_upwards_and_the_other_root_lies_in_a_tail(exposure):
    flip, tail = exposure.roots
    assert flip.slope_dollars_per_percent_per_percent > 0 > tail.slope_dollars_per_percent_per_percent
    assert not flip.is_tail
    assert tail.is_tail
    assert tail.net_around_dollars_per_percent < 1e6 < flip.net_around_dollars_per_percent
    step = Decimal("0.0001")
    exact_slope = (exact_net(GOLDEN, Decimal(flip.spot) * (1 + step), YEARS)) / (step * 100)
    assert flip.slope_dollars_per_percent_per_percent == pytest.approx(float(exact_slope), rel=1e-3)


def test_the_profile_is_the_net_repriced_along_the_spot(exposure):
    profile = exposure.repriced.profile
    for spot, net in zip(profile.spots.tolist(), profile.net_dollars_per_percent.tolist(), strict=True):
        assert net == pytest.approx(float(exact_net(GOLDEN, Decimal(spot), YEARS)), rel=TINY, abs=1e-3)
    summed = profile.calls_dollars_per_percent + profile.puts_dollars_per_percent
    assert profile.net_dollars_per_percent.tolist() == summed.tolist()
    assert (profile.spots[0], profile.spots[-1]) == pytest.approx((4800, 7200))
    assert 6000.0 in profile.spots


def test_the_net_repriced_at_the_spot_is_the_net(exposure):
    assert exposure.repriced.net.dollars_per_percent == pytest.approx(exposure.net.dollars_per_percent, rel=TINY)


def test_the_static_crossing_lies_74_points_away_and_is_not_called_the_flip(exposure):
    assert f"{exposure.static_crossing_not_the_flip:.4f}" == "5971.1736"
    assert exposure.flip.spot - exposure.static_crossing_not_the_flip == pytest.approx(73.93, abs=0.01)


def test_the_sums_cumulated_by_strike_cross_nowhere(exposure):
    cumulated = exposure.by_strike.net_dollars_per_percent.cumsum() / 1e6
    assert [f"{each:.3f}" for each in cumulated] == ["-917.542", "-1326.293", "-769.806", "-107.019"]


def test_the_model_and_the_scope_are_said_with_it(exposure):
    said = exposure.as_json()
    assert exposure.sign_model is SignModel.NAIVE
    assert (said["sign_model"], said["scope"]["words"], said["spot_source"]) == ("naive", "every expiration", "trade")
    assert said["repricing"]["step_percent"] == 1.0
    assert said["coverage"]["share_of_open_interest"] == 1.0
