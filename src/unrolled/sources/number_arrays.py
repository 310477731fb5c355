"""Series in NumPy files: `.npz` with inputs and labels, or `.npy` with the labels in a file beside it."""

import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.progress import remark
from unrolled.sources.arrays_file import read_arrays
from unrolled.sources.series_values import Gaps, Series, label_of

__all__ = ["ARRAYS", "KEYS", "read_number_arrays"]

ARRAYS = (".npy", ".npz")
KEYS = "inputs (N, T, D) or (N, T), labels (N,) and, where some are shorter, lengths (N,); or X and y"
"""The arrays of an `.npz` file, for people."""
_INPUTS = ("inputs", "x", "x_train", "xtrain", "train_x", "data", "series")
_LABELS = ("labels", "y", "y_train", "ytrain", "train_y", "label", "targets")
_LENGTHS = ("lengths", "length", "lengths_train")
_LARGEST = 1 << 28  # bytes that a packed file may unpack to
_BESIDE = (("X", "y"), ("x", "y"), ("inputs", "labels"), ("data", "labels"), ("series", "labels"))

AnyArray = NDArray[Any]


def read_number_arrays(path: Path, labels: bool = True) -> Iterator[Series]:
    """The series of an `.npz` or `.npy` file. Without ``lengths``, steps at the end of a series whose values are all
    NaN do not count; without ``labels`` no label is asked for.

    Raises InputError, naming the file and the series, for shapes that do not fit and numbers that are not finite.
    """
    arrays = _arrays(path)
    if set(arrays) == {""}:
        inputs, names, lengths = arrays[""], _beside(path) if labels else None, None
        called = ["the array", "labels"]
    else:
        inputs, names, lengths, called = _members(path, arrays, labels)
    if names is not None and names.ndim == 2 and names.shape[1] == 1:
        names = names[:, 0]
    _check(path, inputs, names, lengths, called)
    gaps = Gaps(path)
    texts = [""] * len(inputs) if names is None else map(_text, names.tolist())
    for row, label in enumerate(texts):
        where = f"{path}: input {row}"
        values = inputs[row].astype(np.float64)
        values = values[:, None] if values.ndim == 1 else values
        length = int(lengths[row]) if lengths is not None else _steps(values)
        yield Series(gaps.filled(values[:length], where), label, where)
    gaps.tell()


def _members(
    path: Path, arrays: dict[str, AnyArray], labels: bool
) -> tuple[AnyArray, AnyArray | None, AnyArray | None, list[str]]:
    """Inputs, labels and lengths among the arrays of an archive, and the names of the first two."""
    by_name = {name.lower(): name for name in arrays}
    found = [next((by_name[name] for name in names if name in by_name), None) for names in (_INPUTS, _LABELS, _LENGTHS)]
    if found[0] is None or (labels and found[1] is None):
        raise InputError(f"{path}: holds {', '.join(arrays) or 'no array'}; expected the arrays {KEYS}")
    rest = [name for name in arrays if name not in found]
    if rest:
        remark(f"{path}: {', '.join(filter(None, found))} are read, {', '.join(rest)} passed over")
    inputs, names, lengths = (None if name is None else arrays[name] for name in found)
    assert inputs is not None
    return inputs, names, lengths, [found[0], found[1] or "labels"]


def _beside(path: Path) -> AnyArray:
    """The labels of an `.npy` file: NAME_labels.npy or NAME_y.npy, y.npy beside X.npy, labels.npy beside inputs.npy."""
    stem = path.name.split(".")[0]
    names = [f"{stem}_labels", f"{stem}_y", *(stem.replace(*pair) for pair in _BESIDE if pair[0] in stem)]
    files = [path.with_name(f"{name}.npy") for name in names]
    for file in files:
        if file.exists():
            arrays = _arrays(file)
            if set(arrays) == {""}:
                return arrays[""]
    raise InputError(f"{path}: its labels are missing; expected them in {' or '.join(file.name for file in files)}")


def _arrays(path: Path) -> dict[str, AnyArray]:
    if path.suffix.lower() != ".gz":
        return read_arrays(path)
    try:
        with gzip.open(path) as packed:
            content = packed.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: the gzip file is damaged or cut off: {error}") from None
    if len(content) > _LARGEST:
        raise InputError(f"{path}: unpacks to more than {_LARGEST >> 20} MB, the most that is read")
    return read_arrays(path, content)


def _check(
    path: Path, inputs: AnyArray, labels: AnyArray | None, lengths: AnyArray | None, names: Sequence[str]
) -> None:
    """InputError for arrays whose shapes or types do not fit each other."""
    received = f"{names[0]} {inputs.dtype} {inputs.shape}"
    if labels is not None:
        received += f", {names[1]} {labels.shape}"
    wrong = inputs.ndim not in (2, 3) or inputs.dtype.kind not in "iufb"
    if wrong or (labels is not None and (labels.ndim != 1 or labels.dtype.kind not in "iufbUS")):
        raise InputError(f"{path}: {received}; expected numbers (N, T, D) or (N, T), and labels (N,)")
    if labels is not None and len(labels) != len(inputs):
        raise InputError(f"{path}: {received}; expected as many labels as series")
    if lengths is not None:
        whole = lengths.shape == inputs.shape[:1] and lengths.dtype.kind in "iu"
        if not whole or not ((lengths >= 1) & (lengths <= inputs.shape[1])).all():
            received = f"lengths {lengths.dtype} {lengths.shape}"
            expected = f"expected for each input a whole number from 1 to {inputs.shape[1]}"
            wrong_row = "" if not whole else f", {lengths[(lengths < 1) | (lengths > inputs.shape[1])][0]} among them"
            raise InputError(f"{path}: {received}{wrong_row}; {expected}")
    if inputs.ndim == 3 and inputs.shape[1] < inputs.shape[2]:
        steps, channels = inputs.shape[1:]
        remark(
            f"{path}: read as {steps} steps of {channels} channels; if it is the other way about, save "
            f"{names[0]}.transpose(0, 2, 1)"
        )


def _steps(values: NDArray[np.float64]) -> int:
    """The steps (T, D) up to the last that has a number, at least 1."""
    known = np.flatnonzero(~np.isnan(values).all(1))
    return int(known[-1]) + 1 if len(known) else 1


def _text(label: Any) -> str:
    return label_of(label.decode(errors="replace") if isinstance(label, bytes) else str(label))
