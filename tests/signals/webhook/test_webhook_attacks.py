"""What strangers send, and listeners on the way: it reaches no rule, says nothing of rules, and costs little."""

import asyncio
import sys
from contextlib import suppress
from datetime import timedelta

import pytest
from webhook_kit import BODY, NEXT_SECRET, NOW, OTHER_SECRET, headers_of, open_door, until

from tastyflow_adapters.signals.webhook.connections import HEAD_BYTES, PLACES_OF_ONE, Connections
from tastyflow_adapters.signals.webhook.signing import KEY, SIGNATURE, TIMESTAMP
from tastyflow_adapters.signals.webhook.tally import AlertFault

pytestmark = pytest.mark.anyio

REFUSED = {"error": "refused"}


def changed(name, value):
    return [(each, value if each == name else held) for each, held in headers_of()]


def without(name):
    return [(each, held) for each, held in headers_of() if each != name]


FORGED = {
    "another secret": headers_of(secret=NEXT_SECRET),
    "the secret of another rule": headers_of(secret=OTHER_SECRET),
    "signed for another rule": headers_of(name="other"),
    "another body": headers_of(b'{"figures": {"rsi": 99}}'),
    "another time": changed(TIMESTAMP, f"{int(NOW.timestamp()) + 1}"),
    "a key put on": [*headers_of(), (KEY, "mine")],
    "a key taken off": [each for each in headers_of(key="theirs") if each[0] != KEY],
    "no signature": without(SIGNATURE),
    "no time": without(TIMESTAMP),
    "an empty signature": changed(SIGNATURE, ""),
    "capital digits": changed(SIGNATURE, dict(headers_of())[SIGNATURE].upper()),
    "a name before it": changed(SIGNATURE, f"sha256={dict(headers_of())[SIGNATURE]}"),
    "a signature of letters that are no ASCII": changed(SIGNATURE, "ä" * 64),
    "two signatures": [*headers_of(), (SIGNATURE, "0" * 64)],
    "two times": [*headers_of(), (TIMESTAMP, "1764514800")],
    "two keys": [*headers_of(key="a"), (KEY, "a")],
    "a time with a sign": changed(TIMESTAMP, "+764514800"),
    "a time with a point": changed(TIMESTAMP, "1764514800.5"),
    "a time in milliseconds": changed(TIMESTAMP, "1764514800000"),
    "a time that is a word": changed(TIMESTAMP, "now"),
    "a time in other digits": changed(TIMESTAMP, "١٧٦٤٥١٤٨٠٠"),
    "a key with a blank": headers_of(key="a b"),
    "a key that is too long": headers_of(key="k" * 101),
}


@pytest.mark.parametrize("headers", list(FORGED.values()), ids=list(FORGED))
async def test_what_is_forged_is_refused(door, headers):
    answer = await door.post(headers=headers)
    assert (answer.status, answer.told) == (401, REFUSED)
    assert door.taken == []
    assert sum(door.refused().values()) == 1


async def test_a_stranger_cannot_tell_a_rule_from_none(door):
    """Wrong secret, unknown name, too old, to come: the same bytes are answered."""
    late = NOW - timedelta(seconds=61)
    answers = [
        await door.post(headers=headers_of(secret=NEXT_SECRET)),
        await door.post(headers=headers_of(name="none", secret=NEXT_SECRET), path="/signals/none"),
        await door.post(headers=headers_of(at=late)),
        await door.post(headers=headers_of(at=NOW + timedelta(seconds=6))),
        await door.post(headers=[] + [each for each in headers_of() if each[0] != SIGNATURE]),
    ]
    shown = {(each.status, each.body, tuple(sorted({**each.headers, "Date": ""}.items()))) for each in answers}
    assert len(shown) == 1
    assert shown.pop()[0] == 401


async def test_each_stranger_costs_two_signatures_whatever_is_known_of_the_name(door, monkeypatch):
    from tastyflow_adapters.signals.webhook import signing

    counted: list[bytes] = []
    real = signing.signature

    def counting(secret, message):
        counted.append(secret)
        return real(secret, message)

    monkeypatch.setattr(signing, "signature", counting)
    costs = []
    for name in ("gex", "none"):
        counted.clear()
        await door.post(headers=headers_of(name=name, secret=NEXT_SECRET), path=f"/signals/{name}")
        costs.append(len(counted))
    assert costs == [2, 2]


@pytest.mark.parametrize(("ahead_s", "counts"), [(-60, True), (-61, False), (5, True), (6, False), (86_400, False)])
async def test_an_alert_counts_within_its_window_only(door, ahead_s, counts):
    answer = await door.post(headers=headers_of(at=NOW + timedelta(seconds=ahead_s)))
    assert answer.status == (200 if counts else 401)
    assert len(door.taken) == counts
    assert door.refused() == ({} if counts else {"old" if ahead_s < 0 else "ahead": 1})


async def test_what_was_recorded_on_the_way_is_worth_nothing_once_its_window_is_over(door):
    recorded = headers_of()
    await door.post(headers=recorded)
    await door.clock.turn(61)
    assert (await door.post(headers=recorded)).status == 401
    assert len(door.taken) == 1


PATHS = [
    "/signals/", "/signals", "/", "/signals/gex/", "/signals//gex", "/signals/../signals/gex", "/signals/%67ex",
    "/signals/gex?x=1", "/signals/gex#a", "/signals/GEX", "/signals/gex%00", "/signals/gex%0a", "/signals/géx",
    "/signals/g%C3%A9x", "/signals/" + "a" * 41, "/signals/gex_next", "//signals/gex", "/health", "/signals/gex;x",
    "http://127.0.0.1/signals/gex",
]  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_a_path_that_is_not_written_to_the_letter_leads_nowhere(door, path):
    answer = await door.post(path=path)
    assert answer.status in (400, 404)
    assert door.taken == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH"])
async def test_there_is_only_post(door, method):
    assert (await door.post(b"", headers_of(b""), method=method)).status == 405
    assert door.taken == []


KINDS = [
    [("Content-Type", "text/plain")],
    [("Content-Type", "application/x-www-form-urlencoded")],
    [("Content-Type", "application/json; charset=utf-16")],
    [("Content-Type", "application/jsonp")],
    [("Content-Type", "application/json"), ("Content-Encoding", "gzip")],
    [],
]


@pytest.mark.parametrize("kinds", KINDS, ids=str)
async def test_what_is_not_json_or_is_encoded_is_not_read(door, kinds):
    answer = await door.post(headers=[*kinds, *without("Content-Type")])
    assert answer.status == 415
    assert door.taken == []


@pytest.mark.parametrize(
    "kind", ["application/json", "Application/JSON; charset=UTF-8", 'application/json;charset="utf-8"']
)
async def test_json_may_say_that_it_is_utf_8(door, kind):
    assert (await door.post(headers=[("Content-Type", kind), *without("Content-Type")])).status == 200


async def test_two_content_types_are_no_request(door, caplog):
    assert (await door.post(headers=[*headers_of(), ("Content-Type", "text/plain")])).status == 400
    assert (door.taken, caplog.text) == ([], "")
    assert door.refused() == {"no_http": 1}


async def test_a_huge_body_is_refused_before_it_is_read(door):
    answer = await door.post(b"x", headers_of(b"x"), length=10_000_000)
    assert answer.status == 413
    assert door.refused() == {"too_large": 1}


async def test_a_body_in_pieces_is_read_to_its_bound(door):
    lines = ["POST /signals/gex HTTP/1.1", "Host: x", "Transfer-Encoding: chunked"]
    head = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers_of())]).encode() + b"\r\n\r\n"
    good = await door.raw(head + b"%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY))
    assert good.status == 200
    large = await door.raw(head + b"2400\r\n" + b"x" * 0x2400 + b"\r\n0\r\n\r\n")
    assert large.status == 413
    endless = await door.raw(head, *[b"1000\r\n" + b"x" * 0x1000 + b"\r\n"] * 64)
    assert endless.status in (0, 413)
    assert door.refused()["too_large"] >= 2
    assert len(door.taken) == 1


async def test_two_lengths_are_no_request(door):
    headers = [("Content-Length", "5"), *headers_of()]
    assert (await door.post(headers=headers)).status == 400
    both = [("Transfer-Encoding", "chunked"), *headers_of()]
    assert (await door.post(headers=both)).status == 400
    assert door.taken == []


async def test_endless_headers_are_cut_off(door):
    many = b"".join(b"X-%d: %s\r\n" % (number, b"y" * 100) for number in range(400))
    answer = await door.raw(b"POST /signals/gex HTTP/1.1\r\nHost: x\r\n" + many)
    assert answer.status in (0, 400)
    assert door.taken == []


class Swallowing(asyncio.Protocol):
    """A framework that takes whatever comes, and never answers."""


async def test_a_connection_takes_so_many_bytes_whatever_stands_behind_it(anyio_backend):
    refused: list[AlertFault] = []
    bounds = Connections(read_s=20, most_bytes=100, trusted_proxy="", only=frozenset(), refuse=refused.append)
    server = await asyncio.get_running_loop().create_server(lambda: bounds.bounded(Swallowing()), "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        writer.write(b"x" * (HEAD_BYTES + 101))
        with suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()
    assert refused == [AlertFault.TOO_LARGE]


async def test_a_sender_that_drips_is_closed(anyio_backend, tmp_path):
    """Slow-loris: neither the first line, nor a header, nor the body may take longer than the settings say."""
    async with open_door(tmp_path, webhook_read_s=0.3) as door:
        head = "\r\n".join(["POST /signals/gex HTTP/1.1", "Host: x", f"Content-Length: {len(BODY)}"]).encode()
        rest = "".join(f"\r\n{name}: {value}" for name, value in headers_of()).encode() + b"\r\n\r\n"
        drips = [[b""], [head[:9]], [head, b"\r\nX: 1", b"\r\nY: 2"], [head + rest], [head + rest + BODY[:9]]]
        answers = await asyncio.gather(*(door.raw(*each, pause_s=0.05) for each in drips))
        assert {each.status for each in answers} == {0}
        assert door.refused()["too_slow"] >= len(drips)
        assert len(door.server._connections) == 0
        assert (await door.post()).status == 200
        assert len(door.taken) == 1


async def test_a_sender_that_is_cut_off_leaves_nothing_behind(door):
    _, writer = await asyncio.open_connection("127.0.0.1", door.server.port)
    writer.write(b"POST /signals/gex HTTP/1.1\r\nHost: x\r\nContent-Length: 500\r\n\r\n{")
    await writer.drain()
    writer.transport.abort()
    await until(lambda: not len(door.server._connections))
    assert door.taken == []


async def test_one_address_does_not_take_every_place(door):
    held = [await asyncio.open_connection("127.0.0.1", door.server.port) for _ in range(PLACES_OF_ONE)]
    await until(lambda: len(door.server._connections) == PLACES_OF_ONE)
    assert (await door.post()).status == 0
    assert door.refused() == {"too_many": 1}
    for _, writer in held:
        writer.close()
    await until(lambda: not len(door.server._connections))
    assert (await door.post()).status == 200


async def test_a_flood_is_refused_and_ends_with_its_minute(anyio_backend, tmp_path):
    async with open_door(tmp_path, webhook_alerts_a_minute=10) as door:
        statuses = [(await door.post(headers=headers_of(secret=NEXT_SECRET))).status for _ in range(15)]
        assert statuses == [401] * 10 + [429] * 5
        assert (await door.post()).status == 429
        await door.clock.turn(6)
        assert (await door.post(headers=headers_of(at=door.clock.now()))).status == 200
        assert door.refused() == {"unsigned": 10, "too_many": 6}


async def test_a_second_request_on_one_connection_is_not_heard(door):
    lines = ["POST /signals/gex HTTP/1.1", "Host: x", f"Content-Length: {len(BODY)}"]
    one = "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers_of())]).encode() + b"\r\n\r\n" + BODY
    answer = await door.raw(one + one.replace(b"gex", b"other"))
    assert answer.status == 200
    assert answer.headers["Connection"] == "close"
    assert answer.body.count(b"HTTP/1.1") == 0


async def test_a_header_of_a_proxy_is_not_believed_unless_the_settings_say_so(anyio_backend, tmp_path):
    async with open_door(tmp_path, webhook_alerts_a_minute=5) as door:
        for number in range(8):
            await door.post(headers=[("X-Forwarded-For", f"198.51.100.{number}"), *headers_of()])
        assert door.refused() == {"too_many": 3}
    async with open_door(tmp_path, webhook_alerts_a_minute=5, webhook_trusted_proxy="127.0.0.1") as door:
        for number in range(8):
            forged = f"203.0.113.9, 198.51.100.{number}"
            assert (await door.post(headers=[("X-Forwarded-For", forged), *headers_of()])).status == 200


async def test_behind_a_proxy_of_another_machine_none_but_the_proxy_is_listened_to(anyio_backend):
    refused: list[AlertFault] = []
    bounds = Connections(
        read_s=20, most_bytes=100, trusted_proxy="10.0.0.7", only=frozenset({"10.0.0.7"}), refuse=refused.append
    )
    server = await asyncio.get_running_loop().create_server(lambda: bounds.bounded(Swallowing()), "127.0.0.1", 0)
    async with server:
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        with suppress(ConnectionResetError):
            assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()
    assert refused == [AlertFault.TOO_MANY]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere 127.0.0.1 is the only one")
async def test_any_address_of_this_machine_alone_takes_alerts(anyio_backend, tmp_path):
    async with open_door(tmp_path, webhook_host="127.0.0.2") as door:
        reader, writer = await asyncio.open_connection("127.0.0.2", door.server.port)
        writer.write(b"GET /signals/gex HTTP/1.0\r\n\r\n")
        assert (await asyncio.wait_for(reader.read(), 10)).startswith(b"HTTP/1.0 405")
        writer.close()


async def test_the_log_holds_counts_and_nothing_of_what_was_sent(door, caplog):
    body = b'{"reason": "CANARY", "figures": {"rsi": 1e400}}'
    await door.post(body, headers_of(body))
    await door.post(b"CANARY" * 9, headers_of(secret=NEXT_SECRET))
    await door.post(path="/signals/canary-canary", headers=headers_of(name="canary-canary", secret=NEXT_SECRET))
    await door.clock.turn(5)
    assert "3 alerts were refused: body 1, unsigned 2" in caplog.text
    assert "canary" not in caplog.text.lower()
    await door.post(headers=headers_of(secret=NEXT_SECRET))
    await door.clock.turn(50)
    assert caplog.text.count("refused") == 1
    await door.clock.turn(10)
    assert "1 alerts were refused: unsigned 1" in caplog.text
    assert sum(door.refused().values()) == 4
