import dataclasses

import numpy as np
import pytest
import torch

from unrolled.cells import GRU
from unrolled.data.pair_batches import PairBatches
from unrolled.layers import ATTENTIONS, Embedding, Recurrent
from unrolled.models.encoder_decoder import Dropouts, EncoderDecoder, TextEncoder
from unrolled.models.penalties import Penalties
from unrolled.nn import TORCH, TorchNoise
from unrolled.training import Paired

RNG = np.random.default_rng(0)
PAIRS = [(np.append(RNG.integers(2, 9, n), 1), RNG.integers(2, 9, m)) for n, m in ((3, 4), (1, 1), (5, 2), (2, 0))]


def problem(smoothing, coverage=0.0, evenness=0.0):
    encoder = TextEncoder(None, Recurrent(GRU, 6, (4,), bidirectional=True))
    model = EncoderDecoder.of(
        encoder, Embedding(9, 6), ATTENTIONS["general"], Recurrent(GRU, 6, (8,)), None, Dropouts(0.3, 0.3, 0.3)
    )
    batches = PairBatches(PAIRS, 1, 4)
    return Paired(model, model.initial(RNG), batches, batches, Penalties(smoothing, coverage, evenness))


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
def test_the_loss_is_the_cross_entropy_with_smoothed_targets(smoothing):
    paired = problem(smoothing)
    params = paired.module.tree()
    total = 0.0
    for source, target in PAIRS:
        memory = paired.model.read(TORCH, params, torch.tensor(source)[None])
        inputs = torch.tensor([[1, *target.tolist()]])
        features, _, _ = paired.model.forward(TORCH, params, memory, inputs, paired.model.start(TORCH, params, memory))
        scores = paired.model.output.scores(params, features[0])
        wanted = torch.tensor([*target.tolist(), 1])
        total += float(
            torch.nn.functional.cross_entropy(scores, wanted, reduction="sum", label_smoothing=smoothing).detach()
        )
    assert paired.validate() == pytest.approx(total / sum(len(target) + 1 for _, target in PAIRS), rel=1e-5)


def test_dropout_comes_with_noise_alone():
    paired = problem(0.1)
    noise = TorchNoise(torch.Generator().manual_seed(0))
    first, items, _ = paired.loss(0, (), noise)
    second, _, _ = paired.loss(0, (), noise)
    assert items == sum(len(target) + 1 for _, target in PAIRS)
    assert float(first.detach()) != float(second.detach())
    assert paired.validate() == paired.validate()


@pytest.mark.parametrize(("coverage", "evenness"), [(1.0, 0.0), (0.0, 0.5)])
def test_penalties_are_those_of_the_attention(coverage, evenness):
    paired = problem(0.0, coverage, evenness)
    plain = dataclasses.replace(paired.model, dropouts=Dropouts())
    weights = plain.initial(np.random.default_rng(7))
    batches = PairBatches(PAIRS, 1, 1)  # one pair a batch: nothing is padding
    one, none = (Paired(plain, weights, batches, batches, p) for p in (paired.penalties, Penalties()))
    params, noise, total, expected = none.module.tree(), TorchNoise(torch.Generator()), 0.0, 0.0
    for step in range(len(PAIRS)):
        total += float((one.loss(step, (), noise)[0] - none.loss(step, (), noise)[0]).detach())
        batch = batches.at(step)
        memory = plain.read(TORCH, params, torch.tensor(batch.sources))
        start = plain.start(TORCH, params, memory)
        attention = plain.forward(TORCH, params, memory, torch.tensor(batch.inputs), start)[1][0].detach().numpy()
        steps, places = attention.shape
        before = np.cumsum(attention, 0) - attention
        expected += coverage * np.minimum(attention, before).sum()
        expected += evenness * steps * ((1 - attention.sum(0) * places / steps) ** 2).mean()
    assert total == pytest.approx(expected, rel=1e-4)


def test_longer_sources_are_asked_by_the_query_which_is_the_same():
    model = dataclasses.replace(problem(0.0).model, dropouts=Dropouts())
    weights = model.initial(np.random.default_rng(3))
    long = [(np.append(RNG.integers(2, 9, 12), 1), RNG.integers(2, 9, 3)) for _ in range(4)]
    paired = Paired(model, weights, *[PairBatches(long, 1, 4)] * 2)
    assert type(paired.model.attention).__name__ == "GeneralByQuery"
    as_it_is = Paired(model, weights, *[PairBatches(long, 1, 4)] * 2)
    as_it_is.model = model
    noise = TorchNoise(torch.Generator())
    losses = [one.loss(0, (), noise)[0] for one in (paired, as_it_is)]
    gradients = []
    for one, loss in zip((paired, as_it_is), losses, strict=True):
        loss.backward()
        gradients.append({name: value.grad for name, value in one.module.named_parameters()})
    torch.testing.assert_close(*losses, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(*gradients, rtol=1e-3, atol=1e-5)
    short = [(np.array([2, 1]), RNG.integers(2, 9, 6)) for _ in range(4)]
    assert Paired(model, weights, *[PairBatches(short, 1, 4)] * 2).model is model
