"""A language model of queries: a network, an n-gram and everyday words, mixed at each token, many rows in one step."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.baselines.ngram import NGram
from unrolled.inference.frozen import Frozen
from unrolled.suggestions.everyday import EverydayWords
from unrolled.suggestions.parts import Parts
from unrolled.suggestions.weights import StepWeights
from unrolled.text.cutting import END

__all__ = ["QueryModel", "States"]

MOST_TOKENS = 20_000  # of queries that weights are chosen on


class States(NamedTuple):
    """What the model remembers of n beginnings of queries."""

    network: NDArray[np.float32]
    """(n, S)"""
    ngram: NDArray[np.int64]
    """(n, order): the nodes of the n-gram's contexts."""
    word: NDArray[np.int64]
    """(n,): the node of the word that is being written among the everyday words."""

    def rows(self, rows: NDArray[np.int64]) -> "States":
        """Some of the n, in this order; one may come several times."""
        return States(self.network[rows], self.ngram[rows], self.word[rows])

    def put(self, first: int, states: "States") -> None:
        """Replace as many as there are ``states``, from the ``first`` on."""
        rows = slice(first, first + len(states.word))
        self.network[rows], self.ngram[rows], self.word[rows] = states


@dataclass(frozen=True)
class QueryModel:
    """Says which token follows. Without an n-gram the network answers alone."""

    frozen: Frozen
    parts: Parts
    ngram: NGram | None = None
    everyday: EverydayWords | None = None
    weights: StepWeights | None = None

    @property
    def tokens(self) -> int:
        """V."""
        return len(self.parts.texts)

    def begin(self) -> States:
        """Before END, which opens each query."""
        nodes = [0] if self.ngram is None else self.ngram.nodes([])
        return States(self.frozen.zero[None], np.array([nodes]), np.array([-1]))

    def step(self, ids: NDArray[np.int64], states: States) -> tuple[NDArray[np.float32], States]:
        """One token (n,) more for each of n beginnings → the probabilities (n, V) of the next one, states."""
        network, after = self.frozen.next_probabilities(ids[:, None], states.network)
        if self.ngram is None or self.weights is None:
            return network, states._replace(network=after)
        states = States(after, self._contexts(ids, states), self._words(ids, states))
        contexts = states.ngram.T
        weights = self.weights.of(self.ngram.left(contexts), self._depth(states.word))
        mixed = self._mixed(network, states.word, weights)
        self.ngram.add_to(mixed, contexts, weights[:, 1])
        return mixed, states

    def _mixed(
        self, network: NDArray[np.float32], words: NDArray[np.int64], weights: NDArray[np.float64]
    ) -> NDArray[np.float32]:
        """What the network and the everyday words say. Where a word may end, the network says what follows."""
        share = weights.astype(np.float32)
        if self.everyday is None:
            mixed: NDArray[np.float32] = network * share[:, :1]
            return mixed
        ended = share[:, 2] * self.everyday.ended(words) / np.maximum(network @ self._bounds, 1e-12)
        mixed = network * (share[:, :1] + ended[:, None] * self._bounds)
        self.everyday.add_to(mixed, words, weights[:, 2])
        return mixed

    @cached_property
    def _bounds(self) -> NDArray[np.float32]:
        """(V,): 1 for the tokens before which a word has ended."""
        bounds = self.parts.opens.astype(np.float32)
        bounds[END] = 1
        return bounds

    def _contexts(self, ids: NDArray[np.int64], states: States) -> NDArray[np.int64]:
        assert self.ngram is not None
        after = self.ngram.next_nodes  # of so few rows in less time than all at once
        return np.array([after(nodes, one) for nodes, one in zip(states.ngram.tolist(), ids.tolist(), strict=True)])

    def _words(self, ids: NDArray[np.int64], states: States) -> NDArray[np.int64]:
        everyday, opens = self.everyday, self.parts.opens
        if everyday is None:
            return np.full(len(ids), -1)
        after = []
        for node, one in zip(states.word.tolist(), ids.tolist(), strict=True):
            begins = node == 0 or opens[one]
            after.append(0 if one == END else everyday.begin(one) if begins else everyday.next(node, one))
        return np.array(after)

    def _depth(self, words: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.zeros(len(words), np.int64) if self.everyday is None else self.everyday.depth(words)

    # Choosing the weights ---------------------------------------------------------------------------------------------

    def weighed(self, queries: Sequence[str]) -> "QueryModel":
        """The same with the weights that are best for queries that were not learnt from."""
        places = _Places()
        for query in queries:
            places.add(self, self.parts.tokenizer.encode(query))
            if places.tokens > MOST_TOKENS:
                break
        return replace(self, weights=places.weights())


class _Places:
    """What the three say of the tokens of queries."""

    def __init__(self) -> None:
        self._said: list[tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]] = []
        self.tokens = 0

    def add(self, model: QueryModel, ids: NDArray[np.int64]) -> None:
        """Read a query (T,) to its end."""
        read, targets = np.append(END, ids), np.append(ids, END)
        assert model.ngram is not None
        _, features, _ = model.frozen.trace(read, model.frozen.zero)
        network = kernels.softmax(model.frozen.scores(features))
        contexts = model.ngram.contexts(read)
        ngram = model.ngram.rows(contexts)
        states = model.begin()
        words = []
        for one in read:
            states = states._replace(word=model._words(np.array([one]), states))
            words.append(states.word)
        nodes = np.concatenate(words)
        everyday = model._mixed(network, nodes, np.tile((0.0, 0.0, 1.0), (len(nodes), 1)))
        every = np.stack([rows[np.arange(len(targets)), targets] for rows in (network, ngram, everyday)], 1)
        self._said.append((every.astype(np.float64), model.ngram.left(contexts), model._depth(nodes)))
        self.tokens += len(targets)

    def weights(self) -> StepWeights:
        """The best ones."""
        probabilities, left, depth = (np.concatenate(column) for column in zip(*self._said, strict=True))
        return StepWeights.fit(probabilities, left, depth)
