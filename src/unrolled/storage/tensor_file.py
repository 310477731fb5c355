"""Tensors in one file, in the safetensors format: every bound is checked before memory is allocated.

The format: eight bytes with the header's length, a JSON header (name → type, shape, place), then the numbers,
little-endian. The safetensors library writes it. Reading is done here: the numbers are read once, checked in place
and returned as views. The library would copy them, or map a file, and the process would crash if the file shrank.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeGuard

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.storage.strict_json import parse_json

__all__ = ["HEADER_LIMIT", "Shapes", "Tensors", "encode_tensors", "read_tensors"]

HEADER_LIMIT = 2**20
_DIMENSIONS_LIMIT = 8
_ELEMENTS_LIMIT = 2**48  # also of a shape whose zeros are left out: numpy multiplies the rest
_TYPES = {
    "F16": "<f2", "F32": "<f4", "F64": "<f8", "I8": "i1", "I16": "<i2", "I32": "<i4", "I64": "<i8",
    "U8": "u1", "U16": "<u2", "U32": "<u4", "U64": "<u8",
}  # fmt: skip
_DTYPES = {key: np.dtype(value) for key, value in _TYPES.items()}
Shapes = Mapping[str, tuple[int, ...]]
"""The shape of each tensor by name."""
Tensors = Mapping[str, NDArray[np.generic]]
"""Arrays by name, of any of the types that a file may hold."""


@dataclass(frozen=True)
class _Place:
    dtype: np.dtype[np.generic]
    shape: tuple[int, ...]
    begin: int
    end: int


def encode_tensors(tensors: Tensors, where: str) -> bytes:
    """The bytes of a file that holds `tensors`; raises InputError for a type or a number that it may not hold."""
    from safetensors.numpy import save  # reading does without it

    for name, values in tensors.items():
        if values.dtype not in _DTYPES.values() or name == "__metadata__":
            raise InputError(f"{where}: tensor {name!a} of type {values.dtype}, expected one of {', '.join(_DTYPES)}")
        _check_finite(values, name, where)
    return save({name: np.ascontiguousarray(values).reshape(values.shape) for name, values in tensors.items()})


def read_tensors(
    stream: BinaryIO, size: int, where: str, expected: Shapes | None, only: str | None = None
) -> tuple[dict[str, NDArray[Any]], NDArray[np.uint8]]:
    """Read the `size` bytes of `stream`: its tensors by name, and all bytes, of which the tensors are views.

    `expected` gives every name with its shape, `only` the one type allowed ("F32"). Raises InputError, beginning with
    `where`, for a file that breaks the format, differs from what is expected or holds a number that is not finite.
    """
    head = _read_head(stream, size, where)
    places = _read_places(parse_json(head[8:], f"{where}: header"), where)
    _check_layout(places, len(head), size, where)
    _check_expected(places, expected, only, where)
    try:
        content = np.empty(size, np.uint8)
    except MemoryError as error:
        raise InputError(f"{where}: there is no memory for its {size} bytes") from error
    content[: len(head)] = np.frombuffer(head, np.uint8)
    body = content[len(head) :]
    if stream.readinto(body.data) != len(body):  # type: ignore[attr-defined]
        raise InputError(f"{where}: is truncated")
    tensors = {name: body[at.begin : at.end].view(at.dtype).reshape(at.shape) for name, at in places.items()}
    for name, values in tensors.items():
        _check_finite(values, name, where)
    return tensors, content


def _read_head(stream: BinaryIO, size: int, where: str) -> bytes:
    prefix = stream.read(8)
    length = int.from_bytes(prefix, "little")
    if len(prefix) < 8 or length > min(HEADER_LIMIT, size - 8):
        foreign = prefix[:1] == b"\x80" or prefix[:2] == b"PK"
        what = (
            "looks like a pickle or a zip archive, which are never read" if foreign else "its header is out of bounds"
        )
        raise InputError(f"{where}: no safetensors file: {what}")
    head = prefix + stream.read(length)
    if len(head) < 8 + length:
        raise InputError(f"{where}: is truncated")
    return head


def _read_places(header: object, where: str) -> dict[str, _Place]:
    if not isinstance(header, dict) or "__metadata__" in header:
        raise InputError(f"{where}: header is no JSON object of tensors alone")
    return {name: _read_place(entry, f"{where}: tensor {name[:80]!a}") for name, entry in header.items()}


def _read_place(entry: object, where: str) -> _Place:
    if not isinstance(entry, dict) or entry.keys() != {"dtype", "shape", "data_offsets"}:
        raise InputError(f"{where} needs dtype, shape and data_offsets, and nothing else")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _DTYPES:
        raise InputError(f"{where} has an unknown type, expected one of {', '.join(_DTYPES)}")
    if not _are_sizes(shape) or len(shape) > _DIMENSIONS_LIMIT or not _are_sizes(offsets) or len(offsets) != 2:
        raise InputError(f"{where} has an impossible shape or place")
    if math.prod(max(1, n) for n in shape) > _ELEMENTS_LIMIT:
        raise InputError(f"{where} has an impossible shape {shape}")
    needed = math.prod(shape) * _DTYPES[dtype].itemsize
    if offsets[1] - offsets[0] != needed:
        raise InputError(f"{where} of shape {shape} needs {needed} bytes, its place has {offsets[1] - offsets[0]}")
    return _Place(_DTYPES[dtype], tuple(shape), offsets[0], offsets[1])


def _are_sizes(values: object) -> TypeGuard[list[int]]:
    return isinstance(values, list) and all(type(n) is int and 0 <= n <= _ELEMENTS_LIMIT for n in values)


def _check_layout(places: dict[str, _Place], start: int, size: int, where: str) -> None:
    """Raise InputError unless the tensors fill the file to its last byte, one after the other, each aligned."""
    end = 0
    for name, at in sorted(places.items(), key=lambda item: (item[1].begin, item[1].end)):
        if at.begin != end or (start + at.begin) % at.dtype.itemsize:
            raise InputError(f"{where}: tensor {name[:80]!a} overlaps another, leaves a gap or is not aligned")
        end = at.end
    if end != size - start:
        raise InputError(f"{where}: its tensors need {start + end} bytes, the file holds {size}")


def _check_expected(places: dict[str, _Place], expected: Shapes | None, only: str | None, where: str) -> None:
    for name, at in places.items():
        if only is not None and at.dtype != _DTYPES[only]:
            raise InputError(f"{where}: tensor {name[:80]!a} is of type {at.dtype}, expected {_DTYPES[only]}")
    if expected is None:
        return
    if missing := sorted(expected.keys() - places.keys()):
        raise InputError(f"{where}: tensor {missing[0]!a} is missing; the settings in config.json need it")
    for name, at in places.items():
        if name not in expected:
            raise InputError(f"{where}: tensor {name[:80]!a} is unknown to the settings in config.json")
        if at.shape != tuple(expected[name]):
            needed = f"the settings in config.json need {tuple(expected[name])}"
            raise InputError(f"{where}: tensor {name!a} has shape {at.shape}, {needed}")


def _check_finite(values: NDArray[np.generic], name: str, where: str) -> None:
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise InputError(f"{where}: tensor {name[:80]!a} holds a number that is not finite")
