"""Small networks of each kind, built by hand of a body, a pool and a head."""

from collections.abc import Sequence

from unrolled.cells import CELLS
from unrolled.layers import Convolution, Dense, Embedding, Pooling, Recurrent
from unrolled.models import Bernoulli, Classes, FirstSteps, Model, RecurrentBody, Softmax, VectorBody, WindowBody


def recurrent_network(
    vocabulary: int,
    embedding: int,
    widths: Sequence[int],
    cell: str = "lstm",
    tied: bool = True,
    dropout: float = 0.0,
    variational: bool = False,
) -> Model:
    """Word vectors, recurrent layers, softmax over the tokens."""
    layers = Recurrent(CELLS[cell], embedding, tuple(widths), False, dropout, variational)
    body = RecurrentBody(Embedding(vocabulary, embedding), layers, dropout)
    return Model(body, None, Softmax(vocabulary, widths[-1], tied), dropout, variational)


def window_network(
    vocabulary: int,
    embedding: int,
    units: int,
    window: int,
    tied: bool = True,
    dropout: float = 0.0,
    beginning: int = 1,
) -> Model:
    """Word vectors, a dense layer over a window of them, softmax over the tokens."""
    hidden = Dense(window * embedding, units)
    body = WindowBody(Embedding(vocabulary, embedding), hidden, window, dropout, False, beginning)
    return Model(body, None, Softmax(vocabulary, units, tied), dropout, False)


def chord_network(
    keys: int, widths: Sequence[int], cell: str = "gru", dropout: float = 0.0, variational: bool = False
) -> Model:
    """Recurrent layers over frames of keys, each on or off by itself next."""
    layers = Recurrent(CELLS[cell], keys, tuple(widths), False, dropout, variational)
    return Model(RecurrentBody(None, layers), None, Bernoulli(keys, widths[-1]), dropout, variational)


def label_network(
    classes: int,
    widths: Sequence[int],
    vocabulary: int = 0,
    inputs: int = 4,
    cell: str = "gru",
    bidirectional: bool = False,
    pooling: str = "last",
    dropout: float = 0.0,
) -> Model:
    """Recurrent layers over words, or over vectors where there is no vocabulary, pooled; one of the classes."""
    words = Embedding(vocabulary, inputs) if vocabulary else None
    layers = Recurrent(CELLS[cell], inputs, tuple(widths), bidirectional, dropout)
    pool = Pooling(pooling, layers.outputs, bidirectional)
    return Model(RecurrentBody(words, layers, dropout), pool, Classes(classes, pool.outputs), dropout)


def convolved_network(classes: int, width: int, inputs: int, window: int, bidirectional: bool, pooling: str) -> Model:
    """A convolution over vectors, a recurrent layer over what it gives, pooled; one of the classes."""
    layers = Recurrent(CELLS["gru"], 7, (width,), bidirectional)
    body = RecurrentBody(None, layers, 0.0, Convolution(inputs, 7, window))
    return Model(body, Pooling(pooling, layers.outputs, bidirectional), Classes(classes, layers.outputs))


def bag_network(classes: int, vocabulary: int = 0, inputs: int = 4, dropout: float = 0.0) -> Model:
    """The mean of all vectors; one of the classes."""
    words = Embedding(vocabulary, inputs) if vocabulary else None
    return Model(VectorBody(words, inputs, dropout), Pooling("mean", inputs), Classes(classes, inputs))


def first_steps_network(
    classes: int, units: int, window: int, vocabulary: int = 0, inputs: int = 4, dropout: float = 0.0
) -> Model:
    """A dense layer over the first steps side by side; one of the classes."""
    words = Embedding(vocabulary, inputs) if vocabulary else None
    pool = FirstSteps(Dense(window * inputs, units), window)
    return Model(VectorBody(words, inputs, dropout), pool, Classes(classes, units), dropout)
