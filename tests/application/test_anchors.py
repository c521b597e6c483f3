"""Anchors: signed heads of the log, by which one that was cut, written anew or exchanged is found."""

import json
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from eventsourcing.persistence import StoredEvent
from hypothesis import given
from hypothesis import strategies as st

from tastyflow.application.anchoring.making import Pace, next_anchor
from tastyflow.application.audit.anchors import check_anchors, counted_keys
from tastyflow.domain.anchor import Anchor, KeyStep
from tastyflow.domain.chain import leaf_of
from tastyflow.domain.merkle import MerkleTree
from tastyflow.errors import StoreFailure
from tastyflow_adapters.anchors.ed25519 import SigningKey, verifies
from tastyflow_adapters.store.memory import MemoryRecorder

AT = datetime(2026, 12, 1, 15, 0, tzinfo=UTC)
KEY = SigningKey(bytes(range(32)))
KEYS = {KEY.fingerprint: KEY.public}


def log_of(events: int) -> MemoryRecorder:
    log = MemoryRecorder()
    append(log, events)
    return log


def append(log: MemoryRecorder, events: int) -> None:
    for _ in range(events):
        log.append([StoredEvent(uuid4(), 1, "happened@1", b"{}")]).result()


def anchored(log: MemoryRecorder, last: Anchor | None = None, key: SigningKey = KEY) -> Anchor:
    made = next_anchor(log, last, key=key.fingerprint, at=AT)
    assert made is not None
    return made.with_signature(key.sign(made.signed))


def series(log: MemoryRecorder, *sizes: int) -> list[Anchor]:
    """Anchors of a log that grows by these numbers of events."""
    anchors: list[Anchor] = []
    for size in sizes:
        append(log, size)
        anchors.append(anchored(log, anchors[-1] if anchors else None))
    return anchors


def held(anchors: list[Anchor], log: MemoryRecorder, keys: dict[str, bytes] = KEYS):
    heads = {row[0]: row[5] for row in log.chained_rows(after=0, limit=10_000)}
    start = log.chain_start()
    return check_anchors(anchors, log=start.log, end=log.end(), head_at=heads.get, keys=keys, verifies=verifies)


def test_a_log_goes_on_from_its_anchors():
    log = log_of(0)
    anchors = series(log, 3, 1, 5)
    append(log, 2)
    found = held(anchors, log)
    assert (found.findings, found.anchors, found.until, found.after) == ((), 3, 9, 2)
    assert [each.since for each in anchors] == [0, 3, 4]


@given(sizes=st.lists(st.integers(1, 4), min_size=1, max_size=4), cut=st.integers(1, 20))
def test_a_cut_beyond_the_last_anchor_alone_is_not_seen(sizes, cut):
    log = log_of(0)
    anchors = series(log, *sizes)
    append(log, 2)
    end = log.end() - min(cut, log.end())
    heads = {row[0]: row[5] for row in log.chained_rows(after=0, limit=10_000)}
    found = check_anchors(anchors, log=log.chain_start().log, end=end, head_at=heads.get, keys=KEYS, verifies=verifies)
    assert bool(found.findings) == (end < anchors[-1].position)
    assert all(each.rule == "anchored" for each in found.findings)


def test_a_log_that_was_written_anew_is_found_at_the_first_anchor_after_the_change():
    log, other = log_of(0), log_of(0)
    other._start, other._heads = log._start, list(log._heads)
    anchors = series(log, 2, 2)
    for at, row in enumerate(log._stored_events):
        state = b'{"a":1}' if at == 2 else row.state
        other.append([StoredEvent(row.originator_id, 1, row.topic, state)]).result()
    found = held(anchors, other)
    assert [(each.position, each.rule) for each in found.findings] == [(4, "anchored")]
    assert found.until == 2


def test_another_log_is_found():
    log, other = log_of(0), log_of(5)
    (finding,) = held(series(log, 3), other).findings
    assert "another log" in finding.why


def test_an_anchor_that_was_left_out_of_the_middle_is_found():
    log = log_of(0)
    first, _, third = series(log, 1, 1, 1)
    (finding,) = held([first, third], log).findings
    assert (finding.position, finding.rule) == (3, "signed")


def test_anchors_of_which_the_beginning_is_gone_still_prove_the_rest():
    log = log_of(0)
    assert held(series(log, 1, 1, 1)[1:], log).fits


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_no_bit_of_an_anchor_can_be_changed(place, bit):
    log = log_of(4)
    line = bytearray(anchored(log).line.encode())
    line[place % len(line)] ^= 1 << bit
    try:
        anchor = Anchor.from_line(line.decode())
    except ValueError:
        return
    assert not held([anchor], log).fits


def test_an_anchor_by_a_key_that_does_not_count_is_none():
    log, stranger = log_of(2), SigningKey.made()
    (finding,) = held([anchored(log, key=stranger)], log).findings
    assert finding.rule == "signed"
    assert held([anchored(log, key=stranger)], log).until == 0


def test_a_signature_is_for_an_anchor_alone():
    anchor, step = anchored(log_of(1)), KeyStep(KEY.public, AT)
    assert anchor.signed != step.signed
    assert not verifies(KEY.public, anchor.signature, step.signed)
    assert not verifies(b"short", anchor.signature, anchor.signed)


def test_keys_follow_one_another():
    first, second, third, stranger = (SigningKey.made() for _ in range(4))

    def step(key: SigningKey, by: SigningKey | None) -> KeyStep:
        unsigned = KeyStep(key.public, AT, by.fingerprint if by else "")
        return KeyStep(unsigned.public, AT, unsigned.before, by.sign(unsigned.signed) if by else b"")

    steps = [step(first, None), step(second, first), step(third, second)]
    assert set(counted_keys(steps, None, verifies)) == {first.fingerprint, second.fingerprint, third.fingerprint}
    assert set(counted_keys(steps, second.fingerprint, verifies)) == {second.fingerprint, third.fingerprint}
    forged = KeyStep(stranger.public, AT, first.fingerprint, stranger.sign(b"anything"))
    assert stranger.fingerprint not in counted_keys([*steps, forged], None, verifies)
    assert counted_keys(steps, stranger.fingerprint, verifies) == {}


def test_the_root_is_that_of_the_events_since_the_anchor_before():
    log = log_of(0)
    *_, last = series(log, 2, 3)
    rows = log.chained_rows(after=2, limit=10)
    leaves = [leaf_of(seq, UUID(stream), version, topic, state) for seq, stream, version, topic, state, _ in rows]
    assert last.root == MerkleTree.of(leaves).root


def test_nothing_is_signed_of_a_log_that_does_not_go_on_from_the_last_anchor():
    log = log_of(0)
    (last,) = series(log, 3)
    assert next_anchor(log, last, key=KEY.fingerprint, at=AT) is None
    with pytest.raises(StoreFailure, match="another one") as caught:
        next_anchor(log_of(5), last, key=KEY.fingerprint, at=AT)
    assert caught.value.code == "log_not_anchored"
    append(log, 1)
    log._heads[-1] = bytes(32)  # one event of the new ones does not fit
    with pytest.raises(StoreFailure, match="does not fit"):
        next_anchor(log, last, key=KEY.fingerprint, at=AT)


@pytest.mark.parametrize(
    ("events", "seconds", "due"), [(0, 999, False), (1, 59, False), (1, 60, True), (99, 0, False), (100, 0, True)]
)
def test_an_anchor_is_due_after_so_many_events_or_so_long(events, seconds, due):
    last = series(log_of(0), 5)[0]
    assert Pace().is_due(last, 5 + events, AT + timedelta(seconds=seconds)) is due
    assert Pace().is_due(None, 0, AT) is False
    assert Pace().is_due(None, 1, AT) is True


@pytest.mark.parametrize("line", ["", "[]", "{}", '{"format":2}', "x" * 5000, json.dumps({"format": 1}), "[" * 1500])
def test_what_is_no_anchor_is_said_to_be_none(line):
    with pytest.raises(ValueError, match="it is"):
        Anchor.from_line(line)
    with pytest.raises(ValueError, match="it is"):
        KeyStep.from_line(line)
