"""Summarize: an encoder–decoder with attention that writes a short text for a long one, and copies words from it."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from numpy.typing import NDArray

from unrolled.baselines.lead import Lead
from unrolled.baselines.most_frequent import MostFrequent
from unrolled.baselines.nearest_sentence import NearestSentence
from unrolled.baselines.written import BaselineKind
from unrolled.cells import CELLS
from unrolled.data.examples import Examples
from unrolled.errors import InputError
from unrolled.inputs.documents import Documents
from unrolled.layers import ATTENTIONS, Attention, Covering, Embedding, Recurrent
from unrolled.metrics import rouge
from unrolled.metrics.summaries import summary_scores
from unrolled.metrics.written import PairScores, References
from unrolled.models.encoder_decoder import Dropouts, EncoderDecoder, TextEncoder
from unrolled.models.penalties import Penalties
from unrolled.settings import Layout, documented, option
from unrolled.sources.pair_files import source_rows
from unrolled.sources.pairs import SUMMARIES, read_pairs
from unrolled.sources.rows import Row, is_table
from unrolled.sources.separated import check_delimiter
from unrolled.sources.text_file import TextFile
from unrolled.tasks.transducer import Transducer
from unrolled.tasks.transduction import Transduction

__all__ = ["Summarizer"]

SIDES = ("document", "summary")


@documented
@dataclass(eq=False, repr=False)
class Summarizer(Transducer[str]):
    """Learns from documents with summaries, such as mails with subjects, to summarize others, copying from them.

    >>> from unrolled import Summarizer, Training
    >>> pairs = [(f"Hello all, {name} has left the team today.", f"{name} has left") for name in ("Ann", "Bob", "Eve")]
    >>> quick = Training(epochs=60, batch=3, learning_rate=0.02)
    >>> model = Summarizer(width=32, embedding=32, dropout=0.0, training=quick).fit(pairs, show=False)
    >>> model.predict(pairs[0][0])[0].text
    'Ann has left'
    """

    columns: str | None = option(
        None, "of a table: the columns of the document and of its summary", metavar="DOCUMENT,SUMMARY"
    )
    delimiter: str | None = option(
        None, "of a table: what stands between its columns; found where not given", metavar="SIGN"
    )
    vocabulary: int = option(12_000, "number of different words at most; all others can be copied", 3, 2**24)
    longest: int = option(200, "words of a document that are read; the rest is cut off", 1, 100_000)
    cell: str = option("gru", "the recurrence", choices=tuple(CELLS))
    width: int = option(512, "hidden units of the decoder's layers; the encoder has half in each direction", 2, 65_536)
    layers: int = option(1, "layers of the encoder, and of the decoder above its attention", 1, 64)
    embedding: int = option(256, "length of the word vectors", 1, 65_536)
    attention: str = option("general", "how steps of the document are weighed", choices=tuple(ATTENTIONS))
    copying: bool = option(True, "words may be copied from the document")
    coverage: float = option(
        0.0, "what it costs to attend to something again; above 0 attention is additive and sees it", 0.0, 100.0
    )
    dropout: float = option(0.5, "share of features dropped while training", 0.0, 1.0)
    name: ClassVar[str] = "summarize"
    usual: ClassVar[tuple[int, float]] = (32, 0.001)
    card: ClassVar[str] = "summarize"
    reads: ClassVar[str] = SUMMARIES
    examples: ClassVar[tuple[str, ...]] = ("mails.jsonl -o subjects", "sample:packages -o synopsis")
    adjustable: ClassVar[tuple[str, ...]] = ("columns", "delimiter", "dropout", "coverage")
    advice: ClassVar[str] = "more documents help most, then more time"
    varied: ClassVar[bool] = False
    usual_search: ClassVar[Mapping[str, float]] = {"length_penalty": 1.5, "no_repeat": 2, "repeats": 1}

    def recipe(self) -> Transduction[Documents]:
        """See `Task`."""
        penalties = Penalties(coverage=self.coverage)
        return Transduction(self, self._read, self._codec, self._restored, self._build, _baselines, penalties)

    def _read(self, data: Any, encoding: str) -> Examples:
        return read_pairs(data, self.column_names, encoding, self.delimiter, SIDES)

    def _codec(self, examples: Examples) -> Documents:
        return Documents.learn(self, examples.inputs, examples.targets)

    def _restored(self, texts: Mapping[str, str], read: Callable[[str], Mapping[str, NDArray[Any]]]) -> Documents:
        codec = Documents.restored(texts, read)
        codec.copying = self.copying
        return codec

    def check(self) -> None:
        """Raise InputError for a setting that is not allowed, or that contradicts another."""
        super().check()
        if self.delimiter is not None:
            check_delimiter(self.delimiter)
        if self.width % 2:
            raise InputError(f"width is {self.width}; expected an even number: half of it reads each way", "width")

    def scores(self, answers: Sequence[str], references: References, inputs: Sequence[str]) -> PairScores:
        """See `Transducer`."""
        rouge.check_installed()
        return summary_scores(answers, references, inputs) if answers else PairScores({})

    def _build(self, documents: Documents) -> EncoderDecoder:
        """The model of these settings for a fitted codec."""
        cell, share, width = CELLS[self.cell], self.dropout, (self.width,)
        dropouts = Dropouts(share, share, share)
        half = (self.width // 2,) * self.layers
        encoder = TextEncoder(
            None,
            Recurrent(cell, self.embedding, half, bidirectional=True, dropout=share, residual=True),
            dropouts.words,
        )
        words = Embedding(documents.vocabulary, self.embedding)
        decoder = Recurrent(cell, self.embedding, width, dropout=share)
        upper = Recurrent(cell, self.width + encoder.outputs, width * self.layers, dropout=share, residual=True)
        attention: type[Attention] = Covering if self.coverage else ATTENTIONS[self.attention]
        return EncoderDecoder.of(encoder, words, attention, decoder, upper, dropouts, True, self.copying)

    def read_several(self, path: Path, layout: Layout | None = None) -> Iterator[Row] | None:
        """See `PairTask`; the usual column is that of a document."""
        if not is_table(path):
            return None
        layout = layout or Layout()
        own = layout.columns or self.columns
        return source_rows(path, replace(layout, columns=own), (SIDES[0], "text"))

    def read_input(self, path: Path, encoding: str = "utf-8") -> str:
        """See `PairTask`: a file is one document."""
        file = TextFile.at(path)
        return "\n".join(line.rstrip("\r\n") for line in file.lines(file.guessed(encoding)))

    def describe(self) -> str:
        """One line on what the model is."""
        copies = ", copies words" if self.copying else ""
        return (
            f"{self.codec_.vocabulary:,} words: {self.layers} × {self.width // 2} {self.cell} units in each direction "
            f"read up to {self.longest:,}, {self.attention} attention, {self.layers + 1} × {self.width} units "
            f"write{copies}"
        )

    def metadata(self) -> dict[str, Any]:
        """What a client should know of the model."""
        return super().metadata() | {"cell": self.cell, "attention": self.attention, "copies": self.copying}


def _baselines(documents: Documents) -> Sequence[BaselineKind]:
    """What is compared with, the strongest last."""
    return MostFrequent, NearestSentence, Lead
