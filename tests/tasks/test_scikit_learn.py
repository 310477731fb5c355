"""A Classifier is an estimator of scikit-learn: its checks, searches, pipelines, and labels of any type."""

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone, is_classifier
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import Pipeline
from sklearn.utils.estimator_checks import check_estimator

import unrolled
from unrolled import Classifier, InputError, NextWord, Training
from unrolled.baselines import choice
from unrolled.inference.answers import Label
from unrolled.text.vectorize import OneHot

TEXTS = ["good film", "bad film", "good day", "bad day"] * 4
MOODS = [10, 9, 10, 9] * 4
QUICK = Training(epochs=25, patience=25, batch=4, learning_rate=0.02)
SMALL = {"width": 6, "embedding": 6, "training": QUICK}

ANY_LENGTH = "a sequence may have any length: no number of features is fixed"
EXPECTED_FAILURES = {
    "check_n_features_in": ANY_LENGTH,
    "check_n_features_in_after_fitting": ANY_LENGTH,
    "check_classifiers_train": ANY_LENGTH,
    "check_fit2d_predict1d": "an array (T,) is one sequence, and is answered",
    "check_do_not_raise_errors_in_init_or_set_params": "a bad setting is refused at once",
    "check_parameters_default_constructible": "training is a dataclass of its own",
    "check_dtype_object": "what holds no numbers raises InputError, a ValueError and no TypeError",
    "check_estimators_empty_data_messages": "the message speaks of steps, not of features",
    "check_supervised_y_2d": "labels (N, 1) are taken without a warning",
}
CHECKED = Classifier(width=4, embedding=4, training=Training(epochs=1, batch=64))


@pytest.mark.filterwarnings("ignore")
def test_scikit_learns_own_checks(monkeypatch):
    monkeypatch.setattr(choice, "FEW", 0)  # no folds for the choice of the baseline beside each of the fifty fits
    found = check_estimator(CHECKED, expected_failed_checks=EXPECTED_FAILURES, on_fail=None, on_skip=None)
    assert [(one["check_name"], one["exception"]) for one in found if one["status"] == "failed"] == []
    assert {one["check_name"] for one in found if one["status"] == "xfail"} == set(EXPECTED_FAILURES)
    assert sum(one["status"] == "passed" for one in found) > 35


@pytest.fixture(scope="module")
def fitted():
    return Classifier(**SMALL).fit(TEXTS, MOODS, valid=(TEXTS, MOODS))


def test_one_input_has_labels_with_probabilities_and_several_have_one_label_each(fitted):
    one = fitted.predict("good film")
    assert [type(answer) for answer in one] == [Label, Label]
    assert one[0].label == "10"
    for several in (TEXTS[:2], tuple(TEXTS[:2]), np.array(TEXTS[:2]), pd.Series(TEXTS[:2]), (t for t in TEXTS[:2])):
        np.testing.assert_array_equal(fitted.predict(several), [10, 9])
    assert fitted.predict(TEXTS[:1]).shape == (1,)
    assert fitted.predict([]).shape == (0,)
    np.testing.assert_array_equal(fitted.classes_, [9, 10])  # as numbers, not as texts
    chances = fitted.predict_proba(TEXTS[:3])
    assert chances.shape == (3, 2)
    np.testing.assert_allclose(chances.sum(1), 1)
    assert chances[0, 1] == pytest.approx(one[0].score)
    with pytest.raises(InputError, match="input 1: the input is float; expected a text"):
        fitted.predict(["good", float("nan")])


def test_it_is_measured_on_inputs_and_labels(fitted):
    assert fitted.score(TEXTS, MOODS) == 1.0
    assert fitted.score(TEXTS, np.array(MOODS, float)) == 1.0
    assert fitted.score(["good film", "bad film"], [10, 10], sample_weight=[3, 1]) == 0.75
    assert fitted.evaluate(TEXTS, MOODS).metrics["accuracy"] == 1.0
    assert fitted.evaluate(pd.DataFrame({"text": TEXTS, "label": MOODS})).metrics["accuracy"] == 1.0
    with pytest.raises(InputError, match="the label 8 is not among those learnt from: 9, 10"):
        fitted.score(["good film"], [8])


@pytest.mark.parametrize(
    ("labels", "dtype"), [([1, 0], "i"), ([True, False], "b"), ([2.0, 1.0], "f"), (["p", "n"], "U")]
)
def test_the_type_of_labels_outlives_the_folder(labels, dtype, tmp_path):
    quick = Training(epochs=1)
    Classifier(width=4, embedding=4, training=quick).fit(TEXTS[:4], labels * 2).save(tmp_path / "model")
    loaded = unrolled.load(tmp_path / "model")
    assert loaded.classes_.dtype.kind == dtype
    assert loaded.classes_.tolist() == sorted(labels)
    assert set(loaded.predict(TEXTS).tolist()) <= set(labels)
    assert ("type" in (tmp_path / "model" / "labels.json").read_text()) == (dtype != "U")


def test_one_series_and_several():
    series = np.random.default_rng(0).normal(size=(8, 5, 2))
    quick = Training(epochs=1)
    wide = Classifier(width=4, training=quick).fit(series, [0, 1] * 4)
    assert isinstance(wide.predict(series[0])[0], Label)
    assert isinstance(wide.predict(series[0].tolist())[0], Label)
    assert wide.predict(series).shape == (8,)
    assert wide.predict(list(series[:3])).shape == (3,)
    thin = Classifier(width=4, training=quick).fit(series[:, :, 0], [0, 1] * 4)
    assert isinstance(thin.predict(series[0, :, 0])[0], Label)
    assert isinstance(thin.predict(series[0, :, :1])[0], Label)
    assert thin.predict(pd.DataFrame(series[:, :, 0])).shape == (8,)
    assert thin.predict([[1.0, 2.0], [1.0, 2.0, 3.0]]).shape == (2,)


def test_searches_validation_and_pipelines():
    small = Classifier(**SMALL | {"training": Training(epochs=1, batch=8)})
    assert is_classifier(small)
    assert len(cross_val_score(small, TEXTS, MOODS, cv=2, error_score="raise")) == 2
    grid = {"training__learning_rate": np.array([0.01]), "width": np.array([3, 4])}
    search = GridSearchCV(small, grid, cv=2, error_score="raise").fit(pd.Series(TEXTS), MOODS)
    assert search.best_estimator_.training.learning_rate == 0.01
    assert set(search.predict(TEXTS)) <= {9, 10}
    pipeline = Pipeline([("vectors", OneHot()), ("network", Classifier(**SMALL))]).fit(TEXTS, MOODS)
    assert pipeline.score(TEXTS, MOODS) == 1.0
    assert clone(pipeline).get_params()["network__training__batch"] == 4


def test_settings_of_the_training_have_names_of_their_own():
    task = NextWord().set_params(training__minutes=2, training=Training(epochs=3), width=16)
    assert (task.training, task.width) == (Training(epochs=3, minutes=2), 16)
    assert task.get_params()["training__minutes"] == 2
    assert "training__minutes" not in task.get_params(deep=False)
    with pytest.raises(InputError, match="Training has no setting 'hours'; it has minutes"):
        task.set_params(training__hours=1)


def test_nothing_learnt_is_scikit_learns_error_too():
    with pytest.raises(NotFittedError, match="this Classifier has learnt nothing yet") as caught:
        Classifier().predict("good")
    assert isinstance(caught.value, InputError)


def test_groups_stay_together():
    groups = np.repeat(np.arange(8), 4)
    texts = [f"{text} {number}" for number, text in enumerate([*TEXTS] * 2)]
    task = Classifier(width=4, embedding=4, training=Training(epochs=1)).fit(texts, [*MOODS] * 2, groups=groups)
    assert task.fitted_.items == 24
    with pytest.raises(InputError, match="groups without labels"):
        task.fit("reviews.csv", groups=groups)


def test_scikit_learn_and_frames_are_not_needed_to_answer(fitted, tmp_path):
    fitted.save(tmp_path / "model")
    program = f"""
import sys
sys.modules.update(dict.fromkeys(["torch", "sklearn", "scipy", "pandas", "polars", "matplotlib"]))
import unrolled
model = unrolled.load({str(tmp_path / "model")!r})
print(model.predict(["good film", "bad film"]).tolist(), model.predict_proba(["good"]).shape, model.score(["bad"], [9]))
"""
    run = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert run.stdout == "[10, 9] (1, 2) 1.0\n"
