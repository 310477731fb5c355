"""Inputs of any length: read in chunks, they have the answer of the whole."""

import numpy as np
import pytest
from tests.inference.streams import KINDS, WHOLE, classified, words
from tests.models.networks import label_network

from unrolled.arrays import NUMPY
from unrolled.cells import CELLS
from unrolled.inference import long, together
from unrolled.inference.together import feed_together
from unrolled.layers import POOLINGS

TEXT = "the cat sees the red car and my friend likes a house the old man hears the dog"


@pytest.fixture
def chunks(monkeypatch):
    """Chunks of four steps."""
    monkeypatch.setattr(long, "LONGEST", 4)
    monkeypatch.setattr(together, "LONGEST", 4)


def whole(kind, steps):
    """The features of an input that is read in one piece."""
    return kind.frozen().summaries(*kind.input.collate([steps]))[0]


def long_steps(kind):
    """Steps of an input, several chunks of them."""
    return np.concatenate(kind.steps() * 3)


@pytest.mark.parametrize("name", WHOLE)
def test_every_model_that_reads_all_at_once_can_read_in_chunks(name, chunks):
    kind, frozen = KINDS[name], KINDS[name].frozen()
    for steps in (long_steps(kind), long_steps(kind)[:9]):
        assert long.is_long(frozen.model, kind.input, steps) == (not kind.input.summed)
        if not kind.input.summed:
            features = long.features_of(frozen.model, frozen.params, kind.input, steps)
            np.testing.assert_allclose(features, whole(kind, steps), rtol=1e-5, atol=1e-6)
        read = kind.stream().feed_steps(steps)
        np.testing.assert_allclose(read.features, whole(kind, steps), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("cell", ["gru", "lru", "mlstm"])
def test_both_directions_of_several_layers_and_every_pooling(pooling, cell, chunks):
    settings = {"pooling": pooling, "cell": cell, "widths": (6, 4, 4), "bidirectional": True}
    kind = classified(words("learned"), label_network, TEXT, TEXT, **settings)
    steps, frozen = kind.input.encode(TEXT), kind.frozen()
    features = long.features_of(frozen.model, frozen.params, kind.input, steps)
    np.testing.assert_allclose(features, whole(kind, steps), rtol=1e-4, atol=1e-6)
    outputs = np.concatenate(list(long.outputs_of(frozen.model, frozen.params, kind.input, steps)))
    expected = frozen.outputs(kind.input.collate([steps])[0])
    np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-6)
    ends = [2, 9, len(steps)]
    np.testing.assert_allclose(kind.stream().feed_steps(steps).outputs(ends), expected[np.array(ends) - 1], atol=1e-5)


def test_a_layer_can_be_asked_for_any_chunk_first():
    kind = KINDS["text both ways"]
    frozen, steps = kind.frozen(), long_steps(kind)
    x = frozen.model.body.embed(NUMPY, frozen.params, steps[None])
    y, _ = frozen.model.body.forward(NUMPY, frozen.params, x)
    for order in ([2, 0, 1, 3], [1, 1, 3, 0]):
        read = frozen.model.body.in_chunks(frozen.params, lambda chunk: x[:, 7 * chunk : 7 * chunk + 7], 4)
        for chunk in order:
            np.testing.assert_allclose(read(chunk), y[:, 7 * chunk : 7 * chunk + 7], rtol=1e-5, atol=1e-6)


def test_streams_of_very_different_lengths_are_fed_together(chunks):
    kind = KINDS["dna"]
    rows = [kind.input.encode("ACGTACGTACGT"), kind.input.encode("GA")]
    streams = [kind.stream() for _ in rows]
    frozen = streams[0].frozen
    streams[1].frozen = frozen
    feed_together(streams, rows)
    for fed, row in zip(streams, rows, strict=True):
        np.testing.assert_allclose(fed.probabilities(), kind.stream().feed_steps(row).probabilities(), rtol=1e-6)
        assert fed.steps == len(row)


def test_every_cell_goes_on_from_chunk_to_chunk(chunks):
    for cell in CELLS:
        settings = {"pooling": "mean", "cell": cell, "widths": (5,), "bidirectional": True}
        kind = classified(words("one-hot"), label_network, TEXT, TEXT, **settings)
        steps, frozen = kind.input.encode(TEXT), kind.frozen()
        features = long.features_of(frozen.model, frozen.params, kind.input, steps)
        np.testing.assert_allclose(features, whole(kind, steps), rtol=1e-3, atol=1e-5, err_msg=cell)
