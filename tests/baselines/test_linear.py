import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression as Library

from unrolled import InputError
from unrolled.baselines.choice import Part
from unrolled.baselines.linear import Linear
from unrolled.inputs.features import Fixed, Grams


def row(steps):
    places = np.flatnonzero(steps)
    return places, steps[places].astype(np.float32)


def same(steps):
    return steps


def linear(width, classes, scaled=False):
    return Linear(Fixed("counts", row, width, scaled), classes)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("scaled", [False, True])
def test_answers_are_those_of_scikit_learn(classes, scaled):
    rng = np.random.default_rng(0)
    table = rng.poisson(0.5, (80, 12)) * 3.0 + 1
    targets = ((table - table.mean(0)) @ rng.normal(size=(12, classes))).argmax(1)
    kind, part = linear(12, classes, scaled), Part(table, targets)
    ours = kind.fit(part, 0.5)
    ((shares, _),) = ours.predictions(part)
    seen = (table - table.mean(0)) / table.std(0) if scaled else table
    np.testing.assert_allclose(shares, Library(C=0.5, max_iter=2000).fit(seen, targets).predict_proba(seen), atol=2e-3)
    assert ours.loss(part) == pytest.approx(-np.log(shares[np.arange(80), targets]).mean(), rel=1e-6)
    again = kind.restore(ours.arrays())
    assert again.name == ours.name == "counts + logistic regression"
    np.testing.assert_array_equal(again.scores(table), ours.scores(table))
    with pytest.raises(InputError, match=r"not \(5, 12\)"):
        linear(12, 5).restore(ours.arrays())
    with pytest.raises(InputError, match="expected float32"):
        kind.restore({name: array.astype(np.float64) for name, array in ours.arrays().items()})


def test_what_is_held_out_is_answered_for_each_penalty():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(40, 4))
    part = Part(table, (table[:, 0] > 0).astype(int))
    folds = [(np.arange(20), np.arange(20, 40)), (np.arange(20, 40), np.arange(20))]
    tried = dict(linear(4, 2).tried(part, folds))
    assert len(tried) > 2
    alone = linear(4, 2).fit(Part(table[:20], part.targets[:20]), 1.0)
    ((expected, _),) = alone.predictions(Part(table[20:], part.targets[20:]))
    np.testing.assert_allclose(tried[1.0][:20], expected, atol=1e-5)


def test_learnt_features_are_saved_with_the_weights():
    part = Part([np.array([0, 1]), np.array([1, 0]), np.array([0, 1, 0]), np.array([1])], np.array([0, 1, 0, 1]))
    kind = Linear(Grams("runs", same, 2), 2)
    ours = kind.fit(part, 10.0)
    np.testing.assert_array_equal(ours.scores(part.encoded).argmax(1), part.targets)
    again = kind.restore(ours.arrays())
    np.testing.assert_array_equal(again.scores(part.encoded), ours.scores(part.encoded))
    assert again.scores([]).shape == (0, 2)


def test_a_class_without_examples_is_never_answered():
    table = np.eye(6)
    scores = linear(6, 3).fit(Part(table, np.array([0, 2, 0, 2, 0, 2])), 1.0).scores(table)
    assert (scores.argmax(1) != 1).all()


def test_of_one_class_alone_it_learns_that():
    table = np.random.default_rng(0).normal(size=(5, 3))
    scores = linear(3, 4).fit(Part(table, np.full(5, 2)), 1.0).scores(table)
    assert (scores.argmax(1) == 2).all()
    assert np.isfinite(scores).all()
