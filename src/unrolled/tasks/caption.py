"""Caption: an encoder–decoder that looks at a picture and writes what it shows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

from numpy.typing import NDArray

from unrolled.baselines.most_frequent import MostFrequent
from unrolled.baselines.nearest_picture import NearestPicture
from unrolled.baselines.written import BaselineKind
from unrolled.cells import CELLS
from unrolled.data.examples import Examples
from unrolled.inputs.captions import CaptionTexts
from unrolled.layers import ATTENTIONS, Embedding, Recurrent
from unrolled.metrics.captions import caption_scores, check_installed
from unrolled.metrics.written import PairScores, References
from unrolled.models.encoder_decoder import Dropouts, EncoderDecoder
from unrolled.models.penalties import Penalties
from unrolled.pictures.captions import Captions
from unrolled.pictures.choice import ENCODERS, learn_reader
from unrolled.pictures.pixels import SIZES
from unrolled.pictures.reader import RawPicture
from unrolled.settings import Layout, documented, option
from unrolled.sources.captions import CAPTIONS, read_captions, read_pictures
from unrolled.sources.rows import Row
from unrolled.sources.separated import check_delimiter
from unrolled.tasks.transducer import Transducer
from unrolled.tasks.transduction import Transduction

__all__ = ["Captioner"]


@documented
@dataclass(eq=False, repr=False)
class Captioner(Transducer[RawPicture]):
    """Learns from pictures and their captions to describe a picture in words.

    >>> import numpy as np
    >>> from unrolled import Captioner, Training
    >>> black, white = np.zeros((16, 16, 3), np.uint8), np.full((16, 16, 3), 255, np.uint8)
    >>> quick = Training(epochs=40, batch=2, learning_rate=0.01)
    >>> model = Captioner(encoder="cnn", width=16, embedding=16, dropout=0.0, training=quick)
    >>> model = model.fit([(black, "a dark night"), (white, "snow")], show=False)
    >>> model.predict(white)[0].text
    'snow'
    """

    columns: str | None = option(
        None, "of a table: the columns of the picture and its caption", metavar="PICTURE,CAPTION"
    )
    delimiter: str | None = option(
        None, "of a table: what stands between its columns; found where not given", metavar="SIGN"
    )
    encoder: str | None = option(
        None,
        "what reads pictures: a network that was trained on a million photos, by its package, or one that learns "
        "from these alone, cnn; found in the data where not given",
        choices=ENCODERS,
    )
    size: int | None = option(
        None, "of cnn: pixels that pictures are scaled to, each way; as they are, at most 64, where not given", *SIZES
    )
    vocabulary: int = option(10_000, "number of different words at most", 3, 2**24)
    longest: int = option(60, "captions of more words and marks are left out", 1, 100_000)
    cell: str = option("gru", "the recurrence", choices=tuple(CELLS))
    width: int = option(512, "hidden units of the decoder's layers, and features of a cell of the picture", 1, 65_536)
    layers: int = option(1, "layers of the decoder; the first looks at the picture", 1, 64)
    embedding: int = option(256, "length of the word vectors", 1, 65_536)
    attention: str = option("general", "how cells of the picture are weighed", choices=tuple(ATTENTIONS))
    tied: bool = option(True, "the output layer is the matrix of the word vectors")
    dropout: float = option(0.5, "share of features dropped while training", 0.0, 1.0)
    smoothing: float = option(0.1, "label smoothing: the share of probability asked for evenly of all words", 0.0, 1.0)
    evenness: float = option(0.0, "what it costs to look at some cells more than at others, over a caption", 0.0, 1e3)
    varied: bool = option(True, "at random while training, pictures are mirrored or moved")
    name: ClassVar[str] = "caption"
    usual: ClassVar[tuple[int, float]] = (64, 0.001)
    card: ClassVar[str] = "caption"
    reads: ClassVar[str] = CAPTIONS
    examples: ClassVar[tuple[str, ...]] = (
        "photos/ captions.csv -o describe",
        "photos captions.csv --encoder cnn -o describe",
        "sample:glyphs -o glyphs",
    )
    answer_column: ClassVar[str] = "caption"
    adjustable: ClassVar[tuple[str, ...]] = ("columns", "delimiter", "dropout", "smoothing", "evenness", "varied")
    advice: ClassVar[str] = "more pictures help most, then an --encoder that was trained before"

    def recipe(self) -> Transduction[Captions]:
        """See `Task`."""
        penalties = Penalties(self.smoothing, evenness=self.evenness)
        return Transduction(self, self._read, self._codec, self._restored, self._build, _baselines, penalties)

    def _read(self, data: Any, encoding: str) -> Examples:
        return read_captions(data, self.column_names, encoding, self.delimiter)

    def _codec(self, examples: Examples) -> Captions:
        texts = CaptionTexts.learn(examples.targets, self.vocabulary)
        return Captions(texts, learn_reader(self.encoder, self.size, examples.inputs), self.varied)

    def _restored(self, texts: Mapping[str, str], read: Callable[[str], Mapping[str, NDArray[Any]]]) -> Captions:
        codec = Captions.restored(texts, read)
        codec.varies = self.varied
        return codec

    @property
    def captions_(self) -> Captions:
        """The fitted codec of its pictures and captions."""
        codec = self.codec_
        assert isinstance(codec, Captions)
        return codec

    def scores(self, answers: Sequence[str], references: References, inputs: Sequence[RawPicture]) -> PairScores:
        """See `Transducer`."""
        check_installed()
        return caption_scores(answers, references) if answers else PairScores({})

    def check(self) -> None:
        """Raise InputError for a setting that is not allowed, or that contradicts another."""
        super().check()
        if self.delimiter is not None:
            check_delimiter(self.delimiter)

    def _build(self, captions: Captions) -> EncoderDecoder:
        """The model of these settings for a fitted codec."""
        cell, share = CELLS[self.cell], self.dropout
        encoder = captions.reader.encoder(self.width, 0.0)
        words = Embedding(captions.vocabulary, self.embedding)
        decoder, above = (
            Recurrent(cell, self.embedding, (self.width,), dropout=share),
            (self.width,) * (self.layers - 1),
        )
        upper = Recurrent(cell, self.width + encoder.outputs, above, dropout=share, residual=True) if above else None
        dropouts = Dropouts(0.4 * share, 0.4 * share, share)
        return EncoderDecoder.of(encoder, words, ATTENTIONS[self.attention], decoder, upper, dropouts, self.tied)

    def read_several(self, path: Path, layout: Layout | None = None) -> Iterator[Row] | None:
        """See `PairTask`: the pictures in a folder, or those that a table names."""
        layout = layout or Layout()
        return read_pictures(path, replace(layout, columns=layout.columns or self.columns))

    def read_input(self, path: Path, encoding: str = "utf-8") -> str:
        """See `PairTask`: a file is one picture."""
        return str(path)

    def describe(self) -> str:
        """One line on what the model is."""
        rows, columns = self.captions_.reader.grid
        return (
            f"{self.captions_.vocabulary:,} words: {self.captions_.reader.name} reads {rows} × {columns} cells, "
            f"{self.attention} attention, {self.layers} × {self.width} {self.cell} units write"
        )

    def metadata(self) -> dict[str, Any]:
        """What a client should know of the model."""
        about = {"encoder": self.captions_.reader.name, "grid": list(self.captions_.reader.grid)}
        return super().metadata() | about | {"cell": self.cell, "attention": self.attention}


def _baselines(captions: Captions) -> Sequence[BaselineKind]:
    """What is compared with, the strongest last."""
    return MostFrequent, NearestPicture
