import numpy as np
import pytest

from unrolled import InputError
from unrolled.baselines import Sizes, neighbour
from unrolled.baselines.choice import Part
from unrolled.baselines.examples import BEST
from unrolled.baselines.neighbour import Nearest
from unrolled.inputs.features import Fixed

RNG = np.random.default_rng(0)


def late_or_early(examples, length=40):
    """A wave up and down, or down and up, that begins anywhere."""
    encoded, targets = [], RNG.integers(0, 2, examples)
    for target in targets:
        steps = RNG.normal(size=(length + int(RNG.integers(5)), 1)) * 0.1
        begin = RNG.integers(0, 25)
        steps[begin : begin + 10, 0] += np.sin(np.linspace(0, 2 * np.pi, 10)) * (1 if target else -1) * 3
        encoded.append(steps.astype(np.float32))
    return Part(encoded, targets)


def mean(steps):
    return np.arange(1), steps.mean(0)


def warped(x, y, window):
    """The equation, cell by cell."""
    costs = np.full((len(x) + 1, len(y) + 1), np.inf)
    costs[0, 0] = 0
    for i in range(len(x)):
        for j in range(max(0, i - window), min(len(y), i + window + 1)):
            before = min(costs[i, j], costs[i, j + 1], costs[i + 1, j])
            costs[i + 1, j + 1] = ((x[i] - y[j]) ** 2).sum() + before
    return costs[-1, -1]


@pytest.mark.parametrize(("steps", "window", "width"), [(1, 1, 1), (2, 1, 3), (9, 1, 2), (9, 4, 1), (7, 20, 2)])
def test_warping_is_the_equation(steps, window, width):
    x, y = (RNG.normal(size=(n, steps, width)).astype(np.float32) for n in (3, 4))
    expected = [[warped(one, other, window) for other in y] for one in x]
    np.testing.assert_allclose(neighbour._distances(x, y, window), expected, rtol=1e-4, atol=1e-5)


def test_without_a_window_it_is_the_euclidean_distance():
    x, y = RNG.normal(size=(3, 5, 2)).astype(np.float32), RNG.normal(size=(4, 5, 2)).astype(np.float32)
    expected = ((x[:, None] - y[None]) ** 2).sum((2, 3))
    np.testing.assert_allclose(neighbour._distances(x, y, 0), expected, rtol=1e-4)


@pytest.mark.parametrize("block", [1, 10**6])
def test_the_nearest_of_the_others_says_how_likely_an_answer_is(monkeypatch, block):
    monkeypatch.setattr(neighbour, "BLOCK", block)
    part = Part([np.full((3, 1), value, np.float32) for value in (0, 0.1, 5, 5.2, 5.5)], np.array([0, 0, 1, 1, 0]))
    fitted = Nearest(3).fit(part, 0.0)
    assert fitted.right == pytest.approx((4 + 1) / (5 + 2))
    rows = fitted.probabilities([np.full((7, 1), 0.2, np.float32), np.full((1, 1), 5.1, np.float32)])
    np.testing.assert_allclose(rows, [[5 / 7, 1 / 7, 1 / 7], [1 / 7, 5 / 7, 1 / 7]])
    assert fitted.loss(part) == pytest.approx(-np.log(5 / 7))  # each is the nearest of itself
    again = Nearest(3).restore(fitted.arrays())
    assert again.name == fitted.name == "nearest of 5 series, Euclidean"
    np.testing.assert_array_equal(again.probabilities(part.encoded), fitted.probabilities(part.encoded))


def test_of_one_series_or_one_label_answers_are_sensible():
    part = Part([np.ones((2, 1), np.float32)], np.array([1]))
    np.testing.assert_allclose(Nearest(2).fit(part, 0.0).probabilities(part.encoded), [[0.495, 0.505]])
    only = Part(part.encoded, np.array([0]))
    assert Nearest(1).fit(only, 0.1).loss(only) == 0


def test_it_is_chosen_where_it_is_best_with_the_window_that_is():
    part = late_or_early(60)
    fitted = BEST.fit(part, part, Sizes(2, (Fixed("mean", mean, 1),), nearest=True))
    assert fitted.name.startswith("nearest of 60 series, warped by at most 4 of ")
    assert fitted.loss(late_or_early(30)) < 0.6


def test_large_sets_are_not_warped_and_a_sample_is_kept(monkeypatch):
    part, folds = late_or_early(20), [(np.arange(10), np.arange(10, 20))]
    monkeypatch.setattr(neighbour, "WARPED", (10.0, 1e9))
    assert [share for share, _ in Nearest(2).tried(part, folds)] == [0.0]
    monkeypatch.setattr(neighbour, "MOST_SERIES", 7)
    assert Nearest(2).fit(part, 0.0).name == "nearest of 7 series, Euclidean"
    long = Part([np.zeros((500, 2), np.float32)] * 3, np.array([0, 1, 0]))
    assert Nearest(2).fit(long, 0.0).series.shape == (3, 128, 2)


def test_damaged_arrays_are_refused():
    arrays = dict(Nearest(2).fit(late_or_early(4), 0.0).arrays())
    for damage in (
        {"series": arrays["series"][0]},
        {"series": arrays["series"].astype(np.float64)},
        {"targets": arrays["targets"][1:]},
        {"targets": arrays["targets"] + 5},
        {"right": np.array([1.5])},
        {"right": np.array([1])},
        {"window": np.array([-1])},
        {"window": np.array([[1]])},
    ):
        with pytest.raises(InputError, match="the baseline"):
            Nearest(2).restore(arrays | damage)
    with pytest.raises(InputError, match="expected series, targets, right, window"):
        Nearest(2).restore({"W": arrays["series"]})
