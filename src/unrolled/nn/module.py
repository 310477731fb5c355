"""One adapter from a tree of arrays to torch: optimisers, state_dict and DistributedDataParallel work on it."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from unrolled.arrays import Tree, flatten

__all__ = ["Parameters", "TreeModule"]


class Parameters(nn.Module):
    """A tree of numpy arrays as nn.Parameters; a subtree is a submodule, so that names read "layers.0.U"."""

    def __init__(self, tree: Mapping[str, Any], dtype: torch.dtype = torch.float32) -> None:
        super().__init__()
        for name, value in tree.items():
            if isinstance(value, Mapping):
                self.add_module(name, Parameters(value, dtype))
            else:
                self.register_parameter(name, nn.Parameter(torch.tensor(np.asarray(value), dtype=dtype)))

    def tree(self) -> Tree:
        """The parameters as the functional core reads them."""
        branches = {name: child.tree() for name, child in self.named_children() if isinstance(child, Parameters)}
        return Tree({**branches, **dict(self.named_parameters(recurse=False))})

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Flat names → float32 numpy copies."""
        return {k: v.detach().cpu().numpy().astype(np.float32) for k, v in flatten(self.tree()).items()}


class TreeModule(Parameters):
    """A pure function ``forward(params, *inputs)`` and its parameters, as one nn.Module."""

    def __init__(
        self, function: Callable[..., Any], tree: Mapping[str, Any], dtype: torch.dtype = torch.float32
    ) -> None:
        super().__init__(tree, dtype)
        self.function = function

    def forward(self, *inputs: Any, **named: Any) -> Any:
        """What the function gives for the parameters and these arguments."""
        return self.function(self.tree(), *inputs, **named)
