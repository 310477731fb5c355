import numpy as np
import pytest
import torch

from unrolled import InputError
from unrolled.arrays import NUMPY, map_tree
from unrolled.layers import ATTENTIONS
from unrolled.layers.attention import Covering, Dot
from unrolled.nn import TORCH
from unrolled.nn.elementary import ELEMENTARY

RNG = np.random.default_rng(0)
B, T, S, SIZE = 3, 4, 5, 6
QUERY, VALUES = RNG.normal(size=(B, T, SIZE)), RNG.normal(size=(B, S, SIZE))


def made(kind, dtype=np.float64):
    layer = ATTENTIONS[kind](SIZE, SIZE)
    params = map_tree(lambda a: (a + RNG.normal(0, 0.3, a.shape)).astype(dtype), layer.initial(RNG))
    return layer, params


def by_definition(kind, p, q, m):
    if kind == "additive":
        return float(p.v[0] @ np.tanh(p.W @ q + p.U @ m + p.b))
    if kind == "general":
        return float(q @ p.W @ m)
    return float(q @ m) / (SIZE**0.5 if kind == "scaled" else 1.0)


@pytest.mark.parametrize("kind", ATTENTIONS)
def test_each_kind_is_its_equation(kind):
    layer, params = made(kind)
    context, weights = layer.forward(NUMPY, params, QUERY, layer.read(NUMPY, params, VALUES))
    scores = np.array([[[by_definition(kind, params, q, m) for m in VALUES[b]] for q in QUERY[b]] for b in range(B)])
    expected = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    np.testing.assert_allclose(weights, expected, atol=1e-12)
    np.testing.assert_allclose(context, expected @ VALUES, atol=1e-12)


@pytest.mark.parametrize("kind", ATTENTIONS)
def test_nothing_in_the_padding_reaches_results_or_gradients(kind):
    layer, params = made(kind)
    lengths = np.array([5, 2, 0])
    broken = VALUES.copy()
    broken[1, 2:], broken[2] = np.nan, np.nan
    context, weights = layer.forward(NUMPY, params, QUERY, layer.read(NUMPY, params, broken, lengths))
    alone, own = layer.forward(NUMPY, params, QUERY[1:2], layer.read(NUMPY, params, VALUES[1:2, :2]))
    np.testing.assert_allclose(context[1:2], alone, atol=1e-12)
    np.testing.assert_allclose(weights[1:2, :, :2], own, atol=1e-12)
    assert (weights[1, :, 2:] == 0).all()
    assert (context[2] == 0).all()
    tensors = map_tree(lambda a: torch.tensor(a, requires_grad=True), params)
    values = torch.tensor(broken, requires_grad=True)
    memory = layer.read(ELEMENTARY, tensors, values, torch.tensor(lengths))
    layer.forward(ELEMENTARY, tensors, torch.tensor(QUERY), memory)[0].sum().backward()
    assert torch.isfinite(values.grad).all()
    assert (values.grad[1, 2:] == 0).all()
    assert (values.grad[2] == 0).all()
    assert all(torch.isfinite(tensor.grad).all() for tensor in tensors.values())


@pytest.mark.parametrize("kind", ATTENTIONS)
def test_queries_one_by_one_and_torch_give_the_same(kind):
    layer, params = made(kind, np.float32)
    query, values = QUERY.astype(np.float32), VALUES.astype(np.float32)
    memory = layer.read(NUMPY, params, values)
    whole, _ = layer.forward(NUMPY, params, query, memory)
    for t in range(T):
        step, _ = layer.forward(NUMPY, params, query[:, t : t + 1], memory)
        np.testing.assert_allclose(step[:, 0], whole[:, t], atol=1e-6)
    tensors = map_tree(torch.tensor, params)
    there = layer.read(TORCH, tensors, torch.tensor(values))
    np.testing.assert_allclose(layer.forward(TORCH, tensors, torch.tensor(query), there)[0], whole, atol=1e-6)


@pytest.mark.parametrize("kind", ATTENTIONS)
def test_first_and_second_derivatives_are_right(kind):
    layer, params = made(kind)
    names = list(params)
    lengths = torch.tensor([2, 1])

    def context(query, values, *weights):
        tree = type(params)(zip(names, weights, strict=True))
        return layer.forward(ELEMENTARY, tree, query, layer.read(ELEMENTARY, tree, values, lengths))[0]

    inputs = [QUERY[:2, :2], VALUES[:2, :2], *params.values()]
    tensors = [torch.tensor(np.ascontiguousarray(array), requires_grad=True) for array in inputs]
    assert torch.autograd.gradcheck(context, tensors, fast_mode=True)
    assert torch.autograd.gradgradcheck(context, tensors, fast_mode=True)


def test_a_plain_product_of_vectors_of_unequal_length_is_refused():
    with pytest.raises(InputError, match="multiplies 4 numbers with 6; expected as many: take general"):
        Dot(4, 6)


def test_coverage_is_what_was_attended_to_before_and_enters_the_scores():
    layer = Covering(SIZE, SIZE)
    params = map_tree(lambda a: a + RNG.normal(0, 0.5, a.shape), layer.initial(RNG))
    memory, covered, before = layer.read(NUMPY, params, VALUES), np.zeros((B, S)), np.zeros((B, S))
    for t in range(T):
        context, weights, covered = layer.step(NUMPY, params, QUERY[:, t : t + 1], memory, covered)
        for b in range(B):
            scores = [
                params.v[0] @ np.tanh(params.W @ QUERY[b, t] + params.U @ m + params.w[:, 0] * s + params.b)
                for m, s in zip(VALUES[b], before[b], strict=True)
            ]
            np.testing.assert_allclose(weights[b, 0], np.exp(scores) / np.exp(scores).sum(), atol=1e-12)
            np.testing.assert_allclose(context[b, 0], weights[b, 0] @ VALUES[b], atol=1e-12)
        before = before + weights[:, 0]
    np.testing.assert_allclose(covered.sum(1), T, atol=1e-9)
