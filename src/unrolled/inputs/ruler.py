"""What stands along the steps of an input whose steps are places in time or in a sequence, not words."""

from typing import Any, NamedTuple

from numpy.typing import NDArray

__all__ = ["Ruler"]


class Ruler(NamedTuple):
    """Step i stands at ``start`` + i · ``step``, in the unit ``label``.

    ``values`` (N, C) are the input itself as curves, at ``places`` (N,) in the same unit; ``title`` says what they are.
    """

    label: str
    start: float
    step: float
    title: str = ""
    places: NDArray[Any] | None = None
    values: NDArray[Any] | None = None

    def after(self, steps: int) -> "Ruler":
        """The ruler of what follows the first ``steps``."""
        return self._replace(start=self.start + steps * self.step)
