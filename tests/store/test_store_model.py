"""Whatever is submitted, in whatever company: the log is what a plain dict would have become."""

from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from eventsourcing.persistence import IntegrityError
from hypothesis import given, settings
from hypothesis import strategies as st

from tastyflow.application.audit import check_chain, sealed_rows
from tastyflow.domain.chain import ChainHead, ChainStart
from tastyflow_adapters.store import group_commit
from tastyflow_adapters.store.memory import MemoryRecorder
from tests.store.kit import AnyRecorder, contents, event, one_batch, opened, stream

NAMES = "abc"
EVENTS = st.tuples(st.sampled_from(NAMES), st.integers(0, 4))
SUBMISSIONS = st.tuples(
    st.lists(EVENTS, max_size=3),
    st.lists(st.integers(0, 30), max_size=2),  # which of the earlier ones it was decided after
)
BATCHES = st.lists(st.lists(SUBMISSIONS, min_size=1, max_size=8), min_size=1, max_size=4)

Submission = tuple[list[tuple[str, int]], list[int]]


class Model:
    """One dict of streams, one list of events, and whether each submission was taken."""

    def __init__(self) -> None:
        self.streams: dict[str, set[int]] = {name: set() for name in NAMES}
        self.log: list[tuple[str, int]] = []
        self.answers: list[list[int] | None] = []

    def submit(self, events: list[tuple[str, int]], after: list[int]) -> None:
        streams = {name: set(versions) for name, versions in self.streams.items()}
        taken = all(self.answers[number] is not None for number in after)
        for name, version in events:
            versions = streams[name]
            taken = taken and (version == max(versions) + 1 if versions else version in (0, 1))
            versions.add(version)
        if taken:
            self.streams = streams
            self.log.extend(events)
        first = len(self.log) - len(events) + 1
        self.answers.append(list(range(first, first + len(events))) if taken else None)


def run(recorder: AnyRecorder, batches: list[list[Submission]]) -> None:
    model, futures = Model(), []
    for batch in batches:
        with one_batch(recorder) if not isinstance(recorder, MemoryRecorder) else recorder._database_lock:
            for events, numbers in batch:
                after = [number % len(futures) for number in numbers] if futures else []
                model.submit(events, after)
                futures.append(
                    recorder.append([event(*one) for one in events], after=[futures[number] for number in after])
                )
    errors = [future.exception(10) for future in futures]
    assert all(error is None or isinstance(error, IntegrityError) for error in errors)
    assert [None if error else future.result() for error, future in zip(errors, futures, strict=True)] == model.answers
    assert contents(recorder) == [(n, stream(name), version) for n, (name, version) in enumerate(model.log, start=1)]
    start, head = recorder.chain_start(), recorder.chain_head()
    assert check_chain(sealed_rows(recorder), ChainHead(0, start.head), end=head).is_whole
    assert head == ChainHead(len(model.log), heads_of(start, model.log)[-1])


def heads_of(start: ChainStart, events: list[tuple[str, int]]) -> list[bytes]:
    """The chain, written down a second time: what stands in docs/decisions/0048, and nothing of the program's own."""
    at = start.at.isoformat().encode()
    heads = [sha256(b"\x03tastyflow.log.1\x00" + start.log.bytes + start.until.to_bytes(4, "big") + at).digest()]
    for position, (name, version) in enumerate(events, start=1):
        state, topic = b"{}", b"happened@1"
        leaf = (
            b"\x00tastyflow.event.1\x00" + position.to_bytes(8, "big") + stream(name).bytes + version.to_bytes(8, "big")
        )
        leaf += len(topic).to_bytes(4, "big") + topic + len(state).to_bytes(4, "big") + state
        heads.append(sha256(b"\x02" + heads[-1] + sha256(leaf).digest()).digest())
    return heads


@given(BATCHES)
@settings(max_examples=60, deadline=None)
def test_any_interleaving_on_disk_equals_the_model(batches: list[list[Submission]]) -> None:
    with TemporaryDirectory() as folder, opened(Path(folder) / "log.db") as recorder:
        run(recorder, batches)


@given(BATCHES)
@settings(max_examples=60, deadline=None)
def test_any_interleaving_across_small_batches_equals_the_model(batches: list[list[Submission]]) -> None:
    most, group_commit.MAX_BATCH = group_commit.MAX_BATCH, 2
    try:
        with TemporaryDirectory() as folder, opened(Path(folder) / "log.db") as recorder:
            run(recorder, batches)
    finally:
        group_commit.MAX_BATCH = most


@given(BATCHES)
def test_any_interleaving_in_memory_equals_the_model(batches: list[list[Submission]]) -> None:
    recorder = MemoryRecorder()
    run(recorder, batches)
    recorder.close()
