"""Guess the next word: a language model from raw text, beside a Kneser–Ney n-gram."""

import operator
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines import Predictions
from unrolled.baselines.mixture import MixtureWeights
from unrolled.baselines.ngram import ngram
from unrolled.cells import CELLS
from unrolled.completion.dictionary import Dictionary
from unrolled.inference.answers import TokenAnswers
from unrolled.inference.stream import Stream
from unrolled.inputs.text import Text
from unrolled.keyboard import Keyboard
from unrolled.metrics.evaluation import Evaluation
from unrolled.metrics.language import language_scores
from unrolled.models import Model
from unrolled.settings import documented, option
from unrolled.storage.model_folder import ModelFolder
from unrolled.strokes.reader import StrokeReader
from unrolled.strokes.recorded import recorded_files
from unrolled.tasks.blocking import BlockingPredictor
from unrolled.tasks.continuation import Continuation
from unrolled.tasks.earlier import check_tokens
from unrolled.tasks.language_network import LanguageNetwork
from unrolled.tasks.recipe import Tensors
from unrolled.tasks.swiped import measured_strokes
from unrolled.text.tokens import Tokenizer

__all__ = ["NextWord"]


@documented
@dataclass(eq=False, repr=False)
class NextWord(BlockingPredictor):
    """Learns from text which token follows; answers with the most probable ones.

    With ``tied`` the output layer shares the word vectors, and the last layer has ``embedding`` units, not ``width``.

    >>> from unrolled import NextWord, Training
    >>> texts = ["the sky is blue and the sea is blue"] * 40
    >>> quick = Training(epochs=30, batch=4, window=8, learning_rate=0.02)
    >>> model = NextWord(width=16, training=quick).fit(texts, show=False)
    >>> model.predict("the sky", n=1)[0].text
    'is'
    >>> model.generate("the sky", 2, temperature=0)
    'the sky is blue'
    """

    tokens: str = option(
        "word",
        "what text is cut into (space: words of text that is tokenised already)",
        choices=("word", "space", "character", "bpe"),
    )
    vocabulary: int = option(10_000, "number of different tokens at most", 3, 2**24)
    lines: bool = option(False, "each line is a sentence (else a blank line ends a paragraph)")
    author: str | None = option(None, "of the export of a chat: whose messages to learn, else all", metavar="NAME")
    model: str = option(
        "recurrent", "recurrent, or the dense network over a window of words", choices=("recurrent", "dense")
    )
    cell: str = option("lstm", "the recurrence", choices=tuple(CELLS))
    width: int = option(256, "hidden units of a layer", 1, 65_536)
    layers: int = option(1, "recurrent layers", 1, 64)
    embedding: int | None = option(
        None, "length of the word vectors; that of those in the file, or as wide as a layer, where not given", 1, 65_536
    )
    vectors: str | None = option(
        None, "a file of word vectors (word2vec, GloVe) to start from; read by fit alone", metavar="FILE"
    )
    context: int = option(5, "words that the dense network sees", 1, 1024)
    dropout: float = option(0.2, "share of features dropped while training, the same ones all along a window", 0.0, 1.0)
    tied: bool = option(True, "the output layer shares the word vectors")
    words: str | None = option(
        None,
        "languages (en, or en,de) whose everyday words the keyboard knows beside those of the text, from the package "
        "wordfreq, which fit alone needs",
        metavar="LANG",
    )
    order: int = option(5, "longest n-gram of the baseline", 1, 5)
    block: str | None = option(
        None,
        "a text file of terms that the keyboard never suggests, one a line; read by fit alone",
        metavar="FILE",
    )
    mixture: bool = option(True, "answers mix the network with the n-gram, by weights chosen on the validation part")
    name: ClassVar[str] = "next-word"
    card: ClassVar[str] = "next-word"
    kinds: ClassVar[tuple[str, ...]] = ("text",)
    reads: ClassVar[str] = (
        "Text files, folders of them, .gz, the export of a chat (WhatsApp, Telegram, SMS), - for standard input, "
        "sample:wikipedia or sample:python-docs."
    )
    examples: ClassVar[tuple[str, ...]] = (
        "book.txt -o keyboard",
        "chat.txt more.txt -o keyboard --words en",
        "my_notes/ --from keyboard -o mine",
    )
    adjustable: ClassVar[tuple[str, ...]] = ("lines", "author", "dropout", "words", "block", "mixture")

    def __post_init__(self) -> None:
        check_tokens(self.tokens)
        super().__post_init__()
        self.strokes_: StrokeReader | None = None
        """What reads strokes over the keys, where `Swipe` has taught the model to."""

    def recipe(self) -> Continuation:
        """Text, a language model, an n-gram, and the measures of a keyboard."""
        return Continuation(
            input=Text(
                self.tokens, self.vocabulary, self.lines, None, self.vectors, self.embedding, self.author, self.words
            ),
            build=self._network,
            baseline=ngram(self.order),
            weights=MixtureWeights,
            mixed=self.mixture,
            outcomes=lambda text: TokenAnswers(text.tokenizer),
            measures=partial(_measures, keystrokes=self.tokens in ("word", "space")),
            vectors=None if self.vectors is None else self._vectors,
        )

    def _network(self, text: Text) -> Model:
        return self._settings(text.word_width).over_tokens(text.outcomes)

    def _settings(self, word_width: int | None = None) -> LanguageNetwork:
        """Those of the network; ``word_width`` is the length of the vectors of a file."""
        return LanguageNetwork(
            self.model,
            self.cell,
            self.width,
            self.layers,
            word_width or self.embedding,
            self.context,
            self.dropout,
            self.tied,
        )

    def _vectors(self, text: Text, rng: np.random.Generator) -> NDArray[np.float64]:
        return text.start_vectors(None, self.vectors, rng, text.word_width or self.width, self.training.seed)

    def check(self) -> None:
        """Raise InputError where a setting is not allowed, by itself or beside another."""
        check_tokens(self.tokens)
        super().check()
        self._settings().check()

    @property
    def _text(self) -> Text:
        """The fitted input."""
        text = self.input_
        assert isinstance(text, Text)
        return text

    @property
    def tokenizer_(self) -> Tokenizer:
        """What a text is cut into and numbered by: `encode`, `decode`, `tokens`."""
        return self._text.tokenizer

    def dictionary(self) -> Dictionary:
        """The words of all its keyboards."""
        kept: Dictionary | None = vars(self).get("_dictionary")
        tokenizer, text = self.tokenizer_, self._text
        if kept is None or not kept.is_of(tokenizer, text.everyday):
            kept = self._dictionary = Dictionary(tokenizer, text.words, text.everyday)
        if kept.blocked is not self.blocked_:
            kept.block(self.blocked_)
        return kept

    def session(self) -> Keyboard:
        """A new conversation: a keyboard; see `unrolled.keyboard`."""
        return Keyboard(self._beginning(), self.dictionary(), self.strokes_)

    def ready(self) -> Self:
        """Make now what the first question would wait for; see `Predictor.ready`."""
        super().ready()
        self.session().suggest()
        return self

    def _beginning(self) -> Stream:
        """A stream that has read nothing and knows what is probable then: all keyboards begin with a branch of one."""
        made_of = self.frozen(), self.learnt_, self.mixture
        kept: tuple[tuple[object, ...], Stream] | None = vars(self).get("_start")
        if kept is None or any(map(operator.is_not, kept[0], made_of)):
            kept = self._start = made_of, self.stream()
            kept[1].probabilities()
        return kept[1].branch()

    def _beside(self) -> dict[str, str]:
        return super()._beside() | ({} if self.strokes_ is None else self.strokes_.texts())

    def _tensors_beside(self) -> Tensors:
        return super()._tensors_beside() | ({} if self.strokes_ is None else self.strokes_.tensors())

    def _restore_beside(self, folder: ModelFolder) -> None:
        super()._restore_beside(folder)
        self.strokes_ = StrokeReader.restored(folder)

    def evaluate(self, data: Any, /, *, encoding: str = "utf-8", show: bool | None = None) -> Evaluation:
        """Measure on text, see `Predictor.evaluate`; or on files of strokes, JSON lines with the word of each."""
        strokes = recorded_files(data)
        if strokes:
            return measured_strokes(self, strokes, show)
        return super().evaluate(data, encoding=encoding, show=show)

    def metadata(self) -> dict[str, Any]:
        """What a client should know of the model; see `Predictor.metadata`."""
        strokes = {} if self.strokes_ is None else {"strokes": self.strokes_.shown()}
        return super().metadata() | {"cell": self.cell, "letters": self._text.letters} | strokes

    def describe(self) -> str:
        """One line on what the model is."""
        return self._settings().describe(self.network()[0], "word vectors of {}")

    def summary(self) -> str:
        """Perplexity, and what stands in the way of a better one."""
        text, said = self._text, super().summary()
        if self.tied and self.layers == 1 and text.word_width not in (None, self.width):
            said += (
                f"\nits layer has {text.word_width} units, as many as the vectors of {self.vectors} have numbers; "
                f"where they are not tied to the output layer it has {self.width}"
            )
        if not (self.fitted_.start and text.unknown_rate):
            return said
        return said + (
            f"\n{text.unknown_rate:.1%} of that text is not in the model's vocabulary, which tuning leaves as it is: "
            "a keyboard learns such words as they are typed, or from the text itself (session().learn)"
        )


def _measures(predictions: Predictions, text: Text, keystrokes: bool) -> dict[str, float]:
    return language_scores(predictions, text.tokenizer.tokens, keystrokes)
