"""Arguments that do not fit raise before a kernel reads by an address; odd but right ones give what torch gives."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

import unrolled.nn as twins
from unrolled import kernels
from unrolled.arrays import Layout
from unrolled.cells import LSTM, run
from unrolled.errors import InputError
from unrolled.nn import TORCH
from unrolled.nn.recurrence import recurrence
from unrolled.nn.reference import Weights
from unrolled.nn.scan import scan

D, H = 5, 4
WEIGHTS = Weights(torch.zeros(4 * H, D), torch.zeros(4 * H, H))
NONE = (None, None)


@pytest.mark.parametrize(
    ("cell", "x", "state", "layout", "says"),
    [
        ("lstm", (3, D), NONE, Layout(torch.tensor([50, 40])), "3 packed rows"),
        ("lstm", (3, D), NONE, Layout(), "3 packed rows"),
        ("lstm", (6, 2, D), (torch.zeros(2, H),) * 2, Layout(), r"shape \(2, 4\); expected \(6, 4\)"),
        ("lstm", (2, 3, D + 2), NONE, Layout(), r"U of lstm has shape \(16, 5\)"),
        ("peephole", (2, 3, D), NONE, Layout(), "peephole is None"),
    ],
)
def test_an_operator_refuses_what_does_not_fit(cell, x, state, layout, says):
    with pytest.raises(InputError, match=says):
        recurrence(cell, torch.zeros(x), WEIGHTS, state, layout)


@pytest.mark.parametrize(
    ("x", "state", "lengths", "says"),
    [
        ((2, 3, D + 2), (2, H), None, r"U has shape \(16, 5\); expected \(16, 7\)"),
        ((2, 3, D), (1, H), None, r"h has shape \(1, 4\); expected \(2, 4\)"),
        ((2, 3, D), (2, H), (3,), r"lengths has shape \(3,\); expected \(2,\)"),
    ],
)
def test_the_numpy_call_refuses_what_does_not_fit(x, state, lengths, says):
    weights = tuple(None if w is None else w.numpy() for w in WEIGHTS)
    states = (np.zeros(state, np.float32),) * 2
    ends = None if lengths is None else np.zeros(lengths, np.int64)
    with pytest.raises(InputError, match=says):
        kernels.recurrent("lstm", np.zeros(x, np.float32), weights, states, Layout(ends))


U, W, B = (np.ones(shape, np.float32) for shape in ((4 * H, D), (4 * H, H), 4 * H))
X, STATE = np.linspace(-1, 1, 2 * 3 * D, dtype=np.float32).reshape(2, 3, D), (np.zeros((2, H), np.float32),) * 2


@pytest.mark.parametrize(
    ("cell", "x", "weights", "state", "says"),
    [
        ("lstm", X, (U, W, B, None, None), STATE[:1], "1 entries of the state"),
        ("lstm", X, (None, W, B, None, None), STATE, "U is None"),
        ("lstm", X, (U, None, B, None, None), STATE, "W is of type NoneType"),
        ("lstm", X, (U, W), STATE, "2 weights"),
        ("peephole", X, (U, W, B, None, None), STATE, "peephole is None"),
        ("lstm", X.astype(np.int32)[:, ::-1], (U, W, B, None, None), STATE, "x is int32; expected float32"),
        ("lstm", X.astype(object), (U, W, B, None, None), STATE, "x is object"),
        ("lstm", X.astype(">f4"), (U, W, B, None, None), STATE, "x is >f4"),
        ("lstm", X[0], (U, W, B, None, None), STATE, "x is of 2 axes"),
        ("lstm", None, (U, W, B, None, None), STATE, "x is of type NoneType"),
        ("lstm", X, (U, W, B, None, None), (STATE[0].tolist(), STATE[1]), "h is of type list"),
        ("elman", X, (U, W, B, None, None), STATE, "the cell 'elman'"),
        (["lstm"], X, (U, W, B, None, None), STATE, r"the cell \['lstm'\]"),
        ("lstm", X, None, STATE, "weights is of type NoneType; expected a tuple"),
        ("lstm", X, (U, W, B, None, None), STATE[0], "the state is of type ndarray; expected a tuple"),
    ],
)
def test_the_numpy_call_refuses_what_would_be_read_astray(cell, x, weights, state, says):
    with pytest.raises(InputError, match=says):
        kernels.recurrent(cell, x, weights, state)


@pytest.mark.parametrize(
    ("layout", "keep", "says"),
    [
        (None, None, "a layout of type NoneType"),
        (Layout(None, 16), None, "reverse is 16; expected True or False"),
        (Layout(np.array(["a", "b"])), None, "lengths are of type <U1"),
        (Layout(), (), "0 of keep"),
        (Layout(), 0.5, "keep is of type float; expected a tuple"),
    ],
)
def test_the_numpy_call_refuses_layouts_and_zoneout_that_are_none(layout, keep, says):
    with pytest.raises(InputError, match=says):
        kernels.recurrent("lstm", X, (U, W, B, None, None), STATE, layout, keep)


def test_weights_and_states_in_lists_are_those_in_tuples():
    found = kernels.recurrent("lstm", X, [U, W, B, None, None], list(STATE))[0]
    assert found.tobytes() == kernels.recurrent("lstm", X, (U, W, B, None, None), STATE)[0].tobytes()


def test_a_field_of_packed_records_is_copied():
    records = np.zeros(X.shape[:2], [("pad", "i1"), ("value", "f4", D)])
    records["value"] = X
    found, expected = (kernels.recurrent("lstm", x, (U, W, B, None, None), STATE)[0] for x in (records["value"], X))
    assert found.tobytes() == expected.tobytes()
    assert kernels.exp(records["value"]).tobytes() == kernels.exp(X).tobytes()


def test_a_layer_without_units_and_a_scan_without_steps_have_gradients():
    x = torch.ones(2, 3, D, requires_grad=True)
    y, _ = recurrence("lstm", x, Weights(torch.zeros(0, D), torch.zeros(0, 0)), NONE)
    assert not torch.autograd.grad(y.sum(), x)[0].any()
    a = torch.ones(2, 0, H, requires_grad=True)
    y, (h,) = scan(a, torch.zeros(2, 0, H), (torch.ones(2, H),), Layout())
    assert torch.autograd.grad(y.sum() + h.sum(), a)[0].shape == a.shape


def test_an_operator_refuses_a_tensor_on_no_device_among_others():
    none = torch.empty(0)
    inputs = [torch.zeros(2, 3, D), torch.zeros(2, H), none, *map(torch.from_numpy, (U, W, B)), none, none]
    kept = [torch.zeros(2, 3, H), torch.zeros(6, 4 * H, device="meta"), torch.zeros(6, H), *[none] * 3]
    with pytest.raises(InputError, match="tensors lie on cpu, meta; expected one device"):
        torch.ops.unrolled.recurrence_backward("lstm", [False, False], [none] * 3, inputs, kept)


def test_the_numpy_scan_refuses_what_does_not_fit():
    b = np.zeros((2, 3, H), np.float32)
    with pytest.raises(InputError, match=r"a has shape \(2, 3, 5\); expected \(2, 3, 4\)"):
        kernels.scan(np.zeros((2, 3, 5), np.float32), b, (b[:, 0],))
    with pytest.raises(InputError, match=r"the state has \(1, 4\) float32; expected \(2, 4\)"):
        kernels.scan(b, b, (b[:1, 0],))


def test_parameters_in_float64_run_by_the_cells_own_step():
    generator = torch.Generator().manual_seed(0)
    params = LSTM.initial(np.random.default_rng(0), D, H)
    double = type(params)({name: torch.from_numpy(value) for name, value in params.items()})
    x = torch.randn(2, 3, D, generator=generator, dtype=torch.float64)
    start = LSTM.state(torch.zeros(2, H, dtype=torch.float64), torch.zeros(2, H, dtype=torch.float64))
    y, _ = run(TORCH, LSTM, double, x, start)
    again, _ = TORCH.recurrent("lstm", x.float())(double, x, start, Layout(), None)
    torch.testing.assert_close(again, y)


def test_one_long_sequence_among_many_short_ones():
    torch.manual_seed(0)
    ours, theirs = twins.LSTM(D, H), nn.LSTM(D, H)
    ours.load_state_dict(theirs.state_dict())
    rows = pack_sequence([torch.randn(3001, D), *torch.randn(3000, 1, D)])
    results = []
    for layer in (ours, theirs):
        y, _ = layer(rows)
        results.append((y.data, *torch.autograd.grad(y.data.sum(), list(layer.parameters()))))
    torch.testing.assert_close(results[0], results[1], rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("shape", [(0, 2, 3), (3, 0, 3)])
def test_zoneout_in_float64_on_nothing(shape):
    layer = twins.LSTM(3, H, zoneout=0.2).double()
    y, (h, c) = layer(torch.zeros(shape, dtype=torch.float64))
    assert y.shape == (*shape[:2], H)
    assert not h.any()
    assert not c.any()


def test_an_unknown_nonlinearity_is_torchs_error():
    cell = twins.RNNCell(3, H)
    cell.nonlinearity = "sine"
    with pytest.raises(RuntimeError, match="Unknown nonlinearity"):
        cell(torch.zeros(1, 3))
