"""The network of a classifier."""

from typing import Protocol

from unrolled.cells import CELLS
from unrolled.inputs import Input
from unrolled.inputs.text import BAGS
from unrolled.layers import Convolution, Dense, Embedding, Pooling, Recurrent
from unrolled.models import Classes, FirstSteps, Model, RecurrentBody, VectorBody

__all__ = ["NetworkSettings", "label_network"]

_EMBEDDING = 128  # numbers in a word vector, where neither a setting nor a file says otherwise
_CHANNELS = 64  # outputs of the convolution


class NetworkSettings(Protocol):
    """What a classifier says of its network; None is left to the input."""

    vectorizer: str | None
    model: str
    cell: str
    width: int
    layers: int
    embedding: int | None
    context: int
    bidirectional: bool
    pooling: str | None
    convolution: int | None
    dropout: float | None


def label_network(settings: NetworkSettings, input: Input, classes: int) -> Model:
    """The model for a fitted input and so many labels."""
    width = (input.word_width or settings.embedding or _EMBEDDING) if input.vocabulary else input.width
    words = Embedding(input.vocabulary, width) if input.vocabulary else None
    rate = input.dropout if settings.dropout is None else settings.dropout
    if settings.model == "bag":
        return Model(VectorBody(words, width, rate), Pooling("mean", width), Classes(classes, width))
    if settings.model == "dense":
        window = 1 if settings.vectorizer in BAGS else settings.context
        first = FirstSteps(Dense(window * width, settings.width), window)
        return Model(VectorBody(words, width, rate), first, Classes(classes, settings.width), rate)
    window = input.convolution if settings.convolution is None else settings.convolution
    front = Convolution(width, _CHANNELS, window) if window else None
    read = _CHANNELS if window else width
    layers = Recurrent(CELLS[settings.cell], read, (settings.width,) * settings.layers, settings.bidirectional, rate)
    pooling = settings.pooling or (input.pooling if settings.bidirectional else "max")
    pool = Pooling(pooling, layers.outputs, settings.bidirectional)
    return Model(RecurrentBody(words, layers, rate, front), pool, Classes(classes, layers.outputs), rate)
