"""Training words/s of the summarizer beside the same model in plain torch.nn: one run, alternating, medians.

    python benchmarks/summary_training.py ../shared/data/aeslc [--threads 1 2]

The plain model is what a PyTorch user writes: that of translation_training.py, with a gate that mixes a softmax over
the vocabulary with attention to the places of the document where the target stands (See et al. 2017), of real targets
alone; the same sizes, dropout, batches, optimiser and clipping. What binds both is the multiply-add peak.
"""

import argparse
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import report
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence
from translation_training import Plain, our_step, speeds_of

from unrolled import Summarizer
from unrolled.data.pair_batches import PairBatches
from unrolled.models.encoder_decoder import EncoderDecoder
from unrolled.models.penalties import Penalties
from unrolled.sources.pairs import read_pairs
from unrolled.text.tokens import END

BATCH = 32
SIDES = "document", "summary"


class PlainCopying(Plain):
    """The same model that copies: the loss of a batch, as a PyTorch user writes it."""

    def __init__(self, ours: EncoderDecoder) -> None:
        super().__init__(ours)
        self.gate = nn.Linear(ours.words.width, 1)

    def forward(self, sources: Tensor, lengths: Tensor, inputs: Tensor, targets: Tensor, ends: Tensor) -> Tensor:
        vocabulary = self.words.num_embeddings
        x = self.drop[0](self.words(sources.where(sources < vocabulary, 0)))
        packed = pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        memory = self.drop[1](pad_packed_sequence(self.encoder(packed)[0], batch_first=True)[0])
        mask = torch.arange(memory.shape[1])[None] < lengths[:, None]
        first, second = torch.tanh(self.bridge(memory.sum(1) / lengths[:, None])).chunk(2, -1)
        y = self.drop[0](self.words(inputs.where(inputs < vocabulary, 0)))
        h, _ = self.lower(y, first[None].contiguous())
        scores = torch.bmm(h, self.attention(memory).transpose(1, 2)).masked_fill(~mask[:, None], -1e9)
        weights = scores.softmax(-1)
        context = torch.bmm(weights, memory)
        u, _ = self.upper(torch.cat([h, context], -1), second[None].contiguous())
        features = self.drop[2](torch.tanh(self.readout(torch.cat([u + h, context, y], -1))))
        real = torch.arange(inputs.shape[1]) < ends[:, None]
        features, wanted, weights = features[real], targets[real], weights[real]
        gate = self.gate(features)[:, 0]
        inside = wanted < vocabulary
        generated = -nn.functional.cross_entropy(self.output(features), wanted.where(inside, 0), reduction="none")
        source = sources[:, None].expand(*inputs.shape, -1)[real]
        copied = torch.log((weights * (source == wanted[:, None])).sum(1).clamp(min=1e-20))
        generated = torch.where(inside, generated, -1e9) + nn.functional.logsigmoid(gate)
        return -torch.logaddexp(generated, copied + nn.functional.logsigmoid(-gate)).sum() / ends.sum()


def plain_step(ours: EncoderDecoder, batches: PairBatches) -> Callable[[], int]:
    """One training step of the plain model a call → target tokens."""
    model, at = PlainCopying(ours), 0
    optimizer = torch.optim.AdamW(model.parameters(), lr=0.001, betas=(0.9, 0.99), weight_decay=0.0, fused=True)

    def step() -> int:
        nonlocal at
        batch = batches.at(at)
        loss = model(*map(torch.from_numpy, batch))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        at += 1
        return batch.items

    return step


def measure(model: EncoderDecoder, pairs: Any, threads: int) -> dict[str, Any]:
    """Median words a second of both, by turns."""
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    steps = {
        "plain": plain_step(model, PairBatches(pairs, END, BATCH)),
        "unrolled": our_step(model, PairBatches(pairs, END, BATCH), Penalties()),
    }
    speeds = speeds_of(steps)
    ratios = [ours / plain for ours, plain in zip(speeds["unrolled"], speeds["plain"], strict=True)]
    read = sum(len(source) for source, _ in pairs) / sum(len(target) + 1 for _, target in pairs)
    return {
        "threads": threads,
        "plain_target_words_per_second": round(statistics.median(speeds["plain"]), 1),
        "unrolled_target_words_per_second": round(statistics.median(speeds["unrolled"]), 1),
        "source_words_for_each_target_word": round(read, 1),
        "ratio": round(statistics.median(ratios), 3),
    }


def main() -> None:
    """Measure with each number of threads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    arguments = parser.parse_args()
    examples = read_pairs(arguments.data / "train.jsonl.gz", ["body", "subject"], sides=SIDES)
    task = Summarizer(longest=150)
    codec = task.recipe().learn(examples)
    chosen = np.random.default_rng(0).permutation(len(examples))[: BATCH * 100]
    pairs = [codec.pair(examples.inputs[row], examples.targets[row]) for row in chosen.tolist()]
    model = task.recipe().build(codec)
    report.write(
        "summary_training",
        shape=f"V {codec.vocabulary:,}, B {BATCH}; {task!r}",
        limit="the multiply-add peak of the core",
        runs=[measure(model, pairs, threads) for threads in arguments.threads],
    )


if __name__ == "__main__":
    main()
