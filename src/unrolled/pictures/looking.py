"""Photos as a network sees them that others trained on many: what it finds in each cell of a grid."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.layers import Dense
from unrolled.models.picture_encoder import GridEncoder
from unrolled.pictures.features import features_of
from unrolled.pictures.pretrained import Pretrained
from unrolled.pictures.reader import RawPicture, Recent, Seen, key_of, spread, too_small
from unrolled.pictures.runtime import Run, runner
from unrolled.sources.pictures import read_picture, scaled, square
from unrolled.storage.files import CACHE

__all__ = ["Looking"]

_FILE = "encoder"
_MEASURED = 100  # pictures, by which features are scaled


class Looking:
    """Pictures as a pretrained network sees them."""

    def __init__(self, network: Pretrained) -> None:
        self._network = network
        self._recent = Recent()
        self._mirrored: dict[Hashable, NDArray[np.float16]] = {}

    def __reduce__(self) -> tuple[type["Looking"], tuple[Pretrained]]:
        return Looking, (self._network,)

    @classmethod
    def learn(cls, name: str, pictures: Sequence[RawPicture]) -> Self:
        """The network of this name, with its features scaled by those of some of the pictures.

        Its weights are rounded to what is saved of them, so that a loaded model sees the same.
        """
        network = Pretrained.from_package(name)
        run = runner(network.network, network.params)
        found = np.concatenate([run(scaled(raw, network.size)[None])[0] for raw in spread(pictures, _MEASURED)])
        network = network.standardised(found.mean(0), found.std(0))
        return cls(Pretrained.restore(name, network.save(), name))

    @property
    def name(self) -> str:
        """See `PictureReader`."""
        return self._network.name

    @property
    def grid(self) -> tuple[int, int]:
        """See `PictureReader`."""
        return self._network.network.grid(self._network.size, self._network.size)

    def encoder(self, width: int, dropout: float) -> GridEncoder:
        """See `PictureReader`."""
        return GridEncoder(Dense(self._network.network.outputs, width), dropout)

    @cached_property
    def _run(self) -> Run:
        return runner(self._network.network, self._network.params)

    def read(self, raw: RawPicture) -> Seen:
        """See `PictureReader`: float16 (S, F)."""
        key = key_of(raw)
        return self._recent.get(key) or self._recent.keep(key, self._seen(raw))

    def _seen(self, raw: RawPicture) -> Seen:
        size = self._network.size
        picture = read_picture(raw, least=2 * size)
        return Seen(self._run(square(picture, size)[None])[0].astype(np.float16), picture.shape[:2])

    def prepare(self, pictures: Sequence[RawPicture], folder: Path, varied: bool) -> None:
        """See `PictureReader`: features are found once, and stay in the folder."""
        different, size = {key_of(raw): raw for raw in pictures}, (self._network.size,) * 2
        raws, folder = list(different.values()), folder / CACHE
        folder.mkdir(exist_ok=True)
        found = features_of(raws, self._network, folder)
        self._recent.ready = {key: Seen(found[row], size) for row, key in enumerate(different)}
        if varied:
            found = features_of(raws, self._network, folder, mirrored=True)
            self._mirrored = {key: found[row] for row, key in enumerate(different)}

    def release(self) -> None:
        """See `PictureReader`."""
        self._recent, self._mirrored = Recent(), {}

    def varied(self, raw: RawPicture, mirrors: bool, rng: np.random.Generator) -> NDArray[Any]:
        """See `PictureReader`: half of the pictures are mirrored that may be."""
        mirrored = self._mirrored.get(key_of(raw)) if mirrors and rng.random() < 0.5 else None
        return self.read(raw).values if mirrored is None else mirrored

    def plain(self, raw: RawPicture) -> NDArray[np.float32]:
        """The mean of what is found in all cells."""
        mean: NDArray[np.float32] = self.read(raw).values.mean(0, dtype=np.float32)
        return mean

    def about(self, raw: RawPicture) -> str:
        """See `PictureReader`."""
        return too_small(self.read(raw).size, self._network.size)

    def saved(self) -> dict[str, object]:
        """What `restore` reads, beside `tensors`."""
        return {"encoder": self.name}

    def tensors(self) -> Mapping[str, Mapping[str, NDArray[Any]]]:
        """The network's weights, so that a model needs no package."""
        return {_FILE: self._network.save()}

    @classmethod
    def restore(cls, name: str, read: Callable[[str], Mapping[str, NDArray[Any]]]) -> Self:
        """The inverse of `saved` and `tensors`, of which ``read`` gives those of a file."""
        return cls(Pretrained.restore(name, read(_FILE), f"{_FILE}.safetensors"))
