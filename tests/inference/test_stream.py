"""Streams: saved, restored, branched and fed together they go on with the same bits; misuse changes nothing."""

import gc
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.models.networks import recurrent_network, window_network

from unrolled import kernels
from unrolled.arrays import map_tree
from unrolled.cells import CELLS
from unrolled.errors import InputError
from unrolled.inference.answers import TokenAnswers
from unrolled.inference.frozen import Frozen
from unrolled.inference.stream import Stream
from unrolled.inference.together import feed_together
from unrolled.inputs.text import Text

TEXT = ["the cat sees the red car.", "my friend likes a house; the old man hears the dog."]
KINDS = ("word", "space", "character", "bpe")


def text_of(kind: str) -> Text:
    text = Text(kind, 300 if kind == "bpe" else 40)
    text.learn(TEXT)
    return text


TEXTS = {kind: text_of(kind) for kind in KINDS}
TOKENS = TEXTS["word"].tokenizer
MODELS = [*CELLS, "dense"]


def frozen_of(cell: str = "lstm", size: int = len(TOKENS), seed: int = 0) -> Frozen:
    model = window_network(size, 9, 9, 4) if cell == "dense" else recurrent_network(size, 9, (12, 9), cell)
    return Frozen(model, map_tree(lambda a: np.asarray(a, np.float32) * 3, model.initial(np.random.default_rng(seed))))


def reading(frozen: Frozen, kind: str = "word") -> Stream:
    return Stream(frozen, TEXTS[kind], TokenAnswers(TEXTS[kind].tokenizer))


def stream_of(cell: str = "lstm") -> Stream:
    return reading(frozen_of(cell))


def same(first: Stream, second: Stream) -> bool:
    equal = np.array_equal(first.probabilities(), second.probabilities())
    return equal and first.state() == second.state()


@pytest.mark.parametrize("cell", MODELS)
def test_a_state_saved_restored_and_branched_goes_on_with_the_same_bits(cell: str) -> None:
    stream = stream_of(cell).feed("the cat sees")
    saved, branch = stream.state(), stream.branch()
    other = reading(frozen_of(cell)).feed("my dog").restore(saved)
    assert same(other, stream)
    stream.feed("the red car")
    assert branch.state() == saved
    assert same(branch.feed("the red car"), stream)
    assert same(other.feed("the red car"), stream)
    assert np.array_equal(other.features, stream.features)
    assert stream.top(3) == branch.top(3) == other.top(3)


@pytest.mark.parametrize("cell", MODELS)
def test_streams_fed_together_are_each_fed_alone(cell: str) -> None:
    rng, start = np.random.default_rng(1), stream_of(cell)
    pasts = [rng.integers(0, len(TOKENS), size) for size in (3, 1, 8, 2, 1, 5)]
    alone = [start.branch().feed_steps(past) for past in pasts]
    together = [stream.branch() for stream in alone]
    ids = [rng.integers(0, len(TOKENS), size) for size in (4, 0, 1, 9, 2, 1)]
    feed_together(together, ids)
    for single, other, row in zip(alone, together, ids, strict=True):
        assert same(single.feed_steps(row), other)
    feed_together([], [])
    feed_together(together, [np.zeros(0, np.int64)] * 6)
    assert same(alone[0], together[0])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_token_gives_words(kind: str) -> None:
    stream = reading(frozen_of("gru", TEXTS[kind].vocabulary), kind).feed("the cat ")
    best = stream.top(4)
    assert 1 <= len(best) <= 4
    assert [answer.score for answer in best] == sorted((answer.score for answer in best), reverse=True)
    assert not {"<unk>", "<eos>"} & {answer.text for answer in best}
    assert reading(stream.frozen, kind).restore(stream.state()).top(4) == best


def test_top_is_the_distributions_largest() -> None:
    stream = stream_of().feed("the old man")
    p = stream.probabilities()
    order = [i for i in np.argsort(-p, kind="stable") if i > 1]
    assert [answer.text for answer in stream.top(5)] == [TOKENS.tokens[i] for i in order[:5]]
    assert [answer.score for answer in stream.top(5)] == p[order[:5]].tolist()
    assert len(stream.top(10_000)) == len(TOKENS) - 2
    assert p.sum() == pytest.approx(1, abs=1e-6)


def test_what_it_shows_is_computed_once_and_read_only() -> None:
    stream = stream_of()
    assert stream.probabilities() is stream.probabilities()
    assert stream.branch().probabilities() is stream.probabilities()
    before = stream.probabilities().copy()
    with pytest.raises(ValueError, match="read-only"):
        stream.probabilities()[0] = 1
    with pytest.raises(ValueError, match="read-only"):
        stream.features[0] = 1
    assert not np.array_equal(stream.feed("the").probabilities(), before)


@pytest.mark.parametrize(
    ("misuse", "message"),
    [
        (lambda s: s.feed(b"the"), "text is bytes; expected a string"),
        (lambda s: s.feed(None), "text is NoneType"),
        (lambda s: s.feed_steps(np.array([0.5])), "ids are float64"),
        (lambda s: s.feed_steps([True]), "ids are bool"),
        (lambda s: s.feed_steps(np.array([[1]])), r"shape \(1, 1\)"),
        (lambda s: s.feed_steps(3), r"shape \(\)"),
        (lambda s: s.feed_steps(["the"]), "expected whole numbers"),
        (lambda s: s.feed_steps([1, -1]), "ids go from -1 to 1"),
        (lambda s: s.feed_steps([len(TOKENS)]), f"expected 0 to {len(TOKENS) - 1}"),
        (lambda s: s.feed_steps(np.array([2**64 - 1], np.uint64)), "expected 0 to"),
        (lambda s: s.top(0), "n is 0"),
        (lambda s: s.top(1.5), "n is 1.5; expected a whole number"),
        (lambda s: s.top(True), "n is True"),
        (lambda s: s.top("3"), "n is '3'"),
        (lambda s: s.restore("state"), "is str; expected bytes"),
        (lambda s: s.restore(b""), "0 bytes are no saved stream"),
        (lambda s: s.restore(bytes(10**6)), "1000000 bytes are no saved stream"),
        (lambda s: s.restore(stream_of("gru").state()), "another model"),
        (lambda s: s.restore(reading(frozen_of(seed=1)).state()), "another model"),
        (lambda s: feed_together([s], []), "1 streams and 0 rows of ids"),
        (lambda s: feed_together([s, s], [[2], [3]]), "a stream stands among the streams twice"),
        (lambda s: feed_together([s, stream_of()], [[2], [3]]), "different models"),
        (lambda s: feed_together([s, s.branch()], [[2], [-3]]), "ids go from"),
    ],
)
def test_misuse_is_refused_and_changes_nothing(misuse, message: str) -> None:
    stream = stream_of().feed("the cat")
    before, reference = stream.state(), stream.branch()
    with pytest.raises(InputError, match=message):
        misuse(stream)
    assert stream.state() == before
    assert same(stream, reference)


SAVED = stream_of().feed("the cat sees").state()
FUZZED = stream_of()


@given(st.binary(max_size=400) | st.binary(max_size=80).map(lambda tail: SAVED[:64] + tail))
@settings(max_examples=300)
def test_foreign_bytes_are_refused(data: bytes) -> None:
    before = FUZZED.state()
    with pytest.raises(InputError):
        FUZZED.restore(data)
    assert FUZZED.state() == before


@given(st.integers(0, len(SAVED) - 1), st.integers(1, 255), st.integers(0, len(SAVED) - 1))
@settings(max_examples=300)
def test_a_truncated_or_altered_state_is_refused(place: int, change: int, length: int) -> None:
    altered = bytearray(SAVED)
    altered[place] ^= change
    for data in (bytes(altered), SAVED[:length], SAVED + bytes(1 + length)):
        with pytest.raises(InputError):
            FUZZED.restore(data)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_forged_state_must_hold_finite_numbers_and_a_known_id(value: float) -> None:
    forged = stream_of()
    forged.state_array = np.full_like(forged.state_array, value)
    with pytest.raises(InputError, match="not finite"):
        stream_of().restore(forged.state())
    forged = stream_of()
    forged.last = 10_000
    with pytest.raises(InputError, match="last id is 10000"):
        stream_of().restore(forged.state())
    dense = stream_of("dense")
    dense.state_array = dense.state_array + 10_000
    with pytest.raises(InputError, match="ids go from"):
        stream_of("dense").restore(dense.state())


def test_a_saved_stream_is_small_and_says_what_it_is() -> None:
    assert SAVED.startswith(b"unrolled stream2")
    assert len(SAVED) == 48 + 4 * (2 * (12 + 9) + 9) + 8
    assert stream_of().restore(bytearray(SAVED)).state() == stream_of().restore(memoryview(SAVED)).state() == SAVED


@pytest.mark.parametrize("cell", ["lstm", "mingru"])
def test_memory_does_not_grow_with_what_is_read(cell: str) -> None:
    stream, ids = stream_of(cell), np.arange(20) % len(TOKENS)

    def read(count: int) -> None:
        for i in range(count):
            stream.feed_steps(ids[i % 20 : i % 20 + 1]).top(3)
            stream.branch().feed_steps(ids).probabilities()

    sizes = []
    tracemalloc.start()
    try:
        for count in (20, 300):
            read(count)
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()
    assert sizes[1] - sizes[0] < 50_000  # numpy keeps some small pieces; a state kept at each step would be 100 kB


def test_a_row_of_a_batch_does_not_keep_the_batch() -> None:
    start = stream_of()
    many = [start.branch() for _ in range(50)]
    feed_together(many, [np.array([2])] * 50)
    assert all(stream.state_array.base is None and stream.features.base is None for stream in many)


def test_without_the_extension_numpy_steps(monkeypatch) -> None:
    ids = np.arange(9)
    expected = stream_of().feed_steps(ids)
    monkeypatch.setattr("unrolled.kernels.extension.NATIVE", False)
    monkeypatch.setattr(kernels, "RECURRENT", ())
    stream = stream_of().feed_steps(ids)
    np.testing.assert_allclose(stream.probabilities(), expected.probabilities(), atol=1e-5)
    assert [answer.text for answer in stream.top(3)] == [answer.text for answer in expected.top(3)]
