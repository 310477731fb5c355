"""Label a sequence: a text, DNA, a sound or numbers. The baseline is logistic regression over a bag of features."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self, cast

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.linear import LOGISTIC_REGRESSION
from unrolled.cells import CELLS
from unrolled.data.labels import Labels
from unrolled.errors import InputError
from unrolled.inference.answers import Label
from unrolled.inputs import EXAMPLE_KINDS, Input
from unrolled.inputs.base import Steps
from unrolled.inputs.text import BAGS, VECTORIZERS
from unrolled.layers import POOLINGS, Dense, Embedding, Pooling, Recurrent
from unrolled.models import Classes, FirstSteps, Model, RecurrentBody, VectorBody
from unrolled.settings import option
from unrolled.sources.labelled import LABELLED, labelled
from unrolled.tasks.base import Task
from unrolled.tasks.labelling import Labelling

__all__ = ["Classifier"]


@dataclass(eq=False)
class Classifier(Task):
    """Learns from labelled sequences; answers with the most probable labels.

    Texts stand in tables (CSV, TSV, JSON lines, Parquet), DNA in FASTA, sounds in a folder with one folder a label.
    """

    columns: str = option(
        "text,label",
        "of a table: the columns of input and label; of one with a row for each step of a series: id,time,value,label",
        metavar="INPUT,LABEL",
    )
    group: str | None = option(
        None,
        "what stays on one side of the split, such as a speaker: of a table its column; of recordings folder, where "
        "each has one in that of the label, or N for the Nth part of their names (2 in seven_anna_03.wav)",
        metavar="COLUMN|folder|N",
    )
    delimiter: str | None = option(
        None, "of a table: what stands between its columns; found where not given", metavar="SIGN"
    )
    vectorizer: str | None = option(
        None, "how words become numbers; learned where not given. count and tf-idf keep no order", choices=VECTORIZERS
    )
    vectors: str | None = option(None, "a file of word vectors (word2vec, GloVe) to start from", metavar="FILE")
    tokens: str = option("word", "what text is cut into", choices=("word", "space", "character", "bpe"))
    vocabulary: int = option(20_000, "number of different tokens at most", 3, 2**24)
    model: str = option(
        "recurrent",
        "bag: the mean of the vectors; dense: over a window of them; recurrent",
        choices=("bag", "dense", "recurrent"),
    )
    cell: str = option("gru", "the recurrence", choices=tuple(CELLS))
    width: int = option(128, "hidden units of a layer, in each direction", 1, 65_536)
    layers: int = option(1, "recurrent layers", 1, 64)
    embedding: int = option(128, "length of the word vectors", 1, 65_536)
    context: int = option(30, "steps that the dense network sees", 1, 4_096)
    bidirectional: bool = option(True, "read from the end, too")
    pooling: str = option("max", "how the steps become one vector", choices=POOLINGS)
    dropout: float | None = option(
        None, "share of features dropped while training; 0.5 where not given, of letters and numbers 0.2", 0.0, 1.0
    )
    varied: bool = option(True, "at random while training, words are hidden and sounds distorted")
    balanced: bool = option(False, "rare labels count as much as frequent ones")
    name: ClassVar[str] = "classify"
    answer: ClassVar[type[Label]] = Label
    card: ClassVar[str] = "classify"
    kinds: ClassVar[tuple[str, ...]] = EXAMPLE_KINDS
    reads: ClassVar[str] = LABELLED
    examples: ClassVar[tuple[str, ...]] = (
        "reviews.csv -o mood",
        "reviews.csv -o mood --columns review,sentiment",
        "recordings/ -o digits",
    )
    adjustable: ClassVar[tuple[str, ...]] = ("columns", "group", "delimiter", "dropout", "varied", "balanced")

    def recipe(self) -> Labelling:
        """The input of the examples, the network of the settings, and logistic regression beside it."""
        return Labelling(self, self._network, LOGISTIC_REGRESSION, self.answer)

    def _network(self, input: Input, classes: int) -> Model:
        width = self.embedding if input.vocabulary else input.width
        words = Embedding(input.vocabulary, width) if input.vocabulary else None
        rate = input.dropout if self.dropout is None else self.dropout
        if self.model == "bag":
            return Model(VectorBody(words, width, rate), Pooling("mean", width), Classes(classes, width))
        if self.model == "dense":
            window = 1 if self.vectorizer in BAGS else self.context
            first = FirstSteps(Dense(window * width, self.width), window)
            return Model(VectorBody(words, width, rate), first, Classes(classes, self.width), rate)
        layers = Recurrent(CELLS[self.cell], width, (self.width,) * self.layers, self.bidirectional, rate)
        pool = Pooling(self.pooling, layers.outputs, self.bidirectional)
        return Model(RecurrentBody(words, layers, rate), pool, Classes(classes, layers.outputs), rate)

    def check(self) -> None:
        """Raise InputError for a setting that is not allowed, or that contradicts another."""
        super().check()
        names = self.columns.split(",")
        if len(names) in (1, 3) or not all(name.strip() for name in names):
            raise InputError(
                f"columns is {self.columns!r}; expected two names, as in text,label, or those of a table with a row "
                "for each step of a series: id,time,value,label",
                "columns",
            )
        if self.model == "recurrent" and self.vectorizer in BAGS:
            raise InputError(
                f"vectorizer is {self.vectorizer}, model recurrent: such vectors keep no order for a memory to read; "
                'take model="bag" or model="dense", or vectorizer="one-hot", word2vec or learned',
                *("vectorizer", 'model="bag"', 'model="dense"', 'vectorizer="one-hot"'),
            )
        if self.pooling == "middle" and not self.bidirectional:
            raise InputError(
                "pooling is middle, bidirectional False: one direction would see half; expected both", "pooling"
            )
        if self.vectors is not None and self.vectorizer not in (None, "learned", "word2vec"):
            raise InputError(
                f"vectors is {self.vectors}, vectorizer {self.vectorizer}; expected learned or word2vec", "vectors"
            )

    def fit(self, data: Any, labels: Sequence[Any] | None = None, **how: Any) -> Self:
        """Learn from a path, several, or from inputs (texts, or arrays (T, D)) with ``labels``. Else as `Task.fit`."""
        return super().fit(data if labels is None else labelled(data, labels), **how)

    def predict(self, raw: Any, n: int = 3) -> list[Label]:
        """The ``n`` most probable labels of an input, most probable first."""
        return cast(list[Label], super().predict(raw, n))

    def probabilities(self, encoded: Sequence[Steps]) -> NDArray[np.floating]:
        """Inputs as ``input_.example`` encodes them → calibrated probabilities (N, C) of ``labels_``."""
        return self.recipe().probabilities(self.learnt_, self.frozen(), encoded)

    @property
    def _known(self) -> Labels:
        assert self.learnt_.labels is not None
        return self.learnt_.labels

    @property
    def labels_(self) -> list[str]:
        """The labels in the order of the scores."""
        return self._known.labels

    @property
    def temperature_(self) -> float:
        """What scores are divided by, so that the probabilities agree with how often the answers are right."""
        return self._known.temperature

    @property
    def accuracy_(self) -> float:
        """The share of the validation part that was labelled right."""
        return self._known.accuracy

    def metadata(self) -> dict[str, Any]:
        """What a client should know of the model; see `Predictor.metadata`."""
        recurrent = {"cell": self.cell, "bidirectional": self.bidirectional} if self.model == "recurrent" else {}
        return super().metadata() | {"labels": self.labels_, **recurrent}

    def describe(self) -> str:
        """One line on what the model is."""
        input, body = self.input_, self.network()[0].body
        what = f"{len(self.labels_)} labels of {input.kind}"
        read = f"{'word vectors' if input.vocabulary else 'vectors'} of {body.inputs}"
        if self.model == "bag":
            return f"{what}: the mean of {read}: any order is the same to it"
        if self.model == "dense":
            return f"{what}: dense network over {self.context} {read}: it grows with that window"
        both = ", in both directions" if self.bidirectional else ""
        return f"{what}: {self.layers} × {self.width} {self.cell} units over {read}{both}: the same for any length"
