"""What comes back for the backward pass is looked at before native code reads it: right bits or an error."""

import numpy as np
import pytest
import torch
from torch.autograd.graph import saved_tensors_hooks

import unrolled.nn as twins
from unrolled.arrays import Layout, map_tree
from unrolled.cells import LRU, MINGRU, SLSTM, run
from unrolled.errors import InputError
from unrolled.nn import TORCH
from unrolled.nn.recurrence import recurrence
from unrolled.nn.reference import Keep, Weights

B, T, D, H = 3, 4, 5, 6


def scan(cell):
    params = map_tree(lambda a: torch.tensor(a, dtype=torch.float32), cell.initial(np.random.default_rng(0), D, H))
    state = cell.state(*(torch.zeros(B, H) for _ in cell.state._fields))
    return lambda x: run(TORCH, cell, params, x, state)[0]


def zoneout(x):
    generator = torch.Generator().manual_seed(3)
    weights = Weights(*(torch.randn(s, generator=generator) for s in ((4 * H, D), (4 * H, H), (4 * H,), (4 * H,))))
    keep = Keep(*torch.rand(2, B * T, H, generator=generator))
    return recurrence("lstm", x, weights, (None, None), Layout(torch.tensor([4, 0, 2])), keep)[0]


def loss(x):
    generator = torch.Generator().manual_seed(1)
    weights, bias = torch.randn(7, D, generator=generator), torch.randn(7, generator=generator)
    return TORCH.cross_entropy(x.reshape(-1, D), weights, bias, torch.arange(B * T) % 7)


torch.manual_seed(0)
LAYERS = {
    "LSTM": twins.LSTM(D, H, num_layers=2, bidirectional=True),
    "GRU": twins.GRU(D, H),
    "RNN": twins.RNN(D, H, nonlinearity="relu"),
    "LSTMCell": twins.LSTMCell(D, H),
    "GRUCell": twins.GRUCell(D, H),
}
FUNCTIONS = {
    "LSTM": lambda x: LAYERS["LSTM"](x)[0],
    "GRU": lambda x: LAYERS["GRU"](x)[0],
    "RNN": lambda x: LAYERS["RNN"](x)[0],
    "LSTMCell": lambda x: LAYERS["LSTMCell"](x[:, 0])[0],
    "GRUCell": lambda x: LAYERS["GRUCell"](x[:, 0]),
    "zoneout": zoneout,
    **{cell.name: scan(cell) for cell in (MINGRU, LRU, SLSTM)},
    "cross-entropy": loss,
}
every_function = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)


def gradient(function, hook=lambda t: t):
    x = torch.linspace(-1, 1, B * T * D).view(B, T, D).requires_grad_()
    with saved_tensors_hooks(lambda t: t, hook):
        y = function(x)
    return torch.autograd.grad(y, x, torch.ones_like(y))[0]


def of_floats(change):
    return lambda t: change(t.detach()) if t.dtype is torch.float32 and t.numel() else t


def emptied(t):
    t = t.clone()
    t.untyped_storage().resize_(0)
    return t


LAYOUTS = {
    "columns first": lambda t: t.mT.contiguous().mT if t.dim() > 1 else t,
    "every second": lambda t: t.repeat_interleave(2, -1)[..., ::2],
    "negated lazily": lambda t: torch._neg_view(-t),
    "part of a larger one": lambda t: torch.cat([t.flatten(), t.flatten()])[t.numel() :].view_as(t),
}


@every_function
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_another_layout_gives_the_same_bits(function, layout):
    assert torch.equal(gradient(function, of_floats(layout)), gradient(function))


FAULTS = {
    "half": torch.Tensor.half,
    "double": torch.Tensor.double,
    "shorter": lambda t: t[: len(t) // 2],
    "flat": torch.Tensor.flatten,
    "emptied": emptied,
    "on no device": lambda t: t.to("meta"),
    "sparse": torch.Tensor.to_sparse,
}


@every_function
@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_what_does_not_fit_raises(function, fault):
    with pytest.raises((InputError, RuntimeError, NotImplementedError)):  # ours, or that of torch's own operations
        gradient(function, of_floats(fault))


@pytest.mark.parametrize("fault", [lambda t: t.to("meta"), torch.Tensor.to_sparse], ids=["on no device", "sparse"])
@pytest.mark.parametrize("name", ["LSTM", "GRU", "RNN", "LSTMCell", "GRUCell"])
def test_what_has_no_memory_is_named(name, fault):
    with pytest.raises(InputError, match=r"has changed: \w+ is torch\.\w+ on \w+; expected torch\.strided on the CPU"):
        gradient(FUNCTIONS[name], of_floats(fault))


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN", "LSTMCell", "GRUCell", "RNNCell"])
@pytest.mark.parametrize("size", [0, 60])
def test_weights_whose_memory_was_given_back_are_not_read(kind, size):
    module, x = getattr(twins, kind)(D, H), torch.zeros(3, D)
    y = module(x)
    weight = next(p for name, p in module.named_parameters() if name.startswith("weight_hh"))
    weight.untyped_storage().resize_(size)
    with pytest.raises(InputError, match=r"W is of shape .* its storage was made smaller"):
        (y[0] if isinstance(y, tuple) else y).sum().backward()
    with pytest.raises(InputError, match="its storage was made smaller"):
        module(x)


def test_lengths_changed_after_the_forward_pass_do_not_matter():
    lengths, found = np.array([4, 1, 2]), []
    for change in (False, True):
        module, x = LAYERS["LSTM"], torch.ones(T, B, D, requires_grad=True)
        y, _ = module(x, lengths=torch.from_numpy(lengths))
        if change:
            lengths[:] = 1, 4, 9
        found.append(torch.autograd.grad(y.sum(), x)[0])
    assert torch.equal(*found)


@pytest.mark.parametrize("kind", ["LSTM", "GRU", "RNN"])
def test_a_gradient_negated_lazily(kind):
    """As autograd makes them of complex numbers' imaginary parts."""
    x = torch.linspace(-1, 1, T * B * D).view(T, B, D).requires_grad_()
    y = FUNCTIONS[kind](x)
    real = torch.linspace(1, 2, y.numel()).view_as(y)
    (found,) = torch.autograd.grad(torch.complex(real, y).conj().abs().sum(), x, retain_graph=True)
    (expected,) = torch.autograd.grad((real.square() + y.square()).sqrt().sum(), x)
    torch.testing.assert_close(found, expected)


def test_a_tensor_changed_in_place_raises_as_torchs_do():
    x = torch.zeros(T, B, D, requires_grad=True)
    module = LAYERS["LSTM"]
    y, _ = module(x)
    with torch.no_grad():
        module.weight_hh_l0.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.sum().backward()


def test_a_torch_without_dlpacks_table_gives_the_same(monkeypatch):
    from unrolled import _native

    expected = [gradient(FUNCTIONS[name]) for name in ("LSTM", "mingru")]
    _native.use_torch(torch.Tensor, torch.nn.Parameter, None)
    try:
        assert all(map(torch.equal, [gradient(FUNCTIONS[name]) for name in ("LSTM", "mingru")], expected))
        with pytest.raises(InputError, match=r"x is torch\.float64"):
            gradient(FUNCTIONS["GRU"], of_floats(torch.Tensor.double))
    finally:
        _native.use_torch(torch.Tensor, torch.nn.Parameter, getattr(torch.Tensor, "__dlpack_c_exchange_api__", None))
