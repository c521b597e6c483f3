"""A recorded watch is read to the last bit as it was; a byte that is missing or another one is noticed, and named."""

import zlib
from datetime import date
from hashlib import sha256

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tastyflow.errors import Invalid, StoreFailure
from tastyflow.ports import FeedGap
from tastyflow_adapters.signals.gamma import Repricing, Scope, SignModel
from tastyflow_adapters.signals.watching import ChainRecorder, WatchChoices, recorded
from tastyflow_adapters.signals.watching.chain_figures import ChainFigures, FoundFlip
from tastyflow_adapters.signals.watching.recording_frames import MAGIC, MOST_BYTES, EndFrame, first_hash, frame_bytes
from tastyflow_adapters.signals.watching.tick_columns import columns_of
from tests.signals.watching.test_chain_figures import ANY_TICK
from tests.signals.watching.watching_kit import (
    NOON,
    OPTIONS,
    WATCHED,
    Watched,
    greeks,
    interest,
    opened,
    spot,
)

STEPS = st.lists(st.tuples(st.lists(ANY_TICK, max_size=12), st.floats(0, 90)), min_size=1, max_size=8)


def record(path, steps, *, choices=None, flips=(), closes=True):
    """A recording of *steps*: what is said, and how long until the next. The figures as they were then."""
    choices = choices or WatchChoices()
    watched, figures, exposures = Watched(), [], []
    watched.figures_of = ChainFigures(WATCHED, choices)
    recorder = ChainRecorder(path, environment="fake", made_by="1.2.3")
    recorder.begin(WATCHED, choices, NOON)
    for number, (ticks, wait_s) in enumerate(steps):
        for columns in columns_of(ticks, watched.figures_of.book.table.indexes, watched.now):
            watched.figures_of.take(columns)
            recorder.take(columns)
        watched.figures_of.flip = flips[number] if number < len(flips) else None
        watched.figures_of.rank_percent = 33.0 if number % 2 else None
        figures.append(watched.figures())
        exposures.append(exposure_or_none(watched.figures_of, watched.now))
        recorder.moment(figures[-1], watched.figures_of.flip, watched.figures_of.rank_percent)
        watched.after(wait_s)
    if closes:
        recorder.close()
    else:
        recorder._file.close()  # as a crash does
    return figures, exposures


def exposure_or_none(chain, now):
    return chain.exposure(now).as_json() if chain.book.spot is not None else None


def sound_steps(count=3):
    first = [*greeks(), *interest(), spot(), opened()]
    return [(first, 1.0), *(([spot(4500.0 + n), *greeks(options=OPTIONS[n : n + 5])], 0.5) for n in range(count))]


def read(path):
    return [moment.figures for moment in recorded(path).moments()]


def code_of(path):
    with pytest.raises(Invalid) as refused:
        read(path)
    return refused.value.code


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_whatever_was_said_is_read_again_to_the_last_bit(tmp_path, steps):
    path = tmp_path / "any.tfrec"
    path.unlink(missing_ok=True)
    figures, exposures = record(path, steps, flips=[FoundFlip(4490.0, NOON), FoundFlip(None, NOON)])
    again = []
    for moment in recorded(path).moments():
        assert moment.figures == figures[len(again)]
        again.append(moment.exposure().as_json() if "spot" in moment.figures.values else None)
    assert again == exposures


def test_a_recording_says_of_what_it_is(tmp_path):
    path = tmp_path / "spx.tfrec"
    choices = WatchChoices(
        scope=Scope(expirations=[date(2026, 12, 18)], roots=["SPXW"], max_days=45),
        sign_model=SignModel.REVERSED,
        repricing=Repricing(step_percent=2.0, rate=0.04),
        jump_percent=7.0,
    )
    record(path, sound_steps(), choices=choices)
    header = recorded(path).header
    assert (header.symbol, header.contracts, header.made_by, header.environment) == (
        "SPX",
        len(OPTIONS),
        "1.2.3",
        "fake",
    )
    assert (header.scope, header.sign_model, header.repricing) == (choices.scope, choices.sign_model, choices.repricing)
    assert header.began_at == NOON


def test_a_recording_goes_on_after_a_gap_and_on_another_day(tmp_path):
    path = tmp_path / "days.tfrec"
    recorder, figures = ChainRecorder(path), []
    for _ in range(2):
        watched = Watched()
        recorder.begin(WATCHED, WatchChoices(), watched.now)
        for ticks in (sound_steps()[0][0], [FeedGap(NOON)], greeks()):
            for columns in columns_of(ticks, watched.figures_of.book.table.indexes, watched.now):
                watched.figures_of.take(columns)
                recorder.take(columns)
            figures.append(watched.figures())
            recorder.moment(figures[-1], None, None)
    recorder.close()
    assert read(path) == figures
    assert recorder.moments == 6


def test_any_byte_that_is_another_one_is_noticed_and_named(tmp_path):
    path = tmp_path / "spx.tfrec"
    record(path, sound_steps())
    whole = path.read_bytes()
    for place in [*range(120), *range(120, len(whole), 97), *range(len(whole) - 60, len(whole))]:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x20]) + whole[place + 1 :])
        assert code_of(path) in {
            "recording_changed",
            "recording_unreadable",
            "recording_version",
            "recording_truncated",  # a length that is another one
        }


def test_wherever_it_is_cut_it_is_torn_and_what_came_before_is_given(tmp_path):
    path = tmp_path / "spx.tfrec"
    figures, _ = record(path, sound_steps())
    whole = path.read_bytes()
    for length in [*range(len(MAGIC), len(whole), 61), len(whole) - 1]:
        path.write_bytes(whole[:length])
        given_before = []
        with pytest.raises(Invalid) as refused:
            given_before.extend(moment.figures for moment in recorded(path).moments())
        assert refused.value.code == "recording_truncated"
    path.write_bytes(whole[:-40])
    moments = recorded(path).moments()
    assert [next(moments).figures for _ in figures] == figures
    with pytest.raises(Invalid, match="torn"):
        next(moments)


def test_one_that_was_never_ended_is_torn(tmp_path):
    path = tmp_path / "spx.tfrec"
    record(path, sound_steps(), closes=False)
    assert code_of(path) == "recording_truncated"


def test_frames_that_are_taken_out_put_in_or_swapped_are_noticed(tmp_path):
    path = tmp_path / "spx.tfrec"
    record(path, sound_steps())
    frames = frames_in(path)
    for changed in (
        [*frames[:2], *frames[3:]],
        [*frames[:2], frames[2], *frames[2:]],
        [frames[0], frames[2], frames[1], *frames[3:]],
        [*frames, frames[-1]],
    ):
        path.write_bytes(MAGIC + b"".join(changed))
        assert code_of(path) == "recording_changed"


def frames_in(path):
    content, at, frames = path.read_bytes(), len(MAGIC), []
    while at < len(content):
        length = 36 + int.from_bytes(content[at : at + 4], "big")
        frames.append(content[at : at + length])
        at += length
    return frames


def chained(*bodies):
    """A file whose hashes are right, whatever its frames hold."""
    content, before = MAGIC, first_hash()
    for body in bodies:
        before = sha256(before + body).digest()
        content += len(body).to_bytes(4, "big") + before + body
    return content


def body_of(path, number):
    return frames_in(path)[number][36:]


def test_an_end_that_counts_other_moments_is_noticed(tmp_path):
    path = tmp_path / "spx.tfrec"
    record(path, sound_steps())
    bodies = [frame[36:] for frame in frames_in(path)[:-1]]
    path.write_bytes(chained(*bodies, zlib.compress(msgspec.msgpack.encode(EndFrame(99)))))
    assert code_of(path) == "recording_changed"


@pytest.mark.parametrize(
    "bomb",
    [
        zlib.compress(bytes(3 * MOST_BYTES), 9),
        zlib.compress(bytes(20_000_000), 9),
        zlib.compress(b"\xdd\xff\xff\xff\xff"),  # four thousand million elements
        zlib.compress(b"\xc6\xff\xff\xff\xff"),
        zlib.compress(b"\x91" * 40_000),  # nested
        zlib.compress(b"") + b"more",
        b"no zlib",
        b"",
    ],
)
def test_a_frame_that_holds_more_than_it_can_is_no_frame(tmp_path, bomb):
    path = tmp_path / "bomb.tfrec"
    path.write_bytes(chained(bomb))
    with pytest.raises(Invalid) as refused:
        recorded(path)
    assert refused.value.code == "recording_unreadable"


@pytest.mark.parametrize("size", [3 * MOST_BYTES, 20_000_000])
def test_a_bomb_is_not_unpacked(tmp_path, size):
    path = tmp_path / "bomb.tfrec"
    path.write_bytes(chained(zlib.compress(bytes(size), 9)))
    with pytest.raises(Invalid, match="holds more than it can"):
        recorded(path)


def test_a_length_that_no_frame_has_is_not_read(tmp_path):
    path = tmp_path / "long.tfrec"
    path.write_bytes(MAGIC + b"\xff\xff\xff\xff" + bytes(32))
    with pytest.raises(Invalid) as refused:
        recorded(path)
    assert refused.value.code == "recording_unreadable"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "recording_unreadable"),
        (b"tastyflow recording 2\n", "recording_version"),
        (b"PK\x03\x04 a zip of something", "recording_unreadable"),
        (MAGIC, "recording_truncated"),
    ],
)
def test_a_file_that_is_something_else_is_named(tmp_path, content, code):
    path = tmp_path / "other"
    path.write_bytes(content)
    with pytest.raises(Invalid) as refused:
        recorded(path)
    assert refused.value.code == code
    assert refused.value.hint


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_content_that_makes_no_sense_is_unreadable_and_nothing_else(tmp_path, data):
    path = tmp_path / "odd.tfrec"
    path.unlink(missing_ok=True)
    record(path, sound_steps(1))
    moment = msgspec.msgpack.decode(zlib.decompress(body_of(path, 1)))
    odd = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1), st.floats(), st.binary(max_size=30), st.just([]))
    where = data.draw(st.sampled_from([*range(11), "at", "flip", "rank", "snapshot"]))
    if isinstance(where, int):
        moment["batches"][0][where] = data.draw(odd)
    else:
        moment[where] = data.draw(odd)
    bodies = [body_of(path, 0), zlib.compress(msgspec.msgpack.encode(moment)), body_of(path, -1)]
    path.write_bytes(chained(*bodies))
    assert code_or_none(path) in {None, "recording_unreadable", "recording_differs", "recording_changed"}


def code_or_none(path):
    try:
        read(path)
    except Invalid as refused:
        return refused.code
    return None


def test_a_moment_that_comes_out_otherwise_is_told(tmp_path):
    path = tmp_path / "spx.tfrec"
    record(path, sound_steps())
    moment = msgspec.msgpack.decode(zlib.decompress(body_of(path, 1)))
    moment["rank"] = 77.0
    bodies = [frame[36:] for frame in frames_in(path)]
    bodies[1] = zlib.compress(msgspec.msgpack.encode(moment))
    path.write_bytes(chained(*bodies))
    assert code_of(path) == "recording_differs"


def test_nothing_is_written_over_and_what_cannot_be_written_is_told(tmp_path):
    path = tmp_path / "spx.tfrec"
    ChainRecorder(path).close()
    for wrong, code in ((path, "recording_exists"), (tmp_path / "none" / "x.tfrec", "recording_file")):
        with pytest.raises(StoreFailure) as refused:
            ChainRecorder(wrong)
        assert refused.value.code == code
    with pytest.raises(StoreFailure):
        recorded(tmp_path / "none.tfrec")


def test_one_that_grew_as_large_as_it_may_ends_whole_and_says_so(tmp_path):
    path = tmp_path / "spx.tfrec"
    watched, recorder = Watched(), ChainRecorder(path, most_bytes=8_000)
    recorder.begin(WATCHED, WatchChoices(), NOON)
    for number in range(40):
        ticks = greeks(options=OPTIONS, gamma=0.001 + number / 1e6)
        for columns in columns_of([*ticks, spot()], watched.figures_of.book.table.indexes, watched.now):
            watched.figures_of.take(columns)
            recorder.take(columns)
        recorder.moment(watched.figures(), None, None)
    assert "as large as it may be" in recorder.trouble
    recorder.close()
    assert len(read(path)) == recorder.moments < 40


def test_a_disk_that_is_full_ends_the_recording_and_not_the_watch(tmp_path, monkeypatch):
    recorder = ChainRecorder(tmp_path / "spx.tfrec")
    recorder.begin(WATCHED, WatchChoices(), NOON)

    class Full:
        def write(self, _content):
            raise OSError(28, "No space left on device")

        def flush(self):
            pass

        def close(self):
            pass

    real, recorder._file = recorder._file, Full()
    real.close()
    recorder.moment(Watched().sound().figures(), None, None)
    assert "No space left" in recorder.trouble
    recorder.moment(Watched().sound().figures(), None, None)
    recorder.close()
    assert recorder.moments == 0


def test_a_frame_follows_from_the_one_before():
    one, told = frame_bytes(EndFrame(1), first_hash())
    other, _ = frame_bytes(EndFrame(1), told)
    assert one[:4] == other[:4]
    assert one[36:] == other[36:]
    assert one[4:36] != other[4:36]
