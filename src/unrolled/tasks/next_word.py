"""Guess the next word: a language model from raw text, beside a Kneser–Ney n-gram."""

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.ngram import NGram
from unrolled.cells import CELLS
from unrolled.data.token_file import TokenFile, write_tokens
from unrolled.data.windows import Windows
from unrolled.decoding import choose
from unrolled.errors import InputError
from unrolled.inference.frozen import Frozen
from unrolled.inference.stream import Prediction, Stream, feed_together
from unrolled.keyboard import Dictionary, Keyboard
from unrolled.models import DenseLanguageModel, LanguageModel, RecurrentLanguageModel
from unrolled.settings import Decoding, check, option
from unrolled.sources.midi import Tune
from unrolled.storage.model_folder import ModelFolder
from unrolled.tasks.base import Data, Evaluation, Task
from unrolled.tasks.measuring import language_scores
from unrolled.tasks.medium import make_medium
from unrolled.text.tokens import END, UNKNOWN, Tokenizer
from unrolled.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from unrolled.training import Log

__all__ = ["NextWord"]

HELD_OUT = 0.1  # share of the text for validation where none is named,
HELD_OUT_TOKENS = 100_000  # but no more than this
PREDICT_TOKENS = 4_096


@dataclass(eq=False)
class NextWord(Task):
    """Learns from text which token follows; answers with the most probable ones.

    With ``tied`` the output layer shares the word vectors, and the last layer has ``embedding`` units, not ``width``.
    """

    tokens: str = option(
        "word",
        "what text is cut into (space: words of text that is tokenised already); notes or chords of music",
        choices=("word", "space", "character", "bpe", "notes", "chords"),
    )
    vocabulary: int = option(10_000, "number of different tokens at most", 3, 2**24)
    lines: bool = option(False, "each line is a sentence (else a blank line ends a paragraph)")
    model: str = option(
        "recurrent", "recurrent, or the dense network over a window of words", choices=("recurrent", "dense")
    )
    cell: str = option("lstm", "the recurrence", choices=tuple(CELLS))
    width: int = option(256, "hidden units of a layer", 1, 65_536)
    layers: int = option(1, "recurrent layers", 1, 64)
    embedding: int | None = option(None, "length of the word vectors; as wide as a layer where not given", 1, 65_536)
    vectors: str | None = option(None, "a file of word vectors (word2vec, GloVe) to start from; read by fit alone")
    context: int = option(5, "words that the dense network sees", 1, 1024)
    dropout: float = option(0.2, "share of features dropped while training, the same ones all along a window", 0.0, 1.0)
    tied: bool = option(True, "the output layer shares the word vectors")
    order: int = option(5, "longest n-gram of the baseline", 1, 5)
    grid: int | None = option(None, "of music, steps of time a beat; 4 for MIDI, 1 for frames where not given", 1, 96)
    name: ClassVar[str] = "next-word"
    adjustable: ClassVar[tuple[str, ...]] = ("lines", "dropout")

    def predict(self, text: str, n: int = 3) -> list[Prediction]:
        """The ``n`` most probable words after ``text``, most probable first; never the unknown one.

        Of a longer text the last 4,096 tokens are read: what came before has left the memory long since.
        """
        stream = self.stream()
        return stream.feed_ids(self.tokenizer_.encode(text)[-PREDICT_TOKENS:]).top(n)

    def stream(self) -> Stream:
        """A reader of text as it comes; see `unrolled.inference.stream.Stream`."""
        self._check_fitted()
        return Stream(self._frozen, self.tokenizer_)

    def predict_many(self, inputs: Sequence[str], n: int = 3) -> list[list[Prediction]]:
        """`predict` of each input, the same to the bit; read together."""
        streams = [self.stream() for _ in inputs]
        feed_together(streams, [self.tokenizer_.encode(text)[-PREDICT_TOKENS:] for text in inputs])
        return [stream.top(n) for stream in streams]

    def read_input(self, path: Path) -> str:
        return self.medium_.read_input(path)

    def remark(self, text: str) -> str:
        ids = self.tokenizer_.encode(text)
        return f"none of the words of {text!r:.80} is in the model's vocabulary" if len(ids) and not ids.any() else ""

    def steps(self, given: str) -> tuple[list[str], NDArray[np.float32]]:
        """The tokens of a text, after the end of the paragraph before it, and their vectors (T, embedding)."""
        self._check_fitted()
        ids = np.concatenate([[END], self.tokenizer_.encode(given)])
        return [self.tokenizer_.tokens[i] for i in ids], self.weights_.words.vectors[ids]

    def facts(self) -> dict[str, Any]:
        return {"reads": "notes" if self.tokens == "notes" else "text", "cell": self.cell}

    def session(self) -> Keyboard:
        """A keyboard; see `unrolled.keyboard`."""
        if self.tokens == "notes":
            raise InputError("a model of notes has no keyboard")
        return Keyboard(self.stream(), self._dictionary)

    def generate(self, text: str = "", words: int = 50, decoding: Decoding | None = None) -> str:
        """``text`` and ``words`` further tokens, drawn from the model; the end of a paragraph is a line break.

        ``text`` stays as it is, unknown words too; white space at its end goes where tokens are words.
        """
        if words < 0:
            raise InputError(f"words is {words}; expected at least 0")
        given = self.tokenizer_.encode(text)
        ids = [*given.tolist(), *islice(self._drawn(given, decoding), words)]
        before, written = self.tokenizer_.decode(given), self.tokenizer_.decode(ids)
        begun = text.rstrip() if self.tokens in ("word", "space") else text
        return begun + written[len(before) :] if written.startswith(before) else written

    def play(self, text: str = "", seconds: float = 20.0, decoding: Decoding | None = None) -> Tune:
        """Of a model of notes: the music of ``text`` and ``seconds`` of music drawn from the model."""
        self._check_fitted()
        drawn = self._drawn(self.tokenizer_.encode(text), decoding)
        return self.medium_.play(text, map(self.tokenizer_.tokens.__getitem__, drawn), seconds)

    def _drawn(self, given: NDArray[np.int64], decoding: Decoding | None) -> Iterator[int]:
        """Ids drawn from the model one after another, without end, after those ``given`` (T,)."""
        decoding = decoding or Decoding()
        check(decoding)
        rng, stream = np.random.default_rng(decoding.seed), self.stream().feed_ids(given)
        while True:
            yield (token := choose(stream.probabilities(), decoding, rng, hidden=(UNKNOWN,)))
            stream.feed_ids(np.array([token]))

    def evaluate(self, data: Data, encoding: str = "utf-8", show: bool | None = None) -> Evaluation:
        """Measure on ``data`` (a path, several, or "sample:NAME") beside the n-gram; see `LanguageScores`.

        ``show`` draws a progress bar on standard error (None: if that is a terminal).
        """
        self._check_fitted()
        with tempfile.TemporaryDirectory(prefix="unrolled-") as folder:
            text = self._write(data, encoding, Path(folder) / "tokens.bin", "test")
            tokens, words = self.tokenizer_.tokens, self.tokens in ("word", "space")
            scores = language_scores(self.network(), self.baseline_, text.ids, tokens, words, show)
            scores = [one | self.medium_.measures(one, tokens, text.counts) for one in scores]
        remark = f"{scores[0]['tokens']:,.0f} tokens, {scores[0]['unknown_rate']:.2%} of the words unknown"
        return Evaluation(scores[0], scores[1], f"Kneser–Ney {self.baseline_.order}-gram", remark)

    def describe(self) -> str:
        """One line on what the model is."""
        model = self._model()
        if isinstance(model, DenseLanguageModel):
            return f"dense network over {self.context} word vectors of {model.embedding}: it grows with that window"
        assert isinstance(model, RecurrentLanguageModel)
        layers = ", ".join(map(str, model.widths))
        return f"{self.cell} layers of {layers} units over word vectors of {model.embedding}: the same for any length"

    def summary(self) -> str:
        chance = len(self.tokenizer_)
        hint = (
            ""
            if self.fitted_.loss < np.log(chance)
            else (f"\nthat is worse than guessing any of {chance:,} tokens blindly: try a lower learning rate")
        )
        unknown = Vocabulary(self.tokenizer_.tokens, self.counts_).unknown_rate
        if self.fitted_.start and unknown:
            hint += (
                f"\n{unknown:.1%} of that text is not in the model's vocabulary, which tuning leaves as it is: "
                "a keyboard learns such words as they are typed, or from the text itself (session().learn)"
            )
        return super().summary() + hint

    def _check(self) -> None:
        super()._check()
        if self.tokens == "chords":
            raise InputError("tokens is chords; in Python that is a class of its own: unrolled.NextChord")
        if self.model == "dense" and self.layers != 1:
            raise InputError(f"layers is {self.layers}; the dense network has 1 hidden layer")
        if self.tied and self.layers == 1 and self.embedding not in (None, self.width):
            raise InputError(
                f"width is {self.width}, embedding {self.embedding}; "
                "one layer tied to the word vectors is as wide as they are: leave one out, or take --no-tied"
            )

    def _model(self) -> LanguageModel:
        size, embedding = len(self.tokenizer_), self.embedding or self.width
        last = embedding if self.tied else self.width
        if self.model == "dense":
            return DenseLanguageModel(size, embedding, last, self.context, self.tied, self.dropout, True, END)
        widths = (*[self.width] * (self.layers - 1), last)
        return RecurrentLanguageModel(size, embedding, widths, self.cell, self.tied, self.dropout, True)

    @property
    def _frozen(self) -> Frozen:
        """The model made ready for streams, which share it until it is fitted anew."""
        kept: Frozen | None = vars(self).get("_kept")
        if kept is None or kept.params is not self.weights_:
            kept = self._kept = Frozen(self._model(), self.weights_)
        return kept

    def _write(self, data: Data, encoding: str, path: Path, part: str) -> TokenFile:
        return write_tokens(path, self.medium_.paragraphs(data, part, self.lines, encoding), self.tokenizer_)

    def _prepare(self, data: Data, valid: Data | None, encoding: str, place: Path, log: "Log") -> tuple[Any, float]:
        log.stage("learning the vocabulary")
        self.medium_ = make_medium(self.tokens, self.grid)
        paragraphs = self.medium_.paragraphs(data, "train", self.lines, encoding)
        self.tokenizer_ = Tokenizer.train(self.medium_.kind, paragraphs, self.vocabulary)
        self._dictionary = Dictionary(self.tokenizer_)
        rng = np.random.default_rng(self.training.seed)
        initial = self._model().initial(rng)
        if self.vectors is not None:
            from unrolled.text.word_vectors import WordVectors

            log.stage("reading the word vectors")
            known = WordVectors.read(self.vectors)
            initial.words["vectors"] = known.start(self.tokenizer_.tokens, rng, self.embedding or self.width)
        train, held_out = self._read(paragraphs, valid or self.medium_.validation(data), encoding, place, log)
        self.baseline_ = NGram.fit(train, len(self.tokenizer_), self.order)
        frequencies = (self.counts_ + 1) / (self.counts_ + 1).sum()
        initial.output["b"] = np.log(frequencies)  # so that step 0 knows them
        return self._problem(initial, train, held_out)

    def _prepare_tuning(self, data: Any, valid: Any, encoding: str, place: Path, log: "Log") -> tuple[Any, float]:
        paragraphs = self.medium_.paragraphs(data, "train", self.lines, encoding)
        train, held_out = self._read(paragraphs, valid or self.medium_.validation(data), encoding, place, log)
        other = NGram.fit(train, len(self.tokenizer_), self.order)
        self.baseline_ = min(self.baseline_, other, key=lambda ngram: -ngram.log_probabilities(held_out).sum())
        return self._problem(self.weights_, train, held_out)

    def _read(
        self, paragraphs: Iterable[str], valid: Data | None, encoding: str, place: Path, log: "Log"
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """The ids (N,) to learn from and those held out; sets ``counts_``."""
        log.stage("reading the text")
        text = write_tokens(place / "train.bin", paragraphs, self.tokenizer_)
        if valid is None:
            train, held_out = text.split(min(HELD_OUT, HELD_OUT_TOKENS / len(text)))
            self.counts_ = text.counts - np.bincount(held_out, minlength=len(self.tokenizer_))
        else:
            train, held_out = text.ids, self._write(valid, encoding, place / "valid.bin", "valid").ids
            self.counts_ = text.counts
        log.stage("counting n-grams")
        return train, held_out

    def _problem(self, initial: Any, train: NDArray[Any], held_out: NDArray[Any]) -> tuple[Any, float]:
        """What is trained from ``initial``, and the n-gram's loss on the part held out."""
        from unrolled.training import LanguageModelling

        windows = [Windows(ids, self.training.batch, self.training.window) for ids in (train, held_out)]
        problem = LanguageModelling(self._model(), initial, *windows)
        return problem, -float(self.baseline_.log_probabilities(held_out).mean())

    def _items(self) -> int:
        return int(self.counts_.sum())

    def _parts(self) -> tuple[dict[str, Mapping[str, NDArray[Any]]], dict[str, str]]:
        vocabulary = Vocabulary(self.tokenizer_.tokens, self.counts_)
        texts = {"tokenizer.json": self.tokenizer_.to_json(), "vocabulary.json": vocabulary.to_json()}
        return {"baseline": self.baseline_.arrays()}, texts | self.medium_.parts()

    def _restore(self, bundle: ModelFolder) -> None:
        self.medium_ = make_medium(self.tokens, self.grid)
        self.medium_.restore(bundle)
        self.tokenizer_ = Tokenizer.from_json(bundle.text("tokenizer.json"))
        if self.tokenizer_.kind != self.medium_.kind:
            raise InputError(
                f"{bundle.folder}/tokenizer.json cuts into {self.tokenizer_.kind}, config.json says {self.tokens}"
            )
        self._dictionary = Dictionary(self.tokenizer_)
        self._bundle = bundle

    @cached_property
    def baseline_(self) -> NGram:
        """The n-gram beside which the network is measured; of a loaded model, read when first asked for."""
        self._check_fitted()
        baseline = NGram.from_arrays(self._bundle.tensors("baseline"))
        if baseline.vocabulary_size != len(self.tokenizer_):
            raise InputError(
                f"{self._bundle.folder}/baseline.safetensors: the n-gram knows {baseline.vocabulary_size} tokens; "
                f"expected the {len(self.tokenizer_)} of tokenizer.json"
            )
        return baseline

    @cached_property
    def counts_(self) -> NDArray[np.int64]:
        """How often each token occurs in the text that was learnt from, (V,)."""
        self._check_fitted()
        vocabulary = Vocabulary.from_json(self._bundle.text("vocabulary.json"))
        if vocabulary.tokens != self.tokenizer_.tokens:
            raise InputError(f"{self._bundle.folder}/vocabulary.json: its tokens are not those of tokenizer.json")
        return vocabulary.counts
