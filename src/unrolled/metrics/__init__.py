"""Measures of models, and a test whether one model is better than another."""

from unrolled.metrics.bootstrap import PairedBootstrap, paired_bootstrap
from unrolled.metrics.classification import best_temperature, classification_scores
from unrolled.metrics.language import LanguageScores

__all__ = [
    "LanguageScores",
    "PairedBootstrap",
    "best_temperature",
    "classification_scores",
    "paired_bootstrap",
]
