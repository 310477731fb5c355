"""Training: one loop for every task, over the problems of its kinds of data."""

from unrolled.log import Log
from unrolled.training.batched import Batched
from unrolled.training.loop import Outcome, Trainer
from unrolled.training.paired import Paired
from unrolled.training.problem import Problem
from unrolled.training.streamed import Streamed

__all__ = ["Batched", "Log", "Outcome", "Paired", "Problem", "Streamed", "Trainer"]
