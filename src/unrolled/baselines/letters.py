"""Sounds of a word, letter by letter: what a letter most often stands for between these neighbours.

The neighbours are asked for in the order in which they matter (Daelemans & van den Bosch 1997, IGTree): the next
letter, the one before, the second next, … An answer for longer contexts is kept only where it differs from that for
shorter ones.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, ClassVar, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.base import Arrays
from unrolled.baselines.letter_alignment import align_letters
from unrolled.baselines.packed import packed, read_array, unpacked
from unrolled.errors import InputError
from unrolled.text.cutting import Cutting

__all__ = ["Letters"]

Ids = NDArray[np.int64]
ORDER = 0, 1, -1, 2, -2, 3, -3  # places of the letters that a context has
BITS = 9  # of a letter in a context
OUTSIDE, UNKNOWN = 0, 1  # beyond the word's edges; a letter that was never read
MOST_LETTERS, MOST_WORDS = 2**BITS - 2, 200_000
LONGEST = 100  # letters of a word that are read


class _Level(NamedTuple):
    """Contexts of one length, ascending, and the run of sounds that each has."""

    contexts: Ids
    runs: NDArray[np.int32]


class Letters:
    """The sounds of letters in contexts of one to seven letters."""

    file: ClassVar[str] = "letters"
    name: ClassVar[str] = "letter by letter"

    def __init__(self, letters: Sequence[str], runs: Sequence[str], levels: Sequence[_Level]) -> None:
        self._letters, self._runs, self._levels = letters, runs, levels
        self._numbers = {letter: i for i, letter in enumerate(letters, start=UNKNOWN + 1)}

    @classmethod
    def fit(cls, sources: Sequence[str], targets: Sequence[str]) -> Self:
        """Learn from words and their sounds, which stand between spaces; of very many words from some."""
        step = max(1, -(-len(sources) // MOST_WORDS))
        words, spoken = [_folded(s) for s in sources[::step]], [target.split() for target in targets[::step]]
        letters = sorted({letter for word in words for letter in word})[:MOST_LETTERS]
        sounds = {sound: i for i, sound in enumerate(dict.fromkeys(sound for run in spoken for sound in run))}
        fitted = cls(letters, [], [])
        ids = [fitted._ids(word) for word in words]
        said = [np.array([sounds[sound] for sound in run], np.int64) for run in spoken]
        aligned = align_letters(ids, said, len(letters) + 2, max(len(sounds), 1))
        kept = [row for row, parts in enumerate(aligned) if parts]
        names, runs = list(sounds), dict[tuple[int, ...], int]()
        chosen = [runs.setdefault(run, len(runs)) for row in kept for run in aligned[row]]
        levels = _learnt(_contexts([ids[row] for row in kept]), np.array(chosen, np.int64))
        return cls(letters, [" ".join(names[i] for i in run) for run in runs], levels)

    def answers(self, sources: Sequence[str]) -> list[str]:
        """The sounds of each word; letters that it does not know are silent."""
        words = [self._ids(_folded(source)) for source in sources]
        runs = [self._runs[i] if i >= 0 else "" for i in _looked_up(self._levels, _contexts(words)).tolist()]
        ends = np.cumsum([0, *map(len, words)]).tolist()
        return [" ".join(filter(None, runs[a:b])) for a, b in pairwise(ends)]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays that `restore` reads."""
        contexts = {f"contexts.{i}": level.contexts for i, level in enumerate(self._levels)}
        chosen = {f"runs.{i}": level.runs for i, level in enumerate(self._levels)}
        return {"letters": packed(self._letters), "runs": packed(self._runs), **contexts, **chosen}

    @classmethod
    def restore(cls, arrays: Arrays) -> Self:
        """The inverse of `arrays`; InputError where they are damaged."""
        letters, runs = unpacked(arrays, "letters"), unpacked(arrays, "runs")
        levels = []
        for i in range(len(ORDER)):
            contexts, chosen = read_array(arrays, f"contexts.{i}", "i", 1), read_array(arrays, f"runs.{i}", "i", 1)
            if len(contexts) != len(chosen) or (len(chosen) and not 0 <= chosen.min() <= chosen.max() < len(runs)):
                raise InputError(f"the baseline's contexts and runs of {i + 1} letters do not fit together")
            levels.append(_Level(contexts.astype(np.int64), chosen.astype(np.int32)))
        return cls(letters, runs, levels)

    def _ids(self, word: str) -> Ids:
        return np.array([self._numbers.get(letter, UNKNOWN) for letter in word], np.int64)


def _folded(text: str) -> str:
    return Cutting("character").folded(text).strip()[:LONGEST]


def _contexts(words: Sequence[Ids]) -> Ids:
    """For each letter of all words, and each length, the letter with its neighbours as one number: (levels, N)."""
    reach = max(ORDER)
    edge = np.full(reach, OUTSIDE, np.int64)
    row = np.concatenate([edge, *(part for word in words for part in (word, edge))])
    ends = np.cumsum([reach, *(len(word) + reach for word in words)])
    own = [np.arange(start, start + len(word)) for start, word in zip(ends, words, strict=False)]
    at = np.concatenate([np.zeros(0, np.int64), *own])
    letters = np.stack([row[at + offset] << (BITS * i) for i, offset in enumerate(ORDER)])
    contexts: Ids = np.cumsum(letters, axis=0)
    return contexts


def _learnt(contexts: Ids, chosen: Ids) -> list[_Level]:
    """For each length the contexts whose most frequent run is another than that of the context without its last."""
    levels: list[_Level] = []
    if not len(chosen):
        return [_Level(chosen, chosen.astype(np.int32)) for _ in contexts]
    for row in contexts:
        values, first, place = np.unique(row, return_index=True, return_inverse=True)
        cells, counts = np.unique(place * (chosen.max() + 1) + chosen, return_counts=True)
        of_value, runs = np.divmod(cells, chosen.max() + 1)
        order = np.lexsort((-counts, of_value))
        best = runs[order[np.searchsorted(of_value, np.arange(len(values)))]]
        before = _looked_up(levels, contexts[: len(levels), first])
        differs = best != before
        levels.append(_Level(values[differs], best[differs].astype(np.int32)))
    return levels


def _looked_up(levels: Sequence[_Level], contexts: Ids) -> Ids:
    """The run of the longest context that is known of each letter (N,); -1 where none is."""
    found = np.full(contexts.shape[1], -1, np.int64)
    for level, row in zip(levels, contexts, strict=False):
        if len(level.contexts):
            place = np.minimum(np.searchsorted(level.contexts, row), len(level.contexts) - 1)
            found = np.where(level.contexts[place] == row, level.runs[place], found)
    return found
