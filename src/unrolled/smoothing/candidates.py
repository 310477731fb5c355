"""The parameters that a grid tries, for each of the two members of a bank.

The first is a level with a constant drift: φ = 1, β = 0. The second is a level with a damped trend, or with errors that
fade out: with β = −share·α·(1 − φ)/φ that share of what the level learnt from an error is taken back in the long run.
"""

from itertools import product

import numpy as np

from unrolled.smoothing.grid import Candidates

__all__ = ["few", "many"]


def many(seasons: int) -> tuple[Candidates, Candidates]:
    """What is tried to fit a series with so many seasons."""
    gammas = ((0.0,), (0.0, 0.05, 0.15, 0.3), (0.0, 0.2, 0.6))[min(seasons, 2)]
    drift = (0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 0.9)
    return _drift(drift, gammas, seasons), _damped((0.03, 0.1, 0.25, 0.5, 0.8), (0.9, 0.96), gammas, seasons)


def few(seasons: int) -> tuple[Candidates, Candidates]:
    """What is tried to choose between values and logarithms."""
    alphas, gammas = (0.05, 0.25, 0.8), (0.0, 0.2) if seasons else (0.0,)
    return _drift(alphas, gammas, seasons), _damped(alphas, (0.9,), gammas, seasons)


def _drift(alphas: tuple[float, ...], gammas: tuple[float, ...], seasons: int) -> Candidates:
    return _table([(alpha, 0.0, 1.0, *gamma) for alpha, *gamma in product(alphas, *[gammas] * seasons)])


def _damped(alphas: tuple[float, ...], phis: tuple[float, ...], gammas: tuple[float, ...], seasons: int) -> Candidates:
    rows = []
    for alpha, phi, *gamma in product(alphas, phis, *[gammas] * seasons):
        rows += [(alpha, alpha * share, phi, *gamma) for share in (0.0, 0.2)]
        rows += [(alpha, -share * alpha * (1 - phi) / phi, phi, *gamma) for share in (0.4, 0.9)]
    return _table(rows)


def _table(rows: list[tuple[float, ...]]) -> Candidates:
    table = np.array(rows)
    return Candidates(table[:, 0], table[:, 1], table[:, 2], table[:, 3:])
