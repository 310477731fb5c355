"""A log of queries: what people searched for, and how often."""

import hashlib
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError

__all__ = ["QueryLog"]

HELD_OUT = 0.1  # share of all times that a query was asked,
HELD_OUT_TIMES = 5_000  # but about no more than these
_MOST_COPIES = 16


@dataclass(frozen=True)
class QueryLog:
    """N different queries, and how often each was asked, at least once: counts (N,)."""

    texts: list[str]
    counts: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.texts)

    @property
    def times(self) -> int:
        """How often anything was asked."""
        return int(self.counts.sum())

    def fingerprint(self) -> str:
        """sha256 over all queries and their counts."""
        digest = hashlib.sha256("\n".join(self.texts).encode())
        digest.update(self.counts.astype("<i8").tobytes())
        return digest.hexdigest()

    def parted(self, seed: int) -> tuple[Self, Self]:
        """The log without a tenth of all that was asked, drawn by chance, and that tenth.

        A query that was asked once is in one of both alone, a frequent one in both: as tomorrow's queries are beside
        today's. Raises InputError where either has no query.
        """
        rng = np.random.default_rng(seed)
        held = rng.binomial(self.counts, min(HELD_OUT, HELD_OUT_TIMES / max(self.times, 1)))
        kept, apart = self._with(self.counts - held), self._with(held)
        if not len(kept) or not len(apart):
            raise InputError(
                f"{self.times} queries are too few to hold out a tenth of them for validation; give more, or a log of "
                "its own with --valid"
            )
        return kept, apart

    def copies(self, seed: int) -> list[str]:
        """The queries in random order, each once and once more for every doubling of its count, up to 16 times.

        So the most frequent ones do not crowd out what a model can learn of the others.
        """
        rng = np.random.default_rng(seed)
        times = np.minimum(1 + np.log2(self.counts), _MOST_COPIES).astype(np.int64)
        order = rng.permutation(np.repeat(np.arange(len(self)), times))
        return [self.texts[i] for i in order.tolist()]

    def _with(self, counts: NDArray[np.int64]) -> Self:
        asked = np.flatnonzero(counts)
        return type(self)([self.texts[i] for i in asked.tolist()], counts[asked])
