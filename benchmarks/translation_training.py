"""Training words/s of the translator beside the same model in plain torch.nn: one run, alternating, medians.

    python benchmarks/translation_training.py ../shared/data/multi30k_en_de [--threads 1 2]

The plain model is what a PyTorch user writes: nn.GRU over packed sequences, a product for attention, nn.Linear tied to
the word vectors, F.cross_entropy with label smoothing; the same sizes, dropout, batches, optimiser and clipping. What
binds both is the multiply-add peak: the share of it that ours reaches is printed, too.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import report
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from unrolled import Training, Translator
from unrolled.data.pair_batches import PairBatches
from unrolled.inputs.pairs import PairTexts
from unrolled.models.encoder_decoder import EncoderDecoder
from unrolled.models.penalties import Penalties
from unrolled.sources.pairs import read_pairs
from unrolled.text.tokens import END
from unrolled.training import Log, Paired, Trainer

WARM_UP, ROUNDS, STEPS, BATCH = 2, 8, 4, 64
SMOOTHING = 0.1


class Plain(nn.Module):
    """The same model: shared word vectors, a GRU in both directions, two GRUs around general attention."""

    def __init__(self, ours: EncoderDecoder) -> None:
        super().__init__()
        words, width, share = ours.words, ours.decoder.outputs, ours.dropouts
        self.words = nn.Embedding(words.vocabulary, words.width)
        self.encoder = nn.GRU(words.width, width // 2, batch_first=True, bidirectional=True)
        self.bridge = nn.Linear(width, 2 * width)
        self.lower = nn.GRU(words.width, width, batch_first=True)
        self.attention = nn.Linear(width, width, bias=False)
        self.upper = nn.GRU(2 * width, width, batch_first=True)
        self.readout = nn.Linear(2 * width + words.width, words.width)
        self.output = nn.Linear(words.width, words.vocabulary)
        self.output.weight = self.words.weight
        self.drop = [nn.Dropout(rate) for rate in share]

    def forward(self, sources: Tensor, lengths: Tensor, inputs: Tensor) -> Tensor:
        x = self.drop[0](self.words(sources))
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        memory = self.drop[1](pad_packed_sequence(self.encoder(packed)[0], batch_first=True)[0])
        mask = torch.arange(memory.shape[1])[None] < lengths[:, None]
        mean = memory.sum(1) / lengths[:, None]
        first, second = torch.tanh(self.bridge(mean)).chunk(2, -1)
        y = self.drop[0](self.words(inputs))
        h, _ = self.lower(y, first[None].contiguous())
        scores = torch.bmm(h, self.attention(memory).transpose(1, 2)).masked_fill(~mask[:, None], -1e9)
        context = torch.bmm(scores.softmax(-1), memory)
        u, _ = self.upper(torch.cat([h, context], -1), second[None].contiguous())
        features = self.drop[2](torch.tanh(self.readout(torch.cat([u + h, context, y], -1))))
        return self.output(features)


def plain_step(ours: EncoderDecoder, batches: PairBatches) -> Callable[[], int]:
    """One training step of the plain model a call → target tokens."""
    model, at = Plain(ours), 0
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.001, betas=(0.9, 0.99), weight_decay=0.0, fused=True)

    def step() -> int:
        nonlocal at
        sources, lengths, inputs, targets, ends = map(torch.from_numpy, batches.at(at))
        real = torch.arange(inputs.shape[1]) < ends[:, None]
        logits = model(sources, lengths, inputs)
        loss = nn.functional.cross_entropy(logits[real], targets[real], label_smoothing=SMOOTHING)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        at += 1
        return int(ends.sum())

    return step


def our_step(ours: EncoderDecoder, batches: PairBatches, penalties: Penalties) -> Callable[[], int]:
    """One step of our loop a call → target tokens."""
    problem = Paired(ours, ours.initial(np.random.default_rng(0)), batches, batches, penalties)
    trainer, log = (
        Trainer(problem, Training(epochs=1000, batch=batches.batch, learning_rate=0.001)),
        Log(None, show=False),
    )

    def step() -> int:
        items = batches.at(trainer.state.position.step).items
        trainer.step(log)
        return items

    return step


def multiply_adds(model: EncoderDecoder, batches: PairBatches) -> float:
    """Of a training step for each target token: three times those of the products going forward."""
    words, width = model.words, model.decoder.outputs
    source = 2 * 3 * (width // 2) * (words.width + width // 2) + width * width
    target = 3 * width * (words.width + width) + 3 * width * 3 * width
    target += (2 * width + words.width) * words.width + words.vocabulary * words.width
    tokens = sum(len(source_) for source_, _ in batches.pairs) / batches.items
    return 3 * (source * tokens + target)


def speeds_of(steps: dict[str, Callable[[], int]]) -> dict[str, list[float]]:
    """Tokens a second of each round, by turns."""
    speeds: dict[str, list[float]] = {name: [] for name in steps}
    for round_ in range(WARM_UP + ROUNDS):
        for name, step in steps.items():
            began = time.perf_counter()
            tokens = sum(step() for _ in range(STEPS))
            if round_ >= WARM_UP:
                speeds[name].append(tokens / (time.perf_counter() - began))
    return speeds


def measure(model: EncoderDecoder, pairs: Any, threads: int) -> dict[str, Any]:
    """Median seconds a step of both, by turns."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    steps = {
        "plain": plain_step(model, PairBatches(pairs, END, BATCH)),
        "unrolled": our_step(model, PairBatches(pairs, END, BATCH), Penalties(SMOOTHING)),
    }
    speeds = speeds_of(steps)
    median = {name: statistics.median(values) for name, values in speeds.items()}
    ratios = [ours / plain for ours, plain in zip(speeds["unrolled"], speeds["plain"], strict=True)]
    work = multiply_adds(model, PairBatches(pairs, END, BATCH))
    return {
        "threads": threads,
        "plain_tokens_per_second": round(median["plain"]),
        "unrolled_tokens_per_second": round(median["unrolled"]),
        "ratio": round(statistics.median(ratios), 3),
        "unrolled_gflops": round(2e-9 * work * median["unrolled"], 1),
    }


def main() -> None:
    """Measure with each number of threads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    arguments = parser.parse_args()
    examples = read_pairs([arguments.data / "train.en.gz", arguments.data / "train.de.gz"])
    task = Translator(varied=False)
    texts = PairTexts.learn(task, examples.inputs, examples.targets)
    chosen = np.random.default_rng(0).permutation(len(examples))[: BATCH * 100]
    pairs = [texts.pair(examples.inputs[row], examples.targets[row]) for row in chosen.tolist()]
    model = task.recipe().build(texts)
    report.write(
        "translation_training",
        shape=task.recipe().build(texts).__class__.__name__ + f", V {texts.vocabularies[1]:,}, B {BATCH}; {task!r}",
        limit="the multiply-add peak of the core",
        runs=[measure(model, pairs, threads) for threads in arguments.threads],
    )


if __name__ == "__main__":
    main()
