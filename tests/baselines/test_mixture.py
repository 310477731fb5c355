"""A mixture is λ of the network and 1 - λ of the n-gram, with a λ that makes held-out text probable."""

import json

import numpy as np
import pytest

from unrolled.baselines import NGram
from unrolled.baselines.mixture import BOUNDS, Mixture, MixtureWeights, best_share
from unrolled.errors import InputError

V = 30
RNG = np.random.default_rng(0)
TEXT = RNG.choice(V, 3_000, p=np.arange(1, V + 1) / (V * (V + 1) / 2))
NGRAM = NGram.fit(TEXT, V, 4)
WEIGHTS = MixtureWeights(BOUNDS, tuple(np.linspace(0.1, 0.8, len(BOUNDS) + 1).tolist()), 1.5)
MIXTURE = Mixture(WEIGHTS, lambda: NGRAM)


def distributions(rows):
    p = RNG.random((rows, V)).astype(np.float32)
    return p / p.sum(axis=1, keepdims=True)


def drawn(shares, size=20_000):
    """Probabilities of tokens of which the network said these shares, one for each range, and an n-gram the others."""
    left = RNG.random(size)
    share = np.asarray(shares)[np.searchsorted(BOUNDS, left, side="right")]
    own = RNG.random(size) < share
    network, ngram = np.where(own, 0.4, 0.01), np.where(own, 0.02, 0.3)
    return network, ngram, left


def test_the_weights_are_those_of_which_the_text_was_drawn():
    shares = np.linspace(0.2, 0.9, len(BOUNDS) + 1)
    weights = MixtureWeights.fit(*drawn(shares, 100_000))
    np.testing.assert_allclose(weights.network, shares, atol=0.08)


def test_the_mixture_is_better_than_either_alone():
    network, ngram, left = drawn([0.5] * (len(BOUNDS) + 1))
    weights = MixtureWeights.fit(network, ngram, left)
    assert weights.loss < min(-np.log(network).mean(), -np.log(ngram).mean())
    mixed = weights.of(left) * network + (1 - weights.of(left)) * ngram
    assert weights.loss == pytest.approx(-np.log(mixed).mean())


@pytest.mark.parametrize(
    ("network", "ngram", "share"), [(0.5, 1e-4, 1), (1e-4, 0.5, 0), (1.0, 1e-30, 1), (0.0, 0.5, 0)]
)
def test_what_never_helps_counts_next_to_nothing(network, ngram, share):
    weights = MixtureWeights.fit(np.full(5_000, network), np.full(5_000, ngram), RNG.random(5_000))
    np.testing.assert_allclose(weights.network, share, atol=0.01)
    assert all(0 <= one <= 1 for one in weights.network)


def test_ranges_with_few_tokens_have_the_weight_of_the_whole():
    network, ngram, left = drawn([0.5] * (len(BOUNDS) + 1), 3_000)
    rare = np.append(left[left < BOUNDS[-1]], 0.9)
    weights = MixtureWeights.fit(network[: len(rare)], ngram[: len(rare)], rare)
    assert weights.network[-1] == pytest.approx(0.5, abs=0.06)
    one = MixtureWeights.fit(np.array([0.2]), np.array([0.1]), np.array([0.5]))
    assert 0.4 < min(one.network) <= max(one.network) < 0.8


def test_distributions_are_mixed_by_how_well_the_n_gram_knows_the_context():
    text = np.append(TEXT[:40], RNG.integers(0, V, 40))
    network = distributions(len(text))
    contexts = [NGRAM.nodes([1, *text[: place + 1]]) for place in range(len(text))]
    mixed = MIXTURE.mixed(network, contexts)
    for place, (row, own) in enumerate(zip(mixed, network, strict=True)):
        share = WEIGHTS.of(NGRAM.left(np.array(contexts[place])[:, None]))[0]
        expected = share * own + (1 - share) * NGRAM.distribution(text[: place + 1].tolist())
        np.testing.assert_allclose(row, expected, rtol=1e-5)
    np.testing.assert_allclose(mixed.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_array_equal(MIXTURE.mixed_along(network, np.append(1, text)), mixed)
    np.testing.assert_array_equal(MIXTURE.mixed_along(network[-9:], text[-20:]), mixed[-9:])
    assert len({round(float(one), 6) for one in WEIGHTS.of(NGRAM.left(np.array(contexts).T))}) > 2


def test_probabilities_and_what_is_left_are_those_of_the_contexts():
    probabilities, left = NGRAM.probabilities_and_left(TEXT[:50])
    np.testing.assert_allclose(np.log(probabilities), NGRAM.log_probabilities(TEXT[:50]))
    contexts = np.array([NGRAM.nodes([1, *TEXT[:place]]) for place in range(50)]).T
    np.testing.assert_array_equal(left, NGRAM.left(contexts))
    assert NGRAM.left(np.array([[0], [-1], [-1], [-1]])) == 1


def test_json_brings_them_back():
    assert MixtureWeights.from_json(WEIGHTS.to_json(), "mixture.json") == WEIGHTS


@pytest.mark.parametrize(
    "change",
    [
        {"network": [0.5]},
        {"network": [0.5] * 7 + [1.5]},
        {"network": [0.5] * 7 + ["1"]},
        {"left_to_single_words": sorted(BOUNDS, reverse=True)},
        {"loss": -1.0},
        {"loss": None},
        {"more": 1},
    ],
    ids=str,
)
def test_damaged_weights_are_refused(change):
    damaged = json.loads(WEIGHTS.to_json()) | change
    with pytest.raises(InputError, match=r"mixture\.json: expected"):
        MixtureWeights.from_json(json.dumps(damaged), "mixture.json")
    with pytest.raises(InputError, match=r"mixture\.json"):
        MixtureWeights.from_json("[1", "mixture.json")


@pytest.mark.parametrize(
    ("network", "baseline", "low", "high"),
    [
        ([0.9] * 200, [0.5] * 200, 0.95, 1.0),
        ([0.5] * 200, [0.9] * 200, 0.0, 0.05),
        ([0.9, 0.1] * 100, [0.1, 0.9] * 100, 0.49, 0.51),
        ([0.9], [0.5], 0.5, 0.6),  # one example says little
    ],
)
def test_the_share_follows_what_the_targets_ask_for(network, baseline, low, high):
    assert low <= best_share(np.array(network), np.array(baseline)) <= high
