import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression as Library

from unrolled import InputError
from unrolled.baselines import Sizes
from unrolled.baselines.linear import LOGISTIC_REGRESSION, Documents, LogisticRegression


def documents(table):
    return [(np.flatnonzero(row), row[np.flatnonzero(row)].astype(np.float32)) for row in table]


@pytest.mark.parametrize("classes", [2, 3])
def test_answers_are_those_of_scikit_learn(classes):
    rng = np.random.default_rng(0)
    table = rng.poisson(0.5, (80, 12)).astype(float)
    targets = (table @ rng.normal(size=(12, classes))).argmax(1)
    ours = LogisticRegression.fit(documents(table), targets, 12, classes)
    scores = ours.scores(documents(table))
    shares = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    np.testing.assert_allclose(shares, Library(max_iter=2000).fit(table, targets).predict_proba(table), atol=1e-4)
    again = LogisticRegression.from_arrays(ours.arrays(), 12, classes)
    np.testing.assert_array_equal(again.scores(documents(table)), scores)
    with pytest.raises(InputError, match=r"not \(5, 12\)"):
        LogisticRegression.from_arrays(ours.arrays(), 12, 5)


def test_a_class_without_examples_is_never_answered():
    table = np.eye(6)
    scores = LogisticRegression.fit(documents(table), np.array([0, 2, 0, 2, 0, 2]), 6, 3).scores(documents(table))
    assert (scores.argmax(1) != 1).all()


def test_of_one_class_alone_it_learns_that():
    table = np.random.default_rng(0).normal(size=(5, 3)).astype(np.float32)
    scores = LogisticRegression.fit(documents(table), np.full(5, 2), 3, 4).scores(documents(table))
    assert (scores.argmax(1) == 2).all()
    assert np.isfinite(scores).all()


def test_it_is_a_baseline_of_labelled_examples():
    rng = np.random.default_rng(0)
    table = rng.poisson(0.5, (40, 6)).astype(float)
    part = Documents(documents(table), rng.integers(0, 3, 40))
    sizes = Sizes(3, 6, "TF-IDF")
    fitted = LOGISTIC_REGRESSION.fit(part, part, sizes)
    assert fitted.name == "TF-IDF + logistic regression"
    ((probabilities, targets),) = fitted.predictions(part)
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-6)
    np.testing.assert_array_equal(targets, part.targets)
    assert fitted.loss(part) == pytest.approx(-np.log(probabilities[np.arange(40), targets]).mean(), rel=1e-6)
    again = LOGISTIC_REGRESSION.restore(fitted.arrays(), sizes)
    assert again.name == fitted.name
    assert again.loss(part) == fitted.loss(part)
