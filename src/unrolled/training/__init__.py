"""Training: one loop for every task."""

from unrolled.training.chords import ChordModelling
from unrolled.training.classification import Classification
from unrolled.training.log import Log
from unrolled.training.loop import Outcome, Trainer
from unrolled.training.problem import LanguageModelling, Problem

__all__ = ["ChordModelling", "Classification", "LanguageModelling", "Log", "Outcome", "Problem", "Trainer"]
