"""The baselines of labelled examples."""

from collections.abc import Sequence

from unrolled.baselines.base import Sizes
from unrolled.baselines.choice import Candidate, best_of
from unrolled.baselines.linear import Linear
from unrolled.baselines.neighbour import Nearest

__all__ = ["BEST"]


def _candidates(sizes: Sizes) -> Sequence[Candidate]:
    linear = [Linear(features, sizes.outcomes) for features in sizes.features]
    return [*linear, Nearest(sizes.outcomes)] if sizes.nearest else linear


BEST = best_of(_candidates)
"""The best on the validation part of those that the input allows."""
