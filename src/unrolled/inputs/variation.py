"""Pairs of texts changed at random while they are learnt: words cut otherwise, words that stand for anything."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from unrolled.inputs.side import HELD, Side
from unrolled.text.cutting import to_bytes
from unrolled.text.held import Span
from unrolled.text.subword_dropout import Cuts, SubwordDropout
from unrolled.text.tokens import Tokenizer

__all__ = ["Pair", "Variation", "Varying"]

Ids = NDArray[np.int64]
Numbers = Sequence[int]
"""Of each piece of a text its number from 0; below, -1 for the first span that is held, -2 for the second, …"""
Pair = tuple[Numbers, Numbers]
_RARE = 0.02  # share of the pairs up to which a word may be hidden: names and nouns, not articles
_ALIKE = 0.3  # Dice's coefficient from which two words are taken for translations of each other
_CELLS = 20_000_000  # pairs of words that are counted


@dataclass(frozen=True)
class Variation:
    """How much pairs are changed."""

    dropout: float = 0.1
    """The probability that a merge of byte pairs is left out (Provilkov et al. 2020)."""
    hidden: float = 0.05
    """The share of the pairs of which one or two words are hidden on both sides, so that copying is learnt."""


class Varying:
    """Changes pairs whose pieces are numbered."""

    def __init__(self, source: Side, target: Side, variation: Variation) -> None:
        self._variation = variation
        self._source = Pieces(source, variation.dropout)
        self._target = self._source if source is target else Pieces(target, variation.dropout)
        self._partners: dict[int, int] = {}

    def numbers(self, texts: tuple[str, str], held: tuple[list[Span], list[Span]]) -> Pair:
        """The pieces of a source and its target, whose spans are in the order of the source."""
        order = sorted(range(len(held[1])), key=lambda at: held[1][at].start)
        source = self._source.numbers(texts[0], held[0], range(len(held[0])))
        return source, self._target.numbers(texts[1], [held[1][at] for at in order], order)

    def learn(self, pairs: Sequence[Pair]) -> None:
        """Find out which words are translations of each other."""
        hideable = self._source.wordly, self._target.wordly
        self._partners = partners(pairs, hideable) if self._variation.hidden else {}

    def changed(self, pair: Pair, rng: np.random.Generator) -> tuple[list[int], list[int]]:
        """Ids of a source and its target."""
        if self._variation.hidden:
            if self._partners and rng.random() < self._variation.hidden:
                pair = self._hidden(pair, rng)
            if min(pair[0], default=0) < 0:
                pair = self._numbered_anew(pair, rng)
        return self._source.ids(pair[0], rng), self._target.ids(pair[1], rng)

    def _hidden(self, pair: Pair, rng: np.random.Generator) -> Pair:
        """The pair with one or two words hidden on both sides."""
        source, target = map(list, pair)
        held = sum(number < 0 for number in source)
        found = [
            (at, target.index(self._partners[number]))
            for at, number in enumerate(source)
            if self._partners.get(number) in target and source.count(number) == 1
        ]
        found = [places for places in found if target.count(target[places[1]]) == 1]
        chosen = rng.permutation(len(found))[: min(int(rng.integers(1, 3)), HELD - held)]
        for at, choice in enumerate(chosen.tolist()):
            left, right = found[choice]
            source[left] = target[right] = -1 - held - at
        return source, target

    @staticmethod
    def _numbered_anew(pair: Pair, rng: np.random.Generator) -> Pair:
        """What is held has random numbers in the order of the source, so that the large ones are learnt, too."""
        held = [number for number in pair[0] if number < 0]
        numbers = sorted(rng.permutation(HELD)[: len(held)].tolist())
        new = {number: -1 - drawn for number, drawn in zip(held, numbers, strict=True)}
        return [new.get(number, number) for number in pair[0]], [new.get(number, number) for number in pair[1]]


class Pieces:
    """The words of one side, and the ways to cut each."""

    def __init__(self, side: Side, dropout: float) -> None:
        self._side = side
        self._cutting = (
            SubwordDropout(side.tokenizer, dropout)
            if isinstance(side.tokenizer, Tokenizer) and side.kind == "bpe"
            else None
        )
        self._numbers: dict[str, int] = {}
        self._pieces: list[str] = []
        self._cuts: list[Cuts | None] = []
        self.wordly: list[bool] = []
        """Whether each is a word, which may be hidden."""

    def numbers(self, text: str, held: Sequence[Span], order: Sequence[int]) -> Numbers:
        """The pieces of a text, see `Numbers`; ``order`` numbers its spans from 0."""
        found: list[int] = []
        for at, part in enumerate(self._side.parts(text, held)):
            found += self._cut_part(part)
            if at < len(held):
                found.append(-1 - order[at])
        return tuple(found)

    def _cut_part(self, part: str) -> list[int]:
        """The pieces of what stands between spans."""
        tokenizer = self._side.tokenizer
        if self._cutting is None or not isinstance(tokenizer, Tokenizer):
            return [self._number(str(i), name, ((i,),)) for i, name in zip(*self._side.tokens(part), strict=True)]
        pieces = [piece for piece, _ in tokenizer.cutting.pieces(part)]
        known = self._numbers
        return [known[piece] if piece in known else self._number(piece, _read(piece), None) for piece in pieces]

    def _number(self, piece: str, word: str, cuts: Cuts | None) -> int:
        number = self._numbers.get(piece)
        if number is None:
            number = self._numbers[piece] = len(self._cuts)
            self._pieces.append(piece)
            self._cuts.append(cuts)
            word = word.removeprefix(" ")
            self.wordly.append(self._side.kind in ("bpe", "word") and word.isalpha() and len(word) > 1)
        return number

    def ids(self, numbers: Numbers, rng: np.random.Generator) -> list[int]:
        """Ids of the tokens of pieces, each cut in one of its ways."""
        cuts, first, ids = self._cuts, self._side.first_held, list[int]()
        for number, draw in zip(numbers, rng.integers(0, 1 << 30, len(numbers)).tolist(), strict=True):
            if number < 0:
                ids.append(first - 1 - number)
            else:
                ways = cuts[number] or self._cut(number)
                ids.extend(ways[draw % len(ways)])
        return ids

    def _cut(self, number: int) -> Cuts:
        assert self._cutting is not None
        self._cuts[number] = cuts = self._cutting.cuts(self._pieces[number])
        return cuts


def partners(pairs: Sequence[Pair], wordly: tuple[Sequence[bool], Sequence[bool]]) -> dict[int, int]:
    """Of words that are neither frequent nor unique the one on the other side that stands in the same pairs.

    Two words are partners where Dice's coefficient of the pairs that have them is the largest for both.
    """
    most = max(_RARE * len(pairs), 3)
    counts, rows = zip(*(_rare([pair[side] for pair in pairs], wordly[side], most) for side in (0, 1)), strict=True)
    width, crossed, size = len(counts[1]), [np.zeros(0, np.int64)], 0
    for left, right in zip(*rows, strict=True):
        size += len(left) * len(right)
        if size > _CELLS:
            break
        crossed.append(np.add.outer(left * width, right).ravel())
    cells, together = np.unique(np.concatenate(crossed), return_counts=True)
    left, right = np.divmod(cells, max(width, 1))
    dice = 2 * together / (counts[0][left] + counts[1][right])
    dice[(together < 2) | (dice < _ALIKE)] = 0
    best = [np.zeros(len(count)) for count in counts]
    np.maximum.at(best[0], left, dice)
    np.maximum.at(best[1], right, dice)
    mutual = (dice > 0) & (dice == best[0][left]) & (dice == best[1][right])
    return dict(zip(left[mutual].tolist(), right[mutual].tolist(), strict=True))


def _rare(texts: Sequence[Numbers], wordly: Sequence[bool], most: float) -> tuple[Ids, list[Ids]]:
    """In how many texts each piece stands; and of each text the words that stand in at most ``most``."""
    distinct = [np.array(sorted({number for number in text if number >= 0}), np.int64) for text in texts]
    counts = np.bincount(np.concatenate([*distinct, np.zeros(0, np.int64)]), minlength=len(wordly))
    rare = (counts <= most) & np.array(wordly, bool)
    return counts, [numbers[rare[numbers]] for numbers in distinct]


def _read(piece: str) -> str:
    return to_bytes(piece).decode("utf-8", "replace")
