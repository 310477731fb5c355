"""Training words/s of the captioner beside the same model in plain torch.nn: one run, alternating, medians.

    python benchmarks/caption_training.py [--threads 1 2]

Features are found once and cached, so that both learn from those: random ones of the shape of efficientnet-lite0's, and
random captions as long as those of Flickr8k, of about as many words as its training part has twice, all settings those
of Captioner. The plain model is what a PyTorch user writes: nn.Linear and tanh over the features, nn.GRU,
a product for attention, nn.Linear tied to the word vectors, F.cross_entropy with label smoothing; the same dropout,
batches, optimiser and clipping. What binds both is the multiply-add peak.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import report
import torch
from torch import Tensor, nn

from unrolled import Captioner, Training
from unrolled.data.pair_batches import PairBatches
from unrolled.layers import Dense
from unrolled.models.encoder_decoder import EncoderDecoder
from unrolled.models.penalties import Penalties
from unrolled.models.picture_encoder import GridEncoder
from unrolled.text.tokens import END
from unrolled.training import Log, Paired, Trainer

WARM_UP, ROUNDS, STEPS = 2, 8, 2
CELLS_SEEN, FEATURES, WORDS, PICTURES = 49, 320, 4_800, 400
BATCH = Captioner.usual[0]


class Plain(nn.Module):
    """The same model: a GRU that looks at a grid of features by general attention."""

    def __init__(self, ours: EncoderDecoder) -> None:
        super().__init__()
        words, width, memory = ours.words, ours.decoder.outputs, ours.encoder.outputs
        self.words = nn.Embedding(words.vocabulary, words.width)
        self.grid = nn.Linear(FEATURES, memory)
        self.bridge = nn.Linear(memory, width)
        self.decoder = nn.GRU(words.width, width, batch_first=True)
        self.attention = nn.Linear(memory, width, bias=False)
        self.readout = nn.Linear(width + memory + words.width, words.width)
        self.output = nn.Linear(words.width, words.vocabulary)
        self.output.weight = self.words.weight
        self.drop = [nn.Dropout(rate) for rate in (ours.encoder.dropout, *ours.dropouts)]

    def forward(self, features: Tensor, inputs: Tensor, real: Tensor) -> Tensor:
        """Features (B, S, F), words (B, T) → scores of what follows at the steps that are ``real``."""
        memory = self.drop[2](torch.tanh(self.grid(self.drop[0](features))))
        first = torch.tanh(self.bridge(memory.mean(1)))
        y = self.drop[1](self.words(inputs))
        h, _ = self.decoder(y, first[None])
        weights = torch.bmm(h, self.attention(memory).transpose(1, 2)).softmax(-1)
        context = torch.bmm(weights, memory)
        read = torch.tanh(self.readout(torch.cat([h, context, y], -1)))
        return self.output(self.drop[3](read)[real])


def plain_step(ours: EncoderDecoder, batches: PairBatches, smoothing: float) -> Callable[[], None]:
    """One training step of the plain model a call."""
    model, at = Plain(ours), 0
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.001, betas=(0.9, 0.99), weight_decay=0.0, fused=True)

    def step() -> None:
        nonlocal at
        features, _, inputs, targets, ends = map(torch.from_numpy, batches.at(at))
        real = torch.arange(inputs.shape[1]) < ends[:, None]
        scores = model(features, inputs, real)
        loss = nn.functional.cross_entropy(scores, targets[real], label_smoothing=smoothing)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        at += 1

    return step


def our_step(ours: EncoderDecoder, batches: PairBatches, smoothing: float) -> Callable[[], None]:
    """One step of our loop a call."""
    problem = Paired(ours, ours.initial(np.random.default_rng(0)), batches, batches, Penalties(smoothing))
    trainer, log = Trainer(problem, Training(epochs=1000, batch=BATCH, learning_rate=0.001)), Log(None, show=False)
    return lambda: trainer.step(log)


def made() -> tuple[EncoderDecoder, list[Any]]:
    """The model of the usual settings, and pictures' features with captions as long as people's."""

    def encoder(width: int, dropout: float) -> GridEncoder:
        return GridEncoder(Dense(FEATURES, width), dropout)

    codec: Any = SimpleNamespace(vocabulary=WORDS, reader=SimpleNamespace(encoder=encoder))
    rng, task = np.random.default_rng(0), Captioner()
    features = rng.normal(0, 1, (PICTURES, CELLS_SEEN, FEATURES)).astype(np.float16)
    lengths = rng.normal(10.8, 3.6, 5 * PICTURES).round().clip(3, 36).astype(int)
    shares = 1 / (np.arange(WORDS - 2) + 3)  # frequent words are frequent, as in any language (Zipf)
    words = [rng.choice(WORDS - 2, length, p=shares / shares.sum()) + 2 for length in lengths]
    return task.recipe().build(codec), [(features[at // 5], ids) for at, ids in enumerate(words)]


def measure(model: EncoderDecoder, pairs: list[Any], threads: int) -> dict[str, Any]:
    """Median words a second of both, by turns; the same batches in the same order."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    smoothing, batches = Captioner().smoothing, PairBatches(pairs, END, BATCH)
    steps = {"plain": plain_step(model, batches, smoothing), "unrolled": our_step(model, batches, smoothing)}
    words = np.array([batches.at(at).items for at in range((WARM_UP + ROUNDS) * STEPS)]).reshape(-1, STEPS).sum(1)
    speeds: dict[str, list[float]] = {name: [] for name in steps}
    for round_, count in enumerate(words.tolist()):
        for name, step in steps.items():
            began = time.perf_counter()
            for _ in range(STEPS):
                step()
            if round_ >= WARM_UP:
                speeds[name].append(count / (time.perf_counter() - began))
    ratios = [ours / plain for ours, plain in zip(speeds["unrolled"], speeds["plain"], strict=True)]
    return {
        "threads": threads,
        "plain_words_per_second": round(statistics.median(speeds["plain"])),
        "unrolled_words_per_second": round(statistics.median(speeds["unrolled"])),
        "ratio": round(statistics.median(ratios), 3),
    }


def main() -> None:
    """Measure with each number of threads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    arguments = parser.parse_args()
    model, pairs = made()
    report.write(
        "caption_training",
        shape=f"V {WORDS:,}, {CELLS_SEEN} cells of {FEATURES} features, B {BATCH}; {Captioner()!r}",
        limit="the multiply-add peak of the core",
        runs=[measure(model, pairs, threads) for threads in arguments.threads],
    )


if __name__ == "__main__":
    main()
