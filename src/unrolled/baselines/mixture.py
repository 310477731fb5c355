"""A network and an n-gram mixed, with weights chosen on text that neither has learnt from.

    p(w) = λ p_network(w) + (1 - λ) p_ngram(w)

Linear interpolation (Jelinek & Mercer 1980). λ depends on how well the n-gram knows the context, that is, on the share
of its probability that it leaves to single words: one λ for each of eight ranges of that share.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, Self, cast

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.base import Baseline, Predictions
from unrolled.baselines.ngram import NGram
from unrolled.data.token_file import TokenFile
from unrolled.errors import InputError
from unrolled.storage.strict_json import parse_json, to_json

__all__ = ["CONTEXT", "Mixture", "MixtureWeights", "StepMixture", "Weights", "WholeMixture", "best_share"]

CONTEXT = 4
"""How many of the last tokens an n-gram that is mixed looks at, at most; so many are in a saved stream."""
BOUNDS = (0.01, 0.05, 0.15, 0.25, 0.4, 0.6, 0.8)
PRIOR = 30.0  # as if so many tokens of each range had asked for the λ of the whole text
PRIOR_EXAMPLES = 4.0  # of whole inputs
ROUNDS = 100
_MOST = 1_000  # weights that are read

Probabilities = NDArray[np.floating]


class StepMixture(Protocol):
    """Mixes what a network says after each step with what a baseline says after the last ``context`` steps."""

    @property
    def context(self) -> int:
        """How many of the last steps the baseline looks at, at most."""

    @property
    def of_scores(self) -> bool:
        """Whether scores are mixed, such as log-odds, or else probabilities."""

    def mixed_after(self, network: NDArray[np.float32], recent: NDArray[Any]) -> NDArray[np.float32]:
        """What the network says (K,) after the ``recent`` steps (n, ...), mixed with what the baseline says."""

    def mixed_along(self, network: NDArray[np.float32], steps: NDArray[Any]) -> NDArray[np.float32]:
        """`mixed_after` for what it says (n, K) after each of the last n ``steps`` (T, ...)."""


class Weights(Protocol):
    """The weights of a `StepMixture`; ``loss`` is the mixture's in nats per item, where they were chosen.

    They are chosen on at most so many items as ``most`` says.
    """

    most: ClassVar[int]

    @property
    def loss(self) -> float: ...

    @classmethod
    def chosen(cls, network: Predictions, baseline: Baseline, part: Any) -> Self:
        """Those that are best for a part, of which this is what the ``network`` predicts."""

    def mixture(self, baseline: Callable[[], Baseline]) -> StepMixture:
        """The mixture with these weights; the baseline is asked for when it is first needed."""

    def to_json(self) -> str:
        """One JSON object, the form of `mixture.json`."""

    @classmethod
    def from_json(cls, text: str, where: str) -> Self:
        """Read what `to_json` wrote; InputError, beginning with ``where``, for anything else."""


@dataclass(frozen=True)
class MixtureWeights:
    """The ``network``'s share λ for each of the ranges that ``bounds`` divide; ``loss`` is the mixture's in nats per
    token, on the text that they were chosen on."""

    bounds: tuple[float, ...]
    network: tuple[float, ...]
    loss: float
    most: ClassVar[int] = 100_000
    """Tokens at most that they are chosen on."""

    @classmethod
    def chosen(cls, network: Predictions, baseline: Baseline, part: TokenFile) -> "MixtureWeights":
        """The weights for a part, of which the ``network`` predicts distributions."""
        own = [rows[np.arange(len(targets)), targets] for rows, targets in network]
        return cls.fit(np.concatenate(own), *cast(NGram, baseline).probabilities_and_left(part.ids))

    @classmethod
    def fit(cls, network: Probabilities, ngram: Probabilities, left: Probabilities) -> "MixtureWeights":
        """The weights that make a text most probable: of each of its tokens (N,), what both say, and what is left to
        single words.

        By expectation maximisation, for the whole text and then for each range, which is drawn towards the whole.
        """
        whole = _share(network, ngram, 0.5, 1.0)
        ranges = np.searchsorted(BOUNDS, left, side="right")
        of_range = [ranges == number for number in range(len(BOUNDS) + 1)]
        shares = tuple(_share(network[rows], ngram[rows], whole, PRIOR) for rows in of_range)
        mixed = np.asarray(shares)[ranges]
        loss = -np.log(mixed * network + (1 - mixed) * ngram).mean()
        return cls(BOUNDS, shares, float(loss))

    def of(self, left: Probabilities) -> NDArray[np.float64]:
        """λ (n,) where the n-gram leaves these shares (n,) to single words."""
        return np.array(self.network)[np.searchsorted(self.bounds, left, side="right")]

    def mixture(self, baseline: Callable[[], Baseline]) -> "Mixture":
        """The mixture with these weights."""
        return Mixture(self, cast(Callable[[], NGram], baseline))

    def to_json(self) -> str:
        """One JSON object, the form of `mixture.json`."""
        return to_json(
            {"left_to_single_words": self.bounds, "network": self.network, "loss": self.loss}, "the mixture", indent=1
        )

    @classmethod
    def from_json(cls, text: str, where: str) -> "MixtureWeights":
        """Read what `to_json` wrote; InputError, beginning with ``where``, for anything else."""
        saved = parse_json(text.encode(errors="surrogatepass"), where)
        if not isinstance(saved, dict) or saved.keys() != {"left_to_single_words", "network", "loss"}:
            raise InputError(f"{where}: expected an object with left_to_single_words, network and loss")
        bounds, network = saved["left_to_single_words"], saved["network"]
        if not (_are_shares(bounds) and _are_shares(network) and len(network) == len(bounds) + 1 <= _MOST):
            raise InputError(f"{where}: expected shares from 0 to 1, of the network one more than of bounds")
        if sorted(set(bounds)) != bounds or not isinstance(saved["loss"], float) or saved["loss"] < 0:
            raise InputError(f"{where}: expected ascending bounds and a loss of at least 0")
        return cls(tuple(bounds), tuple(network), saved["loss"])


@dataclass(frozen=True)
class WholeMixture:
    """Mixes what a network and a baseline say of whole inputs: ``network`` is the network's share λ.

    The ``baseline`` maps encoded inputs to probabilities (N, C).
    """

    network: float
    baseline: Callable[[Sequence[NDArray[Any]]], Probabilities]

    def mixed(self, network: Probabilities, encoded: Sequence[NDArray[Any]]) -> Probabilities:
        """The network's probabilities (N, C) of encoded inputs, mixed with the baseline's."""
        both: Probabilities = self.network * network + (1 - self.network) * self.baseline(encoded)
        return both


def best_share(network: Probabilities, baseline: Probabilities) -> float:
    """The λ that makes the targets most probable: of each of them (N,), what both say.

    As if `PRIOR_EXAMPLES` further ones had asked for a half: where there are few, both are about as good as they look.
    """
    return _share(network, baseline, 0.5, PRIOR_EXAMPLES)


@dataclass(frozen=True)
class Mixture:
    """Mixes distributions; ``ngram`` is asked for when it is first needed, as it may have to be read."""

    weights: MixtureWeights
    ngram: Callable[[], NGram]
    context: ClassVar[int] = CONTEXT
    of_scores: ClassVar[bool] = False

    def mixed(self, network: NDArray[np.float32], nodes: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """The network's distributions (n, V) mixed with the n-gram's; ``nodes`` (n, order) are the contexts of each."""
        return self._mixed(network, np.array(nodes).T)

    def mixed_after(self, network: NDArray[np.float32], recent: NDArray[Any]) -> NDArray[np.float32]:
        """`mixed` for one distribution (V,) after the ``recent`` ids (n,)."""
        row: NDArray[np.float32] = self.mixed(network[None], [self.ngram().nodes(recent.tolist())])[0]
        return row

    def mixed_along(self, network: NDArray[np.float32], text: NDArray[Any]) -> NDArray[np.float32]:
        """`mixed` for distributions (n, V), each after one of the last n places of a text."""
        return self._mixed(network, self.ngram().contexts(text)[:, len(text) - len(network) :])

    def _mixed(self, network: NDArray[np.float32], contexts: NDArray[np.int64]) -> NDArray[np.float32]:
        ngram = self.ngram()
        shares = self.weights.of(ngram.left(contexts))
        mixed: NDArray[np.float32] = network * shares[:, None].astype(np.float32)
        ngram.add_to(mixed, contexts, 1 - shares)
        return mixed


def _share(network: Probabilities, ngram: Probabilities, start: float, prior: float) -> float:
    """The λ that makes tokens (N,) most probable; ``prior`` further ones, at least 1, are for ``start``."""
    share = start
    for _ in range(ROUNDS):
        own = share * network
        claimed = own / (own + (1 - share) * ngram)  # how probable it is that the network said it
        share = (float(claimed.sum()) + prior * start) / (len(network) + prior)
    return share


def _are_shares(values: object) -> bool:
    return isinstance(values, list) and all(isinstance(value, int | float) and 0 <= value <= 1 for value in values)
