"""What all kernels share in eager torch: one rule for second derivatives and for several gradients at once."""

import numpy as np
import pytest
import torch

from unrolled.arrays import map_tree
from unrolled.cells import LRU, LSTM, MINGRU, SLSTM, run
from unrolled.cells.base import run_by_steps
from unrolled.nn import TORCH
from unrolled.nn.elementary import ELEMENTARY

B, T, D, H = 2, 5, 3, 4
NAMES = [(LSTM, "Recurrence"), (MINGRU, "Scan"), (LRU, "Scan"), (SLSTM, "SLSTM")]


def sequence(cell, xp, by):
    """A function of x alone: neither the zero state nor the parameters ask for gradients."""
    params = map_tree(lambda a: torch.tensor(a, dtype=torch.float32), cell.initial(np.random.default_rng(0), D, H))
    state = cell.state(*(torch.zeros(B, H) for _ in cell.state._fields))
    return lambda x: by(xp, cell, params, x, state)[0]


def loss(xp):
    generator = torch.Generator().manual_seed(1)
    weights, bias = torch.randn(7, D, generator=generator), torch.randn(7, generator=generator)
    return lambda x: xp.cross_entropy(x.reshape(-1, D), weights, bias, torch.arange(B * T) % 7)


PAIRS = {cell.name: (sequence(cell, TORCH, run), sequence(cell, ELEMENTARY, run_by_steps)) for cell, _ in NAMES}
PAIRS["cross-entropy"] = loss(TORCH), loss(ELEMENTARY)
every_kernel = pytest.mark.parametrize(("kernel", "reference"), PAIRS.values(), ids=PAIRS)


@every_kernel
def test_a_second_derivative_of_some_of_the_inputs(kernel, reference):
    x = torch.randn(B, T, D, generator=torch.Generator().manual_seed(0), requires_grad=True)
    second = []
    for function in (kernel, reference):
        (first,) = torch.autograd.grad(function(x).square().sum(), x, create_graph=True)
        second.append(torch.autograd.grad(first.square().sum(), x))
    torch.testing.assert_close(*second, rtol=1e-4, atol=1e-5)


@every_kernel
def test_several_gradients_at_once(kernel, reference):
    x = torch.randn(B, T, D, generator=torch.Generator().manual_seed(0), requires_grad=True)
    y = kernel(x)
    several = torch.randn(3, *y.shape, generator=torch.Generator().manual_seed(2))
    (together,) = torch.autograd.grad(y, x, several, is_grads_batched=True, retain_graph=True)
    alone = [torch.autograd.grad(y, x, gradient, retain_graph=True)[0] for gradient in several]
    torch.testing.assert_close(together, torch.stack(alone), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("cell", "name"), NAMES, ids=lambda value: getattr(value, "name", value))
def test_the_graph_shows_a_kernel_by_its_name(cell, name):
    x = torch.randn(B, T, D, requires_grad=True)
    params = map_tree(lambda a: torch.tensor(a, dtype=torch.float32), cell.initial(np.random.default_rng(0), D, H))
    y, _ = run(TORCH, cell, params, x, cell.state(*(torch.zeros(B, H) for _ in cell.state._fields)))
    nodes, names = [y.grad_fn], set()
    while nodes:
        node = nodes.pop()
        names.add(node.name())
        nodes += [before for before, _ in node.next_functions if before is not None]
    assert f"{name}Backward" in names
