"""The answer of least expected risk, against the same by brute force."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

from unrolled.decoding.consensus import agreement, consensus
from unrolled.errors import InputError


def f1(a, b):
    return 2 * sum((Counter(a) & Counter(b)).values()) / (len(a) + len(b)) if len(a) + len(b) else 1.0


def slow_agreement(a, b):
    words, pairs = f1(a, b), f1(list(pairwise(a)), list(pairwise(b)))
    return (words + pairs) / 2 if max(len(a), len(b)) > 1 else words


def answers(seed, count=9):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, 5, rng.integers(0, 8)).tolist() for _ in range(count)]


@pytest.mark.parametrize("seed", range(8))
def test_agreement_is_that_of_its_definition(seed):
    texts = answers(seed)
    np.testing.assert_allclose(agreement(texts), [[slow_agreement(a, b) for b in texts] for a in texts], atol=1e-12)


@pytest.mark.parametrize("seed", range(8))
def test_the_order_is_that_of_the_expected_agreement(seed):
    texts, rng = answers(seed), np.random.default_rng(seed)
    scores = rng.normal(0, 1, len(texts))
    shares = np.exp(scores / 0.5) / np.exp(scores / 0.5).sum()
    worth = [sum(p * slow_agreement(a, b) for p, b in zip(shares, texts, strict=True)) for a in texts]
    order = consensus(texts, scores, 0.5)
    assert sorted(order.tolist()) == list(range(len(texts)))
    np.testing.assert_allclose(np.array(worth)[order], sorted(worth, reverse=True), atol=1e-9)


def test_several_that_agree_win_over_the_most_probable():
    texts, scores = [[9, 8, 7], [1, 2, 3], [1, 2, 4], [1, 2, 3, 4]], np.log([0.4, 0.2, 0.2, 0.2])
    assert consensus(texts, scores)[0] == 3
    assert consensus(texts, scores, 0.01).tolist()[0] == 0  # nearly greedy
    assert consensus([[1], [1], [1]], [-3.0, -1.0, -2.0]).tolist() == [1, 2, 0]  # equals in the order of their scores


def test_nothing_and_empty_answers_are_answered():
    assert consensus([], []).tolist() == []
    assert consensus([[], []], [0.0, 1.0]).tolist() == [1, 0]
    assert agreement([[2**40, 7], [7, 2**40]])[0, 1] == 0.5  # any ids, in whatever order they come


@pytest.mark.parametrize(("scores", "temperature"), [([1.0], 1.0), ([1.0, np.nan], 1.0), ([1.0, 2.0], 0.0)])
def test_what_does_not_fit_is_refused(scores, temperature):
    with pytest.raises(InputError, match="expected a finite score"):
        consensus([[1], [2]], scores, temperature)
