"""What grows with the length of a sequence, and what stays."""

import json
from functools import partial

import pytest

from unrolled import Training
from unrolled.comparison.lengths import lengths_of, lengths_table, sizes
from unrolled.errors import InputError
from unrolled.tasks.classify import Classifier

TEXTS = ["a b", "b a", "c a", "c d"] * 5
LABELS = ["x", "y", "x", "y"] * 5


def fitted(**settings) -> Classifier:
    task = Classifier(width=6, embedding=8, training=Training(epochs=1), **settings)
    return task.fit(TEXTS, LABELS)


def test_the_dense_network_grows_and_the_memory_stays() -> None:
    task = fitted(cell="lstm", bidirectional=True)
    short, long = sizes(task, [5, 500])
    assert (short.length, long.length) == (5, 500)
    assert (short.dense_input, long.dense_input) == (5 * 8, 500 * 8)
    assert (short.dense_hidden, long.dense_hidden) == ((6, 40), (6, 4_000))
    assert long.dense_parameters - short.dense_parameters == 6 * 495 * 8
    assert short.recurrent_parameters == long.recurrent_parameters == task.parameters
    assert short.recurrent_memory == long.recurrent_memory == 6 * 2 * 2  # h and c of two directions
    table = lengths_table(task, [short, long])
    assert "6 × 4,000" in table
    assert "(lstm)" in table


@pytest.mark.parametrize("model", ["bag", "dense"])
def test_any_classifier_can_be_asked_and_stays_as_it_is(model: str) -> None:
    task = fitted(model=model, context=3)
    before = task.shapes()
    (one,) = sizes(task, [7])
    assert one.dense_hidden == (6, 56)
    assert one.recurrent_memory == 12
    assert "recurrent network (gru)" in lengths_table(task, [one])
    assert task.shapes() == before
    assert task.model == model


def test_a_language_model(fitted) -> None:
    short, long = sizes(fitted, [1, 1_000_000])
    assert long.dense_hidden == (16, 16_000_000)
    assert short.recurrent_parameters == long.recurrent_parameters == fitted.parameters
    assert short.recurrent_memory == 32  # h and c of 16 units


def test_a_bag_of_counts_has_no_length() -> None:
    with pytest.raises(InputError, match="tf-idf makes one vector of any text"):
        sizes(fitted(model="bag", vectorizer="tf-idf"), [5])


def test_lengths_are_read_once_each() -> None:
    assert lengths_of("5,50, 5") == [5, 50]


@pytest.mark.parametrize("text", ["0", "-5", "5,abc", "", "5,", "1.5", "1000001", "9" * 5_000, "٣", "²"])
def test_what_is_no_length_is_named(text: str) -> None:
    with pytest.raises(InputError, match="expected whole numbers from 1 to 1,000,000"):
        lengths_of(text)


@pytest.fixture
def describe(run_command):
    """Run `unrolled describe` → exit code, standard output, standard error."""
    return partial(run_command, "describe")


def test_describe_as_a_user_types_it(keyboard, describe) -> None:
    _, plain, _ = describe(keyboard)
    code, out, _ = describe(keyboard, "--lengths", "5", "50", "500")
    assert code == 0
    assert out.startswith(plain)
    assert [line.split()[0] for line in out.splitlines()[-3:]] == ["5", "50", "500"]
    _, out, _ = describe("--lengths", "5", "--lengths", "50", keyboard, "--json")
    lengths = json.loads(out)["lengths"]
    assert [one["length"] for one in lengths] == [5, 50]
    assert lengths[1]["dense_hidden"] == [16, 50 * 16]
    code, out, err = describe(keyboard, "--lengths", "5", "-1")
    assert (code, out) == (2, "")
    assert "--lengths: '-1'; expected whole numbers from 1 to 1,000,000" in err
