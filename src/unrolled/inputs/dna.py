"""DNA as the probabilities of four bases at each place: a letter that stands for several is shared among them."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.inputs.base import LONGEST, Arrays, Document, Input, Steps, stored
from unrolled.inputs.features import BREAK, Features, Fixed, Grams
from unrolled.inputs.ruler import Ruler
from unrolled.settings import Layout
from unrolled.sources import dna
from unrolled.sources.rows import Row, fasta_rows, is_fasta, is_table, table_rows
from unrolled.storage.model_folder import ModelFolder

__all__ = ["Dna"]

_TRIPLES = 64
_RUN = 6


class Dna(Input):
    """IUPAC letters → (T, 4).

    ``length`` is that of the training sequences where all are equally long, and no longer than is read together, so
    that a baseline may know each place; else it is 0.
    """

    kind = "dna"
    raw_example = "ACGTTGCA"
    kept = "which base stands where"
    vectorizers: ClassVar[tuple[str | None, ...]] = (None, "one-hot")
    vocabulary = 0
    width = 4

    def __init__(self) -> None:
        self.length = 0

    def learn(self, raw: Any) -> None:
        """Learn whether all sequences are equally long."""
        lengths = {len(sequence) for sequence in raw}
        self.length = lengths.pop() if len(lengths) == 1 and max(lengths) <= LONGEST else 0

    def saved(self) -> tuple[Arrays, dict[str, str]]:
        """The length."""
        return {"length": np.array([self.length])}, {}

    def restore(self, folder: ModelFolder) -> None:
        """Take the length from a model folder."""
        length = stored(folder.tensors("encoder"), "length", self.kind)
        if length.shape != (1,) or length.dtype.kind != "i" or not 0 <= length[0] <= LONGEST:
            raise InputError(f"the encoder's length is {length!r:.80}; expected a whole number from 0 to {LONGEST:,}")
        self.length = int(length[0])

    @property
    def pooling(self) -> str:  # type: ignore[override]
        """Where each place means the same, as around a splice site, what both directions say in the middle.

        It was better than the maximum on splice junctions and on promoters, whose signals lie far from the middle.
        """
        return "middle" if self.length else "max"

    @property
    def features(self) -> Sequence[Features]:
        """The probabilities at each place, or shares of triples; and what runs of up to six letters there are."""
        fixed = Fixed("one-hot", self.document, 4 * self.length or _TRIPLES)
        return fixed, Grams(f"TF-IDF of 1 to {_RUN} letters", _letters, _RUN)

    def encode(self, raw: Any) -> NDArray[np.float32]:
        """Probabilities (T, 4) of A, C, G, T; InputError for a letter that IUPAC does not know."""
        if not isinstance(raw, str) or not raw.strip():
            raise InputError(f"the input is {raw!r:.80}; expected a sequence of DNA letters")
        return dna.vectors(dna.encode("".join(raw.split())))

    def several(self, path: Path, layout: Layout) -> Iterator[Row] | None:
        """The records of a FASTA file, the rows of a table, or the files of a folder."""
        if is_table(path):
            return table_rows(path, layout)
        return fasta_rows(path, layout.encoding) if is_fasta(path) else super().several(path, layout)

    def names(self, raw: Any) -> list[str]:
        """The letters."""
        return list("".join(raw.split()).upper())

    def ruler(self, raw: Any) -> Ruler:
        """Positions from 1."""
        return Ruler("position", 1, 1)

    def document(self, steps: Steps) -> Document:
        """The probabilities at each place; for sequences of different lengths, the shares of the 64 triples."""
        if self.length:
            values = np.zeros((self.length, 4), np.float32)
            values[: len(steps)] = steps[: self.length]
        elif len(steps) < 3:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        else:
            triples = np.einsum("ta,tb,tc->abc", steps[:-2], steps[1:-1], steps[2:])
            values = (triples / (len(steps) - 2)).astype(np.float32)
        return np.arange(values.size), values.ravel()


def _letters(steps: Steps) -> NDArray[np.int64]:
    """The numbers of the letters; one that stands for several is a break."""
    return np.where(steps.max(1) == 1, steps.argmax(1), BREAK)
