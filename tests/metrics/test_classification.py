import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, log_loss

from unrolled.metrics import best_temperature, classification_scores
from unrolled.metrics.classification import LabelScores, calibrated_loss, label_scores


def random_answers(n=500, classes=4, seed=0):
    rng = np.random.default_rng(seed)
    scores = rng.normal(size=(n, classes))
    targets = (scores + rng.normal(size=scores.shape)).argmax(1)
    return scores, targets


def softmax(scores):
    e = np.exp(scores - scores.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def test_measures_are_those_of_scikit_learn():
    scores, targets = random_answers()
    probabilities = softmax(scores)
    measures = classification_scores(probabilities, targets)
    assert measures["accuracy"] == accuracy_score(targets, probabilities.argmax(1))
    assert measures["macro_f1"] == pytest.approx(f1_score(targets, probabilities.argmax(1), average="macro"))
    assert measures["loss"] == pytest.approx(log_loss(targets, probabilities))
    assert measures["examples"] == 500


def test_calibration_error_by_hand():
    probabilities = np.array([[0.95, 0.05], [0.95, 0.05], [0.35, 0.65], [0.65, 0.35]])
    targets = np.array([0, 1, 1, 0])
    expected = (abs(1 - 1.9) + abs(2 - 1.3)) / 4
    assert classification_scores(probabilities, targets)["calibration_error"] == pytest.approx(expected)


@pytest.mark.parametrize("factor", [0.3, 1.0, 5.0])
def test_the_best_temperature_undoes_what_made_answers_too_sure(factor):
    scores, targets = random_answers(4000)
    best = best_temperature(scores, targets)
    assert best_temperature(scores * factor, targets) == pytest.approx(best * factor, rel=0.02)
    losses = [log_loss(targets, softmax(scores / (best * nearby))) for nearby in (0.9, 1.0, 1.1)]
    assert losses[1] == min(losses)


@given(st.integers(0, 10**6), st.integers(1, 60), st.floats(0.01, 30))
def test_a_temperature_is_never_worse_than_none_where_it_was_chosen(seed, count, factor):
    rng = np.random.default_rng(seed)
    targets = rng.integers(0, 3, count)
    scores = factor * (rng.normal(size=(count, 3)) + 1.5 * np.eye(3)[targets])
    assert calibrated_loss(scores, targets) <= log_loss(targets, softmax(scores), labels=[0, 1, 2]) + 1e-9


@pytest.mark.parametrize("count", [3, 30, 3000])
def test_answers_that_are_all_right_ask_for_no_temperature(count):
    targets = np.arange(count) % 3
    assert best_temperature(4 * np.eye(3)[targets], targets) == 1


def test_few_wrong_answers_say_little_of_the_temperature():
    targets = np.arange(300) % 3
    scores = np.eye(3)[targets] * 0.1
    scores[0] = [0, 0.1, 0]
    assert 0.7 < best_temperature(scores, targets) < 1  # without drawing it would be 0.02
    many = np.where(np.arange(300)[:, None] < 100, 0.1 * np.eye(3)[(targets + 1) % 3], scores)
    assert best_temperature(many, targets) < 0.3


def test_blocks_do_not_change_the_measures():
    scores, targets = random_answers()
    probabilities = softmax(scores)
    blocks = [(probabilities[part], targets[part]) for part in np.array_split(np.arange(500), 7)]
    assert label_scores(iter(blocks)) == classification_scores(probabilities, targets)


def scores_of(answers, targets, classes=3):
    return LabelScores(np.eye(classes)[answers] * 0.9 + 0.1 / classes, np.array(targets))


@pytest.mark.parametrize(
    ("answers", "targets", "warning"),
    [
        ([0, 0, 0, 0], [0, 1, 1, 2], "every answer is ham: "),
        ([0, 0, 1, 1], [0, 0, 2, 2], "never the answer: eggs. "),
        ([0, 0, 1, 1], [0, 0, 1, 2], ""),  # a single example of eggs says nothing
        ([0, 1, 2], [0, 1, 2], ""),
        ([0, 0], [0, 0], ""),  # all right
    ],
)
def test_labels_that_are_never_the_answer_are_named(answers, targets, warning):
    said = scores_of(answers, targets).warning(["ham", "spam", "eggs"])
    assert said.startswith(warning)
    assert bool(said) == bool(warning)


def test_of_many_labels_a_few_are_named():
    said = scores_of([0, 1] * 10, sorted([*range(10)] * 2), 10).warning([f"label {n}" for n in range(10)])
    assert "label 2, label 3, label 4, label 5, label 6 and 3 more" in said
