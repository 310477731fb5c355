"""An n-gram with interpolated modified Kneser-Ney smoothing (Chen & Goodman 1999, section 4.1.6).

    p(w | u) = max(c(u w) - D(c(u w)), 0) / c(u ·) + γ(u) p(w | u without its first word)
    γ(u)     = (D₁ N₁(u ·) + D₂ N₂(u ·) + D₃ N₃₊(u ·)) / c(u ·)

with p = 1 / V below the single words, and γ = 1 for a context never seen. N_k(u ·) counts the words seen k times
after u.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.base import Arrays, BaselineKind, Predictions, Sizes
from unrolled.baselines.ngram_counts import Level, count_levels
from unrolled.baselines.ngram_trie import compact, trie_of
from unrolled.data.token_file import LONGEST_BLOCK, OUTCOMES, TokenFile
from unrolled.errors import InputError
from unrolled.text.cutting import END

__all__ = ["NGram", "ngram"]

MAX_ORDER = 8
ROWS = 8192  # positions looked up at once


class NGram:
    """A closed-vocabulary n-gram; ids are 0..V-1 and every one has a probability above 0.

    A sentence ends with END (1), which is also the context of the next one's first word.
    """

    def __init__(self, levels: Sequence[Level], fitted_tokens: int) -> None:
        self._trie, self._counts = trie_of(levels), [compact(level.counts) for level in levels]
        self.fitted_tokens = fitted_tokens
        words = slice(1, 1 + self.vocabulary_size)
        left = self._trie.rest[0] / np.float32(self.vocabulary_size)
        self._single = self._trie.own[words] + left  # (V,) p(w) without context

    @property
    def vocabulary_size(self) -> int:
        """V."""
        return len(self._counts[0])

    @property
    def order(self) -> int:
        """The longest n-gram's length."""
        return len(self._counts)

    @classmethod
    def fit(cls, ids: NDArray[np.integer], vocabulary_size: int, order: int = 5, limit: int = 4_000_000) -> "NGram":
        """Count the first `limit` tokens of `ids` (N,), which may be memory-mapped.

        Memory peaks at no more than 300 bytes a token read. Raises ValueError for an order outside 1..8 or an id
        outside 0..V-1.
        """
        if not 1 <= order <= MAX_ORDER:
            raise ValueError(f"order is {order}, expected 1 to {MAX_ORDER}")
        if vocabulary_size < END + 1:
            raise ValueError(f"vocabulary size is {vocabulary_size}, expected at least {END + 1} (unknown and end)")
        read = _checked(ids[:limit], vocabulary_size)
        return cls(count_levels(read, vocabulary_size, order), len(read))

    @property
    def name(self) -> str:
        """Its name, for people."""
        return f"Kneser–Ney {self.order}-gram"

    def loss(self, part: TokenFile) -> float:
        """Mean nats per token."""
        return -float(self.log_probabilities(part.ids).mean())

    def predictions(self, part: TokenFile) -> Predictions:
        """Distributions (n, V) and targets (n,) along the text, block by block."""
        return self.distributions(part.ids, max(1, min(LONGEST_BLOCK, OUTCOMES // self.vocabulary_size)))

    def distribution(self, context: Sequence[int] | NDArray[np.integer]) -> NDArray[np.float32]:
        """Return the probabilities (V,) of the next token after `context`, all tokens since the text began."""
        recent = _checked(np.asarray(context[-self.order :], np.int64), self.vocabulary_size).tolist()
        nodes = self.nodes([END, *recent] if len(context) < self.order else recent)
        row: NDArray[np.float32] = self.rows(np.array(nodes)[:, None])[0]
        return row

    def nodes(self, recent: Sequence[int]) -> list[int]:
        """Return the contexts of 0, 1, ... of the last words ``recent`` as nodes, -1 where unknown."""
        nodes = [0, *[-1] * (self.order - 1)]
        for word in recent[len(recent) - min(len(recent), self.order - 1) :]:
            nodes = self.next_nodes(nodes, word)
        return nodes

    def next_nodes(self, nodes: Sequence[int], word: int) -> list[int]:
        """Return the contexts after one more word."""
        return [0, *[self._trie.child(node, word) for node in nodes[:-1]]]

    def next_contexts(self, contexts: NDArray[np.int64], words: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the contexts (order, n) after one more word (n,) of each."""
        longer = [self._trie.find(nodes, words) for nodes in contexts[:-1]]
        return np.stack([np.zeros_like(words), *longer])

    def rows(self, contexts: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the distributions (n, V) after contexts (order, n)."""
        rows = np.zeros((contexts.shape[1], self.vocabulary_size), np.float32)
        self.add_to(rows, contexts, np.ones(len(rows)))
        return rows

    def left(self, contexts: NDArray[np.int64]) -> NDArray[np.float64]:
        """The share (n,) of its probability that it leaves to single words after contexts (order, n)."""
        shares: NDArray[np.float64] = self._trie.rest[contexts[:0:-1]].prod(axis=0, dtype=np.float64)
        return shares

    def add_to(self, rows: NDArray[np.float32], contexts: NDArray[np.int64], shares: NDArray[np.float64]) -> None:
        """Add to rows (n, V) the shares (n,) of the distributions after contexts (order, n).

        These are the single words scaled, and the few children of each longer context.
        """
        longest_first = contexts[:0:-1]
        scales = np.cumprod(np.concatenate([shares[None], self._trie.rest[longest_first]]), axis=0)
        rows += scales[-1][:, None].astype(np.float32) * self._single
        self._trie.add_children(rows, longest_first, scales[:-1])

    def distributions(
        self, ids: NDArray[np.integer], block: int = 256
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
        """Yield (probabilities (n, V), targets (n,)) for the text `ids` (N,) in blocks of n <= `block` positions."""
        for contexts, targets in self._blocks(ids):
            for start in range(0, len(targets), block):
                rows = slice(start, start + block)
                yield self.rows(contexts[:, rows]), targets[rows]

    def log_probabilities(self, ids: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return the natural log of the probability of each token of the text `ids` (N,)."""
        logs = [np.log(self._probabilities(contexts, targets)) for contexts, targets in self._blocks(ids)]
        return np.concatenate([np.empty(0), *logs])

    def probabilities_and_left(self, ids: NDArray[np.integer]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the probability of each token of the text `ids` (N,), and what is `left` to single words there."""
        found = [(self._probabilities(*block), self.left(block[0])) for block in self._blocks(ids)]
        none = np.empty(0)
        return np.concatenate([none, *(one for one, _ in found)]), np.concatenate([none, *(left for _, left in found)])

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what `from_arrays` needs: the counts, each in the smallest type that holds it."""
        stored: dict[str, NDArray[np.generic]] = {"tokens": np.array([self.fitted_tokens], np.uint64)}
        sizes = np.diff(self._trie.offsets)
        ends = np.cumsum([0, 1, *map(len, self._counts)]).tolist()  # of the nodes of each length
        for length, counts in enumerate(self._counts, start=1):
            stored[f"{length}.counts"] = counts
            if length > 1:
                stored[f"{length}.words"] = compact(self._trie.words[ends[length] : ends[length + 1]])
                stored[f"{length}.sizes"] = compact(sizes[ends[length - 1] : ends[length]])
        return stored

    @classmethod
    def from_arrays(cls, stored: Mapping[str, NDArray[np.generic]]) -> "NGram":
        """Rebuild the model that gave `arrays()`, in memory proportional to theirs.

        What is read is counts, so that whatever passes the checks is a model whose distributions sum to 1. InputError
        names the array that is damaged and what was expected of it.
        """
        order = min(sum(name.endswith(".counts") for name in stored), MAX_ORDER)
        names = {"tokens", "1.counts"} | {f"{k}.{part}" for k in range(2, order + 1) for part in Level._fields}
        if set(stored) != names:
            raise InputError(f"an n-gram has the arrays {sorted(stored)[:20]}, expected {sorted(names)}")
        tokens = stored["tokens"]
        _require(tokens.dtype == np.uint64 and tokens.shape == (1,), "tokens", "one uint64")
        counts = _integers(stored, "1.counts")
        _require(len(counts) > END, "1.counts", f"at least {END + 1} words")
        levels = [Level(compact(np.arange(len(counts))), counts, np.array([len(counts)]))]
        for length in range(2, order + 1):
            levels.append(_read_level(stored, length, levels[-1], len(counts)))
        return cls(levels, int(tokens[0]))

    def contexts(self, text: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the contexts (order, ..., T) of 0, 1, ... words that end at each place of texts (..., T), -1 where
        unknown."""
        nodes = [np.zeros(text.shape, np.int64)]
        for _ in range(self.order - 1):
            before = nodes[-1]
            if len(nodes) > 1:
                before = np.concatenate([np.full_like(before[..., :1], -1), before[..., :-1]], axis=-1)
            nodes.append(self._trie.find(before.ravel(), text.ravel()).reshape(text.shape))
        return np.stack(nodes)

    def along(self, texts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the probabilities (B, T - 1) of each token of texts (B, T) but the first, after those before it."""
        contexts = self.contexts(texts)[..., :-1].reshape(self.order, -1)
        return self._probabilities(contexts, texts[:, 1:].ravel()).reshape(len(texts), -1)

    def _blocks(self, ids: NDArray[np.integer]) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
        """Yield (the contexts (order, n); targets (n,)) along the text."""
        before = np.array([END])
        for start in range(0, len(ids), ROWS):
            targets = _checked(ids[start : start + ROWS], self.vocabulary_size)
            text = np.concatenate([before, targets])
            yield self.contexts(text)[:, len(before) - 1 : -1], targets
            before = text[-self.order :]

    def _probabilities(self, contexts: NDArray[np.int64], targets: NDArray[np.int64]) -> NDArray[np.float64]:
        probabilities = np.full(len(targets), 1 / self.vocabulary_size)
        for nodes in contexts:
            probabilities = probabilities * self._trie.rest[nodes] + self._trie.own[self._trie.find(nodes, targets)]
        return probabilities


def ngram(order: int) -> BaselineKind:
    """An n-gram of this order as the baseline of a corpus of tokens."""
    return BaselineKind(partial(_fit, order), _restore)


def _fit(order: int, train: TokenFile, valid: TokenFile, sizes: Sizes) -> NGram:
    return NGram.fit(train.ids, sizes.outcomes, order)


def _restore(arrays: Arrays, sizes: Sizes) -> NGram:
    restored = NGram.from_arrays(arrays)
    if restored.vocabulary_size != sizes.outcomes:
        raise InputError(
            f"the n-gram knows {restored.vocabulary_size} tokens; expected the {sizes.outcomes} of tokenizer.json"
        )
    return restored


def _checked(ids: NDArray[np.integer], vocabulary_size: int) -> NDArray[np.int64]:
    if len(ids) and not 0 <= int(ids.min()) <= int(ids.max()) < vocabulary_size:
        raise ValueError(f"token ids reach from {ids.min()} to {ids.max()}, expected 0 to {vocabulary_size - 1}")
    return np.asarray(ids, np.int64)


def _require(condition: bool, name: str, expected: str) -> None:
    if not condition:
        raise InputError(f"the n-gram's array {name!r} is damaged: expected {expected}")


def _integers(stored: Mapping[str, NDArray[np.generic]], name: str) -> NDArray[Any]:
    values = stored[name]
    small = values.dtype in (np.uint8, np.uint16, np.uint32)  # so that no sum of them overflows
    _require(small and values.ndim == 1, name, f"one axis of unsigned integers of at most 32 bits, not {values.dtype}")
    return np.asarray(values)


def _read_level(stored: Mapping[str, NDArray[np.generic]], length: int, parents: Level, vocabulary_size: int) -> Level:
    level = Level(*(_integers(stored, f"{length}.{part}") for part in Level._fields))
    ngrams = len(level.words)
    _require(len(level.counts) == ngrams, f"{length}.counts", f"{ngrams} counts")
    _require(bool((level.counts > 0).all()), f"{length}.counts", "counts above 0")
    _require(len(level.sizes) == len(parents.words), f"{length}.sizes", f"{len(parents.words)} sizes")
    _require(int(level.sizes.sum()) == ngrams, f"{length}.sizes", f"a sum of {ngrams}")
    _require(bool((level.words < vocabulary_size).all()), f"{length}.words", f"ids below {vocabulary_size}")
    ascending = level.words[1:] > level.words[:-1]
    ends = np.cumsum(level.sizes, dtype=np.int64)  # behind which the children of the next parent begin
    ascending[ends[(ends > 0) & (ends < ngrams)] - 1] = True
    _require(bool(ascending.all()), f"{length}.words", "ascending ids within one context")
    return level
