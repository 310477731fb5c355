"""A composite's parameters are those of its fields, by their names; what has none is left out."""

from dataclasses import dataclass

import numpy as np
import pytest
from tests.models.networks import (
    bag_network,
    chord_network,
    first_steps_network,
    label_network,
    recurrent_network,
    window_network,
)

from unrolled.arrays import Tree, flatten
from unrolled.cells import LSTM
from unrolled.errors import InputError
from unrolled.layers import Dense, Embedding, Pooling, Recurrent
from unrolled.models import Classes, Composite, Model, RecurrentBody, Softmax, VectorBody

RECURRENT = ["layers.0.U", "layers.0.W", "layers.0.b"]
OUTPUT = {"output.W", "output.b"}
MODELS = {
    "recurrent": (recurrent_network(9, 4, (4,)), {"words.vectors", *RECURRENT, "output.b"}),
    "untied": (recurrent_network(9, 4, (5,), tied=False), {"words.vectors", *RECURRENT, *OUTPUT}),
    "window": (window_network(9, 4, 4, 3), {"words.vectors", "hidden.W", "hidden.b", "output.b"}),
    "chords": (chord_network(9, (4,), "lstm"), {*RECURRENT, *OUTPUT}),
    "labels": (label_network(2, (5,), cell="lstm"), {*RECURRENT, *OUTPUT}),
    "attention": (
        label_network(2, (5,), 9, cell="lstm", pooling="attention"),
        {"words.vectors", *RECURRENT, "pool.W", "pool.b", "pool.q", *OUTPUT},
    ),
    "bag": (bag_network(2, 9), {"words.vectors", *OUTPUT}),
    "bag of vectors": (bag_network(2), OUTPUT),
    "first steps": (first_steps_network(2, 5, 3, 9), {"words.vectors", "hidden.W", "hidden.b", *OUTPUT}),
}
every_model = pytest.mark.parametrize(("model", "names"), MODELS.values(), ids=MODELS)


@every_model
def test_parameters_have_the_names_of_fields(model, names):
    shapes, initial = flatten(model.shapes()), flatten(model.initial(np.random.default_rng(0)))
    assert set(shapes) == names
    assert list(initial) == list(shapes)
    assert {name: array.shape for name, array in initial.items()} == shapes
    assert not any(isinstance(value, Tree) and not value for value in model.shapes().values())


@every_model
def test_the_same_numbers_start_the_same_parameters(model, names):
    first, again, other = (flatten(model.initial(np.random.default_rng(seed))) for seed in (0, 0, 1))
    assert all(np.array_equal(first[name], again[name]) for name in names)
    assert any(not np.array_equal(first[name], other[name]) for name in names)


@dataclass(frozen=True)
class Outer(Composite):
    """A composite in a composite, beside what is no layer."""

    body: RecurrentBody
    between: Dense
    pool: Pooling
    absent: Dense | None = None
    size: int = 3
    name: str = "outer"


def test_what_is_nested_stands_beside_the_others_and_what_is_empty_nowhere():
    body = RecurrentBody(Embedding(9, 4), Recurrent(LSTM, 4, (5,)))
    outer = Outer(body, Dense(5, 2), Pooling("mean", 5))
    assert [name for name, _ in outer.layers_by_name()] == ["words", "layers", "between", "pool"]
    assert list(outer.shapes()) == ["words", "layers", "between"]
    assert list(outer.initial(np.random.default_rng(0))) == ["words", "layers", "between"]
    assert outer.shapes().layers == body.layers.shapes()
    assert not Composite.shapes(VectorBody(None, 4))


def test_the_layers_of_a_model_can_be_exchanged():
    model = label_network(2, (5,), 9)
    other = Recurrent(LSTM, 4, (5,))
    changed = model.with_layers(other)
    assert changed.layers is other
    assert model.layers is not other
    assert (changed.pool, changed.output, changed.dropout) == (model.pool, model.output, model.dropout)
    assert bag_network(2).layers is None
    assert window_network(9, 4, 4, 3).layers is None


def test_tied_the_last_layer_is_as_wide_as_the_word_vectors():
    body = RecurrentBody(Embedding(9, 4), Recurrent(LSTM, 4, (5,)))
    with pytest.raises(InputError, match="the last layer has 5 units; tied to the word vectors it has 4"):
        Model(body, None, Softmax(9, 5, tied=True))
    assert Model(body, None, Classes(9, 5)).output.outcomes == 9
