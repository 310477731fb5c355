"""Label a sequence: a text, DNA, a sound or numbers. The baseline is the best of a few without a network."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, overload

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.examples import BEST
from unrolled.cells import CELLS
from unrolled.data.examples import Examples
from unrolled.data.labels import Labels
from unrolled.errors import InputError
from unrolled.inference.answers import Label
from unrolled.inputs import EXAMPLE_KINDS
from unrolled.inputs.base import Steps
from unrolled.inputs.text import BAGS, VECTORIZERS
from unrolled.layers import POOLINGS
from unrolled.metrics.evaluation import Evaluation
from unrolled.settings import documented, option
from unrolled.sources.in_memory import check_paths, items, labelled, of_frame
from unrolled.sources.labelled import LABELLED
from unrolled.sources.separated import check_delimiter
from unrolled.tasks.label_network import label_network
from unrolled.tasks.labelling import Labelling
from unrolled.tasks.predictor import Predictor

if TYPE_CHECKING:
    from sklearn.utils import Tags

__all__ = ["Classifier"]


@documented
@dataclass(eq=False, repr=False)
class Classifier(Predictor):
    """Learns from labelled sequences; answers with the most probable labels.

    Texts stand in tables (CSV, TSV, JSON, Parquet, .xlsx), DNA in FASTA, sounds in a folder with one folder a label,
    series of numbers in .ts, .npz, or tables without a head: a label and numbers in each row.
    Of an example of more than 4,096 steps training reads a window of so many, drawn anew each time.

    >>> from unrolled import Classifier, Training
    >>> texts, moods = ["good film", "bad film", "good day", "bad day"] * 5, [1, 0, 1, 0] * 5
    >>> quick = Training(epochs=30, batch=4, learning_rate=0.02)
    >>> model = Classifier(width=8, embedding=8, training=quick).fit(texts, moods, valid=(texts, moods), show=False)
    >>> model.predict(["good film", "bad film"])
    array([1, 0])
    >>> model.predict("good film", n=1)[0].label
    '1'
    """

    columns: str = option(
        "text,label",
        "of a table: the columns of input and label, or numbers (2,1) if it has no headings; of one with a row for "
        "each step of a series: id,time,value,label",
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
    embedding: int | None = option(None, "length of the word vectors: 128, or that of those in the file", 1, 65_536)
    convolution: int | None = option(
        None,
        "steps that a convolution in front of the recurrence sees; 9 of series of 18 steps or more, else 0",
        0,
        4_096,
    )
    context: int = option(30, "steps that the dense network sees", 1, 4_096)
    bidirectional: bool = option(True, "read from the end, too")
    pooling: str | None = option(None, "how steps become one vector; else max, of aligned DNA middle", choices=POOLINGS)
    dropout: float | None = option(
        None, "share of features dropped while training; 0.5 where not given, of letters and numbers 0.2", 0.0, 1.0
    )
    varied: bool = option(True, "at random while training, words are hidden, sounds and series distorted")
    balanced: bool = option(False, "rare labels count as much as frequent ones")
    mixture: bool = option(
        True,
        "answers mix the network, if it reads whole inputs, with the baseline, by a share chosen on validation",
    )
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
    adjustable: ClassVar[tuple[str, ...]] = (
        "columns",
        "group",
        "delimiter",
        "dropout",
        "varied",
        "balanced",
        "mixture",
    )

    def recipe(self) -> Labelling:
        """The input of the examples, the network of the settings, and the best baseline for that input beside it."""
        return Labelling(self, partial(label_network, self), BEST, self.answer)

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
        if self.delimiter is not None:
            check_delimiter(self.delimiter)
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

    def fit(self, X: Any, y: Any = None, *, groups: Any = None, valid: Any = None, **how: Any) -> Self:
        """Learn from inputs X and their labels y, from a frame with both, or from a path or several; see `Task.fit`.

        Inputs are texts, sequences of numbers (T, D) or (T,), of which an array (N, T, D) or (N, T) holds N, or clips
        (samples, rate): a list, an array, a generator, or a series or frame of pandas or polars. Of ``groups``, a name
        for each input, all of one are learnt from or all validated on. ``valid`` is data for early stopping: (X, y), or
        as X alone.
        """
        train = self._data(X, y, groups)
        kind = train.kind if isinstance(train, Examples) else None
        return super().fit(train, valid=self._pair(valid, kind), **how)

    def tune(self, X: Any, y: Any = None, *, groups: Any = None, valid: Any = None, **how: Any) -> Self:
        """A new model that starts from the weights of this one, with data as for `fit`; see `Task.tune`."""
        kind = self.input_.kind
        return super().tune(self._data(X, y, groups, kind), valid=self._pair(valid, kind), **how)

    def evaluate(self, X: Any, y: Any = None, *, encoding: str = "utf-8", show: bool | None = None) -> Evaluation:
        """Measure on inputs X and their labels y, or on other data as for `fit`, beside the baseline."""
        return super().evaluate(self._data(X, y, None, self.input_.kind), encoding=encoding, show=show)

    @overload
    def predict(self, X: str, n: int = 3) -> list[Label]: ...
    @overload
    def predict(self, X: Any, n: int = 3) -> Any: ...
    def predict(self, X: Any, n: int = 3) -> Any:
        """Of one input its ``n`` most probable labels, most probable first; of several an array (N,) of labels.

        One input is a text, an array (T,) or (T, D) of the width learnt, a path or a clip (samples, rate). A list, an
        array (N, T, D), a series or a frame holds several: the answer is an array of the most probable label of each,
        in the type that labels had, as scikit-learn expects it. `predict_many` gives ``n`` answers to each of several.
        """
        X = list(X) if isinstance(X, Iterator) else X
        if self.input_.is_one(X):
            return super().predict(X, n)
        return self.classes_[self.predict_proba(X).argmax(1)]

    def predict_proba(self, X: Any) -> NDArray[np.floating]:
        """The calibrated probability (N, C) of each of ``classes_`` for each of several inputs."""
        input = self.input_
        X = list(X) if isinstance(X, Iterator) else X
        X = [X] if input.is_one(X) else items(X, column=self._names[0])
        encoded = []
        for number, raw in enumerate(X):
            try:
                encoded.append(input.example(raw))
            except InputError as error:
                raise InputError(f"input {number}: {error}") from None
        return self.probabilities(encoded)

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """The share of inputs whose most probable label is the right one: the accuracy, without the baseline."""
        examples = self._data(X, y, None, self.input_.kind)
        if not isinstance(examples, Examples):
            return super().evaluate(examples).metrics["accuracy"]
        right = self.predict_proba(examples.inputs).argmax(1) == self._known.encode(examples)
        return float(np.average(right, weights=sample_weight))

    @property
    def classes_(self) -> NDArray[np.generic]:
        """The labels (C,) in the type they came in, sorted: the columns of `predict_proba`."""
        self._check_fitted()
        return self._known.values

    def __sklearn_tags__(self) -> "Tags":
        from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

        reads = InputTags(three_d_array=True)  # what the checks feed; texts are read, too
        return Tags("classifier", TargetTags(required=True), classifier_tags=ClassifierTags(), input_tags=reads)

    @property
    def _names(self) -> list[str]:
        """The columns of the input and of its label."""
        return [name.strip() for name in self.columns.split(",")]

    def _pair(self, valid: Any, kind: str | None) -> Any:
        """Data for validation: a pair of inputs and labels as examples, all else as it is."""
        pair = isinstance(valid, tuple) and len(valid) == 2 and not all(isinstance(part, str | Path) for part in valid)
        inputs, labels = valid if pair else (valid, None)
        return None if valid is None else self._data(inputs, labels, None, kind)

    def _data(self, inputs: Any, labels: Any, groups: Any, kind: str | None = None) -> Any:
        """Inputs with labels, or a frame with both, as examples; paths and examples as they are."""
        if labels is not None:
            return labelled(inputs, labels, groups, kind=kind, columns=self._names)
        if groups is not None:
            raise InputError("groups without labels; expected inputs, labels and groups, as many of each")
        check_paths(inputs)
        return of_frame(inputs, self._names, self.group, kind) or inputs

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
