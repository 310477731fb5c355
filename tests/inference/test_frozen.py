"""A frozen model: its steps are the model's own sequence, to the bit where the cell has a kernel."""

import copy
import pickle

import numpy as np
import pytest
from tests.models.networks import label_network, recurrent_network, window_network

from unrolled import kernels
from unrolled.arrays import NUMPY, map_tree
from unrolled.cells import CELLS
from unrolled.errors import InputError
from unrolled.inference.frozen import Frozen
from unrolled.models import Model

V = 23


def frozen_of(model, seed: int = 0, dtype=np.float32) -> Frozen:
    initial = model.initial(np.random.default_rng(seed))
    initial.output["b"] = np.random.default_rng(seed).normal(size=V)
    return Frozen(model, map_tree(lambda a: np.asarray(a, dtype) * 2, initial))


def recurrent(cell: str) -> Model:
    return recurrent_network(V, 9, (13, 9), cell)


MODELS = [recurrent(cell) for cell in CELLS]
DENSE = window_network(V, 9, 9, 4)
every_model = pytest.mark.parametrize("model", [*MODELS, DENSE], ids=[*CELLS, "dense"])


@every_model
def test_steps_are_the_sequence_of_the_model_itself(model) -> None:
    frozen = frozen_of(model)
    ids = np.random.default_rng(1).integers(0, V, 40)
    expected, _ = model.forward(NUMPY, frozen.params, ids[None])
    whole, end = frozen.read([ids], frozen.zero[None])
    states, start = frozen.zero[None], 0
    for size in (1, 1, 3, 20, 15):
        features, states = frozen.read([ids[start : start + size]], states)
        start += size
    if model.layers is not None and model.layers.cell.kernel in kernels.RECURRENT:
        assert np.array_equal(whole, expected[:, -1])
        assert np.array_equal(features, whole)
        assert np.array_equal(states, end)
    np.testing.assert_allclose(whole, expected[:, -1], atol=1e-5)
    np.testing.assert_allclose(features, whole, atol=1e-5)
    np.testing.assert_allclose(states, end, atol=1e-5)


@every_model
@pytest.mark.parametrize("batch", [2, 9, 30])
def test_a_batch_of_any_lengths_is_each_row_alone(model, batch: int) -> None:
    frozen, rng = frozen_of(model), np.random.default_rng(batch)
    ids = [rng.integers(0, V, rng.integers(1, 12)) for _ in range(batch)]
    before = np.stack([frozen.read([rng.integers(0, V, 3)], frozen.zero[None])[1][0] for _ in range(batch)])
    features, states = frozen.read(ids, before)
    for b, row in enumerate(ids):
        alone, state = frozen.read([row], before[b : b + 1])
        assert np.array_equal(features[b], alone[0])
        assert np.array_equal(states[b], state[0])
    assert np.array_equal(frozen.scores(features)[-1:], frozen.scores(features[-1:]))


def test_long_texts_take_bounded_memory_and_the_same_bits() -> None:
    frozen = frozen_of(recurrent_network(V, 300, (300,), "gru"))
    ids = np.random.default_rng(2).integers(0, V, 4_000)  # more than one block of the native reader
    whole, end = frozen.read([ids], frozen.zero[None])
    _, states = frozen.read([ids[:3_499]], frozen.zero[None])
    features, states = frozen.read([ids[3_499:]], states)
    assert np.array_equal(features, whole)
    assert np.array_equal(states, end)


@pytest.mark.skipif(not kernels.NATIVE, reason="there is no native step")
@pytest.mark.parametrize("cell", sorted(CELLS))
def test_the_native_step_is_taken_where_there_is_a_kernel(cell: str) -> None:
    frozen, before = frozen_of(recurrent(cell)), kernels.CALLS["read"]
    frozen.read([np.array([1, 2])], frozen.zero[None])
    assert kernels.CALLS["read"] - before == (cell in kernels.RECURRENT)


def test_float64_goes_the_models_own_way() -> None:
    model = recurrent("lstm")
    frozen, single = frozen_of(model, dtype=np.float64), frozen_of(model)
    features, states = frozen.read([np.arange(9)], frozen.zero[None])
    assert features.dtype == states.dtype == np.float64
    np.testing.assert_allclose(single.read([np.arange(9)], single.zero[None])[0], features, atol=1e-5)


@pytest.mark.parametrize("cell", ["lstm", "rnn"])  # two threads read an rnn's weights in other panels than one
def test_threads_change_no_bit(cell: str) -> None:
    frozen = frozen_of(recurrent_network(V, 200, (200, 200), cell))
    ids = [np.arange(20) % V for _ in range(6)]
    states = np.repeat(frozen.zero[None], 6, axis=0)
    single = frozen.read(ids, states)
    kernels.set_threads(2)
    try:
        double = frozen.read(ids, states)
    finally:
        kernels.set_threads(1)
    assert all(np.array_equal(a, b) for a, b in zip(single, double, strict=True))


def test_a_fingerprint_tells_models_apart() -> None:
    models = [*MODELS, DENSE, recurrent_network(V, 9, (9,), "lstm")]
    prints = {frozen_of(model).fingerprint for model in models}
    assert len(prints) == len(models)
    assert frozen_of(MODELS[0]).fingerprint in prints
    assert frozen_of(MODELS[0], seed=1).fingerprint not in prints


def test_it_can_be_copied_and_pickled() -> None:
    frozen = frozen_of(recurrent("peephole"))
    expected = frozen.read([np.arange(5)], frozen.zero[None])[0]
    for other in (copy.deepcopy(frozen), pickle.loads(pickle.dumps(frozen))):
        assert np.array_equal(other.read([np.arange(5)], other.zero[None])[0], expected)


def labels_of(pooling: str, bidirectional: bool = False, cell: str = "lstm") -> Frozen:
    model = label_network(3, (5, 4), V, 6, cell, bidirectional, pooling)
    return Frozen(model, map_tree(lambda a: np.asarray(a, np.float32) * 2, model.initial(np.random.default_rng(0))))


@pytest.mark.parametrize("pooling", ["last", "mean", "max", "attention"])
def test_a_pooled_model_streams_the_features_of_every_beginning(pooling: str) -> None:
    frozen = labels_of(pooling)
    ids = np.random.default_rng(1).integers(0, V, 300)  # more than one block of what is read at a time
    _, features, end = frozen.trace(ids, frozen.zero)
    ends = [1, 2, 100, 300]
    whole = np.concatenate([frozen.summaries(ids[None, :stop], np.array([stop])) for stop in ends])
    np.testing.assert_allclose(features[np.array(ends) - 1], whole, rtol=1e-4, atol=1e-5)
    last, state = frozen.read([ids], frozen.zero[None])
    np.testing.assert_allclose(last[0], whole[-1], rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(state[0], end, rtol=1e-4, atol=1e-4)


def test_what_does_not_stream_has_no_state_and_reads_whole_inputs() -> None:
    for frozen in (labels_of("mean", True), labels_of("middle", True)):
        assert not frozen.streams
        assert frozen.zero.shape == (0,)
        ids = np.random.default_rng(2).integers(0, V, (3, 7))
        lengths = np.array([7, 2, 5])
        features = frozen.summaries(ids, lengths)
        for row, length, own in zip(ids, lengths, features, strict=True):
            alone = frozen.summaries(row[None, :length], np.array([length]))[0]
            np.testing.assert_allclose(own, alone, rtol=1e-5, atol=1e-6)
        assert frozen.outputs(ids[:1]).shape == (7, 8)
        assert frozen.rows_at_once(7) == 32
        assert frozen.rows_at_once(10**9) == 1


@pytest.mark.parametrize(
    ("vocabulary", "steps", "message"),
    [
        (V, np.zeros((2, 2), np.int64), r"ids are int64 of shape \(2, 2\); expected whole numbers \(T,\)"),
        (V, np.array([V]), f"ids go from 23 to 23; expected 0 to {V - 1}"),
        (V, np.array([0.5]), "ids are float64"),
        (0, np.zeros(6), r"steps are float64 of shape \(6,\); expected numbers \(T, 6\)"),
        (0, np.zeros((3, 5)), r"steps are float64 of shape \(3, 5\); expected numbers \(T, 6\)"),
        (0, np.full((3, 6), "a"), r"expected numbers \(T, 6\)"),
    ],
)
def test_steps_that_the_model_cannot_read_are_refused(vocabulary: int, steps: np.ndarray, message: str) -> None:
    model = label_network(3, (4,), vocabulary, 6)
    frozen = Frozen(model, map_tree(lambda a: np.asarray(a, np.float32), model.initial(np.random.default_rng(0))))
    with pytest.raises(InputError, match=message):
        frozen.checked(steps)
