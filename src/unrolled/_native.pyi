"""The native extension (native/bindings.cpp); every array is C-contiguous float32."""

from typing import TypeAlias, TypedDict

from numpy import float32, int64
from numpy.typing import NDArray

Pointer: TypeAlias = NDArray[float32] | int | None
Rows: TypeAlias = tuple[Pointer, tuple[int, ...]]

class Info(TypedDict):
    instruction_set: str
    available: list[str]
    compiler: str
    flags: str
    version: str

def exp(x: NDArray[float32], y: NDArray[float32]) -> None: ...
def sigmoid(x: NDArray[float32], y: NDArray[float32]) -> None: ...
def tanh(x: NDArray[float32], y: NDArray[float32]) -> None: ...
def softmax(x: NDArray[float32], y: NDArray[float32]) -> None: ...
def log_sum_exp(x: NDArray[float32], y: NDArray[float32]) -> None: ...
def scan_forward(
    sizes: tuple[int, int, int],
    lengths: NDArray[int64] | int | None,
    flags: int,
    a: Rows,
    b: Rows,
    h0: Pointer,
    y: Rows,
    h: Pointer,
    threads: int,
) -> None: ...
def scan_backward(
    sizes: tuple[int, int, int],
    lengths: int | None,
    flags: int,
    a: Rows,
    h0: Pointer,
    y: Rows,
    d_y: Rows,
    d_h: Pointer,
    d_a: Rows,
    d_b: Rows,
    d_h0: Pointer,
    threads: int,
) -> None: ...
def info() -> Info: ...

# Pointers as whole numbers, arrays or None, as native/bindings.cpp takes them; native/kernels.h has the shapes.
def recurrent_forward(*arguments: object) -> None: ...
def recurrent_backward(*arguments: object) -> None: ...
def use_open_mp(*addresses: int | None) -> None: ...
def uses_open_mp() -> bool: ...
def pool_threads() -> int: ...
