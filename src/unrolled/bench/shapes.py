"""The sizes of a layer and the work they mean."""

from typing import NamedTuple

from unrolled.bench.machine import memory_bytes
from unrolled.errors import InputError

__all__ = ["GATES", "Shape", "check"]

GATES = {"rnn": 1, "gru": 3, "lstm": 4, "cifg": 3, "peephole": 4}
"""Blocks of H rows in a cell's weights."""


class Shape(NamedTuple):
    """A layer over a batch of sequences."""

    batch: int
    time: int
    inputs: int
    hidden: int

    def __str__(self) -> str:
        return "·".join(map(str, self))

    def flops(self, cell: str, training: bool = False) -> int:
        """Of the products with the weights: 2·B·T·G·H·(I+H) forward, three times that with the backward pass."""
        batch, time, inputs, hidden = self
        return (6 if training else 2) * batch * time * GATES[cell] * hidden * (inputs + hidden)

    def weight_bytes(self, cell: str) -> int:
        """Of both weight matrices in float32: what one step has to read."""
        return 4 * GATES[cell] * self.hidden * (self.inputs + self.hidden)


def check(shape: Shape, cell: str) -> None:
    """InputError unless every size is 1 or more and the layer, its gradients and what it keeps fit in memory."""
    for name, size in shape._asdict().items():
        if size < 1:
            raise InputError(f"{name} is {size}; expected 1 or more")
    batch, time, inputs, hidden = shape
    per_step = batch * time * (inputs + hidden * (GATES[cell] + 2))
    needed, there = 8 * 4 * per_step + 8 * shape.weight_bytes(cell), memory_bytes()
    if 0 < there < needed:
        raise InputError(
            f"batch {batch}, time {time}, inputs {inputs}, hidden {hidden} need about {needed / 2**30:,.1f} GiB; "
            f"expected sizes that fit in this machine's {there / 2**30:,.1f} GiB"
        )
