"""Several languages in one: each model's probabilities weighted by how probable it makes what was written.

    w_k ∝ ((1 - SWITCH) w_k + SWITCH / K) · p_k(word | the words before)      after each word
    p(word) = Σ_k w_k p_k(word)

A hidden Markov model whose state is the language (fixed share, Herbster & Warmuth 1998): all weigh the same at first,
and a text may go over into another language at any word. A word that a model does not know has the share of one
spelling of its p(unknown), so that small and large vocabularies are comparable; a word that none knows says nothing.
"""

from collections.abc import Mapping, Sequence
from itertools import chain, zip_longest
from typing import Self

import numpy as np
from numpy.typing import NDArray

from unrolled.completion.dictionary import Dictionary
from unrolled.errors import InputError
from unrolled.inference.stream import Stream
from unrolled.text.cutting import END, UNKNOWN
from unrolled.text.tokens import Tokenizer

__all__ = ["Languages", "LanguagesStream"]

SWITCH = 0.02  # how probable it is that a word is of another language than the one before
SPELLINGS = 20.0  # times as many unknown words for each further letter
SAYS = 50.0  # times: so much more probable may one word make a language, whatever the models think of it


class LanguagesDictionary(Dictionary):
    """The words of several languages; those from id ``tokens`` on are everyday words, which no text held."""

    def __init__(self, tokenizer: Tokenizer, tokens: int, frequency: NDArray[np.float32]) -> None:
        super().__init__(tokenizer)
        self.known_to_model, self.frequency = tokens, frequency

    def _read_as(self, number: int) -> int:
        return number  # each model is told by the stream what to read


class Languages:
    """The words of several models as one vocabulary, the more frequent ones first, in turn from each.

    InputError where the models do not cut text into the same words.
    """

    def __init__(self, dictionaries: Mapping[str, Dictionary]) -> None:
        self.names, self.each = list(dictionaries), list(dictionaries.values())
        cutting = self.each[0].cutting
        for name, of in dictionaries.items():
            if of.parts:
                raise InputError(f"{name} has tokens of kind {of.kind}; expected words, to join it with others")
            if of.cutting != cutting:
                raise InputError(
                    f"{name} cuts text into words otherwise than {self.names[0]}; expected the same tokens"
                )
        learnt = _in_turn([of.tokens[END + 1 : of.known_to_model] for of in self.each])
        everyday = _in_turn([of.tokens[of.known_to_model :] for of in self.each])
        self.tokenizer = Tokenizer.of_words(cutting, dict.fromkeys([*learnt, *everyday]))
        words = self.tokenizer.tokens
        place = {word: number for number, word in enumerate(words)}
        self.places = [np.array([place[word] for word in of.tokens]) for of in self.each]
        """Of each model, for each of its words the id in the joined vocabulary."""
        self.ids = np.array([[UNKNOWN, END, *map(of.known, words[END + 1 :])] for of in self.each])
        """Of each model (K, V), for each word its own id, in another case where it must be."""
        self.read_as = np.array(
            [np.where(ids < of.known_to_model, ids, UNKNOWN) for of, ids in zip(self.each, self.ids, strict=True)]
        )
        """The same as the models read them, which know no everyday words."""
        self.spelling = np.array([SPELLINGS ** -min(len(word), 60) for word in words])
        self.frequency = np.zeros((len(self.each), len(words)), np.float32)
        """About how frequent each word is in each language (K, V)."""
        for row, places, of in zip(self.frequency, self.places, self.each, strict=True):
            row[places] = of.frequency / of.frequency.sum()
        tokens = END + 1 + len(dict.fromkeys(learnt))
        self.dictionary = LanguagesDictionary(self.tokenizer, tokens, self.frequency.mean(axis=0))


def _in_turn(vocabularies: Sequence[Sequence[str]]) -> list[str]:
    """The first word of each vocabulary, then the second ones …"""
    return [word for word in chain.from_iterable(zip_longest(*vocabularies)) if word is not None]


class LanguagesStream:
    """Reads a text by all the models at once; ``weights`` (K,) say how much each counts. As `Stream`, but of ids in the
    joined vocabulary."""

    def __init__(self, languages: Languages, streams: Sequence[Stream]) -> None:
        self._languages, self._streams = languages, list(streams)
        self.weights = np.full(len(streams), 1 / len(streams))
        self._probabilities: NDArray[np.float32] | None = None
        self._features: NDArray[np.float32] | None = None

    def branch(self) -> Self:
        """An independent stream that has read the same."""
        other = object.__new__(type(self))
        vars(other).update(vars(self))
        other._streams = [stream.branch() for stream in self._streams]
        return other

    def feed_steps(self, steps: NDArray[np.int64]) -> Self:
        """Read ids (T,) of the joined vocabulary."""
        for number in steps.tolist():
            self.weights = self._weights_after(number)
            for stream, ids in zip(self._streams, self._languages.read_as, strict=True):
                stream.feed_steps(ids[number : number + 1])
            self._probabilities = self._features = None
        return self

    def _weights_after(self, number: int) -> NDArray[np.float64]:
        prior = (1 - SWITCH) * self.weights + SWITCH / len(self.weights)
        ids, spelling = self._languages.ids[:, number], float(self._languages.spelling[number])
        if number == END or not (ids != UNKNOWN).any():
            return prior
        said = [
            float(p[own]) * (spelling if own == UNKNOWN else 1.0)
            for p, own in zip(self._each(), ids.tolist(), strict=True)
        ]
        posterior = prior * np.maximum(said, max(said) / SAYS)
        total = posterior.sum()
        return posterior / total if total > 0 else prior

    def probabilities(self) -> NDArray[np.float32]:
        """The probabilities (V,) of the next word; read-only."""
        if self._probabilities is None:
            mixed = np.zeros(len(self._languages.spelling), np.float32)
            for p, places, weight in zip(self._each(), self._languages.places, self.next_weights, strict=True):
                mixed[places] += np.float32(weight) * p
            mixed.flags.writeable = False
            self._probabilities = mixed
        return self._probabilities

    def _each(self) -> list[NDArray[np.float32]]:
        """The probabilities that each model gives to its words, the everyday ones among them."""
        return [
            of.widened(stream.probabilities()) for of, stream in zip(self._languages.each, self._streams, strict=True)
        ]

    @property
    def next_weights(self) -> NDArray[np.float64]:
        """How probable it is that the next word is of each language (K,)."""
        weights: NDArray[np.float64] = (1 - SWITCH) * self.weights + SWITCH / len(self.weights)
        return weights

    @property
    def frequency(self) -> NDArray[np.float32]:
        """About how frequent each word is (V,), in the language that is written."""
        frequency: NDArray[np.float32] = self.next_weights.astype(np.float32) @ self._languages.frequency
        return frequency

    @property
    def features(self) -> NDArray[np.float32]:
        """The features of all models (E,), scaled so that a product of two is the mean of those of the models."""
        if self._features is None:
            together = np.concatenate([stream.features for stream in self._streams])
            self._features = (together / np.float32(np.sqrt(len(self._streams)))).astype(np.float32)
            self._features.flags.writeable = False
        return self._features
