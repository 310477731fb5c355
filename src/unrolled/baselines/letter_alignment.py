"""Which sounds each letter of a word stands for, found by expectation maximisation (Damper et al. 2005).

A letter stands for no sound, one or two, in the order of the word. With p(u | s) the probability that letter s stands
for the run u of sounds, and α(i, j) that the first i letters stand for the first j sounds,

    α(i, j) = Σ_k α(i - 1, j - k) p(y_{j-k+1} … y_j | x_i)        k = 0, 1, 2

and β the same from the end. Counts of a run are its posterior probabilities α p β / α(S, T).
"""

from collections.abc import Sequence
from itertools import accumulate, pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = ["align_letters"]

Ids = NDArray[np.int64]
Floats = NDArray[np.float64]
MOST = 2  # sounds of a letter
ITERATIONS = 5
LEARNT = 20_000  # words that probabilities are learnt from
TOGETHER = 4_000
TABLE = 16_000_000  # runs of all letters, at most; beyond it a letter stands for one sound at most


def align_letters(
    words: Sequence[Ids], sounds: Sequence[Ids], letters: int, others: int
) -> list[list[tuple[int, ...]]]:
    """For each word (S,) the run of its sounds (T,) that each of its letters most probably stands for.

    ``letters`` and ``others`` are how many there are of both. The list is empty for a word that has too few letters.
    """
    most = MOST if letters * others**2 <= TABLE else 1
    tables = [np.ones((letters, *[others] * k)) for k in range(most + 1)]
    groups = _groups(words, sounds, most)
    step = max(1, -(-sum(map(len, groups)) // LEARNT))
    learnt = [(_padded(words, g[::step]), _padded(sounds, g[::step])) for g in groups]
    for _ in range(ITERATIONS):
        found = [_posteriors(x, y, tables) for x, y in learnt]
        counts = [_counted([parts[k] for parts in found if k in parts], table) for k, table in enumerate(tables)]
        totals = sum(table.reshape(letters, -1).sum(1) for table in counts)
        tables = [table / np.reshape(totals, (-1, *[1] * k)) for k, table in enumerate(counts)]
    aligned: list[list[tuple[int, ...]]] = [[] for _ in words]
    for group in groups:
        x, y = _padded(words, group), _padded(sounds, group)
        for row, taken in zip(group.tolist(), _best(x, y, tables).tolist(), strict=True):
            said = sounds[row].tolist()
            aligned[row] = [tuple(said[a:b]) for a, b in pairwise(accumulate(taken, initial=0))]
    return aligned


def _groups(words: Sequence[Ids], sounds: Sequence[Ids], most: int) -> list[Ids]:
    """The rows of words that have as many letters and as many sounds as each other."""
    alike: dict[tuple[int, int], list[int]] = {}
    for row, (x, y) in enumerate(zip(words, sounds, strict=True)):
        if len(x) > 0 and len(y) <= most * len(x):
            alike.setdefault((len(x), len(y)), []).append(row)
    return [np.array(rows[i : i + TOGETHER]) for rows in alike.values() for i in range(0, len(rows), TOGETHER)]


def _padded(texts: Sequence[Ids], rows: Ids) -> Ids:
    return np.stack([texts[row] for row in rows.tolist()])


def _runs(x: Ids, y: Ids, tables: Sequence[Floats], i: int) -> list[Floats]:
    """p of letter i and each run of k sounds that ends with sound j: for each k (N, T + 1 - k)."""
    letter = x[:, i, None]
    width = y.shape[1]
    found = [np.repeat(tables[0][letter], width + 1, 1)]
    for k in range(1, min(len(tables) - 1, width) + 1):
        found.append(tables[k][(letter, *(y[:, m : width - k + 1 + m] for m in range(k)))])
    return found


def _ahead(x: Ids, y: Ids, tables: Sequence[Floats]) -> list[Floats]:
    """α after each number of letters, (N, T + 1)."""
    alpha = np.zeros((len(x), y.shape[1] + 1))
    alpha[:, 0] = 1
    steps = [alpha]
    for i in range(x.shape[1]):
        after = np.zeros_like(alpha)
        for k, p in enumerate(_runs(x, y, tables, i)):
            after[:, k:] += steps[-1][:, : alpha.shape[1] - k] * p
        steps.append(after)
    return steps


def _posteriors(x: Ids, y: Ids, tables: Sequence[Floats]) -> dict[int, tuple[Ids, Floats]]:
    """For each length of a run the cells of its table that letters of these words use, and how probable each use is."""
    alphas, width = _ahead(x, y, tables), y.shape[1]
    beta = np.zeros((len(x), width + 1))
    beta[:, -1] = 1
    whole = np.maximum(alphas[-1][:, -1:], 1e-300)
    uses: dict[int, list[tuple[Ids, Floats]]] = {}
    for i in reversed(range(x.shape[1])):
        before = np.zeros_like(beta)
        for k, p in enumerate(_runs(x, y, tables, i)):
            reached = p * beta[:, k:]
            before[:, : width + 1 - k] += reached
            posterior = alphas[i][:, : width + 1 - k] * reached / whole
            cells = np.broadcast_to(x[:, i, None], posterior.shape)
            for m in range(k):
                cells = cells * tables[-1].shape[-1] + y[:, m : width - k + 1 + m]
            uses.setdefault(k, []).append((cells.ravel(), posterior.ravel()))
        beta = before
    return {
        k: (np.concatenate([c for c, _ in parts]), np.concatenate([p for _, p in parts])) for k, parts in uses.items()
    }


def _counted(uses: Sequence[tuple[Ids, Floats]], table: Floats) -> Floats:
    """How often each run of a table is used, and a little more, so that none is impossible."""
    cells = np.concatenate([np.zeros(0, np.int64), *(cells for cells, _ in uses)])
    weights = np.concatenate([np.zeros(0), *(posterior for _, posterior in uses)])
    counts: Floats = np.bincount(cells, weights, table.size).reshape(table.shape) + 1e-6 / table[0].size
    return counts


def _best(x: Ids, y: Ids, tables: Sequence[Floats]) -> Ids:
    """How many sounds each letter stands for in the most probable alignment, (N, S)."""
    width = y.shape[1]
    best = np.full((len(x), width + 1), -np.inf)
    best[:, 0] = 0
    choices = []
    for i in range(x.shape[1]):
        tried = np.full((len(tables), len(x), width + 1), -np.inf)
        for k, p in enumerate(_runs(x, y, tables, i)):
            tried[k, :, k:] = best[:, : width + 1 - k] + np.log(np.maximum(p, 1e-300))
        choices.append(tried.argmax(0))
        best = tried.max(0)
    taken = np.zeros(x.shape, np.int64)
    rows, place = np.arange(len(x)), np.full(len(x), width)
    for i in reversed(range(x.shape[1])):
        taken[:, i] = choices[i][rows, place]
        place = place - taken[:, i]
    return taken
