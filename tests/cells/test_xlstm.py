"""sLSTM and mLSTM beyond the contract: the paper's own equations, their beginning, extreme gates, pieces, zoneout."""

import numpy as np
import pytest
import torch

from unrolled.arrays import NUMPY, Layout, map_state, map_tree
from unrolled.cells import MLSTM, SLSTM, run, unroll, zero_state
from unrolled.cells.mlstm import PIECE
from unrolled.layers import Recurrent
from unrolled.nn import TORCH
from unrolled.nn.noise import TorchNoise

from . import contract

BOTH = pytest.mark.parametrize("cell", [SLSTM, MLSTM], ids=lambda cell: cell.name)
D, H = 4, 3


def given(cell, batch=2, time=40, dtype=np.float64, scale=1.0):
    rng = np.random.default_rng(0)
    params = map_tree(lambda a: (a + rng.normal(0, 0.3, a.shape)).astype(dtype), cell.initial(rng, D, H))
    x = rng.normal(0, scale, (batch, time, D)).astype(dtype)
    return params, x, zero_state(NUMPY, cell, batch, H, x)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def slstm_of_the_paper(p, x):
    """Eq. 8 to 14, nothing stabilised, one row."""
    h = c = n = np.zeros(H)
    for x_t in x:
        i, f, z, o = np.split(p.U @ x_t + p.W @ h + p.b, 4)
        c, n = sigmoid(f) * c + np.exp(i) * np.tanh(z), sigmoid(f) * n + np.exp(i)
        h = sigmoid(o) * c / n
        yield h


def mlstm_of_the_paper(p, x):
    """Eq. 19 to 27, nothing stabilised, one row."""
    C, n = np.zeros((H, H)), np.zeros(H)
    for x_t in x:
        (q, k, v, o), (i, f) = np.split(p.U @ x_t + p.b, 4), p.U_g @ x_t + p.b_g
        k = k / np.sqrt(H)
        C, n = sigmoid(f) * C + np.exp(i) * np.outer(v, k), sigmoid(f) * n + np.exp(i) * k
        yield sigmoid(o) * (C @ q) / max(abs(n @ q), 1)


@pytest.mark.parametrize("fold", [run, unroll], ids=["run", "unroll"])
@pytest.mark.parametrize(("cell", "paper"), [(SLSTM, slstm_of_the_paper), (MLSTM, mlstm_of_the_paper)])
def test_what_is_stabilised_is_the_paper_s(cell, paper, fold):
    params, x, zero = given(cell)
    expected = np.stack([list(paper(params, row)) for row in x])
    np.testing.assert_allclose(fold(NUMPY, cell, params, x, zero)[0], expected, rtol=1e-10, atol=1e-10)


@BOTH
@pytest.mark.parametrize("fold", [run, unroll], ids=["run", "unroll"])
def test_an_empty_memory_may_be_counted_in_any_unit(cell, fold):
    params, x, zero = given(cell)
    for m in (-70.0, 70.0):
        y, _ = fold(NUMPY, cell, params, x, zero._replace(m=zero.m + m))
        np.testing.assert_allclose(y, fold(NUMPY, cell, params, x, zero)[0], rtol=1e-10, atol=1e-10)


@BOTH
@pytest.mark.parametrize("scale", [100.0, 1e4, 1e8])
def test_float32_stays_finite(cell, scale):
    params, x, zero = given(cell, 8, 50, np.float32, scale)
    tensors = map_tree(lambda a: torch.from_numpy(a).requires_grad_(), params)
    start = map_state(torch.from_numpy, zero)
    for fold in (run, unroll):
        assert np.isfinite(fold(NUMPY, cell, params, x, zero)[0]).all()
        y, state = fold(TORCH, cell, tensors, torch.from_numpy(x), start)
        assert all(bool(entry.isfinite().all()) for entry in (y, *state))
    np.testing.assert_allclose(fold(NUMPY, cell, params, x, zero)[0], y.detach().numpy(), rtol=1e-3, atol=1e-5 * scale)


@BOTH
@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("lengths", [None, [2 * PIECE + 7, 0, PIECE, PIECE - 1]], ids=["whole", "ragged"])
def test_many_pieces_are_as_many_steps(cell, lengths, reverse):
    at = contract.case(cell, 4, 2 * PIECE + 7)
    ends = None if lengths is None else torch.tensor(lengths)
    y, last = run(TORCH, cell, at.params, at.x, at.state, Layout(ends, reverse))
    expected, end = contract.run_by_steps(TORCH, cell, at.params, at.x, at.state, Layout(ends, reverse))
    contract.same((y, *last), (expected, *end), 1e-10)
    contract.same(at.gradients(y, *last), at.gradients(expected, *end), 1e-9, "gradients")
    arrays = map_tree(contract._array, at.params), contract._array(at.x), map_state(contract._array, at.state)
    found, _ = run(NUMPY, cell, *arrays, Layout(None if ends is None else ends.numpy(), reverse))
    np.testing.assert_allclose(found, expected.detach(), rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("check", contract.CHECKS, ids=lambda check: check.__name__)
def test_the_contract_across_pieces(check, monkeypatch):
    monkeypatch.setattr("unrolled.cells.mlstm.PIECE", 2)
    check(MLSTM, contract.run_cell)


def test_slstm_s_own_derivative_is_taken():
    params, x, zero = given(SLSTM, dtype=np.float32)
    tensors = map_tree(lambda a: torch.from_numpy(a).requires_grad_(), params)
    y, _ = Recurrent(SLSTM, D, (H,)).forward(TORCH, {"0": tensors}, torch.from_numpy(x))
    assert "SLSTM" in y.grad_fn.name()
    assert run(TORCH, SLSTM, tensors, torch.from_numpy(x[:, :0]), map_state(torch.from_numpy, zero))[0].shape == (
        2,
        0,
        H,
    )


@BOTH
def test_zoneout_keeps_the_memory_as_a_whole(cell):
    params, x, state = contract.case(cell)
    sizes = cell.state_sizes(H)
    all_kept, none_kept = (
        [torch.full((*x.shape[:2], size), value, dtype=x.dtype) for size in sizes] for value in (1.0, 0.0)
    )
    same, _ = run(TORCH, cell, params, x, state, keep=none_kept)
    contract.same(same, run(TORCH, cell, params, x, state)[0])
    _, kept = run(TORCH, cell, params, x, state, keep=all_kept)
    for before, after in zip(in_full(state), in_full(kept), strict=True):
        contract.same(after, before)
    layer = Recurrent(cell, D, (H,), zoneout=0.3)
    tree, noise = {"0": params}, TorchNoise(torch.Generator().manual_seed(0))
    trained, _ = layer.forward(TORCH, tree, x, (state,), noise=noise)
    expected, _ = layer.forward(TORCH, tree, x, (state,))
    contract.differ(trained, expected, "no mask was drawn")
    arrays = map_tree(contract._array, params), contract._array(x), map_state(contract._array, state)
    found, _ = layer.forward(NUMPY, {"0": arrays[0]}, arrays[1], (arrays[2],))
    contract.same(torch.from_numpy(found), expected.detach(), what="numpy")


def in_full(state):
    """What is remembered, whatever unit m it is counted in."""
    known = state._asdict()
    unit = known.pop("m").exp()
    return [entry if name == "h" else entry * unit for name, entry in known.items()]
