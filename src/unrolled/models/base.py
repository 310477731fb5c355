"""The base of models: their parameters are those of the layers that they hold as fields."""

import dataclasses
from collections.abc import Iterator
from typing import Protocol, runtime_checkable

import numpy as np

from unrolled.arrays import Tree

__all__ = ["Composite", "Layer"]


@runtime_checkable
class Layer(Protocol):
    """Anything that has parameters."""

    def shapes(self) -> Tree:
        """The shape of each parameter."""

    def initial(self, rng: np.random.Generator) -> Tree:
        """Parameters to start training from, numpy arrays."""


class Composite:
    """Base of dataclasses whose fields are layers: the name of a field is the name of its parameters.

    The parameters of a field that is a composite itself stand beside the others, without a name of their own.
    """

    def layers_by_name(self) -> Iterator[tuple[str, Layer]]:
        """Every layer with the name of its parameters, in the order of the fields."""
        for field in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, field.name)
            if isinstance(value, Composite):
                yield from value.layers_by_name()
            elif isinstance(value, Layer):
                yield field.name, value

    def shapes(self) -> Tree:
        """The shape of each parameter; layers without parameters are left out."""
        shapes = {name: layer.shapes() for name, layer in self.layers_by_name()}
        return Tree({name: tree for name, tree in shapes.items() if tree})

    def initial(self, rng: np.random.Generator) -> Tree:
        """Parameters to start training from, numpy arrays."""
        arrays = {name: layer.initial(rng) for name, layer in self.layers_by_name()}
        return Tree({name: tree for name, tree in arrays.items() if tree})
