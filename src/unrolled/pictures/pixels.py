"""Small pictures as they are: their pixels, in colour or in shades of grey, for a network that learns from them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.data.augment_pictures import vary
from unrolled.errors import InputError
from unrolled.layers import Dense
from unrolled.models.picture_encoder import PictureEncoder
from unrolled.models.picture_network import small_network
from unrolled.pictures.reader import RawPicture, Recent, Seen, key_of, too_small
from unrolled.progress import track
from unrolled.sources.pictures import Picture, read_picture, square

__all__ = ["SIZES", "Pixels"]

SIZES = 16, 256
"""Pixels on a side, at least and at most."""
FEATURES = 128
"""Of a cell, at most: what the network costs grows with their square."""
_COMPARED = 16  # pixels on a side of what pictures are compared by
_LUMA = np.array([299, 587, 114], np.uint32)  # thousandths of red, green and blue in brightness (ITU-R BT.601)


class Pixels:
    """Pictures scaled to ``size`` × ``size`` × ``channels``: 3, or 1 where none of those learnt from had a colour."""

    def __init__(self, size: int, channels: int) -> None:
        self.size, self.channels = size, channels
        self._recent = Recent()

    def __reduce__(self) -> tuple[type["Pixels"], tuple[int, int]]:
        return Pixels, (self.size, self.channels)

    @classmethod
    def learn(cls, pictures: Sequence[RawPicture], size: int) -> Self:
        """Read all pictures; they stay ready until `release`."""
        pixels = cls(size, 3)
        pixels.prepare(pictures, Path(), False)
        ready = pixels._recent.ready
        if all(_is_grey(seen.values) for seen in ready.values()):
            pixels.channels = 1
            ready.update({key: seen._replace(values=seen.values[:, :, :1]) for key, seen in ready.items()})
        return pixels

    name: ClassVar[str] = "cnn"

    def encoder(self, width: int, dropout: float) -> PictureEncoder:
        """See `PictureReader`."""
        network = small_network(self.channels, self.size, min(width, FEATURES))
        return PictureEncoder(network, Dense(network.outputs, width))

    @property
    def grid(self) -> tuple[int, int]:
        """See `PictureReader`."""
        return small_network(self.channels, self.size).grid(self.size, self.size)

    def read(self, raw: RawPicture) -> Seen:
        """See `PictureReader`: uint8 (H, W, C)."""
        key = key_of(raw)
        return self._recent.get(key) or self._recent.keep(key, self._seen(raw))

    def _seen(self, raw: RawPicture) -> Seen:
        picture = read_picture(raw, least=2 * self.size)
        values = square(picture, self.size)
        return Seen(values if self.channels == 3 else _grey(values), picture.shape[:2])

    def prepare(self, pictures: Sequence[RawPicture], folder: Path, varied: bool) -> None:
        """See `PictureReader`; nothing of it takes so long that it had to be kept in a folder."""
        different, ready = {key_of(raw): raw for raw in pictures}, self._recent.ready
        missing = [(1, (key, raw)) for key, raw in different.items() if key not in ready]
        for key, raw in track(missing, len(missing), "reading the pictures", unit="pictures"):
            ready[key] = self._seen(raw)

    def release(self) -> None:
        """See `PictureReader`."""
        self._recent = Recent()

    def varied(self, raw: RawPicture, mirrors: bool, rng: np.random.Generator) -> NDArray[Any]:
        """See `PictureReader`: it is moved, leant, bolder or finer, but never mirrored, as letters are not."""
        return vary(self.read(raw).values, rng)

    def plain(self, raw: RawPicture) -> NDArray[np.float32]:
        """The mean brightness of each of some squares, row by row."""
        values = self.read(raw).values.mean(2, dtype=np.float32)
        step = -(-self.size // _COMPARED)
        edge = np.pad(values, ((0, -self.size % step),) * 2, mode="edge")
        means: NDArray[np.float32] = edge.reshape(len(edge) // step, step, -1, step).mean((1, 3), dtype=np.float32)
        return means.ravel() / np.float32(255)

    def about(self, raw: RawPicture) -> str:
        """See `PictureReader`."""
        return too_small(self.read(raw).size, self.size)

    def saved(self) -> dict[str, object]:
        """What `restore` reads."""
        return {"encoder": self.name, "size": self.size, "channels": self.channels}

    def tensors(self) -> Mapping[str, Mapping[str, NDArray[Any]]]:
        """None: its network's weights are the model's own."""
        return {}

    @classmethod
    def restore(cls, saved: Mapping[str, object], where: str) -> Self:
        """The inverse of `saved`; InputError for anything else."""
        size, channels = saved.get("size"), saved.get("channels")
        if type(size) is int and type(channels) is int and SIZES[0] <= size <= SIZES[1] and channels in (1, 3):
            return cls(size, channels)
        raise InputError(f"{where} has {size!r:.40} and {channels!r:.40} as size and channels; save the model again")


def _is_grey(picture: Picture) -> bool:
    return bool((picture == picture[:, :, :1]).all())


def _grey(picture: Picture) -> Picture:
    if _is_grey(picture):
        return picture[:, :, :1]
    return ((picture @ _LUMA)[:, :, None] // 1000).astype(np.uint8)
