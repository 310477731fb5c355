"""How fast an encoder–decoder writes by beam search without torch, beside the same model and search in plain torch.

    python benchmarks/translation_decoding.py [--threads 2] [--beam 5] [--model FOLDER --texts FILE]

Without a model: random weights in the sizes of Caglayan et al.'s recipe for Multi30k, random sources of the lengths
that its test sentences have. Both sides write as many tokens for each source, so that both do the same work, and most
of their answers must be the same. A model is a translator of one GRU layer each in encoder, decoder and upper layer
with additive or general attention and tied vectors; both are then also timed as they write by themselves.

The two run in a process each, ours without torch, in turn, on as many threads; medians of the rounds. The peer is
written as a competent user of torch would: sorted by length, batched, nn.GRU and nn.GRUCell, keys of the memory made
once, the memory repeated once for the beam, topk.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

import unrolled
from unrolled import kernels
from unrolled.arrays import Tree, map_tree
from unrolled.cells import CELLS
from unrolled.data.batches import pad
from unrolled.decoding import search
from unrolled.inference.frozen_decoder import FrozenDecoder
from unrolled.kernels.steps import Output
from unrolled.layers import ATTENTIONS, Embedding, Recurrent
from unrolled.models.encoder_decoder import Dropouts, EncoderDecoder, TextEncoder
from unrolled.settings import Search
from unrolled.text.tokens import END, UNKNOWN

WORDS, WIDTH, UNITS = 10_000, 200, 320
SENTENCES, TOGETHER, ROUNDS, SINGLE = 256, 64, 3, 15
FORCED = {"max_ratio": 0.25, "min_ratio": 1000.0}  # a quarter of the source's tokens and ten more, no fewer


def random_model() -> tuple[EncoderDecoder, Tree, list[np.ndarray]]:
    """The network, its weights, and sources."""
    rng, gru = np.random.default_rng(0), CELLS["gru"]
    encoder = TextEncoder(Embedding(WORDS, WIDTH), Recurrent(gru, WIDTH, (UNITS,), bidirectional=True))
    below, above = Recurrent(gru, WIDTH, (UNITS,)), Recurrent(gru, 3 * UNITS, (UNITS,))
    model = EncoderDecoder.of(encoder, Embedding(WORDS, WIDTH), ATTENTIONS["additive"], below, above, Dropouts())
    params = map_tree(lambda shape: rng.normal(0, 0.1, shape).astype(np.float32), model.shapes())
    lengths = np.clip(rng.normal(12, 4, SENTENCES).round(), 4, 30).astype(int)
    return model, params, [np.append(rng.integers(2, WORDS, n), END) for n in lengths]


def given_model(folder: str, texts: str) -> tuple[EncoderDecoder, Tree, list[np.ndarray]]:
    """Likewise of a fitted translator."""
    task: Any = unrolled.load(folder)
    lines = Path(texts).read_text(encoding="utf-8").splitlines()
    sources = [np.asarray(task.texts_.source(line.split("\t")[0]).ids) for line in lines if line.strip()]
    return *task.network(), sources[:1000]


class Ours:
    """The frozen decoder and the package's search."""

    def __init__(self, model: EncoderDecoder, params: Tree, beam: int, threads: int) -> None:
        kernels.set_threads(threads)
        self.frozen, self.beam = FrozenDecoder(model, params), beam

    def write(self, sources: list[np.ndarray], forced: bool = True) -> list[list[int]]:
        """Token ids for each source, which stand in order of length."""
        settings, found = Search(beam=self.beam, repeats=0, **(FORCED if forced else {})), []
        for start in range(0, len(sources), TOGETHER):
            writer = self.frozen.read(*pad(sources[start : start + TOGETHER]))
            found += [list(answers[0].ids) for answers in search(writer, settings)]
        return found

    @staticmethod
    def peak() -> float:
        """Multiply-adds a second, in billions, of a product as large as the machine likes it."""
        x, weights = np.ones((768, 512), np.float32), np.ones((4096, 512), np.float32)
        layer, best = Output(weights, np.zeros(4096, np.float32)), float("inf")
        for _ in range(5):
            start = time.perf_counter()
            layer.best(x, 1)
            best = min(best, time.perf_counter() - start)
        return x.size * len(weights) / best / 1e9


class Plain:
    """The same in torch."""

    def __init__(self, model: EncoderDecoder, params: Tree, beam: int, threads: int) -> None:
        import torch

        torch.set_num_threads(threads)
        kinds = {layer.cell.name for layer in (model.encoder.encoder, model.decoder, model.upper)}
        layers = [len(layer.widths) for layer in (model.encoder.encoder, model.decoder, model.upper)]
        if kinds != {"gru"} or layers != [1, 1, 1] or model.feeding or not model.output.tied:
            raise SystemExit("the peer in torch knows one layer of GRU each, without input feeding, tied")
        self.torch, self.beam, self.units = torch, beam, model.decoder.outputs
        self.additive, encoder = model.attention.kind == "additive", model.encoder.encoder
        self.residual = encoder.residual and encoder.inputs == encoder.outputs
        self.params = map_tree(lambda array: torch.from_numpy(np.array(array)), params)
        p = self.params
        inputs, units = model.encoder.encoder.inputs, model.encoder.encoder.widths[0]
        self.encoder = torch.nn.GRU(inputs, units, batch_first=True, bidirectional=True)
        self.lower = torch.nn.GRUCell(model.decoder.inputs, self.units)
        self.upper = torch.nn.GRUCell(model.upper.inputs, model.upper.outputs)
        with torch.no_grad():
            for suffix, layer in (("_l0", p.encoder["0"].ahead), ("_l0_reverse", p.encoder["0"].back)):
                self._fill(self.encoder, layer, suffix)
            self._fill(self.lower, p.decoder["0"], "")
            self._fill(self.upper, p.upper["0"], "")

    def _fill(self, module: Any, layer: Any, suffix: str) -> None:
        zeros = self.torch.zeros(2 * len(layer.b_n))
        for name, value in (
            ("weight_ih", layer.U),
            ("weight_hh", layer.W),
            ("bias_ih", layer.b),
            ("bias_hh", self.torch.cat([zeros, layer.b_n])),
        ):
            getattr(module, name + suffix).copy_(value)

    def write(self, sources: list[np.ndarray], forced: bool = True) -> list[list[int]]:
        """Token ids for each source, which stand in order of length."""
        found, batch = [], self._forced if forced else self._free
        with self.torch.inference_mode():
            for start in range(0, len(sources), TOGETHER):
                found += batch(sources[start : start + TOGETHER])
        return found

    def _read(self, sources: list[np.ndarray]) -> tuple[Any, Any, Any, Any]:
        """Memory (N, S, E), its keys, where it is padding, and the first states."""
        torch, p, rnn = self.torch, self.params, self.torch.nn.utils.rnn
        ids, lengths = (torch.from_numpy(array) for array in pad(sources))
        x = p.get("source", p.words).vectors[ids]
        packed = rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        memory, _ = rnn.pad_packed_sequence(self.encoder(packed)[0], batch_first=True)
        padding = torch.arange(memory.shape[1])[None] >= lengths[:, None]
        if self.residual:
            memory = (memory + x).masked_fill(padding[..., None], 0.0)
        start = torch.tanh((memory.sum(1) / lengths[:, None]) @ p.bridge.W.T + p.bridge.b)
        keys = memory @ p.attention.U.T + p.attention.b if self.additive else memory @ p.attention.W.T
        return memory, keys, padding, start.split(self.units, 1)

    def _scores(self, h: Any, keys: Any) -> Any:
        """Of each step of the memory."""
        if not self.additive:
            return (keys @ h[..., None])[..., 0]
        return self.torch.tanh((h @ self.params.attention.W.T)[:, None] + keys) @ self.params.attention.v[0]

    def _step(self, last: Any, h: Any, u: Any, memory: Any, keys: Any, padding: Any) -> tuple[Any, Any, Any]:
        """The log-probabilities of what follows, and the states."""
        torch, p = self.torch, self.params
        y = p.words.vectors[last]
        h = self.lower(y, h)
        weights = self._scores(h, keys).masked_fill(padding, -torch.inf).softmax(1)
        context = (weights[:, None] @ memory)[:, 0]
        u = self.upper(torch.cat([h, context], 1), u)
        out = u + h
        features = torch.tanh(torch.cat([out, context, y], 1) @ p.readout.W.T + p.readout.b)
        return (features @ p.words.vectors.T + p.output.b).log_softmax(1), h, u

    def _forced(self, sources: list[np.ndarray]) -> list[list[int]]:
        """As many tokens as `FORCED` says."""
        torch, k, n = self.torch, self.beam, len(sources)
        memory, keys, padding, states = self._read(sources)
        memory, keys, padding, h, u = (one.repeat_interleave(k, 0) for one in (memory, keys, padding, *states))
        longest = torch.tensor([int(FORCED["max_ratio"] * len(one)) + 10 for one in sources])[:, None]
        scores = torch.full((n, k), -torch.inf)
        scores[:, 0] = 0.0
        last, written = torch.full((n * k,), END), torch.zeros(n * k, 0, dtype=torch.int64)
        same, first = torch.arange(k), torch.arange(n)[:, None] * k
        for t in range(int(longest.max()) + 1):
            log_p, h, u = self._step(last, h, u, memory, keys, padding)
            log_p = log_p.view(n, k, -1)
            scores = torch.where(longest == t, scores + log_p[..., END], scores)
            log_p[..., [UNKNOWN, END]] = -torch.inf
            total, best = (scores[..., None] + log_p).view(n, -1).topk(k)
            done = longest <= t  # these stay as they are
            scores = torch.where(done, scores, total)
            rows = (first + torch.where(done, same, best // log_p.shape[2])).view(-1)
            last = torch.where(done, END, best % log_p.shape[2]).view(-1)
            h, u, written = h[rows], u[rows], torch.cat([written[rows], last[:, None]], 1)
        best = (first[:, 0] + scores.argmax(1)).tolist()
        return [written[row, :count].tolist() for row, count in zip(best, longest[:, 0].tolist(), strict=True)]

    def _free(self, sources: list[np.ndarray]) -> list[list[int]]:
        """Until each source has as many answers as the beam is wide; those that have leave the batch."""
        torch, k, found = self.torch, self.beam, [list[tuple[float, list[int]]]() for _ in sources]
        memory, keys, padding, states = self._read(sources)
        memory, keys, padding, h, u = (one.repeat_interleave(k, 0) for one in (memory, keys, padding, *states))
        own, longest = torch.arange(len(sources)), torch.tensor([2 * len(one) + 10 for one in sources])
        free = torch.full((len(sources),), k)
        scores = torch.full((len(sources), k), -torch.inf)
        scores[:, 0] = 0.0
        last, written = torch.full((len(sources) * k,), END), torch.zeros(len(sources) * k, 0, dtype=torch.int64)
        for t in range(int(longest.max()) + 1):
            log_p, h, u = self._step(last, h, u, memory, keys, padding)
            log_p[:, UNKNOWN] = -torch.inf
            n, words = len(own), log_p.shape[1]
            total, best = (scores[..., None] + log_p.view(n, k, -1)).view(n, -1).topk(k)
            rows, tokens = torch.arange(n)[:, None] * k + best // words, best % words
            taken = (torch.arange(k) < free[:, None]) & (total > -torch.inf)
            ends = taken & (tokens == END)
            for i, j in ends.nonzero().tolist():
                found[own[i]].append((total[i, j].item() / (t + 1), written[rows[i, j]].tolist()))
            free = free - ends.sum(1)  # an answer gives up its place in the beam
            scores = total.masked_fill(~taken | ends, -torch.inf)
            open_ = (free > 0) & (t < longest[own])
            if not open_.any():
                break
            kept, last = rows[open_].view(-1), tokens[open_].view(-1)
            scores, own, free = scores[open_], own[open_], free[open_]
            written = torch.cat([written[kept], last[:, None]], 1)
            memory, keys, padding, h, u = (one[kept] for one in (memory, keys, padding, h, u))
        return [max(answers)[1] if answers else [] for answers in found]


def work(arguments: argparse.Namespace) -> None:
    """One side: times what it is asked for, a line of JSON for each line that comes in."""
    model, params, sources = loaded(arguments)
    sources.sort(key=len)
    side = {"ours": Ours, "torch": Plain}[arguments.side](model, params, arguments.beam, arguments.threads)
    single = [np.append(np.resize(sources[len(sources) // 2][:-1], 12), END)]
    tasks = {
        "batch": lambda: side.write(sources),
        "single": lambda: side.write(single),
        "free": lambda: side.write(sources, forced=False),
        "peak": Ours.peak,
    }
    tasks["single"]()
    for line in sys.stdin:
        start = time.perf_counter()
        found = tasks[line.strip()]()
        seconds = time.perf_counter() - start
        print(json.dumps([seconds, found, "torch" in sys.modules]), flush=True)


def loaded(arguments: argparse.Namespace) -> tuple[EncoderDecoder, Tree, list[np.ndarray]]:
    """The model that the arguments name."""
    return given_model(arguments.model, arguments.texts) if arguments.model else random_model()


def asked(worker: Any, what: str) -> list[Any]:
    """The seconds that a worker takes for something, what it gives, and whether torch is in its process."""
    worker.stdin.write(what + "\n")
    worker.stdin.flush()
    answer: list[Any] = json.loads(worker.stdout.readline())
    return answer


def multiply_adds(model: EncoderDecoder) -> int:
    """Of one row at one step."""
    layers = [model.decoder, model.upper]
    recurrent = sum(3 * layer.outputs * (layer.inputs + layer.outputs) for layer in layers)
    return recurrent + model.readout.inputs * model.readout.outputs + model.output.outcomes * model.output.features


def main() -> None:
    """The whole, or one of its two processes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--beam", type=int, default=5)
    parser.add_argument("--model")
    parser.add_argument("--texts")
    parser.add_argument("--side", choices=("ours", "torch"))
    arguments = parser.parse_args()
    work(arguments) if arguments.side else compare(arguments)


def compare(arguments: argparse.Namespace) -> None:
    """Ask a process of each side in turn."""
    import report

    command = [sys.executable, *sys.argv, "--threads", str(arguments.threads), "--side"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = {side: subprocess.Popen([*command, side], **pipes) for side in ("ours", "torch")}
    seconds: dict[str, list[float]] = {}
    answers = {}
    timed = {"batch": ROUNDS, "single": SINGLE} | ({"free": ROUNDS} if arguments.model else {})
    for what, rounds in timed.items():
        for _ in range(rounds):
            for side, worker in workers.items():
                took, found, with_torch = asked(worker, what)
                assert with_torch == (side == "torch")
                seconds.setdefault(f"{side} {what}", []).append(took)
                answers[side, what] = found
    peak = max(asked(workers["ours"], "peak")[1] for _ in range(2))
    for worker in workers.values():
        worker.stdin.close()
        worker.wait()
    model, _, sources = loaded(arguments)
    report.write("translation_decoding", **figures(arguments, model, len(sources), seconds, answers, peak))


def figures(
    arguments: argparse.Namespace,
    model: EncoderDecoder,
    sources: int,
    seconds: dict[str, list[float]],
    answers: dict[tuple[str, str], list[list[int]]],
    peak: float,
) -> dict[str, Any]:
    """What is reported."""
    took = {name: statistics.median(times) for name, times in seconds.items()}
    ours, theirs = answers["ours", "batch"], answers["torch", "batch"]
    tokens = sum(len(ids) + 1 for ids in ours)
    rate = multiply_adds(model) * tokens * arguments.beam / took["ours batch"] / 1e9
    steps, single = len(answers["ours", "single"][0]) + 1, 4e-9 * multiply_adds(model)
    found: dict[str, Any] = {
        "threads": arguments.threads,
        "beam": arguments.beam,
        "model": arguments.model
        or "random weights: embeddings 200, GRU 320 each way, decoder 2 x GRU 320, 10,000 tokens",
        "sentences": sources,
        "tokens": tokens,
        "same_answers": round(sum(map(list.__eq__, ours, theirs)) / sources, 4),
    }
    for side in ("ours", "torch"):
        found[f"{side}_sentences_per_second"] = round(sources / took[f"{side} batch"], 1)
        found[f"{side}_tokens_per_second"] = round(tokens / took[f"{side} batch"])
        found[f"{side}_single_ms"] = round(1000 * took[f"{side} single"], 2)
    found["ratio"] = round(took["torch batch"] / took["ours batch"], 2)
    found["ratio_single"] = round(took["torch single"] / took["ours single"], 2)
    if arguments.model:
        for side in ("ours", "torch"):
            written = answers[side, "free"]
            found[f"{side}_free_sentences_per_second"] = round(sources / took[f"{side} free"], 1)
            found[f"{side}_free_tokens_per_second"] = round(sum(len(one) + 1 for one in written) / took[f"{side} free"])
        found["ratio_free"] = round(took["torch free"] / took["ours free"], 2)
        found["same_free"] = round(
            sum(map(list.__eq__, answers["ours", "free"], answers["torch", "free"])) / sources, 4
        )
    found["limit"] = (
        f"many: multiply-adds, {rate:.0f} of the {peak:.0f} billion a second that one large product reaches; "
        f"one: {1000 * single:.1f} MB of weights read at each of {steps} steps, "
        f"{single * steps / took['ours single']:.1f} GB/s"
    )
    return found


if __name__ == "__main__":
    main()
