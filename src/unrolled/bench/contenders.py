"""The same layer with the same weights by each library: what is put side by side.

Every function returns a dict of calls that give comparable results; ours is "unrolled".
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from unrolled import kernels
from unrolled.bench.shapes import Shape
from unrolled.errors import UnrolledError

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["agreeing", "layer", "ragged", "sequence", "step"]

Contenders = dict[str, Callable[[], Any]]
TOLERANCE = 1e-3
"""A difference that only a mistake explains, relative to the largest value: sums over a batch differ by rounding."""


def layer(cell: str, shape: Shape, bias: bool = True) -> tuple["nn.RNNBase", "nn.RNNBase"]:
    """torch.nn's layer of ``cell`` and its twin with the same weights."""
    import torch

    from unrolled import nn as twins

    torch.manual_seed(0)
    name = cell.upper()
    theirs: nn.RNNBase = getattr(torch.nn, name)(shape.inputs, shape.hidden, bias=bias)
    ours: nn.RNNBase = getattr(twins, name)(shape.inputs, shape.hidden, bias=bias)
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def sequence(cell: str, shape: Shape, training: bool) -> Contenders:
    """A whole batch (T, B, I), from zero state: "torch" and "unrolled"."""
    import torch

    x = torch.randn(shape.time, shape.batch, shape.inputs)
    return {
        name: _pass(module, lambda given, module=module: module(given)[0], x, training)
        for name, module in zip(("torch", "unrolled"), layer(cell, shape), strict=True)
    }


def ragged(cell: str, shape: Shape, training: bool) -> Contenders:
    """Lengths drawn uniformly from 1 to T, in any order; outputs padded again.

    "torch" by pack_padded_sequence, "packed" the same through the twin, "unrolled" the twin with ``lengths``.
    """
    import torch
    from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

    x = torch.randn(shape.time, shape.batch, shape.inputs)
    lengths = torch.from_numpy(np.random.default_rng(0).integers(1, shape.time + 1, shape.batch))
    theirs, ours = layer(cell, shape)

    def by_packing(module: Any) -> Any:
        def run(given: "Tensor") -> "Tensor":
            packed = pack_padded_sequence(given, lengths, enforce_sorted=False)
            return pad_packed_sequence(module(packed)[0], total_length=shape.time)[0]

        return run

    return {
        "torch": _pass(theirs, by_packing(theirs), x, training),
        "packed": _pass(ours, by_packing(ours), x, training),
        "unrolled": _pass(ours, lambda given: ours(given, lengths=lengths)[0], x, training),
    }


def _pass(module: "nn.Module", run: Callable[["Tensor"], "Tensor"], x: "Tensor", training: bool) -> Callable[[], Any]:
    """A call of ``run`` without gradients, or with the gradients of x and all weights from a fixed one of y."""
    import torch

    if not training:

        def forward() -> Any:
            with torch.no_grad():
                return (run(x),)

        return forward
    x = x.clone().requires_grad_()
    wanted = [x, *module.parameters()]
    d_y = torch.randn(*run(x).shape, generator=torch.Generator().manual_seed(1))

    def forward_and_backward() -> Any:
        return torch.autograd.grad(run(x), wanted, d_y)

    return forward_and_backward


def step(cell: str, batch: int, inputs: int, hidden: int) -> Contenders:
    """One step with the state in and out, called from Python, on one thread.

    "torch" and "torch cell": the layer on one step and torch's cell of that name; "twin" and "twin cell": the same by
    the twins; "unrolled": the kernel on numpy arrays; "onnxruntime" where it is installed. Results are h alone.
    """
    import torch

    theirs, ours = layer(cell, Shape(batch, 1, inputs, hidden))
    x, h, c = torch.randn(batch, inputs), torch.randn(batch, hidden), torch.randn(batch, hidden)
    state = (h, c) if cell == "lstm" else (h,)
    calls: Contenders = {}
    for name, module in (("torch", theirs), ("twin", ours)):
        calls[name] = _layer_step(module, x, state)
        calls[f"{name} cell"] = _cell_step(module, x, state)
    arrays = tuple(w.detach().numpy() for w in theirs.parameters())
    x_numpy, state_numpy = x.numpy()[:, None], tuple(s.numpy() for s in state)
    calls["unrolled"] = lambda: kernels.recurrent(cell, x_numpy, (*arrays, None), state_numpy)[1][0]
    try:
        from unrolled.bench.onnx_runtime import one_node
    except ImportError:
        return calls
    run = one_node(cell, arrays, 1)
    calls["onnxruntime"] = lambda: run(x_numpy[:, 0][None], *(s[None] for s in state_numpy))[1][0]
    return calls


def _layer_step(module: Any, x: "Tensor", state: tuple["Tensor", ...]) -> Callable[[], Any]:
    import torch

    one, before = x[None], tuple(s[None] for s in state)
    given = before if len(before) == 2 else before[0]

    def run() -> Any:
        with torch.inference_mode():
            return module(one, given)[0][0]

    return run


def _cell_step(module: Any, x: "Tensor", state: tuple["Tensor", ...]) -> Callable[[], Any]:
    """torch's single-step cell of the same library, with the layer's weights."""
    import torch

    from unrolled import nn as twins

    library = twins if type(module).__module__.startswith("unrolled") else torch.nn
    cell = getattr(library, f"{type(module).__name__}Cell")(module.input_size, module.hidden_size)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in module.state_dict().items()})
    given = state if len(state) == 2 else state[0]

    def run() -> Any:
        with torch.inference_mode():
            after = cell(x, given)
            return after[0] if isinstance(after, tuple) else after

    return run


def agreeing(calls: Contenders) -> Contenders:
    """The same calls; UnrolledError where the results differ by more than rounding: then a time would mean nothing."""
    results = {name: _arrays(call()) for name, call in calls.items()}
    mine = results["unrolled"]
    for name, theirs in results.items():
        for a, b in zip(mine, theirs, strict=True):
            difference = float(np.max(np.abs(a - b), initial=0) / max(1.0, float(np.max(np.abs(b), initial=0))))
            if not difference < TOLERANCE:
                raise UnrolledError(f"the results of unrolled and {name} differ by {difference:.1e}")
    return calls


def _arrays(result: Any) -> list[Any]:
    parts = result if isinstance(result, tuple) else (result,)
    return [np.asarray(part.detach() if hasattr(part, "detach") else part) for part in parts]
