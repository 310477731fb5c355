"""Texts as bytes, so that a baseline's words are saved beside its numbers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from unrolled.baselines.base import Arrays
from unrolled.errors import InputError

__all__ = ["packed", "read_array", "unpacked"]

_BETWEEN = "\x1e"  # Unicode's record separator, which is white space to no reader and stands in no text


def packed(texts: Sequence[str]) -> NDArray[np.uint8]:
    """All texts, one behind the other, as bytes of UTF-8."""
    whole = "".join(text.replace(_BETWEEN, " ") + _BETWEEN for text in texts)
    return np.frombuffer(whole.encode(errors="replace"), np.uint8)


def unpacked(arrays: Arrays, name: str) -> list[str]:
    """The inverse of `packed`; InputError, naming the array, where it is damaged."""
    try:
        whole = read_array(arrays, name, "u", 1).tobytes().decode()
    except UnicodeDecodeError as error:
        raise InputError(f"the baseline's {name} is no UTF-8 text: {error}") from error
    if whole and not whole.endswith(_BETWEEN):
        raise InputError(f"the baseline's {name} is cut off")
    return whole.split(_BETWEEN)[:-1]


def read_array(arrays: Arrays, name: str, kind: str, dimensions: int) -> NDArray[np.generic]:
    """An array of this kind of numbers ("f", "i", "u") with so many dimensions; InputError for another or none."""
    array = arrays.get(name)
    if array is None:
        raise InputError(f"the baseline's arrays are {sorted(arrays)[:9]}; expected {name} among them")
    if array.dtype.kind != kind or array.ndim != dimensions:
        raise InputError(
            f"the baseline's {name} is {array.dtype} {array.shape}; expected {kind} in {dimensions} dimensions"
        )
    found: NDArray[np.generic] = array
    return found
