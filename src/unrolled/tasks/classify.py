"""Which label has a sequence: texts, DNA, sounds or numbers; beside logistic regression over a bag of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from unrolled import kernels
from unrolled.arrays import NUMPY
from unrolled.baselines.linear import LogisticRegression
from unrolled.cells import CELLS
from unrolled.data.augment import CHANGES
from unrolled.data.batches import Batches
from unrolled.data.labels import Labels, read_labels
from unrolled.errors import InputError
from unrolled.inference.listener import Label, Listener, Reading
from unrolled.inference.session import Session
from unrolled.inputs import VECTORIZERS, Sound, Words, make_encoder, restore_encoder
from unrolled.layers import POOLINGS
from unrolled.metrics.classification import best_temperature, classification_scores
from unrolled.models import BagClassifier, DenseClassifier, RecurrentClassifier, rows_at_once, vectors
from unrolled.models import Classifier as Model
from unrolled.progress import track
from unrolled.settings import option
from unrolled.sources.labelled import LABELLED, Examples, labelled, read_examples
from unrolled.storage.model_folder import ModelFolder
from unrolled.tasks.base import Evaluation, Task

if TYPE_CHECKING:
    from unrolled.training import Log

__all__ = ["Classifier", "Label"]

HELD_OUT = 0.1  # share of the examples for validation where none are named
TOGETHER = 64  # inputs answered in one batch at most
BASELINES = {"text": "TF-IDF", "dna": "one-hot", "sound": "mean and spread", "numbers": "mean and spread"}


@dataclass(eq=False)
class Classifier(Task):
    """Learns from labelled sequences; answers with the most probable labels.

    Texts stand in tables (CSV, TSV, JSON lines, Parquet), DNA in FASTA, sounds in a folder with one folder a label.
    """

    columns: str = option("text,label", "of a table: the columns of the input and of its label")
    vectorizer: str | None = option(
        None,
        "how words become numbers; learned where not given. count and tf-idf keep no order",
        choices=tuple(VECTORIZERS),
    )
    vectors: str | None = option(None, "a file of word vectors (word2vec, GloVe) to start from")
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
    reads: ClassVar[str] = LABELLED
    unit: ClassVar[str] = "examples"
    adjustable: ClassVar[tuple[str, ...]] = ("columns", "dropout", "varied", "balanced")

    def fit(self, data: Any, labels: Sequence[Any] | None = None, **how: Any) -> Self:
        """Learn from a path, several, or from inputs with ``labels``: texts, or arrays (T, D). Else as `Task.fit`."""
        return super().fit(data if labels is None else labelled(data, labels), **how)

    def predict(self, given: Any, n: int = 3) -> list[Label]:
        """The ``n`` most probable labels of an input, most probable first."""
        return self.predict_many([given], n)[0]

    def predict_many(self, inputs: Sequence[Any], n: int = 3) -> list[list[Label]]:
        """`predict` of each input."""
        self._check_fitted()
        probabilities = self.probabilities([self.encoder_.encode(given) for given in inputs])
        return [self._reading.top(row, n) for row in probabilities]

    def stream(self) -> Listener:
        """A reader of an input as it comes; see `unrolled.inference.Listener`."""
        self._check_fitted()
        return Listener(self._reading)

    def session(self) -> Session:
        """A conversation; see `unrolled.inference.Session`."""
        self._check_fitted()
        sounding = self.encoder_.sounding() if isinstance(self.encoder_, Sound) else None
        return Session(self._reading, self.kind_, sounding)

    def facts(self) -> dict[str, Any]:
        recurrent = {"cell": self.cell, "bidirectional": self.bidirectional} if self.model == "recurrent" else {}
        return {"reads": self.kind_, "labels": self.labels_, **recurrent}

    @property
    def _reading(self) -> Reading:
        return Reading(self._model(), self.weights_, self.encoder_, self.labels_, self.temperature_)

    def probabilities(self, encoded: Sequence[Any], show: bool | None = False) -> NDArray[np.floating]:
        """Encoded inputs → probabilities (N, C), calibrated; ``labels_`` names the columns."""
        return kernels.softmax(self._scores(encoded, show) / self.temperature_)

    def _scores(self, encoded: Sequence[Any], show: bool | None = False) -> NDArray[np.float64]:
        model, scores = self._model(), np.zeros((len(encoded), len(self.labels_)))
        if not len(encoded):
            return scores
        together = rows_at_once(model, max(map(len, encoded)), TOGETHER)
        batches = Batches(encoded, np.zeros(len(encoded), np.int64), self.encoder_.collate, together)
        blocks = ((len(rows), (rows, batch)) for rows, batch in batches.all())
        for rows, (inputs, lengths, _) in track(blocks, len(encoded), "measuring the network", show, self.unit):
            read = vectors(NUMPY, model, self.weights_, inputs)
            scores[rows] = model.scores(NUMPY, self.weights_, read, lengths)
        return scores

    def evaluate(self, data: Any, encoding: str = "utf-8", show: bool | None = None) -> Evaluation:
        """Measure on labelled examples beside logistic regression; see `classification_scores`."""
        self._check_fitted()
        examples = self._read(data, encoding)
        targets, encoded = examples.targets(self.labels_), self._encoded(examples)
        network = classification_scores(self.probabilities(encoded, show), targets)
        simple = kernels.softmax(self.baseline_.scores([self.encoder_.document(one) for one in encoded]))
        most = int(np.argmax(self.counts_))
        share = f"{float((targets == most).mean()):.2%} have the label {self.labels_[most]}, the most frequent one"
        remark = f"{len(targets):,} examples; {share}"
        return Evaluation(network, classification_scores(simple, targets), self._baseline_name, remark)

    def steps(self, given: Any) -> tuple[list[str], NDArray[np.float32]]:
        self._check_fitted()
        inputs, _ = self.encoder_.collate([self.encoder_.encode(given)])
        return self.encoder_.names(given), vectors(NUMPY, self._model(), self.weights_, inputs)[0]

    def remark(self, text: str) -> str:
        known = self.kind_ != "text" or self.encoder_.encode(text).any()
        return "" if known else f"none of the words of {text!r:.80} is in the model's vocabulary"

    def read_input(self, path: Path) -> Any:
        return path if self.kind_ == "sound" else super().read_input(path)

    def describe(self) -> str:
        """One line on what the model is."""
        what, features = f"{len(self.labels_)} labels of {self.kind_}", self.encoder_.width
        read = f"word vectors of {self.embedding}" if self.encoder_.vocabulary else f"vectors of {features}"
        if self.model == "bag":
            return f"{what}: the mean of {read}: any order is the same to it"
        if self.model == "dense":
            return f"{what}: dense network over {self.context} {read}: it grows with that window"
        both = ", in both directions" if self.bidirectional else ""
        return f"{what}: {self.layers} × {self.width} {self.cell} units over {read}{both}: the same for any length"

    def summary(self) -> str:
        at, frequent = self.fitted_, float(self.counts_.max() / self.counts_.sum())
        hint = "\nthat is no better than always saying the most frequent label: train longer"
        hint = hint if self.accuracy_ <= frequent else ""
        return (
            f"{self.accuracy_:.1%} of the validation part right, loss {at.loss:.3f} after {at.steps:,} steps, "
            f"{at.seconds:,.0f} s; {self._baseline_name}: loss {at.baseline_loss:.3f}{hint}"
        )

    @property
    def _baseline_name(self) -> str:
        return f"{BASELINES[self.kind_]} + logistic regression"

    def _check(self) -> None:
        super()._check()
        if self.columns.count(",") != 1 or not all(name.strip() for name in self.columns.split(",")):
            raise InputError(f"columns is {self.columns!r}; expected two names, as in text,label")
        if self.model == "recurrent" and self.vectorizer in ("count", "tf-idf"):
            raise InputError(
                f"vectorizer is {self.vectorizer}, model recurrent: such vectors keep no order for a memory to read; "
                "take --model bag or dense, or --vectorizer one-hot, word2vec or learned"
            )
        if self.pooling == "middle" and not self.bidirectional:
            raise InputError("pooling is middle, bidirectional False: one direction would see half; expected both")
        if self.vectors is not None and self.vectorizer not in (None, "learned", "word2vec"):
            raise InputError(f"vectors is {self.vectors}, vectorizer {self.vectorizer}; expected learned or word2vec")

    def _model(self) -> Model:
        encoder, classes = self.encoder_, len(self.labels_)
        width = self.embedding if encoder.vocabulary else encoder.width
        usual = 0.5 if self.kind_ in ("text", "sound") else 0.2  # a letter tells much that no other letter tells
        read = encoder.vocabulary, width, classes, usual if self.dropout is None else self.dropout
        if self.model == "bag":
            return BagClassifier(*read)
        if self.model == "dense":
            context = 1 if self.vectorizer in ("count", "tf-idf") else self.context
            return DenseClassifier(*read, self.width, context)
        return RecurrentClassifier(*read, (self.width,) * self.layers, self.cell, self.bidirectional, self.pooling)

    def _read(self, data: Any, encoding: str) -> Examples:
        if isinstance(data, Examples):
            return data
        return read_examples(data, [name.strip() for name in self.columns.split(",")], encoding)

    def _prepare(self, data: Any, valid: Any, encoding: str, place: Path, log: "Log") -> tuple[Any, float]:
        train, held_out = self._parted(data, valid, encoding, place, log)
        self.kind_, self.labels_ = train.kind, train.classes()
        log.stage("learning the vocabulary")
        how = self.vectorizer or (self.vectors and "learned")
        self.encoder_ = make_encoder(train, how, self.tokens, self.vocabulary)
        initial = self._model().initial(np.random.default_rng(self.training.seed))
        if isinstance(self.encoder_, Words) and (self.vectors or self.vectorizer == "word2vec"):
            log.stage("learning word vectors")
            start = self.encoder_.start(train.inputs, self.vectors, self.embedding, self.training.seed)
            initial.words["vectors"] = start
        return self._problem(initial, train, held_out, log)

    def _prepare_tuning(self, data: Any, valid: Any, encoding: str, place: Path, log: "Log") -> tuple[Any, float]:
        train, held_out = self._parted(data, valid, encoding, place, log)
        return self._problem(self.weights_, train, held_out, log)

    def _parted(self, data: Any, valid: Any, encoding: str, place: Path, log: "Log") -> tuple[Examples, Examples]:
        """What to learn from and what to validate on: all of it, where a tenth of each label is not one example."""
        log.stage("reading the examples")
        train = self._read(data, encoding)
        (place / "train.bin").write_text(train.checksum(), encoding="ascii")  # the run's identity
        if valid is None:
            rest, held_out = train.split(HELD_OUT, self.training.seed)
            return (rest, held_out) if len(held_out) else (train, train)
        held_out = self._read(valid, encoding)
        (place / "valid.bin").write_text(held_out.checksum(), encoding="ascii")
        return train, held_out

    def _problem(self, initial: Any, train: Examples, held_out: Examples, log: "Log") -> tuple[Any, float]:
        from unrolled.training import Classification

        targets, valid_targets = train.targets(self.labels_), held_out.targets(self.labels_)
        encoded, valid = self._encoded(train), self._encoded(held_out)
        self.counts_ = np.bincount(targets, minlength=len(self.labels_))
        log.stage("fitting the baseline")
        documents = [self.encoder_.document(one) for one in encoded]
        self.baseline_ = LogisticRegression.fit(documents, targets, self.encoder_.features, len(self.labels_))
        simple = kernels.softmax(self.baseline_.scores([self.encoder_.document(one) for one in valid]))
        occurring = np.maximum(self.counts_, 1)
        weights = len(targets) / (len(self.labels_) * occurring) if self.balanced else np.ones(len(self.labels_))
        how = self.encoder_.collate, self.training.batch, self.training.seed
        change = CHANGES.get(self.kind_) if self.varied else None
        batches = Batches(encoded, targets, *how, change), Batches(valid, valid_targets, *how)
        problem = Classification(self._model(), initial, *batches, weights)
        return problem, classification_scores(simple, valid_targets)["loss"]

    def _finish(self, problem: Any) -> None:
        """How sure the answers are is set by one number, on the validation part (Guo et al. 2017)."""
        scores, targets = self._scores(problem.valid.encoded), problem.valid.targets
        self.accuracy_ = float((scores.argmax(1) == targets).mean())
        self.temperature_ = best_temperature(scores, targets)

    def _encoded(self, examples: Examples) -> list[Any]:
        if examples.kind != self.kind_:
            raise InputError(
                f"{examples.where[0]}: {examples.kind}; expected {self.kind_}, what the model was made for"
            )
        return examples.encoded(self.encoder_.encode)

    def _items(self) -> int:
        return int(self.counts_.sum())

    def _parts(self) -> tuple[dict[str, Mapping[str, NDArray[Any]]], dict[str, str]]:
        arrays, texts = self.encoder_.saved()
        about = Labels(self.kind_, self.labels_, self.counts_.tolist(), self.temperature_, self.accuracy_)
        texts = {**texts, "labels.json": about.to_json()}
        return {"encoder": arrays, "baseline": self.baseline_.arrays()}, texts

    def _restore(self, bundle: ModelFolder) -> None:
        saved = read_labels(bundle.text("labels.json"), f"{bundle.folder}/labels.json")
        self.kind_, self.labels_, self.counts_ = saved.kind, saved.labels, np.array(saved.counts, np.int64)
        self.temperature_, self.accuracy_ = saved.temperature, saved.accuracy
        tokenizer = bundle.text("tokenizer.json") if "tokenizer.json" in bundle.files else ""
        self.encoder_ = restore_encoder(self.kind_, self.vectorizer, bundle.tensors("encoder"), tokenizer)
        arrays = bundle.tensors("baseline")
        self.baseline_ = LogisticRegression.from_arrays(arrays, self.encoder_.features, len(self.labels_))
