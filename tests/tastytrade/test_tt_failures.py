"""How certain we are, by the type of an exception and the status of an answer; and what is shown of a venue's words."""

import json
import unicodedata

import httpx2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.errors import NotSent, OutcomeUnknown, VenueRefused
from tastyflow_adapters.tastytrade.http import failures
from tastyflow_adapters.tastytrade.http.venue_text import body_of, clean, code_of, explained, is_in_envelope

NEVER_LEFT = {
    "ConnectError", "ConnectTimeout", "PoolTimeout", "LocalProtocolError", "UnsupportedProtocol", "ProxyError",
    "InvalidURL",
}  # fmt: skip
HTTP_ERRORS = {
    name: error
    for name in httpx2.__all__
    if isinstance(error := getattr(httpx2, name), type) and issubclass(error, Exception)
}


@pytest.mark.parametrize("name", sorted(HTTP_ERRORS))
def test_only_what_happens_before_the_first_byte_is_not_sent(name):
    error = HTTP_ERRORS[name].__new__(HTTP_ERRORS[name])
    failure = failures.of_exception(error, doing="place the order")
    assert type(failure) is (NotSent if name in NEVER_LEFT else OutcomeUnknown)


@pytest.mark.parametrize(
    "error", [TimeoutError(), ValueError("x"), RuntimeError("secret"), OSError(5, "io"), KeyError()]
)
def test_an_exception_that_nobody_expected_is_unknown_and_its_words_are_not_repeated(error):
    failure = failures.of_exception(error, doing="place the order")
    assert type(failure) is OutcomeUnknown
    assert "secret" not in failure.message
    assert type(error).__name__ in failure.message


REFUSED = {400, 403, 404, 405, 406, 410, 411, 413, 414, 415, 422, 431}


@pytest.mark.parametrize("status", [*range(300, 600), 999])
def test_a_status_is_a_refusal_only_where_the_venue_is_known_to_decide_so(status):
    failure = failures.of_answer(status, b"", doing="place the order")
    expected = VenueRefused if status in REFUSED else OutcomeUnknown
    assert isinstance(failure, expected)
    assert isinstance(failure, failures.NotTaken) == (status in (401, 429))
    assert isinstance(failure, failures.NotThere) == (status == 404)


@given(st.sampled_from([401, 404, 422, 429, 500, 502]), st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.sampled_from(["error", "errors", "code", "message", "domain", "reason"]), inner, max_size=4),
    max_leaves=8,
))  # fmt: skip
@settings(max_examples=200, deadline=None)
def test_whatever_a_body_says_the_status_decides(status, body):
    plain = failures.of_answer(status, b"", doing="place the order")
    said = failures.of_answer(status, json.dumps(body).encode(), doing="place the order")
    assert type(said) is type(plain)
    assert said.message
    assert len(said.message) <= 400


def preflight(*nested):
    outer = {"code": "preflight_check_failure", "message": "One or more preflight checks failed"}
    return json.dumps({"error": outer | {"errors": list(nested)}}).encode()


def test_a_refusal_has_the_code_and_the_words_from_beneath():
    body = preflight(
        {"code": "cant_buy_for_credit", "message": "You cannot buy for a credit."},
        {"code": "margin_check_failed", "message": "Not enough buying power."},
    )
    failure = failures.of_answer(422, body, doing="place the order")
    assert failure.code == "cant_buy_for_credit"
    assert failure.message == "You cannot buy for a credit. Not enough buying power."


def test_domain_and_reason_and_an_outer_code_alone_are_understood_too():
    assert failures.of_answer(400, preflight({"domain": "order-type", "reason": "is missing"}), doing="x").message == (
        "order-type is missing."
    )
    assert failures.of_answer(422, preflight(), doing="x").code == "preflight_check_failure"
    assert failures.of_answer(422, b"", doing="x").code == "http_422"


def test_a_page_of_html_is_never_shown():
    body = b"<html><head><title>502 Bad Gateway</title></head><body><h1>nginx</h1></body></html>"
    for status in (401, 403, 429, 502):
        failure = failures.of_answer(status, body, doing="place the order")
        assert "<" not in failure.message
        assert "nginx" not in failure.message
        assert "Gateway" not in failure.message


def test_markup_in_a_message_is_left_out():
    body = json.dumps({"error": {"code": "x", "message": "<h1>Sorry</h1> closed <a href='http://evil'>here"}}).encode()
    assert failures.of_answer(422, body, doing="x").message == "Sorry closed here"


@given(st.text(max_size=2000))
@settings(max_examples=200, deadline=None)
def test_what_is_shown_is_one_bounded_line_without_anything_hidden(text):
    shown = clean(text)
    assert len(shown) <= 300
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in shown)
    assert "\n" not in shown
    assert clean(shown) == shown or "<" in shown


@given(st.text(max_size=200))
@settings(max_examples=50, deadline=None)
def test_a_code_is_a_word(text):
    assert all(c.isalnum() or c in "._" for c in code_of(text))
    assert len(code_of(text)) <= 60


@given(st.binary(max_size=60))
@settings(max_examples=50, deadline=None)
def test_a_body_is_an_object_or_nothing(raw):
    assert isinstance(body_of(raw), dict)


def test_a_body_of_a_thousand_brackets_is_nothing():
    assert body_of(b"[" * 100_000) == {}


def test_an_oauth_answer_has_its_own_shape():
    assert explained({"error_code": "invalid_grant", "error_description": "Grant revoked"}) == (
        "invalid_grant",
        "Grant revoked",
    )


# ── whose no it is ─────────────────────────────────────────────────────────────────────────────────────────────────

NOT_ITS_OWN = {
    "nothing": b"",
    "a page": b"<html><body><h1>403 Forbidden</h1></body></html>",
    "a gateway's message": b'{"message": "Forbidden"}',
    "a word": b'{"error": "Forbidden"}',
    "a number for a code": b'{"error": {"code": 403, "message": "Forbidden"}}',
    "no code": b'{"error": {"message": "Forbidden"}}',
    "an empty code": b'{"error": {"code": "", "message": "Forbidden"}}',
    "a code of nothing that counts": b'{"error": {"code": "<>", "message": "Forbidden"}}',
    "a list": b'[{"error": {"code": "no", "message": "No."}}]',
    "half of its own": b'{"error": {"code": "no", "mess',
    "a login's": b'{"error_code": "invalid_grant", "error_description": "Grant revoked"}',
}


@pytest.mark.parametrize("status", sorted(REFUSED))
@pytest.mark.parametrize("body", NOT_ITS_OWN.values(), ids=NOT_ITS_OWN)
def test_a_no_that_is_not_the_venues_own_leaves_an_order_unknown(status, body):
    failure = failures.of_answer(status, body, doing="place the order", needs_envelope=True)
    assert type(failure) is OutcomeUnknown
    assert failure.code == "foreign_answer"


@pytest.mark.parametrize("status", sorted(REFUSED))
def test_a_no_in_the_venues_own_words_is_a_refusal(status):
    body = json.dumps({"error": {"code": "margin_check_failed", "message": "No."}}).encode()
    failure = failures.of_answer(status, body, doing="place the order", needs_envelope=True)
    assert isinstance(failure, VenueRefused)
    assert failure.message == "No."


@given(st.dictionaries(st.text(max_size=8), st.text(max_size=8) | st.integers() | st.none(), max_size=4))
@settings(max_examples=100, deadline=None)
def test_without_an_error_that_is_an_object_nothing_is_the_venues_own(body):
    assert not is_in_envelope(body)
