"""A summary by the first words of a document, which is hard to beat where the news comes first."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.base import Arrays
from unrolled.baselines.packed import read_array
from unrolled.errors import InputError
from unrolled.text.cutting import Cutting

__all__ = ["Lead"]

MOST_WORDS, MOST_PAIRS = 50, 5_000
LETTERS = 1_000  # of a document that are read
_SALUTATION = re.compile(r"(?:[^\W\d]\S*\s+){0,3}[^\W\d]\S*(?<=[,:])(?:\s{2,}|\n|\s(?=[^\W\d_a-z]))")  # Dear Ann Lee,
_SENTENCE_END = re.compile(r"[.!?…](?=\s|$)|[。！？]|\n")


class Lead:
    """The first so many ``words`` of the first sentence; with ``whole``, a salutation before it is one of its words."""

    file: ClassVar[str] = "lead"

    def __init__(self, words: int, whole: bool) -> None:
        self.words, self.whole = words, whole

    @property
    def name(self) -> str:
        """How many words it gives."""
        return "first word" if self.words == 1 else f"first {self.words} words"

    @classmethod
    def fit(cls, sources: Sequence[str], targets: Sequence[str]) -> Self:
        """The number with the largest mean of the sum of ROUGE-1 and ROUGE-2 (F1, unstemmed), of the smallest such."""
        step = max(1, -(-len(sources) // MOST_PAIRS))
        pairs = list(zip(sources[::step], targets[::step], strict=True))
        reached = np.zeros((2, MOST_WORDS))
        for source, target in pairs:
            wanted = [word for word, _ in _words(target)]
            for whole in (False, True):
                reached[int(whole)] += _overlaps([word for word, _ in _words(_sentence(source, whole))], wanted)
        whole_best, words = np.unravel_index(reached.argmax(), reached.shape)
        return cls(int(words) + 1, bool(whole_best))

    def answers(self, sources: Sequence[str]) -> list[str]:
        """The beginning of each source as it is written there."""
        sentences = [_sentence(source, self.whole) for source in sources]
        ends = [[end for _, end in _words(sentence)][: self.words] for sentence in sentences]
        return [
            " ".join(sentence[: end[-1]].split()) if end else "" for sentence, end in zip(sentences, ends, strict=True)
        ]

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays that `restore` reads."""
        return {"words": np.array([self.words, self.whole], np.int32)}

    @classmethod
    def restore(cls, arrays: Arrays) -> Self:
        """The inverse of `arrays`; InputError where they are damaged."""
        found = read_array(arrays, "words", "i", 1).tolist()
        if len(found) != 2 or not 1 <= found[0] <= MOST_WORDS or found[1] not in (0, 1):
            raise InputError(f"the number of first words is {found[:3]}; expected 1 to {MOST_WORDS}, and 0 or 1")
        return cls(found[0], bool(found[1]))


def _sentence(text: str, whole: bool) -> str:
    """The first sentence of a document that has words; without ``whole``, after the salutation."""
    text = text.strip()[:LETTERS]
    greeting = None if whole else _SALUTATION.match(text)
    text = text[greeting.end() :].lstrip() if greeting else text
    for end in _SENTENCE_END.finditer(text):
        if any(map(str.isalnum, text[: end.start()])):
            return text[: end.start()]
    return text


def _words(text: str) -> list[tuple[str, int]]:
    """The words of a text in small letters, and where each ends."""
    cutting = Cutting("word")
    pieces = cutting.pieces(text)
    return [(piece.lower(), end) for piece, (_, end) in pieces if any(map(str.isalnum, piece))]


def _overlaps(words: Sequence[str], target: Sequence[str]) -> NDArray[np.float64]:
    """(MOST_WORDS,): F1 of words and of pairs of words, summed, that the first 1, 2, 3, … words have with a target."""
    values = np.zeros(MOST_WORDS)
    for n in (1, 2):
        left = Counter(zip(*(target[i:] for i in range(n)), strict=False))
        wanted, shared = left.total(), 0
        row = [0.0] * (n - 1)
        for count, gram in enumerate(zip(*(words[i:MOST_WORDS] for i in range(n)), strict=False), start=1):
            if left[gram] > 0:
                left[gram] -= 1
                shared += 1
            row.append(2 * shared / (count + wanted))
        values += row + row[-1:] * (MOST_WORDS - len(row)) if row else 0.0
    return values
