"""The native extension (native/bindings.cpp); every array is C-contiguous float32."""

from typing import TypedDict

from numpy import float32
from numpy.typing import NDArray

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
def info() -> Info: ...
