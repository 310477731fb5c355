"""One line for any PyTorch model: every recurrent layer inside becomes its twin, in place."""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, TypeVar

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.utils._pytree import tree_flatten

from unrolled.errors import InputError
from unrolled.nn import twins

__all__ = ["Verification", "accelerate"]

Model = TypeVar("Model", bound=nn.Module)
TWINS: dict[type[nn.Module], type[nn.Module]] = {
    nn.RNN: twins.RNN,
    nn.LSTM: twins.LSTM,
    nn.GRU: twins.GRU,
    nn.RNNCell: twins.RNNCell,
    nn.LSTMCell: twins.LSTMCell,
    nn.GRUCell: twins.GRUCell,
}
ROUNDS = 7


class Verification(NamedTuple):
    """What `accelerate` found on the user's own batch."""

    outputs: float  # largest difference in an output, relative to the largest of that output, where that is above 1
    gradients: float  # likewise in a gradient
    seconds_before: float  # median of a forward and backward pass
    seconds_after: float
    stayed: dict[str, str]  # modules that stay on torch, and why

    @property
    def speed_up(self) -> float:
        return self.seconds_before / self.seconds_after


def accelerate(model: Model, verify: Any = None) -> Model:
    """Make every torch.nn.RNN, LSTM and GRU (and their cells) in ``model`` its twin, in place; returns the model.

    Parameters, names, hooks and attributes stay the same objects: only the class changes. With ``verify``, a batch as
    the model takes it (a tensor; a tuple of arguments; a dict of named ones), runs it before and after, forward and
    backward, and prints the largest differences, the speed-up and what stayed on torch; the model's gradients, buffers
    and mode and torch's random numbers are left as they were. Raises InputError where ``model`` is no module.
    """
    if not isinstance(model, nn.Module):
        raise InputError(f"received a {type(model).__name__}; expected a torch.nn.Module")
    changes = [(module, type(module), _twin(type(module))) for module in model.modules()]
    kept = {name: _why_kept(module) for name, module in model.named_modules() if _why_kept(module)}
    known = [(module, before, after) for module, before, after in changes if after is not None]
    if verify is None:
        _switch(known, 2)
        return model
    print(_report(_verified(model, known, verify, kept), len(known)))
    return model


def _twin(kind: type[nn.Module]) -> type[nn.Module] | None:
    """The twin of a class; of a class that `parametrize` made of torch's, one like it on the twin."""
    if kind in TWINS:
        return TWINS[kind]
    parent = kind.__bases__[0]
    if parent in TWINS and kind.__module__ == parametrize.__name__:
        members = {name: value for name, value in vars(kind).items() if name not in ("__dict__", "__weakref__")}
        return type(kind.__name__, (TWINS[parent],), members)
    return None


def _why_kept(module: nn.Module) -> str | None:
    """Why a recurrent layer stays on torch; None for the twins and for everything else."""
    if not isinstance(module, nn.RNNBase | nn.RNNCellBase):
        return None
    if getattr(module, "proj_size", 0):
        return "projections"
    if _twin(type(module)) is None and not isinstance(module, twins._Layer | twins._Cell):
        return f"{type(module).__name__} is a subclass of one's own, whose forward may differ"
    parameter = next(module.parameters(), None)
    if parameter is not None and (parameter.dtype is not torch.float32 or parameter.device.type != "cpu"):
        return f"{str(parameter.dtype).removeprefix('torch.')} on {parameter.device.type}"
    return None


def _switch(changes: list[Any], to: int) -> None:
    """Give each (module, before, after) its class ``to``: 1 before, 2 after."""
    for change in changes:
        change[0].__class__ = change[to]


def _verified(model: nn.Module, known: list[Any], batch: Any, kept: dict[str, str]) -> Verification:
    run = _runner(model, batch)
    found, times = {}, {1: [], 2: []}  # type: ignore[var-annotated]
    with _as_it_was(model):
        try:
            for to in (1, 2):
                _switch(known, to)
                found[to] = run()
            for _ in range(ROUNDS):
                for to in (1, 2):
                    _switch(known, to)
                    began = time.perf_counter()
                    run()
                    times[to].append(time.perf_counter() - began)
        except BaseException:
            _switch(known, 1)
            raise
    _switch(known, 2)
    (y, grads), (fast_y, fast_grads) = found[1], found[2]
    before, after = (statistics.median(times[to]) for to in (1, 2))
    return Verification(_difference(y, fast_y), _difference(grads, fast_grads), before, after, kept)


def _runner(model: nn.Module, batch: Any) -> Callable[[], tuple[list[Tensor], list[Tensor]]]:
    """A call: forward and backward from the same random state → outputs, gradients of the parameters."""
    seed = torch.get_rng_state()
    parameters = [p for p in model.parameters() if p.requires_grad]

    def run() -> tuple[list[Tensor], list[Tensor]]:
        torch.set_rng_state(seed)
        with torch.enable_grad():
            result = (
                model(**batch)
                if isinstance(batch, dict)
                else model(*batch)
                if isinstance(batch, tuple)
                else model(batch)
            )
            leaves = [t for t in tree_flatten(result)[0] if isinstance(t, Tensor)]
            seen = [t for t in leaves if t.is_floating_point() and t.requires_grad]
            total = torch.stack([(t * torch.linspace(-1, 1, t.numel(), dtype=t.dtype).view_as(t)).sum() for t in seen])
            given = torch.autograd.grad(total.sum(), parameters, allow_unused=True) if seen and parameters else []
        return [t.detach() for t in leaves], [g for g in given if g is not None]

    return run


def _difference(before: list[Tensor], after: list[Tensor]) -> float:
    worst = 0.0
    for a, b in zip(before, after, strict=True):
        if a.numel():
            scale = max(1.0, float(a.abs().max()))
            worst = max(worst, float((a.double() - b.double()).abs().max()) / scale)
    return worst


class _as_it_was:
    """Leaves buffers and random numbers as they were before."""

    def __init__(self, model: nn.Module) -> None:
        self.buffers = [(b, b.detach().clone()) for b in model.buffers()]
        self.seed = torch.get_rng_state()

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None:
        torch.set_rng_state(self.seed)
        with torch.no_grad():
            for buffer, before in self.buffers:
                buffer.copy_(before)


def _report(found: Verification, accelerated: int) -> str:
    def lines() -> Iterator[str]:
        yield f"recurrent modules accelerated: {accelerated}"
        yield f"largest difference in outputs:   {found.outputs:.1e}"
        yield f"largest difference in gradients: {found.gradients:.1e}"
        before, after = found.seconds_before * 1e3, found.seconds_after * 1e3
        yield f"forward and backward: {before:.2f} ms before, {after:.2f} ms after: {found.speed_up:.2f} times as fast"
        for name, why in found.stayed.items():
            yield f"stays on torch: {name or 'the model itself'}: {why}"

    return "\n".join(lines())
