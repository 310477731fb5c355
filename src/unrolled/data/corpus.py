"""Corpora: sequences from which a model learns what comes next, encoded and ready to be cut into windows."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.data.music_windows import PieceWindows
from unrolled.data.windows import Windows
from unrolled.errors import InputError

__all__ = ["Block", "Corpus", "FrameCorpus"]

Frames = NDArray[np.bool_]


class Block(NamedTuple):
    """A stretch of one sequence: what is read (T, ...), what comes next (T, ...), and whether the sequence begins."""

    inputs: NDArray[Any]
    targets: NDArray[Any]
    first: bool


class Corpus(Protocol):
    """An encoded corpus."""

    def __len__(self) -> int:
        """Items: tokens, or frames."""

    def fingerprint(self) -> str:
        """A checksum of all items; a run on other data has another one."""

    def split(self) -> tuple[Self, Self]:
        """The part to learn from and the part held out for validation; InputError where there is too little."""

    def first(self, items: int) -> Self:
        """The first so many items."""

    def windows(self, batch: int, window: int, seed: int) -> Windows:
        """The windows that training reads."""

    def blocks(self, outcomes: int) -> Iterator[Block]:
        """Every item as a target once, in order; the more ``outcomes`` are computed for each, the shorter a block."""


class FrameCorpus:
    """Pieces of music as frames (T, K) of the keys that sound; ``where`` names each, for messages."""

    held_out = 0.1  # share of the pieces for validation where none are named

    def __init__(self, pieces: Sequence[Frames], where: Sequence[str]) -> None:
        self.pieces, self.where = pieces, where

    def __len__(self) -> int:
        return sum(map(len, self.pieces))

    def fingerprint(self) -> str:
        """sha256 over the lengths of the pieces and all frames."""
        digest = hashlib.sha256(np.array([len(piece) for piece in self.pieces], "<u4").tobytes())
        digest.update(np.packbits(np.concatenate(self.pieces), axis=1).tobytes())
        return digest.hexdigest()

    def split(self) -> tuple["FrameCorpus", "FrameCorpus"]:
        """The last tenth of the pieces is held out; InputError where there is only one."""
        if len(self.pieces) < 2:
            raise InputError(
                f"{self.where[0]}: the only piece; expected at least 2, one to learn from and one to validate on"
            )
        cut = len(self.pieces) - max(1, round(len(self.pieces) * self.held_out))
        return FrameCorpus(self.pieces[:cut], self.where[:cut]), FrameCorpus(self.pieces[cut:], self.where[cut:])

    def first(self, items: int) -> "FrameCorpus":
        """The first so many frames; of the last piece perhaps only its beginning."""
        starts = np.cumsum([0, *map(len, self.pieces)])[:-1].tolist()
        pieces = [piece[: items - start] for piece, start in zip(self.pieces, starts, strict=True) if start < items]
        return FrameCorpus(pieces, self.where[: len(pieces)])

    def windows(self, batch: int, window: int, seed: int) -> PieceWindows:
        """The windows that training reads."""
        return PieceWindows(self.pieces, batch, window, seed)

    def blocks(self, outcomes: int) -> Iterator[Block]:
        """A block for each piece; before its first frame stands silence."""
        for piece in self.pieces:
            before = np.concatenate([np.zeros((1, piece.shape[1]), np.float32), piece[:-1].astype(np.float32)])
            yield Block(before, piece, True)
