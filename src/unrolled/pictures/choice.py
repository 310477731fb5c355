"""Which way to read pictures suits them."""

from collections.abc import Callable, Mapping, Sequence
from importlib.util import find_spec
from statistics import median
from typing import Any

from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.pictures.looking import Looking
from unrolled.pictures.pixels import SIZES, Pixels
from unrolled.pictures.pretrained import PRETRAINED, package_of
from unrolled.pictures.reader import PictureReader, RawPicture, spread
from unrolled.progress import remark
from unrolled.sources.pictures import Picture, read_picture

__all__ = ["ENCODERS", "learn_reader", "restored_reader"]

ENCODERS = (*PRETRAINED, Pixels.name)
_LOOKED_AT = 40  # pictures by which the encoder is chosen
_PHOTO = 64  # pixels on a side of a photo, at least; of what a small network reads, at most, if no more are asked for


def learn_reader(encoder: str | None, size: int | None, pictures: Sequence[RawPicture]) -> PictureReader:
    """A reader of these pictures: ``encoder`` is one of `ENCODERS`, or None for what suits them.

    ``size`` is that of the pictures of a small network.
    """
    some = [read_picture(raw) for raw in spread(pictures, _LOOKED_AT)]
    if encoder is None:
        encoder = _chosen(some) if size is None else Pixels.name
    if encoder != Pixels.name:
        return Looking.learn(encoder, pictures)
    usual = min(max(round(median(max(picture.shape[:2]) for picture in some)), SIZES[0]), _PHOTO)
    return Pixels.learn(pictures, usual if size is None else size)


def _chosen(pictures: Sequence[Picture]) -> str:
    """A pretrained network where most pictures are photos, and its package is installed."""
    photos = sum(min(picture.shape[:2]) >= _PHOTO and _has_colour(picture) for picture in pictures)
    if 2 * photos <= len(pictures):
        return Pixels.name
    installed = next((name for name in PRETRAINED if find_spec(package_of(name))), None)
    if installed is None:
        remark(
            "photos are read by a small network that learns from these alone; pip install 'unrolled[images]' brings "
            "one that was trained on a million"
        )
    return installed or Pixels.name


def _has_colour(picture: Picture) -> bool:
    return bool((picture != picture[:, :, :1]).any())


def restored_reader(
    saved: Mapping[str, object], where: str, read: Callable[[str], Mapping[str, NDArray[Any]]]
) -> PictureReader:
    """The reader of a model folder; InputError, beginning with ``where`` or the name of its file, for a damaged one."""
    encoder = saved.get("encoder")
    if encoder == Pixels.name:
        return Pixels.restore(saved, where)
    if isinstance(encoder, str) and encoder in PRETRAINED:
        return Looking.restore(encoder, read)
    raise InputError(f"{where} has {encoder!r:.40} as encoder; expected one of {', '.join(ENCODERS)}")
