"""What every cell must hold. Each check takes a cell and the `run` that unrolls it, and raises AssertionError.

Weights, biases and initial states are random and never zero, everything is float64: a cell that forgets a bias, swaps
two states or takes no state for another than zero passes any test on zeros.
"""

from itertools import combinations
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.autograd import gradcheck, gradgradcheck

from unrolled.arrays import NUMPY, Layout, Tree, map_state, map_tree
from unrolled.cells import run, unroll, zero_state
from unrolled.cells.base import run_by_steps
from unrolled.layers import Recurrent
from unrolled.nn import TORCH

D, H = 4, 3


class Case(NamedTuple):
    """Random parameters, inputs (B, T, D) and state, each a leaf that asks for its gradient."""

    params: Tree
    x: Tensor
    state: tuple

    def leaves(self):
        return {"x": self.x, **self.params, **self.state._asdict()}

    def gradients(self, *results):
        """Of a random weighting of all ``results``, by name; zero where nothing depends on a leaf."""
        flat = torch.cat([r.flatten() for r in results])
        total = flat @ torch.linspace(0.5, 1.5, len(flat), dtype=flat.dtype) if flat.requires_grad else None
        leaves = self.leaves()
        if total is None:
            return {name: torch.zeros_like(leaf) for name, leaf in leaves.items()}
        found = torch.autograd.grad(total, list(leaves.values()), retain_graph=True, materialize_grads=True)
        return dict(zip(leaves, found, strict=True))


def case(cell, batch=4, time=6, seed=0):
    generator = torch.Generator().manual_seed(seed)

    def random(*shape):  # in ±(0.1 .. 0.8): never near zero, never saturated
        size = torch.rand(shape, generator=generator, dtype=torch.float64) * 0.7 + 0.1
        sign = torch.randint(0, 2, shape, generator=generator) * 2 - 1
        return (size * sign).requires_grad_()

    params = map_tree(lambda shape: random(*shape), cell.shapes(D, H))
    return Case(params, random(batch, time, D), cell.state(*(random(batch, size) for size in cell.state_sizes(H))))


def run_cell(xp, cell, params, x, state, lengths=None):
    """`run` with the arguments of `unroll`."""
    return run(xp, cell, params, x, state, Layout(lengths))


def same(left, right, tolerance=1e-12, what=""):
    torch.testing.assert_close(left, right, rtol=tolerance, atol=tolerance, msg=lambda text: f"{what}: {text}")


def differ(left, right, what):
    assert not torch.allclose(left, right, rtol=1e-6, atol=1e-6), what


def check_sequence_is_a_fold_of_steps(cell, run):
    params, x, state = at = case(cell)
    whole, last = run(TORCH, cell, params, x, state)
    steps = []
    for t in range(x.shape[1]):
        y, state = cell.step(TORCH, params, x[:, t], state)
        steps.append(y)
    same(whole, torch.stack(steps, 1), what="outputs")
    same(tuple(last), tuple(state), what="final state")
    same(at.gradients(whole, *last), at.gradients(torch.stack(steps, 1), *state), what="gradients")


def check_split_anywhere_and_carry(cell, run):
    params, x, state = at = case(cell)
    whole, last = run(TORCH, cell, params, x, state)
    for t in range(x.shape[1] + 1):
        first, carried = run(TORCH, cell, params, x[:, :t], state)
        rest, end = run(TORCH, cell, params, x[:, t:], carried)
        joined = torch.cat([first, rest], 1)
        same(whole, joined, what=f"outputs, split at {t}")
        same(tuple(last), tuple(end), what=f"final state, split at {t}")
        same(at.gradients(whole, *last), at.gradients(joined, *end), what=f"gradients, split at {t}")


def check_no_state_is_zero_state(cell, run):
    params, x, state = case(cell)
    zeros = cell.state(*(torch.zeros_like(entry) for entry in state))
    expected, last = run(TORCH, cell, params, x, zeros)
    y, end = Recurrent(cell, D, (H,)).forward(TORCH, Tree({"0": params}), x)
    same(y, expected)
    same(tuple(end[0]), tuple(last))
    same(tuple(zero_state(TORCH, cell, len(x), H, x)), tuple(zeros))
    differ(y, run(TORCH, cell, params, x, state)[0], "the initial state changes nothing")


def check_everything_declared_has_a_gradient(cell, run):
    at = case(cell)
    y, last = run(TORCH, cell, at.params, at.x, at.state)
    for result in (y, *last):
        for name, gradient in at.gradients(result).items():
            if "W" not in cell.params and result is not y and not gradient.all():
                continue  # where gates do not see the state, y may have weights of its own; y itself needs them all
            used = gradient if name in at.params else gradient.flatten(0, -2).abs().sum(0)  # a row may be cut by relu
            assert bool((used != 0).all()), f"{name} has elements that change nothing"


def check_gates_and_state_entries_are_told_apart(cell, run):
    params, x, state = case(cell)
    y, _ = run(TORCH, cell, params, x, state)
    rows = {name: spec.split()[0] for name, spec in cell.params.items()}
    for spec in set(rows.values()):
        n = int(spec.rstrip("H") or 1)
        for pair in combinations(range(n), 2):
            swapped = Tree({k: _swap(p, *pair, len(p) // n) if rows[k] == spec else p for k, p in params.items()})
            differ(y, run(TORCH, cell, swapped, x, state)[0], f"gates {pair} of {spec} are the same")
    for i, j in combinations(range(len(state)), 2):
        if state[i].shape != state[j].shape:
            continue
        entries = list(state)
        entries[i], entries[j] = entries[j], entries[i]
        differ(y, run(TORCH, cell, params, x, cell.state(*entries))[0], f"state entries {i} and {j} are the same")


def _swap(param, i, j, size):
    gates = list(param.split(size))
    gates[i], gates[j] = gates[j], gates[i]
    return torch.cat(gates)


def check_causal(cell, run):
    params, x, state = case(cell)
    y, _ = run(TORCH, cell, params, x, state)
    for t in range(x.shape[1]):
        changed = torch.cat([x[:, :t], 1 - x[:, t:]], 1)
        other, _ = run(TORCH, cell, params, changed, state)
        same(y[:, :t], other[:, :t], 0, f"the past of {t} depends on it")
        differ(y[:, t], other[:, t], f"the output at {t} does not depend on its input")


def check_backward_direction_reads_from_the_end(cell, run):
    ahead, x, state = case(cell)
    back, _, other = case(cell, seed=1)
    layer = Recurrent(cell, D, (H,), bidirectional=True)
    params = Tree({"0": Tree(ahead=ahead, back=back)})
    y, (last,) = layer.forward(TORCH, params, x, ((state, other),))
    expected, first = run(TORCH, cell, back, x.flip(1), other)
    same(y[..., H:], expected.flip(1), what="the backward direction")
    same(tuple(last[1]), tuple(first), what="the backward direction's final state")
    same(y[..., :H], run(TORCH, cell, ahead, x, state)[0], what="the forward direction")
    for t in range(x.shape[1]):
        changed, _ = layer.forward(TORCH, params, torch.cat([1 - x[:, :t], x[:, t:]], 1), ((state, other),))
        same(y[:, t:, H:], changed[:, t:, H:], 0, f"backward from {t} on depends on what stands before")


def check_padding_never_matters(cell, run):
    params, x, state = at = case(cell)
    lengths = torch.tensor([2, 6, 0, 5])
    padding = torch.arange(x.shape[1]) >= lengths[:, None]  # (B, T)
    y, last = run(TORCH, cell, params, x, state, lengths)
    for b, n in enumerate(lengths.tolist()):
        own = cell.state(*(entry[b : b + 1] for entry in state))
        alone, end = run(TORCH, cell, params, x[b : b + 1, :n], own)
        same(y[b : b + 1, :n], alone, what=f"row {b} in the batch and alone")
        same(tuple(entry[b : b + 1] for entry in last), tuple(end), what=f"final state of row {b}")
        assert not y[b, n:].any(), "the output in the padding is not zero"
    expected = at.gradients(y, *last)
    assert not expected["x"][padding].any(), "the padding has a gradient"
    for content in (float("nan"), float("inf"), 1e300):
        filled = x.detach().masked_fill(padding[..., None], content).requires_grad_()
        with_padding = Case(params, filled, state)
        y_filled, last_filled = run(TORCH, cell, params, filled, state, lengths)
        same((y_filled, *last_filled), (y, *last), 0, f"{content} in the padding")
        same(with_padding.gradients(y_filled, *last_filled), expected, 0, f"gradients with {content} in the padding")


def check_derivatives(cell, run):
    at = case(cell, batch=2, time=3)
    names = list(at.leaves())

    def function(*leaves, lengths):
        given = dict(zip(names, leaves, strict=True))
        params = Tree({name: given[name] for name in at.params})
        state = cell.state(*(given[name] for name in cell.state._fields))
        y, last = run(TORCH, cell, params, given["x"], state, lengths)
        return (y, *last)

    for lengths in (None, torch.tensor([3, 1])):
        leaves = list(at.leaves().values())
        call = lambda *given, lengths=lengths: function(*given, lengths=lengths)  # noqa: E731
        assert gradcheck(call, leaves, fast_mode=True)
        assert gradgradcheck(call, leaves, fast_mode=True)


def check_state_does_not_grow(cell, run):
    sizes = []
    for time in (1, 40):
        params, x, state = case(cell, time=time)
        _, last = run(TORCH, cell, params, x, state)
        assert type(last) is cell.state, f"the state is a {type(last)}"
        sizes.append([tuple(entry.shape) for entry in last])
    assert sizes[0] == sizes[1] == [(len(x), size) for size in cell.state_sizes(H)], sizes


def check_numpy_torch_and_kernel_agree(cell, run):
    params, x, state = at = case(cell)
    lengths = torch.tensor([2, 6, 0, 5])
    arrays = map_tree(_array, params), _array(x), map_state(_array, state)
    for given in (None, lengths):
        expected, end = run(TORCH, cell, params, x, state, given)
        found, found_end = unroll(NUMPY, cell, *arrays, None if given is None else given.numpy())
        same(torch.from_numpy(found), expected.detach(), what="numpy and torch")
        same(tuple(map(torch.from_numpy, found_end)), tuple(e.detach() for e in end), what="final state in numpy")
    if cell.kernel is not None:
        for backwards in (False, True):
            _kernel_agrees(cell, at, None, backwards)
            _kernel_agrees(cell, at, lengths, backwards)


def _kernel_agrees(cell, at, lengths, backwards):
    """The kernel, in float32, within 1e-5 of the equation in float64: outputs, state and gradients, torch and numpy."""
    layout = Layout(lengths, backwards)
    y, last = run_by_steps(TORCH, cell, at.params, at.x, at.state, layout)
    small = Case(
        *(map_state(_float32, t) if isinstance(t, tuple) else t for t in (map_tree(_float32, at.params), *at[1:]))
    )
    small = small._replace(x=_float32(at.x))
    kernel = TORCH.recurrent(cell.kernel, small.x)
    assert kernel is not None, f"there is no kernel {cell.kernel}"
    fast, fast_end = kernel(small.params, small.x, small.state, layout, None)
    same((fast.double(), *(e.double() for e in fast_end)), (y, *last), 1e-5, "kernel and step")
    expected = at.gradients(y, *last)
    for name, gradient in small.gradients(fast, *fast_end).items():
        same(gradient.double(), expected[name], 1e-5, f"the gradient of {name} by kernel and by step")
    arrays = map_tree(_array, small.params), _array(small.x), map_state(_array, small.state)
    ends = None if lengths is None else lengths.numpy()
    found, found_end = NUMPY.recurrent(cell.kernel, arrays[1])(*arrays, Layout(ends, backwards), None)
    assert all(np.array_equal(a, _array(b)) for a, b in zip((found, *found_end), (fast, *fast_end), strict=True))


def _float32(tensor):
    return tensor.detach().float().requires_grad_()


def _array(tensor):
    return tensor.detach().numpy()


def check_nothing_to_read(cell, run):
    for batch, time, lengths in (
        (4, 3, [0] * 4),
        (4, 0, None),
        (4, 0, [0] * 4),
        (0, 3, None),
        (0, 3, []),
        (0, 0, None),
    ):
        params, x, state = at = case(cell, batch, time)
        given = None if lengths is None else torch.tensor(lengths, dtype=torch.int64)
        y, last = run(TORCH, cell, params, x, state, given)
        assert tuple(y.shape) == (batch, time, H), f"B = {batch}, T = {time} gives {tuple(y.shape)}"
        assert not y.any()
        same(tuple(last), tuple(state), 0, f"B = {batch}, T = {time}: the state")
        for name, gradient in at.gradients(y, *last).items():
            assert bool(gradient.isfinite().all()), f"B = {batch}, T = {time}: the gradient of {name}"


CHECKS = [check for name, check in globals().items() if name.startswith("check_")]


def check_cell(cell, run=run_cell):
    """Every check."""
    for check in CHECKS:
        check(cell, run)
