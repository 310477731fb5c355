"""Decoding: from probabilities to items."""

from unrolled.decoding.sample import choose, ranked

__all__ = ["choose", "ranked"]
