"""NumPy files, `.npy` and `.npz`, read without trust: nothing is unpickled, and a header's sizes are checked first."""

import io
import math
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import IO, Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from unrolled.errors import InputError

__all__ = ["read_arrays"]

_LARGEST = 1 << 31  # bytes of all arrays of a file
_NUMPY = b"\x93NUMPY"
_ZIP = b"PK"
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
_DIMENSIONS = 32  # NumPy 1 knows no more
# What NumPy's parser of headers and Python's of archives are known to raise for damaged bytes.
_DAMAGE = (
    *(ValueError, TypeError, EOFError, OSError, SyntaxError, TokenError, KeyError, AttributeError, OverflowError),
    *(RecursionError, MemoryError, NotImplementedError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error),
)


def read_arrays(path: str | Path, content: bytes | None = None) -> dict[str, NDArray[Any]]:
    """The arrays of an `.npz` file by name, or that of an `.npy` file by the name ""; the bytes say which it is.

    Where ``content`` is given these bytes are read, and ``path`` is their name in messages. Members of an archive that
    are no arrays are passed over. Raises InputError, naming file and array, for a file that is damaged, holds Python
    objects or records, or claims other sizes than it has.
    """
    with _opened(Path(path), content) as file:
        beginning = file.read(len(_NUMPY))
        file.seek(0)
        if beginning == _NUMPY:
            size = file.seek(0, io.SEEK_END)
            file.seek(0)
            return {"": _array(file, size, str(path))}
        if not beginning.startswith(_ZIP):
            received = f"begins with {beginning!r}" if beginning else "is empty"
            raise InputError(f"{path}: {received}; expected a NumPy file, .npy or .npz")
        return _archive(file, str(path))


@contextmanager
def _opened(path: Path, content: bytes | None) -> Iterator[BinaryIO]:
    if content is not None:
        yield io.BytesIO(content)
        return
    try:
        if path.exists() and not path.is_file():
            raise InputError(f"{path}: a folder or a pipe; expected a NumPy file, .npy or .npz")
        file = path.open("rb")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(f"{str(path)!r}: {reason}; expected a NumPy file, .npy or .npz") from None
    with file:
        yield file


def _archive(file: BinaryIO, path: str) -> dict[str, NDArray[Any]]:
    arrays: dict[str, NDArray[Any]] = {}
    try:
        with zipfile.ZipFile(file) as archive:
            members = [member for member in archive.infolist() if member.filename.endswith(".npy")]
            if sum(member.file_size for member in members) > _LARGEST:
                raise InputError(f"{path}: its arrays claim more than {_LARGEST >> 30} GB, the most that is read")
            for member in members:
                name = member.filename.removesuffix(".npy")
                if name in arrays:
                    raise InputError(f"{path}: two arrays are called {name!r:.80}; expected one of each name")
                with archive.open(member) as stream:
                    arrays[name] = _array(stream, member.file_size, f"{path}, array {name!r:.80}")
    except InputError:  # a ValueError, too
        raise
    except _DAMAGE as error:
        raise InputError(f"{path}: the archive is damaged, or packed in a way that is not read: {error}") from None
    return arrays


def _array(stream: IO[bytes], size: int, where: str) -> NDArray[Any]:
    """The array in a stream of ``size`` bytes; its header is checked against them before anything is made."""
    try:
        shape, by_columns, dtype = _header(stream)
        header = stream.tell()
    except _DAMAGE as error:
        raise InputError(f"{where}: the header is damaged: {error or type(error).__name__}") from None
    if dtype.hasobject:
        raise InputError(f"{where}: holds Python objects, which are not read; save numbers, or texts (dtype=str)")
    if dtype.fields is not None or dtype.subdtype is not None:
        raise InputError(f"{where}: holds records ({dtype}); expected an array of plain numbers or texts")
    if len(shape) > _DIMENSIONS or min(shape, default=0) < 0 or not dtype.itemsize:
        raise InputError(f"{where}: the header says {dtype} of shape {shape!s:.80}; expected a plain array")
    needed = math.prod(shape) * dtype.itemsize
    if needed != size - header or needed > _LARGEST:
        claim = f"the header says {dtype} of shape {shape!s:.80}, {needed:,} bytes"
        raise InputError(f"{where}: {claim}, and {size - header:,} follow; expected all of them, at most {_LARGEST:,}")
    try:
        values = np.frombuffer(_exactly(stream, needed), dtype)
        array = values.reshape(shape, order="F" if by_columns else "C")
        return array.astype(dtype.newbyteorder("="))
    except _DAMAGE as error:
        raise InputError(f"{where}: the numbers are damaged: {error or type(error).__name__}") from None


def _header(stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = npy.read_magic(stream)
    if version not in _HEADERS:
        raise ValueError(f"version {version[0]}.{version[1]} of the format")
    shape, by_columns, dtype = _HEADERS[version](stream)
    return shape, by_columns, dtype


def _exactly(stream: IO[bytes], size: int) -> bytes:
    content = stream.read(size)
    if len(content) != size:
        raise ValueError(f"{len(content):,} bytes of {size:,}")
    return content
