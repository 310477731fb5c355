"""Weights that others published for torch, and fixed weights that torch runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from unrolled.arrays import Namespace, Tree, map_tree
from unrolled.errors import InputError
from unrolled.nn.namespace import TORCH

__all__ = ["read_state", "without_gradients"]


def read_state(path: Path) -> dict[str, NDArray[np.float32]]:
    """The floating arrays of a file of torch's by name; never runs what a file holds beside them."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        return {name: value.float().numpy() for name, value in state.items() if value.is_floating_point()}
    except Exception as error:  # of many kinds, as the file is foreign
        raise InputError(f"{path}: cannot be read as weights of torch: {error}") from error


def without_gradients(forward: Callable[[Namespace, Tree, Tensor], Tensor], params: Tree) -> Callable[[Any], Any]:
    """``forward`` with fixed parameters, numpy arrays in and out, run by torch."""
    held = map_tree(torch.from_numpy, params)

    def run(x: NDArray[np.float32]) -> NDArray[np.float32]:
        with torch.inference_mode():
            return forward(TORCH, held, torch.from_numpy(x)).numpy()

    return run
