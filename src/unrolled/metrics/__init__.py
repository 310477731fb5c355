"""Measures that the libraries lack."""

from unrolled.metrics.classification import best_temperature, classification_scores
from unrolled.metrics.language import LanguageScores

__all__ = ["LanguageScores", "best_temperature", "classification_scores"]
