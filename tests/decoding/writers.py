"""Small made models that write."""

import hashlib
from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from unrolled.decoding import Stepped
from unrolled.text.cutting import END

Read = tuple[int, tuple[int, ...]]  # a source and all that was read, END first


class Hashed:
    """A writer of V tokens whose distribution is another one after each prefix of each source."""

    def __init__(self, names: Sequence[int], lengths: Sequence[int], vocabulary: int = 4, spread: float = 1.5) -> None:
        self.names, self.lengths, self.vocabulary, self.spread = names, np.array(lengths, np.int64), vocabulary, spread
        self.rows = list[int]()
        """How many rows each step had."""

    def start(self) -> list[Read]:
        return [(name, ()) for name in range(len(self.names))]

    def step(self, ids: NDArray[np.int64], state: list[Read]) -> tuple[Stepped, list[Read]]:
        self.rows.append(len(ids))
        state = [(source, (*read, int(token))) for (source, read), token in zip(state, ids, strict=True)]
        given = [self.after(source, read[1:]) for source, read in state]
        widest = np.zeros((len(ids), int(self.lengths.max())), np.float32)
        for row, (_, attention) in zip(widest, given, strict=True):
            row[: len(attention)] = attention
        return Stepped(np.array([p for p, _ in given], np.float32), widest), state

    def select(self, state: list[Read], rows: NDArray[np.int64]) -> list[Read]:
        return [state[row] for row in rows]

    def after(self, source: int, ids: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The log-probabilities (V,) of what follows, and the attention (S,)."""
        length = int(self.lengths[source])
        return _hashed(self.names[source], ids, self.vocabulary, length, self.spread)


@cache
def _hashed(
    name: int, ids: tuple[int, ...], vocabulary: int, length: int, spread: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    digest = hashlib.sha256(repr((name, ids)).encode()).digest()
    rng = np.random.default_rng(int.from_bytes(digest[:8], "little"))
    logits, attended = rng.normal(0, spread, vocabulary), rng.exponential(1, length)
    return logits - np.log(np.exp(logits).sum()), attended / attended.sum()


class Fixed(Hashed):
    """A writer with the same distribution (V,) after any prefix."""

    def __init__(self, probabilities: Sequence[float], length: int = 5) -> None:
        super().__init__([0], [length], len(probabilities))
        with np.errstate(divide="ignore"):
            self._log_probabilities = np.log(np.array(probabilities))

    def after(self, source: int, ids: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return self._log_probabilities, super().after(source, ids)[1]


def ended(writer: Hashed, source: int, ids: tuple[int, ...]) -> float:
    """The log-probability of an answer, END included."""
    written = (*ids, END)
    return float(sum(writer.after(source, written[:t])[0][token] for t, token in enumerate(written)))


class Looping(Hashed):
    """A writer that wants to write a loop of tokens without end, or to end after so many."""

    def __init__(self, loop: Sequence[int], length: int, end_after: int | None = None) -> None:
        super().__init__([0], [length], 12)
        self.loop, self._end_after = list(loop), end_after

    def after(self, source: int, ids: tuple[int, ...]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        wanted = END if len(ids) == self._end_after else self.loop[len(ids) % len(self.loop)]
        chances = np.full(self.vocabulary, 0.01)
        chances[wanted] += 1 - chances.sum()
        return np.log(chances), super().after(source, ids)[1]


class Ranking(Hashed):
    """A writer that gives the most probable tokens alone."""

    def step_best(self, ids: NDArray[np.int64], state: list[Read], most: int) -> tuple[Stepped, list[Read]]:
        stepped, state = self.step(ids, state)
        others = stepped.log_probabilities.copy()
        others[:, END] = -np.inf
        best = np.argsort(-others, axis=1, kind="stable")[:, :most]
        tokens = np.insert(best, END, END, axis=1)
        return Stepped(np.take_along_axis(stepped.log_probabilities, tokens, 1), stepped.attention, tokens), state
