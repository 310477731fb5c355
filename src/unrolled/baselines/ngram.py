"""An n-gram with interpolated modified Kneser-Ney smoothing (Chen & Goodman 1999, section 4.1.6).

    p(w | u) = max(c(u w) - D(c(u w)), 0) / c(u ·) + γ(u) p(w | u without its first word)
    γ(u)     = (D₁ N₁(u ·) + D₂ N₂(u ·) + D₃ N₃₊(u ·)) / c(u ·)

with p = 1 / V below the single words, and γ = 1 for a context never seen. N_k(u ·) counts the words seen k times
after u.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.base import Arrays, BaselineKind, Predictions, Sizes
from unrolled.baselines.ngram_counts import Level, count_levels
from unrolled.data.token_file import LONGEST_BLOCK, OUTCOMES, TokenFile
from unrolled.errors import InputError
from unrolled.text.cutting import END

__all__ = ["NGram", "ngram"]

MAX_ORDER = 5
FALLBACK_DISCOUNTS = (0.5, 1.0, 1.5)  # KenLM's, for levels whose counts of counts define none
ROWS = 8192  # positions looked up at once


class _Table(NamedTuple):
    """One level, ready for use; the last entry of `keys`, `own` and `rest` stands for what was never seen, node -1."""

    keys: NDArray[np.int64]  # (N + 1,) parent * V + word, ascending
    words: NDArray[np.int64]  # (N,)
    own: NDArray[np.float32]  # (N + 1,) the discounted share of each n-gram
    offsets: NDArray[np.int64]  # (M + 1,) where the children of each parent begin
    rest: NDArray[np.float32]  # (M + 1,) γ: what each parent leaves to the shorter context

    def find(self, parents: NDArray[np.int64], words: NDArray[np.int64], vocabulary_size: int) -> NDArray[np.int64]:
        """Return the node of each "parent, word" (n,), -1 where there is none."""
        keys = parents * vocabulary_size + words
        nodes = np.searchsorted(self.keys, keys)
        return np.where((parents >= 0) & (self.keys[nodes] == keys), nodes, -1)


class NGram:
    """A closed-vocabulary n-gram; ids are 0..V-1 and every one has a probability above 0.

    A sentence ends with END (1), which is also the context of the next one's first word.
    """

    def __init__(self, levels: Sequence[Level], fitted_tokens: int) -> None:
        self._levels = tuple(levels)
        self._tables = tuple(_table(level, len(levels[0].words)) for level in levels)
        self.fitted_tokens = fitted_tokens
        shares = self._tables[0]
        self._single = shares.own[:-1] + shares.rest[0] / np.float32(self.vocabulary_size)  # (V,) p(w) without context

    @property
    def vocabulary_size(self) -> int:
        """V."""
        return len(self._levels[0].words)

    @property
    def order(self) -> int:
        """The longest n-gram's length."""
        return len(self._levels)

    @classmethod
    def fit(cls, ids: NDArray[np.integer], vocabulary_size: int, order: int = 5, limit: int = 4_000_000) -> "NGram":
        """Count the first `limit` tokens of `ids` (N,), which may be memory-mapped.

        Memory peaks at no more than 300 bytes a token read. Raises ValueError for an order outside 1..5 or an id
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
        recent = _checked(np.asarray(context[-self.order :], np.int64), self.vocabulary_size)
        if len(context) < self.order:
            recent = np.concatenate([[END], recent])
        return self._rows([nodes[-1:] for nodes in self._context_nodes(recent)]).reshape(-1)

    def distributions(
        self, ids: NDArray[np.integer], block: int = 256
    ) -> Iterator[tuple[NDArray[np.float32], NDArray[np.int64]]]:
        """Yield (probabilities (n, V), targets (n,)) for the text `ids` (N,) in blocks of n <= `block` positions."""
        for contexts, targets in self._blocks(ids):
            for start in range(0, len(targets), block):
                rows = slice(start, start + block)
                yield self._rows([nodes[rows] for nodes in contexts]), targets[rows]

    def log_probabilities(self, ids: NDArray[np.integer]) -> NDArray[np.float64]:
        """Return the natural log of the probability of each token of the text `ids` (N,)."""
        logs = [np.log(self._probabilities(contexts, targets)) for contexts, targets in self._blocks(ids)]
        return np.concatenate([np.empty(0), *logs])

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return what `from_arrays` needs: the counts, each in the smallest type that holds it."""
        stored: dict[str, NDArray[np.generic]] = {"tokens": np.array([self.fitted_tokens], np.uint64)}
        for length, level in enumerate(self._levels, start=1):
            stored[f"{length}.counts"] = _compact(level.counts)
            if length > 1:
                stored[f"{length}.words"], stored[f"{length}.sizes"] = _compact(level.words), _compact(level.sizes)
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
        levels = [Level(np.arange(len(counts)), counts, np.array([len(counts)]))]
        for length in range(2, order + 1):
            levels.append(_read_level(stored, length, levels[-1], len(counts)))
        return cls(levels, int(tokens[0]))

    def _blocks(self, ids: NDArray[np.integer]) -> Iterator[tuple[list[NDArray[np.int64]], NDArray[np.int64]]]:
        """Yield (the known contexts of 0, 1, ... words, as nodes (n,) or -1; targets (n,)) along the text."""
        before = np.array([END])
        for start in range(0, len(ids), ROWS):
            targets = _checked(ids[start : start + ROWS], self.vocabulary_size)
            text = np.concatenate([before, targets])
            yield [nodes[len(before) - 1 : -1] for nodes in self._context_nodes(text)], targets
            before = text[-self.order :]

    def _context_nodes(self, text: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Return for 0, 1, ... words the node of the context that ends at each place of `text`, -1 where unknown."""
        nodes = [np.zeros(len(text), np.int64), text]
        for table in self._tables[1:-1]:
            longer = table.find(nodes[-1][:-1], text[1:], self.vocabulary_size)
            nodes.append(np.concatenate([[-1], longer]))
        return nodes[: self.order]

    def _probabilities(self, contexts: list[NDArray[np.int64]], targets: NDArray[np.int64]) -> NDArray[np.float64]:
        probabilities = np.full(len(targets), 1 / self.vocabulary_size)
        for table, nodes in zip(self._tables, contexts, strict=True):
            nodes_of_targets = table.find(nodes, targets, self.vocabulary_size)
            probabilities = probabilities * table.rest[nodes] + table.own[nodes_of_targets]
        return probabilities

    def _rows(self, contexts: list[NDArray[np.int64]]) -> NDArray[np.float32]:
        """Return the distributions (n, V): the single words scaled, plus the few children of each longer context."""
        scale = np.ones(len(contexts[0]), np.float32)
        shares = []  # what each context length contributes, longest first
        for table, nodes in zip(self._tables[:0:-1], contexts[:0:-1], strict=True):
            shares.append((table, nodes, scale))
            scale = scale * table.rest[nodes]
        rows: NDArray[np.float32] = scale[:, None] * self._single
        for table, nodes, scales in shares:
            for row in np.flatnonzero(nodes >= 0):
                children = slice(table.offsets[nodes[row]], table.offsets[nodes[row] + 1])
                rows[row, table.words[children]] += table.own[children] * scales[row]
        return rows


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


def _table(level: Level, vocabulary_size: int) -> _Table:
    parents = np.repeat(np.arange(len(level.sizes)), level.sizes)
    discounts = np.array([0, *_discounts(level.counts)])[np.minimum(level.counts, 3)]
    totals = np.bincount(parents, level.counts, len(level.sizes))
    left = np.bincount(parents, discounts, len(level.sizes))
    rest = np.ones(len(totals) + 1, np.float32)
    rest[:-1][totals > 0] = left[totals > 0] / totals[totals > 0]
    own = np.zeros(len(parents) + 1, np.float32)
    own[:-1] = (level.counts - discounts) / np.maximum(totals, 1)[parents]
    words = level.words.astype(np.int64)
    keys = np.append(parents * vocabulary_size + words, np.iinfo(np.int64).max)
    return _Table(keys, words, own, np.append(0, np.cumsum(level.sizes, dtype=np.int64)), rest)


def _discounts(counts: NDArray[np.integer]) -> tuple[float, ...]:
    """Return what is taken from n-grams seen once, twice and more often (Chen & Goodman 1999, eq. 26)."""
    once, twice, thrice, four_times = (int(np.count_nonzero(counts == k)) for k in range(1, 5))
    if not (once and twice and thrice and four_times):
        return FALLBACK_DISCOUNTS
    share = once / (once + 2 * twice)
    discounts = (
        1 - 2 * share * twice / once,
        2 - 3 * share * thrice / twice,
        3 - 4 * share * four_times / thrice,
    )
    return discounts if min(discounts) > 0 else FALLBACK_DISCOUNTS


def _checked(ids: NDArray[np.integer], vocabulary_size: int) -> NDArray[np.int64]:
    if len(ids) and not 0 <= int(ids.min()) <= int(ids.max()) < vocabulary_size:
        raise ValueError(f"token ids reach from {ids.min()} to {ids.max()}, expected 0 to {vocabulary_size - 1}")
    return np.asarray(ids, np.int64)


def _compact(values: NDArray[np.integer]) -> NDArray[np.generic]:
    return values.astype(np.min_scalar_type(int(values.max(initial=0))))


def _require(condition: bool, name: str, expected: str) -> None:
    if not condition:
        raise InputError(f"the n-gram's array {name!r} is damaged: expected {expected}")


def _integers(stored: Mapping[str, NDArray[np.generic]], name: str) -> NDArray[np.int64]:
    values = stored[name]
    small = values.dtype in (np.uint8, np.uint16, np.uint32)  # so that no sum of them overflows
    _require(small and values.ndim == 1, name, f"one axis of unsigned integers of at most 32 bits, not {values.dtype}")
    return values.astype(np.int64)


def _read_level(stored: Mapping[str, NDArray[np.generic]], length: int, parents: Level, vocabulary_size: int) -> Level:
    level = Level(*(_integers(stored, f"{length}.{part}") for part in Level._fields))
    ngrams = len(level.words)
    _require(len(level.counts) == ngrams, f"{length}.counts", f"{ngrams} counts")
    _require(bool((level.counts > 0).all()), f"{length}.counts", "counts above 0")
    _require(len(level.sizes) == len(parents.words), f"{length}.sizes", f"{len(parents.words)} sizes")
    _require(int(level.sizes.sum()) == ngrams, f"{length}.sizes", f"a sum of {ngrams}")
    _require(bool((level.words < vocabulary_size).all()), f"{length}.words", f"ids below {vocabulary_size}")
    keys = np.repeat(np.arange(len(level.sizes)), level.sizes) * vocabulary_size + level.words
    _require(bool((np.diff(keys) > 0).all()), f"{length}.words", "ascending ids within one context")
    return level
