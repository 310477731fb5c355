"""How long answers are, where their inputs do not say it: as long as those that were learnt from."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from unrolled.errors import InputError
from unrolled.inputs.codec import Length

__all__ = ["TargetLengths"]

_SHORT, _LONG, _MOST = 0.25, 0.75, 0.995  # shares of the targets that are no longer than these
_LONGEST = 100_000


@dataclass(frozen=True)
class TargetLengths:
    """Quantiles of the tokens of targets: no more than ``short`` are short, at least ``long`` are long."""

    short: int
    long: int
    most: int

    @classmethod
    def of(cls, lengths: Sequence[int]) -> Self:
        """Those of targets with so many tokens."""
        short, long, most = (int(np.quantile(lengths, share, method="higher")) for share in (_SHORT, _LONG, _MOST))
        return cls(max(short, 1), max(long, 1), max(most, 1))

    def called(self, name: str | None) -> Length:
        """The bounds of answers that are "short", "long" or, for None, as usual."""
        if name == "short":
            return Length(1, self.short)
        return Length(self.long, self.most) if name == "long" else Length(1, self.most)

    def saved(self) -> list[int]:
        """What `restore` reads."""
        return [self.short, self.long, self.most]

    @classmethod
    def restore(cls, saved: object, where: str) -> Self:
        """The inverse of `saved`; InputError for anything else."""
        if isinstance(saved, list) and len(saved) == 3 and all(type(one) is int for one in saved):
            short, long, most = saved
            if 1 <= short <= long <= most <= _LONGEST:
                return cls(short, long, most)
        raise InputError(f"{where} does not say how long answers are; save the model again")
