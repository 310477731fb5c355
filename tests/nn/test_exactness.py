"""The recurrent kernels under torch: one sequence's results and gradients have the same bits in any company.

The gradients of weights are sums over the batch: with as many threads they are the same from run to run.
"""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
import torch

from unrolled import kernels
from unrolled.arrays import Layout
from unrolled.nn.recurrence import recurrence
from unrolled.nn.reference import Keep, Weights

GATES = {"rnn": 1, "rnn-relu": 1, "lstm": 4, "gru": 3, "cifg": 3, "peephole": 4}
WITH_C = ("lstm", "cifg", "peephole")
SHARED = [(64, 5, 20, 64), (64, 3, 200, 260), (3, 6, 120, 160), (1, 9, 150, 200), (17, 12, 33, 47)]


class Case(NamedTuple):
    """A call; `d_y` weighs its outputs."""

    cell: str
    weights: Weights
    x: torch.Tensor
    state: tuple
    d_y: torch.Tensor

    def run(self, layout=None, rows=None, keep=None):
        """What one row has for itself, by name (outputs, last states, gradients), and the gradients of the weights."""
        which = torch.arange(len(self.x)) if rows is None else torch.tensor(rows)
        x, *state = [t[which].detach().requires_grad_() for t in (self.x, *self.state)]
        weights = Weights(*(None if w is None else w.detach().requires_grad_() for w in self.weights))
        y, last = recurrence(self.cell, x, weights, tuple(state), layout or Layout(), keep or Keep())
        outputs = (y, *last)
        leaves = [x, *state, *(w for w in weights if w is not None)]
        seeds = [self.d_y[which], *(torch.ones_like(h) for h in last)]
        found = torch.autograd.grad(outputs, leaves, seeds)
        names = ["y", "h", "c"][: 1 + len(last)] + ["d_x", "d_h", "d_c"][: 1 + len(state)]
        own = dict(zip(names, [o.detach() for o in outputs] + list(found[: 1 + len(state)]), strict=True))
        return own, found[1 + len(state) :]


def case(cell, sizes):
    batch, time, inputs, hidden = sizes
    generator = torch.Generator().manual_seed(0)

    def random(*shape):
        return (torch.rand(shape, generator=generator) * 2 - 1) * (hidden + 1) ** -0.5

    rows = GATES[cell] * hidden
    weights = Weights(
        random(rows, inputs),
        random(rows, hidden),
        random(rows),
        random(rows),
        random(3 * hidden) if cell == "peephole" else None,
    )
    state = tuple(random(batch, hidden) for _ in range(1 + (cell in WITH_C)))
    return Case(cell, weights, random(batch, time, inputs), state, random(batch, time, hidden))


def same_bits(found, expected):
    assert found.keys() == expected.keys()
    for name, one in found.items():
        assert torch.equal(one.contiguous().view(torch.int32), expected[name].contiguous().view(torch.int32)), name


@pytest.fixture(autouse=True)
def same_threads_after() -> Iterator[None]:
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.mark.parametrize("cell", kernels.RECURRENT)
@pytest.mark.parametrize("sizes", SHARED, ids=str)
def test_neither_threads_nor_company_change_a_bit(cell, sizes):
    at = case(cell, sizes)
    torch.set_num_threads(1)
    expected, weights = at.run()
    for threads in (1, 2):
        torch.set_num_threads(threads)
        found, sums = at.run()
        same_bits(found, expected)
        torch.testing.assert_close(sums, weights, rtol=1e-4, atol=1e-4)
        again, same_sums = at.run()
        same_bits(again, expected)
        assert all(torch.equal(one, other) for one, other in zip(sums, same_sums, strict=True))
        for b in {0, sizes[0] - 1}:
            same_bits(at.run(rows=[b])[0], {name: e[[b]] for name, e in expected.items()})


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("cell", kernels.RECURRENT)
def test_any_order_of_lengths_permutes_outputs_and_gradients(cell, reverse, threads):
    torch.set_num_threads(threads)
    at = case(cell, (40, 9, 20, 70))
    generator = torch.Generator().manual_seed(1)
    lengths, order = torch.randint(0, 10, (40,), generator=generator), torch.randperm(40, generator=generator)
    expected, weights = at.run(Layout(lengths, reverse))
    found, sums = at.run(Layout(lengths[order], reverse), rows=order.tolist())
    same_bits(found, {name: e[order] for name, e in expected.items()})
    torch.testing.assert_close(sums, weights, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("padding", [float("nan"), float("inf")])
@pytest.mark.parametrize("cell", kernels.RECURRENT)
def test_padding_reaches_no_output_and_no_gradient(cell, padding):
    at = case(cell, (12, 7, 9, 17))
    lengths = torch.arange(12) % 8
    outside = torch.arange(7) >= lengths[:, None]
    fill = lambda t: torch.where(outside[..., None], padding, t)  # noqa: E731
    layout = Layout(lengths)
    expected, weights = at.run(layout)
    found, sums = at._replace(x=fill(at.x), d_y=fill(at.d_y)).run(layout)
    same_bits(found, expected)
    assert all(torch.equal(one, other) for one, other in zip(sums, weights, strict=True))
    assert not expected["y"][outside].any()
    assert not expected["d_x"][outside].any()


@pytest.mark.parametrize("cell", kernels.RECURRENT)
@pytest.mark.parametrize("sizes", [(3, 6, 4, 5), (3, 0, 4, 5), (0, 6, 4, 5), (0, 0, 4, 5)], ids=str)
def test_what_has_no_steps_passes_state_and_gradient_on(cell, sizes):
    at = case(cell, sizes)
    found, weights = at.run(Layout(torch.zeros(sizes[0], dtype=torch.int64)))
    for state, last, gradient in (("h", at.state[0], "d_h"), ("c", at.state[-1], "d_c")):
        if state in found:
            assert torch.equal(found[state], last)
            assert torch.equal(found[gradient], torch.ones_like(last))
    assert not found["y"].any()
    assert not found["d_x"].any()
    assert all(not w.any() for w in weights)


@pytest.mark.parametrize("cell", kernels.RECURRENT)
def test_denormal_gradients_are_finite_and_the_callers_mode_stays(cell):
    torch.set_num_threads(2)
    at = case(cell, (24, 8, 40, 64))
    found, weights = at._replace(x=at.x * 1e-38, d_y=at.d_y * 1e-38).run()
    assert all(torch.isfinite(t).all() for t in (*found.values(), *weights))
    assert float(torch.tensor(2.0**-126) * 0.5) != 0
