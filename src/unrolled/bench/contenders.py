"""The contenders of a measurement: the same layer with the same weights in each library.

`sequence`, `ragged` and `step` return calls that give comparable results; ours is "unrolled".
"""

from collections.abc import Callable, Iterable, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.bench.shapes import Shape
from unrolled.errors import UnrolledError

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["Contenders", "agreeing", "backward", "forward", "layer", "ragged", "sequence", "step"]

Contenders: TypeAlias = dict[str, Callable[[], object]]
"""The calls by name; each returns an array, a tensor or a tuple of them."""
Result = TypeVar("Result")

TOLERANCE = 1e-3
"""A difference that only a mistake explains, relative to the largest value: sums over a batch differ by rounding."""


def layer(cell: str, shape: Shape, bias: bool = True) -> tuple["nn.RNNBase", "nn.RNNBase"]:
    """torch.nn's layer of ``cell`` and its twin with the same weights."""
    import torch

    from unrolled import nn as twins

    torch.manual_seed(0)
    theirs: nn.RNNBase = getattr(torch.nn, cell.upper())(shape.inputs, shape.hidden, bias=bias)
    ours: nn.RNNBase = getattr(twins, cell.upper())(shape.inputs, shape.hidden, bias=bias)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def forward(run: Callable[..., Result], *inputs: object) -> Callable[[], Result]:
    """A call of ``run`` on ``inputs``, without gradients."""
    import torch

    def call() -> Result:
        with torch.inference_mode():
            return run(*inputs)

    return call


def backward(
    run: Callable[["Tensor"], "Tensor"], x: "Tensor", weights: Iterable["Tensor"], scale: float = 1.0
) -> Callable[[], tuple["Tensor", ...]]:
    """A call of ``run`` forward and backward: the gradients of x and ``weights``.

    The gradient of the result is random, the same at each call, with the standard deviation ``scale``.
    """
    import torch

    x = x.clone().requires_grad_()
    wanted = [x, *weights]
    d_y = torch.randn(run(x).shape, generator=torch.Generator().manual_seed(1)) * scale

    def call() -> "tuple[Tensor, ...]":
        return torch.autograd.grad(run(x), wanted, d_y)

    return call


def _pass(
    module: "nn.RNNBase", run: Callable[["Tensor"], "Tensor"], x: "Tensor", training: bool
) -> Callable[[], object]:
    return backward(run, x, module.parameters()) if training else forward(run, x)


def sequence(cell: str, shape: Shape, training: bool, threads: int) -> Contenders:
    """A whole batch (T, B, I), from zero state: "torch", "unrolled"; forward also "onnxruntime" where installed."""
    import torch

    theirs, ours = layer(cell, shape)
    x = torch.randn(shape.time, shape.batch, shape.inputs)
    calls: Contenders = {
        "torch": _pass(theirs, lambda inputs: theirs(inputs)[0], x, training),
        "unrolled": _pass(ours, lambda inputs: ours(inputs)[0], x, training),
    }
    if not training and _has_onnx_runtime():
        from unrolled.bench.onnx_runtime import OneNode

        node, steps = OneNode(cell, _arrays(theirs.parameters()), threads), x.numpy()
        zeros = [np.zeros((1, shape.batch, shape.hidden), np.float32)] * (2 if cell == "lstm" else 1)
        calls["onnxruntime"] = lambda: node(steps, *zeros)[0][:, 0]
    return calls


def ragged(cell: str, shape: Shape, training: bool) -> Contenders:
    """A batch with lengths drawn uniformly from 1 to T, in any order; the outputs are padded.

    "torch" packs the batch (pack_padded_sequence), "packed" is the twin on that, "unrolled" the twin with ``lengths``.
    """
    import torch
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    x = torch.randn(shape.time, shape.batch, shape.inputs)
    lengths = torch.from_numpy(np.random.default_rng(0).integers(1, shape.time + 1, shape.batch))
    theirs, ours = layer(cell, shape)

    def by_packing(module: "nn.RNNBase") -> Callable[["Tensor"], "Tensor"]:
        def run(padded: "Tensor") -> "Tensor":
            packed = pack_padded_sequence(padded, lengths, enforce_sorted=False)
            return pad_packed_sequence(module(packed)[0], total_length=shape.time)[0]

        return run

    return {
        "torch": _pass(theirs, by_packing(theirs), x, training),
        "packed": _pass(ours, by_packing(ours), x, training),
        "unrolled": _pass(ours, lambda padded: ours(padded, lengths=lengths)[0], x, training),
    }


def step(cell: str, batch: int, inputs: int, hidden: int) -> Contenders:
    """One step with the state in and out, called from Python; each contender returns the next h, (B, H).

    "torch" and "torch cell": torch's layer over one step, and its cell; "twin" and "twin cell": the same by the twins;
    "unrolled": the kernel on numpy arrays. Where it is installed, also "onnxruntime", called with arrays, and
    "onnxruntime bound", whose arrays stay in its own memory: a stream, whose state moves on at each call.
    """
    import torch

    theirs, ours = layer(cell, Shape(batch, 1, inputs, hidden))
    x, h, c = torch.randn(batch, inputs), torch.randn(batch, hidden), torch.randn(batch, hidden)
    state = (h, c) if cell == "lstm" else (h,)
    calls: Contenders = {}
    for name, module in (("torch", theirs), ("twin", ours)):
        run = forward(module, x[None], _torch_state([s[None] for s in state]))
        calls[name] = lambda run=run: run()[0][0]  # type: ignore[misc]
        calls[f"{name} cell"] = forward(_cell(module), x, _torch_state(state))
    weights, x_array, before = _arrays(theirs.parameters()), x.numpy(), _arrays(state)
    row = x_array[:, None]
    calls["unrolled"] = lambda: kernels.recurrent(cell, row, (*weights, None), before)[1][0]
    if _has_onnx_runtime():
        from unrolled.bench.onnx_runtime import OneNode

        node, first = OneNode(cell, weights, 1), [s[None] for s in before]
        stream = node.bound(x_array[None], *first)
        calls["onnxruntime"] = lambda: node(x_array[None], *first)[1][0]
        calls["onnxruntime bound"] = lambda: stream(x_array[None])[0, 0]
    return calls


def _has_onnx_runtime() -> bool:
    return find_spec("onnx") is not None and find_spec("onnxruntime") is not None


def _torch_state(state: Sequence["Tensor"]) -> "Tensor | tuple[Tensor, ...]":
    """The state as torch takes it: (h,) → h; (h, c) stays."""
    return tuple(state) if len(state) == 2 else state[0]


def _cell(module: "nn.RNNBase") -> Callable[["Tensor", "Tensor | tuple[Tensor, ...]"], "Tensor"]:
    """The single-step cell of the same library, with the layer's weights."""
    import torch

    from unrolled import nn as twins

    library = twins if type(module).__module__.startswith("unrolled") else torch.nn
    cell = getattr(library, f"{type(module).__name__}Cell")(module.input_size, module.hidden_size)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in module.state_dict().items()})

    def run(x: "Tensor", state: "Tensor | tuple[Tensor, ...]") -> "Tensor":
        after: Tensor | tuple[Tensor, Tensor] = cell(x, state)
        return after[0] if isinstance(after, tuple) else after

    return run


def _arrays(tensors: Iterable["Tensor"]) -> tuple[NDArray[np.float32], ...]:
    return tuple(t.detach().numpy() for t in tensors)


def agreeing(calls: Contenders) -> None:
    """Raise UnrolledError if the results differ by more than rounding: a time would mean nothing."""
    results = {name: _results(call()) for name, call in calls.items()}
    mine = results["unrolled"]
    for name, theirs in results.items():
        for a, b in zip(mine, theirs, strict=True):
            difference = float(np.max(np.abs(a - b), initial=0) / max(1.0, float(np.max(np.abs(b), initial=0))))
            if not difference < TOLERANCE:
                raise UnrolledError(f"the results of unrolled and {name} differ by {difference:.1e}")


def _results(result: object) -> list[NDArray[np.floating]]:
    parts = result if isinstance(result, tuple) else (result,)
    return [np.asarray(part.detach() if hasattr(part, "detach") else part) for part in parts]
