"""A continuous cache: a recent word is likely to be written again where the hidden state is similar.

    p_cache(w | h, x₁…xₜ) ∝ Σᵢ 1[w = xᵢ] exp(θ h · hᵢ - (t - i) / τ)        hᵢ: the features that xᵢ was predicted from
    p(w) = (1 - λ) p_model(w) + λ p_cache(w)

Grave, Joulin & Usunier 2017, "Improving neural language models with a continuous cache", eq. 2 and 3, and what was
written long ago counts less. With n positions in the cache, λ n / (n + 100) takes the place of λ: a user's first words
prove little.
"""

import numpy as np
from numpy.typing import NDArray

__all__ = ["Cache"]

POSITIONS = 1_000  # each takes 4 E + 8 bytes: 0.8 MB in all at E = 200. More did not help on Penn Treebank
FLATNESS, SHARE, LASTING = 0.2, 0.18, 300.0  # θ, λ and τ, chosen on the Penn Treebank's validation part
EARLY = 100.0
_AGES = (np.arange(1 - POSITIONS, 1) / LASTING).astype(np.float32)


class Cache:
    """The features and ids of words in the order in which they were written; the last POSITIONS of them count.

    The first ``kept`` belong to finished texts; those after them can be removed. While a text is longer than POSITIONS
    more are held, so that older ones count again when the last are removed.
    """

    def __init__(self, features: int) -> None:
        self._features = np.empty((64, features), np.float32)
        self._ids = np.empty(64, np.int64)
        self.kept = self.size = 0

    def __len__(self) -> int:
        return self.size

    @property
    def features(self) -> NDArray[np.float32]:
        """The features (n, E), oldest first."""
        return self._features[: self.size]

    @property
    def ids(self) -> NDArray[np.int64]:
        """The ids (n,), oldest first; UNKNOWN where a word was forgotten."""
        return self._ids[: self.size]

    def add(self, features: NDArray[np.float32], ids: NDArray[np.int64]) -> None:
        """Append n positions: features (n, E) and the ids (n,) of the words that followed."""
        end = self.size + len(ids)
        if end > len(self._ids):
            room = max(end, 2 * self.size)
            grown = np.empty((room, self._features.shape[1]), np.float32), np.empty(room, np.int64)
            grown[0][: self.size], grown[1][: self.size] = self.features, self.ids
            self._features, self._ids = grown
        self._features[self.size : end], self._ids[self.size : end] = features, ids
        self.size = end

    def cut(self, size: int) -> NDArray[np.int64]:
        """Remove all but the first ``size`` positions; returns the ids removed."""
        removed = self._ids[size : self.size].copy()
        self.size = size
        return removed

    def keep(self) -> None:
        """Mark all positions as those of finished texts, and drop all but the last POSITIONS."""
        start = max(0, self.size - POSITIONS)
        if start:
            self._features, self._ids = self._features[start : self.size].copy(), self._ids[start : self.size].copy()
        self.kept = self.size = self.size - start

    def clear(self) -> None:
        """Forget everything."""
        self.__init__(self._features.shape[1])  # type: ignore[misc]

    def mix(
        self, model: NDArray[np.float32], features: NDArray[np.float32], only_kept: bool = False
    ) -> NDArray[np.float32]:
        """The model's probabilities (V,) after features (E,), mixed with the cache's; unchanged where it is empty."""
        end = self.kept if only_kept else self.size
        start = max(0, end - POSITIONS)
        if end == start:
            return model
        weights = np.exp(FLATNESS * _scores(self._features[start:end], features) + _AGES[POSITIONS - (end - start) :])
        share = SHARE * len(weights) / (len(weights) + EARLY)
        weights *= np.float32(share / weights.sum(dtype=np.float64))
        mixed = model * np.float32(1 - share)
        np.add.at(mixed, self._ids[start:end], weights)
        return mixed


def _scores(rows: NDArray[np.float32], features: NDArray[np.float32]) -> NDArray[np.float32]:
    """h · hᵢ of each row, less the largest."""
    scores: NDArray[np.float32] = rows @ features
    scores -= scores.max()
    return scores
