"""Baselines: what a good engineer would try first, without a network."""

from unrolled.baselines.base import Baseline, BaselineKind, Predictions, Sizes
from unrolled.baselines.ngram import NGram

__all__ = ["Baseline", "BaselineKind", "NGram", "Predictions", "Sizes"]
