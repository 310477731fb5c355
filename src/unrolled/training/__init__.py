"""Training: one loop for every task."""

from unrolled.training.log import Log
from unrolled.training.loop import Outcome, Trainer
from unrolled.training.problem import LanguageModelling, Problem

__all__ = ["LanguageModelling", "Log", "Outcome", "Problem", "Trainer"]
