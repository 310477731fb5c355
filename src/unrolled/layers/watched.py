"""Layers whose steps can be watched, and changed, one by one: the one way in which inspection looks into a memory."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

from unrolled.arrays import Array, Namespace
from unrolled.layers.recurrent import Recurrent

__all__ = ["Watch", "watched"]

Step: TypeAlias = Callable[[Namespace, Any, Array, Any], tuple[Array, Any]]
Watch: TypeAlias = Callable[[Step, Namespace, Any, Array, Any], tuple[Array, Any]]
"""(the cell's step and its arguments) → the results of the step, which the watcher calls and may record or change."""


def watched(layers: Recurrent, watch: Watch) -> Recurrent:
    """The same stack, but every step of the cell goes through ``watch``, before zoneout.

    Steps come layer by layer; of two directions, ahead comes first, then back, from the last step to the first.
    """
    cell = layers.cell

    def step(xp: Namespace, params: Any, x: Array, state: Any) -> tuple[Array, Any]:
        return watch(cell.step, xp, params, x, state)

    return replace(layers, cell=replace(cell, kernel=None, sequence=None, step=step))
