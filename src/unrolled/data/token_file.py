"""Token ids in a flat file that is mapped into memory, so that a corpus may exceed it."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from unrolled.data.corpus import Block
from unrolled.data.windows import TokenWindows
from unrolled.errors import InputError
from unrolled.storage.files import replace_file
from unrolled.text.tokens import END, UNKNOWN, Tokenizer

__all__ = ["TokenFile", "write_tokens"]

HELD_OUT = 0.1  # share of the text for validation where none is named,
HELD_OUT_TOKENS = 100_000  # but no more than this
LONGEST_BLOCK, OUTCOMES = 128, 2**21  # of a block that is measured: steps, and probabilities in memory at once
_BLOCK = 1 << 20  # ids read at a time


@dataclass(frozen=True)
class TokenFile:
    """A file of ids: every paragraph followed by END, little endian, two bytes an id up to V = 65,536, else four.

    `ids` (N,) is mapped read-only, nothing is read before it is used; `counts` (V,) says how often each id occurs. A
    part of a file, as `split` gives it, has a part of the ids. It is a `Corpus`.
    """

    path: Path
    ids: NDArray[Any]
    counts: NDArray[np.int64]

    @classmethod
    def open(cls, path: str | Path, vocabulary_size: int) -> "TokenFile":
        """Open a written file again, and count its ids block by block.

        Raises InputError where the file is missing, empty, cut off, or holds an id outside the vocabulary.
        """
        path, dtype = Path(path), _dtype(vocabulary_size)
        counts = np.zeros(vocabulary_size, np.int64)
        try:
            size = path.stat().st_size
            if size == 0 or size % dtype.itemsize:
                raise InputError(
                    f"{path}: {size} bytes are no whole number of {dtype.itemsize}-byte tokens, at least 1"
                )
            with path.open("rb") as file:
                while len(block := np.frombuffer(file.read(_BLOCK * dtype.itemsize), dtype)):
                    if block.max() >= vocabulary_size:
                        raise InputError(f"{path}: token {block.max()} is outside the vocabulary of {vocabulary_size}")
                    counts += np.bincount(block, minlength=vocabulary_size)
            return cls(path, np.memmap(path, dtype, mode="r"), counts)
        except OSError as error:
            raise InputError(f"{path}: cannot read the token file: {error.strerror}") from None

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def unknown_rate(self) -> float:
        """The share of the tokens, ends of paragraphs not counted, that are unknown."""
        return float(self.counts[UNKNOWN] / max(len(self) - self.counts[END], 1))

    def fingerprint(self) -> str:
        """sha256 of the whole file."""
        with self.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def split(self, held_out: float | None = None) -> tuple["TokenFile", "TokenFile"]:
        """Two parts, training and validation: the last paragraphs, about the share `held_out` of the tokens.

        Without a share that is a tenth, but no more than 100,000 tokens. The cut is the end of a paragraph nearest to
        the share, or the share itself where a single paragraph leaves no choice. Raises InputError where either part
        would have fewer than two tokens.
        """
        share = min(HELD_OUT, HELD_OUT_TOKENS / len(self)) if held_out is None else held_out
        if not 0 < share < 1:
            raise InputError(f"the share held out for validation must lie between 0 and 1, not {share}")
        wanted = round(len(self) * (1 - share))
        cut = self._nearest_end(wanted)
        if not 2 <= cut <= len(self) - 2:
            cut = wanted
        if not 2 <= cut <= len(self) - 2:
            raise InputError(f"{len(self)} tokens are too few to hold out a share of {share}; give more text")
        last = np.bincount(self.ids[cut:], minlength=len(self.counts))
        return (
            TokenFile(self.path, self.ids[:cut], self.counts - last),
            TokenFile(self.path, self.ids[cut:], last),
        )

    def first(self, items: int) -> "TokenFile":
        """The first so many tokens."""
        ids = self.ids[:items]
        return TokenFile(self.path, ids, np.bincount(ids, minlength=len(self.counts)))

    def windows(self, batch: int, window: int, seed: int) -> TokenWindows:
        """What training reads; the order is that of the text, whatever the seed."""
        return TokenWindows(self.ids, batch, window)

    def blocks(self, outcomes: int) -> Iterator[Block]:
        """The text as one stream that begins with END, in blocks of at most 128 tokens."""
        size = max(1, min(LONGEST_BLOCK, OUTCOMES // outcomes))
        before = np.array([END])
        for start in range(0, len(self), size):
            targets = self.ids[start : start + size].astype(np.int64)
            yield Block(np.concatenate([before, targets[:-1]]), targets, start == 0)
            before = targets[-1:]

    def _nearest_end(self, wanted: int) -> int:
        """The position after the END nearest to a position, looked for in ever wider surroundings; 0 where none is."""
        reach = 1 << 12
        while True:
            start = max(wanted - reach, 0)
            ends = start + 1 + np.flatnonzero(self.ids[start : wanted + reach] == END)
            inner = ends[ends < len(self)]
            if len(inner):
                return int(inner[np.argmin(np.abs(inner - wanted))])
            if reach >= len(self):
                return 0
            reach *= 8


def write_tokens(path: str | Path, paragraphs: Iterable[str], tokenizer: Tokenizer) -> TokenFile:
    """Encode paragraphs into a new token file, END after each; what is in memory is a block, never the text.

    Paragraphs without tokens are left out. The file appears when it is whole. Raises InputError where no paragraph has
    tokens or the file cannot be written.
    """
    path, dtype = Path(path), _dtype(len(tokenizer))
    counts = np.zeros(len(tokenizer), np.int64)

    def write(file: BinaryIO) -> None:
        for ids in _blocks(tokenizer.encode_paragraphs(paragraphs)):
            np.add(counts, np.bincount(ids, minlength=len(tokenizer)), out=counts)
            file.write(ids.astype(dtype).tobytes())
        if not counts.any():
            raise InputError("no text: every paragraph is empty")

    replace_file(path, write)
    return TokenFile(path, np.memmap(path, dtype, mode="r"), counts)


def _blocks(paragraphs: Iterable[NDArray[np.int64]]) -> Iterator[NDArray[np.int64]]:
    """The paragraphs with END after each, joined to blocks worth a call."""
    end = np.array([END], np.int64)
    waiting: list[NDArray[np.int64]] = []
    held = 0
    for ids in paragraphs:
        if not len(ids):
            continue
        waiting += [ids, end]
        held += len(ids)
        if held >= _BLOCK:
            yield np.concatenate(waiting)
            waiting, held = [], 0
    if waiting:
        yield np.concatenate(waiting)


def _dtype(vocabulary_size: int) -> np.dtype[Any]:
    return np.dtype("<u2" if vocabulary_size <= 1 << 16 else "<u4")
