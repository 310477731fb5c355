"""Training: one loop for every task, over two kinds of problems."""

from unrolled.log import Log
from unrolled.training.batched import Batched
from unrolled.training.loop import Outcome, Trainer
from unrolled.training.problem import Problem
from unrolled.training.streamed import Streamed

__all__ = ["Batched", "Log", "Outcome", "Problem", "Streamed", "Trainer"]
