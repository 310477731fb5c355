"""torch: the functional core as nn.Modules."""

from unrolled.nn.module import Parameters, TreeModule
from unrolled.nn.namespace import TORCH
from unrolled.nn.noise import TorchNoise

__all__ = ["TORCH", "Parameters", "TorchNoise", "TreeModule"]
