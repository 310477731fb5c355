"""The face that all vectorizers have, that of a transformer of scikit-learn."""

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.settings import option
from unrolled.text.cutting import words

__all__ = ["Arrays", "NO_WORD", "OverWords", "Vectorizer", "numbered", "packed", "unpacked"]

Arrays = Mapping[str, NDArray[Any]]
NO_WORD = "no word to learn from: every text is empty"


@dataclass(eq=False)
class Vectorizer(ABC):
    """Base of the vectorizers: fields are settings, as in scikit-learn; attributes ending in ``_`` are learnt."""

    lowercase: bool = option(True, "all letters are made small")
    keeps_order: ClassVar[bool]

    @property
    @abstractmethod
    def width(self) -> int:
        """Features of a vector."""

    @abstractmethod
    def fit(self, texts: Iterable[str], y: Any = None) -> Self:
        """Learn from texts; ``y`` is not used. Raises InputError where they hold no word."""

    @abstractmethod
    def transform(self, texts: Iterable[str]) -> Any:
        """The vectors of texts: a scipy CSR matrix (N, V), float32, or `Sequences` of N arrays (T, width)."""

    @abstractmethod
    def arrays(self) -> dict[str, NDArray[Any]]:
        """What was learnt."""

    @abstractmethod
    def _restore(self, arrays: Arrays) -> None:
        """Set what was learnt from `arrays`."""

    @classmethod
    def from_arrays(cls, arrays: Arrays, **settings: Any) -> Self:
        """The fitted vectorizer of these settings whose `arrays` these are; InputError for others."""
        made = cls(**settings)
        made._restore(arrays)
        return made

    def words(self, text: str) -> list[str]:
        """The words of a text: of a sequence, what its steps are."""
        return words(text, self.lowercase)

    def fit_transform(self, texts: Iterable[str], y: Any = None) -> Any:
        """`fit` and `transform` of the same texts."""
        texts = list(texts)
        return self.fit(texts, y).transform(texts)

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The settings by name."""
        return {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def set_params(self, **params: Any) -> Self:
        """Change settings; InputError on a name there is not."""
        for name, value in params.items():
            if name not in self.get_params():
                known = ", ".join(self.get_params())
                raise InputError(f"{type(self).__name__} has no setting {name!r:.80}; it has {known}")
            setattr(self, name, value)
        return self

    def __sklearn_tags__(self) -> Any:
        from sklearn.utils import InputTags, Tags, TargetTags, TransformerTags

        reads = InputTags(one_d_array=True, two_d_array=False, string=True)
        return Tags(None, TargetTags(required=False), TransformerTags(), input_tags=reads)

    def __sklearn_is_fitted__(self) -> bool:
        return any(name.endswith("_") for name in vars(self))

    def _cut(self, texts: Iterable[str]) -> list[list[str]]:
        """The words of each text; InputError for what is no text."""
        if isinstance(texts, str):
            raise InputError(f"texts is the one text {texts!r:.80}; expected a list of texts")
        found = []
        for number, text in enumerate(texts):
            if not isinstance(text, str):
                raise InputError(f"text {number} is {text!r:.80}; expected a str")
            found.append(self.words(text))
        return found

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise InputError(f"this {type(self).__name__} has learnt nothing yet; call fit first")


@dataclass(eq=False)
class OverWords(Vectorizer):
    """Base of those whose columns are the words of a learnt vocabulary, ``vocabulary_``."""

    vocabulary: int | None = option(None, "the most frequent words alone, at most so many", 1)

    @property
    def width(self) -> int:
        self._check_fitted()
        return len(self.vocabulary_)

    def arrays(self) -> dict[str, NDArray[Any]]:
        self._check_fitted()
        return {"tokens": packed(self.vocabulary_)}

    def _restore(self, arrays: Arrays) -> None:
        self.vocabulary_: dict[str, int] = unpacked(arrays)


def numbered(tokens: Iterable[str]) -> dict[str, int]:
    """The column of each word."""
    return {token: number for number, token in enumerate(tokens)}


def packed(tokens: Iterable[str]) -> NDArray[np.uint8]:
    """Words, none of which has a line break in it, as the bytes of their lines."""
    return np.frombuffer("\n".join(tokens).encode(), np.uint8)


def unpacked(arrays: Arrays) -> dict[str, int]:
    """The words in the array `tokens` by number; InputError where it is not what `packed` made."""
    tokens = arrays.get("tokens")
    if tokens is None or tokens.dtype != np.uint8:
        raise InputError("a vectorizer without its tokens; expected an array of bytes")
    try:
        lines = tokens.tobytes().decode().split("\n")
    except UnicodeDecodeError as error:
        raise InputError(f"the tokens of a vectorizer are not valid utf-8 at byte {error.start}") from None
    found = numbered(lines)
    if len(found) < len(lines) or "" in found:
        raise InputError(f"the tokens of a vectorizer are {len(found)} of {len(lines)} words; expected each once")
    return found
