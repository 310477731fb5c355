"""DNA as the probabilities of four bases at each place: a letter that stands for several is shared among them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.data.batches import pad
from unrolled.errors import InputError
from unrolled.inputs.base import LONGEST, Document
from unrolled.sources import dna

__all__ = ["Letters"]

_TRIPLES = 64


class Letters:
    """IUPAC letters → (T, 4). ``length`` is that of all training sequences as read, if all are equal, else 0."""

    vocabulary, width = 0, 4

    def __init__(self, length: int) -> None:
        self.length = length

    @classmethod
    def fit(cls, sequences: Sequence[str]) -> "Letters":
        """Learn whether all are equally long: then a baseline may know each place."""
        lengths = {min(len(sequence), LONGEST) for sequence in sequences}
        return cls(lengths.pop() if len(lengths) == 1 else 0)

    @classmethod
    def restored(cls, arrays: Mapping[str, NDArray[Any]]) -> "Letters":
        """From what `saved` gave; InputError for anything else."""
        length = arrays["length"]
        if length.shape != (1,) or length.dtype.kind != "i" or not 0 <= length[0] <= LONGEST:
            raise InputError(f"the encoder's length is {length!r:.80}; expected a whole number from 0 to {LONGEST:,}")
        return cls(int(length[0]))

    def saved(self) -> tuple[Mapping[str, NDArray[Any]], Mapping[str, str]]:
        return {"length": np.array([self.length])}, {}

    @property
    def features(self) -> int:
        return 4 * self.length or _TRIPLES

    def encode(self, given: Any) -> NDArray[np.float32]:
        """Probabilities (T, 4) of A, C, G, T; InputError for a letter that IUPAC does not know."""
        if not isinstance(given, str) or not given.strip():
            raise InputError(f"the input is {given!r:.80}; expected a sequence of DNA letters")
        read = dna.vectors(dna.encode("".join(given.split())))
        return read[:LONGEST]

    def names(self, given: Any) -> list[str]:
        return list("".join(given.split()).upper())[:LONGEST]

    def collate(self, encoded: Sequence[Any]) -> tuple[NDArray[Any], NDArray[np.int64]]:
        return pad(encoded)

    def document(self, encoded: Any) -> Document:
        """Each place's probabilities, or, of sequences of any length, the shares of the 64 triples."""
        if self.length:
            values = np.zeros((self.length, 4), np.float32)
            values[: len(encoded)] = encoded[: self.length]
        elif len(encoded) < 3:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        else:
            triples = np.einsum("ta,tb,tc->abc", encoded[:-2], encoded[1:-1], encoded[2:])
            values = (triples / (len(encoded) - 2)).astype(np.float32)
        return np.arange(self.features), values.ravel()
