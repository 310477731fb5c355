"""What a model reads of a picture: its pixels, or what a network that others trained finds in it."""

import os
from collections import OrderedDict
from collections.abc import Hashable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.models.encoder_decoder import Encoder
from unrolled.sources.picture_decoding import is_pillow
from unrolled.sources.pictures import Picture, read_picture

__all__ = ["PictureReader", "RawPicture", "Recent", "Seen", "checked_picture", "key_of", "spread", "too_small"]

RawPicture = str | bytes | Picture
"""A path, the bytes of a file, or RGB (H, W, 3)."""
_RECENT = 256  # pictures


class Seen(NamedTuple):
    """What a model reads of a picture: (H, W, C) uint8 or (S, F) float16; and its height and width before that."""

    values: NDArray[Any]
    size: tuple[int, int]


class PictureReader(Protocol):
    """A way to read pictures."""

    @property
    def name(self) -> str:
        """That of the encoder, for people."""

    def encoder(self, width: int, dropout: float) -> Encoder:
        """What learns together with the decoder; ``width`` features of a cell, where it may choose them."""

    @property
    def grid(self) -> tuple[int, int]:
        """Rows and columns of the cells that a model looks at."""

    def read(self, raw: RawPicture) -> Seen:
        """A picture as the model reads it."""

    def prepare(self, pictures: Sequence[RawPicture], folder: Path, varied: bool) -> None:
        """Read pictures before they are asked for, ``varied`` or not; ``folder`` may keep what took long."""

    def release(self) -> None:
        """Forget what was made ready."""

    def varied(self, raw: RawPicture, mirrors: bool, rng: np.random.Generator) -> NDArray[Any]:
        """A picture as the model reads it, changed at random; left and right only where it ``mirrors``."""

    def plain(self, raw: RawPicture) -> NDArray[np.float32]:
        """A vector by which pictures are compared."""

    def about(self, raw: RawPicture) -> str:
        """A warning, mostly empty."""

    def saved(self) -> Mapping[str, object]:
        """What JSON may hold of it."""

    def tensors(self) -> Mapping[str, Mapping[str, NDArray[Any]]]:
        """Arrays by file name."""


def checked_picture(raw: Any) -> RawPicture:
    """A path as a text, bytes, or an array (H, W, 3) of any way to give a picture; InputError for anything else."""
    if isinstance(raw, str | Path):
        return str(raw)
    if isinstance(raw, bytes | bytearray):
        return bytes(raw)
    if isinstance(raw, np.ndarray) or is_pillow(raw):
        return read_picture(raw)
    raise InputError(f"the input is {type(raw).__name__}; expected a picture: a path, bytes, an array or an image")


def key_of(raw: RawPicture) -> Hashable:
    """What tells a picture from others: of a file its path, and when it was written."""
    if isinstance(raw, str):
        try:
            about = os.stat(raw)
        except (OSError, ValueError):  # said where it is read
            return raw
        return raw, about.st_mtime_ns, about.st_size
    if isinstance(raw, bytes):
        return sha256(raw).digest()
    return raw.shape, sha256(np.ascontiguousarray(raw).data).digest()


class Recent:
    """Pictures that were read: those that were made ready before, and the last ones."""

    def __init__(self) -> None:
        self.ready: dict[Hashable, Seen] = {}
        self._last: OrderedDict[Hashable, Seen] = OrderedDict()

    def get(self, key: Hashable) -> Seen | None:
        """What was seen of a picture, while it is known."""
        return self.ready.get(key) or self._last.get(key)

    def keep(self, key: Hashable, seen: Seen) -> Seen:
        """The same, known until many others are read."""
        self._last[key] = seen
        while len(self._last) > _RECENT:
            self._last.popitem(last=False)
        return seen


def spread(pictures: Sequence[RawPicture], most: int) -> Sequence[RawPicture]:
    """At most so many of the pictures, from all parts."""
    return pictures[:: -(-len(pictures) // most)]


def too_small(size: tuple[int, int], side: int) -> str:
    """A warning of a picture of this height and width, where a model reads ``side`` pixels each way."""
    height, width = size
    if 2 * min(size) >= side:
        return ""
    return f"the picture has {width:,} × {height:,} pixels; the model reads {side} × {side}: details are missing"
