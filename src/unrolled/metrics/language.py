"""How well a language model guesses the next token, and what that saves a person who types."""

from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from unrolled.text.cutting import END, UNKNOWN

__all__ = ["LanguageScores", "language_scores"]

SUGGESTIONS = 3
TOLERANCE = 1e-3  # how far a row's sum may be from 1: a float32 softmax over 10⁶ tokens stays well within


class LanguageScores:
    """Perplexity, recall and keystrokes saved over blocks of predictions.

    - perplexity: exp of the mean of -ln p(target) over all targets, END and unknown included; infinite where p = 0.
    - top-1 and top-3 recall (Hard et al. 2018, "Federated learning for mobile keyboard prediction"): the share of words
      that are the most probable, or among the three most probable, tokens. END is no word; an unknown word is one, and
      a miss. The ids in `hidden` are never suggested: they are taken out before ranking. Of equals the lower id leads.
    - keystrokes saved: 1 - keys pressed / keys without help. A person types a word letter by letter and taps it as soon
      as it is among the three most probable words that begin with the letters so far (at first none; case counts). A
      tap is one key and brings the space; a word typed to its end costs its letters and the space. Marks are words. An
      unknown word is typed in full, and its length is taken to be the mean of the known words scored.
      `keystrokes=False` leaves this measure out: for characters or parts of words it has no meaning.
    - unknown rate: the share of words that are unknown. tokens: how many targets were scored.
    """

    def __init__(
        self, words: Sequence[str], hidden: Collection[int] = (UNKNOWN, END), *, keystrokes: bool = True
    ) -> None:
        suggested = set(range(len(words))) - set(hidden)
        self._shown = np.array(sorted(suggested, key=lambda token: (words[token], token)), int)  # as in a dictionary
        self._place = np.full(len(words), -1)  # (V,) where a token stands among the sorted shown ones
        self._place[self._shown] = np.arange(len(self._shown))
        texts = [words[token] for token in self._shown]
        self._lengths = np.array([len(text) for text in texts], int)
        self._prefixes = _prefix_ranges(texts) if keystrokes else [_whole(len(texts))]
        self._keystrokes = keystrokes
        self._surprise = 0.0
        self._tokens = self._words = self._unknown = self._first = self._listed = 0
        self._known = self._letters = self._pressed = 0

    def add(self, probabilities: NDArray[np.floating], targets: NDArray[np.integer]) -> None:
        """Score the distributions (n, V) of n tokens against the tokens (n,) that came.

        Raises ValueError for a wrong shape, for an id outside 0..V-1 and for a row that is no distribution.
        """
        _check(probabilities, targets, len(self._place))
        own = np.asarray(probabilities[np.arange(len(targets)), targets], np.float64)
        with np.errstate(divide="ignore"):
            self._surprise -= float(np.log(own).sum())
        self._tokens += len(targets)
        self._words += int(np.count_nonzero(targets != END))
        self._unknown += int(np.count_nonzero(targets == UNKNOWN))
        ranked = (self._place[targets] >= 0) & (targets != UNKNOWN) & (targets != END)
        if ranked.any():
            self._rank(probabilities[ranked] if not ranked.all() else probabilities, targets[ranked])

    def result(self) -> dict[str, float]:
        """Return the measures so far; ValueError where nothing was scored."""
        if not self._tokens:
            raise ValueError("no token was scored, expected at least one")
        words = max(self._words, 1)
        with np.errstate(over="ignore"):
            perplexity = float(np.exp(self._surprise / self._tokens))
        scores = {"perplexity": perplexity, "top1_recall": self._first / words, "top3_recall": self._listed / words}
        if self._keystrokes:
            scores["keystrokes_saved"] = self._saved()
        return scores | {"unknown_rate": self._unknown / words, "tokens": self._tokens}

    def _saved(self) -> float:
        if not self._known:
            return 0.0
        unlisted = (self._words - self._known) * (self._letters / self._known + 1)
        return 1 - (self._pressed + unlisted) / (self._letters + self._known + unlisted)

    def _rank(self, probabilities: NDArray[np.floating], targets: NDArray[np.integer]) -> None:
        """Count recall and keys for targets (n,) that are shown words."""
        rows = np.arange(len(targets))
        own = probabilities[rows, targets][:, None]
        ordered = probabilities[:, self._shown]  # (n, shown) in the order of the alphabet
        better = (ordered > own) | ((ordered == own) & (self._shown < targets[:, None]))
        ahead = np.zeros((len(targets), len(self._shown) + 1), np.int32)  # better words among the first k
        np.cumsum(better, axis=1, out=ahead[:, 1:])
        self._first += int(np.count_nonzero(ahead[:, -1] == 0))
        self._listed += int(np.count_nonzero(ahead[:, -1] < SUGGESTIONS))

        place = self._place[targets]
        lengths = self._lengths[place]
        keys = lengths + 1
        for typed, (begin, end) in reversed(list(enumerate(self._prefixes))):
            rank = ahead[rows, end[place]] - ahead[rows, begin[place]]
            keys[(rank < SUGGESTIONS) & (typed < lengths)] = typed + 1
        self._known += len(targets)
        self._letters += int(lengths.sum())
        self._pressed += int(keys.sum())


def language_scores(
    predictions: Iterable[tuple[NDArray[np.floating], NDArray[np.integer]]], words: Sequence[str], keystrokes: bool
) -> dict[str, float]:
    """Blocks of (probabilities (n, V), tokens (n,)) → the measures of `LanguageScores`."""
    scores = LanguageScores(words, keystrokes=keystrokes)
    for probabilities, targets in predictions:
        scores.add(probabilities, targets)
    return scores.result()


def _whole(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.zeros(count, np.int64), np.full(count, count)


def _prefix_ranges(texts: Sequence[str]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Return for 0, 1, ... letters typed where the sorted words with each word's prefix begin and end, (V,) each.

    It stops where every prefix left has so few words that all of them are suggested.
    """
    shared = np.array([_shared(*pair) for pair in pairwise(texts)], int)
    index = np.arange(len(texts))
    ranges = [_whole(len(texts))]
    while len(texts) and (ranges[-1][1] - ranges[-1][0]).max() > SUGGESTIONS:
        starts = np.concatenate([[True], shared < len(ranges)])  # a word shorter than the prefix stands alone
        begin = np.maximum.accumulate(np.where(starts, index, 0))
        end = np.concatenate([index[1:][starts[1:]], [len(texts)]])[np.cumsum(starts) - 1]
        ranges.append((begin, end))
    return ranges


def _shared(word: str, other: str) -> int:
    """Return how many first letters two words share."""
    for count, (a, b) in enumerate(zip(word, other, strict=False)):
        if a != b:
            return count
    return min(len(word), len(other))


def _check(probabilities: NDArray[np.floating], targets: NDArray[np.integer], vocabulary_size: int) -> None:
    expected = (len(targets), vocabulary_size)
    if probabilities.shape != expected or targets.ndim != 1:
        raise ValueError(f"probabilities {probabilities.shape} for targets {targets.shape}, expected {expected}")
    if len(targets) and not 0 <= targets.min() <= targets.max() < vocabulary_size:
        raise ValueError(f"targets from {targets.min()} to {targets.max()}, expected 0 to {vocabulary_size - 1}")
    with np.errstate(invalid="ignore", over="ignore"):
        sums = probabilities.sum(axis=1)
    least = probabilities.min(axis=1)
    wrong = np.flatnonzero(~((np.abs(sums - 1) <= TOLERANCE) & (least >= 0)))
    if len(wrong):
        row = wrong[0]
        raise ValueError(f"row {row} is no distribution: its sum is {sums[row]}, its least value {least[row]}")
