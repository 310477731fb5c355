"""The losses of the heads are those of torch.nn.functional, and their gradients those of finite differences."""

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from unrolled.arrays import NUMPY, Tree, flatten, map_tree, unflatten
from unrolled.models import Bernoulli, Classes, Softmax
from unrolled.nn import TORCH

K, E, N = 7, 5, 6
HEADS = {
    "softmax": Softmax(K, E),
    "softmax, tied": Softmax(K, E, tied=True),
    "bernoulli": Bernoulli(K, E),
    "classes": Classes(K, E),
}
every_head = pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
weighted = pytest.mark.parametrize("weighted", [False, True], ids=["alone", "weighted"])


def parameters(head, dtype=np.float64):
    """The head's own, and the word vectors that it may share."""
    rng, shapes = np.random.default_rng(0), Tree(output=head.shapes(), words=Tree(vectors=(K, E)))
    return map_tree(lambda shape: rng.normal(size=shape).astype(dtype), shapes)


def data(head, dtype=np.float64):
    rng = np.random.default_rng(1)
    targets = (rng.random((N, K)) < 0.4).astype(dtype) if isinstance(head, Bernoulli) else rng.integers(0, K, N)
    return rng.normal(size=(N, E)).astype(dtype), targets, rng.random(N).astype(dtype)


def reference(head, scores, targets):
    """The loss (N,) of each row, as torch has it."""
    if isinstance(head, Bernoulli):
        return binary_cross_entropy_with_logits(scores, targets, reduction="none").sum(-1)
    return cross_entropy(scores, targets, reduction="none")


def scores_by_hand(params, features, tied):
    return features @ (params.words.vectors if tied else params.output.W).T + params.output.b


@weighted
@every_head
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_loss_is_that_of_torch(head, weighted, dtype):
    params = map_tree(torch.from_numpy, parameters(head, dtype))
    features, targets, weights = map(torch.from_numpy, data(head, dtype))
    rows = reference(head, scores_by_hand(params, features, getattr(head, "tied", False)), targets)
    expected = (rows * weights).sum() if weighted else rows.sum()
    loss = head.loss(TORCH, params, features, targets, weights if weighted else None)
    assert loss.dtype == features.dtype
    assert loss.shape == ()
    torch.testing.assert_close(loss, expected, rtol=1e-5 if dtype == np.float32 else 1e-10, atol=0)


@weighted
@every_head
def test_numpy_has_the_same_loss(head, weighted):
    params, (features, targets, weights) = parameters(head), data(head)
    weights = weights if weighted else None
    ours = head.loss(NUMPY, params, features, targets, weights)
    tensors = [None if array is None else torch.from_numpy(array) for array in (features, targets, weights)]
    theirs = head.loss(TORCH, map_tree(torch.from_numpy, params), *tensors)
    np.testing.assert_allclose(ours, theirs, rtol=1e-10)


@weighted
@every_head
def test_gradients_are_those_of_finite_differences(head, weighted):
    flat = flatten(parameters(head))
    features, targets, weights = map(torch.from_numpy, data(head))
    leaves = [torch.from_numpy(array).requires_grad_() for array in (features.numpy(), *flat.values())]

    def loss(x, *arrays):
        params = unflatten(dict(zip(flat, arrays, strict=True)))
        return head.loss(TORCH, params, x, targets, weights if weighted else None)

    assert torch.autograd.gradcheck(loss, leaves)
    loss(*leaves).backward()
    used = {"output.b", "words.vectors" if getattr(head, "tied", False) else "output.W"}
    for name, leaf in zip(flat, leaves[1:], strict=True):
        assert (leaf.grad is not None and bool(leaf.grad.any())) == (name in used), name


@every_head
def test_scores_far_from_zero_have_a_finite_loss(head):
    params = map_tree(lambda array: array * np.float32(1e4), parameters(head, np.float32))
    features, targets, _ = data(head, np.float32)
    for rows in (features, -features):
        loss = head.loss(
            TORCH, map_tree(torch.from_numpy, params), *map(torch.from_numpy, (rows, targets)), torch.ones(N)
        )
        assert bool(loss.isfinite())


@every_head
def test_matrix_scores_and_shapes_belong_together(head):
    params, (features, _, _) = parameters(head), data(head)
    weights, bias = head.matrix(params)
    assert weights.shape == (K, E)
    assert head.outcomes == len(bias) == K
    np.testing.assert_allclose(head.scores(params, features), features @ weights.T + bias, rtol=1e-12)
    initial = head.initial(np.random.default_rng(0))
    assert {name: array.shape for name, array in flatten(initial).items()} == flatten(head.shapes())
    assert list(initial) == list(head.shapes())


@pytest.mark.parametrize("name", ["softmax", "softmax, tied", "classes"])
def test_of_one_outcome_the_chances_are_probabilities(name):
    head, params = HEADS[name], parameters(HEADS[name])
    scores = head.scores(params, data(head)[0])
    chances = head.predicted(NUMPY, scores)
    np.testing.assert_allclose(chances, torch.softmax(torch.from_numpy(scores), -1), rtol=1e-10)


def test_of_keys_the_log_odds_stay_what_they_are():
    scores = np.array([[100.0, -100.0]])
    assert Bernoulli(2, 1).predicted(NUMPY, scores) is scores
