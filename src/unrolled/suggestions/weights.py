"""How much a network, an n-gram and everyday words count at each step, chosen on queries that none has learnt from.

    p(token) = λ p_network + μ p_ngram + ν p_words

Linear interpolation (Jelinek & Mercer 1980), one (λ, μ, ν) for each range of the share that the n-gram leaves to single
tokens, and each number of tokens that the word being written has; see `unrolled.baselines.mixture`.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.storage.strict_json import parse_json, to_json
from unrolled.suggestions.everyday import DEEPEST

__all__ = ["MIXED", "StepWeights", "chosen_weights"]

MIXED = 3
"""The network, the n-gram and everyday words."""
BOUNDS = (0.01, 0.05, 0.15, 0.25, 0.4, 0.6, 0.8)
RANGES, DEPTHS = len(BOUNDS) + 1, DEEPEST + 1
PRIOR = 30.0  # as if so many tokens of each kind of place had asked for the weights of all
ROUNDS = 50
_NAMES = {"left_to_single_tokens", "weights", "loss"}

Probabilities = NDArray[np.floating]


@dataclass(frozen=True)
class StepWeights:
    """The three weights of each range and depth (R, D, 3); ``loss`` is the mixture's in nats per token."""

    weights: tuple[tuple[tuple[float, ...], ...], ...]
    loss: float

    @classmethod
    def alone(cls) -> "StepWeights":
        """The network alone."""
        return cls((((1.0, 0.0, 0.0),) * DEPTHS,) * RANGES, 0.0)

    @classmethod
    def fit(cls, probabilities: Probabilities, left: Probabilities, depth: NDArray[np.int64]) -> "StepWeights":
        """The weights that make tokens most probable: of each what the three say (N, 3), what the n-gram leaves to
        single tokens (N,), and how many tokens the word has (N,).

        By expectation maximisation, for all tokens and then for each kind of place, which is drawn towards all of them.
        Where no word is known, or none of the tokens was probable by one of the three, that one has no weight.
        """
        kinds = np.searchsorted(BOUNDS, left, side="right") * DEPTHS + depth
        chosen = np.zeros((RANGES * DEPTHS, MIXED))
        for known in (False, True):
            rows = (depth > 0) == known
            of = probabilities[rows] * ((1, 1, known) if rows.any() else 1)
            whole = chosen_weights(of, np.full(MIXED, 1 / MIXED) * (of.sum(0) > 0), 1e-9)
            for kind in range(RANGES * DEPTHS):
                if (kind % DEPTHS > 0) == known:
                    chosen[kind] = chosen_weights(of[kinds[rows] == kind], whole, PRIOR)
        mixed = (chosen[kinds] * probabilities).sum(1)
        table = tuple(tuple(tuple(row) for row in rows) for rows in chosen.reshape(RANGES, DEPTHS, MIXED).tolist())
        return cls(table, float(-np.log(mixed).mean()))

    def of(self, left: Probabilities, depth: NDArray[np.int64]) -> NDArray[np.float64]:
        """The weights (n, 3) at n places."""
        return np.array(self.weights)[np.searchsorted(BOUNDS, left, side="right"), depth]

    def to_json(self) -> str:
        """One JSON object."""
        values = {"left_to_single_tokens": BOUNDS, "weights": self.weights, "loss": self.loss}
        return to_json(values, "the weights of suggestions", indent=1)

    @classmethod
    def from_json(cls, text: str, where: str) -> "StepWeights":
        """Read what `to_json` wrote; InputError, beginning with ``where``, for anything else."""
        saved = parse_json(text.encode(errors="surrogatepass"), where)
        if not isinstance(saved, dict) or saved.keys() != _NAMES:
            raise InputError(f"{where}: expected an object with {', '.join(sorted(_NAMES))}")
        try:
            table = np.array(saved["weights"], np.float64)
            loss = float(saved["loss"])
        except (TypeError, ValueError):
            raise InputError(f"{where}: expected numbers") from None
        if saved["left_to_single_tokens"] != list(BOUNDS) or table.shape != (RANGES, DEPTHS, MIXED):
            raise InputError(f"{where}: expected weights of shape {(RANGES, DEPTHS, MIXED)} for the ranges {BOUNDS}")
        if not ((table >= 0) & (table <= 1)).all() or abs(table.sum(2) - 1).max() > 1e-6 or not loss >= 0:
            raise InputError(f"{where}: expected shares that sum to 1, and a loss of at least 0")
        return cls(tuple(tuple(tuple(row) for row in rows) for rows in table.tolist()), loss)


def chosen_weights(probabilities: Probabilities, start: NDArray[np.float64], prior: float) -> NDArray[np.float64]:
    """The weights (K,) that make what K say the probabilities (N, K) of most probable, by expectation maximisation.

    It is as if ``prior`` further ones had asked for ``start``.
    """
    start = start / start.sum() if start.any() else np.eye(len(start))[0]
    weights = start
    for _ in range(ROUNDS):
        claimed = probabilities * weights
        claimed = claimed / np.maximum(claimed.sum(1, keepdims=True), np.finfo(np.float64).tiny)
        total = claimed.sum(0) + prior * start
        weights = total / total.sum()
    return weights
