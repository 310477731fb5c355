import numpy as np
import pytest
import torch

from unrolled.cells import GRU
from unrolled.data.pair_batches import PairBatches
from unrolled.layers import ATTENTIONS, Embedding, Recurrent
from unrolled.models.encoder_decoder import Dropouts, EncoderDecoder, TextEncoder
from unrolled.nn import TORCH, TorchNoise
from unrolled.training import Paired

RNG = np.random.default_rng(0)
PAIRS = [(np.append(RNG.integers(2, 9, n), 1), RNG.integers(2, 9, m)) for n, m in ((3, 4), (1, 1), (5, 2), (2, 0))]


def problem(smoothing):
    encoder = TextEncoder(None, Recurrent(GRU, 6, (4,), bidirectional=True))
    model = EncoderDecoder.of(
        encoder, Embedding(9, 6), ATTENTIONS["general"], Recurrent(GRU, 6, (8,)), None, Dropouts(0.3, 0.3, 0.3)
    )
    batches = PairBatches(PAIRS, 1, 4)
    return Paired(model, model.initial(RNG), batches, batches, smoothing)


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
