"""The paired bootstrap against resampling as written in the books, and against what must be so."""

import numpy as np
import pytest

from unrolled.errors import InputError
from unrolled.metrics import paired_bootstrap
from unrolled.metrics.bootstrap import resampled_difference
from unrolled.metrics.written import mean_of, quotients


def answers(only_a: int, only_b: int, same: int) -> tuple[np.ndarray, np.ndarray]:
    a = np.repeat([True, False, True], [only_a, only_b, same])
    b = np.repeat([False, True, True], [only_a, only_b, same])
    return a, b


def test_agrees_with_drawing_examples_one_by_one() -> None:
    a, b = answers(40, 25, 135)
    rows = np.random.default_rng(7).integers(0, len(a), (20_000, len(a)))
    drawn = (a[rows].astype(float) - b[rows]).mean(1)
    found = paired_bootstrap(a, b, rounds=20_000)
    assert found.difference == pytest.approx(0.075)
    assert (found.low, found.high) == pytest.approx(tuple(np.percentile(drawn, (2.5, 97.5))), abs=0.006)
    assert found.p == pytest.approx(2 * (drawn <= 0).mean(), abs=0.01)
    assert paired_bootstrap(b, a, rounds=20_000).difference == pytest.approx(-0.075)


def test_the_seed_fixes_all_and_the_order_of_examples_does_not_matter() -> None:
    a, b = answers(9, 4, 30)
    order = np.random.default_rng(0).permutation(len(a))
    assert paired_bootstrap(a, b) == paired_bootstrap(a[order], b[order])
    assert paired_bootstrap(a, b) != paired_bootstrap(a, b, seed=1)


def test_equal_answers_differ_by_nothing_and_opposite_ones_surely() -> None:
    a, b = answers(0, 0, 50)
    assert paired_bootstrap(a, b) == (0.0, 0.0, 0.0, 1.0)
    found = paired_bootstrap(np.ones(50), np.zeros(50))
    assert found[:3] == (1.0, 1.0, 1.0)
    assert 0 < found.p < 0.001


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    rng, covered = np.random.default_rng(3), 0
    for seed in range(300):
        kinds = rng.multinomial(400, [0.15, 0.10, 0.75])
        found = paired_bootstrap(*answers(*kinds.tolist()), rounds=1_000, seed=seed)
        covered += found.low <= 0.05 <= found.high
    assert 0.90 <= covered / 300 <= 0.98


@pytest.mark.parametrize(
    ("a", "b", "rounds"),
    [([], [], 10), ([True], [True, False], 10), ([0.5], [1], 10), ([[True]], [[True]], 10), ([True], [True], 0)],
)
def test_what_cannot_be_compared_is_refused(a: list[float], b: list[float], rounds: int) -> None:
    with pytest.raises(InputError, match="expected"):
        paired_bootstrap(a, b, rounds)


def test_a_resampled_difference_of_means_is_that_of_accuracies():
    rng = np.random.default_rng(3)
    a, b = rng.random(400) < 0.7, rng.random(400) < 0.6
    of_means = resampled_difference(mean_of(a.tolist()).each, mean_of(b.tolist()).each, quotients, rounds=4_000)
    exact = paired_bootstrap(a, b)
    assert of_means.difference == pytest.approx(exact.difference)
    assert of_means[1:3] == pytest.approx(exact[1:3], abs=0.01)
    assert of_means == resampled_difference(mean_of(a.tolist()).each, mean_of(b.tolist()).each, quotients, 4_000)


def test_choices_without_a_measure_do_not_count():
    rare = np.zeros((50, 2))
    rare[0] = 1.0
    never = np.zeros((50, 2))
    found = resampled_difference(rare, rare * [0.5, 1], quotients)
    assert found[:3] == pytest.approx((0.5, 0.5, 0.5))
    assert np.isnan(resampled_difference(rare, never, quotients)[:3]).all()
    with pytest.raises(InputError, match="expected as many"):
        resampled_difference(rare, never[:3], quotients)
