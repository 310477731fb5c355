"""What a user would do without a network."""

from unrolled.baselines.ngram import NGram

__all__ = ["NGram"]
