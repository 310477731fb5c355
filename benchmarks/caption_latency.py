"""Milliseconds of one description from a decoded picture, beside the same model and search in plain torch.

    python benchmarks/caption_latency.py MODEL [--photos FOLDER] [--threads 1] [--rounds 50]

MODEL is a folder of `unrolled fit caption` whose encoder is a pretrained network. Three processes answer by turns, each
on as many threads: ours with ONNX Runtime for the encoder, ours with numpy alone, both without torch, and torch, as a
competent user writes it: nn.GRUCell, keys of the memory made once, driven by the same search. Medians over pictures, of
which each process is given the same: `decoder` is a picture whose features are known, `whole` one that is new.

What binds the decoder is reading its weights: each step of the search reads all of them but the word vectors, once for
the whole beam. `reading_ms` is how long that takes alone, at the best rate that this core reached in the same process.
"""

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import unrolled
from unrolled import kernels
from unrolled.arrays import Tree, flatten, map_tree
from unrolled.decoding import Stepped
from unrolled.kernels.steps import Output
from unrolled.models.encoder_decoder import EncoderDecoder
from unrolled.settings import Search
from unrolled.sources.pictures import read_picture

BEAM, DIFFERENT, SIDE, WARM_UP = 3, 16, 224, 2
SIDES = "onnxruntime", "numpy", "torch"


def pictures(folder: Path | None, count: int) -> list[NDArray[np.uint8]]:
    """Photos of a folder, or squares of random colours; all different, as nothing is looked at twice."""
    rng = np.random.default_rng(0)
    if folder is None:
        kept = [rng.integers(0, 256, (8, 8, 3), np.uint8).repeat(SIDE // 8, 0).repeat(SIDE // 8, 1)] * DIFFERENT
    else:
        kept = [read_picture(path) for path in sorted(folder.rglob("*.jpg"))[:DIFFERENT]]
    found = [kept[at % len(kept)].copy() for at in range(count)]
    for at, picture in enumerate(found):
        picture[0, 0] = at % 256, at // 256, 0
    return found


class Plain:
    """What stands for the frozen decoder: the same model in torch."""

    def __init__(self, model: EncoderDecoder, params: Tree) -> None:
        import torch

        simple = model.upper is None and not model.feeding and model.pointer is None and model.output.tied
        if not simple or model.decoder.cell.name != "gru" or model.attention.kind != "general":
            raise SystemExit("the peer in torch knows one layer of GRU, general attention and tied vectors")
        self.torch, self.model, self.params = torch, model, params
        self.weights = p = map_tree(lambda array: torch.from_numpy(np.array(array)), params)
        self.cell = torch.nn.GRUCell(model.decoder.inputs, model.decoder.outputs)
        layer = p.decoder["0"]
        biases = layer.b, torch.cat([torch.zeros(2 * len(layer.b_n)), layer.b_n])
        with torch.no_grad():
            for own, given in zip(self.cell.parameters(), (layer.U, layer.W, *biases), strict=True):
                own.copy_(given)

    def read(self, sources: NDArray[Any], lengths: NDArray[np.int64], only_copied: Sequence[int] = ()) -> "PlainWriter":
        """See `unrolled.inference.frozen_decoder.FrozenDecoder`."""
        assert len(sources) == 1
        return PlainWriter(self, self.torch.from_numpy(sources[0]))


class PlainWriter:
    """A `unrolled.decoding.base.Writer` of one picture."""

    def __init__(self, plain: Plain, features: Any) -> None:
        p, torch = plain.weights, plain.torch
        self._plain, self.lengths = plain, np.array([len(features)])
        with torch.inference_mode():
            self._memory = torch.tanh(features @ p.grid.W.T + p.grid.b)
            self._keys = self._memory @ p.attention.W.T
            self._start = torch.tanh(self._memory.mean(0)[None] @ p.bridge.W.T + p.bridge.b)

    def start(self) -> Any:
        """See `Writer`."""
        return self._start

    def step(self, ids: NDArray[np.int64], state: Any) -> tuple[Stepped, Any]:
        """See `Writer`."""
        p, torch = self._plain.weights, self._plain.torch
        with torch.inference_mode():
            y = p.words.vectors[torch.from_numpy(ids)]
            h = self._plain.cell(y, state)
            weights = (h @ self._keys.T).softmax(1)
            read = torch.cat([h, weights @ self._memory, y], 1)
            features = torch.tanh(read @ p.readout.W.T + p.readout.b)
            scores = (features @ p.words.vectors.T + p.output.b).log_softmax(1)
        return Stepped(scores.numpy(), weights.numpy()), h

    def select(self, state: Any, rows: NDArray[np.int64]) -> Any:
        """See `Writer`."""
        return state[self._plain.torch.from_numpy(rows)]


def loaded(arguments: argparse.Namespace) -> Any:
    """The task as this process runs it."""
    if arguments.side == "numpy":
        sys.modules["onnxruntime"] = None  # type: ignore[assignment]  as where it is not installed
    kernels.set_threads(arguments.threads)
    task: Any = unrolled.load(arguments.model)
    reader = task.captions_.reader
    if reader.name == "cnn":
        raise SystemExit(f"{arguments.model} reads pictures by a network of its own; expected a pretrained encoder")
    if arguments.side == "torch":
        import torch

        from unrolled.pictures.runtime import runner

        torch.set_num_threads(arguments.threads)
        network = reader._network
        vars(reader)["_run"] = runner(network.network, network.params, "torch", arguments.threads)
        task._frozen = Plain(*task.network())  # what `Transducer.frozen` gives from now on
        task._frozen.params = task.weights_
    return task


def reading(model: EncoderDecoder, params: Tree) -> tuple[float, float]:
    """Megabytes that a step of the search reads, and gigabytes a second of a product with more than a cache holds."""
    read = [params.decoder, params.get("attention", Tree()), params.readout, params.output]
    count = sum(array.size for part in read for array in flatten(part).values()) + params.words.vectors.size
    layer, x = Output(np.zeros((16_384, 512), np.float32), np.zeros(16_384, np.float32)), np.zeros((BEAM, 512), "f")
    best = min(timed(lambda: layer.best(x, 8))[0] for _ in range(15))
    return 4e-6 * count, 4 * 16_384 * 512 / best / 1e9


def timed(call: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds, and what comes out."""
    began = time.perf_counter()
    found = call()
    return time.perf_counter() - began, found


def work(arguments: argparse.Namespace) -> None:
    """One side: for each line that comes in, which is a picture's number, a line of JSON."""
    task, given = loaded(arguments), pictures(arguments.photos, arguments.rounds + WARM_UP)
    search = Search(beam=BEAM)
    for line in sys.stdin:
        if not line.strip().isdigit():
            print(json.dumps(reading(*task.network())), flush=True)
            continue
        picture = given[int(line)]
        whole, _ = timed(lambda: task.predict(picture, search=search))  # noqa: B023  called at once
        decoder, found = timed(lambda: task.align([picture], search=search)[0][0])  # noqa: B023
        measured = {"whole": whole, "decoder": decoder, "ids": [int(i) for i in found.ids]}
        print(json.dumps(measured | {"torch": "torch" in sys.modules}), flush=True)


def asked(worker: Any, what: object) -> Any:
    """What a worker answers."""
    worker.stdin.write(f"{what}\n")
    worker.stdin.flush()
    return json.loads(worker.stdout.readline())


def compare(arguments: argparse.Namespace) -> None:
    """Ask a process of each side in turn."""
    import report

    command = [sys.executable, *sys.argv, "--threads", str(arguments.threads), "--side"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    workers = {side: subprocess.Popen([*command, side], **pipes) for side in SIDES}
    answers: dict[str, list[Any]] = {side: [] for side in SIDES}
    for at in range(arguments.rounds + WARM_UP):
        for side, worker in workers.items():
            answers[side].append(asked(worker, at))
            assert answers[side][-1]["torch"] == (side == "torch")
    megabytes, rate = asked(workers["numpy"], "reading")
    for worker in workers.values():
        worker.stdin.close()
        worker.wait()
    kept = {side: several[WARM_UP:] for side, several in answers.items()}
    tokens = statistics.mean(len(answer["ids"]) + 1 for answer in kept["numpy"])
    report.write(
        "caption_latency",
        model=report.about_model(arguments.model),
        threads=arguments.threads,
        beam=BEAM,
        pictures=f"{arguments.rounds}, {'photos' if arguments.photos else 'squares of random colours'}",
        tokens=round(tokens, 1),
        milliseconds={side: figures(several) for side, several in kept.items()},
        times_as_fast_as_torch={what: ratio(kept, what) for what in ("decoder", "whole")},
        same_answers=statistics.mean(ours["ids"] == theirs["ids"] for ours, theirs in zip(*both(kept), strict=True)),
        megabytes_read_a_step=round(megabytes, 2),
        gigabytes_a_second=round(rate, 1),
        reading_ms=round(megabytes * tokens / rate, 1),
    )


def both(kept: dict[str, list[Any]]) -> tuple[list[Any], list[Any]]:
    """Ours, and those of torch."""
    return kept["onnxruntime"], kept["torch"]


def figures(answers: list[Any]) -> dict[str, float]:
    """Medians and the fastest, in milliseconds."""
    found = {what: [1000 * answer[what] for answer in answers] for what in ("decoder", "whole")}
    medians = {what: round(statistics.median(values), 2) for what, values in found.items()}
    return medians | {f"{what}_fastest": round(min(values), 2) for what, values in found.items()}


def ratio(kept: dict[str, list[Any]], what: str) -> float:
    """The median of the single rounds."""
    return round(statistics.median(theirs[what] / ours[what] for ours, theirs in zip(*both(kept), strict=True)), 2)


def main() -> None:
    """The whole, or one of its processes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--side", choices=SIDES)
    arguments = parser.parse_args()
    work(arguments) if arguments.side else compare(arguments)


if __name__ == "__main__":
    main()
