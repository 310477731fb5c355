"""Models: pure functions from sequences to features, built of layers."""

from unrolled.models.language_model import (
    DenseLanguageModel,
    LanguageModel,
    RecurrentLanguageModel,
    next_probabilities,
)

__all__ = ["DenseLanguageModel", "LanguageModel", "RecurrentLanguageModel", "next_probabilities"]
