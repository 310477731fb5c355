"""What stands between raw examples and arrays: all that is asked of one kind of input.

`Input` is what every task asks; `Generative` is asked, too, where a model goes on with its input.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.data.batches import pad
from unrolled.data.corpus import Corpus
from unrolled.errors import InputError
from unrolled.settings import Decoding
from unrolled.sources.midi import Tune
from unrolled.storage.files import read_text
from unrolled.storage.model_folder import ModelFolder
from unrolled.text.vectorizers import SparseVector

__all__ = [
    "LONGEST",
    "Arrays",
    "Document",
    "ExampleSettings",
    "Generative",
    "Input",
    "Keys",
    "LiveInput",
    "Steps",
    "stored",
]

LONGEST = 4_096  # steps read of an example; what comes after is left out

Arrays = Mapping[str, NDArray[Any]]
Steps = NDArray[Any]
"""An encoded input: ids (T,) or vectors (T, D)."""
Document = SparseVector
"""A vector of which only what is not zero is kept: places and values."""
Keys = Mapping[str, tuple[type, ...]]
"""The keys that a message may have, and the types of each."""


class LiveInput(Protocol):
    """What turns messages that bring an input bit by bit into its steps."""

    def fresh(self) -> "LiveInput":
        """Another one that has read nothing."""

    def read(self, message: Mapping[str, Any]) -> Steps:
        """The steps that are complete with a message, which has the input's keys."""


class ExampleSettings(Protocol):
    """What a classifier may set of its input."""

    vectorizer: str | None
    vectors: str | None
    tokens: str
    vocabulary: int


class Input(ABC):
    """One kind of input. Ids of ``vocabulary`` entries that the model has vectors for, or, where that is 0, vectors of
    ``width`` features."""

    kind: ClassVar[str]
    """Its name in saved folders, and in what the server says of a model."""
    baseline: ClassVar[str] = ""
    """What `document` holds, for people."""
    kept: ClassVar[str] = ""
    """What a model reads of it, for people; empty where a vectorizer decides."""
    vectorizers: ClassVar[tuple[str | None, ...]] = (None,)
    """How a classifier may turn its steps into numbers; None leaves it to the input."""
    dropout: ClassVar[float] = 0.2
    """How much of its features a classifier drops while training, where no setting says so."""
    stored_as_file: ClassVar[bool] = False
    """Whether an example is a file: `predict @FILE` passes its path on."""

    # How it comes to the server
    raw_type: ClassVar[Any] = str
    """The type of one raw input in a JSON body."""
    raw_example: ClassVar[Any] = "the sky is"
    """A raw input that shows what such inputs look like; None where it is a file."""
    noun: ClassVar[str] = "text"
    """What one raw input is called in messages."""
    media_types: ClassVar[tuple[str, ...]] = ()
    """The content types of a request that is one raw input itself, in place of JSON."""
    message_keys: ClassVar[Keys] = {"text": (str,), "erase": (int,), "append": (str,)}
    """What a session's message may bring, beside what every message may have."""
    message_characters: ClassVar[int] = 200
    """Characters of a message that count as one message more."""

    beginning: Steps = np.zeros(0, np.int64)
    """Steps that stand before every input."""

    @property
    @abstractmethod
    def vocabulary(self) -> int:
        """Entries with ids; 0 for vectors."""

    @property
    @abstractmethod
    def width(self) -> int:
        """Features of a vector."""

    @abstractmethod
    def encode(self, raw: Any) -> Steps:
        """A raw input as its steps; InputError for one that cannot be read."""

    @abstractmethod
    def names(self, raw: Any) -> list[str]:
        """What stands at each step, for a person."""

    @abstractmethod
    def learn(self, raw: Any) -> None:
        """Learn what is not trained, such as a vocabulary, from the raw inputs of the training part."""

    @abstractmethod
    def saved(self) -> tuple[Arrays, dict[str, str]]:
        """What was learnt: arrays, and texts by file name."""

    @abstractmethod
    def restore(self, folder: ModelFolder) -> None:
        """Take what `saved` gave from a model folder; InputError for anything else."""

    @classmethod
    def of_examples(cls, settings: "ExampleSettings") -> Self:
        """The input of a classifier with these settings; InputError for a vectorizer that is not for such inputs."""
        name = settings.vectorizer or (settings.vectors and "learned")
        if name not in cls.vectorizers:
            raise InputError(f"vectorizer is {name}, the inputs are {cls.kind}; {name} vectors are for text alone")
        return cls()

    def expand(self, steps: Steps) -> Steps:
        """Encoded steps → what the model reads of them."""
        return steps

    def collate(self, encoded: Sequence[Steps]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Encoded inputs → ids (B, T) or vectors (B, T, D), lengths (B,)."""
        return pad([self.expand(steps) for steps in encoded])

    def example(self, raw: Any) -> Steps:
        """`encode` for an example with a target: at most the first LONGEST steps; InputError where it has none."""
        steps = self.encode(raw)[:LONGEST]
        if not len(steps):
            raise InputError(self.empty(raw))
        return steps

    def empty(self, raw: Any) -> str:
        """What is to be said of an input without steps."""
        return f"{raw!r:.80} is empty; expected a {self.noun}"

    def trace(self, raw: Any) -> tuple[list[str], Steps]:
        """The steps that inspection shows, and their names."""
        return self.names(raw)[:LONGEST], self.example(raw)

    def augment(self, steps: Steps, rng: np.random.Generator) -> Steps:
        """The same input changed at random, for training; most kinds stay as they are."""
        return steps

    @property
    def augments(self) -> bool:
        """Whether `augment` changes anything."""
        return type(self).augment is not Input.augment

    def random(self, rng: np.random.Generator, steps: int) -> NDArray[np.float32]:
        """So many steps as a model of vectors may read them: features of mean 0 and variance 1."""
        return rng.normal(size=(steps, self.width)).astype(np.float32)

    def documents(self, encoded: Sequence[Steps]) -> list[Document]:
        """`document` of each."""
        return [self.document(steps) for steps in encoded]

    @property
    def features(self) -> int:
        """Entries of the vector that `document` gives."""
        raise InputError(f"{self.kind} has no bag of features")

    def document(self, steps: Steps) -> Document:
        """The whole input as one vector, for a baseline without a network."""
        raise InputError(f"{self.kind} has no bag of features")

    def read_file(self, path: Path) -> Any:
        """What `predict` takes, from a file: mostly its text."""
        return path if self.stored_as_file else read_text(path)

    def remark(self, raw: Any) -> str:
        """What is to be said of an input beside the answer; mostly nothing."""
        return ""

    def from_media(self, content: bytes, longest: float) -> tuple[Any, float]:
        """The raw input in a request of one of ``media_types``, and its seconds; InputError beyond ``longest``."""
        raise InputError(f"{self.kind} is not sent as a file")

    def live(self) -> LiveInput | None:
        """For an input that comes bit by bit and is never taken back; None where it is a text that is edited."""
        return None


class Generative(Input):
    """An input that a model can go on with: it is learnt from a corpus, and what comes next is one of ``outcomes``."""

    unit: ClassVar[str] = "tokens"
    """What a corpus consists of."""
    headline: ClassVar[str] = "perplexity"
    """The measure of a fit's summary."""

    @property
    @abstractmethod
    def outcomes(self) -> int:
        """What may come next: tokens, or keys that sound."""

    @property
    @abstractmethod
    def blind_guess(self) -> tuple[float, str]:
        """The loss of a guess without any knowledge, in nats, and that guess in words."""

    @abstractmethod
    def read(self, data: Any, part: str, encoding: str) -> Any:
        """What ``data`` holds, its ``part`` train, valid or test where it has parts: what `learn` and `corpus` take."""

    @abstractmethod
    def corpus(self, raw: Any, path: Path) -> Corpus:
        """What `read` gave, encoded; ``path`` is where a corpus may be kept that is too large for memory."""

    @abstractmethod
    def decode(self, steps: Sequence[Steps]) -> str:
        """Encoded steps as text."""

    @abstractmethod
    def choose(self, scores: NDArray[np.float32], decoding: Decoding, rng: np.random.Generator) -> Steps:
        """One step (1, ...) drawn by its scores (K,)."""

    def own_validation(self, data: Any) -> Any:
        """The part of ``data`` that is meant for validation, or None."""
        return None

    def count(self, train: Corpus) -> None:
        """Note what is to be known of the part that is learnt from, such as how often each token occurs."""

    def start(self, train: Corpus, output: NDArray[np.float64]) -> None:
        """Set the bias of the output layer (K,) so that step 0 knows how frequent each outcome is."""

    def measures(self, scores: dict[str, float], corpus: Corpus) -> dict[str, float]:
        """What is to be said beside a task's measures of a corpus."""
        return {}

    def described(self, corpus: Corpus, scores: dict[str, float]) -> str:
        """What a corpus is that was measured."""
        return f"{len(corpus):,} {self.unit}"

    def continued(self, text: str, steps: Iterator[Steps], count: int) -> str:
        """``text`` and ``count`` further steps."""
        raise NotImplementedError

    def play(self, text: str, steps: Iterator[Steps], seconds: float) -> Tune:
        """The music of ``text`` and of as many steps as last for ``seconds``; InputError where it makes none."""
        raise InputError(f"a model of {self.noun} makes no music; expected one fitted with `unrolled fit compose`")


def stored(arrays: Arrays, name: str, kind: str) -> NDArray[Any]:
    """One of the arrays that an input of a kind was saved as; InputError where it is missing."""
    if name not in arrays:
        raise InputError(f"the encoder of {kind} lacks {name!r}")
    return arrays[name]
