"""The short way to the kernels: steps, and layers without lengths, equal the long way and torch's own modules."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from unrolled.nn import plain, twins
from unrolled.nn.recurrence import recurrence
from unrolled.nn.reference import Weights
from unrolled.nn.twins import last_path

GATES = {"rnn": 1, "rnn-relu": 1, "gru": 3, "lstm": 4}
CELLS = [(nn.RNNCell, twins.RNNCell), (nn.GRUCell, twins.GRUCell), (nn.LSTMCell, twins.LSTMCell)]


def arguments(cell, batch, inputs, hidden):
    generator = torch.Generator().manual_seed(0)
    rows = GATES[cell] * hidden
    shapes = [(batch, inputs), (rows, inputs), (rows, hidden), (rows,), (rows,)]
    shapes += [(batch, hidden)] * (2 if cell == "lstm" else 1)
    return [(torch.randn(s, generator=generator) * 0.3).requires_grad_() for s in shapes]


def same_bits(found, expected):
    for one, other in zip(found, expected, strict=True):
        assert torch.equal(one.view(torch.int32), other.view(torch.int32))


@pytest.mark.parametrize("batch", [1, 3, 12, 20, 40])
@pytest.mark.parametrize("cell", GATES)
def test_a_step_has_the_bits_of_a_sequence_of_one_and_of_its_rows_alone(cell, batch):
    x, *weights, h, c = [*arguments(cell, batch, 24, 256), None][:7]
    state = (h,) if cell != "lstm" else (h, c)
    leaves = [x, *state]
    short = plain.step(cell, x, weights, state)
    _, long = recurrence(cell, x[:, None], Weights(*weights), state)
    same_bits(short, long)
    grads = torch.autograd.grad([s.sum() for s in short], leaves)
    same_bits(grads, torch.autograd.grad([s.sum() for s in long], leaves))
    alone = [t.detach()[batch - 1 :].requires_grad_() for t in leaves]
    last = plain.step(cell, alone[0], weights, alone[1:])
    same_bits(last, [s[batch - 1 :] for s in short])
    same_bits(torch.autograd.grad([s.sum() for s in last], alone), [g[batch - 1 :] for g in grads])


@pytest.mark.parametrize("batch_first", [False, True])
@pytest.mark.parametrize("cell", GATES)
def test_a_layer_has_the_bits_of_the_long_way(cell, batch_first):
    _, *weights, h, c = [*arguments(cell, 3, 5, 9), None][:7]
    state = (h,) if cell != "lstm" else (h, c)
    x = torch.randn(3, 4, 5, generator=torch.Generator().manual_seed(1), requires_grad=True)
    given = x if batch_first else x.transpose(0, 1)
    y, *after = plain.layer(cell, given, weights, [s[None] for s in state], batch_first)
    expected, last = recurrence(cell, x, Weights(*weights), state)
    same_bits([y if batch_first else y.transpose(0, 1), *(s[0] for s in after)], [expected, *last])
    leaves = [x, *weights, *state]
    found = torch.autograd.grad([y.sum(), *(s.sum() for s in after)], leaves)
    same_bits(found, torch.autograd.grad([expected.sum(), *(s.sum() for s in last)], leaves))


@pytest.mark.parametrize("form", ["step", "batch first", "time first"])
@pytest.mark.parametrize("cell", ["rnn", "gru", "lstm"])
def test_second_derivatives(cell, form):
    x, *others = [t.detach().double() for t in arguments(cell, 2, 2, 3)]
    weights, state = others[:4], others[4:]
    if form != "step":
        x, state = torch.stack([x, x * 2], int(form == "batch first")), [s[None] for s in state]

    def gradient(x, *given):
        state, weights = given[: len(given) - 4], given[len(given) - 4 :]
        before = [x.float(), *(w.float() for w in weights), *(s.float() for s in state)]
        if form == "step":
            outputs = plain.step(cell, before[0], before[1:5], before[5:])
        else:
            outputs = plain.layer(cell, before[0], before[1:5], before[5:], form == "batch first")
        return torch.autograd.grad(sum((o**2).sum() for o in outputs), [x, *given], create_graph=True)

    leaves = [t.requires_grad_() for t in (x, *state, *weights)]
    seconds = torch.autograd.grad(sum(g.sum() for g in gradient(*leaves)), leaves)
    moved = [t.detach() + 1e-2 for t in leaves]
    back = [t.detach() - 1e-2 for t in leaves]
    ahead, behind = (gradient(*(t.requires_grad_() for t in side)) for side in (moved, back))
    change = sum((a - b).sum() for a, b in zip(ahead, behind, strict=True)) / 2e-2
    torch.testing.assert_close(sum(s.sum() for s in seconds), change, rtol=2e-2, atol=2e-2)


@pytest.mark.parametrize(("theirs", "ours"), CELLS)
def test_a_step_reads_rows_of_a_longer_sequence_and_states_in_any_memory_order(theirs, ours):
    torch_s, twin = theirs(6, 5), ours(6, 5)
    twin.load_state_dict(torch_s.state_dict())
    xs, state = torch.randn(4, 3, 6), torch.randn(5, 4).t()
    state = (state, state + 1) if theirs is nn.LSTMCell else state
    for x in (xs[:, 1], xs[:, 1].t().contiguous().t(), xs[0, :1].expand(4, 6)):
        expected, found = torch_s(x, state), twin(x, state)
        for a, b in zip(
            expected if isinstance(expected, tuple) else [expected],
            found if isinstance(found, tuple) else [found],
            strict=True,
        ):
            torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)
        assert last_path() == ("kernel", None)


@pytest.mark.parametrize(("theirs", "ours"), CELLS)
def test_what_the_kernel_refuses_is_what_torch_refuses_or_computes(theirs, ours):
    torch_s, twin = theirs(6, 5), ours(6, 5)
    twin.load_state_dict(torch_s.state_dict())
    pair = (lambda h: (h, h)) if theirs is nn.LSTMCell else (lambda h: h)
    x, h = torch.randn(4, 6), torch.randn(4, 5)
    for wrong in (
        (x[:, :5], pair(h)),
        (x, pair(h[:3])),
        (x, pair(h[:, :4])),
        (x.numpy(), pair(h)),
        (x, pair(h.numpy())),
    ):
        with pytest.raises(Exception) as expected:  # noqa: PT011  whatever torch raises
            torch_s(*wrong)
        with pytest.raises(type(expected.value)):
            twin(*wrong)
    double, twice = copy.deepcopy(torch_s).double(), copy.deepcopy(twin).double()
    one, other = (m(x.double(), pair(h.double())) for m in (double, twice))
    np.testing.assert_array_equal(*((t[0] if isinstance(t, tuple) else t).detach() for t in (one, other)))
    assert last_path() == ("torch", "float64, where the kernels compute in float32")


@pytest.mark.parametrize(("theirs", "ours"), CELLS)
def test_tensors_without_memory_go_to_torch(theirs, ours):
    x, h = torch.randn(4, 6), torch.randn(4, 5)
    pair = (lambda h: (h, h)) if theirs is nn.LSTMCell else (lambda h: h)
    y = ours(6, 5).to("meta")(x.to("meta"), pair(h.to("meta")))
    assert (y[0] if isinstance(y, tuple) else y).is_meta
    torch_s, twin = theirs(6, 5), ours(6, 5)
    twin.load_state_dict(torch_s.state_dict())
    expected, found = torch_s(x.to_sparse(), pair(h)), twin(x.to_sparse(), pair(h))
    torch.testing.assert_close(found, expected)
    assert last_path() == ("torch", "not a plain strided tensor")
    with pytest.raises(RuntimeError, match="device"):
        twin(x, pair(h.to("meta")))


def test_a_cell_of_no_units_has_gradients_of_no_numbers():
    x = torch.randn(2, 3, requires_grad=True)
    weights = [torch.zeros(s, requires_grad=True) for s in ((0, 3), (0, 0), (0,), (0,))]
    (h,) = plain.step("rnn", x, weights, (torch.zeros(2, 0),))
    (d_x,) = torch.autograd.grad(h.sum() + 0 * x.sum(), [x])
    assert h.shape == (2, 0)
    assert not d_x.any()


@pytest.mark.parametrize("rows", [2, 5, 6, 8, 13, 25, 64])
@pytest.mark.parametrize("hidden", [33, 70])
def test_going_back_through_a_step_each_row_is_as_if_alone(rows, hidden):
    torch.manual_seed(rows)
    x, h, d_h = torch.randn(rows, 21), torch.randn(rows, hidden), torch.randn(rows, hidden)
    weights = [torch.randn(s) for s in ((3 * hidden, 21), (3 * hidden, hidden), (3 * hidden,), (3 * hidden,))]

    def gradients(part: slice) -> tuple[torch.Tensor, ...]:
        leaves = [t.clone().requires_grad_() for t in (x[part], h[part], *weights)]
        (after,) = plain.step("gru", leaves[0], leaves[2:], (leaves[1],))
        return torch.autograd.grad(after, leaves, d_h[part])

    together, alone = gradients(slice(None)), [gradients(slice(row, row + 1)) for row in range(rows)]
    for ours, *each in zip(together[:2], *(one[:2] for one in alone), strict=True):
        assert torch.equal(ours, torch.cat(each))
    for ours, *each in zip(together[2:], *(one[2:] for one in alone), strict=True):
        torch.testing.assert_close(ours, torch.stack(each).double().sum(0).float(), atol=1e-4, rtol=1e-4)
