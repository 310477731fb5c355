"""What a keyboard asks of a model: that it reads words and says how probable each is as the next one."""

from typing import Protocol, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["WordStream"]


class WordStream(Protocol):
    """Ids in, probabilities out, as of `unrolled.inference.stream.Stream` or of several languages joined."""

    @property
    def features(self) -> NDArray[np.float32]:
        """What it remembers of the text (E,): similar where similar words follow."""

    @property
    def frequency(self) -> NDArray[np.float32] | None:
        """About how frequent each id is (V,) in what is written; None where that is the vocabulary's to say."""

    def branch(self) -> Self:
        """An independent stream that has read the same."""

    def feed_steps(self, steps: NDArray[np.int64]) -> Self:
        """Read ids (T,)."""

    def probabilities(self) -> NDArray[np.float32]:
        """The distribution (V,) of the next id."""
