"""Finding the stream that holds a text, such as an order's tag: the newest one, of the topics that are asked."""

import pytest

from tastyflow_adapters.store.memory import MemoryRecorder
from tests.store.kit import event, opened, stream

TAGGED, OTHER = b'{"external_id":"tf1-p-abc-1"}', b'{"external_id":"tf1-p-xyz-1"}'


@pytest.fixture(params=["memory", "disk"])
def recorder(request, tmp_path):
    if request.param == "memory":
        yield MemoryRecorder()
        return
    with opened(tmp_path / "log.db") as on_disk:
        yield on_disk


def test_the_newest_stream_that_holds_the_text_is_found(recorder):
    recorder.append([event("a", 1, "claimed@1", TAGGED), event("b", 1, "claimed@1", OTHER)]).result()
    assert recorder.holding(["claimed@1"], "tf1-p-abc-1") == stream("a")
    recorder.append([event("c", 1, "claimed@1", TAGGED)]).result()
    assert recorder.holding(["claimed@1"], "tf1-p-abc-1") == stream("c")


def test_only_the_topics_that_are_asked_are_looked_at(recorder):
    recorder.append([event("a", 1, "heard@1", TAGGED)]).result()
    assert recorder.holding(["claimed@1"], "tf1-p-abc-1") is None
    assert recorder.holding(["claimed@1", "heard@1"], "tf1-p-abc-1") == stream("a")


@pytest.mark.parametrize("text", ["tf1-p-%", "tf1-p-___-1", "TF1-P-ABC-1", "'"])
def test_a_text_is_looked_for_as_it_is(recorder, text):
    recorder.append([event("a", 1, "claimed@1", TAGGED)]).result()
    assert recorder.holding(["claimed@1"], text) is None
