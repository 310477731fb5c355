"""What text and notes share, as both are tokens: ids, their counts, a corpus of them, and what comes next."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.data.corpus import Corpus
from unrolled.data.token_file import TokenFile, write_tokens
from unrolled.decoding import choose
from unrolled.errors import InputError
from unrolled.inputs.base import Arrays, Steps
from unrolled.inputs.generative import Generative
from unrolled.settings import Decoding
from unrolled.storage.model_folder import ModelFolder
from unrolled.text.tokens import END, UNKNOWN, Kind, Tokenizer
from unrolled.text.vocabulary import Vocabulary

__all__ = ["TOKENIZER", "TokenInput"]

TOKENIZER, VOCABULARY = "tokenizer.json", "vocabulary.json"


class TokenInput(Generative):
    """Tokens of the kind ``tokens``, at most ``size`` different ones. Before a text stands END."""

    beginning = np.array([END])
    tokenizer: Tokenizer

    def __init__(self, tokens: str, size: int) -> None:
        self.tokens, self.size = cast(Kind, tokens), size
        self._counts: NDArray[np.int64] | None = None
        self._folder: ModelFolder | None = None

    def learn(self, raw: Iterable[str]) -> None:
        """Learn the vocabulary from paragraphs."""
        self.tokenizer = Tokenizer.train(self.tokens, raw, self.size)

    def saved(self) -> tuple[Arrays, dict[str, str]]:
        """The tokenizer, and how often each token occurred."""
        vocabulary = Vocabulary(self.tokenizer.tokens, self.counts)
        return {}, {TOKENIZER: self.tokenizer.to_json(), VOCABULARY: vocabulary.to_json()}

    def restore(self, folder: ModelFolder) -> None:
        """Take the tokenizer from a model folder; the counts are read when they are asked for."""
        self.tokenizer, self._folder = Tokenizer.from_json(folder.text(TOKENIZER)), folder.holding(VOCABULARY)
        if self.tokenizer.kind != self.tokens:
            cut = f"{folder.folder}/{TOKENIZER} cuts into {self.tokenizer.kind}"
            raise InputError(f"{cut}, config.json says {self.tokens}")

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each token occurs in the part that was learnt from, (V,)."""
        if self._counts is None:
            assert self._folder is not None
            vocabulary = Vocabulary.from_json(self._folder.text(VOCABULARY))
            if vocabulary.tokens != self.tokenizer.tokens:
                raise InputError(f"{self._folder.folder}/{VOCABULARY}: its tokens are not those of {TOKENIZER}")
            self._counts, self._folder = vocabulary.counts, None
        return self._counts

    @property
    def unknown_rate(self) -> float:
        """The share of the words learnt from that have no token of their own."""
        return Vocabulary(self.tokenizer.tokens, self.counts).unknown_rate

    # As a model reads it ----------------------------------------------------------------------------------------------

    @property
    def vocabulary(self) -> int:
        """The number of tokens, V."""
        return len(self.tokenizer)

    @property
    def width(self) -> int:
        """The number of tokens, V."""
        return len(self.tokenizer)

    def encode(self, raw: Any) -> NDArray[np.int64]:
        """Ids (T,); InputError for what is no text."""
        if not isinstance(raw, str):
            raise InputError(f"text is {type(raw).__name__}; expected a string")
        return self.tokenizer.encode(raw)

    def names(self, raw: Any) -> list[str]:
        """The tokens as they stand in the text."""
        return self.tokenizer.split(raw)

    def trace(self, raw: Any) -> tuple[list[str], Steps]:
        """The tokens after the end of the paragraph before."""
        steps = np.concatenate([self.beginning, self.encode(raw)])
        return [self.tokenizer.tokens[i] for i in steps], steps

    def remark(self, raw: Any) -> str:
        """A warning where none of the words is known."""
        ids = self.encode(raw)
        return f"none of the words of {raw!r:.80} is in the model's vocabulary" if len(ids) and not ids.any() else ""

    # As what comes next -----------------------------------------------------------------------------------------------

    @property
    def outcomes(self) -> int:
        """The number of tokens, V."""
        return len(self.tokenizer)

    @property
    def blind_guess(self) -> tuple[float, str]:
        """The loss where every token is equally likely."""
        return float(np.log(self.outcomes)), f"guessing any of {self.outcomes:,} tokens blindly"

    def corpus(self, raw: Iterable[str], path: Path) -> TokenFile:
        """The ids in a file that is mapped into memory."""
        return write_tokens(path, raw, self.tokenizer)

    def count(self, train: Corpus) -> None:
        """Keep how often each token occurs."""
        assert isinstance(train, TokenFile)
        self._counts = train.counts

    def start(self, train: Corpus, output: NDArray[np.float64]) -> None:
        """Set the bias to the logarithms of the frequencies."""
        output[:] = np.log((self.counts + 1) / (self.counts + 1).sum())

    def described(self, corpus: Corpus, scores: dict[str, float]) -> str:
        """The number of tokens, and the share of the words that are unknown."""
        return f"{scores['tokens']:,.0f} tokens, {scores['unknown_rate']:.2%} of the words unknown"

    def decode(self, steps: Sequence[Steps]) -> str:
        """The text of ids; the end of a paragraph is a line break."""
        return self.tokenizer.decode(np.concatenate([np.zeros(0, np.int64), *steps]))

    def choose(self, scores: NDArray[np.float32], decoding: Decoding, rng: np.random.Generator) -> Steps:
        """Draw an id (1,), never that of the unknown word."""
        return np.array([choose(kernels.softmax(scores), decoding, rng, hidden=(UNKNOWN,))])

    def continued(self, text: str, steps: Iterator[Steps], count: int) -> str:
        """``text`` and ``count`` further tokens; where these are words, white space at the end of ``text`` goes."""
        text = self.tokenizer.composed(text)
        ids = self.encode(text)
        before, written = self.decode([ids]), self.decode([ids, *islice(steps, count)])
        begun = text.rstrip() if self.tokens in ("word", "space") else text
        return begun + written[len(before) :] if written.startswith(before) else written
