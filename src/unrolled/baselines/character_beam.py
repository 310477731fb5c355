"""Completions of queries by an n-gram over characters and a beam search.

This is what Kang et al. 2021 (QueryBlazer, WSDM) show to be fast and strong, with characters for their subwords.
"""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.ngram import NGram
from unrolled.text.cutting import END, UNKNOWN

__all__ = ["BEAM", "CharacterBeam"]

ORDER, BEAM = 8, 30
_MOST_CHARACTERS = 2_000
_LONGEST = 100  # characters that are written


class _Live(NamedTuple):
    """The hypotheses of P prefixes, B of each, of which those not there have the score -inf."""

    texts: list[list[str]]  # (P, B)
    scores: NDArray[np.float64]  # (P, B)
    contexts: NDArray[np.int64]  # (order, P · B)


class CharacterBeam:
    """An n-gram of characters that writes on from a prefix; of those that it never read it writes none.

    It is fitted in less than a second, so it is not saved beside the log that it learns from.
    """

    def __init__(self, characters: Sequence[str], ngram: NGram) -> None:
        self._characters, self._ngram = characters, ngram
        self._ids = {character: i for i, character in enumerate(characters, start=END + 1)}

    @property
    def name(self) -> str:
        """Its name, for people."""
        return f"character {self._ngram.order}-gram, beam {BEAM}"

    @classmethod
    def fit(cls, queries: Sequence[str], order: int = ORDER) -> Self:
        """Learn from queries, each as often as it stands there; memory limits them to 4 million characters."""
        counts = Counter("".join(queries))
        characters = [character for character, _ in counts.most_common(_MOST_CHARACTERS)]
        ids = {character: i for i, character in enumerate(characters, start=END + 1)}
        text = [number for query in queries for number in (*(ids.get(letter, UNKNOWN) for letter in query), END)]
        return cls(characters, NGram.fit(np.array(text, np.int64), len(characters) + END + 1, order))

    def completions(self, prefixes: Sequence[str], n: int) -> list[list[str]]:
        """The ``n`` most probable queries that begin with each prefix, and are longer, best first."""
        finished: list[dict[str, float]] = [{} for _ in prefixes]
        live, going = self._begin(prefixes), list(range(len(prefixes)))
        for step in range(_LONGEST if prefixes else 0):
            log_p = np.log(self._ngram.rows(live.contexts)).reshape(*live.scores.shape, -1)
            log_p = log_p + live.scores[:, :, None]  # (P, B, V)
            for row, prefix in enumerate(going if step else []):
                ends = zip(live.texts[row], log_p[row, :, END].tolist(), strict=True)
                finished[prefix].update({text: score for text, score in ends if score > -np.inf})
            log_p[:, :, [UNKNOWN, END]] = -np.inf
            live, kept = self._extended(live, log_p, [_worst(finished[prefix], n) for prefix in going])
            going = [going[row] for row in kept]
            if not going:
                break
        return [sorted(found, key=lambda text: (-found[text], text))[:n] for found in finished]

    def log_probabilities(self, prefix: str, queries: Sequence[str]) -> NDArray[np.float64]:
        """The log-probability (N,) that a query is each of these, which all begin with a prefix, given that it does."""
        start = max(0, len(prefix) + 1 - self._ngram.order)  # what lies before is no context of what follows
        opening = [] if start else [END]
        rows = [[*opening, *(self._ids.get(letter, UNKNOWN) for letter in query[start:]), END] for query in queries]
        lengths = np.array([len(row) for row in rows])
        text = np.full((len(rows), int(lengths.max(initial=1))), END, np.int64)
        for row, ids in zip(text, rows, strict=True):
            row[: len(ids)] = ids
        first = len(prefix) - start + len(opening)
        log_p = np.log(self._ngram.along(text)[:, first - 1 :])
        there = np.arange(first, text.shape[1]) < lengths[:, None]
        summed: NDArray[np.float64] = np.where(there, log_p, 0.0).sum(1)
        return summed

    def _begin(self, prefixes: Sequence[str]) -> _Live:
        read = ([END, *(self._ids.get(letter, UNKNOWN) for letter in prefix)] for prefix in prefixes)
        contexts = np.array([self._ngram.nodes(ids) for ids in read], np.int64).reshape(-1, self._ngram.order).T
        return _Live([[prefix] for prefix in prefixes], np.zeros((len(prefixes), 1)), contexts)

    def _extended(self, live: _Live, log_p: NDArray[np.float64], least: Sequence[float]) -> tuple[_Live, list[int]]:
        """The best of all that are one character longer and better than the least that counts, and whose they are."""
        rows, beams, characters = log_p.shape
        flat = log_p.reshape(rows, -1)
        if flat.shape[1] > BEAM:
            best = np.argpartition(-flat, BEAM, axis=1)[:, :BEAM]
        else:
            best = np.broadcast_to(np.arange(flat.shape[1]), flat.shape)
        scores = np.take_along_axis(flat, best, 1)
        scores = np.where(scores > np.array(least)[:, None], scores, -np.inf)
        kept = np.flatnonzero((scores > -np.inf).any(1)).tolist()
        before, written = np.divmod(best[kept], characters)
        of = (np.array(kept, np.int64)[:, None] * beams + before).ravel()
        texts = [
            [live.texts[row][beam] + self._text(number) for beam, number in zip(*pairs, strict=True)]
            for row, *pairs in zip(kept, before.tolist(), written.tolist(), strict=True)
        ]
        contexts = self._ngram.next_contexts(live.contexts[:, of], written.ravel())
        return _Live(texts, scores[kept], contexts), kept

    def _text(self, number: int) -> str:
        return self._characters[number - END - 1] if number > END else ""


def _worst(finished: dict[str, float], n: int) -> float:
    """What another must surpass to be among the ``n`` best."""
    return sorted(finished.values(), reverse=True)[n - 1] if len(finished) >= n else -np.inf
