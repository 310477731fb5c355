"""The base of the kinds of input: raw examples → arrays and back, and all else that depends on the kind."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from unrolled import progress
from unrolled.data.batches import pad
from unrolled.errors import InputError
from unrolled.inputs.features import Features
from unrolled.inputs.ruler import Ruler
from unrolled.settings import Layout
from unrolled.sources.in_memory import is_collection
from unrolled.sources.rows import Row, folder_rows
from unrolled.storage.files import read_text
from unrolled.storage.model_folder import ModelFolder
from unrolled.text.vectorizers import SparseVector

__all__ = [
    "LONGEST",
    "MOST",
    "Arrays",
    "Document",
    "ExampleSettings",
    "Input",
    "Keys",
    "LiveInput",
    "Steps",
    "stored",
]

LONGEST = 4_096  # steps that are read together: training takes windows of so many, all else reads on from there
MOST = 1 << 20  # steps read of one input, which take a minute or so

Arrays = Mapping[str, NDArray[Any]]
Steps = NDArray[Any]
"""An encoded input: ids (T,) or vectors (T, D)."""
Document = SparseVector
"""A sparse vector: the places of its entries that are not zero, and their values."""
Keys = Mapping[str, tuple[type, ...]]
"""The keys that a message may have, and the types of each."""


class LiveInput(Protocol):
    """Turns messages, each with a piece of an input, into steps."""

    @property
    def pending(self) -> bool:
        """Whether it keeps a part of the input that is in no step yet."""

    def fresh(self) -> "LiveInput":
        """A new one that has read nothing."""

    def read(self, message: Mapping[str, Any]) -> Steps:
        """The steps that are complete after a message, whose keys are those of the input."""


class ExampleSettings(Protocol):
    """The settings of a classifier that concern its input."""

    columns: str
    vectorizer: str | None
    vectors: str | None
    embedding: int | None
    tokens: str
    vocabulary: int


class Input(ABC):
    """One kind of input. Its steps are ids below ``vocabulary``, for which the model has vectors, or, where that is 0,
    vectors of ``width`` features."""

    kind: ClassVar[str]
    """Its name in saved folders and in the server's answers."""
    kept: ClassVar[str] = ""
    """What a model reads of it, for people; empty where a vectorizer decides."""
    vectorizers: ClassVar[tuple[str | None, ...]] = (None,)
    """The ways in which a classifier may turn its steps into numbers; None leaves it to the input."""
    nearest: ClassVar[bool] = False
    """Whether the distance between the steps of two inputs says how alike they are."""
    dropout: ClassVar[float] = 0.2
    """The usual dropout of a classifier of such inputs."""
    pooling: str = "max"
    """How a classifier that reads both ways makes one vector of its steps, if nothing else is asked for."""
    convolution: int = 0
    """The steps that a convolution in front of a classifier's recurrence sees; 0 for none."""
    suffixes: ClassVar[tuple[str, ...]] = ()
    """What the names of files with such an input end in; empty where that tells nothing."""
    stored_as_file: ClassVar[bool] = False
    """Whether an example is a file: `predict @FILE` passes its path on."""

    # In requests to the server
    raw_type: ClassVar[Any] = str
    """The type of one raw input in a JSON body."""
    raw_example: ClassVar[Any] = "the sky is"
    """A raw input that shows what such inputs look like; None where it is a file."""
    noun: ClassVar[str] = "text"
    """The word for one raw input in messages."""
    media_types: ClassVar[tuple[str, ...]] = ()
    """The content types of a request whose body is the raw input itself, not JSON."""
    message_keys: ClassVar[Keys] = {"text": (str,), "erase": (int,), "append": (str,)}
    """The keys that a session's message may have beside those of every message, and their types."""
    message_characters: ClassVar[int] = 200
    """A message counts as one more for each so many characters."""

    word_width: int | None = None
    """The length of its word vectors, where a file of them sets it."""
    beginning: Steps = np.zeros(0, np.int64)
    """Steps that a stream reads before every input."""
    summed: bool = False
    """Whether `expand` makes one vector of all steps, so that none can be read without the others."""

    @property
    @abstractmethod
    def vocabulary(self) -> int:
        """The number of ids; 0 where steps are vectors."""

    @property
    @abstractmethod
    def width(self) -> int:
        """The number of features of a vector."""

    def is_one(self, raw: Any) -> bool:
        """Whether ``raw`` is one input, not a collection of several."""
        return not is_collection(raw)

    @abstractmethod
    def encode(self, raw: Any) -> Steps:
        """The steps of a raw input; InputError for one that cannot be read."""

    @abstractmethod
    def names(self, raw: Any) -> list[str]:
        """The name of each step, for people."""

    @abstractmethod
    def learn(self, raw: Any) -> None:
        """Learn from the raw inputs of the training part what encoding needs, such as a vocabulary."""

    @abstractmethod
    def saved(self) -> tuple[Arrays, dict[str, str]]:
        """What was learnt, to be saved: arrays by name, and texts by file name."""

    @abstractmethod
    def restore(self, folder: ModelFolder) -> None:
        """The inverse of `saved`: read a model folder; InputError where it does not fit."""

    @classmethod
    def of_examples(cls, settings: "ExampleSettings") -> Self:
        """The input of a classifier with these settings; InputError for a vectorizer that is not for such inputs."""
        name = settings.vectorizer or (settings.vectors and "learned")
        if name not in cls.vectorizers:
            raise InputError(f"vectorizer is {name}, the inputs are {cls.kind}; {name} vectors are for text alone")
        return cls()

    def expand(self, steps: Steps) -> Steps:
        """Encoded steps → what the model reads: ids, or vectors (T, D)."""
        return steps

    def collate(self, encoded: Sequence[Steps]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        """Encoded inputs → ids (B, T) or vectors (B, T, D), lengths (B,)."""
        return pad([self.expand(steps) for steps in encoded])

    def example(self, raw: Any) -> Steps:
        """`encode` for a whole input: its first million steps, or so; InputError where it has none."""
        steps = self.encode(raw)
        if not len(steps):
            raise InputError(self.empty(raw))
        return self.bounded(steps)

    def bounded(self, steps: Steps, end: bool = False) -> Steps:
        """The first MOST steps of an input, or the last for what goes on at its ``end``; a remark on what is left out.

        All of an input that `expand` sums up.
        """
        if self.summed or len(steps) <= MOST:
            return steps
        side, left_out = "last" if end else "first", len(steps) - MOST
        progress.remark(f"an input has {len(steps):,} steps: the {side} {MOST:,} are read, {left_out:,} are left out")
        return steps[-MOST:] if end else steps[:MOST]

    def empty(self, raw: Any) -> str:
        """The error message for an input without steps."""
        return f"{raw!r:.80} is empty; expected a {self.noun}"

    def trace(self, raw: Any) -> tuple[list[str], Steps]:
        """The names of the steps that inspection shows, and these steps."""
        return self.names(raw), self.example(raw)

    def ruler(self, raw: Any) -> Ruler | None:
        """Where the steps stand, if they are places and not words."""
        return None

    def augment(self, steps: Steps, rng: np.random.Generator) -> Steps:
        """The steps of an input changed at random, for training; most kinds change nothing."""
        return steps

    @property
    def augments(self) -> bool:
        """Whether `augment` changes anything."""
        return type(self).augment is not Input.augment

    def random(self, rng: np.random.Generator, steps: int) -> NDArray[np.float32]:
        """Random steps for a model that reads vectors: features of mean 0 and variance 1."""
        return rng.normal(size=(steps, self.width)).astype(np.float32)

    @property
    def features(self) -> Sequence[Features]:
        """The ways in which a baseline may see the whole input as one vector. The first is that of version 0.1.0."""
        raise InputError(f"{self.kind} has no features for a baseline")

    def starts_from_vectors(self, path: str | None) -> bool:
        """Whether its word vectors are to start from known ones, such as those of the file at ``path``."""
        return False

    def start_vectors(
        self, raw: Sequence[Any] | None, path: str | None, rng: np.random.Generator, width: int, seed: int
    ) -> NDArray[np.float64]:
        """Word vectors (V, width) to start from: those of the file at ``path``, or learnt from raw inputs."""
        raise InputError(f"{self.kind} has no word vectors")

    def read_file(self, path: Path) -> Any:
        """The raw input in a file: its text, or its path where ``stored_as_file``."""
        return path if self.stored_as_file else read_text(path)

    def several(self, path: Path, layout: Layout) -> Iterator[Row] | None:
        """The raw inputs in a file or folder that holds several, each with its columns; None where it is one input."""
        return folder_rows(path, self.read_file, self.suffixes) if path.is_dir() else None

    def remark(self, raw: Any) -> str:
        """A warning about an input, such as that none of its words is known; mostly empty."""
        return ""

    def from_media(self, content: bytes, longest: float) -> tuple[Any, float]:
        """The raw input in a request of one of ``media_types``, and its seconds; InputError beyond ``longest``."""
        raise InputError(f"{self.kind} is not sent as a file")

    def live(self) -> LiveInput | None:
        """The reader of an input that comes piece by piece; None for a text, which is edited."""
        return None


def stored(arrays: Arrays, name: str, kind: str) -> NDArray[Any]:
    """An array that an input was saved with; InputError where it is missing."""
    if name not in arrays:
        raise InputError(f"the encoder of {kind} lacks {name!r}")
    return arrays[name]
