"""The array namespace: one name each over numpy and torch, so that a cell, a layer and a model are written once."""

from unrolled.arrays.convolve import padding
from unrolled.arrays.namespace import Array, Namespace, Noise, Sequencer, State
from unrolled.arrays.trees import Tree, checked_state, flatten, map_state, map_tree, recurrent_weights, unflatten
from unrolled.arrays.with_numpy import NUMPY
from unrolled.kernels import Layout

__all__ = [
    "NUMPY",
    "Array",
    "Layout",
    "Namespace",
    "Noise",
    "Sequencer",
    "State",
    "Tree",
    "checked_state",
    "flatten",
    "map_state",
    "map_tree",
    "padding",
    "recurrent_weights",
    "unflatten",
]
