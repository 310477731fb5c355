"""How long questions took, so that long ones are told from short ones before they are answered."""

from collections.abc import Hashable, Sequence
from itertools import product
from threading import Lock

__all__ = ["Costs"]

_KEPT = 8_192
_FARTHEST = 24  # doublings of a size


class Costs:
    """The seconds of a processor that a question takes: of each kind, and each size to a factor of two, the latest.

    Kinds are given from the special to the general, such as one of a session and that of all sessions with its model:
    the first that is known counts.
    """

    def __init__(self) -> None:
        self._seconds: dict[tuple[Hashable, int], float] = {}
        self._lock = Lock()

    def expected(self, kinds: Sequence[Hashable], size: int) -> float:
        """The seconds to expect, in proportion to the nearest size that is known; 0 where nothing is."""
        bits = size.bit_length()
        nearest = sorted(range(bits + _FARTHEST), key=lambda near: (abs(bits - near), near))
        for kind, near in product(kinds, nearest):
            seconds = self._seconds.get((kind, near))
            if seconds is not None:
                return seconds * 2.0 ** (bits - near)
        return 0.0

    def learn(self, kinds: Sequence[Hashable], size: int, seconds: float) -> None:
        """Half of what was expected gives way to what a question took."""
        with self._lock:
            for kind in kinds:
                key = kind, size.bit_length()
                self._seconds[key] = (self._seconds.get(key, seconds) + seconds) / 2
            while len(self._seconds) > _KEPT:
                del self._seconds[next(iter(self._seconds))]
