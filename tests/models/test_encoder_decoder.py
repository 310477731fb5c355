import numpy as np
import pytest
import torch

from unrolled.arrays import NUMPY, flatten, map_tree
from unrolled.cells import CELLS
from unrolled.layers import ATTENTIONS, Embedding, Recurrent
from unrolled.models.encoder_decoder import Dropouts, EncoderDecoder, TextEncoder
from unrolled.nn import TORCH, TreeModule

RNG = np.random.default_rng(0)
SOURCES = RNG.integers(2, 9, (3, 5))
TOKENS = RNG.integers(2, 11, (3, 4))
LENGTHS = np.array([5, 2, 4])


def made(cell="gru", attention="general", feeding=False, layers=1, shared=False, upper=True):
    units, words = CELLS[cell], Embedding(11, 6)
    encoder = TextEncoder(
        None if shared else Embedding(9, 6),
        Recurrent(units, 6, (4,) * layers, bidirectional=True, residual=True),
    )
    above = Recurrent(units, 16, (8,) * layers, residual=True) if upper else None
    below = Recurrent(units, 12 if feeding else 6, (8,))
    model = EncoderDecoder.of(encoder, words, ATTENTIONS[attention], below, above, Dropouts())
    params = map_tree(lambda a: (a + RNG.normal(0, 0.2, a.shape)).astype(np.float32), model.initial(RNG))
    return model, params


def written(model, params, sources, tokens, lengths=None, pieces=(4,)):
    """Features and attention of tokens that are read in pieces."""
    memory = model.read(NUMPY, params, sources, lengths)
    state, features, attention, at = model.start(NUMPY, params, memory), [], [], 0
    for size in pieces:
        some, weights, state = model.forward(NUMPY, params, memory, tokens[:, at : at + size], state)
        features.append(some)
        attention.append(weights)
        at += size
    return np.concatenate(features, 1), np.concatenate(attention, 1)


@pytest.mark.parametrize("cell", CELLS)
def test_steps_are_the_whole_for_every_cell(cell):
    model, params = made(cell)
    whole, weights = written(model, params, SOURCES, TOKENS, LENGTHS)
    steps, by_step = written(model, params, SOURCES, TOKENS, LENGTHS, (1, 1, 1, 1))
    np.testing.assert_allclose(steps, whole, atol=1e-5)
    np.testing.assert_allclose(by_step, weights, atol=1e-5)


@pytest.mark.parametrize("attention", ATTENTIONS)
@pytest.mark.parametrize("feeding", [False, True])
@pytest.mark.parametrize("upper", [False, True])
def test_steps_are_the_whole_for_every_attention(attention, feeding, upper):
    model, params = made("lstm", attention, feeding, 2, upper=upper)
    whole, _ = written(model, params, SOURCES, TOKENS, LENGTHS)
    steps, _ = written(model, params, SOURCES, TOKENS, LENGTHS, (1, 2, 1))
    np.testing.assert_allclose(steps, whole, atol=1e-5)


@pytest.mark.parametrize("feeding", [False, True])
def test_a_source_alone_and_among_longer_ones_gives_the_same(feeding):
    model, params = made(feeding=feeding, layers=2)
    together, weights = written(model, params, SOURCES, TOKENS, LENGTHS)
    for row, length in enumerate(LENGTHS):
        alone, own = written(model, params, SOURCES[row : row + 1, :length], TOKENS[row : row + 1])
        np.testing.assert_allclose(together[row : row + 1], alone, atol=1e-5)
        np.testing.assert_allclose(weights[row : row + 1, :, :length], own, atol=1e-5)
        assert (weights[row, :, length:] == 0).all()
    other = np.where(np.arange(5) < LENGTHS[:, None], SOURCES, 7)
    np.testing.assert_array_equal(written(model, params, other, TOKENS, LENGTHS)[0], together)


@pytest.mark.parametrize("feeding", [False, True])
@pytest.mark.parametrize("shared", [False, True])
def test_torch_gives_the_same_and_every_weight_learns(feeding, shared):
    model, params = made(feeding=feeding, shared=shared, layers=2)
    expected, _ = written(model, params, SOURCES, TOKENS, LENGTHS)

    def features(tree, sources, lengths, tokens, ends):
        memory = model.read(TORCH, tree, sources, lengths)
        return model.forward(TORCH, tree, memory, tokens, model.start(TORCH, tree, memory), ends)[0]

    module = TreeModule(features, params)
    ends = torch.tensor([4, 1, 3])
    found = module(*map(torch.from_numpy, (SOURCES, LENGTHS, TOKENS)), ends)
    for row, end in enumerate(ends.tolist()):
        np.testing.assert_allclose(found[row, :end].detach(), expected[row, :end], atol=1e-5)
    real = torch.arange(4) < ends[:, None]
    model.output.loss(TORCH, module.tree(), found[real], torch.from_numpy(TOKENS)[real]).backward()
    grads = {name: weight.grad for name, weight in module.named_parameters()}
    assert all(grad is not None and torch.isfinite(grad).all() and grad.abs().max() > 0 for grad in grads.values())


def test_parameters_have_the_names_of_their_parts():
    model, params = made("gru", "additive", feeding=True)
    names = {name.split(".")[0] for name in flatten(params)}
    assert names == {"source", "encoder", "words", "attention", "bridge", "decoder", "upper", "readout", "output"}
    assert flatten(model.shapes()).keys() == flatten(params).keys()


def test_an_empty_source_gives_finite_features():
    model, params = made()
    features, weights = written(model, params, SOURCES, TOKENS, np.array([0, 2, 0]))
    assert np.isfinite(features).all()
    assert (weights[0] == 0).all()
