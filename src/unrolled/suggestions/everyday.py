"""Words that a text may hold although the queries learnt from lack them: a trie over the tokens of a model."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.ngram_trie import Trie
from unrolled.text.tokens import Tokenizer

__all__ = ["EverydayWords"]

POWER = 0.6  # of their frequencies: rare words are searched for more often than they are written
SHARE = 0.3  # of how often words were asked: so much all everyday words count together
DISCOUNT, LEAST = 0.5, 0.05  # from how often a word was asked, which overstates rare ones; and what is left at least
DEEPEST = 3  # tokens of a word from which on the weights do not tell lengths apart


class EverydayWords:
    """Within a word, the probability of each token by the frequencies of the words that are begun like it.

    ``words`` are everyday ones with their frequencies, ``asked`` those of the queries and how often each occurs there.

    A word is read with the space before it, and without one, as it opens a query. Node 0 is where a word begins, -1 is
    where no word is known.
    """

    def __init__(
        self, tokenizer: Tokenizer, words: Mapping[str, float], asked: Mapping[str, float] | None = None
    ) -> None:
        mass = _masses(words, asked or {})
        sequences = list(tokenizer.encode_paragraphs([*(f" {word}" for word in mass), *mass]))
        masses = np.tile(np.array(list(mass.values()), np.float64), 2)
        self._trie, self._ended, self._depth = _built(sequences, masses, len(tokenizer))
        self._after: dict[int, int] = {}

    def begin(self, token: int) -> int:
        """The node of the word that a token opens."""
        node = self._after.get(token)
        if node is None:
            node = self._after[token] = self._trie.child(0, token)
        return node

    def next(self, node: int, token: int) -> int:
        """The node after one more token of the same word."""
        return self._trie.child(node, token)

    def ended(self, nodes: NDArray[np.int64]) -> NDArray[np.float32]:
        """The share (n,) of the words at each node that are whole there."""
        return self._ended[nodes]

    def depth(self, nodes: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many tokens of a word lie behind each node (n,), at most `DEEPEST`; 0 where no word is known."""
        return self._depth[nodes]

    def add_to(self, rows: NDArray[np.float32], nodes: NDArray[np.int64], shares: NDArray[np.floating]) -> None:
        """Add to rows (n, V) the shares (n,) of what the words at each node go on with."""
        self._trie.add_children(rows, nodes[None], shares[None])


def _masses(words: Mapping[str, float], asked: Mapping[str, float]) -> dict[str, float]:
    """How much each word counts: those asked, and beside them the everyday ones."""
    masses = {word: max(times - DISCOUNT, LEAST) for word, times in asked.items()}
    powers = {word: frequency**POWER for word, frequency in words.items()}
    scale = (SHARE * sum(masses.values()) or 1.0) / max(sum(powers.values()), 1e-30)
    for word, power in powers.items():
        masses[word] = masses.get(word, 0.0) + scale * power
    return masses


def _built(
    sequences: list[NDArray[np.int64]], mass: NDArray[np.float64], tokens: int
) -> tuple[Trie, NDArray[np.float32], NDArray[np.int64]]:
    """The trie of sequences; of each node the share of the words that end there, and its depth."""
    lengths = np.array([len(sequence) for sequence in sequences])
    nodes, alive = np.zeros(len(sequences), np.int64), np.arange(len(sequences))
    words, sizes, masses, ended, depth = [np.zeros(1, np.int64)], [], [np.array([mass.sum()])], [], [np.zeros(1, int)]
    own, level = [np.ones(1)], 0
    while True:
        last = lengths[alive] == level
        ended.append(np.bincount(nodes[last], mass[alive[last]], len(masses[-1])))
        alive, nodes = alive[~last], nodes[~last]
        if not len(alive):
            break
        following = np.array([sequences[one][level] for one in alive.tolist()], np.int64)
        unique, nodes = np.unique(nodes * tokens + following, return_inverse=True)
        parents, level = unique // tokens, level + 1
        sizes.append(np.bincount(parents, minlength=len(masses[-1])))
        masses.append(np.bincount(nodes, mass[alive], len(unique)))
        own.append(masses[-1] / masses[-2][parents])
        words.append(unique % tokens)
        depth.append(np.full(len(unique), min(level, DEEPEST)))
    sizes.append(np.zeros(len(masses[-1]), np.int64))
    offsets = 1 + np.append(0, np.cumsum(np.concatenate(sizes), dtype=np.int64))
    trie = Trie(np.concatenate(words), offsets, _shares(*own, np.zeros(1)), np.zeros(0, np.float32))
    return trie, _shares(np.concatenate(ended) / np.concatenate(masses), np.zeros(1)), np.concatenate([*depth, [0]])


def _shares(*parts: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.concatenate(parts).astype(np.float32)
