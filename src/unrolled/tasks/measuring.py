"""A language model and the n-gram measured on the same tokens."""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import NUMPY
from unrolled.baselines.ngram import NGram
from unrolled.metrics.language import LanguageScores
from unrolled.models import LanguageModel, next_probabilities
from unrolled.progress import track
from unrolled.text.tokens import END

__all__ = ["language_scores"]

CELLS = 2**21  # probabilities in memory at once


def language_scores(
    network: tuple[LanguageModel, Any],
    baseline: NGram,
    ids: NDArray[Any],
    tokens: list[str],
    keystrokes: bool,
    show: bool | None,
) -> list[dict[str, float]]:
    """The measures of the model (and its parameters) and of the n-gram on ids (N,); see `LanguageScores`."""
    block = max(1, min(128, CELLS // len(tokens)))
    found: list[dict[str, float]] = []
    both = ("the network", _distributions(*network, ids, block)), ("the n-gram", baseline.distributions(ids, block))
    for name, predicted in both:
        measured = LanguageScores(tokens, keystrokes=keystrokes)
        blocks = ((len(one[1]), one) for one in predicted)
        for probabilities, targets in track(blocks, len(ids), f"measuring {name}", show):
            measured.add(probabilities, targets)
        found.append(measured.result())
    return found


def _distributions(
    model: LanguageModel, params: Any, ids: NDArray[Any], block: int
) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
    """(probabilities (n, V), targets (n,)) of the text ``ids`` (N,), read as one stream that begins with END."""
    state, last = None, np.array([END])
    for start in range(0, len(ids), block):
        targets = ids[start : start + block].astype(np.int64)
        inputs = np.concatenate([last, targets[:-1]])[None]
        features, state = model.forward(NUMPY, params, inputs, state)
        yield next_probabilities(NUMPY, model, params, features[0]), targets
        last = targets[-1:]
