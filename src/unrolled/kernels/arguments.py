"""What the calls of the native code check in Python: that arguments are arrays; and copies of those that are strided.

The native code itself looks at each array's type, shape, strides and memory (native/bindings_arrays.cpp).
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from unrolled.errors import InputError
from unrolled.kernels import extension
from unrolled.kernels.parallel import threads

if extension.NATIVE:
    import unrolled._native as native

__all__ = ["arrays_of_axes", "empty", "in_a_tuple", "real_numbers", "run", "whole_numbers"]

FLOAT32 = np.dtype(np.float32)


def run(call: Callable[..., Any], *arguments: Any) -> Any:
    """Call a kernel, with contiguous copies where arrays are strided otherwise than it reads them."""
    try:
        return call(*arguments, threads())
    except native.WrongLayout:
        return call(*_contiguous(arguments), threads())


def _contiguous(argument: Any) -> Any:
    """Arrays in nested tuples; the results, made for this call, are contiguous already and stay what they are."""
    if isinstance(argument, tuple):
        return tuple([_contiguous(one) for one in argument])
    return np.require(argument, requirements=("C", "A")) if isinstance(argument, np.ndarray) else argument


def empty(*shape: int) -> NDArray[np.float32]:
    """InputError where there is no such array: a view that repeats one number may be as large as that."""
    try:
        return np.empty(shape, FLOAT32)
    except ValueError as error:
        raise InputError(f"a result of shape {shape} is too large") from error


def arrays_of_axes(*named: tuple[str, Any, int]) -> list[NDArray[Any]]:
    """The arrays; InputError unless each is one and has this many axes."""
    for name, array, axes in named:
        if not isinstance(array, np.ndarray) or array.ndim != axes:
            kind = f"of {array.ndim} axes" if isinstance(array, np.ndarray) else f"of type {type(array).__name__}"
            raise InputError(f"{name} is {kind}; expected an array of {axes} axes")
    return [array for _, array, _ in named]


def in_a_tuple(name: str, arrays: Any) -> tuple[Any, ...]:
    """The arrays of a tuple or list; InputError where it is neither."""
    if not isinstance(arrays, tuple | list):
        raise InputError(f"{name} is of type {type(arrays).__name__}; expected a tuple of arrays")
    return tuple(arrays)


def real_numbers(x: Any) -> NDArray[Any]:
    """X as an array; InputError unless it is one of real numbers."""
    if not isinstance(x, np.ndarray | np.generic) or x.dtype.kind not in "fiu":
        raise InputError(f"received {getattr(x, 'dtype', type(x).__name__)}; expected an array of real numbers")
    return np.asarray(x)


def whole_numbers(name: str, numbers: Any, shape: tuple[int, ...]) -> NDArray[np.int64]:
    """As the kernels read them; InputError unless they are whole numbers of this shape."""
    if not isinstance(numbers, np.ndarray) or numbers.dtype.kind not in "iu":
        kind = getattr(numbers, "dtype", type(numbers).__name__)
        raise InputError(f"{name} are of type {kind}; expected an array of whole numbers")
    if numbers.shape != shape:
        raise InputError(f"{name} has shape {numbers.shape}; expected {shape}")
    return np.require(numbers, np.int64, ("C", "A"))
