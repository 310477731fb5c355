"""The answer that is right most often, whatever the input."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, ClassVar, Self

from numpy.typing import NDArray

from unrolled.baselines.base import Arrays
from unrolled.baselines.packed import packed, unpacked
from unrolled.errors import InputError

__all__ = ["MostFrequent"]


class MostFrequent:
    """The most frequent target, of equally frequent ones the first."""

    file: ClassVar[str] = "most_frequent"
    name: ClassVar[str] = "most frequent"

    def __init__(self, target: str) -> None:
        self.target = target

    @classmethod
    def fit(cls, sources: Sequence[object], targets: Sequence[str]) -> Self:
        """Count the targets; they are the same where they differ in nothing but white space at the ends."""
        return cls(Counter(map(str.strip, targets)).most_common(1)[0][0])

    def answers(self, sources: Sequence[object]) -> list[str]:
        """The same for each source."""
        return [self.target] * len(sources)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """The arrays that `restore` reads."""
        return {"target": packed([self.target])}

    @classmethod
    def restore(cls, arrays: Arrays) -> Self:
        """The inverse of `arrays`; InputError where they are damaged."""
        targets = unpacked(arrays, "target")
        if len(targets) != 1:
            raise InputError(f"the most frequent target is {len(targets)} texts; expected 1")
        return cls(targets[0])
