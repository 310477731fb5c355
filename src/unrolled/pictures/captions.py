"""Pictures and their captions: the input kind of encoder–decoders that look."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.inputs.captions import CaptionTexts
from unrolled.inputs.codec import Encoded, Grid, Length, Pair
from unrolled.inputs.sides import saved_text
from unrolled.pictures.choice import restored_reader
from unrolled.pictures.reader import PictureReader, RawPicture, checked_picture
from unrolled.storage.strict_json import parse_json

__all__ = ["Captions"]

Ids = NDArray[np.int64]
_READER = "pictures.json"
_EXAMPLE = "photo.jpg"  # where pictures have no names
_SIDED = re.compile(r"\b(left|right|links|rechts|gauche|droite|izquierda|derecha)", re.IGNORECASE)


class Captions:
    """The codec that a fit learns."""

    reads = "picture"
    media_types: Sequence[str] = tuple(f"image/{kind}" for kind in ("jpeg", "png", "webp", "gif", "bmp", "tiff"))

    def __init__(self, texts: CaptionTexts, reader: PictureReader, varies: bool = False) -> None:
        self.texts, self.reader, self.varies = texts, reader, varies
        self._ids: dict[str, Ids] = {}

    @property
    def vocabulary(self) -> int:
        """See `Codec`."""
        return len(self.texts)

    @property
    def hidden(self) -> Sequence[int]:
        """See `Codec`."""
        return self.texts.hidden

    @property
    def only_copied(self) -> Sequence[int]:
        """None: nothing is copied."""
        return []

    @property
    def continuing(self) -> None:
        """None: each token is a word."""
        return None

    @property
    def spelled(self) -> bool:
        """Captions are texts."""
        return False

    def lengths(self, name: str | None) -> Length:
        """See `Codec`: as those of the captions that were learnt from."""
        return self.texts.lengths(name)

    def checked(self, raw: Any) -> RawPicture:
        """See `Codec`."""
        return checked_picture(raw)

    def prepare(self, inputs: Sequence[RawPicture], folder: Path) -> None:
        """See `Codec`."""
        self.reader.prepare([checked_picture(raw) for raw in inputs], folder, self.varies)

    def release(self) -> None:
        """See `Codec`."""
        self.reader.release()
        self._ids = {}

    def example(self, raw: RawPicture) -> str:
        """See `Codec`: the path."""
        return raw if isinstance(raw, str) else _EXAMPLE

    def plain(self, inputs: Sequence[RawPicture]) -> list[NDArray[np.float32]]:
        """Vectors by which pictures are compared."""
        return [self.reader.plain(checked_picture(raw)) for raw in inputs]

    def source(self, raw: RawPicture, glossary: Mapping[str, str] | None = None) -> Encoded:
        """A picture to be described; its steps are the cells of a grid, row by row."""
        if glossary:
            raise InputError("the glossary is of no use here: a picture has no terms; leave it out", "glossary")
        grid = Grid(*self.reader.grid)
        names = [f"row {row + 1}, column {column + 1}" for row in range(grid.rows) for column in range(grid.columns)]
        return Encoded(self.reader.read(raw).values, names, grid=grid)

    def pair(self, raw: RawPicture, target: str) -> Pair:
        """See `Codec`."""
        ids = self._ids[target] = self.texts.ids(target)
        return self.reader.read(checked_picture(raw)).values, ids

    def varied(self, raw: RawPicture, target: str, rng: np.random.Generator) -> Pair:
        """See `Codec`; a picture whose caption speaks of sides keeps them."""
        ids = self._ids.get(target)
        picture = self.reader.varied(checked_picture(raw), _SIDED.search(target) is None, rng)
        return picture, self.texts.ids(target) if ids is None else ids

    def required(self, encoded: Encoded, raw: RawPicture, glossary: Mapping[str, str]) -> Sequence[Sequence[int]]:
        """Nothing."""
        return []

    def itself(self, encoded: Encoded, required: Sequence[Sequence[int]]) -> None:
        """No picture is its own caption."""
        return

    def beginning(self, text: str, encoded: Encoded) -> list[int]:
        """See `Codec`."""
        return self.texts.beginning(text)

    def text(self, ids: Sequence[int], encoded: Encoded, attention: NDArray[np.float32]) -> str:
        """See `Codec`."""
        return self.texts.text(ids)

    def target_names(self, ids: Sequence[int], encoded: Encoded) -> list[str]:
        """See `Codec`."""
        return self.texts.names(ids)

    def about(self, encoded: Encoded, raw: RawPicture) -> str:
        """See `Codec`."""
        return self.reader.about(raw)

    def tensors(self) -> Mapping[str, Mapping[str, NDArray[Any]]]:
        """See `Codec`."""
        return self.reader.tensors()

    def saved(self) -> dict[str, str]:
        """See `Codec`."""
        return {**self.texts.saved(), _READER: json.dumps(dict(self.reader.saved()))}

    @classmethod
    def restored(cls, texts: Mapping[str, str], read: Callable[[str], Mapping[str, NDArray[Any]]]) -> Self:
        """See `Codec`."""
        saved = parse_json(saved_text(texts, _READER).encode(errors="surrogatepass"), _READER)
        if not isinstance(saved, dict):
            raise InputError(f"{_READER} does not say how pictures are read; save the model again")
        return cls(CaptionTexts.restored(texts), restored_reader(saved, _READER, read))
