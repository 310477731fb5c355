"""One key of a keyboard, in process: the next word at a word's end, and a letter inside a word; beside ONNX Runtime.

    python benchmarks/real_time.py [MODEL] [--steps 1500] [--threads 1]

Without MODEL: a 2 × 200 LSTM over 10,000 words with weights by chance, which takes the same time. All answer the same
question, a word read and the three best of all words named with their probabilities; their answers are compared. By
turns in blocks, medians and 99th percentiles.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import onnx
import onnxruntime
import report
import torch
from onnx import TensorProto, helper

import unrolled
from unrolled import kernels
from unrolled.arrays import flatten, unflatten
from unrolled.export import export_onnx, step_file
from unrolled.inputs.text import Text
from unrolled.keyboard import Dictionary
from unrolled.tasks.answering import LearntInput
from unrolled.tasks.next_word import NextWord

BLOCK = 100
HIDDEN = [0, 1]  # unknown and end are never suggested
Answer = tuple[list[int], list[float]]


def by_chance() -> NextWord:
    """A fitted task of the size that the figures are for."""
    task = NextWord(tokens="space", width=200, layers=2, embedding=200)
    text = Text("space", 10_000)
    text.learn([" ".join(f"w{i:04}" for i in range(9_998))])
    task.learnt_ = LearntInput(text)
    task._dictionary = Dictionary(text.tokenizer)
    rng = np.random.default_rng(0)
    initial = flatten(task.recipe().model(task.learnt_).initial(rng))
    task.weights_ = unflatten({k: np.ascontiguousarray(v, np.float32) for k, v in initial.items()})
    task.weights_.output["b"] = rng.normal(size=10_000).astype(np.float32)
    return task


def ours(task: Any) -> Callable[[int], Answer]:
    stream, number = task.stream(), {text: i for i, text in enumerate(task.input_.tokenizer.tokens)}

    def step(i: int) -> Answer:
        best = stream.feed_steps(np.array([i])).top(3)
        return [number[word] for word, _ in best], [score for _, score in best]

    return step


def session(model: Any, threads: int) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # it would take the cores from the others
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def by_numpy(file: Path, threads: int) -> Callable[[int], Answer]:
    """ONNX Runtime's probabilities, the three best found by numpy."""
    run = session(file, threads)
    names = [output.name for output in run.get_outputs()]
    state = {entry.name: np.zeros((1, entry.shape[1]), np.float32) for entry in run.get_inputs()[1:]}

    def step(i: int) -> Answer:
        answer = run.run(names, {"ids": np.array([i]), **state})
        p = answer[0][0]
        for name, value in zip(names[1:], answer[1:], strict=True):
            state[name.removesuffix("_after")] = value
        p[HIDDEN] = 0
        best = np.argpartition(p, -3)[-3:]
        best = best[np.argsort(-p[best], kind="stable")]
        return best.tolist(), p[best].tolist()

    return step


def by_graph(file: Path, threads: int, folder: Path) -> Callable[[int], Answer]:
    """The same with TopK as the graph's last node, its arrays bound once: ONNX Runtime at its best."""
    model = onnx.load(file)
    most = len(HIDDEN) + 3
    model.graph.initializer.append(helper.make_tensor("k", TensorProto.INT64, [1], [most]))
    model.graph.node.append(helper.make_node("TopK", ["probabilities", "k"], ["scores_of", "best"]))
    model.graph.output[0].CopyFrom(helper.make_tensor_value_info("scores_of", TensorProto.FLOAT, ["B", most]))
    model.graph.output.insert(1, helper.make_tensor_value_info("best", TensorProto.INT64, ["B", most]))
    onnx.save(model, folder / "top.onnx")
    run = session(folder / "top.onnx", threads)
    value = onnxruntime.OrtValue.ortvalue_from_numpy
    ids, scores = value(np.array([0])), value(np.zeros((1, most), np.float32))
    best = value(np.zeros((1, most), np.int64))
    shapes = {one.name: (1, one.shape[1]) for one in run.get_inputs()[1:]}
    places = [{name: value(np.zeros(shape, np.float32)) for name, shape in shapes.items()} for _ in "ab"]
    bindings = []
    for before, after in (places, places[::-1]):
        binding = run.io_binding()
        binding.bind_ortvalue_input("ids", ids)
        binding.bind_ortvalue_output("scores_of", scores)
        binding.bind_ortvalue_output("best", best)
        for name in shapes:
            binding.bind_ortvalue_input(name, before[name])
            binding.bind_ortvalue_output(f"{name}_after", after[name])
        bindings.append(binding)

    def step(i: int) -> Answer:
        ids.update_inplace(np.array([i]))
        run.run_with_iobinding(bindings[0])
        bindings.reverse()
        pairs = [(b, s) for b, s in zip(best.numpy()[0].tolist(), scores.numpy()[0].tolist(), strict=True) if b > 1]
        return [b for b, _ in pairs[:3]], [s for _, s in pairs[:3]]

    return step


def by_torch(task: Any) -> Callable[[int], Answer]:
    """torch.nn's own LSTM, as one would write it."""
    model, params = task.network()
    layer = torch.nn.LSTM(model.body.inputs, model.body.outputs, len(model.layers.widths), batch_first=True)
    with torch.no_grad():
        for i in range(len(model.layers.widths)):
            p = params.layers[str(i)]
            for name, values in (("weight_ih", p.U), ("weight_hh", p.W), ("bias_ih", p.b), ("bias_hh", 0 * p.b)):
                getattr(layer, f"{name}_l{i}").copy_(torch.from_numpy(values))
    words = torch.from_numpy(params.words.vectors)
    weights, bias = (torch.from_numpy(a) for a in model.output.matrix(params))
    state = None

    @torch.inference_mode()
    def step(i: int) -> Answer:
        nonlocal state
        y, state = layer(words[i][None, None], state)
        p = torch.softmax(torch.nn.functional.linear(y[0, 0], weights, bias), 0)
        p[HIDDEN] = 0
        best = p.topk(3)
        return best.indices.tolist(), best.values.tolist()

    return step


def measure(contenders: dict[str, Callable[[int], Answer]], ids: list[int]) -> dict[str, np.ndarray]:
    """Microseconds of each step of each contender, in blocks by turns, all over the same words."""
    times: dict[str, list[float]] = {name: [] for name in contenders}
    for start in range(0, len(ids), BLOCK):
        answers = []
        for name, step in contenders.items():
            given = []
            for i in ids[start : start + BLOCK]:
                began = perf_counter()
                answer = step(i)
                times[name].append((perf_counter() - began) * 1e6)
                given.append(answer)
            answers.append(given)
        for given in answers[1:]:
            for (best, scores), (other, others) in zip(answers[0], given, strict=True):
                assert best == other or np.ptp(scores) < 1e-5, (best, other)
                assert np.allclose(scores, others, atol=1e-5), (scores, others)
    return {name: np.array(taken[BLOCK:]) for name, taken in times.items()}  # the first block warms


def letters(task: Any, words: list[str]) -> np.ndarray:
    """Microseconds of each letter inside a word, typed into the keyboard."""
    keyboard, taken = task.session(), []
    for word in words:
        for place, letter in enumerate(word):
            began = perf_counter()
            keyboard.receive({"append": letter})
            if place:
                taken.append((perf_counter() - began) * 1e6)
        keyboard.receive({"append": " "})
    return np.array(taken)


def figures(times: np.ndarray) -> dict[str, float]:
    return {"median_us": round(float(np.median(times)), 1), "p99_us": round(float(np.percentile(times, 99)), 1)}


def main() -> None:
    """Measure and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", nargs="?")
    parser.add_argument("--steps", type=int, default=1500)
    parser.add_argument("--threads", type=int, default=1)
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    kernels.set_threads(a.threads)
    task = unrolled.load(a.model) if a.model else by_chance()
    rng = np.random.default_rng(1)
    ids = [1, *rng.integers(2, len(task.input_.tokenizer), a.steps + BLOCK - 1).tolist()]
    with tempfile.TemporaryDirectory() as place:
        file = step_file(export_onnx(task, Path(place) / "m.onnx")[0])
        contenders = {
            "unrolled": ours(task),
            "ONNX Runtime, then numpy": by_numpy(file, a.threads),
            "ONNX Runtime, bound, TopK in the graph": by_graph(file, a.threads, Path(place)),
            "torch.nn": by_torch(task),
        }
        contenders["unrolled"](1)  # a stream has read the end of a text already; the others have not
        for name in list(contenders)[1:]:
            contenders[name](1), contenders[name](1)
        times = measure(contenders, ids)
    mine = np.median(times["unrolled"])
    known = task.input_.tokenizer.tokens[2:]
    words = [w for w in (known[i] for i in rng.integers(0, len(known), 600)) if w.isalnum()]
    report.write(
        f"real_time_{a.threads}_thread" + "s" * (a.threads > 1),
        model=report.about_model(a.model) if a.model else "2 x 200 LSTM, 10,000 words, weights by chance",
        steps=a.steps,
        a_word=[{"by": n, **figures(t), "times_ours": round(float(np.median(t) / mine), 2)} for n, t in times.items()],
        a_letter_inside_a_word=figures(letters(task, words)),
        platform=sys.platform,
    )


if __name__ == "__main__":
    main()
