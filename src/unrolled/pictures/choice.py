"""Which way to read pictures suits them."""

from collections.abc import Sequence
from statistics import median

import numpy as np

from unrolled.pictures.pixels import SIZES, Pixels
from unrolled.pictures.pretrained import PRETRAINED
from unrolled.pictures.reader import PictureReader, RawPicture
from unrolled.sources.pictures import read_picture

__all__ = ["ENCODERS", "learn_reader"]

ENCODERS = (*PRETRAINED, "cnn")
_LOOKED_AT = 40  # pictures, spread over all, by which the encoder is chosen
_LARGEST = 64  # pixels on a side of what a small network reads, if nothing else is asked for


def learn_reader(encoder: str | None, size: int | None, pictures: Sequence[RawPicture]) -> PictureReader:
    """A reader of these pictures: ``encoder`` is one of `ENCODERS`, or None for what suits them."""
    sizes = [picture.shape[:2] for picture in _some(pictures)]
    return Pixels.learn(pictures, _size(sizes) if size is None else size)


def _some(pictures: Sequence[RawPicture]) -> list[np.ndarray]:
    return [read_picture(raw) for raw in pictures[:: -(-len(pictures) // _LOOKED_AT)]]


def _size(sizes: Sequence[tuple[int, int]]) -> int:
    """The size that pictures have, within bounds."""
    return min(max(round(median(map(max, sizes))), SIZES[0]), _LARGEST)
