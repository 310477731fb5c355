"""What a search holds against a hypothesis: its length, parts of its source unattended, what it has said before."""

import numpy as np
from numpy.typing import NDArray

from unrolled.settings import Search

__all__ = ["block_loops", "block_ngrams", "length_penalty", "penalized"]

RUN = 4  # tokens of the longest run that is kept from coming again and again
UNATTENDED = 1e-10  # the least attention that counts: the logarithm of none at all is infinite


def length_penalty(search: Search) -> float:
    """The exponent of the length, 1 where none is given."""
    return 1.0 if search.length_penalty is None else search.length_penalty


def penalized(log_probability: float, length: int, coverage: NDArray[np.float64], search: Search) -> float:
    """log p / length^α + β Σ_s log min(coverage_s, 1) (Wu et al. 2016, eq. 14); END counts as a token.

    coverage (S,): the attention of all tokens summed; read only where there is a coverage penalty β.
    """
    score: float = log_probability / length ** length_penalty(search)
    if search.coverage_penalty:
        score += search.coverage_penalty * float(np.log(np.clip(coverage, UNATTENDED, 1.0)).sum())
    return score


def block_ngrams(log_probabilities: NDArray[np.float32], ids: NDArray[np.int64], n: int) -> None:
    """Exclude in (R, V) what would make a run of ``n`` tokens come twice in ids (R, t)."""
    if not n or ids.shape[1] < n:
        return
    runs = np.lib.stride_tricks.sliding_window_view(ids, n, axis=1)  # (R, t - n + 1, n)
    ending = ids[:, ids.shape[1] - n + 1 :]  # (R, n - 1)
    rows, places = np.nonzero((runs[..., :-1] == ending[:, None]).all(-1))
    log_probabilities[rows, runs[rows, places, -1]] = -np.inf


def block_loops(
    log_probabilities: NDArray[np.float32],
    ids: NDArray[np.int64],
    repeats: int,
    tokens: NDArray[np.int64] | None = None,
) -> None:
    """Exclude what would make a token, or a run of up to `RUN`, come more often than ``repeats`` in a row.

    In (R, V) or, where ``tokens`` (R, C) says what the columns stand for, in (R, C).
    """
    if not repeats:
        return
    length = ids.shape[1]
    if repeats > 1 and not (ids[:, -1:] == ids[:, -1 - RUN : -1]).any():
        return  # no token stands where one loop begins again, as is most often so
    for run in range(1, RUN + 1):
        start = length - (run * repeats - 1)  # from here on it must equal what stood a run before
        if start < run:
            return
        looping = np.flatnonzero((ids[:, start:] == ids[:, start - run : length - run]).all(1))
        again = ids[looping, length - run]
        if tokens is None:
            log_probabilities[looping, again] = -np.inf
        else:
            which, columns = np.nonzero(tokens[looping] == again[:, None])
            log_probabilities[looping[which], columns] = -np.inf
