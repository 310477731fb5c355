"""The sizes of a layer, and the work and memory that follow from them."""

from typing import NamedTuple

from unrolled.bench.machine import memory_bytes
from unrolled.errors import InputError

__all__ = ["GATES", "Shape", "check"]

GATES = {"rnn": 1, "gru": 3, "lstm": 4, "cifg": 3, "peephole": 4}
"""How many blocks of H rows a cell's weights have."""


class Shape(NamedTuple):
    """The sizes of a layer that reads a batch of sequences."""

    batch: int
    time: int
    inputs: int
    hidden: int

    def __str__(self) -> str:
        return "·".join(map(str, self))

    def flops(self, cell: str, training: bool = False) -> int:
        """Operations in the products with the weights: 2·B·T·G·H·(I+H) forward, three times that for training."""
        batch, time, inputs, hidden = self
        return (6 if training else 2) * batch * time * GATES[cell] * hidden * (inputs + hidden)

    def weight_bytes(self, cell: str) -> int:
        """The bytes of both weight matrices in float32, which one step has to read."""
        return 4 * GATES[cell] * self.hidden * (self.inputs + self.hidden)


def check(shape: Shape, cell: str) -> None:
    """Raise InputError unless every size is 1 or more and training the layer fits in memory."""
    for name, size in shape._asdict().items():
        if size < 1:
            raise InputError(f"{name} is {size}; expected 1 or more", name)
    batch, time, inputs, hidden = shape
    per_step = batch * time * (inputs + hidden * (GATES[cell] + 2))
    needed, available = 8 * 4 * per_step + 8 * shape.weight_bytes(cell), memory_bytes()
    if 0 < available < needed:
        raise InputError(
            f"batch {batch}, time {time}, inputs {inputs}, hidden {hidden} need about {needed / 2**30:,.1f} GiB; "
            f"expected sizes that fit in this machine's {available / 2**30:,.1f} GiB"
        )
