import numpy as np
import pytest
import torch

from unrolled import InputError
from unrolled.arrays import NUMPY, map_tree
from unrolled.layers import Convolution
from unrolled.nn import TORCH

LAYER = Convolution(2, 3, 4)
PARAMS = map_tree(lambda shape: np.random.default_rng(1).normal(size=shape), LAYER.shapes())
X = np.random.default_rng(0).normal(size=(3, 5, 2))
BEFORE = np.random.default_rng(2).normal(size=(3, 3, 2))
LENGTHS = np.array([5, 0, 2])


def by_hand(x, before):
    """The definition, output by output: W is (outputs, window, inputs), the oldest step first."""
    seen, W = np.concatenate([before, x]), PARAMS.W.reshape(3, 4, 2)
    return np.array(
        [[max(0, (W[k] * seen[t : t + 4]).sum() + PARAMS.b[k]) for k in range(3)] for t in range(len(x))]
    ).reshape(-1, 3)


def test_by_hand_from_a_state():
    y, after = LAYER.forward(NUMPY, PARAMS, X, BEFORE)
    for b in range(3):
        np.testing.assert_allclose(y[b], by_hand(X[b], BEFORE[b]))
    np.testing.assert_array_equal(after, X[:, 2:])


def test_no_state_is_zero_state_and_any_cut_gives_the_same():
    whole, after = LAYER.forward(NUMPY, PARAMS, X)
    np.testing.assert_array_equal(whole, LAYER.forward(NUMPY, PARAMS, X, np.zeros((3, 3, 2)))[0])
    first, state = LAYER.forward(NUMPY, PARAMS, X[:, :2])
    rest, state = LAYER.forward(NUMPY, PARAMS, X[:, 2:], state)
    np.testing.assert_allclose(np.concatenate([first, rest], 1), whole)
    np.testing.assert_array_equal(state, after)


def test_padding_never_matters_and_each_row_keeps_its_own_last_steps():
    padded = X.copy()
    for row, length in zip(padded, LENGTHS, strict=True):
        row[length:] = np.nan
    y, after = LAYER.forward(NUMPY, PARAMS, padded, BEFORE, LENGTHS)
    for b, length in enumerate(LENGTHS):
        np.testing.assert_allclose(y[b, :length], by_hand(X[b, :length], BEFORE[b]))
        np.testing.assert_array_equal(after[b], np.concatenate([BEFORE[b], X[b, :length]])[-3:])
    assert np.isfinite(y).all()


def test_no_steps_and_no_rows():
    y, after = LAYER.forward(NUMPY, PARAMS, X[:, :0], BEFORE)
    assert y.shape == (3, 0, 3)
    np.testing.assert_array_equal(after, BEFORE)
    assert LAYER.forward(NUMPY, PARAMS, X[:0])[0].shape == (0, 5, 3)


def test_numpy_equals_torch_and_every_parameter_has_a_gradient():
    params = map_tree(lambda array: torch.from_numpy(array).requires_grad_(), PARAMS)
    x, before = torch.from_numpy(X).requires_grad_(), torch.from_numpy(BEFORE).requires_grad_()
    y, after = LAYER.forward(TORCH, params, x, before, torch.from_numpy(LENGTHS))
    mine = LAYER.forward(NUMPY, PARAMS, X, BEFORE, LENGTHS)
    np.testing.assert_allclose(y.detach(), mine[0])
    np.testing.assert_allclose(after.detach(), mine[1])
    y[0].sum().backward()
    for leaf in (*params.values(), x, before):
        assert bool(leaf.grad.any())


def test_a_state_of_another_shape_is_refused():
    with pytest.raises(InputError, match=r"the state is \(3, 2, 2\) float64; expected \(3, 3, 2\) float64"):
        LAYER.forward(NUMPY, PARAMS, X, BEFORE[:, 1:])
