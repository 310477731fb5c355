"""Connectionist temporal classification as a training problem."""

from itertools import groupby, product

import numpy as np
import torch

from unrolled.arrays import Tree
from unrolled.training.connectionist import Connectionist, Unaligned


def model(xp, params, x, lengths, noise):
    return xp.log_softmax(x @ params.W)


def batch(seed: int) -> Unaligned:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, 4, 3)).astype(np.float32)
    return Unaligned((x,), np.array([4, 3]), [np.array([1, 2]), np.array([2])])


def by_hand(log_p: np.ndarray, labels: list[int]) -> float:
    """Sum over all alignments."""
    total = 0.0
    for path in product(range(log_p.shape[1]), repeat=len(log_p)):
        if [label for label, _ in groupby(path) if label] == labels:
            total += float(np.exp(sum(log_p[t, label] for t, label in enumerate(path))))
    return -np.log(total)


def test_the_loss_is_that_of_all_alignments_and_padding_does_not_count() -> None:
    weights = np.random.default_rng(1).normal(size=(3, 3))
    problem = Connectionist(model, Tree(W=weights), batch, 5, [batch(9), batch(10)])
    loss, items, state = problem.loss(0, (), None)
    x = batch(0).inputs[0].astype(np.float64) @ weights
    log_p = x - np.log(np.exp(x).sum(-1, keepdims=True))
    expected = by_hand(log_p[0], [1, 2]) + by_hand(log_p[1, :3], [2])
    assert (items, state, len(problem), problem.validation_batches) == (3, (), 5, 2)
    np.testing.assert_allclose(loss.item(), expected, rtol=1e-5)
    loss.backward()
    assert torch.isfinite(problem.module.W.grad).all()
    each = [problem.loss(step, (), None)[0].item() for step in (9, 10)]
    np.testing.assert_allclose(problem.validate(), sum(each) / 6, rtol=1e-6)
