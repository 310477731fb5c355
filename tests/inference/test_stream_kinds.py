"""A stream over every kind of input and model: saved, restored, branched and fed together it goes on as it was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.inference.streams import KINDS, STREAMING, WHOLE

from unrolled.arrays import NUMPY
from unrolled.errors import InputError
from unrolled.inference.together import feed_together
from unrolled.inputs.text import Text

every_kind = pytest.mark.parametrize("name", KINDS)


def same(stream, other):
    return np.array_equal(stream.probabilities(), other.probabilities()) and stream.state() == other.state()


def expected(kind, steps):
    """The probabilities that the model itself gives for encoded steps."""
    frozen = kind.frozen()
    beginning = kind.input.beginning
    inputs, lengths = kind.input.collate([np.concatenate([beginning, steps]) if len(beginning) else steps])
    x = frozen.model.body.embed(NUMPY, frozen.params, inputs)
    return kind.answers.probabilities(frozen.model.scores(NUMPY, frozen.params, x, lengths)[0])


@every_kind
def test_in_pieces_it_says_what_the_model_says_of_the_whole(name):
    kind = KINDS[name]
    stream = kind.stream().feed(kind.first)
    steps = kind.steps()
    assert stream.steps == len(steps[0])
    np.testing.assert_allclose(stream.probabilities(), expected(kind, steps[0]), rtol=1e-4, atol=1e-6)
    stream.feed(kind.second)
    np.testing.assert_allclose(stream.probabilities(), expected(kind, np.concatenate(steps)), rtol=1e-4, atol=1e-6)
    assert len(stream.top(2)) == 2


@every_kind
def test_saved_restored_and_branched_it_goes_on_with_the_same_bits(name):
    kind = KINDS[name]
    stream = kind.stream().feed(kind.first)
    branch, saved = stream.branch(), stream.state()
    assert stream.state() == saved
    other = kind.stream().feed(kind.second).restore(saved)
    assert same(other, stream)
    assert other.steps == stream.steps
    stream.feed(kind.second)
    assert branch.state() == saved
    assert same(branch.feed(kind.second), stream)
    assert same(other.feed(kind.second), stream)
    assert other.top(3) == stream.top(3)
    assert kind.stream().restore(stream.state()).top(3) == stream.top(3)


@every_kind
def test_a_stream_that_has_read_nothing_is_saved_too(name):
    kind = KINDS[name]
    fresh = kind.stream()
    other = kind.stream().feed(kind.first).restore(fresh.state())
    assert other.state() == fresh.state()
    assert other.steps == 0
    assert same(other.feed(kind.first), fresh.feed(kind.first))


@every_kind
def test_streams_fed_together_are_each_fed_alone(name):
    kind = KINDS[name]
    start, (first, second) = kind.stream(), kind.steps()
    rows = [first, second[:0], second, first[:1]]
    together = [start.branch() for _ in rows]
    alone = [start.branch().feed_steps(row) for row in rows]
    feed_together(together, rows)
    feed_together(together, rows[::-1])
    for stream, single, row in zip(together, alone, rows[::-1], strict=True):
        single.feed_steps(row)
        assert stream.steps == single.steps
        np.testing.assert_allclose(stream.probabilities(), single.probabilities(), rtol=1e-6)


@every_kind
def test_a_state_of_another_model_or_one_that_is_damaged_is_refused(name):
    kind = KINDS[name]
    stream = kind.stream().feed(kind.first)
    saved, before = stream.state(), stream.probabilities().copy()
    with pytest.raises(InputError, match="another model"):
        stream.restore(kind.stream(seed=1).feed(kind.first).state())
    for place in range(0, len(saved), max(1, len(saved) // 60)):
        altered = bytearray(saved)
        altered[place] ^= 1
        for damaged in (bytes(altered), saved[:place], saved + bytes(1 + place)):
            with pytest.raises(InputError):
                stream.restore(damaged)
    assert stream.state() == saved
    np.testing.assert_array_equal(stream.probabilities(), before)


@pytest.mark.parametrize("name", ["tf-idf", "numbers both ways", "chords"])
@given(data=st.data())
def test_foreign_bytes_are_refused(name, data):
    kind = KINDS[name]
    stream = kind.stream().feed(kind.first)
    saved = stream.state()
    foreign = data.draw(st.binary(max_size=400) | st.binary(max_size=80).map(lambda tail: saved[:48] + tail))
    with pytest.raises(InputError):
        stream.restore(foreign)
    assert stream.state() == saved


@every_kind
def test_a_trace_is_what_each_beginning_says(name):
    kind = KINDS[name]
    (steps, _), stream = kind.steps(), kind.stream()
    outputs, decisions = stream.feed_traced(steps)
    ends = range(1, len(steps) + 1)
    if name in WHOLE:
        assert decisions.shape == (0, stream.frozen.outcomes)
        decisions, outputs = stream.traced_beginnings(ends), stream.outputs(ends)
    assert len(outputs) in (1, len(steps))
    whole = [expected(kind, steps[:end]) for end in ends]
    np.testing.assert_allclose(decisions, whole, rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(stream.feed_traced(steps[:0])[1], np.zeros((0, stream.frozen.outcomes)))


def test_what_reads_both_ways_or_takes_the_middle_does_not_stream():
    assert {"notes", "chords", "dna", "numbers", "sound", "one-hot"} < set(STREAMING)
    assert {"text both ways", "text, bag", "tf-idf", "counts", "text, middle", "dna, first steps"} < set(WHOLE)


@pytest.mark.parametrize("name", WHOLE)
def test_nothing_read_is_no_answer(name):
    with pytest.raises(InputError, match="nothing has been read yet"):
        KINDS[name].stream().top()


def forged(kind, steps, width):
    """A saved stream with a whole checksum, of steps that the input never gave."""
    stream = kind.stream()
    stream._kept = lambda: (steps.reshape(-1), stream.frozen.weights[0, :0], width)
    return stream.state()


def test_forged_steps_are_refused():
    numbers, text = KINDS["numbers both ways"], KINDS["tf-idf"]
    for kind, steps, width in (
        (numbers, np.zeros((2, 3), np.float32), 3),
        (numbers, np.full((2, 2), np.nan, np.float32), 2),
        (text, np.array([10_000]), 0),
        (text, np.array([-1]), 0),
        (KINDS["text, bag"], np.array([10_000]), 0),
    ):
        for stream in (kind.stream(), kind.stream().feed(kind.first)):
            before = stream.state()
            with pytest.raises(InputError):
                stream.restore(forged(kind, steps, width))
            assert stream.state() == before


@pytest.mark.parametrize("name", [name for name, kind in KINDS.items() if isinstance(kind.input, Text)])
@pytest.mark.parametrize("ids", [[10_000], [-1], [0.5], [[1]]])
def test_ids_that_there_are_not_are_refused_at_once(name, ids):
    stream = KINDS[name].stream().feed(KINDS[name].first)
    before = stream.state()
    with pytest.raises(InputError, match="ids"):
        stream.feed_steps(np.array(ids))
    assert stream.state() == before


@pytest.mark.parametrize("shape", [(6,), (2, 5), (1, 1, 88)])
def test_frames_of_another_shape_are_refused(shape):
    kind = KINDS["chords"]
    stream = kind.stream()
    before = stream.state()
    with pytest.raises(InputError, match=r"expected \(T, 88\)"):
        stream.feed(np.zeros(shape))
    with pytest.raises(InputError, match=r"expected numbers \(T, 88\)"):
        stream.feed_steps(np.zeros(shape))
    assert stream.state() == before


def test_a_stream_of_chords_says_what_the_model_says():
    kind = KINDS["chords"]
    frozen, frames = kind.frozen(), np.random.default_rng(0).random((600, 88)) < 0.1
    inputs = np.concatenate([np.zeros((1, 88)), frames]).astype(np.float32)[None]
    features, _ = frozen.model.forward(NUMPY, frozen.params, inputs)
    scores = frozen.model.output.scores(frozen.params, features[0])
    stream = kind.stream()
    np.testing.assert_allclose(stream.scores(), scores[0], rtol=1e-5, atol=1e-6)
    stream.feed(frames[:1]).feed(frames[:0])
    np.testing.assert_allclose(stream.scores(), scores[1], rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(stream.probabilities(), 1 / (1 + np.exp(-scores[1])), rtol=1e-5)
    branch = stream.branch().feed(frames[1:])
    np.testing.assert_allclose(branch.scores(), scores[600], rtol=1e-4, atol=1e-5)
