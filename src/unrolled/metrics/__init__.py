"""Measures that the libraries lack."""

from unrolled.metrics.classification import classification_scores
from unrolled.metrics.language import LanguageScores

__all__ = ["LanguageScores", "classification_scores"]
