"""What holds for every alert, every body, every signature and every sequence of sources."""

import json
import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from multidict import CIMultiDict, CIMultiDictProxy

from tastyflow.domain.signal_rule.alert import Alert, HeardAlert
from tastyflow.domain.signal_rule.figures import FIGURES, Figures
from tastyflow.errors import Invalid
from tastyflow_adapters.config.signals_choices import SignalsChoices
from tastyflow_adapters.signals.webhook.judging import ReceivedAlert, fault_of
from tastyflow_adapters.signals.webhook.reading import AlertHeaders, alert_in, headers_of, rule_in
from tastyflow_adapters.signals.webhook.signing import signature, signed
from tastyflow_adapters.signals.webhook.sources import SourceRates, source_of
from tastyflow_adapters.signals.webhook.tally import AlertFault

NAMES = st.from_regex(r"[a-z0-9][a-z0-9-]{0,39}", fullmatch=True)
KEYS = st.just("") | st.from_regex(r"[A-Za-z0-9._:@/+-]{1,100}", fullmatch=True)
TIMES = st.from_regex(r"[0-9]{10}", fullmatch=True)
SECRETS = st.binary(min_size=32, max_size=64)
PARTS = st.tuples(TIMES, NAMES, KEYS, st.binary(max_size=200))
BROUGHT = st.sampled_from(("rsi", "level", "volume"))
NUMBERS = st.floats(-1e12, 1e12) | st.integers(-(10**12), 10**12)
NOW = datetime(2026, 11, 30, 15, 0, tzinfo=UTC)


@given(PARTS, PARTS)
def test_two_alerts_that_differ_never_sign_the_same_bytes(one, other):
    assert (signed(*one) == signed(*other)) is (one == other)


@given(PARTS, SECRETS, SECRETS, st.integers(-(10**6), 10**6))
def test_only_the_secret_of_the_rule_and_a_time_of_now_count(parts, secret, another, ahead_s):
    assume(secret != another)
    _, name, key, body = parts
    at = NOW + timedelta(seconds=ahead_s)
    time = f"{int(at.timestamp()):010d}"
    sent = ReceivedAlert(name, AlertHeaders(time, signature(secret, signed(time, name, key, body)), key), body)
    chosen = SignalsChoices(webhook_oldest_s=60, webhook_ahead_s=5)
    fault = fault_of(sent, [secret], now=NOW, chosen=chosen)
    assert fault == (AlertFault.OLD if ahead_s < -60 else AlertFault.AHEAD if ahead_s > 5 else None)
    assert fault_of(sent, [another, secret], now=NOW, chosen=chosen) == fault
    for secrets in ([another], [another, another], []):
        assert fault_of(sent, secrets, now=NOW, chosen=chosen) is AlertFault.UNSIGNED


@given(PARTS, PARTS, SECRETS)
def test_a_signature_is_good_for_one_alert_only(one, other, secret):
    assume(one != other)
    sign = signature(secret, signed(*one))
    forged = ReceivedAlert(other[1], AlertHeaders(other[0], sign, other[2]), other[3])
    assert fault_of(forged, [secret], now=NOW, chosen=SignalsChoices()) is AlertFault.UNSIGNED


@given(st.dictionaries(BROUGHT, NUMBERS), st.text(st.characters(categories=["L", "N", "Zs"]), max_size=200))
def test_a_good_body_is_read_as_it_was_written(figures, reason):
    assume(reason.isprintable())
    body = json.dumps({"reason": reason, "figures": figures}).encode()
    alert = alert_in(body, figures=("rsi", "level", "volume"), key="k")
    assert (alert.reason, alert.key) == (reason, "k")
    assert dict(alert.figures) == {name: float(value) for name, value in figures.items()}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10) | BROUGHT, inner, max_size=3),
    max_leaves=10,
)
BODIES = st.binary(max_size=200) | JSON.map(lambda told: json.dumps(told).encode())
FRAMED = st.tuples(JSON, JSON).map(lambda two: json.dumps({"reason": two[0], "figures": two[1]}).encode())


def read(body: bytes) -> tuple[Alert | None, Invalid | None]:
    try:
        return alert_in(body, figures=("rsi", "level"), key=""), None
    except Invalid as refused:
        return None, refused


@given(BODIES | FRAMED)
def test_any_body_is_an_alert_within_bounds_or_a_refusal_that_repeats_none_of_it(body):
    alert, refused = read(body)
    if alert is None:
        assert (refused.code, len(refused.message) < 120) == ("bad_alert", True)
    else:
        assert alert.figures.keys() <= {"rsi", "level"}
        assert all(type(each) is float and math.isfinite(each) and abs(each) <= 1e12 for each in alert.figures.values())
        assert len(alert.reason) <= 200
        assert alert.reason.isprintable()


NO_ALERTS = [
    b"", b"[]", b"null", b"1", b'"a"', b"{", b"\xff{}", b'{"a": 1}', b"[" * 8_000, b'{"figures":' * 1_000,
    b'{"figures": {"rsi": NaN}}', b'{"figures": {"rsi": Infinity}}', b'{"figures": {"rsi": -Infinity}}',
    b'{"figures": {"rsi": 1e999}}', b'{"figures": {"rsi": 1e13}}', b'{"figures": {"rsi": "71"}}',
    b'{"figures": {"rsi": true}}', b'{"figures": {"rsi": null}}', b'{"figures": {"rsi": [71]}}', b'{"figures": []}',
    b'{"figures": {"rsi": 71, "rsi": 72}}', b'{"figures": {}, "figures": {}}', b'{"figures": {"spot": 600}}',
    b'{"figures": {"RSI": 71}}', b'{"figures": {"\\u0072s\\u0456": 71}}', b'{"figures": {"rsi ": 71}}',
    b'{"figures": {"rsi": ' + b"9" * 5_000 + b"}}", b'{"reason": "a\\nb"}', b'{"reason": "\\u001b[2J"}',
    b'{"reason": 7}',
    b'{"reason": "\\u202ebuy"}', b'{"reason": "' + b"x" * 201 + b'"}', b'{"line": "buy 1 SPY"}', b'{"rule": "other"}',
    '{"reason": "x"}'.encode("utf-16"), b'\xef\xbb\xbf{"reason": "x"}', b'{"reason": "\\ud800"}',
]  # fmt: skip


@pytest.mark.parametrize("body", NO_ALERTS, ids=lambda body: repr(body[:40]))
def test_these_are_no_alerts(body):
    with pytest.raises(Invalid):
        alert_in(body, figures=("rsi", "level", "spot"), key="")


def test_no_alert_has_too_many_figures_or_one_of_the_markets():
    with pytest.raises(Invalid, match="32 at most"):
        Alert("", {f"f{number}": 1.0 for number in range(33)})
    for name in FIGURES:
        with pytest.raises(Invalid, match="worked out from the market"):
            Alert("", {name: 1.0})


@given(st.text(max_size=60) | NAMES.map(lambda name: f"/signals/{name}"))
def test_a_path_names_a_rule_only_to_the_letter(path):
    name = rule_in(path)
    assert name is None or (path == f"/signals/{name}" and name.isascii() and len(name) <= 40 and "/" not in name)


HEADERS = st.sampled_from(("Content-Type", "Tastyflow-Timestamp", "tastyflow-signature", "Idempotency-Key", "X"))
GOOD = st.sampled_from(("application/json", "1764514800", "a" * 64, "key", "text/plain", ""))


@given(st.lists(st.tuples(HEADERS, GOOD | st.text(max_size=70)), max_size=8))
def test_headers_count_only_where_each_is_there_once(pairs):
    found = headers_of(CIMultiDictProxy(CIMultiDict(pairs)))
    times = [name.lower() for name, _ in pairs]
    if not isinstance(found, AlertFault):
        assert all(times.count(each) == 1 for each in ("content-type", "tastyflow-timestamp", "tastyflow-signature"))
        assert times.count("idempotency-key") <= 1


# ── sources ──────────────────────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(st.tuples(st.integers(0, 200), st.floats(0, 30)), max_size=200), st.integers(1, 20))
def test_no_source_asks_more_often_than_it_may_and_the_table_stays_small(asked, per_minute):
    rates, now_s = SourceRates(per_minute, most=16), 0.0
    granted: dict[int, list[float]] = {}
    for source, pause_s in asked:
        now_s += pause_s
        if rates.may_ask(str(source % 8), now_s):
            granted.setdefault(source % 8, []).append(now_s)
        rates.may_ask(f"stranger {source}" if source % 3 == 0 else "0", now_s)
        assert len(rates) <= 16
    for times in granted.values():
        for first in times:
            assert sum(first <= each < first + 60 for each in times) <= 2 * per_minute


def test_a_table_of_many_sources_stays_small():
    rates = SourceRates(5, most=16)
    for number in range(1_000):
        rates.may_ask(f"198.51.100.{number}", number / 100)
        assert len(rates) <= 16


def test_the_source_that_was_silent_longest_is_forgotten_first():
    rates = SourceRates(1, most=2)
    assert [rates.may_ask(each, 0.0) for each in ("a", "b", "a")] == [True, True, False]
    assert rates.may_ask("c", 0.0)  # b, who was heard longest ago, is forgotten
    assert not rates.may_ask("c", 0.0)
    assert not rates.may_ask("a", 0.0)


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "source"),
    [
        ("198.51.100.7", [], "", "198.51.100.7"),
        ("198.51.100.7", ["203.0.113.9"], "", "198.51.100.7"),
        ("198.51.100.7", ["203.0.113.9"], "127.0.0.1", "198.51.100.7"),
        ("127.0.0.1", ["203.0.113.9"], "127.0.0.1", "203.0.113.9"),
        ("127.0.0.1", ["198.51.100.1, 203.0.113.9"], "127.0.0.1", "203.0.113.9"),
        ("127.0.0.1", ["198.51.100.1", "203.0.113.9"], "127.0.0.1", "203.0.113.9"),
        ("127.0.0.1", ["unknown"], "127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", [""], "127.0.0.1", "127.0.0.1"),
        ("127.0.0.1", ["203.0.113.9:4711"], "127.0.0.1", "127.0.0.1"),
        ("::ffff:127.0.0.1", ["203.0.113.9"], "127.0.0.1", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", [], "", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", [], "", "2001:db8:1:2::/64"),
        ("::1", [], "", "::1"),
        ("2001:db8::7", ["203.0.113.9"], "2001:DB8:0::7", "203.0.113.9"),
        ("2001:db8::8", ["203.0.113.9"], "2001:db8::7", "2001:db8::/64"),
        ("", [], "", "unknown"),
    ],
)
def test_where_a_request_comes_from(peer, forwarded, trusted, source):
    assert source_of(peer, forwarded, trusted) == source


# ── beside the market ────────────────────────────────────────────────────────────────────────────────────────────


@given(st.floats(0, 300), st.floats(-300, 300), st.floats(0, 300))
def test_its_figures_are_never_younger_than_the_market_that_they_stand_beside(oldest_age_s, market_lead_s, later_s):
    market = Figures("SPY", NOW + timedelta(seconds=market_lead_s), {"spot": 612.0}, oldest_age_s=oldest_age_s)
    heard = HeardAlert(rule="gex", source="webhook", source_id="key:a", at=NOW, alert=Alert("", {"rsi": 71}))
    found = heard.beside(market, symbol="SPY")
    now = max(NOW, market.at) + timedelta(seconds=later_s)
    true_age_s = oldest_age_s + (now - market.at).total_seconds()
    assert found.oldest_age_s + (now - found.at).total_seconds() >= true_age_s - 1e-3
    assert (found.at, dict(found.values)) == (NOW, {"spot": 612.0, "rsi": 71.0})


def test_what_is_not_known_of_the_market_stays_unknown():
    market = Figures("SPY", NOW, {}, coverage=None, oldest_age_s=None, snapshot="aa")
    heard = HeardAlert(rule="gex", source="webhook", source_id="", at=NOW, alert=Alert("", {"rsi": 71}))
    found = heard.beside(market, symbol="SPY")
    assert (found.coverage, found.oldest_age_s) == (None, None)
    assert found.snapshot != heard.beside(None, symbol="SPY").snapshot
    assert heard.beside(None, symbol="SPY").oldest_age_s == 0.0


@given(st.dictionaries(BROUGHT, NUMBERS, min_size=1))
def test_the_order_of_figures_changes_no_digest_and_each_value_does(figures):
    turned = dict(reversed(figures.items()))
    assert Alert("a", figures).digest == Alert("a", turned).digest
    name = next(iter(figures))
    changed = {**figures, name: math.nextafter(float(figures[name]), 0.0) or 1.0}
    assert Alert("a", changed).digest != Alert("a", figures).digest
