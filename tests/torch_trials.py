"""Random calls of the torch functions by numbered seeds, as `tests.native_trials` makes those of numpy.

Of each call an input, what autograd saved, the memory of either or a gradient are changed. Outputs and gradients must
be those of the same call unchanged, bit for bit where the change is one of layout, or the call is refused.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import torch
from tests.native_trials import GATES, Outcome, contiguous_or_refused, sizes
from torch import Tensor
from torch.autograd.graph import saved_tensors_hooks
from torch.nn.utils.rnn import pack_padded_sequence

import unrolled.nn as twins
from unrolled import kernels
from unrolled.arrays import Layout, Tree, map_tree
from unrolled.cells import LRU, MINGRU, SLSTM, run
from unrolled.errors import InputError
from unrolled.nn import TORCH
from unrolled.nn.recurrence import recurrence
from unrolled.nn.reference import Keep, Weights
from unrolled.nn.scan import scan
from unrolled.nn.slstm import slstm

__all__ = ["torch_trial"]

Function = Callable[[dict[str, Tensor]], tuple[Tensor, ...]]


class Call(NamedTuple):
    """A function of named tensors; ``by`` says what reads them."""

    name: str
    tensors: dict[str, Tensor]
    run: Function
    by: str = "kernels"  # or "steps": ours by torch's operations; or "torch": those of torch too


def _repeated(t: Tensor) -> Tensor:
    return t[:1].expand(t.shape) if t.dim() and len(t) else t


def _inside(t: Tensor) -> Tensor:
    room = t.new_empty(2 * t.numel() + 1)
    return room[t.numel() : 2 * t.numel()].view(t.shape).copy_(t)


def _emptied(t: Tensor, size: int = 0) -> Tensor:
    t = t.clone()
    t.untyped_storage().resize_(size)
    return t


def _behind(t: Tensor) -> Tensor:
    """A view with an offset, in a storage that would be large enough for it without."""
    view = _inside(t)
    view.untyped_storage().resize_(4 * t.numel())
    return view


LAYOUTS: dict[str, Callable[[Tensor], Tensor]] = {
    "columns first": lambda t: t.mT.contiguous().mT if t.dim() > 1 else t,
    "rows last": lambda t: t.transpose(0, -1).contiguous().transpose(0, -1) if t.dim() > 1 else t,
    "every second": lambda t: t.repeat_interleave(2, -1)[..., ::2] if t.dim() else t,
    "part of a larger one": _inside,
    "negated lazily": lambda t: torch._neg_view(-t),
    "a copy": torch.clone,
}
FAULTS: dict[str, Callable[[Tensor], Tensor]] = {
    "half": Tensor.half,
    "double": Tensor.double,
    "whole numbers": Tensor.long,
    "complex": lambda t: torch.complex(t, t),
    "shorter": lambda t: t[..., :-1] if t.dim() else t,
    "fewer rows": lambda t: t[1:] if t.dim() else t,
    "flat": Tensor.flatten,
    "one axis more": lambda t: t[None],
    "one number for all": lambda t: t.flatten()[:1].expand(2**45) if t.numel() else t,
    "nothing": lambda t: t.new_empty(0),
    "no memory": _emptied,
    "half its memory": lambda t: _emptied(t, 2 * t.numel()),
    "less memory behind": _behind,
    "on no device": lambda t: t.to("meta"),
    "sparse": Tensor.to_sparse,
    "of a subclass": lambda t: t.as_subclass(Subclass),
}


class Subclass(Tensor):
    """A tensor that behaves as torch's own."""


def _floats(rng: np.random.Generator, *shape: int) -> Tensor:
    return torch.from_numpy(rng.standard_normal(shape, np.float32))


def _weights(rng: np.random.Generator, cell: str, inputs: int, hidden: int) -> dict[str, Tensor]:
    rows = GATES[cell] * hidden
    shapes = {"U": (rows, inputs), "W": (rows, hidden)}
    shapes |= {name: (rows,) for name in ("b_x", "b_h") if rng.random() < 0.7}
    shapes |= {"peephole": (3 * hidden,)} if cell == "peephole" else {}
    return {name: _floats(rng, *shape) for name, shape in shapes.items()}


def _recurrence(rng: np.random.Generator) -> Call:
    cell = kernels.RECURRENT[rng.integers(len(kernels.RECURRENT))]
    (batch, time, inputs, hidden), entries = sizes(rng, 4), 2 if kernels.KERNELS[cell].has_c else 1
    tensors, lengths, shape = _weights(rng, cell, inputs, hidden), None, (batch, time)
    if rng.random() < 0.5:
        lengths = torch.from_numpy(np.sort(rng.integers(0, time + 1, batch))[::-1].copy())
        shape = (int(lengths.sum()),) if rng.random() < 0.5 else shape
    tensors["x"] = _floats(rng, *shape, inputs)
    tensors |= {name: _floats(rng, batch, hidden) for name in ("h", "c")[:entries] if rng.random() < 0.7}
    if rng.random() < 0.3:
        tensors |= {n: torch.rand(int(np.prod(shape)), hidden) for n in ("keep_h", "keep_c")[:entries]}
    reverse = bool(rng.integers(2))

    def go(t: dict[str, Tensor]) -> tuple[Tensor, ...]:
        weights = Weights(*(t.get(name) for name in Weights._fields))
        keep, state = Keep(t.get("keep_h"), t.get("keep_c")), tuple(t.get(name) for name in ("h", "c")[:entries])
        y, after = recurrence(cell, t["x"], weights, state, Layout(lengths, reverse), keep)
        return y, *after

    return Call(f"recurrence {cell}", tensors, go)


def _layer(rng: np.random.Generator) -> Call:
    kind = (twins.LSTM, twins.GRU, twins.RNN)[rng.integers(3)]
    time, batch = (max(1, n) for n in sizes(rng, 2))
    inputs, hidden = (max(1, n) for n in sizes(rng, 2))
    options: dict[str, Any] = {"num_layers": int(rng.integers(1, 3)), "bidirectional": bool(rng.integers(2))}
    module = kind(inputs, hidden, bias=bool(rng.integers(2)), **options)
    tensors = {name: p.detach() for name, p in module.named_parameters()} | {"x": _floats(rng, time, batch, inputs)}
    form = ("padded", "lengths", "packed")[rng.integers(3)]
    lengths = torch.from_numpy(rng.integers(form == "packed", time + 1, batch))

    def go(t: dict[str, Tensor]) -> tuple[Tensor, ...]:
        x: Any = t["x"]
        if form == "packed":
            x = pack_padded_sequence(x, lengths, enforce_sorted=False)
        own = {name: value for name, value in t.items() if name != "x"}
        more = {"lengths": lengths} if form == "lengths" else {}
        y, after = torch.func.functional_call(module, own, (x,), more)
        return y.data if form == "packed" else y, *(after if isinstance(after, tuple) else (after,))

    return Call(f"{kind.__name__}, {form}", tensors, go)


def _cell(rng: np.random.Generator) -> Call:
    kind = (twins.LSTMCell, twins.GRUCell, twins.RNNCell)[rng.integers(3)]
    batch, inputs, hidden = (max(1, n) for n in sizes(rng, 3))
    module, entries = kind(inputs, hidden), 2 if kind is twins.LSTMCell else 1
    tensors = {name: p.detach() for name, p in module.named_parameters()} | {"x": _floats(rng, batch, inputs)}
    tensors |= {name: _floats(rng, batch, hidden) for name in ("h", "c")[:entries]}

    def go(t: dict[str, Tensor]) -> tuple[Tensor, ...]:
        own = {name: value for name, value in t.items() if name not in ("x", "h", "c")}
        after = torch.func.functional_call(module, own, (t["x"], (t["h"], t["c"]) if "c" in t else t["h"]))
        return after if isinstance(after, tuple) else (after,)

    return Call(kind.__name__, tensors, go)


def _by_cell(rng: np.random.Generator) -> Call:
    cell = (MINGRU, LRU, SLSTM)[rng.integers(3)]
    batch, time, inputs, hidden = (max(1, n) for n in sizes(rng, 4))
    tree = map_tree(lambda a: torch.tensor(a, dtype=torch.float32), cell.initial(rng, inputs, hidden))
    lengths = torch.from_numpy(rng.integers(0, time + 1, batch)) if rng.integers(2) else None
    names = cell.state._fields
    tensors = {**tree, "x": _floats(rng, batch, time, inputs)}
    tensors |= {f"state {name}": torch.zeros(batch, hidden) for name in names}

    def go(t: dict[str, Tensor]) -> tuple[Tensor, ...]:
        params, state = type(tree)({n: t[n] for n in tree}), cell.state(*(t[f"state {name}"] for name in names))
        y, after = run(TORCH, cell, params, t["x"], state, Layout(lengths))
        return y, *after

    return Call(cell.name, tensors, go, "torch")


def _scan(rng: np.random.Generator) -> Call:
    (batch, time, hidden), parts = sizes(rng, 3), int(rng.integers(1, 3))
    shape = (batch, time, parts * hidden)
    tensors = {"a": _floats(rng, *(shape if rng.integers(2) else shape[-1:])), "b": _floats(rng, *shape)}
    tensors |= {name: _floats(rng, batch, hidden) for name in ("re", "im")[:parts]}
    lengths = torch.from_numpy(rng.integers(0, time + 1, batch)) if rng.integers(2) else None
    layout = Layout(lengths, bool(rng.integers(2)))

    def go(t: dict[str, Tensor]) -> tuple[Tensor, ...]:
        y, after = scan(t["a"], t["b"], tuple(t[name] for name in ("re", "im")[:parts]), layout)
        return y, *after

    return Call("scan", tensors, go, "steps")  # torch joins the state's parts


def _slstm(rng: np.random.Generator) -> Call:
    batch, time, hidden = (max(1, n) for n in sizes(rng, 3))
    tensors = {"W": _floats(rng, 4 * hidden, hidden), "x": _floats(rng, batch, time, 4 * hidden)}
    tensors |= {name: _floats(rng, batch, hidden).abs() for name in "hcnm"}
    lengths = torch.from_numpy(rng.integers(0, time + 1, batch)) if rng.integers(2) else None

    def go(t: dict[str, Tensor]) -> tuple[Tensor, ...]:
        y, after = slstm(Tree(W=t["W"]), t["x"], [t[name] for name in "hcnm"], Layout(lengths), None)
        return y, *after

    return Call("slstm", tensors, go, "steps")


def _cross_entropy(rng: np.random.Generator) -> Call:
    rows, inputs, vocabulary = sizes(rng, 3)
    vocabulary += 1
    targets = torch.from_numpy(rng.integers(0, vocabulary, rows))
    shapes = {"x": (rows, inputs), "weights": (vocabulary, inputs), "bias": (vocabulary,)}
    tensors = {name: _floats(rng, *shape) for name, shape in shapes.items()}
    return Call("cross-entropy", tensors, lambda t: (TORCH.cross_entropy(**t, targets=targets),))


def _operator(rng: np.random.Generator) -> Call:
    """As compiled and exported programs call it."""
    cell = ("lstm", "gru", "rnn")[rng.integers(3)]
    batch, time, inputs, hidden = (max(1, n) for n in sizes(rng, 4))
    rows = GATES[cell] * hidden
    shapes = {"x": (batch, time, inputs), "h": (batch, hidden), "U": (rows, inputs), "W": (rows, hidden), "b": (rows,)}
    tensors, none = {name: _floats(rng, *shape) for name, shape in shapes.items()}, torch.empty(0)

    def go(t: dict[str, Tensor]) -> tuple[Tensor, ...]:
        given = [t["x"], t["h"], none, t["U"], t["W"], t["b"], none, none]
        y, h, *_ = torch.ops.unrolled.recurrence(cell, False, False, [none, none, none], given)
        return y, h

    return Call(f"operator {cell}", tensors, go)


CALLS = (*[_recurrence] * 5, *[_layer] * 2, *[_cell] * 2, _by_cell, _scan, _slstm, _cross_entropy, _operator)


MEMORY = ("no memory", "half its memory", "less memory behind")  # torch's own operations end the process then


def _run(call: Call, tensors: dict[str, Tensor], between: Callable[[dict[str, Tensor]], None], change: Any) -> Any:
    """Outputs and gradients; ``change`` is of the gradients that come in, ``between`` of the inputs before backward."""
    leaves = {name: t.detach().requires_grad_(t.is_floating_point()) for name, t in tensors.items()}
    outputs = [o for o in call.run(leaves) if o.requires_grad]
    kept = [o.detach().clone() for o in outputs]
    between(leaves)
    grads = [change(torch.linspace(-1, 1, max(1, o.numel()))[: o.numel()].view(o.shape)) for o in outputs]
    wanted = [t for t in leaves.values() if t.requires_grad]
    found = iter(torch.autograd.grad(outputs, wanted, grads, allow_unused=True) if outputs else ())
    gradients = [next(found, None) if t.requires_grad else None for t in leaves.values()]
    return [None if t is None else t.numpy(force=True) for t in (*kept, *gradients)]


def _result(*arguments: Any) -> Any:
    """What it gives or, where it is refused by us or by torch, why."""
    try:
        return _run(*arguments)
    except (InputError, RuntimeError, NotImplementedError, TypeError, ValueError, MemoryError, IndexError) as error:
        return str(error)


def _hook(rng: np.random.Generator, change: Callable[[Tensor], Tensor]) -> Callable[[Tensor], Tensor]:
    share, draws = rng.choice([0.2, 1.0]), iter(rng.random(1000).tolist())
    return lambda t: change(t.detach()) if t.dtype is torch.float32 and next(draws) < share else t


def _same(t: Any) -> Any:
    return t


def torch_trial(seed: int) -> Outcome:
    """One call, unchanged and with one kind of change."""
    rng = np.random.default_rng(seed)
    torch.default_generator.manual_seed(seed)  # torch.manual_seed asks every kind of device, which takes longer
    call = CALLS[rng.integers(len(CALLS))](rng)
    own, name = {key: t.clone() for key, t in call.tensors.items()}, list(call.tensors)[rng.integers(len(call.tensors))]
    where = ("hook", "hook", "hook", "input", "memory", "data", "gradient", "in place")[rng.integers(8)]
    kept = rng.random() < 0.5 or call.by == "torch"  # a change of layout alone
    kinds = LAYOUTS if kept else FAULTS
    what = list(kinds)[rng.integers(len(kinds))]
    change, size, plain = kinds[what], int(rng.integers(0, own[name].nbytes + 1)), None
    between, of_gradient, hook = _same, _same, _same
    how = f"{where} of {name}: {what}"
    if where == "hook":
        hook = _hook(rng, change)
    elif where == "input" and (what not in MEMORY or (call.by == "kernels" and "packed" not in call.name)):
        own[name] = change(own[name])
        plain = _result(call, {key: _plain(t) for key, t in own.items()}, _same, _same)
        kept = kept and what != "negated lazily"  # those torch's own path may take
    elif where == "memory" and call.by != "torch":
        how, kept = f"memory of {name}: {size} bytes", False
        if rng.random() < 0.5 and call.by == "kernels" and "packed" not in call.name:  # torch packs
            own[name].untyped_storage().resize_(size)
        else:
            between = lambda t: t[name].untyped_storage().resize_(size)  # noqa: E731
    elif where == "data":
        kept = False
        between = lambda t: setattr(t[name], "data", change(t[name].data))  # noqa: E731
    elif where == "gradient" and what not in (*MEMORY, "whole numbers", "complex", "half"):  # these change numbers
        of_gradient = change
    elif where == "in place":
        kept = False
        between = lambda t: t[name].detach().add_(0)  # noqa: E731
    with saved_tensors_hooks(_same, hook):
        found = _result(call, own, between, of_gradient)
    plain = _result(call, call.tensors, _same, _same) if plain is None else plain
    return Outcome(contiguous_or_refused(found, plain, kept and call.by == "kernels"), call.name, how)


def _plain(t: Tensor) -> Tensor:
    """A contiguous copy of float32, where there is one."""
    if t.is_meta or t.is_sparse or t.is_complex() or t.untyped_storage().nbytes() < t.numel() * t.element_size():
        return t
    return t.as_subclass(Tensor).float().resolve_neg().contiguous().clone()
