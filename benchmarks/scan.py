"""The scan kernel beside the recurrence as a loop in torch, forward and backward: one run, alternating, medians.

Two loops: over ``a[:, t]``, whose backward pass fills a whole array at each step, and over ``a.unbind(1)``, the fastest
way we know to write it. Also a whole minGRU layer with the kernel and with the second loop, and what copying costs.
glibc gives arrays of 32 MiB and more fresh pages at each call; run with MALLOC_MMAP_THRESHOLD_=2000000000 and
MALLOC_TRIM_THRESHOLD_=4000000000 in the environment to see the kernels without that.

python benchmarks/scan.py [--threads 1 2]
"""

import argparse
import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import report
import torch
from torch import Tensor

from unrolled.arrays import Layout, map_tree
from unrolled.cells import MINGRU, run
from unrolled.nn import TORCH
from unrolled.nn.scan import scan

BATCH, TIME, WIDTH = 32, 1024, 256
ROUNDS = 9
SLOW = "loop over a[:, t]"
Pass = Callable[[], Tensor]


def loop(a: Tensor, b: Tensor, h: Tensor, steps: Any) -> Tensor:
    """h′ = a ⊙ h + b; ``steps`` cuts (B, T, H) into T arrays (B, H)."""
    outputs = []
    for a_t, b_t in zip(steps(a), steps(b), strict=True):
        h = a_t * h + b_t
        outputs.append(h)
    return torch.stack(outputs, 1)


def passes() -> tuple[dict[str, Pass], dict[str, Pass], list[Tensor]]:
    """The recurrence alone and the layer, each way, and the tensors that get gradients."""
    torch.manual_seed(0)
    a, b = torch.rand(BATCH, TIME, WIDTH).requires_grad_(), torch.randn(BATCH, TIME, WIDTH).requires_grad_()
    x, h = torch.randn(BATCH, TIME, WIDTH).requires_grad_(), torch.zeros(BATCH, WIDTH)
    params = map_tree(
        lambda p: torch.tensor(p, dtype=torch.float32).requires_grad_(),
        MINGRU.initial(np.random.default_rng(0), WIDTH, WIDTH),
    )

    def layer_by_loop() -> Tensor:
        z, candidate = (x @ params.U.T + params.b).chunk(2, -1)
        z = torch.sigmoid(z)
        return loop(1 - z, z * candidate, h, lambda v: v.unbind(1))

    recurrence = {
        "scan": lambda: scan(a, b, (h,), Layout())[0],
        "loop over unbind": lambda: loop(a, b, h, lambda v: v.unbind(1)),
        SLOW: lambda: loop(a, b, h, lambda v: [v[:, t] for t in range(TIME)]),
    }
    layer = {
        "scan": lambda: run(TORCH, MINGRU, params, x, MINGRU.state(h))[0],
        "loop over unbind": layer_by_loop,
    }
    return recurrence, layer, [a, b, x, *params.values()]


def median_ms(ways: dict[str, Pass], leaves: list[Tensor]) -> dict[str, dict[str, float]]:
    """Milliseconds forward and backward of each way, by turns; the slow one, which takes a minute, runs once."""
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    gradient = torch.randn(BATCH, TIME, WIDTH)
    for round_ in range(1 + ROUNDS):
        for name, way in ways.items():
            if name == SLOW and round_ != 1:
                continue
            for leaf in leaves:
                leaf.grad = None
            began = time.perf_counter()
            y = way()
            middle = time.perf_counter()
            y.backward(gradient)
            end = time.perf_counter()
            del y
            if round_:
                times[name].append((middle - began, end - middle))
    found = {}
    for name, pairs in times.items():
        ahead, back, both = (
            [1e3 * v for v in values] for values in zip(*((f, b, f + b) for f, b in pairs), strict=True)
        )
        medians = (round(statistics.median(values), 2) for values in (ahead, back, both))
        found[name] = dict(zip(("forward", "backward", "training"), medians, strict=True))
    return found


def copy_speed(fresh: bool) -> float:
    """GB/s read and written by a copy of one such array, into memory in use or (``fresh``) newly allocated."""
    source, target, times = torch.randn(BATCH, TIME, WIDTH), torch.empty(BATCH, TIME, WIDTH), []
    target.zero_()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        copied = source.clone() if fresh else target.copy_(source)
        times.append(time.perf_counter() - began)
        del copied
    return round(2 * source.nbytes / statistics.median(times) / 1e9, 2)


def measure(threads: int) -> dict[str, Any]:
    """All with this many threads."""
    torch.set_num_threads(threads)
    recurrence, layer, leaves = passes()
    scans, layers = median_ms(recurrence, leaves), median_ms(layer, leaves)
    copies = copy_speed(fresh=False), copy_speed(fresh=True)
    nbytes = 4 * BATCH * TIME * WIDTH
    speed = [round(n * nbytes / scans["scan"][what] / 1e6, 2) for n, what in ((3, "forward"), (5, "backward"))]
    return {
        "threads": threads,
        "scan_ms": scans,
        "ratio": {name: round(at["training"] / scans["scan"]["training"], 2) for name, at in scans.items()},
        "mingru_layer_ms": layers,
        "mingru_layer_ratio": round(layers["loop over unbind"]["training"] / layers["scan"]["training"], 2),
        "copy_gb_per_second": {"into memory in use": copies[0], "into new memory": copies[1]},
        "scan_gb_per_second": {"forward": speed[0], "backward": speed[1]},
    }


def main() -> None:
    """Measure with each number of threads."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    kept = "MALLOC_MMAP_THRESHOLD_" in os.environ
    report.write(
        "scan_memory_kept" if kept else "scan",
        shape=f"B {BATCH}, T {TIME}, H {WIDTH}, float32, forward and backward; the layer reads {WIDTH} inputs",
        large_arrays="kept by the allocator" if kept else "new pages at each call",
        runs=[measure(threads) for threads in parser.parse_args().threads],
    )


if __name__ == "__main__":
    main()
