"""The scores of whole inputs, computed together: of a model that labels them."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import NUMPY
from unrolled.data.batches import Batches
from unrolled.inference.frozen import Frozen, checked_finite
from unrolled.inference.long import features_of, is_long
from unrolled.inputs import Input
from unrolled.inputs.base import Steps
from unrolled.models import rows_at_once

__all__ = ["TOGETHER", "score_blocks", "whole_scores"]

TOGETHER = 64  # inputs in one batch at most


def whole_scores(frozen: Frozen, input: Input, encoded: Sequence[Steps]) -> NDArray[np.float64]:
    """Encoded inputs → scores (N, K)."""
    scores = np.zeros((len(encoded), frozen.outcomes))
    for rows, block in score_blocks(frozen, input, encoded):
        scores[rows] = block
    return scores


def score_blocks(
    frozen: Frozen, input: Input, encoded: Sequence[Steps]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.floating]]]:
    """Batches, the short inputs first, the long ones each alone: the rows in a batch, and their scores."""
    model, params = frozen.model, frozen.params
    long = np.array([is_long(model, input, steps) for steps in encoded], bool)
    short = np.flatnonzero(~long)
    if len(short):
        chosen = [encoded[row] for row in short.tolist()]
        together = rows_at_once(model, max(map(len, chosen)), TOGETHER)
        batches = Batches(chosen, np.zeros(len(chosen), np.int64), input.collate, together)
        for rows, (inputs, lengths, _) in batches.all():
            x = model.body.embed(NUMPY, params, inputs)
            yield short[rows], checked_finite(model.scores(NUMPY, params, x, lengths))
    for row in np.flatnonzero(long).tolist():
        features = features_of(model, params, input, encoded[row])
        yield np.array([row]), checked_finite(model.output.scores(params, features[None]))
