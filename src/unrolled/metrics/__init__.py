"""The measures the libraries lack."""

from unrolled.metrics.language import LanguageScores

__all__ = ["LanguageScores"]
