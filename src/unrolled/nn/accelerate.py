"""One line for any PyTorch model: every recurrent layer inside becomes its twin, in place."""

import logging
import math
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.utils._pytree import tree_flatten

from unrolled.errors import InputError
from unrolled.nn import twins

__all__ = ["accelerate"]

Model = TypeVar("Model", bound=nn.Module)
TWIN: dict[type[nn.Module], type[nn.Module]] = {
    nn.RNN: twins.RNN,
    nn.LSTM: twins.LSTM,
    nn.GRU: twins.GRU,
    nn.RNNCell: twins.RNNCell,
    nn.LSTMCell: twins.LSTMCell,
    nn.GRUCell: twins.GRUCell,
}
ROUNDS = 7


class _Verification(NamedTuple):
    """What `accelerate` found on the user's own batch."""

    outputs: float  # largest difference in an output, relative to the largest of that output, where that is above 1
    gradients: float  # likewise in a gradient
    seconds_before: float  # median of a forward and backward pass
    seconds_after: float
    accelerated: int  # modules that run in the kernels now
    stayed: dict[str, str]  # modules that stay on torch, and why

    @property
    def speed_up(self) -> float:
        """How many times as fast a pass is after as before."""
        return self.seconds_before / self.seconds_after


def accelerate(model: Model, verify: object = None) -> Model:
    """Make every torch.nn.RNN, LSTM and GRU (and their cells) in ``model`` its twin, in place; returns the model.

    Parameters, names, hooks and attributes stay the same objects: only the class changes. With ``verify``, a batch as
    the model takes it (a tensor; a tuple or list of arguments; a dict), runs it before and after, forward and
    backward, and prints the largest differences, the speed-up and what stayed on torch; the model's gradients, buffers
    and mode and torch's random numbers are left as they were. Where that run fails, its error is raised and the model
    is as it was. Raises InputError where ``model`` is no module, or gives no tensor to compare.
    """
    if not isinstance(model, nn.Module):
        raise InputError(f"received a {type(model).__name__}; expected a torch.nn.Module")
    changes = [
        _Change(name, module, type(module), after)
        for name, module in model.named_modules()
        if (after := _twin(type(module))) is not None
    ]
    if not changes:
        twin = any(isinstance(module, tuple(TWIN.values())) for module in model.modules())
        reason = "it is accelerated already" if twin else "there is no torch.nn.RNN, LSTM or GRU in it"
        logging.getLogger("unrolled").warning("accelerate changed nothing in %s: %s", type(model).__name__, reason)
    if verify is None:
        _switch(changes, "after")
        return model
    print(_report(_verified(model, changes, verify)))
    return model


class _Change(NamedTuple):
    name: str
    module: nn.Module
    before: type[nn.Module]
    after: type[nn.Module]


def _twin(kind: type[nn.Module]) -> type[nn.Module] | None:
    """The twin of a class; of a class that `parametrize` made of torch's, one like it on the twin."""
    if kind in TWIN:
        return TWIN[kind]
    parent = kind.__bases__[0]
    if parent in TWIN and kind.__module__ == parametrize.__name__:
        members = {name: value for name, value in vars(kind).items() if name not in ("__dict__", "__weakref__")}
        return type(kind.__name__, (TWIN[parent],), members)
    return None


def _switch(changes: list[_Change], to: str) -> None:
    """Give each module its class ``to``, "before" or "after"."""
    for change in changes:
        change.module.__class__ = getattr(change, to)


def _verified(model: nn.Module, changes: list[_Change], batch: object) -> _Verification:
    results: dict[str, tuple[list[Tensor], list[Tensor]]] = {}
    times: dict[str, list[float]] = {"before": [], "after": []}
    kept = _kept_by_class(model)
    run = _Run(model, batch)
    try:
        for to in times:
            _switch(changes, to)
            with _watching(changes if to == "after" else [], kept):
                results[to] = run()
        for _ in range(ROUNDS):
            for to, seconds in times.items():
                _switch(changes, to)
                began = time.perf_counter()
                run()
                seconds.append(time.perf_counter() - began)
        (y, grads), (fast_y, fast_grads) = results["before"], results["after"]
        outputs, gradients = _difference(y, fast_y), _difference(grads, fast_grads)
    except BaseException:
        _switch(changes, "before")
        raise
    finally:
        run.restore()
    before, after = (statistics.median(seconds) for seconds in times.values())
    count = len(changes) - sum(change.name in kept for change in changes)
    return _Verification(outputs, gradients, before, after, count, kept)


def _kept_by_class(model: nn.Module) -> dict[str, str]:
    """Recurrent modules that have no twin, and why."""
    return {
        name: f"{type(module).__name__} is a class of one's own, whose forward may differ"
        for name, module in model.named_modules()
        if isinstance(module, nn.RNNBase | nn.RNNCellBase)
        and not isinstance(module, tuple(TWIN.values()))
        and _twin(type(module)) is None
    }


@contextmanager
def _watching(changes: list[_Change], kept: dict[str, str]) -> Iterator[None]:
    """Enter in ``kept`` each twin whose call does not run in the kernel, and why."""

    def watch(name: str) -> Callable[..., None]:
        def see(*_: object) -> None:
            path = twins.last_path()
            if path is not None and path.name != "kernel":
                kept[name] = str(path.reason)

        return see

    handles = [change.module.register_forward_hook(watch(change.name)) for change in changes]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


class _Run:
    """A call: forward and backward, always from the same buffers and random state → outputs, gradients."""

    def __init__(self, model: nn.Module, batch: object) -> None:
        self.model, self.batch = model, batch
        self.parameters = [p for p in model.parameters() if p.requires_grad]
        self.seed = torch.get_rng_state()
        self.buffers = [
            (module._buffers, name, buffer, buffer.detach().clone())
            for module in model.modules()
            for name, buffer in module._buffers.items()
            if buffer is not None
        ]

    def restore(self) -> None:
        """Set the buffers and torch's random state as they were when this began."""
        torch.set_rng_state(self.seed)
        with torch.no_grad():
            for buffers, name, buffer, before in self.buffers:
                buffers[name] = buffer
                buffer.copy_(before)

    def __call__(self) -> tuple[list[Tensor], list[Tensor]]:
        self.restore()
        with torch.enable_grad():
            outputs = [t for t in tree_flatten(self._forward())[0] if isinstance(t, Tensor)]
            if not outputs:
                raise InputError("the model gives no tensor to compare; expected tensors, in tuples, lists or dicts")
            seen = [t for t in outputs if t.is_floating_point() and t.requires_grad]
            if not seen or not self.parameters:
                return [t.detach() for t in outputs], []
            gradients = torch.autograd.grad(seen, self.parameters, [_weighting(t) for t in seen], allow_unused=True)
        return [t.detach() for t in outputs], [g for g in gradients if g is not None]

    def _forward(self) -> object:
        if isinstance(self.batch, dict):
            return self.model(**self.batch)
        return self.model(*self.batch) if isinstance(self.batch, tuple | list) else self.model(self.batch)


def _weighting(t: Tensor) -> Tensor:
    """A gradient that differs from element to element, so that none can hide behind another."""
    return torch.linspace(-1, 1, t.numel(), dtype=t.dtype, device=t.device).view(t.shape)


def _difference(before: list[Tensor], after: list[Tensor]) -> float:
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


def _report(measured: _Verification) -> str:
    before, after, speed_up = measured.seconds_before * 1e3, measured.seconds_after * 1e3, measured.speed_up
    return "\n".join(
        [
            f"recurrent modules accelerated: {measured.accelerated}",
            f"largest difference in outputs:   {measured.outputs:.1e}",
            f"largest difference in gradients: {measured.gradients:.1e}",
            f"forward and backward: {before:.2f} ms before, {after:.2f} ms after: {speed_up:.2f} times as fast"
            + ("" if speed_up >= 1 else "; this model is better left to torch"),
            *(f"stays on torch: {name or 'the model itself'}: {why}" for name, why in measured.stayed.items()),
        ]
    )
