"""The frozen decoder gives what the model's own functions give, and each source the same bits in any company."""

import numpy as np
import pytest

from unrolled.arrays import NUMPY, Tree, map_tree
from unrolled.cells import CELLS
from unrolled.decoding import search
from unrolled.inference.frozen_decoder import FrozenDecoder
from unrolled.inference.model_writer import ModelWriter
from unrolled.layers import ATTENTIONS, Embedding, Recurrent
from unrolled.models.encoder_decoder import Dropouts, EncoderDecoder, TextEncoder
from unrolled.settings import Search
from unrolled.text.tokens import END

V, D, H = 90, 9, 7
SOURCES = np.array([[3, 4, 5, 6, 1], [7, 8, 1, 0, 0], [9, 1, 0, 0, 0], [5, 6, 7, 1, 0]])
LENGTHS = np.array([5, 3, 2, 4])


def network(cell="gru", attention="additive", layers=1, upper=True, feeding=False) -> EncoderDecoder:
    words, kind = Embedding(V, D), CELLS[cell]
    encoder = TextEncoder(
        Embedding(40, D), Recurrent(kind, D, (H,), bidirectional=attention in ("additive", "general"))
    )
    above = Recurrent(kind, H + encoder.outputs, (H,), dropout=0.5) if upper else None
    below = Recurrent(kind, 2 * D if feeding else D, (H,) * layers, residual=True)
    return EncoderDecoder.of(encoder, words, ATTENTIONS[attention], below, above, Dropouts(0.4, 0.5, 0.5))


def drawn(model: EncoderDecoder, dtype=np.float32) -> Tree:
    rng = np.random.default_rng(0)
    return map_tree(lambda shape: rng.normal(0, 0.3, shape).astype(dtype), model.shapes())


def walk(writer, steps=4):
    """What three steps of changing rows give."""
    rng, found, state = np.random.default_rng(1), [], writer.start()
    ids = np.ones(len(LENGTHS), np.int64)
    for _ in range(steps):
        stepped, state = writer.step(ids, state)
        found += [np.array(stepped.log_probabilities), np.array(stepped.attention)]
        rows = np.sort(rng.integers(0, len(ids), len(ids) + 2))
        state, ids = writer.select(state, rows), rng.integers(0, V, len(rows))
    return found


MODELS = {
    **{cell: {"cell": cell} for cell in CELLS if cell != "gru"},
    **{kind: {"attention": kind} for kind in ATTENTIONS},
    "residual": {"layers": 2},
    "one layer": {"upper": False},
    "input feeding": {"feeding": True},
}


@pytest.mark.parametrize("settings", MODELS.values(), ids=MODELS)
def test_steps_are_the_models_own(settings) -> None:
    model = network(**settings)
    params = drawn(model)
    own, frozen = ModelWriter(NUMPY, model, params, SOURCES, LENGTHS), FrozenDecoder(model, params)
    writer = frozen.read(SOURCES, LENGTHS)
    assert type(writer).__name__ == "_RankingWriter"
    assert np.array_equal(writer.lengths, LENGTHS)
    for ours, theirs in zip(walk(writer), walk(own), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.mark.parametrize(
    "settings", [Search(beam=4, n_best=4), Search(beam=3, min_ratio=1.5), Search(beam=2, repeats=1)]
)
def test_the_best_tokens_alone_are_enough_for_a_search(settings: Search) -> None:
    model = network()
    params = drawn(model)
    params["output"]["b"][1] = 2.0
    frozen = FrozenDecoder(model, params)
    by_best = search(frozen.read(SOURCES, LENGTHS), settings)
    by_all = search(ModelWriter(NUMPY, model, params, SOURCES, LENGTHS), settings)
    for ours, theirs in zip(by_best, by_all, strict=True):
        assert [one.ids for one in ours] == [one.ids for one in theirs]
        assert np.allclose([one.score for one in ours], [one.score for one in theirs], atol=1e-5)


def test_the_best_tokens_stand_beside_the_end() -> None:
    model = network()
    writer = FrozenDecoder(model, drawn(model)).read(SOURCES, LENGTHS)
    whole, _ = writer.step(np.ones(4, np.int64), writer.start())
    best, _ = writer.step_best(np.ones(4, np.int64), writer.start(), 6)
    assert best.tokens.shape == best.log_probabilities.shape == (4, 8)
    assert (best.tokens[:, END] == END).all()
    there = best.log_probabilities > -np.inf
    assert there.sum(1).min() >= 7
    given = np.take_along_axis(whole.log_probabilities, best.tokens, 1)
    np.testing.assert_allclose(best.log_probabilities[there], given[there], atol=1e-5)
    for row, tokens, found in zip(whole.log_probabilities, best.tokens, there, strict=True):
        assert set(np.argsort(-row)[:6]) <= {END, *tokens[found].tolist()}
        assert len(set(tokens[found])) == found.sum()


@pytest.mark.parametrize("cell", ["gru", "lstm", "ssru"])
def test_an_answer_is_the_same_bits_in_any_company(cell: str) -> None:
    model = network(cell)
    frozen = FrozenDecoder(model, drawn(model))
    settings = Search(beam=3, n_best=3)
    together = search(frozen.read(SOURCES, LENGTHS), settings)
    for source, length, answers in zip(SOURCES, LENGTHS, together, strict=True):
        (alone,) = search(frozen.read(source[None, :length], np.array([length])), settings)
        assert [one.ids for one in alone] == [one.ids for one in answers]
        assert [one.score for one in alone] == [one.score for one in answers]
        assert all(np.array_equal(a.attention, b.attention) for a, b in zip(alone, answers, strict=True))


def test_numpy_stands_in_where_the_native_code_cannot(monkeypatch) -> None:
    model = network()
    doubles = FrozenDecoder(model, drawn(model, np.float64)).read(SOURCES, LENGTHS)
    single = FrozenDecoder(model, drawn(model)).read(SOURCES, LENGTHS)
    monkeypatch.setattr("unrolled.kernels.NATIVE", False)
    without = FrozenDecoder(model, drawn(model)).read(SOURCES, LENGTHS)
    assert isinstance(doubles, ModelWriter)
    assert isinstance(without, ModelWriter)
    for a, b, c in zip(walk(doubles), walk(single), walk(without), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-4)
        np.testing.assert_allclose(c, b, atol=1e-5)
