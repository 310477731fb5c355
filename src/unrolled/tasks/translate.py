"""Translate: an encoder–decoder with attention that writes a text for a text."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from unrolled.baselines.dictionary import Dictionary
from unrolled.baselines.letters import Letters
from unrolled.baselines.nearest_sentence import NearestSentence
from unrolled.baselines.written import BaselineKind
from unrolled.cells import CELLS
from unrolled.data.examples import Examples
from unrolled.errors import InputError
from unrolled.inputs.pairs import PairTexts
from unrolled.layers import ATTENTIONS, Embedding, Recurrent
from unrolled.metrics.translation import check_installed, pair_scores
from unrolled.metrics.written import PairScores, References
from unrolled.models.encoder_decoder import Dropouts, EncoderDecoder, TextEncoder
from unrolled.models.penalties import Penalties
from unrolled.settings import documented, option
from unrolled.sources.pairs import PAIRS, read_pairs
from unrolled.sources.separated import check_delimiter
from unrolled.tasks.transducer import Transducer
from unrolled.tasks.transduction import Transduction

__all__ = ["Translator"]


@documented
@dataclass(eq=False, repr=False)
class Translator(Transducer[str]):
    """Learns from pairs of texts to write the second for the first: languages, spellings and sounds, any two.

    >>> from unrolled import Training, Translator
    >>> pairs = [("one two", "eins zwei"), ("two three", "zwei drei"), ("three one", "drei eins")]
    >>> quick = Training(epochs=60, batch=3, learning_rate=0.02)
    >>> model = Translator(width=32, embedding=64, dropout=0.0, training=quick).fit(pairs, show=False)
    >>> model.predict("two three")[0].text
    'zwei drei'
    """

    columns: str | None = option(
        None, "of a table: the columns of the input and of what is to be written for it", metavar="SOURCE,TARGET"
    )
    delimiter: str | None = option(
        None, "of a table: what stands between its columns; found where not given", metavar="SIGN"
    )
    tokens: str | None = option(
        None,
        "what texts are cut into: bpe, word, character or space, or one for each side, as in character,space; "
        "found in the data where not given",
        metavar="KIND",
    )
    vocabulary: int = option(8_000, "number of different tokens at most, of each side", 3, 2**24)
    shared: bool | None = option(None, "one vocabulary for both sides; found in the data where not given")
    tokenizer: str | None = option(
        None, "a tokenizer.json, or one for each side, to be used in the place of one that is learnt", metavar="FILE"
    )
    longest: int = option(400, "tokens of an input that are read; the rest is cut off", 1, 100_000)
    cell: str = option("gru", "the recurrence", choices=tuple(CELLS))
    width: int = option(512, "hidden units of the decoder's layers; the encoder has half in each direction", 2, 65_536)
    layers: int = option(1, "layers of the encoder, and of the decoder above its attention", 1, 64)
    embedding: int = option(256, "length of the word vectors", 1, 65_536)
    attention: str = option("general", "how steps of the input are weighed", choices=tuple(ATTENTIONS))
    feeding: bool = option(False, "what was read out at a step is fed to the next: slower")
    tied: bool = option(True, "the output layer is the matrix of the target's word vectors")
    dropout: float | None = option(
        None, "share of features dropped while training; 0.5 where not given, of letters 0.3", 0.0, 1.0
    )
    smoothing: float = option(0.1, "label smoothing: the share of probability asked for evenly of all tokens", 0.0, 1.0)
    varied: bool = option(True, "at random while training, words are cut in other ways, or hidden")
    name: ClassVar[str] = "translate"
    usual: ClassVar[tuple[int, float]] = (64, 0.001)
    card: ClassVar[str] = "translate"
    reads: ClassVar[str] = PAIRS
    examples: ClassVar[tuple[str, ...]] = (
        "pairs.tsv -o en-de",
        "train.en train.de -o en-de --minutes 60",
        "sample:pronunciation -o speak",
    )
    adjustable: ClassVar[tuple[str, ...]] = ("columns", "delimiter", "dropout", "smoothing", "varied")
    advice: ClassVar[str] = "more pairs help most, then more time and a smaller --width"

    def recipe(self) -> Transduction[PairTexts]:
        """See `Task`."""
        penalties = Penalties(self.smoothing)
        return Transduction(self, self._read, self._codec, PairTexts.restored, self._build, _baselines, penalties)

    def _read(self, data: Any, encoding: str) -> Examples:
        return read_pairs(
            data,
            self.column_names,
            encoding,
            self.delimiter,
        )

    def _codec(self, examples: Examples) -> PairTexts:
        return PairTexts.learn(self, examples.inputs, examples.targets)

    @property
    def texts_(self) -> PairTexts:
        """The fitted codec of its texts."""
        codec = self.codec_
        assert isinstance(codec, PairTexts)
        return codec

    def scores(self, answers: Sequence[str], references: References, inputs: Sequence[str]) -> PairScores:
        """See `Transducer`."""
        check_installed(self.spelled)
        return pair_scores(answers, references, self.spelled) if answers else PairScores({})

    def check(self) -> None:
        """Raise InputError for a setting that is not allowed, or that contradicts another."""
        super().check()
        if self.delimiter is not None:
            check_delimiter(self.delimiter)
        if self.width % 2:
            raise InputError(f"width is {self.width}; expected an even number: half of it reads each way", "width")

    def _build(self, texts: PairTexts) -> EncoderDecoder:
        """The model of these settings for fitted texts."""
        cell, (sources, targets) = CELLS[self.cell], texts.vocabularies
        share = (0.5 if texts.subwords else 0.3) if self.dropout is None else self.dropout
        dropouts = Dropouts(0.8 * share, share, share)
        half, width = (self.width // 2,) * self.layers, (self.width,)
        vectors = None if texts.shared else Embedding(sources, self.embedding)
        encoder = TextEncoder(
            vectors,
            Recurrent(cell, self.embedding, half, bidirectional=True, dropout=share, residual=True),
            dropouts.words,
        )
        words = Embedding(targets, self.embedding)
        decoder = Recurrent(cell, self.embedding + (words.width if self.feeding else 0), width, dropout=share)
        upper = Recurrent(cell, self.width + encoder.outputs, width * self.layers, dropout=share, residual=True)
        return EncoderDecoder.of(encoder, words, ATTENTIONS[self.attention], decoder, upper, dropouts, self.tied)

    def describe(self) -> str:
        """One line on what the model is."""
        sources, targets = self.texts_.vocabularies
        both = f"{targets:,} tokens of both sides" if self.texts_.shared else f"{sources:,} and {targets:,} tokens"
        return (
            f"{both}: {self.layers} × {self.width // 2} {self.cell} units in each direction read, {self.attention} "
            f"attention, {self.layers + 1} × {self.width} units write"
        )

    def metadata(self) -> dict[str, Any]:
        """What a client should know of the model."""
        return super().metadata() | {"cell": self.cell, "attention": self.attention}


def _baselines(texts: PairTexts) -> Sequence[BaselineKind]:
    """What is compared with, the strongest last."""
    return NearestSentence, Letters if texts.spelled else Dictionary
