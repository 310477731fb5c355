"""What `accelerate` finds on the user's own batch: torch beside itself, then beside the kernels; and the times."""

import dataclasses
import math
import statistics
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.module import register_module_forward_hook
from torch.nn.parameter import is_lazy
from torch.nn.utils.rnn import PackedSequence
from torch.utils._pytree import tree_flatten

from unrolled.errors import InputError
from unrolled.nn import twins
from unrolled.nn.snapshot import Snapshot

__all__ = ["Change", "report", "switch", "tensors", "verified"]

ROUNDS = 7


class Change(NamedTuple):
    """A layer, and its class before and after."""

    name: str
    layer: nn.Module
    before: type[nn.Module]
    after: type[nn.Module]


class Verification(NamedTuple):
    """What was found."""

    outputs: float  # largest difference in an output, relative to the largest of that output, where that is above 1
    gradients: float | None  # likewise in a gradient; None where there is none
    unsteady: float  # the largest such difference between two runs of torch
    seconds_before: float  # median of a forward and backward pass
    seconds_after: float
    changed: int  # modules that got another class
    accelerated: int  # those of them that run in the kernels
    stayed: dict[str, str]  # modules that stay on torch, and why

    @property
    def speed_up(self) -> float:
        """How many times as fast a pass is after as before."""
        return self.seconds_before / self.seconds_after


def switch(changes: list[Change], to: str) -> None:
    """Give each layer its class ``to``, "before" or "after"."""
    for change in changes:
        object.__setattr__(change.layer, "__class__", getattr(change, to))


def verified(model: nn.Module, changes: list[Change], kept: dict[str, str], batch: object) -> Verification:
    """Run before and after, always from the same state; leaves the changes made, or, where a run fails, not made."""
    stayed, times = dict(kept), dict[str, list[float]](before=[], after=[])
    run = _Run(model, batch)
    try:
        first, second = run(), run()
        switch(changes, "after")
        with _watching(changes, stayed):
            fast = run()
        for _ in range(ROUNDS):
            for to, seconds in times.items():
                switch(changes, to)
                run.state.restore()
                began = time.perf_counter()
                run.call()
                seconds.append(time.perf_counter() - began)
    except BaseException:
        switch(changes, "before")
        raise
    finally:
        run.state.restore()
    before, after = (statistics.median(seconds) for seconds in times.values())
    unsteady = max(_difference(first[i], second[i]) for i in range(2))
    count = len(changes) - sum(change.name in stayed for change in changes)
    outputs = _difference(first[0], fast[0])
    gradients = _difference(first[1], fast[1]) if first[1] else None
    return Verification(outputs, gradients, unsteady, before, after, len(changes), count, stayed)


@contextmanager
def _watching(changes: list[Change], kept: dict[str, str]) -> Iterator[None]:
    """Enter in ``kept`` each twin whose call does not run in the kernel, and why."""

    names = {id(change.layer): change.name for change in changes}

    def see(layer: nn.Module, *_: object) -> None:
        path = twins.last_path()
        if id(layer) in names and path is not None and path.name != "kernel":
            kept[names[id(layer)]] = str(path.reason)

    handle = register_module_forward_hook(see)  # for all modules: a layer's own hooks are part of its state
    try:
        yield
    finally:
        handle.remove()


class _Run:
    """A call: forward and backward, always from the same state → outputs, gradients."""

    def __init__(self, model: nn.Module, batch: object) -> None:
        self.model, self.batch = model, batch
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        if any(map(is_lazy, model.parameters())):  # the first call makes these, with random numbers
            with torch.random.fork_rng(devices=[]):
                self._forward()
        self.state = Snapshot(model, batch)

    def __call__(self) -> tuple[list[Tensor], list[Tensor]]:
        self.state.restore()
        return self.call()

    def call(self) -> tuple[list[Tensor], list[Tensor]]:
        """Once, from the state as it is."""
        with torch.enable_grad():
            outputs = list(tensors(self._forward()))
            if not outputs:
                raise InputError("the model gives no tensor to compare; expected tensors, in tuples, lists or dicts")
            seen = [t for t in outputs if t.is_floating_point() and t.requires_grad]
            if not seen or not self.parameters:
                return [t.detach().clone() for t in outputs], []
            gradients = torch.autograd.grad(seen, self.parameters, [_weighting(t) for t in seen], allow_unused=True)
        return [t.detach().clone() for t in outputs], [g for g in gradients if g is not None]

    def _forward(self) -> object:
        if isinstance(self.batch, Mapping):
            return self.model(**self.batch)
        if isinstance(self.batch, tuple | list) and not hasattr(self.batch, "_fields"):  # a packed sequence has fields
            return self.model(*self.batch)
        return self.model(self.batch)


def tensors(output: object) -> Iterator[Tensor]:
    """Every tensor and array of numbers in what a model gives."""
    for leaf in tree_flatten(output)[0]:
        if isinstance(leaf, Tensor):
            yield leaf
        elif isinstance(leaf, np.ndarray) and leaf.dtype.kind in "biuf":
            yield torch.tensor(leaf)
        elif isinstance(leaf, PackedSequence):
            yield leaf.data
        elif dataclasses.is_dataclass(leaf) and not isinstance(leaf, type):
            for field in dataclasses.fields(leaf):
                yield from tensors(getattr(leaf, field.name))


def _weighting(t: Tensor) -> Tensor:
    """A gradient that differs from element to element, so that none can hide behind another."""
    return torch.linspace(-1, 1, t.numel(), dtype=t.dtype, device=t.device).view(t.shape)


def _difference(before: list[Tensor], after: list[Tensor]) -> float:
    if [t.shape for t in before] != [t.shape for t in after]:
        return math.inf
    worst = 0.0
    for a, b in zip(before, after, strict=True):
        if a.numel():
            x, y = a.double(), b.double()
            same = (x == y) | (x.isnan() & y.isnan())
            scale = max(1.0, float(x[x.isfinite()].abs().max())) if bool(x.isfinite().any()) else 1.0
            largest = float(torch.where(same, 0, (x - y).abs() / scale).max())
            worst = largest if math.isnan(largest) else max(worst, largest)
            if math.isnan(worst):
                break
    return worst


def report(measured: Verification) -> str:
    """What was found, in words."""
    before, after, speed_up = measured.seconds_before * 1e3, measured.seconds_after * 1e3, measured.speed_up
    gradients = measured.gradients
    lines = [
        f"recurrent modules accelerated: {measured.accelerated}",
        f"largest difference in outputs:   {measured.outputs:.1e}",
        f"largest difference in gradients: {'none to compare' if gradients is None else f'{gradients:.1e}'}",
    ]
    if measured.unsteady != 0:
        lines.append(
            f"torch alone differs by {measured.unsteady:.1e} between two runs of this model, which keeps state or "
            "draws numbers that cannot be set back: as much of the differences above is its own"
        )
    slower = measured.accelerated > 0 and speed_up < 1
    lines.append(
        f"forward and backward: {before:.2f} ms before, {after:.2f} ms after: {speed_up:.2f} times as fast"
        + ("; this model is better left to torch" if slower else "")
    )
    if not measured.changed:
        lines.append("nothing was changed: what can be accelerated is already")
    stays = (f"stays on torch: {name or 'the model itself'}: {why}" for name, why in measured.stayed.items())
    return "\n".join([*lines, *stays])
