"""Numpy and torch against the definition, with windows, strides, groups and activations of every kind."""

from itertools import product

import numpy as np
import pytest
import torch
from torch.autograd import gradcheck, gradgradcheck

from unrolled.arrays import NUMPY, Tree, map_tree, padding
from unrolled.layers import Convolution2d
from unrolled.nn import TORCH

KINDS = [  # window, stride, groups, height, width
    (1, 1, 1, 3, 2),
    (3, 1, 1, 4, 5),
    (3, 2, 1, 5, 4),
    (3, 2, 6, 4, 5),
    (5, 1, 6, 7, 5),
    (5, 2, 6, 6, 7),
    (1, 2, 1, 5, 4),
    (1, 2, 6, 5, 4),
    (3, 1, 2, 4, 4),
    (4, 2, 1, 5, 7),
    (2, 3, 6, 7, 6),
]


def case(window, stride, groups, height, width, activation="none", outputs=6):
    layer = Convolution2d(6, outputs, window, stride, groups, activation)
    rng = np.random.default_rng(window + stride)
    params = map_tree(lambda shape: 2 * rng.normal(size=shape), layer.shapes())
    return layer, params, rng.normal(size=(2, height, width, 6))


def by_definition(layer, params, x):
    """Output by output, each from the window around it."""
    (batch, height, width, _), s, k = x.shape, layer.stride, layer.window
    rows, columns = padding(height, k, s), padding(width, k, s)
    x = np.pad(x, ((0, 0), rows, columns, (0, 0)))
    y = np.zeros((batch, -(-height // s), -(-width // s), layer.outputs))
    mine, seen = layer.outputs // layer.groups, layer.inputs // layer.groups
    for b, i, j, o in product(*map(range, y.shape)):
        first = o // mine * seen
        window = x[b, i * s : i * s + k, j * s : j * s + k, first : first + seen]
        y[b, i, j, o] = (window * params.W[o]).sum() + params.b[o]
    return np.clip(y, *{"none": (None, None), "relu": (0, None), "relu6": (0, 6)}[layer.activation])


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_by_definition_on_numpy_and_torch(kind):
    for activation in ("none", "relu", "relu6"):
        layer, params, x = case(*kind, activation)
        expected = by_definition(layer, params, x)
        np.testing.assert_allclose(layer.forward(NUMPY, params, x), expected, atol=1e-12)
        y = layer.forward(TORCH, map_tree(torch.from_numpy, params), torch.from_numpy(x))
        np.testing.assert_allclose(y.numpy(), expected, atol=1e-12)
        single = map_tree(np.float32, params)
        y = layer.forward(NUMPY, single, x.astype(np.float32))
        assert y.dtype == np.float32
        np.testing.assert_allclose(y, expected, atol=1e-4)


def test_more_outputs_than_groups_and_a_picture_smaller_than_the_window():
    for layer, params, x in (case(3, 1, 6, 4, 5, outputs=12), case(5, 1, 6, 2, 1), case(5, 2, 1, 1, 2)):
        np.testing.assert_allclose(layer.forward(NUMPY, params, x), by_definition(layer, params, x), atol=1e-12)


def test_rows_of_many_blocks_are_each_summed_whole():
    layer, params, x = case(3, 2, 6, 20, 1500)
    y = layer.forward(TORCH, map_tree(torch.from_numpy, params), torch.from_numpy(x))
    np.testing.assert_allclose(layer.forward(NUMPY, params, x), y.numpy(), atol=1e-12)


def test_what_was_given_is_left_alone():
    layer, params, x = case(3, 1, 6, 4, 5, "relu")
    before = x.copy()
    layer.forward(NUMPY, params, x)
    np.testing.assert_array_equal(x, before)


@pytest.mark.parametrize("kind", [(3, 2, 1, 3, 4), (3, 2, 6, 4, 3)], ids=str)
def test_first_and_second_derivatives(kind):
    layer, params, x = case(*kind, "relu6")
    W, b, x = (torch.from_numpy(a).requires_grad_() for a in (params.W, params.b, x))
    call = lambda x, W, b: layer.forward(TORCH, Tree(W=W, b=b), x)  # noqa: E731
    assert gradcheck(call, (x, W, b), fast_mode=True)
    assert gradgradcheck(call, (x, W, b), fast_mode=True)


def test_zeros_around_a_picture():
    assert padding(224, 3, 2) == (0, 1)
    assert padding(5, 3, 2) == (1, 1)
    assert padding(7, 5, 1) == (2, 2)
    assert padding(8, 1, 2) == (0, 0)


def test_no_picture():
    layer, params, x = case(3, 2, 6, 4, 5)
    assert layer.forward(NUMPY, params, x[:0]).shape == (0, 2, 3, 6)
