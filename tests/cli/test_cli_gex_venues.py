"""``tastyflow gex`` in production before the simulator: its market data are those of the wire."""

import pytest


def test_in_production_the_chain_is_heard_over_the_wire(inside, venues):
    said = inside("gex", "SPY", "--dte", "0-14", "--json", **venues)
    assert (said.code, said.err) == (0, "")
    assert said.json["place"] == "PRODUCTION (simulator)"
    gex = said.json["gex"]
    assert gex["coverage"]["share_of_open_interest"] == pytest.approx(1, abs=0.01)
    assert gex["call_wall"]
    assert gex["put_wall"]
    assert gex["spot"] > 0


def test_the_sandbox_before_the_simulator_has_none_either(inside, venues):
    said = inside("gex", "SPY", "--json", **venues | {"TASTYFLOW_ENV": "sandbox"})
    assert (said.code, said.json["error"]["code"]) == (3, "no_option_feed")
