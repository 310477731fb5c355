"""Pooling over time as it goes on: what `layers.Pooling` gives for every beginning of a sequence, step by step."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import NUMPY
from unrolled.layers import Pooling

__all__ = ["begin", "go_on"]

Numbers = NDArray[np.float32]
Memory = tuple[Numbers, ...]


def begin(pool: Pooling) -> Memory:
    """The memory before the first step."""
    zeros = np.zeros(pool.width, np.float32)
    return {
        "last": (),
        "mean": (zeros, np.zeros(1, np.float32)),  # sum, steps
        "max": (np.full(pool.width, -np.inf, np.float32),),
        "attention": (zeros, np.zeros(1, np.float32), np.full(1, -1e30, np.float32)),  # Σ e^(s-m) y, Σ e^(s-m), m
    }[pool.kind]


def go_on(pool: Pooling, params: Any, y: Numbers, memory: Memory) -> tuple[Numbers, Memory]:
    """Further steps y (T, width) → the pooled vector after each of them (T, width), memory. T is at least 1."""
    if pool.kind == "last":
        return y, ()
    if pool.kind == "mean":
        total, steps = memory[0] + y.cumsum(0), memory[1] + np.arange(1, len(y) + 1, dtype=np.float32)[:, None]
        return total / steps, (total[-1], steps[-1])
    if pool.kind == "max":
        largest = np.maximum(memory[0], np.maximum.accumulate(y, axis=0))
        return largest, (largest[-1],)
    total, weight, most = memory
    scores = NUMPY.tanh(y @ params.W.T + params.b) @ params.q  # (T,)
    shift = np.maximum(most, scores.max())
    each, before = np.exp(scores - shift)[:, None], np.exp(most - shift)
    total, weight = total * before + (each * y).cumsum(0), weight * before + each.cumsum(0)
    return total / weight, (total[-1], weight[-1], shift)
