"""Pointer-generators (See et al. 2017): an answer's next token is generated, or copied from where attention looks.

    g          = σ(w · r + b)                                    how much is generated; r: what the decoder reads out
    p(y)       = g · softmax(E r + b)(y) + (1 - g) · Σ_{s: x_s = y} α_s

x are the ids of the source in the target's vocabulary of V tokens. A token that the vocabulary lacks has, within one
source, an id of its own from V on (the extended vocabulary of a document), so that it can be copied, too. Ids up to END
are never copied.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.arrays import Array, Namespace, Tree
from unrolled.layers import Dense
from unrolled.models.heads import Softmax

__all__ = ["SPECIAL", "Pointer", "known", "with_copies"]

SPECIAL = 2
"""Ids that are never copied: the unknown token, to which all that the vocabulary lacks is mapped, and END."""
_NEVER = -1e9  # the log-probability of generating what is no token of the vocabulary: finite, so that gradients are
_LEAST = 1e-20  # the share of attention below which nothing tells from nothing


def known(ids: Array, vocabulary: int) -> Array:
    """Ids of an extended vocabulary as those of the first ``vocabulary`` tokens: all others are unknown, 0."""
    return ids * (ids < vocabulary)


@dataclass(frozen=True)
class Pointer:
    """The choice between generating and copying, from ``features`` numbers that are read out."""

    features: int

    @property
    def _dense(self) -> Dense:
        return Dense(self.features, 1)

    def shapes(self) -> Tree:
        """W (1, R), b (1,)."""
        return self._dense.shapes()

    def initial(self, rng: np.random.Generator) -> Tree:
        """As a dense layer starts: about as much is copied as generated."""
        return self._dense.initial(rng)

    def gate(self, params: Tree, features: Array) -> Array:
        """features (…, R) → the log-odds (…) of generating."""
        return self._dense.forward(params.pointer, features)[..., 0]

    def loss(
        self,
        xp: Namespace,
        params: Tree,
        output: Softmax,
        features: Array,
        attention: Array,
        sources: Array,
        targets: Array,
    ) -> Array:
        """-log p, summed: features (N, R), attention (N, S), ids of the source (N, S), targets (N,), all extended."""
        gate = self.gate(params, features)
        generated = -output.surprise(xp, params, features, known(targets, output.outcomes))
        generated = xp.where(targets < output.outcomes, generated, generated * 0 + _NEVER)
        share = (attention * ((sources == targets[:, None]) & (sources >= SPECIAL))).sum(-1)
        copied = xp.log(xp.clip(share, _LEAST, 1.0))
        return -xp.logaddexp(xp.log_sigmoid(gate) + generated, xp.log_sigmoid(-gate) + copied).sum()


def with_copies(
    log_generated: NDArray[np.float32],
    gate: NDArray[np.float32],
    attention: NDArray[np.float32],
    sources: NDArray[np.int64],
    only_copied: Sequence[int] = (),
) -> NDArray[np.float32]:
    """log p of the extended vocabulary (R, V + X), X as the ids of ``sources`` (R, S) ask for.

    log_generated (R, V) are log-probabilities, gate (R,) the log-odds of generating. What is no token of a row's own
    source and vocabulary is -inf, and so is what is ``only_copied`` where the source lacks it; all else is finite.
    """
    rows, vocabulary = log_generated.shape
    width = max(vocabulary, int(sources.max(initial=0)) + 1)
    mixed = np.full((rows, width), -np.inf, np.float32)
    mixed[:, :vocabulary] = log_generated - np.logaddexp(0, -gate)[:, None]
    if len(only_copied):
        mixed[:, list(only_copied)] = -np.inf
    shares, at = np.zeros_like(mixed), np.arange(rows)[:, None]
    np.add.at(shares, (at, sources), attention)
    copied = np.log(np.maximum(shares[at, sources], _LEAST)) - np.logaddexp(0, gate)[:, None]
    own = sources >= SPECIAL
    mixed[at, sources] = np.where(own, np.logaddexp(mixed[at, sources], copied), mixed[at, sources])
    return mixed
