"""Models: pure functions from sequences to features or scores, built of layers."""

from unrolled.models.chord_model import ChordModel
from unrolled.models.classifier import (
    BagClassifier,
    Classifier,
    DenseClassifier,
    RecurrentClassifier,
    rows_at_once,
    vectors,
)
from unrolled.models.language_model import (
    DenseLanguageModel,
    LanguageModel,
    RecurrentLanguageModel,
    next_probabilities,
)

__all__ = [
    "BagClassifier",
    "ChordModel",
    "Classifier",
    "DenseClassifier",
    "DenseLanguageModel",
    "LanguageModel",
    "RecurrentClassifier",
    "RecurrentLanguageModel",
    "next_probabilities",
    "rows_at_once",
    "vectors",
]
