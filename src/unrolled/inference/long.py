"""Inputs of any length, read in chunks: the answer is that to the whole, the memory needed is that of a chunk."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import NUMPY, Array, Tree
from unrolled.inputs import LONGEST, Input
from unrolled.inputs.base import Steps
from unrolled.layers import Pooling
from unrolled.models import FirstSteps, Model, RecurrentBody, VectorBody, steps_at_once

__all__ = ["features_of", "is_long", "outputs_of"]

Floats = NDArray[np.floating]


def is_long(model: Model, input: Input, steps: Steps) -> bool:
    """Whether a model that does not carry on a state had better read these steps in chunks."""
    comes_in_chunks = isinstance(model.body, RecurrentBody | VectorBody)
    pooled = isinstance(model.pool, Pooling | FirstSteps)
    return len(steps) > LONGEST and not input.summed and comes_in_chunks and pooled


def features_of(model: Model, params: Tree, input: Input, steps: Steps) -> Floats:
    """The features (E,) of a whole long input, as `Model.summary` gives them."""
    if isinstance(model.pool, FirstSteps):
        first = input.expand(steps[: model.pool.window])[None]
        seen: Floats = model.summary(NUMPY, params, model.body.embed(NUMPY, params, first))[0]
        return seen
    assert isinstance(model.pool, Pooling)
    return model.pool.over(params.get("pool", Tree()), outputs_of(model, params, input, steps), len(steps))


def outputs_of(model: Model, params: Tree, input: Input, steps: Steps) -> Iterator[Floats]:
    """What the body makes of each chunk of a long input: (T, H) after (T, H)."""
    assert isinstance(model.body, RecurrentBody | VectorBody)
    size = min(LONGEST, steps_at_once(model))

    def embedded(chunk: int) -> Array:
        part = input.expand(steps[chunk * size : (chunk + 1) * size])
        return model.body.embed(NUMPY, params, part[None])

    count = -(-len(steps) // size)
    read = model.body.in_chunks(params, embedded, count)
    return (read(chunk)[0] for chunk in range(count))
