"""`unrolled bench`, and the timing beneath it: structure and refusals; never a time."""

import json
import os
import sys
from functools import partial

import numpy as np
import pytest

from unrolled import kernels
from unrolled.bench import contenders, machine, rows, table, timing
from unrolled.bench.shapes import Shape, check
from unrolled.commands import bench as command
from unrolled.errors import InputError, UnrolledError

TINY = Shape(3, 4, 5, 6)
CELLS = ("rnn", "gru", "lstm")

pytestmark = pytest.mark.skipif(not kernels.NATIVE, reason="there are no kernels to measure")


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    """As few rounds as there can be."""
    alternate = timing.alternate
    monkeypatch.setattr(rows, "alternate", lambda calls, *_: alternate(calls, rounds=1, sample=0.0))


@pytest.fixture
def run(run_command):
    """Run `unrolled bench` → exit code, standard output, standard error."""
    return partial(run_command, "bench")


SIZES = ("--batch", 3, "--time", 4, "--inputs", 5, "--hidden", 6, "--threads", 1)


def test_contenders_take_turns_after_a_warm_up(monkeypatch):
    now, calls = [0.0], []
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now[0])

    def takes(name, seconds):
        def call():
            calls.append(name)
            now[0] += seconds

        return call

    measured = timing.alternate({"a": takes("a", 2.0), "b": takes("b", 0.5)}, rounds=3, sample=1.0)
    assert "".join(calls) == "aa" + "bbbb" + "abbb" * 3
    assert measured.seconds("a") == 2.0
    assert measured.ratio("a", "b") == 4.0


def test_a_ratio_is_the_median_of_each_rounds_own():
    slowed = timing.Timing({"other": [2.0, 20.0, 3.0], "unrolled": [1.0, 10.0, 1.0]})
    assert slowed.ratio("other", "unrolled") == 2.0
    assert slowed.seconds("unrolled") == 1.0
    assert timing.geometric_mean([0.5, 2.0]) == pytest.approx(1.0)


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("training", [False, True])
def test_the_contenders_compute_the_same(cell, training):
    sequence = contenders.sequence(cell, TINY, training, threads=1)
    ragged = contenders.ragged(cell, TINY, training)
    assert {"torch", "unrolled"} <= sequence.keys()
    assert ragged.keys() == {"torch", "packed", "unrolled"}
    for calls in (sequence, ragged):
        contenders.agreeing(calls)
    assert len(sequence["torch"]()) == (5 if training else TINY.time)  # the gradients of x and four weights, or y


@pytest.mark.parametrize("cell", CELLS)
@pytest.mark.parametrize("batch", [1, 4])
def test_every_way_to_take_one_step_gives_the_same_state(cell, batch):
    calls = contenders.step(cell, batch, 5, 6)
    assert {"torch", "torch cell", "twin", "twin cell", "unrolled"} <= calls.keys()
    assert all(np.shape(call()) == (batch, 6) for name, call in calls.items() if name != "onnxruntime bound")
    contenders.agreeing(contenders.step(cell, batch, 5, 6))


@pytest.mark.parametrize("cell", CELLS)
def test_a_stream_in_onnx_runtime_carries_its_state(cell):
    pytest.importorskip("onnxruntime")
    pytest.importorskip("onnx")
    from unrolled.bench.onnx_runtime import OneNode

    theirs, _ = contenders.layer(cell, TINY)
    node = OneNode(cell, tuple(w.detach().numpy() for w in theirs.parameters()), 1)
    x = np.random.default_rng(0).standard_normal((4, 3, 5), np.float32)
    zeros = [np.zeros((1, 3, 6), np.float32)] * (2 if cell == "lstm" else 1)
    whole = node(x, *zeros)[0][:, 0]
    stream = node.bound(x[:1], *zeros)
    assert np.allclose([stream(x[t : t + 1])[0, 0].copy() for t in range(4)], whole, atol=1e-6)


def test_contenders_that_disagree_are_not_timed():
    with pytest.raises(UnrolledError, match=r"unrolled and torch differ by 1\.0e\+00"):
        contenders.agreeing({"torch": lambda: np.ones(2), "unrolled": lambda: np.zeros(2)})
    with pytest.raises(UnrolledError, match="nan"):
        contenders.agreeing({"torch": lambda: np.full(2, np.nan), "unrolled": lambda: np.zeros(2)})


def test_a_measurement_restores_the_threads_of_torch():
    import torch

    before = torch.get_num_threads()
    row = rows.measure(("forward", "gru", TINY, 2), {"torch": torch.get_num_threads, "unrolled": lambda: 2})
    assert torch.get_num_threads() == before
    assert row.ratios["unrolled"] == 1.0
    assert row.as_json() | {"microseconds": {}, "ratios": {}, "gflops": 0} == {
        **{"what": "forward", "cell": "gru", "batch": 3, "time": 4, "inputs": 5, "hidden": 6, "threads": 2},
        **{"microseconds": {}, "ratios": {}, "gflops": 0},
    }


def test_work_is_counted_as_the_products_with_the_weights():
    assert Shape(2, 3, 5, 7).flops("lstm") == 2 * 2 * 3 * 4 * 7 * (5 + 7)
    assert Shape(2, 3, 5, 7).flops("gru", training=True) == 3 * 2 * 2 * 3 * 3 * 7 * (5 + 7)
    assert Shape(1, 1, 50, 200).weight_bytes("lstm") == 800_000


def test_times_are_printed_with_three_digits():
    shown = [table.time(seconds) for seconds in (4.2678e-6, 0.0135, 1.0, 123.4e-6, 2e-9)]
    assert shown == ["4.27 µs", "13.5 ms", "1.00 s", "123 µs", "0.00 µs"]


def test_the_table(run):
    code, out, err = run(*SIZES)
    assert (code, err) == (0, "")
    for part in ("unrolled 0.1.0", "torch 2", kernels.info()["instruction_set"], "measured", "3·4·5·6", "1·1·5·6", "×"):
        assert part in out
    for what in ("forward", "training", "ragged training", "step"):
        assert [line.split(what)[1].split()[0] for line in out.splitlines() if line.startswith(what)] == list(CELLS)


def test_json_has_every_measurement(run):
    code, out, _ = run(*SIZES, "--json", "--cell", "lstm", "--cell", "rnn")
    assert code == 0
    report = json.loads(out)
    assert report["machine"] == machine.about()
    measured = [(row["cell"], row["what"], row["threads"]) for row in report["rows"]]
    whats = ("forward", "training", "ragged training", "step")
    assert measured == [(cell, what, 1) for cell in ("lstm", "rnn") for what in whats]
    for row in report["rows"]:
        assert row["microseconds"].keys() - {"unrolled"} == row["ratios"].keys()
        assert min(row["microseconds"].values()) > 0


def test_without_onnx_runtime_the_rest_is_measured(run, monkeypatch):
    monkeypatch.setattr(contenders, "find_spec", lambda _: None)
    report = json.loads(run(*SIZES, "--json", "--cell", "gru")[1])
    assert all("onnxruntime" not in row["ratios"] for row in report["rows"])
    assert len(report["rows"]) == 4


def test_ctrl_c_prints_what_is_measured_so_far(run, monkeypatch):
    measure, calls = rows.measure, []

    def stop_at_the_third(*arguments):
        calls.append(arguments)
        if len(calls) == 3:
            raise KeyboardInterrupt
        return measure(*arguments)

    monkeypatch.setattr(rows, "measure", stop_at_the_third)
    code, out, _ = run(*SIZES, "--json")
    assert code == 130
    assert [row["what"] for row in json.loads(out)["rows"]] == ["forward", "training"]
    monkeypatch.setattr(command, "_plan", lambda *_: [stop_at_the_third])
    calls[1:] = [()]
    code, out, _ = run()
    assert code == 130
    assert "measured" not in out


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("--hidden", 0), ("hidden is 0", "1 or more")),
        (("--batch", -3), ("batch is -3",)),
        (("--time", "long"), ("--time is 'long'", "whole number")),
        (("--hidden", 10**7), ("GiB", "10000000")),
        (("--cell", "lstn"), ("'lstn'", "rnn, gru, lstm")),
        (("--threads", 0), ("threads is 0", "1 to")),
        (("--threads", 10**6), ("threads is 1000000", f"1 to {os.cpu_count()}")),
    ],
)
def test_bad_input_is_refused_before_anything_runs(run, words, parts):
    code, out, err = run(*words)
    assert (code, out) == (2, "")
    for part in parts:
        assert part in " ".join(err.replace("│", " ").split())


def test_without_torch_the_extra_is_named(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    code, out, err = run(*SIZES)
    assert (code, out) == (2, "")
    assert "unrolled[train]" in err


def test_without_kernels_there_is_nothing_to_measure(run, monkeypatch):
    monkeypatch.setattr(kernels, "NATIVE", False)
    code, out, err = run(*SIZES)
    assert (code, out) == (1, "")
    assert "native extension" in err


def test_sizes_are_checked_against_the_memory_there_is(monkeypatch):
    from unrolled.bench import shapes

    monkeypatch.setattr(shapes, "memory_bytes", lambda: 0)  # a system that does not say
    check(Shape(10**6, 10**6, 1, 1), "rnn")
    monkeypatch.setattr(shapes, "memory_bytes", lambda: 2**20)
    check(Shape(1, 1, 10, 10), "lstm")
    with pytest.raises(InputError, match="GiB"):
        check(Shape(100, 100, 10, 10), "lstm")
