"""Features of many pictures, found once: a cache beside a run, with which a stopped run goes on.

NETWORK.keys      the checksum of each picture's content, 32 bytes
NETWORK.features  the features of each, float16, in the same order

A row counts once its key is written, after it: whatever a kill leaves half-written is done again.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.pictures.pretrained import Pretrained
from unrolled.pictures.runtime import runner
from unrolled.progress import track
from unrolled.sources.media_file import read_media
from unrolled.sources.picture_decoding import LARGEST
from unrolled.sources.pictures import read_picture, scaled

__all__ = ["Features", "features_of"]

_BLOCK = 16  # pictures from one writing to the next
_KEY = sha256().digest_size


@dataclass(frozen=True)
class Features:
    """An array (N, S, F) of which the file holds each different row once; an index reads its rows alone."""

    rows: NDArray[np.float16]
    order: NDArray[np.int64]

    @property
    def shape(self) -> tuple[int, ...]:
        """Pictures, cells, features."""
        return len(self.order), *self.rows.shape[1:]

    def __len__(self) -> int:
        return len(self.order)

    def __getitem__(self, index: Any) -> NDArray[np.float16]:
        return np.asarray(self.rows[self.order[index]])


def features_of(
    pictures: Sequence[Any],
    network: Pretrained,
    cache_folder: str | Path,
    mirrored: bool = False,
    where: Sequence[str] | None = None,
    show: bool | None = None,
) -> Features:
    """What the network finds in each picture: a path, bytes, an array of uint8 or an image of pillow.

    A picture whose content the folder has seen before costs its reading alone. With ``mirrored`` left and right change
    places first. ``where`` says of each picture where it was named. Raises InputError for one that cannot be read; what
    was found before it is kept, as it is when the run is stopped.
    """
    names = [None] * len(pictures) if where is None else list(where)
    keys = [_key(raw, name) for raw, name in zip(pictures, names, strict=True)]
    cache = _Cache(
        Path(cache_folder), network.fingerprint + "-mirrored" * mirrored, (network.cells, network.network.outputs)
    )
    known = cache.known()
    missing = {key: at for at, key in reversed(list(enumerate(keys))) if key not in known}
    if missing:
        todo = sorted(missing.values())
        found = _found(pictures, names, todo, network, mirrored)
        cache.add(track(found, len(todo), "looking at the pictures", show, "pictures"), [keys[at] for at in todo])
        known = cache.known()
    return Features(cache.rows(len(known)), np.array([known[key] for key in keys], np.int64))


def _content(raw: Any, where: str | None) -> Any:
    """The bytes of a file; whatever is no file as it is."""
    if not isinstance(raw, str | Path):
        return raw
    try:
        return read_media(Path(raw), LARGEST, "picture")
    except InputError as error:
        raise InputError(str(error) if where is None else f"{where}: {error}") from None


def _key(raw: Any, where: str | None) -> bytes:
    content = _content(raw, where)
    if isinstance(content, bytes | bytearray | memoryview):
        return sha256(content).digest()
    picture = read_picture(content, where)
    return sha256(str(picture.shape).encode() + np.ascontiguousarray(picture).data).digest()


def _found(
    pictures: Sequence[Any], names: Sequence[str | None], todo: Sequence[int], network: Pretrained, mirrored: bool
) -> Iterator[tuple[int, NDArray[np.float16]]]:
    """Blocks of features of the pictures to do, in order, each found by a thread of its own."""
    run = runner(network.network, network.params)

    def one(at: int) -> NDArray[np.float16]:
        name = names[at] or (str(pictures[at]) if isinstance(pictures[at], str | Path) else f"picture {at + 1}")
        picture = scaled(pictures[at], network.size, where=name)
        if mirrored:
            picture = picture[:, ::-1]
        features: NDArray[np.float16] = run(picture[None])[0].astype(np.float16)
        if not np.isfinite(features).all():
            raise InputError(f"{name}: what {network.name} finds in it is not finite; leave the picture out")
        return features

    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for first in range(0, len(todo), _BLOCK):
            block = list(threads.map(one, todo[first : first + _BLOCK]))
            yield len(block), np.stack(block)


class _Cache:
    """The two files of a network; ``shape`` is that of a row."""

    def __init__(self, folder: Path, name: str, shape: tuple[int, int]) -> None:
        self._keys, self._features = folder / f"{name}.keys", folder / f"{name}.features"
        self._shape, self._bytes = shape, 2 * shape[0] * shape[1]

    def known(self) -> Mapping[bytes, int]:
        """The row of each picture that is there whole."""
        try:
            keys = self._keys.read_bytes()
            rows = min(len(keys) // _KEY, self._features.stat().st_size // self._bytes)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise InputError(f"{self._keys}: cannot be read: {error.strerror}") from error
        return {keys[at * _KEY : (at + 1) * _KEY]: at for at in range(rows)}

    def add(self, blocks: Iterator[NDArray[np.float16]], keys: Sequence[bytes]) -> None:
        """Write rows behind those that are there, each block before its keys."""
        rows = len(self.known())
        try:
            with self._features.open("ab") as features, self._keys.open("ab") as names:
                features.truncate(rows * self._bytes)
                names.truncate(rows * _KEY)
                for block in blocks:
                    features.write(block.tobytes())
                    features.flush()
                    names.write(b"".join(keys[: len(block)]))
                    names.flush()
                    keys = keys[len(block) :]
        except OSError as error:
            raise InputError(f"{self._features}: cannot be written: {error.strerror}") from error

    def rows(self, count: int) -> NDArray[np.float16]:
        """The file as an array (rows, S, F)."""
        if not count:
            return np.empty((0, *self._shape), np.float16)
        return np.memmap(self._features, np.float16, "r", shape=(count, *self._shape))
